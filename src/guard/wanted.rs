//! What the administrator wants of the guard, in one file of root's that outlives every process and every restart of the PC.
//!
//! It lies in a folder that only root can enter, is written whole beside its place and renamed, and is changed under a lock.
//! A file that can not be understood is a guard without a card: it closes everything, which is seen and mended, and opens
//! nothing. Times are the wall clock's, since a restart ends every other; a clock that stands before the beginning of a time
//! has ended it.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::net::Ipv4Addr;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use super::say;
use crate::policy::site::Site;
use crate::sys::file::{open_own, read_text};
use crate::wire::Failure;

/// Where everything of the guard lies.
pub const FOLDER: &str = "/var/lib/sep-run";
/// The file's name in it. It is there as long as a guard is wanted.
pub const NAME: &str = "guard";
/// More bytes than it has.
const MOST: usize = 1024 * 1024;

/// A guard as it is wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wanted {
    /// The guard itself.
    pub guard: Guard,
    /// Set while nobody has confirmed it.
    #[serde(default)]
    pub trial: Option<Trial>,
    /// What is open beside it.
    #[serde(default)]
    pub open: Vec<Opened>,
}

/// What of the site's file makes the guard, as it was when it was put up.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guard {
    /// Addresses of the business network's cards.
    pub nics: Vec<String>,
    /// Names of links beside them.
    pub bridges: Vec<String>,
    /// It counts and tells, and closes nothing.
    pub report_only: bool,
}

/// A beginning and an end, in seconds after 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Time {
    /// When it began.
    pub since: u64,
    /// When it ends.
    pub until: u64,
}

/// A guard that somebody tries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trial {
    /// How long.
    pub time: Time,
    /// What it goes back to where nobody confirms it; nothing where there was none.
    pub before: Option<Guard>,
}

/// A destination that is open for a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opened {
    /// The address.
    pub address: Ipv4Addr,
    /// The port of TCP and UDP; every port and protocol where there is none.
    pub port: Option<u16>,
    /// How long.
    pub time: Time,
    /// Who opened it.
    pub user: u32,
    /// Why.
    pub reason: String,
}

/// What time has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Over {
    /// A trial that nobody confirmed.
    Trial,
    /// This destination is closed.
    Open(Opened),
}

impl Guard {
    /// As the site's file has it.
    pub fn of(site: &Site, report_only: bool) -> Self {
        let nics = site.business.nics.iter().map(ToString::to_string).collect();
        Self { nics, bridges: site.business.bridges.iter().map(ToString::to_string).collect(), report_only }
    }
}

impl Time {
    /// So many seconds from now on.
    pub fn lasting(seconds: u64) -> Self {
        let since = now();
        Self { since, until: since.saturating_add(seconds) }
    }

    /// Seconds that are left; none where the clock stands before its beginning.
    pub fn left(&self, now: u64) -> u64 {
        if now < self.since { 0 } else { self.until.saturating_sub(now) }
    }
}

impl Opened {
    /// Where it leads.
    pub fn place(&self) -> String {
        place(self.address, self.port)
    }
}

/// `192.0.2.7` or `192.0.2.7:443`.
pub fn place(address: Ipv4Addr, port: Option<u16>) -> String {
    port.map_or_else(|| address.to_string(), |port| format!("{address}:{port}"))
}

impl Wanted {
    /// The next time that ends.
    pub fn next(&self, now: u64) -> Option<u64> {
        let times = self.trial.iter().map(|trial| trial.time).chain(self.open.iter().map(|one| one.time));
        times.map(|time| time.left(now)).min()
    }
}

/// Takes away what time has ended, a guard that was tried among it, and tells what that was.
pub fn expire(wanted: &mut Option<Wanted>, now: u64) -> Vec<Over> {
    let Some(there) = wanted else { return Vec::new() };
    let (open, closed) = there.open.drain(..).partition(|one| one.time.left(now) > 0);
    there.open = open;
    let mut over: Vec<Over> = closed.into_iter().map(Over::Open).collect();
    if there.trial.as_ref().is_some_and(|trial| trial.time.left(now) == 0) {
        over.push(Over::Trial);
        match there.trial.take().and_then(|trial| trial.before) {
            Some(before) => there.guard = before,
            None => *wanted = None,
        }
    }
    over
}

/// What is wanted; nothing where no guard is.
///
/// # Errors
/// A file that can not be read, as by whoever is not root.
pub fn read() -> Result<Option<Wanted>, Failure> {
    match read_text(&path(), MOST) {
        Ok(text) => Ok(Some(serde_json::from_str(&text).unwrap_or_default())),
        Err(cause) if cause.kind() == ErrorKind::NotFound => Ok(None),
        Err(cause) => Err(say("read", "the guard")(cause)),
    }
}

/// Changes what is wanted.
///
/// # Errors
/// What the change answers; a file that can not be read or written.
pub fn change<T>(edit: impl FnOnce(&mut Option<Wanted>) -> Result<T, Failure>) -> Result<T, Failure> {
    let lock = file("guard.lock").map_err(say("open", "the guard"))?;
    lock.lock().map_err(say("lock", "the guard"))?;
    let before = read()?;
    let mut wanted = before.clone();
    let done = edit(&mut wanted)?;
    if wanted != before {
        write(wanted.as_ref()).map_err(say("write", "the guard"))?;
    }
    Ok(done)
}

/// A file beside it, made where it is not there.
pub fn file(name: &str) -> io::Result<File> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(FOLDER)?;
    open_own(&Path::new(FOLDER).join(name))
}

fn write(wanted: Option<&Wanted>) -> io::Result<()> {
    match wanted {
        None => fs::remove_file(path())?,
        Some(wanted) => {
            let mut new = file("guard.new")?;
            new.set_len(0)?;
            new.write_all(&serde_json::to_vec(wanted)?)?;
            new.sync_all()?;
            fs::rename(Path::new(FOLDER).join("guard.new"), path())?;
        }
    }
    File::open(FOLDER)?.sync_all()
}

fn path() -> std::path::PathBuf {
    Path::new(FOLDER).join(NAME)
}

/// Seconds after 1970.
pub fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tried(before: Option<Guard>) -> Option<Wanted> {
        let time = Time { since: 100, until: 200 };
        let open = |until| Opened {
            address: Ipv4Addr::new(192, 0, 2, 7),
            port: None,
            time: Time { since: 100, until },
            user: 0,
            reason: String::new(),
        };
        Some(Wanted { trial: Some(Trial { time, before }), open: vec![open(150), open(300)], ..Wanted::default() })
    }

    #[test]
    fn what_time_has_ended_is_taken_away_and_nothing_else() {
        let former = Guard { nics: vec!["x".into()], ..Guard::default() };
        let mut wanted = tried(Some(former.clone()));
        assert!(expire(&mut wanted, 149).is_empty() && wanted == tried(Some(former.clone())), "the twin");
        assert_eq!(wanted.as_ref().unwrap().next(149), Some(1));
        assert_eq!(expire(&mut wanted, 150).len(), 1);
        assert_eq!(expire(&mut wanted, 200), [Over::Trial]);
        let left = wanted.unwrap();
        assert_eq!((left.guard, left.trial, left.open.len()), (former, None, 1));
        let mut none = tried(None);
        assert_eq!((expire(&mut none, 201).len(), none), (2, None));
    }

    #[test]
    fn a_clock_that_was_set_back_ends_it_too() {
        let mut wanted = tried(None);
        assert_eq!((expire(&mut wanted, 99).len(), wanted), (3, None));
    }
}
