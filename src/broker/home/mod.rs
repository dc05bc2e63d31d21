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
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use nix::fcntl::{Flock, FlockArg};

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
/// What grows or is put aside under the zone's lock; nobody else touches it.
const ASIDE: &str = "aside";
/// The beginning of names of what is to be removed, by whoever comes and without the lock.
const GONE: &str = "gone-";

/// A zone that does not run and can not be launched as long as this value lives.
#[derive(Debug)]
pub struct Stopped<'a> {
    plan: &'a Plan,
    _lock: Flock<File>,
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
    Ok(Stopped { plan, _lock: lock })
}

/// Completes what an end in the middle of a reset or a restoring left. Called under the zone's lock.
pub(super) fn recover(data: &Path) -> io::Result<()> {
    let (home, keeping, next) = (data.join("home"), data.join(KEEPING), data.join(NEXT));
    dismiss(data)?;
    match (is_there(&next), is_there(&home)) {
        (true, true) => fs::rename(&next, fresh(data)?.join("home")).and_then(|()| dismiss(data))?,
        (true, false) => fs::rename(&next, &home)?,
        (false, _) => {}
    }
    make_own(&home)?;
    if !is_there(&keeping) {
        return Ok(());
    }
    if !is_there(&home) {
        return fs::rename(&keeping, &home);
    }
    for entry in fs::read_dir(&keeping)? {
        let name = entry?.file_name();
        if !is_there(&home.join(&name)) {
            carry(&keeping.join(&name), &home.join(&name))?;
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
    pub fn reset(self, keep: &[OsString]) -> Result<(), Failure> {
        let data = &self.plan.store.data;
        put_aside(data, keep).map_err(say("reset", data))?;
        self.sweep()
    }

    /// Gives the lock back and removes what is aside.
    fn sweep(self) -> Result<(), Failure> {
        let data = &self.plan.store.data;
        dismiss(data).map_err(say("remove", &data.join(ASIDE)))?;
        drop(self);
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
        carry(&home.join(name), &keeping.join(name))?;
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
fn sweep(data: &Path) -> Result<(), Failure> {
    // two at once would take entries from under each other; where a folder can not be locked one of them may say so
    let folder = cursor::open_top(data).map_err(say("read", data))?;
    let _alone = Flock::lock(folder, FlockArg::LockExclusive);
    let aside = fs::read_dir(data).map_err(say("read", data))?.flatten();
    let names = aside.map(|entry| entry.file_name()).filter(|name| name.to_string_lossy().starts_with(GONE));
    let mut first = Ok(());
    for name in names {
        let done = remove::remove(data, &name).map_err(say("remove", &data.join(&name)));
        first = first.and(done);
    }
    first
}

/// A new folder for what grows, or for what is to be removed.
fn fresh(data: &Path) -> io::Result<PathBuf> {
    let path = data.join(ASIDE);
    own_folder(&path)?;
    Ok(path)
}

/// Leaves what is aside to whoever removes it.
fn dismiss(data: &Path) -> io::Result<()> {
    match fs::rename(data.join(ASIDE), data.join(format!("{GONE}{:016x}", random::number()?))) {
        Err(cause) if cause.kind() == ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

/// A program of the zone may have closed its home to its owner, or opened it to everybody.
fn make_own(home: &Path) -> io::Result<()> {
    match fs::symlink_metadata(home) {
        Ok(found) if found.is_dir() && found.mode() & 0o7777 != 0o700 => set_mode(home, 0o700),
        _ => Ok(()),
    }
}

/// Moves an entry to another folder, which changes a folder itself: its mode may forbid that.
fn carry(from: &Path, to: &Path) -> io::Result<()> {
    let found = fs::symlink_metadata(from)?;
    let closed = found.is_dir() && found.mode() & 0o200 == 0;
    if !closed {
        return fs::rename(from, to);
    }
    set_mode(from, found.mode() | 0o200)?;
    let done = fs::rename(from, to);
    set_mode(if done.is_ok() { to } else { from }, found.mode())?;
    done
}

fn set_mode(path: &Path, mode: u32) -> io::Result<()> {
    fs::set_permissions(path, fs::Permissions::from_mode(mode & 0o7777))
}

/// A name in a home that nothing has yet.
fn fresh_beside(home: &Path) -> io::Result<PathBuf> {
    Ok(home.join(format!("{KEEPING}-{:016x}", random::number()?)))
}

fn own_folder(path: &Path) -> io::Result<()> {
    fs::DirBuilder::new().mode(0o700).create(path)
}

fn is_there(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok()
}

fn say<E: Into<io::Error>>(verb: &'static str, path: &Path) -> impl FnOnce(E) -> Failure {
    Failure::because(Stage::Run, verb, path.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_grows_under_the_lock_is_removed_by_nobody_else() {
        let data = std::env::temp_dir().join(format!("sep-run-aside-{}", std::process::id()));
        let kept = || fs::read_to_string(data.join("aside/home/file")).ok();
        fs::create_dir(&data).unwrap();
        fs::create_dir(fresh(&data).unwrap().join("home")).unwrap();
        fs::write(data.join("aside/home/file"), "kept").unwrap();
        sweep(&data).unwrap();
        assert_eq!(kept().as_deref(), Some("kept"));
        // who has made it was killed
        recover(&data).unwrap();
        assert!(kept().is_none() && fs::read_dir(&data).unwrap().count() == 1);
        sweep(&data).unwrap();
        assert_eq!(fs::read_dir(&data).unwrap().count(), 0, "the twin");
        fs::remove_dir(&data).unwrap();
    }
}
