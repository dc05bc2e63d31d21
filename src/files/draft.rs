//! The hidden copy of a file that is on its way: it gets the file's name when it is whole, and not before.
//!
//! It lies beside its place as `.NAME.XXXXXXXX.sep-part`, where the digits stand for where it comes from, so that the
//! same transfer finds it again. One process at a time has it, by a lock. Where it is let go of before it is whole, it
//! is removed, or kept where the transfer may be taken up again.

use std::ffi::OsStr;
use std::fs::File;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::{FileExt, MetadataExt};

use nix::errno::Errno;
use nix::fcntl::{AtFlags, OFlag, RenameFlags, openat, renameat, renameat2};
use nix::sys::stat::{Mode, fchmod, fstatat, umask};
use nix::unistd::{UnlinkatFlags, fsync, unlinkat};

use super::{How, Name, Sum, Wanted, bad_kind, exists, find, kind_of};
use crate::wire::files::{Kind, LONGEST_NAME, Part};
use crate::wire::{Failure, Stage};

const ENDING: &str = "sep-part";
/// Bytes of the hidden name beside the file's own: three dots, eight digits, the ending.
const AROUND: usize = 3 + 8 + ENDING.len();
/// What a file that crossed may be at most: never executable, never with another's id.
const MODE: u32 = 0o644;
/// What a hole reads as.
static ZEROS: [u8; 4096] = [0; 4096];

/// Where a file shall be.
#[derive(Debug)]
pub struct Place {
    /// Its folder.
    pub folder: OwnedFd,
    /// Its name there.
    pub name: Name,
    /// As it is called in messages.
    pub shown: String,
}

/// The copy while it grows.
#[derive(Debug)]
pub struct Draft {
    place: Place,
    hidden: String,
    file: File,
    length: u64,
    how: How,
    done: bool,
}

impl Place {
    /// Whether something of that name is there, in whatever Unicode form.
    ///
    /// # Errors
    /// The kernel's refusal to look.
    pub fn is_taken(&self) -> Result<bool, Failure> {
        self.found().map(|found| found.is_some())
    }

    fn found(&self) -> Result<Option<std::ffi::OsString>, Failure> {
        find(self.folder.as_fd(), &self.name).map_err(Failure::because(Stage::Run, "look at", &self.shown))
    }

    /// The file of that name as a part that may be the whole.
    ///
    /// # Errors
    /// [`Code::BadKind`](crate::wire::Code::BadKind), the kernel's refusal; that nobody wants it.
    pub fn whole(&self, wanted: Wanted<'_>) -> Result<Part, Failure> {
        let name = self.found()?.unwrap_or_else(|| self.name.text().into());
        let source = super::Source::open(self.folder.as_fd(), &name, &self.shown)?;
        let length = source.size();
        Ok(Part { length, digest: source.begins(length, wanted)?.digest() })
    }
}

impl Draft {
    /// Opens the hidden copy for a file from `origin`, emptied unless the transfer may be taken up again.
    ///
    /// # Errors
    /// EBUSY while another process has it; the kernel's refusals; something else of that hidden name.
    pub fn open(place: Place, origin: &str, how: How) -> Result<Self, Failure> {
        let hidden = hidden_name(&place.name, origin);
        let busy = || Failure::system(Stage::Run, "lock", &place.shown, Errno::EBUSY);
        let flags = OFlag::O_RDWR | OFlag::O_CREAT | OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK | OFlag::O_CLOEXEC;
        let mode = Mode::S_IRUSR | Mode::S_IWUSR;
        let file = File::from(openat(&place.folder, hidden.as_str(), flags, mode).map_err(Failure::because(
            Stage::Run,
            "create",
            &place.shown,
        ))?);
        let found = file.metadata().map_err(Failure::because(Stage::Run, "look at", &place.shown))?;
        if !found.is_file() || found.nlink() != 1 || found.uid() != nix::unistd::geteuid().as_raw() {
            let kind = kind_of(found.mode());
            return Err(bad_kind(&hidden, if kind == Kind::File { Kind::Link } else { kind }));
        }
        file.try_lock().map_err(|_| busy())?;
        let there = fstatat(&place.folder, hidden.as_str(), AtFlags::AT_SYMLINK_NOFOLLOW).map_err(|_| busy())?;
        if (there.st_dev, there.st_ino) != (found.dev(), found.ino()) {
            return Err(busy());
        }
        let mut draft = Self { place, hidden, length: found.len(), file, how, done: false };
        if !how.resume {
            draft.begin(0)?;
        }
        Ok(draft)
    }

    /// What is there of a former transfer, and its sum to go on with.
    ///
    /// # Errors
    /// A file that can not be read; that nobody wants it.
    pub fn part(&self, wanted: Wanted<'_>) -> Result<(Part, Sum), Failure> {
        let read = |room: &mut [u8], at| self.file.read_at(room, at).map_err(self.say_read());
        let (sum, length) = Sum::of(self.length, wanted, read)?;
        Ok((Part { length, digest: sum.digest() }, sum))
    }

    /// Cuts it to the part that is kept; what comes next stands behind that.
    ///
    /// # Errors
    /// The kernel's refusal.
    pub fn begin(&mut self, at: u64) -> Result<(), Failure> {
        self.length = at;
        self.file.set_len(at).map_err(self.say_write())
    }

    /// Its bytes so far.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Further bytes. Zeros are not written, only left out: a file with holes stays one.
    ///
    /// # Errors
    /// The kernel's refusal, as where the disk is full.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        if bytes.chunks(ZEROS.len()).any(|piece| ZEROS.get(..piece.len()) != Some(piece)) {
            self.file.write_all_at(bytes, self.length).map_err(self.say_write())?;
        }
        self.length += bytes.len() as u64;
        Ok(())
    }

    /// Gives it its name. Without `force` nothing of that name is replaced, also nothing that came meanwhile.
    ///
    /// # Errors
    /// [`Code::Exists`](crate::wire::Code::Exists); the kernel's refusals.
    pub fn finish(mut self) -> Result<(), Failure> {
        self.file.set_len(self.length).map_err(self.say_write())?;
        let mode = Mode::from_bits_truncate(MODE) & !current_umask();
        match fchmod(&self.file, mode) {
            // file systems without modes
            Ok(()) | Err(Errno::EPERM | Errno::EOPNOTSUPP) => {}
            Err(cause) => return Err(self.say_write()(cause.into())),
        }
        self.file.sync_all().map_err(self.say_write())?;
        let former = self.place.found()?;
        match (&former, self.how.force) {
            (Some(_), false) => return Err(exists(&self.place.shown)),
            (_, true) => self.rename()?,
            (None, false) => self.rename_new()?,
        }
        self.done = true;
        // another spelling of the same name is what was to be replaced
        if let Some(former) = former.filter(|former| former != OsStr::new(self.place.name.text())) {
            let _ = unlinkat(&self.place.folder, former.as_os_str(), UnlinkatFlags::NoRemoveDir);
        }
        // where the folder can not be synced the file system has its own promise
        let _ = fsync(&self.place.folder);
        Ok(())
    }

    fn rename(&self) -> Result<(), Failure> {
        let folder = &self.place.folder;
        renameat(folder, self.hidden.as_str(), folder, self.place.name.text()).map_err(Failure::because(
            Stage::Run,
            "rename",
            &self.place.shown,
        ))
    }

    /// Where the file system can not rename without replacing (some network ones), an empty file takes the name first,
    /// which succeeds for one only, and is then replaced: a crash between the two leaves that empty file.
    fn rename_new(&self) -> Result<(), Failure> {
        let (folder, name) = (&self.place.folder, self.place.name.text());
        let refused = |cause| match cause {
            Errno::EEXIST => exists(&self.place.shown),
            cause => Failure::system(Stage::Run, "rename", &self.place.shown, cause),
        };
        match renameat2(folder, self.hidden.as_str(), folder, name, RenameFlags::RENAME_NOREPLACE) {
            Err(Errno::EINVAL | Errno::ENOSYS | Errno::EOPNOTSUPP) => {
                let flags = OFlag::O_WRONLY | OFlag::O_CREAT | OFlag::O_EXCL | OFlag::O_CLOEXEC;
                openat(folder, name, flags, Mode::S_IRUSR | Mode::S_IWUSR).map_err(refused)?;
                self.rename()
            }
            other => other.map_err(refused),
        }
    }

    fn say_write(&self) -> impl FnOnce(std::io::Error) -> Failure + use<> {
        Failure::because(Stage::Run, "write", self.place.shown.clone())
    }

    fn say_read(&self) -> impl FnOnce(std::io::Error) -> Failure + use<> {
        Failure::because(Stage::Run, "read", self.place.shown.clone())
    }
}

impl Drop for Draft {
    /// An unfinished copy goes, or stays as the part that it is.
    fn drop(&mut self) {
        if self.done {
            return;
        }
        if self.how.resume && self.length > 0 {
            let _ = self.file.set_len(self.length);
        } else {
            let _ = unlinkat(&self.place.folder, self.hidden.as_str(), UnlinkatFlags::NoRemoveDir);
        }
    }
}

/// The name of the copy; a long one is cut, so that it fits.
fn hidden_name(name: &Name, origin: &str) -> String {
    let mut sum = Sum::default();
    sum.add(origin.as_bytes());
    sum.add(&[0]);
    sum.add(name.text().as_bytes());
    let digits: String = super::hex(&sum.digest()).chars().take(8).collect();
    let stem = name.text().get(..name.text().floor_char_boundary(LONGEST_NAME - AROUND)).unwrap_or_default();
    format!(".{stem}.{digits}.{ENDING}")
}

/// The mask of this process. It can only be asked by setting it.
fn current_umask() -> Mode {
    let mask = umask(Mode::from_bits_truncate(0o077));
    umask(mask);
    mask
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::PermissionsExt;
    use std::path::{Path, PathBuf};

    fn folder(test: &str) -> PathBuf {
        let path = std::env::temp_dir().join(format!("sep-run-draft-{}-{test}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        path
    }

    fn place(folder: &Path, name: &str) -> Place {
        let open = fs::File::open(folder).unwrap().into();
        Place { folder: open, name: Name::judge(name.as_bytes()).unwrap(), shown: name.into() }
    }

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> =
            fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn it_has_its_name_when_it_is_whole_and_not_before() {
        let top = folder("whole");
        let how = How::default();
        let mut draft = Draft::open(place(&top, "a"), "x", how).unwrap();
        draft.write(b"one").unwrap();
        assert!(names(&top) == [draft.hidden.clone()] && draft.hidden.starts_with(".a."));
        assert!(Draft::open(place(&top, "a"), "x", how).is_err_and(|f| f.errno == libc::EBUSY), "one at a time");
        draft.finish().unwrap();
        assert_eq!((fs::read(top.join("a")).unwrap(), names(&top)), (b"one".to_vec(), vec!["a".into()]));
        assert_eq!(fs::metadata(top.join("a")).unwrap().permissions().mode() & 0o7133, 0);
        let mut second = Draft::open(place(&top, "a"), "x", how).unwrap();
        second.write(b"two").unwrap();
        assert_eq!(second.finish(), Err(exists("a")));
        assert_eq!((fs::read(top.join("a")).unwrap(), names(&top)), (b"one".to_vec(), vec!["a".into()]));
        let mut third = Draft::open(place(&top, "a"), "x", How { force: true, ..how }).unwrap();
        third.write(b"two").unwrap();
        third.finish().unwrap();
        assert_eq!(fs::read(top.join("a")).unwrap(), b"two", "the twin: by force");
        fs::remove_dir_all(&top).unwrap();
    }

    #[test]
    fn a_broken_one_is_gone_or_kept_as_it_was_asked() {
        let top = folder("broken");
        let open = |resume| Draft::open(place(&top, "a"), "x", How { force: false, resume }).unwrap();
        open(true).write(b"").unwrap();
        open(false).write(b"12345").unwrap();
        assert_eq!(names(&top), [""; 0]);
        open(true).write(b"123\0\0").unwrap();
        let mut again = open(true);
        assert_eq!(again.part(&|| Ok(())).unwrap().0.length, 5);
        again.write(b"6").unwrap();
        again.finish().unwrap();
        assert_eq!(fs::read(top.join("a")).unwrap(), b"123\0\x006");
        fs::remove_dir_all(&top).unwrap();
    }

    #[test]
    fn what_lies_in_its_place_is_not_written_to() {
        let top = folder("placed");
        let hidden = top.join(hidden_name(&Name::judge(b"a").unwrap(), "x"));
        fs::write(top.join("victim"), "kept").unwrap();
        let open = || Draft::open(place(&top, "a"), "x", How::default()).err();
        std::os::unix::fs::symlink("victim", &hidden).unwrap();
        assert_eq!(open().unwrap().errno, libc::ELOOP);
        fs::remove_file(&hidden).unwrap();
        fs::hard_link(top.join("victim"), &hidden).unwrap();
        assert_eq!(open().unwrap(), bad_kind(hidden.file_name().unwrap().to_str().unwrap(), Kind::Link));
        fs::remove_file(&hidden).unwrap();
        nix::unistd::mkfifo(&hidden, Mode::S_IRWXU).unwrap();
        assert!(open().is_some());
        fs::remove_file(&hidden).unwrap();
        assert_eq!(open(), None, "the twin");
        assert_eq!(fs::read(top.join("victim")).unwrap(), b"kept");
        fs::remove_dir_all(&top).unwrap();
    }

    #[test]
    fn holes_stay_holes_and_long_names_fit() {
        let top = folder("holes");
        let long = "가".repeat(85);
        let mut draft = Draft::open(place(&top, &long), "x", How::default()).unwrap();
        for _ in 0..64 {
            draft.write(&[0; 128 * 1024]).unwrap();
        }
        draft.finish().unwrap();
        let found = fs::metadata(top.join(&long)).unwrap();
        assert!(found.len() == 8 << 20 && found.blocks() < 64, "{} blocks", found.blocks());
        fs::remove_dir_all(&top).unwrap();
    }
}
