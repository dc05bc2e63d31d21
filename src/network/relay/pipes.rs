//! The pipes that data passes through on its way between two sockets.
//!
//! All pipes of one user share a budget of the kernel: past about 1,024 every new one of theirs, the desktop's
//! included, holds 8 KiB only. So there are few, of default size, and one is held only while data is in it.

use std::os::fd::OwnedFd;

use nix::fcntl::OFlag;

/// A pipe that is empty whenever it lies in the pool.
#[derive(Debug)]
pub struct Pipe {
    /// Where data comes out.
    pub read: OwnedFd,
    /// Where data goes in.
    pub write: OwnedFd,
}

/// The pool.
#[derive(Debug)]
pub struct Pipes {
    idle: Vec<Pipe>,
    made: usize,
    most: usize,
}

impl Pipes {
    /// An empty pool that makes at most so many.
    pub fn new(most: usize) -> Self {
        Self { idle: Vec::new(), made: 0, most }
    }

    /// An empty pipe; nothing when all are in use or the kernel gives none.
    pub fn take(&mut self) -> Option<Pipe> {
        if let Some(pipe) = self.idle.pop() {
            return Some(pipe);
        }
        if self.made >= self.most {
            return None;
        }
        let (read, write) = nix::unistd::pipe2(OFlag::O_CLOEXEC | OFlag::O_NONBLOCK).ok()?;
        self.made += 1;
        Some(Pipe { read, write })
    }

    /// Takes a pipe back that is empty.
    pub fn give(&mut self, pipe: Pipe) {
        self.idle.push(pipe);
    }

    /// Closes a pipe that has data in it: in the pool it would give one connection's data to another.
    pub fn discard(&mut self, pipe: Pipe) {
        drop(pipe);
        self.made = self.made.saturating_sub(1);
    }

    /// How many lie in the pool.
    pub fn idle(&self) -> usize {
        self.idle.len()
    }

    /// Closes idle pipes down to so many.
    pub fn trim(&mut self, keep: usize) {
        while self.idle.len() > keep {
            self.idle.pop();
            self.made = self.made.saturating_sub(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounded_used_again_and_trimmed() {
        let mut pipes = Pipes::new(2);
        let (a, b) = (pipes.take().unwrap(), pipes.take().unwrap());
        assert!(pipes.take().is_none());
        pipes.discard(a);
        let c = pipes.take().unwrap();
        pipes.give(b);
        pipes.give(c);
        pipes.trim(1);
        assert_eq!((pipes.idle.len(), pipes.made), (1, 1));
    }
}
