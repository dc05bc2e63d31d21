//! Windows of a zone on the user's Wayland compositor, through a proxy that the zone can not go round.
//!
//! `sep-desktop` runs as the user, outside the zone, one for each zone. It holds the listener that init made in the
//! zone's `/run`, and gives each program that connects an upstream connection of its own. Between the two it lets
//! through only the globals of [`globals`], puts the zone's name on every window ([`label`]) and keeps a clipboard
//! that belongs to the zone alone ([`clipboard`]).
//!
//! Two processes, because Landlock (up to ABI 8) can not tell one path-named socket from another, and the session
//! bus is one: the [`dialer`] connects to the compositor and reads nothing but one byte; the proxy, which reads
//! what hostile programs send, has no system call left that makes or connects a socket or opens a file
//! ([`confine`]). A fault in it is worth no more than the compositor connections that it already has.
//!
//! Programs of one zone are one trust domain (they can signal each other), so they share the proxy's process; a
//! protocol error ends the connection of one, and memory, descriptors and connections are bounded for all.
//!
//! What this module does not do yet: the coloured frame (so full screen and cursor size are not limited), X11,
//! sound, drag and drop (refused, also within one program), and the gate that moves text between the zone's
//! clipboard and the desktop's. It must not open a file, an internet socket or the session bus while it serves;
//! [`notify`] is a program run of its own and serves nothing.

mod clipboard;
mod confine;
mod context;
mod descriptors;
mod dialer;
pub mod entry;
mod globals;
pub mod label;
mod notify;
mod options;
mod program;
mod registry;
mod scope;
mod seat;
mod serve;
mod session;
mod windows;

/// One program's connection and the allow list, for `tests/fuzz` and `tests/decoders.rs`, which are other crates. Not
/// an interface: nothing of the product names it, and it holds no code.
#[doc(hidden)]
pub mod fuzzing {
    pub use super::descriptors::Counter;
    pub use super::globals::granted;
    pub use super::program::{Program, WAITS};
    pub use super::registry::Shared;
    pub use super::session::Session;
    pub use wl_proxy::protocols::ObjectInterface;
}

use std::process::ExitCode;

use crate::wire::{Failure, FromInit};
use options::{Options, Proxy};

/// The program `sep-desktop`: parses its arguments and serves until the zone ends, shows one notification, or
/// asks for one scope.
/// Exit status 0 when the zone ended or the notification is shown, 125 when it could not begin or go on. It has no
/// words for a user: why it failed goes to the control connection, as `FromInit::Failed`.
pub fn main() -> ExitCode {
    let done = options::parse(std::env::args_os().skip(1)).and_then(|options| match options {
        Options::Notify { summary, body } => notify::send(&summary, &body),
        Options::Scope(scope) => scope::start(scope),
        Options::Proxy(proxy) => run(&proxy).inspect_err(|failure| tell(&proxy, FromInit::Failed(failure.clone()))),
    });
    done.map_or_else(|failure| ExitCode::from(failure.exit_status()), |()| ExitCode::SUCCESS)
}

/// The stages of the proxy: detach, agree with the compositor, split off the dialer, seal, serve. Once it is sealed
/// it says `FromInit::Ready`.
fn run(proxy: &Proxy) -> Result<(), Failure> {
    confine::detach(proxy)?;
    let upstream = context::enter(&proxy.upstream, &proxy.zone)?;
    let dialer = dialer::start(&upstream.socket, proxy.turn.as_ref())?;
    let descriptors = descriptors::Counter::open();
    confine::seal(confine::Role::Proxy)?;
    tell(proxy, FromInit::Ready);
    serve::serve(proxy, dialer, descriptors)
}

/// Who is not there to hear it has ended, and then so does this process.
fn tell(proxy: &Proxy, what: FromInit) {
    if let Ok(message) = what.encode() {
        let _ = proxy.control.send(&message, &[]);
    }
}
