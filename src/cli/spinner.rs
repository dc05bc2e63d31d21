//! A sign of life on the user's terminal while a zone is made and that takes long. Never where nobody looks.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::ProgressBar;

use super::words::{Locale, Words};

/// What may pass before anything is shown: most launches are over by then.
const PATIENCE: Duration = Duration::from_millis(300);

/// Turns on standard error from the moment that patience is over.
#[derive(Debug)]
pub struct Spinner {
    began: Instant,
    zone: String,
    wanted: bool,
    bar: Option<ProgressBar>,
}

impl Spinner {
    /// For the making of a zone. Nothing is shown where `quiet`, or where standard error is no terminal.
    pub fn new(zone: &str, quiet: bool) -> Self {
        let wanted = !quiet && std::io::stderr().is_terminal();
        Self { began: Instant::now(), zone: zone.to_owned(), wanted, bar: None }
    }

    /// To be called again and again while there is nothing to do.
    pub fn turn(&mut self) {
        if self.wanted && self.began.elapsed() >= PATIENCE {
            self.bar.get_or_insert_with(|| start(&self.zone)).tick();
        }
    }

    /// Takes it off the terminal.
    pub fn stop(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}

/// It is turned by [`Spinner::turn`] and not by a thread: this process still forks.
fn start(zone: &str) -> ProgressBar {
    let message = Words::new(Locale::from_env()).text("making-zone", &[("zone", zone)]);
    ProgressBar::new_spinner().with_message(message)
}
