//! A zone's place in the internet network: the card's address, its IP address, and what stays closed to it. Pure.

use std::net::Ipv4Addr;

use sha2::{Digest, Sha256};

use super::host::{Host, Lan};
use super::layers::Merged;
use super::plan::{Addressing, Dhcp, Macvlan, Place};
use super::problem::{Problem, ProblemKind};
use super::resolve::texts;
use super::site::{Static, Uplink};
use crate::wire::{Code, Failure, Stage};

/// The card of a zone on the uplink that its profile names, or on the only one that there is.
///
/// # Errors
/// `BadProfile` where the profile names none of the site's; [`Code::NoUplink`] where there is none, as in personal mode,
/// or where its addresses are used up.
pub fn macvlan(merged: &Merged, zone: &str, host: &Host) -> Result<Macvlan, Failure> {
    let network = &merged.profile.network;
    let none = || Failure::new(Stage::Resolve, Code::NoUplink, &[&merged.name, "none"]);
    let lan = host.lan.as_ref().ok_or_else(none)?;
    let (uplink, named) = match &network.uplink {
        None => lan.site.uplinks.iter().next().ok_or_else(none)?,
        Some(named) => {
            let found = lan.site.uplinks.iter().find(|(name, _)| name.as_str() == named.as_str());
            found.ok_or_else(|| unknown(merged, named.as_str(), lan))?
        }
    };
    let used_up = || Failure::new(Stage::Resolve, Code::NoUplink, &[&merged.name, "addresses"]);
    let business = [texts(&lan.site.business.prefixes), texts(&network.business)].concat();
    let deny = [business.clone(), texts(&network.deny)].concat();
    let identity = Identity::new(&lan.machine, host.uid, zone);
    Ok(Macvlan {
        uplink: uplink.to_string(),
        mac: identity.mac,
        addressing: match &named.fixed {
            Some(fixed) => Addressing::Fixed(place(fixed, lan.number).ok_or_else(used_up)?),
            None => Addressing::Dhcp(dhcp(named, identity, zone, business)),
        },
        allow: texts(&network.allow),
        deny,
    })
}

fn unknown(merged: &Merged, named: &str, lan: &Lan) -> Failure {
    let names = lan.site.uplinks.keys().map(|name| name.as_str());
    let near = super::nearest(named, names).unwrap_or_default().to_owned();
    let problem = Problem::new(ProblemKind::BadValue).word(named).expecting(format!("uplink|{near}"));
    merged.failure("network.uplink", problem)
}

/// What a zone is known by on the network: the same whenever this user has this zone on this PC, so that whoever admits cards to
/// the network, or gives out addresses, can list it.
struct Identity {
    /// Unicast and of local administration.
    mac: [u8; 6],
    /// For DHCP: type 0, which is no address of hardware (RFC 2132, 9.14).
    client: [u8; 9],
}

impl Identity {
    fn new(machine: &str, user: u32, zone: &str) -> Self {
        let digest = Sha256::digest(format!("{machine}\n{user}\n{zone}"));
        let (mut mac, mut client) = ([0x02; 6], [0; 9]);
        let bytes = mac.iter_mut().skip(1).chain(client.iter_mut().skip(1));
        bytes.zip(digest).for_each(|(byte, random)| *byte = random);
        Self { mac, client }
    }
}

/// The host name is no zone's alone on a network with many PCs: it ends with a part of the card's address.
fn dhcp(uplink: &Uplink, identity: Identity, zone: &str, business: Vec<String>) -> Dhcp {
    let last: String = identity.mac.iter().skip(3).map(|byte| format!("{byte:02x}")).collect();
    Dhcp {
        nic: uplink.nic.to_string(),
        timeout: uplink.dhcp.clone().unwrap_or_default().timeout.get(),
        client: identity.client.to_vec(),
        host: format!("{zone}-{last}"),
        business,
    }
}

/// The place of the zone of a number, where there is one.
fn place(fixed: &Static, number: u32) -> Option<Place> {
    Some(Place {
        address: address(fixed, number)?,
        gateway: parsed(fixed.gateway.as_str()),
        resolvers: fixed.dns.iter().map(|address| parsed(address.as_str())).collect(),
    })
}

/// The address of the zone of a number: so many behind the first one, and still in its network.
fn address(fixed: &Static, number: u32) -> Option<(Ipv4Addr, u8)> {
    let (first, length) = fixed.first.as_str().split_once('/')?;
    let (first, length): (Ipv4Addr, u8) = (first.parse().ok()?, length.parse().ok()?);
    let own = Ipv4Addr::from_bits(first.to_bits().checked_add(number)?);
    let network = |address: Ipv4Addr| address.to_bits() >> (32 - u32::from(length));
    // neither the network's own address nor that of all in it
    let is_host = own.to_bits() << length != 0 && !own.to_bits() << length != 0;
    let counted = u64::from(number) < fixed.count.get();
    (counted && network(own) == network(first) && is_host).then_some((own, length))
}

/// Checked when the file was read.
fn parsed(address: &str) -> Ipv4Addr {
    address.parse().unwrap_or(Ipv4Addr::UNSPECIFIED)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::site::Site;

    fn fixed(first: &str, count: u32) -> Static {
        let text = format!(
            r#"{{"version": 1, "uplinks": {{"inet": {{"nic": "02:00:00:00:00:01", "static":
            {{"first": "{first}", "count": {count}, "gateway": "203.0.113.1", "dns": []}}}}}}}}"#
        );
        let site = Site::parse(text.as_bytes(), "site.json").unwrap();
        site.uplinks.into_values().next().unwrap().fixed.unwrap()
    }

    #[test]
    fn addresses_follow_each_other_and_stay_in_their_network() {
        let given = |fixed: &Static, number| address(fixed, number).map(|(address, _)| address.to_string());
        let three = fixed("203.0.113.50/24", 3);
        assert_eq!(given(&three, 0).as_deref(), Some("203.0.113.50"));
        assert_eq!(given(&three, 2).as_deref(), Some("203.0.113.52"));
        assert_eq!(given(&three, 3), None, "no more than counted");
        let many = fixed("203.0.113.253/24", 100);
        assert_eq!(
            (given(&many, 1).as_deref(), given(&many, 2)),
            (Some("203.0.113.254"), None),
            "no broadcast address"
        );
        assert_eq!(given(&many, 20), None);
    }

    #[test]
    fn a_cards_address_is_stable_and_its_own() {
        let of = |machine, user, zone| {
            let Identity { mac, client } = Identity::new(machine, user, zone);
            (mac, client)
        };
        let all = [of("m", 1000, "a"), of("m", 1000, "b"), of("m", 1001, "a"), of("n", 1000, "a")];
        for (at, (mac, client)) in all.iter().enumerate() {
            assert!(mac[0] == 2 && client[0] == 0 && client[1..6] != mac[1..]);
            assert!(all.iter().skip(at + 1).all(|other| other.0 != *mac && other.1 != *client));
        }
        assert_eq!(of("m", 1000, "a"), all[0]);
    }
}
