//! The filters of the display proxy and of its dialer: short, an allow list. What is not named answers EPERM.

use libseccomp::{ScmpAction, ScmpArgCompare, ScmpFilterContext, scmp_cmp};

use crate::deny::{ENOSYS, EPERM, number};

/// What both need to live: memory, time, waiting, ending. A signal handler's return is among it.
const LIVING: &[&str] = &[
    "brk",
    "madvise",
    "mremap",
    "munmap",
    "futex",
    "getrandom",
    "clock_gettime",
    "gettid",
    "getpid",
    "sched_yield",
    "restart_syscall",
    "sigaltstack",
    "rt_sigaction",
    "rt_sigprocmask",
    "rt_sigreturn",
    "exit",
    "exit_group",
    "close",
    "poll",
    "ppoll",
    "recvmsg",
    "sendmsg",
];

/// What the proxy needs beside: accepting programs, epoll, its own event and pipe descriptors. It has no call that
/// makes or connects a socket, and none that opens a file.
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
    "getsockname",
];

const AF_UNIX: u64 = 1;
const PROT_EXEC: u64 = 4;
const F_GETFD: u64 = 1;
const F_SETFD: u64 = 2;

/// The filter of the process that reads what programs of the zone send.
pub fn proxy() -> ScmpFilterContext {
    let mut context = allow_none();
    PROXY.iter().for_each(|name| allow(&mut context, name, &[]));
    for command in [F_GETFD, F_SETFD] {
        allow(&mut context, "fcntl", &[scmp_cmp!($arg1 == command)]);
    }
    // the size of a descriptor's file: an empty path, so no file is looked up
    allow(&mut context, "newfstatat", &[scmp_cmp!($arg3 & 0x1000 == 0x1000)]);
    context
}

/// The filter of the process that connects to the compositor and does nothing else.
pub fn dialer() -> ScmpFilterContext {
    let mut context = allow_none();
    allow(&mut context, "socket", &[scmp_cmp!($arg0 == AF_UNIX)]);
    allow(&mut context, "connect", &[]);
    context
}

fn allow_none() -> ScmpFilterContext {
    let mut context = ScmpFilterContext::new(ScmpAction::Errno(EPERM)).expect("libseccomp");
    context.set_act_badarch(ScmpAction::Errno(ENOSYS)).expect("bad architecture");
    context.set_ctl_optimize(2).expect("binary tree");
    LIVING.iter().for_each(|name| allow(&mut context, name, &[]));
    for call in ["mmap", "mprotect"] {
        allow(&mut context, call, &[scmp_cmp!($arg2 & PROT_EXEC == 0)]);
    }
    context
}

fn allow(context: &mut ScmpFilterContext, name: &str, comparisons: &[ScmpArgCompare]) {
    let Some(call) = number(name) else { return };
    context.add_rule_conditional(ScmpAction::Allow, call, comparisons).expect("rule");
}
