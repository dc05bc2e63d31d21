//! The broker: from a plan to a verified zone, and the client's connection into it.
//!
//! In personal mode `sep-run` forks and runs these stages as the user; the process exits when the zone stands.
//! What is asked for is a [`Plan`], complete before anything is made. The broker opens no stdio of a client and
//! reads no client but for its plan; programs are started by init alone.

mod card;
mod etc;
mod isolate;
mod laps;
mod limits;
mod store;
mod witness;
mod zones;

use std::os::fd::AsFd;

use nix::sys::wait::waitpid;

use laps::Laps;

use crate::policy::{Plan, Seed};
use crate::sys;
use crate::sys::process::Fork;
use crate::wire::{Code, Connection, Failure, FromInit, Stage, ToInit};

/// What init is, handed in by the program so that broker and sandbox need not know each other.
pub type Init = fn(Seed) -> !;

/// What the broker says while it makes a zone.
#[derive(Debug)]
pub enum Told {
    /// A layer is not in force and the profile does not insist on it.
    Warning(Failure),
    /// Microseconds that its stages took.
    Timing(Vec<(Stage, u32)>),
}

/// A connection on which the zone's init takes one launch: to the running zone, or to one that is built now. `told`
/// hears what the broker has to say on the way.
pub fn zone(plan: &Plan, init: Init, told: &mut dyn FnMut(Told)) -> Result<Connection, Failure> {
    authorise()?;
    match zones::join(plan)? {
        Some(running) => Ok(running),
        None => ask(plan, init, told),
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
fn ask(plan: &Plan, init: Init, told: &mut dyn FnMut(Told)) -> Result<Connection, Failure> {
    let (here, there) = Connection::pair().map_err(say("make", "a socket pair"))?;
    match sys::process::fork(nix::sched::CloneFlags::empty(), None).map_err(say("start", "the broker"))? {
        Fork::Child => serve(plan, there, init),
        Fork::Parent(broker, _) => {
            drop(there);
            let heard = hear(&here, told);
            let _ = waitpid(broker, None);
            match heard? {
                Some(FromInit::Ready) => Ok(here),
                Some(FromInit::Failed(failure)) => Err(failure),
                // another launch was faster
                Some(FromInit::Running) => zones::join(plan)?.map_or_else(|| zone(plan, init, told), Ok),
                _ => Err(say("hear from", "the broker")(nix::Error::ECONNRESET)),
            }
        }
    }
}

/// What the broker says in the end, or init for it; warnings on the way are passed on.
fn hear(broker: &Connection, told: &mut dyn FnMut(Told)) -> Result<Option<FromInit>, Failure> {
    loop {
        match broker.reply(Stage::Ask)? {
            Some((FromInit::Warning(failure), _)) => told(Told::Warning(failure)),
            Some((FromInit::Timing(stages), _)) => told(Told::Timing(stages)),
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
    let mut laps = Laps::start();
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
    laps.end(Stage::Authorise, 0);
    let mut zone = isolate::isolate(plan, listener, inner, init)?;
    laps.end(Stage::Isolate, zone.card_took);
    laps.add(Stage::Connect, zone.card_took);
    zone.furnished()?;
    laps.end(Stage::Furnish, 0);
    witness::namespaces(&zone)?;
    zone.boot.tell(Stage::Verify, &ToInit::Go, &[])?;
    card::serve(plan, std::mem::take(&mut zone.card), outer)?;
    zone.sealed()?;
    laps.end(Stage::Confine, 0);
    witness::seals(&zone, plan)?;
    folder.remember(plan)?;
    laps.end(Stage::Verify, 0);
    client.answer(Stage::Verify, &FromInit::Timing(laps.taken()), &[])?;
    zone.boot.tell(Stage::Run, &ToInit::Handover, &[client.as_fd()])
}

fn say<E: Into<std::io::Error>>(verb: &'static str, object: &'static str) -> impl FnOnce(E) -> Failure {
    Failure::because(Stage::Ask, verb, object)
}
