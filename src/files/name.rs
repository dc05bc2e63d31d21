//! Names that may cross: what both sides hold them to.
//!
//! A name is one word of a path: text without control characters and without marks that turn the writing round, in the composed Unicode form (NFC), at most 255 bytes.
//! Systems that decompose (가 as ㄱ and ㅏ) make names that look alike and differ; they are compared and written composed.

use std::ffi::{OsStr, OsString};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use nix::dir::Dir;
use nix::fcntl::{AtFlags, OFlag, openat};
use nix::sys::stat::{Mode, fstatat};
use unicode_normalization::UnicodeNormalization;

use crate::wire::files::{LONGEST_NAME, LONGEST_PATH};
use crate::wire::{Code, Failure, Stage, drives};

/// One word of a path, judged and composed.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Name(String);

impl Name {
    /// Judges a name as it was found or typed.
    ///
    /// # Errors
    /// [`Code::BadName`].
    pub fn judge(found: &[u8]) -> Result<Self, Failure> {
        let bad = |what| Failure::new(Stage::Run, Code::BadName, &[&String::from_utf8_lossy(found), what]);
        let text = std::str::from_utf8(found).map_err(|_| bad("text"))?;
        if text.is_empty() {
            return Err(bad("empty"));
        }
        if [".", ".."].contains(&text) || text.contains('/') {
            return Err(bad("dots"));
        }
        if text.contains(drives) {
            return Err(bad("control"));
        }
        let composed: String = text.nfc().collect();
        if found.len().max(composed.len()) > LONGEST_NAME { Err(bad("long")) } else { Ok(Self(composed)) }
    }

    /// The composed text.
    pub fn text(&self) -> &str {
        &self.0
    }
}

impl AsRef<OsStr> for Name {
    fn as_ref(&self) -> &OsStr {
        OsStr::new(&self.0)
    }
}

/// A path below the zone's home; without a name it is the home itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Trail(Vec<Name>);

impl Trail {
    /// From what was typed: relative to the home, or absolute and inside it.
    ///
    /// # Errors
    /// [`Code::BadName`] for what leads out of the home or has a word that does not cross.
    pub fn parse(typed: &OsStr, home: &Path) -> Result<Self, Failure> {
        let bad = |what| Failure::new(Stage::Run, Code::BadName, &[&typed.to_string_lossy(), what]);
        let path = Path::new(typed);
        let below = if path.is_absolute() { path.strip_prefix(home).map_err(|_| bad("outside"))? } else { path };
        if below.as_os_str().len() > LONGEST_PATH {
            return Err(bad("long"));
        }
        let words =
            below.as_os_str().as_bytes().split(|byte| *byte == b'/').filter(|word| ![&b""[..], b"."].contains(word));
        let names = words.map(|word| if word == b".." { Err(bad("dots")) } else { Name::judge(word) });
        Ok(Self(names.collect::<Result<_, _>>()?))
    }

    /// The names from the home downwards.
    pub fn names(&self) -> &[Name] {
        &self.0
    }

    /// The last name and the way to its folder; `None` for the home itself.
    pub fn split(&self) -> Option<(&[Name], &Name)> {
        self.0.split_last().map(|(name, folder)| (folder, name))
    }

    /// One name further.
    pub fn with(&self, name: Name) -> Self {
        Self(self.0.iter().cloned().chain([name]).collect())
    }

    /// As it travels: the names with `/` between them.
    pub fn text(&self) -> String {
        self.0.iter().map(Name::text).collect::<Vec<_>>().join("/")
    }

    /// As it is called in messages: `ZONE:PATH`.
    pub fn shown_in(&self, zone: &str) -> String {
        format!("{zone}:{}", self.text())
    }
}

/// How this name is spelled in a folder: as it is, or in another Unicode form. `None` where it is not there.
///
/// # Errors
/// The kernel's refusal to look.
pub fn find(folder: BorrowedFd<'_>, name: &Name) -> nix::Result<Option<OsString>> {
    match fstatat(folder, OsStr::new(name.text()), AtFlags::AT_SYMLINK_NOFOLLOW) {
        Ok(_) => return Ok(Some(name.text().into())),
        Err(nix::errno::Errno::ENOENT) if !name.text().is_ascii() => {}
        Err(nix::errno::Errno::ENOENT) => return Ok(None),
        Err(cause) => return Err(cause),
    }
    for found in names(folder)? {
        let spelled = found?;
        if spelled.to_str().is_some_and(|text| text.nfc().eq(name.text().chars())) {
            return Ok(Some(spelled));
        }
    }
    Ok(None)
}

/// The names in a folder as the kernel gives them, without its own and the one above. The folder is opened once more, to be
/// read from its beginning.
///
/// # Errors
/// The kernel's refusal, at once or in place of a name.
pub fn names(folder: BorrowedFd<'_>) -> nix::Result<impl Iterator<Item = nix::Result<OsString>>> {
    let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
    let entries = Dir::from_fd(openat(folder.as_fd(), ".", flags, Mode::empty())?)?.into_iter();
    let names = entries.map(|entry| entry.map(|found| OsStr::from_bytes(found.file_name().to_bytes()).to_owned()));
    Ok(names.filter(|name| !name.as_ref().is_ok_and(|name| name == "." || name == "..")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(name: &[u8]) -> String {
        Name::judge(name).unwrap_err().args[1].clone()
    }

    #[test]
    fn names_that_cross_and_names_that_do_not() {
        for good in ["a", "-rf", "보고서 (1).pdf", ".bashrc", "a\u{a0}b", &"가".repeat(85)] {
            assert_eq!(Name::judge(good.as_bytes()).unwrap().text(), good);
        }
        assert_eq!(refused(b""), "empty");
        assert_eq!((refused(b"."), refused(b".."), refused(b"a/b")), ("dots".into(), "dots".into(), "dots".into()));
        assert_eq!((refused(b"a\nb"), refused(b"\x1b]0;x\x07"), refused(b"a\x00")), {
            ("control".into(), "control".into(), "control".into())
        });
        for turns in ["fdp.\u{202e}exe", "a\u{200e}", "a\u{2028}b", "\u{61c}a", "\u{feff}a", "a\u{2067}"] {
            assert_eq!(refused(turns.as_bytes()), "control", "{turns:?}");
        }
        assert_eq!(refused(b"\xff"), "text");
        assert_eq!(refused(&[b'a'; 256]), "long");
    }

    #[test]
    fn hangul_is_composed() {
        let apart = "한글.txt".nfd().collect::<String>();
        assert_ne!(apart, "한글.txt");
        assert_eq!(Name::judge(apart.as_bytes()).unwrap().text(), "한글.txt");
    }

    #[test]
    fn trails_stay_below_the_home() {
        let home = Path::new("/home/kim");
        let parse = |typed: &str| Trail::parse(OsStr::new(typed), home).map(|trail| trail.text());
        assert_eq!(parse("Downloads//./x.pdf").unwrap(), "Downloads/x.pdf");
        assert_eq!(parse("/home/kim/a").unwrap(), "a");
        assert_eq!(parse("/home/kim").unwrap(), "");
        for (typed, what) in
            [("../x", "dots"), ("a/../../x", "dots"), ("/etc/passwd", "outside"), ("/home/kimi/x", "outside")]
        {
            assert_eq!(parse(typed).unwrap_err().args[1], what, "{typed}");
        }
    }

    #[test]
    fn a_name_is_found_in_whatever_form_it_is_spelled() {
        let folder = std::env::temp_dir().join(format!("sep-run-names-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let apart: String = "한글".nfd().collect();
        std::fs::write(folder.join(&apart), "").unwrap();
        let open = std::fs::File::open(&folder).unwrap();
        let look = |name: &str| find(open.as_fd(), &Name::judge(name.as_bytes()).unwrap()).unwrap();
        assert_eq!(look("한글"), Some(apart.into()));
        assert_eq!((look("한국"), look("ascii")), (None, None));
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
