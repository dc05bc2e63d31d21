//! Profile and plan: data and pure decisions. No system call is made here but the reading of profile files.

pub mod plan;

pub use plan::Plan;
