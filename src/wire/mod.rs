//! The messages between client, broker and init: bounded, versioned, total.
//!
//! A message is one datagram of a SEQPACKET socket: two bytes of version, one of kind, then fields, each with
//! a length before it. `decode` accepts exactly what `encode` makes and answers anything else with an error;
//! it never panics and allocates no more than the datagram is long. Descriptors travel beside the bytes.
//!
//! This module must not open, wait for or judge anything: it is bytes to types and back.

mod codec;
#[macro_use]
mod numbered;
mod failure;
pub mod files;
mod message;
mod owner;
mod socket;
mod text;

pub use codec::{Malformed, Reader, Writer};
pub use failure::{Code, Failure, Stage};
pub use message::{Ask, FromInit, Launch, Stdio, ToInit, WindowSize};
pub use owner::{LONGEST_PROGRAM, Question, Transport};
pub use socket::{Connection, Received};
pub use text::drives;

/// The version that both ends must speak; a newer client against an older init says so and goes no further.
pub const VERSION: u16 = 1;

/// The largest message in bytes; what is longer is refused by the sender and by the receiver.
pub const MAX_MESSAGE: usize = 128 * 1024;

/// The most bytes of a word that the audit log holds whole; what enters a managed zone is never longer.
pub const LONGEST_WORD: usize = 1_024;

/// The most descriptors that one message may carry.
pub const MAX_FDS: usize = 5;
