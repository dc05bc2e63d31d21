//! Card kind `relay`: a tun device for datagrams, and a listener to which the zone's firewall redirects its TCP.
//!
//! A builder runs this inside A, with A's capabilities, and passes what comes back to the relay process outside.
//! Rules are loaded before the link exists, and everything is read back. Where a packet may go is the relay's to
//! judge; what it must have the form of is decided here.

use std::fs::{File, OpenOptions};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::OpenOptionsExt;

use nix::sys::socket::{
    AddressFamily, Backlog, SockFlag, SockType, SockaddrStorage, bind, getsockname, listen, setsockopt, socket, sockopt,
};

use crate::policy::plan;
use crate::wire::{Code, Failure, Stage};

pub use super::CARD;
use super::{allow_ping, differs, equal, failed, load_rules, loopback_up, only_up};
use crate::network::netlink::Netlink;
use crate::network::{link, nft, sysctl};

mod rules;

/// The zone's own address. 192.0.2.0/24 is for documentation: no PC routes it.
pub const ZONE_V4: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 2);
/// The other end of the card: the zone's resolver, and the sender of errors.
pub const GATE_V4: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);
/// The zone's own IPv6 address. A documentation address is global in scope, so that programs prefer IPv6 as they
/// would on the PC; a unique local one would come last.
pub const ZONE_V6: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 0x5e9, 0, 0, 0, 0, 2);
/// The other end of the card for IPv6.
pub const GATE_V6: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 0x5e9, 0, 0, 0, 0, 1);
/// Where the listener waits: below 1024, so that no program of the zone can take the port over.
pub const PORT: u16 = 9;
/// The largest packet. The largest that IP has: so no datagram is cut into fragments, which the relay refuses.
pub const MTU: u32 = 65_535;

const PREFIX_V4: u8 = 30;
const PREFIX_V6: u8 = 126;
const DEVICE: &str = "/dev/net/tun";
/// Connections that wait for the relay to accept them; the kernel takes its own limit where that is lower.
const BACKLOG: i32 = 4_096;

/// What the relay outside is given. Descriptors travel in the order tun, IPv4 listener, IPv6 listener.
#[derive(Debug)]
pub struct Plugged {
    /// The card: whole packets of the zone, and the way back. The card lives as long as this does.
    pub tun: OwnedFd,
    /// Listening sockets of the zone's namespace: IPv4, and IPv6 where it is on.
    pub listeners: Vec<OwnedFd>,
}

impl Plugged {
    /// The descriptors to send beside a message.
    pub fn fds(&self) -> Vec<BorrowedFd<'_>> {
        use std::os::fd::AsFd;
        std::iter::once(self.tun.as_fd()).chain(self.listeners.iter().map(AsFd::as_fd)).collect()
    }

    /// From the descriptors that came beside a message. Another number than two or three is [`Code::Protocol`].
    pub fn from_fds(fds: Vec<OwnedFd>) -> Result<Self, Failure> {
        let mut fds = fds.into_iter();
        let (tun, listeners) = (fds.next(), fds.collect::<Vec<_>>());
        match tun {
            Some(tun) if matches!(listeners.len(), 1 | 2) => Ok(Self { tun, listeners }),
            _ => Err(Failure::new(Stage::Connect, Code::Protocol, &["builder"])),
        }
    }
}

/// Makes the card in the fresh network namespace that the caller is in, with CAP_NET_ADMIN and
/// CAP_NET_BIND_SERVICE there. `v6` is whether the zone has IPv6.
///
/// [`Code::NoTun`] when /dev/net/tun is not there or closed to the user, [`Code::Layer`] when the kernel lacks a
/// part of nftables, [`Code::Differs`] when the read-back is not what was asked for.
pub fn plug(_relay: &plan::Relay, v6: bool) -> Result<Plugged, Failure> {
    let tun: OwnedFd = open_tun()?.into();
    let mut netlink = Netlink::route().map_err(|e| failed("open", "netlink", e))?;
    let table = rules::table(v6);
    load_rules(&table)?;
    settings(v6)?;
    loopback_up(&mut netlink)?;
    let listeners = listeners(v6)?;
    crate::sys::tun::attach(&tun, CARD).map_err(|e| failed("make", CARD, e))?;
    configure(&mut netlink, v6).map_err(|e| failed("configure", CARD, e))?;
    verify(&mut netlink, &table, &listeners, v6)?;
    Ok(Plugged { tun, listeners })
}

fn open_tun() -> Result<File, Failure> {
    let opened = OpenOptions::new().read(true).write(true).custom_flags(libc::O_NONBLOCK).open(DEVICE);
    opened.map_err(|e| {
        let errno = e.raw_os_error().unwrap_or(libc::EIO);
        let what = match errno {
            libc::ENOENT => "missing",
            libc::EACCES => "mode",
            libc::ENODEV | libc::ENXIO => "module",
            _ => "other",
        };
        Failure { errno, ..Failure::new(Stage::Connect, Code::NoTun, &[what]) }
    })
}

/// The namespace's settings. Only the first is relied on; what the others prevent, the rules and the relay refuse
/// as well.
fn settings(v6: bool) -> Result<(), Failure> {
    sysctl::require("ipv4.ip_unprivileged_port_start", "1024")?;
    allow_ping();
    sysctl::prefer("ipv4.ip_forward", "0");
    sysctl::prefer("mptcp.enabled", "0");
    // each subflow of MPTCP would be a connection of its own, redirected and judged; IPv6 has no rule that accepts
    if !v6 {
        sysctl::prefer("ipv6.conf.default.disable_ipv6", "1");
    }
    sysctl::prefer("ipv6.conf.default.accept_ra", "0");
    sysctl::prefer("ipv6.conf.default.addr_gen_mode", "1");
    Ok(())
}

/// The addresses of the card with their prefix lengths.
fn own(v6: bool) -> Vec<(IpAddr, u8)> {
    let v4 = (IpAddr::V4(ZONE_V4), PREFIX_V4);
    if v6 { vec![v4, (IpAddr::V6(ZONE_V6), PREFIX_V6)] } else { vec![v4] }
}

fn configure(netlink: &mut Netlink, v6: bool) -> std::io::Result<()> {
    let card = link::by_name(netlink, CARD)?;
    for (address, prefix) in own(v6) {
        link::add_address(netlink, card.index, address, prefix)?;
    }
    link::up(netlink, card.index, Some(MTU))?;
    for (address, _) in own(v6) {
        link::add_default_route(netlink, card.index, address)?;
    }
    Ok(())
}

fn listeners(v6: bool) -> Result<Vec<OwnedFd>, Failure> {
    let wait = |a: SocketAddr| listener(a).map_err(|e| failed("listen", &a.to_string(), e));
    addresses(v6).into_iter().map(wait).collect()
}

/// Where the listeners wait.
fn addresses(v6: bool) -> Vec<SocketAddr> {
    let v4 = SocketAddr::from((Ipv4Addr::LOCALHOST, PORT));
    if v6 { vec![v4, SocketAddr::from((Ipv6Addr::LOCALHOST, PORT))] } else { vec![v4] }
}

fn listener(at: SocketAddr) -> nix::Result<OwnedFd> {
    let family = if at.is_ipv4() { AddressFamily::Inet } else { AddressFamily::Inet6 };
    let fd = socket(family, SockType::Stream, SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK, None)?;
    if at.is_ipv6() {
        setsockopt(&fd, sockopt::Ipv6V6Only, &true)?;
    }
    bind(fd.as_raw_fd(), &SockaddrStorage::from(at))?;
    listen(&fd, Backlog::new(BACKLOG)?)?;
    Ok(fd)
}

/// Reads back rules, links, addresses, routes and listeners.
fn verify(netlink: &mut Netlink, table: &nft::Table, listeners: &[OwnedFd], v6: bool) -> Result<(), Failure> {
    let read = |what: &'static str| move |e: std::io::Error| failed("read", what, e);
    let mut rules = Netlink::netfilter().map_err(read("firewall"))?;
    if let Some((what, asked, found)) = nft::difference(&mut rules, table).map_err(read("firewall"))? {
        return Err(differs(&what, &asked, &found));
    }
    let links = link::links(netlink).map_err(read("links"))?;
    only_up(&links, &["lo", CARD])?;
    let card = links.iter().find(|l| l.name == CARD).map_or(0, |l| l.index);
    let mtu = links.iter().find(|l| l.name == CARD).map_or(0, |l| l.mtu);
    equal("MTU", &MTU, &mtu)?;
    let mut found = link::addresses(netlink).map_err(read("addresses"))?;
    found.retain(|(_, address, _)| !address.is_loopback());
    let asked: Vec<_> = own(v6).into_iter().map(|(a, p)| (card, a, p)).collect();
    equal("addresses", &asked, &found)?;
    verify_routes(&link::unicast_routes(netlink).map_err(read("routes"))?, card, v6)?;
    let bound: Result<Vec<_>, _> = listeners.iter().map(|l| getsockname::<SockaddrStorage>(l.as_raw_fd())).collect();
    let bound: Vec<_> = bound.map_err(|e| failed("read", "listener", e))?.iter().map(|a| a.to_string()).collect();
    equal("listeners", &addresses(v6).iter().map(|a| a.to_string()).collect::<Vec<_>>(), &bound)
}

/// Every route leads to the card, and there is one default route for each family that is on.
fn verify_routes(routes: &[(u32, bool, u8)], card: u32, v6: bool) -> Result<(), Failure> {
    // the kernel keeps ::1/128 on lo as a unicast route beside the local one
    let mut found: Vec<_> = routes.iter().filter(|r| !(r.0 != card && !r.1 && r.2 == 128)).copied().collect();
    found.sort_unstable_by_key(|(link, v4, prefix)| (*link, !v4, *prefix));
    let mut asked = vec![(card, true, 0), (card, true, PREFIX_V4)];
    if v6 {
        asked.extend([(card, false, 0), (card, false, PREFIX_V6)]);
    }
    equal("routes", &asked, &found)
}
