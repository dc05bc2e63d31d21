//! What the display proxy and its dialer may ask of the kernel: two short lists. Neither opens a file.

use libseccomp::{ScmpAction, scmp_cmp};

use crate::seccomp::{END, Filter, MEMORY, no_code};

/// Accepting programs, epoll, its own event and pipe descriptors. No call that makes or connects a socket.
const PROXY: &[&str] = &[
    "accept4",
    "epoll_create1",
    "epoll_ctl",
    "epoll_wait",
    "epoll_pwait",
    "eventfd2",
    "pipe2",
    "read",
    "write",
    "fstat",
    // waiting, messages, and descriptors that come in them
    "close",
    "poll",
    "ppoll",
    "recvmsg",
    "sendmsg",
    // time, randomness
    "clock_gettime",
    "getrandom",
];

/// Waiting for the proxy's byte and answering it; the connecting is in the rules below.
const DIALER: &[&str] = &["connect", "close", "poll", "ppoll", "recvmsg", "sendmsg"];

const AF_UNIX: u64 = 1;
const F_GETFD: u64 = 1;
const F_SETFD: u64 = 2;
const AT_EMPTY_PATH: u64 = 0x1000;

/// The filter of the process that reads what programs of the zone send. A call outside it is EPERM.
pub fn proxy() -> Filter {
    let mut when = no_code();
    for command in [F_GETFD, F_SETFD] {
        when.push(("fcntl", vec![scmp_cmp!($arg1 == command)]));
    }
    // fstat by its newer name; with a path it would be Landlock's to refuse, which leaves sizes and dates visible
    when.push(("newfstatat", vec![scmp_cmp!($arg3 & AT_EMPTY_PATH == AT_EMPTY_PATH)]));
    Filter { otherwise: ScmpAction::Errno(1), any: [PROXY, MEMORY, END].concat(), when }
}

/// The filter of the process that connects to the compositor and does nothing else.
pub fn dialer() -> Filter {
    let mut when = no_code();
    when.push(("socket", vec![scmp_cmp!($arg0 == AF_UNIX)]));
    Filter { otherwise: ScmpAction::Errno(1), any: [DIALER, MEMORY, END].concat(), when }
}
