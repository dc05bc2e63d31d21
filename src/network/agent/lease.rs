//! What a DHCP server may give a zone: pure judgement of an answer.
//!
//! A server decides where the zone is on the internet network, and nothing else. Nothing that it says lets the zone be
//! on the business network too.

use std::net::Ipv4Addr;
use std::time::Duration;

use super::message::Answer;
use crate::network::closed::RESERVED;
use crate::network::prefix::Prefix;
use crate::policy::plan::Place;

/// Whoever gives an address for less than this wants to keep us busy.
const LEAST: u64 = 5;
/// A lease for longer counts for a week: it is renewed sooner than it must be.
const MOST: u64 = 7 * 24 * 3_600;

/// An address for a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// The address and what is needed to use it.
    pub place: Place,
    /// Who has given it.
    pub server: Ipv4Addr,
    /// After which time the server is asked again, then all, and when it ends.
    pub times: [Duration; 3],
}

/// Why an offer is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// It lies in the business network, or the business network in it: that would join the two.
    Business,
    /// It is no address of a card, or says too little to use it.
    Address,
    /// No router that is in the same network.
    Gateway,
    /// For a few seconds only.
    Short,
}

impl Refused {
    /// Its name in failures and catalogues.
    pub fn name(self) -> &'static str {
        match self {
            Self::Business => "business",
            Self::Address => "address",
            Self::Gateway => "gateway",
            Self::Short => "short",
        }
    }
}

/// The lease that an answer offers or gives. `business` are the prefixes of the business network.
///
/// # Errors
/// What is wrong with it.
pub fn judge(answer: &Answer, business: &[Prefix]) -> Result<Lease, Refused> {
    let server = answer.server.ok_or(Refused::Address)?;
    let length = answer.length.filter(|length| (8..=30).contains(length)).ok_or(Refused::Address)?;
    let lan = Prefix::of(answer.address.into(), length);
    if business.iter().any(|prefix| lan.meets(prefix)) {
        return Err(Refused::Business);
    }
    let is_of_a_card = |address| is_host(address, lan) && !is_reserved(address);
    if !is_of_a_card(answer.address) {
        return Err(Refused::Address);
    }
    let gateway = answer.gateway.filter(|gateway| is_of_a_card(*gateway) && *gateway != answer.address);
    let place = Place {
        address: (answer.address, length),
        gateway: gateway.ok_or(Refused::Gateway)?,
        resolvers: answer.resolvers.iter().copied().filter(|server| is_resolver(*server, business)).collect(),
    };
    Ok(Lease { place, server, times: times(answer)? })
}

/// Whether an address is one of a card in a network: neither the network's own nor that of all in it.
fn is_host(address: Ipv4Addr, lan: Prefix) -> bool {
    let (_, length) = lan.parts();
    let host = |bits: u32| bits << length;
    lan.contains(address.into()) && host(address.to_bits()) != 0 && host(!address.to_bits()) != 0
}

fn is_reserved(address: Ipv4Addr) -> bool {
    RESERVED.iter().any(|prefix| prefix.contains(address.into()))
}

/// One that the zone's rules would close is left out.
fn is_resolver(server: Ipv4Addr, business: &[Prefix]) -> bool {
    !is_reserved(server) && !business.iter().any(|prefix| prefix.contains(server.into()))
}

/// Half of the time and seven eighths of it, unless the server says otherwise and means it (RFC 2131, 4.4.5).
fn times(answer: &Answer) -> Result<[Duration; 3], Refused> {
    let end = u64::from(answer.seconds.ok_or(Refused::Address)?).min(MOST);
    if end < LEAST {
        return Err(Refused::Short);
    }
    let [renew, rebind] = answer.renew.map(|seconds| seconds.map(u64::from));
    let told = renew.zip(rebind).filter(|(renew, rebind)| 1 < *renew && renew < rebind && *rebind < end);
    let (end, (half, most)) = (end * 1_000, (end * 500, end * 875));
    let (renew, rebind) = told.map_or((half, most), |(renew, rebind)| (renew * 1_000, rebind * 1_000));
    Ok([renew, rebind, end].map(Duration::from_millis))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::agent::message::Told;

    fn offer(address: &str, length: u8, gateway: &str) -> Answer {
        Answer {
            kind: Told::Offer,
            number: 7,
            mac: [2; 6],
            address: address.parse().unwrap(),
            server: Some(Ipv4Addr::new(203, 0, 113, 1)),
            length: Some(length),
            gateway: gateway.parse().ok(),
            resolvers: vec![Ipv4Addr::new(9, 9, 9, 9), Ipv4Addr::new(10, 20, 0, 1), Ipv4Addr::LOCALHOST],
            seconds: Some(120),
            renew: [None; 2],
        }
    }

    fn judged(offer: &Answer) -> Result<Lease, Refused> {
        judge(offer, &[Prefix::v4(10, 20, 0, 0, 16), Prefix::v6(0xfd20, 0, 0, 0, 64)])
    }

    #[test]
    fn what_is_offered_is_taken_or_named() {
        let lease = judged(&offer("203.0.113.57", 24, "203.0.113.1")).unwrap();
        assert_eq!(lease.place.address, (Ipv4Addr::new(203, 0, 113, 57), 24));
        assert_eq!(lease.place.resolvers, [Ipv4Addr::new(9, 9, 9, 9)], "the others would be closed");
        assert!(judged(&offer("10.21.0.57", 16, "10.21.0.1")).is_ok(), "a private network beside the business one");
        for (address, length, gateway, why) in [
            ("10.20.3.4", 24, "10.20.3.1", Refused::Business),
            ("10.99.3.4", 8, "10.99.3.1", Refused::Business),
            ("10.21.3.4", 15, "10.21.3.1", Refused::Business),
            ("203.0.113.57", 24, "203.0.114.1", Refused::Gateway),
            ("203.0.113.57", 24, "203.0.113.57", Refused::Gateway),
            ("203.0.113.57", 24, "203.0.113.255", Refused::Gateway),
            ("203.0.113.57", 24, "", Refused::Gateway),
            ("203.0.113.0", 24, "203.0.113.1", Refused::Address),
            ("203.0.113.255", 24, "203.0.113.1", Refused::Address),
            ("203.0.113.57", 0, "203.0.113.1", Refused::Address),
            ("203.0.113.57", 31, "203.0.113.56", Refused::Address),
            ("127.0.0.5", 8, "127.0.0.1", Refused::Address),
            ("224.0.0.5", 24, "224.0.0.1", Refused::Address),
            ("0.0.0.0", 8, "0.0.0.1", Refused::Address),
        ] {
            assert_eq!(judged(&offer(address, length, gateway)), Err(why), "{address}/{length} {gateway}");
        }
        let without: [fn(&mut Answer); 3] = [|o| o.server = None, |o| o.length = None, |o| o.seconds = None];
        for lacks in without {
            let mut offer = offer("203.0.113.57", 24, "203.0.113.1");
            lacks(&mut offer);
            assert_eq!(judged(&offer), Err(Refused::Address));
        }
    }

    #[test]
    fn times_are_the_servers_where_they_make_sense() {
        let times = |seconds, renew, rebind| {
            let offer = Answer { seconds: Some(seconds), renew: [renew, rebind], ..offer("8.8.8.8", 24, "8.8.8.1") };
            judged(&offer).map(|lease| lease.times.map(|time| time.as_millis()))
        };
        assert_eq!(times(120, None, None), Ok([60_000, 105_000, 120_000]));
        assert_eq!(times(120, Some(30), Some(90)), Ok([30_000, 90_000, 120_000]));
        for (renew, rebind) in [(90, 30), (0, 90), (30, 120), (30, u32::MAX)] {
            assert_eq!(times(120, Some(renew), Some(rebind)), Ok([60_000, 105_000, 120_000]), "{renew} {rebind}");
        }
        assert_eq!(times(u32::MAX, None, None).unwrap()[2], 604_800_000);
        assert_eq!(times(4, None, None), Err(Refused::Short));
    }
}
