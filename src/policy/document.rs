//! A profile file as a tree in which every value knows its file, line and column.
//!
//! The syntax is serde_json's; this module adds what it does not keep: places, and repeated keys as errors (the
//! last one would win in silence). It must not know what a profile is; `decode` gives the tree its types.

use std::borrow::Cow;
use std::fmt;

use serde::Deserializer as _;
use serde::de::{DeserializeSeed, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::problem::{Problem, ProblemKind};

/// The largest profile file in bytes.
pub const MAX_FILE: usize = 64 * 1024;

/// How deep lists and objects may stand in each other.
const MAX_DEPTH: usize = 8;

/// Where a value stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Number of the file, in the order they were read.
    pub file: usize,
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
}

/// A value and its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Where it begins.
    pub place: Place,
    /// What it is.
    pub value: Value,
}

/// A JSON value. Numbers keep the three kinds apart that a profile answers differently.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A whole number that is not negative.
    Number(u64),
    /// A negative whole number.
    Negative(i64),
    /// Any other number.
    Fraction(f64),
    /// Text.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// An object, in the order of the file.
    Object(Vec<Entry>),
}

/// One key of an object.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The key.
    pub key: String,
    /// Where the key stands.
    pub place: Place,
    /// Its value.
    pub node: Node,
}

impl Node {
    /// An object without keys, which stands nowhere: what layers are laid on.
    pub fn empty() -> Self {
        Self { place: Place { file: 0, line: 1, column: 1 }, value: Value::Object(Vec::new()) }
    }

    /// Reads a file's bytes; `file` is its number in the places.
    pub fn parse(bytes: &[u8], file: usize) -> Result<Self, Problem> {
        let start = Place { file, line: 1, column: 1 };
        if bytes.starts_with(b"\xef\xbb\xbf") {
            return Err(Problem::new(ProblemKind::ByteOrderMark).at(start));
        }
        if bytes.len() > MAX_FILE {
            return Err(Problem::new(ProblemKind::TooLarge).expecting(MAX_FILE.to_string()).at(start));
        }
        let text = match std::str::from_utf8(bytes) {
            Ok(text) => text,
            Err(wrong) => return Err(not_text(bytes, wrong.valid_up_to(), file)),
        };
        let source = Source::new(text, file);
        let raw: &RawValue = serde_json::from_str(text).map_err(|e| source.syntax(&e))?;
        source.node(raw.get(), MAX_DEPTH)
    }

    /// Lays another tree over this one: objects key by key, everything else as a whole.
    pub fn overlay(&mut self, over: Self) {
        match (&mut self.value, over.value) {
            (Value::Object(below), Value::Object(above)) => {
                for entry in above {
                    match below.iter_mut().find(|e| e.key == entry.key) {
                        Some(old) => {
                            old.place = entry.place;
                            old.node.overlay(entry.node);
                        }
                        None => below.push(entry),
                    }
                }
            }
            (below, above) => {
                *below = above;
                self.place = over.place;
            }
        }
    }

    /// The key at a dotted path (`network.card`), if some file has it.
    pub fn entry(&self, path: &str) -> Option<&Entry> {
        let (head, rest) = path.split_once('.').map_or((path, None), |(head, rest)| (head, Some(rest)));
        let entry = self.key(head)?;
        rest.map_or(Some(entry), |rest| entry.node.entry(rest))
    }

    /// A key of this object.
    pub fn key(&self, key: &str) -> Option<&Entry> {
        let Value::Object(entries) = &self.value else { return None };
        entries.iter().find(|e| e.key == key)
    }
}

impl From<&Node> for serde_json::Value {
    /// The same without places.
    fn from(node: &Node) -> Self {
        match &node.value {
            Value::Null => Self::Null,
            Value::Bool(value) => Self::from(*value),
            Value::Number(value) => Self::from(*value),
            Value::Negative(value) => Self::from(*value),
            Value::Fraction(value) => Self::from(*value),
            Value::Text(value) => Self::from(value.as_str()),
            Value::List(items) => items.iter().map(Self::from).collect(),
            Value::Object(entries) => {
                entries.iter().map(|entry| (entry.key.clone(), Self::from(&entry.node))).collect()
            }
        }
    }
}

fn not_text(bytes: &[u8], end: usize, file: usize) -> Problem {
    let valid = bytes.get(..end).and_then(|b| std::str::from_utf8(b).ok()).unwrap_or_default();
    Problem::new(ProblemKind::NotText).at(Source::new(valid, file).place(end))
}

/// The text of one file and where its lines begin.
struct Source<'a> {
    text: &'a str,
    lines: Vec<usize>,
    file: usize,
}

impl<'a> Source<'a> {
    fn new(text: &'a str, file: usize) -> Self {
        let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        Self { text, lines: std::iter::once(0).chain(ends.map(|(at, _)| at + 1)).collect(), file }
    }

    fn place(&self, offset: usize) -> Place {
        let line = self.lines.partition_point(|start| *start <= offset).max(1);
        let start = self.lines.get(line - 1).copied().unwrap_or(0);
        let before = self.text.get(start..offset).map_or(0, |text| text.chars().count());
        Place { file: self.file, line: line as u32, column: before as u32 + 1 }
    }

    /// Where a slice of the text begins: every borrowed slice of serde_json lies inside the text it was given.
    fn place_of(&self, slice: &str) -> Place {
        self.place((slice.as_ptr() as usize).wrapping_sub(self.text.as_ptr() as usize))
    }

    /// serde_json counts columns in bytes from 1; column 0 is the line break that it has just passed.
    fn syntax(&self, error: &serde_json::Error) -> Problem {
        let start = self.lines.get(error.line().saturating_sub(1)).copied().unwrap_or(0);
        let mut offset = (start + error.column()).saturating_sub(1).min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        let words = error.to_string();
        let kind = match words.starts_with("trailing characters") {
            true => ProblemKind::TrailingText,
            false => ProblemKind::Syntax,
        };
        let cause = words.rsplit_once(" at line ").map_or(words.as_str(), |(cause, _)| cause).to_owned();
        Problem::new(kind).expecting(cause).at(self.place(offset))
    }

    fn node(&self, raw: &str, depth: usize) -> Result<Node, Problem> {
        let place = self.place_of(raw);
        let wrong = |e: serde_json::Error| {
            let words = e.to_string();
            Problem::new(ProblemKind::Syntax).expecting(words.split(" at line ").next().unwrap_or_default()).at(place)
        };
        let value = match raw.as_bytes().first() {
            Some(b'{' | b'[') if depth == 0 => return Err(Problem::new(ProblemKind::TooDeep).at(place)),
            Some(b'{') => Value::Object(self.entries(raw, depth - 1)?),
            Some(b'[') => {
                let items: Vec<&RawValue> = serde_json::from_str(raw).map_err(wrong)?;
                Value::List(items.iter().map(|i| self.node(i.get(), depth - 1)).collect::<Result<_, _>>()?)
            }
            Some(b'"') => Value::Text(serde_json::from_str(raw).map_err(wrong)?),
            Some(b't') => Value::Bool(true),
            Some(b'f') => Value::Bool(false),
            Some(b'n') => Value::Null,
            _ => number(raw).map_err(wrong)?,
        };
        Ok(Node { place, value })
    }

    fn entries(&self, raw: &str, depth: usize) -> Result<Vec<Entry>, Problem> {
        let pairs = serde_json::Deserializer::from_str(raw)
            .deserialize_map(Pairs)
            .map_err(|e| Problem::new(ProblemKind::Syntax).expecting(e.to_string()).at(self.place_of(raw)))?;
        let mut entries: Vec<Entry> = Vec::with_capacity(pairs.len());
        for (key, value) in pairs {
            let place = match &key {
                Cow::Borrowed(key) => quote(self.place_of(key)),
                Cow::Owned(_) => self.place_of(value.get()),
            };
            if let Some(first) = entries.iter().find(|e| e.key == key) {
                let line = first.place.line.to_string();
                return Err(Problem::new(ProblemKind::DuplicateKey).word(key).expecting(line).at(place));
            }
            entries.push(Entry { key: key.into_owned(), place, node: self.node(value.get(), depth)? });
        }
        Ok(entries)
    }
}

/// A key's place is its quotation mark, as a value's is.
fn quote(place: Place) -> Place {
    Place { column: place.column - 1, ..place }
}

fn number(raw: &str) -> Result<Value, serde_json::Error> {
    let number: serde_json::Number = serde_json::from_str(raw)?;
    Ok(match (number.as_u64(), number.as_i64()) {
        (Some(value), _) => Value::Number(value),
        (None, Some(value)) => Value::Negative(value),
        (None, None) => Value::Fraction(number.as_f64().unwrap_or(f64::NAN)),
    })
}

/// Keys in the order of the file, repeated ones included; values as the text they are.
struct Pairs;

impl<'de> Visitor<'de> for Pairs {
    type Value = Vec<(Cow<'de, str>, &'de RawValue)>;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut pairs = Vec::new();
        while let Some(key) = map.next_key_seed(Key)? {
            pairs.push((key, map.next_value()?));
        }
        Ok(pairs)
    }
}

/// A key, borrowed from the file unless it is written with escapes.
struct Key;

impl<'de> DeserializeSeed<'de> for Key {
    type Value = Cow<'de, str>;

    fn deserialize<D: serde::Deserializer<'de>>(self, from: D) -> Result<Self::Value, D::Error> {
        from.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Key {
    type Value = Cow<'de, str>;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("a key")
    }

    fn visit_borrowed_str<E>(self, key: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(key))
    }

    fn visit_str<E>(self, key: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(key.to_owned()))
    }
}
