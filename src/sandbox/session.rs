//! One launch: a child of init that listens to one client, starts its program and reports its end.
//!
//! Whatever the client sends is hostile until decoded: it has two seconds, its descriptors are judged by what they
//! are, and its environment by name. Nothing here has more power than the program itself will have.

use std::os::fd::{AsFd, AsRawFd, OwnedFd};

use nix::sys::statfs::fstatfs;
use nix::unistd::alarm;

use super::program::{self, Places};
use super::{display, files};
use crate::policy::Plan;
use crate::policy::plan::Mode;
use crate::sys;
use crate::wire::files::FileAsk;
use crate::wire::{Code, Connection, Failure, FromInit, Launch, Stage, Stdio, ToInit};

/// Seconds that a client may take from connecting to its launch.
const PATIENCE: u32 = 2;

/// What every session knows of its zone.
#[derive(Debug, Clone, Copy)]
pub struct Zone<'a> {
    /// What the zone is.
    pub plan: &'a Plan,
    /// The plan's digest: who means another plan is refused.
    pub digest: &'a [u8],
    /// Optional seals that this kernel could not give.
    pub lacks: &'a [Failure],
}

/// Serves one client to its program's end. `fresh`: it waits to hear that the zone is ready.
pub fn serve(client: Connection, fresh: bool, zone: &Zone<'_>) -> ! {
    // a session outlives no launch, so it holds nothing of init's
    let _ = sys::fd::close_all_but(&[0, 1, 2, client.as_fd().as_raw_fd()]);
    if let Err(failure) = launch(&client, fresh, zone) {
        refuse(&client, failure);
    }
    sys::process::exit(0)
}

/// Tells a client why nothing was started.
pub fn refuse(client: &Connection, failure: Failure) {
    let _ = client.answer(failure.stage, &FromInit::Failed(failure), &[]);
}

/// Tells a client that too many wait already.
pub fn refuse_busy(client: &Connection, quota: usize) {
    refuse(client, Failure::new(Stage::Run, Code::Busy, &[&quota.to_string()]));
}

fn launch(client: &Connection, fresh: bool, zone: &Zone<'_>) -> Result<(), Failure> {
    // the default action of SIGALRM ends this process, also in the middle of a read
    alarm::set(PATIENCE);
    if zone.plan.mode != Mode::Personal {
        return launch_for(client, fresh, zone);
    }
    if fresh {
        client.answer(Stage::Run, &FromInit::Ready, &[])?;
    }
    let (launch, fds) = match client.order(Stage::Run)? {
        Some((ToInit::Launch(launch), fds)) => (launch, fds),
        Some((ToInit::Display, _)) => return display::hand_out(client, zone.plan),
        Some((ToInit::Files(FileAsk::Begin(plan)), _)) => {
            is_meant(&plan, zone)?;
            admit(client, fresh, zone)?;
            return files::serve(client, zone.plan);
        }
        _ => return Err(Failure::new(Stage::Run, Code::Protocol, &["client"])),
    };
    is_meant(&launch.plan, zone)?;
    // still under the time limit: to look at a descriptor may take for ever
    let places = places(&launch, fds)?;
    admit(client, fresh, zone)?;
    program::run(client, &launch, places, zone.plan)
}

/// In managed mode the broker says the launch, which it has judged, with the client's connection beside it: only the
/// broker reaches init's socket. From there on the client is heard itself, and what it says is its program's.
fn launch_for(broker: &Connection, fresh: bool, zone: &Zone<'_>) -> Result<(), Failure> {
    let wrong = || Failure::new(Stage::Run, Code::Protocol, &["broker"]);
    let (launch, mut fds) = match broker.order(Stage::Run)? {
        Some((ToInit::Launch(launch), fds)) => (launch, fds),
        Some((ToInit::Display, _)) => return display::hand_out(broker, zone.plan),
        _ => return Err(wrong()),
    };
    let client = fds.pop().filter(|_| fds.is_empty()).map(Connection::from).ok_or_else(wrong)?;
    is_meant(&launch.plan, zone)?;
    broker.answer(Stage::Run, &FromInit::Ready, &[])?;
    let started = stdio_of(&client, &launch)
        .and_then(|fds| places(&launch, fds))
        .and_then(|places| admit(&client, fresh, zone).map(|()| places))
        .and_then(|places| program::run(&client, &launch, places, zone.plan));
    started.unwrap_or_else(|failure| refuse(&client, failure));
    Ok(())
}

/// What the client sends of its stdio, where the launch says that it will.
fn stdio_of(client: &Connection, launch: &Launch) -> Result<Vec<OwnedFd>, Failure> {
    if !launch.stdio.contains(&Stdio::Passed) {
        return Ok(Vec::new());
    }
    match client.order(Stage::Run)? {
        Some((ToInit::Stdio, fds)) => Ok(fds),
        _ => Err(Failure::new(Stage::Run, Code::Protocol, &["client"])),
    }
}

/// A client that means another plan than the one in force must not be served by it, and hears that before anything else.
fn is_meant(plan: &[u8], zone: &Zone<'_>) -> Result<(), Failure> {
    if plan == zone.digest {
        return Ok(());
    }
    Err(Failure::new(Stage::Run, Code::PlanDiffers, &[&zone.plan.zone, ""]))
}

/// Lets a client go on, and tells it what the zone lacks.
fn admit(client: &Connection, fresh: bool, zone: &Zone<'_>) -> Result<(), Failure> {
    // who had the zone made has heard it from the broker
    for lack in zone.lacks.iter().filter(|_| !fresh) {
        client.answer(Stage::Run, &FromInit::Warning(lack.clone()), &[])?;
    }
    alarm::cancel();
    Ok(())
}

/// The three places of stdio, filled in order from the passed descriptors.
fn places(launch: &Launch, fds: Vec<OwnedFd>) -> Result<Places, Failure> {
    let mut fds = fds.into_iter();
    let mut places = [None, None, None];
    for ((place, kind), name) in places.iter_mut().zip(launch.stdio).zip(["stdin", "stdout", "stderr"]) {
        if kind == Stdio::Passed {
            let fd = fds.next().ok_or_else(|| Failure::new(Stage::Run, Code::Protocol, &["client"]))?;
            judge(&fd, name)?;
            *place = Some(fd);
        }
    }
    if fds.next().is_some() {
        return Err(Failure::new(Stage::Run, Code::Protocol, &["client"]));
    }
    Ok(places)
}

/// Pipes without a name enter; a socket keeps the network it was born in, a folder is a way out, and of a file of the
/// user a program may change mode and attributes whatever it is open for.
fn judge(fd: &OwnedFd, place: &str) -> Result<(), Failure> {
    use nix::fcntl::{FcntlArg, OFlag, fcntl};
    use nix::sys::stat::{SFlag, fstat};
    const PIPES: libc::c_long = 0x5049_5045;
    let bad = |kind: &str| Failure::new(Stage::Run, Code::BadStdio, &[place, kind]);
    let flags = fcntl(fd, FcntlArg::F_GETFL).map_err(|_| bad("unknown"))?;
    if OFlag::from_bits_retain(flags).contains(OFlag::O_PATH) {
        return Err(bad("path"));
    }
    let mode = fstat(fd.as_fd()).map_err(|_| bad("unknown"))?.st_mode;
    match sys::file::format(mode) {
        SFlag::S_IFIFO if fstatfs(fd).is_ok_and(|fs| fs.filesystem_type().0 == PIPES) => Ok(()),
        SFlag::S_IFIFO => Err(bad("named pipe")),
        SFlag::S_IFREG => Err(bad("file")),
        SFlag::S_IFSOCK => Err(bad("socket")),
        SFlag::S_IFDIR => Err(bad("directory")),
        _ => Err(bad("device")),
    }
}
