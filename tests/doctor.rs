//! `sepctl doctor` on the real kernel, in child processes: the four shapes in which user namespaces are refused,
//! each other lack that can be made here, and beside each the twin in which it is there.

mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use landlock::{ABI, Access, AccessFs, PathBeneath, PathFd, Ruleset, RulesetAttr, RulesetCreatedAttr};
use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, unshare};
use nix::sys::stat::{Mode, SFlag, makedev, mknod};
use nix::unistd::{Gid, Uid, setgroups, setresgid, setresuid};
use sep_run::cli::{Shown, sepctl};
use serde_json::Value;
use support::{fork_wait, needs};

const USER: u32 = 54_321;

/// Becomes a user without groups, whose home and session are `/nonexistent`.
fn become_user() {
    setgroups(&[]).unwrap();
    setresgid(Gid::from_raw(USER), Gid::from_raw(USER), Gid::from_raw(USER)).unwrap();
    setresuid(Uid::from_raw(USER), Uid::from_raw(USER), Uid::from_raw(USER)).unwrap();
    // SAFETY: prctl with integer arguments; a change of uid cleared it, and /proc/self must be our own.
    unsafe { libc::prctl(libc::PR_SET_DUMPABLE, 1, 0, 0, 0) };
}

/// The child's environment; nothing of the caller's is left that doctor reads.
fn set_env(config: &str, language: &str) {
    let all = [
        ("HOME", "/nonexistent"),
        ("XDG_CONFIG_HOME", config),
        ("XDG_RUNTIME_DIR", "/nonexistent"),
        ("LC_ALL", language),
    ];
    for (name, value) in all {
        // SAFETY: a forked child has one thread.
        unsafe { std::env::set_var(name, value) };
    }
}

fn ask(words: &[&str]) -> Shown {
    sepctl(std::iter::once("sepctl").chain(words.iter().copied()).map(Into::into))
}

/// One answer of doctor.
struct Answer {
    status: u8,
    table: Value,
}

impl Answer {
    fn of(words: &[&str]) -> Self {
        let shown = ask(&[&["doctor", "--json"], words].concat());
        assert_eq!(shown.err, "");
        let table: Value = serde_json::from_str(&shown.out).unwrap();
        assert_eq!(table["findings"].as_array().unwrap().len(), 12);
        assert_eq!(table["ready"] == Value::Bool(true), shown.status == 0, "status {}", shown.status);
        Self { status: shown.status, table }
    }

    fn row(&self, probe: &str) -> &Value {
        self.table["findings"].as_array().unwrap().iter().find(|r| r["probe"] == probe).unwrap()
    }

    fn status(&self, probe: &str) -> &str {
        self.row(probe)["status"].as_str().unwrap()
    }

    #[track_caller]
    fn lacks(&self, probe: &str, reason: &str, mend: &str) {
        let row = self.row(probe);
        assert_eq!((row["status"].as_str(), row["reason"].as_str()), (Some("missing"), Some(reason)), "{row}");
        assert!(row["mend"].as_str().unwrap_or_default().contains(mend), "{row}");
        assert_eq!(self.status, 1, "a lack that stands in the way is the exit status");
    }

    #[track_caller]
    fn lacks_nothing_but(&self, except: &[&str]) {
        for row in self.table["findings"].as_array().unwrap() {
            let probe = row["probe"].as_str().unwrap();
            assert!(row["status"] != "missing" || except.contains(&probe), "{row}");
        }
    }
}

/// A mount namespace of its own, so that the machine's /dev and /proc stay as they are.
fn private_mounts() {
    unshare(CloneFlags::CLONE_NEWNS).unwrap();
    mount(None::<&str>, "/", None::<&str>, MsFlags::MS_REC | MsFlags::MS_PRIVATE, None::<&str>).unwrap();
}

fn cover(path: &str) {
    mount(Some("none"), path, Some("tmpfs"), MsFlags::empty(), None::<&str>).unwrap();
}

/// /dev/net/tun as a PC has it, with the given mode.
fn tun(mode: u32) {
    private_mounts();
    cover("/dev/net");
    mknod("/dev/net/tun", SFlag::S_IFCHR, Mode::empty(), makedev(10, 200)).unwrap();
    fs::set_permissions("/dev/net/tun", fs::Permissions::from_mode(mode)).unwrap();
}

fn as_user(before: impl FnOnce()) {
    before();
    become_user();
    set_env("/nonexistent", "C");
}

#[test]
fn an_ordinary_user_with_an_open_tun_is_ready() {
    if !needs(&["root", "userns"]) {
        return;
    }
    fork_wait(|| {
        as_user(|| tun(0o666));
        let answer = Answer::of(&[]);
        answer.lacks_nothing_but(&[]);
        assert_eq!((answer.status, answer.status("tun"), answer.status("scope")), (0, "ok", "absent"));
        assert!(answer.row("landlock")["found"].as_str().unwrap().starts_with("ABI "));
    });
}

#[test]
fn a_tun_that_is_closed_or_not_there() {
    if !needs(&["root", "userns"]) {
        return;
    }
    fork_wait(|| {
        as_user(|| tun(0o600));
        let answer = Answer::of(&[]);
        answer.lacks("tun", "tun-mode", "chmod 0666 /dev/net/tun");
        assert!(answer.row("tun")["why"].as_str().unwrap().contains("0600"));
        answer.lacks_nothing_but(&["tun"]);
        assert_eq!(Answer::of(&["office"]).status, 0, "a profile without a network needs none");
    });
    fork_wait(|| {
        as_user(|| {
            private_mounts();
            cover("/dev/net");
        });
        Answer::of(&[]).lacks("tun", "tun-missing", "mknod -m 0666 /dev/net/tun");
    });
}

/// ENOSPC: the limit of the user namespace that the test is in.
#[test]
fn the_limit_of_user_namespaces() {
    if !needs(&["root", "userns"]) {
        return;
    }
    fork_wait(|| {
        as_user(|| tun(0o666));
        unshare(CloneFlags::CLONE_NEWUSER).unwrap();
        fs::write("/proc/self/setgroups", "deny").unwrap();
        fs::write("/proc/self/uid_map", format!("{USER} {USER} 1")).unwrap();
        fs::write("/proc/self/gid_map", format!("{USER} {USER} 1")).unwrap();
        Answer::of(&[]).lacks_nothing_but(&[]);
        fs::write("/proc/sys/user/max_user_namespaces", "0").unwrap();
        let answer = Answer::of(&[]);
        answer.lacks("userns", "userns-limit", "sysctl -w user.max_user_namespaces=");
        answer.lacks("netns", "needs-userns", "");
    });
}

/// EPERM without Debian's switch: here by a chroot, which the kernel answers as a container's filter does.
#[test]
fn a_container_that_forbids_them() {
    if !needs(&["root", "userns"]) || Path::new("/proc/sys/kernel/unprivileged_userns_clone").exists() {
        return;
    }
    let root = std::env::temp_dir().join(format!("sep-run-doctor-{}", std::process::id()));
    fs::create_dir(&root).unwrap();
    fork_wait(|| {
        as_user(|| {
            private_mounts();
            mount(Some("/"), &root, None::<&str>, MsFlags::MS_BIND | MsFlags::MS_REC, None::<&str>).unwrap();
            nix::unistd::chroot(&root).unwrap();
            std::env::set_current_dir("/").unwrap();
        });
        Answer::of(&[]).lacks("userns", "userns-container", "seccomp profile");
    });
    fs::remove_dir(&root).unwrap();
}

/// The late refusal, made and powerless: here by a domain that may not write to /proc.
#[test]
fn a_namespace_without_rights() {
    if !needs(&["root", "userns"]) {
        return;
    }
    fork_wait(|| {
        as_user(|| ());
        let ruleset = Ruleset::default().handle_access(AccessFs::WriteFile).unwrap().create().unwrap();
        let devices = PathBeneath::new(PathFd::new("/dev").unwrap(), AccessFs::from_all(ABI::V1) & AccessFs::WriteFile);
        ruleset.add_rule(devices).unwrap().restrict_self().unwrap();
        Answer::of(&[]).lacks("userns", "userns-apparmor-late", "sysctl -w kernel.apparmor");
    });
}

#[test]
fn a_proc_that_is_covered() {
    if !needs(&["root", "userns"]) {
        return;
    }
    fork_wait(|| {
        as_user(|| {
            private_mounts();
            cover("/proc/bus");
        });
        let answer = Answer::of(&["office"]);
        answer.lacks("proc", "proc-covered", "unmask");
        answer.lacks_nothing_but(&["proc"]);
    });
}

#[test]
fn what_a_profile_calls_optional_does_not_stand_in_the_way() {
    if !needs(&["root", "userns"]) {
        return;
    }
    let config = std::env::temp_dir().join(format!("sep-run-doctor-config-{}", std::process::id()));
    let profiles = config.join("sep-run/profiles");
    fs::create_dir_all(&profiles).unwrap();
    for (name, optional) in [("hard", ""), ("soft", "\"landlock\"")] {
        let text = format!("{{\"seals\": {{\"landlock_min_abi\": 11, \"optional\": [{optional}]}}}}");
        fs::write(profiles.join(format!("{name}.json")), text).unwrap();
    }
    fork_wait(|| {
        as_user(|| ());
        set_env(config.to_str().unwrap(), "C");
        let hard = Answer::of(&["hard"]);
        if hard.status("landlock") == "missing" {
            hard.lacks("landlock", "landlock-old", "landlock_min_abi");
            assert_eq!((Answer::of(&["soft"]).status, Answer::of(&["soft"]).status("landlock")), (0, "absent"));
        }
    });
    fs::remove_dir_all(config).unwrap();
}

#[test]
fn root_is_told_that_it_is_root() {
    if !needs(&["root"]) {
        return;
    }
    fork_wait(|| {
        set_env("/nonexistent", "C");
        Answer::of(&[]).lacks("user", "root", "run it as the user");
    });
}

#[test]
fn the_table_is_for_people() {
    fork_wait(|| {
        set_env("/nonexistent", "C");
        let english = ask(&["doctor"]).out;
        set_env("/nonexistent", "ko_KR.UTF-8");
        let korean = ask(&["doctor"]).out;
        assert!(english.contains("Landlock") && english.contains("ready: profile 'internet'"), "{english}");
        assert!(korean.contains("사용자 네임스페이스") && korean.contains("'internet' 프로파일"), "{korean}");
        for text in [english, korean] {
            assert!(!text.contains("why-") && !text.contains("doctor-") && !text.contains('{'), "{text}");
        }
    });
}

#[test]
fn the_other_verbs() {
    fork_wait(|| {
        set_env("/nonexistent", "C");
        let explained = ask(&["explain", "internet"]);
        assert!(explained.status == 0 && explained.out.contains("[built-in:internet.json:"), "{explained:?}");
        let unknown = ask(&["explain", "firefox"]);
        let line = "sepctl: resolve: no profile 'firefox'\nhint: did you mean: sepctl explain internet\n";
        assert_eq!((unknown.status, &*unknown.err), (125, line));
        let typo = ask(&["docter"]);
        let line = "sepctl: parse: 'docter' is no switch or verb of sepctl\nhint: did you mean: sepctl doctor\n";
        assert_eq!((typo.status, &*typo.err), (125, line));
        // a copy: the user of this tier may not reach the repository
        let folder = std::env::temp_dir().join(format!("sep-run-shipped-{}", std::process::id()));
        let shipped = folder.join("internet.json");
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(&shipped, include_str!("../profiles/internet.json")).unwrap();
        assert_eq!(ask(&["profile", "check", shipped.to_str().unwrap()]).status, 0);
        std::fs::remove_dir_all(folder).unwrap();
        assert_eq!(ask(&["profile", "check", "/dev/null"]).status, 125);
        assert!(ask(&["--help"]).status == 0 && ask(&["--version"]).out.starts_with("sepctl "));
    });
}

#[test]
fn the_command_line_of_sep_run() {
    fork_wait(|| {
        set_env("/nonexistent", "C");
        let run = |words: &[&str]| {
            let words = std::iter::once("sep-run").chain(words.iter().copied());
            sep_run::cli::sep_run(words.map(Into::into)).unwrap_err()
        };
        let err = |words: &[&str]| run(words).err;
        let typo = "sep-run: parse: '--timming' is no switch or verb of sep-run\nhint: did you mean: sep-run --timing internet\n";
        assert_eq!(err(&["--timming", "internet"]), typo);
        assert!(err(&[]).starts_with("usage: sep-run"));
        assert_eq!(err(&["-q"]), "sep-run: parse: no profile was named\nhint: sep-run internet firefox\n");
        assert!(err(&["internet", "--timing", "ls"]).contains("hint: did you mean: sep-run --timing internet ls"));
        let (short, long) = (run(&["-h"]), run(&["--help"]));
        assert!(short.status == 0 && short.out.contains("sep-run [switches] PROFILE [--] [PROGRAM ARG...]"));
        assert!(long.status == 0 && long.out.len() > short.out.len() && long.out.contains("Exit status"));
        assert_eq!(run(&["-V"]).out, concat!("sep-run ", env!("CARGO_PKG_VERSION"), "\n"));
    });
}
