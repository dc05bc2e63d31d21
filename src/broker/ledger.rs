//! Which ids belong to which zone: allotted once, written down, and never given to another zone.
//!
//! One line for each zone of a user, in a file that only root can reach; the line's number is the zone's. Files of a zone
//! stay the zone's own for as long as there are any, also when their user is gone.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use nix::fcntl::{Flock, FlockArg};

use super::zones;
use crate::policy::host::SYSTEM_DATA;
use crate::policy::plan::Ids;
use crate::wire::{Failure, Stage};

/// The first id of zones and agents. doctor looks whether anybody else has one of them.
pub const FIRST: u32 = 2_100_000_000;
/// How many zones there can be.
const MOST: u32 = 65_536;

/// The ids of a zone's programs, and of the process that keeps its network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allotted {
    /// The zone's number on this PC, from 0.
    pub number: u32,
    /// The zone's.
    pub zone: Ids,
    /// The agent's.
    pub agent: Ids,
}

/// Whether an id is one of a zone: its programs get no zone by asking from inside.
pub fn is_zones(uid: u32) -> bool {
    (FIRST..FIRST + 2 * MOST).contains(&uid)
}

/// The ids of a user's zone, allotted now where it has none.
///
/// # Errors
/// A file that can not be read or written; ENOSPC where no id is left.
pub fn allot(user: u32, zone: &str) -> Result<Allotted, Failure> {
    let folder = Path::new(SYSTEM_DATA);
    zones::own_folder(folder)?;
    let path = folder.join("ledger");
    let line = format!("{user} {zone}\n");
    let number = locked(&path).and_then(|mut file| number(&mut file, &line));
    number.map(allotted).map_err(|cause| Failure::system(Stage::Authorise, "write", path.display(), cause))
}

fn locked(path: &Path) -> io::Result<Flock<File>> {
    let options = &mut File::options();
    let options = options.read(true).append(true).create(true).mode(0o600).custom_flags(libc::O_NOFOLLOW);
    Flock::lock(options.open(path)?, FlockArg::LockExclusive).map_err(|(_, cause)| cause.into())
}

/// The number of a line, which is added where it is not there. One that was cut short by a full disk ends here, and its
/// number is nobody's.
fn number(file: &mut File, line: &str) -> io::Result<u32> {
    let mut text = String::new();
    file.read_to_string(&mut text)?;
    if let Some(at) = text.split_inclusive('\n').position(|known| known == line) {
        return Ok(at as u32);
    }
    let cut = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
    let number = text.lines().count() as u32;
    if number >= MOST {
        return Err(io::Error::from_raw_os_error(libc::ENOSPC));
    }
    file.write_all(format!("{cut}{line}").as_bytes())?;
    file.sync_data()?;
    Ok(number)
}

fn allotted(number: u32) -> Allotted {
    let ids = |id| Ids { uid: id, gid: id };
    Allotted { number, zone: ids(FIRST + 2 * number), agent: ids(FIRST + 2 * number + 1) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_given_once_and_stays() {
        let path = std::env::temp_dir().join(format!("sep-run-ledger-{}", std::process::id()));
        let ask = |line: &str| number(&mut locked(&path).unwrap(), line).unwrap();
        assert_eq!((ask("1000 internet\n"), ask("1001 internet\n"), ask("1000 internet\n")), (0, 1, 0));
        // a full disk has cut a line short: the number of what stands there is not given again
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, format!("{text}1002 inter")).unwrap();
        assert_eq!((ask("1002 internet\n"), ask("1002 internet\n"), ask("1001 internet\n")), (3, 3, 1));
        std::fs::remove_file(path).unwrap();
    }

    #[test]
    fn zone_and_agent_are_neighbours_in_the_reserved_range() {
        assert_eq!(
            allotted(0),
            Allotted { number: 0, zone: Ids { uid: FIRST, gid: FIRST }, agent: Ids { uid: FIRST + 1, gid: FIRST + 1 } }
        );
        let last = allotted(MOST - 1);
        assert!(is_zones(last.agent.uid) && !is_zones(last.agent.uid + 1) && !is_zones(FIRST - 1) && is_zones(FIRST));
        assert_eq!(last.agent.uid, 2_100_131_071);
    }
}
