//! The audit log: one file for all zones of a user, opened here for the relay, which can only append to it.
//!
//! Each relay has a shared lock on the file that it writes (flock(2)), so that a large one is put aside only while
//! nobody writes it: no line ends up in a file that is gone.

use std::fs::{self, File};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

use super::zones;
use crate::policy::Plan;
use crate::wire::{Failure, Stage};

/// Bytes of a log at which the next zone begins another.
const LARGE: u64 = 64 * 1024 * 1024;

/// Opens the log for appending, and holds it by a lock that lives as long as the last copy of the descriptor. A link
/// in its place is not followed.
pub fn open(plan: &Plan) -> Result<OwnedFd, Failure> {
    let path = &plan.store.audit;
    if let Some(folder) = path.parent() {
        zones::own_folder(folder)?;
    }
    put_aside(path).map_err(Failure::because(Stage::Connect, "put aside", path.display()))?;
    held(path).map(OwnedFd::from).map_err(Failure::because(Stage::Connect, "open", path.display()))
}

fn held(path: &Path) -> io::Result<File> {
    loop {
        let log = File::options().append(true).create(true).mode(0o600).custom_flags(libc::O_NOFOLLOW).open(path)?;
        log.lock_shared()?;
        // another launch may have put it aside before the lock
        if is(&log, path) {
            return Ok(log);
        }
    }
}

/// A log that has grown large makes room for a new one, in place of the one that did so before; not while a zone writes
/// it.
fn put_aside(path: &Path) -> io::Result<()> {
    let Ok(log) = File::options().write(true).custom_flags(libc::O_NOFOLLOW).open(path) else { return Ok(()) };
    let alone = log.metadata()?.len() > LARGE && log.try_lock().is_ok();
    if alone && is(&log, path) { fs::rename(path, path.with_added_extension("1")) } else { Ok(()) }
}

/// Whether the path still leads to this file.
fn is(file: &File, path: &Path) -> bool {
    let same = |a: &fs::Metadata, b: &fs::Metadata| (a.dev(), a.ino()) == (b.dev(), b.ino());
    file.metadata().is_ok_and(|file| fs::symlink_metadata(path).is_ok_and(|there| same(&file, &there)))
}
