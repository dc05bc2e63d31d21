//! Addresses of a DHCP server: a real `sepd`, real servers in the internet network of the lab, and one that means ill. The
//! ids in the names are those of docs/security.md.

mod support;

#[path = "support/hint.rs"]
mod hint;
#[path = "support/managed.rs"]
mod lab;
#[path = "support/pc.rs"]
mod pc;

use std::time::{Duration, Instant};

use nix::errno::Errno;
use sep_run::network::{agent, link, netlink::Netlink};

use lab::{Managed, Rooted, on_managed_pc};
use support::person::{LIMIT, Running, wait_for};

/// The zone's programs and its agent, on the PC.
const ZONE: u32 = 2_100_000_000;
const AGENT: u32 = 2_100_000_001;

/// The site of the lab, with addresses of a DHCP server; a launch waits so many seconds for one.
fn site(seconds: u32) -> String {
    let (before, _) = lab::TWO_NETWORKS.split_once("\"static\"").unwrap();
    format!("{before}\"dhcp\": {{\"timeout\": {seconds}}}}}}}}}")
}

/// A PC whose zones have addresses of a DHCP server, and that server's network.
fn on_leased_pc(further: &[&str], body: impl FnOnce(&Managed)) {
    on_managed_pc(&[&["python3"], further].concat(), |managed: &Managed| {
        managed.two_networks();
        managed.site(&site(8));
        body(managed);
    });
}

/// dnsmasq in the internet network, which also knows the name `page.lab`.
fn dnsmasq(managed: &Managed, range: &str, further: &str) -> Rooted {
    let words = format!(
        "nsenter -t $(cat /run/internet.pid) -n dnsmasq --keep-in-foreground --conf-file=/dev/null --pid-file= --user=root
        --no-hosts --no-resolv --interface=lan --bind-interfaces --no-ping --dhcp-authoritative --log-dhcp --log-facility=-
        --dhcp-leasefile=/run/leases --dhcp-range={range},255.255.255.0,2m --address=/page.lab/198.51.100.10
        --dhcp-option=3,203.0.113.1 --dhcp-option=6,203.0.113.1 {further}"
    );
    let server = managed.start_root(["sh", "-c", &format!("PATH=/usr/sbin:$PATH; exec {}", words.replace('\n', " "))]);
    wait_for(LIMIT, || server.complained().contains("sockets bound"), || server.complained());
    server
}

/// Who listens for DHCP on the wire of the internet network.
fn wire(managed: &Managed) -> Rooted {
    let pid = managed.root("cat /run/internet.pid").good();
    let script = include_str!("leases/wire.py");
    let wire = managed.start_root(["nsenter", "-t", &pid, "-n", "python3", "-I", "-c", script, "lan"]);
    wire.until_said("listening");
    wire
}

/// The messages of a kind that were on the wire so far.
fn heard(wire: &Running, kind: &str) -> Vec<String> {
    wire.said().lines().filter(|line| line.starts_with(&format!("{kind} "))).map(str::to_owned).collect()
}

/// What stands behind a word in a line.
fn word<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    line.split(' ').skip_while(|word| *word != name).nth(1)
}

/// udhcpd in the internet network, which gives addresses for seconds.
fn udhcpd(managed: &Managed, seconds: u32) -> Rooted {
    let file = format!(
        "start 203.0.113.100\nend 203.0.113.120\ninterface lan\nlease_file /run/udhcpd.leases\npidfile /run/udhcpd.pid
option subnet 255.255.255.0\noption router 203.0.113.1\noption dns 203.0.113.1\noption lease {seconds}\nmin_lease 1\n"
    );
    pc::as_root(|| std::fs::write("/run/udhcpd.conf", file).unwrap());
    let pid = managed.root("touch /run/udhcpd.leases; cat /run/internet.pid").good();
    managed.start_root(["nsenter", "-t", &pid, "-n", "/usr/sbin/udhcpd", "-f", "-a", "50", "/run/udhcpd.conf"])
}

/// The server of `leases/server.py`.
fn hostile(managed: &Managed, way: &str, address: &str, gateway: &str) -> Rooted {
    let pid = managed.root("cat /run/internet.pid").good();
    let script = include_str!("leases/server.py");
    let words = ["nsenter", "-t", &pid, "-n", "python3", "-I", "-c", script, "lan", way, address, gateway];
    let server = managed.start_root(words);
    server.until_said("serving");
    server
}

/// The process of an id whose command line is this.
fn process(managed: &Managed, uid: u32, title: &str) -> String {
    managed.root(&format!("pgrep -o -u {uid} -fx 'sep-run: {title}'")).good()
}

/// The addresses on the zone's card, as the PC sees them.
fn addresses(managed: &Managed) -> String {
    let init = process(managed, ZONE, "init");
    managed.root(&format!("nsenter -t {init} -n ip -o -4 addr show inet0 | sed 's/.* inet //; s/ .*//'")).good()
}

/// Rule and address of each line about the zone's address.
fn log(managed: &Managed) -> Vec<(String, String)> {
    let text = |line: &serde_json::Value, field: &str| line[field].as_str().unwrap_or_default().to_owned();
    let all = managed.log().into_iter().filter(|line| line["event"] == "address");
    all.map(|line| (text(&line, "rule"), text(&line, "path"))).collect()
}

/// Whether the zone `lab`, which runs, loads a page.
fn page(managed: &Managed) -> bool {
    let ended = managed.inside("lab", "curl -s -m 2 http://198.51.100.10/");
    ended.status == 0 && ended.text() == "page"
}

#[test]
fn lan_03_a_private_server_of_names_is_open_for_names_alone() {
    on_leased_pc(&["dnsmasq"], |managed: &Managed| {
        let own = "ip addr add 192.168.77.1/24 dev lan; (setsid python3 -I -m http.server -d /run/www --bind 192.168.77.1 80 >/dev/null 2>&1 &)";
        let there = |script: &str| managed.root(&format!("nsenter -t $(cat /run/internet.pid) -n sh -c '{script}'"));
        there(own).good();
        let answers = || there("curl -s -m 1 http://192.168.77.1/").text() == "page";
        wait_for(LIMIT, answers, || "no server".into());
        let server = dnsmasq(managed, "203.0.113.100,203.0.113.120", "--dhcp-option-force=6,192.168.77.1");
        let _broker = managed.broker();
        let asks =
            "cat /etc/resolv.conf; curl -s -m 5 http://page.lab/; curl -s -m 1 http://192.168.77.1/ && echo open";
        let said = managed.inside("lab", asks);
        assert_eq!(said.text(), "nameserver 192.168.77.1\npage", "{said:?} {}", server.complained());
        // the twin: the site's file opens it
        let open = r#"{"network": {"card": "macvlan", "allow": ["192.168.77.1"]}, "#;
        managed.profile("second", &lab::LAB.replacen('{', open, 1));
        assert!(managed.inside("second", asks).text().ends_with("pagepageopen"));
    });
}

#[test]
fn lan_03_a_zone_has_address_router_and_names_of_its_lease_and_is_known_by_it() {
    on_leased_pc(&["dnsmasq"], |managed: &Managed| {
        let server = dnsmasq(managed, "203.0.113.100,203.0.113.120", "");
        let wire = wire(managed);
        let _broker = managed.broker();
        let look = |profile: &str| {
            let script = "ip -o -4 addr show inet0 | sed 's/.* inet //; s/ .*//'; ip route | head -n 1
                cat /etc/resolv.conf; curl -s -m 5 http://page.lab/";
            let said = managed.inside(profile, script).good();
            let lines: Vec<&str> = said.lines().map(str::trim).collect();
            let (route, names) = ("default via 203.0.113.1 dev inet0 proto static", "nameserver 203.0.113.1");
            assert_eq!(lines[1..], [route, names, "page"], "{said} {}", server.complained());
            lines[0].strip_suffix("/24").unwrap().to_owned()
        };
        let settled = || [ZONE, AGENT, ZONE + 2, AGENT + 2].iter().for_each(|uid| managed.settle(*uid));
        let own = look("lab");
        settled();
        let [asked, released] = ["discover", "release"].map(|kind| heard(&wire, kind));
        let who = |line: &str| ["mac", "client", "host"].map(|name| word(line, name).unwrap().to_owned());
        let [mac, client, host] = who(&asked[0]);
        assert_eq!(word(&asked[0], "source"), Some(mac.as_str()));
        assert!(client.starts_with("00") && host.starts_with("lab-"), "{asked:?}");
        assert!(released.len() == 1 && word(&released[0], "own") == Some(&own), "{released:?}");
        assert_eq!(log(managed), [("given".to_owned(), format!("{own}/24"))]);
        // again: the same, who asks for what it had given back
        assert_eq!(look("lab"), own);
        let again = heard(&wire, "discover").pop().unwrap();
        assert_eq!((who(&again), word(&again, "wanted")), ([mac, client, host], Some(own.as_str())));
        settled();
        let other = look("second");
        let line = heard(&wire, "discover").pop().unwrap();
        assert!(other != own && who(&line).iter().zip(who(&again)).all(|(a, b)| *a != b), "{line} {again}");
        settled();
        // what was not given back may be the zone's own still
        let die = || {
            let zone = managed.pc.person.start_inside("lab", "echo ready; sleep 64.1");
            zone.until_said("ready");
            managed.root(&format!("kill -9 {}", process(managed, AGENT, "agent"))).good();
            assert_eq!(zone.end().status, 125);
            settled();
            wire.said().lines().count()
        };
        let before = die();
        assert_eq!(look("lab"), own);
        let first = wire.said().lines().nth(before).unwrap().to_owned();
        assert!(first.starts_with("request ") && word(&first, "server").is_none(), "{first}");
        assert_eq!(word(&first, "wanted"), Some(own.as_str()));
        // unless the server says no
        let before = die();
        drop(server);
        let _other_server = dnsmasq(managed, "203.0.113.150,203.0.113.160", "");
        let now = managed.inside("lab", "ip -o -4 addr show inet0; curl -s -m 5 http://page.lab/").good();
        assert!(
            (150..=160).any(|last| now.contains(&format!(" 203.0.113.{last}/24 "))) && now.ends_with("page"),
            "{now}"
        );
        let said = wire.said();
        let kinds: Vec<&str> = said.lines().skip(before).map(|line| line.split(' ').next().unwrap()).collect();
        assert_eq!(kinds[..4], ["request", "nak", "discover", "offer"]);
    });
}

#[test]
fn lan_04_an_address_is_renewed_and_one_that_nobody_renews_is_gone() {
    on_leased_pc(&["udhcpd"], |managed: &Managed| {
        let server = udhcpd(managed, 8);
        let wire = wire(managed);
        let _broker = managed.broker();
        let zone = managed.pc.person.start_inside("lab", "echo ready; exec sleep 64.2");
        zone.until_said("ready");
        let own = addresses(managed);
        let address = own.strip_suffix("/24").unwrap();
        let asked = |to: &str| {
            heard(&wire, "request")
                .iter()
                .filter(|line| line.contains(&format!(" {address} > {to} own {address} ")))
                .count()
        };
        // longer than one lease
        let ack = heard(&wire, "ack").remove(0);
        let giver = word(&ack, "server").unwrap();
        wait_for(LIMIT, || asked(giver) >= 3, || wire.said());
        assert!(addresses(managed) == own && page(managed), "{}", wire.said());
        drop(server);
        let said_no = || log(managed).iter().any(|(rule, _)| rule == "expired");
        wait_for(LIMIT, said_no, || format!("{:?} {}", log(managed), wire.said()));
        assert!(asked("255.255.255.255") >= 1, "all were asked in the end: {}", wire.said());
        wait_for(LIMIT, || addresses(managed).is_empty(), || addresses(managed));
        assert!(!page(managed), "no network without an address");
        let _again = udhcpd(managed, 8);
        wait_for(LIMIT, || addresses(managed) == own, || wire.said());
        assert!(page(managed), "{}", wire.said());
        let given = |what: &str| (what.to_owned(), own.clone());
        assert_eq!(log(managed), [given("given"), given("expired"), given("given")]);
        // the kernel needs no agent for it
        let agent = process(managed, AGENT, "agent");
        managed.root(&format!("kill -STOP {agent}")).good();
        wait_for(LIMIT, || addresses(managed).is_empty(), || addresses(managed));
        assert!(!page(managed));
        managed.root(&format!("kill -CONT {agent}")).good();
        wait_for(LIMIT, || addresses(managed) == own, || wire.said());
        assert!(page(managed));
        managed.root("kill $(pgrep -fx 'sleep 64.2')").good();
        zone.end();
    });
}

#[test]
fn lan_04_an_address_that_the_server_takes_back_is_gone_at_once() {
    on_leased_pc(&["dnsmasq"], |managed: &Managed| {
        let times = "--dhcp-option=58,4 --dhcp-option=59,90";
        let server = dnsmasq(managed, "203.0.113.100,203.0.113.120", times);
        let _broker = managed.broker();
        let zone = managed.pc.person.start_inside("lab", "echo ready; exec sleep 64.3");
        zone.until_said("ready");
        let own = addresses(managed);
        drop(server);
        managed.root("rm /run/leases").good();
        let server = dnsmasq(managed, "203.0.113.150,203.0.113.160", times);
        let other = || Some(addresses(managed)).filter(|now| !now.is_empty() && *now != own);
        wait_for(LIMIT, || other().is_some(), || format!("{} {}", addresses(managed), server.complained()));
        let told = [("given", own.clone()), ("withdrawn", own.clone()), ("given", other().unwrap())];
        assert_eq!(log(managed), told.map(|(what, address)| (what.to_owned(), address)));
        assert!(page(managed));
        managed.root("kill $(pgrep -fx 'sleep 64.3')").good();
        zone.end();
    });
}

/// How many networks there are.
fn networks(managed: &Managed) -> usize {
    managed
        .root("ls -l /proc/[0-9]*/ns/net 2>/dev/null | sed -n 's/.*-> net/net/p' | sort -u | wc -l")
        .good()
        .parse()
        .unwrap()
}

#[test]
fn lan_05_without_an_answer_a_launch_fails_in_time_and_says_where() {
    on_leased_pc(&["dnsmasq"], |managed: &Managed| {
        managed.site(&site(2));
        let _broker = managed.broker();
        let before = networks(managed);
        let begin = Instant::now();
        let ended = managed.inside("lab", "echo ran");
        let took = begin.elapsed();
        let err = ended.err.clone();
        ended.refused(125, "no DHCP server has answered within 2 s (uplink 'inet', card 02:00:00:0a:00:01)");
        assert!(ended.text().is_empty() && (2..6).contains(&took.as_secs()), "{took:?}");
        let mut korean = managed.pc.person.sep_run("lab", ["true"]);
        korean.env("LANG", "ko_KR.UTF-8");
        let said = managed.pc.person.run(korean).err;
        assert!(said.contains("2초 동안 응답한 DHCP 서버가 없습니다") && said.contains("02:00:00:0a:00:01"), "{said}");
        [ZONE, AGENT].iter().for_each(|uid| managed.settle(*uid));
        assert_eq!(networks(managed), before, "nothing is left");
        assert_eq!(log(managed), []);
        // what is proposed: addresses of the site's file
        assert!(hint::hint(&err, "code-no-lease.hint").contains("\"static\""));
        managed.site(lab::TWO_NETWORKS);
        managed.inside("lab", "curl -s -m 4 -o /dev/null http://198.51.100.10/").good();
        managed.settle(ZONE);
        managed.site(&site(2));
        let _server = dnsmasq(managed, "203.0.113.100,203.0.113.120", "");
        assert!(page(managed), "the twin");
    });
}

#[test]
fn lan_05_who_is_killed_while_it_waits_leaves_nothing() {
    on_leased_pc(&[], |managed: &Managed| {
        managed.site(&site(40));
        let broker = managed.broker();
        let before = networks(managed);
        let waits = managed.pc.person.start_inside("lab", "true");
        let agent = || managed.root(&format!("pgrep -u {AGENT} -fx 'sep-run: agent'")).status == 0;
        wait_for(LIMIT, agent, || waits.complained());
        managed.root(&format!("kill -9 $(pgrep -P {})", broker.pid())).good();
        let begin = Instant::now();
        assert_eq!(waits.end().status, 125);
        [ZONE, AGENT].iter().for_each(|uid| managed.settle(*uid));
        assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
        wait_for(LIMIT, || networks(managed) == before, || networks(managed).to_string());
    });
}

#[test]
fn lan_05_what_a_hostile_server_says_neither_ends_nor_misleads_the_agent() {
    on_leased_pc(&["dnsmasq"], |managed: &Managed| {
        let _broker = managed.broker();
        let look = || {
            managed.inside(
                "lab",
                "ip -o -4 addr show inet0 | sed 's/.* inet //; s/ .*//'; curl -s -m 5 http://198.51.100.10/",
            )
        };
        let server = hostile(managed, "good", "203.0.113.99", "203.0.113.1");
        let wires = ["business", "internet"].map(|kind| managed.listen(kind));
        assert_eq!(look().good(), "203.0.113.99/24\npage", "the right one among all that is wrong");
        // its own packets say what they like: no zone has answered
        assert_eq!(wires[0].said(), "listening\n");
        drop((server, wires));
        managed.settle(ZONE);
        managed.site(&site(2));
        let server = hostile(managed, "bad", "10.20.0.78", "10.20.0.1");
        look().refused(125, "offered addresses of the business network only");
        drop(server);
        let server = hostile(managed, "good", "203.0.113.98", "198.51.100.1");
        // the last that it offers decides what is said
        look().refused(125, "with a router that can be reached");
        drop(server);
        // who says it without end holds up nobody
        managed.site(&site(20));
        let flood = hostile(managed, "flood", "203.0.113.99", "203.0.113.1");
        let _server = dnsmasq(managed, "203.0.113.100,203.0.113.120", "");
        let said = look().good();
        assert!(said.starts_with("203.0.113.1") && said.ends_with("/24\npage"), "{said} {}", flood.complained());
    });
}

#[test]
fn lan_06_the_agent_has_one_power_over_one_network_and_its_end_is_the_zones() {
    on_leased_pc(&["dnsmasq", "nft"], |managed: &Managed| {
        let _server = dnsmasq(managed, "203.0.113.100,203.0.113.120", "");
        let wires = ["business", "internet"].map(|kind| managed.listen(kind));
        let _broker = managed.broker();
        let zone = managed.pc.person.start_inside("lab", "echo ready; exec sleep 64.4");
        zone.until_said("ready");
        let (agent, init) = (process(managed, AGENT, "agent"), process(managed, ZONE, "init"));
        let status = managed.root(&format!("cat /proc/{agent}/status")).good();
        let value = |field: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':'));
            line.unwrap().split_whitespace().collect::<Vec<_>>().join(" ")
        };
        // CAP_NET_ADMIN is the twelfth
        assert_eq!(["CapPrm", "CapEff"].map(value), ["0000000000001000", "0000000000001000"]);
        for set in ["CapInh", "CapBnd", "CapAmb"] {
            assert_eq!(value(set), "0000000000000000", "{set}");
        }
        assert_eq!([value("Groups"), value("NoNewPrivs"), value("Seccomp")], ["", "1", "2"]);
        assert!([value("Uid"), value("Gid")].iter().all(|ids| *ids == [AGENT.to_string().as_str(); 4].join(" ")));
        let namespace = |pid: &str, kind: &str| managed.root(&format!("readlink /proc/{pid}/ns/{kind}")).good();
        assert_eq!(namespace(&agent, "net"), namespace(&init, "net"));
        for pid in ["self", init.as_str()] {
            assert_ne!(namespace(&agent, "user"), namespace(pid, "user"), "A is neither the PC's nor B");
        }
        for open in managed.root(&format!("ls -l /proc/{agent}/fd | sed -n 's/.* -> //p'")).good().lines() {
            let own = ["/var/log/sep-run/audit.jsonl", "/var/lib/sep-run/zones/2100000000/"];
            let plain = ["socket:", "anon_inode:", "/dev/null"].iter().any(|kind| open.starts_with(kind));
            assert!(plain || own.iter().any(|path| open.starts_with(path)), "it holds {open}");
        }
        let business = "curl -s -m 1 -o /dev/null http://10.20.0.10/";
        assert!(page(managed) && managed.root(business).status == 0);
        assert_ne!(managed.inside("lab", business).status, 0);
        managed.root(&format!("nsenter -t {init} -n nft flush ruleset")).good();
        assert_ne!(managed.inside("lab", business).status, 0, "there is no other card");
        let begin = Instant::now();
        managed.root(&format!("kill -9 {agent}")).good();
        let ended = zone.end();
        assert!(begin.elapsed() < Duration::from_secs(2), "{:?}", begin.elapsed());
        ended.refused(125, "the zone ended while the program ran");
        managed.settle(ZONE);
        assert!(page(managed), "the next one");
        assert_eq!(wires[0].said(), "listening\n", "no frame of a zone: {}", wires[0].complained());
    });
}

#[test]
fn lan_06_a_sealed_agent_changes_addresses_and_opens_nothing() {
    if !support::needs(&["root", "netns"]) {
        return;
    }
    support::fork_wait(|| {
        nix::sched::unshare(nix::sched::CloneFlags::CLONE_NEWNET).unwrap();
        let mut netlink = Netlink::route().unwrap();
        let lo = link::by_name(&mut netlink, "lo").unwrap().index;
        let address = std::net::Ipv4Addr::new(203, 0, 113, 9);
        use nix::sys::socket::{AddressFamily as F, SockFlag, SockType as T, socket};
        let open = |family| socket(family, T::Datagram, SockFlag::empty(), None);
        let (families, read) = ([F::Inet, F::Inet6, F::Unix, F::Netlink, F::Packet], || std::fs::read("/etc/passwd"));
        assert!(
            families.into_iter().all(|family| open(family).is_ok() || family == F::Netlink) && read().is_ok(),
            "before"
        );
        agent::confine().unwrap();
        link::lend_address(&mut netlink, lo, address, 24, 60).unwrap();
        link::remove_address(&mut netlink, lo, address, 24).unwrap();
        for family in families {
            assert_eq!(open(family).unwrap_err(), Errno::EPERM, "{family:?}");
        }
        let refused = |cause: std::io::Error| assert_eq!(cause.raw_os_error(), Some(Errno::EPERM as i32));
        refused(read().unwrap_err());
        refused(std::process::Command::new("/bin/true").spawn().unwrap_err());
        assert_eq!(nix::sched::unshare(nix::sched::CloneFlags::CLONE_NEWUSER).unwrap_err(), Errno::EPERM);
        assert_eq!(nix::sys::signal::kill(nix::unistd::Pid::from_raw(1), None).unwrap_err(), Errno::EPERM);
        assert_eq!(nix::unistd::setuid(nix::unistd::Uid::from_raw(1)).unwrap_err(), Errno::EPERM);
    });
}
