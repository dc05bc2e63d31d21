//! What the agent may ask of the kernel: the few sockets that it already has, its clock, its memory, files that were opened
//! for it.

use libseccomp::{ScmpAction, ScmpArgCompare, ScmpCompareOp};

use crate::seccomp::Filter;

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
    // memory, time, randomness
    "brk",
    "clock_gettime",
    "futex",
    "getrandom",
    "gettimeofday",
    "madvise",
    "mremap",
    "munmap",
    // the end, and signals on the way there
    "exit",
    "exit_group",
    "getpid",
    "gettid",
    "restart_syscall",
    "rt_sigaction",
    "rt_sigprocmask",
    "rt_sigreturn",
    "sigaltstack",
    "tgkill",
];

/// The filter of the agent.
pub fn filter() -> Filter {
    const PROT_EXEC: u64 = 4;
    let no_exec = || vec![ScmpArgCompare::new(2, ScmpCompareOp::MaskedEqual(PROT_EXEC), 0)];
    Filter { otherwise: ScmpAction::Errno(1), any: ANY, when: vec![("mmap", no_exec()), ("mprotect", no_exec())] }
}
