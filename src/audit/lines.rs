//! The lines of a file from some place on, read without moving anybody's position in it and with bounded memory.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

/// Bytes of a line that is longer than any of ours; what stands behind them belongs to none of them.
const LONGEST: usize = 64 * 1024;
/// Bytes of one read.
const PIECE: usize = 64 * 1024;

/// Reads line by line up to some place.
#[derive(Debug)]
pub struct Lines<'a> {
    file: &'a File,
    read: u64,
    until: u64,
    held: Vec<u8>,
    used: usize,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its bytes, without its end.
    pub bytes: Vec<u8>,
    /// Whether it has an end. One that has none is the last, or longer than a line may be.
    pub whole: bool,
}

impl<'a> Lines<'a> {
    /// The lines between two places, in bytes.
    pub fn new(file: &'a File, from: u64, until: u64) -> Self {
        Self { file, read: from, until, held: Vec::new(), used: 0 }
    }

    /// Where the next line begins, in bytes.
    pub fn at(&self) -> u64 {
        self.read.saturating_sub((self.held.len() - self.used.min(self.held.len())) as u64)
    }

    /// The next line; nothing at the end.
    ///
    /// # Errors
    /// A failed read.
    pub fn read_line(&mut self) -> io::Result<Option<Line>> {
        loop {
            let rest = self.held.get(self.used..).unwrap_or_default();
            if let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
                let bytes = rest.get(..end).unwrap_or_default().to_vec();
                self.used += end + 1;
                return Ok(Some(Line { bytes, whole: true }));
            }
            let full = rest.len() > LONGEST;
            if full || !self.fill()? {
                return Ok(self.remainder());
            }
        }
    }

    fn remainder(&mut self) -> Option<Line> {
        let bytes = self.held.get(self.used..).unwrap_or_default().to_vec();
        self.used = self.held.len();
        (!bytes.is_empty()).then_some(Line { bytes, whole: false })
    }

    /// False at the end.
    fn fill(&mut self) -> io::Result<bool> {
        self.held.drain(..self.used.min(self.held.len()));
        self.used = 0;
        let most = usize::try_from(self.until.saturating_sub(self.read)).unwrap_or(PIECE).min(PIECE);
        let mut piece = vec![0; most];
        let got = self.file.read_at(&mut piece, self.read)?;
        self.held.extend(piece.iter().take(got));
        self.read += got as u64;
        Ok(got > 0)
    }
}
