//! The guard of the PC: nothing leaves or enters but by the cards of the business network. Runs as root.
//!
//! It is an allow list of cards, because a card that comes back (from a zone, from a dock, a telephone that is plugged in)
//! is on the PC at once. It does not judge addresses: where the business network has a way to the internet, that is its
//! router's to close. One table, replaced in one transaction, then read back.

mod rules;

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

use crate::network::link;
use crate::network::netlink::Netlink;
use crate::network::nft;
use crate::policy::site::Site;
use crate::wire::{Code, Failure, Stage};

/// Where a site that wants its guard kept says so: made by [`apply`], gone with [`remove`].
const WANTED: &str = "/var/lib/sep-run/guard";

/// What the guard is at the moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// It stands as the site's file says.
    Whole,
    /// It is not there.
    Absent,
    /// Something is not as the site's file says: what, as it is asked for, as it is.
    Differs(String, String, String),
}

/// Puts the guard up, or another one in place of the one that stands.
///
/// # Errors
/// [`Code::NoBusiness`] where the site names no card of the business network that this PC has: the guard would close
/// everything; what the kernel refuses; [`Code::Differs`] where it does not stand afterwards.
pub fn apply(site: &Site) -> Result<(), Failure> {
    let cards = cards(site)?;
    if cards.is_empty() {
        return Err(Failure::new(Stage::Connect, Code::NoBusiness, &[]));
    }
    let table = rules::table(&cards);
    // said first: a guard that does not stand after this is one that is missed
    want().map_err(say("write", WANTED))?;
    let mut netlink = Netlink::netfilter().map_err(say("open", "netlink"))?;
    nft::replace(&mut netlink, &table, false).map_err(say("load", "the guard"))?;
    match state(site)? {
        State::Whole => Ok(()),
        State::Absent => Err(differs("the guard", "all of it", "nothing")),
        State::Differs(what, asked, found) => Err(differs(&what, &asked, &found)),
    }
}

/// What stands.
///
/// # Errors
/// What the kernel refuses to tell, as to whoever is not root.
pub fn state(site: &Site) -> Result<State, Failure> {
    let table = rules::table(&cards(site)?);
    let mut netlink = Netlink::netfilter().map_err(say("open", "netlink"))?;
    if !nft::is_there(&mut netlink, table.name).map_err(say("read", "the guard"))? {
        return Ok(State::Absent);
    }
    let differs = nft::difference_of(&mut netlink, &table).map_err(say("read", "the guard"))?;
    Ok(differs.map_or(State::Whole, |(what, asked, found)| State::Differs(what, asked, found)))
}

/// Takes the guard away; nothing where there is none.
///
/// # Errors
/// What the kernel refuses.
pub fn remove() -> Result<(), Failure> {
    let mut netlink = Netlink::netfilter().map_err(say("open", "netlink"))?;
    match fs::remove_file(WANTED) {
        Err(cause) if cause.kind() != ErrorKind::NotFound => return Err(say("remove", WANTED)(cause)),
        _ => {}
    }
    if nft::is_there(&mut netlink, rules::NAME).map_err(say("read", "the guard"))? {
        nft::delete(&mut netlink, rules::NAME).map_err(say("remove", "the guard"))?;
    }
    Ok(())
}

fn want() -> std::io::Result<()> {
    let folder = Path::new(WANTED).parent().unwrap_or(Path::new("/"));
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    fs::write(WANTED, "")
}

/// Whether the site wants a guard: one was put up, and nobody took it away on purpose.
pub fn is_wanted() -> bool {
    fs::symlink_metadata(WANTED).is_ok()
}

/// The names of the business network's cards that the PC has now. A card is known by the address that it was made with; its
/// name is what rules can be made of, and another card of that name is one that root has renamed.
fn cards(site: &Site) -> Result<Vec<String>, Failure> {
    let mut netlink = Netlink::route().map_err(say("open", "netlink"))?;
    let links = link::links(&mut netlink).map_err(say("read", "links"))?;
    let is_listed = |mac: &Vec<u8>| site.business.nics.iter().any(|nic| nic.bytes() == *mac);
    let own = links.iter().filter(|link| link.macs.first().is_some_and(is_listed)).map(|link| link.name.clone());
    let mut names: Vec<String> = own.chain(site.business.bridges.iter().map(ToString::to_string)).collect();
    names.sort();
    names.dedup();
    Ok(names)
}

fn differs(what: &str, asked: &str, found: &str) -> Failure {
    Failure::new(Stage::Connect, Code::Differs, &[what, asked, found])
}

fn say<E: Into<std::io::Error>>(verb: &'static str, object: &'static str) -> impl FnOnce(E) -> Failure {
    Failure::because(Stage::Connect, verb, object)
}
