//! The kernel's log of packets (NFLOG): what rules that tell of a packet say to whoever listens to their group.
//!
//! A packet was made by anybody on any network: only its header is looked at, at places that it is long enough for.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::os::fd::{AsFd, BorrowedFd};

use netlink_packet_netfilter::nflog::{ConfigCmd, ConfigMode, ConfigNla, PacketNla, ULogMessage};
use netlink_packet_netfilter::{NetfilterHeader, NetfilterMessage, NetfilterMessageInner, NetfilterProtoFamily};

use super::netlink::Netlink;
use super::nft::{ICMP, ICMPV6, TCP, UDP};

/// Bytes of a packet that are of use: both headers.
const BEGINNING: u32 = 128;

/// Listens to a group.
#[derive(Debug)]
pub struct Listener(Netlink);

/// A packet that a rule told of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// The name that the rule tells it under.
    pub name: String,
    /// The user whose program sent it, where one did.
    pub user: Option<u32>,
    /// Where it is from.
    pub source: IpAddr,
    /// Where it goes.
    pub destination: IpAddr,
    /// The protocol that it carries, by name where it has one.
    pub protocol: String,
    /// The port that it goes to, where it has one.
    pub port: Option<u16>,
}

impl Listener {
    /// Listens to a group, which nobody else does.
    ///
    /// # Errors
    /// EBUSY where somebody does.
    pub fn new(group: u16) -> io::Result<Self> {
        let mut netlink = Netlink::netfilter()?;
        let wanted = [
            ConfigNla::Cmd(ConfigCmd::Bind),
            ConfigNla::Mode(ConfigMode::new_packet(BEGINNING)),
            // each at once: there are few
            ConfigNla::QThresh(1),
        ];
        for one in wanted {
            let header = NetfilterHeader::new(NetfilterProtoFamily::Unspec, 0, group);
            netlink.set(0, NetfilterMessage::new(header, ULogMessage::Config(vec![one])))?;
        }
        Ok(Self(netlink))
    }

    /// What waits; what is no packet of IPv4 or IPv6 is left out.
    pub fn waiting(&self) -> Vec<Told> {
        let messages: Vec<NetfilterMessage> = self.0.heard().unwrap_or_default();
        let packets = messages.into_iter().filter_map(|message| match message.inner {
            NetfilterMessageInner::ULog(ULogMessage::Packet(parts)) => told(&parts),
            _ => None,
        });
        packets.collect()
    }
}

impl AsFd for Listener {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

fn told(parts: &[PacketNla]) -> Option<Told> {
    let packet = parts.iter().find_map(|part| if let PacketNla::Payload(bytes) = part { Some(bytes) } else { None })?;
    let name = parts.iter().find_map(|part| if let PacketNla::Prefix(name) = part { Some(name) } else { None })?;
    let user = parts.iter().find_map(|part| if let PacketNla::Uid(user) = part { Some(*user) } else { None });
    let (source, destination, protocol, behind) = ends(packet)?;
    let has_ports = protocol == TCP || protocol == UDP;
    let port = has_ports.then(|| bytes::<2>(packet, behind + 2)).flatten().map(u16::from_be_bytes);
    let protocol = match protocol {
        TCP => "tcp".to_owned(),
        UDP => "udp".to_owned(),
        ICMP | ICMPV6 => "icmp".to_owned(),
        other => other.to_string(),
    };
    Some(Told { name: name.to_string_lossy().into_owned(), user, source, destination, protocol, port })
}

/// Both addresses, the protocol that is carried, and where its header begins.
fn ends(packet: &[u8]) -> Option<(IpAddr, IpAddr, u8, usize)> {
    let first = *packet.first()?;
    match first >> 4 {
        4 => {
            let address = |at| bytes::<4>(packet, at).map(|octets| IpAddr::from(Ipv4Addr::from(octets)));
            Some((address(12)?, address(16)?, *packet.get(9)?, 4 * usize::from(first & 15)))
        }
        6 => {
            let address = |at| bytes::<16>(packet, at).map(|octets| IpAddr::from(Ipv6Addr::from(octets)));
            Some((address(8)?, address(24)?, *packet.get(6)?, 40))
        }
        _ => None,
    }
}

fn bytes<const N: usize>(packet: &[u8], at: usize) -> Option<[u8; N]> {
    packet.get(at..at.checked_add(N)?)?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_of_any_length_is_read_or_left_out() {
        let mut packet = vec![0x45; 24];
        packet[9] = TCP;
        packet[12..24].copy_from_slice(&[10, 0, 0, 1, 192, 0, 2, 7, 0x45, 0x45, 1, 187]);
        let whole = [PacketNla::Payload(packet.clone()), PacketNla::Prefix(c"leaving".into())];
        let read = told(&whole).unwrap();
        assert_eq!((read.destination.to_string().as_str(), read.port), ("192.0.2.7", Some(443)));
        for length in 0..packet.len() {
            let cut = [PacketNla::Payload(packet[..length].to_vec()), PacketNla::Prefix(c"leaving".into())];
            assert!(told(&cut).is_none_or(|read| length >= 20 && read.port.is_none()), "{length}");
            let six = [0x60; 60];
            assert!(ends(&six[..length]).is_none() && ends(&six).is_some());
        }
    }
}
