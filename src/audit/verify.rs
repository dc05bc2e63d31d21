//! Whether a log is whole: every line in its place, from the first that is there to the one that the head names.

use std::fs::File;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::chain::{Break, Head, Link};
use super::lines::Lines;
use super::log::read_head;

/// What is wrong with a line, or with what should stand behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// It does not fit the line before: it was changed, or that one and its hash.
    Changed,
    /// It is no line of the log.
    Unreadable,
    /// Lines with these numbers, first and last, are missing before it.
    Missing(u64, u64),
    /// It stands in another place than it was written in, or a second time.
    Order,
    /// Lines with these numbers, first and last, are missing behind it: the log was cut.
    Cut(u64, u64),
    /// There is no head, or it is not ours: whether lines are missing behind it can not be told.
    Head,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing was recorded yet.
    Empty,
    /// Every line is in its place; the numbers of the first and the last.
    Whole(u64, u64),
    /// The first line that is not right.
    Broken {
        /// The file.
        file: PathBuf,
        /// The line in that file, counted from 1.
        line: u64,
        /// What is wrong with it.
        fault: Fault,
    },
}

/// Checks the log at a path, with the file that was put aside. Who writes meanwhile is not held up: lines that come
/// after the beginning are left for the next time.
///
/// # Errors
/// A file that is there and can not be read.
pub fn verify(path: &Path) -> io::Result<Verdict> {
    let noted = open(&super::head(path))?;
    // the head is read before the files' lengths, so that it is never ahead of them
    let head = noted.as_ref().map(read_head).transpose()?.flatten();
    let mut walk = Walk { head, link: Link::START, first: None, aside: false, broken: None };
    if let Some(file) = open(&super::aside(path))? {
        walk.aside = true;
        walk.file(&super::aside(path), &file)?;
    }
    if let Some(file) = open(path)? {
        walk.file(path, &file)?;
    }
    Ok(walk.verdict(path))
}

fn open(path: &Path) -> io::Result<Option<File>> {
    match File::open(path) {
        Err(cause) if cause.kind() == ErrorKind::NotFound => Ok(None),
        other => other.map(Some),
    }
}

/// The way along the lines.
struct Walk {
    head: Option<Head>,
    link: Link,
    /// The number of the first line.
    first: Option<u64>,
    /// Whether there is a file that was put aside. Then one before it made room for it, and its lines are gone.
    aside: bool,
    broken: Option<Verdict>,
}

impl Walk {
    fn file(&mut self, path: &Path, file: &File) -> io::Result<()> {
        let mut lines = Lines::new(file, 0, file.metadata()?.len());
        let mut number = 0;
        while self.broken.is_none()
            && let Some(line) = lines.read_line()?
        {
            number += 1;
            // the rest of a line that somebody was killed at: the next writer takes it away
            if !line.whole && self.head.is_some_and(|head| head.link.count <= self.link.count) {
                break;
            }
            let fault = match self.link.follow(&line.bytes, number == 1) {
                Ok(_) if !line.whole => Some(Fault::Unreadable),
                Ok(link) => self.step(link),
                Err(found) => Some(self.fault(found, file, lines.at())?),
            };
            self.broken = fault.map(|fault| Verdict::Broken { file: path.to_owned(), line: number, fault });
        }
        Ok(())
    }

    /// One line further. The head may know another hash for it.
    fn step(&mut self, link: Link) -> Option<Fault> {
        let noted = self.head.map(|head| head.link).filter(|noted| noted.count == link.count);
        if noted.is_some_and(|noted| noted != link) {
            return Some(Fault::Changed);
        }
        if *self.first.get_or_insert(link.count) > 1 && !self.aside {
            return Some(Fault::Missing(1, link.count.saturating_sub(1)));
        }
        self.link = link;
        None
    }

    /// A line with a number to come is one out of order where what is missing stands behind it.
    fn fault(&self, found: Break, file: &File, at: u64) -> io::Result<Fault> {
        let next = self.link.count.saturating_add(1);
        Ok(match found {
            Break::Hash => Fault::Changed,
            Break::Unreadable => Fault::Unreadable,
            Break::Number(number) if number < next => Fault::Order,
            Break::Number(_) if is_behind(file, at, next)? => Fault::Order,
            Break::Number(number) => Fault::Missing(next, number.saturating_sub(1)),
        })
    }

    fn verdict(self, path: &Path) -> Verdict {
        let last = self.link.count;
        let broken = |fault| Verdict::Broken { file: path.to_owned(), line: last_line(path), fault };
        match (self.broken, self.head) {
            (Some(broken), _) => broken,
            (None, None) if last == 0 && !super::head(path).exists() => Verdict::Empty,
            (None, None) => broken(Fault::Head),
            (None, Some(Head::START)) if last > 1 => broken(Fault::Head),
            (None, Some(head)) if head.link.count > last => broken(Fault::Cut(last + 1, head.link.count)),
            (None, Some(_)) => self.first.map_or(Verdict::Empty, |first| Verdict::Whole(first, last)),
        }
    }
}

/// Whether a line of this number stands behind some place of a file.
fn is_behind(file: &File, at: u64, number: u64) -> io::Result<bool> {
    let begin = format!("{{\"seq\":{number},");
    let mut lines = Lines::new(file, at, file.metadata()?.len());
    while let Some(line) = lines.read_line()? {
        if line.bytes.starts_with(begin.as_bytes()) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// How many lines a file has; 0 where it is not there.
fn last_line(path: &Path) -> u64 {
    let count = |file: File| {
        let mut lines = Lines::new(&file, 0, file.metadata().ok()?.len());
        let mut count = 0;
        while lines.read_line().ok()?.is_some() {
            count += 1;
        }
        Some(count)
    };
    open(path).ok().flatten().and_then(count).unwrap_or(0)
}

#[cfg(test)]
#[path = "verify_tests.rs"]
mod tests;
