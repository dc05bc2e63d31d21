//! The zone's firewall for card kind `relay`: what may leave by the card, and nothing else.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use netlink_packet_netfilter::nftables::{Expressions, InetHookNumber, MetaKey};

use super::{CARD, PORT};
use crate::network::nft::{
    Chain, ICMP, ICMPV6, Rule, TCP, Table, UDP, by_link, counter, destination_is, end, icmp_is, meta_is, pass, port_is,
    protocol_is, redirect,
};

/// NF_IP_PRI_NAT_DST: before the filter, which therefore sees where a connection was redirected to.
const BEFORE_FILTER: i32 = -100;

/// One address family as the rules need it.
struct Family {
    number: u8,
    loopback: IpAddr,
    icmp: u8,
    echo: u8,
    /// Answers to an echo, unreachable, too big.
    answers: &'static [u8],
}

const V4: Family = Family {
    number: libc::NFPROTO_IPV4 as u8,
    loopback: IpAddr::V4(Ipv4Addr::LOCALHOST),
    icmp: ICMP,
    echo: 8,
    answers: &[0, 3],
};
const V6: Family = Family {
    number: libc::NFPROTO_IPV6 as u8,
    loopback: IpAddr::V6(Ipv6Addr::LOCALHOST),
    icmp: ICMPV6,
    echo: 128,
    answers: &[1, 2, 129],
};

/// The whole ruleset. Without `v6` nothing of IPv6 leaves or enters by the card.
pub fn table(v6: bool) -> Table {
    let families = if v6 { &[V4, V6][..] } else { &[V4][..] };
    let nat = Chain {
        name: "redirect",
        kind: "nat",
        hook: InetHookNumber::LocalOut,
        priority: BEFORE_FILTER,
        accept: true,
        rules: vec![[&leaving(CARD)[..], &protocol_is(TCP), &[counter()], &redirect(PORT)].concat()],
    };
    let chains = vec![
        nat,
        Chain::filter("leaving", InetHookNumber::LocalOut, 0, output(families)),
        Chain::filter("entering", InetHookNumber::LocalIn, 0, input(families)),
        Chain::filter("passing", InetHookNumber::Forward, 0, vec![end(&[])]),
    ];
    Table { name: "zone", chains, sets: Vec::new() }
}

fn output(families: &[Family]) -> Vec<Rule> {
    let mut rules = vec![pass(&[&leaving("lo")])];
    for family in families {
        let card = leaving(CARD);
        // at this hook a redirected connection still shows the card that it was meant for
        rules.push(pass(&[&card, &protocol_is(TCP), &destination_is(family.loopback), &port_is(PORT)]));
        rules.push(pass(&[&card, &is(family), &protocol_is(UDP)]));
        rules.push(pass(&[&card, &is(family), &protocol_is(family.icmp), &icmp_is(family.echo)]));
    }
    rules.push(end(&[]));
    rules
}

fn input(families: &[Family]) -> Vec<Rule> {
    let mut rules = vec![pass(&[&entering("lo")])];
    for family in families {
        let card = entering(CARD);
        rules.push(pass(&[&card, &is(family), &protocol_is(UDP)]));
        for kind in family.answers {
            rules.push(pass(&[&card, &is(family), &protocol_is(family.icmp), &icmp_is(*kind)]));
        }
    }
    rules.push(end(&[]));
    rules
}

fn leaving(name: &str) -> [Expressions; 2] {
    by_link(MetaKey::Oifname, name)
}

fn entering(name: &str) -> [Expressions; 2] {
    by_link(MetaKey::Iifname, name)
}

fn is(family: &Family) -> [Expressions; 2] {
    meta_is(MetaKey::Nfproto, vec![family.number])
}
