//! The process that connects to the compositor: the only one of the two that can, and that is all it can.
//!
//! It shares no state with the proxy but one socket pair. A byte in means "one connection"; out comes a descriptor,
//! or an errno. The path was fixed before the proxy read its first byte, so a proxy that was taken over can ask for
//! connections to the compositor and for nothing else. It must not read, log or decide anything.

use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::sched::CloneFlags;
use nix::sys::socket::{AddressFamily, SockFlag, SockType, UnixAddr, connect, socket};

use super::confine::{self, Role};
use crate::sys::process::{self, Fork};
use crate::wire::{Connection, Failure, Stage};

/// The proxy's end: asks for connections.
#[derive(Debug)]
pub struct Dialer(Connection);

/// Splits the dialer off, for connections to the socket whose inode is given. It ends when the returned end is closed.
pub fn start(upstream: &OwnedFd, turn: Option<&OwnedFd>) -> Result<Dialer, Failure> {
    let (here, there) =
        Connection::pair().map_err(|e| Failure::system(Stage::Isolate, "make socket pair for", "dialer", e))?;
    match process::fork(CloneFlags::empty(), None) {
        Ok(Fork::Parent(..)) => Ok(Dialer(here)),
        Ok(Fork::Child) => process::exit(i32::from(run(upstream, turn, &there).is_err())),
        Err(cause) => Err(Failure::system(Stage::Isolate, "fork", "dialer", cause)),
    }
}

impl Dialer {
    /// A new connection to the compositor. Does not wait for it: a compositor whose queue is full is EAGAIN. An
    /// error also when the dialer is gone.
    pub fn dial(&self) -> io::Result<OwnedFd> {
        self.0.send(&[0], &[])?;
        let answer = self.0.receive()?.ok_or(io::ErrorKind::BrokenPipe)?;
        let errno = answer.bytes.first().copied().unwrap_or(libc::EPROTO as u8);
        answer.fds.into_iter().next().ok_or_else(|| io::Error::from_raw_os_error(i32::from(errno)))
    }
}

/// The life of the dialer. Descriptors of the proxy are closed first: a copy of the control connection here would
/// hide its end from the peer.
fn run(upstream: &OwnedFd, turn: Option<&OwnedFd>, pair: &Connection) -> Result<(), Failure> {
    let lost = |cause: io::Error| Failure::system(Stage::Isolate, "reach", "proxy", cause);
    let mut keep = vec![0, 1, 2, pair.as_fd().as_raw_fd(), upstream.as_raw_fd()];
    keep.extend(turn.map(AsRawFd::as_raw_fd));
    crate::sys::fd::close_all_but(&keep).map_err(lost)?;
    // connect(2) takes an inode by this path only
    let path = PathBuf::from(format!("/proc/self/fd/{}", upstream.as_raw_fd()));
    confine::seal(Role::Dialer(upstream))?;
    while pair.receive().map_err(|e| lost(e.into()))?.is_some() {
        let sent = match reach(&path) {
            Ok(connection) => pair.send(&[0], &[connection.as_fd()]),
            Err(errno) => pair.send(&[errno as i32 as u8], &[]),
        };
        sent.map_err(|e| lost(e.into()))?;
    }
    Ok(())
}

fn reach(upstream: &Path) -> nix::Result<OwnedFd> {
    let flags = SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK;
    let connection = socket(AddressFamily::Unix, SockType::Stream, flags, None)?;
    match connect(connection.as_raw_fd(), &UnixAddr::new(upstream)?) {
        Ok(()) => Ok(connection),
        Err(Errno::EINTR) => Err(Errno::EAGAIN),
        Err(errno) => Err(errno),
    }
}
