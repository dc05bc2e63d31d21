//! The end of a running zone because its user wants it: whatever runs there ends at once.
//!
//! A zone ends with its init, and only a process outside may end that. Nothing is said to the zone: it may be of
//! another version, or not listen.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::Signal;
use nix::sys::socket::{getsockopt, sockopt::PeerCredentials};
use nix::unistd::Pid;

use crate::sys::process;
use crate::wire::{Connection, Failure, Stage};

/// Milliseconds within which the kernel ends all processes of a zone.
const PATIENCE: u16 = 10_000;

/// Ends the zone at the other end and waits until its init is gone.
///
/// # Errors
/// The kernel's refusal; ETIMEDOUT when init is there after ten seconds.
pub fn end(zone: &Connection) -> Result<(), Failure> {
    let (init, _) = match init_of(zone, Stage::Ask) {
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

/// The init at the other end of a connection: a descriptor that can be read when it has ended, and its number.
pub(super) fn init_of(zone: &Connection, stage: Stage) -> Result<(OwnedFd, Pid), Failure> {
    let init = getsockopt(zone, PeerCredentials).map_err(Failure::because(stage, "ask for", "the zone's init"))?;
    let pid = Pid::from_raw(init.pid());
    let init = process::pidfd(pid).map_err(Failure::because(stage, "watch", "the zone's init"))?;
    Ok((init, pid))
}

/// A pidfd can be read when its process has ended, and a connection when its peer has.
fn has_ended(fd: BorrowedFd<'_>, within: PollTimeout) -> Result<bool, Failure> {
    let mut watched = [PollFd::new(fd, PollFlags::POLLIN)];
    Ok(poll(&mut watched, within).map_err(say("wait for"))? > 0)
}

fn say<E: Into<std::io::Error>>(verb: &'static str) -> impl FnOnce(E) -> Failure {
    Failure::because(Stage::Ask, verb, "the zone's init")
}
