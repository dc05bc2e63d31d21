//! The filter of a zone's programs: short, a deny list over the reviewed calls.
//!
//! What a program without privilege could misuse: interfaces with a history of kernel faults, calls that reach
//! past the zone's mounts, and what a nested user namespace would give back to it.

use libseccomp::{ScmpFilterContext, ScmpSyscall, scmp_cmp};

use crate::deny::{ENOSYS, EPERM, allow_all, number, refuse, refuse_if};

/// Whether programs may make user namespaces of their own.
#[derive(Clone, Copy, PartialEq)]
pub enum Nested {
    No,
    Yes,
}

/// Refused whatever the arguments.
const REFUSED: &[&str] = &[
    // mounts: nothing is mounted after furnish, in no namespace
    "mount",
    "umount",
    "umount2",
    "pivot_root",
    "open_tree",
    "move_mount",
    "fsopen",
    "fsconfig",
    "fsmount",
    "fspick",
    "mount_setattr",
    "swapon",
    "swapoff",
    "open_by_handle_at",
    "name_to_handle_at",
    "quotactl",
    "quotactl_fd",
    "acct",
    // other namespaces and processes
    "setns",
    "pidfd_getfd",
    "kcmp",
    "process_madvise",
    "move_pages",
    "migrate_pages",
    "mbind",
    "set_mempolicy",
    "set_mempolicy_home_node",
    "lookup_dcookie",
    // keys: the zone's ring is empty and stays so
    "add_key",
    "request_key",
    "keyctl",
    // kernel interfaces with a wide surface
    "bpf",
    "perf_event_open",
    "userfaultfd",
    "io_uring_setup",
    "io_uring_enter",
    "io_uring_register",
    "fanotify_init",
    "fanotify_mark",
    "modify_ldt",
    "vm86",
    "vm86old",
    "uselib",
    "_sysctl",
    "nfsservctl",
    "sysfs",
    "ustat",
    // the machine
    "init_module",
    "finit_module",
    "delete_module",
    "create_module",
    "query_module",
    "get_kernel_syms",
    "kexec_load",
    "kexec_file_load",
    "reboot",
    "syslog",
    "iopl",
    "ioperm",
    "clock_settime",
    "clock_adjtime",
    "adjtimex",
    "settimeofday",
    "stime",
    "sethostname",
    "setdomainname",
    "vhangup",
];

/// Newer than the libseccomp of Debian 12, so by their number, which is the same on every architecture.
const REFUSED_BY_NUMBER: &[i32] = &[
    457, // statmount
    458, // listmount
    460, // lsm_set_self_attr
    467, // open_tree_attr
];

const CLONE_NAMESPACES: &[u64] =
    &[0x80, 0x0002_0000, 0x0200_0000, 0x0400_0000, 0x0800_0000, 0x1000_0000, 0x2000_0000, 0x4000_0000];
const WORD: u64 = 0xffff_ffff;
const AF_INET: u64 = 2;
const AF_INET6: u64 = 10;
const AF_NETLINK: u64 = 16;

/// The rules of a zone.
pub fn filter(nested: Nested) -> ScmpFilterContext {
    let mut context = allow_all();
    for call in REFUSED.iter().filter_map(|name| number(name)) {
        refuse(&mut context, call, EPERM);
    }
    for raw in REFUSED_BY_NUMBER {
        refuse(&mut context, ScmpSyscall::from(*raw), EPERM);
    }
    terminals(&mut context);
    sockets(&mut context);
    if nested == Nested::No {
        namespaces(&mut context);
    }
    context
}

/// No typing into a terminal: TIOCSTI and TIOCLINUX. The kernel looks at 32 bits of the request, so does the rule.
fn terminals(context: &mut ScmpFilterContext) {
    for request in [0x5412, 0x541c] {
        refuse_if(context, "ioctl", &[scmp_cmp!($arg1 & WORD == request)]);
    }
}

/// Families UNIX, INET, INET6 and NETLINK, the last one for ROUTE and KOBJECT_UEVENT only; no raw or packet sockets.
/// A value with bits above the 32 that the kernel looks at is greater than any of these and is refused with them.
fn sockets(context: &mut ScmpFilterContext) {
    for call in ["socket", "socketpair"] {
        for family in [0, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14, 15] {
            refuse_if(context, call, &[scmp_cmp!($arg0 == family)]);
        }
        refuse_if(context, call, &[scmp_cmp!($arg0 > AF_NETLINK)]);
    }
    for family in [AF_INET, AF_INET6] {
        for kind in [3, 10] {
            refuse_if(context, "socket", &[scmp_cmp!($arg0 == family), scmp_cmp!($arg1 & 0xf == kind)]);
        }
    }
    protocols(context);
    for protocol in 1..15 {
        refuse_if(context, "socket", &[scmp_cmp!($arg0 == AF_NETLINK), scmp_cmp!($arg2 == protocol)]);
    }
    refuse_if(context, "socket", &[scmp_cmp!($arg0 == AF_NETLINK), scmp_cmp!($arg2 > 15)]);
}

/// Of the internet families TCP, UDP and echo only. The kernel loads modules for others (SCTP, DCCP, L2TP, SMC, UDP-Lite,
/// MPTCP) when a program asks, and the card carries none of them. TCP is 6, the largest of the datagrams is ICMPv6, 58.
fn protocols(context: &mut ScmpFilterContext) {
    for family in [AF_INET, AF_INET6] {
        for kind in [4, 5, 6] {
            refuse_if(context, "socket", &[scmp_cmp!($arg0 == family), scmp_cmp!($arg1 & 0xf == kind)]);
        }
        for (kind, newest) in [(1, 6), (2, 58)] {
            let other = scmp_cmp!($arg2 > newest);
            refuse_if(context, "socket", &[scmp_cmp!($arg0 == family), scmp_cmp!($arg1 & 0xf == kind), other]);
        }
    }
}

/// No namespaces. The flags of clone3 lie behind a pointer: ENOSYS makes the C library take clone instead.
fn namespaces(context: &mut ScmpFilterContext) {
    for call in ["clone", "unshare"] {
        for &flag in CLONE_NAMESPACES {
            // 0x80 is CLONE_NEWTIME for unshare only; clone has it in the byte of the exit signal
            if call == "unshare" || flag != 0x80 {
                refuse_if(context, call, &[scmp_cmp!($arg0 & flag == flag)]);
            }
        }
    }
    refuse(context, number("clone3").expect("clone3"), ENOSYS);
    refuse(context, number("chroot").expect("chroot"), EPERM);
}
