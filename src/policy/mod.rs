//! Profile and plan: data and pure decisions. What is read here is profile files and a few facts of the PC
//! (`host`); nothing is made, changed or judged by a system call.

mod decode;
mod document;
pub mod entry;
pub mod explain;
pub mod host;
mod lan;
mod layers;
pub mod plan;
mod problem;
pub mod profile;
mod resolve;
#[cfg(test)]
mod schema;
mod seed;
pub mod site;
pub mod switches;
mod userns;
pub mod values;

pub use host::{Host, XdgFolders};
pub use layers::{Difference, Merged, Origin, Places, check_file, load, merge};
pub use plan::Plan;
pub use problem::{Problem, ProblemKind, nearest};
pub use resolve::{resolve, travelling};
pub use seed::Seed;
pub use switches::Switches;
pub use userns::{Refusal, Step};
pub use values::Name;
