//! Inside the zone, unprivileged from first to last.

pub mod terminal;
