//! One program into one zone: the launch is sent on the connection that the broker gave, then the client attaches.

use std::ffi::OsString;
use std::os::fd::AsFd;

use super::{attach, stdio};
use crate::policy::Plan;
use crate::wire::{Code, Connection, Failure, Launch, Stage, ToInit};

/// What the caller wants to run.
#[derive(Debug, Clone)]
pub struct Words {
    /// The program and its arguments.
    pub argv: Vec<OsString>,
    /// The few variables of the caller that travel, as `K=V`.
    pub env: Vec<OsString>,
}

/// How a launch went.
#[derive(Debug)]
pub enum Outcome {
    /// The program ran; its exit status, or 128 and the number of the signal that ended it.
    Ended(u8),
    /// The zone ended before it took the launch: nothing was started, and it may be asked again.
    TooLate,
}

/// Starts the program in the zone of `plan` and stays with it until its end.
///
/// # Errors
/// A descriptor that does not enter a zone, what the zone reports when it started nothing, a zone that ends before
/// its program.
pub fn launch(zone: Connection, plan: &Plan, words: &Words) -> Result<Outcome, Failure> {
    let prepared = stdio::prepare()?;
    let launch = Launch {
        argv: words.argv.clone(),
        env: words.env.clone(),
        stdio: prepared.stdio,
        window: prepared.window,
        plan: plan.digest(),
    };
    let fds: Vec<_> = prepared.fds.iter().map(AsFd::as_fd).collect();
    let sent = zone.tell(Stage::Ask, &ToInit::Launch(launch), &fds);
    match sent.and_then(|()| attach::attach(zone, prepared, &plan.zone)) {
        Ok(status) => Ok(Outcome::Ended(status)),
        Err(failure) if before_start(&failure) => Ok(Outcome::TooLate),
        Err(failure) => Err(failure),
    }
}

/// The zone's socket can be connected to for a moment after its init has ended: who waits in its queue then is reset.
/// True for a failure that only says so.
pub fn before_start(failure: &Failure) -> bool {
    let gone = [libc::EPIPE, libc::ECONNRESET].contains(&failure.errno);
    failure.stage == Stage::Ask && (failure.code == Code::ZoneEnded || gone)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::FromInit;
    use nix::sys::socket::{AddressFamily, Backlog, SockFlag, SockType, UnixAddr, bind, connect, listen, socket};
    use std::os::fd::AsRawFd;

    #[test]
    fn a_zone_that_ends_with_clients_in_its_queue_is_asked_again() {
        let path = std::env::temp_dir().join(format!("sep-run-launch-{}", std::process::id()));
        let make = || socket(AddressFamily::Unix, SockType::SeqPacket, SockFlag::SOCK_CLOEXEC, None).unwrap();
        let (init, client, address) = (make(), make(), UnixAddr::new(&path).unwrap());
        bind(init.as_raw_fd(), &address).unwrap();
        listen(&init, Backlog::new(4).unwrap()).unwrap();
        connect(client.as_raw_fd(), &address).unwrap();
        let client = Connection::from(client);
        drop(init);
        let sent = client.tell(Stage::Ask, &ToInit::Display, &[]).unwrap_err();
        assert!(before_start(&sent), "{sent:?}");
        let (here, there) = Connection::pair().unwrap();
        there.answer(Stage::Run, &FromInit::Accepted, &[]).unwrap();
        assert!(here.tell(Stage::Ask, &ToInit::Display, &[]).is_ok(), "the twin");
        std::fs::remove_file(path).unwrap();
    }
}
