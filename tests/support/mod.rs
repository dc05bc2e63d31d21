//! What every test file shares: needs that are probed by doing, forked bodies, and a skip that is counted.
#![allow(dead_code)]

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
        other => Err(format!("unknown need {other:?}")),
    }
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

/// fork, or a new process in new namespaces; clone3(2) without a stack of its own, as fork does.
pub fn clone3(flags: CloneFlags) -> std::io::Result<i32> {
    let mut args = [0u64; 8];
    args[0] = flags.bits() as u64;
    args[4] = libc::SIGCHLD as u64;
    // SAFETY: struct clone_args version 0 is 64 bytes; no stack, so the child goes on with a copy of this one.
    let pid = unsafe { libc::syscall(libc::SYS_clone3, args.as_mut_ptr(), 64) };
    if pid < 0 { Err(std::io::Error::last_os_error()) } else { Ok(pid as i32) }
}
