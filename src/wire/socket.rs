//! One end of a SEQPACKET pair or connection: whole messages, descriptors beside them.

use std::io::{IoSlice, IoSliceMut};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::path::Path;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::socket::sockopt::PeerCredentials;
use nix::sys::socket::{
    AddressFamily, ControlMessage, ControlMessageOwned, MsgFlags, SockFlag, SockType, UnixAddr, bind, connect,
    getsockopt, recvmsg, sendmsg, socket, socketpair,
};
use nix::unistd::Pid;

use super::{Code, Failure, FromInit, Malformed, Stage, ToInit};

/// The most descriptors that one message can carry (unix(7)).
const SCM_MAX_FD: usize = 253;

/// A SEQPACKET socket between two processes of ours.
#[derive(Debug)]
pub struct Connection(OwnedFd);

/// One received message.
#[derive(Debug)]
pub struct Received {
    /// The bytes; never longer than [`super::MAX_MESSAGE`].
    pub bytes: Vec<u8>,
    /// The descriptors beside them, at most [`super::MAX_FDS`], all close-on-exec.
    pub fds: Vec<OwnedFd>,
}

impl Connection {
    /// Two connected ends, close-on-exec.
    pub fn pair() -> nix::Result<(Self, Self)> {
        let (a, b) = socketpair(AddressFamily::Unix, SockType::SeqPacket, None, SockFlag::SOCK_CLOEXEC)?;
        Ok((Self(a), Self(b)))
    }

    /// To whoever listens at a path.
    pub fn to(path: &Path) -> nix::Result<Self> {
        let made = Self::unnamed()?;
        connect(made.as_raw_fd(), &UnixAddr::new(path)?)?;
        Ok(Self(made))
    }

    /// A socket bound at a path that nothing stands at, on which nobody listens yet.
    pub fn bound(path: &Path) -> nix::Result<OwnedFd> {
        let made = Self::unnamed()?;
        bind(made.as_raw_fd(), &UnixAddr::new(path)?)?;
        Ok(made)
    }

    fn unnamed() -> nix::Result<OwnedFd> {
        socket(AddressFamily::Unix, SockType::SeqPacket, SockFlag::SOCK_CLOEXEC, None)
    }

    /// The process at the other end: a descriptor that can be read when it has ended, and its number.
    pub fn peer(&self) -> std::io::Result<(OwnedFd, Pid)> {
        let pid = Pid::from_raw(getsockopt(&self.0, PeerCredentials)?.pid());
        Ok((crate::sys::process::pidfd(pid)?, pid))
    }

    /// Sends one message whole, or fails; never raises SIGPIPE.
    pub fn send(&self, bytes: &[u8], fds: &[BorrowedFd<'_>]) -> nix::Result<()> {
        self.send_with(MsgFlags::MSG_NOSIGNAL, bytes, fds)
    }

    /// The same without descriptors and without waiting: where the peer has left too much unread it is EAGAIN.
    pub fn offer(&self, bytes: &[u8]) -> nix::Result<()> {
        self.send_with(MsgFlags::MSG_NOSIGNAL | MsgFlags::MSG_DONTWAIT, bytes, &[])
    }

    fn send_with(&self, flags: MsgFlags, bytes: &[u8], fds: &[BorrowedFd<'_>]) -> nix::Result<()> {
        let raw: Vec<_> = fds.iter().map(|fd| fd.as_raw_fd()).collect();
        let rights = [ControlMessage::ScmRights(&raw)];
        let control = if raw.is_empty() { &[][..] } else { &rights[..] };
        retry(|| sendmsg::<()>(self.0.as_raw_fd(), &[IoSlice::new(bytes)], control, flags, None)).map(|_| ())
    }

    /// Waits for one message; `None` is the end of the connection, also one that the peer's death reset with messages
    /// unread. A message longer than allowed, or with more descriptors, is EMSGSIZE, and its descriptors are closed.
    pub fn receive(&self) -> nix::Result<Option<Received>> {
        match self.take_one() {
            // reported once, and before what the peer said last: that is still there to be taken
            Err(Errno::ECONNRESET) => self.take_one(),
            taken => taken,
        }
    }

    /// Waits for the bytes of one message; descriptors beside it are not taken, so that nothing of the sender's is ever
    /// held. `None` is the end of the connection; a message longer than allowed is EMSGSIZE.
    pub fn receive_bytes(&self) -> nix::Result<Option<Vec<u8>>> {
        retry(|| poll_readable(&self.0))?;
        let mut bytes = vec![0; super::MAX_MESSAGE];
        let (len, flags) = {
            let mut slices = [IoSliceMut::new(&mut bytes)];
            let message = recvmsg::<()>(self.0.as_raw_fd(), &mut slices, None, MsgFlags::empty())?;
            (message.bytes, message.flags)
        };
        bytes.truncate(len);
        if flags.contains(MsgFlags::MSG_TRUNC) { Err(Errno::EMSGSIZE) } else { Ok((len > 0).then_some(bytes)) }
    }

    fn take_one(&self) -> nix::Result<Option<Received>> {
        retry(|| poll_readable(&self.0))?;
        // as long as the message that waits, and never longer than one may be
        let look = MsgFlags::MSG_PEEK | MsgFlags::MSG_TRUNC;
        let waits = recvmsg::<()>(self.0.as_raw_fd(), &mut [], None, look)?.bytes;
        let mut bytes = vec![0; waits.min(super::MAX_MESSAGE)];
        let (len, flags, fds) = {
            // room for as many as the kernel lets anybody send: it would close none of those that do not fit
            let mut space = nix::cmsg_space!([i32; SCM_MAX_FD]);
            let mut slices = [IoSliceMut::new(&mut bytes)];
            let flags = MsgFlags::MSG_CMSG_CLOEXEC;
            let message = recvmsg::<()>(self.0.as_raw_fd(), &mut slices, Some(&mut space), flags)?;
            let mut fds = Vec::new();
            for control in message.cmsgs()? {
                if let ControlMessageOwned::ScmRights(raw) = control {
                    fds.extend(raw.into_iter().map(crate::sys::fd::adopt));
                }
            }
            (message.bytes, message.flags, fds)
        };
        if flags.intersects(MsgFlags::MSG_TRUNC | MsgFlags::MSG_CTRUNC) || fds.len() > super::MAX_FDS {
            return Err(Errno::EMSGSIZE);
        }
        bytes.truncate(len);
        Ok((len > 0).then_some(Received { bytes, fds }))
    }
}

/// Typed talk over a connection: what can not be taken apart, or ends too early, is a failure of that stage.
impl Connection {
    /// Says something to init.
    pub fn tell(&self, stage: Stage, message: &ToInit, fds: &[BorrowedFd<'_>]) -> Result<(), Failure> {
        self.put(stage, message.encode(), fds)
    }

    /// Answers as init.
    pub fn answer(&self, stage: Stage, message: &FromInit, fds: &[BorrowedFd<'_>]) -> Result<(), Failure> {
        self.put(stage, message.encode(), fds)
    }

    /// What init is told next; `None` at the end of the connection.
    pub fn order(&self, stage: Stage) -> Result<Option<(ToInit, Vec<OwnedFd>)>, Failure> {
        self.take(stage, "client", ToInit::decode)
    }

    /// What init says next; `None` at the end of the connection.
    pub fn reply(&self, stage: Stage) -> Result<Option<(FromInit, Vec<OwnedFd>)>, Failure> {
        self.take(stage, "init", FromInit::decode)
    }

    fn put(&self, stage: Stage, bytes: Result<Vec<u8>, Malformed>, fds: &[BorrowedFd<'_>]) -> Result<(), Failure> {
        let limit = super::MAX_MESSAGE.to_string();
        let bytes = bytes.map_err(|_| Failure::new(stage, Code::TooLong, &[&limit]))?;
        self.send(&bytes, fds).map_err(|cause| Failure::system(stage, "send to", "the zone", cause))
    }

    fn take<T>(
        &self,
        stage: Stage,
        who: &str,
        decode: fn(&[u8]) -> Result<T, Malformed>,
    ) -> Result<Option<(T, Vec<OwnedFd>)>, Failure> {
        let Some(Received { bytes, fds }) =
            self.receive().map_err(|cause| Failure::system(stage, "hear from", who, cause))?
        else {
            return Ok(None);
        };
        decode(&bytes).map(|message| Some((message, fds))).map_err(|malformed| malformed.said_by(stage, who))
    }
}

impl Malformed {
    /// What it means that a peer said this: it is of another version, which has a remedy, or none of ours.
    pub fn said_by(self, stage: Stage, who: &str) -> Failure {
        match self {
            Self::Version(theirs) => {
                Failure::new(stage, Code::Version, &[&theirs.to_string(), &super::VERSION.to_string()])
            }
            _ => Failure::new(stage, Code::Protocol, &[who]),
        }
    }
}

impl From<OwnedFd> for Connection {
    fn from(fd: OwnedFd) -> Self {
        Self(fd)
    }
}

impl From<Connection> for OwnedFd {
    fn from(connection: Connection) -> Self {
        connection.0
    }
}

impl AsFd for Connection {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// Waits until there is something to take, so that the `recvmsg` after it is not interrupted by a signal.
fn poll_readable(fd: &OwnedFd) -> nix::Result<i32> {
    poll(&mut [PollFd::new(fd.as_fd(), PollFlags::POLLIN)], PollTimeout::NONE)
}

fn retry<T>(mut call: impl FnMut() -> nix::Result<T>) -> nix::Result<T> {
    loop {
        match call() {
            Err(Errno::EINTR) => {}
            other => return other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open_files() -> usize {
        std::fs::read_dir("/proc/self/fd").unwrap().count()
    }

    #[test]
    fn a_flood_of_descriptors_is_refused_and_closed() {
        let (here, there) = Connection::pair().unwrap();
        let null = std::fs::File::open("/dev/null").unwrap();
        let before = open_files();
        for count in [super::super::MAX_FDS + 1, 40, SCM_MAX_FD] {
            here.send(b"x", &vec![null.as_fd(); count]).unwrap();
            assert_eq!(there.receive().unwrap_err(), Errno::EMSGSIZE, "{count}");
            assert_eq!(open_files(), before, "{count}");
        }
        here.send(b"x", &[null.as_fd(); super::super::MAX_FDS]).unwrap();
        assert_eq!(there.receive().unwrap().unwrap().fds.len(), super::super::MAX_FDS, "the twin");
    }
}
