//! What a launch writes into the audit log: that it begins, that it failed, how its program ended.
//!
//! It is written when the zone has been asked for, so that the zone is made meanwhile, and before the program is named to
//! it: what can not be recorded does not run.

use std::path::PathBuf;
use std::time::Instant;

use super::Request;
use crate::audit::{Event, Kind};
use crate::broker::audit::record;
use crate::client::attach::Ended;
use crate::policy::{Host, Switches};
use crate::wire::{Code, Failure, Stage};

/// The log's view of one launch.
#[derive(Debug)]
pub struct Record {
    log: PathBuf,
    zone: String,
    profile: String,
    program: String,
    is_shell: bool,
    switches: Vec<String>,
    begun: Option<Instant>,
}

impl Record {
    /// Nothing is written yet.
    pub fn new(request: &Request, host: &Host) -> Self {
        let program = request.argv.first().map_or(host.shell.as_str().into(), |word| word.to_string_lossy());
        Self {
            log: host.audit(),
            zone: request.profile.clone(),
            profile: request.profile.clone(),
            program: program.into_owned(),
            is_shell: request.argv.is_empty(),
            switches: widening(&request.switches),
            begun: None,
        }
    }

    /// The zone is known: until then it is called by its profile.
    pub fn zone(&mut self, zone: &str) {
        zone.clone_into(&mut self.zone);
    }

    /// The program is about to be named to its zone. Once for each launch, however often a zone is asked for.
    ///
    /// # Errors
    /// [`Code::NotRecorded`], a folder that is not the user's own: then it must not be named.
    pub fn begin(&mut self) -> Result<(), Failure> {
        if self.begun.is_none() {
            self.write(&Event { switches: self.switches.clone(), ..self.event(Kind::Launch) })?;
            self.begun = Some(Instant::now());
        }
        Ok(())
    }

    /// The launch failed, or what joined it to its program did. The user is told so already, hence nothing is said where
    /// that can not be written. Root's launches are refused before there is a log, and leave none.
    pub fn failed(&self, failure: &Failure) {
        if failure.code == Code::Root {
            return;
        }
        let begun = self.begun.filter(|_| failure.stage == Stage::Attach);
        let event = self.event(if begun.is_some() { Kind::Ended } else { Kind::LaunchRefused });
        let mut event = begun.map_or(event.clone(), |begun| event.lasting(begun.elapsed()));
        if failure.code == Code::NoProfile && self.is_shell {
            // who typed one word may have meant a program, and no shell was asked for
            event.program.clone_from(&self.profile);
        }
        let _ = self.write(&event.because(failure));
    }

    /// The program ended.
    ///
    /// # Errors
    /// As for [`Record::begin`].
    pub fn ended(&self, ended: Ended) -> Result<(), Failure> {
        let (status, signal) = match ended {
            Ended::Exited(status) => (Some(status), None),
            Ended::Signalled(number) => (None, Some(number)),
        };
        let lasted = self.begun.map(|begun| begun.elapsed()).unwrap_or_default();
        self.write(&Event { status, signal, ..self.event(Kind::Ended).lasting(lasted) })
    }

    fn event(&self, kind: Kind) -> Event {
        Event::program(kind, &self.zone, &self.profile, &self.program)
    }

    fn write(&self, event: &Event) -> Result<(), Failure> {
        record(Stage::Ask, &self.log, event)
    }
}

/// The switches by which a zone reaches or sees more than its profile says.
fn widening(switches: &Switches) -> Vec<String> {
    let allow = switches.allow.iter().map(|to| format!("--allow {to}"));
    let names = switches.allow_names.iter().map(|name| format!("--allow-name {name}"));
    let uplink = switches.uplink.iter().map(|nic| format!("--uplink {nic}"));
    let shares = switches.shares.iter().map(|share| {
        let writable = if share.writable { ":rw" } else { "" };
        format!("--share {}{writable}", share.folder.display())
    });
    allow.chain(names).chain(uplink).chain(shares).collect()
}
