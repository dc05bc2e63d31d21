//! Files into a zone.

use std::collections::HashSet;
use std::ffi::{OsStr, OsString};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use nix::fcntl::{OFlag, open, openat};
use nix::sys::stat::Mode;

use super::list::look;
use super::{DOWNLOADS, Moved, Order, Outcome, Talk, Watch, bounded};
use crate::audit::Direction;
use crate::files::{Name, Source, Sum, Trail, bad_kind, exists, kind_at, names};
use crate::policy::Plan;
use crate::wire::files::{FileAsk, FileTold, Kind, Part};
use crate::wire::{Code, Failure, Stage};

/// Bytes of one message: a few of them may be under way at once.
const CHUNK: usize = 64 * 1024;

/// Carries what the order names into the zone.
///
/// # Errors
/// A destination that is none. What single files end with stands in the outcome.
pub fn put(talk: &Talk, plan: &Plan, order: &Order, watch: &mut dyn Watch) -> Result<Outcome, Failure> {
    let (folder, name) = target(talk, plan, order)?;
    let mut putter = Putter { talk, order, watch, zone: &plan.zone, outcome: Outcome::default() };
    for path in &order.paths {
        let went = putter.one(path, &folder, name.as_ref());
        if !putter.outcome.goes_on(talk, went) {
            break;
        }
    }
    Ok(putter.outcome)
}

/// The folder of the zone that files go to, and the one name there that a single one gets.
fn target(talk: &Talk, plan: &Plan, order: &Order) -> Result<(Trail, Option<Name>), Failure> {
    let Some(typed) = &order.to else {
        return Ok((downloads(talk)?, None));
    };
    let to = Trail::parse(typed, &plan.person.home)?;
    if is_folder(talk, &to)? {
        return Ok((to, None));
    }
    match to.split() {
        Some((folder, name)) if order.paths.len() == 1 && !typed.as_bytes().ends_with(b"/") => {
            Ok((folder.iter().cloned().fold(Trail::default(), |trail, name| trail.with(name)), Some(name.clone())))
        }
        _ => Err(Failure::new(Stage::Run, Code::NotFolder, &[&typed.to_string_lossy()])),
    }
}

/// Where files go for which nothing is named: the folder for downloads that the zone has, else its home.
fn downloads(talk: &Talk) -> Result<Trail, Failure> {
    for name in DOWNLOADS {
        let trail = Trail::default().with(Name::judge(name.as_bytes())?);
        if is_folder(talk, &trail)? {
            return Ok(trail);
        }
    }
    Ok(Trail::default())
}

fn is_folder(talk: &Talk, trail: &Trail) -> Result<bool, Failure> {
    match look(talk, trail) {
        Ok(entry) => Ok(entry.kind == Kind::Folder),
        Err(failure) if failure.errno == libc::ENOENT => Ok(false),
        Err(failure) => Err(failure),
    }
}

struct Putter<'a> {
    talk: &'a Talk,
    order: &'a Order,
    watch: &'a mut dyn Watch,
    zone: &'a str,
    outcome: Outcome,
}

impl Putter<'_> {
    fn one(&mut self, typed: &OsStr, to: &Trail, name: Option<&Name>) -> Result<(), Failure> {
        let typed = PathBuf::from(typed);
        // `.` and `..` have a name of their own only above them
        let path = if typed.file_name().is_some() { typed.clone() } else { real(&typed)? };
        let folder = path.parent().filter(|above| !above.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let file = path.file_name().unwrap_or_default();
        let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
        let folder =
            open(folder, flags, Mode::empty()).map_err(Failure::because(Stage::Run, "open", typed.display()))?;
        let name = name.map_or_else(|| Name::judge(file.as_bytes()), |name| Ok(name.clone()))?;
        self.any(folder.as_fd(), file, &path, &to.with(name), 0)
    }

    fn any(
        &mut self,
        folder: BorrowedFd<'_>,
        file: &OsStr,
        path: &Path,
        to: &Trail,
        depth: usize,
    ) -> Result<(), Failure> {
        let shown = path.to_string_lossy();
        match kind_at(folder, file).map_err(Failure::because(Stage::Run, "open", &shown))? {
            Kind::File => {
                let went = self.file(&Source::open(folder, file, &shown)?, path, to);
                self.watch.end();
                self.outcome.moved.push(went?);
                Ok(())
            }
            Kind::Folder if self.order.recursive => self.folder(folder, file, path, to, depth),
            kind => Err(bad_kind(&shown, kind)),
        }
    }

    fn folder(
        &mut self,
        above: BorrowedFd<'_>,
        file: &OsStr,
        path: &Path,
        to: &Trail,
        depth: usize,
    ) -> Result<(), Failure> {
        bounded(depth, &path.to_string_lossy())?;
        let (folder, files) = read(above, file).map_err(Failure::because(Stage::Run, "open", path.display()))?;
        self.talk.ask(FileAsk::Folder(to.text()))?;
        self.talk.done()?;
        let mut names = HashSet::new();
        for file in files {
            let below = path.join(&file);
            let went = Name::judge(file.as_bytes()).and_then(|name| {
                if names.insert(name.clone()) {
                    self.any(folder.as_fd(), &file, &below, &to.with(name), depth + 1)
                } else {
                    Err(Failure::new(Stage::Run, Code::Twin, &[&below.to_string_lossy()]))
                }
            });
            if !self.outcome.goes_on(self.talk, went) {
                break;
            }
        }
        Ok(())
    }

    fn file(&mut self, source: &Source, path: &Path, to: &Trail) -> Result<Moved, Failure> {
        let how = self.order.how;
        self.talk.ask(FileAsk::Put { path: to.text(), force: how.force, resume: how.resume })?;
        let FileTold::Offer(part, whole) = self.talk.told()? else { return Err(self.talk.protocol()) };
        let ready = self.answer_offer(source, path, to, &part, whole);
        if ready.is_err() && !self.talk.is_over() {
            // the zone waits to hear that the file does not come, also where it said no itself
            self.talk.ask(FileAsk::Leave)?;
        }
        let moved = ready?;
        if !moved.same {
            self.talk.finish()?;
        }
        Ok(moved)
    }

    /// Sends what the zone has not.
    fn answer_offer(
        &mut self,
        source: &Source,
        path: &Path,
        to: &Trail,
        part: &Part,
        whole: bool,
    ) -> Result<Moved, Failure> {
        let known = source.continues(part, &|| self.talk.heard())?;
        let shown = to.shown_in(self.zone);
        let moved = |sum: &Sum, same| Moved {
            from: path.to_string_lossy().into_owned(),
            to: shown.clone(),
            size: source.size(),
            digest: sum.digest(),
            same,
        };
        if whole {
            let sum = known.or_else(|| (source.size() == 0).then(Sum::default));
            return match sum.filter(|_| part.length == source.size()) {
                Some(sum) => self.talk.ask(FileAsk::Leave).map(|()| moved(&sum, true)),
                None => Err(exists(&shown)),
            };
        }
        let at = if known.is_some() { part.length } else { 0 };
        let mut sum = known.unwrap_or_default();
        self.talk.ask(FileAsk::From(at))?;
        self.stream(source, &path.to_string_lossy(), at, &mut sum)?;
        source.end()?;
        self.watch.record(Direction::In, &to.text(), source.size(), &sum.digest())?;
        Ok(moved(&sum, false))
    }

    fn stream(&mut self, source: &Source, name: &str, mut at: u64, sum: &mut Sum) -> Result<(), Failure> {
        self.watch.begin(name, source.size(), at);
        let mut room = vec![0; CHUNK];
        while at < source.size() {
            // the zone says nothing now but what went wrong
            if self.talk.is_spoken_to() {
                self.talk.told().and_then(|_| Err(self.talk.protocol()))?;
            }
            let len = source.read(&mut room, at)?;
            let bytes = room.get(..len).unwrap_or_default();
            sum.add(bytes);
            self.talk.ask(FileAsk::Chunk(bytes.to_vec()))?;
            at += len as u64;
            self.watch.at(at);
        }
        Ok(())
    }
}

fn real(path: &Path) -> Result<PathBuf, Failure> {
    path.canonicalize().map_err(Failure::because(Stage::Run, "open", path.display()))
}

/// A folder and the names in it, sorted.
fn read(above: BorrowedFd<'_>, file: &OsStr) -> nix::Result<(OwnedFd, Vec<OsString>)> {
    let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
    let folder = openat(above, file, flags, Mode::empty())?;
    let mut names = names(folder.as_fd())?.collect::<nix::Result<Vec<_>>>()?;
    names.sort();
    Ok((folder, names))
}
