//! `sepctl guard`: the firewall of the PC. Root's, and each change is recorded.

use std::net::Ipv4Addr;
use std::path::Path;

use serde_json::{Value, json};

use super::figures::{moment_of, size};
use super::log::span;
use super::words::{Locale, Words};
use super::{Shown, json};
use crate::audit::Event;
use crate::broker::audit::record;
use crate::broker::site;
use crate::guard::{self, Opened, Report, State, Time};
use crate::policy::host::SYSTEM_AUDIT;
use crate::sys::file::read_text;
use crate::wire::{Failure, Stage};

/// The longest that a guard is tried, and that a destination is open.
const DAY: u64 = 86_400;
const WEEK: u64 = 7 * DAY;

/// What was typed behind `sepctl guard`.
#[derive(Debug, clap::Subcommand)]
pub enum Verb {
    /// Tell whether the guard stands as the site's file says
    Status {
        /// Answer as JSON
        #[arg(long)]
        json: bool,
    },
    /// Put the guard up, or another one in place of the one that stands
    Apply {
        /// Close nothing: count and tell what would be closed
        #[arg(long)]
        report_only: bool,
    },
    /// Put the guard up so that it goes back by itself where nobody confirms it in time
    ///
    /// It goes back when the terminal or the connection is lost as well, and where the process that waits for it was killed, when
    /// the PC or sepd starts again.
    Try {
        /// How long it waits to be confirmed: 120s, 5m
        #[arg(long = "for", value_parser = |text: &str| lasting(text, DAY), value_name = "TIME")]
        within: u64,
        /// Close nothing: count and tell what would be closed
        #[arg(long)]
        report_only: bool,
    },
    /// Keep the guard that is being tried
    Confirm,
    /// Open one destination from this PC for a time
    Open {
        /// An IPv4 address, with a port where only that is meant: 192.0.2.7:443
        #[arg(value_parser = place, value_name = "DEST")]
        place: (Ipv4Addr, Option<u16>),
        /// For how long: 30m, 2h
        #[arg(long = "for", value_parser = |text: &str| lasting(text, WEEK), value_name = "TIME")]
        within: u64,
        /// Why, for the log
        #[arg(long)]
        reason: String,
    },
    /// Close a destination before its time
    Close {
        /// The IPv4 address, with the port where it was opened with one
        #[arg(value_parser = place, value_name = "DEST")]
        place: (Ipv4Addr, Option<u16>),
    },
    /// Take the guard away
    Remove {
        /// Why, for the log
        #[arg(long)]
        reason: String,
    },
    /// Put up what is wanted as the PC starts, before its network does
    Boot,
    /// Keep the guard in this process, for a service manager
    Keep {
        /// Let others change the guard's table as well, and put it back: on kernels before 6.9 it is always so
        #[arg(long)]
        shared: bool,
    },
}

/// Does it. Status 1 where the guard does not stand as it should.
///
/// # Errors
/// What the guard says; a change that can not be recorded is not made.
pub fn run(verb: &Verb) -> Result<Shown, Failure> {
    match verb {
        Verb::Status { json } => return guard::status(&site()?).map(|report| told(&report, *json)),
        Verb::Apply { report_only } => {
            let site = site()?;
            write(if *report_only { "report-only" } else { "apply" }, &[])?;
            guard::apply(&site, *report_only, None, noted)
        }
        Verb::Try { within, report_only } => {
            let site = site()?;
            write("try", &["", &format!("{within} s")])?;
            let until = Time::lasting(*within).until;
            guard::apply(&site, *report_only, Some(*within), noted)?;
            return Ok(Shown::answer(tried(until, &Words::new(Locale::from_env())) + "\n"));
        }
        Verb::Confirm => write("confirm", &[]).and_then(|()| guard::confirm(noted)),
        Verb::Open { place: (address, port), within, reason } => {
            let (address, port, reason) = (*address, *port, reason.clone());
            let opened = Opened { address, port, time: Time::lasting(*within), user: user(), reason };
            write("open", &[&opened.reason, &format!("{within} s"), &opened.place()])?;
            guard::open(opened, noted)
        }
        Verb::Close { place: (address, port) } => {
            write("close", &["", "", &guard::place(*address, *port)])?;
            guard::close(*address, *port, noted)
        }
        Verb::Remove { reason } => write("remove", &[reason]).and_then(|()| guard::remove(noted)),
        Verb::Boot => write("boot", &[]).and_then(|()| guard::boot(site(), noted)),
        Verb::Keep { shared } => guard::keep(*shared, noted),
    }?;
    Ok(Shown::default())
}

/// Puts up what is wanted when the broker starts, where nobody does so.
///
/// # Errors
/// What the guard says.
pub fn resume() -> Result<(), Failure> {
    guard::resume(noted)
}

fn write(what: &str, words: &[&str]) -> Result<(), Failure> {
    noted(&Event { user: Some(user()), ..guard::event(what, words) })
}

fn noted(event: &Event) -> Result<(), Failure> {
    record(Stage::Connect, Path::new(SYSTEM_AUDIT), event)
}

/// Who logged in, whoever that has become since: the kernel remembers it, where a login has told it. Else who runs this.
fn user() -> u32 {
    let login = read_text(Path::new("/proc/self/loginuid"), 16).ok().and_then(|text| text.trim().parse().ok());
    login.filter(|user| *user != u32::MAX).unwrap_or_else(|| nix::unistd::getuid().as_raw())
}

/// `30m` in seconds.
fn lasting(text: &str, most: u64) -> Result<u64, String> {
    span(text).filter(|seconds| (1..=most).contains(seconds)).ok_or_else(String::new)
}

/// `192.0.2.7` or `192.0.2.7:443`.
fn place(text: &str) -> Result<(Ipv4Addr, Option<u16>), String> {
    let (address, port) = text.split_once(':').map_or((text, None), |(address, port)| (address, Some(port)));
    let address = address.parse().map_err(|_| String::new())?;
    match port.map(str::parse) {
        None => Ok((address, None)),
        Some(Ok(port)) if port != 0 => Ok((address, Some(port))),
        Some(_) => Err(String::new()),
    }
}

fn told(report: &Report, as_json: bool) -> Shown {
    let status = u8::from(report.state != State::Whole || report.trial.is_some());
    let shown = if as_json { json::answer(&to_json(report)) } else { Shown::answer(text(report)) };
    Shown { status, ..shown }
}

/// The state by its name, and what differs.
fn named(state: &State) -> (&'static str, [&str; 3]) {
    match state {
        State::Whole => ("whole", [""; 3]),
        State::ReportOnly => ("report-only", [""; 3]),
        State::Absent => ("absent", [""; 3]),
        State::Differs(what, asked, found) => ("differs", [what, asked, found]),
    }
}

fn to_json(report: &Report) -> Value {
    let (name, [what, asked, found]) = named(&report.state);
    let open = |one: &Opened| json!({ "to": one.place(), "since": one.time.since, "until": one.time.until, "user": one.user, "reason": one.reason });
    let closed = report
        .closed
        .iter()
        .map(|(chain, packets, bytes)| json!({ "chain": chain, "packets": packets, "bytes": bytes }));
    json!({
        "guard": name,
        "wanted": report.wanted,
        "kept": report.kept,
        "trial_until": report.trial.as_ref().map(|trial| trial.time.until),
        "open": report.open.iter().map(open).collect::<Vec<_>>(),
        "closed": closed.collect::<Vec<_>>(),
        "what": what,
        "asked": asked,
        "found": found,
    })
}

/// Until when it is tried, and what keeps it.
fn tried(until: u64, words: &Words) -> String {
    words.text("guard-trial", &[("until", &clock(until))])
}

/// The wall clock at so many seconds after 1970.
fn clock(seconds: u64) -> String {
    i64::try_from(seconds).ok().and_then(moment_of).unwrap_or_default()
}

fn text(report: &Report) -> String {
    let words = Words::new(Locale::from_env());
    let (name, [what, asked, found]) = named(&report.state);
    let wanted = if report.wanted { "yes" } else { "no" };
    let args = [("state", name), ("wanted", wanted), ("what", what), ("asked", asked), ("found", found)];
    let mut lines = vec![words.text("guard-state", &args)];
    lines.extend(report.trial.iter().map(|trial| tried(trial.time.until, &words)));
    if report.wanted && !report.kept {
        lines.push(words.text("guard-unkept", &[]));
    }
    for one in &report.open {
        let (until, place, user) = (clock(one.time.until), one.place(), one.user.to_string());
        let args = [("until", until.as_str()), ("place", &place), ("user", &user), ("reason", &one.reason)];
        lines.push(words.text("guard-open", &args));
    }
    let report_only = if report.state == State::ReportOnly { "yes" } else { "no" };
    for (chain, packets, bytes) in &report.closed {
        let (packets, size) = (packets.to_string(), size(*bytes));
        let args = [("chain", chain.as_str()), ("report", report_only), ("packets", &packets), ("size", &size)];
        lines.push(words.text("guard-closed", &args));
    }
    lines.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_places_are_what_is_meant_or_nothing() {
        assert_eq!((lasting("120s", DAY), lasting("30m", DAY), lasting("7d", WEEK)), (Ok(120), Ok(1_800), Ok(WEEK)));
        for none in ["", "s", "0s", "5", "-5m", "25h", "5ms", "99999999999999999999d", "１m"] {
            assert!(lasting(none, DAY).is_err(), "{none}");
        }
        let address = Ipv4Addr::new(192, 0, 2, 7);
        assert_eq!((place("192.0.2.7"), place("192.0.2.7:443")), (Ok((address, None)), Ok((address, Some(443)))));
        for none in ["", "example.org", "192.0.2.0/24", "192.0.2.7:", "192.0.2.7:0", "192.0.2.7:65536", "::1"] {
            assert!(place(none).is_err(), "{none}");
        }
    }
}
