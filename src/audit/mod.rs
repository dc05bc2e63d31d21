//! What is recorded: events, and the log of chained lines that they are appended to.
//!
//! An event is data; writing one is one `write` of one line to a descriptor that was opened for appending, under a lock
//! on the head file beside it. Each line has the hash of the one before in its own, and the head has the last one's, so
//! that lines which were changed, removed, moved or cut off are found. Who may read or write the log is decided by
//! whoever opened it.

mod chain;
mod clock;
mod event;
mod lines;
mod log;
mod pen;
mod rate;
#[cfg(test)]
mod schema;
mod verify;

use std::path::{Path, PathBuf};

pub use clock::{from_utc, utc};
pub use event::{Direction, Event, Kind, Record};
pub use lines::Lines;
pub use log::Log;
pub use pen::Pen;
pub use rate::Rate;
pub use verify::{Fault, Verdict, verify};

/// The head file of a log.
pub fn head(log: &Path) -> PathBuf {
    log.with_added_extension("head")
}

/// Where a log is put aside when it has grown large.
pub fn aside(log: &Path) -> PathBuf {
    log.with_added_extension("1")
}
