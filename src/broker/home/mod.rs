//! What a zone keeps, while it does not run: its home is put aside and removed, copied, and put in place again.
//!
//! It runs as the user, in the user's own folders. What a zone left there is hostile: trees of any depth, links, names of
//! any bytes, closed folders. Nothing is followed, and nothing is half done: a home is whole or not there, and what an
//! end in the middle leaves behind is completed or removed by the next one.

mod copy;
mod cursor;
mod measure;
mod remove;
mod snapshot;

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use nix::fcntl::Flock;

use super::zones;
use crate::policy::Plan;
use crate::sys::random;
use crate::wire::{Code, Failure, Stage};

pub use copy::Copied;
pub use measure::{Entry, Measure, entries};
pub use snapshot::Snapshot;

/// What is kept of a home that is being reset.
const KEEPING: &str = "keeping";
/// A restored home that is whole and not in place yet.
const NEXT: &str = "next";
/// The beginning of names of what is to be removed.
const GONE: &str = "gone-";

/// A zone that does not run and can not be launched as long as this value lives.
#[derive(Debug)]
pub struct Stopped<'a> {
    plan: &'a Plan,
    lock: Option<Flock<File>>,
}

/// Takes the zone's lock.
///
/// # Errors
/// [`Code::StillRunning`]; a folder that is not the user's own.
pub fn stopped(plan: &Plan) -> Result<Stopped<'_>, Failure> {
    zones::own_folder(&plan.store.data)?;
    let lock = zones::folder(plan)?.lock()?;
    if zones::join(plan)?.is_some() {
        return Err(Failure::new(Stage::Authorise, Code::StillRunning, &[&plan.zone]));
    }
    recover(&plan.store.data).map_err(say("complete", &plan.store.data))?;
    Ok(Stopped { plan, lock: Some(lock) })
}

/// Completes what an end in the middle of a reset or a restoring left. Called under the zone's lock.
pub(super) fn recover(data: &Path) -> io::Result<()> {
    let (home, keeping, next) = (data.join("home"), data.join(KEEPING), data.join(NEXT));
    if is_there(&next) {
        let to = if is_there(&home) { fresh(data)?.join("home") } else { home.clone() };
        fs::rename(&next, to)?;
    }
    if !is_there(&keeping) {
        return Ok(());
    }
    if !is_there(&home) {
        return fs::rename(&keeping, &home);
    }
    for entry in fs::read_dir(&keeping)? {
        let name = entry?.file_name();
        if !is_there(&home.join(&name)) {
            fs::rename(keeping.join(&name), home.join(&name))?;
        }
    }
    // something that stands in both is a zone's own work: none of it is lost
    match fs::remove_dir(&keeping) {
        Err(cause) if cause.kind() == ErrorKind::DirectoryNotEmpty => fs::rename(&keeping, fresh_beside(&home)?),
        other => other,
    }
}

impl Stopped<'_> {
    /// Puts home, machine id and prepared /etc aside; the kept entries of the home stand in a new one. The lock is given
    /// back, and what is aside is removed: a launch needs not wait for it.
    ///
    /// # Errors
    /// A failed system call; what was put aside then is removed by the next one.
    pub fn reset(mut self, keep: &[OsString]) -> Result<(), Failure> {
        let data = &self.plan.store.data;
        put_aside(data, keep).map_err(say("reset", data))?;
        drop(self.lock.take());
        sweep(data)
    }

    /// The entries of the home, the largest first.
    ///
    /// # Errors
    /// A home that can not be read.
    pub fn entries(&self) -> Result<Vec<Entry>, Failure> {
        let home = self.plan.home_on_host();
        entries(&home).map_err(say("read", &home))
    }
}

fn put_aside(data: &Path, keep: &[OsString]) -> io::Result<()> {
    let (home, keeping, gone) = (data.join("home"), data.join(KEEPING), fresh(data)?);
    if !keep.is_empty() {
        own_folder(&keeping)?;
    }
    for name in keep {
        fs::rename(home.join(name), keeping.join(name))?;
    }
    for name in ["home", "machine-id", "etc.stamp", "etc"] {
        if is_there(&data.join(name)) {
            fs::rename(data.join(name), gone.join(name))?;
        }
    }
    if keep.is_empty() { Ok(()) } else { fs::rename(keeping, home) }
}

/// Removes everything that was put aside. What can not be removed stays for the next time, and is said.
///
/// # Errors
/// The first that could not be removed.
pub fn sweep(data: &Path) -> Result<(), Failure> {
    let aside = fs::read_dir(data).map_err(say("read", data))?.flatten();
    let names = aside.map(|entry| entry.file_name()).filter(|name| name.to_string_lossy().starts_with(GONE));
    let mut first = Ok(());
    for name in names {
        let done = remove::remove(data, &name).map_err(say("remove", &data.join(&name)));
        first = first.and(done);
    }
    first
}

/// A new folder for what is to be removed.
fn fresh(data: &Path) -> io::Result<PathBuf> {
    let path = data.join(format!("{GONE}{:016x}", random::number()?));
    own_folder(&path)?;
    Ok(path)
}

/// A name in a home that nothing has yet.
fn fresh_beside(home: &Path) -> io::Result<PathBuf> {
    Ok(home.join(format!("{KEEPING}-{:016x}", random::number()?)))
}

fn own_folder(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().mode(0o700).create(path)
}

fn is_there(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok()
}

fn say<E: Into<io::Error>>(verb: &'static str, path: &Path) -> impl FnOnce(E) -> Failure {
    Failure::because(Stage::Run, verb, path.display())
}
