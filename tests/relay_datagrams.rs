//! Card kind `relay`: datagrams, echo requests and IPv6, and the packets that must not pass.

mod support {
    pub mod lab;
    pub mod servers;
    #[path = "mod.rs"]
    mod shared;
    pub use shared::*;
}

use std::net::{SocketAddr, UdpSocket};
use std::os::fd::{AsRawFd, OwnedFd};
use std::time::Duration;

use nix::errno::Errno;
use nix::sys::socket::{
    AddressFamily, SockFlag, SockProtocol, SockType, SockaddrStorage, recv, sendto, setsockopt, socket, sockopt,
};
use sep_run::policy::plan::Relay;
use sep_run::sys::socket::set_int;
use support::lab::*;
use support::servers::*;
use support::{fork_wait, needs};

const NEEDS: &[&str] = &["root", "userns", "netns", "tun"];

fn lab(plan: Relay, v6: bool, body: impl FnOnce(&mut Lab)) {
    if needs(NEEDS) {
        fork_wait(|| body(&mut Lab::new(&plan, v6)));
    }
}

/// A UDP socket that waits at most so long.
fn udp(local: &str, wait: u64) -> UdpSocket {
    let socket = UdpSocket::bind(local).unwrap();
    socket.set_read_timeout(Some(Duration::from_millis(wait))).unwrap();
    socket
}

/// Asks a server which port it was asked from.
fn seen_port(socket: &UdpSocket, server: &str) -> u16 {
    socket.send_to(b"who", at(server, UDP_WHO)).unwrap();
    let mut back = [0; 16];
    let (len, from) = socket.recv_from(&mut back).unwrap();
    assert_eq!(from, at(server, UDP_WHO));
    std::str::from_utf8(&back[..len]).unwrap().parse().unwrap()
}

#[test]
fn a_datagram_of_every_size_comes_back_whole() {
    lab(plan(), false, |lab| {
        // the way must take them: the relay does not fragment
        ip("link set eth-inet mtu 65535");
        lab.servers_ip("link set eth0 mtu 65535");
        lab.in_zone(|| {
            let socket = udp("0.0.0.0:0", 2_000);
            for size in [0, 1, 2, 3, 1_472, 9_000, 65_000, 65_507] {
                let data = piece(1, size);
                socket.send_to(data, at(SITE, UDP_ECHO)).unwrap();
                let mut back = vec![0; 65_536];
                let (len, from) = socket.recv_from(&mut back).unwrap();
                assert_eq!((&back[..len], from), (data, at(SITE, UDP_ECHO)), "{size}");
            }
        });
    });
}

#[test]
fn the_mapping_is_the_same_for_every_destination_and_another_for_another_port() {
    lab(plan(), false, |lab| {
        lab.in_zone(|| {
            let (one, two) = (udp("0.0.0.0:0", 2_000), udp("0.0.0.0:0", 2_000));
            let seen = seen_port(&one, SITE);
            assert_eq!(seen, seen_port(&one, OTHER), "endpoint-independent: what peers find each other by");
            assert_ne!(seen, seen_port(&two, SITE));
        });
    });
}

#[test]
fn net_05_what_comes_from_an_address_that_was_never_asked_does_not_enter() {
    lab(plan(), false, |lab| {
        lab.in_zone(|| {
            let socket = udp("0.0.0.0:0", 1_000);
            socket.send_to(b"x", at(SITE, UDP_OTHER)).unwrap();
            let mut back = [0; 64];
            let (len, from) = socket.recv_from(&mut back).unwrap();
            assert_eq!((&back[..len], from), (&b"own"[..], at(SITE, UDP_OTHER)), "the twin, though it was sent later");
            assert!(socket.recv_from(&mut back).is_err());
        });
    });
}

#[test]
fn a_closed_port_and_a_refusal_are_told_to_the_program() {
    lab(plan(), false, |lab| {
        lab.in_zone(|| {
            let error = |to: &str, port: u16| {
                let socket = udp("0.0.0.0:0", 1_000);
                socket.connect(at(to, port)).unwrap();
                socket.send(b"x").unwrap();
                socket.recv(&mut [0]).unwrap_err().raw_os_error()
            };
            assert_eq!(error(SITE, 4444), Some(Errno::ECONNREFUSED as i32));
            assert_eq!(error(EMR, UDP_ECHO), Some(Errno::EHOSTUNREACH as i32), "prohibited");
        });
    });
}

#[test]
fn too_large_is_told_with_the_size_that_the_way_takes() {
    lab(plan(), false, |lab| {
        ip("link set eth-inet mtu 1400");
        lab.in_zone(|| {
            let socket = udp("0.0.0.0:0", 1_000);
            socket.connect(at(SITE, UDP_ECHO)).unwrap();
            set_int(&socket, nix::libc::IPPROTO_IP, nix::libc::IP_MTU_DISCOVER, nix::libc::IP_PMTUDISC_DO).unwrap();
            socket.send(&[0; 1_372]).unwrap();
            assert_eq!(socket.recv(&mut [0; 2_000]).unwrap(), 1_372, "the twin: what just fits");
            socket.send(&[0; 1_373]).unwrap();
            let error = socket.recv(&mut [0; 2_000]).unwrap_err();
            assert_eq!(error.raw_os_error(), Some(Errno::EMSGSIZE as i32));
            assert_eq!(nix::sys::socket::getsockopt(&socket, sockopt::IpMtu).unwrap(), 1_400);
        });
    });
}

#[test]
fn net_05_discovery_protocols_do_not_leave_the_zone() {
    lab(plan(), false, |lab| {
        for port in DISCOVERY {
            assert!(reaches_udp(SITE, port), "the twin: the PC itself is answered");
        }
        lab.in_zone(|| {
            for port in DISCOVERY {
                assert!(!reaches_udp(SITE, port));
            }
            let socket = udp("0.0.0.0:0", 100);
            socket.send_to(b"mdns", at("224.0.0.251", 5353)).unwrap();
            socket.send_to(b"ssdp", at("239.255.255.250", 1900)).unwrap();
            socket.set_broadcast(true).unwrap();
            socket.send_to(b"all", at("255.255.255.255", 4000)).unwrap();
        });
        lab.audited(&[("destination", SITE), ("port", "5353"), ("rule", "discovery")]);
        lab.audited(&[("destination", "224.0.0.251"), ("rule", "reserved")]);
        lab.audited(&[("destination", "239.255.255.250"), ("rule", "reserved")]);
        lab.audited(&[("destination", "255.255.255.255"), ("rule", "reserved")]);
    });
}

#[test]
fn net_05_fragments_are_refused() {
    lab(plan(), false, |lab| {
        lab.in_zone(|| {
            let socket = udp("0.0.0.0:0", 500);
            // the zone's own kernel cuts a datagram that is larger than a path MTU that it was told
            set_int(&socket, nix::libc::IPPROTO_IP, nix::libc::IP_MTU_DISCOVER, nix::libc::IP_PMTUDISC_DONT).unwrap();
            socket.send_to(&[0; 1_000], at(SITE, UDP_ECHO)).unwrap();
            assert!(socket.recv(&mut [0; 2_000]).is_ok(), "the twin");
            let probe = udp("0.0.0.0:0", 500);
            probe.connect(at(SITE, UDP_ECHO)).unwrap();
            set_int(&probe, nix::libc::IPPROTO_IP, nix::libc::IP_MTU_DISCOVER, nix::libc::IP_PMTUDISC_DO).unwrap();
            probe.send(&[0; 4_000]).unwrap();
            assert!(probe.recv(&mut [0; 8]).is_err(), "now it knows 1500");
            let later = udp("0.0.0.0:0", 500);
            set_int(&later, nix::libc::IPPROTO_IP, nix::libc::IP_MTU_DISCOVER, nix::libc::IP_PMTUDISC_WANT).unwrap();
            later.send_to(&[0; 4_000], at(SITE, UDP_ECHO)).unwrap();
            assert!(later.recv(&mut [0; 8]).is_err());
        });
        lab.audited(&[("event", "refused"), ("protocol", "ip"), ("rule", "packet-fragment")]);
    });
}

/// An echo request to the address by an unprivileged ping socket; what came back, from the sequence number on.
fn ping(to: &str, v6: bool) -> Option<Vec<u8>> {
    let (family, protocol, kind) = match v6 {
        true => (AddressFamily::Inet6, SockProtocol::IcmpV6, 128),
        false => (AddressFamily::Inet, SockProtocol::Icmp, 8),
    };
    let fd: OwnedFd = socket(family, SockType::Datagram, SockFlag::empty(), protocol).unwrap();
    setsockopt(&fd, sockopt::ReceiveTimeout, &nix::sys::time::TimeVal::new(0, 700_000)).unwrap();
    let message = [kind, 0, 0, 0, 0, 0, 0, 7, b'd', b'a', b't', b'a'];
    sendto(fd.as_raw_fd(), &message, &SockaddrStorage::from(at(to, 0)), nix::sys::socket::MsgFlags::empty()).unwrap();
    let mut back = [0; 64];
    let len = recv(fd.as_raw_fd(), &mut back, nix::sys::socket::MsgFlags::empty()).ok()?;
    Some(back[6..len].to_vec())
}

#[test]
fn net_05_an_echo_comes_back_and_is_judged_like_everything() {
    lab(plan(), false, |lab| {
        assert!(ping(EMR, false).is_some(), "the twin: the PC itself is answered");
        lab.in_zone(|| {
            assert_eq!(ping(SITE, false).as_deref(), Some(&[0, 7, b'd', b'a', b't', b'a'][..]));
            for to in [EMR, PC, PRINTER, DENIED] {
                assert_eq!(ping(to, false), None, "{to}");
            }
        });
        lab.audited(&[("destination", EMR), ("protocol", "icmp"), ("rule", "business")]);
    });
}

#[test]
fn where_the_pc_forbids_echo_to_users_the_log_says_so() {
    lab(plan(), false, |lab| {
        std::fs::write("/proc/sys/net/ipv4/ping_group_range", "1 0").unwrap();
        lab.in_zone(|| assert_eq!(ping(SITE, false), None));
        lab.audited(&[("destination", SITE), ("protocol", "icmp"), ("rule", "socket")]);
    });
}

#[test]
fn net_09_mappings_are_bounded_and_do_not_leak() {
    lab(plan(), false, |lab| {
        lab.in_zone(|| {
            for _ in 0..3_000 {
                let socket = UdpSocket::bind("0.0.0.0:0").unwrap();
                socket.send_to(b"x", at(SITE, UDP_ECHO)).unwrap();
            }
            // the card's queue loses datagrams of a flood, as a NIC's would
            std::thread::sleep(Duration::from_millis(500));
            assert!(reaches_udp(SITE, UDP_ECHO), "and there is room for the next");
        });
        assert!(fds(lab.relay) < 1_200, "{} descriptors", fds(lab.relay));
    });
}

#[test]
fn everything_by_ipv6_as_well() {
    let mut plan = plan();
    plan.business.push("2001:db8:113::1/128".into());
    lab(plan, true, |lab| {
        for to in ["fd20::10", "2001:db8:113::1"] {
            assert!(reaches(to, ECHO), "the twin: the PC itself reaches {to}");
        }
        lab.in_zone(|| {
            assert!(reaches(SITE6, ECHO) && reaches_udp(SITE6, UDP_ECHO) && reaches(SITE, ECHO));
            assert_eq!(ping(SITE6, true).as_deref(), Some(&[0, 7, b'd', b'a', b't', b'a'][..]));
            for to in ["fd20::10", "2001:db8:113::1", "2001:db8:113::2"] {
                assert!(is_reset(to, ECHO) && !reaches_udp(to, UDP_ECHO) && ping(to, true).is_none(), "{to}");
            }
            assert!(is_reset("::1", 9));
            for to in ["64:ff9b::10.20.0.10", "2002:a14:a::1"] {
                assert!(is_reset(to, ECHO), "{to}");
            }
            let socket = udp("[::]:0", 500);
            socket.connect(at(SITE6, 4444)).unwrap();
            socket.send(b"x").unwrap();
            assert_eq!(socket.recv(&mut [0]).unwrap_err().raw_os_error(), Some(Errno::ECONNREFUSED as i32));
        });
        lab.audited(&[("destination", "2001:db8:113::2"), ("rule", "local")]);
        lab.audited(&[("destination", "64:ff9b::a14:a"), ("rule", "business")]);
        lab.audited(&[("destination", "::1"), ("rule", "own-address")]);
    });
}

#[test]
fn net_05_a_forged_ipv6_source_is_refused() {
    lab(plan(), true, |lab| {
        lab.in_zone(|| {
            let forged = socket(AddressFamily::Inet6, SockType::Datagram, SockFlag::empty(), None).unwrap();
            set_int(&forged, nix::libc::IPPROTO_IPV6, nix::libc::IPV6_FREEBIND, 1).unwrap();
            let source: SocketAddr = at("2001:db8:bad::1", 5_000);
            nix::sys::socket::bind(forged.as_raw_fd(), &SockaddrStorage::from(source)).unwrap();
            let to = SockaddrStorage::from(at(SITE6, UDP_ECHO));
            sendto(forged.as_raw_fd(), b"x", &to, nix::sys::socket::MsgFlags::empty()).unwrap();
            assert!(reaches_udp(SITE6, UDP_ECHO), "the twin");
        });
        lab.audited(&[("event", "refused"), ("rule", "packet-source")]);
    });
}

#[test]
fn without_ipv6_there_is_no_way_by_it() {
    lab(plan(), false, |lab| {
        assert!(reaches(SITE6, ECHO), "the twin: the PC has it");
        lab.in_zone(|| {
            assert!(!reaches(SITE6, ECHO));
            let socket = UdpSocket::bind("[::]:0").unwrap();
            let unreachable = socket.send_to(b"x", at(SITE6, UDP_ECHO)).unwrap_err().raw_os_error();
            assert!([Some(Errno::ENETUNREACH as i32), Some(Errno::EACCES as i32)].contains(&unreachable));
        });
    });
}
