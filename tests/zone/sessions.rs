//! Launches that share a zone, the end of a zone, and what a launch reports of its program.

use std::collections::BTreeSet;
use std::fs;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use sep_run::policy::Plan;
use sep_run::wire::{Code, Connection, Failure, FromInit, Launch, Stage, Stdio, ToInit, WindowSize};

use super::ready;
use crate::support::person::{Person, wait_for};

const SEALS: &str = "grep -E '^(Cap...|NoNewPrivs|Seccomp):' /proc/self/status";
const PLACE: &str = "readlink /proc/self/ns/pid /proc/self/ns/net /proc/self/ns/user";

#[test]
fn zone_12_a_second_launch_enters_the_zone_with_every_seal() {
    let Some(person) = ready(&[]) else { return };
    let first =
        person.start_inside("strict", &format!("{SEALS}; {PLACE}; echo made >/tmp/shared; echo ready; exec sleep 60"));
    let first = first.until_said("ready");
    let second = person.inside("strict", &format!("{SEALS}; {PLACE}; cat /tmp/shared; echo ready")).good();
    assert_eq!(second.replace("made\n", ""), first.trim_end());
    assert!(second.contains("NoNewPrivs:\t1") && second.contains("CapBnd:\t0000000000000000"), "{second}");
    let sealed = person.outside(SEALS).good();
    assert!(sealed.contains("NoNewPrivs:\t0") && sealed.contains("Seccomp:\t0"), "{sealed}");
}

#[test]
fn a_second_launch_takes_milliseconds() {
    let Some(person) = ready(&[]) else { return };
    let first = person.start_inside("strict", "echo ready; exec sleep 60");
    first.until_said("ready");
    let once = || {
        let begin = Instant::now();
        person.run(person.sep_run("strict", ["true"])).good();
        begin.elapsed()
    };
    let best = (0..20).map(|_| once()).min().unwrap();
    assert!(best < Duration::from_millis(50), "{best:?}");
}

#[test]
fn zone_12_launches_at_the_same_instant_make_one_zone() {
    let Some(person) = ready(&[]) else { return };
    for round in 0..6 {
        let all: Vec<_> = (0..8).map(|_| person.start_inside("strict", &format!("{PLACE}; exec sleep 0.4"))).collect();
        let places: BTreeSet<String> = all.into_iter().map(|one| one.end().good()).collect();
        assert_eq!(places.len(), 1, "round {round}: {places:?}");
        person.nothing_is_left();
    }
}

#[test]
fn zone_12_launches_never_fail_while_zones_come_and_go() {
    let Some(person) = ready(&[]) else { return };
    // each zone ends in the moment when the next launch may find its socket still there
    for round in 0..12 {
        let pair = [0, 1, 2].map(|_| person.start(person.sep_run("office", ["echo", "done"])));
        for one in pair {
            assert_eq!(one.end().good(), "done", "round {round}");
        }
    }
}

#[test]
fn zone_12_a_zone_ends_with_its_last_program() {
    let Some(person) = ready(&[]) else { return };
    let daemon = "setsid sh -c 'sleep 1; echo late >~/late' </dev/null >/dev/null 2>&1 &";
    let begin = Instant::now();
    let place = person.inside("strict", &format!("{daemon} {PLACE}")).good();
    assert!(begin.elapsed() < Duration::from_millis(900) || cfg!(debug_assertions), "its starter does not wait");
    let late = person.home_of("strict").join("late");
    assert!(!person.left().is_empty(), "it lives on");
    assert!(late.exists() || person.inside("strict", PLACE).good() == place, "and can be joined");
    wait_for(Duration::from_secs(5), || late.exists(), || "the daemon's file".into());
    person.nothing_is_left();
    assert_ne!(fs::read_to_string(late).unwrap(), "");
}

#[test]
fn zone_12_another_plan_is_refused_by_its_difference() {
    let Some(person) = ready(&[]) else { return };
    let first = person.start_inside("strict", "echo ready; exec sleep 60");
    first.until_said("ready");
    person.profile("strict", r#"{"files": {"exec_home": true}}"#);
    let second = person.inside("strict", "echo never");
    second.refused(125, "cannot enter the running zone 'strict'");
    assert!(second.err.contains("exec_home"), "{second:?}");
    assert_eq!(second.text(), "");
    drop(first);
    person.nothing_is_left();
    assert_eq!(person.inside("strict", "echo now").good(), "now");
}

#[test]
fn the_exit_status_is_the_programs_own() {
    let Some(person) = ready(&[]) else { return };
    let status = |person: &Person, words: &[&str]| person.run(person.sep_run("strict", words)).status;
    for number in [0, 1, 7, 124, 125, 126, 127, 128, 255] {
        assert_eq!(status(&person, &["sh", "-c", &format!("exit {number}")]), number);
    }
    for signal in [1, 2, 3, 6, 9, 11, 13, 15] {
        assert_eq!(status(&person, &["sh", "-c", &format!("kill -{signal} $$")]), 128 + signal);
    }
    person.run(person.sep_run("strict", ["/etc/passwd"])).refused(126, "cannot execute '/etc/passwd'");
    person.run(person.sep_run("strict", ["/usr"])).refused(126, "cannot execute '/usr'");
    person.run(person.sep_run("strict", ["no-such-program"])).refused(127, "cannot find 'no-such-program'");
    person.run(person.sep_run("strict", ["/usr/bin/no-such-program"])).refused(127, "cannot find");
    person.run(person.sep_run("strict", [""])).refused(127, "cannot find ''");
    person.run(person.sep_run("no-such-profile", ["true"])).refused(125, "no profile 'no-such-profile'");
}

#[test]
fn a_signal_to_the_client_reaches_the_program() {
    let Some(person) = ready(&[]) else { return };
    for (signal, name) in [(nix::sys::signal::Signal::SIGTERM, "TERM"), (nix::sys::signal::Signal::SIGUSR1, "USR1")] {
        let script = format!("trap 'echo got {name}; exit 5' {name}; echo ready; while :; do sleep 0.05; done");
        let running = person.start_inside("strict", &script);
        running.until_said("ready");
        nix::sys::signal::kill(running.pid(), signal).unwrap();
        let ended = running.end();
        assert_eq!((ended.status, ended.text()), (5, format!("ready\ngot {name}")));
    }
    let untrapped = person.start_inside("strict", "echo ready; exec sleep 60");
    untrapped.until_said("ready");
    nix::sys::signal::kill(untrapped.pid(), nix::sys::signal::Signal::SIGTERM).unwrap();
    assert_eq!(untrapped.end().status, 128 + 15);
}

#[test]
fn zone_14_what_the_kernel_does_not_give_is_refused() {
    let Some(person) = ready(&[]) else { return };
    person.profile("strict", r#"{"seals": {"landlock_min_abi": 99}}"#);
    person.inside("strict", "echo never >~/ran").refused(125, "strict.json:1:32");
    let kernel = sep_run::sys::landlock::abi();
    if kernel < 11 {
        person.profile("strict", r#"{"seals": {"landlock_min_abi": 11}}"#);
        let refused = person.inside("strict", "echo never >~/ran");
        refused.refused(125, "cannot enforce 'landlock'");
        assert!(refused.err.contains(&format!("ABI {kernel}")), "{refused:?}");
    }
    person.nothing_is_left();
    assert!(!person.home_of("strict").join("ran").exists());
    person.profile("strict", &format!(r#"{{"seals": {{"landlock_min_abi": {kernel}}}}}"#));
    assert_eq!(person.inside("strict", "echo runs").good(), "runs");
}

#[test]
fn the_arguments_arrive_byte_for_byte() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let Some(person) = ready(&[]) else { return };
    let odd: Vec<&OsStr> = [&b"\xff\xfe\x80"[..], b"", b" ", b"a\nb", b"--", b"-c", b"$(id)", "한글".as_bytes()]
        .map(OsStr::from_bytes)
        .to_vec();
    let words = [&["printf", r"%s\0"].map(OsStr::new)[..], &odd].concat();
    let said = person.run(person.sep_run("strict", words));
    let expected: Vec<u8> = odd.iter().flat_map(|word| [word.as_bytes(), b"\0"].concat()).collect();
    assert_eq!((said.status, said.out), (0, expected));
    person.run(person.sep_run("strict", [OsStr::from_bytes(b"no\xffprogram")])).refused(127, "cannot find");
}

#[test]
fn zone_12_what_the_caller_blocks_or_ignores_does_not_reach_the_zone() {
    let Some(person) = ready(&[]) else { return };
    let program = crate::support::program("sep-run");
    let look = "grep -hE '^Sig(Blk|Ign):' /proc/1/status /proc/self/status | tr -d '\\t'";
    let mut command = person.command("/bin/bash");
    command.args(["-c", &format!("trap '' ALRM INT TERM USR1; exec {} office -- sh -c \"{look}\"", program.display())]);
    // of init only what it watches and what Rust ignores; of a program nothing
    let lines =
        ["SigBlk:0000000000010000", "SigIgn:0000000000001000", "SigBlk:0000000000000000", "SigIgn:0000000000000000"];
    assert_eq!(person.run(command).good(), lines.join("\n"));
}

#[test]
fn a_zone_that_does_not_answer_does_not_keep_its_client() {
    let Some(person) = ready(&[]) else { return };
    let keeper = person.start_inside("office", "echo there; exec sleep 60");
    keeper.until_said("there");
    let init = person.left().into_iter().find(|p| p.inner == 1).expect("init").pid;
    kill(Pid::from_raw(init), Signal::SIGSTOP).unwrap();
    let waits = person.start(person.sep_run("office", ["echo", "never"]));
    std::thread::sleep(Duration::from_millis(300));
    kill(waits.pid(), Signal::SIGINT).unwrap();
    let ended = waits.end_within(Duration::from_secs(2));
    assert_eq!((ended.status, ended.text().as_str()), (128 + Signal::SIGINT as i32, ""), "{ended:?}");
    kill(Pid::from_raw(init), Signal::SIGCONT).unwrap();
    assert_eq!(person.inside("office", "echo twin").good(), "twin");
    drop(keeper);
    person.nothing_is_left();
}

/// What init answers to a launch of this plan whose standard input is a folder of the PC.
fn answer_to_a_folder(person: &Person, plan: Vec<u8>) -> Failure {
    use nix::sys::socket::{AddressFamily, SockFlag, SockType, UnixAddr, connect, socket};
    use std::os::fd::{AsFd, AsRawFd};
    let fd = socket(AddressFamily::Unix, SockType::SeqPacket, SockFlag::SOCK_CLOEXEC, None).unwrap();
    connect(fd.as_raw_fd(), &UnixAddr::new(&person.runtime_of("strict").join("init.sock")).unwrap()).unwrap();
    let (zone, folder) = (Connection::from(fd), fs::File::open(&person.top).unwrap());
    let window = WindowSize { rows: 24, columns: 80 };
    let stdio = [Stdio::Passed, Stdio::Null, Stdio::Null];
    let launch = Launch { argv: vec!["true".into()], env: vec![], stdio, window, plan };
    zone.tell(Stage::Ask, &ToInit::Launch(launch), &[folder.as_fd()]).unwrap();
    match zone.reply(Stage::Ask).unwrap().unwrap().0 {
        FromInit::Failed(failure) => failure,
        other => panic!("{other:?}"),
    }
}

#[test]
fn zone_12_another_plan_is_what_a_client_hears_of_before_anything_of_its_own() {
    let Some(person) = ready(&[]) else { return };
    let held = person.start_inside("strict", "echo ready; exec sleep 60");
    held.until_said("ready");
    let plan = fs::read_to_string(person.runtime_of("strict").join("plan.json")).unwrap();
    let digest = serde_json::from_str::<Plan>(&plan).unwrap().digest();
    assert_eq!(answer_to_a_folder(&person, vec![0; 8]).code, Code::PlanDiffers);
    let twin = answer_to_a_folder(&person, digest);
    assert_eq!((twin.code, twin.args), (Code::BadStdio, vec!["stdin".into(), "directory".into()]));
}
