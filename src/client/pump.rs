//! Carries bytes between a descriptor of the user's that must not enter a zone and the pipe that stands for it.
//!
//! Each is a process of its own: it may wait for ever for a silent file server or a slow peer while the client
//! stays awake, and it uses the descriptor as it is, without changing flags that others share.

use std::os::fd::{AsFd, AsRawFd, OwnedFd};

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{SigSet, Signal, kill};
use nix::sys::uio::pread;
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{Pid, Whence, lseek, pipe2, read, write};

use super::attach::TAKEN;
use crate::sys::{fd, process};

/// How much is carried at once, in bytes.
const PIECE: usize = 64 * 1024;

/// Which way bytes go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// From the user to the zone; ends with the program.
    In,
    /// The same from a file of an ordinary file system; what was not taken is given back.
    Lent,
    /// From the zone to the user; ends when all is delivered.
    Out,
}

/// A pump that does not run yet.
#[derive(Debug)]
pub(super) struct Pump {
    way: Way,
    source: OwnedFd,
    sink: OwnedFd,
    lent: Option<(OwnedFd, OwnedFd)>,
}

/// A pump's process, which waits for [`Running::go`]; ended by [`Running::finish`] or by dropping it.
#[derive(Debug)]
pub(super) struct Running {
    way: Way,
    pid: Pid,
    /// Written to once to let it begin, closed to end it, by this process's death too.
    hold: Option<OwnedFd>,
    /// The user's file, and the end of the pipe that holds what the program did not take.
    lent: Option<(OwnedFd, OwnedFd)>,
}

impl Pump {
    /// A pump for `user`, and the end of the new pipe that goes to the zone.
    pub(super) fn new(way: Way, user: OwnedFd) -> std::io::Result<(Self, OwnedFd)> {
        let (read_end, write_end) = pipe2(OFlag::O_CLOEXEC)?;
        Ok(match way {
            Way::In => (Self { way, source: user, sink: write_end, lent: None }, read_end),
            Way::Lent => {
                fcntl(&write_end, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?;
                let lent = Some((user.try_clone()?, read_end.try_clone()?));
                (Self { way, source: user, sink: write_end, lent }, read_end)
            }
            Way::Out => (Self { way, source: read_end, sink: user, lent: None }, write_end),
        })
    }

    /// Starts its process, which carries nothing yet: a launch that is refused takes nothing of the user's.
    pub(super) fn start(self) -> nix::Result<Running> {
        let (held, hold) = pipe2(OFlag::O_CLOEXEC)?;
        match process::split()? {
            Some(pid) => Ok(Running { way: self.way, pid, hold: Some(hold), lent: self.lent }),
            None => self.run(held),
        }
    }

    /// Its exit status is the errno that ended it; a reader that has gone is its own affair, as in any pipe.
    fn run(self, held: OwnedFd) -> ! {
        let keep = [self.source.as_raw_fd(), self.sink.as_raw_fd(), held.as_raw_fd()];
        // the keys of the user's terminal are the client's to judge
        let _ = TAKEN.into_iter().collect::<SigSet>().thread_block();
        let mut ended = fd::close_all_but(&keep).map_err(|_| Errno::EBADF).and_then(|()| began(&held));
        while ended == Ok(true) {
            ended = if self.way == Way::Lent { self.lend(&held) } else { self.turn(&held) };
        }
        let lost = ended.err().filter(|errno| *errno != Errno::EPIPE);
        process::exit(lost.map_or(0, |errno| errno as i32 & 0xff))
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
        let mut piece = [0; PIECE];
        match read(&self.source, &mut piece) {
            Ok(0) => Ok(false),
            Ok(len) => self.deliver(piece.get(..len).unwrap_or_default()).map(|()| true),
            Err(Errno::EAGAIN | Errno::EINTR) => Ok(true),
            Err(cause) => Err(cause),
        }
    }

    /// Carries one piece of a file, and moves the file's own position, which others share, by what has arrived in
    /// the pipe; false at the end. It waits for room in the pipe only, so it ends when it is told to.
    fn lend(&self, held: &OwnedFd) -> nix::Result<bool> {
        let mut watched =
            [PollFd::new(self.sink.as_fd(), PollFlags::POLLOUT), PollFd::new(held.as_fd(), PollFlags::empty())];
        poll(&mut watched, PollTimeout::NONE)?;
        let [_, ended] = watched.map(|w| w.any().unwrap_or(true));
        if ended {
            return Ok(false);
        }
        let at = lseek(&self.source, 0, Whence::SeekCur)?;
        let mut piece = [0; PIECE];
        let len = pread(&self.source, &mut piece, at)?;
        match write(&self.sink, piece.get(..len).unwrap_or_default()) {
            _ if len == 0 => Ok(false),
            Ok(sent) => lseek(&self.source, at + sent as i64, Whence::SeekSet).map(|_| true),
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

/// Waits for the word to begin; false where there will be none.
fn began(held: &OwnedFd) -> nix::Result<bool> {
    loop {
        match read(held, &mut [0]) {
            Err(Errno::EINTR) => {}
            other => return other.map(|len| len > 0),
        }
    }
}

impl Running {
    /// Lets it begin.
    pub(super) fn go(&self) -> nix::Result<()> {
        self.hold.as_ref().map_or(Ok(()), |hold| write(hold, &[1]).map(|_| ()))
    }

    /// Ends it: input is no longer wanted; output is waited for until the user's side has taken it. An error is what
    /// the user's side answered to reading or writing, as the verb and the errno.
    pub(super) fn finish(mut self) -> Result<(), (&'static str, Errno)> {
        match self.end() {
            Some(WaitStatus::Exited(_, lost @ 1..)) => Err((self.verb(), Errno::from_raw(lost))),
            // somebody ended it, and what it had not carried is lost
            Some(WaitStatus::Signaled(..)) => Err((self.verb(), Errno::EIO)),
            _ => Ok(()),
        }
    }

    fn verb(&self) -> &'static str {
        if self.way == Way::Out { "write" } else { "read" }
    }

    fn wait(&self) -> Option<WaitStatus> {
        loop {
            match waitpid(self.pid, None) {
                Err(Errno::EINTR) => {}
                ended => return ended.ok(),
            }
        }
    }

    /// How it ended; `None` where it was ended here.
    fn end(&mut self) -> Option<WaitStatus> {
        let hold = self.hold.take()?;
        let before = waitpid(self.pid, Some(WaitPidFlag::WNOHANG)).ok();
        drop(hold);
        let ended = match before {
            Some(WaitStatus::StillAlive) if self.way == Way::In => {
                let _ = kill(self.pid, Signal::SIGKILL);
                self.wait().and(None)
            }
            Some(WaitStatus::StillAlive) => self.wait(),
            ended => ended,
        };
        if let Some((file, rest)) = self.lent.take()
            && let Ok(left) = fd::unread(rest.as_fd())
        {
            // a file that can not be moved back had no next reader
            let _ = lseek(&file, -i64::from(left), Whence::SeekCur);
        }
        ended
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.end();
    }
}
