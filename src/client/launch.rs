//! One program into one zone: the launch is said on the connection that the broker gives, then the client attaches.

use std::ffi::OsString;
use std::os::fd::{AsFd, BorrowedFd};

use nix::errno::Errno;

use super::attach::{self, Ended, Signals};
use super::stdio::{self, Prepared};
use crate::policy::Plan;
use crate::wire::{Code, Connection, Failure, FromInit, Launch, MAX_MESSAGE, Stage, ToInit};

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
    /// The program ran, and ended like this.
    Ended(Ended),
    /// The zone ended before it took the launch: nothing was started, and it may be asked again.
    TooLate,
}

/// A launch that is ready to be said.
#[derive(Debug)]
pub struct Ready {
    message: Vec<u8>,
    stdio: Prepared,
    label: String,
    signals: Option<Signals>,
}

/// Judges stdio and makes the message, before any zone is asked for.
///
/// # Errors
/// A descriptor that does not enter a zone, words that are too long for a message.
pub fn prepare(words: &Words, plan: &Plan) -> Result<Ready, Failure> {
    let stdio = stdio::prepare()?;
    let launch = Launch {
        argv: words.argv.clone(),
        env: words.env.clone(),
        stdio: stdio.stdio,
        window: stdio.window,
        plan: plan.digest(),
    };
    let long = |_| Failure::new(Stage::Ask, Code::TooLong, &[&MAX_MESSAGE.to_string()]);
    let message = ToInit::Launch(launch).encode().map_err(long)?;
    Ok(Ready { message, stdio, label: plan.zone.clone(), signals: None })
}

impl Ready {
    /// Says it. The zone may still be in the making: it is heard when that stands.
    ///
    /// # Errors
    /// [`before_start`] tells whether the zone is only gone.
    pub fn say(&mut self, zone: &Connection) -> Result<(), Failure> {
        self.signals = None;
        self.stdio.start()?;
        self.signals = Some(Signals::take()?);
        let fds: Vec<_> = self.stdio.fds.iter().map(AsFd::as_fd).collect();
        send(zone, &self.message, &fds)
    }

    /// Waits until there is something to hear. A signal that comes meanwhile does what it always does; one that comes
    /// later is for the program, which may have been started by then. `idle` is called a few times a second until then.
    /// Where something can be heard already, signals that are held stay so.
    ///
    /// # Errors
    /// A failed system call.
    pub fn wait(&mut self, zone: &Connection, idle: &mut dyn FnMut()) -> Result<(), Failure> {
        if self.signals.is_none() || !attach::speaks_within(zone, 0) {
            self.signals = None;
            self.signals = Some(attach::answered(zone, idle)?);
        }
        Ok(())
    }

    /// Lets signals do what they always do: nothing was said yet that could start the program.
    pub fn let_signals_go(&mut self) {
        self.signals = None;
    }

    /// Stays with the program until its end. `warned` hears what the zone lacks of optional seals.
    ///
    /// # Errors
    /// What the zone reports when it started nothing, a zone that ends before its program.
    pub fn attach(&mut self, zone: Connection, warned: &mut dyn FnMut(Failure)) -> Result<Outcome, Failure> {
        match attach::attach(zone, &mut self.stdio, &self.label, self.signals.take(), warned) {
            Ok(ended) => Ok(Outcome::Ended(ended)),
            Err(failure) if before_start(&failure) => Ok(Outcome::TooLate),
            Err(failure) => Err(failure),
        }
    }
}

/// Sends a launch. A peer that has closed may have said why before, as a busy zone does, which listens to nobody.
pub(super) fn send(zone: &Connection, message: &[u8], fds: &[BorrowedFd<'_>]) -> Result<(), Failure> {
    let Err(cause) = zone.send(message, fds) else { return Ok(()) };
    if cause == Errno::EPIPE
        && let Ok(Some((FromInit::Failed(failure), _))) = zone.reply(Stage::Ask)
    {
        return Err(attach::shown(failure));
    }
    Err(Failure::system(Stage::Ask, "send to", "the zone", cause))
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
    use nix::sys::socket::{AddressFamily, Backlog, SockFlag, SockType, UnixAddr, bind, connect, listen, socket};
    use std::os::fd::AsRawFd;

    #[test]
    fn a_zone_that_says_no_and_closes_is_heard() {
        let (here, there) = Connection::pair().unwrap();
        let busy = Failure::new(Stage::Run, Code::Busy, &["512"]);
        there.answer(Stage::Run, &FromInit::Failed(busy.clone()), &[]).unwrap();
        drop(there);
        assert_eq!(send(&here, b"launch", &[]), Err(busy));
        let (here, there) = Connection::pair().unwrap();
        drop(there);
        assert!(before_start(&send(&here, b"launch", &[]).unwrap_err()), "the twin: it said nothing");
    }

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
