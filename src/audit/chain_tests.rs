//! The chain by itself, and by another program that knows nothing of this one.

use super::*;

fn event(name: &str) -> Event {
    Event { name: Some(name.to_owned()), ..Event::new(Kind::Refused, "internet") }
}

fn two() -> (Vec<u8>, Vec<u8>, Link) {
    let (first, link) = Link::START.line(&event("a")).unwrap();
    let (second, link) = link.line(&event("b\n\u{1b}\"hash\":\"x\"}")).unwrap();
    (first[..first.len() - 1].to_vec(), second[..second.len() - 1].to_vec(), link)
}

#[test]
fn a_line_follows_the_one_that_it_was_made_for_and_no_other() {
    let (first, second, end) = two();
    let link = Link::START.follow(&first, true).unwrap();
    assert_eq!((link.count, link.follow(&second, false)), (1, Ok(end)));
    assert_eq!(Link::START.follow(&second, true), Err(Break::Number(2)));
    assert_eq!(link.follow(&first, false), Err(Break::Number(1)));
    let changed = String::from_utf8(second.clone()).unwrap().replace("internet", "internal").into_bytes();
    assert_eq!(link.follow(&changed, false), Err(Break::Hash));
    assert_eq!(Link { hash: Hash::START, ..link }.follow(&second, false), Err(Break::Hash));
    assert_eq!(link.follow(b"no line", false), Err(Break::Unreadable));
    assert_eq!(link.follow(b"", false), Err(Break::Unreadable));
}

#[test]
fn every_changed_byte_shows() {
    let (first, ..) = two();
    for at in 0..first.len() {
        let mut changed = first.clone();
        changed[at] ^= 1;
        assert!(Link::START.follow(&changed, true).is_err(), "{at}");
    }
    assert!(Link::START.follow(&first, true).is_ok(), "the twin");
}

#[test]
fn the_hash_is_what_the_documents_say() {
    let (first, ..) = two();
    let text = String::from_utf8(first).unwrap();
    assert!(text.starts_with("{\"seq\":1,\"time\":"), "{text}");
    let (body, hash) = text.split_once(",\"hash\":\"").unwrap();
    let script = "printf '%064d%s}' 0 \"$1\" | sha256sum";
    let done = std::process::Command::new("sh").args(["-c", script, "sh", body]).output().unwrap();
    assert_eq!(String::from_utf8(done.stdout).unwrap().split(' ').next(), hash.strip_suffix("\"}"));
}

#[test]
fn a_chain_begins_anew_in_the_first_line_of_a_file_only() {
    let (_, _, end) = two();
    let continued = Event { previous: Some(end.hash.text().to_owned()), ..Event::new(Kind::Continued, "z") };
    let (line, next) = end.line(&continued).unwrap();
    let line = &line[..line.len() - 1];
    assert_eq!(Link::START.follow(line, true), Ok(next));
    assert_eq!(end.follow(line, true), Ok(next));
    assert_eq!(Link::START.follow(line, false), Err(Break::Number(3)));
}

#[test]
fn a_head_is_read_as_it_was_written_and_nothing_else_is() {
    let (_, _, link) = two();
    let head = Head { link, length: 7 };
    let text = head.encode();
    assert_eq!((Head::decode(text.as_bytes()), text.len()), (Some(head), Head::START.encode().len()));
    for at in 0..text.len() {
        assert_eq!(Head::decode(&text.as_bytes()[..at]), None, "{at}");
    }
    assert_eq!(Head::decode(text.to_uppercase().as_bytes()), None);
}
