//! Processes: forking, and giving back to a program the signals as the kernel made them.

use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, SigmaskHow, Signal, sigaction, sigprocmask};
use nix::unistd::{ForkResult, Pid, fork};

/// Forks; `None` in the child. For processes without threads: the child may then do whatever the parent may.
pub fn split() -> nix::Result<Option<Pid>> {
    // SAFETY: the programs of this package have one thread where they fork, so no lock of the allocator or of
    // anything else can be held by a thread that the child does not have.
    match unsafe { fork() }? {
        ForkResult::Child => Ok(None),
        ForkResult::Parent { child } => Ok(Some(child)),
    }
}

/// Ends this process at once, without running what its parent registered to run at its own end.
pub fn end(status: i32) -> ! {
    // SAFETY: _exit(2) takes an integer and does not return; no memory of ours is looked at again.
    unsafe { libc::_exit(status) }
}

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
