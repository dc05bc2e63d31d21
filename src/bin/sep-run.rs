//! The client: one program into one zone.

fn main() {}
