//! The zone's firewall for card kind `macvlan`: what may leave by the card, and only answers come in.

use std::net::{IpAddr, Ipv4Addr};

use netlink_packet_netfilter::nftables::{Expressions, InetHookNumber, MetaKey};

use crate::network::nft::{
    Chain, Table, accept, by_link, counter, destination_in, destination_is, drop, icmp_is, is_answer, meta_is, port_is,
    protocol_is,
};
use crate::network::nic::{CARD, failed};
use crate::policy::plan::Macvlan;
use crate::wire::Failure;

const TCP: u8 = libc::IPPROTO_TCP as u8;
const UDP: u8 = libc::IPPROTO_UDP as u8;
const ICMP: u8 = libc::IPPROTO_ICMP as u8;
const ECHO: u8 = 8;
const NAMES: u16 = 53;

/// Prefixes of networks that are nobody's on the internet: private ones, those of a link or a provider, and what is said to
/// all (RFC 6890, RFC 1918, RFC 6598, RFC 3927, RFC 5771).
const CLOSED: [(Ipv4Addr, u8); 9] = [
    (Ipv4Addr::new(0, 0, 0, 0), 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(224, 0, 0, 0), 4),
    (Ipv4Addr::new(240, 0, 0, 0), 4),
];

/// Ports of protocols that tell neighbours who is there: names by multicast, NetBIOS, SSDP, WS-Discovery.
const CHATTER: [u16; 6] = [137, 138, 1_900, 3_702, 5_353, 5_355];

type Rule = Vec<Expressions>;

/// The whole ruleset.
///
/// # Errors
/// A destination that is none: nothing is guessed, since it may be one that must be closed.
pub fn table(card: &Macvlan) -> Result<Table, Failure> {
    let chain = |name, hook, rules| Chain { name, kind: "filter", hook, priority: 0, accept: false, rules };
    let chains = vec![
        chain("leaving", InetHookNumber::LocalOut, output(card)?),
        chain("entering", InetHookNumber::LocalIn, input()),
        chain("passing", InetHookNumber::Forward, vec![vec![counter(), drop()]]),
    ];
    Ok(Table { name: "zone", chains })
}

/// The business network is closed first, whatever is opened; then what the profile opens, and the servers of names, which
/// may be private; then everything private.
fn output(card: &Macvlan) -> Result<Vec<Rule>, Failure> {
    let own = by_link(MetaKey::Oifname, CARD);
    let mut rules = vec![pass(&[&by_link(MetaKey::Oifname, "lo")])];
    for entry in &card.deny {
        rules.extend(destinations(entry)?.iter().map(|destination| end(&[destination])));
    }
    for entry in &card.allow {
        rules.extend(destinations(entry)?.iter().map(|destination| pass(&[&own, destination])));
    }
    for server in &card.resolvers {
        for protocol in [UDP, TCP] {
            let to = [protocol_is(protocol).to_vec(), destination_is((*server).into())].concat();
            rules.push(pass(&[&own, &to, &port_is(NAMES)]));
        }
    }
    rules.extend(CLOSED.map(|(address, length)| end(&[&destination_in(address.into(), length)])));
    rules.extend(CHATTER.map(|port| end(&[&protocol_is(UDP), &port_is(port)])));
    for protocol in [TCP, UDP] {
        rules.push(pass(&[&own, &is_v4(), &protocol_is(protocol)]));
    }
    rules.push(pass(&[&own, &is_v4(), &protocol_is(ICMP), &icmp_is(ECHO)]));
    rules.push(vec![counter(), drop()]);
    Ok(rules)
}

fn input() -> Vec<Rule> {
    let own = by_link(MetaKey::Iifname, CARD);
    vec![pass(&[&by_link(MetaKey::Iifname, "lo")]), pass(&[&own, &is_v4(), &is_answer()]), vec![counter(), drop()]]
}

/// `10.20.0.0/16`, `192.168.7.9:631`, `fd00::/8`: as conditions, one for each protocol where a port is named.
fn destinations(entry: &str) -> Result<Vec<Vec<Expressions>>, Failure> {
    let wrong = || failed("read", entry, std::io::Error::from_raw_os_error(libc::EINVAL));
    let (address, length, port) = split(entry).ok_or_else(wrong)?;
    let prefix = destination_in(address, length);
    Ok(match port {
        None => vec![prefix],
        Some(port) => {
            let of = |protocol| [protocol_is(protocol).to_vec(), prefix.clone(), port_is(port).to_vec()].concat();
            [TCP, UDP].map(of).into()
        }
    })
}

fn split(entry: &str) -> Option<(IpAddr, u8, Option<u16>)> {
    let full = |address: IpAddr| if address.is_ipv4() { 32 } else { 128 };
    if let Ok(address) = entry.parse::<IpAddr>() {
        return Some((address, full(address), None));
    }
    if let Ok(socket) = entry.parse::<std::net::SocketAddr>() {
        return Some((socket.ip(), full(socket.ip()), Some(socket.port())));
    }
    let (address, rest) = entry.split_once('/')?;
    let (length, port) = rest.split_once(':').map_or((rest, None), |(length, port)| (length, Some(port)));
    let port = port.map(str::parse).transpose().ok()?;
    Some((address.parse().ok()?, length.parse().ok()?, port))
}

fn is_v4() -> [Expressions; 2] {
    meta_is(MetaKey::Nfproto, vec![libc::NFPROTO_IPV4 as u8])
}

fn pass(conditions: &[&[Expressions]]) -> Rule {
    rule(conditions, accept())
}

fn end(conditions: &[&[Expressions]]) -> Rule {
    rule(conditions, drop())
}

fn rule(conditions: &[&[Expressions]], verdict: Expressions) -> Rule {
    conditions.iter().flat_map(|condition| condition.to_vec()).chain([counter(), verdict]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn destinations_are_what_the_profile_can_write() {
        let v4 = |text: &str| text.parse::<IpAddr>().unwrap();
        assert_eq!(split("10.20.0.0/16"), Some((v4("10.20.0.0"), 16, None)));
        assert_eq!(split("10.20.0.0/16:443"), Some((v4("10.20.0.0"), 16, Some(443))));
        assert_eq!(split("192.168.7.9:631"), Some((v4("192.168.7.9"), 32, Some(631))));
        assert_eq!(split("192.168.7.9"), Some((v4("192.168.7.9"), 32, None)));
        assert_eq!(split("fd00::/8:443"), Some((v4("fd00::"), 8, Some(443))));
        assert_eq!(split("[fd00::1]:631"), Some((v4("fd00::1"), 128, Some(631))));
        assert_eq!(split("example.org"), None);
        assert!(destinations("").is_err() && destinations("10.0.0.1:80").unwrap().len() == 2);
    }
}
