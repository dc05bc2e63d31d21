//! Unit tests of the client without sockets and clock.

use std::cell::Cell;

use super::*;
use crate::network::agent::message::answer;

const MAC: [u8; 6] = [2, 1, 2, 3, 4, 5];
const CARD: [u8; 6] = [6; 6];
const SERVER: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 1);
const ADDRESS: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 57);

thread_local! {
    static NUMBER: Cell<u32> = const { Cell::new(0) };
}

/// Numbers that follow each other, all multiples of 500: no jitter.
fn numbers() -> u32 {
    NUMBER.set(NUMBER.get() + 500);
    NUMBER.get()
}

fn at(seconds: f64) -> Duration {
    Duration::from_secs_f64(1_000.0 + seconds)
}

fn client(former: Former) -> Client {
    let asker = Asker { mac: MAC, client: vec![0, 7], host: "lab".into() };
    Client::new(asker, vec![Prefix::v4(10, 20, 0, 0, 16)], former, at(0.0), numbers)
}

/// What a good server says to the client's last question.
fn told(client: &Client, kind: Told) -> Answer {
    Answer {
        kind,
        number: client.number,
        mac: MAC,
        address: ADDRESS,
        server: Some(SERVER),
        length: Some(24),
        gateway: Some(SERVER),
        resolvers: vec![],
        seconds: Some(100),
        renew: [None; 2],
    }
}

/// Kind, own address, wanted address and receiver of the one question among these.
fn asked(acts: &[Act]) -> (u8, Ipv4Addr, Option<Ipv4Addr>, Ipv4Addr) {
    let letters: Vec<_> = acts.iter().filter_map(|act| if let Act::Send(l) = act { Some(l) } else { None }).collect();
    let [letter] = letters[..] else { panic!("{acts:?}") };
    assert_eq!(letter.card == EVERYBODY, letter.to == Ipv4Addr::BROADCAST);
    assert_eq!(answer(&letter.message), None, "a question is no answer");
    let options = &letter.message[240..];
    let wanted = options.windows(6).find(|option| option[..2] == [50, 4]);
    let wanted = wanted.map(|option| Ipv4Addr::new(option[2], option[3], option[4], option[5]));
    (options[2], letter.from, wanted, letter.to)
}

const NOBODY: Ipv4Addr = Ipv4Addr::UNSPECIFIED;
const ALL: Ipv4Addr = Ipv4Addr::BROADCAST;

/// A client that has an address since second 0.
fn holding() -> Client {
    let mut client = client(Former::Nothing);
    client.tick(at(0.0));
    client.hear(&told(&client, Told::Offer), CARD, at(0.0));
    let acts = client.hear(&told(&client, Told::Ack), CARD, at(0.0));
    assert!(matches!(&acts[..], [Act::Hold(lease, end)] if lease.place.address == (ADDRESS, 24) && *end == at(100.0)));
    client
}

#[test]
fn from_nothing_to_an_address() {
    let mut client = client(Former::Nothing);
    assert_eq!(asked(&client.tick(at(0.0))), (1, NOBODY, None, ALL));
    let offer = told(&client, Told::Offer);
    assert_eq!(asked(&client.hear(&offer, CARD, at(0.1))), (3, NOBODY, Some(ADDRESS), ALL));
    assert_eq!(client.hear(&offer, CARD, at(0.1)), [], "another offer comes late");
    assert_eq!(client.hear(&told(&client, Told::Ack), CARD, at(0.2)).len(), 1);
    assert_eq!(client.due(), at(50.1), "half of the time since it was asked for");
}

#[test]
fn nobody_answers() {
    let mut client = client(Former::Nothing);
    let mut now = at(0.0);
    let mut waits = vec![];
    for _ in 0..9 {
        assert_eq!(asked(&client.tick(now)), (1, NOBODY, None, ALL));
        assert_eq!(client.tick(now), [], "not before it is due");
        waits.push((client.due() - now).as_secs());
        now = client.due();
    }
    assert_eq!(waits, [1, 2, 4, 8, 16, 32, 64, 64, 64]);
    // nor does who has offered something
    client.hear(&told(&client, Told::Offer), CARD, now);
    let mut kinds = vec![];
    for _ in 0..4 {
        now = client.due();
        kinds.push(asked(&client.tick(now)).0);
    }
    assert_eq!(kinds, [3, 3, 1, 1], "after the third time something else");
}

#[test]
fn what_is_not_for_it_does_nothing() {
    let mut client = holding();
    client.tick(at(50.0));
    let good = told(&client, Told::Ack);
    let wrong: [fn(&mut Answer); 4] = [
        |a| a.number ^= 1,
        |a| a.mac[5] ^= 1,
        |a| a.address = Ipv4Addr::new(203, 0, 113, 58),
        |a| a.kind = Told::Offer,
    ];
    for change in wrong {
        let mut answer = good.clone();
        change(&mut answer);
        assert_eq!(client.hear(&answer, CARD, at(50.1)), [], "{answer:?}");
    }
    let other = Answer { server: Some(Ipv4Addr::new(203, 0, 113, 66)), ..told(&client, Told::Nak) };
    assert_eq!(client.hear(&other, CARD, at(50.1)), [], "a no of another server");
    assert_eq!(client.hear(&good, CARD, at(50.2)).len(), 1, "the twin");
    assert_eq!(client.hear(&good, CARD, at(50.3)), [], "what nobody has asked for");
    assert_eq!(client.hear(&told(&client, Told::Nak), CARD, at(50.3)), [], "nor a no");
}

#[test]
fn an_address_of_the_business_network_is_not_taken() {
    let mut client = client(Former::Nothing);
    client.tick(at(0.0));
    let business = Ipv4Addr::new(10, 20, 0, 7);
    let offer = Answer { address: business, ..told(&client, Told::Offer) };
    assert_eq!(client.hear(&offer, CARD, at(0.1)), []);
    assert_eq!(client.refused(), Some(Refused::Business));
    // another server may do better
    assert_eq!(client.hear(&told(&client, Told::Offer), CARD, at(0.2)).len(), 1);
    // what is given is judged again
    let ack = Answer { gateway: Some(business), ..told(&client, Told::Ack) };
    assert_eq!(client.hear(&ack, CARD, at(0.3)), []);
    assert_eq!(client.hear(&told(&client, Told::Ack), CARD, at(0.4)).len(), 1, "the twin");
}

#[test]
fn an_address_is_kept_for_as_long_as_somebody_answers() {
    let mut client = holding();
    assert_eq!(client.tick(at(49.0)), []);
    assert_eq!(asked(&client.tick(at(50.0))), (3, ADDRESS, None, SERVER), "of its server");
    let acts = client.hear(&told(&client, Told::Ack), CARD, at(50.1));
    assert!(matches!(&acts[..], [Act::Hold(_, end)] if *end == at(150.0)));
    // nobody: again and again, then of everybody, then it is gone
    let (mut to_server, mut to_all, mut now) = (0, 0, client.due());
    let lost = loop {
        let acts = client.tick(now);
        if matches!(acts.first(), Some(Act::Lose(_))) {
            break acts;
        }
        match asked(&acts) {
            (3, ADDRESS, None, SERVER) => to_server += 1,
            (3, ADDRESS, None, ALL) => to_all += 1,
            other => panic!("{other:?}"),
        }
        assert!((client.due() > now) && (now < at(150.0)));
        now = client.due();
    };
    assert_eq!((now, lost.first()), (at(150.0), Some(&Act::Lose(Loss::Expired))));
    assert!((2..9).contains(&to_server) && (1..5).contains(&to_all), "{to_server} {to_all}");
    assert_eq!(asked(&lost), (1, NOBODY, Some(ADDRESS), ALL), "at once for another, best the same");
}

#[test]
fn a_server_may_take_back_what_it_gave_and_not_without_end() {
    let mut client = holding();
    client.tick(at(50.0));
    let acts = client.hear(&told(&client, Told::Nak), CARD, at(50.1));
    assert_eq!(acts.first(), Some(&Act::Lose(Loss::Withdrawn)));
    assert_eq!(asked(&acts), (1, NOBODY, None, ALL));
    let short = |client: &Client, kind| Answer { seconds: Some(6), ..told(client, kind) };
    client.hear(&short(&client, Told::Offer), CARD, at(50.2));
    client.hear(&short(&client, Told::Ack), CARD, at(50.2));
    client.tick(at(53.3));
    let acts = client.hear(&told(&client, Told::Nak), CARD, at(53.4));
    assert_eq!(acts, [Act::Lose(Loss::Withdrawn)], "nothing is asked at once");
    assert_eq!(client.due(), at(63.4));
    // a no to what was offered
    client.tick(at(63.4));
    client.hear(&told(&client, Told::Offer), CARD, at(63.5));
    assert_eq!(client.hear(&told(&client, Told::Nak), CARD, at(63.5)), []);
    assert_eq!(client.due(), at(64.5));
}

#[test]
fn a_former_address_is_asked_for_first() {
    let mut back = client(Former::Held(ADDRESS));
    assert_eq!(asked(&back.tick(at(0.0))), (3, NOBODY, Some(ADDRESS), ALL));
    assert!(matches!(&back.hear(&told(&back, Told::Ack), CARD, at(0.1))[..], [Act::Hold(..)]));
    let mut refused = client(Former::Held(ADDRESS));
    refused.tick(at(0.0));
    assert_eq!(asked(&refused.hear(&told(&refused, Told::Nak), CARD, at(0.1))), (1, NOBODY, None, ALL));
    let mut silent = client(Former::Held(ADDRESS));
    let mut kinds = vec![];
    for _ in 0..3 {
        kinds.push(asked(&silent.tick(silent.due())).0);
    }
    assert_eq!(kinds, [3, 3, 1]);
    let mut given_back = client(Former::Released(ADDRESS));
    assert_eq!(asked(&given_back.tick(at(0.0))), (1, NOBODY, Some(ADDRESS), ALL));
}

#[test]
fn only_what_is_held_is_given_back() {
    assert_eq!(client(Former::Held(ADDRESS)).release(), None);
    let letter = holding().release().unwrap();
    assert_eq!((letter.from, letter.to, letter.card), (ADDRESS, SERVER, CARD));
    assert_eq!(letter.message[242], Asked::Release as u8);
}
