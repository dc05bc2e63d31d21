//! A message to or from a DHCP server as an IPv4 packet.
//!
//! The sum over UDP is not looked at: a card that computes it later shows packets of this very PC without it, and
//! whoever means ill can compute it too.

use std::net::{Ipv4Addr, SocketAddr};

use crate::network::checksum::Sum;
use crate::network::packet;

const SERVER: u16 = 67;
const CLIENT: u16 = 68;
const UDP: u8 = 17;
const UDP_HEADER: usize = 8;

/// The packet of a message.
pub fn wrap(from: Ipv4Addr, to: Ipv4Addr, message: &[u8]) -> Option<Vec<u8>> {
    packet::udp(SocketAddr::new(from.into(), CLIENT), SocketAddr::new(to.into(), SERVER), message)
}

/// The message of a server that is in a packet; `None` where none is, or not a whole one.
pub fn unwrap(packet: &[u8]) -> Option<&[u8]> {
    let first = *packet.first()?;
    let (header, total) = (usize::from(first & 0x0f) * 4, usize::from(be16(packet, 2)?));
    let packet = packet.get(..total)?;
    let is_ip = first >> 4 == 4 && header >= 20 && Sum::default().add(packet.get(..header)?).is_right();
    let is_whole = be16(packet, 6)? & 0x3fff == 0 && packet.get(9) == Some(&UDP);
    let udp = packet.get(header..)?;
    let ports = (be16(udp, 0)?, be16(udp, 2)?);
    let message = udp.get(UDP_HEADER..usize::from(be16(udp, 4)?))?;
    (is_ip && is_whole && ports == (SERVER, CLIENT)).then_some(message)
}

fn be16(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes([*bytes.get(at)?, *bytes.get(at + 1)?]))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As a server would send it: the ports the other way round.
    fn answer(message: &[u8]) -> Vec<u8> {
        let (from, to) = ("203.0.113.1:67".parse().unwrap(), "203.0.113.9:68".parse().unwrap());
        packet::udp(from, to, message).unwrap()
    }

    #[test]
    fn a_whole_packet_of_a_server_holds_its_message() {
        let packet = answer(b"message");
        assert_eq!(unwrap(&packet), Some(&b"message"[..]));
        // the wire pads short frames
        assert_eq!(unwrap(&[&packet[..], &[0; 9]].concat()), Some(&b"message"[..]));
        for cut in 0..packet.len() {
            assert_eq!(unwrap(&packet[..cut]), None, "{cut}");
        }
    }

    #[test]
    fn everything_else_holds_none() {
        assert_eq!(unwrap(&wrap(Ipv4Addr::UNSPECIFIED, Ipv4Addr::BROADCAST, b"x").unwrap()), None, "a client's");
        for (at, to) in [(0, 0x65), (0, 0x44), (6, 0x20), (7, 1), (9, 6), (12, 0), (21, 68), (23, 67), (25, 60)] {
            let mut packet = answer(b"message");
            packet[at] = to;
            assert_eq!(unwrap(&packet), None, "{at}");
        }
    }
}
