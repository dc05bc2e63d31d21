//! One connection: two sockets, and the data between them.
//!
//! It moves bytes and knows when they end; whom it connects was judged before. Data goes through a pipe of the pool
//! without being copied; when all pipes are in use it is copied, and then taken from the sender only after the
//! receiver has it. So a receiver that does not read holds up nobody but its own sender.

use std::net::SocketAddr;
use std::os::fd::{AsRawFd, OwnedFd};
use std::time::Instant;

use nix::errno::Errno;
use nix::fcntl::{SpliceFFlags, splice};
use nix::sys::socket::{MsgFlags, Shutdown, getsockopt, recv, send, setsockopt, shutdown, sockopt};

use super::owners::Owner;
use super::pipes::{Pipe, Pipes};
use super::poller::Ready;

/// What one pass moves at most, so that one fast connection does not hold up the others.
const PASS: usize = 1024 * 1024;
/// What one splice asks for: a pipe of default size holds as much.
const PIECE: usize = 64 * 1024;

/// A connection of the zone and its continuation outside.
#[derive(Debug)]
pub struct Stream {
    /// The socket that the zone's program connected to.
    pub client: OwnedFd,
    /// The socket that leads out.
    pub server: OwnedFd,
    /// Where it leads.
    pub destination: SocketAddr,
    /// The program that made it.
    pub owner: Owner,
    /// When it was accepted.
    pub since: Instant,
    /// Whether it waits for another turn.
    pub queued: bool,
    connecting: bool,
    client_broke: bool,
    up: Way,
    down: Way,
}

/// How far it is after a pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Nothing to do until a socket becomes ready.
    Waiting,
    /// More could be moved at once.
    Busy,
    /// Both directions have ended in order.
    Ended,
    /// One side broke: the other must see a reset.
    Broken,
}

/// One direction.
#[derive(Debug, Default)]
struct Way {
    pipe: Option<Pipe>,
    held: usize,
    bytes: u64,
    readable: bool,
    writable: bool,
    ended: bool,
    closed: bool,
    failed: bool,
}

/// Which end of a direction broke.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    From,
    To,
}

impl Stream {
    /// A connection whose outer side is still connecting.
    pub fn new(client: OwnedFd, server: OwnedFd, destination: SocketAddr, owner: Owner, now: Instant) -> Self {
        let (up, down) = (Way::default(), Way::default());
        Self {
            client,
            server,
            destination,
            owner,
            since: now,
            queued: false,
            connecting: true,
            client_broke: false,
            up,
            down,
        }
    }

    /// Bytes from the zone and to it.
    pub fn bytes(&self) -> (u64, u64) {
        (self.up.bytes, self.down.bytes)
    }

    /// Remembers what the zone's side is ready for.
    pub fn client_is(&mut self, ready: Ready) {
        self.client_broke |= ready.error;
        self.up.readable |= ready.read;
        self.down.writable |= ready.write;
    }

    /// Remembers what the outer side is ready for.
    pub fn server_is(&mut self, ready: Ready) {
        self.down.readable |= ready.read;
        self.up.writable |= ready.write;
    }

    /// Moves what can be moved.
    ///
    /// What the server had sent before it broke still goes to the program; when the program broke there is nobody.
    pub fn advance(&mut self, pipes: &mut Pipes, buffer: &mut [u8]) -> State {
        if self.client_broke {
            return State::Broken;
        }
        if self.connecting {
            if !self.up.writable {
                return State::Waiting;
            }
            if getsockopt(&self.server, sockopt::SocketError).is_ok_and(|e| e == 0) {
                self.connecting = false;
            } else {
                return State::Broken;
            }
        }
        let up = self.up.pump(&self.client, &self.server, pipes, buffer);
        let down = self.down.pump(&self.server, &self.client, pipes, buffer);
        self.up.failed |= up == Err(Side::To);
        match (up, down) {
            (_, Err(_)) | (Err(Side::From), _) => State::Broken,
            _ if self.up.closed && self.down.closed => State::Ended,
            _ if self.up.failed && self.down.closed => State::Broken,
            (Ok(true), _) | (_, Ok(true)) => State::Busy,
            _ => State::Waiting,
        }
    }

    /// Closes both sides. With `reset` each sees that it did not end in order.
    pub fn close(self, pipes: &mut Pipes, reset: bool) {
        for way in [self.up, self.down] {
            way.pipe.into_iter().for_each(|pipe| pipes.discard(pipe));
        }
        if reset {
            reset_on_close(&self.client);
            reset_on_close(&self.server);
        }
    }
}

/// Makes closing the socket send a reset.
pub fn reset_on_close(socket: &OwnedFd) {
    let linger = nix::libc::linger { l_onoff: 1, l_linger: 0 };
    // a socket that the kernel has reset already needs none
    let _ = setsockopt(socket, sockopt::Linger, &linger);
}

impl Way {
    /// Moves data until one side has no more, or room for no more, or a pass is full (then true).
    fn pump(&mut self, from: &OwnedFd, to: &OwnedFd, pipes: &mut Pipes, buffer: &mut [u8]) -> Result<bool, Side> {
        if self.failed {
            return Ok(false);
        }
        let start = self.bytes;
        while self.bytes - start < PASS as u64 {
            if !self.drain(to, pipes)? || self.closed {
                return Ok(false);
            }
            if self.ended {
                self.closed = true;
                match shutdown(to.as_raw_fd(), Shutdown::Write) {
                    Ok(()) | Err(Errno::ENOTCONN) => return Ok(false),
                    Err(_) => return Err(Side::To),
                }
            }
            if !self.readable || !self.writable {
                return Ok(false);
            }
            match pipes.take() {
                Some(pipe) => self.fill(from, pipe, pipes)?,
                None => self.copy(from, to, buffer)?,
            }
        }
        Ok(true)
    }

    /// Empties the pipe into the receiver; false when it has no room.
    fn drain(&mut self, to: &OwnedFd, pipes: &mut Pipes) -> Result<bool, Side> {
        let Some(pipe) = self.pipe.take() else { return Ok(true) };
        while self.held > 0 {
            if !self.writable {
                self.pipe = Some(pipe);
                return Ok(false);
            }
            match splice(&pipe.read, None, to, None, self.held, flags()) {
                Ok(moved) => {
                    self.held = self.held.saturating_sub(moved);
                    self.bytes += moved as u64;
                }
                Err(Errno::EAGAIN) => self.writable = false,
                Err(Errno::EINTR) => {}
                Err(_) => {
                    self.pipe = Some(pipe);
                    return Err(Side::To);
                }
            }
        }
        pipes.give(pipe);
        Ok(true)
    }

    /// Fills an empty pipe from the sender.
    fn fill(&mut self, from: &OwnedFd, pipe: Pipe, pipes: &mut Pipes) -> Result<(), Side> {
        match splice(from, None, &pipe.write, None, PIECE, flags()) {
            Ok(0) => self.ended = true,
            Ok(moved) => {
                self.held = moved;
                self.pipe = Some(pipe);
                return Ok(());
            }
            Err(Errno::EAGAIN) => self.readable = false,
            Err(Errno::EINTR) => {}
            Err(_) => {
                pipes.give(pipe);
                return Err(Side::From);
            }
        }
        pipes.give(pipe);
        Ok(())
    }

    /// The way without a pipe: looks at what is there, sends it, and takes away as much as was sent.
    fn copy(&mut self, from: &OwnedFd, to: &OwnedFd, buffer: &mut [u8]) -> Result<(), Side> {
        let seen = match recv(from.as_raw_fd(), buffer, MsgFlags::MSG_PEEK | MsgFlags::MSG_DONTWAIT) {
            Ok(0) => {
                self.ended = true;
                return Ok(());
            }
            Err(Errno::EAGAIN) => {
                self.readable = false;
                return Ok(());
            }
            other => other.map_err(|_| Side::From)?,
        };
        let data = buffer.get(..seen).unwrap_or_default();
        let sent = match send(to.as_raw_fd(), data, MsgFlags::MSG_NOSIGNAL | MsgFlags::MSG_DONTWAIT) {
            Err(Errno::EAGAIN) => {
                self.writable = false;
                return Ok(());
            }
            other => other.map_err(|_| Side::To)?,
        };
        // TCP throws away what is asked for with MSG_TRUNC, without writing to the buffer
        let taken = buffer.get_mut(..sent).unwrap_or_default();
        recv(from.as_raw_fd(), taken, MsgFlags::MSG_TRUNC | MsgFlags::MSG_DONTWAIT).map_err(|_| Side::From)?;
        self.bytes += sent as u64;
        Ok(())
    }
}

fn flags() -> SpliceFFlags {
    SpliceFFlags::SPLICE_F_NONBLOCK | SpliceFFlags::SPLICE_F_MOVE
}
