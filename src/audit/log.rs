//! The writer: one event, one line, one lock.
//!
//! Under an exclusive lock on the head file the writer finds the end of the chain, appends its line in one write and
//! then notes it in the head in another. Whoever is killed between the two leaves a line that the head does not know: the
//! next writer takes up what continues the chain, and takes away what is no whole line. What does not continue the chain
//! stays as it is, for `sepctl log --verify` to find.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::FileExt;
use std::time::{Duration, Instant};

use nix::errno::Errno;

use super::chain::{Head, Link};
use super::lines::Lines;
use super::{Event, Kind};

/// An open audit log with its head.
#[derive(Debug)]
pub struct Log {
    log: File,
    head: File,
    patience: Duration,
    /// Whether the lock was had in time when last asked for.
    free: Cell<bool>,
}

/// Where the next line goes.
#[derive(Debug)]
struct End {
    link: Link,
    length: u64,
    /// Whether the last line there has no end and is not ours to take away.
    ragged: bool,
}

impl Log {
    /// A log that was opened for reading and appending, and its head for reading and writing. A lock that others hold is
    /// waited for as long as `patience`, and where that was in vain not at all until it is free again.
    pub fn new(log: File, head: File, patience: Duration) -> Self {
        Self { log, head, patience, free: Cell::new(true) }
    }

    /// The same log with copies of its descriptors.
    ///
    /// # Errors
    /// No descriptor left.
    pub fn try_clone(&self) -> io::Result<Self> {
        Ok(Self::new(self.log.try_clone()?, self.head.try_clone()?, self.patience))
    }

    /// Both descriptors.
    pub fn fds(&self) -> [BorrowedFd<'_>; 2] {
        [self.log.as_fd(), self.head.as_fd()]
    }

    /// Writes the event as one line. An error means that it is not recorded.
    ///
    /// # Errors
    /// A full disk, a lock that is held for too long, a failed system call.
    pub fn write(&self, event: &Event) -> io::Result<()> {
        self.lock()?;
        let written = self.append(event);
        // a lock that can not be given back is given back with the descriptor
        let _ = self.head.unlock();
        written
    }

    fn lock(&self) -> io::Result<()> {
        let patience = if self.free.get() { self.patience } else { Duration::ZERO };
        let begin = Instant::now();
        loop {
            match self.head.try_lock() {
                Ok(()) => {
                    self.free.set(true);
                    return Ok(());
                }
                Err(std::fs::TryLockError::WouldBlock) if begin.elapsed() < patience => {
                    // the relay's filter has no other way to wait
                    let _ = nix::poll::poll(&mut [], 1u8);
                }
                Err(std::fs::TryLockError::WouldBlock) => {
                    self.free.set(false);
                    return Err(Errno::EAGAIN.into());
                }
                Err(std::fs::TryLockError::Error(cause)) => return Err(cause),
            }
        }
    }

    fn append(&self, event: &Event) -> io::Result<()> {
        let mut end = self.end()?;
        if end.length == 0 && end.link.count > 0 {
            let previous = Some(end.link.hash.text().to_owned());
            let continued = Event { previous, ..Event::new(Kind::Continued, &event.zone) };
            end = self.line(&end, &continued)?;
        }
        self.line(&end, event).map(drop)
    }

    /// Both writes of one line. Where one of them fails the file is as long as before.
    fn line(&self, end: &End, event: &Event) -> io::Result<End> {
        let (mut line, link) = end.link.line(event)?;
        if end.ragged {
            line.insert(0, b'\n');
        }
        let length = end.length + line.len() as u64;
        let written = match (&self.log).write(&line) {
            Ok(written) if written == line.len() => self.note(&Head { link, length }),
            Ok(_) => Err(Errno::ENOSPC.into()),
            Err(cause) => Err(cause),
        };
        if written.is_err() {
            // the next writer finds what could not be taken back
            let _ = self.log.set_len(end.length);
        }
        written.map(|()| End { link, length, ragged: false })
    }

    fn note(&self, head: &Head) -> io::Result<()> {
        let text = head.encode();
        match self.head.write_at(text.as_bytes(), 0)? {
            written if written == text.len() => Ok(()),
            _ => Err(Errno::ENOSPC.into()),
        }
    }

    /// The end of the chain as the head knows it, and the whole lines behind that which continue it.
    fn end(&self) -> io::Result<End> {
        let head = self.noted()?;
        let size = self.log.metadata()?.len();
        match size.checked_sub(head.length) {
            Some(0) => Ok(End { link: head.link, length: size, ragged: false }),
            Some(_) => self.take_up(head, size),
            // lines are gone, which the next one's number shows; where all are gone, another file begins
            None => Ok(End { link: head.link, length: size, ragged: size > 0 && !self.is_whole(size)? }),
        }
    }

    fn take_up(&self, head: Head, size: u64) -> io::Result<End> {
        let (mut lines, mut link, mut at) = (Lines::new(&self.log, head.length, size), head.link, head.length);
        while let Some(line) = lines.read_line()? {
            match link.follow(&line.bytes, at == 0) {
                Ok(next) if line.whole => (link, at) = (next, lines.at()),
                _ if !line.whole && lines.at() == size => {
                    self.log.set_len(at)?;
                    return Ok(End { link, length: at, ragged: false });
                }
                _ => return Ok(End { link, length: size, ragged: !self.is_whole(size)? }),
            }
        }
        Ok(End { link, length: size, ragged: false })
    }

    /// What the head says; a head that is none knows no line.
    fn noted(&self) -> io::Result<Head> {
        Ok(read_head(&self.head)?.unwrap_or(Head::START))
    }

    /// Whether the byte before this place ends a line.
    fn is_whole(&self, size: u64) -> io::Result<bool> {
        let mut last = [0];
        self.log.read_exact_at(&mut last, size.saturating_sub(1))?;
        Ok(last == *b"\n")
    }

    /// Puts the newest file aside and notes that the next line begins another. For whoever has made sure that nobody else
    /// writes this one.
    ///
    /// # Errors
    /// A lock that is held for too long, a failed system call.
    pub fn begin_file(&self, put_aside: impl FnOnce() -> io::Result<()>) -> io::Result<()> {
        self.lock()?;
        let link = self.end().map(|end| end.link);
        let done = link.and_then(|link| put_aside().and_then(|()| self.note(&Head { link, length: 0 })));
        // as above
        let _ = self.head.unlock();
        done
    }
}

/// What a head file says; nothing where it is none. An empty one, whose first writer has not noted its line yet or was
/// killed before, knows no line.
pub(super) fn read_head(file: &File) -> io::Result<Option<Head>> {
    let mut text = [0; 128];
    let read = file.read_at(&mut text, 0)?;
    if read == 0 { Ok(Some(Head::START)) } else { Ok(text.get(..read).and_then(Head::decode)) }
}

#[cfg(test)]
#[path = "log_tests.rs"]
pub(super) mod tests;
