//! What somebody records with: the log itself, or the way to a scribe that has it.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};

use super::{Event, Log};
use crate::wire::Connection;

/// A way to record.
#[derive(Debug)]
pub enum Pen {
    /// The log.
    Log(Log),
    /// Whoever has the log writes what is said here, as far as it believes it.
    Scribe(Connection),
}

impl Pen {
    /// The same with copies of its descriptors.
    ///
    /// # Errors
    /// No descriptor left.
    pub fn try_clone(&self) -> io::Result<Self> {
        match self {
            Self::Log(log) => log.try_clone().map(Self::Log),
            Self::Scribe(scribe) => scribe.as_fd().try_clone_to_owned().map(|copy| Self::Scribe(copy.into())),
        }
    }

    /// All its descriptors.
    pub fn fds(&self) -> Vec<BorrowedFd<'_>> {
        match self {
            Self::Log(log) => log.fds().to_vec(),
            Self::Scribe(scribe) => vec![scribe.as_fd()],
        }
    }

    /// Records an event. An error means that it is not recorded.
    ///
    /// # Errors
    /// As for [`Log::write`]; a scribe that has ended or has too much to write.
    pub fn write(&self, event: &Event) -> io::Result<()> {
        match self {
            Self::Log(log) => log.write(event),
            Self::Scribe(scribe) => Ok(scribe.offer(&serde_json::to_vec(event)?)?),
        }
    }
}
