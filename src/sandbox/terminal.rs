//! A program's terminal: a pty of the zone's own devpts, and the leader of the session that lives on it.
//!
//! The leader stays the program's parent, in the same session and in another group, so that the program can be stopped
//! and continued by the terminal's keys although the user's shell is outside. It decides nothing about what
//! the program is, and must not touch what the program reads and writes.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use nix::errno::Errno;
use nix::fcntl::{OFlag, open as open_file};
use nix::poll::{PollFd, PollFlags};
use nix::sys::signal::{SigSet, Signal, killpg};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use nix::sys::stat::Mode;
use nix::sys::termios::{InputFlags, SetArg, tcgetattr, tcsetattr};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{Pid, getpid, setpgid, setsid, tcsetpgrp};

use crate::sys::{memory, process, tty};
use crate::wire::{Connection, Failure, FromInit, Stage, ToInit, WindowSize};

/// Makes a terminal: its master, which goes to the client, and its slave, which is the program's.
///
/// # Errors
/// A failed system call.
pub fn open(window: WindowSize) -> Result<(OwnedFd, OwnedFd), Failure> {
    let fail = |cause: std::io::Error| Failure::system(Stage::Run, "make", "terminal", cause);
    let flags = OFlag::O_RDWR | OFlag::O_NOCTTY | OFlag::O_CLOEXEC;
    let master = open_file("/dev/ptmx", flags, Mode::empty()).map_err(|e| fail(e.into()))?;
    tty::unlock(&master).map_err(fail)?;
    let slave = tty::slave(&master).map_err(fail)?;
    let mut modes = tcgetattr(&slave).map_err(|e| fail(e.into()))?;
    modes.input_flags |= InputFlags::IUTF8;
    tcsetattr(&slave, SetArg::TCSANOW, &modes).map_err(|e| fail(e.into()))?;
    let most = |n: u32| n.min(u16::MAX.into()) as u16;
    tty::set_window(&slave, most(window.rows), most(window.columns)).map_err(fail)?;
    Ok((master, slave))
}

/// Makes a terminal and accepts the launch with it: the master goes to the client and is closed here, so that the
/// program sees a hang-up when the client is gone. Returns the slave.
///
/// # Errors
/// A failed system call; the client is gone.
pub fn accept(connection: &Connection, window: WindowSize) -> Result<OwnedFd, Failure> {
    let (master, slave) = open(window)?;
    send(connection, &FromInit::Accepted, &[master.as_fd()])?;
    Ok(slave)
}

/// Runs a program in a session of its own and reports it on the connection; to be called in a child that was forked
/// for it, which ends afterwards. Returns when the program has ended and the client has hung up: the end of the
/// session throws away what its terminal still holds, so the client reads it first.
///
/// With a terminal, `program` is run when the client has first said whether it is in the foreground. It is run in a
/// child that has a group of its own and default signals; it sets up stdio and executes, and reports by itself,
/// with [`FromInit::Failed`], when it can not.
///
/// # Errors
/// A failed system call before the program was run.
pub fn supervise(
    connection: &Connection,
    terminal: Option<OwnedFd>,
    program: impl FnOnce(Option<BorrowedFd<'_>>) -> i32,
) -> Result<(), Failure> {
    let fail = |cause: std::io::Error| Failure::system(Stage::Run, "start", "session", cause);
    let signals = take_signals().map_err(|e| fail(e.into()))?;
    setsid().map_err(|e| fail(e.into()))?;
    let foreground = match &terminal {
        None => false,
        Some(terminal) => {
            tty::make_controlling(terminal).map_err(fail)?;
            match first_word(connection) {
                Some(foreground) => foreground,
                None => return Ok(()),
            }
        }
    };
    let child = process::spawn(|| become_program(terminal.as_ref(), foreground, program));
    let child = child.map_err(|e| fail(e.into()))?;
    // both do this, since either may be first; the other finds it done, or the program executed already
    let _ = setpgid(child, child);
    let session = Leader { connection, signals, terminal, child, client: true };
    if foreground {
        session.give_terminal(child);
    }
    session.watch();
    Ok(())
}

fn become_program(
    terminal: Option<&OwnedFd>,
    foreground: bool,
    program: impl FnOnce(Option<BorrowedFd<'_>>) -> i32,
) -> i32 {
    let own = Pid::from_raw(0);
    let _ = setpgid(own, own);
    if let Some(terminal) = terminal.filter(|_| foreground) {
        // every signal is still blocked, SIGTTOU too, so this is allowed from the background
        let _ = tcsetpgrp(terminal, getpid());
    }
    if process::default_signals().is_ok() { program(terminal.map(AsFd::as_fd)) } else { 126 }
}

/// Blocks everything, so that neither the terminal nor anybody in the zone ends the leader before its program, and
/// makes SIGCHLD readable.
fn take_signals() -> nix::Result<SignalFd> {
    SigSet::all().thread_set_mask()?;
    SignalFd::with_flags(&SigSet::from(Signal::SIGCHLD), SfdFlags::SFD_NONBLOCK | SfdFlags::SFD_CLOEXEC)
}

/// Waits until the client has said where its job stands; `None` when it is gone.
fn first_word(connection: &Connection) -> Option<bool> {
    loop {
        let received = connection.receive().ok()??;
        if let Ok(ToInit::Foreground(is)) = ToInit::decode(&received.bytes) {
            return Some(is);
        }
    }
}

/// The leader of the session, waiting for its program and for the client.
struct Leader<'a> {
    connection: &'a Connection,
    signals: SignalFd,
    terminal: Option<OwnedFd>,
    child: Pid,
    /// The client has not hung up yet.
    client: bool,
}

impl Leader<'_> {
    fn watch(mut self) {
        let ended = loop {
            let (child, message) = self.wait();
            if child && let Some(ended) = self.child_changed() {
                break ended;
            }
            if message {
                self.take_message();
            }
        };
        if send(self.connection, &ended, &[]).is_ok() {
            while self.client && matches!(self.connection.receive(), Ok(Some(_))) {}
        }
    }

    /// Waits for a change of the child or a word of the client.
    fn wait(&self) -> (bool, bool) {
        let mut watched = vec![PollFd::new(self.signals.as_fd(), PollFlags::POLLIN)];
        if self.client {
            watched.push(PollFd::new(self.connection.as_fd(), PollFlags::POLLIN));
        }
        let _ = memory::wait(&mut watched);
        let found = |at: usize| watched.get(at).and_then(PollFd::any).unwrap_or(false);
        (found(0), found(1))
    }

    /// Reports a stop; returns the end.
    fn child_changed(&self) -> Option<FromInit> {
        while let Ok(Some(_)) = self.signals.read_signal() {}
        loop {
            let stopped = match waitpid(self.child, Some(WaitPidFlag::WNOHANG | WaitPidFlag::WUNTRACED)) {
                Ok(WaitStatus::Exited(_, status)) => return Some(FromInit::Exited(status as u32)),
                Ok(WaitStatus::Signaled(_, signal, _)) => return Some(FromInit::Signalled(signal as u32)),
                Ok(WaitStatus::Stopped(_, signal)) => signal,
                Err(Errno::EINTR) => continue,
                _ => return None,
            };
            let _ = send(self.connection, &FromInit::Stopped(stopped as u32), &[]);
        }
    }

    fn take_message(&mut self) {
        let Ok(Some(received)) = self.connection.receive() else { return self.client_gone() };
        match ToInit::decode(&received.bytes) {
            Ok(ToInit::Foreground(true)) => self.give_terminal(self.child),
            Ok(ToInit::Foreground(false)) => self.give_terminal(getpid()),
            Ok(ToInit::Signal(number)) => self.signal(number),
            _ => {}
        }
    }

    /// A program with a terminal is told that it is gone; one without goes on.
    fn client_gone(&mut self) {
        self.client = false;
        if self.terminal.is_some() {
            self.signal(Signal::SIGHUP as u32);
            self.signal(Signal::SIGCONT as u32);
        }
    }

    fn give_terminal(&self, group: Pid) {
        if let Some(terminal) = &self.terminal {
            // fails when the group is gone, and then its end is what is seen next
            let _ = tcsetpgrp(terminal, group);
        }
    }

    fn signal(&self, number: u32) {
        if let Ok(signal) = Signal::try_from(number as i32) {
            let _ = killpg(self.child, signal);
        }
    }
}

fn send(connection: &Connection, message: &FromInit, fds: &[BorrowedFd<'_>]) -> Result<(), Failure> {
    let fail = |cause: std::io::Error| Failure::system(Stage::Run, "answer", "client", cause);
    let bytes = message.encode().map_err(|_| fail(std::io::Error::from_raw_os_error(libc::EMSGSIZE)))?;
    connection.send(&bytes, fds).map_err(|e| fail(e.into()))
}
