//! What the scribe of a managed zone may ask of the kernel: to hear its relay and to write the log that it holds.

use libseccomp::ScmpAction;

use crate::seccomp::{Filter, MEMORY, no_code};

const ANY: &[&str] = &[
    // the relay's words
    "poll",
    "ppoll",
    "recvmsg",
    // the log: its lock, its end, its head
    "flock",
    "fstat",
    "ftruncate",
    "newfstatat",
    "pread64",
    "pwrite64",
    "read",
    "statx",
    "write",
    // time, the end
    "clock_gettime",
    "close",
    "exit_group",
    "getrandom",
    "restart_syscall",
    "rt_sigprocmask",
    "rt_sigreturn",
    "sigaltstack",
];

/// The filter of the scribe. It is root's, so a call outside the list ends it.
pub fn filter() -> Filter {
    Filter { otherwise: ScmpAction::KillProcess, any: [ANY, MEMORY].concat(), when: no_code() }
}
