//! Card kind `macvlan`: a card of its own on the uplink, pushed in by root, with rules of A's that nothing in the zone can
//! change.
//!
//! A builder runs this inside A, with A's capabilities. The rules stand before the card is there, and everything is read
//! back. What makes the separation is that no other card is here: the rules are the second line.

use std::net::IpAddr;
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::policy::plan::{Addressing, Macvlan, Place};
use crate::wire::Failure;

use super::{CARD, differs, equal, failed, loopback_up, only_up};
use crate::network::link::{self, Link};
use crate::network::netlink::Netlink;
use crate::network::{nft, sysctl};

mod rules;

/// How long the card of a zone's former run may take to go.
const LEAVING: Duration = Duration::from_secs(10);
/// How often that is looked for.
const PAUSE: Duration = Duration::from_millis(10);

/// The namespace before its card comes: rules, settings, loopback.
///
/// # Errors
/// A failed system call.
pub fn prepare(card: &Macvlan) -> Result<(), Failure> {
    let known = match &card.addressing {
        Addressing::Fixed(place) => &place.resolvers[..],
        Addressing::Dhcp(_) => &[],
    };
    super::load_rules(&rules::table(card, known)?)?;
    sysctl::require("ipv6.conf.default.disable_ipv6", "1")?;
    for (name, value) in [
        ("ipv4.conf.default.accept_redirects", "0"),
        ("ipv4.conf.default.arp_ignore", "1"),
        ("ipv4.ip_forward", "0"),
        ("mptcp.enabled", "0"),
    ] {
        sysctl::prefer(name, value);
    }
    super::allow_ping();
    let mut netlink = Netlink::route().map_err(|e| failed("open", "netlink", e))?;
    loopback_up(&mut netlink)
}

/// Gives the card that has come its address and brings it up, then reads everything back.
///
/// # Errors
/// A failed system call; `Differs` where something is not as it was asked for.
pub fn plug(card: &Macvlan, place: &Place) -> Result<(), Failure> {
    let mut netlink = Netlink::route().map_err(|e| failed("open", "netlink", e))?;
    configure(&mut netlink, place).map_err(|e| failed("configure", CARD, e))?;
    verify(&mut netlink, card, place)
}

fn configure(netlink: &mut Netlink, place: &Place) -> std::io::Result<()> {
    let link = link::by_name(netlink, CARD)?;
    let (address, length) = place.address;
    link::add_address(netlink, link.index, address.into(), length)?;
    up(netlink, link.index)?;
    link::set_gateway(netlink, link.index, place.gateway)
}

/// Brings the card that has come up without an address, for the agent to ask for one. The number of its link.
///
/// # Errors
/// A failed system call.
pub fn raise() -> Result<u32, Failure> {
    let raised = Netlink::route().and_then(|mut netlink| {
        let link = link::by_name(&mut netlink, CARD)?;
        up(&mut netlink, link.index).map(|()| link.index)
    });
    raised.map_err(|e| failed("bring up", CARD, e))
}

/// Lets the zone ask the servers of names that came with the card's address, then reads everything back.
///
/// # Errors
/// A failed system call; `Differs` where something is not as it was asked for.
pub fn settle(card: &Macvlan, place: &Place) -> Result<(), Failure> {
    let table = rules::table(card, &place.resolvers)?;
    let replaced = Netlink::netfilter().and_then(|mut firewall| nft::replace(&mut firewall, &table, false));
    replaced.map_err(|e| failed("load", "zone firewall", e))?;
    let mut netlink = Netlink::route().map_err(|e| failed("open", "netlink", e))?;
    verify(&mut netlink, card, place)
}

/// Brings the card up. The kernel takes a network that has ended apart when it has time for it: until then the zone's card
/// of before has the same address on the uplink. Nothing tells when it is gone.
fn up(netlink: &mut Netlink, index: u32) -> std::io::Result<()> {
    let until = Instant::now() + LEAVING;
    loop {
        match link::up(netlink, index, None) {
            Err(cause) if cause.raw_os_error() == Some(libc::EADDRINUSE) && Instant::now() < until => sleep(PAUSE),
            done => return done,
        }
    }
}

fn verify(netlink: &mut Netlink, card: &Macvlan, place: &Place) -> Result<(), Failure> {
    let read = |what: &'static str| move |e: std::io::Error| failed("read", what, e);
    let mut firewall = Netlink::netfilter().map_err(read("firewall"))?;
    let table = rules::table(card, &place.resolvers)?;
    if let Some((what, asked, found)) = nft::difference(&mut firewall, &table).map_err(read("firewall"))? {
        return Err(differs(&what, &asked, &found));
    }
    let links = link::links(netlink).map_err(read("links"))?;
    only_up(&links, &["lo", CARD])?;
    let own = |link: &&Link| link.name == CARD;
    let (index, mac) = links.iter().find(own).map_or((0, None), |link| (link.index, link.macs.last().cloned()));
    equal("card's address", &Some(card.mac.to_vec()), &mac)?;
    let mut addresses = link::addresses(netlink).map_err(read("addresses"))?;
    addresses.retain(|(_, address, _)| !address.is_loopback());
    let (address, length) = place.address;
    equal("addresses", &vec![(index, IpAddr::V4(address), length)], &addresses)?;
    let mut routes = link::unicast_routes(netlink).map_err(read("routes"))?;
    routes.sort_unstable_by_key(|(_, _, length)| *length);
    equal("routes", &vec![(index, true, 0), (index, true, length)], &routes)
}
