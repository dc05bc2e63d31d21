//! A packet socket for DHCP (packet(7)): IPv4 with its header, beside everything that the kernel does with IP.

use std::io;
use std::mem::zeroed;
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};

use nix::sys::socket::{AddressFamily, LinkAddr, SockFlag, SockType, recvfrom, socket};

/// The address of everybody on the wire.
pub const EVERYBODY: [u8; 6] = [0xff; 6];

const LOAD_BYTE: u16 = 0x30;
const LOAD_HALF: u16 = 0x28;
const LOAD_HALF_BEHIND: u16 = 0x48;
const LOAD_HEADER_LENGTH: u16 = 0xb1;
const IF_EQUAL: u16 = 0x15;
const IF_ANY_BIT: u16 = 0x45;
const ANSWER: u16 = 0x06;

/// UDP, no fragment, from port 67 to port 68: what else comes by the card is not copied for this socket. Each is a code, how
/// many to skip where it holds and where it does not, and a number.
const FILTER: [(u16, u8, u8, u32); 11] = [
    (LOAD_BYTE, 0, 0, 9),
    (IF_EQUAL, 0, 8, 17),
    (LOAD_HALF, 0, 0, 6),
    (IF_ANY_BIT, 6, 0, 0x3fff),
    (LOAD_HEADER_LENGTH, 0, 0, 0),
    (LOAD_HALF_BEHIND, 0, 0, 0),
    (IF_EQUAL, 0, 3, 67),
    (LOAD_HALF_BEHIND, 0, 0, 2),
    (IF_EQUAL, 0, 1, 68),
    (ANSWER, 0, 0, 0x4_0000),
    (ANSWER, 0, 0, 0),
];

/// A socket for what DHCP servers send to a link, which does not wait. Needs CAP_NET_RAW over its network; using it needs
/// nothing.
pub fn open(link: u32) -> io::Result<OwnedFd> {
    let flags = SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK;
    // without a protocol nothing comes in before the filter stands
    let made = socket(AddressFamily::Packet, SockType::Datagram, flags, None)?;
    let mut filter = FILTER.map(|(code, jt, jf, k)| libc::sock_filter { code, jt, jf, k });
    let program = libc::sock_fprog { len: filter.len() as u16, filter: filter.as_mut_ptr() };
    let len = size_of_val(&program) as libc::socklen_t;
    let (fd, level) = (made.as_raw_fd(), libc::SOL_SOCKET);
    // SAFETY: the kernel reads one sock_fprog of that length and the program that it points to; both outlive the call.
    let done = unsafe { libc::setsockopt(fd, level, libc::SO_ATTACH_FILTER, (&raw const program).cast(), len) };
    if done != 0 {
        return Err(io::Error::last_os_error());
    }
    let (to, len) = address(link, [0; 6]);
    // SAFETY: the kernel reads `len` bytes of a sockaddr_ll that outlives the call.
    let done = unsafe { libc::bind(fd, (&raw const to).cast(), len) };
    if done == 0 { Ok(made) } else { Err(io::Error::last_os_error()) }
}

/// Sends an IPv4 packet by a link to one card.
pub fn send(socket: BorrowedFd<'_>, link: u32, card: [u8; 6], packet: &[u8]) -> io::Result<()> {
    let (to, len) = address(link, card);
    let (fd, bytes) = (socket.as_raw_fd(), packet.as_ptr().cast());
    // SAFETY: the kernel reads `packet.len()` bytes and `len` bytes of a sockaddr_ll; both outlive the call.
    let sent = unsafe { libc::sendto(fd, bytes, packet.len(), 0, (&raw const to).cast(), len) };
    if sent < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

/// The next packet, and the card that sent it; EAGAIN where there is none.
pub fn receive<'a>(socket: BorrowedFd<'_>, into: &'a mut [u8]) -> io::Result<(&'a [u8], [u8; 6])> {
    let (length, from) = recvfrom::<LinkAddr>(socket.as_raw_fd(), into)?;
    let card = from.and_then(|from| from.addr()).unwrap_or(EVERYBODY);
    Ok((into.get(..length).unwrap_or_default(), card))
}

fn address(link: u32, card: [u8; 6]) -> (libc::sockaddr_ll, libc::socklen_t) {
    // SAFETY: integers only; zeroes are a value of it.
    let mut address: libc::sockaddr_ll = unsafe { zeroed() };
    address.sll_family = libc::AF_PACKET as u16;
    address.sll_protocol = (libc::ETH_P_IP as u16).to_be();
    address.sll_ifindex = link as i32;
    address.sll_halen = 6;
    address.sll_addr.iter_mut().zip(card).for_each(|(to, byte)| *to = byte);
    (address, size_of::<libc::sockaddr_ll>() as libc::socklen_t)
}
