//! `sepctl log`: the audit log as people, spreadsheets and programs read it, and whether it is whole.
//!
//! It reads and never writes. What a zone wrote into a line is hostile: no character of it drives the terminal, and no
//! cell of it is a formula.

mod cells;
mod sentence;
mod when;

use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use nix::sys::inotify::{AddWatchFlags, InitFlags, Inotify};

use super::Shown;
use super::words::{Locale, Words};
use crate::audit::{Event, Fault, Kind, Lines, Record, Verdict, aside, utc, verify};
use crate::client;
use crate::policy::Host;
use crate::policy::host::SYSTEM_AUDIT;
use crate::wire::{Code, Failure, Stage};

pub(super) use cells::json;
pub(super) use sentence::{failed, rule, target};
pub(super) use when::span;

/// What was typed behind `sepctl log`.
#[derive(Debug, Default, clap::Args)]
pub struct Options {
    /// Only what concerns this zone
    #[arg(long, value_name = "ZONE")]
    zone: Option<String>,
    /// Only what happened at or after this time: 2h, today, 2026-11-24, 09:30 or as RFC 3339 has it
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// Only what happened before this time
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// Only connections that ended
    #[arg(long)]
    connections: bool,
    /// Only what was refused
    #[arg(long)]
    refused: bool,
    /// Answer as CSV, which no spreadsheet takes for formulas
    #[arg(long, conflicts_with = "json")]
    csv: bool,
    /// Answer as the lines of JSON that the log has
    #[arg(long)]
    json: bool,
    /// Go on as more is recorded
    #[arg(long)]
    follow: bool,
    /// Say whether the log is whole; exit status 1, file and line where it is not
    #[arg(long, conflicts_with_all = ["zone", "since", "until", "connections", "refused", "csv", "json", "follow"])]
    verify: bool,
}

/// Writes what was asked for to standard output. A closed pipe is the reader's choice, not an error.
///
/// # Errors
/// [`Code::BadTime`], a log that can not be read.
pub fn run(options: &Options, host: &Host) -> Result<Shown, Failure> {
    let (path, words) = (meant(host), Words::new(Locale::from_env()));
    if options.verify {
        return verify(&path).map(|verdict| said(&verdict, &path, &words)).map_err(read(&path));
    }
    let filter = Filter::new(options, SystemTime::now())?;
    let form = if options.csv { Form::Cells } else { Form::of(options.json) };
    let mut printer = Printer { filter, form, words, out: io::stdout().lock() };
    if printer.begin().is_ok() {
        each(&path, options.follow, &mut printer)?;
    }
    Ok(Shown::default())
}

/// The log that is meant: root has no zones, and on a managed PC that of all is root's.
pub(super) fn meant(host: &Host) -> PathBuf {
    let is_systems = host.uid == 0 && client::managed::is_here();
    if is_systems { SYSTEM_AUDIT.into() } else { host.audit() }
}

/// Who takes the lines of the log.
pub(super) trait Reader {
    /// One line, without its end. An error ends the reading.
    fn take(&mut self, line: &[u8]) -> io::Result<()>;
    /// Everything that there is for now was given.
    fn pause(&mut self) -> io::Result<()>;
}

/// Reads the file that was put aside and the log; with `follow` for ever.
pub(super) fn each(path: &Path, follow: bool, reader: &mut dyn Reader) -> Result<(), Failure> {
    let watch = follow.then(|| watch(path)).transpose()?;
    let first = Followed::open(&aside(path)).map_err(read(path))?;
    let mut newest = Followed::open(path).map_err(read(path))?;
    for file in [first, newest.take()].into_iter().flatten() {
        newest = Some(match file.read(reader) {
            Ok(Ok(file)) => file,
            Ok(Err(_)) => return Ok(()),
            Err(cause) => return Err(read(path)(cause)),
        });
    }
    match watch {
        Some(watch) => go_on(path, &watch, newest, reader).map_err(read(path)),
        None => {
            // of a reader that has enough there is nothing to say
            let _ = reader.pause();
            Ok(())
        }
    }
}

/// Waits for more, and reads it, until the reader has enough.
fn go_on(path: &Path, watch: &Inotify, file: Option<Followed>, reader: &mut dyn Reader) -> io::Result<()> {
    let mut file = file.filter(|file| file.path == path);
    loop {
        if let Some(known) = file {
            match known.read(reader)? {
                Ok(known) => file = Some(known),
                Err(_) => return Ok(()),
            }
        }
        // another one is read from its beginning, when the former has been read to its end
        if file.as_ref().is_none_or(|known| !known.is_at(path))
            && let Some(next) = Followed::open(path)?
        {
            file = Some(next);
            continue;
        }
        if reader.pause().is_err() {
            return Ok(());
        }
        watch.read_events()?;
    }
}

fn watch(path: &Path) -> Result<Inotify, Failure> {
    let folder = path.parent().unwrap_or(path);
    let flags = AddWatchFlags::IN_MODIFY | AddWatchFlags::IN_CREATE | AddWatchFlags::IN_MOVED_TO;
    let watched = Inotify::init(InitFlags::IN_CLOEXEC).and_then(|watch| {
        watch.add_watch(folder, flags)?;
        Ok(watch)
    });
    watched.map_err(Failure::because(Stage::Run, "watch", folder.display()))
}

fn read(path: &Path) -> impl FnOnce(io::Error) -> Failure {
    Failure::because(Stage::Run, "read", path.display())
}

/// A file that is read as far as it goes.
struct Followed {
    path: PathBuf,
    file: File,
    at: u64,
}

impl Followed {
    fn open(path: &Path) -> io::Result<Option<Self>> {
        match File::open(path) {
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(None),
            opened => Ok(Some(Self { path: path.to_owned(), file: opened?, at: 0 })),
        }
    }

    /// Gives the reader every whole line that it has not had. The inner error is the reader's: it has enough.
    fn read(mut self, reader: &mut dyn Reader) -> io::Result<io::Result<Self>> {
        let mut lines = Lines::new(&self.file, self.at, self.file.metadata()?.len());
        while let Some(line) = lines.read_line()?.filter(|line| line.whole) {
            self.at = lines.at();
            if let Err(enough) = reader.take(&line.bytes) {
                return Ok(Err(enough));
            }
        }
        Ok(Ok(self))
    }

    fn is_at(&self, path: &Path) -> bool {
        let same =
            |own: std::fs::Metadata, there: std::fs::Metadata| (own.dev(), own.ino()) == (there.dev(), there.ino());
        self.file.metadata().is_ok_and(|own| std::fs::metadata(path).is_ok_and(|there| same(own, there)))
    }
}

/// Which events are shown.
#[derive(Debug)]
struct Filter {
    zone: Option<String>,
    since: Option<String>,
    until: Option<String>,
    kinds: Vec<Kind>,
}

impl Filter {
    fn new(options: &Options, now: SystemTime) -> Result<Self, Failure> {
        let time = |text: &Option<String>| {
            let parsed = text.as_ref().map(|text| {
                when::parse(text, now).map(utc).ok_or_else(|| Failure::new(Stage::Parse, Code::BadTime, &[text]))
            });
            parsed.transpose()
        };
        let connections: &[Kind] = if options.connections { &[Kind::Connection] } else { &[] };
        let refused: &[Kind] =
            if options.refused { &[Kind::Refused, Kind::LaunchRefused, Kind::Suppressed] } else { &[] };
        let (since, until) = (time(&options.since)?, time(&options.until)?);
        Ok(Self { zone: options.zone.clone(), since, until, kinds: [connections, refused].concat() })
    }

    /// Times of one form and one length stand in the order of their letters.
    fn lets(&self, event: &Event) -> bool {
        self.zone.as_ref().is_none_or(|zone| *zone == event.zone)
            && self.since.as_ref().is_none_or(|since| *since <= event.time)
            && self.until.as_ref().is_none_or(|until| *until > event.time)
            && (self.kinds.is_empty() || self.kinds.contains(&event.event))
    }
}

/// How a line is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Table,
    Cells,
    Json,
}

impl Form {
    fn of(json: bool) -> Self {
        if json { Self::Json } else { Self::Table }
    }
}

struct Printer<'a> {
    filter: Filter,
    form: Form,
    words: Words,
    out: io::StdoutLock<'a>,
}

impl Printer<'_> {
    /// What stands above the lines.
    fn begin(&mut self) -> io::Result<()> {
        match self.form {
            Form::Table => writeln!(self.out, "{}", sentence::header(&self.words)),
            Form::Cells => writeln!(self.out, "{}", cells::header()),
            Form::Json => Ok(()),
        }
    }
}

impl Reader for Printer<'_> {
    /// A line that is none is what `--verify` is for.
    fn take(&mut self, line: &[u8]) -> io::Result<()> {
        let Ok(record) = serde_json::from_slice::<Record>(line) else { return Ok(()) };
        if !self.filter.lets(&record.event) {
            return Ok(());
        }
        let shown = match self.form {
            Form::Table => sentence::row(&record.event, &self.words),
            Form::Cells => cells::row(line),
            Form::Json => cells::json(line),
        };
        writeln!(self.out, "{shown}")
    }

    fn pause(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

fn said(verdict: &Verdict, path: &Path, words: &Words) -> Shown {
    let text = |key: &str, file: &Path, line: u64, first: u64, last: u64| {
        let numbers = [line, first, last].map(|number| number.to_string());
        let [line, first, last] = numbers.each_ref().map(String::as_str);
        words.text(key, &[("file", &file.to_string_lossy()), ("line", line), ("first", first), ("last", last)]) + "\n"
    };
    match verdict {
        Verdict::Empty => Shown::answer(text("log-empty", path, 0, 0, 0)),
        Verdict::Whole(first, last) => Shown::answer(text("log-whole", path, 0, *first, *last)),
        Verdict::Broken { file, line, fault } => {
            let (key, first, last) = match fault {
                Fault::Changed => ("log-broken-changed", 0, 0),
                Fault::Unreadable => ("log-broken-unreadable", 0, 0),
                Fault::Missing(first, last) => ("log-broken-missing", *first, *last),
                Fault::Order => ("log-broken-order", 0, 0),
                Fault::Cut(first, last) => ("log-broken-cut", *first, *last),
                Fault::Head => ("log-broken-head", 0, 0),
            };
            Shown { out: text(key, file, *line, first, last), status: 1, ..Shown::default() }
        }
    }
}
