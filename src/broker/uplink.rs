//! Uplinks: the PC's cards for the internet, each in a network namespace that nothing runs in.
//!
//! The card leaves the PC's own network, so that the PC has no card there at all. The namespace is pinned by a mount, and
//! outlives this process and every zone; a card that comes back to the PC (unplugged and plugged in again) is fetched when
//! the broker starts and when a zone needs it.

use std::fs::{self, File};
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};

use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, setns, unshare};
use nix::sys::wait::{WaitStatus, waitpid};

use super::zones;
use crate::network::link::{self, Link};
use crate::network::netlink::Netlink;
use crate::network::sysctl;
use crate::policy::site::Site;
use crate::sys::process::{Fork, exit, fork};
use crate::wire::{Failure, Stage};

/// Where uplinks are pinned, by their names.
const PINS: &str = "/run/sep-run/uplinks";
const OWN: &str = "/proc/self/ns/net";

/// Makes every uplink of the site ready, and moves its card there.
///
/// # Errors
/// The first that can not be made. A card that is not there is none: it can be plugged in later.
pub fn prepare(site: &Site) -> Result<(), Failure> {
    zones::own_folder(Path::new(PINS))?;
    for (name, uplink) in &site.uplinks {
        fetch(name.as_str(), &uplink.nic.bytes())?;
    }
    Ok(())
}

/// Moves a card to its uplink, where it is on the PC. A child of this process does it, which may be in two networks.
fn fetch(name: &str, mac: &[u8]) -> Result<(), Failure> {
    let mut outside = Netlink::route().map_err(say("open", "netlink"))?;
    match fork(CloneFlags::empty(), None).map_err(say("start", "a builder"))? {
        Fork::Child => exit(match enter(name).and_then(|()| take(&mut outside, mac)) {
            Ok(()) => 0,
            Err(failure) => failure.errno.clamp(1, 255),
        }),
        Fork::Parent(child, _) => match waitpid(child, None) {
            Ok(WaitStatus::Exited(_, 0)) => Ok(()),
            Ok(WaitStatus::Exited(_, errno)) => Err(say("prepare", "uplink")(std::io::Error::from_raw_os_error(errno))),
            _ => Err(say("prepare", "uplink")(std::io::Error::from_raw_os_error(libc::EIO))),
        },
    }
}

/// In the child: the uplink's namespace, made and pinned where there is none.
fn enter(name: &str) -> Result<(), Failure> {
    if let Some(there) = pinned(name)? {
        return setns(there, CloneFlags::CLONE_NEWNET).map_err(say("enter", "uplink"));
    }
    let pin = pin(name);
    unshare(CloneFlags::CLONE_NEWNET).map_err(say("make", "uplink"))?;
    let none = None::<&str>;
    File::create(&pin).map_err(say("create", "uplink"))?;
    mount(Some(OWN), &pin, none, MsFlags::MS_BIND, none).map_err(say("mount", "uplink"))
}

/// In the uplink: no address of any kind, nothing that speaks; then the card comes.
fn take(outside: &mut Netlink, mac: &[u8]) -> Result<(), Failure> {
    sysctl::require("ipv6.conf.default.disable_ipv6", "1")?;
    sysctl::require("ipv6.conf.all.disable_ipv6", "1")?;
    sysctl::require("ipv4.ip_forward", "0")?;
    let own = File::open(OWN).map_err(say("open", "uplink"))?;
    let links = link::links(outside).map_err(say("read", "links"))?;
    let card = links.iter().find(|link| !link.has_master && link.macs.first().is_some_and(|first| first == mac));
    if let Some(card) = card {
        link::move_to(outside, card.index, own.as_fd()).map_err(say("move", "the card"))?;
    }
    let mut inside = Netlink::route().map_err(say("open", "netlink"))?;
    match nic(&mut inside)? {
        None => Ok(()),
        Some(index) => link::silence(&mut inside, index)
            .and_then(|()| link::up(&mut inside, index, None))
            .map_err(say("bring up", "the card")),
    }
}

/// Netlink of an uplink; `None` where there is no such one.
pub fn netlink(name: &str) -> Result<Option<Netlink>, Failure> {
    let Some(there) = pinned(name)? else { return Ok(None) };
    let own = File::open(OWN).map_err(say("open", "the PC's network"))?;
    setns(there, CloneFlags::CLONE_NEWNET).map_err(say("enter", "uplink"))?;
    let opened = Netlink::route();
    // whatever came of it: this process must be back on the PC
    setns(own, CloneFlags::CLONE_NEWNET).map_err(say("enter", "the PC's network"))?;
    opened.map(Some).map_err(say("open", "netlink"))
}

/// The card of an uplink: the one link there that is not the loopback.
pub fn nic(netlink: &mut Netlink) -> Result<Option<u32>, Failure> {
    let links = link::links(netlink).map_err(say("read", "links"))?;
    Ok(links.iter().find(|link: &&Link| link.is_ethernet).map(|link| link.index))
}

/// The namespace of an uplink, if it is pinned: a file that nothing is mounted on is none.
fn pinned(name: &str) -> Result<Option<OwnedFd>, Failure> {
    let path = pin(name);
    let is_mount = fs::metadata(&path).is_ok_and(|found| {
        use std::os::unix::fs::MetadataExt;
        fs::metadata(OWN).is_ok_and(|own| own.dev() == found.dev())
    });
    if !is_mount {
        return Ok(None);
    }
    File::open(&path).map(|file| Some(file.into())).map_err(say("open", "uplink"))
}

fn pin(name: &str) -> PathBuf {
    Path::new(PINS).join(name)
}

fn say<E: Into<std::io::Error>>(verb: &'static str, object: &'static str) -> impl FnOnce(E) -> Failure {
    Failure::because(Stage::Connect, verb, object)
}
