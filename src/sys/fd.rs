//! Descriptors: taking ownership, and closing all but a list.

use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};

use nix::fcntl::{FcntlArg, FdFlag, fcntl};

/// Takes ownership of a descriptor that the kernel has just made for this process.
pub fn adopt(fd: RawFd) -> OwnedFd {
    // SAFETY: callers pass a number that a system call returned to them a line before (recvmsg, open_tree,
    // clone3), so it is open and nothing else in this process owns it.
    unsafe { OwnedFd::from_raw_fd(fd) }
}

/// A copy of a descriptor with a number above the given one, closed on exec.
pub fn above(fd: BorrowedFd<'_>, number: RawFd) -> nix::Result<OwnedFd> {
    fcntl(fd, FcntlArg::F_DUPFD_CLOEXEC(number + 1)).map(adopt)
}

/// Puts a descriptor at a number, open across exec (dup2(2)), for a program that expects it there. What stood there
/// is closed, so this is for a child that is about to execute.
pub fn place_for_exec(fd: BorrowedFd<'_>, number: RawFd) -> nix::Result<()> {
    if fd.as_raw_fd() == number {
        return fcntl(fd, FcntlArg::F_SETFD(FdFlag::empty())).map(|_| ());
    }
    // SAFETY: integers only. Whoever owned `number` in this process does not run again: the child executes or exits.
    nix::errno::Errno::result(unsafe { libc::dup2(fd.as_raw_fd(), number) }).map(|_| ())
}

/// Closes every descriptor of this process that is not listed (close_range(2)). For a child that has just been
/// forked and is about to become another program or service.
pub fn close_all_but(keep: &[RawFd]) -> std::io::Result<()> {
    let mut keep: Vec<u32> = keep.iter().map(|fd| *fd as u32).collect();
    keep.sort_unstable();
    keep.dedup();
    let mut first = 0;
    for fd in keep {
        if fd > first {
            close_range(first, fd - 1)?;
        }
        first = fd + 1;
    }
    close_range(first, u32::MAX)
}

fn close_range(first: u32, last: u32) -> std::io::Result<()> {
    // SAFETY: integers only. The descriptors closed belong to objects that the forked child never drops: it
    // execs or exits without running destructors of what its parent built.
    let done = unsafe { libc::syscall(libc::SYS_close_range, first, last, 0) };
    if done == 0 { Ok(()) } else { Err(std::io::Error::last_os_error()) }
}

/// Bytes that wait in a pipe, asked at either end of it (ioctl_pipe(2), FIONREAD).
pub fn unread(pipe: BorrowedFd<'_>) -> std::io::Result<i32> {
    let mut waiting: libc::c_int = 0;
    // SAFETY: FIONREAD writes one int to the pointer, which is a live local of that type.
    let done = unsafe { libc::ioctl(pipe.as_raw_fd(), libc::FIONREAD, &raw mut waiting) };
    if done == 0 { Ok(waiting) } else { Err(std::io::Error::last_os_error()) }
}

/// Takes ownership of a descriptor that this program was started with, and sets close-on-exec. EBADF where there
/// is none of that number.
pub fn inherit(fd: RawFd) -> std::io::Result<OwnedFd> {
    // SAFETY: F_SETFD takes an integer; a number that is not open is EBADF, not a fault.
    if unsafe { libc::fcntl(fd, libc::F_SETFD, libc::FD_CLOEXEC) } < 0 {
        return Err(std::io::Error::last_os_error());
    }
    // SAFETY: it is open, and came over exec: the program's arguments name it once, so nothing else here owns it.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}
