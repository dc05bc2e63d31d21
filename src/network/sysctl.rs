//! Settings under /proc/sys/net: they are those of the network namespace that the calling process is in.

use std::fs;
use std::path::PathBuf;

use crate::wire::{Code, Failure, Stage};

/// Sets a value that makes things better but that nothing relies on: a container with a read-only /proc/sys, or a
/// kernel without the setting, is no error. True when it has the value afterwards.
pub fn prefer(name: &str, value: &str) -> bool {
    read(name).is_some_and(|found| found == value) || (fs::write(path(name), value).is_ok() && is(name, value))
}

/// Sets a value that a promise relies on, and reads it back.
pub fn require(name: &str, value: &str) -> Result<(), Failure> {
    if prefer(name, value) {
        return Ok(());
    }
    let found = read(name).unwrap_or_else(|| "nothing".to_owned());
    Err(Failure::new(Stage::Connect, Code::Differs, &[&format!("sysctl net.{name}"), value, &found]))
}

fn is(name: &str, value: &str) -> bool {
    read(name).is_some_and(|found| found == value)
}

/// The value with single spaces between its words; nothing when there is no such setting.
fn read(name: &str) -> Option<String> {
    let text = fs::read_to_string(path(name)).ok()?;
    Some(text.split_whitespace().collect::<Vec<_>>().join(" "))
}

fn path(name: &str) -> PathBuf {
    PathBuf::from("/proc/sys/net").join(name.replace('.', "/"))
}
