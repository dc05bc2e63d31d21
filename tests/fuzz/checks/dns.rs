//! A query from the zone and a server's answer to it. The input is the query's length in two bytes, the query, and the
//! answer.

use std::net::SocketAddr;
use std::time::Instant;

use sep_run::network::relay::fuzzing::message::{self, Code, LONGEST_QUERY, Question};
use sep_run::network::relay::fuzzing::{Memory, Names, own_answer, udp};
use sep_run::policy::plan::Relay;

use super::be16;

const HEADER: usize = 12;

/// True when the query is one.
pub fn check(bytes: &[u8]) -> bool {
    let Some((length, rest)) = bytes.split_first_chunk::<2>() else { return false };
    let (query, answer) = rest.split_at(usize::from(u16::from_be_bytes(*length)).min(rest.len()));
    match message::query(query) {
        Ok(question) => {
            asked(query, &question);
            answered(&question, answer);
            true
        }
        Err(reply) => {
            refused(query, reply.as_deref());
            false
        }
    }
}

/// What is no query gets a header at most, with its number; what is an answer gets nothing.
fn refused(query: &[u8], reply: Option<&[u8]>) {
    let Some(reply) = reply else {
        return assert!(query.len() < HEADER || query[2] & 0x80 != 0, "left without an answer: {query:02x?}");
    };
    assert_eq!((reply.len(), &reply[..2]), (HEADER, &query[..2]));
    assert!(reply[2] & 0x80 != 0 && [1, 4].contains(&(reply[3] & 0xf)), "{reply:02x?}");
    assert_eq!(reply[4..], [0; 8], "it announces something");
}

fn asked(query: &[u8], question: &Question) {
    assert!(query.len() <= LONGEST_QUERY && ![251, 252].contains(&question.kind), "{question:?}");
    assert_eq!(Some(question.id), be16(query, 0));
    let plain = |b: u8| b.is_ascii_graphic() && !b.is_ascii_uppercase();
    assert!(question.name.bytes().all(plain) && question.name.len() <= 4 * 255, "{question:?}");
    for code in [Code::Empty, Code::Failed, Code::NoName] {
        let reply = message::reply(query, question, code);
        assert!(reply.len() <= query.len(), "an answer of ours is larger than its query");
        assert_eq!((&reply[..2], reply[2] & 0xf8, reply[3] & 0xf), (&query[..2], 0x80, code as u8));
        assert_eq!(reply[4..HEADER], [0, 1, 0, 0, 0, 0, 0, 0]);
        assert_eq!(reply[HEADER..], query[HEADER..reply.len()], "the question is kept");
        assert!(message::answers(&reply, question, question.id), "the answer means another question: {reply:02x?}");
    }
    // the server is asked the same question by another number
    let mut upstream = query.to_vec();
    message::renumber(&mut upstream, !question.id);
    let meant = message::query(&upstream).expect("the number does not make it a query");
    assert_eq!((&meant.name, meant.id), (&question.name, !question.id), "the number is part of the name");
    decided(question);
}

/// The lists of names, and addresses that the zone could not use.
fn decided(question: &Question) {
    let below = |name: &str, top: &str| name == top || name.ends_with(&format!(".{top}"));
    for (allowed, denied, v6) in [(None, "", true), (None, "", false), (Some("example.org"), "ads.example.org", false)]
    {
        let name = question.name.as_str();
        let open = allowed.is_none_or(|top| below(name, top)) && (denied.is_empty() || !below(name, denied));
        let expected = match open {
            false => Some(Code::NoName),
            true => (question.kind == message::AAAA && !v6).then_some(Code::Empty),
        };
        assert_eq!(own_answer(&names(allowed, denied), v6, question), expected, "{question:?}");
    }
}

fn names(allowed: Option<&str>, denied: &str) -> Names {
    let list = |text: &str| if text.is_empty() { Vec::new() } else { vec![text.to_owned()] };
    Names::new(&Relay { names_allowed: allowed.map(list), names_denied: list(denied), ..Relay::default() })
}

/// An answer counts only with the number that was used; it is passed on as it came but for the number; what it opens is
/// what stands in it.
fn answered(question: &Question, answer: &[u8]) {
    let id = be16(answer, 0).unwrap_or(0);
    let found = message::addresses(answer);
    // an address record has a name of a byte, ten bytes of fields and four of address
    assert!(found.len() * 15 <= answer.len(), "{} addresses in {} bytes", found.len(), answer.len());
    assert!(!message::answers(answer, question, !id), "an answer with a number that was not asked");
    if !message::answers(answer, question, id) {
        return;
    }
    assert!(answer.len() >= HEADER + 5 && answer[2] & 0xf8 == 0x80);
    let mut passed = answer.to_vec();
    message::renumber(&mut passed, question.id);
    assert_eq!((be16(&passed, 0), &passed[2..]), (Some(question.id), &answer[2..]));
    let (mut memory, now) = (Memory::default(), Instant::now());
    for (address, ttl) in &found {
        memory.learn(*address, &question.name, *ttl, now);
        assert!(memory.name_of(*address, now).is_some());
    }
    let [gate, zone]: [SocketAddr; 2] = ["192.0.2.1:53", "192.0.2.2:40000"].map(|a| a.parse().expect("an address"));
    assert_eq!(udp(gate, zone, &passed).map(|packet| packet.len()), Some(28 + answer.len()));
}
