//! The mount API by descriptors: open_tree, mount_setattr, move_mount (their man pages, Linux 5.2 and 5.12).

use std::ffi::{CStr, CString};
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// A set of mount attributes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attributes(u64);

impl Attributes {
    /// No writing.
    pub const READ_ONLY: Self = Self(0x1);
    /// Set-user-id and file capabilities have no effect.
    pub const NO_SUID: Self = Self(0x2);
    /// Device nodes have no effect.
    pub const NO_DEV: Self = Self(0x4);
    /// Nothing is executed.
    pub const NO_EXEC: Self = Self(0x8);

    /// What a zone may only read.
    pub const FOR_READING: Self = Self::READ_ONLY.and(Self::FOR_WRITING);
    /// What a zone may change.
    pub const FOR_WRITING: Self = Self::NO_SUID.and(Self::NO_DEV);

    /// Both sets.
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// A detached copy of what is mounted at and below a path.
pub fn open_tree(path: &Path) -> io::Result<OwnedFd> {
    clone_tree(libc::AT_FDCWD, &c_string(path)?, 0)
}

/// A detached copy of what is mounted at and below a folder that is open, whatever stands at its path by now.
pub fn open_tree_of(folder: BorrowedFd<'_>) -> io::Result<OwnedFd> {
    clone_tree(folder.as_raw_fd(), c"", libc::AT_EMPTY_PATH as libc::c_uint)
}

fn clone_tree(from: i32, path: &CStr, flags: libc::c_uint) -> io::Result<OwnedFd> {
    const CLONE: libc::c_uint = 1;
    const RECURSIVE: libc::c_uint = 0x8000;
    let flags = flags | CLONE | RECURSIVE | libc::O_CLOEXEC as libc::c_uint;
    // SAFETY: `path` ends in a zero byte and lives until after the call.
    let fd = unsafe { libc::syscall(libc::SYS_open_tree, from, path.as_ptr(), flags) };
    if fd < 0 { Err(io::Error::last_os_error()) } else { Ok(super::fd::adopt(fd as i32)) }
}

/// Sets attributes on a detached tree and all below it, and makes its propagation private: a shared one would show
/// the zone's mounts outside.
pub fn restrict_tree(tree: BorrowedFd<'_>, attributes: Attributes) -> io::Result<()> {
    let attr = [attributes.0, 0, libc::MS_PRIVATE, 0];
    let flags = libc::AT_EMPTY_PATH as libc::c_uint | 0x8000;
    // SAFETY: the path is a constant that ends in a zero byte; `attr` is struct mount_attr, four 64-bit words.
    let done = unsafe {
        libc::syscall(libc::SYS_mount_setattr, tree.as_raw_fd(), c"".as_ptr(), flags, &attr, size_of_val(&attr))
    };
    if done == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

const FROM_EMPTY_PATH: libc::c_uint = 0x4;
const TO_EMPTY_PATH: libc::c_uint = 0x40;

/// Attaches a detached tree at a path.
pub fn attach_tree(tree: BorrowedFd<'_>, at: &Path) -> io::Result<()> {
    move_mount(tree, libc::AT_FDCWD, &c_string(at)?, FROM_EMPTY_PATH)
}

/// Attaches a detached tree on a folder that is open: on no other, whatever stands at its path by now.
pub fn attach_tree_on(tree: BorrowedFd<'_>, folder: BorrowedFd<'_>) -> io::Result<()> {
    move_mount(tree, folder.as_raw_fd(), c"", FROM_EMPTY_PATH | TO_EMPTY_PATH)
}

fn move_mount(tree: BorrowedFd<'_>, to: i32, at: &CStr, flags: libc::c_uint) -> io::Result<()> {
    let from = tree.as_raw_fd();
    // SAFETY: both paths end in a zero byte and live until after the call; the rest are integers.
    let done = unsafe { libc::syscall(libc::SYS_move_mount, from, c"".as_ptr(), to, at.as_ptr(), flags) };
    if done == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

fn c_string(path: &Path) -> io::Result<CString> {
    CString::new(path.as_os_str().as_bytes()).map_err(|_| io::ErrorKind::InvalidInput.into())
}
