//! Files out of a zone.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::fcntl::{OFlag, open, openat};
use nix::sys::stat::{Mode, mkdirat};

use super::list::{entries, look};
use super::{Moved, Order, Outcome, Talk, Watch, bounded};
use crate::audit::Direction;
use crate::files::{Draft, Name, Place, Sum, Trail, bad_kind, exists};
use crate::policy::Plan;
use crate::wire::files::{FileAsk, FileTold, Kind, Part};
use crate::wire::{Code, Failure, Stage};

/// Carries what the order names out of the zone.
///
/// # Errors
/// A destination that is none. What single files end with stands in the outcome.
pub fn get(talk: &Talk, plan: &Plan, order: &Order, watch: &mut dyn Watch) -> Result<Outcome, Failure> {
    let several = order.paths.len() > 1;
    let target = Target::find(order.to.as_deref().unwrap_or(OsStr::new(".")), several)?;
    let mut getter = Getter { talk, order, watch, zone: &plan.zone, outcome: Outcome::default() };
    for path in &order.paths {
        let went = getter.one(plan, path, &target);
        if !getter.outcome.goes_on(talk, went) {
            break;
        }
    }
    Ok(getter.outcome)
}

/// Where files go: into a folder, or to one name in it.
struct Target {
    folder: OwnedFd,
    path: PathBuf,
    name: Option<Name>,
}

impl Target {
    fn find(to: &OsStr, several: bool) -> Result<Self, Failure> {
        let path = Path::new(to);
        let into = to.as_encoded_bytes().ends_with(b"/") || path.is_dir();
        if !into && several {
            return Err(Failure::new(Stage::Parse, Code::NotFolder, &[&to.to_string_lossy()]));
        }
        let (folder, name) = match (into, path.file_name()) {
            (false, Some(name)) => (path.parent(), Some(Name::judge(name.as_encoded_bytes())?)),
            _ => (Some(path), None),
        };
        let path = folder.filter(|f| !f.as_os_str().is_empty()).unwrap_or(Path::new(".")).to_owned();
        // the user's own word may be a link to a folder
        let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
        let folder = open(&path, flags, Mode::empty()).map_err(Failure::because(Stage::Run, "open", path.display()))?;
        Ok(Self { folder, path, name })
    }
}

struct Getter<'a> {
    talk: &'a Talk,
    order: &'a Order,
    watch: &'a mut dyn Watch,
    zone: &'a str,
    outcome: Outcome,
}

impl Getter<'_> {
    /// As it is called in messages.
    fn shown(&self, trail: &Trail) -> String {
        trail.shown_in(self.zone)
    }

    fn one(&mut self, plan: &Plan, path: &OsStr, target: &Target) -> Result<(), Failure> {
        let trail = Trail::parse(path, &plan.person.home)?;
        let name = match (&target.name, trail.split()) {
            (Some(name), _) | (None, Some((_, name))) => name.clone(),
            (None, None) => Name::judge(plan.zone.as_bytes())?,
        };
        let kind = look(self.talk, &trail)?.kind;
        self.any(&trail, kind, &target.folder, &target.path, &name, 0)
    }

    /// A file, or a folder with what is in it.
    fn any(
        &mut self,
        trail: &Trail,
        kind: Kind,
        folder: &OwnedFd,
        path: &Path,
        name: &Name,
        depth: usize,
    ) -> Result<(), Failure> {
        let shown = path.join(name.text());
        match kind {
            Kind::File => {
                let copy = folder.try_clone().map_err(Failure::because(Stage::Run, "open", shown.display()))?;
                let place = Place { folder: copy, name: name.clone(), shown: shown.display().to_string() };
                let went = self.file(trail, place);
                self.watch.end();
                self.outcome.moved.push(went?);
                Ok(())
            }
            Kind::Folder if self.order.recursive => self.folder(trail, folder, &shown, name, depth),
            kind => Err(bad_kind(&self.shown(trail), kind)),
        }
    }

    fn folder(
        &mut self,
        trail: &Trail,
        above: &OwnedFd,
        shown: &Path,
        name: &Name,
        depth: usize,
    ) -> Result<(), Failure> {
        bounded(depth, &self.shown(trail))?;
        let entries = entries(self.talk, trail)?;
        let folder = make(above, name, shown)?;
        let mut names = HashSet::new();
        for entry in entries {
            let went = Name::judge(&entry.name).and_then(|name| {
                let below = trail.with(name.clone());
                if names.insert(name.clone()) {
                    self.any(&below, entry.kind, &folder, shown, &name, depth + 1)
                } else {
                    Err(Failure::new(Stage::Run, Code::Twin, &[&self.shown(&below)]))
                }
            });
            if !self.outcome.goes_on(self.talk, went) {
                break;
            }
        }
        Ok(())
    }

    fn file(&mut self, trail: &Trail, place: Place) -> Result<Moved, Failure> {
        let how = self.order.how;
        if place.is_taken()? && !how.force {
            return if how.resume { self.same(trail, &place) } else { Err(exists(&place.shown)) };
        }
        let to = place.shown.clone();
        let mut draft = Draft::open(place, &trail.text(), how)?;
        let (part, sum) =
            if how.resume { draft.part(&|| self.talk.heard())? } else { (Part::default(), Sum::default()) };
        let (size, from) = self.begin(trail, &part)?;
        draft.begin(from).inspect_err(|_| self.talk.end())?;
        let mut sum = if from == 0 { Sum::default() } else { sum };
        self.watch.begin(&self.shown(trail), size, from);
        while draft.length() < size {
            let bytes = self.chunk(size - draft.length())?;
            // what still comes is not heard to its end
            draft.write(&bytes).inspect_err(|_| self.talk.end())?;
            sum.add(&bytes);
            self.watch.at(draft.length());
        }
        self.talk.done()?;
        let digest = sum.digest();
        self.watch.record(Direction::Out, &trail.text(), size, &digest)?;
        draft.finish()?;
        Ok(Moved { from: self.shown(trail), to, size, digest, same: false })
    }

    /// Asks for a file; its size, and the position that it comes from.
    fn begin(&self, trail: &Trail, part: &Part) -> Result<(u64, u64), Failure> {
        self.talk.ask(FileAsk::Get(trail.text(), *part))?;
        match self.talk.told()? {
            FileTold::File(size, from) if from <= size && (from == 0 || from == part.length) => Ok((size, from)),
            _ => Err(self.talk.protocol()),
        }
    }

    fn chunk(&self, left: u64) -> Result<Vec<u8>, Failure> {
        match self.talk.told()? {
            FileTold::Chunk(bytes) if !bytes.is_empty() && bytes.len() as u64 <= left => Ok(bytes),
            _ => Err(self.talk.protocol()),
        }
    }

    /// A transfer that is taken up again finds a file that is there already: the same, or another one.
    fn same(&self, trail: &Trail, place: &Place) -> Result<Moved, Failure> {
        let whole = place.whole(&|| self.talk.heard())?;
        let (size, from) = self.begin(trail, &whole)?;
        if (size, from) == (whole.length, whole.length) {
            self.talk.done()?;
            let (from, to) = (self.shown(trail), place.shown.clone());
            return Ok(Moved { from, to, size, digest: whole.digest, same: true });
        }
        let mut left = size - from;
        while left > 0 {
            left -= self.chunk(left)?.len() as u64;
        }
        self.talk.done()?;
        Err(exists(&place.shown))
    }
}

/// A folder of that name, made where there is none; a link is none.
fn make(above: &OwnedFd, name: &Name, shown: &Path) -> Result<OwnedFd, Failure> {
    match mkdirat(above, name.text(), Mode::from_bits_truncate(0o755)) {
        Ok(()) | Err(Errno::EEXIST) => {}
        Err(cause) => return Err(Failure::system(Stage::Run, "create", shown.display(), cause)),
    }
    let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
    openat(above, name.text(), flags, Mode::empty()).map_err(Failure::because(Stage::Run, "open", shown.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_file_may_have_a_new_name_and_several_may_not() {
        let top = std::env::temp_dir().join(format!("sep-run-target-{}", std::process::id()));
        std::fs::create_dir_all(&top).unwrap();
        let new = top.join("new");
        assert_eq!(Target::find(new.as_os_str(), false).unwrap().name.unwrap().text(), "new");
        assert_eq!(Target::find(new.as_os_str(), true).err().unwrap().code, Code::NotFolder);
        assert_eq!(Target::find(top.as_os_str(), true).unwrap().name, None);
        let missing = top.join("missing/");
        assert_eq!(Target::find(missing.as_os_str(), false).err().unwrap().errno, libc::ENOENT);
        std::fs::remove_dir_all(&top).unwrap();
    }
}
