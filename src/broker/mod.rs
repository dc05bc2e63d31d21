//! The broker: from a plan to a verified zone, and the client's connection into it.
//!
//! In personal mode `sep-run` forks and runs these stages as the user; the process exits when the zone stands. In managed
//! mode `sepd` runs the same ones as root (`serve`, `conversation`).
//! What is asked for is a [`Plan`], complete before anything is made. The broker opens no stdio of a client and
//! reads no client but for its plan; programs are started by init alone.

mod agent;
pub mod audit;
mod card;
mod cgroup;
mod conversation;
pub mod desktop;
mod etc;
pub mod home;
mod identity;
mod isolate;
mod laps;
mod ledger;
mod limits;
mod link;
mod scribe;
mod serve;
mod store;
mod uplink;
mod witness;
mod zones;

use std::os::fd::{AsFd, BorrowedFd};
use std::path::Path;

use nix::sys::stat::{Mode, umask};
use nix::sys::wait::waitpid;

pub use conversation::site;
use laps::Laps;
pub use serve::serve as serve_system;
pub use zones::Running;

use crate::policy::{Plan, Seed};
use crate::sys;
use crate::sys::process::Fork;
use crate::wire::{Code, Connection, Failure, FromInit, Stage, ToInit};

/// How often a zone that ends in the very moment of a launch is asked for again.
pub const ATTEMPTS: u32 = 5;

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

/// Who asks for a zone.
pub trait Caller {
    /// A connection to the zone, which may still be in the making: what is said on it now is heard when it stands. More
    /// than one is offered where another launch is faster; what was said on the former is heard by nobody.
    fn connected(&mut self, zone: &Connection) -> Result<(), Failure>;
    /// Waits until there is something to hear on a connection.
    fn wait(&mut self, zone: &Connection) -> Result<(), Failure>;
    /// Whether it wants to hear how long each stage took.
    fn times(&self) -> bool;
    /// What the broker has to say on the way.
    fn told(&mut self, told: Told);
}

/// A connection on which the zone's init takes one launch: to the running zone, or to one that is built now.
pub fn zone(plan: &Plan, init: Init, caller: &mut dyn Caller) -> Result<Connection, Failure> {
    authorise()?;
    match zones::join(plan)? {
        Some(running) => caller.connected(&running).map(|()| running),
        None => ask(plan, init, caller),
    }
}

/// A connection to the zone that runs now, if one does.
pub fn running(plan: &Plan) -> Result<Option<Connection>, Failure> {
    zones::join(plan)
}

/// Every zone of the user that runs, by name.
///
/// # Errors
/// A folder that is not the user's own.
pub fn all_running(runtime: &Path) -> Result<Vec<Running>, Failure> {
    zones::all(runtime)
}

/// One more connection to the zone that runs now; an error where it has ended.
pub fn another(plan: &Plan) -> Result<Connection, Failure> {
    running(plan)?.ok_or_else(|| Failure::new(Stage::Ask, Code::ZoneEnded, &[""]))
}

/// The plan that the running zone of this name was made of, which other switches may have made another one; this plan where
/// that can not be told.
pub fn in_force(plan: &Plan) -> Plan {
    let remembered = zones::remembered(plan).and_then(|text| serde_json::from_str(&text).ok());
    remembered.filter(|running: &Plan| running.store == plan.store).unwrap_or_else(|| plan.clone())
}

/// Completes the refusal of a launch that the running zone does not understand or that meant another plan: it names the
/// zone and the first difference.
pub fn with_difference(mut failure: Failure, plan: &Plan) -> Failure {
    if failure.code == Code::Version {
        failure.args.resize(2, String::new());
        failure.args.push(plan.zone.to_string());
    }
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
fn ask(plan: &Plan, init: Init, caller: &mut dyn Caller) -> Result<Connection, Failure> {
    let (here, there) = Connection::pair().map_err(say("make", "a socket pair"))?;
    match sys::process::fork(nix::sched::CloneFlags::empty(), None).map_err(say("start", "the broker"))? {
        Fork::Child => serve(plan, there, init, caller.times()),
        Fork::Parent(broker, _) => {
            drop(there);
            let heard = caller.connected(&here).and_then(|()| hear(&here, caller));
            let _ = waitpid(broker, None);
            match heard? {
                Some(FromInit::Ready) => Ok(here),
                Some(FromInit::Failed(failure)) => Err(failure),
                // another launch was faster
                Some(FromInit::Running) => zone(plan, init, caller),
                // not of the stage `ask`, where it would mean a zone that has ended and can be asked for again
                _ => Err(Failure::system(Stage::Isolate, "hear from", "the broker", nix::Error::ECONNRESET)),
            }
        }
    }
}

/// What the broker says in the end, or init for it; warnings on the way are passed on.
fn hear(broker: &Connection, caller: &mut dyn Caller) -> Result<Option<FromInit>, Failure> {
    loop {
        caller.wait(broker)?;
        match broker.reply(Stage::Ask)? {
            Some((FromInit::Warning(failure), _)) => caller.told(Told::Warning(failure)),
            Some((FromInit::Timing(stages), _)) => caller.told(Told::Timing(stages)),
            other => return Ok(other.map(|(said, _)| said)),
        }
    }
}

/// The broker's whole life in personal mode.
fn serve(plan: &Plan, client: Connection, init: Init, times: bool) -> ! {
    // the zone's /etc is for programs that refuse settings which a group may write, whatever the caller's umask
    umask(Mode::from_bits_truncate(0o022));
    let built = sys::process::own_signals().map_err(say("reset signals of", "the broker"));
    let status = match built.and_then(|()| build(plan, &client, client.as_fd(), init, times)) {
        Ok(Founded::Now) => 0,
        Ok(Founded::Already) => i32::from(client.answer(Stage::Ask, &FromInit::Running, &[]).is_err()),
        Err(failure) => {
            let _ = client.answer(failure.stage, &FromInit::Failed(failure), &[]);
            1
        }
    };
    sys::process::exit(status)
}

/// Whose zone stands after a build.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Founded {
    /// This one's.
    Now,
    /// That of a launch that was faster.
    Already,
}

/// One zone, built under its lock. Every step's leavings belong to a process or a lock that ends with a failure. `client`
/// hears of it on the way, and `entrance` is the connection on which init takes its first launch.
fn build(
    plan: &Plan,
    client: &Connection,
    entrance: BorrowedFd<'_>,
    init: Init,
    times: bool,
) -> Result<Founded, Failure> {
    let mut laps = Laps::start();
    let (cgroup, lack) = limits::enforce(plan)?;
    if let Some(lack) = lack {
        client.answer(Stage::Isolate, &FromInit::Warning(lack), &[])?;
    }
    let born_in = cgroup.as_ref().map(AsFd::as_fd);
    let (mut outer, inner) = card::lifeline(plan)?.unzip();
    let (builder, boot) = isolate::isolate(plan, inner, init, born_in)?;
    // while the kernel makes the namespaces, which a builder without a zone to build leaves behind with its end
    let folder = zones::folder(plan)?;
    let _lock = folder.lock()?;
    if zones::join(plan)?.is_some() {
        return Ok(Founded::Already);
    }
    folder.end_display()?;
    let listener = folder.bind()?;
    let kept = store::prepare(plan)?;
    laps.end(Stage::Authorise);
    let given: Vec<_> = std::iter::once(&listener).chain(&kept).map(AsFd::as_fd).collect();
    let told = boot.go(Stage::Furnish, &given);
    let own = witness::Namespaces::own()?;
    let isolate::Built { init, card, took } = builder.built(plan, || agent::outfit(plan, &mut outer))?;
    told?;
    laps.end(Stage::Isolate);
    laps.add(Stage::Connect, took);
    // of an init that has ended already, what it said counts
    own.differ(init).map_err(|seen| boot.furnished().err().unwrap_or(seen))?;
    cgroup.as_ref().map_or(Ok(()), |cgroup| cgroup.holds(init))?;
    boot.go(Stage::Verify, &[])?;
    card::serve(plan, card, outer, folder.meter()?, born_in)?;
    boot.furnished()?;
    laps.end(Stage::Furnish);
    boot.sealed(|lack| client.answer(Stage::Confine, &FromInit::Warning(lack), &[]))?;
    laps.end(Stage::Confine);
    witness::seals(init, plan)?;
    laps.end(Stage::Verify);
    if times {
        client.answer(Stage::Verify, &FromInit::Timing(laps.taken()), &[])?;
    }
    boot.0.tell(Stage::Run, &ToInit::Handover, &[entrance])?;
    folder.remember(plan);
    Ok(Founded::Now)
}

fn say<E: Into<std::io::Error>>(verb: &'static str, object: &'static str) -> impl FnOnce(E) -> Failure {
    Failure::because(Stage::Ask, verb, object)
}
