//! Processes: fork, clone3, and the attributes that prctl sets.

use std::ffi::CStr;
use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::path::{Path, PathBuf};

use caps::{CapSet, Capability};
use nix::sched::{CloneFlags, clone};
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, SigmaskHow, Signal, sigaction, sigprocmask};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use nix::unistd::{ForkResult, Pid, dup2_stderr, dup2_stdin, dup2_stdout, setsid};

/// Which side of a fork this is.
#[derive(Debug)]
pub enum Fork {
    /// The new process.
    Child,
    /// The old one, with the child's number and a pidfd of it.
    Parent(Pid, OwnedFd),
}

/// Forks, into new namespaces where `flags` name them and into `cgroup` where there is one (clone3(2)). The caller
/// must have one thread only, so that the child finds no lock held.
pub fn fork(flags: CloneFlags, cgroup: Option<BorrowedFd<'_>>) -> io::Result<Fork> {
    const INTO_CGROUP: u64 = 0x2_0000_0000;
    let mut pidfd: libc::c_int = -1;
    // SAFETY: clone_args is integers only; all zeros is its documented default.
    let mut args: libc::clone_args = unsafe { std::mem::zeroed() };
    args.flags = flags.bits() as u32 as u64 | libc::CLONE_PIDFD as u64;
    args.pidfd = &raw mut pidfd as u64;
    args.exit_signal = libc::SIGCHLD as u64;
    if let Some(fd) = cgroup {
        args.flags |= INTO_CGROUP;
        args.cgroup = fd.as_raw_fd() as u64;
    }
    // SAFETY: no stack is given, so the child runs on a copy of this one, as after fork. This process has one
    // thread (no module starts any), so a copy of its memory is consistent. `pidfd` outlives the call.
    let mut pid = unsafe { libc::syscall(libc::SYS_clone3, &raw mut args, size_of::<libc::clone_args>()) };
    if pid < 0 && cgroup.is_none() && io::Error::last_os_error().raw_os_error() == Some(libc::ENOSYS) {
        // a container that wants to see the flags refuses clone3 so that clone(2) is taken, which has them in a register
        let flags = args.flags | libc::SIGCHLD as u64;
        // SAFETY: as above; with CLONE_PIDFD the third argument is where the descriptor is written.
        pid = unsafe { libc::syscall(libc::SYS_clone, flags, 0, &raw mut pidfd, 0, 0) };
    }
    match pid {
        0 => Ok(Fork::Child),
        pid if pid > 0 => Ok(Fork::Parent(Pid::from_raw(pid as i32), super::fd::adopt(pidfd))),
        _ => Err(io::Error::last_os_error()),
    }
}

/// Forks inside a zone, whose filter may refuse clone3; `None` in the child. For processes without threads: the child may then do whatever the parent may.
pub fn split() -> nix::Result<Option<Pid>> {
    // SAFETY: the programs of this package have one thread where they fork, so no lock of the allocator or of
    // anything else can be held by a thread that the child does not have.
    match unsafe { nix::unistd::fork() }? {
        ForkResult::Child => Ok(None),
        ForkResult::Parent { child } => Ok(Some(child)),
    }
}

/// Starts a process that will execute a program: `run` sets it up and executes, and what it returns is the exit status
/// where it can not. As in posix_spawn(3), the child borrows this process's memory and this one waits until the child
/// has executed or ended, so that nothing is copied; descriptors, signals and groups are the child's own.
pub fn spawn(run: impl FnOnce() -> i32) -> nix::Result<Pid> {
    let mut run = Some(run);
    let body = Box::new(|| run.take().map_or(1, |run| run() as isize));
    let mut stack = vec![0; SPAWN_STACK];
    let flags = CloneFlags::CLONE_VM | CloneFlags::CLONE_VFORK;
    // SAFETY: the child runs on a stack of its own, which lives until the call returns, and that is after the child has
    // left this memory (CLONE_VFORK). This process has one thread and stands still meanwhile, so nothing changes under
    // the child, and what the child changes (its heap allocations) is as if this process had done it. It ends by exec
    // or by _exit and never unwinds into frames of this stack: a panic aborts.
    unsafe { clone(body, &mut stack, flags, Some(libc::SIGCHLD)) }
}

/// Bytes of stack between clone and exec; only touched pages exist.
const SPAWN_STACK: usize = 256 * 1024;

/// Default actions and an empty mask, for a child that is about to execute a program: Rust ignores SIGPIPE, and
/// who waits by signalfd blocks what it waits for; both would be inherited.
pub fn default_signals() -> nix::Result<()> {
    let default = SigAction::new(SigHandler::SigDfl, SaFlags::empty(), SigSet::empty());
    for signal in Signal::iterator() {
        if signal != Signal::SIGKILL && signal != Signal::SIGSTOP {
            // SAFETY: the default action runs no code of this process.
            unsafe { sigaction(signal, &default) }?;
        }
    }
    sigprocmask(SigmaskHow::SIG_SETMASK, Some(&SigSet::empty()), None)
}

/// Makes signals readable, which do nothing else from then on.
pub fn watch_signals(signals: &SigSet) -> nix::Result<SignalFd> {
    signals.thread_block()?;
    SignalFd::with_flags(signals, SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK)
}

/// The signals of a process that stays when its caller is gone, whatever the caller blocks or ignores: default actions,
/// nothing blocked, and SIGPIPE ignored, as Rust has it from the start.
pub fn own_signals() -> nix::Result<()> {
    default_signals()?;
    super::socket::ignore_sigpipe();
    Ok(())
}

/// Lets go of everything that came with a fork but the numbered few: a session of its own, /dev/null as stdio, every
/// other descriptor closed. For a child that stays behind when its parents are gone.
pub fn detach(keep: &[RawFd]) -> io::Result<()> {
    let null = File::options().read(true).write(true).open("/dev/null")?;
    setsid()?;
    dup2_stdin(&null)?;
    dup2_stdout(&null)?;
    dup2_stderr(&null)?;
    drop(null);
    super::fd::close_all_but(&[&[0, 1, 2], keep].concat())
}

/// Forgets every variable of the environment (clearenv(3)). For a process with one thread, at its start.
pub fn clear_environment() {
    // SAFETY: no other thread reads the environment, and nothing keeps a reference into it.
    unsafe { libc::clearenv() };
}

/// Empties all five capability sets of this process. The bounding set needs a capability to be emptied; without it nothing
/// can be regained once no_new_privs is set.
pub fn drop_capabilities() -> io::Result<()> {
    let clear = |set| caps::clear(None, set);
    let emptied = caps::has_cap(None, CapSet::Effective, Capability::CAP_SETPCAP)
        .and_then(|may| if may { clear(CapSet::Bounding) } else { Ok(()) })
        .and_then(|()| {
            [CapSet::Ambient, CapSet::Inheritable, CapSet::Effective, CapSet::Permitted].into_iter().try_for_each(clear)
        });
    emptied.map_err(io::Error::other)
}

/// The cgroup that a file of /proc names, below the top of the one hierarchy; the file has a line for each of the older ones
/// as well (cgroups(7)).
pub fn cgroup(said: &str) -> Option<&Path> {
    said.lines().find_map(|line| line.strip_prefix("0::/")).map(Path::new)
}

/// Another program of this package, which lies beside this one.
pub fn beside(name: &str) -> io::Result<PathBuf> {
    let program = std::env::current_exe()?.with_file_name(name);
    std::fs::metadata(&program).map(|_| program)
}

/// Ends this process without running anything of the process it was forked from.
pub fn exit(status: i32) -> ! {
    // SAFETY: _exit takes an integer and does not return.
    unsafe { libc::_exit(status) }
}

/// A descriptor that becomes readable when the process ends (pidfd_open(2)).
pub fn pidfd(process: Pid) -> io::Result<OwnedFd> {
    // SAFETY: integers only; the kernel makes a new descriptor.
    let fd = unsafe { libc::syscall(libc::SYS_pidfd_open, process.as_raw(), 0) };
    if fd < 0 { Err(io::Error::last_os_error()) } else { Ok(super::fd::adopt(fd as RawFd)) }
}

/// Sends a signal to the process that a pidfd stands for, whatever has its number by now (pidfd_send_signal(2)).
pub fn signal(process: BorrowedFd<'_>, signal: Signal) -> io::Result<()> {
    let none = std::ptr::null::<libc::siginfo_t>();
    // SAFETY: a null siginfo is allowed and means what kill(2) sends; `process` is open for the time of the call.
    let done = unsafe { libc::syscall(libc::SYS_pidfd_send_signal, process.as_raw_fd(), signal as i32, none, 0) };
    if done < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

/// Sets whether other processes of the same user may trace this one and open its /proc files (PR_SET_DUMPABLE).
pub fn set_dumpable(yes: bool) -> io::Result<()> {
    prctl(libc::PR_SET_DUMPABLE, u64::from(yes))
}

/// Lets capabilities outlive the next change of ids (PR_SET_KEEPCAPS).
pub fn keep_capabilities() -> io::Result<()> {
    prctl(libc::PR_SET_KEEPCAPS, 1)
}

/// Locks the securebits: no root by uid, no setuid fixup, no ambient capabilities, and no way back
/// (capabilities(7), "The securebits flags"). KEEP_CAPS stays free: it keeps nothing where there is nothing, and
/// `ping` ends when it can not set it.
pub fn lock_securebits() -> io::Result<()> {
    prctl(libc::PR_SET_SECUREBITS, LOCKED_SECUREBITS as u64)
}

/// NOROOT 0, NO_SETUID_FIXUP 2, NO_CAP_AMBIENT_RAISE 6; each lock is one bit higher.
pub const LOCKED_SECUREBITS: i32 = 1 | 1 << 1 | 1 << 2 | 1 << 3 | 1 << 6 | 1 << 7;

/// Replaces the command line and the name that others see of this process (`/proc/PID/cmdline` and `comm`), which
/// hold what its caller typed.
pub fn retitle(title: &CStr) -> io::Result<()> {
    let (start, len) =
        words_area(&super::file::read_text(Path::new("/proc/self/stat"), 4096)?).ok_or(io::ErrorKind::InvalidData)?;
    let shown = title.to_bytes().len().min(len.saturating_sub(1));
    // SAFETY: the kernel says that its copy of the caller's words lies at these addresses, on this process's stack,
    // writable. Rust and the C library copied what they needed at the start; no reference into it is kept, and
    // who asks for the words again finds strings that end at once or hold the title.
    unsafe {
        std::ptr::write_bytes(start as *mut u8, 0, len);
        std::ptr::copy_nonoverlapping(title.as_ptr().cast(), start as *mut u8, shown);
    }
    prctl(libc::PR_SET_NAME, title.as_ptr() as u64)
}

/// Where the command line lies: fields 48 and 49 of /proc/PID/stat (proc_pid_stat(5)), as address and length. The
/// name in parentheses may hold anything, so the count starts behind it.
fn words_area(stat: &str) -> Option<(usize, usize)> {
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(45);
    let (start, end): (usize, usize) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
    (start > 0).then_some((start, end.checked_sub(start)?))
}

/// The securebits of this thread.
pub fn securebits() -> io::Result<i32> {
    // SAFETY: prctl with an integer argument.
    let bits = unsafe { libc::prctl(libc::PR_GET_SECUREBITS) };
    if bits < 0 { Err(io::Error::last_os_error()) } else { Ok(bits) }
}

fn prctl(option: libc::c_int, value: u64) -> io::Result<()> {
    // SAFETY: the options used here take integers, or the address of a C string that lives until after the call.
    let done = unsafe { libc::prctl(option, value, 0, 0, 0) };
    if done == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// A new, empty session keyring in place of the inherited one, which would stay readable by its serial
/// (keyctl(2), KEYCTL_JOIN_SESSION_KEYRING).
pub fn new_session_keyring() -> io::Result<()> {
    // SAFETY: operation number and a null name; the kernel reads no memory.
    let serial = unsafe { libc::syscall(libc::SYS_keyctl, 1, std::ptr::null::<u8>()) };
    if serial > 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}
