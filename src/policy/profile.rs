//! The profile: what a zone may do, as it is written in a file.
//!
//! Every key may be left out; what no file says is the strictest there is. The types here are the only
//! definition: `profiles/profile.schema.json` is generated from them by a test.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::plan::{Layer, LogConnections};
use super::values::{Argument, Destination, Domain, Folder, Line, Name, Nic, Number, Prefix, Program, Variable};

/// What a zone may do.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Profile {
    /// Address of the schema, for editors; not read.
    #[serde(rename = "$schema")]
    pub schema: Option<Line>,
    /// The profile's name; the file's name without `.json`.
    pub name: Option<Name>,
    /// What it is for, in words.
    pub description: Description,
    /// The zone's file system.
    pub files: Files,
    /// Names of programs that mean another one, in order of preference: `"firefox": ["firefox", "firefox-esr"]`.
    pub programs: BTreeMap<Program, Vec<Program>>,
    /// Programs that open windows: without a display they are refused, unless their words ask for none.
    pub windows: Vec<Program>,
    /// What confines the programs.
    pub seals: Seals,
    /// Resource limits.
    pub limits: Limits,
    /// The network card.
    pub network: Network,
    /// Whether windows may be opened through the display proxy.
    pub display: bool,
    /// Whether the zone has a message bus of its own.
    pub bus: bool,
    /// The environment of its programs.
    pub env: Env,
    /// What users may start in it in managed mode; in personal mode everything.
    pub launch: Launch,
}

/// What users may start in a managed zone.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Launch {
    /// Whether a program may talk with the user's terminal or pipes.
    pub stdio: bool,
    /// Programs with the arguments that they may be given.
    pub programs: BTreeMap<Program, Vec<Argument>>,
}

/// What a profile is for, in the languages of the catalogues.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Description {
    /// In English.
    pub en: Option<Line>,
    /// In Korean.
    pub ko: Option<Line>,
}

/// The zone's file system.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Files {
    /// Whether programs may be executed from the home.
    pub exec_home: bool,
    /// Whether the GPU's render nodes are there.
    pub gpu: bool,
    /// Size of each of /tmp and /dev/shm, in MiB.
    pub scratch_mib: Number<16, 1_048_576>,
    /// Folders that are shown read-only beside /usr and /opt.
    pub read_only: Vec<Folder>,
}

impl Default for Files {
    fn default() -> Self {
        Self { exec_home: false, gpu: false, scratch_mib: Number::clamped(256), read_only: Vec::new() }
    }
}

/// What confines the programs.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Seals {
    /// Whether programs may make user namespaces of their own; browsers need them for their own sandbox.
    pub nested_namespaces: bool,
    /// The oldest Landlock ABI that will do.
    pub landlock_min_abi: Number<1, 11>,
    /// Layers whose lack is a warning instead of an error.
    pub optional: Vec<Layer>,
}

impl Default for Seals {
    fn default() -> Self {
        Self { nested_namespaces: false, landlock_min_abi: Number::clamped(1), optional: Vec::new() }
    }
}

/// Resource limits; `null` is no limit.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Memory of the whole zone, in MiB.
    pub memory_mib: Option<Number<64, 16_777_216>>,
    /// Processes and threads of the whole zone.
    pub processes: Option<Number<8, 4_194_304>>,
    /// CPU weight; 100 is what other programs have.
    pub cpu_weight: Option<Number<1, 10_000>>,
    /// Open files of each program.
    pub open_files: Option<Number<64, 1_048_576>>,
    /// Whether a launch is refused where limits can not be enforced.
    pub required: bool,
}

/// The network card.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Network {
    /// Kind of the card.
    pub card: CardKind,
    /// The NIC that traffic leaves by; `null` follows the PC's own routing.
    pub uplink: Option<Nic>,
    /// Prefixes of the business network, closed whatever else is open.
    pub business: Vec<Prefix>,
    /// NICs of the business network: what would leave by one of them is closed.
    pub business_cards: Vec<Nic>,
    /// Prefixes that are open though they are private.
    pub allow: Vec<Destination>,
    /// Prefixes that are closed beside those closed by default.
    pub deny: Vec<Destination>,
    /// Names that are the only ones answered; `null` answers all.
    pub names_allowed: Option<Vec<Domain>>,
    /// Names that are not answered.
    pub names_denied: Vec<Domain>,
    /// What is recorded.
    pub log: Log,
}

/// Kind of the network card.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum CardKind {
    /// Nothing but the zone's own loopback.
    #[default]
    None,
    /// Connections carried by the relay; needs no privilege.
    Relay,
    /// A card of its own on an uplink of the site; managed mode only.
    Macvlan,
}

/// What is recorded of the network.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Log {
    /// Which connections are recorded in the audit log.
    pub connections: LogConnections,
}

/// The environment of the zone's programs.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Env {
    /// Variables of the caller that travel with a launch; none beside these ever does.
    pub allow: Vec<Travelling>,
    /// Variables that every program gets.
    pub set: BTreeMap<Variable, Line>,
}

impl Default for Env {
    fn default() -> Self {
        Self { allow: Travelling::ALL.to_vec(), set: BTreeMap::new() }
    }
}

/// Variables of the caller that may travel with a launch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum Travelling {
    /// Language.
    #[serde(rename = "LANG")]
    Lang,
    /// Its single categories.
    #[serde(rename = "LC_*")]
    Categories,
    /// Time zone.
    #[serde(rename = "TZ")]
    TimeZone,
    /// Kind of the terminal.
    #[serde(rename = "TERM")]
    Terminal,
    /// How many colours it has.
    #[serde(rename = "COLORTERM")]
    Colours,
}

impl Travelling {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Lang, Self::Categories, Self::TimeZone, Self::Terminal, Self::Colours];

    /// As it is written in profile and plan.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Lang => "LANG",
            Self::Categories => "LC_*",
            Self::TimeZone => "TZ",
            Self::Terminal => "TERM",
            Self::Colours => "COLORTERM",
        }
    }
}
