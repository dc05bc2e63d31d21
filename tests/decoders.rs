//! Everything that reads what others wrote, against what nobody meant to write: the seeds of the fuzz targets, and a
//! bounded number of cases of a fixed sequence, so that a failure repeats. The targets in tests/fuzz hold the same and
//! look further; this always runs.

#[path = "fuzz/checks/mod.rs"]
mod checks;
#[path = "decoders/seeds.rs"]
mod seeds;
#[path = "support/wayland.rs"]
mod wayland;

use std::path::{Path, PathBuf};

use sep_run::wire::{Ask, FromInit, LONGEST_PROGRAM, Malformed, ToInit};

const CASES: u32 = 200_000;

/// xorshift64*: the same numbers in every run.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }

    fn bytes(&mut self, len: usize) -> Vec<u8> {
        (0..len).map(|_| self.next() as u8).collect()
    }
}

/// One good message, changed in a few places: bytes, cuts, insertions, numbers at the edge.
fn changed(from: &[u8], numbers: &mut Numbers) -> Vec<u8> {
    let mut bytes = from.to_vec();
    for _ in 0..=numbers.below(4) {
        let at = numbers.below(bytes.len());
        match numbers.below(5) {
            0 if !bytes.is_empty() => bytes[at] = numbers.next() as u8,
            1 if !bytes.is_empty() => bytes[at] ^= 1 << numbers.below(8),
            2 => bytes.truncate(at),
            3 => drop(bytes.splice(at..at, numbers.bytes(at % 5))),
            _ => {
                let edge = [0u32, 1, 0x7fff_ffff, u32::MAX, 128 * 1024][numbers.below(5)].to_ne_bytes();
                let end = (at + 4).min(bytes.len());
                drop(bytes.splice(at..end, edge));
            }
        }
    }
    bytes
}

/// Feeds random bytes behind a good head, and changed good messages, to one decoder.
fn feed(good: &[Vec<u8>], decode: impl Fn(&[u8]) -> Result<Vec<u8>, Malformed>) {
    let mut numbers = Numbers(0x5e9_2026);
    let mut accepted = 0;
    for case in 0..CASES {
        let len = numbers.below(64);
        let message = match case % 4 {
            0 => numbers.bytes(len),
            1 => [&good[0][..2], &numbers.bytes(len)].concat(),
            _ => changed(&good[numbers.below(good.len())], &mut numbers),
        };
        if let Ok(again) = decode(&message) {
            assert_eq!(again, message, "case {case}: accepted, but written otherwise");
            accepted += 1;
        }
    }
    assert!(accepted > CASES / 1000, "only {accepted} were accepted: the changes are too coarse to test anything");
    assert!(accepted < CASES / 2, "{accepted} were accepted");
}

#[test]
fn what_init_is_told_is_decoded_exactly_or_refused() {
    let good: Vec<_> = seeds::to_init().iter().map(|m| m.encode().unwrap()).collect();
    feed(&good, |bytes| ToInit::decode(bytes)?.encode());
}

#[test]
fn what_the_broker_is_asked_is_decoded_exactly_or_refused() {
    let good: Vec<_> = seeds::asks().iter().map(|m| m.encode().unwrap()).collect();
    feed(&good, |bytes| Ask::decode(bytes)?.encode());
}

#[test]
fn what_init_answers_is_decoded_exactly_or_refused() {
    let good: Vec<_> = seeds::from_init().iter().map(|m| m.encode().unwrap()).collect();
    feed(&good, |bytes| {
        let message = FromInit::decode(bytes)?;
        // arguments of a failure are shown, not believed: what is not text comes back lossily
        if matches!(message, FromInit::Failed(_)) { Ok(bytes.to_vec()) } else { message.encode() }
    });
}

/// A zone names its programs: what is longer than a name may be is neither said nor heard.
#[test]
fn a_programs_name_is_bounded() {
    let longest = FromInit::Owner(1, "x".repeat(LONGEST_PROGRAM));
    let mut bytes = longest.encode().unwrap();
    assert_eq!(FromInit::decode(&bytes), Ok(longest), "the twin");
    assert_eq!(FromInit::Owner(1, "x".repeat(LONGEST_PROGRAM + 1)).encode(), Err(Malformed::TooLong));
    bytes.push(b'x');
    bytes[7..11].copy_from_slice(&(LONGEST_PROGRAM as u32 + 1).to_ne_bytes());
    assert_eq!(FromInit::decode(&bytes), Err(Malformed::TooLong));
    let latin = bytes.len() - LONGEST_PROGRAM - 1;
    bytes[latin] = 0xe9;
    assert_eq!(FromInit::decode(&bytes), Err(Malformed::NotText));
}

fn folder(target: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/seeds").join(target)
}

/// A file of the repository.
fn text(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// Name and bytes of each seed of a target, in the order of names.
fn stored(target: &str) -> Vec<(String, Vec<u8>)> {
    let entries = std::fs::read_dir(folder(target)).unwrap();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| (path.display().to_string(), std::fs::read(path).unwrap())).collect()
}

/// Seeds that are bytes are what `decoders/seeds.rs` makes; `SEP_WRITE_SEEDS=1` writes them anew.
#[test]
fn seeds_are_good_messages() {
    for (target, messages) in seeds::all() {
        for (number, message) in messages.iter().enumerate() {
            let path = folder(target).join(format!("{number:02}"));
            if std::env::var_os("SEP_WRITE_SEEDS").is_some() {
                std::fs::create_dir_all(folder(target)).unwrap();
                std::fs::write(&path, message).unwrap();
            }
            assert_eq!(&std::fs::read(&path).unwrap(), message, "{}", path.display());
        }
        assert_eq!(stored(target).len(), messages.len(), "a seed of {target} that is not made here");
    }
}

/// Every seed of one target, and `cases` that are changed or joined seeds; what must hold, `checks` says.
fn replay(target: &str, cases: usize) {
    let (check, seeds) = (checks::named(target), stored(target));
    let good = seeds.iter().filter(|(_, bytes)| check(bytes)).count();
    assert!(good > 0, "no seed of {target} is accepted");
    let mut numbers = Numbers(0x5e9_2026);
    let mut accepted = 0;
    for case in 0..cases {
        let (_, first) = &seeds[numbers.below(seeds.len())];
        let (_, second) = &seeds[numbers.below(seeds.len())];
        let input = match case % 8 {
            0 => [&first[..numbers.below(first.len())], &second[numbers.below(second.len())..]].concat(),
            _ => changed(first, &mut numbers),
        };
        accepted += usize::from(check(&input));
    }
    println!("{target}: {} seeds ({good} accepted), {cases} cases ({accepted} accepted)", seeds.len());
    assert!(accepted > cases / 1000, "only {accepted} of {cases} were accepted");
    assert!(accepted < cases, "none was refused");
}

#[test]
fn messages_to_and_from_init_hold() {
    replay("ask", 20_000);
    replay("to_init", 20_000);
    replay("from_init", 20_000);
}

#[test]
fn profiles_are_planned_or_refused_with_a_place() {
    replay("profile", 4_000);
}

#[test]
fn names_are_asked_and_answered() {
    replay("dns", 20_000);
}

#[test]
fn packets_are_carried_or_refused() {
    replay("packet", 20_000);
}

#[test]
fn answers_of_servers_are_judged_or_passed_over() {
    replay("lease", 20_000);
}

#[test]
fn terminals_are_told_nothing_that_is_not_on_the_list() {
    replay("terminal", 10_000);
}

#[test]
fn programs_reach_no_more_of_the_desktop_than_they_are_shown() {
    replay("wayland", 3_000);
}

#[test]
fn every_target_is_one_of_the_fuzz_workspace() {
    let manifest = text("tests/fuzz/Cargo.toml");
    for (target, _) in checks::ALL {
        assert!(manifest.contains(&format!("name = \"{target}\"\n")), "{target} has no binary");
    }
    assert_eq!(manifest.matches("[[bin]]").count(), checks::ALL.len());
}

/// The fuzz workspace has a lock file of its own, which nothing else would notice to be old.
#[test]
fn the_lock_file_of_the_fuzz_workspace_knows_all_dependencies() {
    let (manifest, lock) = (text("Cargo.toml"), text("tests/fuzz/Cargo.lock"));
    let sections = ["\n[dependencies]\n", "\n[build-dependencies]\n"];
    let section = |head: &str| manifest.split_once(head).unwrap().1.split_once("\n[").unwrap().0.to_owned();
    let all = sections.map(section).join("\n");
    let mut wanted: Vec<&str> = all.lines().filter_map(|l| l.split_once(" = ")).map(|(name, _)| name).collect();
    wanted.sort_unstable();
    let package = lock.split("[[package]]\n").find(|p| p.starts_with("name = \"sep-run\"\n")).unwrap();
    let known: Vec<&str> = package.lines().filter_map(|l| l.strip_prefix(" \"")?.split(['"', ' ']).next()).collect();
    assert_eq!(known, wanted, "run: cargo update --workspace --manifest-path tests/fuzz/Cargo.toml");
}
