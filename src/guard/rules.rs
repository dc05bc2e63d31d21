//! The guard's table.

use netlink_packet_netfilter::nftables::{Expressions, InetHookNumber, MetaKey};

use crate::network::nft::{Chain, Table, accept, by_link, counter, drop};

/// Its name among the PC's tables.
pub const NAME: &str = "sep_guard";

/// Before the chains of every other program: what they let through has passed here first.
const FIRST: i32 = -310;

type Rule = Vec<Expressions>;

/// Everything by the loopback and by these cards, nothing by any other, and nothing is passed on.
pub fn table(cards: &[String]) -> Table {
    let by = |key: MetaKey| -> Vec<Rule> {
        let cards = std::iter::once("lo").chain(cards.iter().map(String::as_str));
        let pass = |card| by_link(key, card).into_iter().chain([counter(), accept()]).collect();
        cards.map(pass).chain([vec![counter(), drop()]]).collect()
    };
    let chain = |name, hook, rules| Chain { name, kind: "filter", hook, priority: FIRST, accept: false, rules };
    let chains = vec![
        chain("leaving", InetHookNumber::LocalOut, by(MetaKey::Oifname)),
        chain("entering", InetHookNumber::LocalIn, by(MetaKey::Iifname)),
        chain("passing", InetHookNumber::Forward, vec![vec![counter(), drop()]]),
    ];
    Table { name: NAME, chains }
}
