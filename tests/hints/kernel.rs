//! Hints about what the kernel refuses: limits, devices and system calls of the test's own PC.

use std::fs;
use std::os::unix::process::CommandExt;
use std::process::Command;

use crate::hint::{hint, mend};
use crate::pc::{Pc, as_root, make_tun, on_own_pc, on_own_pc_with_limits};
use crate::support::person::Ended;

#[track_caller]
fn refused(ended: Ended, status: i32) -> String {
    assert_eq!(ended.status, status, "{ended:?}");
    if ended.err.is_empty() { ended.text() } else { ended.err }
}

/// Both what a launch and what doctor proposes, each run after the same thing was broken.
#[track_caller]
fn both_mend(pc: &Pc, profile: &str, launch: &str, doctor: &str, break_it: impl Fn()) {
    let first = format!("sep-run {profile} echo ran");
    let look = format!("sepctl doctor {profile}");
    assert_eq!(pc.types(&first).good(), "ran", "the twin");
    pc.types(&look).good();
    as_root(&break_it);
    pc.obeys(&hint(&refused(pc.types(&first), 125), launch)).good();
    assert_eq!(pc.types(&first).good(), "ran");
    as_root(&break_it);
    pc.obeys(&mend(&refused(pc.types(&look), 1), doctor)).good();
    pc.types(&look).good();
    assert_eq!(pc.types(&first).good(), "ran");
}

fn limit(name: &str) -> impl Fn() {
    let file = format!("/proc/sys/user/max_{name}_namespaces");
    move || fs::write(&file, "0").unwrap()
}

#[test]
fn limits_of_namespaces() {
    on_own_pc_with_limits(|pc| {
        both_mend(pc, "office", "code-no-userns.hint[limit]", "why-userns-limit.mend", limit("user"));
        both_mend(pc, "office", "code-no-userns.hint[limit]", "why-netns.mend", limit("net"));
    });
}

#[test]
fn a_tun_that_is_closed() {
    on_own_pc(&[], |pc| {
        both_mend(pc, "strict", "code-no-tun.hint[mode]", "why-tun-mode.mend", || make_tun(0o600));
    });
}

#[test]
fn a_tun_that_is_not_there() {
    on_own_pc(&[], |pc| {
        let remove = || fs::remove_file("/dev/net/tun").unwrap();
        both_mend(pc, "strict", "code-no-tun.hint[missing]", "why-tun-missing.mend", remove);
    });
}

#[test]
fn a_tun_that_is_something_else() {
    on_own_pc(&[], |pc| {
        as_root(|| {
            fs::remove_file("/dev/net/tun").unwrap();
            fs::create_dir("/dev/net/tun").unwrap();
        });
        let proposed = hint(&refused(pc.types("sep-run strict echo ran"), 125), "code-no-tun.hint[other]");
        let told = refused(pc.obeys(&proposed), 1);
        assert!(told.contains("the device makes no interface: it is a folder"), "{told}");
    });
}

#[test]
fn ping_without_privilege() {
    on_own_pc(&[], |pc| {
        as_root(|| fs::write("/proc/sys/net/ipv4/ping_group_range", "1 0").unwrap());
        let first = || pc.types("sepctl doctor strict").good();
        let told = first();
        assert!(told.contains("users may open no ping socket"), "{told}");
        pc.obeys(&mend(&told, "why-ping.mend")).good();
        let told = first();
        assert!(!told.contains("ping socket"), "{told}");
    });
}

#[test]
fn a_landlock_that_is_too_old() {
    on_own_pc(&[], |pc| {
        let needs = |abi: &str| {
            let profile = format!("{{\"seals\": {{\"landlock_min_abi\": {abi}}}}}");
            pc.person.profile("mine", &profile);
            pc.types("sepctl doctor mine")
        };
        let told = needs("11");
        if told.status == 0 {
            return; // a kernel that is newer than this test
        }
        let told = refused(told, 1);
        let words = mend(&told, "why-landlock-old.mend");
        assert!(words.ends_with("lower seals.landlock_min_abi"), "{words}");
        let found = told.lines().find_map(|line| line.split_once("needs a newer one: ")?.1.split_once(" <")).unwrap().0;
        needs(found.trim_start_matches("ABI ")).good();
        assert_eq!(pc.types("sep-run mine echo ran").good(), "ran");
    });
}

/// A system call that a container's filter answers: its number, the flags of its first argument if they matter, and
/// the answer.
type Rule = (libc::c_long, Option<libc::c_int>, libc::c_int);

/// The command below such a filter.
fn below(mut command: Command, rules: &[Rule]) -> Command {
    const LOAD: u16 = (libc::BPF_LD | libc::BPF_W | libc::BPF_ABS) as u16;
    const IS: u16 = (libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K) as u16;
    const HAS: u16 = (libc::BPF_JMP | libc::BPF_JSET | libc::BPF_K) as u16;
    const ANSWER: u16 = (libc::BPF_RET | libc::BPF_K) as u16;
    let step = |code, k, jt, jf| libc::sock_filter { code, jt, jf, k };
    let mut steps = vec![step(LOAD, 0, 0, 0)];
    for (number, flags, errno) in rules {
        let answer = step(ANSWER, libc::SECCOMP_RET_ERRNO | *errno as u32, 0, 0);
        match flags {
            None => steps.extend([step(IS, *number as u32, 0, 1), answer]),
            // past this rule the accumulator must hold the number again
            Some(flags) => steps.extend([
                step(IS, *number as u32, 0, 4),
                step(LOAD, 16, 0, 0),
                step(HAS, *flags as u32, 0, 1),
                answer,
                step(LOAD, 0, 0, 0),
            ]),
        }
    }
    steps.push(step(ANSWER, libc::SECCOMP_RET_ALLOW, 0, 0));
    let install = move || {
        let program = libc::sock_fprog { len: steps.len() as u16, filter: steps.as_ptr().cast_mut() };
        // SAFETY: prctl with integers, and with a program that outlives the call and that the kernel copies.
        let done = unsafe {
            libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
                && libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_FILTER, &raw const program) == 0
        };
        if done { Ok(()) } else { Err(std::io::Error::last_os_error()) }
    };
    // SAFETY: two system calls; nothing is allocated and no lock is taken.
    unsafe { command.pre_exec(install) };
    command
}

#[test]
fn a_call_that_is_not_there() {
    on_own_pc(&[], |pc| {
        let rules = [
            (libc::SYS_clone3, None, libc::ENOSYS),
            (libc::SYS_clone, Some(libc::CLONE_NEWUSER), libc::EINVAL),
            (libc::SYS_unshare, Some(libc::CLONE_NEWUSER), libc::EINVAL),
        ];
        let run = |line: &str| pc.person.run(below(pc.typed(line), &rules));
        let proposed = hint(&refused(run("sep-run office echo ran"), 125), "code-no-userns.hint[other]");
        assert_eq!(proposed, "sepctl doctor");
        let told = refused(run(&proposed), 1);
        assert!(told.contains("this kernel has none"), "{told}");
        pc.types("sepctl doctor office").good();
    });
}

#[test]
fn a_keyring_that_is_refused() {
    on_own_pc(&[], |pc| {
        let rules = [(libc::SYS_keyctl, None, libc::EPERM)];
        let run = |line: &str| pc.person.run(below(pc.typed(line), &rules));
        let first = "sep-run office echo ran";
        let proposed = hint(&refused(run(first), 125), "code-layer.hint");
        let told = refused(run(&proposed), 1);
        assert!(told.contains("session keyring") && told.contains("not permitted"), "{told}");
        let words = mend(&told, "why-keyring.mend");
        assert!(words.ends_with("add \"keyring\" to seals.optional"), "{words}");
        pc.person.profile("office", "{\"seals\": {\"optional\": [\"keyring\"]}}");
        assert_eq!(run(first).good(), "ran");
        run("sepctl doctor office").good();
    });
}
