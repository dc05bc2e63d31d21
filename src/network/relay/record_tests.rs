//! The recorder with a log of its own, and a zone that is the other end of a pair.

use super::*;
use crate::audit::{Log, Verdict, head as audit_head};
use crate::wire::{Connection, FromInit, Question, Stage, ToInit, Transport};
use std::net::SocketAddr;

/// A zone that answers as the test says; `body` gets the zone's end.
fn lines_with(body: impl FnOnce(&mut Recorder, &Connection, &Card, Instant)) -> Vec<serde_json::Value> {
    let path = std::env::temp_dir().join(format!("sep-run-record-{}", std::process::id()));
    let mut options = std::fs::File::options();
    let log = options.create_new(true).append(true).read(true).open(&path).unwrap();
    let head =
        std::fs::File::options().create(true).write(true).read(true).truncate(true).open(audit_head(&path)).unwrap();
    let (init, zone) = Connection::pair().unwrap();
    let card = Card::new(std::fs::File::options().write(true).open("/dev/null").unwrap().into(), false);
    let now = Instant::now();
    let mut recorder =
        Recorder::new("z", Pen::Log(Log::new(log, head, Duration::ZERO)), Owners::new(init, MOST), true, now);
    body(&mut recorder, &zone, &card, now);
    drop(recorder);
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(matches!(crate::audit::verify(&path).unwrap(), Verdict::Empty | Verdict::Whole(..)), "{text}");
    std::fs::remove_file(path).unwrap();
    text.lines().map(|l| serde_json::from_str(l).unwrap()).collect()
}

/// A zone that answers nothing, of whose connections nothing is known.
fn lines(body: impl FnOnce(&mut Recorder, Instant)) -> Vec<serde_json::Value> {
    lines_with(|recorder, _, _, now| body(recorder, now))
}

const MOST: usize = 4;

fn subject(protocol: &'static str) -> Subject {
    let destination = Some("10.0.0.1".parse().unwrap());
    Subject { destination, port: Some(5353), protocol, ..Subject::default() }
}

#[test]
fn equal_datagrams_are_written_once_a_minute_and_connections_each_time() {
    let lines = lines(|r, now| {
        for _ in 0..50 {
            r.refused(&subject("udp"), Rule::Private, None, now);
        }
        r.refused(&subject("udp"), Rule::Private, None, now + QUIET);
        r.refused(&subject("tcp"), Rule::Private, None, now);
        r.refused(&subject("tcp"), Rule::Private, None, now);
        r.flush(now + QUIET);
    });
    let events: Vec<_> = lines.iter().map(|l| l["event"].as_str().unwrap().to_owned()).collect();
    assert_eq!(events, ["refused", "refused", "refused", "refused", "suppressed"]);
    assert_eq!((&lines[0]["rule"], &lines[4]["count"]), (&"private".into(), &49.into()));
}

#[test]
fn a_flood_is_counted_and_not_written() {
    let lines = lines(|r, now| {
        for _ in 0..10_000 {
            r.refused(&subject("tcp"), Rule::Private, None, now);
        }
        r.flush(now);
        r.flush(now + Duration::from_secs(1));
    });
    assert_eq!(lines.len(), Rate::BURST as usize + 1);
    assert_eq!(lines.last().unwrap()["count"], 10_000 - Rate::BURST as u64);
}

#[test]
fn an_ended_connection_has_bytes_and_seconds() {
    let traffic = Traffic { up: 5, down: 7, lasted: Duration::from_millis(1_234) };
    let lines = lines(|r, now| r.ended(&subject("tcp"), &Owner::unknown(), traffic, now));
    assert_eq!((&lines[0]["up"], &lines[0]["down"], &lines[0]["seconds"]), (&5.into(), &7.into(), &1.234.into()));
    assert_eq!(lines[0]["program"], "unknown");
}

/// A subject of whose program can be asked.
fn owned(port: u16) -> Subject {
    let to: SocketAddr = ([10, 0, 0, 1], 80).into();
    let ends = Ends { transport: Transport::Tcp, local: ([192, 0, 2, 2], port).into(), remote: Some(to) };
    Subject { destination: Some(to.ip()), port: Some(port), protocol: "tcp", ends: Some(ends), ..Subject::default() }
}

/// The next question, as the zone hears it.
fn asked(zone: &Connection) -> Question {
    match zone.order(Stage::Run).unwrap().unwrap().0 {
        ToInit::Whose(question) => question,
        other => panic!("{other:?}"),
    }
}

fn answer(zone: &Connection, question: Question, program: &str) {
    zone.answer(Stage::Run, &FromInit::Owner(question.number, program.into()), &[]).unwrap();
}

fn programs(lines: &[serde_json::Value]) -> Vec<(u64, &str)> {
    lines.iter().map(|l| (l["port"].as_u64().unwrap(), l["program"].as_str().unwrap())).collect()
}

#[test]
fn lines_stand_in_order_of_events_however_answers_come() {
    let lines = lines_with(|r, zone, card, now| {
        for port in [1, 2, 3] {
            assert!(r.refused(&owned(port), Rule::Private, None, now).is_none());
        }
        let [first, second, third] = [asked(zone), asked(zone), asked(zone)];
        assert_eq!((first.local.port(), first.remote), (1, ([10, 0, 0, 1], 80).into()));
        for (question, program) in [(third, "/usr/bin/c"), (first, "/usr/bin/a"), (second, "")] {
            answer(zone, question, program);
            assert!(r.hear(card));
        }
        r.tick(card, now);
        assert_eq!(r.due_in(now), None);
    });
    assert_eq!(programs(&lines), [(1, "/usr/bin/a"), (2, "unknown"), (3, "/usr/bin/c")]);
}

#[test]
fn an_answer_that_does_not_come_holds_up_lines_for_a_moment_only() {
    let lines = lines_with(|r, zone, card, now| {
        let late = now + r.due_in(now).unwrap_or(Duration::from_millis(50));
        r.refused(&owned(1), Rule::Private, None, now);
        r.refused(&owned(2), Rule::Private, None, now);
        let [first, second] = [asked(zone), asked(zone)];
        answer(zone, second, "/usr/bin/b");
        assert!(r.hear(card));
        r.tick(card, now + Duration::from_millis(49));
        assert_eq!(r.lines.len(), 2, "the first is still waited for");
        r.tick(card, late);
        assert_eq!(r.lines.len(), 0);
        answer(zone, first, "/usr/bin/too-late");
        answer(zone, Question { number: 77, ..first }, "/usr/bin/never-asked");
        assert!(r.hear(card) && r.hear(card), "the twin: neither ends the zone");
        r.tick(card, late);
    });
    assert_eq!(programs(&lines), [(1, "unknown"), (2, "/usr/bin/b")]);
}

#[test]
fn more_questions_than_may_wait_are_not_asked() {
    let lines = lines_with(|r, zone, card, now| {
        for port in 1..=20 {
            r.refused(&owned(port), Rule::Private, None, now);
        }
        for _ in 0..MOST {
            answer(zone, asked(zone), "/usr/bin/a");
            assert!(r.hear(card));
        }
        r.tick(card, now);
    });
    let expected = |n: u64| (n, if n <= MOST as u64 { "/usr/bin/a" } else { "unknown" });
    assert_eq!(programs(&lines), (1..=20).map(expected).collect::<Vec<_>>());
}

#[test]
fn what_tells_the_program_is_held_until_its_name_is_known() {
    lines_with(|r, zone, card, now| {
        let held = || {
            let (kept, given) = nix::unistd::pipe2(nix::fcntl::OFlag::O_NONBLOCK).unwrap();
            (kept, Held::Socket(given))
        };
        let is_closed = |kept: &std::os::fd::OwnedFd| nix::unistd::read(kept, &mut [0]) == Ok(0);
        let (first, socket) = held();
        assert!(r.refused(&owned(1), Rule::Private, Some(socket), now).is_none());
        let (second, socket) = held();
        assert!(r.refused(&owned(2), Rule::Private, Some(socket), now).is_none());
        let (third, socket) = held();
        assert!(r.refused(&subject("tcp"), Rule::Private, Some(socket), now).is_some(), "nobody can be asked");
        assert!(is_closed(&third) && !is_closed(&first) && !is_closed(&second));
        answer(zone, asked(zone), "/usr/bin/a");
        assert!(r.hear(card) && is_closed(&first) && !is_closed(&second));
        r.tick(card, now + Duration::from_millis(50));
        assert!(is_closed(&second));
    });
}

#[test]
fn the_end_of_the_zone_writes_what_waited_and_nonsense_is_its_end() {
    let lines = lines_with(|r, zone, card, now| {
        r.refused(&owned(1), Rule::Private, None, now);
        let owner = r.owner(owned(2).ends, now);
        let traffic = Traffic { up: 0, down: 0, lasted: Duration::ZERO };
        r.ended(&owned(2), &owner, traffic, now);
        zone.send(b"nonsense", &[]).unwrap();
        assert!(!r.hear(card));
        r.end(card, now);
    });
    assert_eq!(programs(&lines), [(1, "unknown"), (2, "unknown")]);
}
