//! What the relay may ask of the kernel: sockets of two families, splice, its clock, its memory, one file to read,
//! one log to write.

use libseccomp::{ScmpAction, ScmpArgCompare, ScmpCompareOp, scmp_cmp};

use crate::seccomp::Filter;

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

/// The filter of the relay. A call outside it is EPERM, which ends at most one connection.
pub fn filter() -> Filter {
    let exec = libc_constants::PROT_EXEC;
    let no_exec = || vec![ScmpArgCompare::new(2, ScmpCompareOp::MaskedEqual(exec), 0)];
    let mut when = vec![("mmap", no_exec()), ("mprotect", no_exec())];
    for family in [libc_constants::AF_INET, libc_constants::AF_INET6] {
        when.push(("socket", vec![scmp_cmp!($arg0 == family)]));
    }
    let write = libc_constants::O_ACCMODE | libc_constants::O_CREAT;
    when.push(("openat", vec![ScmpArgCompare::new(2, ScmpCompareOp::MaskedEqual(write), 0)]));
    Filter { otherwise: ScmpAction::Errno(1), any: ANY, when }
}

/// Numbers of the target's ABI, equal on every architecture that `seccomp.rs` knows.
mod libc_constants {
    pub const PROT_EXEC: u64 = 4;
    pub const AF_INET: u64 = 2;
    pub const AF_INET6: u64 = 10;
    pub const O_ACCMODE: u64 = 3;
    pub const O_CREAT: u64 = 0o100;
}
