//! Card kind `relay`, end to end: a zone on a PC made of network namespaces, real servers behind it, and the
//! attacks that each rule of the relay is there for. Every refusal has its twin: the same probe succeeds where it
//! should, or from the PC itself.

mod support {
    pub mod lab;
    pub mod servers;
    #[path = "mod.rs"]
    mod shared;
    pub use shared::*;
}

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream, UdpSocket};
use std::os::fd::AsRawFd;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::wait::WaitStatus;
use sep_run::wire::Code;
use support::lab::*;
use support::servers::*;
use support::{fork_wait, needs};

const NEEDS: &[&str] = &["root", "userns", "netns", "tun"];

/// Runs a body on a PC with a zone, in a process of its own.
fn lab(plan: sep_run::policy::plan::Relay, v6: bool, body: impl FnOnce(&mut Lab)) {
    if needs(NEEDS) {
        fork_wait(|| body(&mut Lab::new(&plan, v6)));
    }
}

#[test]
fn net_07_a_web_site_is_reached_and_recorded() {
    lab(plan(), false, |lab| {
        lab.in_zone(|| assert!(reaches(SITE, ECHO)));
        let line = lab.audited(&[("event", "connection"), ("destination", SITE), ("protocol", "tcp")]);
        assert_eq!((&line["up"], &line["down"], &line["port"]), (&4.into(), &4.into(), &80.into()));
        assert_eq!((&line["zone"], &line["program"]), (&"internet".into(), &"unknown".into()));
        assert!(line["seconds"].as_f64().unwrap() < 5.0 && line["time"].as_str().unwrap().ends_with('Z'));
    });
}

#[test]
fn net_03_business_private_denied_and_the_pc_itself_are_refused_and_recorded() {
    lab(plan(), false, |lab| {
        let _web = std::net::TcpListener::bind((PC, 8080)).unwrap();
        let closed =
            [(EMR, ECHO, "business"), (PRINTER, 631, "private"), (DENIED, ECHO, "denied"), (PC, 8080, "local")];
        for (to, port, _) in closed {
            assert!(port == 8080 || reaches(to, port), "the twin: the PC itself reaches {to}");
        }
        lab.in_zone(|| {
            for (to, port, _) in closed {
                assert!(is_reset(to, port), "{to}");
                assert!(!reaches_udp(to, UDP_ECHO), "{to}");
            }
            assert!(reaches(SITE, ECHO) && reaches_udp(SITE, UDP_ECHO));
        });
        for (to, _, rule) in closed {
            lab.audited(&[("event", "refused"), ("destination", to), ("protocol", "tcp"), ("rule", rule)]);
            lab.audited(&[("event", "refused"), ("destination", to), ("protocol", "udp"), ("rule", rule)]);
        }
    });
}

#[test]
fn net_03_every_address_of_the_pc_is_the_pc_also_one_that_it_got_a_moment_ago() {
    lab(plan(), false, |lab| {
        lab.in_zone(|| assert!(reaches(OTHER, ECHO)));
        ip("addr add 198.51.100.11/32 dev eth-inet");
        ip("addr add 198.51.100.129/25 dev eth-inet");
        let _here = TcpListener::bind((OTHER, ECHO)).unwrap();
        lab.in_zone(|| {
            assert!(!reaches(OTHER, ECHO));
            let broadcast = UdpSocket::bind("0.0.0.0:0").unwrap();
            broadcast.send_to(b"x", at("198.51.100.255", 4000)).unwrap();
            assert!(reaches(SITE, ECHO), "the twin");
        });
        lab.audited(&[("destination", OTHER), ("rule", "local")]);
        lab.audited(&[("destination", "198.51.100.255"), ("rule", "local")]);
    });
}

#[test]
fn net_03_the_plan_opens_a_private_address_and_never_a_business_one() {
    let mut plan = plan();
    plan.allow = vec![format!("{PRINTER}:631"), "10.0.0.0/8".into()];
    lab(plan, false, |lab| {
        lab.in_zone(|| {
            assert!(reaches(PRINTER, 631));
            assert!(!reaches(PRINTER, ECHO), "another port");
            assert!(!reaches(EMR, ECHO));
        });
        lab.audited(&[("destination", EMR), ("rule", "business")]);
    });
}

#[test]
fn net_02_a_connection_to_the_listener_itself_is_reset() {
    lab(plan(), false, |lab| {
        lab.in_zone(|| {
            // SO_ORIGINAL_DST of this one is the listener: the relay would connect to its own port 9 outside
            assert!(is_reset("127.0.0.1", 9));
            assert!(!reaches("192.0.2.2", 9) && !reaches("192.0.2.1", 80) && !reaches("192.0.2.3", 80));
            let own = TcpListener::bind("127.0.0.1:8000").unwrap();
            assert!(TcpStream::connect(own.local_addr().unwrap()).is_ok(), "the twin: the zone's own loopback works");
        });
        lab.audited(&[("event", "refused"), ("destination", "127.0.0.1"), ("rule", "own-address")]);
        lab.audited(&[("destination", "192.0.2.1"), ("rule", "reserved")]);
    });
}

#[test]
fn net_02_no_program_takes_over_the_listener_or_changes_the_network() {
    lab(plan(), false, |lab| {
        lab.in_zone(|| {
            for port in [9, 1023] {
                let bound = TcpListener::bind(("127.0.0.1", port));
                assert_eq!(bound.unwrap_err().raw_os_error(), Some(Errno::EACCES as i32));
            }
            assert!(TcpListener::bind("127.0.0.1:1024").is_ok(), "the twin");
            let denied = |program: &str, args: &[&str]| {
                let done = std::process::Command::new(program).args(args).output().unwrap();
                assert!(!done.status.success(), "{program} {args:?}");
            };
            denied("nft", &["flush", "ruleset"]);
            denied("ip", &["link", "set", "inet0", "down"]);
            denied("ip", &["route", "add", "10.0.0.0/8", "dev", "lo"]);
            denied("ip", &["addr", "add", "198.51.100.9/32", "dev", "inet0"]);
            denied("ip", &["tuntap", "add", "evil0", "mode", "tun"]);
            assert!(std::fs::write("/proc/sys/net/ipv4/ip_unprivileged_port_start", "0").is_err());
            let raw = nix::sys::socket::SockType::Raw;
            let inet = nix::sys::socket::AddressFamily::Inet;
            let made = nix::sys::socket::socket(inet, raw, nix::sys::socket::SockFlag::empty(), None);
            assert!(made.is_err(), "a raw socket");
            assert!(reaches(SITE, ECHO));
        });
    });
}

#[test]
fn half_closes_pass_in_both_directions() {
    lab(plan(), false, |lab| {
        lab.in_zone(|| {
            let mut stream = connect(SITE, SINK).unwrap();
            stream.write_all(piece(0, 3)).unwrap();
            stream.shutdown(Shutdown::Write).unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).unwrap();
            assert_eq!(answer, "3 0", "an answer after the program's end");

            let mut stream = connect(SITE, HALF).unwrap();
            let mut bye = [0; 3];
            stream.read_exact(&mut bye).unwrap();
            assert_eq!(stream.read(&mut [0]).unwrap(), 0, "the server's end");
            stream.write_all(piece(0, 1)).unwrap();
            stream.shutdown(Shutdown::Write).unwrap();
        });
        lab.audited(&[("port", "84"), ("up", "1"), ("down", "3")]);
    });
}

#[test]
fn resets_refusals_and_unreachable_hosts_reach_the_program() {
    lab(plan(), false, |lab| {
        lab.in_zone(|| {
            let reset = Some(Errno::ECONNRESET as i32);
            let mut stream = connect(SITE, RESET).unwrap();
            stream.write_all(b"x").unwrap();
            assert_eq!(stream.read(&mut [0]).unwrap_err().raw_os_error(), reset);
            let begun = Instant::now();
            assert!(is_reset(SITE, 4444));
            assert!(begun.elapsed() < Duration::from_secs(1));
        });
        ip("route add unreachable 198.51.100.200/32");
        lab.in_zone(|| {
            assert!(is_reset("198.51.100.200", ECHO));
            assert!(reaches(SITE, ECHO), "the twin");
        });
    });
}

#[test]
fn a_program_that_resets_resets_the_server() {
    lab(plan(), false, |lab| {
        lab.in_zone(|| {
            let stream = connect(SITE, DEAF).unwrap();
            std::thread::sleep(Duration::from_millis(100));
            let linger = nix::libc::linger { l_onoff: 1, l_linger: 0 };
            nix::sys::socket::setsockopt(&stream, nix::sys::socket::sockopt::Linger, &linger).unwrap();
        });
        lab.audited(&[("event", "connection"), ("port", "85")]);
        let open = std::fs::read_to_string("/proc/net/tcp").unwrap();
        let to_deaf = open.lines().filter(|l| l.contains(&format!(":{DEAF:04X} ")));
        assert_eq!(to_deaf.count(), 0, "nothing is left on the PC, not even in time-wait: {open}");
    });
}

#[test]
fn net_04_the_named_uplink_is_the_only_way_out() {
    let mut plan = plan();
    plan.uplink = Some("eth-inet".into());
    lab(plan, false, |lab| {
        lab.in_zone(|| assert!(reaches(SITE, ECHO) && reaches_udp(SITE, UDP_ECHO)));
        dead_link("eth-biz");
        ip("route add 198.51.100.0/24 dev eth-biz");
        assert!(!reaches_udp(SITE, UDP_ECHO), "the twin: the PC's own routing leads elsewhere now");
        lab.in_zone(|| assert!(reaches(SITE, ECHO) && reaches_udp(SITE, UDP_ECHO)));
        ip("link set eth-inet name gone0");
        lab.in_zone(|| assert!(!reaches(SITE, ECHO)));
        lab.audited(&[("destination", SITE), ("rule", "uplink")]);
    });
}

#[test]
fn net_03_what_would_leave_by_a_business_card_is_closed() {
    let mut plan = plan();
    plan.business_cards = vec!["eth-biz".into()];
    lab(plan.clone(), false, |lab| {
        dead_link("eth-biz");
        ip("route add 198.51.100.11/32 dev eth-biz");
        lab.in_zone(|| assert!(!reaches(OTHER, ECHO) && !reaches_udp(OTHER, UDP_ECHO)));
        lab.audited(&[("destination", OTHER), ("rule", "business")]);
        lab.in_zone(|| assert!(reaches(SITE, ECHO) && reaches_udp(SITE, UDP_ECHO), "the twin"));
    });
    plan.uplink = Some("eth-inet".into());
    lab(plan.clone(), false, |lab| lab.in_zone(|| assert!(reaches(SITE, ECHO), "the uplink is not among them")));
    plan.business_cards = vec!["eth-inet".into()];
    lab(plan, false, |lab| {
        lab.in_zone(|| assert!(!reaches(SITE, ECHO)));
        lab.audited(&[("destination", SITE), ("rule", "business")]);
    });
}

#[test]
fn without_a_named_uplink_the_pcs_own_routing_decides() {
    lab(plan(), false, |lab| {
        dead_link("tun-vpn");
        ip("route add 198.51.100.11/32 dev tun-vpn");
        lab.in_zone(|| assert!(reaches(SITE, ECHO) && !reaches_udp(OTHER, UDP_ECHO)));
    });
}

#[test]
fn a_tun_device_that_is_not_open_to_the_user_is_named() {
    if !needs(NEEDS) {
        return;
    }
    fork_wait(|| {
        become_pc(0o600);
        let (_, plugged, _hold) = build(&plan(), false);
        let failure = plugged.unwrap_err();
        assert_eq!((failure.code, failure.errno), (Code::NoTun, nix::libc::EACCES));
    });
    fork_wait(|| {
        become_pc(0o666);
        let (_, plugged, _hold) = build(&plan(), false);
        assert_eq!(plugged.expect("the twin").listeners.len(), 1);
    });
}

#[test]
fn net_02_a_namespace_that_holds_more_than_was_asked_for_is_refused() {
    if !needs(NEEDS) {
        return;
    }
    let run = |args: &'static [&'static str]| {
        move || {
            keep_capabilities();
            assert!(std::process::Command::new(args[0]).args(&args[1..]).status().unwrap().success());
        }
    };
    let differences: [(&str, &'static [&'static str]); 4] = [
        ("firewall tables", &["nft", "add table inet other"]),
        ("links that are up", &["ip", "link", "add", "v0", "up", "type", "veth", "peer", "name", "v1"]),
        ("addresses", &["ip", "addr", "add", "198.51.100.9/32", "dev", "lo"]),
        ("routes", &["sh", "-c", "ip link set lo up; ip route add 198.51.100.0/24 dev lo"]),
    ];
    for (what, args) in differences {
        fork_wait(|| {
            become_pc(0o666);
            let (_, plugged, _hold) = build_after(run(args), &plan(), false);
            let failure = plugged.map(|_| ()).unwrap_err();
            assert_eq!((failure.code, failure.args[0].as_str()), (Code::Differs, what));
        });
    }
}

#[test]
fn net_01_card_kind_none_is_the_loopback_and_nothing_else() {
    if !needs(NEEDS) {
        return;
    }
    let alone = || nix::sched::unshare(nix::sched::CloneFlags::CLONE_NEWUSER | nix::sched::CloneFlags::CLONE_NEWNET);
    fork_wait(|| {
        alone().unwrap();
        assert!(TcpListener::bind("127.0.0.1:80").and_then(|l| TcpStream::connect(l.local_addr()?)).is_err());
        sep_run::network::nic::none::plug().unwrap();
        let own = TcpListener::bind("127.0.0.1:8000").unwrap();
        assert!(TcpStream::connect(own.local_addr().unwrap()).is_ok(), "the zone's own loopback");
        let error = TcpStream::connect((SITE, ECHO)).unwrap_err();
        assert_eq!(error.raw_os_error(), Some(Errno::ENETUNREACH as i32));
    });
    fork_wait(|| {
        alone().unwrap();
        keep_capabilities();
        ip("link add v0 up type veth peer name v1");
        assert_eq!(sep_run::network::nic::none::plug().unwrap_err().code, Code::Differs);
    });
}

#[test]
fn net_02_the_end_of_the_zone_ends_the_relay_and_the_card() {
    lab(plan(), false, |lab| {
        let program = lab.start_in_zone(|| {
            let mut stream = connect(SITE, ECHO).unwrap();
            let _ = stream.write_all(b"x");
            std::thread::sleep(Duration::from_secs(5));
        });
        lab.in_zone(|| assert!(std::fs::read_to_string("/proc/net/dev").unwrap().contains("inet0")));
        std::thread::sleep(Duration::from_millis(100));
        assert_eq!(lab.end_zone(), WaitStatus::Exited(nix::unistd::Pid::from_raw(lab.relay), 0));
        lab.in_zone(|| {
            assert!(!std::fs::read_to_string("/proc/net/dev").unwrap().contains("inet0"));
            assert!(!reaches(SITE, ECHO), "fail closed");
        });
        lab.audited(&[("event", "connection"), ("destination", SITE), ("up", "1")]);
        let _ = nix::sys::signal::kill(nix::unistd::Pid::from_raw(program), nix::sys::signal::Signal::SIGKILL);
    });
}

#[test]
fn net_04_a_killed_relay_leaves_no_way_out() {
    lab(plan(), false, |lab| {
        lab.in_zone(|| assert!(reaches(SITE, ECHO)));
        nix::sys::signal::kill(nix::unistd::Pid::from_raw(lab.relay), nix::sys::signal::Signal::SIGKILL).unwrap();
        nix::sys::wait::waitpid(nix::unistd::Pid::from_raw(lab.relay), None).unwrap();
        lab.in_zone(|| assert!(!reaches(SITE, ECHO) && !reaches_udp(SITE, UDP_ECHO)));
    });
}

#[test]
fn net_08_the_relay_is_sealed() {
    lab(plan(), false, |lab| {
        lab.in_zone(|| assert!(reaches(SITE, ECHO)));
        let status = std::fs::read_to_string(format!("/proc/{}/status", lab.relay)).unwrap();
        let field = |name: &str| {
            let line = status.lines().find(|l| l.starts_with(name)).unwrap();
            line.split_once(':').unwrap().1.trim().to_owned()
        };
        assert_eq!((field("NoNewPrivs").as_str(), field("Seccomp").as_str()), ("1", "2"));
        for set in ["CapInh", "CapPrm", "CapEff", "CapAmb"] {
            assert_eq!(field(set), "0000000000000000");
        }
        assert_eq!((field("Threads").as_str(), field("Uid").split('\t').next()), ("1", Some("54321")));
        let memory = std::fs::read_to_string(format!("/proc/{}/smaps_rollup", lab.relay)).unwrap();
        let own = memory.lines().find(|l| l.starts_with("Private_Dirty:")).unwrap();
        let kib: u64 = own.split_whitespace().nth(1).unwrap().parse().unwrap();
        assert!(kib < 1_024, "what it does not share with its file: {memory}");
    });
}

#[test]
fn net_08_sealed_it_opens_no_file_starts_no_program_and_makes_no_other_socket() {
    if !needs(NEEDS) {
        return;
    }
    fork_wait(|| {
        become_pc(0o666);
        let null = std::fs::File::open("/dev/null").unwrap();
        sep_run::network::relay::confine().unwrap();
        assert!(std::fs::read_to_string("/etc/resolv.conf").unwrap().contains("nameserver"), "the twin");
        for path in ["/root/.bashrc", "/proc/self/status", "/usr/bin/env", "/mnt/resolv.conf"] {
            assert_eq!(std::fs::read(path).unwrap_err().raw_os_error(), Some(Errno::EACCES as i32), "{path}");
        }
        for path in ["/etc/resolv.conf", "/tmp/new", "/etc/new"] {
            let written = std::fs::OpenOptions::new().append(true).create(true).open(path);
            assert_eq!(written.unwrap_err().raw_os_error(), Some(Errno::EPERM as i32), "{path}");
        }
        use nix::sys::socket::{AddressFamily as F, SockFlag, SockType as T, socket};
        for family in [F::Unix, F::Netlink, F::Packet, F::Vsock] {
            let made = socket(family, T::Datagram, SockFlag::empty(), None);
            assert_eq!(made.unwrap_err(), Errno::EPERM, "{family:?}");
        }
        assert!(socket(F::Inet, T::Stream, SockFlag::empty(), None).is_ok(), "the twin");
        assert_eq!(std::process::Command::new("/bin/true").spawn().unwrap_err().raw_os_error(), Some(1));
        assert_eq!(nix::sched::unshare(nix::sched::CloneFlags::CLONE_NEWUSER).unwrap_err(), Errno::EPERM);
        let parent = nix::unistd::Pid::from_raw(1);
        assert_eq!(nix::sys::signal::kill(parent, None).unwrap_err(), Errno::EPERM);
        assert!(null.as_raw_fd() > 2);
    });
}
