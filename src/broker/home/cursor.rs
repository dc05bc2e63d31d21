//! A place in a tree of folders, of any depth: one descriptor, and the identities of the folders above it.

use std::ffi::{OsStr, OsString};
use std::fs::{Permissions, set_permissions};
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use nix::dir::{Dir, Type};
use nix::errno::Errno;
use nix::fcntl::{OFlag, openat};
use nix::sys::stat::{FileStat, Mode, fstat};

use crate::sys::file::open_beneath;

/// Where a walk through a tree is.
#[derive(Debug)]
pub struct Cursor {
    here: OwnedFd,
    above: Vec<(u64, u64)>,
}

impl Cursor {
    /// Begins at a folder.
    pub fn new(top: OwnedFd) -> Self {
        Self { here: top, above: Vec::new() }
    }

    /// Goes into a folder of this one. An error leaves it where it is.
    pub fn enter(&mut self, name: &OsStr) -> io::Result<()> {
        let own = identity(&fstat(&self.here)?);
        let child = open(self.here.as_fd(), name, OFlag::O_RDONLY | OFlag::O_DIRECTORY)?;
        // the way back needs the right to search it
        above(&child)?;
        self.above.push(own);
        self.here = child;
        Ok(())
    }

    /// Goes up to the folder it came from; the one that is left comes back.
    ///
    /// # Errors
    /// ESTALE where somebody moved the folder meanwhile.
    pub fn leave(&mut self) -> io::Result<OwnedFd> {
        let parent = above(&self.here)?;
        if self.above.pop() != Some(identity(&fstat(&parent)?)) {
            return Err(Errno::ESTALE.into());
        }
        Ok(std::mem::replace(&mut self.here, parent))
    }

    /// Every entry of this folder with its type, where the file system says it.
    pub fn list(&self) -> io::Result<Vec<(OsString, Option<Type>)>> {
        list(self.here.as_fd())
    }
}

impl AsFd for Cursor {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.here.as_fd()
    }
}

/// What tells a file from every other.
fn identity(found: &FileStat) -> (u64, u64) {
    (found.st_dev, found.st_ino)
}

fn above(folder: &OwnedFd) -> nix::Result<OwnedFd> {
    openat(folder, "..", OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC, Mode::empty())
}

/// Opens an entry of a folder and nothing else: no link is followed, and nothing above is reached.
pub fn open(folder: BorrowedFd<'_>, name: &OsStr, flags: OFlag) -> io::Result<OwnedFd> {
    Ok(open_beneath(folder, name, flags)?)
}

/// Opens a folder by its path. A link in its place is not followed.
pub fn open_top(path: &Path) -> io::Result<OwnedFd> {
    let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
    Ok(nix::fcntl::open(path, flags, Mode::empty())?)
}

/// Sets the mode of an entry that may be closed to its owner. A link keeps its own.
pub fn set_mode(folder: BorrowedFd<'_>, name: &OsStr, mode: u32) -> io::Result<()> {
    let entry = open(folder, name, OFlag::O_PATH)?;
    set_permissions(format!("/proc/self/fd/{}", entry.as_raw_fd()), Permissions::from_mode(mode))
}

/// Every entry of a folder with its type, where the file system says it.
pub fn list(folder: BorrowedFd<'_>) -> io::Result<Vec<(OsString, Option<Type>)>> {
    // a descriptor of its own, since a descriptor remembers how far it was read
    let mut all = Vec::new();
    let again = openat(folder, ".", OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC, Mode::empty())?;
    for entry in Dir::from_fd(again)?.iter() {
        let entry = entry?;
        let name = OsStr::from_bytes(entry.file_name().to_bytes());
        if name != "." && name != ".." {
            all.push((name.to_owned(), entry.file_type()));
        }
    }
    Ok(all)
}
