//! The card kinds, one file each: made in the namespace that the caller is in, then read back.
//!
//! A kind must fail when anything differs from what it asked for; it never leaves a zone with more network than
//! planned.

pub mod none;
pub mod relay;

use crate::wire::{Code, Failure, Stage};

use super::link::{self, Link};
use super::netlink::Netlink;

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
