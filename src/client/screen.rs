//! The user's own terminal: raw while a zone's program has it, and as it was before on every way out.
//!
//! It must not decide when: `attach` does.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use nix::fcntl::{OFlag, open};
use nix::sys::signal::{SigSet, Signal};
use nix::sys::stat::Mode;
use nix::sys::termios::{FlushArg, SetArg, Termios, cfmakeraw, tcflush, tcgetattr, tcsetattr};
use nix::unistd::{getpgrp, tcgetpgrp};

use crate::sys::tty;
use crate::wire::WindowSize;

/// The terminal that some of the client's descriptors 0 to 2 are.
#[derive(Debug)]
pub(super) struct Screen {
    device: OwnedFd,
    /// The modes to go back to; `Some` while raw.
    saved: Option<Termios>,
}

impl Screen {
    /// Opens the terminal once more, so that waiting for it does not change the descriptor that the user's other
    /// programs share. Where it may not be opened (after `su`), the descriptor itself is used.
    pub(super) fn open(terminal: BorrowedFd<'_>) -> nix::Result<Self> {
        let flags = OFlag::O_RDWR | OFlag::O_NOCTTY | OFlag::O_NONBLOCK | OFlag::O_CLOEXEC;
        let path = format!("/proc/self/fd/{}", std::os::fd::AsRawFd::as_raw_fd(&terminal));
        let device = match open(path.as_str(), flags, Mode::empty()) {
            Ok(own) => own,
            Err(_) => terminal.try_clone_to_owned().map_err(|_| nix::Error::last())?,
        };
        Ok(Self { device, saved: None })
    }

    /// True when this process may read the terminal now, as job control has it; always for a terminal that is not
    /// this session's.
    pub(super) fn in_foreground(&self) -> bool {
        tcgetpgrp(&self.device).map_or(true, |group| group == getpgrp())
    }

    /// The window; 24 by 80 when the terminal does not know.
    pub(super) fn window(&self) -> WindowSize {
        match tty::window(&self.device) {
            Ok((rows, columns)) if rows > 0 && columns > 0 => WindowSize { rows: rows.into(), columns: columns.into() },
            _ => WindowSize { rows: 24, columns: 80 },
        }
    }

    /// The modes that the user has set: what the zone's terminal starts with.
    pub(super) fn modes(&self) -> nix::Result<Termios> {
        tcgetattr(&self.device)
    }

    /// True while raw.
    pub(super) fn is_held(&self) -> bool {
        self.saved.is_some()
    }

    /// Makes it raw: every key goes to the zone's terminal, which knows what Ctrl-C means. Also again, after
    /// somebody else had the terminal: what they left are then the modes to go back to.
    pub(super) fn hold(&mut self) -> nix::Result<()> {
        let saved = tcgetattr(&self.device)?;
        let mut raw = saved.clone();
        cfmakeraw(&mut raw);
        if raw != saved || self.saved.is_none() {
            self.saved = Some(saved);
        }
        tcsetattr(&self.device, SetArg::TCSANOW, &raw)
    }

    /// Gives it back as it was. What was typed or answered and not read is dropped, so that it does not become a
    /// command line of the user's shell. Does not wait for the terminal to show what was written.
    pub(super) fn release(&mut self) {
        let Some(saved) = self.saved.take() else { return };
        // from the background this would stop us with the terminal still raw; blocked, it is allowed
        let blocked = SigSet::from(Signal::SIGTTOU).thread_swap_mask(nix::sys::signal::SigmaskHow::SIG_BLOCK);
        // both may fail when the terminal is gone, and then there is nothing to give back
        let _ = tcflush(&self.device, FlushArg::TCIFLUSH);
        let _ = tcsetattr(&self.device, SetArg::TCSANOW, &saved);
        if let Ok(before) = blocked {
            let _ = before.thread_set_mask();
        }
    }

    /// Somebody else has it now, by job control: there is nothing to give back.
    pub(super) fn lose(&mut self) {
        self.saved = None;
    }
}

impl AsFd for Screen {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.device.as_fd()
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        self.release();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nix::errno::Errno;
    use nix::sys::termios::LocalFlags;
    use nix::unistd::{read, write};

    fn held() -> (OwnedFd, Screen) {
        let pty = nix::pty::openpty(None, None).unwrap();
        let mut screen = Screen::open(pty.slave.as_fd()).unwrap();
        assert!(screen.in_foreground(), "not the terminal of this session: nobody else's either");
        screen.hold().unwrap();
        (pty.master, screen)
    }

    fn is_raw(screen: &Screen) -> bool {
        !screen.modes().unwrap().local_flags.contains(LocalFlags::ICANON)
    }

    #[test]
    fn an_answer_that_comes_late_is_not_left_for_the_shell() {
        let (master, mut screen) = held();
        write(&master, b"rm -r x\r").unwrap();
        screen.release();
        assert!(!is_raw(&screen));
        assert_eq!(read(&screen, &mut [0; 80]), Err(Errno::EAGAIN));
        // the control: typed after it, a line is there
        write(&master, b"ls\r").unwrap();
        assert_eq!(read(&screen, &mut [0; 80]), Ok(3));
    }

    #[test]
    fn holding_twice_does_not_take_raw_for_the_users_modes() {
        let (_master, mut screen) = held();
        screen.hold().unwrap();
        assert!(is_raw(&screen) && screen.is_held());
        screen.release();
        assert!(!is_raw(&screen) && !screen.is_held());
    }
}
