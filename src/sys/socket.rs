//! Socket options that nix does not name.

use std::io;
use std::os::fd::{AsFd, AsRawFd};

/// Sets an option whose value is one int.
pub fn set_int(socket: impl AsFd, level: libc::c_int, name: libc::c_int, value: libc::c_int) -> io::Result<()> {
    let len = size_of::<libc::c_int>() as libc::socklen_t;
    let fd = socket.as_fd().as_raw_fd();
    // SAFETY: the kernel reads `len` bytes from `value`, which is that long and outlives the call.
    let done = unsafe { libc::setsockopt(fd, level, name, (&raw const value).cast(), len) };
    if done == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Ignores SIGPIPE in this process: splice(2) into a closed socket raises it, and has no flag against that.
pub fn ignore_sigpipe() {
    // SAFETY: SIG_IGN is no handler, so nothing of this program runs in signal context.
    unsafe { libc::signal(libc::SIGPIPE, libc::SIG_IGN) };
}
