//! The zone's resolver: answers on the gate's address by asking the servers of the PC's own resolv.conf.
//!
//! Queries over UDP come as packets of the card and are answered so; queries over TCP come by the redirect. Both
//! are decided here. The PC's own resolver configuration is read and never changed.

pub mod message;
mod servers;
mod tcp;
mod udp;

use std::net::SocketAddr;
use std::time::Duration;

use crate::wire::Transport;

pub use servers::{PATH, Servers};
pub use tcp::Dialogues;
pub use udp::Asks;

use super::desk::Desk;
use super::judge::Rule;
use super::names::Names;
use super::owners::{Ends, Held};
use super::record::Subject;
use message::{Code, Question};

/// The resolver's port.
pub const PORT: u16 = 53;
/// After this long without an answer the program is told that there is none.
const PATIENCE: Duration = Duration::from_millis(900);
/// After this long the next server is asked as well.
const NEXT: Duration = Duration::from_millis(300);

/// The relay's own answer to a question, if it is not asked upstream. [`Code::NoName`] is a refusal, to be recorded.
fn decide(desk: &Desk, question: &Question) -> Option<Code> {
    own_answer(&desk.names, desk.card.has_v6(), question)
}

/// The same as a pure decision: a name that is not answered is none, and addresses that the zone could not use are
/// not looked for.
pub fn own_answer(names: &Names, v6: bool, question: &Question) -> Option<Code> {
    if !names.are_answered(&question.name) {
        return Some(Code::NoName);
    }
    (question.kind == message::AAAA && !v6).then_some(Code::Empty)
}

/// Records that a name was refused; `held` is the answer that says so.
fn refuse(desk: &mut Desk, question: &Question, transport: Transport, local: SocketAddr, held: Option<Held>) {
    let ends = Some(Ends { transport, local, remote: None });
    let subject = Subject { protocol: "dns", name: Some(question.name.clone()), ends, ..Subject::default() };
    desk.refuse(&subject, Rule::Name, held);
}

/// Remembers the addresses in an answer that goes to the zone.
fn learn(desk: &mut Desk, answer: &[u8], question: &Question) {
    for (address, ttl) in message::addresses(answer) {
        desk.memory.learn(address, &question.name, ttl, desk.now);
    }
}

/// A number that nobody outside can guess.
fn random_id() -> Option<u16> {
    let mut bytes = [0; 2];
    crate::sys::random::fill(&mut bytes).ok()?;
    Some(u16::from_ne_bytes(bytes))
}
