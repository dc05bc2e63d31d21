//! The plan: everything that one zone will be, complete before anything is made.
//!
//! It is pure data. `resolve` makes it from profile and PC, `explain` prints it, the stages after it consume
//! it, and its digest is how a second launch knows that it means the same zone.

use std::ffi::{OsStr, OsString};
use std::net::Ipv4Addr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::entry::Entry;
use crate::wire::{Code, Failure, Stage};

/// Words by which a program that has windows is asked to work without one.
const WITHOUT_WINDOW: &[&str] = &[
    "--headless",
    "-headless",
    "--screenshot",
    "--version",
    "-v",
    "--help",
    "-h",
    "--convert-to",
    "--dump-dom",
    "--print-to-pdf",
];

/// What one zone will be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Name of the zone: letters, digits, `-`, at most 32.
    pub zone: String,
    /// The profile it came from.
    pub profile: String,
    /// Who makes the zone, and so whose it is.
    pub mode: Mode,
    /// Who the zone's programs are.
    pub person: Person,
    /// Where the zone lies on the PC.
    pub store: Store,
    /// What its file system holds.
    pub files: Files,
    /// Environment of every program in it, as `(name, value)`, beside the few that travel with a launch.
    pub env: Vec<(String, String)>,
    /// Variables of the caller that travel with a launch; a trailing `*` stands for any ending.
    pub travelling: Vec<String>,
    /// Names of programs that mean another one, in order of preference: `firefox` → `firefox-esr`.
    pub programs: Vec<(String, Vec<String>)>,
    /// Programs that open windows: without a display they are refused, unless their words ask for none.
    pub windows: Vec<String>,
    /// The seals.
    pub seals: Seals,
    /// Resource limits; `None` is no limit.
    pub limits: Limits,
    /// The network card.
    pub card: Card,
    /// Whether windows may be opened through the display proxy.
    pub display: bool,
    /// Whether the zone runs a message bus of its own.
    pub bus: bool,
    /// What may be started in it; `None` is everything, as in personal mode.
    pub entry: Option<Entry>,
}

/// Who makes the zone, and so whose it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Mode {
    /// The user, with nothing but what a user has.
    Personal,
    /// The broker of the system, as the organisation decides: the zone has ids of its own, and the user's other programs
    /// can not reach it.
    Managed {
        /// The kernel's ids of the zone's programs.
        zone: Ids,
        /// Those of the process that keeps its network.
        agent: Ids,
    },
}

/// A user and a group as the kernel numbers them on the PC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ids {
    /// User id.
    pub uid: u32,
    /// Group id.
    pub gid: u32,
}

/// The identity that programs of the zone see. Ids are the caller's numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// User id inside; in personal mode outside as well.
    pub uid: u32,
    /// Group id, likewise.
    pub gid: u32,
    /// Login name.
    pub name: String,
    /// Home folder inside the zone.
    pub home: PathBuf,
    /// Host name inside the zone.
    pub hostname: String,
}

/// Folders of the zone on the PC, all 0700 and the caller's own; in managed mode root's, but for the home.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Store {
    /// Kept between runs: `home/`, `etc/`, `machine-id`.
    pub data: PathBuf,
    /// Gone with the session: lock, socket, plan.
    pub runtime: PathBuf,
    /// The audit log.
    pub audit: PathBuf,
}

/// What stands in the zone's file system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Files {
    /// Folders of the PC that the zone sees read-only at the same place.
    pub read_only: Vec<PathBuf>,
    /// Folders of the PC that one launch shares with the zone.
    pub shared: Vec<Shared>,
    /// Whether the home is in memory and gone with the zone.
    pub memory_home: bool,
    /// Entries of the PC's /etc that are copied into the zone's own.
    pub etc: Vec<String>,
    /// Whether programs may be executed from the home.
    pub exec_home: bool,
    /// Whether the GPU's render nodes are there.
    pub gpu: bool,
    /// Size of each of /tmp and /dev/shm, in MiB.
    pub scratch_mib: u64,
}

/// A folder of the PC in the zone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shared {
    /// Where it lies on the PC.
    pub outside: PathBuf,
    /// Where programs find it: the same place, and what is below the user's home is below the zone's.
    pub inside: PathBuf,
    /// Whether they may change what is in it.
    pub writable: bool,
}

/// What confines the programs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seals {
    /// Whether programs may make user namespaces of their own (browsers need them for their own sandbox).
    pub nested_namespaces: bool,
    /// The oldest Landlock ABI that will do; with an older one the launch is refused.
    pub landlock_min_abi: u32,
    /// Layers whose lack is a warning that names them, instead of a refusal.
    pub optional: Vec<Layer>,
}

impl Layer {
    /// Its name in profiles and messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Landlock => "landlock",
            Self::Keyring => "keyring",
        }
    }
}

impl Seals {
    /// What it means that the kernel has no more of a layer than `has` says (empty: nothing of it): a warning where the
    /// profile calls the layer optional, else the error.
    ///
    /// # Errors
    /// [`Code::Layer`].
    pub fn lack(&self, layer: Layer, has: &str) -> Result<Failure, Failure> {
        let say = |code| Failure::new(Stage::Confine, code, &[layer.name(), has]);
        if self.optional.contains(&layer) { Ok(say(Code::Lacking)) } else { Err(say(Code::Layer)) }
    }
}

/// A layer that a profile may call optional. The others (ids, namespaces, capabilities, no_new_privs, seccomp) never are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Layer {
    /// Landlock, or an ABI of it that is new enough.
    Landlock,
    /// A session keyring of the zone's own.
    Keyring,
}

/// Resource limits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Memory of the whole zone in MiB.
    pub memory_mib: Option<u64>,
    /// Processes and threads of the whole zone.
    pub processes: Option<u64>,
    /// CPU weight, 1 to 10,000; 100 is what other programs have.
    pub cpu_weight: Option<u64>,
    /// Open files of each program.
    pub open_files: Option<u64>,
    /// Whether a launch is refused where limits can not be enforced; else the report says so.
    pub required: bool,
}

/// The network card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Card {
    /// Nothing but the zone's own loopback.
    None,
    /// Connections carried by the relay; needs no privilege.
    Relay(Relay),
    /// A card of its own on an uplink that nobody but zones is on.
    Macvlan(Macvlan),
}

/// A card on an uplink, with its own address there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Macvlan {
    /// The uplink's name in the site's file.
    pub uplink: String,
    /// The card's own address, the same for each zone of each user on this PC: `02:…`.
    pub mac: [u8; 6],
    /// Where its address comes from.
    pub addressing: Addressing,
    /// Prefixes (with an optional port after `:`) that are open though they are private.
    pub allow: Vec<String>,
    /// Prefixes that are closed: the business network's, and what the profile adds.
    pub deny: Vec<String>,
}

/// Where the address of a card comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Addressing {
    /// From the site's file.
    Fixed(Place),
    /// From a DHCP server, whom the zone's agent asks.
    Dhcp(Dhcp),
}

/// A place in a network: an address and what is needed to use it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The IPv4 address and the length of its network's prefix.
    pub address: (Ipv4Addr, u8),
    /// The router.
    pub gateway: Ipv4Addr,
    /// Servers of names.
    pub resolvers: Vec<Ipv4Addr>,
}

impl Place {
    /// The text of the zone's resolv.conf.
    pub fn resolver_file(&self) -> String {
        self.resolvers.iter().map(|server| format!("nameserver {server}\n")).collect()
    }
}

/// How a DHCP server is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dhcp {
    /// The uplink's own card, for the sentence that says where nobody has answered.
    pub nic: String,
    /// Seconds that a launch waits for an address.
    pub timeout: u64,
    /// By what the server knows the zone, the same for each zone of each user on this PC.
    pub client: Vec<u8>,
    /// The host name that the server is told, likewise.
    pub host: String,
    /// Prefixes of the business network: no lease may lie in one.
    pub business: Vec<String>,
}

/// Decisions of the relay.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Relay {
    /// The NIC that traffic leaves by; `None` follows the PC's own routing.
    pub uplink: Option<String>,
    /// Prefixes of the business network, closed whatever else is open: `10.20.0.0/16`.
    pub business: Vec<String>,
    /// NICs of the business network: what would leave by one of them is closed.
    pub business_cards: Vec<String>,
    /// Prefixes (with an optional port after `:`) that are open though they are private.
    pub allow: Vec<String>,
    /// Prefixes that are closed beside those closed by default.
    pub deny: Vec<String>,
    /// Names that are the only ones answered; `None` answers all. `example.org` covers what is below it.
    pub names_allowed: Option<Vec<String>>,
    /// Names that are not answered: advisory, since an address can be used without its name.
    pub names_denied: Vec<String>,
    /// Which connections are recorded.
    pub log: LogConnections,
}

/// Which connections are recorded in the audit log.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum LogConnections {
    /// Refused ones only.
    Refused,
    /// One line for each ended connection as well, with bytes and seconds.
    #[default]
    All,
}

impl Plan {
    /// The ids that the zone's programs have on the PC.
    pub fn outside(&self) -> Ids {
        match self.mode {
            Mode::Personal => Ids { uid: self.person.uid, gid: self.person.gid },
            Mode::Managed { zone, .. } => zone,
        }
    }

    /// Where the zone's home lies on the PC.
    pub fn home_on_host(&self) -> PathBuf {
        self.store.data.join("home")
    }

    /// The names to look for when this program is asked for: its aliases in order, else itself.
    pub fn names_of(&self, program: &OsStr) -> Vec<OsString> {
        let alias = self.programs.iter().find(|(name, _)| OsStr::new(name) == program);
        alias.map_or_else(|| vec![program.to_owned()], |(_, names)| names.iter().map(Into::into).collect())
    }

    /// The files that a program's name may mean in the zone: each of its names in each folder of the zone's PATH.
    pub fn candidates(&self, program: &OsStr) -> Vec<PathBuf> {
        let path =
            self.env.iter().find(|(name, _)| name == "PATH").map(|(_, value)| value.as_str()).unwrap_or_default();
        let in_folders = |name: OsString| path.split(':').map(move |folder| Path::new(folder).join(&name));
        self.names_of(program).into_iter().flat_map(in_folders).collect()
    }

    /// Whether this program opens a window: it is on the plan's list, by its own name or as an alias, and its words do
    /// not ask for work without one (`--headless`, `--version` and the like).
    pub fn opens_window(&self, argv: &[OsString]) -> bool {
        let Some((program, words)) = argv.split_first() else { return false };
        let name = Path::new(program).file_name().unwrap_or(program);
        let listed = |name: &OsStr| self.windows.iter().any(|listed| OsStr::new(listed) == name);
        let without =
            |word: &OsString| WITHOUT_WINDOW.iter().any(|asked| word.as_bytes().starts_with(asked.as_bytes()));
        self.names_of(name).iter().chain([&name.to_owned()]).any(|name| listed(name)) && !words.iter().any(without)
    }

    /// The first difference from the plan that a running zone was made of, as the path of its key; what the text is not
    /// a plan at all, or the same one, is nothing.
    pub fn first_difference(&self, running: &str) -> Option<String> {
        let running = serde_json::from_str(running).ok()?;
        let meant = serde_json::to_value(self).ok()?;
        difference(&meant, &running, String::new())
    }

    /// Digest of the plan (FNV-1a, 64 bits): equal plans have equal digests. It tells mistakes apart, not attackers:
    /// whoever may reach init's socket is the zone's own user.
    pub fn digest(&self) -> Vec<u8> {
        let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        self.to_json().bytes().fold(0xcbf2_9ce4_8422_2325, step).to_ne_bytes().to_vec()
    }

    /// The plan as text: what the running zone keeps and what its digest is taken of.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// Depth first, by the order of keys.
fn difference(meant: &Value, running: &Value, path: String) -> Option<String> {
    match (meant, running) {
        (Value::Object(meant), Value::Object(running)) => {
            let mut keys = meant.keys().chain(running.keys().filter(|key| !meant.contains_key(*key)));
            let under = |key: &String| if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
            let value = |of: &serde_json::Map<String, Value>, key| of.get(key).cloned().unwrap_or(Value::Null);
            keys.find_map(|key| difference(&value(meant, key), &value(running, key), under(key)))
        }
        _ => (meant != running).then(|| format!("{path}: {running} → {meant}")),
    }
}
