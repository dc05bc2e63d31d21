//! One program into a zone of the organisation's: the broker of the system is asked, and hands this connection on to the
//! zone's init.
//!
//! Nothing of the user's passes through the broker but words. What stands in the program's stdio is sent behind them, and
//! is taken by init alone, where the plan lets it.

use std::os::fd::AsFd;
use std::path::Path;

use nix::sys::socket::getsockopt;
use nix::sys::socket::sockopt::PeerCredentials;

use super::attach::{Ended, attach};
use super::launch::{self, Words};
use super::stdio;
use crate::policy::site::{SITE, SOCKET};
use crate::wire::{Ask, Code, Connection, Failure, Launch, MAX_MESSAGE, Stage, Stdio, ToInit};

/// Whether this PC is its organisation's. It is so also while the broker does not answer: then nothing is launched.
pub fn is_here() -> bool {
    [SITE, SOCKET].into_iter().any(|path| Path::new(path).symlink_metadata().is_ok())
}

/// Runs a program in the zone of a profile to its end. `display` is the name of the user's compositor's socket, or empty; `warned` hears what the zone lacks of optional layers.
///
/// # Errors
/// [`Code::NoBroker`]; what the broker refuses; as for [`attach`].
pub fn run(words: Words, profile: &str, display: String, warned: &mut dyn FnMut(Failure)) -> Result<Ended, Failure> {
    let mut stdio = stdio::prepare()?;
    stdio.may_be_left_out = true;
    let launch =
        Launch { argv: words.argv, env: words.env, stdio: stdio.stdio, window: stdio.window, plan: Vec::new() };
    let ask = Ask { profile: profile.to_owned(), display, launch };
    let message = ask.encode().map_err(|_| Failure::new(Stage::Ask, Code::TooLong, &[&MAX_MESSAGE.to_string()]))?;
    let broker = knock()?;
    launch::send(&broker, &message, &[])?;
    if stdio.stdio.contains(&Stdio::Passed) {
        let fds: Vec<_> = stdio.fds.iter().map(AsFd::as_fd).collect();
        // a broker that has said no is heard below
        let _ = broker.tell(Stage::Ask, &ToInit::Stdio, &fds);
    }
    attach(broker, &mut stdio, profile, None, warned)
}

/// Connects to the broker, which is root's.
fn knock() -> Result<Connection, Failure> {
    let broker = Connection::to(Path::new(SOCKET)).map_err(silent)?;
    match getsockopt(&broker, PeerCredentials).map_err(silent)?.uid() {
        0 => Ok(broker),
        _ => Err(Failure::new(Stage::Ask, Code::Foreign, &[SOCKET, "owner"])),
    }
}

fn silent(cause: nix::Error) -> Failure {
    Failure { errno: cause as i32, ..Failure::new(Stage::Ask, Code::NoBroker, &[SOCKET]) }
}
