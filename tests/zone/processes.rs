//! Processes, keys and shared objects: nothing of the PC or of another zone is there to be seen, traced or signalled.

use std::collections::BTreeSet;
use std::os::unix::net::UnixListener;
use std::process::Command;

use super::{probe_inside, probe_outside, probe_words, ready};
use crate::support::person::Person;

/// A process of the PC that can be told by its words.
fn sleeper(person: &Person, seconds: &str) -> crate::support::person::Running {
    let mut command = person.command("/bin/sleep");
    command.arg(seconds);
    person.start(command)
}

const ALL_WORDS: &str = "cat /proc/[0-9]*/cmdline | tr '\\0' ' '";

#[test]
fn zone_04_a_zone_lists_its_own_processes_only() {
    let Some(person) = ready(&[]) else { return };
    let mut outside = sleeper(&person, "61.731");
    let mut other = person.start_inside("office", "echo ready; exec sleep 61.732");
    other.until_said("ready");
    let script = format!("sleep 61.733 & {ALL_WORDS}; kill $!");
    let seen = person.inside("strict", &script).good();
    assert!(seen.contains("sleep 61.733") && !seen.contains("61.731") && !seen.contains("61.732"), "{seen}");
    let all = person.outside(ALL_WORDS).good();
    assert!(all.contains("61.731") && all.contains("61.732"), "{all}");
    let numbers = person.inside("strict", "ls /proc | grep -c '^[0-9]'").good();
    assert!(numbers.parse::<u32>().unwrap() < 8, "{numbers}");
    assert!(!outside.is_over() && !other.is_over());
}

#[test]
fn zone_04_a_signal_to_everybody_stays_in_the_zone() {
    let Some(person) = ready(&["python3"]) else { return };
    let mut outside = sleeper(&person, "61.741");
    let mut other = person.start_inside("office", "echo ready; exec sleep 61.742");
    other.until_said("ready");
    let mut same = person.start_inside("strict", "echo ready; exec sleep 61.743");
    same.until_said("ready");
    let _ = person.run(person.sep_run("strict", probe_words(&[], &["kill_all"])));
    assert!(!outside.is_over() && !other.is_over());
    crate::support::person::wait_for(crate::support::person::SOON, || same.is_over(), || "its own is ended".into());
    // the twin: outside, the same user may end it
    nix::sys::signal::kill(outside.pid(), nix::sys::signal::Signal::SIGKILL).unwrap();
    assert_eq!(outside.end().status, 128 + 9);
}

#[test]
fn zone_04_numbers_of_the_pc_mean_nothing_inside() {
    let Some(person) = ready(&["python3"]) else { return };
    // numbers grow; a zone's own are small
    let mut outside = sleeper(&person, "61.751");
    while outside.pid().as_raw() < 300 {
        outside = sleeper(&person, "61.751");
    }
    let pid = outside.pid();
    let words: Vec<String> = ["kill", "priority", "limit"].iter().map(|what| format!("{what}={pid}")).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let inside = probe_inside(&person, "strict", &[], &words);
    assert!(inside.values().all(|answer| answer == "ESRCH"), "{inside:?}");
    let twin = probe_outside(&person, &[], &words);
    assert!(twin.values().all(|answer| answer == "ok" || answer == "0"), "{twin:?}");
}

#[test]
fn zone_04_init_is_closed_to_its_programs() {
    let Some(person) = ready(&["python3"]) else { return };
    let secret = "word-that-init-must-not-repeat";
    let closed = [
        "trace=1",
        "memory=1",
        "read=/proc/1/environ",
        "read=/proc/1/maps",
        "list=/proc/1/fd",
        "link=/proc/1/exe",
        "link=/proc/1/root",
        "link=/proc/1/ns/net",
    ];
    for zone in ["strict", "internet"] {
        for word in closed {
            let found = probe_inside(&person, zone, &[], &[word]);
            assert!(found.values().all(|answer| answer == "EACCES" || answer == "EPERM"), "{word}: {found:?}");
        }
    }
    // the same of a process of one's own is allowed
    for word in ["memory=self", "read=/proc/self/environ", "list=/proc/self/fd", "link=/proc/self/exe"] {
        let found = probe_inside(&person, "strict", &[], &[word]);
        assert!(found.values().all(|answer| !answer.starts_with('E')), "{word}: {found:?}");
    }
    let traced = "sleep 9 & python3 -I -c \"$0\" trace=$!; kill $!";
    assert_eq!(person.run(person.sep_run("strict", ["sh", "-c", traced, super::PROBE])).good(), "trace ok");
    let script = format!("tr '\\0' ' ' </proc/1/cmdline; cat /proc/1/comm; : {secret}");
    let shown = person.inside("strict", &script).good();
    assert!(!shown.contains(secret), "{shown}");
    assert!(shown.contains("sep-run: init"), "{shown}");
}

#[test]
fn zone_04_two_zones_share_no_namespace() {
    let Some(person) = ready(&[]) else { return };
    let kinds = "for n in user mnt pid ipc uts cgroup net; do readlink /proc/self/ns/$n; done";
    let of = |zone: &str| person.inside(zone, kinds).good().lines().map(str::to_owned).collect::<BTreeSet<_>>();
    let (one, two) = (of("strict"), of("office"));
    let pc: BTreeSet<String> = person.outside(kinds).good().lines().map(str::to_owned).collect();
    assert_eq!((one.len(), two.len(), pc.len()), (7, 7, 7));
    // numbers of ended namespaces may be used again, so compare two that live at once
    let first = person.start_inside("strict", &format!("{kinds}; echo ready; exec sleep 60"));
    let first: BTreeSet<String> = first.until_said("ready").lines().map(str::to_owned).collect();
    let second = of("office");
    assert!(
        first.is_disjoint(&second) && first.is_disjoint(&pc) && second.is_disjoint(&pc),
        "{first:?} {second:?} {pc:?}"
    );
}

#[test]
fn zone_05_shared_objects_of_the_pc_are_not_there() {
    let Some(person) = ready(&["python3"]) else { return };
    let key = std::process::id() | 0x5e00_0000;
    let with = |kinds: &[&str]| kinds.iter().map(|k| format!("{k}={key}")).collect::<Vec<_>>();
    let (made, wanted) = (with(&["shm_make", "sem_make", "msg_make"]), with(&["shm", "sem", "msg"]));
    let queue = format!("q{key}");
    let (queue_make, queue_want, queue_end) =
        (format!("queue_make={queue}"), format!("queue={queue}"), format!("queue_end={queue}"));
    let refs = |list: &[String]| list.to_vec();
    let run = |list: &[String], inside: bool| {
        let words: Vec<&str> = list.iter().map(String::as_str).collect();
        if inside { probe_inside(&person, "strict", &[], &words) } else { probe_outside(&person, &[], &words) }
    };
    let made = run(&[refs(&made), vec![queue_make]].concat(), false);
    let wanted = [refs(&wanted), vec![queue_want]].concat();
    let (inside, outside) = (run(&wanted, true), run(&wanted, false));
    std::fs::write("/dev/shm/sep-test-object", "x").unwrap();
    let shared = person.inside("strict", "ls /dev/shm");
    std::fs::remove_file("/dev/shm/sep-test-object").unwrap();
    run(&[queue_end], false);
    for (kind, flag) in [("shm_make", "-m"), ("sem_make", "-s"), ("msg_make", "-q")] {
        let _ = Command::new("ipcrm").args([flag, &made[kind]]).status();
    }
    assert!(inside.values().all(|answer| answer == "ENOENT"), "{inside:?}");
    assert!(outside.values().all(|answer| !answer.starts_with('E')), "{outside:?}");
    assert_eq!(shared.good(), "");
}

#[test]
fn zone_05_keys_of_the_caller_stay_outside() {
    let Some(person) = ready(&["python3"]) else { return };
    // a process with a key in its session keyring starts sep-run, and the zone's program knows the serial
    let start = r#"
import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall(250, 1, 0)
key = libc.syscall(248, b"user\0", b"sep-secret\0", b"hunter2", 7, -3)
assert key > 0, ctypes.get_errno()
os.execv(sys.argv[1], [a.replace("SERIAL", str(key)) for a in sys.argv[1:]])
"#;
    let launch = |words: Vec<&str>| {
        let mut command = person.command("/usr/bin/python3");
        command.args(["-I", "-c", start]).args(words);
        person.run(command)
    };
    let sep_run = crate::support::program("sep-run");
    let before = [sep_run.to_str().unwrap(), "strict", "--"];
    assert_eq!(launch(probe_words(&before, &["key=SERIAL"])).good(), "key EPERM");
    assert_eq!(launch(probe_words(&[], &["key=SERIAL"])).good(), "key hunter2");
    let listed = |before: &[&str]| launch([before, &["/bin/cat", "/proc/keys"][..]].concat()).good();
    assert!(listed(&[]).contains("sep-secret"));
    assert!(!listed(&before).contains("sep-secret"), "{}", listed(&before));
}

#[test]
fn zone_06_sockets_of_the_pc_are_out_of_reach() {
    let Some(person) = ready(&["python3"]) else { return };
    let paths = [
        person.top.join("run/s"),
        person.top.join("home/s"),
        std::env::temp_dir().join(format!("s{}", std::process::id())),
    ];
    let _listeners: Vec<UnixListener> = paths.iter().map(|path| UnixListener::bind(path).unwrap()).collect();
    let name = format!("sep-test-{}", std::process::id());
    let _abstract = {
        use std::os::linux::net::SocketAddrExt;
        let address = std::os::unix::net::SocketAddr::from_abstract_name(&name).unwrap();
        UnixListener::bind_addr(&address).unwrap()
    };
    let tcp = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let words: Vec<String> = paths
        .iter()
        .map(|path| format!("connect={}", path.display()))
        .chain([format!("abstract={name}"), format!("tcp_to={}", tcp.local_addr().unwrap().port())])
        .collect();
    for word in &words {
        for zone in ["strict", "internet", "office"] {
            let found = probe_inside(&person, zone, &[], &[word]);
            let refused = ["ENOENT", "ECONNREFUSED", "EACCES", "ENETUNREACH", "ECONNRESET"];
            assert!(found.values().all(|answer| refused.contains(&answer.as_str())), "{word} in {zone}: {found:?}");
        }
        let twin = probe_outside(&person, &[], &[word]);
        assert!(twin.values().all(|answer| answer == "ok"), "{word}: {twin:?}");
    }
    let _ = std::fs::remove_file(&paths[2]);
}

#[test]
fn zone_07_no_secret_of_the_shell_travels() {
    let Some(mut person) = ready(&[]) else { return };
    let set = [
        ("AWS_SECRET_ACCESS_KEY", "hunter2"),
        ("SSH_AUTH_SOCK", "/run/x"),
        ("LD_PRELOAD", "/nowhere/hunter2.so"),
        ("BASH_ENV", "/tmp/x"),
        ("DISPLAY", ":0"),
        ("PYTHONPATH", "/x"),
        ("LC_TIME", "ko_KR.UTF-8"),
        ("TZ", "Asia/Seoul"),
        ("COLORTERM", "truecolor"),
        ("http_proxy", "http://u:hunter2@proxy"),
    ];
    person.env.extend(set.iter().map(|(n, v)| (n.into(), v.into())));
    let list = person.inside("strict", "cut -d= -f1 -z /proc/self/environ | tr '\\0' '\\n'; env; cat /proc/1/environ");
    let text = list.text();
    assert!(!text.contains("hunter2") && !text.contains("SSH_AUTH_SOCK") && !text.contains("DISPLAY"), "{text}");
    for line in ["LANG=C.UTF-8", "LC_TIME=ko_KR.UTF-8", "TZ=Asia/Seoul", "TERM=xterm", "COLORTERM=truecolor"] {
        assert!(text.lines().any(|l| l == line), "{line} in {text}");
    }
    let allowed = [
        "HOME",
        "USER",
        "LOGNAME",
        "PATH",
        "SHELL",
        "PWD",
        "OLDPWD",
        "SHLVL",
        "_",
        "LANG",
        "LC_TIME",
        "TZ",
        "TERM",
        "COLORTERM",
        "DBUS_SESSION_BUS_ADDRESS",
    ];
    for name in text.lines().filter_map(|l| l.split_once('=')).map(|(name, _)| name) {
        assert!(allowed.contains(&name) || name.starts_with("XDG_"), "{name}");
    }
    assert!(person.outside("env").text().contains("AWS_SECRET_ACCESS_KEY=hunter2"));
}
