//! Unit tests of the judge.

use super::*;

fn plan() -> plan::Relay {
    let list = |texts: &[&str]| texts.iter().map(|t| (*t).to_owned()).collect();
    plan::Relay {
        business: list(&["10.20.0.0/16", "203.0.113.128/25", "fd20::/64"]),
        allow: list(&["10.0.0.0/8", "192.168.7.0/24:631", "fd00::/8"]),
        deny: list(&["198.51.100.66/32", "2001:db8:bad::/48"]),
        ..plan::Relay::default()
    }
}

fn judge(to: &str, port: u16) -> Result<usize, Rule> {
    let judge = Judge::new(&plan()).unwrap();
    judge.judge(to.parse().unwrap(), Some(port)).map(|addresses| addresses.len())
}

#[test]
fn the_internet_is_open() {
    for to in
        ["198.51.100.10", "8.8.8.8", "203.0.113.1", "9.255.255.255", "100.63.255.255", "198.17.0.1", "223.255.255.255"]
    {
        assert_eq!(judge(to, 443), Ok(1), "{to}");
    }
    assert_eq!(judge("2001:db8:100::10", 443), Ok(1));
    assert_eq!(judge("2606:2800:220:1::1", 80), Ok(1));
}

#[test]
fn what_is_closed_by_default() {
    let mut open = plan();
    open.allow.clear();
    let judge = Judge::new(&open).unwrap();
    let rule = |to: &str| judge.judge(to.parse().unwrap(), Some(443)).unwrap_err();
    for to in
        ["10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.0.1", "100.64.0.1", "100.127.255.255", "169.254.169.254"]
    {
        assert_eq!(rule(to), Rule::Private, "{to}");
    }
    for to in ["192.0.0.8", "198.18.0.1", "198.19.255.255", "fc00::1", "fdff::1", "fe80::1", "fec0::1", "64:ff9b:1::1"]
    {
        assert_eq!(rule(to), Rule::Private, "{to}");
    }
    for to in ["0.0.0.0", "0.1.2.3", "192.0.2.9", "224.0.0.251", "239.255.255.250", "240.0.0.1", "255.255.255.255"] {
        assert_eq!(rule(to), Rule::Reserved, "{to}");
    }
    for to in ["::", "::8.8.8.8", "ff02::fb", "2001:db8:5e9::1"] {
        assert_eq!(rule(to), Rule::Reserved, "{to}");
    }
    for to in ["127.0.0.1", "127.9.9.9", "192.0.2.2", "::1", "2001:db8:5e9::2"] {
        assert_eq!(rule(to), Rule::Own, "{to}");
    }
}

#[test]
fn the_plan_opens_private_addresses_and_their_ports() {
    assert_eq!(judge("10.1.2.3", 80), Ok(1));
    assert_eq!(judge("fd00::1", 80), Ok(1));
    assert_eq!(judge("192.168.7.9", 631), Ok(1));
    assert_eq!(judge("192.168.7.9", 80), Err(Rule::Private));
    assert_eq!(judge("192.168.8.9", 631), Err(Rule::Private));
}

#[test]
fn nothing_opens_the_business_network() {
    assert_eq!(judge("10.20.0.10", 80), Err(Rule::Business), "inside an allowed prefix");
    assert_eq!(judge("203.0.113.200", 80), Err(Rule::Business), "a public address");
    assert_eq!(judge("fd20::10", 80), Err(Rule::Business));
}

#[test]
fn nothing_opens_what_is_no_place_on_the_internet() {
    let mut open = plan();
    open.allow = ["0.0.0.0/0", "::/0"].map(str::to_owned).to_vec();
    let judge = Judge::new(&open).unwrap();
    let rule = |to: &str| judge.judge(to.parse().unwrap(), Some(443));
    for to in
        ["127.0.0.1", "0.0.0.0", "224.0.0.251", "255.255.255.255", "192.0.2.1", "::1", "ff02::1", "::ffff:127.0.0.1"]
    {
        assert!(rule(to).is_err(), "{to}");
    }
    assert!(rule("192.168.1.1").is_ok());
}

#[test]
fn a_denied_prefix_is_closed_though_it_is_public() {
    assert_eq!(judge("198.51.100.66", 443), Err(Rule::Denied));
    assert_eq!(judge("198.51.100.67", 443), Ok(1));
    assert_eq!(judge("2001:db8:bad::1", 443), Err(Rule::Denied));
}

#[test]
fn an_ipv4_address_inside_an_ipv6_one_is_judged() {
    for to in ["::ffff:10.20.0.10", "::ffff:0:10.20.0.10", "64:ff9b::10.20.0.10", "2002:a14:a::1", "2001:0:a14:a::1"] {
        assert_eq!(judge(to, 80), Err(Rule::Business), "{to}");
    }
    // the client of Teredo is written inverted: 10.20.0.10 is f5eb:fff5
    assert_eq!(judge("2001:0:808:808::f5eb:fff5", 80), Err(Rule::Business));
    for to in ["::ffff:192.168.0.1", "::ffff:0:192.168.0.1", "64:ff9b::192.168.0.1", "2002:c0a8:1::1"] {
        assert_eq!(judge(to, 80), Err(Rule::Private), "{to}");
    }
    assert_eq!(judge("64:ff9b::127.0.0.1", 80), Err(Rule::Reserved));
    assert_eq!(judge("64:ff9b::8.8.8.8", 80), Ok(2), "both routes are asked for");
    assert_eq!(judge("::ffff:8.8.8.8", 80), Ok(2));
    assert_eq!(judge("2002:808:808::1", 80), Ok(2));
    assert_eq!(judge("2001:0:808:808::f7f7:f7f7", 80), Ok(3));
}

#[test]
fn discovery_ports_are_closed_everywhere() {
    for port in [137, 138, 1900, 3702, 5353, 5355] {
        assert_eq!(judge("198.51.100.10", port), Err(Rule::Discovery));
        assert_eq!(judge("10.1.2.3", port), Err(Rule::Discovery), "allowed addresses too");
    }
    assert_eq!(judge("198.51.100.10", 5354), Ok(1));
}

#[test]
fn an_echo_has_no_port_and_an_entry_with_a_port_does_not_open_it() {
    let judge = Judge::new(&plan()).unwrap();
    assert!(judge.judge("198.51.100.10".parse().unwrap(), None).is_ok());
    assert_eq!(judge.judge("192.168.7.9".parse().unwrap(), None), Err(Rule::Private));
}

#[test]
fn an_entry_that_can_not_be_read_is_an_error() {
    for wrong in ["10.20.0.0", "business", "10.20.0.0/99", ""] {
        let mut plan = plan();
        plan.business = vec![wrong.to_owned()];
        assert_eq!(Judge::new(&plan).is_err(), wrong != "10.20.0.0", "{wrong}");
    }
}
