//! Each rule with the file that says so, and what opens it. That it does is shown in tests/why.rs.

use super::*;
use crate::audit::Kind;
use crate::policy::values::Destination;
use crate::policy::{Name, merge};

fn merged(own: &str) -> Merged {
    let files = [("built-in:z.json", "{}"), ("/home/kim/.config/sep-run/profiles/z.json", own)];
    let files = files.map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec()));
    merge(&Name::new("z").unwrap(), &files).unwrap()
}

fn refused(rule: &str, to: &str, port: Option<u16>, name: Option<&str>) -> Event {
    let (rule, name) = (Some(rule.to_owned()), name.map(str::to_owned));
    Event { rule, destination: to.parse().ok(), port, name, ..Event::new(Kind::Refused, "z") }
}

fn reason(own: &str, event: &Event) -> Reason {
    of(event, &merged(own), Path::new("/home/kim/.config"))
}

fn command(reason: &Reason) -> String {
    let Mend::Command(words) = &reason.mend else { panic!("{reason:?}") };
    words.join(" ")
}

fn line(reason: &Reason) -> u32 {
    let Origin::File(file, line) = &reason.origin else { panic!("{reason:?}") };
    assert_eq!(file, "/home/kim/.config/sep-run/profiles/z.json");
    *line
}

#[test]
fn a_private_address_is_opened_by_a_switch() {
    let at = |to: &str, port| reason("{}", &refused("private", to, port, None));
    let v4 = at("192.168.0.10", Some(22));
    assert_eq!((command(&v4).as_str(), &v4.origin), ("sep-run --allow 192.168.0.10:22 z", &Origin::Always));
    assert_eq!(command(&at("fd00::1", Some(22))), "sep-run --allow [fd00::1]:22 z");
    assert_eq!(command(&at("::ffff:10.0.0.1", Some(22))), "sep-run --allow 10.0.0.1:22 z");
    assert_eq!(command(&at("10.0.0.1", None)), "sep-run --allow 10.0.0.1 z");
    for to in ["192.168.0.10:22", "[fd00::1]:22", "10.0.0.1"] {
        assert!(Destination::new(to).is_ok(), "{to}");
    }
    let listed =
        reason("{\n\"network\": {\n\"allow\": [\"10.1.0.0/16\"]}}", &refused("private", "10.0.0.1", Some(22), None));
    assert_eq!(line(&listed), 3);
}

#[test]
fn what_no_switch_opens_names_the_file_and_who_changes_it() {
    let own = "{\"network\": {\n\"business\": [\"10.20.0.0/16\"],\n\"deny\": [\"198.51.100.0/24\"]}}";
    let business = reason(own, &refused("business", "10.20.0.1", Some(22), None));
    assert_eq!((line(&business), &business.mend), (2, &Mend::You));
    let denied = reason(own, &refused("denied", "198.51.100.1", Some(22), None));
    assert_eq!((line(&denied), &denied.mend), (3, &Mend::You));
    let event = refused("business", "10.20.0.1", Some(22), None);
    assert_eq!(of(&event, &merged(own), Path::new("/root")).mend, Mend::Administrator);
    let gone = reason("{}", &denied_event());
    assert_eq!(gone, Reason { origin: Origin::Switch, mend: Mend::Launch });
    for rule in ["own-address", "local", "reserved", "discovery", "packet-fragment", "no-destination"] {
        let always = Reason { origin: Origin::Always, mend: Mend::Nothing };
        assert_eq!(reason(own, &refused(rule, "127.0.0.1", Some(22), None)), always, "{rule}");
    }
}

fn denied_event() -> Event {
    refused("denied", "198.51.100.1", Some(22), None)
}

#[test]
fn a_name_is_opened_unless_it_is_denied() {
    let own = "{\"network\": {\n\"names_allowed\": [\"a.test\"],\n\"names_denied\": [\"b.test\"]}}";
    let other = reason(own, &refused("name", "", None, Some("www.c.test")));
    assert_eq!((line(&other), command(&other).as_str()), (2, "sep-run --allow-name www.c.test z"));
    let denied = reason(own, &refused("name", "", None, Some("www.b.test")));
    assert_eq!((line(&denied), &denied.mend), (3, &Mend::You));
    assert_eq!(line(&reason(own, &refused("name", "", None, Some("notb.test")))), 2);
    let gone = reason("{}", &refused("name", "", None, Some("www.c.test")));
    assert_eq!(gone, Reason { origin: Origin::Switch, mend: Mend::Launch });
    let address = reason(own, &refused("name", "198.51.100.1", Some(80), None));
    assert_eq!(command(&address), "sep-run --allow 198.51.100.1:80 z");
}
