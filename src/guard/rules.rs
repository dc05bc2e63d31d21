//! The guard's table.

use std::time::Duration;

use netlink_packet_netfilter::nftables::{InetHookNumber, MetaKey};

use super::wanted::{Opened, Wanted};
use crate::network::nft::set::{Element, End, Set, key};
use crate::network::nft::{Chain, Rule, TCP, Table, UDP, by_link, counter, end, is_answer, pass, protocol_is, told};

/// Its name among the PC's tables.
pub const NAME: &str = "sep_guard";
/// The group of the kernel's log that it tells of what it closes.
pub const GROUP: u16 = 1_513;

/// Before the chains of every other program: what they let through has passed here first.
const FIRST: i32 = -310;
/// How often it tells of what it closes: a card that is plugged in brings its own noise, and each is a line of the log.
const IN_A_MINUTE: u64 = 10;
const AT_FIRST: u32 = 20;

/// Everything by the loopback and by these cards, nothing by any other but to what is open now, and nothing is passed on.
/// A guard that only reports lets all of it go on, and counts and tells the same.
pub fn table(cards: &[String], wanted: &Wanted, now: u64) -> Table {
    let report = wanted.guard.report_only;
    let sets = sets(&wanted.open, now);
    let by = |key: MetaKey, end: End| -> Vec<Rule> {
        let open = std::iter::once("lo").chain(cards.iter().map(String::as_str));
        let cards = open.map(|card| pass(&[&by_link(key, card)]));
        cards.chain(sets.iter().flat_map(|set| opened(set, end))).collect()
    };
    let chain = |name, hook, rules: Vec<Rule>| Chain {
        accept: report,
        ..Chain::filter(name, hook, FIRST, [rules, closed(name, report)].concat())
    };
    let chains = vec![
        chain("leaving", InetHookNumber::LocalOut, by(MetaKey::Oifname, End::Destination)),
        chain("entering", InetHookNumber::LocalIn, by(MetaKey::Iifname, End::Source)),
        chain("passing", InetHookNumber::Forward, Vec::new()),
    ];
    Table { name: NAME, chains, sets }
}

/// What no rule before it has let through: told, counted, and ended.
fn closed(chain: &str, report: bool) -> Vec<Rule> {
    let last = if report { vec![counter()] } else { end(&[]) };
    vec![told(GROUP, chain, IN_A_MINUTE, AT_FIRST), last]
}

/// None where nothing is open: a rule that knows answers makes the PC remember every connection of the business network too.
fn sets(open: &[Opened], now: u64) -> Vec<Set> {
    let set = |name, ports| {
        let its = open.iter().filter(|one| one.port.is_some() == ports);
        let elements = its.map(|one| Element { key: key(one.address, one.port), left: left(one, now) });
        Set { name, ports, elements: elements.collect() }
    };
    let sets = [set("open", false), set("open_port", true)];
    sets.into_iter().filter(|_| !open.is_empty()).collect()
}

fn left(one: &Opened, now: u64) -> Duration {
    Duration::from_secs(one.time.left(now))
}

/// What leaves for a destination of the set, and what enters from there in answer.
fn opened(set: &Set, end: End) -> Vec<Rule> {
    let answer = if end == End::Source { is_answer() } else { Vec::new() };
    let protocols =
        if set.ports { vec![protocol_is(TCP).to_vec(), protocol_is(UDP).to_vec()] } else { vec![Vec::new()] };
    protocols.iter().map(|protocol| pass(&[protocol, &set.has(end), &answer])).collect()
}
