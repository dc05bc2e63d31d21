//! The loop of the proxy: takes programs in, gives each its turn, and ends with the zone.

use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::rc::Rc;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::socket::{SockFlag, accept4};

use super::clipboard::Clipboard;
use super::descriptors::Counter;
use super::dialer::Dialer;
use super::options::Proxy;
use super::program::{Program, WAITS};
use super::registry::Shared;
use super::session::Session;
use crate::wire::{Failure, Stage};

/// The most programs at once; a further one waits in the listener's queue.
const MAX_PROGRAMS: usize = 64;

/// How long the loop waits, in milliseconds, when it could not take a program in.
const PAUSE: u16 = 200;

struct Zone<'a> {
    proxy: &'a Proxy,
    dialer: Dialer,
    counter: Counter,
    name: Rc<str>,
    clipboard: Rc<Clipboard>,
    programs: Vec<Program>,
    paused: bool,
}

/// Serves until the control connection ends. An error only when waiting itself fails.
pub fn serve(proxy: &Proxy, dialer: Dialer, counter: Counter) -> Result<(), Failure> {
    let name = Rc::from(proxy.zone.as_str());
    let mut zone = Zone { proxy, dialer, counter, name, clipboard: Rc::default(), programs: Vec::new(), paused: false };
    loop {
        let answers = zone.wait().map_err(|e| Failure::system(Stage::Run, "wait for", "programs", e))?;
        let ([control, listener], programs) = answers;
        if !control.is_empty() && zone.ended() {
            return Ok(());
        }
        zone.turns(&programs);
        if !listener.is_empty() {
            zone.paused = !zone.admit();
        }
    }
}

impl Zone<'_> {
    /// Waits for the control connection, the listener and all programs, in this order.
    fn wait(&mut self) -> nix::Result<([PollFlags; 2], Vec<PollFlags>)> {
        let full = self.paused || self.programs.len() >= MAX_PROGRAMS;
        let listening = if full { PollFlags::empty() } else { PollFlags::POLLIN };
        let mut fds = vec![
            PollFd::new(self.proxy.control.as_fd(), PollFlags::POLLIN),
            PollFd::new(self.proxy.listener.as_fd(), listening),
        ];
        fds.extend(self.programs.iter().flat_map(Program::wait_for));
        let timeout = if self.paused { PollTimeout::from(PAUSE) } else { PollTimeout::NONE };
        match poll(&mut fds, timeout) {
            Ok(0) | Err(Errno::EINTR) => self.paused = false,
            Ok(_) => {}
            Err(errno) => return Err(errno),
        }
        let mut answers = fds.iter().map(answer);
        let first = [answers.next().unwrap_or(PollFlags::empty()), answers.next().unwrap_or(PollFlags::empty())];
        Ok((first, answers.collect()))
    }

    /// True at the end of the control connection. A message on it has no meaning yet and is dropped.
    fn ended(&self) -> bool {
        !matches!(self.proxy.control.receive(), Ok(Some(_)))
    }

    /// Every program its turn, also those with nothing new: another's turn may have left something to write.
    fn turns(&mut self, answers: &[PollFlags]) {
        let counter = &self.counter;
        let mut each = answers.chunks(WAITS);
        self.programs.retain_mut(|program| program.turn(each.next().unwrap_or_default(), counter));
        self.programs.retain_mut(Program::flush);
    }

    /// Takes one program in. False when that failed for want of something that may come back; the program, if it
    /// was accepted, sees its connection end.
    fn admit(&mut self) -> bool {
        let flags = SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK;
        let near = match accept4(self.proxy.listener.as_raw_fd(), flags) {
            Ok(near) => crate::sys::fd::adopt(near),
            Err(Errno::EAGAIN | Errno::ECONNABORTED | Errno::EINTR) => return true,
            Err(_) => return false,
        };
        let Ok(far) = self.dialer.dial() else { return false };
        self.join(near, far);
        true
    }

    fn join(&mut self, near: OwnedFd, far: OwnedFd) {
        let session = Rc::new(Session::default());
        let shared = Shared { zone: self.name.clone(), clipboard: self.clipboard.clone(), session };
        self.programs.extend(Program::new(near, far, shared));
    }
}

/// What poll said. nix does not know POLLRDHUP and then says nothing: that is the one bit we ask for that it lacks.
fn answer(fd: &PollFd<'_>) -> PollFlags {
    fd.revents().unwrap_or(PollFlags::POLLHUP)
}
