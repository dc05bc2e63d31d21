//! Messages of DHCPv4 (RFC 2131 and 2132): what an agent says, and what it takes of an answer.
//!
//! Anybody on the network can send an answer. A whole one is read, or nothing of it: each option stays within its area,
//! each number has its length, and what is not listed here is passed over. What an answer means is for `lease` to judge.

use std::net::Ipv4Addr;

/// The most that is read of an answer.
pub const LONGEST: usize = 1_500;
/// Servers of names that are taken of an answer: as many as a resolver asks.
const MOST_RESOLVERS: usize = 3;

/// The part before the options, with the four bytes that say that these are options.
const HEAD: usize = 240;
/// The least that servers of before DHCP take.
const LEAST: usize = 300;
const MAGIC: [u8; 4] = [99, 130, 83, 99];
const REQUEST: u8 = 1;
const REPLY: u8 = 2;
const ETHERNET: u8 = 1;
/// Where the names of server and file lie, which may hold options too.
const FILE: std::ops::Range<usize> = 108..236;
const SERVER_NAME: std::ops::Range<usize> = 44..108;

const PAD: u8 = 0;
const MASK: u8 = 1;
const ROUTERS: u8 = 3;
const RESOLVERS: u8 = 6;
const HOST: u8 = 12;
const WANTED: u8 = 50;
const SECONDS: u8 = 51;
const OVERLOAD: u8 = 52;
const KIND: u8 = 53;
const SERVER: u8 = 54;
const PARAMETERS: u8 = 55;
const LONGEST_ANSWER: u8 = 57;
const RENEW: u8 = 58;
const REBIND: u8 = 59;
const CLIENT: u8 = 61;
const END: u8 = 255;

/// What is said to a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Asked {
    /// Who gives out addresses?
    Discover = 1,
    /// May I have this one?
    Request = 3,
    /// I need it no more.
    Release = 7,
}

/// What a server says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// This one could be had.
    Offer,
    /// It is given.
    Ack,
    /// It is not.
    Nak,
}

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asker {
    /// The card's address.
    pub mac: [u8; 6],
    /// The client id, with its type.
    pub client: Vec<u8>,
    /// The host name.
    pub host: String,
}

/// One message to a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Question {
    /// What is said.
    pub kind: Asked,
    /// The number that an answer repeats.
    pub number: u32,
    /// The address that the asker has.
    pub own: Ipv4Addr,
    /// The address that it wants.
    pub wanted: Option<Ipv4Addr>,
    /// The server that is meant, where it is one of several.
    pub server: Option<Ipv4Addr>,
}

/// One message of a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// What is said.
    pub kind: Told,
    /// The number of the question.
    pub number: u32,
    /// The card that is answered.
    pub mac: [u8; 6],
    /// The address that is given.
    pub address: Ipv4Addr,
    /// The server.
    pub server: Option<Ipv4Addr>,
    /// The length of the network's prefix.
    pub length: Option<u8>,
    /// The router.
    pub gateway: Option<Ipv4Addr>,
    /// Servers of names, at most three.
    pub resolvers: Vec<Ipv4Addr>,
    /// Seconds that the address is given for.
    pub seconds: Option<u32>,
    /// Seconds after which that is to be asked for again, of this server and then of all.
    pub renew: [Option<u32>; 2],
}

/// The bytes of a question.
pub fn question(asker: &Asker, question: &Question) -> Vec<u8> {
    let mut bytes = vec![REQUEST, ETHERNET, 6, 0];
    bytes.extend(question.number.to_be_bytes());
    bytes.extend([0; 4]);
    bytes.extend(question.own.octets());
    bytes.extend([0; 12]);
    bytes.extend(asker.mac);
    bytes.resize(HEAD - MAGIC.len(), 0);
    bytes.extend(MAGIC);
    option(&mut bytes, KIND, &[question.kind as u8]);
    option(&mut bytes, CLIENT, &asker.client);
    if let Some(server) = question.server {
        option(&mut bytes, SERVER, &server.octets());
    }
    if let Some(wanted) = question.wanted {
        option(&mut bytes, WANTED, &wanted.octets());
    }
    if question.kind != Asked::Release {
        option(&mut bytes, HOST, asker.host.as_bytes());
        option(&mut bytes, LONGEST_ANSWER, &(LONGEST as u16).to_be_bytes());
        option(&mut bytes, PARAMETERS, &[MASK, ROUTERS, RESOLVERS, SECONDS, SERVER, RENEW, REBIND]);
    }
    bytes.push(END);
    bytes.resize(bytes.len().max(LEAST), PAD);
    bytes
}

fn option(to: &mut Vec<u8>, kind: u8, value: &[u8]) {
    let value = value.get(..255).unwrap_or(value);
    to.extend([kind, value.len() as u8]);
    to.extend(value);
}

/// Reads an answer; `None` where it is not whole, or none to a question of ours.
pub fn answer(bytes: &[u8]) -> Option<Answer> {
    let head = bytes.get(..HEAD).filter(|head| head.ends_with(&MAGIC) && head.starts_with(&[REPLY, ETHERNET, 6]))?;
    let mut found = Found::default();
    found.take(bytes.get(HEAD..)?)?;
    let overload = found.overload;
    for (bit, area) in [(1, FILE), (2, SERVER_NAME)] {
        if overload & bit != 0 {
            found.take(head.get(area)?)?;
        }
    }
    Some(Answer {
        kind: found.kind?,
        number: u32::from_be_bytes(at(head, 4)?),
        mac: at(head, 28)?,
        address: Ipv4Addr::from(at::<4>(head, 16)?),
        server: found.server,
        length: found.length,
        gateway: found.gateway,
        resolvers: found.resolvers,
        seconds: found.seconds,
        renew: found.renew,
    })
}

/// What the options say. The first of a kind counts.
#[derive(Debug, Default)]
struct Found {
    kind: Option<Told>,
    overload: u8,
    server: Option<Ipv4Addr>,
    length: Option<u8>,
    gateway: Option<Ipv4Addr>,
    resolvers: Vec<Ipv4Addr>,
    seconds: Option<u32>,
    renew: [Option<u32>; 2],
}

impl Found {
    /// Reads one area of options. `None` where one is longer than what is left, or not as long as it must be.
    fn take(&mut self, mut area: &[u8]) -> Option<()> {
        loop {
            let (kind, rest) = match area.split_first() {
                None | Some((&END, _)) => return Some(()),
                Some((&PAD, rest)) => {
                    area = rest;
                    continue;
                }
                Some((kind, rest)) => (*kind, rest),
            };
            let (length, rest) = rest.split_first()?;
            let (value, rest) = rest.split_at_checked(usize::from(*length))?;
            self.note(kind, value)?;
            area = rest;
        }
    }

    fn note(&mut self, kind: u8, value: &[u8]) -> Option<()> {
        match kind {
            KIND => first(&mut self.kind, told(whole::<1>(value)?)?),
            OVERLOAD => self.overload = u8::from_be_bytes(whole(value)?),
            SERVER => first(&mut self.server, whole::<4>(value)?.into()),
            MASK => first(&mut self.length, prefix(u32::from_be_bytes(whole(value)?))?),
            ROUTERS => first(&mut self.gateway, *addresses(value)?.first()?),
            RESOLVERS if self.resolvers.is_empty() => self.resolvers = addresses(value)?,
            SECONDS => first(&mut self.seconds, u32::from_be_bytes(whole(value)?)),
            RENEW => first(&mut self.renew[0], u32::from_be_bytes(whole(value)?)),
            REBIND => first(&mut self.renew[1], u32::from_be_bytes(whole(value)?)),
            _ => {}
        }
        Some(())
    }
}

fn first<T>(place: &mut Option<T>, value: T) {
    place.get_or_insert(value);
}

fn told([kind]: [u8; 1]) -> Option<Told> {
    match kind {
        2 => Some(Told::Offer),
        5 => Some(Told::Ack),
        6 => Some(Told::Nak),
        _ => None,
    }
}

/// The length of a mask whose ones are all in front.
fn prefix(mask: u32) -> Option<u8> {
    (mask.leading_ones() + mask.trailing_zeros() == 32).then_some(mask.leading_ones() as u8)
}

/// The first few addresses of a list; `None` where it is empty or the last is cut.
fn addresses(value: &[u8]) -> Option<Vec<Ipv4Addr>> {
    let (addresses, rest) = value.as_chunks::<4>();
    let few = addresses.iter().take(MOST_RESOLVERS).map(|octets| Ipv4Addr::from(*octets)).collect();
    (rest.is_empty() && !addresses.is_empty()).then_some(few)
}

fn whole<const N: usize>(value: &[u8]) -> Option<[u8; N]> {
    value.try_into().ok()
}

fn at<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..at + N)?.try_into().ok()
}

#[cfg(test)]
#[path = "message_tests.rs"]
mod tests;
