//! The client while a program runs: one loop over signals, the zone's messages and the two terminals.
//!
//! The zone is not believed: one terminal, one end, bounded text; everything else that it sends is an error or is
//! closed unseen. Whatever happens, the user's terminal is as it was when [`attach`] returns.
//!
//! Who has the terminal: the zone's program while all three of its stdio are the terminal and the client's job is in
//! the foreground; in a pipeline only once it asks (it is stopped by SIGTTIN or SIGTTOU in its own terminal), since
//! another program of the pipeline may be the one that reads keys.

use std::os::fd::{AsFd, OwnedFd};

use nix::fcntl::{FcntlArg, OFlag, fcntl, open};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{SigSet, SigmaskHow, Signal, kill};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use nix::sys::stat::Mode;
use nix::unistd::{Pid, dup2_stdin, dup2_stdout};

use super::console::{Console, HungUp};
use super::pump::Running;
use super::stdio::Prepared;
use crate::sys::memory;
use crate::wire::{Code, Connection, Failure, FromInit, Malformed, Stage, Stdio, ToInit};

/// What the client takes itself, to give the terminal back first or to hand the signal on. Not among them: SIGTTIN
/// and SIGTTOU, whose default is right for a client in the background.
pub(super) const TAKEN: [Signal; 14] = [
    Signal::SIGHUP,
    Signal::SIGINT,
    Signal::SIGQUIT,
    Signal::SIGTERM,
    Signal::SIGUSR1,
    Signal::SIGUSR2,
    Signal::SIGALRM,
    Signal::SIGVTALRM,
    Signal::SIGPROF,
    Signal::SIGIO,
    Signal::SIGPWR,
    Signal::SIGTSTP,
    Signal::SIGCONT,
    Signal::SIGWINCH,
];

/// What the other end is called in messages.
const ZONE: &str = "the zone";

/// More than a zone has layers that a profile may call optional.
const MAX_WARNINGS: u8 = 4;

/// Milliseconds after which a wait is a moment for something else.
const PULSE: u8 = 100;

/// How a program ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// By itself, with this status.
    Exited(u8),
    /// By a signal, 64 at most.
    Signalled(u8),
}

impl Ended {
    /// As a shell says it: the status, or 128 and the number of the signal.
    pub fn status(self) -> u8 {
        match self {
            Self::Exited(status) => status,
            Self::Signalled(number) => number.saturating_add(128),
        }
    }
}

/// Stays with a program until it ends; `prepared` is what its launch was made of, which has been sent on
/// `connection`, and `label` (the zone's name) stands before titles of windows. `signals` are held from before that. `warned`
/// hears what the zone says before it accepts the launch.
///
/// Returns how the program ended.
///
/// # Errors
/// What the zone reports when it started nothing; [`Code::ZoneEnded`] when it ended before the program;
/// [`Code::Protocol`] when it says what it must not; a failed system call.
pub fn attach(
    connection: Connection,
    prepared: &mut Prepared,
    label: &str,
    signals: Option<Signals>,
    warned: &mut dyn FnMut(Failure),
) -> Result<Ended, Failure> {
    prepared.start()?;
    let signals = accepting(&connection, signals.map_or_else(Signals::take, Ok)?)?;
    let master = accepted(&connection, warned)?;
    prepared.fds.clear();
    let pumps = std::mem::take(&mut prepared.running);
    pumps.iter().try_for_each(Running::go).map_err(|e| failed("start", "pump", e))?;
    let_go(&prepared.stdio).map_err(|e| failed("close", "stdin and stdout", e))?;
    let console = match (prepared.screen.take(), master) {
        (Some(screen), Some(master)) => Some(Console::new(screen, master, label)?),
        (None, None) => None,
        (Some(_), None) if prepared.may_be_left_out => None,
        _ => return Err(protocol()),
    };
    let whole = console.is_some() && prepared.is_whole_terminal();
    let ended = Session { connection, signals, console, whole, next: None }.run();
    // the session is over and its terminal given back; what is still in the pumps can be interrupted as usual
    let lost = pumps.into_iter().map(Running::finish).fold(Ok(()), Result::and);
    match (ended, lost) {
        (Ok(Ended::Exited(0)), Err((verb, cause))) => {
            Err(failed(verb, if verb == "read" { "stdin" } else { "stdout" }, cause))
        }
        (ended, _) => ended,
    }
}

/// Waits until there is something to hear, with the signals taken, so that none falls between the program's start and the
/// loop that hands them on. One that comes earlier does what it always does: most end this process and so the launch.
///
/// `idle` is called while there is nothing, again and again.
pub(super) fn answered(connection: &Connection, idle: &mut dyn FnMut()) -> Result<Signals, Failure> {
    loop {
        let signals = Signals::take()?;
        let mut watched =
            [PollFd::new(connection.as_fd(), PollFlags::POLLIN), PollFd::new(signals.fd.as_fd(), PollFlags::POLLIN)];
        match poll(&mut watched, PULSE) {
            Ok(0) => idle(),
            Ok(_) | Err(nix::errno::Errno::EINTR) => {}
            Err(cause) => return Err(failed("wait for", "zone", cause)),
        }
        if watched.first().and_then(PollFd::any).unwrap_or(false) {
            return Ok(signals);
        }
    }
}

/// Waits for the answer to a launch that was said, with the signals taken: the program may be starting in this moment,
/// and then a signal is for it. A zone that does not answer within [`GRACE`] of a signal does not keep the client.
fn accepting(connection: &Connection, mut signals: Signals) -> Result<Signals, Failure> {
    loop {
        let mut watched =
            [PollFd::new(connection.as_fd(), PollFlags::POLLIN), PollFd::new(signals.fd.as_fd(), PollFlags::POLLIN)];
        match memory::wait(&mut watched) {
            Ok(_) | Err(nix::errno::Errno::EINTR) => {}
            Err(cause) => return Err(failed("wait for", "zone", cause)),
        }
        if speaks_within(connection, GRACE) {
            return Ok(signals);
        }
        drop(signals);
        signals = Signals::take()?;
    }
}

/// Milliseconds that a zone has to answer a launch when the user wants to interrupt it.
const GRACE: u16 = 500;

/// Whether there is something to hear within so many milliseconds.
pub(super) fn speaks_within(connection: &Connection, milliseconds: u16) -> bool {
    let mut watched = [PollFd::new(connection.as_fd(), PollFlags::POLLIN)];
    poll(&mut watched, PollTimeout::from(milliseconds)).is_ok_and(|found| found > 0)
}

/// Takes the answer to the launch: the master of the program's terminal, if it has one.
fn accepted(connection: &Connection, warned: &mut dyn FnMut(Failure)) -> Result<Option<OwnedFd>, Failure> {
    let mut warnings = 0..MAX_WARNINGS;
    let mut fds = loop {
        let answer = connection
            .receive()
            .map_err(|e| failed("hear from", "zone", e))?
            .ok_or_else(|| Failure { stage: Stage::Ask, ..zone_ended() })?;
        match FromInit::decode(&answer.bytes) {
            Ok(FromInit::Accepted) => break answer.fds.into_iter(),
            Ok(FromInit::Warning(failure)) if warnings.next().is_some() => warned(shown(failure)),
            Ok(FromInit::Failed(failure)) => return Err(shown(failure)),
            Err(malformed) => return Err(unknown(malformed)),
            _ => return Err(protocol()),
        }
    };
    // a zone that never reads must not keep the client: a full connection drops the signal instead
    let flags = fcntl(connection, FcntlArg::F_GETFL).map(OFlag::from_bits_retain);
    flags
        .and_then(|flags| fcntl(connection, FcntlArg::F_SETFL(flags | OFlag::O_NONBLOCK)))
        .map_err(|e| failed("prepare", "connection", e))?;
    match (fds.next(), fds.next()) {
        (master, None) => Ok(master),
        _ => Err(protocol()),
    }
}

/// The program has these now: a reader or writer at the other end must not wait for the client.
fn let_go(stdio: &[Stdio; 3]) -> nix::Result<()> {
    let null = open("/dev/null", OFlag::O_RDWR | OFlag::O_CLOEXEC, Mode::empty())?;
    if stdio.first() == Some(&Stdio::Passed) {
        dup2_stdin(&null)?;
    }
    if stdio.get(1) == Some(&Stdio::Passed) {
        dup2_stdout(&null)?;
    }
    Ok(())
}

/// What is done when the output that is there has been shown.
enum Next {
    End(Result<Ended, Failure>),
    Stop(Signal),
}

/// Whether the loop goes on.
type Turn = Result<Option<Ended>, Failure>;

/// Fields in the order of their end: the terminal is given back before the signals are.
struct Session {
    console: Option<Console>,
    connection: Connection,
    signals: Signals,
    /// All three of stdio are the terminal.
    whole: bool,
    next: Option<Next>,
}

impl Session {
    fn run(mut self) -> Result<Ended, Failure> {
        if self.console.is_some() {
            let has = self.whole && self.enter_if_in_foreground()?;
            self.tell(&ToInit::Foreground(has))?;
        }
        loop {
            if let Some(ended) = self.turn()? {
                return Ok(ended);
            }
        }
    }

    fn turn(&mut self) -> Turn {
        let [signals, messages, screen, master] = self.wait()?;
        if !signals.is_empty()
            && let Some(ended) = self.take_signals()?
        {
            return Ok(Some(ended));
        }
        if !messages.is_empty() && self.next.is_none() {
            self.take_message()?;
        }
        if let Some(console) = &mut self.console
            && console.turn(screen, master) == Err(HungUp)
        {
            return Ok(Some(Ended::Signalled(Signal::SIGHUP as u8)));
        }
        if self.console.as_ref().is_none_or(Console::is_drained) { self.do_next() } else { Ok(None) }
    }

    /// Waits for whatever comes first: signals, messages, screen, the zone's terminal.
    fn wait(&self) -> Result<[PollFlags; 4], Failure> {
        let mut watched = vec![PollFd::new(self.signals.fd.as_fd(), PollFlags::POLLIN)];
        if self.next.is_none() {
            watched.push(PollFd::new(self.connection.as_fd(), PollFlags::POLLIN));
        }
        let console = self.console.as_ref();
        let first_of_console = watched.len();
        if let Some(console) = console {
            let take = if console.is_over() { 1 } else { 2 };
            watched.extend(console.watched().into_iter().take(take));
        }
        let at_once = console.is_none_or(Console::has_more) && self.next.is_some();
        let found = if at_once { poll(&mut watched, PollTimeout::ZERO) } else { memory::wait(&mut watched) };
        match found {
            Ok(_) | Err(nix::errno::Errno::EINTR) => {}
            Err(cause) => return Err(failed("wait for", "program", cause)),
        }
        let found = |at: usize| watched.get(at).and_then(PollFd::revents).unwrap_or(PollFlags::empty());
        let connection = if self.next.is_none() { found(1) } else { PollFlags::empty() };
        Ok([found(0), connection, found(first_of_console), found(first_of_console + 1)])
    }

    fn take_message(&mut self) -> Result<(), Failure> {
        // descriptors beside it are closed with it
        let message = match self.connection.receive() {
            Ok(Some(received)) => FromInit::decode(&received.bytes).map_err(unknown)?,
            Err(nix::errno::Errno::EAGAIN) => return Ok(()),
            Err(nix::errno::Errno::EMSGSIZE) => return Err(protocol()),
            Ok(None) | Err(_) => {
                self.after_output(Next::End(Err(zone_ended())));
                return Ok(());
            }
        };
        match message {
            FromInit::Exited(status @ 0..=255) => self.after_output(Next::End(Ok(Ended::Exited(status as u8)))),
            FromInit::Signalled(number @ 1..=64) => self.after_output(Next::End(Ok(Ended::Signalled(number as u8)))),
            FromInit::Failed(failure) => self.after_output(Next::End(Err(shown(failure)))),
            // without a terminal the client stops by itself when the user wants it to
            FromInit::Stopped(_) if self.console.is_none() => {}
            FromInit::Stopped(number) => self.after_output(Next::Stop(stop_signal(number))),
            _ => return Err(protocol()),
        }
        Ok(())
    }

    fn after_output(&mut self, next: Next) {
        self.next = Some(next);
        if let Some(console) = &mut self.console {
            console.drain();
        }
    }

    fn do_next(&mut self) -> Turn {
        match self.next.take() {
            None => Ok(None),
            Some(Next::End(ended)) => ended.map(Some),
            Some(Next::Stop(signal)) => self.stop(signal).map(|()| None),
        }
    }

    fn take_signals(&mut self) -> Turn {
        while let Ok(Some(info)) = self.signals.fd.read_signal() {
            let signal = Signal::try_from(info.ssi_signo as i32);
            let ending = matches!(self.next, Some(Next::End(_)));
            match signal {
                Ok(Signal::SIGWINCH) => self.console.iter().for_each(Console::resize),
                Ok(Signal::SIGCONT) => self.continued()?,
                Ok(Signal::SIGTSTP) if self.console.is_none() => self.stop_together()?,
                // the program is gone already, and the screen does not take what it wrote
                Ok(Signal::SIGINT | Signal::SIGTERM | Signal::SIGHUP | Signal::SIGQUIT) if ending => {
                    return self.do_next();
                }
                Ok(signal) => self.tell(&ToInit::Signal(signal as u32))?,
                Err(_) => {}
            }
        }
        Ok(None)
    }

    /// The program was stopped in its terminal: so is this job, unless the program only wants the terminal and it
    /// is there to be had.
    fn stop(&mut self, signal: Signal) -> Result<(), Failure> {
        let asks = signal != Signal::SIGTSTP;
        let had = self.console.as_ref().is_some_and(|console| console.screen.is_held());
        let there = self.console.as_ref().is_some_and(|console| console.screen.in_foreground());
        if !(asks && there) {
            self.console.iter_mut().for_each(Console::leave);
            self.signals.stop_this_job(signal).map_err(|e| failed("stop", "job", e))?;
        }
        self.console.iter_mut().for_each(Console::proceed);
        let has = (had || asks || self.whole) && self.enter_if_in_foreground()?;
        self.tell(&ToInit::Foreground(has))?;
        self.tell(&ToInit::Signal(Signal::SIGCONT as u32))
    }

    /// No terminal: the program is stopped and continued with this job.
    fn stop_together(&mut self) -> Result<(), Failure> {
        self.tell(&ToInit::Signal(Signal::SIGTSTP as u32))?;
        self.signals.stop_this_job(Signal::SIGTSTP).map_err(|e| failed("stop", "job", e))?;
        self.tell(&ToInit::Signal(Signal::SIGCONT as u32))
    }

    /// Somebody continued this job, perhaps to bring it to the foreground or after another had the terminal.
    fn continued(&mut self) -> Result<(), Failure> {
        let Some(console) = &mut self.console else { return self.tell(&ToInit::Signal(Signal::SIGCONT as u32)) };
        let had = console.screen.is_held();
        if had && !console.screen.in_foreground() {
            console.screen.lose();
            return self.tell(&ToInit::Foreground(false));
        }
        if had || self.whole {
            let has = self.enter_if_in_foreground()?;
            if has && !had {
                self.tell(&ToInit::Foreground(true))?;
                self.tell(&ToInit::Signal(Signal::SIGCONT as u32))?;
            }
        }
        Ok(())
    }

    fn enter_if_in_foreground(&mut self) -> Result<bool, Failure> {
        match &mut self.console {
            Some(console) if console.screen.in_foreground() => {
                console.enter().map_err(|e| failed("take", "terminal", e)).map(|()| true)
            }
            _ => Ok(false),
        }
    }

    /// A zone that does not listen any more ends the connection, which is seen elsewhere.
    fn tell(&self, message: &ToInit) -> Result<(), Failure> {
        let bytes = message.encode().map_err(|_| protocol())?;
        let _ = self.connection.send(&bytes, &[]);
        Ok(())
    }
}

/// The taken signals, blocked and readable; given back when dropped.
#[derive(Debug)]
pub struct Signals {
    pub(super) fd: SignalFd,
    before: SigSet,
}

impl Signals {
    pub(super) fn take() -> Result<Self, Failure> {
        Self::take_these(&TAKEN)
    }

    pub(super) fn take_these(signals: &[Signal]) -> Result<Self, Failure> {
        let taken: SigSet = signals.iter().copied().collect();
        let flags = SfdFlags::SFD_NONBLOCK | SfdFlags::SFD_CLOEXEC;
        let take = || {
            let before = taken.thread_swap_mask(SigmaskHow::SIG_BLOCK)?;
            Ok(Self { fd: SignalFd::with_flags(&taken, flags)?, before })
        };
        take().map_err(|cause| failed("take signals of", "client", cause))
    }

    /// Stops the whole job, as a key at the terminal does; returns when it is continued. Where nobody could
    /// continue it (an orphaned group) the kernel does not stop it, and this returns at once.
    fn stop_this_job(&self, signal: Signal) -> nix::Result<()> {
        kill(Pid::from_raw(0), signal)?;
        let this = SigSet::from(signal);
        this.thread_unblock()?;
        if TAKEN.contains(&signal) { this.thread_block() } else { Ok(()) }
    }
}

impl Drop for Signals {
    fn drop(&mut self) {
        let _ = self.before.thread_set_mask();
    }
}

fn stop_signal(number: u32) -> Signal {
    match Signal::try_from(number as i32) {
        Ok(signal @ (Signal::SIGTTIN | Signal::SIGTTOU)) => signal,
        _ => Signal::SIGTSTP,
    }
}

/// A failure that a zone reports is text of the zone's: it is bounded, and nothing in it steers a terminal.
pub(super) fn shown(mut failure: Failure) -> Failure {
    failure.args.truncate(8);
    for arg in &mut failure.args {
        *arg = super::sequence::plain(arg).chars().take(500).collect();
    }
    failure
}

fn failed(verb: &str, object: &str, cause: nix::errno::Errno) -> Failure {
    Failure::system(Stage::Attach, verb, object, cause)
}

/// A message that is none of ours, or one of another version.
fn unknown(malformed: Malformed) -> Failure {
    malformed.said_by(Stage::Attach, ZONE)
}

fn protocol() -> Failure {
    Failure::new(Stage::Attach, Code::Protocol, &[ZONE])
}

fn zone_ended() -> Failure {
    Failure::new(Stage::Attach, Code::ZoneEnded, &[""])
}
