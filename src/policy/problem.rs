//! What can be wrong with a profile file, as data; `cli::words` makes sentences of it.

use std::fmt;

use serde::de::{self, Expected, Unexpected};

use super::document::Place;
use crate::wire::{Code, Failure, Stage};

macro_rules! kinds {
    ($($(#[$doc:meta])+ $variant:ident = $text:literal,)+) => {
        /// The kind of a problem. Each has its sentence in both catalogues, as `problem-NAME`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum ProblemKind { $($(#[$doc])+ $variant,)+ }

        impl ProblemKind {
            /// Every kind.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The name in failures and catalogues.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }
        }
    };
}

kinds! {
    /// The file begins with a byte order mark.
    ByteOrderMark = "byte-order-mark",
    /// The file is not UTF-8.
    NotText = "not-text",
    /// The file is larger than allowed; expected: the limit in bytes.
    TooLarge = "too-large",
    /// Lists and objects stand too deep in each other.
    TooDeep = "too-deep",
    /// Not JSON; expected: what the reader says.
    Syntax = "syntax",
    /// Text after the closing brace.
    TrailingText = "trailing-text",
    /// The same key twice; word: the key, expected: the line of the first.
    DuplicateKey = "duplicate-key",
    /// A key that there is not; word: the key, expected: the keys that there are.
    UnknownKey = "unknown-key",
    /// A word that is none of a list; word: the word, expected: the list.
    UnknownValue = "unknown-value",
    /// Another kind of value; word: the kind found, expected: the kind wanted.
    WrongType = "wrong-type",
    /// A number outside its bounds; word: the number, expected: `LEAST..MOST`.
    OutOfRange = "out-of-range",
    /// Text that is not what the key takes; word: the text, expected: what it takes.
    BadValue = "bad-value",
    /// The profile names itself otherwise than its file; word: its name, expected: the file's.
    WrongName = "wrong-name",
}

/// One thing that is wrong with a profile, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What is wrong.
    pub kind: ProblemKind,
    /// Where; `None` only until the reader of the value adds it.
    pub place: Option<Place>,
    /// The word it is about, or empty.
    pub word: String,
    /// What would have been right, or empty.
    pub expected: String,
    /// The nearest right word, or empty.
    pub suggestion: String,
}

impl Problem {
    /// A problem without place and words.
    pub fn new(kind: ProblemKind) -> Self {
        let (word, expected, suggestion) = Default::default();
        Self { kind, place: None, word, expected, suggestion }
    }

    /// Adds the place unless there is one: the innermost value is the nearest.
    pub fn at(mut self, place: Place) -> Self {
        self.place.get_or_insert(place);
        self
    }

    /// The word it is about.
    pub fn word(mut self, word: impl Into<String>) -> Self {
        self.word = word.into();
        self
    }

    /// What would have been right. A suggestion may follow after a `|`.
    pub fn expecting(mut self, expected: impl Into<String>) -> Self {
        self.expected = expected.into();
        if let Some((expected, suggestion)) = self.expected.split_once('|') {
            (self.expected, self.suggestion) = (expected.to_owned(), suggestion.to_owned());
        }
        self
    }

    /// As a failure; `file` is the name that is shown.
    pub fn failure(&self, file: &str) -> Failure {
        let (line, column) = self.place.map_or((1, 1), |p| (p.line, p.column));
        let (line, column) = (line.to_string(), column.to_string());
        let args = [file, &line, &column, self.kind.name(), &self.suggestion, &self.word, &self.expected];
        Failure::new(Stage::Resolve, Code::BadProfile, &args)
    }

    fn one_of(kind: ProblemKind, word: &str, expected: &[&str]) -> Self {
        // `$schema` is for editors only: not offered
        let expected: Vec<&str> = expected.iter().copied().filter(|e| !e.starts_with('$')).collect();
        let suggestion = nearest(word, expected.iter().copied()).unwrap_or_default().to_owned();
        Self { suggestion, ..Self::new(kind).word(word).expecting(expected.join(", ")) }
    }
}

/// The candidate that a mistyped word most likely means, if one is near.
pub fn nearest<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let near = candidates.map(|c| (strsim::jaro_winkler(word, c), c)).filter(|(score, _)| *score >= 0.82);
    near.max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, candidate)| candidate)
}

impl fmt::Display for Problem {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "{} {:?} {:?}", self.kind.name(), self.word, self.expected)
    }
}

impl std::error::Error for Problem {}

impl de::Error for Problem {
    fn custom<T: fmt::Display>(words: T) -> Self {
        Self::new(ProblemKind::Syntax).expecting(words.to_string())
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::new(ProblemKind::WrongType).word(kind_found(found)).expecting(kind_wanted(&expected.to_string()))
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let expected = expected.to_string();
        match expected.strip_prefix("range:") {
            Some(range) => Self::new(ProblemKind::OutOfRange).word(plain(found)).expecting(range),
            None => Self::new(ProblemKind::BadValue).word(plain(found)).expecting(expected),
        }
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        Self::one_of(ProblemKind::UnknownKey, field, expected)
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        Self::one_of(ProblemKind::UnknownValue, variant, expected)
    }
}

fn plain(found: Unexpected<'_>) -> String {
    match found {
        Unexpected::Str(text) => text.to_owned(),
        Unexpected::Unsigned(number) => number.to_string(),
        Unexpected::Signed(number) => number.to_string(),
        other => other.to_string(),
    }
}

fn kind_found(found: Unexpected<'_>) -> &'static str {
    match found {
        Unexpected::Bool(_) => "bool",
        Unexpected::Unsigned(_) | Unexpected::Signed(_) => "number",
        Unexpected::Float(_) => "fraction",
        Unexpected::Str(_) => "text",
        Unexpected::Seq => "list",
        Unexpected::Map => "object",
        Unexpected::Unit => "null",
        _ => "other",
    }
}

/// serde and the value types say what they take in words of their own; the catalogues know these few.
fn kind_wanted(expected: &str) -> &'static str {
    match expected {
        "a boolean" => "bool",
        "a sequence" => "list",
        "a map" => "object",
        words if words.starts_with("struct ") => "object",
        words if words.starts_with("range:") => "number",
        _ => "text",
    }
}
