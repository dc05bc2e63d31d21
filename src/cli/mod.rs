//! Typed words to a request, and everything that is said to the user. The verbs of `sepctl`, one arm each.
//!
//! Nothing here makes a zone: `sep_run` answers what was asked for, or what to show instead.

mod ask;
mod bench;
mod columns;
mod doctor;
mod edit;
mod explain;
mod farewell;
mod figures;
mod files;
mod guard;
mod help;
mod json;
mod landlock;
pub mod launch;
mod log;
mod meant;
mod plot;
mod profile;
mod profiles;
mod record;
mod request;
mod reset;
mod sepctl;
pub mod sepd;
mod snapshot;
mod spinner;
mod status;
mod stop;
mod switches;
mod why;
pub mod words;

use std::ffi::OsString;
use std::io::{ErrorKind, Write};
use std::path::Path;
use std::process::ExitCode;

pub use explain::{explain, to_json as explain_json};
pub use help::commands;
pub use request::Request;
pub use sepctl::sepctl;

use crate::wire::{Code, Failure, Stage};
use words::Locale;

/// What is shown instead of going on: help, a version, an answer, or an error.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shown {
    /// For standard output.
    pub out: String,
    /// For standard error.
    pub err: String,
    /// The exit status.
    pub status: u8,
}

impl Shown {
    /// An answer, with its last line ended.
    pub fn answer(out: String) -> Self {
        Self { out, ..Self::default() }
    }

    /// A failure in the user's language.
    pub fn failure(program: &str, failure: &Failure) -> Self {
        let err = words::say_as(program, failure, Locale::from_env()).to_string();
        Self { err, status: failure.exit_status(), ..Self::default() }
    }

    /// Writes it and gives the exit status. A closed pipe is the reader's choice, not an error; an answer that could not
    /// be written otherwise is one.
    pub fn print(&self) -> ExitCode {
        ExitCode::from(self.write())
    }

    /// The same with the status as a number.
    pub fn write(&self) -> u8 {
        let mut stdout = std::io::stdout();
        let written = stdout.write_all(self.out.as_bytes()).and_then(|()| stdout.flush());
        let _ = std::io::stderr().write_all(self.err.as_bytes());
        match written {
            Err(cause) if cause.kind() != ErrorKind::BrokenPipe => {
                let failure = Failure::system(Stage::Run, "write", "stdout", cause);
                Self::failure(&own_name(), &failure).write()
            }
            _ => self.status,
        }
    }
}

/// The name by which this program was called.
fn own_name() -> String {
    let called = std::env::args_os().next().unwrap_or_default();
    Path::new(&called).file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// The command line of `sep-run`, the program's name first.
pub fn sep_run(args: impl IntoIterator<Item = OsString>) -> Result<Request, Shown> {
    request::parse(args)
}

/// What clap answers: help and version are shown, everything else is a failure in our own words.
fn shown(program: &str, error: &clap::Error, args: &[OsString]) -> Shown {
    use clap::error::{ContextKind, ErrorKind};
    let said = |kind| error.get(kind).map(ToString::to_string).unwrap_or_default();
    let failure = match error.kind() {
        ErrorKind::DisplayHelp => {
            let other = help::asked_for(program, args, Locale::from_env());
            return Shown::answer(other.unwrap_or_else(|| error.render().to_string()));
        }
        ErrorKind::DisplayVersion => return Shown::answer(error.render().to_string()),
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand | ErrorKind::MissingSubcommand => {
            let other = help::asked_for(program, args, Locale::from_env());
            let err = other.unwrap_or_else(|| error.render().to_string());
            return Shown { err, status: 125, ..Shown::default() };
        }
        ErrorKind::UnknownArgument | ErrorKind::InvalidSubcommand => {
            let either = |one, other| Some(said(one)).filter(|s| !s.is_empty()).unwrap_or_else(|| said(other));
            let typed = either(ContextKind::InvalidArg, ContextKind::InvalidSubcommand);
            let near = either(ContextKind::SuggestedArg, ContextKind::SuggestedSubcommand);
            let meant = if near.is_empty() { String::new() } else { meant::instead(program, args, &typed, &near) };
            Failure::new(Stage::Parse, Code::UnknownSwitch, &[&typed, &meant, &sepctl::verb(program, args)])
        }
        kind => {
            let (switch, value) = (said(ContextKind::InvalidArg), said(ContextKind::InvalidValue));
            let other = said(ContextKind::PriorArg);
            let (what, value) = match kind {
                ErrorKind::MissingRequiredArgument => ("missing", ""),
                ErrorKind::InvalidValue if value.is_empty() => ("no-value", ""),
                ErrorKind::InvalidValue | ErrorKind::ValueValidation => ("bad-value", value.as_str()),
                ErrorKind::TooManyValues => ("value", value.as_str()),
                ErrorKind::ArgumentConflict if switch == other => ("too-many", ""),
                ErrorKind::ArgumentConflict => ("conflict", other.as_str()),
                _ => ("", ""),
            };
            let text = error.render().to_string();
            let first = text.lines().next().unwrap_or_default().trim_start_matches("error: ");
            let known = !what.is_empty() && !switch.is_empty();
            Failure::new(Stage::Parse, Code::Usage, &[if known { what } else { first }, &switch, value])
        }
    };
    Shown::failure(program, &failure)
}
