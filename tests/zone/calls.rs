//! System calls: what the seals refuse to every program, in every zone, with and without namespaces of its own.

use std::fs;

use super::{probe_inside, probe_outside, ready};
use crate::support::person::Person;

/// Refused whatever the arguments; on the PC the kernel looks at them and says so.
const EVERYWHERE: &[&str] = &[
    "mount_of_nothing",
    "umount_nothing",
    "open_tree",
    "move_mount",
    "fsopen",
    "fspick",
    "fsconfig",
    "fsmount",
    "mount_setattr",
    "open_tree_attr",
    "statmount",
    "listmount",
    "setns",
    "add_key",
    "request_key",
    "keyctl",
    "bpf",
    "io_uring_setup",
    "io_uring_enter",
    "io_uring_register",
    "perf_event_open",
    "userfaultfd",
    "pidfd_getfd",
    "process_madvise",
    "name_to_handle_at",
    "open_by_handle_at",
    "quotactl",
    "fanotify_init",
    "uselib",
    "kexec_load",
    "modify_ldt",
    "type",
    "type_high",
    "console",
    "console_high",
];

/// Sockets that every program may have, and those that none may.
const OPEN: &[&str] = &["unix", "tcp", "udp6", "route", "uevent"];
const CLOSED: &[&str] = &[
    "packet",
    "raw",
    "raw6",
    "nf_tables",
    "audit",
    "sock_diag",
    "xfrm",
    "generic",
    "connector",
    "crypto",
    "vsock",
    "alg",
    "bluetooth",
    "can",
    "xdp",
    "ax25",
    "mctp",
    "packet_high",
    "raw_high",
    "raw_high_family",
    "nf_tables_high",
    "nf_tables_high_family",
    "raw_flags",
    "nf_tables_flags",
    "packet_pair",
];

/// Makes a user namespace with root and a network namespace in it, then runs what follows.
const AS_ROOT: &[&str] =
    &["/usr/bin/unshare", "--user", "--map-root-user", "--net", "--mount", "--propagation", "unchanged"];

#[test]
fn zone_08_calls_with_a_wide_surface_are_refused() {
    let Some(person) = ready(&["python3"]) else { return };
    for zone in ["strict", "internet", "office"] {
        let found = probe_inside(&person, zone, &[], EVERYWHERE);
        let open: Vec<_> = found.iter().filter(|(_, answer)| *answer != "EPERM").collect();
        assert!(open.is_empty(), "{zone}: {open:?}");
    }
    // on the PC each is answered by its own errno: the probe does reach the call. Where the PC itself has a stricter
    // setting for one (perf, bpf, userfaultfd) or wants a privilege first, root of a namespace sees the same EPERM
    let twin = probe_outside(&person, &[], EVERYWHERE);
    let reached = twin.iter().filter(|(_, answer)| *answer != "EPERM").count();
    assert!(reached >= 22, "{reached}: {twin:?}");
    assert_eq!(probe_inside(&person, "strict", &[], &["other_request"])["other_request"], "EBADF");
}

#[test]
fn zone_08_a_namespace_of_its_own_opens_none_of_them() {
    let Some(person) = ready(&["python3"]) else { return };
    let found = probe_inside(&person, "internet", AS_ROOT, EVERYWHERE);
    let open: Vec<_> = found.iter().filter(|(_, answer)| *answer != "EPERM").collect();
    assert!(open.is_empty(), "{open:?}");
    let mounts = &["mount_tmpfs", "remount", "fsopen_tmpfs", "tree"];
    let found = probe_inside(&person, "internet", AS_ROOT, mounts);
    assert!(found.values().all(|answer| answer == "EPERM"), "{found:?}");
    let twin = probe_outside(&person, AS_ROOT, &["mount_tmpfs", "fsopen_tmpfs"]);
    assert!(twin.values().all(|answer| !answer.starts_with('E')), "{twin:?}");
}

#[test]
fn zone_08_namespaces_are_made_only_where_the_profile_says_so() {
    let Some(person) = ready(&["python3"]) else { return };
    let making = ["unshare_user", "unshare_net", "unshare_mount", "unshare_time", "clone_user"];
    for zone in ["strict", "office"] {
        let found = probe_inside(&person, zone, &[], &making);
        assert!(found.values().all(|answer| answer == "EPERM"), "{zone}: {found:?}");
        assert_eq!(probe_inside(&person, zone, &[], &["clone3_user"])["clone3_user"], "ENOSYS");
        assert_eq!(probe_inside(&person, zone, &[], &["clone_plain"])["clone_plain"], "ok");
    }
    for one in ["unshare_user", "clone_user", "clone3_user"] {
        let found = probe_inside(&person, "internet", &[], &[one]);
        assert!(!found[one].starts_with('E'), "{found:?}");
    }
    // the profile's other namespaces need a capability, which nobody has outside a user namespace of their own
    assert_eq!(probe_inside(&person, "internet", &[], &["unshare_net"])["unshare_net"], "EPERM");
    let own = person.inside("internet", "unshare -Urn sh -c 'id -u; ls /proc/self/net >/dev/null && echo net'").good();
    assert_eq!(own, "0\nnet");
}

#[test]
fn zone_09_sockets_reach_the_network_and_nothing_else() {
    let Some(person) = ready(&["python3"]) else { return };
    let places: [(&str, &[&str]); 4] = [("strict", &[]), ("office", &[]), ("internet", &[]), ("internet", AS_ROOT)];
    for (zone, before) in places {
        let open = probe_inside(&person, zone, before, OPEN);
        assert!(open.values().all(|answer| answer == "ok"), "{zone} {before:?}: {open:?}");
        let closed = probe_inside(&person, zone, before, CLOSED);
        let through: Vec<_> = closed.iter().filter(|(_, answer)| *answer != "EPERM").collect();
        assert!(through.is_empty(), "{zone} {before:?}: {through:?}");
    }
    // root of a namespace on the PC has these: so it is the zone that refuses
    let twin = probe_outside(
        &person,
        AS_ROOT,
        &["packet", "raw", "raw6", "nf_tables", "audit", "sock_diag", "packet_high", "raw_high"],
    );
    assert!(twin.values().all(|answer| answer == "ok"), "{twin:?}");
}

fn status(person: &Person, zone: &str, before: &str) -> String {
    person.inside(zone, &format!("{before} cat /proc/self/status")).good()
}

fn field<'a>(status: &'a str, name: &str) -> &'a str {
    let line = status.lines().find_map(|l| l.strip_prefix(name)?.strip_prefix(':'));
    line.unwrap_or_else(|| panic!("{name} in {status}")).trim()
}

#[test]
fn zone_10_a_program_has_no_capability_and_gains_none() {
    let Some(person) = ready(&["python3"]) else { return };
    for zone in ["strict", "internet", "office"] {
        let status = status(&person, zone, "");
        for set in ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"] {
            assert_eq!(field(&status, set), "0000000000000000", "{zone}: {set}");
        }
        assert_eq!((field(&status, "NoNewPrivs"), field(&status, "Seccomp")), ("1", "2"), "{zone}");
        // no root by uid, no fixup, no ambient raise, and their locks
        assert_eq!(probe_inside(&person, zone, &[], &["securebits"])["securebits"], 0xcf.to_string());
        assert_eq!(probe_inside(&person, zone, &[], &["new_privileges"])["new_privileges"], "1");
    }
    let outside = fs::read_to_string("/proc/self/status").unwrap();
    assert_eq!(
        (field(&outside, "NoNewPrivs"), field(&outside, "Seccomp")),
        ("0", "0"),
        "it is not the PC that is sealed"
    );
    assert_ne!(field(&outside, "CapBnd"), "0000000000000000");
}

#[test]
fn zone_10_a_set_user_id_program_stays_the_users() {
    let Some(person) = ready(&[]) else { return };
    // the loader shows its vector only to a program that runs as who started it
    let show = "LD_SHOW_AUXV=1 /usr/bin/su --version | grep -E 'AT_(E?UID|SECURE)' | tr -s ' ' | sort";
    let uid = person.outside("id -u").good();
    let expected = format!("AT_EUID: {uid}\nAT_SECURE: 0\nAT_UID: {uid}");
    assert_eq!(person.inside("internet", show).good(), expected);
    assert_eq!(person.outside(show).good(), "", "on the PC it runs as root");
}

#[test]
fn zone_11_nothing_is_executed_from_places_that_programs_write() {
    let Some(person) = ready(&[]) else { return };
    let script = "cp /usr/bin/true $D/t && chmod 755 $D/t && $D/t";
    let at = |zone: &str, place: &str| person.inside(zone, &format!("D={place}; {script}"));
    for zone in ["strict", "internet"] {
        for place in ["$HOME", "/tmp", "/dev/shm", "$XDG_RUNTIME_DIR"] {
            let tried = at(zone, place);
            assert!(tried.status == 126 && tried.err.contains("Permission denied"), "{zone} {place}: {tried:?}");
        }
    }
    person.run(person.sep_run("strict", ["./t"])).refused(126, "cannot execute './t'");
    person.profile("strict", r#"{"files": {"exec_home": true}}"#);
    assert_eq!(at("strict", "$HOME").good(), "");
    assert_eq!(person.run(person.sep_run("strict", ["./t"])).status, 0);
    assert_eq!(at("strict", "/tmp").status, 126, "the switch is for the home alone");
}

#[test]
fn zone_11_no_device_is_made() {
    let Some(person) = ready(&["python3"]) else { return };
    for (zone, before) in [("strict", &[][..]), ("internet", &[]), ("internet", AS_ROOT)] {
        for place in ["device=/tmp", "device=/dev/shm", "device=/run/lock"] {
            let found = probe_inside(&person, zone, before, &[place]);
            assert!(found.values().all(|answer| answer == "EACCES"), "{zone} {before:?} {place}: {found:?}");
        }
    }
    // an ordinary file is made, and without Landlock the answer is another one
    assert_eq!(probe_inside(&person, "strict", &[], &["write=/tmp/x"])["write"], "ok");
    let twin = format!("device={}", person.top.join("home").display());
    assert_eq!(probe_outside(&person, &[], &[&twin])["device"], "EPERM");
}

#[test]
fn zone_11_a_zone_without_a_card_neither_listens_nor_connects() {
    let Some(person) = ready(&["python3"]) else { return };
    let found = probe_inside(&person, "office", &[], &["bind=0", "tcp_to=9"]);
    assert!(found.values().all(|answer| answer == "EACCES"), "{found:?}");
    assert_eq!(probe_inside(&person, "strict", &[], &["bind=8080"])["bind"], "EACCES", "a port that others know");
    assert_eq!(probe_inside(&person, "strict", &[], &["bind=0"])["bind"], "ok", "a port that the kernel picks");
    assert_eq!(probe_outside(&person, &[], &["bind=0"])["bind"], "ok");
}
