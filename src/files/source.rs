//! A file that is read to be sent: exactly as long as it was when it was opened, or an error.

use std::ffi::OsStr;
use std::fs::File;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::{FileExt, MetadataExt};

use nix::errno::Errno;
use nix::fcntl::{AtFlags, OFlag, openat};
use nix::sys::stat::{FileStat, Mode, SFlag, fstatat};

use super::{Sum, Wanted, bad_kind};
use crate::sys::file;
use crate::wire::files::{Kind, Part};
use crate::wire::{Code, Failure, Stage};

/// A regular file, open for reading.
#[derive(Debug)]
pub struct Source {
    file: File,
    /// Size and date at the beginning.
    before: (u64, i64, i64),
    shown: String,
}

impl Source {
    /// Opens the file of this name; a link is not followed, and what is no regular file is refused by its kind.
    ///
    /// # Errors
    /// [`Code::BadKind`]; the kernel's refusal.
    pub fn open(folder: BorrowedFd<'_>, name: &OsStr, shown: &str) -> Result<Self, Failure> {
        let say = |cause| Failure::system(Stage::Run, "open", shown, cause);
        match kind_at(folder, name).map_err(say)? {
            Kind::File => {}
            kind => return Err(bad_kind(shown, kind)),
        }
        // whatever takes its place now is not waited for
        let flags = OFlag::O_RDONLY | OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK | OFlag::O_NOCTTY | OFlag::O_CLOEXEC;
        let file = File::from(openat(folder, name, flags, Mode::empty()).map_err(|cause| match cause {
            Errno::ELOOP => bad_kind(shown, Kind::Link),
            Errno::ENXIO => bad_kind(shown, Kind::Socket),
            cause => say(cause),
        })?);
        let found = file.metadata().map_err(Failure::because(Stage::Run, "look at", shown))?;
        match found.is_file() {
            true => Ok(Self { before: state(&found), file, shown: shown.to_owned() }),
            false => Err(bad_kind(shown, kind_of(found.mode()))),
        }
    }

    /// Its size when it was opened.
    pub fn size(&self) -> u64 {
        self.before.0
    }

    /// Bytes at a position, as many as there is room for; none at the end.
    ///
    /// # Errors
    /// [`Code::Changed`] where it has become shorter; the kernel's refusal.
    pub fn read(&self, room: &mut [u8], at: u64) -> Result<usize, Failure> {
        let wanted = usize::try_from(self.size().saturating_sub(at)).unwrap_or(usize::MAX).min(room.len());
        let room = room.get_mut(..wanted).unwrap_or_default();
        loop {
            match self.file.read_at(room, at) {
                Ok(0) if wanted > 0 => return Err(self.changed()),
                Err(cause) if cause.kind() == std::io::ErrorKind::Interrupted => {}
                other => return other.map_err(Failure::because(Stage::Run, "read", &self.shown)),
            }
        }
    }

    /// The sum of its beginning.
    ///
    /// # Errors
    /// As [`Self::read`]; that nobody wants it.
    pub fn begins(&self, length: u64, wanted: Wanted<'_>) -> Result<Sum, Failure> {
        Sum::of(length, wanted, |room, at| self.read(room, at)).map(|(sum, _)| sum)
    }

    /// The sum of its beginning, where the part is that; else `None`.
    ///
    /// # Errors
    /// As [`Self::begins`].
    pub fn continues(&self, part: &Part, wanted: Wanted<'_>) -> Result<Option<Sum>, Failure> {
        if part.length == 0 || part.length > self.size() {
            return Ok(None);
        }
        let sum = self.begins(part.length, wanted)?;
        Ok((sum.digest() == part.digest).then_some(sum))
    }

    /// That it is still what was opened: same size, same date.
    ///
    /// # Errors
    /// [`Code::Changed`].
    pub fn end(&self) -> Result<(), Failure> {
        let found = self.file.metadata().map_err(Failure::because(Stage::Run, "look at", &self.shown))?;
        if state(&found) == self.before { Ok(()) } else { Err(self.changed()) }
    }

    fn changed(&self) -> Failure {
        Failure::new(Stage::Run, Code::Changed, &[&self.shown])
    }
}

fn state(found: &std::fs::Metadata) -> (u64, i64, i64) {
    (found.len(), found.mtime(), found.mtime_nsec())
}

/// What a name in a folder stands for; a link is a link.
///
/// # Errors
/// The kernel's refusal to look.
pub fn kind_at(folder: BorrowedFd<'_>, name: &OsStr) -> nix::Result<Kind> {
    fstatat(folder.as_fd(), name, AtFlags::AT_SYMLINK_NOFOLLOW).map(|found: FileStat| kind_of(found.st_mode))
}

/// The kind in the bits of a mode.
pub fn kind_of(mode: u32) -> Kind {
    match file::format(mode) {
        SFlag::S_IFREG => Kind::File,
        SFlag::S_IFDIR => Kind::Folder,
        SFlag::S_IFLNK => Kind::Link,
        SFlag::S_IFIFO => Kind::Fifo,
        SFlag::S_IFSOCK => Kind::Socket,
        _ => Kind::Device,
    }
}
