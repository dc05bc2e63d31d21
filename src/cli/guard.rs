//! `sepctl guard`: the firewall of the PC. Root's, and each change is recorded.

use std::path::Path;

use serde_json::json;

use super::words::{Locale, Words};
use super::{Shown, json};
use crate::audit::{Event, Kind};
use crate::broker::audit::record;
use crate::broker::site;
use crate::guard::{self, State};
use crate::policy::host::SYSTEM_AUDIT;
use crate::wire::{Failure, Stage};

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
    Apply,
    /// Take the guard away
    Remove {
        /// Why, for the log
        #[arg(long)]
        reason: String,
    },
}

/// Does it. Status 1 where the guard does not stand as it should.
///
/// # Errors
/// What the guard says; a change that can not be recorded is not made.
pub fn run(verb: &Verb) -> Result<Shown, Failure> {
    match verb {
        Verb::Status { json } => Ok(told(&guard::state(&site()?)?, *json)),
        Verb::Apply => {
            let site = site()?;
            write("apply", "")?;
            guard::apply(&site).map(|()| Shown::default())
        }
        Verb::Remove { reason } => {
            write("remove", reason)?;
            guard::remove().map(|()| Shown::default())
        }
    }
}

fn write(what: &str, reason: &str) -> Result<(), Failure> {
    let user = nix::unistd::getuid().as_raw();
    let arguments: Vec<String> = [what, reason].iter().filter(|w| !w.is_empty()).map(|w| (*w).to_owned()).collect();
    let event = Event { rule: Some(what.to_owned()), ..Event::new(Kind::Guard, "").of(user, &arguments) };
    record(Stage::Connect, Path::new(SYSTEM_AUDIT), &event)
}

fn told(state: &State, as_json: bool) -> Shown {
    let status = u8::from(*state != State::Whole);
    let (name, what) = match state {
        State::Whole => ("whole", [""; 3]),
        State::Absent => ("absent", [""; 3]),
        State::Differs(what, asked, found) => ("differs", [what.as_str(), asked, found]),
    };
    let [what, asked, found] = what;
    if as_json {
        let answer =
            json!({ "guard": name, "wanted": guard::is_wanted(), "what": what, "asked": asked, "found": found });
        return Shown { status, ..json::answer(&answer) };
    }
    let words = Words::new(Locale::from_env());
    let wanted = if guard::is_wanted() { "yes" } else { "no" };
    let args = [("state", name), ("wanted", wanted), ("what", what), ("asked", asked), ("found", found)];
    Shown { status, ..Shown::answer(words.text("guard-state", &args) + "\n") }
}
