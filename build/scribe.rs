//! What the scribe of a managed zone may ask of the kernel: to hear its relay and to write the log that it holds.

use libseccomp::{ScmpAction, ScmpArgCompare, ScmpCompareOp};

use crate::seccomp::Filter;

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
    // memory, time, the end
    "brk",
    "clock_gettime",
    "close",
    "exit_group",
    "futex",
    "getrandom",
    "madvise",
    "mremap",
    "munmap",
    "restart_syscall",
    "rt_sigprocmask",
    "rt_sigreturn",
    "sigaltstack",
];

/// The filter of the scribe. It is root's, so a call outside the list ends it.
pub fn filter() -> Filter {
    let no_exec = || vec![ScmpArgCompare::new(2, ScmpCompareOp::MaskedEqual(PROT_EXEC), 0)];
    Filter { otherwise: ScmpAction::KillProcess, any: ANY, when: vec![("mmap", no_exec()), ("mprotect", no_exec())] }
}

/// Equal on every architecture that `seccomp.rs` knows.
const PROT_EXEC: u64 = 4;
