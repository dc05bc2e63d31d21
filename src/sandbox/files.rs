//! Files in and out, on the zone's side: a session that reads and writes below the zone's home for one client.
//!
//! It is forked as the session of a program is and has every seal on: what a link, a named pipe or a race in the home
//! leads to is something of the zone. No link is followed all the same, so that what is asked for is what is sent. A
//! refused request is answered, and the next one waited for.

use std::ffi::OsStr;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;

use nix::errno::Errno;
use nix::fcntl::{AtFlags, OFlag, openat, readlinkat};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::stat::{Mode, fstatat, mkdirat};

use crate::files::{Draft, How, Name, Place, Source, Trail, bad_kind, exists, find, kind_at, kind_of, names};
use crate::policy::Plan;
use crate::wire::files::{Entry, FileAsk, FileTold, Kind, LONGEST_CHUNK, LONGEST_NAME, MOST_ENTRIES, Part};
use crate::wire::{Code, Connection, Failure, FromInit, Stage, ToInit};

/// Serves one client until it closes.
pub fn serve(client: &Connection, plan: &Plan) -> Result<(), Failure> {
    let home = Home::open(plan)?;
    client.answer(Stage::Run, &FromInit::Accepted, &[])?;
    while let Some(ask) = next(client)? {
        if let Err(failure) = home.answer(client, ask) {
            client.answer(Stage::Run, &FromInit::Failed(failure), &[])?;
        }
    }
    Ok(())
}

fn next(client: &Connection) -> Result<Option<FileAsk>, Failure> {
    match client.order(Stage::Run)? {
        Some((ToInit::Files(ask), _)) => Ok(Some(ask)),
        Some(_) => Err(protocol()),
        None => Ok(None),
    }
}

/// A client that has hung up wants nothing any more, and the zone does not live on for it.
fn wanted(client: &Connection) -> Result<(), Failure> {
    let mut watched = [PollFd::new(client.as_fd(), PollFlags::empty())];
    match poll(&mut watched, PollTimeout::ZERO) {
        Ok(0) => Ok(()),
        _ => Err(Failure::system(Stage::Run, "hear from", "client", Errno::EPIPE)),
    }
}

fn tell(client: &Connection, told: FileTold) -> Result<(), Failure> {
    client.answer(Stage::Run, &FromInit::Files(told), &[])
}

fn protocol() -> Failure {
    Failure::new(Stage::Run, Code::Protocol, &["client"])
}

/// The zone's home, which every path is below of.
struct Home<'a> {
    plan: &'a Plan,
    folder: OwnedFd,
}

impl<'a> Home<'a> {
    fn open(plan: &'a Plan) -> Result<Self, Failure> {
        let path = &plan.person.home;
        let folder = nix::fcntl::open(path, FOLDER, Mode::empty()).map_err(Failure::because(
            Stage::Run,
            "open",
            path.display(),
        ))?;
        Ok(Self { plan, folder })
    }

    fn answer(&self, client: &Connection, ask: FileAsk) -> Result<(), Failure> {
        match ask {
            FileAsk::List(path) => self.list(client, &self.trail(&path)?),
            FileAsk::Look(path) => {
                let entry = self.look(&self.trail(&path)?)?;
                tell(client, FileTold::Entries(vec![entry]))?;
                tell(client, FileTold::Done)
            }
            FileAsk::Get(path, part) => self.send(client, &self.trail(&path)?, &part),
            FileAsk::Put { path, force, resume } => {
                let draft = self.offer(client, &self.trail(&path)?, How { force, resume })?;
                take(client, draft)
            }
            FileAsk::Folder(path) => {
                self.make(&self.trail(&path)?)?;
                tell(client, FileTold::Done)
            }
            _ => Err(protocol()),
        }
    }

    fn trail(&self, path: &str) -> Result<Trail, Failure> {
        Trail::parse(OsStr::new(path), &self.plan.person.home)
    }

    /// As it is called in messages.
    fn shown(&self, trail: &Trail) -> String {
        trail.shown_in(&self.plan.zone)
    }

    /// Walks down, one name at a time and by no link.
    fn enter(&self, names: &[Name], shown: &str) -> Result<OwnedFd, Failure> {
        let mut folder = self.folder.try_clone().map_err(Failure::because(Stage::Run, "open", shown))?;
        for name in names {
            let spelled = spelled(folder.as_fd(), name, shown)?;
            folder = openat(&folder, spelled.as_os_str(), FOLDER, Mode::empty()).map_err(|cause| match cause {
                Errno::ENOTDIR | Errno::ELOOP => {
                    bad_kind(shown, kind_at(folder.as_fd(), &spelled).unwrap_or(Kind::Link))
                }
                cause => Failure::system(Stage::Run, "open", shown, cause),
            })?;
        }
        Ok(folder)
    }

    /// The folder that a path lies in, and its name as it is spelled there.
    fn above(&self, trail: &Trail) -> Result<(OwnedFd, std::ffi::OsString), Failure> {
        let shown = self.shown(trail);
        let (names, name) = trail.split().ok_or_else(|| bad_kind(&shown, Kind::Folder))?;
        let folder = self.enter(names, &shown)?;
        let spelled = spelled(folder.as_fd(), name, &shown)?;
        Ok((folder, spelled))
    }

    fn look(&self, trail: &Trail) -> Result<Entry, Failure> {
        if trail.names().is_empty() {
            return Ok(Entry { name: vec![], kind: Kind::Folder, size: 0, modified: 0, target: vec![] });
        }
        let (folder, name) = self.above(trail)?;
        entry(folder.as_fd(), &name).map_err(Failure::because(Stage::Run, "look at", self.shown(trail)))
    }

    fn list(&self, client: &Connection, trail: &Trail) -> Result<(), Failure> {
        let shown = self.shown(trail);
        let folder = self.enter(trail.names(), &shown)?;
        let say = || Failure::because(Stage::Run, "read", shown.clone());
        let mut batch = Vec::new();
        for name in names(folder.as_fd()).map_err(say())? {
            // one that is gone by now is left out
            if let Ok(entry) = entry(folder.as_fd(), &name.map_err(say())?) {
                batch.push(entry);
            }
            if batch.len() == MOST_ENTRIES {
                tell(client, FileTold::Entries(std::mem::take(&mut batch)))?;
            }
        }
        tell(client, FileTold::Entries(batch))?;
        tell(client, FileTold::Done)
    }

    /// Sends a file, from where the client's part ends if it begins so.
    fn send(&self, client: &Connection, trail: &Trail, part: &Part) -> Result<(), Failure> {
        let (folder, name) = self.above(trail)?;
        let source = Source::open(folder.as_fd(), &name, &self.shown(trail))?;
        let mut at = if source.continues(part, &|| wanted(client))?.is_some() { part.length } else { 0 };
        tell(client, FileTold::File(source.size(), at))?;
        let mut room = vec![0; LONGEST_CHUNK];
        while at < source.size() {
            let len = source.read(&mut room, at)?;
            tell(client, FileTold::Chunk(room.get(..len).unwrap_or_default().to_vec()))?;
            at += len as u64;
        }
        source.end()?;
        tell(client, FileTold::Done)
    }

    /// Makes ready to take a file, and says what is there of it.
    fn offer(&self, client: &Connection, trail: &Trail, how: How) -> Result<Option<Draft>, Failure> {
        let shown = self.shown(trail);
        let (names, name) = trail.split().ok_or_else(|| bad_kind(&shown, Kind::Folder))?;
        let place = Place { folder: self.enter(names, &shown)?, name: name.clone(), shown };
        if place.is_taken()? && !how.force {
            if !how.resume {
                return Err(exists(&place.shown));
            }
            return tell(client, FileTold::Offer(place.whole(&|| wanted(client))?, true)).map(|()| None);
        }
        let draft = Draft::open(place, &trail.text(), how)?;
        let part = if how.resume { draft.part(&|| wanted(client))?.0 } else { Part::default() };
        tell(client, FileTold::Offer(part, false))?;
        Ok(Some(draft))
    }

    fn make(&self, trail: &Trail) -> Result<(), Failure> {
        let shown = self.shown(trail);
        let Some((names, name)) = trail.split() else { return Ok(()) };
        let folder = self.enter(names, &shown)?;
        let found = find(folder.as_fd(), name).map_err(Failure::because(Stage::Run, "look at", &shown))?;
        match found.map(|name| kind_at(folder.as_fd(), &name)) {
            Some(Ok(Kind::Folder)) => Ok(()),
            Some(kind) => Err(bad_kind(&shown, kind.unwrap_or(Kind::Device))),
            None => mkdirat(&folder, name.text(), Mode::from_bits_truncate(0o755)).map_err(Failure::because(
                Stage::Run,
                "create",
                &shown,
            )),
        }
    }
}

const FOLDER: OFlag = OFlag::O_RDONLY.union(OFlag::O_DIRECTORY).union(OFlag::O_NOFOLLOW).union(OFlag::O_CLOEXEC);

fn spelled(folder: BorrowedFd<'_>, name: &Name, shown: &str) -> Result<std::ffi::OsString, Failure> {
    let found = find(folder, name).map_err(Failure::because(Stage::Run, "look at", shown))?;
    found.ok_or_else(|| Failure::system(Stage::Run, "look at", shown, Errno::ENOENT))
}

/// What a name stands for; nothing of it is opened.
fn entry(folder: BorrowedFd<'_>, name: &OsStr) -> nix::Result<Entry> {
    let found = fstatat(folder, name, AtFlags::AT_SYMLINK_NOFOLLOW)?;
    let kind = kind_of(found.st_mode);
    let mut target = Vec::new();
    if kind == Kind::Link {
        target = readlinkat(folder, name)?.as_bytes().to_vec();
        target.truncate(LONGEST_NAME);
    }
    let size = if kind == Kind::File { found.st_size as u64 } else { 0 };
    Ok(Entry { name: name.as_bytes().to_vec(), kind, size, modified: found.st_mtime, target })
}

/// Takes what comes until it is whole. What the client says after a failure of ours is heard to its end first: it had
/// said that before it heard of the failure.
fn take(client: &Connection, draft: Option<Draft>) -> Result<(), Failure> {
    let Some(mut draft) = draft else { return rest(client) };
    match grow(client, &mut draft) {
        Ok(true) => draft.finish().and_then(|()| tell(client, FileTold::Done)),
        // the draft is let go of
        Ok(false) => Ok(()),
        Err(failure) => {
            drop(draft);
            client.answer(Stage::Run, &FromInit::Failed(failure), &[])?;
            rest(client)
        }
    }
}

/// True when all of it has come; false when the rest does not.
fn grow(client: &Connection, draft: &mut Draft) -> Result<bool, Failure> {
    let there = draft.length();
    loop {
        match next(client)? {
            Some(FileAsk::From(at)) if at == 0 || at == there => draft.begin(at)?,
            Some(FileAsk::Chunk(bytes)) => draft.write(&bytes)?,
            Some(FileAsk::End) => return Ok(true),
            Some(FileAsk::Leave) | None => return Ok(false),
            Some(_) => return Err(protocol()),
        }
    }
}

fn rest(client: &Connection) -> Result<(), Failure> {
    loop {
        match next(client)? {
            None | Some(FileAsk::Leave | FileAsk::End) => return Ok(()),
            Some(_) => {}
        }
    }
}
