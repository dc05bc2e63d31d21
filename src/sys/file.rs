//! What a descriptor is, asked so that no file server is waited for; files that do not know their own size.

use std::fs::File;
use std::io::{self, Read};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use nix::NixPath;
use nix::fcntl::{OFlag, OpenHow, ResolveFlag, openat2};
use nix::sys::stat::SFlag;

/// The text of a file of /proc, or the first `most` bytes of another. Such a file says that it is empty, so reading it
/// as usual begins with 32 bytes and takes a dozen calls.
pub fn read_text(path: &Path, most: usize) -> io::Result<String> {
    let mut bytes = Vec::with_capacity(most.min(ONE_READ));
    File::open(path)?.take(most as u64).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Room for the first read: most files of /proc are shorter.
const ONE_READ: usize = 8 * 1024;

/// What the kernel knows of an open file by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kind {
    /// The `S_IFMT` bits; 0 for files without a type (eventfd and its like).
    pub format: u32,
    /// Major and minor number of a device file.
    pub device: (u32, u32),
    /// The mount it was opened on, as in `/proc/self/mountinfo`.
    pub mount: u64,
    /// Identity: device of its file system, and inode.
    pub identity: (u32, u32, u64),
}

/// Type and identity of a descriptor. `fstat` asks the server of a FUSE file and waits for ever when it is
/// silent; this takes what the kernel has.
pub fn kind(fd: impl AsFd) -> io::Result<Kind> {
    let mut answer = MaybeUninit::<libc::statx>::zeroed();
    let flags = libc::AT_EMPTY_PATH | libc::AT_STATX_DONT_SYNC;
    let mask = libc::STATX_TYPE | libc::STATX_INO | libc::STATX_MNT_ID;
    // SAFETY: the path is an empty C string, the pointer is to room for one struct statx, which is all integers
    // and was zeroed, so it is initialised whatever part the kernel fills.
    let (done, found) = unsafe {
        let done = libc::statx(fd.as_fd().as_raw_fd(), c"".as_ptr(), flags, mask, answer.as_mut_ptr());
        (done, answer.assume_init())
    };
    if done < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(Kind {
        format: u32::from(found.stx_mode) & libc::S_IFMT,
        device: (found.stx_rdev_major, found.stx_rdev_minor),
        mount: found.stx_mnt_id,
        identity: (found.stx_dev_major, found.stx_dev_minor, found.stx_ino),
    })
}

/// Makes a file the same as another by sharing its blocks until one of them is changed (FICLONE, ioctl_ficlone(2));
/// EOPNOTSUPP, EXDEV or EINVAL where the file system can not.
pub fn share_blocks(from: impl AsFd, to: impl AsFd) -> io::Result<()> {
    // SAFETY: the argument is a descriptor, which is open for the time of the call; no memory is read or written.
    let done = unsafe { libc::ioctl(to.as_fd().as_raw_fd(), libc::FICLONE, from.as_fd().as_raw_fd()) };
    if done == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// The `S_IFMT` bits of a mode (inode(7)): what kind of file it is of.
pub fn format(mode: u32) -> SFlag {
    SFlag::from_bits_truncate(mode) & SFlag::S_IFMT
}

/// Opens a file of one's own for reading and writing, as it is; made for nobody else where it is not there. A link in its
/// place is not followed.
pub fn open_own(path: &Path) -> io::Result<File> {
    let options = &mut File::options();
    let options = options.read(true).write(true).create(true).truncate(false).mode(0o600);
    options.custom_flags(libc::O_NOFOLLOW).open(path)
}

/// Opens what lies below a folder: no link is followed on the way or at its end, and nothing above is reached.
pub fn open_beneath(folder: impl AsFd, path: &(impl NixPath + ?Sized), flags: OFlag) -> nix::Result<OwnedFd> {
    let resolve = ResolveFlag::RESOLVE_BENEATH | ResolveFlag::RESOLVE_NO_SYMLINKS;
    let how = OpenHow::new().flags(flags | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC).resolve(resolve);
    openat2(folder, path, how)
}
