//! nftables as data: expressions, chains, and one transaction that loads a table; then reading it back.
//!
//! Which rules a card needs stands in `nic/`. The crate has no name for counter, limit, log and redirect: they are raw here.

pub mod counted;
pub mod set;

use std::io;
use std::net::IpAddr;

use netlink_packet_core::{DefaultNla, NLM_F_APPEND, NLM_F_CREATE, NLM_F_EXCL, Nla};
use netlink_packet_netfilter::nftables::{
    Bitwise, ChainAttribute, ChainMessage, Cmp, DataAttribute, ExpressionAttribute, Expressions, Hook, Immediate,
    InetHookNumber, ListAttribute, Meta, MetaKey, NfTablesMessage, Operator, Payload, Register, RuleAttribute,
    RuleMessage, SetMessage, TableAttribute, TableFlags, TableMessage, Verdict, VerdictAttribute,
};
use netlink_packet_netfilter::{NetfilterHeader, NetfilterMessage, NetfilterMessageInner, NetfilterProtoFamily};

use super::netlink::Netlink;
use super::prefix::Prefix;
use set::Set;

/// A table of family `inet`.
#[derive(Debug, Clone)]
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// Its chains, each with its rules.
    pub chains: Vec<Chain>,
    /// Its sets, which its rules look things up in.
    pub sets: Vec<Set>,
}

/// A chain at a hook.
#[derive(Debug, Clone)]
pub struct Chain {
    /// Its name.
    pub name: &'static str,
    /// `filter` or `nat`.
    pub kind: &'static str,
    /// Where packets meet it.
    pub hook: InetHookNumber,
    /// The order among chains of one hook.
    pub priority: i32,
    /// Whether a packet that no rule decides goes on.
    pub accept: bool,
    /// Its rules in order.
    pub rules: Vec<Rule>,
}

/// What a packet must be, and what becomes of it.
pub type Rule = Vec<Expressions>;

impl Chain {
    /// A chain of a filter, in which a packet that no rule decides ends.
    pub fn filter(name: &'static str, hook: InetHookNumber, priority: i32, rules: Vec<Rule>) -> Self {
        Self { name, kind: "filter", hook, priority, accept: false, rules }
    }
}

/// TCP among the protocols of layer 4.
pub const TCP: u8 = libc::IPPROTO_TCP as u8;
/// UDP.
pub const UDP: u8 = libc::IPPROTO_UDP as u8;
/// ICMP of IPv4.
pub const ICMP: u8 = libc::IPPROTO_ICMP as u8;
/// ICMP of IPv6.
pub const ICMPV6: u8 = libc::IPPROTO_ICMPV6 as u8;

const NF_DROP: u32 = 0;
const NF_ACCEPT: u32 = 1;
const NFTA_CT_DREG: u16 = 1;
const NFTA_CT_KEY: u16 = 2;
/// Bits of the state of a connection (nf_conntrack_common.h: one more than its place in ip_conntrack_info).
const ESTABLISHED: u32 = 1 << 1;
const RELATED: u32 = 1 << 2;
const NETWORK_HEADER: u32 = 1;
const TRANSPORT_HEADER: u32 = 2;
const NFTA_LIMIT_RATE: u16 = 1;
const NFTA_LIMIT_UNIT: u16 = 2;
const NFTA_LIMIT_BURST: u16 = 3;
const NFTA_LIMIT_TYPE: u16 = 4;
const NFTA_LIMIT_FLAGS: u16 = 5;
const NFTA_LOG_GROUP: u16 = 1;
const NFTA_LOG_PREFIX: u16 = 2;
const NFTA_REDIR_REG_PROTO_MIN: u16 = 1;
const NFTA_REDIR_REG_PROTO_MAX: u16 = 2;
const NFTA_REDIR_FLAGS: u16 = 3;
/// "A port is given": the kernel adds this itself, and shows it when it is read back.
const NF_NAT_RANGE_PROTO_SPECIFIED: u32 = 2;

/// The two expressions of "the packet leaves by the link of this name" (or comes in by it).
pub fn by_link(key: MetaKey, name: &str) -> [Expressions; 2] {
    let mut padded = name.as_bytes().to_vec();
    padded.resize(libc::IFNAMSIZ, 0);
    meta_is(key, padded)
}

/// "This property of the packet is this".
pub fn meta_is(key: MetaKey, value: Vec<u8>) -> [Expressions; 2] {
    let load = Expressions::Meta(vec![Meta::DestinationRegister(Register::Reg1), Meta::Key(key)]);
    [load, equals(value)]
}

/// "The layer-4 protocol is this".
pub fn protocol_is(number: u8) -> [Expressions; 2] {
    meta_is(MetaKey::L4Proto, vec![number])
}

/// "The destination address is this", with the family that it belongs to before it.
pub fn destination_is(address: IpAddr) -> Rule {
    destination(address, |load, equal| vec![load, equal])
}

/// "The destination lies in this prefix", with the family that it belongs to before it.
pub fn destination_in(prefix: Prefix) -> Rule {
    let (address, length) = prefix.parts();
    let bytes = if address.is_ipv4() { 4 } else { 16 };
    let mask = (0..bytes).map(|at| mask_of(usize::from(length).saturating_sub(8 * at))).collect();
    destination(address, |load, equal| vec![load, masked(mask), equal])
}

/// The family of an address, then how the packet's own destination is compared with it.
fn destination(address: IpAddr, compared: impl FnOnce(Expressions, Expressions) -> Rule) -> Rule {
    let (family, offset, bytes) = match address {
        IpAddr::V4(a) => (libc::NFPROTO_IPV4, 16, a.octets().to_vec()),
        IpAddr::V6(a) => (libc::NFPROTO_IPV6, 24, a.octets().to_vec()),
    };
    let [load, equal] = field_is(NETWORK_HEADER, offset, bytes);
    meta_is(MetaKey::Nfproto, vec![family as u8]).into_iter().chain(compared(load, equal)).collect()
}

/// The first so many bits of a byte.
fn mask_of(bits: usize) -> u8 {
    if bits >= 8 { 0xff } else { !(0xff >> bits) }
}

fn masked(mask: Vec<u8>) -> Expressions {
    let none = vec![0; mask.len()];
    Expressions::Bitwise(vec![
        Bitwise::SourceRegister(Register::Reg1),
        Bitwise::DestinationRegister(Register::Reg1),
        Bitwise::Length(mask.len() as u32),
        Bitwise::Op(0),
        Bitwise::Mask(DataAttribute::Value(mask)),
        Bitwise::Xor(DataAttribute::Value(none)),
    ])
}

/// "The packet belongs to a connection that something here began, or tells about one" (ct state established,related).
pub fn is_answer() -> Rule {
    let (state, register) = (0u32.to_be_bytes().to_vec(), u32::from(Register::Reg1).to_be_bytes().to_vec());
    let attributes = vec![DefaultNla::new(NFTA_CT_DREG, register), DefaultNla::new(NFTA_CT_KEY, state)];
    let load = Expressions::Other { expression_type: "ct".to_owned(), attributes };
    let answers = (ESTABLISHED | RELATED).to_ne_bytes().to_vec();
    let some = Expressions::Cmp(vec![
        Cmp::SourceRegister(Register::Reg1),
        Cmp::Op(Operator::NotEqual),
        Cmp::Data(DataAttribute::Value(vec![0; 4])),
    ]);
    vec![load, masked(answers), some]
}

/// "The destination port is this" of TCP or UDP.
pub fn port_is(port: u16) -> [Expressions; 2] {
    field_is(TRANSPORT_HEADER, 2, port.to_be_bytes().to_vec())
}

/// "The ICMP type is this".
pub fn icmp_is(kind: u8) -> [Expressions; 2] {
    field_is(TRANSPORT_HEADER, 0, vec![kind])
}

fn field_is(base: u32, offset: u32, value: Vec<u8>) -> [Expressions; 2] {
    let load = Expressions::Payload(vec![
        Payload::DestinationRegister(Register::Reg1),
        Payload::Base(base),
        Payload::Offset(offset),
        Payload::Len(value.len() as u32),
    ]);
    [load, equals(value)]
}

fn equals(value: Vec<u8>) -> Expressions {
    Expressions::Cmp(vec![
        Cmp::SourceRegister(Register::Reg1),
        Cmp::Op(Operator::Equal),
        Cmp::Data(DataAttribute::Value(value)),
    ])
}

/// The packet goes on where all of this holds, and is counted.
pub fn pass(conditions: &[&[Expressions]]) -> Rule {
    decided(conditions, accept())
}

/// The packet ends here where all of this holds, and is counted.
pub fn end(conditions: &[&[Expressions]]) -> Rule {
    decided(conditions, drop())
}

fn decided(conditions: &[&[Expressions]], verdict: Expressions) -> Rule {
    conditions.iter().flat_map(|condition| condition.to_vec()).chain([counter(), verdict]).collect()
}

/// The packet is told to whoever listens to a group of the kernel's log (NFLOG), under a name, no more than so many in a
/// minute after a first few; it goes on to the next rule.
pub fn told(group: u16, name: &str, minute: u64, first: u32) -> Rule {
    let limit = vec![
        DefaultNla::new(NFTA_LIMIT_RATE, minute.to_be_bytes().to_vec()),
        DefaultNla::new(NFTA_LIMIT_UNIT, 60u64.to_be_bytes().to_vec()),
        DefaultNla::new(NFTA_LIMIT_BURST, first.to_be_bytes().to_vec()),
        DefaultNla::new(NFTA_LIMIT_TYPE, vec![0; 4]),
        DefaultNla::new(NFTA_LIMIT_FLAGS, vec![0; 4]),
    ];
    let log = vec![
        DefaultNla::new(NFTA_LOG_GROUP, group.to_be_bytes().to_vec()),
        DefaultNla::new(NFTA_LOG_PREFIX, [name.as_bytes(), b"\0"].concat()),
    ];
    let raw = |name: &str, attributes| Expressions::Other { expression_type: name.to_owned(), attributes };
    vec![raw("limit", limit), raw("log", log)]
}

/// Counts packets and bytes.
pub fn counter() -> Expressions {
    Expressions::Other { expression_type: "counter".to_owned(), attributes: Vec::new() }
}

fn accept() -> Expressions {
    verdict(NF_ACCEPT)
}

fn drop() -> Expressions {
    verdict(NF_DROP)
}

fn verdict(code: u32) -> Expressions {
    let code = VerdictAttribute::Code(Verdict::Other(code));
    Expressions::Immediate(vec![
        Immediate::DestinationRegister(Register::Verdict),
        Immediate::Data(DataAttribute::Verdict(vec![code])),
    ])
}

/// The connection goes to this port of the zone's own loopback.
pub fn redirect(port: u16) -> [Expressions; 2] {
    let load = Expressions::Immediate(vec![
        Immediate::DestinationRegister(Register::Reg1),
        Immediate::Data(DataAttribute::Value(port.to_be_bytes().to_vec())),
    ]);
    let register = u32::from(Register::Reg1).to_be_bytes().to_vec();
    let attributes = vec![
        DefaultNla::new(NFTA_REDIR_REG_PROTO_MIN, register.clone()),
        DefaultNla::new(NFTA_REDIR_REG_PROTO_MAX, register),
        DefaultNla::new(NFTA_REDIR_FLAGS, NF_NAT_RANGE_PROTO_SPECIFIED.to_be_bytes().to_vec()),
    ];
    [load, Expressions::Other { expression_type: "redir".to_owned(), attributes }]
}

/// Loads the table in one transaction; it must not be there yet.
pub fn load(netlink: &mut Netlink, table: &Table) -> io::Result<()> {
    netlink.transact(creation(table, TableFlags::empty()))
}

fn creation(table: &Table, flags: TableFlags) -> Vec<(u16, NetfilterMessage)> {
    let attributes = vec![TableAttribute::Name(table.name.to_owned()), TableAttribute::Flags(flags)];
    let new = message(NfTablesMessage::NewTable(TableMessage { attributes }));
    let mut changes = vec![(NLM_F_CREATE | NLM_F_EXCL, new)];
    changes.extend(table.sets.iter().flat_map(|set| set.creation(table.name)));
    for chain in &table.chains {
        let new = ChainMessage { attributes: chain_attributes(table, chain) };
        changes.push((NLM_F_CREATE | NLM_F_EXCL, message(NfTablesMessage::NewChain(new))));
        for rule in &chain.rules {
            let new = RuleMessage { attributes: rule_attributes(table, chain, rule) };
            changes.push((NLM_F_CREATE | NLM_F_APPEND, message(NfTablesMessage::NewRule(new))));
        }
    }
    changes
}

/// Loads the table in one transaction, in place of the one of its name where there is one. With `owned` it is this
/// socket's: nobody else changes, deletes or flushes it as long as the socket is open, and it outlives the socket.
///
/// # Errors
/// EOPNOTSUPP for `owned` of a kernel before 6.9; EPERM where the one that is there is another socket's.
pub fn replace(netlink: &mut Netlink, table: &Table, owned: bool) -> io::Result<()> {
    let flags = if owned { TableFlags::Owner | TableFlags::Persisent } else { TableFlags::empty() };
    let mut changes = Vec::new();
    // looked for first: there is no "delete if it is there" in older kernels, and flags of one that is there do not change
    if is_there(netlink, table.name)? {
        changes.push((0, named(NfTablesMessage::DeleteTable, table.name)));
    }
    changes.extend(creation(table, flags));
    netlink.transact(changes)
}

/// Deletes a table.
pub fn delete(netlink: &mut Netlink, name: &str) -> io::Result<()> {
    netlink.transact(vec![(0, named(NfTablesMessage::DeleteTable, name))])
}

/// Whether there is a table of a name.
pub fn is_there(netlink: &mut Netlink, name: &str) -> io::Result<bool> {
    let tables = netlink_dump(netlink, NfTablesMessage::GetTable(TableMessage { attributes: vec![] }))?;
    let names = tables.iter().filter_map(|m| if let NfTablesMessage::NewTable(t) = m { Some(t) } else { None });
    Ok(names.filter_map(|table| table.attributes.iter().find_map(table_name)).any(|found| found == name))
}

fn named(of: fn(TableMessage) -> NfTablesMessage, name: &str) -> NetfilterMessage {
    message(of(TableMessage { attributes: vec![TableAttribute::Name(name.to_owned())] }))
}

/// The first difference between a table as it stands and as it should, whatever other tables there are.
pub fn difference_of(netlink: &mut Netlink, table: &Table) -> io::Result<Option<(String, String, String)>> {
    difference_in(netlink, table, |name| name == table.name)
}

/// The first difference between the namespace's whole firewall and the table, as `(what, asked, found)`.
pub fn difference(netlink: &mut Netlink, table: &Table) -> io::Result<Option<(String, String, String)>> {
    difference_in(netlink, table, |_| true)
}

fn difference_in(
    netlink: &mut Netlink,
    table: &Table,
    counts: impl Fn(&str) -> bool,
) -> io::Result<Option<(String, String, String)>> {
    let found = dumps(|m| netlink_dump(netlink, m), counts)?;
    let asked_chains: Vec<_> = table.chains.iter().map(|c| known(&chain_attributes(table, c))).collect();
    let asked_sets: Vec<_> = table.sets.iter().map(|s| s.text(table.name)).collect();
    let asked_rules: Vec<_> =
        table.chains.iter().flat_map(|c| c.rules.iter().map(|r| rule_text(&rule_attributes(table, c, r)))).collect();
    let asked = [vec![table.name.to_owned()], asked_chains, asked_sets, asked_rules];
    let compare = ["tables", "chains", "sets", "rules"].into_iter().zip(asked.into_iter().zip(found));
    let differs = compare.into_iter().find(|(_, (asked, found))| asked != found);
    match differs {
        Some((what, (asked, found))) => Ok(Some(first_difference(what, &asked, &found))),
        None => set::difference(netlink, table),
    }
}

/// Tables, chains, sets and rules by their meanings.
type Found = [Vec<String>; 4];

fn dumps(
    mut all: impl FnMut(NfTablesMessage) -> io::Result<Vec<NfTablesMessage>>,
    counts: impl Fn(&str) -> bool,
) -> io::Result<Found> {
    let [mut tables, mut chains, mut sets, mut rules] = Found::default();
    let ask = [
        NfTablesMessage::GetTable(TableMessage { attributes: vec![] }),
        NfTablesMessage::GetChain(ChainMessage { attributes: vec![] }),
        NfTablesMessage::GetSet(SetMessage { attributes: vec![] }),
        NfTablesMessage::GetRule(RuleMessage { attributes: vec![] }),
    ];
    for question in ask {
        for answer in all(question)? {
            match answer {
                NfTablesMessage::NewTable(t) if t.attributes.iter().any(|a| table_counts(a, &counts)) => {
                    tables.push(table_text(&t.attributes));
                }
                NfTablesMessage::NewChain(c) if c.attributes.iter().any(|a| chain_counts(a, &counts)) => {
                    chains.push(known(&c.attributes));
                }
                NfTablesMessage::NewSet(s) if s.attributes.iter().any(|a| set::counts(a, &counts)) => {
                    sets.push(set::text(&s.attributes));
                }
                NfTablesMessage::NewRule(r) if r.attributes.iter().any(|a| rule_counts(a, &counts)) => {
                    rules.push(rule_text(&r.attributes));
                }
                _ => {}
            }
        }
    }
    Ok([tables, chains, sets, rules])
}

fn chain_counts(attribute: &ChainAttribute, counts: impl Fn(&str) -> bool) -> bool {
    matches!(attribute, ChainAttribute::Table(name) if counts(name))
}

fn rule_counts(attribute: &RuleAttribute, counts: impl Fn(&str) -> bool) -> bool {
    matches!(attribute, RuleAttribute::Table(name) if counts(name))
}

fn netlink_dump(netlink: &mut Netlink, question: NfTablesMessage) -> io::Result<Vec<NfTablesMessage>> {
    let header = NetfilterHeader::new(NetfilterProtoFamily::Unspec, 0, 0);
    let answers = netlink.dump(NetfilterMessage::new(header, NetfilterMessageInner::NfTables(question)))?;
    let inner = |m: NetfilterMessage| if let NetfilterMessageInner::NfTables(n) = m.inner { Some(n) } else { None };
    Ok(answers.into_iter().filter_map(inner).collect())
}

fn first_difference(what: &str, asked: &[String], found: &[String]) -> (String, String, String) {
    let at = (0..asked.len().max(found.len())).find(|i| asked.get(*i) != found.get(*i)).unwrap_or(0);
    let text = |list: &[String]| list.get(at).cloned().unwrap_or_else(|| "nothing".to_owned());
    (format!("firewall {what}"), text(asked), text(found))
}

fn table_counts(attribute: &TableAttribute, counts: impl Fn(&str) -> bool) -> bool {
    table_name(attribute).is_some_and(|name| counts(&name))
}

/// A table's meaning: its name, and whether it is asleep, which makes nothing of its rules.
fn table_text(attributes: &[TableAttribute]) -> String {
    let name = attributes.iter().find_map(table_name).unwrap_or_default();
    let is_dormant = |a: &TableAttribute| matches!(a, TableAttribute::Flags(f) if f.contains(TableFlags::Dormant));
    if attributes.iter().any(is_dormant) { format!("{name} dormant") } else { name }
}

fn table_name(attribute: &TableAttribute) -> Option<String> {
    if let TableAttribute::Name(name) = attribute { Some(name.clone()) } else { None }
}

/// A chain's meaning as text: what the kernel adds (handle, use count) is left out.
fn known(attributes: &[ChainAttribute]) -> String {
    let mut words: Vec<String> = attributes.iter().filter_map(chain_word).collect();
    words.sort();
    words.join(" ")
}

fn chain_word(attribute: &ChainAttribute) -> Option<String> {
    match attribute {
        ChainAttribute::Table(_) | ChainAttribute::Name(_) | ChainAttribute::Policy(_) | ChainAttribute::Type(_) => {
            Some(format!("{attribute:?}"))
        }
        ChainAttribute::Hook(hook) => {
            let mut words: Vec<_> = hook.iter().map(bytes_of).collect();
            words.sort();
            Some(format!("Hook {words:?}"))
        }
        _ => None,
    }
}

/// A rule's meaning as text: chain and expressions, without handles, and counters without their counts.
fn rule_text(attributes: &[RuleAttribute]) -> String {
    let mut words = Vec::new();
    for attribute in attributes {
        match attribute {
            RuleAttribute::Chain(name) => words.insert(0, name.clone()),
            RuleAttribute::Expressions(list) => words.extend(list.iter().filter_map(expression_text)),
            _ => {}
        }
    }
    words.join(" | ")
}

fn expression_text(element: &ListAttribute<ExpressionAttribute>) -> Option<String> {
    let ListAttribute::Element(parts) = element else { return None };
    let data = parts.iter().find_map(|p| if let ExpressionAttribute::Data(d) = p { Some(d) } else { None })?;
    Some(match data {
        Expressions::Other { expression_type, .. } if expression_type == "counter" => "counter".to_owned(),
        Expressions::Other { expression_type, attributes } => format!("{expression_type} {}", sorted(attributes)),
        Expressions::Meta(list) => format!("meta {}", sorted(list)),
        Expressions::Payload(list) => format!("payload {}", sorted(list)),
        Expressions::Cmp(list) => format!("cmp {}", sorted(list)),
        Expressions::Bitwise(list) => format!("bitwise {}", sorted(list)),
        Expressions::Immediate(list) => format!("immediate {}", sorted(list)),
        Expressions::Lookup(list) => format!("lookup {}", sorted(list)),
        other => format!("{other:?}"),
    })
}

/// Attributes as bytes in the order of their kinds: the kernel answers in an order of its own.
fn sorted<T: Nla>(attributes: &[T]) -> String {
    let mut words: Vec<_> = attributes.iter().map(bytes_of).collect();
    words.sort();
    words.concat()
}

fn bytes_of<T: Nla>(attribute: &T) -> String {
    let mut bytes = vec![0; attribute.value_len()];
    attribute.emit_value(&mut bytes);
    let hex: String = bytes.iter().map(|b| format!("{b:02x}")).collect();
    format!("{}={hex};", attribute.kind() & 0x3fff)
}

fn message(inner: NfTablesMessage) -> NetfilterMessage {
    NetfilterMessage::new(NetfilterHeader::new(NetfilterProtoFamily::Inet, 0, 0), inner)
}

fn chain_attributes(table: &Table, chain: &Chain) -> Vec<ChainAttribute> {
    vec![
        ChainAttribute::Table(table.name.to_owned()),
        ChainAttribute::Name(chain.name.to_owned()),
        ChainAttribute::Hook(vec![Hook::Number(chain.hook.into()), Hook::Priority(chain.priority as u32)]),
        ChainAttribute::Policy(if chain.accept { NF_ACCEPT } else { NF_DROP }),
        ChainAttribute::Type(chain.kind.to_owned()),
    ]
}

fn rule_attributes(table: &Table, chain: &Chain, rule: &[Expressions]) -> Vec<RuleAttribute> {
    vec![
        RuleAttribute::Table(table.name.to_owned()),
        RuleAttribute::Chain(chain.name.to_owned()),
        RuleAttribute::Expressions(rule.iter().cloned().map(Into::into).collect()),
    ]
}
