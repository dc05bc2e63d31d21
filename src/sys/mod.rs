//! The only folder with `unsafe`: system calls that nix does not have, each block with its invariant.
//!
//! Nothing here decides anything: one function, one call.

#![allow(unsafe_code)]

pub mod attempt;
pub mod attribute;
pub mod clock;
pub mod fd;
pub mod file;
pub mod landlock;
pub mod memory;
pub mod mount;
pub mod packet;
pub mod probe;
pub mod process;
pub mod random;
pub mod seccomp;
pub mod socket;
pub mod start;
pub mod tty;
pub mod tun;
