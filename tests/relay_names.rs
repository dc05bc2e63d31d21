//! Card kind `relay`: the zone's resolver, its lists, and servers that lie or say nothing.

mod support {
    pub mod lab;
    pub mod servers;
    #[path = "mod.rs"]
    mod shared;
    pub use shared::*;
}

use std::io::{Read, Write};
use std::net::{IpAddr, TcpStream, UdpSocket};
use std::time::{Duration, Instant};

use nix::sched::CloneFlags;
use sep_run::policy::plan::Relay;
use simple_dns::rdata::RData;
use simple_dns::{CLASS, Name, Packet, PacketFlag, QCLASS, QTYPE, Question, RCODE, TYPE};
use support::lab::*;
use support::servers::*;
use support::{clone3, fork_wait, needs};

const NEEDS: &[&str] = &["root", "userns", "netns", "tun"];

fn lab(plan: Relay, v6: bool, body: impl FnOnce(&mut Lab)) {
    if needs(NEEDS) {
        fork_wait(|| body(&mut Lab::new(&plan, v6)));
    }
}

fn query(name: &str, kind: TYPE) -> Vec<u8> {
    let mut packet = Packet::new_query(0x4242);
    packet.set_flags(PacketFlag::RECURSION_DESIRED);
    packet.questions.push(Question::new(Name::new_unchecked(name), QTYPE::TYPE(kind), QCLASS::CLASS(CLASS::IN), false));
    packet.build_bytes_vec().unwrap()
}

/// What the gate answers: code, addresses, whether it is cut short.
type Answer = (RCODE, Vec<IpAddr>, bool);

fn read(message: &[u8]) -> Answer {
    let packet = Packet::parse(message).unwrap();
    assert_eq!(packet.id(), 0x4242);
    let addresses = packet.answers.iter().filter_map(|r| match &r.rdata {
        RData::A(a) => Some(IpAddr::from(a.address.to_be_bytes())),
        RData::AAAA(a) => Some(IpAddr::from(a.address.to_be_bytes())),
        _ => None,
    });
    (packet.rcode(), addresses.collect(), packet.has_flags(PacketFlag::TRUNCATION))
}

fn ask_kind(name: &str, kind: TYPE) -> Answer {
    let socket = UdpSocket::bind("0.0.0.0:0").unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(2))).unwrap();
    socket.connect(GATE).unwrap();
    socket.send(&query(name, kind)).unwrap();
    let mut back = vec![0; 65_536];
    let len = socket.recv(&mut back).unwrap_or_else(|e| panic!("{name}: {e}"));
    read(&back[..len])
}

fn ask(name: &str) -> Answer {
    ask_kind(name, TYPE::A)
}

fn ask_tcp(stream: &mut TcpStream, name: &str) -> std::io::Result<Answer> {
    let message = query(name, TYPE::A);
    let mut framed = (message.len() as u16).to_be_bytes().to_vec();
    framed.extend(message);
    stream.write_all(&framed)?;
    let mut length = [0; 2];
    stream.read_exact(&mut length)?;
    let mut back = vec![0; u16::from_be_bytes(length).into()];
    stream.read_exact(&mut back)?;
    Ok(read(&back))
}

fn address(text: &str) -> Vec<IpAddr> {
    vec![text.parse().unwrap()]
}

#[test]
fn names_are_answered_and_the_log_knows_them() {
    lab(plan(), false, |lab| {
        lab.in_zone(|| {
            assert_eq!(ask("www.site.test"), (RCODE::NoError, address(SITE), false));
            assert_eq!(ask_kind("www.site.test", TYPE::AAAA), (RCODE::NoError, vec![], false), "IPv6 is off");
            assert!(reaches(SITE, ECHO));
        });
        lab.audited(&[("event", "connection"), ("destination", SITE), ("name", "www.site.test")]);
    });
}

#[test]
fn with_ipv6_its_addresses_are_answered_and_the_gate_has_one() {
    lab(plan(), true, |lab| {
        lab.in_zone(|| {
            assert_eq!(ask_kind("www.site.test", TYPE::AAAA), (RCODE::NoError, address(SITE6), false));
            let socket = UdpSocket::bind("[::]:0").unwrap();
            socket.set_read_timeout(Some(Duration::from_secs(2))).unwrap();
            socket.send_to(&query("www.site.test", TYPE::A), at("2001:db8:5e9::1", 53)).unwrap();
            let mut back = [0; 512];
            let len = socket.recv(&mut back).unwrap();
            assert_eq!(read(&back[..len]).1, address(SITE));
        });
    });
}

#[test]
fn an_answer_too_long_for_a_datagram_is_had_by_tcp() {
    lab(plan(), false, |lab| {
        lab.in_zone(|| {
            assert_eq!(ask("big.test"), (RCODE::NoError, vec![], true));
            let mut stream = TcpStream::connect(GATE).unwrap();
            stream.set_read_timeout(Some(Duration::from_secs(2))).unwrap();
            assert_eq!(ask_tcp(&mut stream, "big.test").unwrap().1.len(), 200);
            assert_eq!(ask_tcp(&mut stream, "www.site.test").unwrap().1, address(SITE), "a second on one connection");
            let begun = Instant::now();
            assert_eq!(ask_tcp(&mut stream, "silent.test").unwrap().0, RCODE::ServerFailure);
            assert!(begun.elapsed() < Duration::from_millis(1_000), "{:?}", begun.elapsed());
            assert_eq!(ask_tcp(&mut stream, "www.site.test").unwrap().1, address(SITE));
        });
    });
}

#[test]
fn a_dead_server_is_a_failure_within_a_second() {
    lab(plan(), false, |lab| {
        lab.in_zone(|| {
            let begun = Instant::now();
            assert_eq!(ask("silent.test").0, RCODE::ServerFailure);
            assert!(begun.elapsed() < Duration::from_millis(1_000), "{:?}", begun.elapsed());
            assert_eq!(ask("broken.test").0, RCODE::ServerFailure, "what the only server says is passed on");
        });
        lab.stop_servers();
        lab.in_zone(|| {
            let begun = Instant::now();
            assert_eq!(ask("www.site.test").0, RCODE::ServerFailure);
            assert!(begun.elapsed() < Duration::from_millis(1_000), "{:?}", begun.elapsed());
        });
    });
}

#[test]
fn the_next_server_is_asked_when_one_is_dead_and_changes_are_read() {
    lab(plan(), false, |lab| {
        std::fs::write("/mnt/resolv.conf", format!("nameserver 203.0.113.99\nnameserver fd99::1\nnameserver {DNS}\n"))
            .unwrap();
        lab.in_zone(|| assert_eq!(ask("www.site.test").1, address(SITE)));
        std::fs::write("/mnt/resolv.conf", "nameserver 203.0.113.99\n").unwrap();
        std::thread::sleep(Duration::from_millis(1_100));
        lab.in_zone(|| assert_eq!(ask("www.site.test").0, RCODE::ServerFailure));
        std::fs::write("/mnt/resolv.conf", format!("nameserver {DNS}\n")).unwrap();
        std::thread::sleep(Duration::from_millis(1_100));
        lab.in_zone(|| assert_eq!(ask("www.site.test").1, address(SITE)));
    });
}

#[test]
fn net_06_forged_and_malformed_answers_are_passed_over() {
    lab(plan(), false, |lab| {
        lab.in_zone(|| {
            assert_eq!(ask("forged.test").1, address(SITE), "not the address of the wrong number or name");
            assert_eq!(ask("garbage.test").1, address(SITE));
            let mut stream = TcpStream::connect(GATE).unwrap();
            stream.set_read_timeout(Some(Duration::from_secs(2))).unwrap();
            // over TCP what is wrong ends the conversation with that server
            for name in ["forged.test", "garbage.test"] {
                assert_eq!(ask_tcp(&mut stream, name).unwrap().0, RCODE::ServerFailure);
            }
            assert_eq!(ask_tcp(&mut stream, "www.site.test").unwrap().1, address(SITE));
        });
        assert!(lab.relay_lives());
    });
}

#[test]
fn net_06_malformed_queries_never_end_the_relay() {
    lab(plan(), false, |lab| {
        lab.in_zone(|| {
            let socket = UdpSocket::bind("0.0.0.0:0").unwrap();
            let good = query("www.site.test", TYPE::A);
            let mut state = 3u64;
            for round in 0..20_000usize {
                let mut message = good.clone();
                for _ in 0..1 + round % 5 {
                    state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                    let at = (state >> 33) as usize % message.len();
                    message[at] = (state >> 25) as u8;
                }
                message.truncate((state >> 40) as usize % (message.len() + 1));
                socket.send_to(&message, GATE).unwrap();
            }
            for junk in [vec![0xc0; 65_000], vec![0; 65_507], vec![0xff; 12], good[..12].to_vec()] {
                socket.send_to(&junk, GATE).unwrap();
            }
            for begin in [&[0u8, 0][..], &[0xff, 0xff, 0], &[0, 5, 1], &[0x10, 0x01]] {
                let mut stream = TcpStream::connect(GATE).unwrap();
                stream.write_all(begin).unwrap();
            }
            std::thread::sleep(Duration::from_millis(1_000));
            assert_eq!(ask("www.site.test").1, address(SITE));
        });
        assert!(lab.relay_lives());
        assert!(fds(lab.relay) < 60, "{} descriptors", fds(lab.relay));
    });
}

#[test]
fn connections_to_the_resolver_are_bounded_and_silent_ones_do_not_keep_others_out() {
    lab(plan(), false, |lab| {
        lab.in_zone(|| {
            let silent: Vec<_> = (0..300).filter_map(|_| TcpStream::connect(GATE).ok()).collect();
            assert_eq!(ask("www.site.test").1, address(SITE), "UDP goes on");
            drop(silent);
            std::thread::sleep(Duration::from_millis(200));
            let mut stream = TcpStream::connect(GATE).unwrap();
            assert_eq!(ask_tcp(&mut stream, "www.site.test").unwrap().1, address(SITE));
        });
    });
}

#[test]
fn net_06_an_allow_list_of_names_opens_their_addresses_and_nothing_else() {
    let mut plan = plan();
    plan.names_allowed = Some(vec!["site.test".into()]);
    plan.names_denied = vec!["ads.site.test".into()];
    plan.allow = vec![format!("{PRINTER}:631")];
    lab(plan, false, |lab| {
        lab.in_zone(|| {
            assert!(is_reset(SITE, ECHO), "the address is not open before its name was asked");
            assert_eq!(ask("tunnel.evil.test").0, RCODE::NameError);
            assert_eq!(ask("x.ads.site.test").0, RCODE::NameError);
            assert_eq!(ask("www.site.test").1, address(SITE));
            assert!(reaches(SITE, ECHO) && reaches_udp(SITE, UDP_ECHO), "the twin: now it is");
            assert!(is_reset(OTHER, ECHO) && !reaches_udp(OTHER, UDP_ECHO));
            assert!(!reaches_udp(DNS, 53), "no other resolver, which would be the tunnel");
            assert!(reaches(PRINTER, 631), "opened by prefix");
            assert_eq!(ask("denied.site.test").1, address(DENIED));
            assert!(is_reset(DENIED, ECHO), "a denied prefix wins over an allowed name");
            assert_eq!(ask("inside.site.test").1, address(EMR));
            assert!(is_reset(EMR, ECHO), "and so does the business network");
        });
        lab.audited(&[("event", "refused"), ("protocol", "dns"), ("name", "tunnel.evil.test"), ("rule", "name")]);
        lab.audited(&[("destination", OTHER), ("protocol", "tcp"), ("rule", "name")]);
        lab.audited(&[("destination", DENIED), ("rule", "denied"), ("name", "denied.site.test")]);
        lab.audited(&[("destination", EMR), ("rule", "business"), ("name", "inside.site.test")]);
    });
}

/// A site behind a content network has other addresses tomorrow.
#[test]
fn net_06_an_allowed_name_that_moves_is_open_at_its_new_address() {
    let mut plan = plan();
    plan.names_allowed = Some(vec!["site.test".into()]);
    lab(plan, false, |lab| {
        lab.in_zone(|| {
            assert!(is_reset(SITE, ECHO) && is_reset(OTHER, ECHO), "nothing was asked yet");
            assert_eq!(ask("moving.site.test").1, address(SITE));
            assert!(reaches(SITE, ECHO) && is_reset(OTHER, ECHO));
            assert_eq!(ask("moving.site.test").1, address(OTHER));
            assert!(reaches(OTHER, ECHO), "its new address");
            assert!(reaches(SITE, ECHO), "a page that is open goes on with the one that it knows");
        });
    });
}

/// As systemd-resolved and dnsmasq have it: the PC's resolver is on its own loopback, which the zone can not reach.
#[test]
fn a_resolver_on_the_pcs_loopback_is_asked() {
    lab(plan(), false, |lab| {
        let stub = clone3(CloneFlags::empty()).unwrap();
        if stub == 0 {
            let stub = UdpSocket::bind("127.0.0.53:53").unwrap();
            let server = UdpSocket::bind("0.0.0.0:0").unwrap();
            server.connect((DNS, 53)).unwrap();
            let mut message = vec![0; 65_536];
            while let Ok((asked, from)) = stub.recv_from(&mut message) {
                server.send(&message[..asked]).unwrap();
                let answered = server.recv(&mut message).unwrap();
                stub.send_to(&message[..answered], from).unwrap();
            }
            std::process::exit(1);
        }
        std::fs::write("/mnt/resolv.conf", "nameserver 127.0.0.53\noptions edns0 trust-ad\nsearch lan\n").unwrap();
        std::thread::sleep(Duration::from_millis(1_100));
        lab.in_zone(|| {
            assert_eq!(ask("www.site.test").1, address(SITE));
            assert!(!reaches_udp("127.0.0.53", 53), "by the relay only");
        });
        nix::sys::signal::kill(nix::unistd::Pid::from_raw(stub), nix::sys::signal::Signal::SIGKILL).unwrap();
    });
}

#[test]
fn a_deny_list_of_names_is_advisory() {
    let mut plan = plan();
    plan.names_denied = vec!["site.test".into()];
    lab(plan, false, |lab| {
        lab.in_zone(|| {
            assert_eq!(ask("www.site.test").0, RCODE::NameError);
            assert_eq!(ask("www.other.test").1, address(SITE));
            assert!(reaches(SITE, ECHO), "an address can be used without its name");
        });
        lab.audited(&[("protocol", "dns"), ("name", "www.site.test"), ("rule", "name")]);
    });
}
