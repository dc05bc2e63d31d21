//! How many descriptors this process has open, asked in one call and without opening anything.
//!
//! A program may send descriptors that no message of its takes up; the Wayland library keeps them. Counting before
//! and after each turn of a connection tells whose they are.

use std::os::fd::OwnedFd;

use nix::fcntl::{OFlag, open};
use nix::sys::stat::{Mode, fstat};

/// Holds the process's own descriptor folder. Where it could not be opened the answer is 0 for ever, as it is on
/// kernels before 6.2; the limit of open files is then the only bound.
#[derive(Debug)]
pub struct Counter(Option<OwnedFd>);

impl Counter {
    /// To be called before the seals: no file is opened after them.
    pub fn open() -> Self {
        Self(open("/proc/self/fd", OFlag::O_PATH | OFlag::O_CLOEXEC, Mode::empty()).ok())
    }

    /// Open descriptors now: since Linux 6.2 the size of the folder is their number.
    pub fn count(&self) -> i64 {
        self.0.as_ref().and_then(|folder| fstat(folder).ok()).map_or(0, |status| status.st_size)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_counts_where_the_kernel_does() {
        let counter = Counter::open();
        let before = counter.count();
        let held: Vec<_> = (0..7).map(|_| std::io::pipe().unwrap()).collect();
        let grown = counter.count() - before;
        assert!(grown == 14 || before == 0, "{before} {grown}");
        drop(held);
        assert_eq!(counter.count(), before);
    }
}
