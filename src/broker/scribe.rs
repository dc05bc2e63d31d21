//! The scribe of a managed zone's network: takes what relay or agent has to record, and writes it into the system's log.
//!
//! The relay, or the agent, reads what hostile programs and servers send, and the log is that of all users: one that was taken
//! over could cut it, or hold its lock and so stop every launch. It has no descriptor of it. What it says to this process is a
//! message of bounded size, of which counts what it can know; zone and user are the plan's, and how many lines it causes is
//! bounded here, whatever it does.
//!
//! The process has root's id, since the log is root's, and nothing else of root's: no capability, and no system call but those
//! that hear the other end and write to the two files (`build/scribe.rs`). It ends with the other.

use std::os::fd::{AsFd, AsRawFd};
use std::time::Instant;

use nix::errno::Errno;

use super::audit;
use crate::audit::{Event, Kind, Log, Rate};
use crate::policy::Plan;
use crate::sys;
use crate::sys::process::Fork;
use crate::wire::{Connection, Failure, Stage};

/// Compiled by `build.rs`.
const FILTER: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/scribe.bpf"));

/// Starts a scribe. Returns the relay's end of the talk with it.
///
/// # Errors
/// A log that can not be opened; what the kernel refuses.
pub fn start(plan: &Plan) -> Result<Connection, Failure> {
    let log = audit::open(Stage::Connect, &plan.store.audit, audit::SHORT)?;
    let (here, there) = Connection::pair().map_err(say("make", "a socket pair"))?;
    match sys::process::fork(nix::sched::CloneFlags::empty(), None).map_err(say("start", "the scribe"))? {
        Fork::Parent(..) => Ok(there),
        Fork::Child => {
            let keep: Vec<_> = log.fds().iter().map(AsRawFd::as_raw_fd).chain([here.as_fd().as_raw_fd()]).collect();
            // the relay that meets no scribe counts what it could not say
            if sys::process::detach(&keep).and_then(|()| confine()).is_ok() {
                Desk { log, zone: &plan.zone, user: plan.person.uid, rate: Rate::new(Instant::now()), omitted: 0 }
                    .serve(&here);
            }
            sys::process::exit(0)
        }
    }
}

/// Seals this process. From here on it makes nothing and opens nothing.
fn confine() -> std::io::Result<()> {
    std::env::set_current_dir("/")?;
    nix::sys::prctl::set_no_new_privs()?;
    sys::process::set_dumpable(false)?;
    sys::process::drop_capabilities()?;
    sys::seccomp::install(FILTER)
}

/// What the scribe of one zone writes with.
struct Desk<'a> {
    log: Log,
    zone: &'a str,
    user: u32,
    rate: Rate,
    omitted: u64,
}

impl Desk<'_> {
    /// Writes what the relay says until it ends.
    fn serve(mut self, relay: &Connection) {
        loop {
            match relay.receive_bytes() {
                Ok(Some(bytes)) => self.hear(&bytes, Instant::now()),
                Err(Errno::EMSGSIZE) => self.omitted += 1,
                Ok(None) | Err(_) => break,
            }
        }
        self.write_omitted();
    }

    /// What is no event of a relay's is counted, as what is too much is.
    fn hear(&mut self, bytes: &[u8], now: Instant) {
        let told = serde_json::from_slice::<Event>(bytes).ok();
        let event = told.and_then(|event| event.of_network(self.zone, self.user));
        match event.filter(|_| self.rate.allows(now)) {
            Some(event) => {
                self.write_omitted();
                self.write(&event);
            }
            None => self.omitted = self.omitted.saturating_add(1),
        }
    }

    fn write_omitted(&mut self) {
        let count = std::mem::take(&mut self.omitted);
        if count > 0 {
            let suppressed = Event::new(Kind::Suppressed, self.zone);
            self.write(&Event { count: Some(count), user: Some(self.user), ..suppressed });
        }
    }

    fn write(&mut self, event: &Event) {
        if self.log.write(event).is_err() {
            self.omitted = self.omitted.saturating_add(event.count.unwrap_or(1));
        }
    }
}

fn say<E: Into<std::io::Error>>(verb: &'static str, object: &'static str) -> impl FnOnce(E) -> Failure {
    Failure::because(Stage::Connect, verb, object)
}
