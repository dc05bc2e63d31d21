//! The zone's firewall for card kind `macvlan`: what may leave by the card, and only answers come in.

use std::net::Ipv4Addr;

use netlink_packet_netfilter::nftables::{Expressions, InetHookNumber, MetaKey};

use crate::network::closed::{DISCOVERY, PRIVATE, RESERVED};
use crate::network::nft::{
    Chain, ICMP, Rule, TCP, Table, UDP, by_link, destination_in, destination_is, end, icmp_is, is_answer, meta_is,
    pass, port_is, protocol_is,
};
use crate::network::nic::{CARD, failed};
use crate::network::prefix::Prefix;
use crate::policy::plan::Macvlan;
use crate::wire::Failure;

const ECHO: u8 = 8;
const NAMES: u16 = 53;

/// The whole ruleset, with the servers of names that are known.
///
/// # Errors
/// A destination that is none: nothing is guessed, since it may be one that must be closed.
pub fn table(card: &Macvlan, resolvers: &[Ipv4Addr]) -> Result<Table, Failure> {
    let chains = vec![
        Chain::filter("leaving", InetHookNumber::LocalOut, 0, output(card, resolvers)?),
        Chain::filter("entering", InetHookNumber::LocalIn, 0, input()),
        Chain::filter("passing", InetHookNumber::Forward, 0, vec![end(&[])]),
    ];
    Ok(Table { name: "zone", chains, sets: Vec::new() })
}

/// The business network is closed first, whatever is opened; then what the profile opens, and the servers of names, which
/// may be private; then everything private.
fn output(card: &Macvlan, resolvers: &[Ipv4Addr]) -> Result<Vec<Rule>, Failure> {
    let own = by_link(MetaKey::Oifname, CARD);
    let mut rules = vec![pass(&[&by_link(MetaKey::Oifname, "lo")])];
    for entry in &card.deny {
        rules.extend(destinations(entry)?.iter().map(|destination| end(&[destination])));
    }
    for entry in &card.allow {
        rules.extend(destinations(entry)?.iter().map(|destination| pass(&[&own, destination])));
    }
    for server in resolvers {
        for protocol in [UDP, TCP] {
            let to = [protocol_is(protocol).to_vec(), destination_is((*server).into())].concat();
            rules.push(pass(&[&own, &to, &port_is(NAMES)]));
        }
    }
    rules.extend(RESERVED.iter().chain(PRIVATE).map(|prefix| end(&[&destination_in(*prefix)])));
    rules.extend(DISCOVERY.iter().map(|port| end(&[&protocol_is(UDP), &port_is(*port)])));
    for protocol in [TCP, UDP] {
        rules.push(pass(&[&own, &is_v4(), &protocol_is(protocol)]));
    }
    rules.push(pass(&[&own, &is_v4(), &protocol_is(ICMP), &icmp_is(ECHO)]));
    rules.push(end(&[]));
    Ok(rules)
}

fn input() -> Vec<Rule> {
    let own = by_link(MetaKey::Iifname, CARD);
    vec![pass(&[&by_link(MetaKey::Iifname, "lo")]), pass(&[&own, &is_v4(), &is_answer()]), end(&[])]
}

/// `10.20.0.0/16`, `192.168.7.9:631`, `fd00::/8`: as conditions, one for each protocol where a port is named.
fn destinations(entry: &str) -> Result<Vec<Rule>, Failure> {
    let wrong = || failed("read", entry, std::io::Error::from_raw_os_error(libc::EINVAL));
    let (prefix, port) = Prefix::parse_with_port(entry).ok_or_else(wrong)?;
    let prefix = destination_in(prefix);
    Ok(match port {
        None => vec![prefix],
        Some(port) => {
            let of = |protocol| [protocol_is(protocol).to_vec(), prefix.clone(), port_is(port).to_vec()].concat();
            [TCP, UDP].map(of).into()
        }
    })
}

fn is_v4() -> [Expressions; 2] {
    meta_is(MetaKey::Nfproto, vec![libc::NFPROTO_IPV4 as u8])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn destinations_are_what_the_profile_can_write() {
        // the family and the masked address; a port is one rule for each protocol
        let count = |entry: &str| destinations(entry).map(|rules| rules.iter().map(Vec::len).collect::<Vec<_>>()).ok();
        for prefix in ["10.20.0.0/16", "192.168.7.9", "fd00::/8", "fd00::1"] {
            assert_eq!(count(prefix), Some(vec![5]), "{prefix}");
        }
        for port in ["10.20.0.0/16:443", "192.168.7.9:631", "fd00::/8:443", "[fd00::1]:631"] {
            assert_eq!(count(port), Some(vec![9; 2]), "{port}");
        }
        for none in ["example.org", "", "10.0.0.0/33", "10.0.0.0/8:x"] {
            assert_eq!(count(none), None, "{none:?}");
        }
    }
}
