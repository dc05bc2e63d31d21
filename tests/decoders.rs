//! Decoders against everything but what their encoders make: 200,000 cases of a fixed sequence, so that a failure
//! repeats. The fuzz targets in tests/fuzz look further; this always runs.
//!
//! What holds for each input: no panic, and what is accepted is encoded to the same bytes again.

use sep_run::wire::{Failure, FromInit, Launch, Malformed, Stage, Stdio, ToInit, WindowSize};

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

fn to_init() -> Vec<ToInit> {
    let launch = Launch {
        argv: vec!["firefox".into(), "--new-window".into(), "http://example.org/".into()],
        env: vec!["LANG=ko_KR.UTF-8".into(), "TERM=xterm".into()],
        stdio: [Stdio::Null, Stdio::Pty, Stdio::Passed],
        window: WindowSize { rows: 24, columns: 80 },
        plan: vec![7; 32],
    };
    vec![ToInit::Launch(launch), ToInit::Handover, ToInit::Signal(15)]
}

fn from_init() -> Vec<FromInit> {
    let failure = Failure::system(Stage::Furnish, "mount", "/proc", std::io::Error::from_raw_os_error(1));
    vec![
        FromInit::Ready,
        FromInit::Accepted,
        FromInit::Exited(3),
        FromInit::Signalled(9),
        FromInit::Stopped(20),
        FromInit::Failed(failure),
    ]
}

#[test]
fn what_init_is_told_is_decoded_exactly_or_refused() {
    let good: Vec<_> = to_init().iter().map(|m| m.encode().unwrap()).collect();
    feed(&good, |bytes| ToInit::decode(bytes)?.encode());
}

#[test]
fn what_init_answers_is_decoded_exactly_or_refused() {
    let good: Vec<_> = from_init().iter().map(|m| m.encode().unwrap()).collect();
    feed(&good, |bytes| {
        let message = FromInit::decode(bytes)?;
        // arguments of a failure are shown, not believed: what is not text comes back lossily
        if matches!(message, FromInit::Failed(_)) { Ok(bytes.to_vec()) } else { message.encode() }
    });
}

/// The seeds of the fuzz targets are good messages of the present version; `SEP_WRITE_SEEDS=1` makes them anew.
#[test]
fn seeds_are_good_messages() {
    let kinds = [
        ("to_init", to_init().iter().map(|m| m.encode().unwrap()).collect::<Vec<_>>()),
        ("from_init", from_init().iter().map(|m| m.encode().unwrap()).collect()),
    ];
    for (kind, messages) in kinds {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/seeds").join(kind);
        for (number, message) in messages.iter().enumerate() {
            let path = folder.join(format!("{number:02}"));
            if std::env::var_os("SEP_WRITE_SEEDS").is_some() {
                std::fs::create_dir_all(&folder).unwrap();
                std::fs::write(&path, message).unwrap();
            }
            assert_eq!(&std::fs::read(&path).unwrap(), message, "{}", path.display());
        }
    }
}
