//! `sepctl status`: the zones that run, their programs, what crossed and what they use.
//!
//! It asks the kernel and reads what the zones' relays have counted; no zone is asked. Names of programs are hostile.

mod lines;
mod look;
mod watch;

use serde_json::{Value, json};

use super::words::{Locale, Words};
use super::{Shown, columns, json};
use crate::client::census::Resident;
use crate::policy::Host;
use crate::policy::plan::Card;
use crate::wire::{Code, Failure, Stage};

pub(super) use look::{Look, all};

/// What was typed behind `sepctl status`.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Only this zone
    zone: Option<String>,
    /// Answer as JSON
    #[arg(long)]
    json: bool,
    /// Show it on the whole terminal and again each second; q leaves, s stops a zone
    #[arg(long, conflicts_with = "json")]
    watch: bool,
}

/// The zones that run now.
///
/// # Errors
/// A runtime folder that is not the user's own; [`Code::NotRunning`] for a zone that was named and does not run.
pub fn run(options: &Options, host: &Host) -> Result<Shown, Failure> {
    if options.watch {
        return watch::watch(host, options.zone.as_deref(), &Words::new(Locale::from_env())).map(|()| Shown::default());
    }
    let zones = named(all(host)?, options.zone.as_deref())?;
    if options.json {
        return Ok(json::answer(&json!({ "zones": zones.iter().map(value).collect::<Vec<_>>() })));
    }
    let words = Words::new(Locale::from_env());
    let width = columns::width();
    let none = || columns::wrapped(&words.text("status-none", &[]), width, 2);
    let shown: Vec<String> = zones.iter().map(|zone| lines::zone(zone, &words, width)).collect();
    Ok(Shown::answer(if shown.is_empty() { none() } else { shown.join("\n") }))
}

/// The one that is named, or all.
fn named(zones: Vec<Look>, name: Option<&str>) -> Result<Vec<Look>, Failure> {
    let Some(name) = name else { return Ok(zones) };
    let found: Vec<Look> = zones.into_iter().filter(|zone| zone.name == name).collect();
    if found.is_empty() { Err(not_running(name)) } else { Ok(found) }
}

/// The failure of whoever needs a zone that runs.
pub(super) fn not_running(zone: &str) -> Failure {
    Failure::new(Stage::Ask, Code::NotRunning, &[zone])
}

/// A zone for programs that read.
fn value(zone: &Look) -> Value {
    let (plan, traffic) = (&zone.plan, zone.traffic);
    let limits = plan.as_ref().map(|plan| &plan.limits);
    json!({
        "zone": zone.name,
        "profile": plan.as_ref().map(|plan| &plan.profile),
        "mode": "personal",
        "pid": zone.init.as_raw(),
        "seconds": zone.age.as_secs(),
        "card": plan.as_ref().map(|plan| if plan.card == Card::None { "none" } else { "relay" }),
        "uplink": zone.uplink(),
        "addresses": zone.addresses,
        "traffic": traffic.map(|totals| json!({ "up": totals.up, "down": totals.down })),
        "refused": traffic.map(|totals| totals.refused),
        "memory": { "bytes": zone.memory.0, "account": zone.memory.1.name() },
        "limits": limits,
        "programs": zone.programs.iter().map(program).collect::<Vec<_>>(),
    })
}

fn program(program: &Resident) -> Value {
    json!({
        "pid": program.pid.as_raw(),
        "inside": program.inside,
        "parent": program.parent.as_raw(),
        "name": program.name,
        "terminal": program.terminal,
        "seconds": program.age.as_secs(),
    })
}
