//! The zone of personal mode, from inside and from outside: the real `sep-run`, started by an ordinary user.
//!
//! The names of tests carry the ids of docs/security.md. A refusal stands beside its allowed twin: the same thing,
//! tried where it must succeed. `tests/zone/probe.py` tries single system calls, in a zone and on the PC.

mod support;

#[path = "zone/bad.rs"]
mod bad;
#[path = "zone/calls.rs"]
mod calls;
#[path = "zone/console.rs"]
mod console;
#[path = "zone/files.rs"]
mod files;
#[path = "zone/killing.rs"]
mod killing;
#[path = "zone/limits.rs"]
mod limits;
#[path = "zone/processes.rs"]
mod processes;
#[path = "zone/sessions.rs"]
mod sessions;
#[path = "zone/streams.rs"]
mod streams;

use std::collections::BTreeMap;

use support::needs;
use support::person::{Ended, Person};

/// Somebody new on a PC that can make zones and has what is named; `None` is a counted skip.
fn ready(further: &[&str]) -> Option<Person> {
    let all: Vec<&str> = ["user", "zone", "tun"].iter().chain(further).copied().collect();
    needs(&all).then(Person::new)
}

const PROBE: &str = include_str!("zone/probe.py");

/// The words that run the probe, after what stands before it.
fn probe_words<'a>(before: &[&'a str], names: &[&'a str]) -> Vec<&'a str> {
    let python = ["/usr/bin/python3", "-I", "-c", PROBE];
    before.iter().chain(&python).chain(names).copied().collect()
}

/// What the probe answers in a zone, by name.
#[track_caller]
fn probe_inside(person: &Person, profile: &str, before: &[&str], names: &[&str]) -> BTreeMap<String, String> {
    answers(person.run(person.sep_run(profile, probe_words(before, names))), names)
}

/// What it answers on the PC.
#[track_caller]
fn probe_outside(person: &Person, before: &[&str], names: &[&str]) -> BTreeMap<String, String> {
    let words = probe_words(before, names);
    let mut command = person.command(words[0]);
    command.args(&words[1..]);
    answers(person.run(command), names)
}

#[track_caller]
fn answers(ended: Ended, names: &[&str]) -> BTreeMap<String, String> {
    assert_eq!(ended.status, 0, "{ended:?}");
    let text = ended.text();
    let lines: Vec<(&str, &str)> = text.lines().filter_map(|line| line.split_once(' ')).collect();
    assert_eq!(lines.len(), names.len(), "{ended:?}");
    lines.into_iter().map(|(name, answer)| (name.to_owned(), answer.to_owned())).collect()
}
