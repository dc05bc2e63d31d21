//! Extended attributes that belong to a file's owner (`user.*`, xattr(7)).

use std::ffi::CStr;
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};

/// The longest list of names, and the longest value, that the kernel has (XATTR_LIST_MAX, XATTR_SIZE_MAX).
const MOST: usize = 64 * 1024;

/// Gives one open file the attributes that the other's owner has set. A file system without any is no error.
pub fn copy_own(from: BorrowedFd<'_>, to: BorrowedFd<'_>) -> io::Result<()> {
    let mut names = vec![0; MOST];
    // SAFETY: the kernel writes at most the given length to the buffer, which has it.
    let length = unsafe { libc::flistxattr(from.as_raw_fd(), names.as_mut_ptr().cast(), names.len()) };
    let Ok(length) = usize::try_from(length) else { return without(io::Error::last_os_error()) };
    for name in names.get(..length).unwrap_or_default().split_inclusive(|byte| *byte == 0) {
        if let Ok(name) = CStr::from_bytes_with_nul(name)
            && name.to_bytes().starts_with(b"user.")
        {
            set(to, name, &get(from, name)?)?;
        }
    }
    Ok(())
}

fn without(cause: io::Error) -> io::Result<()> {
    if cause.raw_os_error() == Some(libc::EOPNOTSUPP) { Ok(()) } else { Err(cause) }
}

fn get(from: BorrowedFd<'_>, name: &CStr) -> io::Result<Vec<u8>> {
    let mut value = vec![0; MOST];
    // SAFETY: the name ends in a zero byte, and the kernel writes at most the given length to the buffer, which has it.
    let length = unsafe { libc::fgetxattr(from.as_raw_fd(), name.as_ptr(), value.as_mut_ptr().cast(), value.len()) };
    value.truncate(usize::try_from(length).map_err(|_| io::Error::last_os_error())?);
    Ok(value)
}

fn set(to: BorrowedFd<'_>, name: &CStr, value: &[u8]) -> io::Result<()> {
    // SAFETY: the name ends in a zero byte, and the kernel reads exactly the value's length.
    let done = unsafe { libc::fsetxattr(to.as_raw_fd(), name.as_ptr(), value.as_ptr().cast(), value.len(), 0) };
    if done == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}
