//! The audit log: one file for all zones of a user, opened here for whoever writes it: the relay, and the client.
//!
//! Each writer has a shared lock on the file that it writes (flock(2)), so that a large one is put aside only while
//! nobody writes it: no line ends up in a file that is gone.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use nix::unistd::geteuid;

use super::zones;
use crate::audit::{Event, Log, aside, head};
use crate::sys::file::open_own;
use crate::wire::{Code, Failure, Stage};

/// Bytes of a log at which the next writer begins another.
const LARGE: u64 = 64 * 1024 * 1024;

/// How long a writer waits for others that nothing must hold up: what it can not write it counts.
pub const SHORT: Duration = Duration::from_millis(5);
/// How long one waits that can do nothing without having written.
pub const LONG: Duration = Duration::from_secs(2);

/// Opens the log for appending, and holds it by a lock that lives as long as the last copy of the descriptor. A link
/// in its place, or in that of its head, is not followed.
///
/// # Errors
/// A folder that is not the user's own; [`Code::NotRecorded`] where the log can not be opened.
pub fn open(stage: Stage, path: &Path, patience: Duration) -> Result<Log, Failure> {
    if let Some(folder) = path.parent() {
        zones::own_folder(folder)?;
    }
    let opened = put_aside(path, patience).and_then(|()| Ok(Log::new(held(path)?, headed(path)?, patience)));
    opened.map_err(not_recorded(stage, path))
}

/// Writes one line into the log at a path, which is opened for it: a log that is held open is never put aside.
///
/// # Errors
/// As for [`open`]; [`Code::NotRecorded`] where the line can not be written.
pub fn record(stage: Stage, path: &Path, event: &Event) -> Result<(), Failure> {
    open(stage, path, LONG)?.write(event).map_err(not_recorded(stage, path))
}

/// The failure of whoever must not go on without having written into the log at a path.
fn not_recorded(stage: Stage, path: &Path) -> impl FnOnce(io::Error) -> Failure {
    let path = path.display().to_string();
    move |cause| {
        let errno = cause.raw_os_error().unwrap_or(libc::EIO);
        Failure { errno, ..Failure::new(stage, Code::NotRecorded, &[&path]) }
    }
}

fn held(path: &Path) -> io::Result<File> {
    loop {
        let options = &mut File::options();
        let log = options.read(true).append(true).create(true).mode(0o600).custom_flags(libc::O_NOFOLLOW).open(path)?;
        log.lock_shared()?;
        // another launch may have put it aside before the lock
        if is(&log, path) {
            return Ok(log);
        }
    }
}

/// The head, which is written in place and never replaced.
fn headed(path: &Path) -> io::Result<File> {
    open_own(&head(path))
}

/// A log that has grown large makes room for a new one, in a user's own in place of the one that did so before; not while
/// a zone writes it.
fn put_aside(path: &Path, patience: Duration) -> io::Result<()> {
    if !fs::symlink_metadata(path).is_ok_and(|found| found.len() > LARGE) {
        return Ok(());
    }
    let log = File::options().read(true).append(true).custom_flags(libc::O_NOFOLLOW).open(path)?;
    let alone = log.try_lock().is_ok() && is(&log, path);
    if !alone {
        return Ok(());
    }
    let make_room = || if geteuid().is_root() { keep_former(path) } else { Ok(()) };
    Log::new(log, headed(path)?, patience).begin_file(|| make_room().and_then(|()| fs::rename(path, aside(path))))
}

/// In the system's log nothing makes room for another: who asks for launches again and again could push out what was
/// recorded. The file that was put aside before gets the first number that is free; its end is the administrator's to decide.
fn keep_former(path: &Path) -> io::Result<()> {
    let former = aside(path);
    if fs::symlink_metadata(&former).is_err() {
        return Ok(());
    }
    let is_free = |name: &PathBuf| fs::symlink_metadata(name).is_err();
    let free = (2..u32::MAX).map(|number| path.with_added_extension(number.to_string())).find(is_free);
    fs::rename(&former, free.ok_or(ErrorKind::StorageFull)?)
}

/// Whether the path still leads to this file.
fn is(file: &File, path: &Path) -> bool {
    let same = |a: &fs::Metadata, b: &fs::Metadata| (a.dev(), a.ino()) == (b.dev(), b.ino());
    file.metadata().is_ok_and(|file| fs::symlink_metadata(path).is_ok_and(|there| same(&file, &there)))
}
