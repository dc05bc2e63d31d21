//! What rules of a table have counted.

use std::io;

use netlink_packet_core::{DefaultNla, Nla};
use netlink_packet_netfilter::nftables::{
    ExpressionAttribute, Expressions, ListAttribute, NfTablesMessage, RuleAttribute, RuleMessage,
};

use super::{netlink_dump, rule_counts};
use crate::network::netlink::Netlink;

const NFTA_COUNTER_BYTES: u16 = 1;
const NFTA_COUNTER_PACKETS: u16 = 2;

/// What the last rule of each chain of a table has counted: `(chain, packets, bytes)`.
pub fn last_rules(netlink: &mut Netlink, table: &str) -> io::Result<Vec<(String, u64, u64)>> {
    let mut found: Vec<(String, u64, u64)> = Vec::new();
    for answer in netlink_dump(netlink, NfTablesMessage::GetRule(RuleMessage { attributes: vec![] }))? {
        let NfTablesMessage::NewRule(rule) = answer else { continue };
        let chain = rule.attributes.iter().find_map(|a| if let RuleAttribute::Chain(c) = a { Some(c) } else { None });
        let Some(chain) = chain.filter(|_| rule.attributes.iter().any(|a| rule_counts(a, |name| name == table))) else {
            continue;
        };
        let (packets, bytes) = (count(&rule, NFTA_COUNTER_PACKETS), count(&rule, NFTA_COUNTER_BYTES));
        found.retain(|(known, ..)| known != chain);
        found.push((chain.clone(), packets, bytes));
    }
    Ok(found)
}

/// A number of a rule's counter.
fn count(rule: &RuleMessage, which: u16) -> u64 {
    let lists =
        rule.attributes.iter().filter_map(|a| if let RuleAttribute::Expressions(l) = a { Some(l) } else { None });
    let parts = lists.flatten().filter_map(|e| if let ListAttribute::Element(parts) = e { Some(parts) } else { None });
    let counters = parts.flatten().filter_map(|part| match part {
        ExpressionAttribute::Data(Expressions::Other { expression_type, attributes })
            if expression_type == "counter" =>
        {
            attributes.iter().find(|a| a.kind() & 0x3fff == which)
        }
        _ => None,
    });
    let number = |attribute: &DefaultNla| {
        let mut bytes = vec![0; attribute.value_len()];
        attribute.emit_value(&mut bytes);
        bytes.try_into().map(u64::from_be_bytes).unwrap_or_default()
    };
    counters.map(number).sum()
}
