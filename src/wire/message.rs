//! What is said to init and what init answers.

use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;

use super::codec::{Malformed, Reader, Writer};
use super::failure::{Failure, Stage};
use super::files::{FileAsk, FileTold};
use super::owner::{LONGEST_PROGRAM, Question};

/// Rows and columns of a terminal, in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WindowSize {
    /// Lines.
    pub rows: u32,
    /// Characters in a line.
    pub columns: u32,
}

/// What stands in one of the three places of a program's stdio.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Stdio {
    /// The zone's own /dev/null.
    Null = 0,
    /// The terminal that the zone makes for this launch.
    Pty = 1,
    /// The next descriptor beside the message: a pipe without a name.
    Passed = 2,
}

/// One program to be started in a zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Launch {
    /// The program and its arguments; never empty.
    pub argv: Vec<OsString>,
    /// `LANG`, `LC_*`, `TZ`, `TERM`, `COLORTERM` of the caller as `K=V`; everything else comes from the plan.
    pub env: Vec<OsString>,
    /// Where standard input, output and error come from.
    pub stdio: [Stdio; 3],
    /// The caller's window, where one of the three is a terminal.
    pub window: WindowSize,
    /// Digest of the plan that the caller means; another one is refused.
    pub plan: Vec<u8>,
}

/// What a client asks the broker of the system for. No descriptor stands beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// Name of the profile.
    pub profile: String,
    /// Name of the user's Wayland socket in the folder of the login; empty where there is none.
    pub display: String,
    /// The program in it; the digest of its plan is empty, since the plan is the broker's.
    pub launch: Launch,
}

/// What init is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ToInit {
    /// Start a program; the passed descriptors of stdio stand beside it.
    Launch(Launch),
    /// The connection beside this message belongs to a client that will send its launch there.
    Handover,
    /// Send this signal to the program of this connection (Linux number).
    Signal(u32),
    /// The broker has done its part: go on. Said twice, when the store is ready and when it has seen init's namespaces.
    Go,
    /// A desktop wants to show the zone's windows: answer with the listener that programs connect to.
    Display,
    /// Whether the caller's terminal is this program's now, as in job control. A program with a terminal is not
    /// started before the first of these: by then the client has given the terminal its modes and its size.
    Foreground(bool),
    /// From the relay: which program does this connection belong to?
    Whose(Question),
    /// Files in or out, in place of a program.
    Files(FileAsk),
    /// The descriptors of a launch stand beside this: in managed mode they do not come with the launch, which the broker
    /// says, but from the client itself.
    Stdio,
}

/// What init answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FromInit {
    /// The zone is built, sealed and verified, and takes a launch on this connection.
    Ready,
    /// The program is about to be executed; the master of its terminal stands beside this if it has one.
    Accepted,
    /// It ended by itself with this status.
    Exited(u32),
    /// A signal ended it (Linux number).
    Signalled(u32),
    /// It was stopped by a signal (job control); the terminal is the caller's until it says otherwise.
    Stopped(u32),
    /// Nothing was started.
    Failed(Failure),
    /// To the broker: the root is built, `/proc/PID/ns` can be read from outside for the last time.
    Furnished,
    /// To the broker: every seal is on and was tried; the kernel's Landlock ABI.
    Sealed(u32),
    /// It is there already: from the broker, that another launch was faster; to a desktop, that there is one.
    Running,
    /// The listener of the zone's display stands beside this.
    Display,
    /// From the broker: microseconds that stages of the launch took.
    Timing(Vec<(Stage, u32)>),
    /// From the broker: a layer is not in force and the profile does not insist on it; the launch goes on.
    Warning(Failure),
    /// From a builder to the broker: init is this process (number on the PC), and the card is plugged, which took these
    /// microseconds. What the relay needs of the card stands beside this.
    Built(u32, u32),
    /// From a builder to the broker: the rules of the zone's network stand, and its namespace is beside this for a card.
    Ruled,
    /// To the relay: the number of its question and the file that the program runs; empty where nobody could say. At
    /// most [`LONGEST_PROGRAM`] bytes.
    Owner(u32, String),
    /// About files that go in or out.
    Files(FileTold),
}

const LAUNCH: u8 = 1;
const HANDOVER: u8 = 2;
const SIGNAL: u8 = 3;
const GO: u8 = 5;
const DISPLAY: u8 = 6;
const FOREGROUND: u8 = 4;
const WHOSE: u8 = 7;
const FILES: u8 = 8;
const STDIO: u8 = 9;
const ASK: u8 = 33;
const READY: u8 = 65;
const ACCEPTED: u8 = 66;
const EXITED: u8 = 67;
const SIGNALLED: u8 = 68;
const STOPPED: u8 = 69;
const FAILED: u8 = 70;
const FURNISHED: u8 = 71;
const SEALED: u8 = 72;
const BUILT: u8 = 73;
const RUNNING: u8 = 74;
const LISTENER: u8 = 75;
const WARNING: u8 = 76;
const TIMING: u8 = 77;
const RULED: u8 = 78;
const OWNER: u8 = 79;
const FILES_TOLD: u8 = 80;

impl ToInit {
    /// The bytes; an error when argv and environment are longer than a message may be.
    pub fn encode(&self) -> Result<Vec<u8>, Malformed> {
        match self {
            Self::Launch(launch) => {
                let mut to = Writer::new(LAUNCH);
                launch.write(&mut to);
                to.finish()
            }
            Self::Handover => Writer::new(HANDOVER).finish(),
            Self::Signal(number) => number_message(SIGNAL, *number),
            Self::Go => Writer::new(GO).finish(),
            Self::Display => Writer::new(DISPLAY).finish(),
            Self::Stdio => Writer::new(STDIO).finish(),
            Self::Foreground(is) => {
                let mut to = Writer::new(FOREGROUND);
                to.u8(u8::from(*is));
                to.finish()
            }
            Self::Whose(question) => {
                let mut to = Writer::new(WHOSE);
                question.write(&mut to);
                to.finish()
            }
            Self::Files(ask) => {
                let mut to = Writer::new(FILES);
                ask.write(&mut to)?;
                to.finish()
            }
        }
    }

    /// Takes a message apart; anything that `encode` does not make is an error.
    pub fn decode(message: &[u8]) -> Result<Self, Malformed> {
        let (kind, mut from) = Reader::new(message)?;
        let decoded = match kind {
            LAUNCH => Self::Launch(Launch::decode(&mut from)?),
            HANDOVER => Self::Handover,
            SIGNAL => Self::Signal(from.u32()?),
            GO => Self::Go,
            DISPLAY => Self::Display,
            STDIO => Self::Stdio,
            FOREGROUND => match from.u8()? {
                0 => Self::Foreground(false),
                1 => Self::Foreground(true),
                _ => return Err(Malformed::Unknown),
            },
            WHOSE => Self::Whose(Question::read(&mut from)?),
            FILES => Self::Files(FileAsk::read(&mut from)?),
            _ => return Err(Malformed::Unknown),
        };
        from.end()?;
        Ok(decoded)
    }
}

impl Ask {
    /// The bytes; an error when they are longer than a message may be.
    pub fn encode(&self) -> Result<Vec<u8>, Malformed> {
        let mut to = Writer::new(ASK);
        to.bytes(self.profile.as_bytes());
        to.bytes(self.display.as_bytes());
        self.launch.write(&mut to);
        to.finish()
    }

    /// Takes a message apart; anything that `encode` does not make is an error.
    pub fn decode(message: &[u8]) -> Result<Self, Malformed> {
        let (kind, mut from) = Reader::new(message)?;
        if kind != ASK {
            return Err(Malformed::Unknown);
        }
        let ask = Self { profile: from.text()?, display: from.text()?, launch: Launch::decode(&mut from)? };
        from.end()?;
        Ok(ask)
    }
}

impl FromInit {
    /// The bytes.
    pub fn encode(&self) -> Result<Vec<u8>, Malformed> {
        match self {
            Self::Ready => Writer::new(READY).finish(),
            Self::Accepted => Writer::new(ACCEPTED).finish(),
            Self::Running => Writer::new(RUNNING).finish(),
            Self::Ruled => Writer::new(RULED).finish(),
            Self::Display => Writer::new(LISTENER).finish(),
            Self::Exited(status) => number_message(EXITED, *status),
            Self::Signalled(number) => number_message(SIGNALLED, *number),
            Self::Stopped(number) => number_message(STOPPED, *number),
            Self::Furnished => Writer::new(FURNISHED).finish(),
            Self::Sealed(abi) => number_message(SEALED, *abi),
            Self::Built(pid, took) => built_message(*pid, *took),
            Self::Timing(stages) => timing_message(stages),
            Self::Owner(number, program) => owner_message(*number, program),
            Self::Failed(failure) => failure_message(FAILED, failure),
            Self::Warning(failure) => failure_message(WARNING, failure),
            Self::Files(told) => {
                let mut to = Writer::new(FILES_TOLD);
                told.write(&mut to)?;
                to.finish()
            }
        }
    }

    /// Takes a message apart. The sender lives in a zone: it is not believed, only decoded.
    pub fn decode(message: &[u8]) -> Result<Self, Malformed> {
        let (kind, mut from) = Reader::new(message)?;
        let decoded = match kind {
            READY => Self::Ready,
            ACCEPTED => Self::Accepted,
            RUNNING => Self::Running,
            RULED => Self::Ruled,
            LISTENER => Self::Display,
            WARNING => Self::Warning(Failure::read(&mut from)?),
            EXITED => Self::Exited(from.u32()?),
            SIGNALLED => Self::Signalled(from.u32()?),
            STOPPED => Self::Stopped(from.u32()?),
            FAILED => Self::Failed(Failure::read(&mut from)?),
            FURNISHED => Self::Furnished,
            SEALED => Self::Sealed(from.u32()?),
            BUILT => Self::Built(from.u32()?, from.u32()?),
            TIMING => Self::Timing(read_timing(&mut from)?),
            OWNER => read_owner(&mut from)?,
            FILES_TOLD => Self::Files(FileTold::read(&mut from)?),
            _ => return Err(Malformed::Unknown),
        };
        from.end()?;
        Ok(decoded)
    }
}

fn owner_message(number: u32, program: &str) -> Result<Vec<u8>, Malformed> {
    let mut to = Writer::new(OWNER);
    to.u32(number).bytes(program.as_bytes());
    if program.len() > LONGEST_PROGRAM { Err(Malformed::TooLong) } else { to.finish() }
}

fn read_owner(from: &mut Reader<'_>) -> Result<FromInit, Malformed> {
    let (number, program) = (from.u32()?, from.text()?);
    if program.len() > LONGEST_PROGRAM { Err(Malformed::TooLong) } else { Ok(FromInit::Owner(number, program)) }
}

fn timing_message(stages: &[(Stage, u32)]) -> Result<Vec<u8>, Malformed> {
    let mut to = Writer::new(TIMING);
    to.u8(stages.len() as u8);
    for (stage, microseconds) in stages {
        to.u8(*stage as u8).u32(*microseconds);
    }
    to.finish()
}

fn read_timing(from: &mut Reader<'_>) -> Result<Vec<(Stage, u32)>, Malformed> {
    let count = from.u8()?;
    (0..count).map(|_| Ok((Stage::from_wire(from.u8()?)?, from.u32()?))).collect()
}

fn failure_message(kind: u8, failure: &Failure) -> Result<Vec<u8>, Malformed> {
    let mut to = Writer::new(kind);
    failure.write(&mut to);
    to.finish()
}

fn built_message(pid: u32, took: u32) -> Result<Vec<u8>, Malformed> {
    let mut to = Writer::new(BUILT);
    to.u32(pid).u32(took);
    to.finish()
}

fn number_message(kind: u8, number: u32) -> Result<Vec<u8>, Malformed> {
    let mut to = Writer::new(kind);
    to.u32(number);
    to.finish()
}

impl Launch {
    fn write(&self, to: &mut Writer) {
        let bytes = |list: &[OsString]| list.iter().map(|v| v.as_bytes().to_vec()).collect::<Vec<_>>();
        to.list(&bytes(&self.argv)).list(&bytes(&self.env));
        for place in self.stdio {
            to.u8(place as u8);
        }
        to.u32(self.window.rows).u32(self.window.columns).bytes(&self.plan);
    }

    fn decode(from: &mut Reader<'_>) -> Result<Self, Malformed> {
        let (argv, env) = (from.list()?, from.list()?);
        let stdio = [Stdio::decode(from.u8()?)?, Stdio::decode(from.u8()?)?, Stdio::decode(from.u8()?)?];
        let window = WindowSize { rows: from.u32()?, columns: from.u32()? };
        let plan = from.bytes()?.to_vec();
        if argv.is_empty() { Err(Malformed::Short) } else { Ok(Self { argv, env, stdio, window, plan }) }
    }
}

impl Stdio {
    fn decode(byte: u8) -> Result<Self, Malformed> {
        match byte {
            0 => Ok(Self::Null),
            1 => Ok(Self::Pty),
            2 => Ok(Self::Passed),
            _ => Err(Malformed::Unknown),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Stage;

    fn launch() -> Launch {
        Launch {
            argv: vec!["sh".into(), "-c".into(), "id".into()],
            env: vec!["LANG=ko_KR.UTF-8".into()],
            stdio: [Stdio::Null, Stdio::Pty, Stdio::Passed],
            window: WindowSize { rows: 24, columns: 80 },
            plan: vec![1, 2, 3],
        }
    }

    #[test]
    fn what_is_encoded_is_decoded() {
        let (there, gone) = (ToInit::Foreground(true), ToInit::Foreground(false));
        for message in [ToInit::Launch(launch()), ToInit::Handover, ToInit::Signal(15), there, gone] {
            assert_eq!(ToInit::decode(&message.encode().unwrap()).unwrap(), message);
        }
        let failure = Failure::system(Stage::Furnish, "mount", "/proc", std::io::Error::from_raw_os_error(1));
        for message in [FromInit::Ready, FromInit::Accepted, FromInit::Exited(3), FromInit::Failed(failure)] {
            assert_eq!(FromInit::decode(&message.encode().unwrap()).unwrap(), message);
        }
    }

    #[test]
    fn every_cut_and_every_wrong_byte_is_an_error_or_another_message() {
        let whole = ToInit::Launch(launch()).encode().unwrap();
        for end in 0..whole.len() {
            assert!(ToInit::decode(&whole[..end]).is_err(), "cut at {end}");
        }
        for at in 0..whole.len() {
            let mut changed = whole.clone();
            changed[at] ^= 0xff;
            let _ = ToInit::decode(&changed);
        }
        let mut longer = whole.clone();
        longer.push(0);
        assert_eq!(ToInit::decode(&longer), Err(Malformed::Trailing));
    }

    #[test]
    fn a_list_can_not_claim_more_than_the_message_holds() {
        let mut to = Writer::new(LAUNCH);
        to.u32(u32::MAX);
        assert_eq!(ToInit::decode(&to.finish().unwrap()), Err(Malformed::TooLong));
    }

    #[test]
    fn too_long_is_refused_by_the_sender() {
        let mut long = launch();
        long.argv.push("x".repeat(crate::wire::MAX_MESSAGE).into());
        assert_eq!(ToInit::Launch(long).encode(), Err(Malformed::TooLong));
    }
}
