//! What is recorded: events, and the log that they are appended to.
//!
//! An event is data; writing one is one `write` of one line to a descriptor that was opened for appending, so
//! that lines of several processes do not mix. Who may read the log is decided by whoever opened it.

mod clock;
mod event;
mod log;

pub use clock::utc;
pub use event::{Event, Kind};
pub use log::Log;
