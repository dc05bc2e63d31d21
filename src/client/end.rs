//! The end of a running zone because its user wants it: whatever runs there ends at once.
//!
//! A zone ends with its init, and only a process outside may end that. Nothing is said to the zone: it may be of
//! another version, or not listen.

use std::os::fd::{AsFd, BorrowedFd};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::Signal;

use crate::sys::process;
use crate::wire::{Connection, Failure, Stage};

/// Milliseconds within which the kernel ends all processes of a zone.
const PATIENCE: u16 = 10_000;

/// Ends the zone at the other end and waits until its init is gone.
///
/// # Errors
/// The kernel's refusal; ETIMEDOUT when init is there after ten seconds.
pub fn end(zone: &Connection) -> Result<(), Failure> {
    let (init, _) = match zone.peer().map_err(say("watch")) {
        // it has ended, and nobody has its number
        Err(failure) if failure.errno == libc::ESRCH => return Ok(()),
        other => other?,
    };
    // its number may be another process's by now if it has ended; then this connection was reset before
    if !has_ended(zone.as_fd(), PollTimeout::ZERO)? {
        process::signal(init.as_fd(), Signal::SIGKILL).map_err(say("end"))?;
    }
    match has_ended(init.as_fd(), PollTimeout::from(PATIENCE))? {
        true => Ok(()),
        false => Err(say("wait for")(nix::Error::ETIMEDOUT)),
    }
}

/// A pidfd can be read when its process has ended, and a connection when its peer has.
fn has_ended(fd: BorrowedFd<'_>, within: PollTimeout) -> Result<bool, Failure> {
    let mut watched = [PollFd::new(fd, PollFlags::POLLIN)];
    Ok(poll(&mut watched, within).map_err(say("wait for"))? > 0)
}

fn say<E: Into<std::io::Error>>(verb: &'static str) -> impl FnOnce(E) -> Failure {
    Failure::because(Stage::Ask, verb, "the zone's init")
}
