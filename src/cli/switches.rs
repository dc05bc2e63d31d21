//! Switches that change the zone, as they are typed, and what is meant by them.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::policy::switches::{Share, Switches, wrong};
use crate::policy::values::{Destination, Domain, Line, Name, Nic, Variable};
use crate::wire::{Failure, Stage};

/// What was typed.
#[derive(Debug, Clone, Args)]
#[group(skip)]
#[command(next_help_heading = "Switches that change the zone")]
pub struct Typed {
    /// Show the zone a folder of the PC, read-only or, with `:rw`, to be changed
    #[arg(long, value_name = "DIR[:rw]")]
    share: Vec<String>,
    /// Open a closed address or network
    #[arg(long, value_name = "CIDR[:PORT]")]
    allow: Vec<String>,
    /// Close an address or network
    #[arg(long, value_name = "CIDR[:PORT]")]
    deny: Vec<String>,
    /// Answer a domain name, and those below it, beside those of the profile
    #[arg(long, value_name = "DOMAIN")]
    allow_name: Vec<String>,
    /// Leave the PC by this network card only
    #[arg(long, value_name = "NIC")]
    uplink: Option<String>,
    /// No network at all
    #[arg(long)]
    no_network: bool,
    /// Keep the home in memory: everything in it is gone with the zone
    #[arg(long)]
    disposable: bool,
    /// Another zone of the profile, with a home of its own
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Set a variable for the programs
    #[arg(long, value_name = "KEY=VALUE")]
    env: Vec<String>,
}

impl Typed {
    /// What is meant.
    ///
    /// # Errors
    /// [`crate::wire::Code::BadSwitch`] with the switch and what it takes; a folder that can not be found.
    pub fn meant(&self) -> Result<Switches, Failure> {
        Ok(Switches {
            allow: each("--allow", &self.allow, "destination", Destination::new)?,
            deny: each("--deny", &self.deny, "destination", Destination::new)?,
            allow_names: each("--allow-name", &self.allow_name, "domain", Domain::new)?,
            uplink: each("--uplink", self.uplink.as_slice(), "nic", Nic::new)?.pop(),
            no_network: self.no_network,
            shares: self.share.iter().map(|typed| share(typed)).collect::<Result<_, _>>()?,
            env: self.env.iter().map(|typed| variable(typed)).collect::<Result<_, _>>()?,
            disposable: self.disposable,
            name: each("--name", self.name.as_slice(), "name", Name::new)?.pop(),
        })
    }
}

fn each<T>(switch: &str, typed: &[String], takes: &str, new: fn(&str) -> Result<T, String>) -> Result<Vec<T>, Failure> {
    typed.iter().map(|text| new(text).map_err(|meant| wrong(switch, text, takes, &meant))).collect()
}

/// The folder without links on its way: what is shared is what is shown.
fn share(typed: &str) -> Result<Share, Failure> {
    let (folder, writable) = match typed.rsplit_once(':') {
        Some((folder, "rw")) => (folder, true),
        Some((folder, "ro")) => (folder, false),
        _ => (typed, false),
    };
    let failed = |cause| Failure::system(Stage::Parse, "open", folder, cause);
    let path = std::fs::canonicalize(home(folder)).map_err(failed)?;
    let is_folder = path.is_dir();
    let share = Share { folder: path, writable };
    if is_folder { Ok(share) } else { Err(failed(std::io::Error::from_raw_os_error(libc::ENOTDIR))) }
}

/// `~/` in `--share=~/work`, which a shell leaves as it is.
fn home(folder: &str) -> PathBuf {
    let below = folder.strip_prefix("~/").and_then(|below| Some(Path::new(&std::env::var_os("HOME")?).join(below)));
    below.unwrap_or_else(|| folder.into())
}

fn variable(typed: &str) -> Result<(Variable, Line), Failure> {
    let wrong = |takes| wrong("--env", typed, takes, "");
    let (name, value) = typed.split_once('=').ok_or_else(|| wrong("assignment"))?;
    let name = Variable::new(name).map_err(|_| wrong("variable"))?;
    Line::new(value).map(|value| (name, value)).map_err(|_| wrong("line"))
}
