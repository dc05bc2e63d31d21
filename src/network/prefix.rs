//! Address prefixes, as a plan writes them and as the built-in lists name them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A prefix: all addresses that begin with the same bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Prefix {
    address: IpAddr,
    length: u8,
}

impl Prefix {
    /// The first `length` bits of an IPv4 address.
    pub const fn v4(a: u8, b: u8, c: u8, d: u8, length: u8) -> Self {
        Self { address: IpAddr::V4(Ipv4Addr::new(a, b, c, d)), length }
    }

    /// The first `length` bits of an IPv6 address, of which the first four groups are given.
    pub const fn v6(a: u16, b: u16, c: u16, d: u16, length: u8) -> Self {
        Self { address: IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0)), length }
    }

    /// Reads `ADDRESS` or `ADDRESS/LENGTH`; a length that the family does not have is nothing.
    pub fn parse(text: &str) -> Option<Self> {
        let (address, length) = match text.split_once('/') {
            Some((address, length)) => (address.parse::<IpAddr>().ok()?, length.parse().ok()?),
            None => {
                let address = text.parse::<IpAddr>().ok()?;
                (address, bits(address))
            }
        };
        (length <= bits(address)).then_some(Self { address, length })
    }

    /// Reads a prefix with an optional port after it: `10.0.0.0/8:443`, `10.0.0.5:443`, `[fd00::5]:443`, `fd00::/8`.
    pub fn parse_with_port(text: &str) -> Option<(Self, Option<u16>)> {
        if let Some(prefix) = Self::parse(text) {
            return Some((prefix, None));
        }
        if let Ok(socket) = text.parse::<std::net::SocketAddr>() {
            return Some((Self { address: socket.ip(), length: bits(socket.ip()) }, Some(socket.port())));
        }
        let (prefix, port) = text.rsplit_once(':')?;
        Some((Self::parse(prefix).filter(|_| prefix.contains('/'))?, Some(port.parse().ok()?)))
    }

    /// The network that an address is in, by the length of its prefix.
    pub const fn of(address: IpAddr, length: u8) -> Self {
        Self { address, length }
    }

    /// Whether the two have an address in common.
    pub fn meets(&self, other: &Self) -> bool {
        self.contains(other.address) || other.contains(self.address)
    }

    /// Its first address, and how many bits of that count.
    pub fn parts(&self) -> (IpAddr, u8) {
        (self.address, self.length)
    }

    /// Whether the address begins with these bits. An address of the other family never does.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address) {
            (IpAddr::V4(a), IpAddr::V4(b)) => {
                let differing = (u32::from(a) ^ u32::from(b)).leading_zeros();
                differing >= u32::from(self.length)
            }
            (IpAddr::V6(a), IpAddr::V6(b)) => {
                let differing = (u128::from(a) ^ u128::from(b)).leading_zeros();
                differing >= u32::from(self.length)
            }
            _ => false,
        }
    }
}

fn bits(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contains(prefix: &str, address: &str) -> bool {
        Prefix::parse(prefix).unwrap().contains(address.parse().unwrap())
    }

    #[test]
    fn the_edges_of_a_prefix() {
        assert!(contains("10.20.0.0/16", "10.20.255.255") && !contains("10.20.0.0/16", "10.21.0.0"));
        assert!(contains("0.0.0.0/0", "203.0.113.9") && !contains("0.0.0.0/0", "2001:db8::1"));
        assert!(contains("198.51.100.7", "198.51.100.7") && !contains("198.51.100.7", "198.51.100.6"));
        assert!(contains("fd20::/64", "fd20::ffff:0:0:1") && !contains("fd20::/64", "fd20:0:0:1::"));
        assert!(contains("10.20.1.1/16", "10.20.9.9"), "bits after the length do not count");
    }

    #[test]
    fn what_is_not_a_prefix_is_nothing() {
        for text in
            ["", "10.0.0.0/33", "::/129", "10.0.0/8", "example.org", "10.0.0.0/-1", "10.0.0.0/8:443", "10.0.0.0/ 8"]
        {
            assert_eq!(Prefix::parse(text), None, "{text}");
        }
    }

    #[test]
    fn ports_after_a_prefix() {
        let read = |text| Prefix::parse_with_port(text).map(|(_, port)| port);
        assert_eq!(read("10.0.0.0/8:443"), Some(Some(443)));
        assert_eq!(read("fd00::/8:443"), Some(Some(443)));
        assert_eq!(read("10.0.0.5:443"), Some(Some(443)));
        assert_eq!(read("[fd00::5]:443"), Some(Some(443)));
        assert_eq!(read("fd00::5:443"), Some(None), "an address, as it is written");
        for text in ["10.0.0.0/8:", "10.0.0.0/8:65536", "10.0.0.0/8:x", ":443"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
