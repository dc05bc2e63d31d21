//! The verbs of `sepctl profile`.

use std::path::PathBuf;

use clap::Subcommand;
use serde_json::json;

use super::words::{Locale, Words};
use super::{Shown, json};
use crate::policy::{Host, Places, check_file, load};
use crate::wire::Failure;

/// What to do with profile files.
#[derive(Subcommand)]
pub enum Verb {
    /// Check a profile file
    Check {
        /// The file; its name without `.json` is the profile's
        file: PathBuf,
        /// Answer as JSON
        #[arg(long)]
        json: bool,
    },
    /// Show a profile made of all its files, as JSON
    Show {
        /// Its name
        profile: String,
        /// Answer as JSON, in one line
        #[arg(long)]
        json: bool,
    },
    /// Show what files change of a profile that is built in
    Diff {
        /// Its name
        profile: String,
        /// Answer as JSON
        #[arg(long)]
        json: bool,
    },
}

pub(super) fn run(verb: Verb) -> Result<Shown, Failure> {
    let places = || Places::personal(&Host::gather().xdg.config);
    match verb {
        Verb::Check { file, json } => {
            check_file(&file)?;
            let shown = file.to_string_lossy();
            let said = || Words::new(Locale::from_env()).text("doctor-checked", &[("file", &shown)]) + "\n";
            Ok(if json { json::answer(&json!({ "file": shown, "errors": [] })) } else { Shown::answer(said()) })
        }
        Verb::Show { profile, json } => {
            let merged = load(&profile, &places())?.to_json();
            Ok(if json { json::answer(&merged) } else { Shown::answer(format!("{merged:#}\n")) })
        }
        Verb::Diff { profile, json } => {
            let found = load(&profile, &places())?.differences(&load(&profile, &Places::built_in())?);
            if json {
                return Ok(json::answer(&json!(found)));
            }
            let before = |value: &Option<serde_json::Value>| value.as_ref().map_or("–".to_owned(), ToString::to_string);
            let line = |d: &crate::policy::Difference| {
                format!("{}: {} → {}  [{}:{}]\n", d.path, before(&d.before), d.value, d.file, d.line)
            };
            Ok(Shown::answer(found.iter().map(line).collect()))
        }
    }
}
