//! Making a network interface of an open /dev/net/tun.

use std::ffi::c_char;
use std::io;
use std::os::fd::{AsFd, AsRawFd};

/// Gives the descriptor an interface of this name (at most 15 bytes) in the network namespace of the caller, who
/// needs CAP_NET_ADMIN there: whole IP packets without a header before them. It lives as long as the descriptor.
pub fn attach(tun: impl AsFd, name: &str) -> io::Result<()> {
    if name.len() >= libc::IFNAMSIZ || name.contains('\0') {
        return Err(io::Error::from_raw_os_error(libc::EINVAL));
    }
    let mut ifr_name = [0; libc::IFNAMSIZ];
    for (to, from) in ifr_name.iter_mut().zip(name.bytes()) {
        *to = from as c_char;
    }
    let flags = (libc::IFF_TUN | libc::IFF_NO_PI) as libc::c_short;
    let mut request = libc::ifreq { ifr_name, ifr_ifru: libc::__c_anonymous_ifr_ifru { ifru_flags: flags } };
    // SAFETY: TUNSETIFF reads and writes one struct ifreq (netdevice(7)), which is this one; the name ends in a
    // zero, since it is shorter than the field.
    let done = unsafe { libc::ioctl(tun.as_fd().as_raw_fd(), libc::TUNSETIFF, &raw mut request) };
    if done == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}
