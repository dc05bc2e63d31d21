//! `sepctl doctor`: can this PC run a zone? Every answer comes from trying the thing itself in a child.
//!
//! A version number or a file of /proc says what a kernel might do; a container, a security module or a missing
//! module says otherwise. Each lack has one reason, and the reason has the one command that mends it.

mod nat;
mod probes;

use serde::Serialize;

use super::columns::{cells, padded};
use super::landlock;
use super::words::Words;
use crate::policy::Plan;
use crate::policy::plan::{Card, Layer};
use crate::{sandbox, sys};

/// The things that are tried, in the order of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Probe {
    /// Not root.
    User,
    /// A user namespace with its id maps.
    Userns,
    /// Another one inside it.
    Nested,
    /// A new /proc in a PID namespace.
    Proc,
    /// A network namespace with its loopback up.
    Netns,
    /// A tun interface in it.
    Tun,
    /// An nftables redirect in it.
    Nat,
    /// A Landlock domain that refuses.
    Landlock,
    /// A seccomp filter that refuses.
    Seccomp,
    /// A session keyring of its own.
    Keyring,
    /// The user's systemd.
    Scope,
    /// A ping socket.
    Ping,
}

impl Probe {
    const ALL: [Self; 12] = [
        Self::User,
        Self::Userns,
        Self::Nested,
        Self::Proc,
        Self::Netns,
        Self::Tun,
        Self::Nat,
        Self::Landlock,
        Self::Seccomp,
        Self::Keyring,
        Self::Scope,
        Self::Ping,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Userns => "userns",
            Self::Nested => "nested",
            Self::Proc => "proc",
            Self::Netns => "netns",
            Self::Tun => "tun",
            Self::Nat => "nat",
            Self::Landlock => "landlock",
            Self::Seccomp => "seccomp",
            Self::Keyring => "keyring",
            Self::Scope => "scope",
            Self::Ping => "ping",
        }
    }

    /// Whether the plan can not do without it.
    fn is_required(self, plan: &Plan) -> bool {
        let optional = |layer| plan.seals.optional.contains(&layer);
        match self {
            Self::User | Self::Userns | Self::Proc | Self::Netns | Self::Seccomp => true,
            Self::Nested => plan.seals.nested_namespaces,
            Self::Tun | Self::Nat => matches!(plan.card, Card::Relay(_)),
            Self::Landlock => !optional(Layer::Landlock),
            Self::Keyring => !optional(Layer::Keyring),
            Self::Scope => plan.limits.required,
            Self::Ping => false,
        }
    }
}

/// Why something is missing: the message `why-REASON`, and what the kernel or the file system answered.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Lack {
    reason: String,
    found: Found,
}

/// What was found, before it is words.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Found {
    Nothing,
    Errno(i32),
    Text(String),
}

impl Lack {
    fn new(reason: &str, found: Found) -> Self {
        Self { reason: reason.to_owned(), found }
    }
}

/// One row. `Ok` holds what is worth knowing of what is there, or empty text.
struct Finding {
    probe: Probe,
    required: bool,
    result: Result<String, Lack>,
    /// What a newer one could do for this plan, where that is known.
    lost: Vec<&'static str>,
}

/// What was found on this PC.
pub struct Report {
    profile: String,
    findings: Vec<Finding>,
}

/// Tries everything that the plan may need.
pub fn examine(plan: &Plan) -> Report {
    let try_one = |probe: Probe| Finding {
        probe,
        required: probe.is_required(plan),
        result: probes::attempt(probe, plan),
        lost: if probe == Probe::Landlock { sandbox::lost(sys::landlock::abi(), plan) } else { Vec::new() },
    };
    Report { profile: plan.profile.clone(), findings: Probe::ALL.into_iter().map(try_one).collect() }
}

/// A row as JSON: `status` is `ok`, `missing` (stands in the way) or `absent` (the profile does without it).
#[derive(Serialize)]
struct Row<'a> {
    probe: &'a str,
    status: &'a str,
    required: bool,
    found: &'a str,
    reason: Option<&'a str>,
    why: Option<String>,
    mend: Option<String>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    lost: &'a [&'static str],
}

#[derive(Serialize)]
struct Table<'a> {
    version: u32,
    profile: &'a str,
    ready: bool,
    findings: Vec<Row<'a>>,
}

impl Report {
    /// Whether nothing that the profile needs is missing.
    pub fn is_ready(&self) -> bool {
        self.findings.iter().all(|f| f.result.is_ok() || !f.required)
    }

    /// For programs. `reason` is one of a fixed set; `why` and `mend` are in the user's language.
    pub fn to_json(&self, words: &Words) -> String {
        let findings = self.findings.iter().map(|f| f.row(words)).collect();
        let table = Table { version: 1, profile: &self.profile, ready: self.is_ready(), findings };
        serde_json::to_string_pretty(&table).unwrap_or_default() + "\n"
    }

    /// For people.
    pub fn to_table(&self, words: &Words) -> String {
        let rows: Vec<Row<'_>> = self.findings.iter().map(|f| f.row(words)).collect();
        let label = |row: &Row<'_>| words.text(&format!("doctor-{}", row.probe), &[]);
        let status = |row: &Row<'_>| words.text(&format!("doctor-status-{}", row.status), &[]);
        let widest = |of: &dyn Fn(&Row<'_>) -> String| rows.iter().map(|r| cells(&of(r))).max().unwrap_or(0);
        let (first, second) = (widest(&status), widest(&label));
        let mut out = String::new();
        for row in &rows {
            let found = row.why.as_deref().unwrap_or(row.found);
            let line =
                format!("{}  {}  {found}", padded(&status(row), first, false), padded(&label(row), second, false));
            out += &format!("{}\n", line.trim_end());
            if let Some(command) = &row.mend {
                let mend = words.text("doctor-mend", &[("command", command)]);
                out += &format!("{:1$}{mend}\n", "", first + second + 4);
            }
            if !row.lost.is_empty() {
                let lost = words.text("doctor-lost", &[("lost", &landlock::named(row.lost, words))]);
                out += &format!("{:1$}{lost}\n", "", first + second + 4);
            }
        }
        let key = if self.is_ready() { "doctor-ready" } else { "doctor-not-ready" };
        out + "\n" + &words.text(key, &[("profile", &self.profile)]) + "\n"
    }
}

impl Finding {
    fn row<'a>(&'a self, words: &Words) -> Row<'a> {
        let (found, lack) = match &self.result {
            Ok(found) => (found.as_str(), None),
            Err(lack) => ("", Some(lack)),
        };
        let status = match (lack, self.required) {
            (None, _) => "ok",
            (Some(_), true) => "missing",
            (Some(_), false) => "absent",
        };
        let said = |attribute| lack.and_then(|lack| lack.say(words, attribute));
        let (why, mend) = (said(None), said(Some("mend")));
        let reason = lack.map(|lack| lack.reason.as_str());
        Row { probe: self.probe.name(), status, required: self.required, found, reason, why, mend, lost: &self.lost }
    }
}

impl Lack {
    fn say(&self, words: &Words, attribute: Option<&str>) -> Option<String> {
        let found = match &self.found {
            Found::Nothing => String::new(),
            Found::Errno(errno) => words.cause(*errno),
            Found::Text(text) => text.clone(),
        };
        words.find(&format!("why-{}", self.reason), attribute, &[("found", &found)])
    }
}
