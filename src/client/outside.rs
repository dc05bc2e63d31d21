//! Words of a command line that name files of the PC which the zone has not: what a person would carry in first.
//!
//! Names are looked up and nothing is opened. Where it is not certain that the zone lacks a file, nothing is said.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Component, Path, PathBuf};

use nix::errno::Errno;
use nix::fcntl::{OFlag, open};
use nix::sys::stat::Mode;

use crate::policy::Plan;
use crate::sys::file::open_beneath;

/// The most that are named.
const MOST: usize = 3;
/// What a zone has of its own, or the PC's programs under their older names.
const ALWAYS: [&str; 10] = ["/etc", "/dev", "/proc", "/sys", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"];
/// Folders that a zone has of its own and in which the PC's files are not.
const EMPTY: [&str; 4] = ["/tmp", "/run", "/var/tmp", "/var/run"];

/// A file or folder of the PC that a program was told of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outside {
    /// As it was typed, without what stood around it; a link by what it leads to.
    pub path: PathBuf,
    /// Whether it is a folder.
    pub is_folder: bool,
}

/// Those among a program's words, the first three.
pub fn named(argv: &[OsString], plan: &Plan) -> Vec<Outside> {
    let mut found: Vec<Outside> = Vec::new();
    for path in argv.iter().skip(1).filter_map(|word| path_in(word)) {
        if let Some(outside) = outside(&path, plan)
            && !found.contains(&outside)
        {
            found.push(outside);
        }
        if found.len() == MOST {
            break;
        }
    }
    found
}

/// The path in `PATH`, `--option=PATH` and `file:///PATH`; an address or a bare option has none.
fn path_in(word: &OsStr) -> Option<PathBuf> {
    let mut bytes = word.as_bytes();
    if bytes.starts_with(b"-") {
        let at = bytes.iter().position(|byte| *byte == b'=')?;
        bytes = bytes.get(at + 1..)?;
        // `--color=auto` is a word, whatever lies in the folder
        bytes.contains(&b'/').then_some(())?;
    }
    if let Some(address) = bytes.strip_prefix(b"file://") {
        let path = address.strip_prefix(b"localhost").unwrap_or(address);
        let end = path.iter().position(|byte| b"?#".contains(byte)).unwrap_or(path.len());
        return path.starts_with(b"/").then(|| OsString::from_vec(decoded(path.get(..end).unwrap_or_default())).into());
    }
    (!bytes.is_empty()).then(|| OsStr::from_bytes(bytes).into())
}

/// Percent signs of an address read (RFC 3986, 2.1); what is none of them stays.
fn decoded(bytes: &[u8]) -> Vec<u8> {
    let (mut out, mut rest) = (Vec::with_capacity(bytes.len()), bytes);
    while let Some((byte, after)) = rest.split_first() {
        let digits = after.get(..2).filter(|two| *byte == b'%' && two.iter().all(u8::is_ascii_hexdigit));
        let value = digits.and_then(|two| u8::from_str_radix(std::str::from_utf8(two).ok()?, 16).ok());
        out.push(value.unwrap_or(*byte));
        rest = if value.is_some() { after.get(2..).unwrap_or_default() } else { after };
    }
    out
}

fn outside(typed: &Path, plan: &Plan) -> Option<Outside> {
    let is_link = fs::symlink_metadata(typed).ok()?.is_symlink();
    let found = fs::metadata(typed).ok().filter(|found| found.is_file() || found.is_dir())?;
    let here = std::env::current_dir().ok()?;
    // a program starts in the zone's home, where a relative path may lead to another file
    if has(plan, &plain(&here.join(typed))) || has(plan, &plain(&plan.person.home.join(typed))) {
        return None;
    }
    let path = if is_link { typed.canonicalize().ok()? } else { typed.to_owned() };
    Some(Outside { path, is_folder: found.is_dir() })
}

/// The path without `.` and `..`, as it is written: what a zone has of the PC is at the same place.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => drop(plain.pop()),
            part => plain.push(part),
        }
    }
    plain
}

/// Whether something is there in the zone, as far as that can be told.
fn has(plan: &Plan, path: &Path) -> bool {
    let shared = plan.files.shared.iter().flat_map(|share| [&share.inside, &share.outside]);
    let shown = plan.files.read_only.iter().chain(shared).map(PathBuf::as_path);
    let mut shown = shown.chain(ALWAYS.iter().map(Path::new));
    // what is above something that is there is there
    shown.any(|place| path.starts_with(place) || place.starts_with(path))
        || EMPTY.iter().any(|place| path == Path::new(place))
        || plan.person.home.starts_with(path)
        || path.strip_prefix(&plan.person.home).is_ok_and(|below| has_at_home(plan, below))
}

/// Whether the zone's home has it. Programs of the zone fill that: no link there is followed.
fn has_at_home(plan: &Plan, below: &Path) -> bool {
    if plan.files.memory_home {
        return false;
    }
    let folder = OFlag::O_PATH | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
    let Ok(home) = open(&plan.home_on_host(), folder, Mode::empty()) else { return false };
    let found = open_beneath(&home, below, OFlag::O_PATH);
    !matches!(found, Err(Errno::ENOENT | Errno::ENOTDIR))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_found_in_what_stands_around_it() {
        let path = |word: &str| path_in(OsStr::new(word)).map(|path| path.to_string_lossy().into_owned());
        for (word, expected) in [
            ("/home/kim/a.pdf", "/home/kim/a.pdf"),
            ("file:///home/kim/%ED%95%9C%20a.pdf#page=2", "/home/kim/한 a.pdf"),
            ("file://localhost/x", "/x"),
            ("--in=/home/kim/a", "/home/kim/a"),
            ("--in=file:///x%", "/x%"),
            ("a.pdf", "a.pdf"),
            ("https://example.org/a", "https://example.org/a"),
        ] {
            assert_eq!(path(word).as_deref(), Some(expected), "{word}");
        }
        for word in ["-r", "--color=auto", "file://server/x", "", "--in="] {
            assert_eq!(path(word), None, "{word}");
        }
    }

    #[test]
    fn paths_are_made_plain_as_they_are_written() {
        assert_eq!(plain(Path::new("/home/kim/./a/../b")), Path::new("/home/kim/b"));
        assert_eq!(plain(Path::new("/../../x")), Path::new("/x"));
    }
}
