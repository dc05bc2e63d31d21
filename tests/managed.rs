//! Managed mode: a real `sepd` as root, on a PC of the test's own, and people who ask it. The ids in the names are those
//! of docs/security.md.

mod support;

#[path = "managed/guard.rs"]
mod guard;
#[path = "support/hint.rs"]
mod hint;
#[path = "support/managed.rs"]
mod lab;
#[path = "managed/limits.rs"]
mod limits;
#[path = "support/pc.rs"]
mod pc;

use std::fs;
use std::os::unix::fs::MetadataExt;

use lab::{Managed, on_managed_pc};
use pc::as_root;

#[test]
fn a_program_runs_in_a_zone_that_is_not_its_users_own() {
    on_managed_pc(&[], |managed: &Managed| {
        let _broker = managed.broker();
        let said =
            managed.inside("lab", "id -u; id -un; pwd; cat /proc/self/uid_map; ip -o link | wc -l; hostname").good();
        let lines: Vec<String> = said.lines().map(|l| l.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
        assert_eq!(lines, ["54321", "kim", "/home/kim", "54321 2100000000 1", "1", "lab"]);
        managed.inside("lab", "echo kept >~/kept").good();
        assert_eq!(managed.inside("lab", "cat ~/kept").good(), "kept");
        let home = as_root(|| fs::metadata("/var/lib/sep-run/zones/2100000000/home").unwrap());
        assert_eq!((home.uid(), home.mode() & 0o777), (2_100_000_000, 0o700));
    });
}

/// Everybody of the PC who runs under one of these users, by `ps`.
fn of_user(managed: &Managed, uid: u32) -> Vec<String> {
    let all = managed.root("ps -eo stat,uid,pid,args | grep -v ^Z | sed 's/^[^ ]* *//'").good();
    let line = |line: &str| line.trim().strip_prefix(&format!("{uid} ")).map(|rest| rest.trim().to_owned());
    all.lines().filter_map(line).collect()
}

#[test]
fn own_01_each_zone_of_each_user_has_ids_of_its_own_and_keeps_them() {
    on_managed_pc(&[], |managed: &Managed| {
        managed.profile("second", lab::LAB);
        managed.site(&format!(
            r#"{{"version": 1, "profiles": {{"lab": {{"users": ["kim", "{0}"]}}, "second": {{"users": ["kim"]}}}}}}"#,
            lab::STRANGER
        ));
        let broker = managed.broker();
        let outside = |profile: &str| {
            let map = managed.inside(profile, "cat /proc/self/uid_map /proc/self/gid_map").good();
            map.split_whitespace().map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(outside("lab"), ["54321", "2100000000", "1", "54321", "2100000000", "1"]);
        assert_eq!(outside("second"), ["54321", "2100000002", "1", "54321", "2100000002", "1"]);
        let other = managed.stranger("lab", "cat /proc/self/uid_map");
        assert_eq!(other.good().split_whitespace().collect::<Vec<_>>(), ["54400", "2100000004", "1"]);
        drop(broker);
        let _another = managed.broker();
        assert_eq!(outside("second")[1], "2100000002", "after a restart too");
    });
}

#[test]
fn own_02_the_users_other_processes_can_do_nothing_to_a_zone() {
    on_managed_pc(&["python3"], |managed: &Managed| {
        let nested = r#"{"seals": {"nested_namespaces": true}, "network": {"card": "relay"}, "bus": true, "#;
        managed.profile("lab", &lab::LAB.replacen('{', nested, 1));
        let _broker = managed.broker();
        let person = &managed.pc.person;
        let script = "unshare -U sleep 61.1 & sleep 61.2 & echo ready; wait";
        let zone = person.start_inside("lab", script);
        zone.until_said("ready");
        let mut own = person.command("/usr/bin/unshare");
        own.args(["-Urnm", "sleep", "61.3"]);
        let control = person.start(own);
        lab::until(managed, "sleep 61.1");
        lab::until(managed, "sleep 61.3");
        let attack = |pid: &str| {
            let mut command = person.command("/usr/bin/python3");
            command.args(["-I", "-c", include_str!("managed/attack.py"), pid]);
            person.run(command).good()
        };
        let open = attack(&control.pid().to_string());
        let rows = |text: &str| text.lines().map(|l| l.split_once(' ').unwrap().0.to_owned()).collect::<Vec<_>>();
        assert!(rows(&open).len() > 20, "{open}");
        assert!(open.lines().all(|row| row.ends_with(" open")), "the control: {open}");
        // the zone's programs, one in a user namespace of its own, init and its sessions; then the relay
        let targets = [of_user(managed, 2_100_000_000), of_user(managed, 2_100_000_001)].concat();
        assert!(targets.len() >= 5, "{targets:?}");
        for target in &targets {
            let shut = attack(target.split(' ').next().unwrap());
            assert_eq!(rows(&shut), rows(&open), "{target}");
            assert!(shut.lines().all(|row| row.ends_with(" shut")), "{target}: {shut}");
        }
        drop(control);
        managed.root("kill $(pgrep -f 'sleep 61.[12]')");
        zone.end();
    });
}

#[test]
fn own_03_the_zones_files_are_out_of_its_users_reach() {
    on_managed_pc(&[], |managed: &Managed| {
        let _broker = managed.broker();
        managed.inside("lab", "echo secret >~/kept").good();
        let (data, runtime) = ("/var/lib/sep-run/zones/2100000000", "/run/sep-run/zones/2100000000");
        for path in [&format!("{data}/home/kept"), &format!("{data}/etc/passwd"), &format!("{runtime}/init.sock"), data]
        {
            managed.root(&format!("test -e {path}")).good();
            assert_ne!(managed.pc.person.outside(&format!("test -e {path} || ls {path}")).status, 0, "{path}");
        }
        assert_ne!(managed.pc.person.outside("cat /var/log/sep-run/audit.jsonl").status, 0);
    });
}

#[test]
fn own_04_only_whom_the_site_admits_gets_a_zone() {
    on_managed_pc(&[], |managed: &Managed| {
        let _broker = managed.broker();
        managed.inside("lab", "true").good();
        let no = "your organisation has not given you the profile 'lab'";
        managed.stranger("lab", "true").refused(125, no);
        // a profile that is built in is nobody's as long as the site does not say whose
        managed.inside("strict", "true").refused(125, "has not given you the profile 'strict'");
        managed.inside("../../etc/passwd", "true").refused(125, "has not given you the profile");
        // by a group, which the kernel tells of the one who connects
        managed.site(r#"{"version": 1, "profiles": {"lab": {"groups": ["daemon"]}}}"#);
        managed.inside("lab", "true").refused(125, no);
        assert_eq!(managed.in_group("daemon", "lab", "echo in").good(), "in");
        // an id that a user has beside the own one, with the user's groups: it would use up ids for as many zones as it likes
        let lent = || managed.member("daemon", "lab", "echo in", 700_000);
        managed.root("echo lee:800000:65536 >/etc/subuid").good();
        assert_eq!(lent().good(), "in", "the twin");
        managed.root("echo kim:700000:65536 >>/etc/subuid").good();
        lent().refused(125, no);
        managed.in_group("daemon", "lab", "true").good();
        // no site, a site that somebody else may write
        managed.root("chmod 666 /etc/sep-run/site.json").good();
        managed.in_group("daemon", "lab", "true").refused(125, "others may write to it");
        managed.root("rm /etc/sep-run/site.json").good();
        managed.in_group("daemon", "lab", "true").refused(125, "site.json");
        managed.site("{\"version\": 1,\n\"profile\": {}}");
        managed.in_group("daemon", "lab", "true").refused(125, "site.json:2");
    });
}

#[test]
fn own_05_only_words_of_the_profile_enter_a_zone() {
    on_managed_pc(&[], |managed: &Managed| {
        let programs = r#"{"echo": ["<url>", "-n"], "sh": ["<any>"]}"#;
        managed.profile("lab", &format!(r#"{{"launch": {{"stdio": false, "programs": {programs}}}}}"#));
        let _broker = managed.broker();
        let person = &managed.pc.person;
        let run = |argv: &[&str]| {
            let mut command = person.sep_run("lab", argv);
            command.stdin(std::process::Stdio::null());
            // nothing of the user's stands in the program's places
            let script = format!("exec {} \"$@\" >/dev/null 2>/dev/null", command.get_program().display());
            let mut quiet = person.command("/bin/sh");
            quiet.args(["-c", &script, "sh"]).args(command.get_args());
            person.run(quiet).status
        };
        assert_eq!(run(&["echo", "-n", "https://example.org/"]), 0, "the twin");
        for argv in [&["echo", "file:///etc/passwd"][..], &["echo", "-e"], &["cat"], &["/bin/sh", "-c", "true"]] {
            assert_eq!(run(argv), 125, "{argv:?}");
        }
        // nothing is told from inside
        let quiet = person
            .run(person.sep_run("lab", ["sh", "-c", "echo told; readlink /proc/self/fd/0 >~/place; cat >~/heard"]));
        assert_eq!((quiet.status, quiet.text().as_str()), (0, ""));
        let mut told = person.sep_run("lab", ["sh", "-c", "cat >~/heard"]);
        told.stdin(std::process::Stdio::piped());
        let told = person.run(told);
        assert!(told.status == 0 && told.err.contains("no terminal, file or pipe"), "{told:?}");
        // from a terminal as well
        let mut terminal = person.command("/usr/bin/script");
        let line = format!("{} lab sh -c 'tty >~/tty; exit 7'", support::program("sep-run").display());
        terminal.args(["-qec", &line, "/dev/null"]);
        assert_eq!(person.run(terminal).status, 7);
        let home = "/var/lib/sep-run/zones/2100000000/home";
        assert_eq!(managed.root(&format!("cat {home}/tty")).good(), "not a tty");
        assert_eq!(managed.root(&format!("cat {home}/place {home}/heard")).good(), "/dev/null");
        let log = managed.log();
        let refused: Vec<_> = log.iter().filter(|line| line["event"] == "launch-refused").collect();
        assert_eq!(refused.len(), 4, "{log:#?}");
        assert_eq!((&refused[0]["code"], &refused[0]["user"]), (&"not-allowed".into(), &54_321.into()));
        assert_eq!(log[0]["arguments"], serde_json::json!(["-n", "https://example.org/"]));
        // who is refused does not fill the log
        let many: Vec<&str> = std::iter::once("sh").chain(std::iter::repeat_n("\u{1}\u{2}\u{3}", 15_000)).collect();
        assert_eq!(run(&many), 125);
        let last = managed.log().pop().unwrap().to_string();
        assert!(last.contains("not-allowed") && last.len() < 8 * 1_024, "{} bytes", last.len());
    });
}

#[test]
fn own_05_the_environment_brings_no_words_of_its_own() {
    on_managed_pc(&[], |managed: &Managed| {
        let _broker = managed.broker();
        let mut command =
            managed.pc.person.sep_run("lab", ["sh", "-c", "env | grep -E '^(LANG|LC_|TZ|TERM|COLORTERM)' | sort"]);
        let long = "secret".repeat(9);
        command.envs([("LANG", "ko_KR.UTF-8"), ("LC_TIME", "en_GB.UTF-8@euro"), ("TZ", "Asia/Seoul"), ("TERM", &long)]);
        command.envs([
            ("LC_SECRET", "secret"),
            ("LC_ALL", "ko:{secret}"),
            ("LC_NAME", &long),
            ("COLORTERM", "sec=ret"),
        ]);
        let entered = ["LANG=ko_KR.UTF-8", "LC_TIME=en_GB.UTF-8@euro", "TZ=Asia/Seoul"];
        assert_eq!(managed.pc.person.run(command).good().lines().collect::<Vec<_>>(), entered);
        assert_eq!(managed.log()[0]["environment"], serde_json::json!(entered));
    });
}

#[test]
fn own_05_who_is_refused_is_recorded_and_nobody_is_heard_without_end() {
    on_managed_pc(&["python3"], |managed: &Managed| {
        let _broker = managed.broker();
        managed.stranger("lab", "true").refused(125, "has not given you");
        let refused = managed.log().pop().unwrap();
        let told = ["event", "code", "user", "profile", "arguments"].map(|field| refused[field].clone());
        let expected = serde_json::json!(["launch-refused", "not-admitted", lab::STRANGER, "lab", ["-c", "true"]]);
        assert_eq!(serde_json::json!(told), expected);
        let mut command = managed.pc.person.command("/usr/bin/python3");
        command.args(["-I", "-c", include_str!("managed/hurry.py"), "130"]);
        let hurried = managed.pc.person.run(command);
        let first = hurried.err.trim().strip_prefix("not heard: ").unwrap_or_else(|| panic!("{hurried:?}"));
        let first: usize = first.parse().unwrap();
        // this test has looked a few times whether the broker is there
        assert!((100..=121).contains(&first), "{first}");
        assert_eq!(managed.log().len(), first, "the stranger's, and each before");
        // nobody else is held up
        managed.stranger("lab", "true").refused(125, "has not given you");
    });
}

#[test]
fn own_06_a_zone_outlives_the_broker_and_is_found_again() {
    on_managed_pc(&[], |managed: &Managed| {
        let broker = managed.broker();
        let zone = managed.pc.person.start_inside("lab", "echo first >/tmp/mark; echo ready; sleep 62.1");
        zone.until_said("ready");
        as_root(|| nix::sys::signal::kill(broker.pid(), nix::sys::signal::Signal::SIGKILL)).unwrap();
        drop(broker);
        let silent = managed.inside("lab", "true");
        silent.refused(125, "the zone service of this PC does not answer");
        assert!(!of_user(managed, 2_100_000_000).is_empty(), "it runs on");
        let _another = managed.broker();
        assert_eq!(managed.inside("lab", "cat /tmp/mark").good(), "first");
        managed.root("kill $(pgrep -f 'sleep 62.1')");
        assert_eq!(zone.end().status, 128 + 15);
        assert_eq!(managed.inside("lab", "cat /tmp/mark 2>&1").status, 1, "another zone by now");
    });
}

#[test]
fn own_07_a_client_that_is_silent_or_sends_rubbish_holds_up_nobody_and_leaves_nothing() {
    on_managed_pc(&["python3"], |managed: &Managed| {
        let both = format!(r#"{{"users": ["kim", "{}"]}}"#, lab::STRANGER);
        managed.site(&format!(r#"{{"version": 1, "profiles": {{"lab": {both}}}}}"#));
        let broker = managed.broker();
        let person = &managed.pc.person;
        let children = || managed.root(&format!("pgrep -P {} | wc -l", broker.pid())).good();
        managed.root("ip link set lo up").good();
        for way in ["silent", "stopped", "half", "long", "descriptors", "lingering", "gone"] {
            let mut command = person.command("/usr/bin/python3");
            command.args(["-I", "-c", include_str!("managed/hostile.py"), way, "12"]);
            // more than are served at once, so that some are told no
            // the broker stands still while it is said, so that what is passed is closed by nobody but the broker
            let tell = |signal| as_root(|| nix::sys::signal::kill(broker.pid(), signal)).unwrap();
            tell(nix::sys::signal::Signal::SIGSTOP);
            let hostile = person.start(command);
            hostile.until_said("held");
            tell(nix::sys::signal::Signal::SIGCONT);
            // somebody else's launch is not held up, whatever the others wait for
            let begin = std::time::Instant::now();
            managed.stranger("lab", "true").good();
            assert!(begin.elapsed() < std::time::Duration::from_millis(1_500), "{way}: {:?}", begin.elapsed());
            if way == "silent" {
                managed.inside("lab", "true").refused(125, "8 of your launches are under way already");
            }
            // its children end by themselves, and its own user may launch again
            let patience = std::time::Duration::from_secs(10);
            support::person::wait_for(patience, || children() == "0", || format!("{way}: {}", children()));
            managed.inside("lab", "true").good();
            nix::sys::signal::kill(hostile.pid(), nix::sys::signal::Signal::SIGKILL).unwrap();
        }
        let left = || [of_user(managed, 2_100_000_000), of_user(managed, 2_100_000_002)].concat();
        support::person::wait_for(lab::PATIENCE, || left().is_empty(), || format!("left: {:?}", left()));
    });
}

/// What is probed: two sites of the internet, then a business server and a server on the PC itself.
const PLACES: [&str; 4] = ["198.51.100.10", "203.0.113.1", "10.20.0.10", "10.20.0.50"];

/// A program that asks for pages again and again.
fn prober() -> impl Iterator<Item = &'static str> {
    ["python3", "-I", "-c", include_str!("managed/probe.py"), "600"].into_iter().chain(PLACES)
}

/// What a probe that began after this moment gets.
fn now(probe: &support::person::Running) -> String {
    let lines = probe.said().lines().count();
    // the one that is under way may have begun before
    support::person::wait_for(lab::PATIENCE, || probe.said().lines().count() >= lines + 2, || probe.complained());
    let said = probe.said();
    said.lines().nth(lines + 1).and_then(|line| line.split_once(' ')).map(|(_, pages)| pages.to_owned()).unwrap()
}

#[test]
fn lan_01_a_zone_has_the_internet_the_pc_the_business_network_and_neither_has_both() {
    on_managed_pc(&["python3", "nft"], |managed: &Managed| {
        managed.two_networks();
        let wires = ["business", "internet"].map(|kind| managed.listen(kind));
        let mut broker = Some(managed.broker());
        assert!(!managed.root("ip -o link").good().contains("eth-inet"), "the card has left the PC");
        let person = &managed.pc.person;
        let [zone, other] = ["lab", "second"].map(|zone| person.start(person.sep_run(zone, prober())));
        let host = managed.start_root(prober());
        let right = |fault: &str| {
            assert_eq!([now(&zone), now(&other), now(&host)], ["YYnn", "YYnn", "nnYY"], "{fault}");
        };
        right("no fault");
        let init = of_user(managed, 2_100_000_000).iter().find(|line| line.contains("init")).cloned().unwrap();
        let init = init.split(' ').next().unwrap().to_owned();
        let uplink = "nsenter --net=/run/sep-run/uplinks/inet";
        for (fault, script) in [
            ("the broker is killed", "kill -9 $(pgrep -x sepd)"),
            ("the firewall of the PC is flushed", "nft flush ruleset"),
            (
                "the PC has an address of the internet",
                "ip addr add 203.0.113.77/24 dev eth-biz; ip route add 198.51.100.0/24 dev eth-biz",
            ),
            (
                "the card goes down and up",
                &format!("{uplink} ip link set eth-inet down; {uplink} ip link set eth-inet up"),
            ),
            ("the firewall of the zone is flushed", &format!("nsenter -t {init} -n nft flush ruleset")),
        ] {
            if fault.starts_with("the firewall of the zone") {
                // from here on what is meant for the business network goes to the router of the internet: nowhere
                assert_eq!(wires[1].said(), "listening\n", "{}", wires[1].complained());
            }
            managed.root(script).good();
            if fault.starts_with("the broker") {
                broker = None;
            }
            right(fault);
        }
        broker.get_or_insert_with(|| managed.broker());
        assert_eq!(managed.inside("lab", "curl -s -m 2 http://198.51.100.10/").good(), "page", "found again");
        assert_eq!(wires[0].said(), "listening\n", "{}", wires[0].complained());
        managed.root("pkill -f '[n]umber in range'").good();
        zone.end();
        other.end();
    });
}

#[test]
fn lan_02_a_zone_without_its_uplink_does_not_start() {
    on_managed_pc(&["python3"], |managed: &Managed| {
        managed.two_networks();
        let _broker = managed.broker();
        // the kernel takes its time with the card of a zone that has ended: here a second, by somebody in its network
        let former = managed.pc.person.start_inside("lab", "echo ready; sleep 62.3");
        former.until_said("ready");
        let init = of_user(managed, 2_100_000_000).iter().find(|line| line.contains("init")).cloned().unwrap();
        let held = managed.start_root(["nsenter", "-t", init.split(' ').next().unwrap(), "-n", "sleep", "1"]);
        lab::until(managed, "sleep 1");
        managed.root("kill $(pgrep -fx 'sleep 62.3')").good();
        former.end();
        managed.inside("lab", "true").good();
        drop(held);
        let (there, gone) = ("the site's addresses for zones are used up", "this PC has no uplink");
        managed.site(&lab::TWO_NETWORKS.replace("\"count\": 16", "\"count\": 1"));
        managed.inside("second", "true").refused(125, there);
        managed.root("nsenter --net=/run/sep-run/uplinks/inet ip link del eth-inet").good();
        managed.settle(2_100_000_000);
        managed.inside("lab", "true").refused(125, "the internet network card of this PC is not there");
        managed.site(r#"{"version": 1, "profiles": {"lab": {"users": ["kim"]}}}"#);
        managed.inside("lab", "true").refused(125, gone);
        managed.settle(2_100_000_000);
        // a profile that names an uplink which the site has not
        managed.site(lab::TWO_NETWORKS);
        managed.profile("lab", &lab::LAB.replacen('{', r#"{"network": {"card": "macvlan", "uplink": "innet"},"#, 1));
        managed.inside("lab", "true").refused(125, "lab.json:1");
    });
}

#[test]
fn own_08_nothing_of_roots_is_left_in_a_zone() {
    on_managed_pc(&[], |managed: &Managed| {
        let card = r#"{"network": {"card": "relay"}, "bus": true, "#;
        managed.profile("lab", &lab::LAB.replacen('{', card, 1));
        let _broker = managed.broker();
        let zone = managed.pc.person.start_inside("lab", "echo ready; sleep 63.1");
        zone.until_said("ready");
        let all = [of_user(managed, 2_100_000_000), of_user(managed, 2_100_000_001)].concat();
        assert!(all.len() >= 4, "init, a session, the program and the relay: {all:?}");
        for process in &all {
            let pid = process.split(' ').next().unwrap();
            let status = managed.root(&format!("cat /proc/{pid}/status")).good();
            let value = |field: &str| {
                let line = status.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':'));
                line.unwrap().split_whitespace().collect::<Vec<_>>().join(" ")
            };
            for set in ["CapInh", "CapPrm", "CapEff", "CapAmb"] {
                assert_eq!(value(set), "0000000000000000", "{process}: {set}");
            }
            assert_eq!(
                (value("Groups"), value("NoNewPrivs"), value("Seccomp")),
                (String::new(), "1".into(), "2".into())
            );
            let ids = value("Uid");
            assert!(ids.split(' ').all(|id| id.starts_with("21000000")) && value("Gid") == ids, "{process}: {ids}");
            // sockets, pipes, the zone's own devices; of files the numbers of the relay alone
            for open in managed.root(&format!("ls -l /proc/{pid}/fd | sed -n 's/.* -> //p'")).good().lines() {
                let plain =
                    ["socket:", "pipe:", "anon_inode:", "/dev/null", "/null"].iter().any(|kind| open.starts_with(kind));
                let relays = ["/run/sep-run/zones/2100000000/traffic", "/dev/net/tun"];
                let is_relays = process.contains("sepd") && relays.iter().any(|path| open.starts_with(path));
                assert!(plain || is_relays, "{process} holds {open}");
            }
        }
        managed.root("kill $(pgrep -fx 'sleep 63.1')").good();
        zone.end();
    });
}

#[test]
fn own_09_a_zone_that_forks_without_end_holds_up_nobody() {
    on_managed_pc(&["python3"], |managed: &Managed| {
        let limited = r#"{"limits": {"processes": 48}, "seals": {"nested_namespaces": true}, "#;
        managed.profile("lab", &lab::LAB.replacen('{', limited, 1));
        managed.profile("second", lab::LAB);
        managed.site(r#"{"version": 1, "profiles": {"lab": {"users": ["kim"]}, "second": {"users": ["kim"]}}}"#);
        let _broker = managed.broker();
        // until it is refused, in the zone and in a user namespace of its own
        let bomb = "import os,sys,time
n = 0
try:
    while True:
        if os.fork() == 0: time.sleep(30); os._exit(0)
        n += 1
except BlockingIOError: print(n, flush=True)
time.sleep(30)";
        let person = &managed.pc.person;
        for words in [&["python3", "-I", "-c", bomb][..], &["sh", "-c", "exec unshare -Ur python3 -I -c \"$0\"", bomb]]
        {
            let zone = person.start(person.sep_run("lab", words));
            support::person::wait_for(lab::PATIENCE, || zone.said().ends_with('\n'), || zone.complained());
            let forked: u32 = zone.said().trim().parse().unwrap();
            assert!((20..48).contains(&forked), "{forked}");
            // as many as one wants elsewhere
            let many = "i=0; while [ $i -lt 100 ]; do sleep 5 & i=$((i+1)); done; echo all";
            assert_eq!(managed.inside("second", many).good(), "all", "another zone of the same user");
            assert_eq!(person.outside(many).good(), "all", "its user");
            managed.root("pkill -9 -u 2100000000; pkill -x sleep; true").good();
            zone.end();
            managed.settle(2_100_000_000);
        }
    });
}

#[test]
fn own_10_nothing_that_was_recorded_is_given_up_for_what_is_asked() {
    on_managed_pc(&[], |managed: &Managed| {
        let _broker = managed.broker();
        managed.inside("lab", "echo first").good();
        for round in ["second", "third"] {
            // a log that has grown large makes room
            managed.root("yes '{}' | head -c 68M >>/var/log/sep-run/audit.jsonl").good();
            managed.inside("lab", &format!("echo {round}")).good();
        }
        assert_eq!(
            managed.root("grep -l 'echo first' /var/log/sep-run/audit.jsonl*").good(),
            "/var/log/sep-run/audit.jsonl.2"
        );
        assert!(managed.root("cat /var/log/sep-run/audit.jsonl").good().contains("echo third"));
    });
}

#[test]
fn own_07_a_zone_that_stops_whom_the_broker_waits_for_does_so_for_seconds() {
    on_managed_pc(&["python3"], |managed: &Managed| {
        let broker = managed.broker();
        let person = &managed.pc.person;
        let script = "exec python3 -I -c \"$0\"";
        let zone = person.start(person.sep_run("lab", ["sh", "-c", script, include_str!("managed/stop.py")]));
        zone.until_said("ready");
        let held = || managed.root(&format!("pgrep -P {} | wc -l", broker.pid())).good();
        // some are faster, not all
        let mut launches = Vec::new();
        while held() == "0" {
            assert!(launches.len() < 80, "none was held up");
            launches.extend((0..8).map(|_| person.start_inside("lab", "true")));
            std::thread::sleep(std::time::Duration::from_secs(1));
        }
        support::person::wait_for(std::time::Duration::from_secs(10), || held() == "0", held);
        managed.root("kill -9 $(pgrep -u 2100000000)");
        drop(launches);
        zone.end();
    });
}

#[test]
fn own_07_root_looks_at_no_folder_of_the_users() {
    on_managed_pc(&["python3"], |managed: &Managed| {
        managed.root("mkdir -p /run/user/54321; chown 54321:54321 /run/user/54321").good();
        let _broker = managed.broker();
        let client = managed.start_root(["python3", "-I", "-c", include_str!("managed/mute.py")]);
        client.until_said("\n");
        // accepted: the program is about to run
        assert_eq!(client.said(), "answer 66\n", "{}", client.complained());
    });
}

#[test]
fn own_13_a_relay_that_was_taken_over_can_not_touch_the_log() {
    on_managed_pc(&["python3"], |managed: &Managed| {
        managed.profile("lab", &lab::LAB.replacen('{', r#"{"network": {"card": "relay"}, "#, 1));
        let broker = managed.broker();
        let zone = managed.pc.person.start_inside("lab", "echo ready; exec sleep 63.1");
        zone.until_said("ready");
        // of the broker's processes the one that has no capability and root's id
        let roots: Vec<_> =
            of_user(managed, 0).iter().filter_map(|line| line.split(' ').next()?.parse::<i32>().ok()).collect();
        let holds = |pid: &i32| managed.root(&format!("ls -l /proc/{pid}/fd")).text().contains("audit.jsonl.head");
        let scribes: Vec<_> = roots.into_iter().filter(|pid| *pid != broker.pid().as_raw() && holds(pid)).collect();
        let [scribe] = scribes[..] else { panic!("{scribes:?}") };
        let status = managed.root(&format!("cat /proc/{scribe}/status")).good();
        for line in [
            "CapPrm:\t0000000000000000",
            "CapEff:\t0000000000000000",
            "CapBnd:\t0000000000000000",
            "Seccomp:\t2",
            "NoNewPrivs:\t1",
        ] {
            assert!(status.contains(line), "{line}: {status}");
        }
        let relay = of_user(managed, 2_100_000_001);
        let relay = relay[0].split(' ').next().unwrap();
        let held = managed.root(&format!("ls -l /proc/{relay}/fd")).good();
        assert!(!held.contains("audit"), "{held}");
        managed.root("cp /var/log/sep-run/audit.jsonl /tmp/before").good();
        let forge = include_str!("managed/forge.py");
        managed.root(&format!("python3 -I - {relay} {scribe} <<'END'\n{forge}\nEND")).good();
        // other launches go on, and what was there is there
        managed.inside("lab", "echo after").good();
        managed.root("pkill -9 -u 2100000000; true").good();
        zone.end();
        managed.root("cmp -n $(stat -c %s /tmp/before) /tmp/before /var/log/sep-run/audit.jsonl").good();
        // of this log and not of one that root has as a user
        let verdict = managed.root_sepctl("log --verify").good();
        assert!(verdict.contains("the log is whole") && verdict.contains("/var/log/sep-run/audit.jsonl"), "{verdict}");
        managed.root("sed -i '0,/echo ready/s//echo wrong/' /var/log/sep-run/audit.jsonl").good();
        assert_eq!(managed.root_sepctl("log --verify").status, 1);
        let log = managed.log();
        let first = log.iter().find(|line| line["destination"] == "10.9.9.9").expect("what a relay may tell is told");
        assert_eq!((&first["zone"], &first["user"], first.get("arguments")), (&"lab".into(), &pc::USER.into(), None));
        assert!(!first["time"].as_str().unwrap().starts_with("1999"));
        assert!(log.iter().all(|line| line["zone"] != "other" && line["profile"] != "other"), "{log:?}");
        let launches = log.iter().filter(|line| line["event"] == "launch").count();
        assert_eq!(launches, 2, "none that was not one");
        let flood = log.iter().filter(|line| line["rule"] == "flood").count();
        let left_out: u64 = log.iter().filter_map(|line| line["count"].as_u64()).sum();
        assert!((100..2_000).contains(&flood) && flood as u64 + left_out >= 5_000 + 8, "{flood} and {left_out}");
        assert!(log.iter().all(|line| line["rule"].as_str().is_none_or(|rule| rule.len() <= 1_024)));
    });
}

#[test]
fn own_13_a_zone_that_nobody_writes_for_any_more_ends() {
    on_managed_pc(&["python3"], |managed: &Managed| {
        managed.profile("lab", &lab::LAB.replacen('{', r#"{"network": {"card": "relay"}, "#, 1));
        let _broker = managed.broker();
        let probe = "echo ready; read go; (: 3<>/dev/tcp/10.1.2.3/80) 2>/dev/null; exec sleep 63.2";
        let script = format!("exec bash -c '{probe}'");
        let mut command = managed.pc.person.sep_run("lab", ["sh", "-c", &script]);
        let (here, go) = std::io::pipe().unwrap();
        command.stdin(here);
        let zone = managed.pc.person.start(command);
        zone.until_said("ready");
        let holds = "for p in $(pgrep -u 0); do ls -l /proc/$p/fd | grep -q audit.jsonl.head && kill -9 $p; done; true";
        managed.root(holds).good();
        drop(go);
        zone.end();
        managed.settle(2_100_000_000);
        assert_eq!(managed.inside("lab", "echo again").good(), "again");
    });
}
