//! How much there is in a home: what a user is told before it is lost.

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::path::Path;

use nix::fcntl::AtFlags;
use nix::sys::stat::{FileStat, SFlag, fstatat};

use super::cursor::{Cursor, list, open_top};
use crate::sys::file;

/// Bytes and entries of a tree.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Measure {
    /// Bytes on the disk.
    pub bytes: u64,
    /// Files, folders, links and everything else.
    pub entries: u64,
    /// Folders that are closed to their owner: what is in them is not counted.
    pub closed: u64,
}

impl Measure {
    /// Both together.
    pub fn and(self, other: Self) -> Self {
        Self {
            bytes: self.bytes.saturating_add(other.bytes),
            entries: self.entries + other.entries,
            closed: self.closed + other.closed,
        }
    }
}

/// An entry of a home.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its name: any bytes.
    pub name: OsString,
    /// It and everything below it.
    pub measure: Measure,
}

/// The entries of a folder, the largest first; none where the folder is not there.
///
/// # Errors
/// A folder that can not be read, one that is moved meanwhile.
pub fn entries(folder: &Path) -> io::Result<Vec<Entry>> {
    let top = match open_top(folder) {
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        other => other?,
    };
    let mut found = Vec::new();
    for (name, _) in list(top.as_fd())? {
        let measure = measure(top.as_fd(), &name)?;
        found.push(Entry { name, measure });
    }
    found.sort_by(|a, b| b.measure.bytes.cmp(&a.measure.bytes).then_with(|| a.name.cmp(&b.name)));
    Ok(found)
}

/// One entry with everything below it.
fn measure(folder: BorrowedFd<'_>, name: &OsStr) -> io::Result<Measure> {
    let (mut total, is_folder) = alone(folder, name)?;
    let mut cursor = Cursor::new(folder.try_clone_to_owned()?);
    if !is_folder {
        return Ok(total);
    }
    if cursor.enter(name).is_err() {
        return Ok(Measure { closed: 1, ..total });
    }
    let mut pending = vec![scan(&cursor, &mut total)?];
    while let Some(level) = pending.last_mut() {
        match level.pop() {
            Some(name) if cursor.enter(&name).is_ok() => pending.push(scan(&cursor, &mut total)?),
            Some(_) => total.closed += 1,
            None => {
                pending.pop();
                cursor.leave()?;
            }
        }
    }
    Ok(total)
}

/// Adds what stands in a folder; the folders in it come back.
fn scan(cursor: &Cursor, total: &mut Measure) -> io::Result<Vec<OsString>> {
    let mut folders = Vec::new();
    for (name, _) in cursor.list()? {
        let (measure, is_folder) = alone(cursor.as_fd(), &name)?;
        *total = total.and(measure);
        folders.extend(is_folder.then_some(name));
    }
    Ok(folders)
}

/// One entry by itself, and whether it is a folder.
fn alone(folder: BorrowedFd<'_>, name: &OsStr) -> io::Result<(Measure, bool)> {
    let found: FileStat = fstatat(folder, name, AtFlags::AT_SYMLINK_NOFOLLOW)?;
    let bytes = u64::try_from(found.st_blocks).unwrap_or_default().saturating_mul(512);
    let is_folder = file::format(found.st_mode) == SFlag::S_IFDIR;
    Ok((Measure { bytes, entries: 1, closed: 0 }, is_folder))
}
