//! Carries bytes between a descriptor of the user's that must not enter a zone and the pipe that stands for it.
//!
//! Each is a process of its own: it may wait for ever for a silent file server or a slow peer while the client
//! stays awake, and it uses the descriptor as it is, without changing flags that others share.

use std::os::fd::{AsFd, AsRawFd, OwnedFd};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::waitpid;
use nix::unistd::{Pid, pipe2, read, write};

use crate::sys::{fd, process};

/// Which way bytes go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// From the user to the zone; ends with the program.
    In,
    /// From the zone to the user; ends when all is delivered.
    Out,
}

/// A pump that does not run yet.
#[derive(Debug)]
pub(super) struct Pump {
    way: Way,
    source: OwnedFd,
    sink: OwnedFd,
}

/// A running pump; ended by dropping it.
#[derive(Debug)]
pub(super) struct Running {
    way: Way,
    pid: Pid,
    /// Closed to end it, by this process's death too.
    hold: Option<OwnedFd>,
}

impl Pump {
    /// A pump for `user`, and the end of the new pipe that goes to the zone.
    pub(super) fn new(way: Way, user: OwnedFd) -> nix::Result<(Self, OwnedFd)> {
        let (read_end, write_end) = pipe2(nix::fcntl::OFlag::O_CLOEXEC)?;
        Ok(match way {
            Way::In => (Self { way, source: user, sink: write_end }, read_end),
            Way::Out => (Self { way, source: read_end, sink: user }, write_end),
        })
    }

    /// Starts it. The caller blocks the signals that it does not want the pump to die of.
    pub(super) fn start(self) -> nix::Result<Running> {
        let (held, hold) = pipe2(nix::fcntl::OFlag::O_CLOEXEC)?;
        match process::split()? {
            Some(pid) => Ok(Running { way: self.way, pid, hold: Some(hold) }),
            None => self.run(held),
        }
    }

    fn run(self, held: OwnedFd) -> ! {
        let keep = [self.source.as_raw_fd(), self.sink.as_raw_fd(), held.as_raw_fd()];
        if fd::close_all_but(&keep).is_ok() {
            while self.turn(&held).unwrap_or(false) {}
        }
        process::exit(0)
    }

    /// Carries one piece; false at the end.
    fn turn(&self, held: &OwnedFd) -> nix::Result<bool> {
        let mut watched =
            [PollFd::new(self.source.as_fd(), PollFlags::POLLIN), PollFd::new(held.as_fd(), PollFlags::empty())];
        poll(&mut watched, PollTimeout::NONE)?;
        let [ready, ended] = watched.map(|w| w.any().unwrap_or(true));
        if ended && (self.way == Way::In || !ready) {
            return Ok(false);
        }
        let mut piece = [0; 64 * 1024];
        match read(&self.source, &mut piece) {
            Ok(0) => Ok(false),
            Ok(len) => self.deliver(piece.get(..len).unwrap_or_default()).map(|()| true),
            Err(Errno::EAGAIN | Errno::EINTR) => Ok(true),
            Err(cause) => Err(cause),
        }
    }

    fn deliver(&self, mut piece: &[u8]) -> nix::Result<()> {
        while !piece.is_empty() {
            match write(&self.sink, piece) {
                Ok(len) => piece = piece.get(len..).unwrap_or_default(),
                Err(Errno::EAGAIN) => {
                    poll(&mut [PollFd::new(self.sink.as_fd(), PollFlags::POLLOUT)], PollTimeout::NONE)?;
                }
                Err(Errno::EINTR) => {}
                Err(cause) => return Err(cause),
            }
        }
        Ok(())
    }
}

impl Drop for Running {
    /// Input is no longer wanted; output is waited for until the user's side has taken it.
    fn drop(&mut self) {
        self.hold = None;
        if self.way == Way::In {
            let _ = kill(self.pid, Signal::SIGKILL);
        }
        while waitpid(self.pid, None) == Err(Errno::EINTR) {}
    }
}
