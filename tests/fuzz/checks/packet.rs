//! A packet of the card as the zone may send it, and everything that the relay makes of it. The reference is written
//! anew here: what it calls whole is accepted, and nothing else.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use sep_run::network::relay::fuzzing::{
    Content, Judge, Problem, Sent, echo_reply, message, parse, quoted_echo, quoted_udp, udp, unreachable,
};
use sep_run::policy::plan::Relay;

use super::be16;

const OWN: [IpAddr; 2] =
    [IpAddr::V4(Ipv4Addr::new(192, 0, 2, 2)), IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0x5e9, 0, 0, 0, 0, 2))];
const GATE: [IpAddr; 2] =
    [IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)), IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0x5e9, 0, 0, 0, 0, 1))];

/// The input is a packet; it is tried as it is, and with lengths, source and checksums made right, since hardly any
/// change of a packet would get past them.
pub fn check(bytes: &[u8]) -> bool {
    let mended = mended(bytes);
    let accepted = one(bytes);
    mended.as_deref().is_some_and(one) || accepted
}

fn one(packet: &[u8]) -> bool {
    let sent = parse(packet, &OWN);
    assert_eq!(sent.is_ok(), is_carried(packet), "{sent:?} of {packet:02x?}");
    let Ok(sent) = sent else { return false };
    assert!(OWN.contains(&sent.source) && sent.source.is_ipv4() == sent.destination.is_ipv4());
    assert!(parse(packet, &[]).is_err(), "a source that is nobody's");
    judged(&sent);
    match sent.content {
        Content::Udp { source, destination, data } => datagram(&sent, (source, destination), data),
        Content::Echo { ident, rest } => echo(&sent, ident, rest),
    }
    true
}

fn datagram(sent: &Sent<'_>, (source, destination): (u16, u16), data: &[u8]) {
    let (from, to) = (SocketAddr::new(sent.source, source), SocketAddr::new(sent.destination, destination));
    assert!(source != 0 && destination != 0);
    let again = made(udp(from, to, data));
    assert_eq!(parse(&again, &OWN).as_ref(), Ok(sent), "made anew it means something else");
    let back = made(udp(to, from, data));
    assert_eq!(&back[back.len() - data.len()..], data);
    errors(sent, &made(quoted_udp(from, to, data)));
    if GATE.contains(&sent.destination) && destination == 53 {
        let reply = match message::query(data) {
            Ok(question) => Some(message::reply(data, &question, message::Code::Failed)),
            Err(reply) => reply,
        };
        reply.into_iter().for_each(|reply| drop(made(udp(to, from, &reply))));
    }
}

fn echo(sent: &Sent<'_>, ident: u16, rest: &[u8]) {
    let reply = made(echo_reply(sent.destination, sent.source, ident, rest));
    assert_eq!(&reply[reply.len() - rest.len()..], rest);
    let request = made(quoted_echo(sent.source, sent.destination, ident, rest));
    if rest.len() <= 256 {
        assert_eq!(parse(&request, &OWN).as_ref(), Ok(sent), "made anew it means something else");
    }
    errors(sent, &request);
}

/// Every error that the relay can tell the zone about a packet.
fn errors(sent: &Sent<'_>, about: &[u8]) {
    let gate = GATE[usize::from(sent.source.is_ipv6())];
    for problem in [Problem::Port, Problem::Host, Problem::Prohibited, Problem::TooBig(u32::from(about[0]) * 0x101)] {
        let packet = made(unreachable(gate, sent.source, problem, about));
        assert!(packet.len() <= 40 + 8 + 512, "an error of {} bytes", packet.len());
        assert!(packet.ends_with(&about[..about.len().min(512)]));
    }
}

/// Closed by nothing that a plan says: what is no place on the internet stays closed, whatever is written inside of it.
fn judged(sent: &Sent<'_>) {
    let all = vec!["0.0.0.0/0".to_owned(), "::/0".to_owned()];
    let plan = Relay { business: vec!["10.20.0.0/16".into()], allow: all, ..Relay::default() };
    let judge = Judge::new(&plan).expect("prefixes");
    let port = match sent.content {
        Content::Udp { destination, .. } => Some(destination),
        Content::Echo { .. } => None,
    };
    let inner = match sent.destination {
        IpAddr::V6(v6) => v6.to_ipv4_mapped().map(IpAddr::V4).unwrap_or(sent.destination),
        v4 => v4,
    };
    let closed = inner.is_loopback()
        || inner.is_multicast()
        || inner.is_unspecified()
        || matches!(inner, IpAddr::V4(v4) if v4.octets()[..2] == [10, 20] || v4.is_broadcast());
    match judge.judge(sent.destination, port) {
        Ok(addresses) => {
            assert!(!closed, "{} is open", sent.destination);
            assert!((1..=3).contains(&addresses.len()) && addresses[0] == sent.destination);
        }
        Err(rule) => assert!(!rule.name().is_empty()),
    }
}

/// A packet that was made, with its lengths and checksums verified.
fn made(packet: Option<Vec<u8>>) -> Vec<u8> {
    let packet = packet.expect("there is room for it");
    let parts = parts(&packet).unwrap_or_else(|| panic!("its lengths are wrong: {packet:02x?}"));
    let known = match (parts.source.is_ipv4(), parts.protocol) {
        (true, 1) => sum(&[parts.data]) == 0xffff,
        (_, 17) => whole_udp(&parts),
        (false, 58) => sum(&[&parts.pseudo(), parts.data]) == 0xffff,
        _ => false,
    };
    assert!(known, "its checksum or length is wrong: {packet:02x?}");
    packet
}

/// Whether the relay is to carry a packet of the zone.
fn is_carried(packet: &[u8]) -> bool {
    let Some(parts) = parts(packet) else { return false };
    let ports = || be16(parts.data, 0) != Some(0) && be16(parts.data, 2) != Some(0);
    let echo = |kind: u8| parts.data.len() >= 8 && parts.data[..2] == [kind, 0];
    let right = match (parts.source.is_ipv4(), parts.protocol) {
        (_, 17) => whole_udp(&parts) && ports(),
        (true, 1) => echo(8) && sum(&[parts.data]) == 0xffff,
        (false, 58) => echo(128) && sum(&[&parts.pseudo(), parts.data]) == 0xffff,
        _ => false,
    };
    right && OWN.contains(&parts.source)
}

fn whole_udp(parts: &Parts<'_>) -> bool {
    let (length, stored) = (be16(parts.data, 4), be16(parts.data, 6));
    let none = stored == Some(0);
    let right = if none { parts.source.is_ipv4() } else { sum(&[&parts.pseudo(), parts.data]) == 0xffff };
    parts.data.len() >= 8 && length.map(usize::from) == Some(parts.data.len()) && right
}

/// An IP packet without options, fragments and extension headers.
struct Parts<'a> {
    source: IpAddr,
    destination: IpAddr,
    protocol: u8,
    data: &'a [u8],
}

impl Parts<'_> {
    fn pseudo(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for address in [self.source, self.destination] {
            match address {
                IpAddr::V4(v4) => bytes.extend(v4.octets()),
                IpAddr::V6(v6) => bytes.extend(v6.octets()),
            }
        }
        bytes.extend((self.data.len() as u32).to_be_bytes());
        bytes.extend([0, 0, 0, self.protocol]);
        bytes
    }
}

fn parts(packet: &[u8]) -> Option<Parts<'_>> {
    let address = |at: usize, len: usize| -> Option<IpAddr> {
        let bytes = packet.get(at..at + len)?;
        let v6 = || Some(IpAddr::from(<[u8; 16]>::try_from(bytes).ok()?));
        if len == 4 { Some(IpAddr::from(<[u8; 4]>::try_from(bytes).ok()?)) } else { v6() }
    };
    match packet.first()? {
        0x45 => {
            let whole = usize::from(be16(packet, 2)?) == packet.len() && be16(packet, 6)? & 0x3fff == 0;
            let (source, destination) = (address(12, 4)?, address(16, 4)?);
            (whole && sum(&[&packet[..20]]) == 0xffff).then(|| Parts {
                source,
                destination,
                protocol: packet[9],
                data: &packet[20..],
            })
        }
        0x60..=0x6f => {
            let (source, destination) = (address(8, 16)?, address(24, 16)?);
            (usize::from(be16(packet, 4)?) + 40 == packet.len()).then(|| Parts {
                source,
                destination,
                protocol: packet[6],
                data: &packet[40..],
            })
        }
        _ => None,
    }
}

/// The sum of RFC 1071, word by word; all pieces but the last have an even length.
fn sum(pieces: &[&[u8]]) -> u16 {
    let mut sum = 0u32;
    for word in pieces.iter().flat_map(|piece| piece.chunks(2)) {
        sum += u32::from(word[0]) << 8 | u32::from(*word.get(1).unwrap_or(&0));
        sum = (sum & 0xffff) + (sum >> 16);
    }
    sum as u16
}

/// The packet with the zone's source, lengths and checksums that are right.
fn mended(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut packet = bytes.to_vec();
    let (start, protocol) = match packet.first()? >> 4 {
        4 if packet.len() >= 20 => {
            let length = u16::try_from(packet.len()).ok()?;
            packet[2..4].copy_from_slice(&length.to_be_bytes());
            packet[12..16].copy_from_slice(&[192, 0, 2, 2]);
            put(&mut packet, 10, 0);
            let value = !sum(&[&packet[..20]]);
            put(&mut packet, 10, value);
            (20, packet[9])
        }
        6 if packet.len() >= 40 => {
            let length = u16::try_from(packet.len() - 40).ok()?;
            put(&mut packet, 4, length);
            let IpAddr::V6(own) = OWN[1] else { return None };
            packet[8..24].copy_from_slice(&own.octets());
            (40, packet[6])
        }
        _ => return None,
    };
    let length = packet.len() - start;
    let at = match protocol {
        17 if length >= 8 => {
            put(&mut packet, start + 4, length as u16);
            6
        }
        1 | 58 if length >= 8 => 2,
        _ => return Some(packet),
    };
    put(&mut packet, start + at, 0);
    // an echo of IPv4 has no sum over the addresses
    let pseudo = if protocol == 1 { Vec::new() } else { parts(&packet)?.pseudo() };
    let value = match !sum(&[&pseudo, &packet[start..]]) {
        0 if protocol == 17 => 0xffff,
        value => value,
    };
    put(&mut packet, start + at, value);
    Some(packet)
}

fn put(packet: &mut [u8], at: usize, value: u16) {
    packet[at..at + 2].copy_from_slice(&value.to_be_bytes());
}
