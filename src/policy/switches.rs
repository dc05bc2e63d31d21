//! Switches of one launch: the last layer over a profile's files, in personal mode only.
//!
//! They are typed by the user whom personal mode protects, so they may widen what a profile says. Each is stated by
//! `explain`, and each makes another plan: a running zone of another one is not entered.

use std::path::{Path, PathBuf};

use super::host::Host;
use super::layers::Merged;
use super::profile::CardKind;
use super::values::{Destination, Domain, Line, Name, Nic, Variable};
use crate::wire::{Code, Failure, Stage};

/// What was switched.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Switches {
    /// Prefixes that are open beside those of the profile.
    pub allow: Vec<Destination>,
    /// Prefixes that are closed beside those of the profile.
    pub deny: Vec<Destination>,
    /// Names that are answered beside those of the profile's list.
    pub allow_names: Vec<Domain>,
    /// The NIC that traffic leaves by.
    pub uplink: Option<Nic>,
    /// No card at all.
    pub no_network: bool,
    /// Folders of the PC that the zone sees.
    pub shares: Vec<Share>,
    /// Variables that every program gets.
    pub env: Vec<(Variable, Line)>,
    /// The home is in memory and gone with the zone.
    pub disposable: bool,
    /// A second zone of the profile, by this name.
    pub name: Option<Name>,
}

/// A folder of the PC that the zone sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    /// Where it lies on the PC, without symbolic links.
    pub folder: PathBuf,
    /// Whether programs may change what is in it.
    pub writable: bool,
}

/// What a switch may be wrong about, beside the kinds of values that profiles have. Each has its sentence.
pub const WRONG: [&str; 5] = ["no-network", "names-open", "assignment", "share", "zone-name"];

/// The name of a zone whose home is in memory, where it has no other.
const DISPOSABLE: &str = "disposable";

/// A switch with a value that is not right: which kind of value it takes, and what was probably meant.
pub fn wrong(switch: &str, value: &str, takes: &str, meant: &str) -> Failure {
    Failure::new(Stage::Parse, Code::BadSwitch, &[switch, value, takes, meant])
}

impl Switches {
    /// The same for the zone of a name: `internet-bank` of profile `internet` is its zone `bank`. A name that was switched
    /// goes before.
    pub fn of_zone(mut self, name: Name) -> Self {
        if name.as_str() == DISPOSABLE {
            self.disposable = true;
        } else {
            self.name.get_or_insert(name);
        }
        self
    }

    /// The zone's own part of its name.
    fn zone(&self) -> Option<&str> {
        self.name.as_ref().map(Name::as_str).or(self.disposable.then_some(DISPOSABLE))
    }

    /// Whether the value at a dotted path is theirs.
    pub(super) fn decide(&self, path: &str) -> bool {
        match path {
            "network.card" => self.no_network,
            "network.uplink" => self.uplink.is_some(),
            _ => false,
        }
    }

    /// Whether a variable is theirs.
    pub(super) fn sets(&self, variable: &str) -> bool {
        self.env.iter().any(|(name, _)| name.as_str() == variable)
    }
}

impl Merged {
    /// The name of the zone: the profile's, with the zone's own behind it.
    pub fn zone(&self) -> String {
        self.switches.zone().map_or_else(|| self.name.clone(), |own| format!("{}-{own}", self.name))
    }

    /// The profile with the switches laid over it.
    ///
    /// # Errors
    /// [`Code::BadSwitch`]: a switch for a network that the zone does not have, a folder that is not shared with any
    /// zone, a name that is too long.
    pub fn switched(mut self, switches: &Switches, host: &Host) -> Result<Self, Failure> {
        self.switches = switches.clone();
        let zone = self.zone();
        Name::new(&zone).map_err(|_| wrong("--name", &zone, "zone-name", ""))?;
        switches.shares.iter().try_for_each(|share| may_be_shared(share, host))?;
        let network = &mut self.profile.network;
        if switches.no_network {
            network.card = CardKind::None;
        }
        has_network(switches, network.card)?;
        network.allow.extend_from_slice(&switches.allow);
        network.deny.extend_from_slice(&switches.deny);
        network.uplink = switches.uplink.clone().or(network.uplink.take());
        match (&mut network.names_allowed, switches.allow_names.first()) {
            (None, Some(name)) => return Err(wrong("--allow-name", name.as_str(), "names-open", "")),
            (Some(names), _) => names.extend_from_slice(&switches.allow_names),
            (None, None) => {}
        }
        self.profile.env.set.extend(switches.env.iter().cloned());
        Ok(self)
    }
}

/// A switch of the network where there is none would be believed to have opened or closed something.
fn has_network(switches: &Switches, card: CardKind) -> Result<(), Failure> {
    let given = [
        ("--allow", switches.allow.first().map(Destination::as_str)),
        ("--deny", switches.deny.first().map(Destination::as_str)),
        ("--allow-name", switches.allow_names.first().map(Domain::as_str)),
        ("--uplink", switches.uplink.as_ref().map(Nic::as_str)),
    ];
    let first = given.into_iter().find_map(|(switch, value)| Some((switch, value?)));
    match first {
        Some((switch, value)) if card == CardKind::None => Err(wrong(switch, value, "no-network", "")),
        _ => Ok(()),
    }
}

/// What would hand over the user's keys and sessions, or sockets of the PC's services, is shared with no zone: the
/// home as a whole and what is above it, its hidden folders, the system's own, and our own folders. A share has no links
/// on its way, so it is compared with folders that have none either.
fn may_be_shared(share: &Share, host: &Host) -> Result<(), Failure> {
    let folder = &share.folder;
    let home = host.real_home();
    let hidden = |inside: &Path| inside.iter().next().is_some_and(|first| first.as_encoded_bytes().starts_with(b"."));
    let below = |above: &Path| folder.strip_prefix(above).is_ok_and(hidden);
    let refused = home.starts_with(folder)
        || below(&home)
        || SYSTEM.iter().any(|system| folder.starts_with(system))
        || COMMON.iter().map(Path::new).any(|common| common.starts_with(folder) || below(common))
        || host.real_own().iter().any(|own| own.starts_with(folder) || folder.starts_with(own));
    match folder.to_str() {
        Some(_) if !refused => Ok(()),
        _ => Err(wrong("--share", &folder.to_string_lossy(), "share", "")),
    }
}

/// Sockets, devices and settings of the PC.
const SYSTEM: [&str; 7] = ["/proc", "/sys", "/dev", "/run", "/var/run", "/etc", "/boot"];

/// Folders of everybody, which hold sockets or what belongs to others; what is below them may be shared, if it is not
/// hidden as the X server's sockets are.
const COMMON: [&str; 5] = ["/", "/tmp", "/var/tmp", "/home", "/root"];
