//! A question that the user answers on the terminal. Who says nothing has said no.

use std::ffi::OsString;
use std::io::{self, BufRead, IsTerminal, Write};

use super::meant;
use super::words::Words;
use crate::wire::{Code, Failure, Stage};

/// What was answered that means yes, in both languages.
const YES: [&str; 4] = ["y", "yes", "예", "네"];

/// Whether somebody is there to be asked.
pub fn can() -> bool {
    io::stdin().is_terminal()
}

/// Whether a loss may be asked about.
///
/// # Errors
/// [`Code::Unconfirmed`] for a program that reads the answer, and where nobody is there: with `--yes` nothing is asked.
pub fn must(json: bool) -> Result<(), Failure> {
    if !json && can() {
        return Ok(());
    }
    let typed: Vec<OsString> = std::env::args_os().skip(1).chain(["--yes".into()]).collect();
    Err(Failure::new(Stage::Parse, Code::Unconfirmed, &[&meant::command("sepctl", &typed)]))
}

/// Asks on standard error and reads a line. An end of input, and whatever is no yes, is a no.
pub fn ask(question: &str, words: &Words) -> bool {
    eprint!("{question} {} ", words.text("ask-yes-or-no", &[]));
    let _ = io::stderr().flush();
    let mut line = String::new();
    if io::stdin().lock().read_line(&mut line).unwrap_or(0) == 0 {
        eprintln!();
    }
    YES.contains(&line.trim().to_lowercase().as_str())
}
