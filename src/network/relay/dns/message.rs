//! DNS messages, as far as the relay reads them: header, question, and the addresses in an answer.
//!
//! A message is passed on as the bytes it came as; what is made here is only a negative answer. So no record type
//! is taken apart but A and AAAA, and a name is followed only backwards, which ends (RFC 1035, 4.1.4).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Bytes of a header.
const HEADER: usize = 12;
/// The longest name on the wire.
const NAME: usize = 255;
/// The most pointers in one name: as many as it can have labels. A chain of thousands, followed again for each of
/// thousands of records, held the whole relay up for 0.15 s an answer.
const POINTERS: usize = 127;
/// The longest query that is passed on; one with every option that programs send has a few hundred bytes.
pub const LONGEST_QUERY: usize = 4_096;

/// The type of an IPv6 address record.
pub const AAAA: u16 = 28;
const A: u16 = 1;
/// The two kinds of zone transfer: the whole list of names of whoever serves it. No program of a zone has a use for it.
const TRANSFERS: [u16; 2] = [251, 252];

/// Answers that the relay gives itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// No error: there is nothing of this type.
    Empty = 0,
    /// The query could not be understood.
    Malformed = 1,
    /// No upstream server answered.
    Failed = 2,
    /// There is no such name.
    NoName = 3,
    /// Another operation than a query.
    NotImplemented = 4,
}

/// What a message asks, or answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// Number of the exchange.
    pub id: u16,
    /// The name: labels with dots between, lower case, other bytes than printable ASCII (and dots in a label) as `\DDD`.
    pub name: String,
    /// The record type.
    pub kind: u16,
    /// The class.
    pub class: u16,
    /// Where the question section ends.
    end: usize,
}

/// Reads a query. An error is the answer to it, where it has one: what has no header, or is an answer itself, gets
/// none.
pub fn query(message: &[u8]) -> Result<Question, Option<Vec<u8>>> {
    let header: [u8; HEADER] = *message.first_chunk().ok_or(None)?;
    let [i0, i1, flags, ..] = header;
    if flags & 0x80 != 0 {
        return Err(None);
    }
    if flags & 0x78 != 0 {
        return Err(Some(bare(i0, i1, flags, Code::NotImplemented)));
    }
    let malformed = || Some(bare(i0, i1, flags, Code::Malformed));
    if message.len() > LONGEST_QUERY || counts(&header) != [1, 0, 0] {
        return Err(malformed());
    }
    let question = question(message).ok_or_else(malformed)?;
    if TRANSFERS.contains(&question.kind) {
        return Err(Some(bare(i0, i1, flags, Code::NotImplemented)));
    }
    Ok(question)
}

/// The number of questions, answers and authority records.
fn counts(header: &[u8; HEADER]) -> [u16; 3] {
    let [_, _, _, _, q0, q1, a0, a1, n0, n1, _, _] = *header;
    [u16::from_be_bytes([q0, q1]), u16::from_be_bytes([a0, a1]), u16::from_be_bytes([n0, n1])]
}

fn question(message: &[u8]) -> Option<Question> {
    let (name, at) = name(message, HEADER)?;
    let rest = message.get(at..)?.first_chunk::<4>()?;
    let [k0, k1, c0, c1] = *rest;
    let [i0, i1] = *message.first_chunk::<2>()?;
    let (kind, class) = (u16::from_be_bytes([k0, k1]), u16::from_be_bytes([c0, c1]));
    Some(Question { id: u16::from_be_bytes([i0, i1]), name, kind, class, end: at + 4 })
}

/// Whether a message answers the question that was asked with number `id`: one answer bit, the number, and the
/// same question, and every record that it announces is there.
pub fn answers(message: &[u8], asked: &Question, id: u16) -> bool {
    let Some(header) = message.first_chunk::<HEADER>() else { return false };
    let is_answer = header.get(2).is_some_and(|flags| flags & 0xf8 == 0x80) && counts(header)[0] == 1;
    let same = |q: &Question| q.name == asked.name && (q.kind, q.class, q.id) == (asked.kind, asked.class, id);
    is_answer && question(message).filter(same).is_some_and(|q| is_whole(message, header, q.end))
}

/// Whether all announced records can be walked over.
fn is_whole(message: &[u8], header: &[u8; HEADER], start: usize) -> bool {
    let [.., r0, r1] = *header;
    let [_, answers, authorities] = counts(header);
    let records = usize::from(answers) + usize::from(authorities) + usize::from(u16::from_be_bytes([r0, r1]));
    (0..records).try_fold(start, |at, _| record(message, at).map(|(_, next)| next)).is_some()
}

/// Whether an upstream server says that it can not answer.
pub fn is_failure(message: &[u8]) -> bool {
    message.get(3).is_some_and(|flags| matches!(flags & 0xf, 2 | 4 | 5))
}

/// Puts another number into a message.
pub fn renumber(message: &mut [u8], id: u16) {
    if let Some(first) = message.first_chunk_mut::<2>() {
        *first = id.to_be_bytes();
    }
}

/// The relay's own answer to a query.
pub fn reply(query: &[u8], question: &Question, code: Code) -> Vec<u8> {
    let [i0, i1] = question.id.to_be_bytes();
    let mut message = bare(i0, i1, query.get(2).copied().unwrap_or(0), code);
    message.splice(4..6, [0, 1]);
    message.extend_from_slice(query.get(HEADER..question.end).unwrap_or_default());
    message
}

/// A header with the answer bit and "recursion available", and nothing after it.
fn bare(i0: u8, i1: u8, flags: u8, code: Code) -> Vec<u8> {
    let wanted = flags & 0x01;
    vec![i0, i1, 0x80 | (flags & 0x78) | wanted, 0x80 | code as u8, 0, 0, 0, 0, 0, 0, 0, 0]
}

/// The addresses in an answer, each with its time to live. What can not be read ends the list: nothing that is not
/// understood opens anything.
pub fn addresses(message: &[u8]) -> Vec<Address> {
    let mut found = Vec::new();
    let count = message.first_chunk::<HEADER>().map_or(0, |h| counts(h)[1]);
    let Some(mut at) = question(message).map(|q| q.end) else { return found };
    for _ in 0..count {
        let Some((record, next)) = record(message, at) else { break };
        found.extend(record);
        at = next;
    }
    found
}

/// An address with its time to live.
type Address = (IpAddr, u32);

/// One record: an address if it is one, and where the next begins.
fn record(message: &[u8], at: usize) -> Option<(Option<Address>, usize)> {
    let (_, at) = name(message, at)?;
    let [k0, k1, _, _, t0, t1, t2, t3, l0, l1] = *message.get(at..)?.first_chunk::<10>()?;
    let (start, len) = (at + 10, usize::from(u16::from_be_bytes([l0, l1])));
    let data = message.get(start..start + len)?;
    let address = match u16::from_be_bytes([k0, k1]) {
        A => <[u8; 4]>::try_from(data).ok().map(|a| IpAddr::V4(Ipv4Addr::from(a))),
        AAAA => <[u8; 16]>::try_from(data).ok().map(|a| IpAddr::V6(Ipv6Addr::from(a))),
        _ => None,
    };
    let ttl = u32::from_be_bytes([t0, t1, t2, t3]);
    Some((address.map(|a| (a, ttl)), start + len))
}

/// The name at a place, and where what follows it begins. A pointer must lead backwards, and what it leads to must end
/// before the pointer: a question could else go on in what comes after it, and the answer to it would ask another. The
/// whole name must be no longer than a name can be. It must not lead into the header, whose number and flags change
/// on the way: the name that is judged would not be the name that a server reads.
fn name(mut message: &[u8], start: usize) -> Option<(String, usize)> {
    let (mut text, mut at, mut after, mut length, mut pointers) = (String::new(), start, None, 1, 0);
    loop {
        let size = usize::from(*message.get(at)?);
        match size {
            0 => return Some((text, after.unwrap_or(at + 1))),
            1..=63 => {
                length += 1 + size;
                if length > NAME {
                    return None;
                }
                push_label(&mut text, message.get(at + 1..at + 1 + size)?);
                at += 1 + size;
            }
            0xc0.. => {
                let target = (size & 0x3f) << 8 | usize::from(*message.get(at + 1)?);
                after = after.or(Some(at + 2));
                message = message.get(..at)?;
                pointers += 1;
                if !(HEADER..at).contains(&target) || pointers > POINTERS {
                    return None;
                }
                at = target;
            }
            _ => return None,
        }
    }
}

/// A label as text. A dot in it, a backslash and what is not printable become numbers, so that every `.` in a name
/// separates and no label can look like several.
fn push_label(text: &mut String, label: &[u8]) {
    use std::fmt::Write;
    if !text.is_empty() {
        text.push('.');
    }
    for byte in label {
        match byte {
            0x21..=0x7e if !matches!(byte, b'.' | b'\\') => text.push(char::from(byte.to_ascii_lowercase())),
            other => {
                // writing to a String does not fail
                let _ = write!(text, "\\{other:03}");
            }
        }
    }
}

#[cfg(test)]
#[path = "message_tests.rs"]
mod tests;
