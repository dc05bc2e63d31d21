//! Transfers that break: Ctrl-C, a killed end, a full disk; and those that are taken up again.

use std::fs;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::{Ended, Person, ZONE, names, ready, refused, run, sepctl};
use crate::support::person::wait_for;

/// A zone with a large file, which goes on living.
fn with_large_file(person: &Person) -> crate::support::person::Running {
    let held = person.start_inside(ZONE, "yes | head -c 400000000 >big; echo up; sleep 100");
    held.until_said("up");
    held
}

/// Whether a part of some size is in a folder.
pub fn part(folder: &std::path::Path) -> Option<u64> {
    let entries = fs::read_dir(folder).unwrap().map(|e| e.unwrap());
    let part = entries.into_iter().find(|e| e.file_name().to_string_lossy().ends_with(".sep-part"))?;
    part.metadata().ok().map(|found| found.len())
}

/// Starts it and sends a signal when a part of the file is there.
#[track_caller]
fn interrupted(person: &Person, words: &[&str], folder: &std::path::Path, signal: Signal) -> Ended {
    let running = person.start(sepctl(person, words));
    let begun = || part(folder).is_some_and(|len| len > 1_000_000);
    wait_for(Duration::from_secs(10), begun, || format!("{:?}", names(folder)));
    kill(running.pid(), signal).unwrap();
    running.end()
}

#[test]
fn file_03_an_interrupted_transfer_leaves_nothing_and_one_to_be_resumed_goes_on() {
    let Some(person) = ready(&[]) else { return };
    let held = with_large_file(&person);
    let folder = person.top.join("home");
    for signal in [Signal::SIGINT, Signal::SIGTERM] {
        let ended = interrupted(&person, &["get", ZONE, "big"], &folder, signal);
        assert_eq!((ended.status, ended.err.as_str()), (130, "sepctl: run: interrupted\n"), "{ended:?}");
        assert_eq!(names(&folder), [""; 0], "nothing stays");
    }
    let ended = interrupted(&person, &["get", "--resume", ZONE, "big"], &folder, Signal::SIGINT);
    let kept = part(&folder).unwrap();
    assert!(ended.status == 130 && kept > 1_000_000, "{ended:?}");
    run(&person, &["get", "--resume", ZONE, "big"]).good();
    assert_eq!(names(&folder), ["big"]);
    assert_eq!(person.outside("yes | head -c 400000000 | cmp - big && echo same").good(), "same");
    assert!(run(&person, &["get", "--resume", ZONE, "big"]).good().contains("was there already"));
    drop(held);
}

#[test]
fn file_03_the_same_into_the_zone() {
    let Some(person) = ready(&[]) else { return };
    let held = person.start_inside(ZONE, "echo up; sleep 100");
    held.until_said("up");
    person.outside("yes | head -c 400000000 >big").good();
    let folder = person.home_of(ZONE);
    let ended = interrupted(&person, &["put", ZONE, "big"], &folder, Signal::SIGINT);
    assert_eq!(ended.status, 130, "{ended:?}");
    wait_for(Duration::from_secs(2), || names(&folder).is_empty(), || format!("{:?}", names(&folder)));
    // also where nobody could say goodbye
    let ended = interrupted(&person, &["put", ZONE, "big"], &folder, Signal::SIGKILL);
    assert_eq!(ended.status, 137);
    wait_for(Duration::from_secs(2), || names(&folder).is_empty(), || format!("{:?}", names(&folder)));
    interrupted(&person, &["put", "--resume", ZONE, "big"], &folder, Signal::SIGINT);
    assert!(part(&folder).is_some());
    let went = run(&person, &["put", "--resume", ZONE, "big"]).good();
    assert!(went.contains("strict:big"), "{went}");
    assert_eq!(person.inside(ZONE, "ls -A; yes | head -c 400000000 | cmp - big && echo same").good(), "big\nsame");
    assert!(run(&person, &["put", "--resume", ZONE, "big"]).good().contains("was there already"));
    drop(held);
}

#[test]
fn file_03_a_part_that_is_of_another_file_is_not_gone_on_with() {
    let Some(person) = ready(&[]) else { return };
    let held = with_large_file(&person);
    let folder = person.top.join("home");
    interrupted(&person, &["get", "--resume", ZONE, "big"], &folder, Signal::SIGINT);
    let hidden = names(&folder).into_iter().find(|n| n.ends_with(".sep-part")).unwrap();
    person.outside(&format!("printf X | dd of={hidden} bs=1 seek=1000 conv=notrunc")).good();
    run(&person, &["get", "--resume", ZONE, "big"]).good();
    assert_eq!(person.outside("yes | head -c 400000000 | cmp - big && echo same").good(), "same");
    drop(held);
}

/// A sum of 8 GiB takes seconds where it is quickest; who does not want it any more waits for none of it.
#[test]
fn file_03_an_interrupt_is_heard_while_a_long_file_is_summed_up() {
    let Some(person) = ready(&[]) else { return };
    let held = person.start_inside(ZONE, "truncate -s 8G big; echo >small; echo up; sleep 100");
    held.until_said("up");
    person.outside("truncate -s 8G big small").good();
    let ticks = |pid: Pid| -> u64 {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        stat.rsplit_once(')').and_then(|(_, rest)| rest.split(' ').nth(12)?.parse().ok()).unwrap_or(0)
    };
    // here the client sums up what it has, there the zone
    for (words, zone) in [(["get", "--resume", ZONE, "small"], false), (["put", "--resume", ZONE, "big"], true)] {
        let running = person.start(sepctl(&person, &words));
        let worker = || {
            let sessions =
                person.left().into_iter().filter(|p| p.name == "sep-run: init").map(|p| Pid::from_raw(p.pid));
            if zone { sessions.max_by_key(|pid| ticks(*pid)) } else { Some(running.pid()) }
        };
        let busy = || worker().is_some_and(|pid| ticks(pid) > 20);
        wait_for(Duration::from_secs(20), busy, || format!("{words:?}: nobody is busy: {:?}", person.left()));
        let pid = worker().unwrap();
        let begun = std::time::Instant::now();
        kill(running.pid(), Signal::SIGINT).unwrap();
        let ended = running.end();
        assert_eq!((ended.status, ended.err.as_str()), (130, "sepctl: run: interrupted\n"), "{words:?}: {ended:?}");
        let over = || ticks(pid) == 0 || !std::path::Path::new(&format!("/proc/{pid}")).exists();
        wait_for(Duration::from_secs(1), over, || format!("{words:?}: it goes on"));
        assert!(begun.elapsed() < Duration::from_secs(1), "{words:?}: {:?}", begun.elapsed());
    }
    drop(held);
}

#[test]
fn file_03_a_zone_that_ends_in_the_middle_is_one_error() {
    let Some(person) = ready(&[]) else { return };
    let held = with_large_file(&person);
    let folder = person.top.join("home");
    let running = person.start(sepctl(&person, &["get", ZONE, "big"]));
    wait_for(Duration::from_secs(10), || part(&folder).is_some_and(|len| len > 1_000_000), || "no part".into());
    run(&person, &["end", ZONE]).good();
    let ended = running.end();
    refused(&ended, "the zone ended");
    assert_eq!(names(&folder), [""; 0]);
    drop(held);
}

#[test]
fn file_03_a_full_disk_at_either_end_is_one_error_and_leaves_nothing() {
    let Some(person) = ready(&[]) else { return };
    person.inside(ZONE, "yes | head -c 3000000 >three; yes | head -c 300000 >small").good();
    person.outside("yes | head -c 3000000 >three; mkdir disk").good();
    let program = crate::support::program("sepctl");
    let on = |folder: &str, words: &str, then: &str| {
        let unshare = "unshare --user --map-current-user --mount --keep-caps sh -c";
        let sepctl = program.display();
        person.outside(&format!(
            "{unshare} 'mount -t tmpfs -o size=1m,mode=700 tmpfs {folder} && {sepctl} {words}; s=$?; {then}; exit $s'"
        ))
    };
    let get = on("disk", "get strict three --to disk/", "ls -A disk");
    refused(&get, "no space left");
    assert_eq!(get.text(), "");
    assert_eq!(on("disk", "get strict small --to disk/", "ls -A disk").good().lines().last(), Some("small"));
    let home = person.home_of(ZONE);
    let home = home.to_str().unwrap();
    let put = on(home, "put strict three", &format!("ls -A {home}"));
    refused(&put, "no space left");
    assert_eq!(put.text(), "");
}

#[test]
fn file_07_every_crossing_is_recorded_with_size_and_digest_and_one_that_is_not_does_not_happen() {
    let Some(person) = ready(&[]) else { return };
    person.outside("printf abc >in").good();
    run(&person, &["put", ZONE, "in"]).good();
    run(&person, &["get", ZONE, "in", "--to", "out"]).good();
    let log: Vec<serde_json::Value> = run(&person, &["log", "--json"])
        .good()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .filter(|line: &serde_json::Value| line["event"] == "file")
        .collect();
    let digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    for (line, direction) in log.iter().zip(["in", "out"]) {
        assert_eq!((&line["direction"], &line["path"]), (&direction.into(), &"in".into()), "{line}");
        assert_eq!((&line["size"], &line["sha256"], &line["zone"]), (&3.into(), &digest.into(), &ZONE.into()));
    }
    assert_eq!(log.len(), 2);
    run(&person, &["log", "--verify"]).good();
    a_log_on_a_full_disk(&person);
    // a log that can not be written, while the zone runs already
    let held = person.start_inside(ZONE, "echo up; exec sleep 600");
    held.until_said("up");
    let kept = person.top.join("kept");
    let state = person.top.join("state/sep-run");
    std::fs::rename(&state, &kept).unwrap();
    std::fs::write(&state, "").unwrap();
    person.outside("printf abc >more").good();
    for words in [vec!["put", ZONE, "more"], vec!["get", ZONE, "in", "--to", "again"]] {
        assert_ne!(run(&person, &words).status, 0, "{words:?}");
    }
    assert!(!person.top.join("home/again").exists());
    std::fs::remove_file(&state).unwrap();
    std::fs::rename(&kept, &state).unwrap();
    assert_eq!(person.inside(ZONE, "ls -A").good(), "in", "nothing came, no part of it either");
    run(&person, &["get", ZONE, "in", "--to", "again"]).good();
    drop(held);
}

/// The last page of the log takes a few lines more. The first that does not fit is of the first file that does not cross.
fn a_log_on_a_full_disk(person: &Person) {
    let program = crate::support::program("sepctl").display().to_string();
    let script = format!(
        "mount -t tmpfs -o size=64k,mode=700 tmpfs ../state/sep-run && {program} put strict in --to f0 && \
         ! dd if=/dev/zero of=../state/sep-run/filler bs=1k 2>/dev/null || exit 9; n=1; \
         while [ $n -lt 60 ] && {program} put strict in --to f$n >/dev/null; do n=$((n+1)); done; \
         {program} get strict f0 --to three && exit 8; {program} ls strict; {program} log --json >&2; \
         rm ../state/sep-run/filler; {program} log --verify && {program} get strict f0 --to four && exit $n"
    );
    let mut command = person.command("/usr/bin/unshare");
    command.args(["--user", "--map-current-user", "--mount", "--keep-caps", "sh", "-c", &script]);
    let full = person.run(command);
    let crossed =
        full.text().lines().filter(|line| line.split("  ").last().is_some_and(|n| n.starts_with('f'))).count();
    assert!((2..60).contains(&full.status) && crossed == full.status as usize, "{crossed}: {full:?}");
    assert_eq!(full.err.matches("cannot write the audit log").count(), 2, "{full:?}");
    assert_eq!(full.err.matches("no space left").count(), 2, "{full:?}");
    assert_eq!(full.err.matches("\"event\":\"file\"").count(), crossed, "{full:?}");
    let here = person.top.join("home");
    assert!(!here.join("three").exists() && here.join("four").exists(), "the twin: where there is room again");
    person.inside(ZONE, "rm f*").good();
}
