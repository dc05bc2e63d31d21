//! The guard's table.

use netlink_packet_netfilter::nftables::{InetHookNumber, MetaKey};

use crate::network::nft::{Chain, Rule, Table, by_link, end, pass};

/// Its name among the PC's tables.
pub const NAME: &str = "sep_guard";

/// Before the chains of every other program: what they let through has passed here first.
const FIRST: i32 = -310;

/// Everything by the loopback and by these cards, nothing by any other, and nothing is passed on.
pub fn table(cards: &[String]) -> Table {
    let by = |key: MetaKey| -> Vec<Rule> {
        let open = std::iter::once("lo").chain(cards.iter().map(String::as_str));
        open.map(|card| pass(&[&by_link(key, card)])).chain([end(&[])]).collect()
    };
    let chains = vec![
        Chain::filter("leaving", InetHookNumber::LocalOut, FIRST, by(MetaKey::Oifname)),
        Chain::filter("entering", InetHookNumber::LocalIn, FIRST, by(MetaKey::Iifname)),
        Chain::filter("passing", InetHookNumber::Forward, FIRST, vec![end(&[])]),
    ];
    Table { name: NAME, chains, sets: Vec::new() }
}
