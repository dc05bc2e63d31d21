//! Which program a connection of the zone belongs to: what the relay asks, as the zone's own tables name sockets.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use super::codec::{Malformed, Reader, Writer};

/// The most bytes of a program's name.
pub const LONGEST_PROGRAM: usize = 128;

/// The kind of a program's socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Transport {
    /// A stream.
    Tcp = 6,
    /// Datagrams.
    Udp = 17,
    /// Echo requests; the port is their identifier.
    Icmp = 1,
}

/// One question of the relay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Question {
    /// Stands in the answer.
    pub number: u32,
    /// The socket's kind.
    pub transport: Transport,
    /// The program's end.
    pub local: SocketAddr,
    /// Where the program wanted to go; the unspecified address where that is not known.
    pub remote: SocketAddr,
}

impl Question {
    /// Appends the fields.
    pub(super) fn write(&self, to: &mut Writer) {
        to.u32(self.number).u8(self.transport as u8);
        for end in [self.local, self.remote] {
            for word in words(end.ip()) {
                to.u32(word);
            }
            to.u32(end.port().into());
        }
    }

    /// Takes the fields.
    pub(super) fn read(from: &mut Reader<'_>) -> Result<Self, Malformed> {
        let (number, transport) = (from.u32()?, Transport::decode(from.u8()?)?);
        Ok(Self { number, transport, local: end(from)?, remote: end(from)? })
    }
}

impl Transport {
    fn decode(byte: u8) -> Result<Self, Malformed> {
        [Self::Tcp, Self::Udp, Self::Icmp].into_iter().find(|t| *t as u8 == byte).ok_or(Malformed::Unknown)
    }
}

/// An address as four words; one of IPv4 as the IPv6 address that means it.
fn words(address: IpAddr) -> [u32; 4] {
    let bits = match address {
        IpAddr::V4(v4) => v4.to_ipv6_mapped().to_bits(),
        IpAddr::V6(v6) => v6.to_bits(),
    };
    [96, 64, 32, 0].map(|shift| (bits >> shift) as u32)
}

fn end(from: &mut Reader<'_>) -> Result<SocketAddr, Malformed> {
    let mut bits = 0;
    for _ in 0..4 {
        bits = bits << 32 | u128::from(from.u32()?);
    }
    let port = u16::try_from(from.u32()?).map_err(|_| Malformed::Unknown)?;
    Ok(SocketAddr::new(Ipv6Addr::from_bits(bits).to_canonical(), port))
}
