//! The user's end of a launch: what the program gets as stdio, its terminal, its signals, its exit status.
//!
//! It runs as the user and believes nothing that a zone says: it must not write to the user's terminal what has
//! not passed the filter, and must not hand a terminal, socket or device of the user's to a zone.

pub mod attach;
pub mod census;
mod console;
pub mod display;
pub mod end;
pub mod entry;
pub mod farewell;
pub mod files;
pub mod filter;
pub mod launch;
pub mod managed;
pub mod notice;
pub mod outside;
pub mod program;
mod pump;
mod screen;
mod sequence;
pub mod stdio;
pub mod stop;
