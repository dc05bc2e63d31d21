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

/// The numbers of the supplementary groups of whoever connected (unix(7), SO_PEERGROUPS; at most 65,536).
pub fn peer_groups(socket: impl AsFd) -> io::Result<Vec<u32>> {
    const SO_PEERGROUPS: libc::c_int = 59;
    let mut groups: Vec<u32> = Vec::new();
    loop {
        let mut len = size_of_val(groups.as_slice()) as libc::socklen_t;
        let (fd, into) = (socket.as_fd().as_raw_fd(), groups.as_mut_ptr().cast());
        // SAFETY: the kernel writes at most `len` bytes to `into`, which is that long; both live until after the call.
        let done = unsafe { libc::getsockopt(fd, libc::SOL_SOCKET, SO_PEERGROUPS, into, &raw mut len) };
        let count = len as usize / size_of::<u32>();
        match done {
            0 => {
                groups.truncate(count);
                return Ok(groups);
            }
            // it says how much room it needs; that does not change, since it is of the moment of connecting
            _ if io::Error::last_os_error().raw_os_error() == Some(libc::ERANGE) && count > groups.len() => {
                groups.resize(count, 0);
            }
            _ => return Err(io::Error::last_os_error()),
        }
    }
}

/// Ignores SIGPIPE in this process: splice(2) into a closed socket raises it, and has no flag against that.
pub fn ignore_sigpipe() {
    // SAFETY: SIG_IGN is no handler, so nothing of this program runs in signal context.
    unsafe { libc::signal(libc::SIGPIPE, libc::SIG_IGN) };
}
