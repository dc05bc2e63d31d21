//! The command line of `sepctl` and its verbs.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Parser, Subcommand};

use super::words::{Locale, Words};
use super::{Shown, doctor, explain, meant, shown, switches};
use crate::policy::{Host, Merged, Name, Places, Plan, Switches, check_file, load, resolve};
use crate::wire::{Code, Failure};
use crate::{broker, client};

#[derive(Parser)]
#[command(name = "sepctl", version, about = "Look at profiles and at what this PC can do", subcommand_required = true)]
struct Typed {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Tell in plain words what a profile may do, and which line says so
    Explain {
        /// Name of the profile
        profile: String,
        #[command(flatten)]
        switches: switches::Typed,
    },
    /// Try whether this PC can run a zone, and tell what mends it
    Doctor {
        /// Name of the profile that has to run
        #[arg(default_value = "internet")]
        profile: String,
        /// Answer as JSON
        #[arg(long)]
        json: bool,
    },
    /// End a running zone, with all its programs, at once
    End {
        /// Its name
        zone: String,
    },
    /// Work on profile files
    Profile {
        #[command(subcommand)]
        verb: ProfileVerb,
    },
}

#[derive(Subcommand)]
enum ProfileVerb {
    /// Check a profile file
    Check {
        /// The file; its name without `.json` is the profile's
        file: PathBuf,
    },
}

/// The whole of `sepctl`, the program's name first. Exit status 0; 1 when `doctor` finds that the profile can not
/// run; 125 for an error.
pub fn sepctl(args: impl IntoIterator<Item = OsString>) -> Shown {
    let args: Vec<OsString> = args.into_iter().collect();
    match Typed::try_parse_from(&args) {
        Ok(typed) => run(typed.verb)
            .unwrap_or_else(|failure| Shown::failure("sepctl", &meant::completed(failure, "sepctl", &args))),
        Err(error) => shown("sepctl", &error, &args),
    }
}

fn run(verb: Verb) -> Result<Shown, Failure> {
    match verb {
        Verb::Explain { profile, switches } => {
            let host = Host::gather();
            let (merged, switches) = (zone(&profile, &host)?, switches.meant()?);
            let typed = switches != Switches::default();
            let merged = if typed { merged.switched(&switches, &host)? } else { merged };
            let plan = resolve(&merged, &host)?;
            Ok(Shown::answer(explain(&plan, &merged, Locale::from_env())))
        }
        Verb::Doctor { profile, json } => {
            let (_, plan) = planned(&profile, &Host::gather())?;
            let report = doctor::examine(&plan);
            let words = Words::new(Locale::from_env());
            let out = if json { report.to_json(&words) } else { report.to_table(&words) };
            Ok(Shown { out, status: u8::from(!report.is_ready()), ..Shown::default() })
        }
        Verb::End { zone } => {
            let (_, plan) = planned(&zone, &Host::gather())?;
            broker::running(&plan)?.as_ref().map_or(Ok(()), client::end::end)?;
            Ok(Shown::default())
        }
        Verb::Profile { verb: ProfileVerb::Check { file } } => {
            check_file(&file)?;
            let words = Words::new(Locale::from_env());
            Ok(Shown::answer(words.text("doctor-checked", &[("file", &file.to_string_lossy())]) + "\n"))
        }
    }
}

fn planned(name: &str, host: &Host) -> Result<(Merged, Plan), Failure> {
    let merged = zone(name, host)?;
    let plan = resolve(&merged, host)?;
    Ok((merged, plan))
}

/// The profile of a zone by the zone's name: the profile's own, or `internet-bank` for the zone `bank` of `internet`.
fn zone(name: &str, host: &Host) -> Result<Merged, Failure> {
    let places = Places::personal(&host.xdg.config);
    let failure = match load(name, &places) {
        Err(failure) if failure.code == Code::NoProfile => failure,
        other => return other,
    };
    for (at, _) in name.rmatch_indices('-') {
        let (profile, own) = (name.get(..at).unwrap_or_default(), name.get(at + 1..).unwrap_or_default());
        if let (Ok(merged), Ok(own)) = (load(profile, &places), Name::new(own)) {
            return merged.switched(&Switches::of_zone(&own), host);
        }
    }
    Err(failure)
}
