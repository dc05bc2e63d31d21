//! What went through the relay since the zone began, for whoever asks: three numbers in a file that came open.
//!
//! The numbers are for people. They are written when they have changed and a moment has passed, never for each packet.

use std::cell::Cell;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::time::{Duration, Instant};

/// How long a change may wait before it is written.
const MOMENT: Duration = Duration::from_millis(250);

/// Bytes that crossed and crossings that were refused.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    /// Bytes from the zone: what connections, datagrams and echoes carried.
    pub up: u64,
    /// Bytes to the zone.
    pub down: u64,
    /// Refusals, those left out of the log as well.
    pub refused: u64,
}

impl Totals {
    /// As they stand in the file: three numbers of 20 digits.
    fn line(self) -> String {
        format!("{:020} {:020} {:020}\n", self.up, self.down, self.refused)
    }

    /// Reads that back. `None` where it is something else.
    pub fn read(line: &str) -> Option<Self> {
        let mut numbers = line.strip_suffix('\n')?.split(' ').map(|number| number.parse().ok());
        let totals = Self { up: numbers.next()??, down: numbers.next()??, refused: numbers.next()?? };
        numbers.next().is_none().then_some(totals)
    }
}

/// The totals of one zone.
#[derive(Debug)]
pub struct Meter {
    file: File,
    totals: Cell<Totals>,
    written: Totals,
    at: Instant,
}

impl Meter {
    /// All zero, written at once: the file may hold another zone's.
    pub fn new(file: File, now: Instant) -> Self {
        let totals = Totals::default();
        // a file that can not be written leaves numbers unknown, and nothing else
        let _ = file.write_all_at(totals.line().as_bytes(), 0);
        Self { file, totals: Cell::new(totals), written: totals, at: now }
    }

    /// More bytes crossed.
    pub fn moved(&self, up: u64, down: u64) {
        let totals = self.totals.get();
        self.totals.set(Totals { up: totals.up + up, down: totals.down + down, ..totals });
    }

    /// Something was refused.
    pub fn refused(&self) {
        let totals = self.totals.get();
        self.totals.set(Totals { refused: totals.refused + 1, ..totals });
    }

    /// How long until [`Meter::tick`] has something to write.
    pub fn due_in(&self, now: Instant) -> Option<Duration> {
        let changed = self.totals.get() != self.written;
        changed.then(|| (self.at + MOMENT).saturating_duration_since(now))
    }

    /// Writes what has changed, if the moment has passed.
    pub fn tick(&mut self, now: Instant) {
        if self.due_in(now) == Some(Duration::ZERO) {
            (self.written, self.at) = (self.totals.get(), now);
            let _ = self.file.write_all_at(self.written.line().as_bytes(), 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_written_once_and_after_a_moment() {
        let path = std::env::temp_dir().join(format!("sep-run-meter-{}", std::process::id()));
        let read = || Totals::read(&std::fs::read_to_string(&path).unwrap());
        let now = Instant::now();
        let mut meter = Meter::new(File::create(&path).unwrap(), now);
        assert_eq!((read(), meter.due_in(now)), (Some(Totals::default()), None));
        meter.moved(1, 2);
        meter.refused();
        meter.tick(now);
        assert_eq!(read(), Some(Totals::default()), "not yet");
        assert_eq!(meter.due_in(now), Some(MOMENT));
        meter.tick(now + MOMENT);
        assert_eq!(read(), Some(Totals { up: 1, down: 2, refused: 1 }));
        assert_eq!(meter.due_in(now + MOMENT), None);
        std::fs::remove_file(path).unwrap();
    }

    #[test]
    fn a_file_of_something_else_is_no_totals() {
        for text in ["", "1 2 3", "1 2\n", "1 2 3 4\n", "1 2 x\n", "-1 2 3\n"] {
            assert_eq!(Totals::read(text), None, "{text:?}");
        }
        let most = Totals { up: u64::MAX, down: 0, refused: 7 };
        assert_eq!(Totals::read(&most.line()), Some(most), "the twin");
    }
}
