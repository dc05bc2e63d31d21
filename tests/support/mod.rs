//! What every test file shares: needs that are probed by doing, forked bodies, and a skip that is counted.
#![allow(dead_code)]

pub mod person;

use std::fs;
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};

use nix::sched::CloneFlags;
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{Pid, geteuid};

/// True when this machine has everything named; else says what is missing, notes the skip in the file that
/// `tests/run` counts, and fails instead where `SEP_REQUIRE` names the need.
pub fn needs(names: &[&str]) -> bool {
    let missing: Vec<String> = names.iter().filter_map(|n| probe(n).err().map(|why| format!("{n}: {why}"))).collect();
    if missing.is_empty() {
        return true;
    }
    let required = std::env::var("SEP_REQUIRE").unwrap_or_default();
    for name in names {
        let missed = missing.iter().any(|m| m.starts_with(&format!("{name}:")));
        assert!(!missed || !required.split(',').any(|r| r == *name), "SEP_REQUIRE={name}, but {missing:?}");
    }
    let test = std::thread::current().name().unwrap_or("?").to_owned();
    println!("skipped: {test} needs {}", missing.join(", "));
    if let Ok(path) = std::env::var("SEP_SKIPS") {
        let mut file = fs::OpenOptions::new().create(true).append(true).open(path).unwrap();
        writeln!(file, "{test} needs {}", missing.join(", ")).unwrap();
    }
    false
}

/// Tries the thing itself; the error says what the kernel answered.
fn probe(need: &str) -> Result<(), String> {
    match need {
        "root" => geteuid().is_root().then_some(()).ok_or_else(|| "not root".into()),
        "userns" => in_child(|| nix::sched::unshare(CloneFlags::CLONE_NEWUSER).map_err(|e| e as i32)),
        "netns" => {
            in_child(|| nix::sched::unshare(CloneFlags::CLONE_NEWNET | CloneFlags::CLONE_NEWNS).map_err(|e| e as i32))
        }
        // that the kernel has the driver; who may open the node is what the tests say
        "tun" => in_child(|| {
            let opened = fs::OpenOptions::new().read(true).write(true).open("/dev/net/tun");
            opened.map(drop).map_err(|e| e.raw_os_error().unwrap_or(libc::EIO))
        }),
        // a message bus asks who its user is
        "account" => {
            let passwd = fs::read_to_string("/etc/passwd").unwrap_or_default();
            let own = geteuid().to_string();
            let known = passwd.lines().any(|line| line.split(':').nth(2) == Some(&own));
            known.then_some(()).ok_or_else(|| format!("user {own} has no line in /etc/passwd"))
        }
        // a container whose user can not pass the folder above it, and where nothing can be mounted over that
        "repository" => fs::read_dir(env!("CARGO_MANIFEST_DIR")).map(drop).map_err(|cause| cause.to_string()),
        // what a cgroup below the first one may have
        "cgroup" => cgroup_file("cgroup.controllers").map(drop),
        "controllers" => cgroup_file("cgroup.subtree_control").and_then(|given| {
            let lacks = |controller: &&&str| !given.split_whitespace().any(|word| word == **controller);
            let lacking = ["memory", "pids", "cpu"].iter().find(lacks);
            lacking.map_or(Ok(()), |controller| Err(format!("cgroups of this machine have no {controller}")))
        }),
        // a session of systemd whose scopes can limit memory
        "user-systemd" => {
            let user = geteuid();
            let (runtime, of) =
                (format!("/run/user/{user}"), format!("user.slice/user-{user}.slice/user@{user}.service"));
            let mut asked = std::process::Command::new("systemctl");
            let asked = asked.args(["--user", "show", "--property=Version"]).env("XDG_RUNTIME_DIR", runtime).output();
            match cgroup_file(&format!("{of}/cgroup.controllers")) {
                _ if !asked.is_ok_and(|asked| asked.status.success()) => Err("no systemd answers this user".into()),
                Ok(given) if given.contains("memory") && given.contains("pids") => Ok(()),
                _ => Err("it has no controller".into()),
            }
        }
        "user" => (!geteuid().is_root()).then_some(()).ok_or_else(|| "this is root".into()),
        "zone" => in_child(namespaces_of_a_zone),
        "python3" => {
            let tried = std::process::Command::new("/usr/bin/python3").args(["-I", "-c", "import ctypes"]).output();
            tried.is_ok_and(|t| t.status.success()).then_some(()).ok_or_else(|| "/usr/bin/python3 is not there".into())
        }
        "vim" | "bindfs" | "sway" | "weston" | "foot" | "grim" | "wl-copy" | "wtype" | "wayland-info"
        | "dbus-daemon" => installed(need),
        // programs that zones are for, and what makes their world
        "firefox-esr"
        | "chromium"
        | "thunderbird"
        | "libreoffice"
        | "soffice"
        | "evince"
        | "openssl"
        | "fc-match"
        | "ip"
        | "awk"
        | "vi"
        | "less"
        | "git"
        | "curl"
        | "ssh"
        | "ping"
        | "desktop-file-validate" => installed(need),
        // the input method, its engine for Hangul and its way to a Wayland compositor
        "fcitx5-hangul" => installed("fcitx5").and_then(|()| {
            let addon = |name: &str| std::path::Path::new("/usr/share/fcitx5/addon").join(name).exists();
            let there = addon("hangul.conf") && addon("waylandim.conf");
            there.then_some(()).ok_or_else(|| "not installed".into())
        }),
        "korean-font" => {
            let asked = std::process::Command::new("fc-match").args(["-f", "%{lang}", "sans:lang=ko"]).output();
            let korean = asked.is_ok_and(|a| String::from_utf8_lossy(&a.stdout).split('|').any(|lang| lang == "ko"));
            korean.then_some(()).ok_or_else(|| "no font has Hangul".into())
        }
        "korean-firefox" => {
            let pack = "/usr/lib/firefox-esr/browser/extensions/langpack-ko@firefox-esr.mozilla.org.xpi";
            std::path::Path::new(pack).exists().then_some(()).ok_or_else(|| "not installed".into())
        }
        "su" | "sudo" | "script" | "nft" => installed(need),
        // servers of the lab's networks
        "dnsmasq" | "udhcpd" => {
            let there = std::path::Path::new("/usr/sbin").join(need).exists();
            there.then_some(()).ok_or_else(|| "not installed".into())
        }
        // a small SSH server that no service starts
        "dropbear" => ["dropbear", "dropbearkey"].iter().try_for_each(|program| {
            let there =
                ["/usr/sbin", "/usr/bin"].iter().any(|folder| std::path::Path::new(folder).join(program).exists());
            there.then_some(()).ok_or_else(|| "not installed".into())
        }),
        "crond" => {
            let list = std::process::Command::new("busybox").arg("--list").output();
            let has =
                list.is_ok_and(|list| String::from_utf8_lossy(&list.stdout).lines().any(|applet| applet == "crond"));
            has.then_some(()).ok_or_else(|| "no busybox with it".into())
        }
        // a file system whose files can share blocks
        "btrfs" => installed("btrfs").and_then(|()| {
            let known = fs::read_to_string("/proc/filesystems").unwrap_or_default().contains("\tbtrfs");
            known.then_some(()).ok_or_else(|| "the kernel does not know it".into())
        }),
        "podman" => installed("podman").and_then(|()| installed("crun")),
        "python3-dbus" => {
            let mut python = std::process::Command::new("/usr/bin/python3");
            let probe = python.args(["-c", "import dbus; from gi.repository import GLib"]).output();
            probe.is_ok_and(|o| o.status.success()).then_some(()).ok_or_else(|| "not installed".into())
        }
        other => Err(format!("unknown need {other:?}")),
    }
}

/// What a zone is made of: namespaces of an ordinary user, and a /proc of its own, which a covered one forbids.
fn namespaces_of_a_zone() -> Result<(), i32> {
    use nix::mount::{MsFlags, mount};
    let (uid, gid) = (geteuid(), nix::unistd::getegid());
    let flags =
        CloneFlags::CLONE_NEWUSER | CloneFlags::CLONE_NEWNET | CloneFlags::CLONE_NEWNS | CloneFlags::CLONE_NEWPID;
    nix::sched::unshare(flags).map_err(|e| e as i32)?;
    let write = |file: &str, text: String| fs::write(format!("/proc/self/{file}"), text);
    write("setgroups", "deny".into())
        .and_then(|()| write("gid_map", format!("{gid} {gid} 1")))
        .and_then(|()| write("uid_map", format!("{uid} {uid} 1")))
        .map_err(|e| e.raw_os_error().unwrap_or(1))?;
    let pid = clone3(CloneFlags::empty()).map_err(|e| e.raw_os_error().unwrap_or(1))?;
    if pid == 0 {
        let none = None::<&str>;
        let mounted = mount(none, "/", none, MsFlags::MS_REC | MsFlags::MS_PRIVATE, none)
            .and_then(|()| mount(Some("proc"), "/tmp", Some("proc"), MsFlags::empty(), none));
        std::process::exit(mounted.map_or_else(|e| e as i32, |()| 0));
    }
    match waitpid(Pid::from_raw(pid), None) {
        Ok(WaitStatus::Exited(_, 0)) => Ok(()),
        Ok(WaitStatus::Exited(_, code)) => Err(code),
        _ => Err(libc::ECHILD),
    }
}

/// A file of the first cgroup of the one hierarchy, which may be mounted beside the older ones.
fn cgroup_file(name: &str) -> Result<String, String> {
    let read = |top: &&str| fs::read_to_string(std::path::Path::new(top).join(name)).ok();
    ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"].iter().find_map(read).ok_or_else(|| "no cgroup2".into())
}

/// Whether a program of this name is where programs are.
fn installed(program: &str) -> Result<(), String> {
    let there = ["/usr/bin", "/bin", "/usr/sbin", "/sbin"]
        .iter()
        .any(|folder| std::path::Path::new(folder).join(program).exists());
    there.then_some(()).ok_or_else(|| "not installed".into())
}

fn in_child(body: impl FnOnce() -> Result<(), i32>) -> Result<(), String> {
    let pid = clone3(CloneFlags::empty()).map_err(|e| e.to_string())?;
    if pid == 0 {
        std::process::exit(body().err().unwrap_or(0));
    }
    match waitpid(Pid::from_raw(pid), None) {
        Ok(WaitStatus::Exited(_, 0)) => Ok(()),
        Ok(WaitStatus::Exited(_, code)) => Err(nix::errno::Errno::from_raw(code).to_string()),
        other => Err(format!("{other:?}")),
    }
}

/// Runs a body in a forked child and fails when it panics: ids, namespaces and seals stay in the child.
pub fn fork_wait(body: impl FnOnce()) {
    let pid = clone3(CloneFlags::empty()).unwrap();
    if pid == 0 {
        // the harness captures what a child prints: say it on the real standard error
        std::panic::set_hook(Box::new(|info| {
            let _ = nix::unistd::write(std::io::stderr(), format!("in the child: {info}\n").as_bytes());
        }));
        let failed = catch_unwind(AssertUnwindSafe(body)).is_err();
        std::process::exit(i32::from(failed));
    }
    assert_eq!(waitpid(Pid::from_raw(pid), None).unwrap(), WaitStatus::Exited(Pid::from_raw(pid), 0));
}

/// fork, or a new process in new namespaces; clone3(2) without a stack of its own, as fork does. Containers that
/// want to see the flags answer ENOSYS; then clone(2) does the same.
pub fn clone3(flags: CloneFlags) -> std::io::Result<i32> {
    let mut args = [0u64; 8];
    args[0] = flags.bits() as u64;
    args[4] = libc::SIGCHLD as u64;
    // SAFETY: struct clone_args version 0 is 64 bytes; no stack, so the child goes on with a copy of this one.
    let pid = match unsafe { libc::syscall(libc::SYS_clone3, args.as_mut_ptr(), 64) } {
        // SAFETY: integers only; a stack of 0 is a copy of this one, as above.
        -1 if nix::errno::Errno::last_raw() == libc::ENOSYS => unsafe {
            libc::syscall(libc::SYS_clone, args[0] | args[4], 0, 0, 0, 0)
        },
        pid => pid,
    };
    if pid < 0 { Err(std::io::Error::last_os_error()) } else { Ok(pid as i32) }
}

/// Where a program of the project stands: the copy that `tests/run` made for every user, else cargo's own.
pub fn program(name: &str) -> std::path::PathBuf {
    let built = std::path::Path::new(env!("CARGO_BIN_EXE_sep-run"));
    let folder = std::env::var_os("SEP_BIN_DIR").map(std::path::PathBuf::from);
    folder.as_deref().or(built.parent()).unwrap().join(name)
}
