//! What the agent may ask of the kernel: the few sockets that it already has, its clock, its memory, files that were opened
//! for it.

use libseccomp::ScmpAction;

use crate::seccomp::{END, Filter, MEMORY, no_code};

const ANY: &[&str] = &[
    // descriptors and readiness
    "read",
    "write",
    "close",
    "poll",
    "ppoll",
    "timerfd_settime",
    // the packet socket, netlink, init and the builder
    "recvfrom",
    "recvmsg",
    "sendmsg",
    "sendto",
    // the zone's resolv.conf, the former address
    "fstat",
    "ftruncate",
    "lseek",
    "newfstatat",
    "pread64",
    "pwrite64",
    "statx",
    // time, randomness
    "clock_gettime",
    "getrandom",
    "gettimeofday",
];

/// The filter of the agent.
pub fn filter() -> Filter {
    Filter { otherwise: ScmpAction::Errno(1), any: [ANY, MEMORY, END].concat(), when: no_code() }
}
