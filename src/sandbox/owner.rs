//! Whose a connection is: from its two ends to the socket, from the socket to the process, from there to its file.
//!
//! All of it is read from /proc, where programs of the zone are what they say: what is found is a hint. The search has
//! a time limit, so that a program with very many sockets or descriptors costs the others their names at most.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::diag::Diag;
use crate::wire::{LONGEST_PROGRAM, Question, Transport};

/// How long all questions of one search may take together.
const PATIENCE: Duration = Duration::from_millis(20);
/// Descriptors of one process that are looked at, first and then: a program with very many comes last.
const LINKS: [usize; 2] = [256, 4_096];
/// The kernel's tables of sockets in this network. One of IPv6 may be used with IPv4 as well.
const TABLES: [(Transport, &str); 6] = [
    (Transport::Tcp, "tcp"),
    (Transport::Tcp, "tcp6"),
    (Transport::Udp, "udp"),
    (Transport::Udp, "udp6"),
    (Transport::Icmp, "icmp"),
    (Transport::Icmp, "icmp6"),
];

/// A question and what is known so far.
struct Case<'a> {
    question: &'a Question,
    asked: bool,
    inode: Option<u64>,
    program: Option<String>,
}

/// One line of a table.
#[derive(Debug, PartialEq, Eq)]
struct Socket {
    local: SocketAddr,
    remote: SocketAddr,
    inode: u64,
}

/// The files that the programs run, in order of the questions; empty where nobody can say. Without `diag` connections
/// are looked for in the tables, as everything else is.
pub fn programs(questions: &[Question], diag: Option<&Diag>) -> Vec<String> {
    let until = Instant::now() + PATIENCE;
    let mut cases: Vec<_> =
        questions.iter().map(|question| Case { question, asked: false, inode: None, program: None }).collect();
    for case in &mut cases {
        case.ask(diag);
    }
    for (transport, table) in TABLES {
        let mut open: Vec<_> = cases
            .iter_mut()
            .filter(|case| !case.asked && case.inode.is_none() && case.question.transport == transport)
            .collect();
        find_sockets(&mut open, table, until);
    }
    LINKS.iter().for_each(|most| find_programs(&mut cases, *most, until));
    cases.into_iter().map(|case| case.program.unwrap_or_default()).collect()
}

fn find_sockets(open: &mut [&mut Case<'_>], table: &str, until: Instant) {
    if open.is_empty() {
        return;
    }
    let Ok(file) = File::open(Path::new("/proc/self/net").join(table)) else { return };
    for line in BufReader::with_capacity(32 * 1024, file).lines().map_while(Result::ok) {
        let Some(socket) = Socket::parse(&line) else { continue };
        for case in open.iter_mut().filter(|case| case.inode.is_none() && socket.is_of(case.question)) {
            case.inode = Some(socket.inode);
        }
        if Instant::now() >= until {
            return;
        }
    }
}

fn find_programs(cases: &mut [Case<'_>], most: usize, until: Instant) {
    for process in fs::read_dir("/proc").into_iter().flatten().flatten().map(|entry| entry.path()) {
        let over = Instant::now() >= until;
        if over || cases.iter().all(|case| case.inode.is_none() || case.program.is_some()) {
            return;
        }
        // not there for what is no process, not open for one that has closed itself
        let links = fs::read_dir(process.join("fd")).into_iter().flatten().flatten().take(most);
        let mut file = None;
        for inode in links.take_while(|_| Instant::now() < until).filter_map(|link| inode(&link.path())) {
            let own = cases.iter_mut().filter(|case| case.inode == Some(inode) && case.program.is_none());
            own.for_each(|case| case.program.clone_from(file.get_or_insert_with(|| program(&process))));
        }
    }
}

/// The socket that a descriptor is of.
fn inode(link: &Path) -> Option<u64> {
    fs::read_link(link).ok()?.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.parse().ok()
}

/// The file that a process runs. Its name (`comm`) would be whatever it wants.
fn program(process: &Path) -> Option<String> {
    fs::read_link(process.join("exe")).ok().map(shortened)
}

/// The end of a path that is too long: the file's name stands there.
fn shortened(path: PathBuf) -> String {
    let text = path.to_string_lossy().into_owned();
    if text.len() <= LONGEST_PROGRAM {
        return text;
    }
    let least = text.len() - (LONGEST_PROGRAM - '…'.len_utf8());
    let from = (least..text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len());
    format!("…{}", text.get(from..).unwrap_or_default())
}

impl Case<'_> {
    /// Asks the kernel about a connection whose both ends are known.
    fn ask(&mut self, diag: Option<&Diag>) {
        let Question { transport, local, remote, .. } = *self.question;
        if let (Some(diag), Transport::Tcp, false) = (diag, transport, remote.ip().is_unspecified()) {
            (self.asked, self.inode) = (true, diag.inode(local, remote));
        }
    }
}

impl Socket {
    /// Takes a line of a table apart (proc_net(5)). A socket without inode belongs to nobody any more.
    fn parse(line: &str) -> Option<Self> {
        let mut fields = line.split_ascii_whitespace().skip(1);
        let (local, remote) = (end(fields.next()?)?, end(fields.next()?)?);
        // state, queues, timer, retransmits, uid, timeout
        let inode = fields.nth(6)?.parse().ok().filter(|inode| *inode != 0)?;
        Some(Self { local, remote, inode })
    }

    /// A connection is its two ends; a socket of datagrams may be bound to no address and connected to nobody.
    fn is_of(&self, question: &Question) -> bool {
        let Question { transport, local, remote, .. } = question;
        let any = remote.ip().is_unspecified();
        if *transport == Transport::Tcp {
            return self.local == *local && (any || self.remote == *remote);
        }
        let here = self.local == *local || self.local.ip().is_unspecified() && self.local.port() == local.port();
        let there = any || self.remote == *remote || self.remote.ip().is_unspecified();
        here && there
    }
}

/// An address as the tables write it: words of 32 bits as this machine reads them from memory, then the port.
fn end(text: &str) -> Option<SocketAddr> {
    let (address, port) = text.split_once(':')?;
    let word = |at: usize| u32::from_str_radix(address.get(8 * at..8 * at + 8)?, 16).ok().map(u32::to_ne_bytes);
    let ip = match address.len() {
        8 => IpAddr::from(word(0)?),
        32 => {
            let words = [word(0)?, word(1)?, word(2)?, word(3)?].map(u32::from_be_bytes);
            let bits = words.into_iter().fold(0, |bits: u128, word| bits << 32 | u128::from(word));
            Ipv6Addr::from_bits(bits).to_canonical()
        }
        _ => return None,
    };
    Some(SocketAddr::new(ip, u16::from_str_radix(port, 16).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> SocketAddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_line_of_each_family_is_taken_apart() {
        let v4 = "  1: 020000C0:C9C0 0A6433C6:0050".to_owned();
        let rest = " 01 00000000:00000000 00:00000000 00000000  1000        0 4242 1 0 20 4 30 10 -1";
        let socket = Socket::parse(&(v4 + rest));
        // words are written as a number of this machine
        if cfg!(target_endian = "little") {
            let expected = Socket { local: at("192.0.0.2:51648"), remote: at("198.51.100.10:80"), inode: 4242 };
            assert_eq!(socket.unwrap(), expected);
            assert_eq!(end("0000000000000000FFFF00000A6433C6:0050"), Some(at("198.51.100.10:80")));
            assert_eq!(end("B80D0120000000000000000001000000:0050"), Some(at("[2001:db8::1]:80")));
        }
        for nothing in ["", "  sl  local_address rem_address   st", "1: 0:0 0:0", "1: 020000C0:C9C0 0A6433C6:0050 01"] {
            assert_eq!(Socket::parse(nothing), None, "{nothing}");
        }
    }

    #[test]
    fn an_orphan_is_nobodys() {
        let line = |inode: u32| format!("1: 020000C0:C9C0 0A6433C6:0050 04 0:0 00:0 0 1000 0 {inode} 1");
        assert_eq!(Socket::parse(&line(0)), None);
        assert!(Socket::parse(&line(1)).is_some(), "the twin");
    }

    #[test]
    fn a_connection_needs_both_ends_and_a_datagram_the_port() {
        let socket = |local, remote| Socket { local: at(local), remote: at(remote), inode: 1 };
        let question =
            |transport, remote| Question { number: 1, transport, local: at("192.0.2.2:5000"), remote: at(remote) };
        let bound = socket("192.0.2.2:5000", "198.51.100.10:80");
        assert!(bound.is_of(&question(Transport::Tcp, "198.51.100.10:80")));
        assert!(!bound.is_of(&question(Transport::Tcp, "198.51.100.11:80")));
        assert!(bound.is_of(&question(Transport::Tcp, "0.0.0.0:0")), "where the program wanted to go is not known");
        let free = socket("0.0.0.0:5000", "0.0.0.0:0");
        assert!(free.is_of(&question(Transport::Udp, "198.51.100.10:53")));
        assert!(!free.is_of(&question(Transport::Tcp, "198.51.100.10:53")));
        assert!(!socket("0.0.0.0:5001", "0.0.0.0:0").is_of(&question(Transport::Udp, "198.51.100.10:53")));
        assert!(!bound.is_of(&question(Transport::Udp, "198.51.100.11:80")), "connected elsewhere");
    }

    #[test]
    fn a_real_socket_is_found_in_this_very_process() {
        let udp = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        let (here, there) = (udp.local_addr().unwrap(), at("198.51.100.10:53"));
        let question = Question { number: 1, transport: Transport::Udp, local: here, remote: there };
        let own = std::env::current_exe().unwrap();
        assert_eq!(programs(&[question], None), [shortened(own)]);
        drop(udp);
        assert_eq!(programs(&[question], None), [""]);
    }

    #[test]
    fn a_real_connection_is_found_either_way() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let stream = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (local, remote) = (stream.local_addr().unwrap(), stream.peer_addr().unwrap());
        let question = Question { number: 1, transport: Transport::Tcp, local, remote };
        let own = [shortened(std::env::current_exe().unwrap())];
        let diag = Diag::open().filter(Diag::works);
        for diag in [None, diag.as_ref()] {
            assert_eq!(programs(&[question], diag), own);
            assert_eq!(programs(&[Question { remote: at("127.0.0.1:1"), ..question }], diag), [""]);
            assert_eq!(programs(&[Question { remote: at("0.0.0.0:0"), ..question }], diag), own, "one end only");
        }
    }

    #[test]
    fn a_long_path_keeps_its_end() {
        let name = "한".repeat(100) + "/firefox";
        let short = shortened(PathBuf::from(&name));
        assert!(short.len() <= LONGEST_PROGRAM && short.starts_with('…') && short.ends_with("한/firefox"), "{short}");
        assert_eq!(shortened("/usr/bin/curl".into()), "/usr/bin/curl");
    }
}
