//! The zone's display: a socket in its own /run, whose listener is handed outward to the proxy that shows its windows.
//!
//! Programs find it under its usual name. Whoever serves it stands outside; nothing of the PC's display comes in.

use std::os::fd::{AsFd, AsRawFd, OwnedFd};

use nix::errno::Errno;
use nix::sys::socket::{AddressFamily, Backlog, SockFlag, SockType, UnixAddr, bind, connect, listen, socket};

use crate::policy::Plan;
use crate::wire::{Connection, Failure, FromInit, Stage};

/// Programs that may wait to be accepted by the proxy.
const BACKLOG: i32 = 64;

/// Answers a desktop: the listener, or that another one serves it.
pub fn hand_out(desktop: &Connection, plan: &Plan) -> Result<(), Failure> {
    let path = format!("/run/user/{}/wayland-0", plan.person.uid);
    match open(&path).map_err(Failure::because(Stage::Run, "make", &path))? {
        Some(listener) => desktop.answer(Stage::Run, &FromInit::Display, &[listener.as_fd()]),
        None => desktop.answer(Stage::Run, &FromInit::Running, &[]),
    }
}

/// Binding is what decides between two that come at once. A socket that nobody listens to any more is replaced.
fn open(path: &str) -> nix::Result<Option<OwnedFd>> {
    let address = UnixAddr::new(path)?;
    let fresh = || socket(AddressFamily::Unix, SockType::Stream, SockFlag::SOCK_CLOEXEC, None);
    let listener = fresh()?;
    match bind(listener.as_raw_fd(), &address) {
        Ok(()) => {}
        Err(Errno::EADDRINUSE) if connect(fresh()?.as_raw_fd(), &address).is_ok() => return Ok(None),
        Err(Errno::EADDRINUSE) => {
            nix::unistd::unlink(path)?;
            bind(listener.as_raw_fd(), &address)?;
        }
        Err(cause) => return Err(cause),
    }
    listen(&listener, Backlog::new(BACKLOG)?)?;
    Ok(Some(listener))
}
