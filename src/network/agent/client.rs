//! A DHCP client as a machine without sockets and clock (RFC 2131, 4.4): what it hears and what time it is go in, what is
//! to be done comes out.
//!
//! Whatever is heard, at most one question follows at once, and what is wrong is passed over: no answer ends it.

use std::net::Ipv4Addr;
use std::time::Duration;

use super::lease::{Lease, Refused, judge};
use super::message::{Answer, Asked, Asker, Question, Told, question};
use crate::network::prefix::Prefix;
use crate::sys::packet::EVERYBODY;

/// The longest time between two questions while nothing is held.
const PATIENCE: Duration = Duration::from_secs(64);
/// How often a former address is asked for before any will do.
const RETURNS: u32 = 2;
/// How often what was offered is asked for before something else will do.
const CHOICES: u32 = 3;
/// After the loss of an address the next loss makes the client wait: who gives and takes without end does so slowly.
const CALM: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_secs(10);
const SECOND: Duration = Duration::from_secs(1);

/// Something to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// Send this to a server.
    Send(Letter),
    /// The zone has this address from now on, until so long after the client's time 0.
    Hold(Lease, Duration),
    /// The zone has no address any more.
    Lose(Loss),
}

/// A message on its way to a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// From which address.
    pub from: Ipv4Addr,
    /// To which.
    pub to: Ipv4Addr,
    /// To which card on the wire.
    pub card: [u8; 6],
    /// The message.
    pub message: Vec<u8>,
}

/// Why an address is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loss {
    /// Its time is up, and nobody has answered.
    Expired,
    /// The server has said no.
    Withdrawn,
}

impl Loss {
    /// Its name in the audit log.
    pub fn name(self) -> &'static str {
        match self {
            Self::Expired => "expired",
            Self::Withdrawn => "withdrawn",
        }
    }
}

/// What a zone had before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Former {
    /// Nothing that is known.
    Nothing,
    /// An address that it gave back: the server is asked for it again.
    Released(Ipv4Addr),
    /// An address that it never gave back: it may still be its own (INIT-REBOOT).
    Held(Ipv4Addr),
}

/// The client.
#[derive(Debug)]
pub struct Client {
    asker: Asker,
    business: Vec<Prefix>,
    random: fn() -> u32,
    state: State,
    /// The number of this exchange, when it began, and how often was asked in it.
    number: u32,
    began: Duration,
    tries: u32,
    next: Duration,
    lost: Option<Duration>,
    refused: Option<Refused>,
}

#[derive(Debug)]
enum State {
    /// For any address, best this one.
    Looking(Option<Ipv4Addr>),
    /// For the one that was offered.
    Choosing(Lease),
    /// For the former one.
    Returning(Ipv4Addr),
    Holding(Held),
}

#[derive(Debug)]
struct Held {
    lease: Lease,
    /// The card that the server's answer came from.
    card: [u8; 6],
    since: Duration,
    asking: bool,
}

impl Held {
    /// When it is renewed, when anybody may renew it, when it ends.
    fn times(&self) -> [Duration; 3] {
        self.lease.times.map(|time| self.since + time)
    }
}

impl Client {
    /// A client that is about to ask; `random` gives numbers that nobody guesses.
    pub fn new(asker: Asker, business: Vec<Prefix>, former: Former, now: Duration, random: fn() -> u32) -> Self {
        let state = match former {
            Former::Nothing => State::Looking(None),
            Former::Released(address) => State::Looking(Some(address)),
            Former::Held(address) => State::Returning(address),
        };
        let (began, next, number) = (now, now, random());
        Self { asker, business, random, state, number, began, tries: 0, next, lost: None, refused: None }
    }

    /// When there is something to do if nothing is heard.
    pub fn due(&self) -> Duration {
        self.next
    }

    /// Why the last offer was not taken.
    pub fn refused(&self) -> Option<Refused> {
        self.refused
    }

    /// Does what is due.
    pub fn tick(&mut self, now: Duration) -> Vec<Act> {
        match &self.state {
            _ if now < self.next => vec![],
            State::Choosing(_) if self.tries >= CHOICES => self.enter(State::Looking(None), now, now),
            State::Returning(former) if self.tries >= RETURNS => self.enter(State::Looking(Some(*former)), now, now),
            State::Holding(held) if now >= held.times()[2] => self.lose(Loss::Expired, now),
            State::Holding(held) => {
                let [_, rebind, end] = held.times();
                let limit = if now < rebind { rebind } else { end };
                let first = !held.asking;
                self.renew(first, limit, now)
            }
            _ => {
                let wait = SECOND.saturating_mul(1 << self.tries.min(6)).min(PATIENCE);
                self.next = now + wait + Duration::from_millis(u64::from((self.random)() % 500));
                self.tries += 1;
                vec![self.ask()]
            }
        }
    }

    /// Asks whether the address may be kept, again after half of the time that is left for it (RFC 2131, 4.4.5).
    fn renew(&mut self, first: bool, limit: Duration, now: Duration) -> Vec<Act> {
        if first {
            (self.number, self.began) = ((self.random)(), now);
        }
        if let State::Holding(held) = &mut self.state {
            held.asking = true;
            let least = (held.lease.times[2] / 20).clamp(SECOND, CALM);
            self.next = (now + ((limit.saturating_sub(now)) / 2).max(least)).min(limit.max(now + SECOND / 10));
        }
        vec![self.ask_at(now)]
    }

    fn ask(&self) -> Act {
        self.ask_at(Duration::ZERO)
    }

    /// The question of this state.
    fn ask_at(&self, now: Duration) -> Act {
        let all = (Ipv4Addr::BROADCAST, EVERYBODY);
        let (kind, own, wanted, server, (to, card)) = match &self.state {
            State::Looking(wanted) => (Asked::Discover, Ipv4Addr::UNSPECIFIED, *wanted, None, all),
            State::Choosing(offer) => {
                (Asked::Request, Ipv4Addr::UNSPECIFIED, Some(offer.place.address.0), Some(offer.server), all)
            }
            State::Returning(former) => (Asked::Request, Ipv4Addr::UNSPECIFIED, Some(*former), None, all),
            State::Holding(held) => {
                let to = if now < held.times()[1] { (held.lease.server, held.card) } else { all };
                (Asked::Request, held.lease.place.address.0, None, None, to)
            }
        };
        let asked = Question { kind, number: self.number, own, wanted, server };
        Act::Send(Letter { from: own, to, card, message: question(&self.asker, &asked) })
    }

    /// Takes an answer that a card has sent.
    pub fn hear(&mut self, answer: &Answer, card: [u8; 6], now: Duration) -> Vec<Act> {
        if answer.number != self.number || answer.mac != self.asker.mac {
            return vec![];
        }
        match (&self.state, answer.kind) {
            (State::Looking(_), Told::Offer) => match judge(answer, &self.business) {
                Ok(offer) => self.enter(State::Choosing(offer), now, now),
                Err(why) => self.refuse(why),
            },
            (State::Choosing(offer), Told::Ack) if is_of(offer, answer) => self.hold(answer, card, now),
            (State::Choosing(offer), Told::Nak) if answer.server == Some(offer.server) => {
                self.enter(State::Looking(None), now + SECOND, now)
            }
            (State::Returning(former), Told::Ack) if answer.address == *former => self.hold(answer, card, now),
            (State::Returning(_), Told::Nak) => self.enter(State::Looking(None), now, now),
            (State::Holding(held), Told::Ack) if held.asking && answer.address == held.lease.place.address.0 => {
                self.hold(answer, card, now)
            }
            (State::Holding(held), Told::Nak) if held.asking && held.may_withdraw(answer, now) => {
                self.lose(Loss::Withdrawn, now)
            }
            _ => vec![],
        }
    }

    /// The message by which the address is given back, where there is one.
    pub fn release(&self) -> Option<Letter> {
        let State::Holding(held) = &self.state else { return None };
        let (own, server) = (held.lease.place.address.0, held.lease.server);
        let number = (self.random)();
        let asked = Question { kind: Asked::Release, number, own, wanted: None, server: Some(server) };
        Some(Letter { from: own, to: server, card: held.card, message: question(&self.asker, &asked) })
    }

    fn refuse(&mut self, why: Refused) -> Vec<Act> {
        self.refused = Some(why);
        vec![]
    }

    /// Goes on to ask for something, from a moment on. An exchange has one number, from its first question to the answer.
    fn enter(&mut self, state: State, from: Duration, now: Duration) -> Vec<Act> {
        if !matches!(state, State::Choosing(_)) {
            self.number = (self.random)();
        }
        (self.state, self.tries, self.next, self.began) = (state, 0, from, now);
        self.tick(now)
    }

    fn hold(&mut self, answer: &Answer, card: [u8; 6], now: Duration) -> Vec<Act> {
        let lease = match judge(answer, &self.business) {
            Ok(lease) => lease,
            Err(why) => return self.refuse(why),
        };
        // the server counts from when it answered, which was not before it was asked
        let held = Held { lease: lease.clone(), card, since: self.began, asking: false };
        let [renew, _, end] = held.times();
        if now >= end {
            return vec![];
        }
        (self.state, self.next, self.tries) = (State::Holding(held), renew.max(now + SECOND), 0);
        vec![Act::Hold(lease, end)]
    }

    fn lose(&mut self, loss: Loss, now: Duration) -> Vec<Act> {
        let wanted = match &self.state {
            State::Holding(held) if loss == Loss::Expired => Some(held.lease.place.address.0),
            _ => None,
        };
        let again = self.lost.replace(now).is_some_and(|lost| now.saturating_sub(lost) < CALM);
        let mut acts = vec![Act::Lose(loss)];
        acts.extend(self.enter(State::Looking(wanted), if again { now + PAUSE } else { now }, now));
        acts
    }
}

impl Held {
    /// The server that has given it; when anybody may renew it, anybody.
    fn may_withdraw(&self, answer: &Answer, now: Duration) -> bool {
        answer.server == Some(self.lease.server) || now >= self.times()[1]
    }
}

/// Whether an answer gives what its server had offered.
fn is_of(offer: &Lease, answer: &Answer) -> bool {
    answer.server == Some(offer.server) && answer.address == offer.place.address.0
}

#[cfg(test)]
#[path = "client_tests.rs"]
mod tests;
