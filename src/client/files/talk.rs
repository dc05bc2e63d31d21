//! The talk with the zone: one question after the other, and Ctrl-C heard at every moment of it.

use std::cell::Cell;
use std::os::fd::AsFd;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::Signal;
use nix::sys::socket::{setsockopt, sockopt::SndBuf};

use crate::client::attach::{self, Signals};
use crate::policy::Plan;
use crate::wire::files::{FileAsk, FileTold};
use crate::wire::{Code, Connection, Failure, FromInit, Stage, ToInit};

/// What ends a transfer.
const ENDING: [Signal; 4] = [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP, Signal::SIGQUIT];
/// Milliseconds that a zone may take for a name.
const NAMING: u16 = 10_000;
/// Bytes that may wait to be taken by the zone; the kernel gives what it allows.
const UNDERWAY: usize = 1024 * 1024;
/// More than a zone has layers that a profile may call optional.
const MOST_WARNINGS: usize = 4;

/// A connection to a session of the zone that carries files.
#[derive(Debug)]
pub struct Talk {
    zone: Connection,
    signals: Signals,
    over: Cell<bool>,
}

/// The first word, which may be said before the zone stands.
///
/// # Errors
/// [`before_start`](crate::client::launch::before_start) tells whether the zone is only gone.
pub fn begin(zone: &Connection, plan: &Plan) -> Result<(), Failure> {
    zone.tell(Stage::Ask, &ToInit::Files(FileAsk::Begin(plan.digest())), &[])
}

impl Talk {
    /// Waits until the zone takes questions. `warned` hears what it lacks of optional seals.
    ///
    /// # Errors
    /// The zone's refusal; its end.
    pub fn open(zone: Connection, warned: &mut dyn FnMut(Failure)) -> Result<Self, Failure> {
        let _ = setsockopt(&zone, SndBuf, &UNDERWAY);
        let signals = Signals::take_these(&ENDING)?;
        let talk = Self { zone, signals, over: Cell::new(false) };
        for _ in 0..=MOST_WARNINGS {
            talk.wait(PollFlags::POLLIN)?;
            match talk.hear(Stage::Ask)? {
                FromInit::Accepted => return Ok(talk),
                FromInit::Warning(lack) => warned(attach::shown(lack)),
                FromInit::Failed(failure) => return Err(attach::shown(failure)),
                _ => break,
            }
        }
        Err(talk.protocol())
    }

    /// Says something to the zone.
    pub(super) fn ask(&self, ask: FileAsk) -> Result<(), Failure> {
        // a zone that keeps up never makes this one wait, where it would hear
        self.heard()?;
        let bytes = ToInit::Files(ask).encode().map_err(|_| self.protocol())?;
        loop {
            match self.zone.offer(&bytes) {
                Err(Errno::EAGAIN) => self.wait(PollFlags::POLLOUT)?,
                Err(cause) => return Err(self.broken(cause)),
                Ok(()) => return Ok(()),
            }
        }
    }

    /// What the zone answers; a failure that it reports is one here.
    pub(super) fn told(&self) -> Result<FileTold, Failure> {
        self.wait(PollFlags::POLLIN)?;
        self.answer()
    }

    /// Waits for the word that it is done.
    pub(super) fn done(&self) -> Result<(), Failure> {
        self.wait(PollFlags::POLLIN)?;
        self.is_done()
    }

    fn answer(&self) -> Result<FileTold, Failure> {
        match self.hear(Stage::Run)? {
            FromInit::Files(told) => Ok(told),
            FromInit::Failed(failure) => Err(attach::shown(failure)),
            _ => Err(self.protocol()),
        }
    }

    fn is_done(&self) -> Result<(), Failure> {
        if self.answer()? == FileTold::Done { Ok(()) } else { Err(self.protocol()) }
    }

    /// Lets a file that is there as a whole get its name, and waits for the word that it has. Who interrupts now hears
    /// how it went: the file is recorded already.
    pub(super) fn finish(&self) -> Result<(), Failure> {
        self.ask(FileAsk::End)?;
        // after that long it is the user's choice again
        if attach::speaks_within(&self.zone, NAMING) { self.is_done() } else { self.done() }
    }

    /// Whether the zone has something to say.
    pub(super) fn is_spoken_to(&self) -> bool {
        attach::speaks_within(&self.zone, 0)
    }

    /// The end of the talk: what was asked for is not heard to its end.
    pub(super) fn end(&self) {
        self.over.set(true);
    }

    /// Whether nothing more can be asked.
    pub(in crate::client) fn is_over(&self) -> bool {
        self.over.get()
    }

    /// A message that has no place here.
    pub(super) fn protocol(&self) -> Failure {
        self.end();
        Failure::new(Stage::Run, Code::Protocol, &["the zone"])
    }

    fn hear(&self, stage: Stage) -> Result<FromInit, Failure> {
        match self.zone.reply(stage) {
            Ok(Some((said, _))) => Ok(said),
            Ok(None) => {
                self.end();
                Err(Failure::new(stage, Code::ZoneEnded, &[""]))
            }
            Err(failure) => {
                self.end();
                Err(failure)
            }
        }
    }

    /// An error when the user wants it to end.
    pub(super) fn heard(&self) -> Result<(), Failure> {
        let mut signals = [PollFd::new(self.signals.fd.as_fd(), PollFlags::POLLIN)];
        match poll(&mut signals, PollTimeout::ZERO) {
            Ok(1..) => Err(self.interrupted()),
            _ => Ok(()),
        }
    }

    fn interrupted(&self) -> Failure {
        // taken, else it would end this process when the mask is gone
        let _ = self.signals.fd.read_signal();
        self.end();
        Failure::new(Stage::Run, Code::Interrupted, &[])
    }

    /// Until the zone can be heard or spoken to; an error when the user wants it to end.
    fn wait(&self, what: PollFlags) -> Result<(), Failure> {
        loop {
            let mut watched =
                [PollFd::new(self.signals.fd.as_fd(), PollFlags::POLLIN), PollFd::new(self.zone.as_fd(), what)];
            match poll(&mut watched, PollTimeout::NONE) {
                Ok(_) | Err(Errno::EINTR) => {}
                Err(cause) => return Err(Failure::system(Stage::Run, "wait for", "zone", cause)),
            }
            let [interrupted, ready] = watched.map(|fd| fd.any().unwrap_or(true));
            if interrupted {
                return Err(self.interrupted());
            }
            if ready {
                return Ok(());
            }
        }
    }

    /// It can not be spoken to; it may have said why before.
    fn broken(&self, cause: Errno) -> Failure {
        let said = if cause == Errno::EPIPE { self.told().err() } else { None };
        self.end();
        said.unwrap_or_else(|| Failure::system(Stage::Run, "send to", "the zone", cause))
    }
}

impl Drop for Talk {
    fn drop(&mut self) {
        // what came too late to change anything does not end this process before it has said what it did
        while let Ok(Some(_)) = self.signals.fd.read_signal() {}
    }
}
