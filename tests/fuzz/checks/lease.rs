//! What somebody on the internet network may send to the agent that asks for an address: as a packet, as a message, and
//! as an answer to each question that it has. The judgement is written anew here.

use std::net::Ipv4Addr;
use std::time::Duration;

use sep_run::network::agent::fuzzing::{
    Act, Answer, Asker, Client, Former, LONGEST, Lease, Told, answer, judge, unwrap,
};
use sep_run::network::prefix::Prefix;

const MAC: [u8; 6] = [2, 1, 2, 3, 4, 5];
const BUSINESS: Prefix = Prefix::v4(10, 20, 0, 0, 16);

/// The input is a packet or a message.
pub fn check(bytes: &[u8]) -> bool {
    let bytes = bytes.get(..LONGEST).unwrap_or(bytes);
    let inside = unwrap(bytes);
    assert!(inside.is_none_or(|message| message.len() + 28 <= bytes.len()));
    let Some(found) = answer(inside.unwrap_or(bytes)) else { return false };
    assert!(found.resolvers.len() <= 3 && found.length.is_none_or(|length| length <= 32));
    if let Ok(lease) = judge(&found, &[BUSINESS]) {
        is_right(&lease);
    }
    let address = found.address;
    for former in [Former::Nothing, Former::Released(address), Former::Held(address)] {
        asked(&found, former);
    }
    true
}

/// What is taken lets the zone be on its own network and on no other.
fn is_right(lease: &Lease) {
    let (address, length) = lease.place.address;
    assert!((8..=30).contains(&length));
    let (own, mask) = (u32::from(address), u32::MAX << (32 - length));
    let router = u32::from(lease.place.gateway);
    assert!(router & mask == own & mask && router != own);
    assert!([own, router].iter().all(|address| address & !mask != 0 && address & !mask != !mask));
    let business = u32::from(Ipv4Addr::new(10, 20, 0, 0));
    let shared = mask & (u32::MAX << 16);
    assert_ne!(own & shared, business & shared, "{lease:?}");
    assert!(!address.is_loopback() && !address.is_multicast() && !address.is_broadcast() && address.octets()[0] != 0);
    assert!(lease.place.resolvers.iter().all(|server| server.octets()[..2] != [10, 20]));
    let [renew, rebind, end] = lease.times;
    assert!(renew < rebind && rebind < end && end >= Duration::from_secs(5) && end <= Duration::from_secs(7 * 86_400));
}

/// A client that hears it, and the same as an answer of each kind, again and again.
fn asked(found: &Answer, former: Former) {
    let asker = Asker { mac: MAC, client: vec![0, 7], host: "lab".into() };
    let mut now = Duration::from_secs(1_000);
    let mut client = Client::new(asker, vec![BUSINESS], former, now, || 7);
    let mut holds = false;
    let mut note = |acts: &[Act]| {
        assert!(acts.len() <= 2, "{acts:?}");
        for act in acts {
            match act {
                Act::Send(letter) => assert!((300..=576).contains(&letter.message.len())),
                Act::Hold(lease, _) => {
                    is_right(lease);
                    holds = true;
                }
                Act::Lose(_) => assert!(std::mem::take(&mut holds), "it had none"),
            }
        }
    };
    note(&client.tick(now));
    for kind in [found.kind, Told::Offer, Told::Ack, Told::Nak, Told::Ack, Told::Offer, Told::Ack, Told::Nak] {
        let answer = Answer { number: 7, mac: MAC, kind, ..found.clone() };
        note(&client.hear(&answer, [6; 6], now));
        assert!(client.due() > now, "it would never rest");
        now = client.due();
        note(&client.tick(now));
        assert!(client.due() > now, "it would never rest");
    }
}
