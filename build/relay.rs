//! What the relay may ask of the kernel: sockets of two families, splice, its clock, its memory, one file to read,
//! one log to write.

use libseccomp::{ScmpAction, ScmpArgCompare, ScmpCompareOp, scmp_cmp};

use crate::seccomp::{END, Filter, MEMORY, no_code};

const ANY: &[&str] = &[
    // descriptors and readiness
    "read",
    "write",
    "close",
    "fcntl",
    "poll",
    "ppoll",
    "epoll_ctl",
    "epoll_wait",
    "epoll_pwait",
    "pipe2",
    "splice",
    // sockets that it already has, or made by the rule below
    "accept4",
    "connect",
    "getpeername",
    "getsockname",
    "getsockopt",
    "recvfrom",
    "recvmsg",
    "sendmsg",
    "sendto",
    "setsockopt",
    "shutdown",
    // the audit log: its lock, its end, its head
    "flock",
    "pread64",
    "pwrite64",
    "ftruncate",
    // resolv.conf: what may be opened is Landlock's to say
    "fstat",
    "lseek",
    "newfstatat",
    "statx",
    // time, randomness
    "clock_gettime",
    "getrandom",
    "gettimeofday",
];

/// The filter of the relay. A call outside it is EPERM, which ends at most one connection.
pub fn filter() -> Filter {
    let mut when = no_code();
    for family in [libc_constants::AF_INET, libc_constants::AF_INET6] {
        when.push(("socket", vec![scmp_cmp!($arg0 == family)]));
    }
    let write = libc_constants::O_ACCMODE | libc_constants::O_CREAT;
    when.push(("openat", vec![ScmpArgCompare::new(2, ScmpCompareOp::MaskedEqual(write), 0)]));
    Filter { otherwise: ScmpAction::Errno(1), any: [ANY, MEMORY, END].concat(), when }
}

/// Numbers of the target's ABI, equal on every architecture that `seccomp.rs` knows.
mod libc_constants {
    pub const AF_INET: u64 = 2;
    pub const AF_INET6: u64 = 10;
    pub const O_ACCMODE: u64 = 3;
    pub const O_CREAT: u64 = 0o100;
}
