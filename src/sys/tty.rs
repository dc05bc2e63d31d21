//! Terminals: the ioctls of a pty and of job control that nix does not have.

use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd, RawFd};

use super::fd::adopt;

/// The number of a pty on its devpts, asked of its master; ENOTTY for anything that is not a master.
pub fn pty_number(master: impl AsFd) -> io::Result<u32> {
    let mut number: libc::c_uint = 0;
    // SAFETY: TIOCGPTN writes one unsigned int to the pointer, which is a live local of that type.
    check(unsafe { libc::ioctl(raw(&master), libc::TIOCGPTN, &raw mut number) })?;
    Ok(number)
}

/// Unlocks the slave side of a new master, so that it can be opened.
pub fn unlock(master: impl AsFd) -> io::Result<()> {
    let locked: libc::c_int = 0;
    // SAFETY: TIOCSPTLCK reads one int from the pointer, which is a live local of that type.
    check(unsafe { libc::ioctl(raw(&master), libc::TIOCSPTLCK, &raw const locked) }).map(|_| ())
}

/// Opens the slave of a master by the master itself, whatever stands at its path; it does not become the
/// controlling terminal, and is close-on-exec.
pub fn slave(master: impl AsFd) -> io::Result<OwnedFd> {
    let flags = libc::O_RDWR | libc::O_NOCTTY | libc::O_CLOEXEC;
    // SAFETY: TIOCGPTPEER takes open flags by value and returns a new descriptor.
    check(unsafe { libc::ioctl(raw(&master), libc::TIOCGPTPEER, flags) }).map(adopt)
}

/// Makes a terminal the controlling one of this session; the caller leads the session and has none yet.
pub fn make_controlling(tty: impl AsFd) -> io::Result<()> {
    // SAFETY: TIOCSCTTY takes an integer by value; 0 never steals a terminal from another session.
    check(unsafe { libc::ioctl(raw(&tty), libc::TIOCSCTTY, 0) }).map(|_| ())
}

/// Rows and columns of a terminal, in characters.
pub fn window(tty: impl AsFd) -> io::Result<(u16, u16)> {
    let mut size = libc::winsize { ws_row: 0, ws_col: 0, ws_xpixel: 0, ws_ypixel: 0 };
    // SAFETY: TIOCGWINSZ writes one struct winsize to the pointer, which is a live local of that type.
    check(unsafe { libc::ioctl(raw(&tty), libc::TIOCGWINSZ, &raw mut size) })?;
    Ok((size.ws_row, size.ws_col))
}

/// Sets rows and columns; by either side of a pty. Its foreground processes get SIGWINCH when they differ.
pub fn set_window(tty: impl AsFd, rows: u16, columns: u16) -> io::Result<()> {
    let size = libc::winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
    // SAFETY: TIOCSWINSZ reads one struct winsize from the pointer, which is a live local of that type.
    check(unsafe { libc::ioctl(raw(&tty), libc::TIOCSWINSZ, &raw const size) }).map(|_| ())
}

fn raw(fd: &impl AsFd) -> RawFd {
    fd.as_fd().as_raw_fd()
}

fn check(answer: libc::c_int) -> io::Result<libc::c_int> {
    if answer < 0 { Err(io::Error::last_os_error()) } else { Ok(answer) }
}
