//! `sepctl reset`: a zone begins anew. What is lost is said first, and only a yes loses it.

use std::ffi::OsString;

use serde_json::json;

use super::figures::size;
use super::words::{Locale, Words, plain};
use super::{Shown, ask, columns, json, sepctl};
use crate::audit::{Event, Kind};
use crate::broker::audit;
use crate::broker::home::{Entry, Measure, stopped};
use crate::policy::{Host, Plan};
use crate::wire::{Code, Failure, Stage};

/// Entries of the home that are named; the rest is one line.
const NAMED: usize = 8;

/// What was typed behind `sepctl reset`.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Its name
    zone: String,
    /// Do not ask
    #[arg(long)]
    yes: bool,
    /// Keep this entry of the home; may be given several times
    #[arg(long, value_name = "NAME")]
    keep: Vec<OsString>,
    /// Answer as JSON; needs --yes
    #[arg(long)]
    json: bool,
}

/// What a reset loses and what it keeps.
struct Loss {
    lost: Vec<Entry>,
    kept: Vec<Entry>,
    total: Measure,
}

/// Resets a zone that does not run.
///
/// # Errors
/// [`Code::StillRunning`], [`Code::Unconfirmed`], [`Code::NotInHome`]; what could not be removed.
pub fn run(options: &Options, host: &Host) -> Result<Shown, Failure> {
    let (_, plan) = sepctl::planned(&options.zone, host)?;
    // nobody waits for an answer with the lock in hand
    let loss = loss(stopped(&plan)?.entries()?, options, &plan)?;
    let words = Words::new(Locale::from_env());
    if !options.yes {
        ask::must(options.json)?;
        Shown::answer(told(&loss, &plan, &words)).write();
        if !ask::ask(&words.text("reset-ask", &[("zone", &plan.zone)]), &words) {
            return Ok(Shown::answer(words.text("reset-nothing", &[]) + "\n"));
        }
    }
    let zone = stopped(&plan)?;
    record(&plan, &loss)?;
    // each once, however often it was named
    let keep: Vec<OsString> = loss.kept.iter().map(|entry| entry.name.clone()).collect();
    zone.reset(&keep)?;
    let done = json!({ "zone": plan.zone, "bytes": loss.total.bytes, "entries": loss.total.entries });
    Ok(if options.json { json::answer(&done) } else { Shown::answer(summary("reset-done", &loss, &plan, &words)) })
}

/// Divides the entries of the home; what is to be kept must be there, since a wrong name would be a loss.
fn loss(entries: Vec<Entry>, options: &Options, plan: &Plan) -> Result<Loss, Failure> {
    let missing = |name: &&OsString| !entries.iter().any(|entry| entry.name == **name);
    if let Some(name) = options.keep.iter().find(missing) {
        return Err(Failure::new(Stage::Parse, Code::NotInHome, &[&plan.zone, &name.to_string_lossy()]));
    }
    let (kept, lost): (Vec<Entry>, Vec<Entry>) =
        entries.into_iter().partition(|entry| options.keep.contains(&entry.name));
    let total = lost.iter().fold(Measure::default(), |sum, entry| sum.and(entry.measure));
    Ok(Loss { lost, kept, total })
}

/// What is lost, entry by entry, the largest first.
fn told(loss: &Loss, plan: &Plan, words: &Words) -> String {
    let width = columns::width();
    let line =
        |name: &str, measure: Measure| columns::wrapped(&format!("  {:>10}  {name}", size(measure.bytes)), width, 4);
    let mut out = columns::wrapped(&summary("reset-loses", loss, plan, words), width, 2);
    for Entry { name, measure } in loss.lost.iter().take(NAMED) {
        out += &line(&plain(&name.to_string_lossy()), *measure);
    }
    let rest = loss.lost.iter().skip(NAMED);
    let sum = rest.clone().fold(Measure::default(), |sum, entry| sum.and(entry.measure));
    if rest.len() > 0 {
        out += &line(&words.text("reset-rest", &[("count", &rest.len().to_string())]), sum);
    }
    if !loss.kept.is_empty() {
        let names: Vec<String> = loss.kept.iter().map(|entry| entry.name.to_string_lossy().into_owned()).collect();
        out += &columns::wrapped(&words.text("reset-keeps", &[("names", &names.join(", "))]), width, 2);
    }
    out
}

fn summary(key: &str, loss: &Loss, plan: &Plan, words: &Words) -> String {
    let (bytes, count) = (size(loss.total.bytes), loss.total.entries.to_string());
    let closed = if loss.total.closed > 0 { loss.total.closed.to_string() } else { String::new() };
    let args = [("zone", plan.zone.as_str()), ("size", &bytes), ("count", &count), ("closed", &closed)];
    words.text(key, &args) + "\n"
}

/// What can not be recorded does not happen.
fn record(plan: &Plan, loss: &Loss) -> Result<(), Failure> {
    let (size, count) = (Some(loss.total.bytes), Some(loss.total.entries));
    let event = Event { size, count, profile: Some(plan.profile.clone()), ..Event::new(Kind::Reset, &plan.zone) };
    audit::record(Stage::Ask, &plan.store.audit, &event)
}
