//! `sepctl why`: a sentence for each refusal of the audit log: what, by which rule of which file, and what opens it.
//!
//! The profile is read as it is now; where it has changed since, so has the file that is named. What a zone wrote into
//! the log is hostile, and is shown without a character that drives a terminal.

mod reason;

use std::io::{self, Write};

use serde_json::{Value, json};

use super::explain::{origin, origin_json};
use super::log::{Reader, each, failed, json as harmless, meant, rule, target};
use super::words::{Locale, Words};
use super::{Shown, meant, sepctl};
use crate::audit::{Event, Kind, Record};
use crate::policy::{Host, Switches};
use crate::wire::Failure;
use reason::{Mend, Reason};

/// What was typed behind `sepctl why`.
#[derive(Debug, Default, clap::Args)]
pub struct Options {
    /// Only what was refused to this zone
    zone: Option<String>,
    /// Go on as more is refused
    #[arg(long)]
    follow: bool,
    /// Answer as JSON, an object a line
    #[arg(long)]
    json: bool,
}

/// Equal refusals.
#[derive(Debug, Clone)]
struct Refusal {
    /// The last of them.
    event: Event,
    count: u64,
    first: String,
}

/// Writes the sentences to standard output: the newest last, equal ones counted; with `--follow` then each that comes.
///
/// # Errors
/// A log that can not be read.
pub fn run(options: &Options, host: &Host) -> Result<Shown, Failure> {
    let words = Words::new(Locale::from_env());
    let mut teller = Teller { options, host, words, told: Some(Vec::new()), out: io::stdout().lock() };
    each(&meant(host), options.follow, &mut teller)?;
    Ok(Shown::default())
}

struct Teller<'a> {
    options: &'a Options,
    host: &'a Host,
    words: Words,
    /// What was found in the log so far; nothing once it was told.
    told: Option<Vec<Refusal>>,
    out: io::StdoutLock<'a>,
}

impl Reader for Teller<'_> {
    fn take(&mut self, line: &[u8]) -> io::Result<()> {
        let Ok(Record { event, .. }) = serde_json::from_slice(line) else { return Ok(()) };
        let refused = [Kind::Refused, Kind::LaunchRefused, Kind::Suppressed].contains(&event.event);
        if !refused || self.options.zone.as_ref().is_some_and(|zone| *zone != event.zone) {
            return Ok(());
        }
        let refusal = Refusal { first: event.time.clone(), count: event.count.unwrap_or(1), event };
        match &mut self.told {
            Some(found) => {
                add(found, refusal);
                Ok(())
            }
            None => self.tell(&refusal),
        }
    }

    fn pause(&mut self) -> io::Result<()> {
        for refusal in self.told.take().unwrap_or_default() {
            self.tell(&refusal)?;
        }
        self.out.flush()
    }
}

/// Adds a refusal behind the others, with those that are equal to it. So many different ones are remembered, the newest.
fn add(found: &mut Vec<Refusal>, mut refusal: Refusal) {
    if let Some(at) = found.iter().position(|known| are_equal(&known.event, &refusal.event)) {
        let known = found.remove(at);
        refusal.count = refusal.count.saturating_add(known.count);
        refusal.first = known.first;
    }
    if found.len() >= MOST {
        found.remove(0);
    }
    found.push(refusal);
}

/// More sentences than anybody reads.
const MOST: usize = 1_000;

/// Whether two refusals differ in their time only.
fn are_equal(one: &Event, other: &Event) -> bool {
    let of = |event: &Event| Event { time: String::new(), count: None, seconds: None, ..event.clone() };
    of(one) == of(other)
}

impl Teller<'_> {
    fn tell(&mut self, refusal: &Refusal) -> io::Result<()> {
        let reason = self.reason(&refusal.event);
        let sentence = self.sentence(refusal, reason.as_ref());
        if self.options.json {
            let line = to_json(refusal, reason.as_ref(), &sentence).to_string();
            writeln!(self.out, "{}", harmless(line.as_bytes()))
        } else {
            writeln!(self.out, "{sentence}")
        }
    }

    /// Why a destination was refused. Nothing where there is none, or no profile of that zone any more.
    fn reason(&self, event: &Event) -> Option<Reason> {
        if event.event != Kind::Refused {
            return None;
        }
        let merged = sepctl::zone(&event.zone, Switches::default(), self.host).ok()?;
        Some(reason::of(event, &merged, &self.host.xdg.config))
    }

    fn sentence(&self, refusal: &Refusal, reason: Option<&Reason>) -> String {
        let event = &refusal.event;
        let times = if refusal.count > 1 { refusal.count.to_string() } else { String::new() };
        let (program, zone) = (file_name(&event.program), event.zone.as_str());
        let mut args = vec![("program", program.to_owned()), ("zone", zone.to_owned()), ("times", times)];
        let key = match event.event {
            Kind::Suppressed => "reason-suppressed",
            Kind::LaunchRefused => {
                let (line, hint) = failed(event, &self.words);
                args.extend([("sentence", line), ("hint", hint.unwrap_or_default())]);
                "reason-launch"
            }
            _ => {
                let rule = rule(event.rule.as_deref().unwrap_or_default(), &self.words);
                args.extend([("target", destination(event)), ("rule", rule)]);
                args.push(("origin", reason.map_or_else(String::new, |reason| origin(&self.words, &reason.origin))));
                args.push(("mend", reason.map_or_else(String::new, |reason| self.mend(&reason.mend))));
                "reason-refused"
            }
        };
        let args: Vec<(&str, &str)> = args.iter().map(|(name, value)| (*name, value.as_str())).collect();
        self.words.text(key, &args)
    }

    fn mend(&self, mend: &Mend) -> String {
        let key = match mend {
            Mend::Command(words) => return self.words.text("reason-allow", &[("command", &command(words))]),
            Mend::Nothing => "reason-nothing",
            Mend::You => "reason-you",
            Mend::Administrator => "reason-administrator",
            Mend::Layer => "reason-layer",
            Mend::Launch => "reason-switch",
            Mend::Uplink => "reason-uplink",
            Mend::Room => "reason-room",
        };
        self.words.text(key, &[])
    }
}

/// The command line with the place of the program, as a shell takes it but for that.
fn command(words: &[String]) -> String {
    let rest: Vec<std::ffi::OsString> = words.iter().skip(1).map(Into::into).collect();
    meant::command(words.first().map_or("", String::as_str), &rest) + " …"
}

fn file_name(program: &str) -> &str {
    program.rsplit('/').next().filter(|name| !name.is_empty()).unwrap_or(program)
}

/// Where it wanted to go; that a connection is one over TCP says itself.
fn destination(event: &Event) -> String {
    let target = target(event);
    target.strip_suffix("/tcp").map_or_else(|| target.replace("/tcp)", ")"), str::to_owned)
}

fn to_json(refusal: &Refusal, reason: Option<&Reason>, sentence: &str) -> Value {
    let event = &refusal.event;
    let command = reason.and_then(|reason| match &reason.mend {
        Mend::Command(words) => Some(words),
        _ => None,
    });
    json!({
        "zone": event.zone,
        "event": event.event,
        "program": event.program,
        "destination": event.destination,
        "port": event.port,
        "protocol": event.protocol,
        "name": event.name,
        "rule": event.rule,
        "stage": event.stage,
        "code": event.code,
        "count": refusal.count,
        "first": refusal.first,
        "last": event.time,
        "origin": reason.map(|reason| origin_json(&reason.origin)),
        "allow": command,
        "sentence": sentence,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_that_a_relay_made_up_are_added() {
        let mut found = Vec::new();
        for count in [u64::MAX, 2] {
            let event = Event::new(Kind::Suppressed, "z");
            add(&mut found, Refusal { first: event.time.clone(), count, event });
        }
        assert_eq!(found.iter().map(|refusal| refusal.count).collect::<Vec<_>>(), [u64::MAX]);
    }
}
