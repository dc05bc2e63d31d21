//! What holds for every input of each fuzz target. The targets and `tests/decoders.rs` use the same functions, so that
//! both mean the same thing.
//!
//! A check panics where something does not hold. Its answer is whether the input got past the first refusal, so that
//! a run can tell that it tested more than that.

mod dns;
mod lease;
mod packet;
mod profile;
mod terminal;
mod wayland;
mod wire;

/// One target.
pub type Check = fn(&[u8]) -> bool;

/// Every target, by the name of its binary and of its folder of seeds.
pub const ALL: &[(&str, Check)] = &[
    ("ask", wire::ask),
    ("to_init", wire::to_init),
    ("from_init", wire::from_init),
    ("profile", profile::check),
    ("dns", dns::check),
    ("packet", packet::check),
    ("lease", lease::check),
    ("terminal", terminal::check),
    ("wayland", wayland::check),
];

/// The check of a target.
pub fn named(target: &str) -> Check {
    let found = ALL.iter().find(|(name, _)| *name == target);
    found.unwrap_or_else(|| panic!("no target {target}")).1
}

/// Big-endian 16 bits, or nothing beyond the end.
fn be16(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes([*bytes.get(at)?, *bytes.get(at + 1)?]))
}
