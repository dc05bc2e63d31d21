//! A zone's place in the internet network: the card's address, its IP address, and what stays closed to it. Pure.

use std::net::Ipv4Addr;

use sha2::{Digest, Sha256};

use super::host::{Host, Lan};
use super::layers::Merged;
use super::plan::Macvlan;
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
    let (uplink, Uplink { fixed, .. }) = match &network.uplink {
        None => lan.site.uplinks.iter().next().ok_or_else(none)?,
        Some(named) => {
            let found = lan.site.uplinks.iter().find(|(name, _)| name.as_str() == named.as_str());
            found.ok_or_else(|| unknown(merged, named.as_str(), lan))?
        }
    };
    let used_up = || Failure::new(Stage::Resolve, Code::NoUplink, &[&merged.name, "addresses"]);
    let deny = [texts(&lan.site.business.prefixes), texts(&network.business), texts(&network.deny)].concat();
    Ok(Macvlan {
        uplink: uplink.to_string(),
        mac: mac(&lan.machine, host.uid, zone),
        address: address(fixed, lan.number).ok_or_else(used_up)?,
        gateway: parsed(fixed.gateway.as_str()),
        resolvers: fixed.dns.iter().map(|address| parsed(address.as_str())).collect(),
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

/// Unicast and of local administration; the same whenever this user has this zone on this PC, so that whoever admits cards to
/// the network can list it.
fn mac(machine: &str, user: u32, zone: &str) -> [u8; 6] {
    let digest = Sha256::digest(format!("{machine}\n{user}\n{zone}"));
    let mut mac = [0x02; 6];
    mac.iter_mut().skip(1).zip(digest).for_each(|(byte, random)| *byte = random);
    mac
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
        site.uplinks.into_values().next().unwrap().fixed
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
        let all = [mac("m", 1000, "a"), mac("m", 1000, "b"), mac("m", 1001, "a"), mac("n", 1000, "a")];
        for (at, one) in all.iter().enumerate() {
            assert!(one[0] == 2 && all.iter().skip(at + 1).all(|other| other != one));
        }
        assert_eq!(mac("m", 1000, "a"), all[0]);
    }
}
