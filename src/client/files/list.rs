//! What is in a folder of the zone.

use super::Talk;
use crate::files::Trail;
use crate::wire::files::{Entry, FileAsk, FileTold, Kind, MOST_ENTRIES};
use crate::wire::{Code, Failure, Stage};

/// The most bytes of names that are held.
const MOST_BYTES: usize = 64 * 1024 * 1024;

/// The entries of a folder by name, or the one entry of what is no folder.
///
/// # Errors
/// The zone's refusal; [`Code::TooMany`].
pub fn list(talk: &Talk, trail: &Trail) -> Result<Vec<Entry>, Failure> {
    let itself = look(talk, trail)?;
    if itself.kind != Kind::Folder {
        return Ok(vec![itself]);
    }
    entries(talk, trail)
}

/// The entries of a folder.
pub(in crate::client) fn entries(talk: &Talk, trail: &Trail) -> Result<Vec<Entry>, Failure> {
    talk.ask(FileAsk::List(trail.text()))?;
    let (mut all, mut bytes, mut full) = (Vec::new(), 0, true);
    loop {
        match talk.told()? {
            // every message but the last is full: a zone can not make this one go on with empty ones
            FileTold::Entries(some) if bytes > MOST_BYTES || !full => {
                drop(some);
                talk.end();
                let limit = all.len().to_string();
                return Err(Failure::new(Stage::Run, Code::TooMany, &[&trail.text(), &limit, "entries"]));
            }
            FileTold::Entries(some) => {
                bytes += some.iter().map(|e| size_of::<Entry>() + e.name.len() + e.target.len()).sum::<usize>();
                full = some.len() == MOST_ENTRIES;
                all.extend(some);
            }
            FileTold::Done => break,
            _ => return Err(talk.protocol()),
        }
    }
    all.sort_by(|a: &Entry, b| a.name.cmp(&b.name));
    Ok(all)
}

/// What a path itself is.
pub(super) fn look(talk: &Talk, trail: &Trail) -> Result<Entry, Failure> {
    talk.ask(FileAsk::Look(trail.text()))?;
    let FileTold::Entries(mut entries) = talk.told()? else { return Err(talk.protocol()) };
    talk.done()?;
    match (entries.pop(), entries.is_empty()) {
        (Some(entry), true) => Ok(entry),
        _ => Err(talk.protocol()),
    }
}
