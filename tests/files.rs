//! Files in and out of a zone: the real `sepctl`, an ordinary user, and zones that are hostile.
//!
//! The names of tests carry the ids of docs/security.md. A refusal stands beside its allowed twin.

#[path = "support/hint.rs"]
mod hint;
mod support;

#[path = "files/broken.rs"]
mod broken;
#[path = "files/hostile.rs"]
mod hostile;
#[path = "files/lying.rs"]
mod lying;
#[path = "files/outside.rs"]
mod outside;

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;
use support::needs;
use support::person::{Ended, Person};

const ZONE: &str = "strict";

fn ready(further: &[&str]) -> Option<Person> {
    let all: Vec<&str> = ["user", "zone", "tun"].iter().chain(further).copied().collect();
    needs(&all).then(Person::new)
}

fn sepctl(person: &Person, words: &[&str]) -> Command {
    let mut command = person.command(support::program("sepctl"));
    command.args(words);
    command
}

fn run(person: &Person, words: &[&str]) -> Ended {
    person.run(sepctl(person, words))
}

/// A path in the folder that commands are started in.
fn here(person: &Person, name: &str) -> PathBuf {
    person.top.join("home").join(name)
}

/// One error that names what it is about, with no file made.
#[track_caller]
fn refused(ended: &Ended, words: &str) {
    assert!([1, 125].contains(&ended.status), "{ended:?}");
    assert!(ended.err.lines().next().is_some_and(|l| l.starts_with("sepctl: ") && l.contains(words)), "{ended:?}");
    assert!(ended.err.lines().count() <= 2, "{ended:?}");
}

/// Names in a folder of the PC, the hidden ones too.
fn names(folder: &std::path::Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn file_03_files_go_in_and_come_back_the_same() {
    let Some(person) = ready(&[]) else { return };
    let content: Vec<u8> = (0..3_000_000u32).flat_map(|n| n.to_le_bytes()).collect();
    fs::write(here(&person, "보고서 (1).bin"), &content).unwrap();
    fs::write(here(&person, "empty"), "").unwrap();
    let put = run(&person, &["put", ZONE, "보고서 (1).bin", "empty"]).good();
    assert!(put.contains("strict:보고서 (1).bin") && put.lines().count() == 2, "{put}");
    let inside = person.inside(ZONE, "cd; sha256sum *.bin; wc -c <empty; stat -c %a *").good();
    let got = run(&person, &["get", "--json", ZONE, "보고서 (1).bin", "empty", "--to", "../out/"]).good();
    let told: Value = serde_json::from_str(&got).unwrap();
    let sum = told["moved"][0]["sha256"].as_str().unwrap();
    assert_eq!(inside.split_whitespace().next(), Some(sum));
    assert!(inside.ends_with("0\n644\n644"), "{inside}");
    assert_eq!(fs::read(person.top.join("out/보고서 (1).bin")).unwrap(), content);
    assert_eq!(fs::metadata(person.top.join("out/empty")).unwrap().len(), 0);
    assert_eq!((&told["left"], told["moved"][0]["size"].as_u64()), (&serde_json::json!([]), Some(12_000_000)));
    person.nothing_is_left();
}

#[test]
fn file_03_a_running_zone_serves_and_downloads_is_where_files_go() {
    let Some(person) = ready(&[]) else { return };
    let held = person.start_inside(ZONE, "mkdir -p ~/Downloads ~/Other; echo up; sleep 60");
    held.until_said("up");
    fs::write(here(&person, "a.pdf"), "a").unwrap();
    assert!(run(&person, &["put", ZONE, "a.pdf"]).good().contains("strict:Downloads/a.pdf"));
    assert!(run(&person, &["put", ZONE, "a.pdf", "Other/"]).good().contains("strict:Other/a.pdf"));
    assert!(run(&person, &["put", ZONE, "a.pdf", "--to", "Other/b.pdf"]).good().contains("strict:Other/b.pdf"));
    refused(&run(&person, &["put", ZONE, "a.pdf", "Missing/"]), "Missing/");
    let listed = run(&person, &["ls", ZONE, "Other"]).good();
    assert!(listed.contains("file  a.pdf") && listed.contains("file  b.pdf"), "{listed}");
    let home = person.inside(ZONE, "echo ~").good();
    run(&person, &["get", ZONE, &format!("{home}/Other/b.pdf")]).good();
    assert_eq!(fs::read_to_string(here(&person, "b.pdf")).unwrap(), "a");
    drop(held);
}

#[test]
fn file_03_nothing_is_replaced_but_by_force() {
    let Some(person) = ready(&[]) else { return };
    fs::write(here(&person, "x"), "first").unwrap();
    run(&person, &["put", ZONE, "x"]).good();
    fs::write(here(&person, "x"), "second").unwrap();
    let there = run(&person, &["put", ZONE, "x"]);
    refused(&there, "strict:x");
    assert_eq!(hint::hint(&there.err, "code-exists.hint"), "--force replaces it");
    refused(&run(&person, &["get", ZONE, "x"]), "./x");
    assert_eq!(person.inside(ZONE, "cat x; ls -A | grep part").text(), "first");
    assert_eq!(fs::read_to_string(here(&person, "x")).unwrap(), "second");
    run(&person, &["put", "--force", ZONE, "x"]).good();
    assert_eq!(person.inside(ZONE, "cat x").good(), "second");
    person.inside(ZONE, "echo third >x").good();
    run(&person, &["get", "--force", ZONE, "x"]).good();
    assert_eq!(fs::read_to_string(here(&person, "x")).unwrap(), "third\n");
}

#[test]
fn file_03_folders_go_with_all_that_is_in_them() {
    let Some(person) = ready(&[]) else { return };
    let make = "mkdir -p t/a/b t/empty; echo 1 >t/1; echo 2 >t/a/2; echo 3 >t/a/b/3";
    person.outside(make).good();
    let folder = run(&person, &["put", ZONE, "t"]);
    refused(&folder, "it is a folder");
    assert_eq!(hint::hint(&folder.err, "code-bad-kind.hint[folder]"), "-r carries a folder with all that is in it");
    assert_eq!(run(&person, &["put", "-r", ZONE, "t"]).good().lines().count(), 3);
    let inside = person.inside(ZONE, "find t | sort").good();
    assert_eq!(inside, person.outside("find t | sort").good());
    refused(&run(&person, &["get", ZONE, "t", "--to", "../out"]), "it is a folder");
    run(&person, &["get", "-r", ZONE, "t", "--to", "../out/"]).good();
    assert_eq!(person.outside("diff -r t ../out/t && echo same").good(), "same");
}

/// Carries 5 GiB, for as long as that takes here, in little memory.
#[track_caller]
fn carried(person: &Person, words: &[&str]) -> String {
    let running = person.start(sepctl(person, words));
    let (status, mut peak) = (format!("/proc/{}/status", running.pid()), 0);
    // the line goes with the memory, before the process does
    while let Some(line) = fs::read_to_string(&status).unwrap_or_default().lines().find(|l| l.starts_with("VmHWM:")) {
        peak = line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap();
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    assert!((1..64 * 1024).contains(&peak), "{peak} KiB");
    running.end_within(std::time::Duration::from_secs(600)).good()
}

#[test]
fn file_03_large_and_sparse_files_cross_with_their_holes() {
    let Some(person) = ready(&[]) else { return };
    person.outside("truncate -s 5G big; echo end >>big").good();
    let put = carried(&person, &["put", "--json", ZONE, "big"]);
    let inside = fs::metadata(person.home_of(ZONE).join("big")).unwrap();
    assert_eq!(inside.len(), (5 << 30) + 4, "{put}");
    assert!(inside.blocks() < 2_000, "{} blocks", inside.blocks());
    carried(&person, &["get", ZONE, "big", "--to", "back"]);
    let back = fs::metadata(here(&person, "back")).unwrap();
    assert!(back.len() == inside.len() && back.blocks() < 2_000, "{} blocks", back.blocks());
    assert_eq!(person.outside("tail -c 4 back").good(), "end");
}

#[test]
fn file_05_no_file_that_crossed_can_be_executed_or_lends_its_owner() {
    let Some(person) = ready(&[]) else { return };
    person.inside(ZONE, "echo '#!/bin/sh' >run; chmod 6777 run").good();
    assert_eq!(fs::metadata(person.home_of(ZONE).join("run")).unwrap().permissions().mode() & 0o777, 0o777);
    let program = support::program("sepctl");
    for (umask, mode) in [("022", 0o644), ("077", 0o600)] {
        person.outside(&format!("umask {umask}; {} get --force {ZONE} run", program.display())).good();
        assert_eq!(fs::metadata(here(&person, "run")).unwrap().mode() & 0o7777, mode, "{umask}");
    }
    fs::set_permissions(here(&person, "run"), fs::Permissions::from_mode(0o4755)).unwrap();
    run(&person, &["put", "--force", ZONE, "run"]).good();
    assert_eq!(person.inside(ZONE, "stat -c %a run").good(), "644");
}
