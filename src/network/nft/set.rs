//! Sets of a table: destinations that its rules look up, each of which the kernel lets go of by itself when its time is over.

use std::io;
use std::net::Ipv4Addr;
use std::time::Duration;

use netlink_packet_core::{NLM_F_CREATE, NLM_F_EXCL};
use netlink_packet_netfilter::NetfilterMessage;
use netlink_packet_netfilter::nftables::{
    DataAttribute, Expressions, ListAttribute, Lookup, MetaKey, NfTablesMessage, Payload, Register, SetAttribute,
    SetElementAttribute, SetElementList, SetElementMessage, SetFlags, SetMessage,
};

use super::{NETWORK_HEADER, Rule, TRANSPORT_HEADER, Table, message, meta_is};
use crate::network::netlink::Netlink;

/// Types of a field as `nft` numbers them, so that it can show the set; the kernel does not look at them.
const IPV4_ADDR: u32 = 7;
const INET_SERVICE: u32 = 13;
/// How much longer or shorter an element may live than is asked for, since both are looked at one after the other.
const SLACK: Duration = Duration::from_secs(2);

/// A set of IPv4 addresses, or of addresses with a port.
#[derive(Debug, Clone)]
pub struct Set {
    /// Its name in its table.
    pub name: &'static str,
    /// Whether each element has a port.
    pub ports: bool,
    /// What is in it.
    pub elements: Vec<Element>,
}

/// A destination, and for how long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Element {
    /// The address, and behind it the port as four bytes where the set has ports.
    pub key: Vec<u8>,
    /// The rest of its time. Nothing left is not put in: to the kernel that would be for ever.
    pub left: Duration,
}

/// Which end of a packet is looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Where it goes.
    Destination,
    /// Where it is from.
    Source,
}

/// The bytes that an address, and a port, are looked up by.
pub fn key(address: Ipv4Addr, port: Option<u16>) -> Vec<u8> {
    let port = port.map(|port| [port.to_be_bytes(), [0; 2]].concat());
    [address.octets().to_vec(), port.unwrap_or_default()].concat()
}

impl Set {
    /// "This end of the packet is in the set", with the family before it; of a set with ports the caller has asked for a
    /// protocol that has them.
    pub fn has(&self, end: End) -> Rule {
        let (address, port) = if end == End::Destination { (16, 2) } else { (12, 0) };
        let mut rule = meta_is(MetaKey::Nfproto, vec![libc::NFPROTO_IPV4 as u8]).to_vec();
        rule.push(loaded(Register::Reg1, NETWORK_HEADER, address, 4));
        if self.ports {
            // the four bytes behind the address: register 1 is four of these
            rule.push(loaded(Register::Reg32_01, TRANSPORT_HEADER, port, 2));
        }
        rule.push(Expressions::Lookup(vec![
            Lookup::Set(self.name.to_owned()),
            Lookup::SourceRegister(Register::Reg1),
            Lookup::Flags(0),
        ]));
        rule
    }

    /// The messages that make it and fill it.
    pub fn creation(&self, table: &str) -> Vec<(u16, NetfilterMessage)> {
        let mut attributes = self.attributes(table);
        attributes.push(SetAttribute::Id(1 + u32::from(self.ports)));
        let new = NfTablesMessage::NewSet(SetMessage { attributes });
        let elements: Vec<_> = self.elements.iter().filter(|e| !e.left.is_zero()).map(element).collect();
        let fill = NfTablesMessage::NewSetElement(SetElementMessage {
            attributes: vec![
                SetElementList::Table(table.to_owned()),
                SetElementList::Set(self.name.to_owned()),
                SetElementList::Elements(elements.clone()),
            ],
        });
        let fill = (!elements.is_empty()).then(|| (NLM_F_CREATE, message(fill)));
        std::iter::once((NLM_F_CREATE | NLM_F_EXCL, message(new))).chain(fill).collect()
    }

    /// Its meaning as text.
    pub fn text(&self, table: &str) -> String {
        text(&self.attributes(table))
    }

    fn attributes(&self, table: &str) -> Vec<SetAttribute> {
        let both = IPV4_ADDR << 6 | INET_SERVICE;
        vec![
            SetAttribute::Table(table.to_owned()),
            SetAttribute::Name(self.name.to_owned()),
            SetAttribute::Flags(SetFlags::Timeout),
            SetAttribute::KeyType(if self.ports { both } else { IPV4_ADDR }),
            SetAttribute::KeyLen(if self.ports { 8 } else { 4 }),
        ]
    }
}

fn loaded(register: Register, base: u32, offset: u32, length: u32) -> Expressions {
    Expressions::Payload(vec![
        Payload::DestinationRegister(register),
        Payload::Base(base),
        Payload::Offset(offset),
        Payload::Len(length),
    ])
}

fn element(element: &Element) -> ListAttribute<SetElementAttribute> {
    let milliseconds = u64::try_from(element.left.as_millis()).unwrap_or(u64::MAX).max(1);
    ListAttribute::Element(vec![
        SetElementAttribute::Key(DataAttribute::Value(element.key.clone())),
        SetElementAttribute::Timeout(milliseconds),
    ])
}

/// Whether an attribute says that its set is one of a table that counts.
pub fn counts(attribute: &SetAttribute, counts: impl Fn(&str) -> bool) -> bool {
    matches!(attribute, SetAttribute::Table(name) if counts(name))
}

/// A set's meaning as text: what the kernel adds, and how it keeps it, is left out.
pub fn text(attributes: &[SetAttribute]) -> String {
    let word = |attribute: &SetAttribute| match attribute {
        SetAttribute::Handle(_)
        | SetAttribute::Id(_)
        | SetAttribute::Policy(_)
        | SetAttribute::Description(_)
        | SetAttribute::GarbageCollectionInterval(_)
        | SetAttribute::UserData(_)
        | SetAttribute::Type(_)
        | SetAttribute::Count(_)
        | SetAttribute::Other(_) => None,
        meant => Some(format!("{meant:?}")),
    };
    let mut words: Vec<String> = attributes.iter().filter_map(word).collect();
    words.sort();
    words.join(" ")
}

/// The first difference between what is in the sets of a table and what should be, which becomes less by itself.
pub fn difference(netlink: &mut Netlink, table: &Table) -> io::Result<Option<(String, String, String)>> {
    for set in &table.sets {
        let found = elements(netlink, table.name, set.name)?;
        let differs = first_difference(&set.elements, &found);
        if let Some((asked, found)) = differs {
            return Ok(Some(("firewall sets".to_owned(), asked, found)));
        }
    }
    Ok(None)
}

fn first_difference(asked: &[Element], found: &[(Vec<u8>, Option<Duration>)]) -> Option<(String, String)> {
    let nothing = || "nothing".to_owned();
    let may = |key: &[u8], left: Option<Duration>| {
        let fits = |e: &&Element| e.key == key && left.is_some_and(|left| left <= e.left + SLACK);
        asked.iter().any(|e| fits(&e))
    };
    let stray = found.iter().find(|(key, left)| !may(key, *left));
    let lasts = |e: &Element, left: Option<Duration>| left.is_some_and(|left| left + SLACK >= e.left);
    let is_there = |e: &&Element| e.left <= SLACK || found.iter().any(|(key, left)| *key == e.key && lasts(e, *left));
    let missing = asked.iter().find(|e| !is_there(e));
    let stray = stray.map(|(key, left)| (nothing(), format!("{key:?} {left:?}")));
    stray.or_else(|| missing.map(|e| (format!("{:?} {:?}", e.key, e.left), nothing())))
}

/// What is in a set: each key, and for how long.
fn elements(netlink: &mut Netlink, table: &str, set: &str) -> io::Result<Vec<(Vec<u8>, Option<Duration>)>> {
    let attributes = vec![SetElementList::Table(table.to_owned()), SetElementList::Set(set.to_owned())];
    let ask = message(NfTablesMessage::GetSetElement(SetElementMessage { attributes }));
    let mut found = Vec::new();
    for answer in netlink.dump(ask)? {
        let super::NetfilterMessageInner::NfTables(NfTablesMessage::NewSetElement(list)) = answer.inner else {
            continue;
        };
        let lists =
            list.attributes.iter().filter_map(|a| if let SetElementList::Elements(l) = a { Some(l) } else { None });
        found.extend(
            lists.flatten().filter_map(|e| if let ListAttribute::Element(e) = e { Some(kept(e)) } else { None }),
        );
    }
    Ok(found)
}

fn kept(attributes: &[SetElementAttribute]) -> (Vec<u8>, Option<Duration>) {
    let key = attributes.iter().find_map(|a| match a {
        SetElementAttribute::Key(DataAttribute::Value(key)) => Some(key.clone()),
        _ => None,
    });
    let left = attributes.iter().find_map(|a| match a {
        SetElementAttribute::Expiration(left) => Some(Duration::from_millis(*left)),
        _ => None,
    });
    (key.unwrap_or_default(), left)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_open_longer_or_beside_what_was_asked_for_differs() {
        let element = |last: u8, seconds| Element {
            key: key(Ipv4Addr::new(192, 0, 2, last), None),
            left: Duration::from_secs(seconds),
        };
        let found = |last: u8, left| (element(last, 0).key, left);
        let (seconds, asked) = (|s| Some(Duration::from_secs(s)), [element(1, 60), element(2, 1)]);
        let right = |found: &[_]| first_difference(&asked, found).is_none();
        assert!(right(&[found(1, seconds(59)), found(2, seconds(1))]) && right(&[found(1, seconds(61))]), "the twin");
        assert!(!right(&[found(1, seconds(90))]), "longer");
        assert!(!right(&[found(1, seconds(30))]), "shorter");
        assert!(!right(&[found(1, None)]), "for ever");
        assert!(!right(&[found(1, seconds(60)), found(3, seconds(1))]), "another one");
        assert!(!right(&[]), "not open");
        assert_eq!(key(Ipv4Addr::new(192, 0, 2, 1), Some(443)), [192, 0, 2, 1, 1, 187, 0, 0]);
    }
}
