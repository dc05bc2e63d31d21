//! The agent: the process in A that asks a DHCP server for the zone's address, keeps it, and gives it back.
//!
//! Start here: [`run`] seals the process and turns the loop. `client` decides what is asked and what an answer is worth
//! (`message`, `lease`), `holder` does in the zone's network what came of it. What can be wrong with a server, or with who
//! stands in for one, ends in this process: it is of an id of its own, root reads nothing that a server has sent, and the
//! only thing that it may do beside talking is to change the addresses and routes of its own zone.
//!
//! It goes by the clock that runs on while the PC sleeps. Its end is the zone's end, and the other way round (the pair with
//! init); the kernel takes the address away at the end of its time whether or not the agent is there.

mod client;
mod confine;
mod datagram;
mod holder;
mod lease;
mod message;

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd, RawFd};
use std::time::Duration;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::timerfd::{ClockId as TimerClock, Expiration, TimerFd, TimerFlags, TimerSetTimeFlags};
use nix::time::{ClockId, clock_gettime};

use crate::audit::{Event, Pen};
use crate::network::netlink::Netlink;
use crate::network::prefix::Prefix;
use crate::policy::plan::{Dhcp, Macvlan, Place};
use crate::sys::{packet, random};
use crate::wire::{Code, Connection, Failure, FromInit, Stage};
use client::{Act, Client, Letter};
use holder::Holder;
use message::Asker;

pub use confine::confine;

/// The pure parts that read what a server sent, for `tests/fuzz` and `tests/decoders.rs`, which are other crates. Not an
/// interface: nothing of the product names it, and it holds no code.
#[doc(hidden)]
pub mod fuzzing {
    pub use super::client::{Act, Client, Former, Letter, Loss};
    pub use super::datagram::{unwrap, wrap};
    pub use super::lease::{Lease, Refused, judge};
    pub use super::message::{Answer, Asked, Asker, LONGEST, Question, Told, answer, question};
}

/// What root hands to an agent beside its place in A.
#[derive(Debug)]
pub struct Given {
    /// What it records with.
    pub pen: Pen,
    /// The zone's resolv.conf.
    pub resolver: File,
    /// Where the address is noted for the next start.
    pub former: File,
    /// The pair with init: its end is the zone's end.
    pub init: Connection,
}

/// What an agent begins with.
#[derive(Debug)]
pub struct Seed {
    /// The name of the zone, for the audit log.
    pub zone: String,
    /// The card.
    pub card: Macvlan,
    /// How a server is asked.
    pub dhcp: Dhcp,
    /// The card's number in its network.
    pub link: u32,
    /// What servers send to it.
    pub socket: OwnedFd,
    /// Addresses and routes there.
    pub netlink: Netlink,
    /// Who waits for the first address: it is told that ([`hear`]), or why there is none.
    pub builder: Connection,
    /// What root has handed in.
    pub given: Given,
}

impl Seed {
    /// Every descriptor that the agent needs.
    pub fn fds(&self) -> Vec<RawFd> {
        let Given { pen, resolver, former, init } = &self.given;
        let sockets = [self.socket.as_fd(), self.netlink.as_fd(), self.builder.as_fd(), init.as_fd()];
        let all = sockets.into_iter().chain([resolver.as_fd(), former.as_fd()]).chain(pen.fds());
        all.map(|fd| fd.as_raw_fd()).collect()
    }
}

/// Keeps the zone's address until the zone ends, then ends this process: status 0, or 1 when the agent could not begin or
/// go on, which is recorded. For a child that has been forked for it, with one thread and in the zone's network.
pub fn run(seed: Seed) -> ! {
    let (zone, pen) = (seed.zone.clone(), seed.given.pen.try_clone());
    let builder = seed.builder.as_fd().try_clone_to_owned().map(Connection::from);
    let ended = serve(seed);
    if let Err(failure) = &ended {
        // who is not there any more knows already
        let _ = builder.map(|builder| builder.answer(failure.stage, &FromInit::Failed(failure.clone()), &[]));
    }
    if let (Err(failure), Ok(pen)) = (&ended, pen) {
        let _ = pen.write(&Event::failed(&zone, failure));
    }
    crate::sys::process::exit(i32::from(ended.is_err()))
}

/// The first place of a zone whose agent is at the other end.
///
/// # Errors
/// What the agent failed at; [`Code::NoLease`] where no server has given an address in time.
pub fn hear(agent: &Connection) -> Result<Place, Failure> {
    let gone = || Failure::system(Stage::Connect, "hear from", "the agent", nix::Error::ECONNRESET);
    let bytes = agent.receive_bytes().ok().flatten().ok_or_else(gone)?;
    match FromInit::decode(&bytes) {
        Ok(FromInit::Failed(failure)) => Err(failure),
        _ => serde_json::from_slice(&bytes).map_err(|_| gone()),
    }
}

fn serve(seed: Seed) -> Result<(), Failure> {
    crate::sys::socket::ignore_sigpipe();
    let timer = TimerFd::new(TimerClock::CLOCK_BOOTTIME, TimerFlags::TFD_CLOEXEC | TimerFlags::TFD_NONBLOCK);
    let timer = timer.map_err(failed("open", "a timer"))?;
    let now = now().map_err(failed("read", "the clock"))?;
    confine()?;
    let Seed { zone, card, dhcp, link, socket, netlink, builder, given } = seed;
    let business = dhcp.business.iter().filter_map(|prefix| Prefix::parse(prefix)).collect();
    let asker = Asker { mac: card.mac, client: dhcp.client.clone(), host: dhcp.host.clone() };
    let holder = Holder::new(zone, link, netlink, given.pen, given.resolver, given.former);
    let client = Client::new(asker, business, holder.former(), now, unguessable);
    let waits = Some((builder, now + Duration::from_secs(dhcp.timeout)));
    Agent { uplink: card.uplink, dhcp, link, socket, timer, init: given.init, client, holder, waits }.go()
}

/// The running agent.
struct Agent {
    uplink: String,
    dhcp: Dhcp,
    link: u32,
    socket: OwnedFd,
    timer: TimerFd,
    init: Connection,
    client: Client,
    holder: Holder,
    /// Who waits for the first address, and until when.
    waits: Option<(Connection, Duration)>,
}

impl Agent {
    fn go(&mut self) -> Result<(), Failure> {
        loop {
            let now = now().map_err(failed("read", "the clock"))?;
            if self.waits.as_ref().is_some_and(|(_, until)| now >= *until) {
                return Err(self.nothing());
            }
            let acts = self.client.tick(now);
            self.perform(acts, now)?;
            let ready = self.wait().map_err(failed("wait for", "events"))?;
            if ready.ended {
                self.client.release().into_iter().for_each(|letter| self.send(&letter));
                self.holder.released();
                return Ok(());
            }
            if ready.answer {
                self.listen(now)?;
            }
        }
    }

    /// Waits until a server says something, something is due, or the zone has ended.
    fn wait(&self) -> io::Result<Ready> {
        let first = self.waits.as_ref().map(|(_, until)| *until);
        let due = first.map_or(self.client.due(), |until| until.min(self.client.due()));
        // a time of zero would stop the timer
        let due = Expiration::OneShot(due.max(Duration::from_nanos(1)).into());
        self.timer.set(due, TimerSetTimeFlags::TFD_TIMER_ABSTIME)?;
        let mut watched = [
            PollFd::new(self.init.as_fd(), PollFlags::empty()),
            PollFd::new(self.socket.as_fd(), PollFlags::POLLIN),
            PollFd::new(self.timer.as_fd(), PollFlags::POLLIN),
        ];
        match poll(&mut watched, PollTimeout::NONE) {
            Ok(_) | Err(nix::Error::EINTR) => {}
            Err(cause) => return Err(cause.into()),
        }
        let [init, socket, _] = watched.map(|fd| fd.revents().unwrap_or(PollFlags::empty()));
        Ok(Ready { ended: !init.is_empty(), answer: !socket.is_empty() })
    }

    /// Reads one packet. What the socket has to complain of (a card that is down) passes by itself.
    fn listen(&mut self, now: Duration) -> Result<(), Failure> {
        let mut bytes = [0; message::LONGEST];
        let Ok((packet, card)) = packet::receive(self.socket.as_fd(), &mut bytes) else { return Ok(()) };
        let Some(answer) = datagram::unwrap(packet).and_then(message::answer) else { return Ok(()) };
        let acts = self.client.hear(&answer, card, now);
        self.perform(acts, now)
    }

    fn perform(&mut self, acts: Vec<Act>, now: Duration) -> Result<(), Failure> {
        for act in acts {
            match act {
                Act::Send(letter) => self.send(&letter),
                Act::Hold(lease, end) => {
                    self.holder.hold(&lease.place, end.saturating_sub(now)).map_err(failed("set", "the address"))?;
                    if let Some((builder, _)) = self.waits.take() {
                        let place = serde_json::to_vec(&lease.place).unwrap_or_default();
                        builder.send(&place, &[]).map_err(failed("answer", "the builder"))?;
                    }
                }
                Act::Lose(loss) => self.holder.lose(loss),
            }
        }
        Ok(())
    }

    /// What can not be sent is sent again when it is time.
    fn send(&self, letter: &Letter) {
        let Some(packet) = datagram::wrap(letter.from, letter.to, &letter.message) else { return };
        let _ = packet::send(self.socket.as_fd(), self.link, letter.card, &packet);
    }

    /// No address in time.
    fn nothing(&self) -> Failure {
        let why = self.client.refused().map_or("silent", |refused| refused.name());
        let args = [&self.uplink, &self.dhcp.nic, &self.dhcp.timeout.to_string(), why];
        Failure::new(Stage::Connect, Code::NoLease, &args)
    }
}

/// What there is to do.
struct Ready {
    ended: bool,
    answer: bool,
}

/// The time since the PC has started, sleep included.
fn now() -> io::Result<Duration> {
    Ok(clock_gettime(ClockId::CLOCK_BOOTTIME)?.into())
}

/// Where the kernel has none to give, which it says at start only, answers can be guessed, and are judged all the same.
fn unguessable() -> u32 {
    random::number().unwrap_or_default() as u32
}

fn failed<E: Into<io::Error>>(verb: &'static str, object: &'static str) -> impl FnOnce(E) -> Failure {
    Failure::because(Stage::Connect, verb, object)
}
