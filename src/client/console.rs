//! The zone's terminal on the user's: keys in, filtered output out, window size and modes.
//!
//! The master comes from a hostile zone: it is used only after it was seen to be the master of a pty, and nothing
//! that is read from it reaches the screen unfiltered.

use std::os::fd::{AsFd, OwnedFd};

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::termios::{LocalFlags, SetArg, tcsetattr};
use nix::unistd::{read, write};

use super::filter::Filter;
use super::screen::Screen;
use crate::sys::{file, tty};
use crate::wire::{Code, Failure, Stage};

/// How much is carried at once, in bytes.
const PIECE: usize = 16 * 1024;

/// How much of a zone's output is still shown after its program ended, in bytes. A pty holds less; a background
/// process of the zone that never stops writing must not keep the client.
const LAST: usize = 256 * 1024;

/// The two terminals and what is under way between them.
#[derive(Debug)]
pub(super) struct Console {
    pub(super) screen: Screen,
    master: OwnedFd,
    filter: Filter,
    /// Keys on their way into the zone.
    typed: Vec<u8>,
    /// Filtered output on its way to the screen.
    shown: Vec<u8>,
    /// The zone's side has nothing more and never will.
    over: bool,
    /// What may still be read when everything is drained; `None` while there is no end in sight.
    last: Option<usize>,
    /// Nothing was there to read since draining began.
    empty: bool,
    /// The filter has put the terminal back, for a while.
    left: bool,
}

/// The user's terminal is gone.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct HungUp;

impl Console {
    /// Checks the master, and gives it the modes and the size of the user's terminal.
    pub(super) fn new(screen: Screen, master: OwnedFd, label: &str) -> Result<Self, Failure> {
        check_master(&master)?;
        let fail = |cause: Errno| Failure::system(Stage::Attach, "prepare", "terminal", cause);
        let modes = screen.modes().map_err(fail)?;
        // in the background or in a pipeline they may be those of a shell's line editor or of a pager
        if modes.local_flags.contains(LocalFlags::ICANON) {
            tcsetattr(&master, SetArg::TCSANOW, &modes).map_err(fail)?;
        }
        let flags = OFlag::from_bits_retain(fcntl(&master, FcntlArg::F_GETFL).map_err(fail)?);
        fcntl(&master, FcntlArg::F_SETFL(flags | OFlag::O_NONBLOCK)).map_err(fail)?;
        let console = Self {
            screen,
            master,
            filter: Filter::new(label),
            typed: Vec::new(),
            shown: Vec::new(),
            over: false,
            last: None,
            empty: false,
            left: false,
        };
        console.resize();
        Ok(console)
    }

    /// Makes the zone's terminal as large as the user's. A zone that destroyed its terminal meanwhile has no size.
    pub(super) fn resize(&self) {
        let window = self.screen.window();
        let _ = tty::set_window(&self.master, window.rows as u16, window.columns as u16);
    }

    /// What to wait for: the screen, then the zone's side.
    pub(super) fn watched(&self) -> [PollFd<'_>; 2] {
        let mut screen = PollFlags::empty();
        let mut master = PollFlags::empty();
        screen.set(PollFlags::POLLIN, self.screen.is_held() && self.typed.is_empty());
        screen.set(PollFlags::POLLOUT, !self.shown.is_empty());
        master.set(PollFlags::POLLIN, self.shown.is_empty() && !self.over);
        master.set(PollFlags::POLLOUT, !self.typed.is_empty() && !self.over);
        [PollFd::new(self.screen.as_fd(), screen), PollFd::new(self.master.as_fd(), master)]
    }

    /// True when the zone's end is seen by polling: its hang-up is reported whether asked for or not.
    pub(super) fn is_over(&self) -> bool {
        self.over
    }

    /// Carries one piece each way as far as it goes without waiting.
    pub(super) fn turn(&mut self, screen: PollFlags, master: PollFlags) -> Result<(), HungUp> {
        let gone = PollFlags::POLLHUP | PollFlags::POLLERR | PollFlags::POLLNVAL;
        if screen.intersects(gone) {
            return Err(HungUp);
        }
        if screen.contains(PollFlags::POLLIN) {
            self.read_keys()?;
        }
        if !self.typed.is_empty() && !self.over {
            self.write_keys();
        }
        if self.shown.is_empty() && (master.intersects(gone | PollFlags::POLLIN) || self.last.is_some()) {
            self.read_output();
        }
        self.write_output()
    }

    /// From here on only what is already there is shown; see [`Console::is_drained`].
    pub(super) fn drain(&mut self) {
        self.last = Some(LAST);
        self.empty = false;
    }

    /// True when all that was there when draining began is on the screen.
    pub(super) fn is_drained(&self) -> bool {
        self.last.is_some() && self.empty && self.shown.is_empty()
    }

    /// True while draining does not wait for the screen: there may be more to read at once.
    pub(super) fn has_more(&self) -> bool {
        self.last.is_some() && !self.empty && self.shown.is_empty()
    }

    /// Gives the terminal back to the user for a while.
    pub(super) fn leave(&mut self) {
        if !self.left {
            self.filter.suspend(&mut self.shown);
            self.left = true;
        }
        self.write_shortly();
        self.screen.release();
        self.last = None;
    }

    /// Takes the terminal, again or for the first time.
    pub(super) fn enter(&mut self) -> nix::Result<()> {
        self.screen.hold()?;
        self.proceed();
        self.resize();
        Ok(())
    }

    /// Shows what comes from now on, whether keys are the zone's or not.
    pub(super) fn proceed(&mut self) {
        if std::mem::take(&mut self.left) {
            self.filter.resume(&mut self.shown);
        }
        self.last = None;
    }

    // with its piece in a frame of its own, which a launch without a terminal does not touch
    #[inline(never)]
    fn read_keys(&mut self) -> Result<(), HungUp> {
        let mut piece = [0; PIECE];
        match read(&self.screen, &mut piece) {
            Ok(0) | Err(Errno::EIO) => return Err(HungUp),
            Ok(len) => self.typed.extend_from_slice(piece.get(..len).unwrap_or_default()),
            Err(_) => {}
        }
        Ok(())
    }

    fn write_keys(&mut self) {
        match write(&self.master, &self.typed) {
            Ok(len) => drop(self.typed.drain(..len)),
            Err(Errno::EAGAIN | Errno::EINTR) => {}
            Err(_) => self.typed.clear(),
        }
    }

    #[inline(never)] // as above
    fn read_output(&mut self) {
        let mut piece = [0; PIECE];
        match read(&self.master, &mut piece) {
            Ok(len) if len > 0 => {
                self.filter.pass(piece.get(..len).unwrap_or_default(), &mut self.shown);
                self.last = self.last.map(|left| left.saturating_sub(len));
                self.empty = self.last == Some(0);
            }
            Err(Errno::EAGAIN | Errno::EINTR) => self.empty = true,
            _ => (self.over, self.empty) = (true, true),
        }
    }

    fn write_output(&mut self) -> Result<(), HungUp> {
        // from the background even nothing would be too much for a terminal with `tostop`
        if self.shown.is_empty() {
            return Ok(());
        }
        match write(&self.screen, &self.shown) {
            Ok(len) => drop(self.shown.drain(..len)),
            Err(Errno::EAGAIN | Errno::EINTR) => {}
            Err(_) => return Err(HungUp),
        }
        Ok(())
    }

    /// Writes what is left before the terminal changes hands; one that takes nothing for 0.2 s goes without.
    fn write_shortly(&mut self) {
        while !self.shown.is_empty() && self.write_output().is_ok() {
            let mut screen = [PollFd::new(self.screen.as_fd(), PollFlags::POLLOUT)];
            if !self.shown.is_empty() && poll(&mut screen, PollTimeout::from(200_u8)).unwrap_or(0) == 0 {
                break;
            }
        }
        self.shown.clear();
    }
}

impl Drop for Console {
    /// What the program left changed is put back, then the modes (by [`Screen`]).
    fn drop(&mut self) {
        self.filter.finish(&mut self.shown);
        self.write_shortly();
    }
}

/// A descriptor from a zone may be anything, a file whose server never answers included: only what the kernel answers
/// by itself is asked before it is known to be a device.
fn check_master(master: &OwnedFd) -> Result<(), Failure> {
    const PTMX: (u32, u32) = (5, 2);
    let is_ptmx = file::kind(master).is_ok_and(|kind| kind.format == libc::S_IFCHR && kind.device == PTMX);
    if is_ptmx && tty::pty_number(master).is_ok() {
        return Ok(());
    }
    Err(Failure::new(Stage::Attach, Code::Protocol, &["the zone"]))
}
