//! Forbidden calls with arguments that can not do anything, for `verify`. Each returns the errno; 0 where the call
//! was let through.

use nix::errno::Errno;

/// mount(2) from unreadable addresses: EFAULT without a filter.
pub fn mount_from_nowhere() -> Errno {
    raw(libc::SYS_mount, [1, 1, 1, 0, 0])
}

/// setns(2) of no descriptor: EBADF without a filter.
pub fn setns_without_namespace() -> Errno {
    raw(libc::SYS_setns, [u64::MAX, 0, 0, 0, 0])
}

/// keyctl(2) of an operation that does not exist: EOPNOTSUPP without a filter.
pub fn keyctl_unknown_operation() -> Errno {
    raw(libc::SYS_keyctl, [9999, 0, 0, 0, 0])
}

/// perf_event_open(2) with attributes at an unreadable address: EFAULT without a filter.
pub fn perf_event_from_nowhere() -> Errno {
    raw(libc::SYS_perf_event_open, [1, 0, u64::MAX, u64::MAX, 0])
}

/// A packet socket of a type that does not exist: EINVAL without a filter, before capabilities are looked at.
pub fn packet_socket_of_no_type() -> Errno {
    raw(libc::SYS_socket, [libc::AF_PACKET as u64, 15, 0, 0, 0])
}

/// A netlink socket of nf_tables (protocol 12), of a type that does not exist: EINVAL without a filter.
pub fn netfilter_socket() -> Errno {
    raw(libc::SYS_socket, [libc::AF_NETLINK as u64, 15, 12, 0, 0])
}

/// TIOCSTI on no descriptor: EBADF without a filter.
pub fn type_into_no_terminal() -> Errno {
    raw(libc::SYS_ioctl, [u64::MAX, libc::TIOCSTI, 0, 0, 0])
}

/// unshare(2) with a bit that means nothing beside the one for user namespaces: EINVAL without a filter.
pub fn unshare_bad_flags() -> Errno {
    raw(libc::SYS_unshare, [libc::CLONE_NEWUSER as u64 | 1, 0, 0, 0, 0])
}

/// A character device in /tmp: EPERM without Landlock, for want of a capability.
pub fn make_device() -> Errno {
    let path = c"/tmp/.verify";
    raw(libc::SYS_mknodat, [libc::AT_FDCWD as u64, path.as_ptr() as u64, (libc::S_IFCHR | 0o600) as u64, 0x103, 0])
}

/// A TCP port above 1023 on the zone's own loopback: let through without Landlock.
pub fn listen_on_fixed_port() -> Errno {
    use nix::sys::socket::{AddressFamily, SockFlag, SockType, SockaddrIn, bind, socket};
    use std::os::fd::AsRawFd;
    let address = SockaddrIn::new(127, 0, 0, 1, 1025);
    let bound = socket(AddressFamily::Inet, SockType::Stream, SockFlag::SOCK_CLOEXEC, None)
        .and_then(|socket| bind(socket.as_raw_fd(), &address));
    bound.err().unwrap_or(Errno::UnknownErrno)
}

fn raw(call: libc::c_long, arguments: [u64; 5]) -> Errno {
    let [a, b, c, d, e] = arguments;
    // SAFETY: each caller passes integers, or addresses that the kernel finds unreadable or that point at a constant
    // string: nothing of this process's memory is written.
    let done = unsafe { libc::syscall(call, a, b, c, d, e) };
    if done < 0 { Errno::last() } else { Errno::UnknownErrno }
}
