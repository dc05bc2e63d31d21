//! `sepctl ls`, `get` and `put`: files of a zone, listed and carried in and out.

use std::ffi::{OsStr, OsString};
use std::io::IsTerminal;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};

use super::figures::{moment_of, size};
use super::launch::until_it_stands;
use super::words::{self, Locale, Words, say_as};
use super::{Shown, columns, json};
use crate::audit::{Direction, Event};
use crate::broker::Told;
use crate::broker::audit::record;
use crate::client::files::{Moved, Order, Outcome, Talk, Watch, begin, get, list, put};
use crate::files::{Trail, hex};
use crate::policy::Plan;
use crate::wire::files::{Digest, Entry, Kind};
use crate::wire::{Code, Connection, Failure, Stage};
use crate::{audit, broker, sandbox};

/// What may pass before a bar is shown.
const PATIENCE: Duration = Duration::from_millis(500);

/// `ls`: what is at these paths of the zone; its home where none is named.
pub(super) fn ls(plan: &Plan, paths: &[OsString], json: bool) -> Result<Shown, Failure> {
    let home = [OsString::from(".")];
    let paths = if paths.is_empty() { &home[..] } else { paths };
    let trails: Vec<Trail> =
        paths.iter().map(|path| Trail::parse(path, &plan.person.home)).collect::<Result<_, _>>()?;
    let talk = talk(plan)?;
    let mut found = Vec::new();
    for trail in &trails {
        found.push((trail.text(), list(&talk, trail)?));
    }
    let words = Words::new(Locale::from_env());
    let out = if json { listing_json(&found) } else { listing(&words, &found) };
    Ok(Shown::answer(out))
}

/// `get`: files out of the zone.
pub(super) fn fetch(plan: &Plan, order: Order, json: bool) -> Result<Shown, Failure> {
    let order = with_target(order, is_target_of_get);
    let talk = talk(plan)?;
    let outcome = get(&talk, plan, &order, &mut Bar::new(plan))?;
    Ok(shown(&outcome, json))
}

/// `put`: files into the zone.
pub(super) fn send(plan: &Plan, order: Order, json: bool) -> Result<Shown, Failure> {
    let order = with_target(order, |word| word.as_encoded_bytes().ends_with(b"/"));
    let talk = talk(plan)?;
    let outcome = put(&talk, plan, &order, &mut Bar::new(plan))?;
    Ok(shown(&outcome, json))
}

/// The last of several words is where to, where it says so.
fn with_target(mut order: Order, says_so: impl Fn(&OsStr) -> bool) -> Order {
    if order.to.is_none() && order.paths.len() > 1 && order.paths.last().is_some_and(|last| says_so(last)) {
        order.to = order.paths.pop();
    }
    order
}

fn is_target_of_get(word: &OsStr) -> bool {
    word.as_encoded_bytes().ends_with(b"/") || std::path::Path::new(word).is_dir()
}

/// A talk with the running zone, or with one that is made for it.
fn talk(plan: &Plan) -> Result<Talk, Failure> {
    until_it_stands(plan, || {
        let zone = match broker::running(plan)? {
            // whatever switches it was launched with: its files are the user's
            Some(running) => begin(&running, &broker::in_force(plan)).map(|()| running)?,
            None => broker::zone(plan, sandbox::init::run, &mut Quiet(plan))?,
        };
        Talk::open(zone, &mut |lack| Quiet::warn(&lack)).map(Some)
    })
}

/// The client as the broker sees it: it says nothing but what a zone lacks of its seals.
struct Quiet<'a>(&'a Plan);

impl Quiet<'_> {
    fn warn(lack: &Failure) {
        if lack.code == Code::Lacking {
            Shown { status: 0, ..Shown::failure("sepctl", lack) }.write();
        }
    }
}

impl broker::Caller for Quiet<'_> {
    fn connected(&mut self, zone: &Connection) -> Result<(), Failure> {
        begin(zone, self.0)
    }

    fn wait(&mut self, _: &Connection) -> Result<(), Failure> {
        Ok(())
    }

    fn times(&self) -> bool {
        false
    }

    fn told(&mut self, told: Told) {
        if let Told::Warning(lack) = told {
            Self::warn(&lack);
        }
    }
}

/// How far a file is, on a terminal and not at once, and the audit log's line about it.
struct Bar {
    zone: String,
    log: PathBuf,
    name: String,
    began: Option<Instant>,
    size: u64,
    bar: Option<ProgressBar>,
}

impl Bar {
    fn new(plan: &Plan) -> Self {
        let log = plan.store.audit.clone();
        Self { zone: plan.zone.clone(), log, name: String::new(), began: None, size: 0, bar: None }
    }
}

impl Watch for Bar {
    fn begin(&mut self, name: &str, size: u64, _: u64) {
        (self.name, self.size, self.bar) = (words::plain(name).into_owned(), size, None);
        self.began = std::io::stderr().is_terminal().then(Instant::now);
    }

    fn at(&mut self, bytes: u64) {
        if self.began.is_some_and(|began| began.elapsed() >= PATIENCE) {
            self.bar.get_or_insert_with(|| bar(&self.name, self.size)).set_position(bytes);
        }
    }

    fn record(&mut self, direction: Direction, path: &str, size: u64, digest: &Digest) -> Result<(), Failure> {
        let event = Event::file(&self.zone, direction, path, size, &hex(digest));
        record(Stage::Run, &self.log, &event)
    }

    fn end(&mut self) {
        self.began = None;
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}

fn bar(name: &str, size: u64) -> ProgressBar {
    let form = "{msg:30!} {wide_bar} {decimal_bytes}/{decimal_total_bytes} {decimal_bytes_per_sec} {eta}";
    let style = ProgressStyle::with_template(form).unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(size).with_style(style).with_message(name.to_owned())
}

/// What crossed on standard output, what did not on standard error. Exit status 1 where something did not, 130 where
/// the user stopped it.
fn shown(outcome: &Outcome, json: bool) -> Shown {
    let words = Words::new(Locale::from_env());
    let interrupted = outcome.left.iter().any(|failure| failure.code == Code::Interrupted);
    let status = if interrupted { 130 } else { u8::from(!outcome.left.is_empty()) };
    let err = outcome.left.iter().map(|failure| say_as("sepctl", failure, words.locale()).to_string()).collect();
    if json {
        let left: Vec<Value> = outcome.left.iter().map(json::error).collect();
        let moved: Vec<Value> = outcome.moved.iter().map(moved_json).collect();
        return Shown { err, status, ..json::answer(&json!({"moved": moved, "left": left})) };
    }
    Shown { out: outcome.moved.iter().map(|moved| line(&words, moved)).collect(), err, status }
}

fn line(words: &Words, moved: &Moved) -> String {
    let size = size(moved.size);
    let args = [("from", moved.from.as_str()), ("to", &moved.to), ("size", &size)];
    words.text(if moved.same { "files-same" } else { "files-moved" }, &args) + "\n"
}

fn moved_json(moved: &Moved) -> Value {
    let sum = hex(&moved.digest);
    json!({"from": moved.from, "to": moved.to, "size": moved.size, "sha256": sum, "same": moved.same})
}

/// A line an entry: size, date, kind, name; the path above where several were asked for.
fn listing(words: &Words, found: &[(String, Vec<Entry>)]) -> String {
    let mut out = String::new();
    for (path, entries) in found {
        if found.len() > 1 {
            out += &format!("{}:\n", if path.is_empty() { "." } else { path });
        }
        let kind = |entry: &Entry| words.text(&format!("files-kind-{}", entry.kind.name()), &[]);
        let widest = entries.iter().map(|entry| columns::cells(&kind(entry))).max().unwrap_or_default();
        for entry in entries {
            out += &entry_line(&columns::padded(&kind(entry), widest, false), entry);
        }
    }
    out
}

fn entry_line(kind: &str, entry: &Entry) -> String {
    let size = if entry.kind == Kind::File { size(entry.size) } else { String::new() };
    let date = moment_of(entry.modified);
    let leads = if entry.kind == Kind::Link { format!(" -> {}", plain(&entry.target)) } else { String::new() };
    format!("{size:>12}  {:19}  {kind}  {}{leads}\n", date.unwrap_or_default(), plain(&entry.name))
}

fn listing_json(found: &[(String, Vec<Entry>)]) -> String {
    let list: Vec<Value> = found
        .iter()
        .map(|(path, entries)| json!({"path": path, "entries": entries.iter().map(entry_json).collect::<Vec<_>>()}))
        .collect();
    json::answer(&Value::from(list)).out
}

/// A name that is no text has its bytes beside what is shown of it.
fn entry_json(entry: &Entry) -> Value {
    let date = std::time::UNIX_EPOCH.checked_add(Duration::from_secs(entry.modified.try_into().unwrap_or(0)));
    let mut value = json!({
        "name": String::from_utf8_lossy(&entry.name),
        "kind": entry.kind.name(),
        "size": entry.size,
        "modified": date.map(audit::utc),
    });
    if let Some(map) = value.as_object_mut() {
        if std::str::from_utf8(&entry.name).is_err() {
            map.insert("bytes".into(), hex(&entry.name).into());
        }
        if entry.kind == Kind::Link {
            map.insert("target".into(), String::from_utf8_lossy(&entry.target).into());
        }
    }
    value
}

/// Any bytes as they can be shown: what is no text as `\xff`, control characters by their number.
fn plain(bytes: &[u8]) -> String {
    let chunk = |chunk: std::str::Utf8Chunk<'_>| {
        let broken: String = chunk.invalid().iter().map(|byte| format!("\\x{byte:02x}")).collect();
        words::plain(chunk.valid()).into_owned() + &broken
    };
    bytes.utf8_chunks().map(chunk).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_text_is_shown_by_its_bytes() {
        assert_eq!(plain(b"a\xffb\x1b[2J"), r"a\xffb\u{1b}[2J");
        assert_eq!(plain("한글".as_bytes()), "한글");
    }

    #[test]
    fn the_last_word_is_where_to_only_where_it_says_so() {
        let order = |words: &[&str]| Order { paths: words.iter().map(OsString::from).collect(), ..Order::default() };
        let told = |words: &[&str]| with_target(order(words), |word| word.as_encoded_bytes().ends_with(b"/"));
        assert_eq!(told(&["a", "b"]).to, None);
        assert_eq!((told(&["a", "b/"]).to, told(&["a", "b/"]).paths.len()), (Some("b/".into()), 1));
        assert_eq!(told(&["b/"]).to, None, "a single one is what to carry");
    }
}
