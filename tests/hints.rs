//! Every hint of the catalogue is executed: the failure is provoked for real, the printed line is taken, what it says
//! is run or done, and the command that had failed then succeeds. `hints/table.rs` names the test of each hint.

mod support;

#[path = "hints/containers.rs"]
mod containers;
#[path = "support/hint.rs"]
mod hint;
#[path = "hints/kernel.rs"]
mod kernel;
#[path = "support/pc.rs"]
mod pc;
#[path = "hints/table.rs"]
mod table;
#[path = "hints/typing.rs"]
mod typing;
#[path = "hints/zones.rs"]
mod zones;
