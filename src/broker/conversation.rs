//! One client of the broker of the system, in a child of its own: who may, what the zone will be, and the client's
//! connection into it. Runs as root and ends when init has taken the launch.
//!
//! The client is hostile until the end. It has two seconds to say one message of at most 128 KiB, and no descriptor is
//! taken from it. Of the message
//!
//! * `profile` is looked up among names that the site's file holds, and is no path;
//! * `display` is a name, of which a path is made that root does not look at (see [`desktop`]);
//! * `argv` is compared with the plan's list and goes to init, which is no more than its programs are;
//! * of `env` a few names with plain, short values go to init, which takes those that the plan lists;
//! * `stdio` says what the client will send to init itself, and counts where the plan lets it;
//! * `window` are two numbers for the zone's terminal;
//! * `plan` must be empty.
//!
//! Everything else is the kernel's word about the peer, or lies in files of root's.

use std::ffi::OsString;
use std::os::fd::{AsFd, AsRawFd};
use std::path::Path;

use nix::unistd::alarm;

use super::ledger::{self, Allotted};
use super::{ATTEMPTS, Founded, Init, audit, build, desktop, zones};
use crate::audit::{Event, Kind};
use crate::policy::entry::{self, Entry};
use crate::policy::host::{Lan, SYSTEM_AUDIT};
use crate::policy::plan::{Ids, Mode};
use crate::policy::site::{self, Caller, SITE, Site};
use crate::policy::{Host, Merged, Places, Plan, load, resolve};
use crate::sys;
use crate::wire::{Ask, Code, Connection, Failure, FromInit, Launch, Stage, ToInit};

/// Ids that users may have beside their own.
const SUBUID: &str = "/etc/subuid";
/// Seconds that a client may take for its message.
const PATIENCE: u32 = 2;
/// Seconds that a zone may take to be built.
const BUILDING: u32 = 60;
/// Seconds that a zone which stands may take to answer: its programs can stop who answers there.
const ANSWERING: u32 = 5;
/// The most that is read of a file of root's.
const MOST: usize = 1024 * 1024;

/// Serves one client. The process ends with it.
pub fn hold(client: Connection, peer: Ids, init: Init) -> ! {
    // the default action of SIGALRM ends this process, also in the middle of a read; nothing of a zone that is not
    // whole outlives it
    alarm::set(PATIENCE);
    let done = sys::fd::close_all_but(&[0, 1, 2, client.as_fd().as_raw_fd()])
        .map_err(say("close", "descriptors"))
        .and_then(|()| sys::process::own_signals().map_err(say("reset", "signals")))
        .and_then(|()| attend(&client, peer, init));
    if let Err(failure) = &done {
        let _ = client.answer(failure.stage, &FromInit::Failed(failure.clone()), &[]);
    }
    sys::process::exit(i32::from(done.is_err()))
}

/// The stages of one launch, as far as root goes.
fn attend(client: &Connection, peer: Ids, init: Init) -> Result<(), Failure> {
    let ask = hear(client)?;
    alarm::set(BUILDING);
    let site = site()?;
    let launch = Launch { env: entry::environment(&ask.launch.env), ..ask.launch };
    let planned = authorise(client, peer, &ask.profile, &site).and_then(|profile| plan(&profile, peer, site));
    let compositor = desktop::compositor(peer.uid, &ask.display);
    let judged = planned.and_then(|plan| judge(&plan, &launch, compositor.is_some()).map(|()| plan));
    record(&ask.profile, peer, &launch, judged.as_ref())?;
    let plan = judged?;
    let compositor = compositor.filter(|_| plan.display);
    let (launch, unheard) = plan.entry.as_ref().unwrap_or(&Entry::default()).quieted(launch);
    if let Some(unheard) = unheard {
        client.answer(Stage::Authorise, &FromInit::Warning(unheard), &[])?;
    }
    enter(&plan, Launch { plan: plan.digest(), ..launch }, compositor.as_deref(), client, init)
}

/// What the organisation decided. Read for each launch: a change counts at once.
pub fn site() -> Result<Site, Failure> {
    Site::parse(zones::own_text(SITE.as_ref(), MOST)?.as_bytes(), SITE)
}

fn hear(client: &Connection) -> Result<Ask, Failure> {
    let heard = client.receive_bytes().map_err(say("hear from", "client"))?;
    let ask =
        Ask::decode(&heard.unwrap_or_default()).map_err(|malformed| malformed.said_by(Stage::Authorise, "client"))?;
    let nothing = ask.launch.plan.is_empty();
    if nothing { Ok(ask) } else { Err(Failure::new(Stage::Authorise, Code::Protocol, &["client"])) }
}

/// The profile, if the site gives it to the peer. A program of a zone gets none, whoever's the zone is.
fn authorise(client: &Connection, peer: Ids, profile: &str, site: &Site) -> Result<Merged, Failure> {
    let refused = || Failure::new(Stage::Authorise, Code::NotAdmitted, &[profile]);
    let mut groups = sys::socket::peer_groups(client).map_err(say("ask for", "the peer's groups"))?;
    groups.push(peer.gid);
    let text = |path: &str| sys::file::read_text(path.as_ref(), MOST).unwrap_or_default();
    let caller = Caller::new(peer.uid, &groups, &text("/etc/passwd"), &text("/etc/group"));
    if ledger::is_zones(peer.uid) || is_lent(peer.uid)? || !site.admits(&caller, profile) {
        return Err(refused());
    }
    load(profile, &Places::system())
}

/// Whether the PC has lent an id to some user. Else each user could be 65,536 others: use up all ids of zones, and what all
/// share of the broker.
pub fn is_lent(uid: u32) -> Result<bool, Failure> {
    match sys::file::read_text(SUBUID.as_ref(), MOST) {
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => Ok(false),
        read => read.map(|text| site::is_lent(uid, &text)).map_err(say("read", SUBUID)),
    }
}

fn plan(profile: &Merged, peer: Ids, site: Site) -> Result<Plan, Failure> {
    let Allotted { number, zone, agent } = ledger::allot(peer.uid, &profile.zone())?;
    let machine = sys::file::read_text("/etc/machine-id".as_ref(), 64).unwrap_or_default();
    resolve(profile, &Host::managed(peer, Mode::Managed { zone, agent }, Lan { site, number, machine }))
}

/// Words that the profile lists, and a program that needs no window where there is no compositor.
fn judge(plan: &Plan, launch: &Launch, display: bool) -> Result<(), Failure> {
    plan.entry.as_ref().map_or(Ok(()), |entry| entry.judge(launch))?;
    let program = launch.argv.first().map(|word| word.to_string_lossy().into_owned()).unwrap_or_default();
    let window = plan.opens_window(&launch.argv);
    if window && !display {
        Err(Failure::new(Stage::Attach, Code::NoDisplay, &[&program, &plan.profile]))
    } else {
        Ok(())
    }
}

/// What can not be recorded does not happen. A launch that is refused before there is a plan has the name of its profile
/// for that of its zone.
fn record(profile: &str, peer: Ids, launch: &Launch, judged: Result<&Plan, &Failure>) -> Result<(), Failure> {
    let texts = |words: &[OsString]| words.iter().map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>();
    let words = texts(&launch.argv);
    let program = words.first().map(String::as_str).unwrap_or_default();
    let asked = |kind, zone: &str| Event {
        environment: texts(&launch.env),
        ..Event::program(kind, zone, profile, program).of(peer.uid, words.get(1..).unwrap_or_default())
    };
    let event = match judged {
        Ok(plan) => asked(Kind::Launch, &plan.zone),
        Err(failure) => asked(Kind::LaunchRefused, profile).because(failure).cut(),
    };
    audit::record(Stage::Authorise, SYSTEM_AUDIT.as_ref(), &event)
}

/// Says the launch to the zone's init, with the client's connection beside it, and waits until it is taken. A zone can
/// end in that very moment; then there is another.
fn enter(
    plan: &Plan,
    launch: Launch,
    compositor: Option<&Path>,
    client: &Connection,
    init: Init,
) -> Result<(), Failure> {
    let launch = ToInit::Launch(launch);
    for _ in 0..ATTEMPTS {
        alarm::set(BUILDING);
        let Some(zone) = standing(plan, client, init)? else { continue };
        alarm::set(ANSWERING);
        if !show(plan, compositor)? {
            continue;
        }
        let told = zone.tell(Stage::Run, &launch, &[client.as_fd()]);
        match told.and_then(|()| zone.reply(Stage::Run)) {
            Ok(Some((FromInit::Ready, _))) => return Ok(()),
            Ok(Some((FromInit::Failed(failure), _))) => return Err(failure),
            Ok(Some(_)) => return Err(Failure::new(Stage::Run, Code::Protocol, &["init"])),
            // it has ended
            Ok(None) | Err(_) => {}
        }
    }
    Err(Failure::new(Stage::Run, Code::ZoneEnded, &[""]))
}

/// Has the zone's windows shown on the compositor, where there is one; false where the zone has ended.
fn show(plan: &Plan, compositor: Option<&Path>) -> Result<bool, Failure> {
    let Some(compositor) = compositor else { return Ok(true) };
    let Some(zone) = zones::join(plan)? else { return Ok(false) };
    match desktop::attach(zone, plan, compositor) {
        Err(failure) if failure.code == Code::ZoneEnded => Ok(false),
        attached => attached.map(|()| true),
    }
}

/// A connection to the running zone, or to one that is built now. `None` where another launch was faster.
fn standing(plan: &Plan, client: &Connection, init: Init) -> Result<Option<Connection>, Failure> {
    if let Some(running) = zones::join(plan)? {
        return Ok(Some(running));
    }
    let (here, there) = Connection::pair().map_err(say("make", "a socket pair"))?;
    let built = build(plan, client, there.as_fd(), init, false)?;
    Ok((built == Founded::Now).then_some(here))
}

fn say<E: Into<std::io::Error>>(verb: &'static str, object: &'static str) -> impl FnOnce(E) -> Failure {
    Failure::because(Stage::Authorise, verb, object)
}
