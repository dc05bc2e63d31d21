//! Unit tests of the DNS messages.

use simple_dns::rdata::{A as ARecord, AAAA as AaaaRecord, CNAME, RData};
use simple_dns::{CLASS, Name, Packet, PacketFlag, QCLASS, QTYPE, Question as Asked, ResourceRecord, TYPE};

use super::*;

fn asked(name: &str, kind: TYPE) -> Vec<u8> {
    let mut packet = Packet::new_query(0x1234);
    packet.set_flags(PacketFlag::RECURSION_DESIRED);
    packet.questions.push(Asked::new(Name::new_unchecked(name), QTYPE::TYPE(kind), QCLASS::CLASS(CLASS::IN), false));
    packet.build_bytes_vec().unwrap()
}

fn answered(name: &str) -> Vec<u8> {
    let mut packet = Packet::new_reply(0x1234);
    packet.questions.push(Asked::new(Name::new_unchecked(name), QTYPE::TYPE(TYPE::A), QCLASS::CLASS(CLASS::IN), false));
    let mut add = |name: &'static str, data| {
        packet.answers.push(ResourceRecord::new(Name::new_unchecked(name), CLASS::IN, 300, data));
    };
    add("www.example.org", RData::CNAME(CNAME(Name::new_unchecked("cdn.example.net"))));
    add("cdn.example.net", RData::A(ARecord { address: 0xc633_640a }));
    add("cdn.example.net", RData::AAAA(AaaaRecord { address: 0x2001_0db8 << 96 | 7 }));
    packet.build_bytes_vec_compressed().unwrap()
}

#[test]
fn a_query_is_read_as_another_library_wrote_it() {
    let message = asked("WWW.Example.org", TYPE::AAAA);
    let question = query(&message).unwrap();
    assert_eq!((question.id, question.name.as_str(), question.kind), (0x1234, "www.example.org", AAAA));
    assert_eq!(question.end, message.len());
}

#[test]
fn the_relays_own_answers_are_read_by_another_library() {
    let message = asked("www.example.org", TYPE::AAAA);
    let question = query(&message).unwrap();
    for (code, expected) in [(Code::Empty, 0), (Code::Failed, 2), (Code::NoName, 3)] {
        let reply = reply(&message, &question, code);
        let packet = Packet::parse(&reply).unwrap();
        assert!(packet.has_flags(PacketFlag::RESPONSE | PacketFlag::RECURSION_AVAILABLE));
        assert_eq!((packet.id(), packet.rcode() as u16, packet.questions.len()), (0x1234, expected, 1));
        assert!(answers(&reply, &question, 0x1234));
    }
}

#[test]
fn addresses_of_a_compressed_answer_behind_a_cname() {
    let question = query(&asked("www.example.org", TYPE::A)).unwrap();
    let message = answered("www.example.org");
    assert!(answers(&message, &question, 0x1234));
    let found = addresses(&message);
    assert_eq!(found, [("198.51.100.10".parse().unwrap(), 300), ("2001:db8::7".parse().unwrap(), 300)]);
}

#[test]
fn an_answer_to_another_question_or_number_is_none() {
    let question = query(&asked("www.example.org", TYPE::A)).unwrap();
    assert!(!answers(&answered("www.example.org"), &question, 0x1235));
    assert!(!answers(&answered("evil.example.org"), &question, 0x1234));
    let other = query(&asked("www.example.org", TYPE::AAAA)).unwrap();
    assert!(!answers(&answered("www.example.org"), &other, 0x1234));
    assert!(!answers(&asked("www.example.org", TYPE::A), &question, 0x1234), "a query is no answer");
}

#[test]
fn what_is_not_one_query_is_answered_so_or_not_at_all() {
    assert_eq!(query(&[]), Err(None));
    assert_eq!(query(&[0; 11]), Err(None));
    assert_eq!(
        query(&answered("www.example.org")),
        Err(None),
        "answers are not answered: two relays would go on for ever"
    );
    let rcode = |message: &[u8]| query(message).unwrap_err().map(|m| m[3] & 0xf);
    let mut update = asked("www.example.org", TYPE::A);
    update[2] |= 0x28;
    assert_eq!(rcode(&update), Some(4));
    let mut two = asked("www.example.org", TYPE::A);
    two[5] = 2;
    assert_eq!(rcode(&two), Some(1));
    let mut none = asked("www.example.org", TYPE::A);
    none[5] = 0;
    assert_eq!(rcode(&none), Some(1));
    let mut long = asked("www.example.org", TYPE::A);
    long.resize(LONGEST_QUERY + 1, 0);
    assert_eq!(rcode(&long), Some(1));
}

#[test]
fn pointers_that_loop_or_lead_on_are_refused() {
    let with_name = |name: &[u8]| {
        let mut message = asked("x", TYPE::A)[..HEADER].to_vec();
        message.extend_from_slice(name);
        message.extend_from_slice(&[0, 1, 0, 1]);
        query(&message)
    };
    assert!(with_name(&[1, b'a', 0]).is_ok(), "the twin");
    assert!(with_name(&[0xc0, 12]).is_err(), "to itself");
    assert!(with_name(&[0xc0, 14, 0xc0, 12]).is_err(), "to and fro");
    assert!(with_name(&[1, b'a', 0xc0, 12]).is_err(), "a label and back to it");
    assert!(with_name(&[0xc0, 0xff]).is_err(), "out of the message");
    assert!(with_name(&[0x40, 0]).is_err() && with_name(&[0x80, 0]).is_err(), "kinds of label that there are not");
    let long: Vec<u8> = (0..5).flat_map(|_| [&[63u8][..], &[b'a'; 63]].concat()).chain([0]).collect();
    assert!(with_name(&long).is_err(), "longer than a name");
}

#[test]
fn a_pointer_into_the_header_is_refused() {
    let with_name = |name: &[u8]| {
        // as a name the header is "a", of which the number is a part
        let mut message = vec![1, b'a', 0, 0, 0, 1, 0, 0, 0, 0, 0, 0];
        message.extend_from_slice(name);
        message.extend_from_slice(&[0, 1, 0, 1]);
        query(&message)
    };
    assert_eq!(with_name(b"\x03www\x00").unwrap().name, "www", "the twin");
    for at in 0..HEADER as u8 {
        assert!(with_name(&[3, b'w', b'w', b'w', 0xc0, at]).is_err(), "to byte {at}");
    }
    let question = query(&asked("www.example.org", TYPE::A)).unwrap();
    let (mut answer, owner) = (answered("www.example.org"), asked("www.example.org", TYPE::A).len());
    assert!(answers(&answer, &question, 0x1234) && answer[owner] == 0xc0, "the twin");
    answer[owner + 1] = 4;
    assert!(!answers(&answer, &question, 0x1234) && addresses(&answer).is_empty());
}

#[test]
fn a_pointer_to_what_goes_on_after_it_is_refused() {
    let with_label = |label: [u8; 4]| {
        let mut message = asked("x", TYPE::A)[..HEADER].to_vec();
        message.extend_from_slice(&[&[4][..], &label, &[0xc0, HEADER as u8 + 1, 0, 1, 0, 1, b'x', 0]].concat());
        query(&message).map(|question| question.name)
    };
    assert_eq!(with_label([2, b'o', b'k', 0]).unwrap(), "\\002ok\\000.ok", "the twin");
    assert!(with_label([3, b'o', b'k', b'k']).is_err(), "a label and the pointer itself");
    assert!(with_label([10, b'o', b'k', b'k']).is_err(), "a label over pointer, type and class");
}

/// An answer to `www.example.org` of three records: the data of the second is a chain of pointers, the first of them to
/// the question, and the name of the third is a pointer to the last of them.
fn chained(pointers: usize) -> Vec<u8> {
    let mut message = asked("www.example.org", TYPE::A);
    (message[2], message[7]) = (0x80, 3);
    let mut record = |name: usize, data: &[u8]| {
        message.extend_from_slice(&(0xc000 | name as u16).to_be_bytes());
        message.extend_from_slice(&[0, 16, 0, 1, 0, 0, 0, 0]);
        message.extend_from_slice(&(data.len() as u16).to_be_bytes());
        message.extend_from_slice(data);
        message.len() - data.len()
    };
    let start = record(HEADER, &[]);
    let before = |at: usize| if at == 0 { HEADER } else { start + HEADER + 2 * (at - 1) };
    let chain: Vec<u8> = (0..pointers).flat_map(|at| (0xc000 | before(at) as u16).to_be_bytes()).collect();
    record(HEADER, &chain);
    record(before(pointers), &[]);
    message
}

#[test]
fn a_long_chain_of_pointers_is_refused() {
    let question = query(&asked("www.example.org", TYPE::A)).unwrap();
    assert!(answers(&chained(POINTERS - 1), &question, 0x1234), "the twin");
    assert!(!answers(&chained(POINTERS), &question, 0x1234));
}

#[test]
fn a_dot_inside_a_label_is_no_separator() {
    let mut message = asked("x", TYPE::A)[..HEADER].to_vec();
    message.extend_from_slice(b"\x0bexample.org\x04evil\x00\x00\x01\x00\x01");
    assert_eq!(query(&message).unwrap().name, "example\\046org.evil");
    let mut message = asked("x", TYPE::A)[..HEADER].to_vec();
    message.extend_from_slice(b"\x10evil.example.org\x00\x00\x01\x00\x01");
    assert_eq!(query(&message).unwrap().name, "evil\\046example\\046org", "and covered by no entry");
}

#[test]
fn a_count_of_65535_costs_nothing() {
    let question = query(&asked("www.example.org", TYPE::A)).unwrap();
    let mut message = answered("www.example.org");
    message[6..8].copy_from_slice(&[0xff, 0xff]);
    assert_eq!(addresses(&message).len(), 2);
    assert!(!answers(&message, &question, 0x1234), "and it is no answer");
    let whole = answered("www.example.org");
    assert!(answers(&whole, &question, 0x1234) && !answers(&whole[..whole.len() - 1], &question, 0x1234));
}

#[test]
fn whatever_is_changed_nothing_worse_than_an_error_happens() {
    let question = query(&asked("www.example.org", TYPE::A)).unwrap();
    let samples = [answered("www.example.org"), asked("www.example.org", TYPE::AAAA)];
    let mut state = 7u64;
    for round in 0..200_000usize {
        let mut message = samples[round % 2].clone();
        for _ in 0..1 + round % 4 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let at = (state >> 33) as usize % message.len();
            message[at] = (state >> 25) as u8;
        }
        message.truncate((state >> 40) as usize % (message.len() + 1));
        let _ = query(&message);
        let _ = answers(&message, &question, 0x1234);
        let _ = addresses(&message);
    }
    let huge = vec![0xc0; 65_535];
    assert!(addresses(&huge).is_empty() && query(&huge).is_err());
}

#[test]
fn a_transfer_of_all_names_is_not_passed_on() {
    let mut message = asked("corp.test", TYPE::A);
    let at = message.len() - 3;
    for (kind, is_passed) in [(251, false), (252, false), (255, true), (1, true)] {
        message[at] = kind;
        assert_eq!(query(&message).is_ok(), is_passed, "{kind}");
    }
    message[at] = 252;
    let refused = query(&message).unwrap_err().unwrap();
    assert_eq!(refused[3] & 0xf, Code::NotImplemented as u8);
}
