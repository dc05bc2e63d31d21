//! The end of a running zone by asking: each program may save and leave before the zone ends.
//!
//! As with a log-out, every program gets SIGTERM, and one with a terminal SIGHUP as well, which shells heed. Only those
//! are asked that no other program started: a browser ends its own. The signals are sent from outside by the kernel's
//! account of the zone, which answers nothing.

use std::collections::HashSet;
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::Signal;
use nix::unistd::Pid;

use super::census::{Resident, Zone};
use super::end;
use crate::wire::{Connection, Failure, Stage};

/// How often it is looked who is left. What ends last may have started others.
pub(super) const STEP: Duration = Duration::from_millis(50);

/// How long an empty zone may take to end.
pub(super) const FAREWELL: Duration = Duration::from_secs(2);

/// init's own message bus, which is there for the others until the zone ends.
const BUS: &str = "dbus-daemon";

/// Asks every program to end, waits as long as `patience` and ends the zone. Who was still there comes back.
///
/// # Errors
/// A failed system call; ETIMEDOUT when init is there after the end.
pub fn stop(connection: &Connection, patience: Duration) -> Result<Vec<Resident>, Failure> {
    let zone = match Zone::at(connection) {
        Err(failure) if failure.errno == libc::ESRCH => return Ok(Vec::new()),
        other => other?,
    };
    let (begun, mut asked) = (Instant::now(), HashSet::new());
    let left = loop {
        let left = programs(&zone);
        ask(&left, &mut asked)?;
        if left.is_empty() {
            // the zone ends by itself, when its sessions have told how their programs ended
            ends_within(&zone, FAREWELL)?;
            break left;
        }
        let rest = patience.saturating_sub(begun.elapsed());
        if rest.is_zero() || ends_within(&zone, rest.min(STEP))? {
            break left;
        }
    };
    let left = if zone.has_ended() { Vec::new() } else { left };
    end::end(connection)?;
    Ok(left)
}

/// The programs of a zone without init's own bus.
pub(super) fn programs(zone: &Zone) -> Vec<Resident> {
    let all = zone.programs().into_iter();
    all.filter(|program| program.name != BUS || program.parent != zone.pid).collect()
}

/// Each once, also when the one that started it has left it behind.
fn ask(programs: &[Resident], asked: &mut HashSet<Pid>) -> Result<(), Failure> {
    let all: HashSet<Pid> = programs.iter().map(|program| program.pid).collect();
    for program in programs.iter().filter(|program| !all.contains(&program.parent)) {
        if asked.insert(program.pid) {
            // one that was stopped hears nothing
            let hang_up: &[Signal] = if program.terminal { &[Signal::SIGHUP] } else { &[] };
            program.signal(&[&[Signal::SIGTERM], hang_up, &[Signal::SIGCONT]].concat())?;
        }
    }
    Ok(())
}

pub(super) fn ends_within(zone: &Zone, time: Duration) -> Result<bool, Failure> {
    let time = PollTimeout::try_from(time).unwrap_or(PollTimeout::MAX);
    match poll(&mut [PollFd::new(zone.as_fd(), PollFlags::POLLIN)], time) {
        Ok(ready) => Ok(ready > 0),
        Err(nix::Error::EINTR) => Ok(false),
        Err(cause) => Err(Failure::system(Stage::Ask, "wait for", "the zone's init", cause)),
    }
}
