//! The relay's own seals, before it touches a byte of the zone: no new privileges, no capability, Landlock with
//! nothing but the folder of resolv.conf to read, and the seccomp filter of `build/relay.rs`.
//!
//! All of them or none: what a kernel can not give is an error, and the zone does not start.

use std::fs;
use std::path::{Path, PathBuf};

use landlock::{AccessFs, AccessNet, PathBeneath, PathFd, RulesetCreatedAttr};
use nix::sys::resource::{Resource, getrlimit, setrlimit};

use crate::network::seals;
use crate::wire::{Code, Failure, Stage};

use super::dns;

/// Compiled by `build.rs`.
const FILTER: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/relay.bpf"));

/// The most descriptors that a relay has use for.
const FILES: u64 = 16_384;

/// How much of everything the relay may hold, from the number of descriptors that it may have open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Connections over TCP, two descriptors each.
    pub connections: usize,
    /// Mappings of UDP and echo.
    pub flows: usize,
    /// DNS queries over UDP at once, up to three descriptors each.
    pub asks: usize,
    /// DNS connections, two descriptors each.
    pub dialogues: usize,
    /// Pipes, two descriptors each. The kernel counts them for the user, not for the process.
    pub pipes: usize,
    /// Questions to init, each of which may hold back one descriptor.
    pub questions: usize,
}

impl Bounds {
    /// What so many descriptors are enough for; a few are left for listeners and the rest.
    pub fn of(files: u64) -> Self {
        let share = |part: u64, most: usize| usize::try_from(files / part).unwrap_or(most).min(most);
        Self {
            connections: share(4, 4_000),
            flows: share(8, 1_024),
            asks: share(32, 128),
            dialogues: share(32, 64),
            pipes: share(32, 64),
            questions: share(32, 256),
        }
    }
}

/// Raises the limit of open files as far as it is of use and allowed, and says what that is enough for.
pub fn raise_limits() -> Bounds {
    let Ok((soft, hard)) = getrlimit(Resource::RLIMIT_NOFILE) else { return Bounds::of(1_024) };
    let wanted = soft.max(hard.min(FILES));
    let now = if setrlimit(Resource::RLIMIT_NOFILE, wanted, hard).is_ok() { wanted } else { soft };
    Bounds::of(now)
}

/// Seals this process. It must have one thread, and everything that the filter does not allow must be done.
pub fn confine() -> Result<(), Failure> {
    seals::begin()?;
    crate::sys::process::drop_capabilities().map_err(|e| {
        Failure::new(Stage::Confine, Code::Differs, &["capabilities of the relay", "none", &e.to_string()])
    })?;
    // binding of TCP ports is denied, and files but for reading in the folder of resolv.conf
    seals::landlock(AccessNet::BindTcp, |mut ruleset| {
        for folder in resolver_folders() {
            if let Ok(fd) = PathFd::new(&folder) {
                ruleset = ruleset.add_rule(PathBeneath::new(fd, AccessFs::ReadFile))?;
            }
        }
        Ok(ruleset)
    })?;
    seals::filter(FILTER)
}

/// The folder that resolv.conf really stands in (it is replaced there by renaming), and that of its name.
fn resolver_folders() -> Vec<PathBuf> {
    let folder = |path: &Path| path.parent().map(Path::to_path_buf);
    let real = fs::canonicalize(dns::PATH).ok().and_then(|path| folder(&path));
    let named = folder(Path::new(dns::PATH));
    // a link out of /etc: what it points to is enough, and the rest of /etc stays closed
    real.or(named).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bounds_fit_the_descriptors() {
        for files in [256, 1_024, 4_096, FILES] {
            let b = Bounds::of(files);
            let used = 2 * b.connections + b.flows + 3 * b.asks + 2 * b.dialogues + 2 * b.pipes + b.questions + 16;
            assert!(used as u64 <= files, "{files}: {b:?} is {used}");
        }
        assert!(Bounds::of(FILES).connections >= 2_000);
    }
}
