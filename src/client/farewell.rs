//! The end of a zone whose home is in memory: what its programs left in their folder for downloads, while it is there.
//!
//! A zone lives as long as a client holds a connection of a program that has ended. Nothing here decides what is kept.

use std::io::{self, Read};
use std::os::fd::{AsFd, OwnedFd};
use std::time::Instant;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::Signal;

use super::attach::Signals;
use super::census::Zone;
use super::files::{DOWNLOADS, Talk, entries};
use super::stop::{self, FAREWELL, STEP};
use crate::files::{Name, Trail};
use crate::wire::files::Kind;
use crate::wire::{Connection, Failure};

/// What ends the waiting, beside Enter.
const ENDING: [Signal; 4] = [Signal::SIGHUP, Signal::SIGINT, Signal::SIGQUIT, Signal::SIGTERM];

/// A zone that does not end yet.
#[derive(Debug)]
pub struct Hold(OwnedFd);

/// A file, or a folder, that is gone with its zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lost {
    /// Where it is below the zone's home.
    pub trail: Trail,
    /// Bytes of a file; nothing is known of a folder.
    pub size: Option<u64>,
}

impl Hold {
    /// Holds the zone from now on: the program of this connection may end, the connection be closed.
    ///
    /// # Errors
    /// No descriptor is left.
    pub fn on(connection: &Connection) -> io::Result<Self> {
        connection.as_fd().try_clone_to_owned().map(Self)
    }

    /// Says something, and waits for Enter, the end of input, a signal that ends programs, or the end of the zone.
    pub fn until_enter(&self, say: impl FnOnce()) {
        let signals = Signals::take_these(&ENDING);
        say();
        let Ok(signals) = signals else { return };
        let stdin = io::stdin();
        let mut watched = [
            PollFd::new(stdin.as_fd(), PollFlags::POLLIN),
            PollFd::new(signals.fd.as_fd(), PollFlags::POLLIN),
            PollFd::new(self.0.as_fd(), PollFlags::POLLIN),
        ];
        while let Err(nix::Error::EINTR) = poll(&mut watched, PollTimeout::NONE) {}
        if watched.first().and_then(PollFd::any).unwrap_or(false) {
            // the line, so that it is not the shell's next one; a terminal that is gone has none
            let _ = stdin.lock().read(&mut [0; 4096]);
        }
        // the program's own end is what this process ends with
        while let Ok(Some(_)) = signals.fd.read_signal() {}
    }
}

/// What is in the zone's folders for downloads, by name. What is hidden is some program's own.
///
/// # Errors
/// The talk came to its end.
pub fn lost(talk: &Talk) -> Result<Vec<Lost>, Failure> {
    let mut lost = Vec::new();
    for folder in DOWNLOADS {
        let trail = Trail::default().with(Name::judge(folder.as_bytes())?);
        let found = match entries(talk, &trail) {
            Err(failure) if talk.is_over() => return Err(failure),
            found => found.unwrap_or_default(),
        };
        let files = found.into_iter().filter(|entry| matches!(entry.kind, Kind::File | Kind::Folder));
        lost.extend(files.filter(|entry| !entry.name.starts_with(b".")).filter_map(|entry| {
            // a name that does not cross can not be kept either
            let trail = trail.with(Name::judge(&entry.name).ok()?);
            Some(Lost { trail, size: (entry.kind == Kind::File).then_some(entry.size) })
        }));
    }
    Ok(lost)
}

/// Whether no program is left in the zone. Those that a program has left behind have a moment to end; the programs of
/// another launch go on.
pub fn is_empty(zone: &Zone) -> bool {
    let begun = Instant::now();
    loop {
        let programs = stop::programs(zone);
        if programs.is_empty() {
            return true;
        }
        let left_behind = |parent| parent == zone.pid || programs.iter().any(|program| program.pid == parent);
        let launched = programs.iter().any(|program| !left_behind(program.parent));
        if launched || begun.elapsed() > FAREWELL || stop::ends_within(zone, STEP).unwrap_or(true) {
            return false;
        }
    }
}
