//! Removes a tree of any depth and width without a path, a stack or a followed link.
//!
//! A folder in a folder is moved up to the top before its own turn comes, so that every folder is removed from the same
//! place and two descriptors are enough. Only what can not be moved, as out of a volume of btrfs, is cleared where it is.
//! What fails is remembered, and the rest goes on.

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;

use nix::dir::Type;
use nix::errno::Errno;
use nix::fcntl::{OFlag, renameat};
use nix::unistd::{UnlinkatFlags, unlinkat};

use super::cursor::{list, open, open_top, set_mode};

/// Removes the entry `name` of a folder, and everything below it.
///
/// # Errors
/// The first failure; everything else is gone.
pub fn remove(parent: &Path, name: &OsStr) -> io::Result<()> {
    let parent = open_top(parent)?;
    if unlink(parent.as_fd(), name, None)? {
        return Ok(());
    }
    clear(opened(parent.as_fd(), name)?.as_fd())?;
    Ok(unlinkat(&parent, name, UnlinkatFlags::RemoveDir)?)
}

/// Removes everything in a folder.
fn clear(top: BorrowedFd<'_>) -> io::Result<()> {
    let mut mover = Mover { top, next: 0, moved: 0 };
    loop {
        let entries = list(top)?;
        let before = (entries.len(), mover.moved);
        let first = entries.into_iter().map(|(name, kind)| mover.take(&name, kind)).fold(Ok(()), io::Result::and);
        let left = list(top)?.len();
        if left == 0 {
            return Ok(());
        }
        // nothing was removed and nothing was moved: so it will be the next time
        if (left, mover.moved) == before {
            return first.and(Err(Errno::ENOTEMPTY.into()));
        }
    }
}

/// Moves folders to the top, each to a number of its own.
struct Mover<'a> {
    top: BorrowedFd<'a>,
    next: u64,
    moved: u64,
}

impl Mover<'_> {
    /// Removes an entry of the top; folders in it are moved to the top.
    fn take(&mut self, name: &OsStr, kind: Option<Type>) -> io::Result<()> {
        if unlink(self.top, name, kind)? {
            return Ok(());
        }
        let folder = opened(self.top, name)?;
        let mut first = Ok(());
        for (inner, kind) in list(folder.as_fd())? {
            let done = match unlink(folder.as_fd(), &inner, kind) {
                Ok(true) => Ok(()),
                Ok(false) => self.raise(folder.as_fd(), &inner),
                Err(cause) => Err(cause),
            };
            first = first.and(done);
        }
        first?;
        // a folder that some file systems did not list to its end has another turn
        match unlinkat(self.top, name, UnlinkatFlags::RemoveDir) {
            Ok(()) | Err(Errno::ENOTEMPTY | Errno::EEXIST) => Ok(()),
            Err(cause) => Err(cause.into()),
        }
    }

    fn raise(&mut self, folder: BorrowedFd<'_>, name: &OsStr) -> io::Result<()> {
        // a folder that is moved to another one is changed itself, which its mode may forbid
        set_mode(folder, name, 0o700)?;
        loop {
            let to = OsString::from(format!("moved-{}", self.next));
            self.next += 1;
            // an empty folder of that name is replaced, which is no loss here; more than this NFS can not do
            match renameat(folder, name, self.top, to.as_os_str()) {
                Err(Errno::EEXIST | Errno::ENOTEMPTY | Errno::ENOTDIR) => {}
                Err(Errno::EXDEV) => {
                    clear(opened(folder, name)?.as_fd())?;
                    return Ok(unlinkat(folder, name, UnlinkatFlags::RemoveDir)?);
                }
                other => {
                    self.moved += u64::from(other.is_ok());
                    return Ok(other?);
                }
            }
        }
    }
}

/// Removes what is no folder, or an empty one. False where it is a folder with something in it.
fn unlink(folder: BorrowedFd<'_>, name: &OsStr, kind: Option<Type>) -> io::Result<bool> {
    if kind != Some(Type::Directory) {
        match unlinkat(folder, name, UnlinkatFlags::NoRemoveDir) {
            Ok(()) | Err(Errno::ENOENT) => return Ok(true),
            Err(Errno::EISDIR) => {}
            Err(cause) => return Err(cause.into()),
        }
    }
    match unlinkat(folder, name, UnlinkatFlags::RemoveDir) {
        Ok(()) | Err(Errno::ENOENT) => Ok(true),
        Err(Errno::ENOTEMPTY | Errno::EEXIST | Errno::EACCES) => Ok(false),
        Err(cause) => Err(cause.into()),
    }
}

/// A folder that may be closed to its owner, opened.
fn opened(folder: BorrowedFd<'_>, name: &OsStr) -> io::Result<OwnedFd> {
    set_mode(folder, name, 0o700)?;
    open(folder, name, OFlag::O_RDONLY | OFlag::O_DIRECTORY)
}
