//! The guard of the PC: nothing leaves or enters but by the cards of the business network. Runs as root.
//!
//! It is an allow list of cards, because a card that comes back (from a zone, from a dock, a telephone that is plugged in)
//! is on the PC at once. It does not judge addresses: where the business network has a way to the internet, that is its
//! router's to close. What is wanted stands in a file of root's (`wanted`), and one process makes the kernel's table of it and
//! keeps it (`keeper`): each verb here changes the file, then waits until the table is read back as the file has it.

mod keeper;
mod rules;
mod status;
mod wanted;

use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

pub use status::{Report, State, status};
pub use wanted::{Opened, Time, Trial, place};

use crate::audit::{Event, Kind};
use crate::network::link;
use crate::network::netlink::Netlink;
use crate::network::nft;
use crate::policy::site::Site;
use crate::policy::values::mac_text;
use crate::wire::{Code, Failure, Stage};
use keeper::Keeper;
use wanted::{Guard, Wanted};

/// How a change is recorded: handed in by the program, so that guard and broker need not know each other.
pub type Record = fn(&Event) -> Result<(), Failure>;

/// How long a keeper that runs is waited for.
const PATIENCE: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(10);

/// Puts the guard up, or another one in place of the one that stands. With `report_only` it counts and tells, and closes
/// nothing. With `trial` it goes back by itself to what was there before, after so many seconds that nobody confirms it in.
///
/// # Errors
/// [`Code::NoBusiness`] where the site names no card of the business network that this PC has: the guard would close
/// everything; what the kernel refuses; [`Code::Differs`] where it does not stand afterwards.
pub fn apply(site: &Site, report_only: bool, trial: Option<u64>, record: Record) -> Result<(), Failure> {
    let guard = Guard::of(site, report_only);
    if cards(&guard)?.is_empty() {
        return Err(Failure::new(Stage::Connect, Code::NoBusiness, &[]));
    }
    wanted::change(|wanted| {
        let before = wanted.take();
        let open = before.as_ref().map(|there| there.open.clone()).unwrap_or_default();
        // of a trial in a trial what was confirmed comes back
        let confirmed = before.and_then(|there| there.trial.map_or(Some(there.guard), |trial| trial.before));
        let trial = trial.map(|seconds| Trial { time: Time::lasting(seconds), before: confirmed });
        *wanted = Some(Wanted { guard, trial, open });
        Ok(())
    })?;
    take_effect(record)
}

/// Keeps what is being tried.
///
/// # Errors
/// [`Code::NoTrial`] where nothing is, or no longer.
pub fn confirm(record: Record) -> Result<(), Failure> {
    let no = || Failure::new(Stage::Connect, Code::NoTrial, &[]);
    wanted::change(|wanted| {
        let over = |trial: &Trial| trial.time.left(wanted::now()) == 0;
        let there = wanted.as_mut().filter(|there| there.trial.as_ref().is_some_and(|trial| !over(trial)));
        there.ok_or_else(no)?.trial = None;
        Ok(())
    })?;
    take_effect(record)
}

/// Opens a destination for a time, in place of the time that it was open for.
///
/// # Errors
/// [`Code::NoGuard`] where no guard is wanted.
pub fn open(opened: Opened, record: Record) -> Result<(), Failure> {
    wanted::change(|wanted| {
        let there = wanted.as_mut().ok_or_else(|| Failure::new(Stage::Connect, Code::NoGuard, &[]))?;
        there.open.retain(|one| !is_at(one, opened.address, opened.port));
        there.open.push(opened);
        Ok(())
    })?;
    take_effect(record)
}

/// Closes a destination before its time.
///
/// # Errors
/// [`Code::NotOpen`] where it is not open.
pub fn close(address: Ipv4Addr, port: Option<u16>, record: Record) -> Result<(), Failure> {
    wanted::change(|wanted| {
        let there = wanted.as_mut().filter(|there| there.open.iter().any(|one| is_at(one, address, port)));
        let there = there.ok_or_else(|| Failure::new(Stage::Connect, Code::NotOpen, &[&place(address, port)]))?;
        there.open.retain(|one| !is_at(one, address, port));
        Ok(())
    })?;
    take_effect(record)
}

fn is_at(one: &Opened, address: Ipv4Addr, port: Option<u16>) -> bool {
    (one.address, one.port) == (address, port)
}

/// Takes the guard away, with all that is open beside it; nothing where there is none.
///
/// # Errors
/// What the kernel refuses.
pub fn remove(record: Record) -> Result<(), Failure> {
    wanted::change(|wanted| Ok(wanted.take()))?;
    take_effect(record)
}

/// Puts up what is wanted when the PC starts, before its cards are there: a card of the business network is open as soon as it
/// comes, and until then everything is closed. Made of the site's file where that can be read, else of what it said when
/// the guard was put up. Nothing where no guard is wanted.
///
/// # Errors
/// What the kernel refuses.
pub fn boot(site: Result<Site, Failure>, record: Record) -> Result<(), Failure> {
    wanted::change(|wanted| {
        if let (Some(there), Ok(site)) = (wanted.as_mut().filter(|there| there.trial.is_none()), site) {
            there.guard = Guard::of(&site, there.guard.report_only);
        }
        Ok(())
    })?;
    resume(record)
}

/// Puts up what is wanted, and ends what time has ended, where no process does so.
///
/// # Errors
/// What the kernel refuses.
pub fn resume(record: Record) -> Result<(), Failure> {
    if wanted::read()?.is_none() { Ok(()) } else { take_effect(record) }
}

/// Keeps the guard in this process, until a signal ends it. With `shared` the table can be changed by others as well, as on
/// kernels before 6.9, and is put back.
///
/// # Errors
/// EBUSY where another process keeps it; what the kernel refuses.
pub fn keep(shared: bool, record: Record) -> Result<(), Failure> {
    let keeper = Keeper::take(record, shared)?.ok_or_else(|| say("lock", "the guard")(nix::Error::EBUSY))?;
    keeper.watch(true)
}

/// Waits until the kernel has what the file says: by the keeper that runs, or by one that is started here.
fn take_effect(record: Record) -> Result<(), Failure> {
    let begin = Instant::now();
    loop {
        if let Some(mut keeper) = Keeper::take(record, false)? {
            return if keeper.settle()?.is_some() { keeper.stay() } else { Ok(()) };
        }
        match missing()? {
            None => return Ok(()),
            Some(failure) if begin.elapsed() > PATIENCE => return Err(failure),
            Some(_) => std::thread::sleep(PAUSE),
        }
    }
}

/// What the kernel's table has not, or has too much, of what is wanted.
fn missing() -> Result<Option<Failure>, Failure> {
    let mut netlink = Netlink::netfilter().map_err(say("open", "netlink"))?;
    let Some(wanted) = wanted::read()? else {
        return Ok(is_there(&mut netlink)?.then(|| differs("the guard", "nothing", rules::NAME)));
    };
    let table = rules::table(&cards(&wanted.guard)?, &wanted, wanted::now());
    Ok(difference(&mut netlink, &table)?.map(|(what, asked, found)| differs(&what, &asked, &found)))
}

fn is_there(netlink: &mut Netlink) -> Result<bool, Failure> {
    nft::is_there(netlink, rules::NAME).map_err(say("read", "the guard"))
}

/// The first difference of the kernel's table from this: what, as it is asked for, as it is.
fn difference(netlink: &mut Netlink, table: &nft::Table) -> Result<Option<(String, String, String)>, Failure> {
    nft::difference_of(netlink, table).map_err(say("read", "the guard"))
}

/// The names of the business network's cards that the PC has now. A card is known by the address that it was made with; its
/// name is what rules can be made of, and another card of that name is one that root has renamed.
fn cards(guard: &Guard) -> Result<Vec<String>, Failure> {
    let mut netlink = Netlink::route().map_err(say("open", "netlink"))?;
    let links = link::links(&mut netlink).map_err(say("read", "links"))?;
    let is_listed = |mac: &Vec<u8>| guard.nics.contains(&mac_text(mac));
    let own = links.iter().filter(|link| link.macs.first().is_some_and(is_listed)).map(|link| link.name.clone());
    let mut names: Vec<String> = own.chain(guard.bridges.iter().cloned()).collect();
    names.sort();
    names.dedup();
    Ok(names)
}

/// A line of the log: what was done to the guard, and its words.
pub fn event(what: &str, words: &[&str]) -> Event {
    let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
    let all = std::iter::once(what.to_owned()).chain(words).collect::<Vec<_>>();
    let named = Event { rule: Some(what.to_owned()), ..Event::new(Kind::Guard, "") };
    Event { user: None, ..named.of(0, &all) }
}

fn differs(what: &str, asked: &str, found: &str) -> Failure {
    Failure::new(Stage::Connect, Code::Differs, &[what, asked, found])
}

fn say<E: Into<std::io::Error>>(verb: &'static str, object: &'static str) -> impl FnOnce(E) -> Failure {
    Failure::because(Stage::Connect, verb, object)
}
