//! The kernel's own answer to which socket a TCP connection has (sock_diag(7)): a look into its hash table, where
//! /proc/net/tcp walks through all of that table, which takes milliseconds on a PC with much memory.
//!
//! Programs may not open such a socket. init opens this one before the filter is on, and the clerk alone uses it.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

use nix::sys::socket::{
    AddressFamily, MsgFlags, NetlinkAddr, SockFlag, SockProtocol, SockType, connect, recv, send, socket,
};

/// SOCK_DIAG_BY_FAMILY, for the request and its answer.
const BY_FAMILY: u16 = 20;
const NLM_F_REQUEST: u16 = 1;
/// Bytes of the netlink header and of `inet_diag_req_v2`.
const REQUEST: u32 = 16 + 56;
/// In the answer, behind the header: `inet_diag_msg`.
const STATE: usize = 16 + 1;
const INODE: usize = 16 + 68;
const LISTENING: u8 = 10;

/// A socket that asks about the network that it was opened in.
#[derive(Debug)]
pub struct Diag(OwnedFd);

impl Diag {
    /// Nothing where the kernel has none of it.
    pub fn open() -> Option<Self> {
        let flags = SockFlag::SOCK_CLOEXEC;
        let fd = socket(AddressFamily::Netlink, SockType::Raw, flags, SockProtocol::NetlinkSockDiag).ok()?;
        // connected to port 0: what another process sends here is refused by the kernel
        connect(fd.as_raw_fd(), &NetlinkAddr::new(0, 0)).ok()?;
        Some(Self(fd))
    }

    /// Whether it finds a socket that is there: "not found" and "no such module" are one errno.
    pub fn works(&self) -> bool {
        let found = || {
            let own = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).ok()?;
            self.ask(own.local_addr().ok()?, (Ipv4Addr::UNSPECIFIED, 0).into())
        };
        found().is_some_and(|(state, _)| state == LISTENING)
    }

    /// The inode of the socket between these two ends, if somebody has it.
    pub fn inode(&self, local: SocketAddr, remote: SocketAddr) -> Option<u64> {
        let (state, inode) = self.ask(local, remote)?;
        // without a connection of these ends the kernel takes who listens on the local one
        (state != LISTENING && inode != 0).then_some(inode.into())
    }

    fn ask(&self, local: SocketAddr, remote: SocketAddr) -> Option<(u8, u32)> {
        send(self.0.as_raw_fd(), &request(local, remote), MsgFlags::MSG_DONTWAIT).ok()?;
        // the kernel has answered before `send` returns
        let mut answer = [0; 1024];
        let len = recv(self.0.as_raw_fd(), &mut answer, MsgFlags::MSG_DONTWAIT).ok()?;
        let answer = answer.get(..len)?;
        let kind = u16::from_ne_bytes(answer.get(4..6)?.try_into().ok()?);
        let inode = u32::from_ne_bytes(answer.get(INODE..INODE + 4)?.try_into().ok()?);
        (kind == BY_FAMILY).then_some((*answer.get(STATE)?, inode))
    }
}

fn request(local: SocketAddr, remote: SocketAddr) -> Vec<u8> {
    let family = if local.is_ipv4() { libc::AF_INET } else { libc::AF_INET6 };
    let mut bytes = REQUEST.to_ne_bytes().to_vec();
    bytes.extend([BY_FAMILY, NLM_F_REQUEST].map(u16::to_ne_bytes).as_flattened());
    // sequence and sender; family, protocol, no extensions; every state
    bytes.extend([0; 8]);
    bytes.extend([family as u8, libc::IPPROTO_TCP as u8, 0, 0]);
    bytes.extend(u32::MAX.to_ne_bytes());
    bytes.extend([local.port(), remote.port()].map(u16::to_be_bytes).as_flattened());
    bytes.extend(address(local));
    bytes.extend(address(remote));
    // any interface, any cookie
    bytes.extend([0; 4]);
    bytes.extend([0xff; 8]);
    bytes
}

/// The address in the first bytes of four words.
fn address(end: SocketAddr) -> [u8; 16] {
    let mut bytes = [0; 16];
    match end {
        SocketAddr::V4(v4) => bytes.iter_mut().zip(v4.ip().octets()).for_each(|(to, from)| *to = from),
        SocketAddr::V6(v6) => bytes = v6.ip().octets(),
    }
    bytes
}

impl AsFd for Diag {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpStream;
    use std::os::unix::fs::MetadataExt;

    fn inode_of(stream: &TcpStream) -> u64 {
        std::fs::metadata(format!("/proc/self/fd/{}", stream.as_raw_fd())).unwrap().ino()
    }

    #[test]
    fn both_sides_of_a_connection_are_told_apart() {
        let Some(diag) = Diag::open().filter(Diag::works) else { return println!("this kernel has no tcp_diag") };
        for here in ["127.0.0.1:0", "[::1]:0"] {
            let Ok(listener) = TcpListener::bind(here) else { continue };
            let stream = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
            let (local, remote) = (stream.local_addr().unwrap(), stream.peer_addr().unwrap());
            let (accepted, _) = listener.accept().unwrap();
            assert_eq!(diag.inode(local, remote), Some(inode_of(&stream)));
            assert_eq!(diag.inode(remote, local), Some(inode_of(&accepted)));
            let other = SocketAddr::new(local.ip(), 1);
            assert_eq!((diag.inode(local, other), diag.inode(remote, other)), (None, None), "who listens is not meant");
        }
    }

    #[test]
    fn a_socket_of_ipv6_that_speaks_ipv4_is_found_by_ipv4() {
        let Some(diag) = Diag::open().filter(Diag::works) else { return println!("this kernel has no tcp_diag") };
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let remote = listener.local_addr().unwrap();
        let Ok(stream) = TcpStream::connect(("::ffff:127.0.0.1", remote.port())) else { return };
        let local = stream.local_addr().unwrap();
        let local = SocketAddr::new(local.ip().to_canonical(), local.port());
        assert!(local.is_ipv4());
        assert_eq!(diag.inode(local, remote), Some(inode_of(&stream)));
    }
}
