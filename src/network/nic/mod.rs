//! The card kinds, one file each: made in the namespace that the caller is in, then read back.
//!
//! A kind must fail when anything differs from what it asked for; it never leaves a zone with more network than
//! planned.

pub mod macvlan;
pub mod none;
pub mod relay;

use nix::unistd::getegid;

use crate::wire::{Code, Failure, Stage};

use super::link::{self, Link};
use super::netlink::Netlink;
use super::{nft, sysctl};

/// The name of the card inside the zone.
pub const CARD: &str = "inet0";

/// Brings up the loopback link.
fn loopback_up(netlink: &mut Netlink) -> Result<(), Failure> {
    let found = link::by_name(netlink, "lo").and_then(|lo| link::up(netlink, lo.index, None));
    found.map_err(|e| failed("bring up", "lo", e))
}

/// Fails when a link is up that is not named: a tunnel template of the kernel (`sit0`) is there, but down.
fn only_up(links: &[Link], names: &[&str]) -> Result<(), Failure> {
    let up: Vec<&str> = links.iter().filter(|l| l.up).map(|l| l.name.as_str()).collect();
    if up == names { Ok(()) } else { Err(differs("links that are up", &names.join(" "), &up.join(" "))) }
}

fn failed(verb: &str, object: &str, cause: impl Into<std::io::Error>) -> Failure {
    Failure::system(Stage::Connect, verb, object, cause)
}

fn differs(what: &str, asked: &str, found: &str) -> Failure {
    Failure::new(Stage::Connect, Code::Differs, &[what, asked, found])
}

/// Loads the zone's rules into a namespace that has none; a kernel without a part of nftables is named.
fn load_rules(table: &nft::Table) -> Result<(), Failure> {
    let loaded = Netlink::netfilter().and_then(|mut n| nft::load(&mut n, table));
    loaded.map_err(|e| {
        let missing = matches!(e.raw_os_error(), Some(libc::ENOENT | libc::EOPNOTSUPP | libc::EPROTONOSUPPORT));
        let mut failure = failed("load", "zone firewall", e);
        if missing {
            failure.code = Code::Layer;
            failure.args = vec!["nftables with nat and redirect (inet family)".to_owned(), "not all of it".to_owned()];
        }
        failure
    })
}

/// Lets the zone's programs send echo requests, as those of the PC may.
fn allow_ping() {
    let gid = getegid();
    sysctl::prefer("ipv4.ping_group_range", &format!("{gid} {gid}"));
}

fn equal<T: PartialEq + std::fmt::Debug>(what: &str, asked: &T, found: &T) -> Result<(), Failure> {
    if asked == found { Ok(()) } else { Err(differs(what, &format!("{asked:?}"), &format!("{found:?}"))) }
}
