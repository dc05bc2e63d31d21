//! Limits in personal mode bite where the user's systemd gives a scope. The control is a zone that may have more.

use nix::unistd::geteuid;

use super::ready;
use crate::support::person::Person;

/// Takes some MiB of memory and writes to it.
fn take(mib: u32) -> String {
    format!("python3 -I -c 'print(len(bytearray(b\"x\") * ({mib} << 20)) >> 20)'")
}

/// The same person, whose session is the one of this PC's user.
fn with_session(mut person: Person) -> Person {
    let runtime = format!("/run/user/{}", geteuid());
    let bus = format!("unix:path={runtime}/bus");
    person.env = vec![("XDG_RUNTIME_DIR".into(), runtime.into()), ("DBUS_SESSION_BUS_ADDRESS".into(), bus.into())];
    person
}

#[test]
fn who_takes_more_memory_than_the_zone_may_have_is_ended_and_nobody_else() {
    let Some(person) = ready(&["user-systemd", "python3"]).map(with_session) else { return };
    // names that no zone of the user's own has
    for (name, limits) in [
        ("capped", r#"{"memory_mib": 96, "processes": 40, "cpu_weight": 50, "required": true}"#),
        ("roomy", r#"{"memory_mib": 512, "required": true}"#),
    ] {
        person.profile(name, &format!(r#"{{"limits": {limits}}}"#));
    }
    let zone = person.start_inside("capped", "echo ready; exec sleep 65.1");
    zone.until_said("ready");
    assert_eq!(person.inside("capped", &take(48)).good(), "48", "what it may have");
    assert_eq!(person.inside("capped", &format!("{}; echo $?", take(256))).good(), "137", "by SIGKILL");
    assert_eq!(person.inside("roomy", &take(256)).good(), "256", "another zone");
    assert_eq!(person.outside(&take(256)).good(), "256", "its user");
    // memory of the whole zone, by the kernel's count
    let told = person.run(person.sepctl(["status", "capped", "--json"])).good();
    assert!(told.contains(r#""account":"scope""#), "{told}");
    let (capped, roomy) = ("i=0; while [ $i -lt 100 ]; do sleep 5 & i=$((i+1)); done; echo all", "all");
    assert_ne!(person.inside("capped", capped).text(), roomy, "more processes than it may have");
    assert_eq!(person.inside("roomy", capped).good(), roomy);
    person.run(person.sepctl(["end", "capped"])).good();
    person.run(person.sepctl(["end", "roomy"]));
    drop(zone.end());
}
