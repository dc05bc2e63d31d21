//! `kill -9` of one process of ours at a random moment, again and again, by a fixed seed.

use std::fs;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::ready;
use crate::support::person::{Person, Process};

/// A generator with a fixed seed (xorshift, 64 bits): the same moments in every run.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}

/// Says what it is sealed by, with no process of its own, and stays a moment.
const PROGRAM: &str = "while read -r name value; do case $name in CapEff:|NoNewPrivs:|Seccomp:) \
                       printf %s $name$value;; esac; done </proc/self/status; exec sleep 0.3";
const SEALED: &str = "CapEff:0000000000000000NoNewPrivs:1Seccomp:2";

/// What is mounted on the PC.
fn mounts() -> String {
    fs::read_to_string("/proc/self/mountinfo").unwrap()
}

/// Kills one of what runs now; its name.
fn kill_one(person: &Person, chance: &mut Chance) -> Option<Process> {
    let all = person.left();
    let victim = all.get(chance.below(all.len().max(1) as u64) as usize)?.clone();
    kill(Pid::from_raw(victim.pid), Signal::SIGKILL).ok()?;
    Some(victim)
}

fn killed_at_random(profile: &str, seed: u64, rounds: u64) {
    let Some(person) = ready(&[]) else { return };
    let before = mounts();
    person.run(person.sep_run(profile, ["true"])).good();
    let mut chance = Chance(seed);
    let mut killed = Vec::new();
    for round in 0..rounds {
        person.nothing_is_left();
        let running = person.start_inside(profile, PROGRAM);
        std::thread::sleep(Duration::from_micros(chance.below(if round % 2 == 0 { 60_000 } else { 250_000 })));
        let victim = kill_one(&person, &mut chance);
        let ended = running.end();
        let said = ended.text();
        assert!(SEALED.starts_with(&said), "round {round}, {victim:?}: {said:?} is not sealed");
        assert!(said == SEALED || ended.status != 0, "round {round}, {victim:?}: {ended:?}");
        person.nothing_is_left();
        assert_eq!(mounts(), before, "round {round}, {victim:?}");
        let next = person.run(person.sep_run(profile, ["echo", "next"]));
        assert_eq!((next.status, next.text().as_str()), (0, "next"), "round {round} after {victim:?}: {next:?}");
        killed.extend(victim.map(|v| (v.name, v.inner)));
    }
    println!("killed: {killed:?}");
    assert!(killed.len() as u64 > rounds / 2, "only {killed:?}");
    assert!(killed.iter().any(|(_, inner)| *inner == 1), "init was among them: {killed:?}");
}

#[test]
fn zone_15_a_killed_process_takes_its_zone_with_it() {
    killed_at_random("office", 0x5e90_0001, 50);
}

#[test]
fn zone_15_once_more_with_other_moments() {
    killed_at_random("office", 0x5e90_0003, 50);
}

#[test]
fn zone_15_with_a_relay_it_is_the_same() {
    killed_at_random("strict", 0x5e90_0002, 50);
}

#[test]
fn zone_15_with_a_relay_and_other_moments() {
    killed_at_random("strict", 0x5e90_0004, 50);
}

#[test]
fn zone_15_a_zone_does_not_outlive_its_init() {
    let Some(person) = ready(&[]) else { return };
    let running = person.start_inside("strict", "setsid sleep 61.77 & echo ready; exec sleep 61.78");
    running.until_said("ready");
    let init = person.left().into_iter().find(|p| p.inner == 1).unwrap();
    kill(Pid::from_raw(init.pid), Signal::SIGKILL).unwrap();
    running.end().refused(125, "the zone ended while the program ran");
    person.nothing_is_left();
    assert_eq!(person.inside("strict", "echo next").good(), "next");
}

#[test]
fn a_program_without_a_terminal_outlives_its_client() {
    let Some(person) = ready(&[]) else { return };
    let running = person.start_inside("strict", "echo ready; sleep 0.5; echo late >~/late");
    running.until_said("ready");
    kill(running.pid(), Signal::SIGKILL).unwrap();
    assert_eq!(running.end().status, 128 + 9);
    let late = person.home_of("strict").join("late");
    crate::support::person::wait_for(Duration::from_secs(5), || late.exists(), || "it goes on".into());
    person.nothing_is_left();
}
