//! The smallest nftables ruleset that needs what the relay needs, built step by step in a network namespace of
//! its own, so that the step which is refused names the module that the kernel lacks.

use std::os::fd::{AsRawFd, OwnedFd};

use nix::errno::Errno;
use nix::sys::socket::{AddressFamily, MsgFlags, SockFlag, SockProtocol, SockType, recv, send, socket};

const OPEN: u8 = 11;
const TABLE: u8 = 12;
const CHAIN: u8 = 13;
const RULE: u8 = 14;

// linux/netfilter/nfnetlink.h and nf_tables.h
const BATCH_BEGIN: u16 = 0x10;
const BATCH_END: u16 = 0x11;
const NFTABLES: u16 = 10;
const NEW_TABLE: u16 = NFTABLES << 8;
const NEW_CHAIN: u16 = NFTABLES << 8 | 3;
const NEW_RULE: u16 = NFTABLES << 8 | 6;
const NESTED: u16 = 0x8000;
const IPV4: u8 = 2;
const NAME: &[u8] = b"probe\0";

/// Builds table, nat chain on the output hook and a redirect. The error names the step.
pub fn build() -> Result<(), (u8, Errno)> {
    let protocol = SockProtocol::NetlinkNetFilter;
    let flags = SockFlag::SOCK_CLOEXEC;
    let netlink =
        socket(AddressFamily::Netlink, SockType::Raw, flags, Some(protocol)).map_err(|errno| (OPEN, errno))?;
    let table = attribute(1, NAME);
    let hook = [attribute(1, &3u32.to_be_bytes()), attribute(2, &(-100i32).to_be_bytes())].concat();
    let chain = [attribute(1, NAME), attribute(3, NAME), attribute(4 | NESTED, &hook), attribute(7, b"nat\0")].concat();
    let expression = [attribute(1, b"redir\0"), attribute(2 | NESTED, &[])].concat();
    let list = attribute(1 | NESTED, &expression);
    let rule = [attribute(1, NAME), attribute(2, NAME), attribute(4 | NESTED, &list)].concat();
    for (step, kind, body) in [(TABLE, NEW_TABLE, table), (CHAIN, NEW_CHAIN, chain), (RULE, NEW_RULE, rule)] {
        transact(&netlink, kind, &body).map_err(|errno| (step, errno))?;
    }
    Ok(())
}

/// The module whose lack an answer means, if it means one.
pub fn missing_module(step: u8, errno: Errno) -> Option<&'static str> {
    match (step, errno) {
        (OPEN, Errno::EPROTONOSUPPORT) => Some("nfnetlink"),
        (TABLE, Errno::EOPNOTSUPP | Errno::EINVAL | Errno::EAFNOSUPPORT) => Some("nf_tables"),
        (CHAIN, Errno::ENOENT | Errno::EOPNOTSUPP) => Some("nft_chain_nat"),
        (RULE, Errno::ENOENT | Errno::EOPNOTSUPP) => Some("nft_redir"),
        _ => None,
    }
}

/// One batch with one message; its answer is the kernel's.
fn transact(netlink: &OwnedFd, kind: u16, body: &[u8]) -> nix::Result<()> {
    let create = (libc::NLM_F_REQUEST | libc::NLM_F_ACK | libc::NLM_F_CREATE) as u16;
    let request = libc::NLM_F_REQUEST as u16;
    let batch = [
        message(BATCH_BEGIN, request, 0, NFTABLES, &[]),
        message(kind, create, IPV4, 0, body),
        message(BATCH_END, request, 0, NFTABLES, &[]),
    ]
    .concat();
    send(netlink.as_raw_fd(), &batch, MsgFlags::empty())?;
    let mut answer = [0; 4096];
    let len = recv(netlink.as_raw_fd(), &mut answer, MsgFlags::empty())?;
    let field = |at: usize| answer.get(..len)?.get(at..at + 4)?.try_into().ok().map(i32::from_ne_bytes);
    let kind = answer.get(4..6).and_then(|b| b.try_into().ok()).map(u16::from_ne_bytes);
    match (kind.map(i32::from), field(16)) {
        (Some(libc::NLMSG_ERROR), Some(0)) => Ok(()),
        (Some(libc::NLMSG_ERROR), Some(error)) => Err(Errno::from_raw(-error)),
        _ => Err(Errno::EBADMSG),
    }
}

/// struct nlmsghdr, struct nfgenmsg, attributes. Everything is a multiple of four bytes.
fn message(kind: u16, flags: u16, family: u8, resource: u16, body: &[u8]) -> Vec<u8> {
    let mut bytes = (20 + body.len() as u32).to_ne_bytes().to_vec();
    bytes.extend(kind.to_ne_bytes());
    bytes.extend(flags.to_ne_bytes());
    bytes.extend([0; 8]);
    bytes.extend([family, 0]);
    bytes.extend(resource.to_be_bytes());
    bytes.extend(body);
    bytes
}

fn attribute(kind: u16, value: &[u8]) -> Vec<u8> {
    let mut bytes = (4 + value.len() as u16).to_ne_bytes().to_vec();
    bytes.extend(kind.to_ne_bytes());
    bytes.extend(value);
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}
