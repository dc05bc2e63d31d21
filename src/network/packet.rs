//! Packets of IP: taking one of a zone's apart, and making what is sent to it or to a server.
//!
//! Pure bytes. What the zone sends is believed in nothing: lengths, checksums and the source are verified, and
//! anything but UDP and echo requests without options, fragments or extension headers is refused.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::checksum::Sum;

/// What the zone sent.
#[derive(Debug, PartialEq, Eq)]
pub struct Sent<'a> {
    /// The zone's own address.
    pub source: IpAddr,
    /// Where it is meant to go.
    pub destination: IpAddr,
    /// What it is.
    pub content: Content<'a>,
}

/// The two kinds of packet that the card carries.
#[derive(Debug, PartialEq, Eq)]
pub enum Content<'a> {
    /// A datagram.
    Udp {
        /// The program's port.
        source: u16,
        /// The port that is meant.
        destination: u16,
        /// The data.
        data: &'a [u8],
    },
    /// An echo request.
    Echo {
        /// The program's identifier.
        ident: u16,
        /// The rest of the message after type, code, checksum and identifier: sequence number and data.
        rest: &'a [u8],
    },
}

/// Why a packet is not carried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Malformed {
    /// It ends before its header does, or lengths in it contradict each other.
    Length,
    /// Neither IPv4 nor IPv6.
    Version,
    /// IPv4 options or an IPv6 extension header.
    Header,
    /// A fragment.
    Fragment,
    /// Neither UDP nor an echo request.
    Protocol,
    /// Another source than the zone's address.
    Source,
    /// A wrong checksum, or none where one must be.
    Checksum,
}

const ICMP: u8 = libc::IPPROTO_ICMP as u8;
const ICMPV6: u8 = libc::IPPROTO_ICMPV6 as u8;
const UDP: u8 = libc::IPPROTO_UDP as u8;
const V4_HEADER: usize = 20;
const V6_HEADER: usize = 40;
const UDP_HEADER: usize = 8;
/// More than one: the next fragments, or the offset of this.
const FRAGMENT: u16 = 0x3fff;
const DONT_FRAGMENT: u16 = 0x4000;
const HOPS: u8 = 64;

/// Takes one packet apart. `own` are the zone's addresses.
pub fn parse<'a>(packet: &'a [u8], own: &[IpAddr]) -> Result<Sent<'a>, Malformed> {
    let (source, destination, protocol, data) = match packet.first().map(|b| b >> 4) {
        Some(4) => parse_v4(packet)?,
        Some(6) => parse_v6(packet)?,
        Some(_) => return Err(Malformed::Version),
        None => return Err(Malformed::Length),
    };
    if !own.contains(&source) {
        return Err(Malformed::Source);
    }
    let content = match (protocol, source.is_ipv4()) {
        (UDP, _) => parse_udp(source, destination, data)?,
        (ICMP, true) => parse_echo(8, Sum::default(), data)?,
        (ICMPV6, false) => parse_echo(128, pseudo(source, destination, ICMPV6, data.len()), data)?,
        _ => return Err(Malformed::Protocol),
    };
    Ok(Sent { source, destination, content })
}

type Parts<'a> = (IpAddr, IpAddr, u8, &'a [u8]);

fn parse_v4(packet: &[u8]) -> Result<Parts<'_>, Malformed> {
    let (header, data) = packet.split_first_chunk::<V4_HEADER>().ok_or(Malformed::Length)?;
    let [first, _, l0, l1, _, _, f0, f1, _, protocol, _, _, s0, s1, s2, s3, d0, d1, d2, d3] = *header;
    if first & 0xf != 5 {
        return Err(Malformed::Header);
    }
    if usize::from(u16::from_be_bytes([l0, l1])) != packet.len() {
        return Err(Malformed::Length);
    }
    if u16::from_be_bytes([f0, f1]) & FRAGMENT != 0 {
        return Err(Malformed::Fragment);
    }
    if !Sum::default().add(header).is_right() {
        return Err(Malformed::Checksum);
    }
    let (source, destination) = (Ipv4Addr::new(s0, s1, s2, s3), Ipv4Addr::new(d0, d1, d2, d3));
    Ok((source.into(), destination.into(), protocol, data))
}

fn parse_v6(packet: &[u8]) -> Result<Parts<'_>, Malformed> {
    let (header, data) = packet.split_first_chunk::<V6_HEADER>().ok_or(Malformed::Length)?;
    let (start, addresses) = header.split_first_chunk::<8>().ok_or(Malformed::Length)?;
    let (source, destination) = addresses.split_first_chunk::<16>().ok_or(Malformed::Length)?;
    let destination: [u8; 16] = destination.try_into().map_err(|_| Malformed::Length)?;
    let [_, _, _, _, l0, l1, next, _] = *start;
    if usize::from(u16::from_be_bytes([l0, l1])) != data.len() {
        return Err(Malformed::Length);
    }
    match next {
        UDP | ICMPV6 => Ok((Ipv6Addr::from(*source).into(), Ipv6Addr::from(destination).into(), next, data)),
        44 => Err(Malformed::Fragment),
        // hop-by-hop, routing, ESP, AH, none, destination options, mobility, HIP, shim6
        0 | 43 | 50 | 51 | 59 | 60 | 135 | 139 | 140 => Err(Malformed::Header),
        _ => Err(Malformed::Protocol),
    }
}

fn parse_udp(source: IpAddr, destination: IpAddr, data: &[u8]) -> Result<Content<'_>, Malformed> {
    let (header, payload) = data.split_first_chunk::<UDP_HEADER>().ok_or(Malformed::Length)?;
    let [s0, s1, d0, d1, l0, l1, c0, c1] = *header;
    if usize::from(u16::from_be_bytes([l0, l1])) != data.len() {
        return Err(Malformed::Length);
    }
    // zero is "not computed", which IPv6 does not have
    let none = [c0, c1] == [0, 0];
    let right = || pseudo(source, destination, UDP, data.len()).add(data).is_right();
    if (none && source.is_ipv6()) || (!none && !right()) {
        return Err(Malformed::Checksum);
    }
    let (source, destination) = (u16::from_be_bytes([s0, s1]), u16::from_be_bytes([d0, d1]));
    if source == 0 || destination == 0 {
        return Err(Malformed::Protocol);
    }
    Ok(Content::Udp { source, destination, data: payload })
}

fn parse_echo(request: u8, sum: Sum, data: &[u8]) -> Result<Content<'_>, Malformed> {
    let (header, rest) = data.split_first_chunk::<6>().ok_or(Malformed::Length)?;
    let [kind, code, _, _, i0, i1] = *header;
    if rest.len() < 2 {
        return Err(Malformed::Length);
    }
    if (kind, code) != (request, 0) {
        return Err(Malformed::Protocol);
    }
    if !sum.add(data).is_right() {
        return Err(Malformed::Checksum);
    }
    Ok(Content::Echo { ident: u16::from_be_bytes([i0, i1]), rest })
}

/// A datagram into the zone. Both addresses are of one family; data longer than a datagram is nothing.
pub fn udp(from: SocketAddr, to: SocketAddr, data: &[u8]) -> Option<Vec<u8>> {
    let length = u16::try_from(UDP_HEADER + data.len()).ok()?;
    let mut packet = header(from.ip(), to.ip(), UDP, length.into())?;
    let at = packet.len();
    for field in [from.port(), to.port(), length, 0] {
        packet.extend_from_slice(&field.to_be_bytes());
    }
    packet.extend_from_slice(data);
    let sum = pseudo(from.ip(), to.ip(), UDP, length.into()).add(packet.get(at..)?);
    // a sum of zero would read as "not computed"
    let value = if sum.value() == [0, 0] { [0xff, 0xff] } else { sum.value() };
    put(&mut packet, at + 6, value)?;
    Some(packet)
}

/// An echo reply into the zone; `rest` is sequence number and data.
pub fn echo_reply(from: IpAddr, to: IpAddr, ident: u16, rest: &[u8]) -> Option<Vec<u8>> {
    let kind = if to.is_ipv4() { 0 } else { 129 };
    let mut message = vec![kind, 0, 0, 0];
    message.extend_from_slice(&ident.to_be_bytes());
    message.extend_from_slice(rest);
    icmp(from, to, message)
}

/// What happened to a packet of the zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Problem {
    /// Nobody listens on the port.
    Port,
    /// The host, or no way to it.
    Host,
    /// Forbidden on the way, or by the relay itself.
    Prohibited,
    /// Larger than the way allows: the most that it takes, in bytes with IP header.
    TooBig(u32),
}

/// An ICMP error into the zone, from `gate`, about a packet from the zone that began with `about`.
pub fn unreachable(gate: IpAddr, to: IpAddr, problem: Problem, about: &[u8]) -> Option<Vec<u8>> {
    let (kind, code, field) = match (problem, to.is_ipv4()) {
        (Problem::Port, true) => (3, 3, 0),
        (Problem::Host, true) => (3, 1, 0),
        (Problem::Prohibited, true) => (3, 13, 0),
        (Problem::TooBig(most), true) => (3, 4, most.min(0xffff)),
        (Problem::Port, false) => (1, 4, 0),
        (Problem::Host, false) => (1, 3, 0),
        (Problem::Prohibited, false) => (1, 1, 0),
        (Problem::TooBig(most), false) => (2, 0, most),
    };
    let mut message = vec![kind, code, 0, 0];
    message.extend_from_slice(&field.to_be_bytes());
    // enough to find the socket; within the least MTU of either family
    message.extend_from_slice(about.get(..about.len().min(512))?);
    icmp(gate, to, message)
}

/// The beginning of a datagram that the zone had sent, for the error about it; `data` is what is left of it.
pub fn quoted_udp(from: SocketAddr, to: SocketAddr, data: &[u8]) -> Option<Vec<u8>> {
    udp(from, to, data.get(..data.len().min(256))?)
}

/// The beginning of an echo request that the zone had sent.
pub fn quoted_echo(from: IpAddr, to: IpAddr, ident: u16, rest: &[u8]) -> Option<Vec<u8>> {
    let mut message = vec![if from.is_ipv4() { 8 } else { 128 }, 0, 0, 0];
    message.extend_from_slice(&ident.to_be_bytes());
    message.extend_from_slice(rest.get(..rest.len().min(256))?);
    icmp(from, to, message)
}

fn icmp(from: IpAddr, to: IpAddr, mut message: Vec<u8>) -> Option<Vec<u8>> {
    let protocol = if to.is_ipv4() { ICMP } else { ICMPV6 };
    let start = if to.is_ipv4() { Sum::default() } else { pseudo(from, to, ICMPV6, message.len()) };
    let value = start.add(&message).value();
    put(&mut message, 2, value)?;
    let mut packet = header(from, to, protocol, message.len())?;
    packet.extend_from_slice(&message);
    Some(packet)
}

/// The IP header of a packet with `length` bytes after it.
fn header(from: IpAddr, to: IpAddr, protocol: u8, length: usize) -> Option<Vec<u8>> {
    match (from, to) {
        (IpAddr::V4(from), IpAddr::V4(to)) => {
            let total = u16::try_from(V4_HEADER + length).ok()?.to_be_bytes();
            let mut packet = Vec::with_capacity(V4_HEADER + length);
            packet.extend_from_slice(&[0x45, 0, total[0], total[1], 0, 0]);
            packet.extend_from_slice(&DONT_FRAGMENT.to_be_bytes());
            packet.extend_from_slice(&[HOPS, protocol, 0, 0]);
            packet.extend_from_slice(&from.octets());
            packet.extend_from_slice(&to.octets());
            let value = Sum::default().add(&packet).value();
            put(&mut packet, 10, value)?;
            Some(packet)
        }
        (IpAddr::V6(from), IpAddr::V6(to)) => {
            let mut packet = Vec::with_capacity(V6_HEADER + length);
            packet.extend_from_slice(&[0x60, 0, 0, 0]);
            packet.extend_from_slice(&u16::try_from(length).ok()?.to_be_bytes());
            packet.extend_from_slice(&[protocol, HOPS]);
            packet.extend_from_slice(&from.octets());
            packet.extend_from_slice(&to.octets());
            Some(packet)
        }
        _ => None,
    }
}

/// The sum over the addresses, the protocol and the length, with which UDP and ICMPv6 begin theirs.
fn pseudo(from: IpAddr, to: IpAddr, protocol: u8, length: usize) -> Sum {
    let sum = match (from, to) {
        (IpAddr::V4(from), IpAddr::V4(to)) => Sum::default().add(&from.octets()).add(&to.octets()),
        (IpAddr::V6(from), IpAddr::V6(to)) => Sum::default().add(&from.octets()).add(&to.octets()),
        _ => Sum::default(),
    };
    sum.add(&(length as u32).to_be_bytes()).add(&[0, protocol])
}

fn put(packet: &mut [u8], at: usize, value: [u8; 2]) -> Option<()> {
    packet.get_mut(at..at + 2)?.copy_from_slice(&value);
    Some(())
}

#[cfg(test)]
#[path = "packet_tests.rs"]
mod tests;
