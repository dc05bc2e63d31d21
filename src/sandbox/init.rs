//! Process 1 of a zone: builds it, seals itself, then forks for each launch and reaps.
//!
//! Every program inherits the seals from here, so a second launch has nothing to put on. init never reads from a
//! client: it forks, and the child alone listens to it (`session`), under a time limit. It holds no file of the PC.
//! The zone ends when nothing is left in it but init and what init started for itself, or when the relay is gone.

use std::convert::Infallible;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{SigSet, Signal};
use nix::sys::signalfd::SignalFd;
use nix::sys::socket::{Backlog, SockFlag, accept4, listen};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{Pid, getpid};

use super::{bus::Bus, clerk::Clerk, confine, diag::Diag, furnish::furnish, session, verify::Verified};
use crate::policy::{Plan, Seed};
use crate::sys;
use crate::wire::{Connection, Failure, FromInit, Stage, ToInit};

/// Launches that may wait or run at once; one more is answered with a failure.
const MAX_SESSIONS: usize = 512;

/// Becomes the zone's init. Never returns: the process ends with the zone.
pub fn run(seed: Seed) -> ! {
    let status = match live(&seed) {
        Ok(never) => match never {},
        Err(None) => 0,
        Err(Some(failure)) => {
            let _ = seed.boot.answer(failure.stage, &FromInit::Failed(failure), &[]);
            1
        }
    };
    sys::process::exit(status)
}

/// `Err(None)` is the ordinary end of the zone.
fn live(seed: &Seed) -> Result<Infallible, Option<Failure>> {
    let Some(mut init) = build(seed).map_err(Some)? else { return Err(None) };
    let Some(client) = handed_over(seed).map_err(Some)? else { return Err(None) };
    init.begin(client, true);
    init.serve()
}

/// Furnish, confine, verify, in step with the broker's own witness. `None` where the broker is gone and so nobody wants
/// a zone.
fn build(seed: &Seed) -> Result<Option<Init<'_>>, Failure> {
    detach(seed)?;
    sys::process::retitle(c"sep-run: init").map_err(say("clear", "the command line"))?;
    let Some(mut given) = may_go(seed, Stage::Furnish)?.map(Vec::into_iter) else { return Ok(None) };
    let Some(listener) = given.next() else { return Ok(None) };
    let furnished = furnish(&seed.plan, given.collect())?;
    seed.boot.answer(Stage::Furnish, &FromInit::Furnished, &[])?;
    if may_go(seed, Stage::Verify)?.is_none() {
        return Ok(None);
    }
    sys::process::set_dumpable(false).map_err(say("set", "dumpable"))?;
    // the filter lets nobody open one
    let diag = seed.lifeline.as_ref().and_then(|_| Diag::open());
    let verified = confine(furnished, &seed.plan)?;
    // while the broker still holds the zone's lock: who takes it next must find the zone, not build another. Whoever
    // connects already is accepted after the last word of the broker, or reset when that is a no
    listen(&listener, Backlog::new(64).unwrap_or(Backlog::MAXCONN)).map_err(say("listen on", "the socket"))?;
    for lack in &verified.0.missing {
        seed.boot.answer(Stage::Verify, &FromInit::Warning(lack.clone()), &[])?;
    }
    seed.boot.answer(Stage::Verify, &FromInit::Sealed(verified.0.landlock_abi), &[])?;
    Init::new(seed, listener, diag, verified).map(Some)
}

/// The first client, when the broker has seen the seals; `None` where it has not.
fn handed_over(seed: &Seed) -> Result<Option<Connection>, Failure> {
    match seed.boot.order(Stage::Run)? {
        Some((ToInit::Handover, mut fds)) if fds.len() == 1 => Ok(fds.pop().map(Connection::from)),
        _ => Ok(None),
    }
}

/// Waits for the broker's part of a stage, and takes what comes with it.
fn may_go(seed: &Seed, stage: Stage) -> Result<Option<Vec<OwnedFd>>, Failure> {
    Ok(seed.boot.order(stage)?.and_then(|(order, fds)| (order == ToInit::Go).then_some(fds)))
}

/// Keeps the numbered few of what came with the fork.
fn detach(seed: &Seed) -> Result<(), Failure> {
    let mut keep = vec![seed.boot.as_fd().as_raw_fd()];
    keep.extend(seed.lifeline.as_ref().map(|relay| relay.as_fd().as_raw_fd()));
    sys::process::detach(&keep).map_err(say("detach", "init"))
}

/// The running zone.
struct Init<'a> {
    plan: &'a Plan,
    digest: &'a [u8],
    /// Further launches come here.
    listener: OwnedFd,
    clerk: Option<Clerk<'a>>,
    signals: SignalFd,
    bus: Option<Bus>,
    sessions: Vec<Pid>,
    verified: Verified,
}

impl<'a> Init<'a> {
    fn new(seed: &'a Seed, listener: OwnedFd, diag: Option<Diag>, verified: Verified) -> Result<Self, Failure> {
        let children = SigSet::from_iter([Signal::SIGCHLD]);
        let signals = sys::process::watch_signals(&children).map_err(say("watch", "SIGCHLD"))?;
        Ok(Self {
            plan: &seed.plan,
            digest: &seed.digest,
            listener,
            clerk: seed.lifeline.as_ref().map(|lifeline| Clerk::new(lifeline, diag)),
            signals,
            bus: Bus::prepare(&seed.plan)?,
            sessions: vec![],
            verified,
        })
    }

    fn serve(&mut self) -> Result<Infallible, Option<Failure>> {
        loop {
            let ready = self.wait().map_err(Some)?;
            if ready.relay {
                return Err(None);
            }
            if ready.client {
                self.accept();
            }
            if let (true, Some(bus)) = (ready.bus, &mut self.bus) {
                bus.start();
            }
            if let (true, Some(clerk)) = (ready.question, &mut self.clerk) {
                clerk.start();
            }
            if ready.children && self.reap() && !self.accept() {
                return Err(None);
            }
        }
    }

    /// Waits until one of them has something.
    fn wait(&self) -> Result<Ready, Failure> {
        let signals = self.signals.as_fd();
        // what is not there stands as the signals once more, with nothing to wait for
        let (relay, question) = self.clerk.as_ref().map_or((signals, PollFlags::empty()), Clerk::watch);
        let bus = self.bus.as_ref().and_then(Bus::waiting);
        let mut watched = [
            PollFd::new(signals, PollFlags::POLLIN),
            PollFd::new(self.listener.as_fd(), PollFlags::POLLIN),
            PollFd::new(relay, question),
            PollFd::new(bus.unwrap_or(signals), bus.map_or(PollFlags::empty(), |_| PollFlags::POLLIN)),
        ];
        match sys::memory::wait(&mut watched) {
            Ok(_) | Err(Errno::EINTR) => {}
            Err(cause) => return Err(say("wait for", "events")(cause)),
        }
        let [children, client, relay, bus] = watched.map(|fd| fd.revents().unwrap_or(PollFlags::empty()));
        Ok(Ready {
            children: !children.is_empty(),
            client: !client.is_empty(),
            // what else can be seen of it is its end
            relay: !(relay - PollFlags::POLLIN).is_empty(),
            question: relay == PollFlags::POLLIN,
            bus: !bus.is_empty(),
        })
    }

    /// Takes one waiting client. False where none waits.
    fn accept(&mut self) -> bool {
        let pending = PollFd::new(self.listener.as_fd(), PollFlags::POLLIN);
        if poll(&mut [pending], PollTimeout::ZERO) != Ok(1) {
            return false;
        }
        match accept4(self.listener.as_raw_fd(), SockFlag::SOCK_CLOEXEC) {
            Ok(fd) => self.begin(sys::fd::adopt(fd).into(), false),
            Err(_) => return false,
        }
        true
    }

    /// Forks the child that serves one client. Where that is refused the client is told; its connection ends here.
    fn begin(&mut self, client: Connection, fresh: bool) {
        if self.sessions.len() >= MAX_SESSIONS {
            return session::refuse_busy(&client, MAX_SESSIONS);
        }
        match sys::process::split() {
            Ok(None) => {
                let lacks = &self.verified.0.missing;
                session::serve(client, fresh, &session::Zone { plan: self.plan, digest: self.digest, lacks })
            }
            Ok(Some(pid)) => self.sessions.push(pid),
            Err(cause) => session::refuse(&client, say("start", "a session")(cause)),
        }
    }

    fn forget(&mut self, process: Option<Pid>) {
        self.sessions.retain(|session| Some(*session) != process);
        if let Some(bus) = &mut self.bus {
            bus.ended(process);
        }
        if let Some(clerk) = &mut self.clerk {
            clerk.ended(process);
        }
    }

    /// True where only init and what it started for itself are left. Asked only when a child has ended and others have
    /// not.
    fn is_empty(&self) -> bool {
        let daemon = self.bus.as_ref().and_then(Bus::daemon);
        let clerk = self.clerk.as_ref().and_then(Clerk::process);
        let own = [Some(getpid()), daemon, clerk];
        (daemon, clerk) != (None, None)
            && self.sessions.is_empty()
            && processes().into_iter().all(|process| own.contains(&Some(process)))
    }

    /// Takes every ended child, also those that lost their parent. True where nothing is left in the zone.
    fn reap(&mut self) -> bool {
        while let Ok(Some(_)) = self.signals.read_signal() {}
        loop {
            match waitpid(None, Some(WaitPidFlag::WNOHANG)) {
                Ok(WaitStatus::StillAlive) => return self.is_empty(),
                Ok(status) => self.forget(status.pid()),
                Err(Errno::EINTR) => {}
                Err(_) => return true,
            }
        }
    }
}

/// What has something for init.
struct Ready {
    children: bool,
    client: bool,
    relay: bool,
    question: bool,
    bus: bool,
}

/// The numbers of all processes in this namespace.
fn processes() -> Vec<Pid> {
    let names = std::fs::read_dir("/proc").into_iter().flatten().flatten().map(|entry| entry.file_name());
    names.filter_map(|name| name.to_str()?.parse().ok().map(Pid::from_raw)).collect()
}

fn say<E: Into<std::io::Error>>(verb: &'static str, object: &'static str) -> impl FnOnce(E) -> Failure {
    Failure::because(Stage::Run, verb, object)
}
