//! The clerk: a child of init that tells the relay which program a connection belongs to.
//!
//! init itself neither reads what the relay says nor looks at what programs fill; it starts the clerk when there is a
//! question, and the clerk ends when there was none for a while. It is under every seal, and closed to programs as
//! init is, but they can stop and end it, like anything of their zone that is not init.

use std::os::fd::{AsFd, AsRawFd, BorrowedFd};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::unistd::Pid;

use super::diag::Diag;
use super::owner;
use crate::sys;
use crate::wire::{Connection, FromInit, Question, Stage, ToInit};

/// Milliseconds without a question after which it ends.
const IDLE: u16 = 3_000;
/// Questions that share one search.
const BATCH: usize = 256;

/// The clerk of a running zone, and init's end of the pair with the relay.
#[derive(Debug)]
pub struct Clerk<'a> {
    lifeline: &'a Connection,
    diag: Option<Diag>,
    process: Option<Pid>,
    refused: bool,
}

impl<'a> Clerk<'a> {
    /// None is running yet.
    pub fn new(lifeline: &'a Connection, diag: Option<Diag>) -> Self {
        Self { lifeline, diag, process: None, refused: false }
    }

    /// The pair with the relay, and what to watch it for: a question while no clerk runs, its end always.
    pub fn watch(&self) -> (BorrowedFd<'_>, PollFlags) {
        let wanted = self.process.is_none() && !self.refused;
        (self.lifeline.as_fd(), if wanted { PollFlags::POLLIN } else { PollFlags::empty() })
    }

    /// The clerk's process, while it runs.
    pub fn process(&self) -> Option<Pid> {
        self.process
    }

    /// Starts it for the question that waits. Where that fails it is tried again when a process of the zone has ended.
    pub fn start(&mut self) {
        match sys::process::split() {
            Ok(None) => work(self.lifeline, self.diag.as_ref()),
            Ok(Some(pid)) => self.process = Some(pid),
            Err(_) => self.refused = true,
        }
    }

    /// A clerk that ended is started again by the next question.
    pub fn ended(&mut self, process: Option<Pid>) {
        self.refused = false;
        if process.is_some() && process == self.process {
            self.process = None;
        }
    }
}

/// The clerk's whole life.
fn work(lifeline: &Connection, diag: Option<&Diag>) -> ! {
    let mut keep = vec![0, 1, 2, lifeline.as_fd().as_raw_fd()];
    keep.extend(diag.map(|diag| diag.as_fd().as_raw_fd()));
    let alone = sys::fd::close_all_but(&keep);
    if alone.and_then(|()| sys::process::retitle(c"sep-run: clerk")).is_ok() {
        let diag = diag.filter(|diag| diag.works());
        while let Some(questions) = batch(lifeline) {
            for (question, program) in questions.iter().zip(owner::programs(&questions, diag)) {
                // what the relay does not take it has given up
                let answer = FromInit::Owner(question.number, program).encode();
                let _ = answer.map(|bytes| lifeline.offer(&bytes));
            }
        }
    }
    sys::process::exit(0)
}

/// The questions that wait. Nothing when none came for a while, or what came is none.
fn batch(lifeline: &Connection) -> Option<Vec<Question>> {
    let mut questions = Vec::new();
    let mut patience = PollTimeout::from(IDLE);
    while questions.len() < BATCH && poll(&mut [PollFd::new(lifeline.as_fd(), PollFlags::POLLIN)], patience) == Ok(1) {
        let Ok(Some((ToInit::Whose(question), _))) = lifeline.order(Stage::Run) else { return None };
        questions.push(question);
        patience = PollTimeout::ZERO;
    }
    (!questions.is_empty()).then_some(questions)
}
