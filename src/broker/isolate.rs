//! Isolate: the outer user namespace A with the zone's network namespace, and in it the zone's own user namespace B.
//!
//! A *builder* is born in A, plugs the card there, makes B with init as its first process, writes B's id maps and
//! exits. So A stays without a process that B's owner could use, and nothing in B has a capability over A's network
//! (docs/architecture.md, "Two user namespaces"). Run on kernel 6.18 by tests/process_tree.rs.

use std::fs;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::time::Instant;

use nix::errno::Errno;
use nix::sched::CloneFlags;
use nix::sys::wait::waitpid;
use nix::unistd::Pid;

use crate::policy::plan::Person;
use crate::policy::{Plan, Refusal, Seed, Step};
use crate::sys;
use crate::sys::process::Fork;
use crate::wire::{Connection, Failure, FromInit, Stage, ToInit};

use super::Init;
use super::card::{self, Outside};

/// A zone that is being built: its init, seen from outside.
#[derive(Debug)]
pub struct Zone {
    /// init's number in this PC.
    pub init: Pid,
    /// Talk with init until it is verified.
    pub boot: Connection,
    /// What the relay needs of the card.
    pub card: Vec<OwnedFd>,
    /// Microseconds that the card took.
    pub card_took: u32,
}

impl Zone {
    /// Waits until init has put on and tried every seal. Returns the kernel's Landlock ABI.
    pub fn sealed(&self) -> Result<u32, Failure> {
        match self.boot.reply(Stage::Confine)? {
            Some((FromInit::Sealed(abi), _)) => Ok(abi),
            Some((FromInit::Failed(failure), _)) => Err(failure),
            _ => Err(gone("init")),
        }
    }

    /// Waits until init stands on its own root.
    pub fn furnished(&self) -> Result<(), Failure> {
        match self.boot.reply(Stage::Furnish)? {
            Some((FromInit::Furnished, _)) => Ok(()),
            Some((FromInit::Failed(failure), _)) => Err(failure),
            _ => Err(gone("init")),
        }
    }
}

/// Makes A, the card, B and init. `lifeline` is init's end of the pair with the relay.
pub fn isolate(plan: &Plan, listener: OwnedFd, lifeline: Option<Connection>, init: Init) -> Result<Zone, Failure> {
    let (boot, far) = Connection::pair().map_err(say("make", "a socket pair"))?;
    let (here, there) = Connection::pair().map_err(say("make", "a socket pair"))?;
    let outside = Outside::look(plan);
    let flags = CloneFlags::CLONE_NEWUSER | CloneFlags::CLONE_NEWNET;
    let builder = match sys::process::fork(flags, None).map_err(refused)? {
        Fork::Child => {
            drop((here, boot));
            let seed = Seed { plan: plan.clone(), boot: far, listener, lifeline };
            sys::process::exit(i32::from(build(&there, seed, outside, init).is_err()))
        }
        Fork::Parent(pid, _) => pid,
    };
    drop((there, far, listener, lifeline));
    let built = oversee(&here, builder, plan);
    let _ = waitpid(builder, None);
    let (init, card_took, card) = built?;
    Ok(Zone { init, boot, card, card_took })
}

/// Outside: gives the builder its ids, then hears which process became init, and takes what the card needs outside.
fn oversee(builder: &Connection, pid: Pid, plan: &Plan) -> Result<(Pid, u32, Vec<OwnedFd>), Failure> {
    write_maps(pid, &plan.person)?;
    builder.tell(Stage::Isolate, &ToInit::Go, &[])?;
    match builder.reply(Stage::Isolate)? {
        Some((FromInit::Started(pid, took), card)) => Ok((Pid::from_raw(pid as i32), took, card)),
        Some((FromInit::Failed(failure), _)) => Err(failure),
        _ => Err(gone("the builder")),
    }
}

/// The builder, in A: waits for its ids, plugs the card, makes B and exits.
fn build(broker: &Connection, seed: Seed, outside: Outside, init: Init) -> Result<(), Failure> {
    match step(broker, seed, outside, init) {
        Ok((init, took, card)) => {
            broker.answer(Stage::Isolate, &FromInit::Started(init.as_raw() as u32, took), &card.fds())
        }
        Err(failure) => {
            broker.answer(Stage::Isolate, &FromInit::Failed(failure.clone()), &[])?;
            Err(failure)
        }
    }
}

fn step(broker: &Connection, seed: Seed, outside: Outside, init: Init) -> Result<(Pid, u32, card::Made), Failure> {
    if broker.order(Stage::Isolate)?.is_none_or(|(order, _)| order != ToInit::Go) {
        return Err(gone("the broker"));
    }
    let began = Instant::now();
    let card = card::plug(&seed.plan, outside)?;
    let took = began.elapsed().as_micros() as u32;
    Ok((make_b(seed, init)?, took, card))
}

/// B with init as its process 1. It waits at a pipe until its ids are there.
fn make_b(seed: Seed, init: Init) -> Result<Pid, Failure> {
    let flags = CloneFlags::CLONE_NEWUSER
        | CloneFlags::CLONE_NEWNS
        | CloneFlags::CLONE_NEWPID
        | CloneFlags::CLONE_NEWIPC
        | CloneFlags::CLONE_NEWUTS
        | CloneFlags::CLONE_NEWCGROUP;
    let (wait, go) = Connection::pair().map_err(say("make", "a socket pair"))?;
    match sys::process::fork(flags, None).map_err(refused)? {
        Fork::Child => {
            drop(go);
            match wait.order(Stage::Isolate) {
                Ok(Some((ToInit::Go, _))) => init(seed),
                _ => sys::process::exit(1),
            }
        }
        Fork::Parent(pid, _) => {
            write_maps(pid, &seed.plan.person)?;
            go.tell(Stage::Isolate, &ToInit::Go, &[])?;
            Ok(pid)
        }
    }
}

/// One id each, the user's own number inside and outside. Supplementary groups stay as they are (`setgroups=deny` is
/// what the kernel demands of a user without privilege, user_namespaces(7)).
fn write_maps(pid: Pid, person: &Person) -> Result<(), Failure> {
    let process = format!("/proc/{pid}");
    for (file, text) in [
        ("setgroups", "deny".to_owned()),
        ("gid_map", format!("{0} {0} 1", person.gid)),
        ("uid_map", format!("{0} {0} 1", person.uid)),
    ] {
        let path = Path::new(&process).join(file);
        fs::write(&path, text).map_err(|cause| match cause.raw_os_error() {
            Some(errno @ (libc::EPERM | libc::EACCES)) => Refusal::failure(Step::Map, Errno::from_raw(errno)),
            _ => Failure::system(Stage::Isolate, "write", path.display(), cause),
        })?;
    }
    Ok(())
}

/// The kernel's answer to a new user namespace, as one of the shapes that doctor knows.
fn refused(cause: std::io::Error) -> Failure {
    Refusal::failure(Step::Make, Errno::from_raw(cause.raw_os_error().unwrap_or(libc::EIO)))
}

fn gone(who: &str) -> Failure {
    Failure::system(Stage::Isolate, "hear from", who, std::io::Error::from_raw_os_error(libc::ECONNRESET))
}

fn say<E: Into<std::io::Error>>(verb: &'static str, object: &'static str) -> impl FnOnce(E) -> Failure {
    Failure::because(Stage::Isolate, verb, object)
}
