//! Copies of a home that are kept beside it.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::copy::{Copied, copy};
use super::cursor::open_top;
use super::measure::{Measure, entries};
use super::{NEXT, Stopped, fresh, own_folder, say};
use crate::policy::{Name, Plan};
use crate::wire::{Code, Failure, Stage};

/// A copy of a zone's home.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// Its name.
    pub name: String,
    /// When it was made.
    pub made: Option<SystemTime>,
    /// How much there is in it.
    pub measure: Measure,
}

impl Snapshot {
    /// All of a zone's, oldest first.
    ///
    /// # Errors
    /// One that can not be read.
    pub fn all(plan: &Plan) -> Result<Vec<Self>, Failure> {
        let folder = folder(plan);
        let found = match fs::read_dir(&folder) {
            Err(cause) if cause.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            other => other.map_err(say("read", &folder))?,
        };
        let names = found.flatten().filter_map(|entry| entry.file_name().into_string().ok());
        let mut all = Vec::new();
        for name in names.filter(|name| Name::new(name).is_ok()) {
            let path = folder.join(&name);
            let each = entries(&path.join("home")).map_err(say("read", &path))?;
            let measure = each.iter().fold(Measure::default(), |sum, entry| sum.and(entry.measure));
            let made = fs::metadata(&path).and_then(|found| found.modified()).ok();
            all.push(Self { name, made, measure });
        }
        all.sort_by(|a, b| (a.made, &a.name).cmp(&(b.made, &b.name)));
        Ok(all)
    }
}

impl Stopped<'_> {
    /// Copies the home; the copy has its name when it is whole.
    ///
    /// # Errors
    /// [`Code::SnapshotExists`]; what could not be copied, of which nothing stays.
    pub fn snapshot(self, name: &Name) -> Result<Copied, Failure> {
        let (folder, path) = (folder(self.plan), folder(self.plan).join(name.as_str()));
        if fs::symlink_metadata(&path).is_ok() {
            return Err(Failure::new(Stage::Run, Code::SnapshotExists, &[&self.plan.zone, name.as_str()]));
        }
        let home = self.plan.home_on_host();
        let made = fresh(&self.plan.store.data).and_then(|aside| {
            let copied = whole(&home, &aside.join("home"))?;
            fs::DirBuilder::new().recursive(true).create(&folder)?;
            fs::rename(aside, &path)?;
            Ok(copied)
        });
        // what an earlier one could not remove makes this copy no worse
        let _ = self.sweep();
        made.map_err(say("copy", &home))
    }

    /// Puts a copy of a snapshot in place of the home, when it is whole; the former home is removed.
    ///
    /// # Errors
    /// [`Code::NoSnapshot`]; what could not be copied: then the home is as it was.
    pub fn restore(self, name: &str) -> Result<Copied, Failure> {
        let (data, from) = (&self.plan.store.data, find(self.plan, name)?);
        let restored = fresh(data).and_then(|aside| {
            let copied = whole(&from.join("home"), &aside.join("home"))?;
            let (home, next) = (self.plan.home_on_host(), data.join(NEXT));
            fs::rename(aside.join("home"), &next)?;
            match fs::rename(&home, aside.join("home")) {
                Err(cause) if cause.kind() != ErrorKind::NotFound => return Err(cause),
                _ => {}
            }
            fs::rename(next, home)?;
            Ok(copied)
        });
        let swept = self.sweep();
        let copied = restored.map_err(say("copy", &from))?;
        swept.map(|()| copied)
    }

    /// Whether there is a snapshot of this name.
    ///
    /// # Errors
    /// [`Code::NoSnapshot`].
    pub fn has_snapshot(&self, name: &str) -> Result<(), Failure> {
        find(self.plan, name).map(drop)
    }

    /// Removes a snapshot.
    ///
    /// # Errors
    /// [`Code::NoSnapshot`]; what could not be removed.
    pub fn remove_snapshot(self, name: &str) -> Result<(), Failure> {
        let (data, path) = (&self.plan.store.data, find(self.plan, name)?);
        let aside = fresh(data).and_then(|aside| fs::rename(&path, aside.join("home")));
        aside.map_err(say("remove", &path))?;
        self.sweep()
    }
}

/// A copy of a folder at a path that is not there yet. One that is not there is an empty one.
fn whole(from: &Path, to: &Path) -> io::Result<Copied> {
    own_folder(to)?;
    match open_top(from) {
        Err(cause) if cause.kind() == ErrorKind::NotFound => Ok(Copied::default()),
        from => {
            let to = open_top(to)?;
            let copied = copy(from?, to.try_clone()?)?;
            // the former home is removed next, and a name must not stand for files that a power cut leaves empty
            nix::unistd::syncfs(to)?;
            Ok(copied)
        }
    }
}

fn folder(plan: &Plan) -> PathBuf {
    plan.store.data.join("snapshots")
}

/// Where a snapshot of this name lies.
///
/// # Errors
/// [`Code::NoSnapshot`] with the names that there are.
fn find(plan: &Plan, name: &str) -> Result<PathBuf, Failure> {
    let path = folder(plan).join(name);
    let known = Name::new(name).is_ok() && path.join("home").is_dir();
    if known { Ok(path) } else { Err(Failure::new(Stage::Run, Code::NoSnapshot, &[&plan.zone, name])) }
}
