//! The command line of `sepd`, the broker of the system.

use std::ffi::OsString;

use clap::Parser;

use super::{Shown, guard, shown};
use crate::wire::Failure;
use crate::{broker, sandbox};

/// What was typed. Only root types it, or the service manager.
#[derive(Parser)]
#[command(
    name = "sepd",
    version,
    about = "Make zones for users, as the organisation's site file decides",
    long_about = "Make zones for users, as the organisation's site file decides. Started by the service manager for its \
                  socket; with --listen it makes the socket itself."
)]
pub(super) struct Typed {
    /// Make the socket, where no service manager has
    #[arg(long)]
    listen: bool,
}

/// Serves until a signal ends it.
pub fn main(args: impl IntoIterator<Item = OsString>) -> u8 {
    let args: Vec<OsString> = args.into_iter().collect();
    match Typed::try_parse_from(&args) {
        Err(error) => shown("sepd", &error, &args).write(),
        // a guard that is wanted stands before anybody is served
        Ok(Typed { listen }) => match resumed().and_then(|()| broker::serve_system(sandbox::init::run, listen)) {
            Err(failure) => Shown::failure("sepd", &failure).write(),
            Ok(never) => match never {},
        },
    }
}

/// What time has ended of the guard is ended, and it is kept; whoever is not root is told no by the broker.
fn resumed() -> Result<(), Failure> {
    if nix::unistd::geteuid().is_root() { guard::resume() } else { Ok(()) }
}
