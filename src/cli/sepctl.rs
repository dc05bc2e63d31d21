//! The command line of `sepctl` and its verbs.

use std::ffi::OsString;

use clap::{Args, CommandFactory, Parser, Subcommand};
use serde_json::json;

use super::words::{Locale, Words};
use super::{
    Shown, bench, doctor, edit, explain, explain_json, files, guard, json, log, meant, profile, reset, shown, snapshot,
    status, stop, switches, why,
};
use crate::client::files::Order;
use crate::files::How;
use crate::policy::{Host, Merged, Name, Places, Plan, Switches, load, resolve};
use crate::wire::{Code, Failure};
use crate::{broker, client};

#[derive(Parser)]
#[command(
    name = "sepctl",
    version,
    about = "Look at profiles, zones and their files, and at what this PC can do",
    subcommand_required = true
)]
pub(super) struct Typed {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Tell in plain words what a profile may do, and which line says so
    Explain {
        /// Name of the profile
        profile: String,
        /// Answer as JSON
        #[arg(long)]
        json: bool,
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
    /// Ask the programs of a zone to end, then end it
    ///
    /// Each program gets SIGTERM, one with a terminal SIGHUP as well. Who has not ended in time is named.
    Stop(stop::Options),
    /// End a running zone, with all its programs, at once
    End {
        /// Its name
        zone: String,
        /// Answer as JSON
        #[arg(long)]
        json: bool,
    },
    /// List files of a zone
    Ls {
        /// Its name
        zone: String,
        /// Paths in the zone's home; the home itself where none is named
        paths: Vec<OsString>,
        /// Answer as JSON
        #[arg(long)]
        json: bool,
    },
    /// Carry files out of a zone
    Get(Carry),
    /// Carry files into a zone
    Put(Carry),
    /// Show the zones that run: programs, network, traffic, refusals, memory
    Status(status::Options),
    /// Delete the home of a zone that does not run: it begins anew
    Reset(reset::Options),
    /// Copy the home of a zone that does not run, and put a copy in its place
    Snapshot {
        #[command(subcommand)]
        verb: snapshot::Verb,
    },
    /// Edit your own file of a profile; it is checked before it is put in place
    Edit(edit::Options),
    /// Measure what the zone costs
    Bench {
        #[command(subcommand)]
        verb: bench::Verb,
    },
    /// Show what was recorded: launches, refusals, connections, files
    Log(log::Options),
    /// Tell why something was refused, and what opens it
    ///
    /// Refused connections, names and launches. What Landlock or the system call filter refuses a program is in the kernel's
    /// own audit log, which only an administrator can read (ausearch -m LANDLOCK_ACCESS,SECCOMP), so it is not here.
    Why(why::Options),
    /// The firewall of a managed PC: nothing leaves or enters but by the cards of the business network
    Guard {
        #[command(subcommand)]
        verb: guard::Verb,
    },
    /// Work on profile files
    Profile {
        #[command(subcommand)]
        verb: profile::Verb,
    },
}

/// The words of `get` and `put`.
#[derive(Args)]
struct Carry {
    /// Name of the zone
    zone: String,
    /// Files, and behind them a folder to carry them to, ended by a slash. Out of a zone they come to the current
    /// folder, into one to its Downloads or, where it has none, to its home
    #[arg(required = true)]
    paths: Vec<OsString>,
    /// Where to: a folder, or the new name of a single file
    #[arg(long)]
    to: Option<OsString>,
    /// Folders with all that is in them
    #[arg(short, long)]
    recursive: bool,
    /// Replace files that are there
    #[arg(short, long)]
    force: bool,
    /// Keep the part of a broken transfer, and go on from the one that is there
    #[arg(long)]
    resume: bool,
    /// Answer as JSON
    #[arg(long)]
    json: bool,
}

impl Carry {
    /// Carries it out: the way decides in which direction.
    fn out(self, way: fn(&Plan, Order, bool) -> Result<Shown, Failure>) -> Result<Shown, Failure> {
        let (_, plan) = planned(&self.zone, &Host::gather())?;
        let how = How { force: self.force, resume: self.resume };
        way(&plan, Order { paths: self.paths, to: self.to, recursive: self.recursive, how }, self.json)
    }
}

/// Whether `sepctl` has a verb of this name.
pub(super) fn is_verb(word: &str) -> bool {
    Typed::command().find_subcommand(word).is_some()
}

/// The verbs that a command line begins with, behind the program's name. Empty where there is none.
pub(super) fn verb(program: &str, args: &[OsString]) -> String {
    let (mut command, mut said) = (Typed::command(), String::new());
    for word in args.iter().skip(1).filter(|_| program == "sepctl").map_while(|word| word.to_str()) {
        let Some(next) = command.find_subcommand(word).cloned() else { break };
        said = if said.is_empty() { format!("{program} {word}") } else { format!("{said} {word}") };
        command = next;
    }
    said
}

/// The whole of `sepctl`, the program's name first. Exit status 0; 1 when `doctor` finds that the profile can not
/// run, or `log --verify` finds that the log is not whole; 125 for an error.
pub fn sepctl(args: impl IntoIterator<Item = OsString>) -> Shown {
    let args: Vec<OsString> = args.into_iter().collect();
    match Typed::try_parse_from(&args) {
        Ok(typed) => run(typed.verb).unwrap_or_else(|failure| {
            let failure = meant::completed(failure, "sepctl", &args);
            if args.iter().any(|word| word == "--json") {
                json::failure(&failure)
            } else {
                Shown::failure("sepctl", &failure)
            }
        }),
        Err(error) => shown("sepctl", &error, &args),
    }
}

fn run(verb: Verb) -> Result<Shown, Failure> {
    match verb {
        Verb::Explain { profile, json, switches } => {
            let host = Host::gather();
            let merged = zone(&profile, switches.meant()?, &host)?;
            let plan = resolve(&merged, &host)?;
            Ok(match json {
                true => json::answer(&explain_json(&plan, &merged)),
                false => Shown::answer(explain(&plan, &merged, Locale::from_env())),
            })
        }
        Verb::Doctor { profile, json } => {
            let (_, plan) = planned(&profile, &Host::gather())?;
            let report = doctor::examine(&plan);
            let words = Words::new(Locale::from_env());
            let out = if json { report.to_json(&words) } else { report.to_table(&words) };
            Ok(Shown { out, status: u8::from(!report.is_ready()), ..Shown::default() })
        }
        Verb::Stop(options) => stop::run(&options, &Host::gather()),
        Verb::End { zone, json } => {
            let (_, plan) = planned(&zone, &Host::gather())?;
            let running = broker::running(&plan)?;
            running.as_ref().map_or(Ok(()), client::end::end)?;
            let answer = json!({ "zone": plan.zone, "ended": running.is_some() });
            Ok(if json { json::answer(&answer) } else { Shown::default() })
        }
        Verb::Ls { zone, paths, json } => files::ls(&planned(&zone, &Host::gather())?.1, &paths, json),
        Verb::Get(carry) => carry.out(files::fetch),
        Verb::Put(carry) => carry.out(files::send),
        Verb::Status(options) => status::run(&options, &Host::gather()),
        Verb::Reset(options) => reset::run(&options, &Host::gather()),
        Verb::Snapshot { verb } => snapshot::run(&verb, &Host::gather()),
        Verb::Edit(options) => edit::run(&options, &Host::gather()),
        Verb::Bench { verb } => bench::run(verb),
        Verb::Why(options) => why::run(&options, &Host::gather()),
        Verb::Log(options) => log::run(&options, &Host::gather()),
        Verb::Guard { verb } => guard::run(&verb),
        Verb::Profile { verb } => profile::run(verb),
    }
}

/// The profile and the plan of a zone by its name.
pub(super) fn planned(name: &str, host: &Host) -> Result<(Merged, Plan), Failure> {
    let merged = zone(name, Switches::default(), host)?;
    let plan = resolve(&merged, host)?;
    Ok((merged, plan))
}

/// The profile of a zone by the zone's name, which is the profile's own, or `internet-bank` for the zone `bank` of
/// `internet`, with switches over it.
pub(super) fn zone(name: &str, switches: Switches, host: &Host) -> Result<Merged, Failure> {
    let places = Places::personal(&host.xdg.config);
    let failure = match load(name, &places) {
        Err(failure) if failure.code == Code::NoProfile => failure,
        other => return other?.switched(&switches, host),
    };
    for (at, _) in name.rmatch_indices('-') {
        let (profile, own) = (name.get(..at).unwrap_or_default(), name.get(at + 1..).unwrap_or_default());
        if let (Ok(merged), Ok(own)) = (load(profile, &places), Name::new(own)) {
            return merged.switched(&switches.of_zone(own), host);
        }
    }
    Err(failure)
}
