//! Isolate: the outer user namespace A with the zone's network namespace, and in it the zone's own user namespace B.
//!
//! A *builder* is born in A, makes B with init as its first process, plugs the card while init furnishes, and exits.
//! No program is started before that, so A stays without a process that B's owner could use, and nothing in B has a
//! capability over A's network (docs/architecture.md, "Two user namespaces"). Run on kernel 6.18 by
//! tests/process_tree.rs.

use std::fs::{self, File};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;
use std::time::Instant;

use nix::errno::Errno;
use nix::sched::{CloneFlags, unshare};
use nix::sys::wait::waitpid;
use nix::unistd::Pid;

use crate::policy::plan::{Ids, Mode};
use crate::policy::{Plan, Refusal, Seed, Step};
use crate::sys;
use crate::sys::process::Fork;
use crate::wire::{Connection, Failure, FromInit, Stage, ToInit};

use super::Init;
use super::card::{self, Outside};
use super::{identity, link};

/// The process that makes A's card and B. It waits for nobody but this talk's other end, so its end can be waited for when
/// that is closed: when this is dropped.
#[derive(Debug)]
pub struct Builder {
    pid: Pid,
    talk: Option<Connection>,
}

impl Builder {
    /// Waits until the builder has made B, plugged the card and left A. Where the card is one that only root can make, it is
    /// pushed into the namespace that the builder sends, which is then given what `outfit` makes.
    pub fn built(
        self,
        plan: &Plan,
        mut outfit: impl FnMut() -> Result<Vec<OwnedFd>, Failure>,
    ) -> Result<Built, Failure> {
        let Some(talk) = &self.talk else { return Err(gone("the builder")) };
        loop {
            match talk.reply(Stage::Isolate)? {
                Some((FromInit::Built(init, took), card)) => {
                    return Ok(Built { init: Pid::from_raw(init as i32), card, took });
                }
                Some((FromInit::Ruled, namespace)) => {
                    link::push(plan, namespace)?;
                    let given = outfit()?;
                    let given: Vec<_> = given.iter().map(AsFd::as_fd).collect();
                    talk.tell(Stage::Connect, &ToInit::Go, &given)?;
                }
                Some((FromInit::Failed(failure), _)) => return Err(failure),
                _ => return Err(gone("the builder")),
            }
        }
    }
}

/// What the builder made.
#[derive(Debug)]
pub struct Built {
    /// init's number in this PC.
    pub init: Pid,
    /// What the relay needs of the card.
    pub card: Vec<OwnedFd>,
    /// Microseconds that the card took.
    pub took: u32,
}

impl Drop for Builder {
    fn drop(&mut self) {
        drop(self.talk.take());
        let _ = waitpid(self.pid, None);
    }
}

/// The broker's talk with the init of a zone that is being built, until it is verified. What is said before there is
/// an init is heard by it later.
#[derive(Debug)]
pub struct Boot(pub Connection);

impl Boot {
    /// Waits until init has put on and tried every seal. `lacks` hears what this kernel can not give of those that the
    /// profile calls optional.
    pub fn sealed(&self, mut lacks: impl FnMut(Failure) -> Result<(), Failure>) -> Result<(), Failure> {
        loop {
            match self.0.reply(Stage::Confine)? {
                Some((FromInit::Sealed(_), _)) => return Ok(()),
                Some((FromInit::Warning(lack), _)) => lacks(lack)?,
                Some((FromInit::Failed(failure), _)) => return Err(failure),
                _ => return Err(gone("init")),
            }
        }
    }

    /// Waits until init stands on its own root.
    pub fn furnished(&self) -> Result<(), Failure> {
        match self.0.reply(Stage::Furnish)? {
            Some((FromInit::Furnished, _)) => Ok(()),
            Some((FromInit::Failed(failure), _)) => Err(failure),
            _ => Err(gone("init")),
        }
    }

    /// Lets init go on, with what it needs for it.
    pub fn go(&self, stage: Stage, fds: &[BorrowedFd<'_>]) -> Result<(), Failure> {
        self.0.tell(stage, &ToInit::Go, fds)
    }
}

/// Starts the builder. Returns it and the broker's end of the talk with init. `lifeline` is init's end of the pair
/// with the relay. The builder is born in the cgroup, and so is all that it makes.
pub fn isolate(
    plan: &Plan,
    lifeline: Option<Connection>,
    init: Init,
    cgroup: Option<BorrowedFd<'_>>,
) -> Result<(Builder, Boot), Failure> {
    let (boot, far) = Connection::pair().map_err(say("make", "a socket pair"))?;
    let (here, there) = Connection::pair().map_err(say("make", "a socket pair"))?;
    let outside = Outside::look(plan);
    let digest = plan.digest();
    match sys::process::fork(CloneFlags::CLONE_NEWUSER, cgroup).map_err(refused)? {
        Fork::Child => {
            drop((here, boot));
            let seed = Seed { plan: plan.clone(), digest, boot: far, lifeline };
            sys::process::exit(i32::from(build(&there, plan, seed, outside, init).is_err()))
        }
        Fork::Parent(pid, _) => {
            drop(there);
            let mapped = match plan.mode {
                Mode::Personal => Ok(()),
                Mode::Managed { zone, agent } => {
                    map_outer(pid, zone, agent).and_then(|()| here.tell(Stage::Isolate, &ToInit::Go, &[]))
                }
            };
            // whatever came of it, it is waited for
            let builder = Builder { pid, talk: Some(here) };
            mapped.map(|()| (builder, Boot(boot)))
        }
    }
}

/// A's ids, written by root: the zone's and the agent's, each by its own number. Root itself has no number in A, so
/// nobody in A can be it.
fn map_outer(builder: Pid, zone: Ids, agent: Ids) -> Result<(), Failure> {
    let lines = |id: fn(Ids) -> u32| format!("{0} {0} 1\n{1} {1} 1", id(zone), id(agent));
    for (file, text) in [("gid_map", lines(|ids| ids.gid)), ("uid_map", lines(|ids| ids.uid))] {
        let path = format!("/proc/{builder}/{file}");
        fs::write(&path, text).map_err(|cause| Failure::system(Stage::Isolate, "write", path, cause))?;
    }
    Ok(())
}

/// The builder, in A: takes its ids and a network namespace, makes B, plugs the card and exits.
fn build(broker: &Connection, plan: &Plan, seed: Seed, outside: Outside, init: Init) -> Result<(), Failure> {
    let built = step(broker, plan, seed, outside, init);
    if let Err(failure) = &built {
        broker.answer(Stage::Isolate, &FromInit::Failed(failure.clone()), &[])?;
    }
    built
}

fn step(broker: &Connection, plan: &Plan, seed: Seed, outside: Outside, init: Init) -> Result<(), Failure> {
    enter_outer(broker, plan)?;
    // here and not at its birth: half a millisecond in which the broker finds the zone's place and readies the store
    unshare(CloneFlags::CLONE_NEWNET).map_err(|cause| refused(cause.into()))?;
    let init = make_b(seed, init)?;
    // init furnishes meanwhile
    let began = Instant::now();
    let card = card::plug(plan, outside, || ask_for_card(broker))?;
    let took = began.elapsed().as_micros() as u32;
    broker.answer(Stage::Isolate, &FromInit::Built(init.as_raw() as u32, took), &card.fds())
}

/// The namespace's rules stand: root may push the card in. It comes with what the zone's agent is handed.
fn ask_for_card(broker: &Connection) -> Result<Vec<OwnedFd>, Failure> {
    let own = File::open("/proc/self/ns/net").map_err(say("open", "the zone's network"))?;
    broker.answer(Stage::Connect, &FromInit::Ruled, &[own.as_fd()])?;
    match broker.order(Stage::Connect)? {
        Some((ToInit::Go, given)) => Ok(given),
        _ => Err(gone("the broker")),
    }
}

/// The builder's ids in A. In personal mode they are the user's own; in managed mode those of the zone, so that B is
/// the zone's, which no other process in A ever is, with A's capabilities kept.
fn enter_outer(broker: &Connection, plan: &Plan) -> Result<(), Failure> {
    match plan.mode {
        Mode::Personal => write_maps(plan),
        Mode::Managed { zone, .. } => match broker.order(Stage::Isolate)? {
            Some((ToInit::Go, _)) => identity::take_in_outer(zone).and_then(|()| identity::limit(plan)),
            _ => Err(gone("the broker")),
        },
    }
}

/// B with init as its process 1.
fn make_b(seed: Seed, init: Init) -> Result<Pid, Failure> {
    let flags = CloneFlags::CLONE_NEWUSER
        | CloneFlags::CLONE_NEWNS
        | CloneFlags::CLONE_NEWPID
        | CloneFlags::CLONE_NEWIPC
        | CloneFlags::CLONE_NEWUTS
        | CloneFlags::CLONE_NEWCGROUP;
    match sys::process::fork(flags, None).map_err(refused)? {
        Fork::Parent(pid, _) => Ok(pid),
        Fork::Child => match write_maps(&seed.plan) {
            Ok(()) => init(seed),
            Err(failure) => {
                let _ = seed.boot.answer(failure.stage, &FromInit::Failed(failure), &[]);
                sys::process::exit(1)
            }
        },
    }
}

/// This process's own ids in the user namespace that it was just born in: one each, the user's own number inside, its
/// own outside. Supplementary groups stay as they are (`setgroups=deny` is what the kernel demands of whoever has no
/// privilege outside, user_namespaces(7)); a managed zone has none.
fn write_maps(plan: &Plan) -> Result<(), Failure> {
    let (inside, outside) = (&plan.person, plan.outside());
    for (file, text) in [
        ("setgroups", "deny".to_owned()),
        ("gid_map", format!("{} {} 1", inside.gid, outside.gid)),
        ("uid_map", format!("{} {} 1", inside.uid, outside.uid)),
    ] {
        let path = Path::new("/proc/self").join(file);
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
