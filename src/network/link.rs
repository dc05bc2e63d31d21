//! Links, addresses and routes of this process's network namespace: set, and read back.
//!
//! One function, one change. What should be there is decided by the card kinds in `nic/`.

use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::os::fd::{AsRawFd, BorrowedFd};

use netlink_packet_core::{NLM_F_CREATE, NLM_F_EXCL, NLM_F_REPLACE};
use netlink_packet_route::address::{AddressAttribute, AddressHeaderFlags, AddressMessage, AddressScope, CacheInfo};
use netlink_packet_route::link::{
    InfoData, InfoKind, InfoMacVlan, LinkAttribute, LinkFlags, LinkInfo, LinkLayerType, LinkMessage, MacVlanMode,
};
use netlink_packet_route::route::{RouteAttribute, RouteHeader, RouteMessage, RouteProtocol, RouteScope, RouteType};
use netlink_packet_route::{AddressFamily, RouteNetlinkMessage as Message};

use super::netlink::Netlink;

/// A link as it is read back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Its number in this namespace.
    pub index: u32,
    /// Its name.
    pub name: String,
    /// Whether it is up.
    pub up: bool,
    /// The largest packet in bytes.
    pub mtu: u32,
    /// Its address, and the one that it was made with, where it has such.
    pub macs: Vec<Vec<u8>>,
    /// Whether it is a part of another link (a bridge, a bond).
    pub has_master: bool,
    /// Whether it is an Ethernet card, or looks like one.
    pub is_ethernet: bool,
}

/// The route that a packet would take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Way {
    /// Local, broadcast, unicast and so on.
    pub kind: RouteType,
    /// The link it leaves by.
    pub link: u32,
}

/// All links, in the order of their numbers.
pub fn links(netlink: &mut Netlink) -> io::Result<Vec<Link>> {
    let answers = netlink.dump(Message::GetLink(LinkMessage::default()))?;
    Ok(answers.into_iter().filter_map(|a| if let Message::NewLink(l) = a { Some(link(&l)) } else { None }).collect())
}

/// The link of a name; ENODEV when there is none.
pub fn by_name(netlink: &mut Netlink, name: &str) -> io::Result<Link> {
    let mut message = LinkMessage::default();
    message.attributes.push(LinkAttribute::IfName(name.to_owned()));
    match netlink.get(Message::GetLink(message))? {
        Message::NewLink(found) => Ok(link(&found)),
        _ => Err(io::Error::from_raw_os_error(libc::ENODEV)),
    }
}

/// The link of a number; ENODEV when there is none.
pub fn by_index(netlink: &mut Netlink, index: u32) -> io::Result<Link> {
    let mut message = LinkMessage::default();
    message.header.index = index;
    match netlink.get(Message::GetLink(message))? {
        Message::NewLink(found) => Ok(link(&found)),
        _ => Err(io::Error::from_raw_os_error(libc::ENODEV)),
    }
}

fn link(message: &LinkMessage) -> Link {
    let mut found = Link {
        index: message.header.index,
        name: String::new(),
        up: message.header.flags.contains(LinkFlags::Up),
        mtu: 0,
        macs: Vec::new(),
        has_master: false,
        is_ethernet: message.header.link_layer_type == LinkLayerType::Ether,
    };
    for attribute in &message.attributes {
        match attribute {
            LinkAttribute::IfName(name) => found.name.clone_from(name),
            LinkAttribute::Mtu(mtu) => found.mtu = *mtu,
            // the one that it was made with decides: the other can be changed
            LinkAttribute::PermAddress(mac) => found.macs.insert(0, mac.clone()),
            LinkAttribute::Address(mac) => found.macs.push(mac.clone()),
            LinkAttribute::Controller(_) => found.has_master = true,
            _ => {}
        }
    }
    found
}

/// Brings a link up, with another MTU where one is given.
pub fn up(netlink: &mut Netlink, index: u32, mtu: Option<u32>) -> io::Result<()> {
    let mut message = LinkMessage::default();
    message.header.index = index;
    message.header.flags = LinkFlags::Up;
    message.header.change_mask = LinkFlags::Up;
    message.attributes.extend(mtu.map(LinkAttribute::Mtu));
    netlink.set(0, Message::SetLink(message))
}

/// Makes a card of its own on another one, in the network namespace of `namespace`: it is never anywhere else. Cards of
/// mode `private` on one NIC do not reach each other.
pub fn add_macvlan(
    netlink: &mut Netlink,
    parent: u32,
    name: &str,
    mac: [u8; 6],
    namespace: BorrowedFd<'_>,
) -> io::Result<()> {
    let mut message = LinkMessage::default();
    message.attributes = vec![
        LinkAttribute::IfName(name.to_owned()),
        LinkAttribute::Link(parent),
        LinkAttribute::Address(mac.to_vec()),
        LinkAttribute::NetNsFd(namespace.as_raw_fd()),
        LinkAttribute::LinkInfo(vec![
            LinkInfo::Kind(InfoKind::MacVlan),
            LinkInfo::Data(InfoData::MacVlan(vec![InfoMacVlan::Mode(MacVlanMode::Private)])),
        ]),
    ];
    netlink.set(NLM_F_CREATE | NLM_F_EXCL, Message::NewLink(message))
}

/// Lets a link answer no question about addresses: nobody here has one.
pub fn silence(netlink: &mut Netlink, index: u32) -> io::Result<()> {
    let mut message = LinkMessage::default();
    message.header.index = index;
    message.header.flags = LinkFlags::Noarp;
    message.header.change_mask = LinkFlags::Noarp;
    netlink.set(0, Message::SetLink(message))
}

/// Moves a link into the network namespace of `namespace`, which takes its addresses from it.
pub fn move_to(netlink: &mut Netlink, index: u32, namespace: BorrowedFd<'_>) -> io::Result<()> {
    let mut message = LinkMessage::default();
    message.header.index = index;
    message.header.change_mask = LinkFlags::Up;
    message.attributes.push(LinkAttribute::NetNsFd(namespace.as_raw_fd()));
    netlink.set(0, Message::SetLink(message))
}

/// Sets the default route, by a router.
pub fn set_gateway(netlink: &mut Netlink, index: u32, gateway: Ipv4Addr) -> io::Result<()> {
    let mut message = RouteMessage::default();
    message.header.address_family = AddressFamily::Inet;
    message.header.table = RouteHeader::RT_TABLE_MAIN;
    message.header.protocol = RouteProtocol::Static;
    message.header.scope = RouteScope::Universe;
    message.header.kind = RouteType::Unicast;
    message.attributes.push(RouteAttribute::Oif(index));
    message.attributes.push(RouteAttribute::Gateway(gateway.into()));
    netlink.set(NLM_F_CREATE | NLM_F_REPLACE, Message::NewRoute(message))
}

/// Adds an address with its prefix length. Duplicate address detection is left out: nobody else is on the link.
pub fn add_address(netlink: &mut Netlink, index: u32, address: IpAddr, prefix: u8) -> io::Result<()> {
    let mut message = address_message(index, address, prefix);
    message.header.flags = AddressHeaderFlags::Nodad;
    netlink.set(NLM_F_CREATE | NLM_F_EXCL, Message::NewAddress(message))
}

/// Sets an IPv4 address that the kernel takes away by itself after so many seconds, or gives it more time where it is there.
pub fn lend_address(netlink: &mut Netlink, index: u32, address: Ipv4Addr, prefix: u8, seconds: u32) -> io::Result<()> {
    let mut message = address_message(index, address.into(), prefix);
    let mut time = CacheInfo::default();
    (time.ifa_preferred, time.ifa_valid) = (seconds, seconds);
    message.attributes.push(AddressAttribute::CacheInfo(time));
    netlink.set(NLM_F_CREATE | NLM_F_REPLACE, Message::NewAddress(message))
}

/// Takes an IPv4 address away.
pub fn remove_address(netlink: &mut Netlink, index: u32, address: Ipv4Addr, prefix: u8) -> io::Result<()> {
    netlink.set(0, Message::DelAddress(address_message(index, address.into(), prefix)))
}

fn address_message(index: u32, address: IpAddr, prefix: u8) -> AddressMessage {
    let mut message = AddressMessage::default();
    message.header.family = family(address);
    message.header.prefix_len = prefix;
    message.header.index = index;
    message.header.scope = AddressScope::Universe;
    message.attributes = vec![AddressAttribute::Local(address), AddressAttribute::Address(address)];
    message
}

/// The addresses as `(link, address, prefix length)`.
pub fn addresses(netlink: &mut Netlink) -> io::Result<Vec<(u32, IpAddr, u8)>> {
    let answers = netlink.dump(Message::GetAddress(AddressMessage::default()))?;
    Ok(answers.iter().filter_map(|a| if let Message::NewAddress(m) = a { address(m) } else { None }).collect())
}

fn address(message: &AddressMessage) -> Option<(u32, IpAddr, u8)> {
    let local =
        message.attributes.iter().find_map(|a| if let AddressAttribute::Local(l) = a { Some(*l) } else { None });
    let peer =
        message.attributes.iter().find_map(|a| if let AddressAttribute::Address(l) = a { Some(*l) } else { None });
    Some((message.header.index, local.or(peer)?, message.header.prefix_len))
}

/// Adds a default route of the family of `of` by this link, without a gateway.
pub fn add_default_route(netlink: &mut Netlink, index: u32, of: IpAddr) -> io::Result<()> {
    let mut message = RouteMessage::default();
    message.header.address_family = family(of);
    message.header.table = RouteHeader::RT_TABLE_MAIN;
    message.header.protocol = RouteProtocol::Static;
    message.header.scope = if of.is_ipv4() { RouteScope::Link } else { RouteScope::Universe };
    message.header.kind = RouteType::Unicast;
    message.attributes.push(RouteAttribute::Oif(index));
    netlink.set(NLM_F_CREATE | NLM_F_EXCL, Message::NewRoute(message))
}

/// The unicast routes as `(link, IPv4, prefix length)`; a route by several links counts with link 0.
pub fn unicast_routes(netlink: &mut Netlink) -> io::Result<Vec<(u32, bool, u8)>> {
    let answers = netlink.dump(Message::GetRoute(RouteMessage::default()))?;
    let routes = answers.iter().filter_map(|a| if let Message::NewRoute(m) = a { Some(m) } else { None });
    let unicast = routes.filter(|m| m.header.kind == RouteType::Unicast);
    let short = |m: &RouteMessage| {
        (link_of(m), m.header.address_family == AddressFamily::Inet, m.header.destination_prefix_length)
    };
    Ok(unicast.map(short).collect())
}

/// Which route a packet to this address takes here (RTM_GETROUTE).
pub fn way(netlink: &mut Netlink, to: IpAddr) -> io::Result<Way> {
    let mut message = RouteMessage::default();
    message.header.address_family = family(to);
    message.header.destination_prefix_length = if to.is_ipv4() { 32 } else { 128 };
    message.attributes.push(RouteAttribute::Destination(to.into()));
    match netlink.get(Message::GetRoute(message))? {
        Message::NewRoute(found) => Ok(Way { kind: found.header.kind, link: link_of(&found) }),
        _ => Err(io::Error::from_raw_os_error(libc::ENETUNREACH)),
    }
}

fn link_of(message: &RouteMessage) -> u32 {
    message.attributes.iter().find_map(|a| if let RouteAttribute::Oif(i) = a { Some(*i) } else { None }).unwrap_or(0)
}

fn family(address: IpAddr) -> AddressFamily {
    if address.is_ipv4() { AddressFamily::Inet } else { AddressFamily::Inet6 }
}
