//! One program's connection: its own upstream connection, its own protocol state, and bounds on what it may hold.
//!
//! A program that does not read, or a compositor that does not, must not make this process buffer: as long as a
//! socket can not be written to, nothing is read that would add to its queue, so each queue stays below one turn's
//! input (8 KiB) and what that turns into.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::rc::Rc;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use wl_proxy::baseline::Baseline;
use wl_proxy::client::{Client, ClientHandler};
use wl_proxy::state::State;

use super::descriptors::Counter;
use super::registry::{Display, Shared};
use super::session::Session;

/// The most protocol objects of one program; a browser with many windows has some thousands.
const MAX_OBJECTS: usize = 65_536;

/// How many turns pass between two looks at the number of objects: one turn's input can make 700.
const TURNS_BETWEEN_COUNTS: u32 = 64;

/// The most descriptors that stay here for one program between two turns; libwayland sends 28 at once.
const MAX_HELD: i64 = 128;

/// How many descriptors of this process [`Program::wait_for`] names.
pub const WAITS: usize = 3;

/// One connection and what is behind it.
pub struct Program {
    state: Rc<State>,
    client: Rc<Client>,
    shared: Shared,
    /// The program's socket and the compositor's, each with whether it takes no more at the moment.
    near: (Rc<OwnedFd>, bool),
    far: (Rc<OwnedFd>, bool),
    turns: u32,
}

struct Gone(Rc<Session>);

impl ClientHandler for Gone {
    fn disconnected(self: Box<Self>) {
        self.0.end();
    }
}

impl Program {
    /// Joins a program's socket to an upstream connection.
    pub fn new(near: OwnedFd, far: OwnedFd, shared: Shared) -> io::Result<Self> {
        let (near, far) = (Rc::new(near), Rc::new(far));
        let state =
            State::builder(Baseline::V6).with_server_fd(&far).build().map_err(|e| io::Error::other(e.to_string()))?;
        let client = state.add_client(&near).map_err(|e| io::Error::other(e.to_string()))?;
        client.set_handler(Gone(shared.session.clone()));
        client.display().set_handler(Display(shared.clone()));
        shared.clipboard.join(&shared.session);
        Ok(Self { state, client, shared, near: (near, false), far: (far, false), turns: 0 })
    }

    /// What to wait for: messages on either side, and the end of either. The library's own descriptor does not
    /// report an end while reading is stopped, nor a side that is closed by half.
    pub fn wait_for(&self) -> [PollFd<'_>; WAITS] {
        let or_writable = |stuck: bool| if stuck { PollFlags::POLLOUT } else { PollFlags::empty() };
        let half_closed = PollFlags::from_bits_retain(libc::POLLRDHUP);
        [
            PollFd::new(self.state.poll_fd().as_fd(), PollFlags::POLLIN),
            PollFd::new(self.near.0.as_fd(), half_closed | or_writable(self.near.1)),
            PollFd::new(self.far.0.as_fd(), half_closed | or_writable(self.far.1)),
        ]
    }

    /// One turn after a wait: passes messages on. False when the connection is to be dropped.
    pub fn turn(&mut self, answers: &[PollFlags], counter: &Counter) -> bool {
        let ended = PollFlags::from_bits_retain(libc::POLLRDHUP) | PollFlags::POLLHUP | PollFlags::POLLERR;
        if answers.iter().skip(1).any(|flags| flags.intersects(ended)) {
            return false;
        }
        let woken = answers.iter().any(|flags| !flags.is_empty());
        let before = counter.count();
        let going = !woken || (self.relieve() && self.state.dispatch_available().is_ok());
        let going = going && self.flush();
        let held = &self.shared.session.held;
        held.set(held.get() + counter.count() - before);
        going && held.get() <= MAX_HELD && !(woken && self.too_many_objects())
    }

    /// Writes what waits, the error of a connection that is to be ended included; false when it is at its end.
    pub fn flush(&mut self) -> bool {
        self.state.before_poll().is_ok() && !self.shared.session.ended() && self.relieve()
    }

    /// Stops reading where that would fill a queue that does not empty, and begins again when it does.
    fn relieve(&mut self) -> bool {
        let sockets = [&self.near.0, &self.far.0];
        let mut polled = sockets.map(|socket| PollFd::new(socket.as_fd(), PollFlags::POLLOUT));
        if poll(&mut polled, PollTimeout::ZERO).is_err() {
            return false;
        }
        let [near, far] = polled.map(|fd| !fd.any().unwrap_or(true));
        if (near, far) != (self.near.1, self.far.1) {
            self.state.set_suspended(near);
            self.client.set_suspended(near || far);
            (self.near.1, self.far.1) = (near, far);
        }
        true
    }

    fn too_many_objects(&mut self) -> bool {
        self.turns = self.turns.wrapping_add(1);
        if !self.turns.is_multiple_of(TURNS_BETWEEN_COUNTS) {
            return false;
        }
        let mut objects = Vec::new();
        self.client.objects(&mut objects);
        objects.len() > MAX_OBJECTS
    }
}

impl Drop for Program {
    /// Handlers and objects hold each other; the state takes them apart.
    fn drop(&mut self) {
        self.shared.clipboard.leave(&self.shared.session);
        self.state.destroy();
    }
}
