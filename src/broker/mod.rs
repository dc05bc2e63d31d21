//! The broker: from a plan to a verified zone, and the client's connection into it.
//!
//! In personal mode `sep-run` forks and runs these stages as the user; the process exits when the zone stands.
//! What is asked for is a [`Plan`], complete before anything is made. The broker opens no stdio of a client and
//! reads no client but for its plan; programs are started by init alone.

mod card;
mod etc;
mod isolate;
mod limits;
mod store;
mod witness;
mod zones;

use std::os::fd::AsFd;

use nix::sys::wait::waitpid;

use crate::policy::{Plan, Seed};
use crate::sys;
use crate::sys::process::Fork;
use crate::wire::{Code, Connection, Failure, FromInit, Stage, ToInit};

/// What init is, handed in by the program so that broker and sandbox need not know each other.
pub type Init = fn(Seed) -> !;

/// A connection on which the zone's init takes one launch: to the running zone, or to one that is built now. `warn`
/// hears of each layer that is not in force and that the profile does not insist on.
pub fn zone(plan: &Plan, init: Init, warn: &mut dyn FnMut(Failure)) -> Result<Connection, Failure> {
    authorise()?;
    match zones::join(plan)? {
        Some(running) => Ok(running),
        None => ask(plan, init, warn),
    }
}

/// One more connection to the zone that runs now; an error where it has ended.
pub fn another(plan: &Plan) -> Result<Connection, Failure> {
    zones::join(plan)?.ok_or_else(|| Failure::new(Stage::Ask, Code::ZoneEnded, &[""]))
}

/// Completes the refusal of a launch that meant another plan than the running zone's: it names the first difference.
pub fn with_difference(failure: Failure, plan: &Plan) -> Failure {
    match zones::remembered(plan).and_then(|running| plan.first_difference(&running)) {
        Some(difference) if failure.code == Code::PlanDiffers => {
            Failure::new(failure.stage, Code::PlanDiffers, &[&plan.zone, &difference])
        }
        _ => failure,
    }
}

/// Personal mode is for an ordinary user: root's files would be the zone's programs' own.
fn authorise() -> Result<(), Failure> {
    let root = nix::unistd::geteuid().is_root();
    if root { Err(Failure::new(Stage::Authorise, Code::Root, &[])) } else { Ok(()) }
}

/// Forks the broker and waits until init itself says that the zone is ready.
fn ask(plan: &Plan, init: Init, warn: &mut dyn FnMut(Failure)) -> Result<Connection, Failure> {
    let (here, there) = Connection::pair().map_err(say("make", "a socket pair"))?;
    match sys::process::fork(nix::sched::CloneFlags::empty(), None).map_err(say("start", "the broker"))? {
        Fork::Child => serve(plan, there, init),
        Fork::Parent(broker, _) => {
            drop(there);
            let heard = hear(&here, warn);
            let _ = waitpid(broker, None);
            match heard? {
                Some(FromInit::Ready) => Ok(here),
                Some(FromInit::Failed(failure)) => Err(failure),
                // another launch was faster
                Some(FromInit::Running) => zones::join(plan)?.map_or_else(|| zone(plan, init, warn), Ok),
                _ => Err(say("hear from", "the broker")(nix::Error::ECONNRESET)),
            }
        }
    }
}

/// What the broker says in the end, or init for it; warnings on the way are passed on.
fn hear(broker: &Connection, warn: &mut dyn FnMut(Failure)) -> Result<Option<FromInit>, Failure> {
    loop {
        match broker.reply(Stage::Ask)? {
            Some((FromInit::Warning(failure), _)) => warn(failure),
            other => return Ok(other.map(|(said, _)| said)),
        }
    }
}

/// The broker's whole life in personal mode.
fn serve(plan: &Plan, client: Connection, init: Init) -> ! {
    let status = match build(plan, &client, init) {
        Ok(()) => 0,
        Err(failure) => {
            let _ = client.answer(failure.stage, &FromInit::Failed(failure), &[]);
            1
        }
    };
    sys::process::exit(status)
}

/// One zone, built under its lock. Every step's leavings belong to a process or a lock that ends with a failure.
fn build(plan: &Plan, client: &Connection, init: Init) -> Result<(), Failure> {
    let folder = zones::folder(plan)?;
    let _lock = folder.lock()?;
    if zones::join(plan)?.is_some() {
        return client.answer(Stage::Ask, &FromInit::Running, &[]);
    }
    if let Some(warning) = limits::enforce(plan)? {
        client.answer(Stage::Isolate, &FromInit::Warning(warning), &[])?;
    }
    store::prepare(plan)?;
    let listener = folder.bind()?;
    let (outer, inner) = card::lifeline(plan)?.unzip();
    let mut zone = isolate::isolate(plan, listener, inner, init)?;
    witness::namespaces(&zone)?;
    zone.boot.tell(Stage::Verify, &ToInit::Go, &[])?;
    card::serve(plan, std::mem::take(&mut zone.card), outer)?;
    zone.sealed()?;
    witness::seals(&zone, plan)?;
    folder.remember(plan)?;
    zone.boot.tell(Stage::Run, &ToInit::Handover, &[client.as_fd()])
}

fn say<E: Into<std::io::Error>>(verb: &'static str, object: &'static str) -> impl FnOnce(E) -> Failure {
    Failure::because(Stage::Ask, verb, object)
}
