//! A blocking netlink socket: one request, all answers to it.
//!
//! It speaks for the network namespace that it was opened in, for as long as it is open. It interprets no answer
//! but the kernel's error.

use std::fmt::Debug;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

use netlink_packet_core::{
    NLM_F_ACK, NLM_F_DUMP, NLM_F_MULTIPART, NLM_F_REQUEST, NetlinkDeserializable, NetlinkMessage, NetlinkPayload,
    NetlinkSerializable,
};
use netlink_packet_netfilter::none::ControlMessage;
use netlink_packet_netfilter::{NetfilterHeader, NetfilterMessage, NetfilterProtoFamily};
use nix::errno::Errno;
use nix::sys::socket::{
    AddressFamily, MsgFlags, NetlinkAddr, SockFlag, SockProtocol, SockType, connect, recv, send, socket,
};

use crate::sys::socket::set_int;

/// The subsystem that a netfilter batch is for (NFNL_SUBSYS_NFTABLES).
const NFTABLES: u16 = 10;

/// A netlink socket that talks to the kernel only.
#[derive(Debug)]
pub struct Netlink {
    socket: OwnedFd,
    sequence: u32,
}

impl Netlink {
    /// Links, addresses and routes of this process's network namespace.
    pub fn route() -> io::Result<Self> {
        Self::open(SockProtocol::NetlinkRoute)
    }

    /// Its firewall.
    pub fn netfilter() -> io::Result<Self> {
        Self::open(SockProtocol::NetlinkNetFilter)
    }

    /// Hears of every change of links; what it hears is only that there is one.
    pub fn link_changes() -> io::Result<Self> {
        Self::open(SockProtocol::NetlinkRoute)?.member(libc::RTNLGRP_LINK as i32)
    }

    /// The same of every change of a firewall.
    pub fn firewall_changes() -> io::Result<Self> {
        Self::open(SockProtocol::NetlinkNetFilter)?.member(libc::NFNLGRP_NFTABLES)
    }

    fn member(self, group: i32) -> io::Result<Self> {
        set_int(&self.socket, libc::SOL_NETLINK, libc::NETLINK_ADD_MEMBERSHIP, group)?;
        Ok(self)
    }

    /// Takes what waits without looking at it. What was lost for want of room was a change as well.
    pub fn drain(&self) {
        while !matches!(recv(self.socket.as_raw_fd(), &mut [0], MsgFlags::MSG_DONTWAIT), Err(cause) if cause != Errno::ENOBUFS)
        {
        }
    }

    /// The messages of what waits next; none where nothing does.
    pub fn heard<M: Message>(&self) -> io::Result<Vec<M>> {
        let told = match self.receive(MsgFlags::MSG_DONTWAIT) {
            Err(Errno::EAGAIN | Errno::ENOBUFS) => return Ok(Vec::new()),
            received => received?,
        };
        let inner = |message: NetlinkMessage<M>| match message.payload {
            NetlinkPayload::InnerMessage(inner) => Some(inner),
            _ => None,
        };
        messages(&told).filter_map(|message| message.map(inner).transpose()).collect()
    }

    fn open(protocol: SockProtocol) -> io::Result<Self> {
        let socket = socket(AddressFamily::Netlink, SockType::Raw, SockFlag::SOCK_CLOEXEC, protocol)?;
        // connected to port 0: what another process sends here is refused by the kernel
        connect(socket.as_raw_fd(), &NetlinkAddr::new(0, 0))?;
        Ok(Self { socket, sequence: 0 })
    }

    /// One question with one answer.
    pub fn get<M: Message>(&mut self, message: M) -> io::Result<M> {
        self.send(NLM_F_REQUEST, message)?;
        self.collect(1)?.into_iter().next().ok_or_else(|| io::Error::from_raw_os_error(libc::ENODATA))
    }

    /// Everything of a kind.
    pub fn dump<M: Message>(&mut self, message: M) -> io::Result<Vec<M>> {
        self.send(NLM_F_REQUEST | NLM_F_DUMP, message)?;
        self.collect(1)
    }

    /// A change, acknowledged; `flags` are the NLM_F_CREATE kind.
    pub fn set<M: Message>(&mut self, flags: u16, message: M) -> io::Result<()> {
        self.send(NLM_F_REQUEST | NLM_F_ACK | flags, message)?;
        self.collect::<M>(1).map(|_| ())
    }

    /// Several netfilter changes as one transaction: all of them or none.
    pub fn transact(&mut self, changes: Vec<(u16, NetfilterMessage)>) -> io::Result<()> {
        let count = changes.len();
        let control = |m| NetfilterMessage::new(NetfilterHeader::new(NetfilterProtoFamily::Unspec, 0, NFTABLES), m);
        let mut bytes = self.encode(NLM_F_REQUEST, control(ControlMessage::BatchBegin));
        for (flags, change) in changes {
            bytes.extend(self.encode(NLM_F_REQUEST | NLM_F_ACK | flags, change));
        }
        bytes.extend(self.encode(NLM_F_REQUEST, control(ControlMessage::BatchEnd)));
        let first = self.sequence.wrapping_sub(count as u32 + 1);
        send(self.socket.as_raw_fd(), &bytes, MsgFlags::empty())?;
        self.collect_from::<NetfilterMessage>(first, count).map(|_| ())
    }

    fn send<M: Message>(&mut self, flags: u16, message: M) -> io::Result<()> {
        let bytes = self.encode(flags, message);
        send(self.socket.as_raw_fd(), &bytes, MsgFlags::empty())?;
        Ok(())
    }

    fn encode<M: Message>(&mut self, flags: u16, message: M) -> Vec<u8> {
        self.sequence = self.sequence.wrapping_add(1);
        let mut message = NetlinkMessage::new(Default::default(), NetlinkPayload::InnerMessage(message));
        message.header.flags = flags;
        message.header.sequence_number = self.sequence;
        message.finalize();
        let mut bytes = vec![0; message.buffer_len()];
        message.serialize(&mut bytes);
        bytes
    }

    fn collect<M: Message>(&mut self, ends: usize) -> io::Result<Vec<M>> {
        self.collect_from(self.sequence, ends)
    }

    /// Reads until `ends` answers of requests from number `first` on are complete, or one is an error. Answers to
    /// earlier requests are passed over.
    fn collect_from<M: Message>(&mut self, first: u32, mut ends: usize) -> io::Result<Vec<M>> {
        let mut found = Vec::new();
        while ends > 0 {
            let answer = self.receive(MsgFlags::empty())?;
            let mut rest = messages(&answer);
            while ends > 0
                && let Some(message) = rest.next()
            {
                let message = message?;
                if message.header.sequence_number.wrapping_sub(first) < u32::MAX / 2 {
                    ends -= usize::from(take(message, &mut found)?);
                }
            }
        }
        Ok(found)
    }

    /// What waits next, in room of its size: a launch asks for little, and each page that is touched for it takes time.
    fn receive(&self, flags: MsgFlags) -> nix::Result<Vec<u8>> {
        let waits = recv(self.socket.as_raw_fd(), &mut [], flags | MsgFlags::MSG_PEEK | MsgFlags::MSG_TRUNC)?;
        let mut answer = vec![0; waits];
        let len = recv(self.socket.as_raw_fd(), &mut answer, flags)?;
        answer.truncate(len);
        Ok(answer)
    }
}

impl AsFd for Netlink {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

/// The messages of one answer, which ends at the first that can not be read.
fn messages<M: Message>(mut rest: &[u8]) -> impl Iterator<Item = io::Result<NetlinkMessage<M>>> {
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let message = NetlinkMessage::<M>::deserialize(rest).map_err(io::Error::other);
        let length = message.as_ref().map_or(rest.len(), |message| aligned(message.header.length));
        rest = rest.get(length..).unwrap_or_default();
        Some(message)
    })
}

/// True when the message was the last answer to its request.
fn take<M>(message: NetlinkMessage<M>, found: &mut Vec<M>) -> io::Result<bool> {
    match message.payload {
        NetlinkPayload::Error(e) => e.code.map_or(Ok(true), |_| Err(e.to_io())),
        NetlinkPayload::Done(_) => Ok(true),
        NetlinkPayload::InnerMessage(inner) => {
            found.push(inner);
            Ok(message.header.flags & NLM_F_MULTIPART == 0)
        }
        _ => Ok(false),
    }
}

/// The next message begins at the next multiple of four; 16 is the least, so that the walk always ends.
fn aligned(length: u32) -> usize {
    (length as usize).max(16).next_multiple_of(4)
}

/// A message of one of the two protocols.
pub trait Message: NetlinkSerializable + NetlinkDeserializable + Debug {}

impl<T: NetlinkSerializable + NetlinkDeserializable + Debug> Message for T {}
