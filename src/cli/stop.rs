//! `sepctl stop`: the programs of a zone are asked to end, then the zone ends.

use std::time::Duration;

use serde_json::json;

use super::words::{Locale, Words, plain};
use super::{Shown, columns, json, sepctl};
use crate::client::census::Resident;
use crate::policy::Host;
use crate::wire::Failure;
use crate::{broker, client};

/// What was typed behind `sepctl stop`.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Its name
    zone: String,
    /// Seconds that the programs have for it
    #[arg(long, value_name = "SECONDS", default_value_t = 10)]
    within: u16,
    /// Answer as JSON
    #[arg(long)]
    json: bool,
}

/// Stops a zone; one that does not run is stopped already.
///
/// # Errors
/// A zone that there can not be; what [`client::stop::stop`] says.
pub fn run(options: &Options, host: &Host) -> Result<Shown, Failure> {
    let running = broker::all_running(&host.xdg.runtime)?.into_iter().find(|zone| zone.name == options.zone);
    let Some(running) = running else {
        sepctl::planned(&options.zone, host)?;
        return Ok(shown(options, false, &[]));
    };
    let left = client::stop::stop(&running.connection, Duration::from_secs(options.within.into()))?;
    Ok(shown(options, true, &left))
}

fn shown(options: &Options, stopped: bool, left: &[Resident]) -> Shown {
    if options.json {
        let each = left.iter().map(|program| json!({ "pid": program.pid.as_raw(), "name": program.name }));
        let unheeding: Vec<_> = each.collect();
        return json::answer(&json!({ "zone": options.zone, "stopped": stopped, "unheeding": unheeding }));
    }
    if left.is_empty() {
        return Shown::default();
    }
    let names = left.iter().map(|program| format!("{} ({})", plain(&program.name), program.pid));
    let (seconds, names) = (options.within.to_string(), names.collect::<Vec<_>>().join(", "));
    let words = Words::new(Locale::from_env());
    let said = words.text("stop-unheeding", &[("seconds", &seconds), ("programs", &names)]);
    Shown::answer(columns::wrapped(&said, columns::width(), 2))
}
