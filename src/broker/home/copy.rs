//! A copy of a tree with everything that a home has: modes, times, attributes of the user, links as links, holes as holes.
//!
//! Where the file system can share blocks between two files (FICLONE) it does, and the copy takes no room. Pipes, sockets
//! and devices are left out and counted. Two names of one file become two files.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::PermissionsExt;

use nix::errno::Errno;
use nix::fcntl::{AtFlags, OFlag, copy_file_range, openat, readlinkat};
use nix::sys::stat::{FileStat, Mode, SFlag, UtimensatFlags, fstatat, futimens, mkdirat, utimensat};
use nix::sys::time::TimeSpec;
use nix::unistd::{Whence, ftruncate, lseek, symlinkat};

use super::cursor::{Cursor, open, set_mode};
use crate::sys::{attribute, file};

/// How a tree was copied.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Copied {
    /// Files whose blocks are shared.
    pub shared: u64,
    /// Files whose bytes were copied.
    pub copied: u64,
    /// Pipes, sockets and devices that were left out.
    pub left_out: u64,
}

/// A folder that is being copied.
#[derive(Debug)]
struct Level {
    /// Folders in it that wait.
    pending: Vec<OsString>,
    /// What it was before.
    found: FileStat,
}

/// Rights that a folder must have while it is copied.
const OPEN: u32 = 0o700;

/// Copies what is in one folder into another, empty one, and the folder's own mode and times. A folder or file that is
/// closed to its owner is opened for the time of the copy.
///
/// # Errors
/// What could not be copied; the copy is in pieces then.
pub fn copy(from: OwnedFd, to: OwnedFd) -> io::Result<Copied> {
    let found = nix::sys::stat::fstat(&from)?;
    let (mut source, mut target, mut copied) = (Cursor::new(from), Cursor::new(to), Copied::default());
    let pending = entries(&source, &target, &mut copied)?;
    let mut levels = vec![Level { pending, found }];
    while let Some(level) = levels.last_mut() {
        if let Some(name) = level.pending.pop() {
            let found = enter(&mut source, &mut target, &name)?;
            let pending = entries(&source, &target, &mut copied)?;
            levels.push(Level { pending, found });
        } else if let Some(Level { found, .. }) = levels.pop() {
            match levels.is_empty() {
                true => finish(source.as_fd(), target.as_fd(), &found)?,
                false => finish(source.leave()?.as_fd(), target.leave()?.as_fd(), &found)?,
            }
        }
    }
    Ok(copied)
}

/// Goes into a folder on both sides; what the source's was comes back.
fn enter(source: &mut Cursor, target: &mut Cursor, name: &OsStr) -> io::Result<FileStat> {
    let found = fstatat(source.as_fd(), name, AtFlags::AT_SYMLINK_NOFOLLOW)?;
    if found.st_mode & OPEN != OPEN {
        set_mode(source.as_fd(), name, found.st_mode & 0o7777 | OPEN)?;
    }
    source.enter(name)?;
    mkdirat(target.as_fd(), name, Mode::S_IRWXU)?;
    target.enter(name)?;
    Ok(found)
}

/// Everything in this folder but folders, whose names come back.
fn entries(source: &Cursor, target: &Cursor, copied: &mut Copied) -> io::Result<Vec<OsString>> {
    let mut folders = Vec::new();
    for (name, _) in source.list()? {
        let found = fstatat(source.as_fd(), name.as_os_str(), AtFlags::AT_SYMLINK_NOFOLLOW)?;
        match file::format(found.st_mode) {
            SFlag::S_IFDIR => folders.push(name),
            SFlag::S_IFREG => regular(source.as_fd(), target.as_fd(), &name, &found, copied)?,
            SFlag::S_IFLNK => link(source.as_fd(), target.as_fd(), &name, &found)?,
            _ => copied.left_out += 1,
        }
    }
    Ok(folders)
}

fn link(source: BorrowedFd<'_>, target: BorrowedFd<'_>, name: &OsStr, found: &FileStat) -> io::Result<()> {
    let to = readlinkat(source, name)?;
    symlinkat(to.as_os_str(), target, name)?;
    let (read, written) = times(found);
    Ok(utimensat(target, name, &read, &written, UtimensatFlags::NoFollowSymlink)?)
}

fn regular(
    source: BorrowedFd<'_>,
    target: BorrowedFd<'_>,
    name: &OsStr,
    found: &FileStat,
    copied: &mut Copied,
) -> io::Result<()> {
    let closed = found.st_mode & 0o400 == 0;
    if closed {
        set_mode(source, name, found.st_mode & 0o7777 | 0o400)?;
    }
    let done = opened(source, target, name, found, copied);
    if closed {
        // not before: the attributes of a closed file can not be read either
        set_mode(source, name, found.st_mode & 0o7777)?;
    }
    done
}

/// A file that is not closed to its owner.
fn opened(
    source: BorrowedFd<'_>,
    target: BorrowedFd<'_>,
    name: &OsStr,
    found: &FileStat,
    copied: &mut Copied,
) -> io::Result<()> {
    let from = open(source, name, OFlag::O_RDONLY | OFlag::O_NONBLOCK)?;
    let flags = OFlag::O_WRONLY | OFlag::O_CREAT | OFlag::O_EXCL | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
    let to = openat(target, name, flags, Mode::S_IRUSR | Mode::S_IWUSR)?;
    match file::share_blocks(&from, &to) {
        Ok(()) => copied.shared += 1,
        Err(cause) if cannot_share(&cause) => {
            bytes(&from, &to, found.st_size)?;
            copied.copied += 1;
        }
        Err(cause) => return Err(cause),
    }
    finish(from.as_fd(), to.as_fd(), found)
}

/// Answers of file systems that share nothing, or not between these two.
fn cannot_share(cause: &io::Error) -> bool {
    let answers = [libc::EOPNOTSUPP, libc::EXDEV, libc::EINVAL, libc::ENOTTY, libc::ENOSYS];
    cause.raw_os_error().is_some_and(|errno| answers.contains(&errno))
}

/// Copies what is no hole.
fn bytes(from: &OwnedFd, to: &OwnedFd, size: i64) -> io::Result<()> {
    ftruncate(to, size)?;
    let mut end = 0;
    while end < size {
        let mut at = match lseek(from, end, Whence::SeekData) {
            Err(Errno::ENXIO) => break,
            other => other?,
        };
        end = lseek(from, at, Whence::SeekHole)?.min(size);
        let mut there = at;
        while at < end {
            let length = usize::try_from(end - at).unwrap_or(0);
            if copy_file_range(from, Some(&mut at), to, Some(&mut there), length)? == 0 {
                // it became shorter
                return Ok(());
            }
        }
    }
    Ok(())
}

/// Attributes, mode and times of what was copied; those of a folder come last, since making entries changes them. The
/// source has its own mode again.
fn finish(source: BorrowedFd<'_>, target: BorrowedFd<'_>, found: &FileStat) -> io::Result<()> {
    attribute::copy_own(source, target)?;
    let mode = std::fs::Permissions::from_mode(found.st_mode & 0o7777);
    let is_folder = file::format(found.st_mode) == SFlag::S_IFDIR;
    for fd in is_folder.then_some(source).into_iter().chain([target]) {
        File::from(fd.try_clone_to_owned()?).set_permissions(mode.clone())?;
    }
    let (read, written) = times(found);
    Ok(futimens(target, &read, &written)?)
}

fn times(found: &FileStat) -> (TimeSpec, TimeSpec) {
    (TimeSpec::new(found.st_atime, found.st_atime_nsec), TimeSpec::new(found.st_mtime, found.st_mtime_nsec))
}
