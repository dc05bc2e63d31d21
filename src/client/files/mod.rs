//! Files in and out, on the PC's side: what a zone sends becomes a file here only when it was judged and is whole.
//!
//! The zone is not believed: each name, size and kind that it says is looked at before anything is made, and a message
//! that has no place is the end of the talk. Nothing here opens a path of the zone's home.

mod get;
mod list;
mod put;
mod talk;

pub use get::get;
pub(super) use list::entries;
pub use list::list;
pub use put::put;
pub use talk::{Talk, begin};

use std::ffi::OsString;

use crate::audit::Direction;
use crate::files::How;
use crate::wire::files::Digest;
use crate::wire::{Code, Failure, Stage};

/// Folders that programs put downloads in, by their names in the languages that a zone speaks.
pub(super) const DOWNLOADS: [&str; 2] = ["Downloads", "다운로드"];

/// Folders within folders that are followed.
const DEEPEST: usize = 64;

/// What shall be carried.
#[derive(Debug, Clone, Default)]
pub struct Order {
    /// Where from, as typed.
    pub paths: Vec<OsString>,
    /// Where to, as typed.
    pub to: Option<OsString>,
    /// Folders with all that is in them.
    pub recursive: bool,
    /// How what is there is dealt with.
    pub how: How,
}

/// One file that has crossed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// Where it lay.
    pub from: String,
    /// Where it lies now.
    pub to: String,
    /// Bytes.
    pub size: u64,
    /// The SHA-256 of its content.
    pub digest: Digest,
    /// It was there already, the same in every byte.
    pub same: bool,
}

/// What became of an order.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Files that crossed.
    pub moved: Vec<Moved>,
    /// What did not cross, and why.
    pub left: Vec<Failure>,
}

/// Who looks on and keeps the books.
pub trait Watch {
    /// A file begins: its name, its bytes, and how many are there already.
    fn begin(&mut self, name: &str, size: u64, at: u64);
    /// So many bytes of it are there.
    fn at(&mut self, bytes: u64);
    /// It is here as a whole and gets its name next: `path` as in the zone, `size` in bytes.
    ///
    /// # Errors
    /// What could not be recorded; then it does not cross.
    fn record(&mut self, direction: Direction, path: &str, size: u64, digest: &Digest) -> Result<(), Failure>;
    /// It is over, well or not.
    fn end(&mut self);
}

impl Outcome {
    /// Notes what did not cross. False where nothing further can go well.
    fn goes_on(&mut self, talk: &Talk, went: Result<(), Failure>) -> bool {
        let last = went.as_ref().is_err_and(is_last);
        self.left.extend(went.err());
        !last && !talk.is_over()
    }
}

/// Folders in folders end somewhere; `shown` is the one that is too deep.
fn bounded(depth: usize, shown: &str) -> Result<(), Failure> {
    if depth < DEEPEST {
        return Ok(());
    }
    Err(Failure::new(Stage::Run, Code::TooMany, &[shown, &DEEPEST.to_string(), "depth"]))
}

/// Whether the next file would fail for the same reason.
fn is_last(failure: &Failure) -> bool {
    matches!(failure.code, Code::Interrupted | Code::ZoneEnded | Code::Protocol | Code::Version)
        || [libc::ENOSPC, libc::EDQUOT, libc::EROFS, libc::EPIPE, libc::ECONNRESET].contains(&failure.errno)
}
