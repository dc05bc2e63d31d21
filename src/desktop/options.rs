//! The arguments of `sep-desktop`. The broker writes them, not a person: anything unexpected is an error.

use std::ffi::{OsStr, OsString};
use std::os::fd::{OwnedFd, RawFd};
use std::path::PathBuf;

use super::scope::Scope;
use crate::wire::{Code, Connection, Failure, Stage};

/// What to do.
#[derive(Debug)]
pub enum Options {
    /// `--notify SUMMARY BODY`: show one desktop notification.
    Notify {
        /// The heading.
        summary: String,
        /// The text below it.
        body: String,
    },
    /// `--scope UNIT PID MEMORY TASKS WEIGHT`: ask the user's systemd for a scope around a process.
    Scope(Scope),
    /// `--zone NAME --listener FD --upstream PATH --control FD [--turn FD]`: serve a zone's windows.
    Proxy(Proxy),
}

/// What the proxy is started with.
#[derive(Debug)]
pub struct Proxy {
    /// Name of the zone: letters, digits and `-`.
    pub zone: String,
    /// The listening stream socket that programs of the zone connect to.
    pub listener: OwnedFd,
    /// The compositor's socket.
    pub upstream: PathBuf,
    /// Its end of file means that the zone ended.
    pub control: Connection,
    /// Held open, so that nobody else is started for this zone meanwhile.
    pub turn: Option<OwnedFd>,
}

/// Reads the arguments after the program's name. Takes ownership of the descriptors that they number.
pub fn parse(args: impl Iterator<Item = OsString>) -> Result<Options, Failure> {
    let args: Vec<OsString> = args.collect();
    match args.as_slice() {
        [verb, summary, body] if verb == "--notify" => Ok(Options::Notify { summary: text(summary), body: text(body) }),
        [verb, unit, numbers @ ..] if verb == "--scope" => scope(text(unit), numbers).map(Options::Scope),
        _ => proxy(&args).map(Options::Proxy),
    }
}

fn scope(unit: String, numbers: &[OsString]) -> Result<Scope, Failure> {
    let numbers: Option<Vec<u64>> = numbers.iter().map(|n| n.to_str()?.parse().ok()).collect();
    match numbers.as_deref() {
        Some([process, memory, tasks, weight]) => {
            let process = u32::try_from(*process).map_err(|_| usage("--scope UNIT PID"))?;
            Ok(Scope { unit, process, memory: *memory, tasks: *tasks, weight: *weight })
        }
        _ => Err(usage("--scope UNIT PID MEMORY TASKS WEIGHT")),
    }
}

fn proxy(args: &[OsString]) -> Result<Proxy, Failure> {
    let (pairs, rest) = args.as_chunks::<2>();
    let found = |name: &str| pairs.iter().find(|[switch, _]| switch == name).map(|[_, value]| value.as_os_str());
    if !rest.is_empty() || pairs.len() != 4 + usize::from(found("--turn").is_some()) {
        return Err(usage("--zone NAME --listener FD --upstream PATH --control FD [--turn FD]"));
    }
    let value = |name: &str| found(name).ok_or_else(|| usage(name));
    let zone = text(value("--zone")?);
    let fine = |c: char| c.is_ascii_alphanumeric() || c == '-';
    if zone.is_empty() || zone.len() > 32 || !zone.chars().all(fine) {
        return Err(usage("--zone"));
    }
    let upstream = PathBuf::from(value("--upstream")?);
    let (listener, control) = (number(value("--listener")?)?, number(value("--control")?)?);
    let turn = found("--turn").map(number).transpose()?;
    if listener == control || turn.is_some_and(|turn| [listener, control].contains(&turn)) || !upstream.is_absolute() {
        return Err(usage("--listener --upstream --control --turn"));
    }
    let inherited = |fd: RawFd| crate::sys::fd::inherit(fd).map_err(|e| bad(fd, e));
    Ok(Proxy {
        zone,
        listener: inherited(listener)?,
        upstream,
        control: Connection::from(inherited(control)?),
        turn: turn.map(inherited).transpose()?,
    })
}

/// A descriptor's number; 0 to 2 are the standard ones, which this process closes.
fn number(value: &OsStr) -> Result<RawFd, Failure> {
    let number = value.to_str().and_then(|v| v.parse().ok()).filter(|fd| *fd > 2);
    number.ok_or_else(|| usage("a descriptor is a number from 3"))
}

fn text(value: &OsStr) -> String {
    value.to_string_lossy().into_owned()
}

fn usage(what: &str) -> Failure {
    Failure::new(Stage::Parse, Code::Usage, &[what])
}

fn bad(fd: RawFd, cause: std::io::Error) -> Failure {
    Failure::system(Stage::Parse, "take descriptor", fd, cause)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(words: &[&str]) -> Result<Options, Failure> {
        parse(words.iter().map(OsString::from))
    }

    #[test]
    fn what_is_not_complete_is_refused_before_a_descriptor_is_touched() {
        let whole = ["--zone", "internet", "--listener", "900", "--upstream", "/run/w", "--control", "901"];
        for cut in 0..whole.len() {
            assert_eq!(parsed(&whole[..cut]).unwrap_err().code, Code::Usage, "{cut}");
        }
        for (at, wrong) in [(1, "a b"), (1, ""), (3, "2"), (3, "x"), (5, "w"), (7, "900"), (0, "--zones")] {
            let mut changed = whole;
            changed[at] = wrong;
            assert_eq!(parsed(&changed).unwrap_err().code, Code::Usage, "{wrong}");
        }
        // the control: all right but that nobody has opened the descriptor
        assert_eq!(parsed(&whole).unwrap_err().errno, libc::EBADF);
    }

    #[test]
    fn a_notification_has_two_words() {
        assert!(matches!(parsed(&["--notify", "a", "b"]), Ok(Options::Notify { .. })));
        assert!(parsed(&["--notify", "a"]).is_err());
    }
}
