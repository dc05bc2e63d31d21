//! The seeds of the fuzz targets that are bytes rather than text: made here, so that they stay good messages.

use sep_run::network::relay::fuzzing::{Problem, quoted_echo, udp, unreachable};
use sep_run::wire::files::{Entry, FileAsk, FileTold, Kind, Part};
use sep_run::wire::{Ask, Failure, FromInit, Launch, Stage, Stdio, ToInit, WindowSize};
use simple_dns::rdata::{A, AAAA, CNAME, RData, SOA};
use simple_dns::{CLASS, Name, Packet, PacketFlag, QCLASS, QTYPE, Question, RCODE, ResourceRecord, TYPE};

use crate::wayland::{Args, message};

/// A target and its seeds in order.
pub type Seeds = (&'static str, Vec<Vec<u8>>);

/// All that are made.
pub fn all() -> Vec<Seeds> {
    vec![
        ("ask", asks().iter().map(|m| m.encode().unwrap()).collect()),
        ("to_init", to_init().iter().map(|m| m.encode().unwrap()).collect()),
        ("from_init", from_init().iter().map(|m| m.encode().unwrap()).collect()),
        ("dns", dns()),
        ("packet", packets()),
        ("lease", leases()),
        ("wayland", wayland()),
    ]
}

/// Answers of a DHCP server, the last one as a packet.
fn leases() -> Vec<Vec<u8>> {
    let answer = |address: [u8; 4], options: &[&[u8]]| {
        let mut bytes = vec![2, 1, 6, 0, 0, 0, 0, 7];
        bytes.resize(16, 0);
        bytes.extend(address);
        bytes.resize(28, 0);
        bytes.extend([2, 1, 2, 3, 4, 5]);
        bytes.resize(236, 0);
        bytes.extend([99, 130, 83, 99]);
        bytes.extend(options.concat());
        bytes.push(255);
        bytes
    };
    let server: &[u8] = &[54, 4, 203, 0, 113, 1];
    let network: &[u8] = &[1, 4, 255, 255, 255, 0, 3, 4, 203, 0, 113, 1];
    let (names, time): (&[u8], &[u8]) = (&[6, 8, 203, 0, 113, 1, 9, 9, 9, 9], &[51, 4, 0, 0, 14, 16]);
    let times: &[u8] = &[58, 4, 0, 0, 1, 44, 59, 4, 0, 0, 2, 88];
    let own = [203, 0, 113, 57];
    let offer = answer(own, &[&[53, 1, 2], server, network, names, time]);
    let ack = answer(own, &[&[53, 1, 5], server, network, names, time, times]);
    let mut overloaded = answer(own, &[&[53, 1, 5, 52, 1, 1], server, time]);
    overloaded[108..121].copy_from_slice(&[network, &[255]].concat());
    let business = answer([10, 20, 0, 7], &[&[53, 1, 5], server, network, time]);
    let refused = answer([0; 4], &[&[53, 1, 6], server]);
    let packet = udp("203.0.113.1:67".parse().unwrap(), "203.0.113.57:68".parse().unwrap(), &ack).unwrap();
    vec![offer, ack, overloaded, business, refused, packet]
}

fn launch(plan: Vec<u8>) -> Launch {
    Launch {
        argv: vec!["firefox".into(), "--new-window".into(), "http://example.org/".into()],
        env: vec!["LANG=ko_KR.UTF-8".into(), "TERM=xterm".into()],
        stdio: [Stdio::Null, Stdio::Pty, Stdio::Passed],
        window: WindowSize { rows: 24, columns: 80 },
        plan,
    }
}

pub fn asks() -> Vec<Ask> {
    let quiet = Launch { argv: vec!["true".into()], env: Vec::new(), stdio: [Stdio::Null; 3], ..launch(Vec::new()) };
    let ask = |profile: &str, launch| Ask { profile: profile.to_owned(), display: "wayland-1".to_owned(), launch };
    vec![ask("internet", launch(Vec::new())), ask("", quiet.clone()), ask("../../etc/passwd", quiet)]
}

pub fn to_init() -> Vec<ToInit> {
    let (local, remote) = ("192.0.2.2:50000".parse().unwrap(), "[2001:db8::1]:443".parse().unwrap());
    let whose = sep_run::wire::Question { number: 7, transport: sep_run::wire::Transport::Tcp, local, remote };
    let mut all = vec![
        ToInit::Launch(launch(vec![7; 32])),
        ToInit::Handover,
        ToInit::Stdio,
        ToInit::Signal(15),
        ToInit::Whose(whose),
    ];
    let path = || "Downloads/한글.pdf".to_owned();
    let asks = [
        FileAsk::Begin(vec![7; 8]),
        FileAsk::List(path()),
        FileAsk::Look(path()),
        FileAsk::Get(path(), Part { length: 5 << 30, digest: [9; 32] }),
        FileAsk::Put { path: path(), force: false, resume: true },
        FileAsk::From(5 << 30),
        FileAsk::Chunk(b"content".to_vec()),
        FileAsk::End,
        FileAsk::Leave,
        FileAsk::Folder(path()),
    ];
    all.extend(asks.map(ToInit::Files));
    all
}

pub fn from_init() -> Vec<FromInit> {
    let failure = Failure::system(Stage::Furnish, "mount", "/proc", std::io::Error::from_raw_os_error(1));
    let entry = |kind| Entry { name: b"a\xff".to_vec(), kind, size: 7, modified: -1, target: b"/etc".to_vec() };
    let entries = vec![entry(Kind::File), entry(Kind::Link)];
    vec![
        FromInit::Ready,
        FromInit::Accepted,
        FromInit::Exited(3),
        FromInit::Signalled(9),
        FromInit::Stopped(20),
        FromInit::Failed(failure),
        FromInit::Owner(7, "/usr/bin/curl".into()),
        FromInit::Files(FileTold::Entries(entries)),
        FromInit::Files(FileTold::Done),
        FromInit::Files(FileTold::File(5 << 30, 4096)),
        FromInit::Files(FileTold::Chunk(b"content".to_vec())),
        FromInit::Files(FileTold::Offer(Part { length: 7, digest: [9; 32] }, true)),
    ]
}

fn question(name: &'static str, kind: QTYPE) -> Question<'static> {
    Question::new(Name::new_unchecked(name), kind, QCLASS::CLASS(CLASS::IN), false)
}

fn query(name: &'static str, kind: QTYPE) -> Vec<u8> {
    let mut packet = Packet::new_query(0x1234);
    packet.set_flags(PacketFlag::RECURSION_DESIRED);
    packet.questions.push(question(name, kind));
    packet.build_bytes_vec().unwrap()
}

fn answer(name: &'static str, kind: TYPE, records: Vec<(&'static str, RData<'static>)>) -> Vec<u8> {
    let mut packet = Packet::new_reply(0x1234);
    packet.questions.push(question(name, kind.into()));
    for (owner, data) in records {
        packet.answers.push(ResourceRecord::new(Name::new_unchecked(owner), CLASS::IN, 300, data));
    }
    packet.build_bytes_vec_compressed().unwrap()
}

fn no_such_name(name: &'static str) -> Vec<u8> {
    let mut packet = Packet::new_reply(0x1234);
    *packet.rcode_mut() = RCODE::NameError;
    packet.questions.push(question(name, TYPE::A.into()));
    let [mname, rname] = ["ns.example.org", "admin.example.org"].map(Name::new_unchecked);
    let soa = SOA { mname, rname, serial: 7, refresh: 3600, retry: 600, expire: 86_400, minimum: 60 };
    packet.name_servers.push(ResourceRecord::new(Name::new_unchecked("example.org"), CLASS::IN, 60, RData::SOA(soa)));
    packet.build_bytes_vec_compressed().unwrap()
}

/// Queries with their answers: addresses behind an alias, IPv6, none, a zone transfer, options, a mapped address, two
/// that are no query.
fn dns() -> Vec<Vec<u8>> {
    let www = "www.example.org";
    let alias = || ("www.example.org", RData::CNAME(CNAME(Name::new_unchecked("cdn.example.net"))));
    let v4 = || ("cdn.example.net", RData::A(A { address: 0xc633_640a }));
    let v6 = |owner, address| (owner, RData::AAAA(AAAA { address }));
    // EDNS, as every program sends it: one more record, of type 41
    let mut options = query("a.b.example.org", TYPE::A.into());
    options[11] = 1;
    options.extend([0, 0, 41, 0x10, 0, 0, 0, 0, 0, 0, 0]);
    let mut cut = query(www, TYPE::A.into());
    cut.truncate(20);
    // found: a name that goes on in the header, whose number is not the same on the way
    let in_header = [&[1, b'a', 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 3][..], b"www\xc0\0\0\x01\0\x01"].concat();
    // found: a name that goes on behind the question
    let mut behind = query(www, TYPE::A.into())[..12].to_vec();
    behind.extend(b"\x04\x0aokk\xc0\x0d\0\x01\0\x01x\0");
    // found: an owner at the end of a chain of pointers
    let mut chain = answer(www, TYPE::A, vec![]);
    chain[7] = 2;
    let start = chain.len() + 12;
    let pointers = (0..200).map(|at| if at == 0 { 12 } else { start + 2 * at - 2 });
    let data: Vec<u8> = pointers.flat_map(|to| (0xc000 | to as u16).to_be_bytes()).collect();
    chain.extend([0xc0, 12, 0, 16, 0, 1, 0, 0, 0, 0]);
    chain.extend((data.len() as u16).to_be_bytes());
    chain.extend(&data);
    chain.extend((0xc000 | (start + data.len() - 2) as u16).to_be_bytes());
    chain.extend([0, 16, 0, 1, 0, 0, 0, 0, 0, 0]);
    [
        (query(www, TYPE::A.into()), answer(www, TYPE::A, vec![alias(), v4()])),
        (query(www, TYPE::AAAA.into()), answer(www, TYPE::AAAA, vec![v6(www, 0x2001_0db8 << 96 | 7)])),
        (query("gone.example.org", TYPE::A.into()), no_such_name("gone.example.org")),
        (query("example.org", QTYPE::AXFR), Vec::new()),
        (options, answer("a.b.example.org", TYPE::A, vec![("a.b.example.org", RData::A(A { address: 0x0a14_0001 }))])),
        (query("x.ads.example.org", TYPE::PTR.into()), Vec::new()),
        (query(www, TYPE::AAAA.into()), answer(www, TYPE::AAAA, vec![v6(www, 0xffff << 32 | 0x7f00_0001)])),
        (answer(www, TYPE::A, vec![v4()]), query(www, TYPE::A.into())),
        (cut, Vec::new()),
        (in_header, Vec::new()),
        (behind, Vec::new()),
        (query(www, TYPE::A.into()), chain),
    ]
    .map(|(query, answer)| [&(query.len() as u16).to_be_bytes()[..], &query, &answer].concat())
    .to_vec()
}

/// Packets that a program of a zone sends, and some that it should not.
fn packets() -> Vec<Vec<u8>> {
    let at = |text: &str| text.parse::<std::net::SocketAddr>().unwrap();
    let ip = |text: &str| text.parse::<std::net::IpAddr>().unwrap();
    let name = query("www.example.org", TYPE::A.into());
    let web = udp(at("192.0.2.2:4000"), at("198.51.100.1:443"), b"\xc3\0\0\0\x01hello").unwrap();
    let web6 = udp(at("[2001:db8:5e9::2]:4000"), at("[2001:db8:1::1]:443"), b"hello!").unwrap();
    let mut unsummed = web.clone();
    unsummed[26..28].fill(0);
    let mut fragment = web.clone();
    fragment[6] = 0x20;
    let mut options = web6.clone();
    options[6] = 60;
    // a SYN, which the firewall redirects before it could come to the card
    let mut syn = web.clone();
    syn.truncate(20);
    syn[9] = 6;
    syn.extend([0x0f, 0xa0, 1, 0xbb, 0, 0, 0, 1, 0, 0, 0, 0, 0x50, 2, 0xfa, 0xf0, 0, 0, 0, 0]);
    vec![
        udp(at("192.0.2.2:40000"), at("192.0.2.1:53"), &name).unwrap(),
        udp(at("[2001:db8:5e9::2]:40000"), at("[2001:db8:5e9::1]:53"), &name).unwrap(),
        quoted_echo(ip("192.0.2.2"), ip("198.51.100.1"), 7, &[0, 1, 9, 9, 9]).unwrap(),
        quoted_echo(ip("2001:db8:5e9::2"), ip("2001:db8:1::1"), 7, &[0, 1, 9]).unwrap(),
        udp(at("192.0.2.2:5353"), at("224.0.0.251:5353"), b"mdns").unwrap(),
        udp(at("[2001:db8:5e9::2]:9"), at("[::ffff:10.20.0.1]:80"), b"mapped").unwrap(),
        udp(at("10.20.0.9:1"), at("198.51.100.1:443"), b"forged").unwrap(),
        unreachable(ip("192.0.2.2"), ip("198.51.100.1"), Problem::TooBig(1_280), &web).unwrap(),
        unsummed,
        fragment,
        options,
        syn,
        web,
        web6,
    ]
}

/// A piece of a program's connection, with a descriptor or not.
fn piece(with: bool, bytes: &[u8]) -> Vec<u8> {
    let words = bytes.len() / 4;
    assert!(bytes.len().is_multiple_of(4) && words < 128, "{} bytes", bytes.len());
    [&[(words as u8) << 1 | u8::from(with)], bytes].concat()
}

/// The first messages of any program: a registry is number 2, its answer number 3.
fn hello() -> Vec<u8> {
    let registry = message(1, 1, &Args::default().word(2));
    piece(false, &[registry, message(1, 0, &Args::default().word(3))].concat())
}

/// Binds a global by its place in the list of the check's compositor.
fn bind(name: u32, interface: &str, version: u32, id: u32) -> Vec<u8> {
    piece(false, &message(2, 0, &Args::default().word(name).text(interface).word(version).word(id)))
}

fn say(object: u32, number: u16, args: Args) -> Vec<u8> {
    piece(false, &message(object, number, &args))
}

/// A window with a title, a clipboard with the focus, shared memory, a hidden global, a version too new, two messages in
/// pieces, and what is none.
fn wayland() -> Vec<Vec<u8>> {
    let word = |value: u32| Args::default().word(value);
    let surface = [bind(1, "wl_compositor", 6, 4), say(4, 0, word(5))].concat();
    let window = [
        bind(7, "xdg_wm_base", 6, 6),
        say(6, 2, word(7).word(5)),
        say(7, 1, word(8)),
        say(8, 2, Args::default().text("Mozilla Firefox")),
        say(8, 3, Args::default().text("firefox")),
        bind(8, "zxdg_decoration_manager_v1", 1, 9),
        say(9, 1, word(10).word(8)),
        say(5, 6, Args::default()),
    ]
    .concat();
    let clipboard = [
        bind(5, "wl_seat", 9, 6),
        say(6, 1, word(7)),
        bind(6, "wl_data_device_manager", 3, 8),
        say(8, 1, word(9).word(6)),
        say(8, 0, word(10)),
        say(10, 0, Args::default().text("text/plain;charset=utf-8")),
        say(9, 1, word(10).word(7)),
        // the offer is the first object that the proxy itself makes
        piece(true, &message(0xff00_0000, 1, &Args::default().text("text/plain;charset=utf-8"))),
        say(10, 1, Args::default()),
        say(9, 2, Args::default()),
    ]
    .concat();
    let memory =
        [bind(3, "wl_shm", 2, 4), piece(true, &message(4, 0, &word(5).word(4096))), say(5, 1, Args::default())];
    let halves = message(1, 0, &word(4));
    vec![
        [hello(), surface.clone(), window].concat(),
        [hello(), surface, clipboard].concat(),
        [hello(), memory.concat()].concat(),
        [hello(), bind(11, "wp_security_context_manager_v1", 1, 4)].concat(),
        [hello(), bind(5, "wl_seat", 10, 4)].concat(),
        [hello(), bind(1, "wl_seat", 1, 4), bind(99, "wl_compositor", 1, 5)].concat(),
        [hello(), piece(false, &halves[..8]), piece(true, &halves[8..])].concat(),
        [hello(), piece(false, &[1, 0, 0, 0, 0, 0, 3, 0]), say(777, 9, word(0))].concat(),
    ]
}
