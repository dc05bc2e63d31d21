//! `sepctl snapshot`: copies of a zone's home, made, listed, put in place and removed while the zone does not run.

use std::time::SystemTime;

use clap::Subcommand;
use serde_json::json;

use super::figures::{moment, size};
use super::words::{Locale, Words};
use super::{Shown, ask, columns, json, sepctl};
use crate::audit::{Event, Kind, utc};
use crate::broker::audit;
use crate::broker::home::{Copied, Snapshot, stopped};
use crate::policy::{Host, Name, Plan};
use crate::wire::{Code, Failure, Stage};

/// What to do with snapshots.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Copy the home of a zone
    Create {
        /// Name of the zone
        zone: String,
        /// Name of the snapshot; without it the time
        name: Option<String>,
        /// Answer as JSON
        #[arg(long)]
        json: bool,
    },
    /// List the snapshots of a zone, the newest last
    List {
        /// Name of the zone
        zone: String,
        /// Answer as JSON
        #[arg(long)]
        json: bool,
    },
    /// Put the copy in place of the home, which is lost
    Restore {
        /// Name of the zone
        zone: String,
        /// Name of the snapshot
        name: String,
        /// Do not ask
        #[arg(long)]
        yes: bool,
        /// Answer as JSON; needs --yes
        #[arg(long)]
        json: bool,
    },
    /// Remove a snapshot
    Remove {
        /// Name of the zone
        zone: String,
        /// Name of the snapshot
        name: String,
        /// Answer as JSON
        #[arg(long)]
        json: bool,
    },
}

/// Does it.
///
/// # Errors
/// [`Code::StillRunning`], [`Code::NoSnapshot`], [`Code::SnapshotExists`], [`Code::Unconfirmed`]; what could not be copied.
pub fn run(verb: &Verb, host: &Host) -> Result<Shown, Failure> {
    let (Verb::Create { zone, .. } | Verb::List { zone, .. } | Verb::Restore { zone, .. } | Verb::Remove { zone, .. }) =
        verb;
    let (_, plan) = sepctl::planned(zone, host)?;
    match verb {
        Verb::Create { name, json, .. } => create(&plan, name.as_deref(), *json),
        Verb::List { json, .. } => list(&plan, *json),
        Verb::Restore { name, yes, json, .. } => restore(&plan, name, *yes, *json),
        Verb::Remove { name, json, .. } => {
            stopped(&plan)?.remove_snapshot(name)?;
            let answer = json!({ "zone": plan.zone, "name": name, "removed": true });
            Ok(if *json { json::answer(&answer) } else { Shown::default() })
        }
    }
}

fn create(plan: &Plan, name: Option<&str>, json: bool) -> Result<Shown, Failure> {
    let typed = name.map_or_else(now, str::to_owned);
    let name =
        Name::new(&typed).map_err(|_| Failure::new(Stage::Parse, Code::BadSwitch, &["NAME", &typed, "name", ""]))?;
    let copied = stopped(plan)?.snapshot(&name)?;
    Ok(done("snapshot-created", plan, name.as_str(), copied, json))
}

fn restore(plan: &Plan, name: &str, yes: bool, json: bool) -> Result<Shown, Failure> {
    // what is not there is said before anything is asked
    stopped(plan)?.has_snapshot(name)?;
    if !yes {
        ask::must(json)?;
        let words = Words::new(Locale::from_env());
        if !ask::ask(&words.text("snapshot-ask", &[("zone", &plan.zone), ("name", name)]), &words) {
            return Ok(Shown::answer(words.text("reset-nothing", &[]) + "\n"));
        }
    }
    let zone = stopped(plan)?;
    record(plan, name)?;
    let copied = zone.restore(name)?;
    Ok(done("snapshot-restored", plan, name, copied, json))
}

/// What can not be recorded does not happen.
fn record(plan: &Plan, name: &str) -> Result<(), Failure> {
    let (path, profile) = (Some(name.to_owned()), Some(plan.profile.clone()));
    let event = Event { path, profile, ..Event::new(Kind::Restored, &plan.zone) };
    audit::record(Stage::Ask, &plan.store.audit, &event)
}

fn done(key: &str, plan: &Plan, name: &str, copied: Copied, json: bool) -> Shown {
    let Copied { shared, copied, left_out } = copied;
    if json {
        let how = json!({ "shared": shared, "copied": copied, "left_out": left_out });
        return json::answer(&json!({ "zone": plan.zone, "name": name, "files": how }));
    }
    let words = Words::new(Locale::from_env());
    let some = |count: u64| if count > 0 { count.to_string() } else { String::new() };
    let (shared, copied, left) = (some(shared), copied.to_string(), some(left_out));
    let args =
        [("zone", plan.zone.as_str()), ("name", name), ("shared", &shared), ("copied", &copied), ("left", &left)];
    Shown::answer(columns::wrapped(&words.text(key, &args), columns::width(), 2))
}

fn list(plan: &Plan, json: bool) -> Result<Shown, Failure> {
    let all = Snapshot::all(plan)?;
    if json {
        let value = |s: &Snapshot| json!({ "name": s.name, "made": s.made.map(utc), "bytes": s.measure.bytes, "entries": s.measure.entries });
        let snapshots: Vec<_> = all.iter().map(value).collect();
        return Ok(json::answer(&json!({ "zone": plan.zone, "snapshots": snapshots })));
    }
    let width = columns::width();
    let line = |s: &Snapshot| {
        let made = s.made.and_then(moment);
        let line = format!("{:<20} {}  {:>9}", s.name, made.unwrap_or_default(), size(s.measure.bytes));
        columns::wrapped(&line, width, 2)
    };
    Ok(Shown::answer(all.iter().map(line).collect()))
}

/// The wall clock as a name.
fn now() -> String {
    moment(SystemTime::now()).unwrap_or_default().replace(' ', "-").replace(':', "")
}
