//! The servers of the lab, each a thread in the server namespace: echo, sink, source, reset, and a resolver that is
//! as hostile as the name that it is asked for says.
#![allow(dead_code)]

use std::io::{Read, Write};
use std::net::{Ipv6Addr, Shutdown, TcpListener, TcpStream, UdpSocket};
use std::os::fd::{AsFd, AsRawFd};
use std::thread;
use std::time::Duration;

use nix::sys::socket::{
    ControlMessage, ControlMessageOwned, MsgFlags, SockaddrIn6, recvmsg, sendmsg, setsockopt, sockopt,
};
use simple_dns::rdata::{A, AAAA, RData};
use simple_dns::{CLASS, Packet, PacketFlag, QTYPE, ResourceRecord, TYPE};

/// TCP: what is said comes back, until the program ends its half.
pub const ECHO: u16 = 80;
/// TCP: says how much it got, and in how many pieces something was wrong, when the program has ended its half.
pub const SINK: u16 = 81;
/// TCP: as many bytes as asked for (eight bytes, big-endian), then an end.
pub const SOURCE: u16 = 82;
/// TCP: resets after the first byte.
pub const RESET: u16 = 83;
/// TCP: says "bye", ends its half, and then counts what still comes.
pub const HALF: u16 = 84;
/// TCP: never reads.
pub const DEAF: u16 = 85;
/// UDP: what is said comes back.
pub const UDP_ECHO: u16 = 4000;
/// UDP: answers with the sender's port as text.
pub const UDP_WHO: u16 = 4001;
/// UDP: answers once from its own port and once from another.
pub const UDP_OTHER: u16 = 4002;
/// Ports of discovery protocols, with an echo on each.
pub const DISCOVERY: [u16; 3] = [1900, 5353, 5355];

/// The data that is sent, from a place on and at most a [`PIECE`]: it repeats after a prime number of bytes, so that
/// what is lost, doubled or moved shows.
pub fn piece(at: u64, len: usize) -> &'static [u8] {
    static DATA: std::sync::OnceLock<Vec<u8>> = std::sync::OnceLock::new();
    let byte = |at: u64| ((at % PERIOD).wrapping_mul(2_654_435_761) >> 11) as u8;
    let data = DATA.get_or_init(|| (0..PERIOD + PIECE as u64).map(byte).collect());
    &data[(at % PERIOD) as usize..][..len]
}

/// The most that is made or compared at once.
pub const PIECE: usize = 256 * 1024;
const PERIOD: u64 = 65_537;

/// Starts all of them.
pub fn start() {
    for port in [ECHO, 631, 9].into_iter().chain(DISCOVERY) {
        listen(port, echo);
    }
    listen(SINK, sink);
    listen(SOURCE, source);
    listen(RESET, reset);
    listen(HALF, half);
    listen(DEAF, |stream| {
        thread::sleep(Duration::from_secs(60));
        drop(stream);
    });
    for port in [UDP_ECHO].into_iter().chain(DISCOVERY) {
        datagrams(port, |data, _, say| say(data));
    }
    datagrams(UDP_WHO, |_, from, say| say(from.port().to_string().as_bytes()));
    datagrams(UDP_OTHER, |_, from, say| {
        let other = UdpSocket::bind("[::]:0").unwrap();
        let _ = other.send_to(b"from another port", from);
        thread::sleep(Duration::from_millis(50));
        say(b"own");
    });
    datagrams(53, |query, _, say| answers(query, false).iter().for_each(|answer| say(answer)));
    listen(53, resolve);
}

fn listen(port: u16, serve: fn(TcpStream)) {
    let listener = TcpListener::bind((Ipv6Addr::UNSPECIFIED, port)).unwrap();
    nix::sys::socket::listen(&listener.as_fd(), nix::sys::socket::Backlog::new(4096).unwrap()).unwrap();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::Builder::new().stack_size(128 * 1024).spawn(move || serve(stream)).unwrap();
        }
    });
}

type Serve = fn(&[u8], std::net::SocketAddr, &dyn Fn(&[u8]));

fn datagrams(port: u16, serve: Serve) {
    let socket = UdpSocket::bind((Ipv6Addr::UNSPECIFIED, port)).unwrap();
    setsockopt(&socket, sockopt::Ipv6RecvPacketInfo, &true).unwrap();
    thread::spawn(move || {
        let mut buffer = vec![0; 65_536];
        while let Some((data, from, info)) = receive(&socket, &mut buffer) {
            // a wildcard socket would answer from the nearest address, not from the one that was asked
            let say = |answer: &[u8]| {
                let to = SockaddrIn6::from(from);
                let control = [ControlMessage::Ipv6PacketInfo(&info)];
                let data = [std::io::IoSlice::new(answer)];
                let _ = sendmsg(socket.as_raw_fd(), &data, &control, MsgFlags::empty(), Some(&to));
            };
            serve(&data, from.into(), &say);
        }
    });
}

type Received = (Vec<u8>, std::net::SocketAddrV6, nix::libc::in6_pktinfo);

fn receive(socket: &UdpSocket, buffer: &mut [u8]) -> Option<Received> {
    let mut space = nix::cmsg_space!(nix::libc::in6_pktinfo);
    let (len, from, mut info) = {
        let mut slices = [std::io::IoSliceMut::new(buffer)];
        let message =
            recvmsg::<SockaddrIn6>(socket.as_raw_fd(), &mut slices, Some(&mut space), MsgFlags::empty()).ok()?;
        let info = message.cmsgs().ok()?.find_map(|c| match c {
            ControlMessageOwned::Ipv6PacketInfo(info) => Some(info),
            _ => None,
        });
        (message.bytes, std::net::SocketAddrV6::from(message.address?), info?)
    };
    info.ipi6_ifindex = 0;
    Some((buffer[..len].to_vec(), from, info))
}

fn echo(mut stream: TcpStream) {
    let mut buffer = [0; 16 * 1024];
    while let Ok(len @ 1..) = stream.read(&mut buffer) {
        if stream.write_all(&buffer[..len]).is_err() {
            return;
        }
    }
    let _ = stream.shutdown(Shutdown::Write);
}

fn sink(mut stream: TcpStream) {
    let (mut buffer, mut got, mut wrong) = (vec![0; PIECE], 0u64, 0u64);
    while let Ok(len @ 1..) = stream.read(&mut buffer) {
        wrong += u64::from(buffer[..len] != *piece(got, len));
        got += len as u64;
    }
    let _ = stream.write_all(format!("{got} {wrong}").as_bytes());
}

fn source(mut stream: TcpStream) {
    let mut wanted = [0; 8];
    stream.read_exact(&mut wanted).unwrap();
    let (wanted, mut sent) = (u64::from_be_bytes(wanted), 0u64);
    while sent < wanted {
        let piece = piece(sent, (wanted - sent).min(PIECE as u64) as usize);
        if stream.write_all(piece).is_err() {
            return;
        }
        sent += piece.len() as u64;
    }
}

fn reset(mut stream: TcpStream) {
    let _ = stream.read(&mut [0]);
    let linger = nix::libc::linger { l_onoff: 1, l_linger: 0 };
    nix::sys::socket::setsockopt(&stream, nix::sys::socket::sockopt::Linger, &linger).unwrap();
}

fn half(mut stream: TcpStream) {
    stream.write_all(b"bye").unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    sink(stream);
}

fn resolve(mut stream: TcpStream) {
    let mut length = [0; 2];
    while stream.read_exact(&mut length).is_ok() {
        let mut query = vec![0; u16::from_be_bytes(length).into()];
        if stream.read_exact(&mut query).is_err() {
            return;
        }
        for answer in answers(&query, true) {
            let mut framed = (answer.len() as u16).to_be_bytes().to_vec();
            framed.extend(answer);
            if stream.write_all(&framed).is_err() {
                return;
            }
        }
    }
}

/// What the resolver says to a query: the first label chooses.
fn answers(query: &[u8], tcp: bool) -> Vec<Vec<u8>> {
    let Ok(asked) = Packet::parse(query) else { return Vec::new() };
    let Some(question) = asked.questions.first() else { return Vec::new() };
    let name = question.qname.to_string().to_lowercase();
    let right = |last: u8| answer(&asked, &[[198, 51, 100, last]]);
    match name.split('.').next().unwrap_or("") {
        "silent" => Vec::new(),
        "broken" => {
            let mut packet = answer_packet(&asked);
            *packet.rcode_mut() = simple_dns::RCODE::ServerFailure;
            vec![packet.build_bytes_vec().unwrap()]
        }
        // at another address each time that it is asked for
        "moving" => {
            static ASKED: std::sync::atomic::AtomicU8 = std::sync::atomic::AtomicU8::new(0);
            vec![right(10 + ASKED.fetch_add(1, std::sync::atomic::Ordering::Relaxed) % 2)]
        }
        "inside" => vec![answer(&asked, &[[10, 20, 0, 10]])],
        "denied" => vec![answer(&asked, &[[198, 51, 100, 66]])],
        "big" if !tcp => {
            let mut packet = answer_packet(&asked);
            packet.set_flags(PacketFlag::TRUNCATION);
            vec![packet.build_bytes_vec().unwrap()]
        }
        "big" => vec![answer(&asked, &(0..200).map(|n| [198, 51, 100, n]).collect::<Vec<_>>())],
        "forged" => {
            let mut other_id = right(66);
            other_id[0] ^= 0xff;
            let mut other_name = right(66);
            other_name[13] ^= 1;
            vec![other_id, other_name, query.to_vec(), right(10)]
        }
        "garbage" => {
            let mut looping = right(66)[..12].to_vec();
            looping.extend([0xc0, 12, 0, 1, 0, 1]);
            let mut many = right(10);
            many[6..8].copy_from_slice(&[0xff, 0xff]);
            many.truncate(40);
            let junk = vec![vec![], vec![0; 3], vec![0xff; 512], vec![0xc0; 65_000], looping, many, right(10)];
            junk.into_iter().filter(|m| !tcp || !m.is_empty()).collect()
        }
        _ => vec![right(10)],
    }
}

fn answer_packet<'a>(asked: &Packet<'a>) -> Packet<'a> {
    let mut packet = Packet::new_reply(asked.id());
    packet.set_flags(PacketFlag::RECURSION_AVAILABLE);
    packet.questions.clone_from(&asked.questions);
    packet
}

fn answer(asked: &Packet<'_>, addresses: &[[u8; 4]]) -> Vec<u8> {
    let mut packet = answer_packet(asked);
    let question = packet.questions[0].clone();
    if question.qtype == QTYPE::TYPE(TYPE::AAAA) {
        let address = "2001:db8:100::10".parse::<Ipv6Addr>().unwrap().into();
        packet.answers.push(ResourceRecord::new(question.qname, CLASS::IN, 60, RData::AAAA(AAAA { address })));
    } else {
        for address in addresses {
            let data = RData::A(A { address: u32::from_be_bytes(*address) });
            packet.answers.push(ResourceRecord::new(question.qname.clone(), CLASS::IN, 60, data));
        }
    }
    packet.build_bytes_vec_compressed().unwrap()
}
