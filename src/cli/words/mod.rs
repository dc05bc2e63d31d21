//! Words: failures and statements become sentences of the user's language. The only place where that happens.
//!
//! The catalogues are in the binary and are parsed when something is said, never on the way of a launch that
//! goes well. What comes from outside (file names, arguments) is shown without control characters.

mod locale;

use std::borrow::Cow;

use fluent_bundle::{FluentArgs, FluentBundle, FluentResource, FluentValue};
use nix::errno::Errno;

use crate::policy::ProblemKind;
use crate::wire::{Code, Failure, drives};

pub use locale::Locale;

const ENGLISH: &str = include_str!("en.ftl");
const KOREAN: &str = include_str!("ko.ftl");

/// A failure in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// `sep-run: STAGE: SENTENCE`, one line without its end.
    pub line: String,
    /// The command that mends it, or what to look at.
    pub hint: Option<String>,
    /// What stands before the hint.
    heading: String,
}

/// A failure of `sep-run` in words.
pub fn say(failure: &Failure, locale: Locale) -> Said {
    say_as("sep-run", failure, locale)
}

/// A failure of the named program in words.
pub fn say_as(program: &str, failure: &Failure, locale: Locale) -> Said {
    let words = Words::new(locale);
    let args = words.args_of(program, failure);
    let args: Vec<(&str, &str)> = args.iter().map(|(name, value)| (*name, value.as_ref())).collect();
    let key = format!("code-{}", failure.code.name());
    let stage = words.text(&format!("stage-{}", failure.stage.name()), &[]);
    let line = format!("{program}: {stage}: {}", words.text(&key, &args));
    let hint = words.find(&key, Some("hint"), &args).filter(|hint| !hint.trim().is_empty());
    Said { line, hint, heading: words.text("hint", &[]) }
}

impl std::fmt::Display for Said {
    /// Both lines, each with its end.
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(to, "{}", self.line)?;
        self.hint.iter().try_for_each(|hint| writeln!(to, "{}: {hint}", self.heading))
    }
}

/// The names under which the catalogues know the arguments of a code, in the order that [`Code`] names.
pub fn argument_names(code: Code) -> &'static [&'static str] {
    match code {
        Code::System => &["verb", "object"],
        Code::Protocol => &["peer"],
        Code::Version => &["theirs", "ours", "zone"],
        Code::TooLong => &["limit"],
        Code::NoProfile => &["name", "suggestion", "names"],
        Code::BadProfile => &["file", "line", "column", "problem", "suggestion", "word", "expected"],
        Code::Root | Code::NoProfileNamed => &[],
        Code::Foreign => &["path", "what"],
        Code::NoUserns => &["shape"],
        Code::Layer => &["layer", "version"],
        Code::Differs => &["what", "expected", "found"],
        Code::PlanDiffers => &["zone", "difference"],
        Code::NotFound | Code::NotExecutable => &["program"],
        Code::NoDisplay => &["program", "profile"],
        Code::BadStdio => &["place", "kind"],
        Code::Busy => &["quota"],
        Code::ZoneEnded => &["why"],
        Code::NoTun => &["what"],
        Code::Packaged => &["program", "kind"],
        Code::Usage => &["text", "switch", "value"],
        Code::UnknownSwitch => &["switch", "suggestion", "verb"],
        Code::LateSwitch => &["switch", "command"],
        Code::NotEnforced => &["layer", "why", "mend"],
        Code::Lacking => &["layer", "version"],
        Code::Notify => &["why"],
        Code::ScriptFailed => &["script", "said"],
        Code::BadSwitch => &["switch", "word", "takes", "suggestion"],
        Code::NotRecorded => &["path"],
        Code::BadTime => &["text"],
        Code::NoHome => &["path"],
        Code::BadName => &["name", "what"],
        Code::BadKind => &["path", "kind"],
        Code::Exists | Code::Twin | Code::Changed | Code::NotFolder => &["path"],
        Code::TooMany => &["path", "limit", "what"],
        Code::NoLease => &["uplink", "nic", "seconds", "why"],
        Code::NoBusiness | Code::NoTrial | Code::NoGuard => &[],
        Code::NotOpen => &["place"],
        Code::Interrupted => &[],
        Code::NotRunning | Code::StillRunning => &["zone"],
        Code::Unconfirmed => &["command"],
        Code::NotInHome | Code::NoSnapshot | Code::SnapshotExists => &["zone", "name"],
        Code::EditorFailed => &["editor", "how"],
        Code::NotAdmitted => &["profile"],
        Code::NoUplink => &["profile", "what"],
        Code::NotAllowed => &["what", "word"],
        Code::NoBroker => &["socket"],
        Code::Crowded => &["quota", "what"],
    }
}

/// The arguments of a code that are words of ours, not names, paths or what somebody typed.
pub fn in_words(code: Code) -> &'static [&'static str] {
    match code {
        Code::Protocol => &["peer"],
        Code::Layer | Code::Lacking | Code::NotEnforced => &["layer", "version", "why"],
        Code::Differs => &["what", "expected", "found"],
        Code::BadStdio => &["place", "kind"],
        Code::ZoneEnded | Code::Notify => &["why"],
        Code::EditorFailed => &["how"],
        Code::ScriptFailed => &["said"],
        _ => &[],
    }
}

/// One parsed catalogue.
pub struct Words {
    bundle: FluentBundle<FluentResource>,
    locale: Locale,
}

impl Words {
    /// Parses the catalogue of a language.
    pub fn new(locale: Locale) -> Self {
        let text = match locale {
            Locale::English => ENGLISH,
            Locale::Korean => KOREAN,
        };
        let mut bundle = FluentBundle::new(vec![locale.language()]);
        // no isolation marks: they are for mixed directions of writing, and terminals show them as boxes
        bundle.set_use_isolating(false);
        let resource = match FluentResource::try_new(text.to_owned()) {
            Ok(resource) | Err((resource, _)) => resource,
        };
        bundle.add_resource_overriding(resource);
        Self { bundle, locale }
    }

    /// The language.
    pub fn locale(&self) -> Locale {
        self.locale
    }

    /// A message; its key when there is none, which a test keeps from happening.
    pub fn text(&self, key: &str, args: &[(&str, &str)]) -> String {
        self.find(key, None, args).unwrap_or_else(|| key.to_owned())
    }

    /// A message or one of its attributes (`.hint`, `.mend`), if it is in the catalogue.
    pub fn find(&self, key: &str, attribute: Option<&str>, args: &[(&str, &str)]) -> Option<String> {
        let message = self.bundle.get_message(key)?;
        let pattern = match attribute {
            Some(name) => message.get_attribute(name)?.value(),
            None => message.value()?,
        };
        let mut values = FluentArgs::new();
        for (name, value) in args {
            // Fluent's selectors know no empty text, so that each argument has a twin that says whether it is
            values.set(format!("has-{name}"), if value.is_empty() { "no" } else { "yes" });
            values.set(*name, number(value).unwrap_or_else(|| FluentValue::String(plain(value))));
        }
        Some(self.bundle.format_pattern(pattern, Some(&values), &mut Vec::new()).into_owned())
    }

    /// What the kernel answered, in words.
    pub fn cause(&self, errno: i32) -> String {
        let errno = Errno::from_raw(errno);
        let known = self.find(&format!("errno-{errno:?}"), None, &[]);
        known.unwrap_or_else(|| errno.desc().to_lowercase())
    }

    fn args_of(&self, program: &str, failure: &Failure) -> Vec<(&'static str, String)> {
        let names = argument_names(failure.code);
        let given = failure.args.iter().cloned().chain(std::iter::repeat(String::new()));
        let mut args: Vec<_> = names.iter().copied().zip(given).collect();
        let kind = |name: &str| failure.args.get(names.iter().position(|n| *n == name)?).map(String::as_str);
        match failure.code {
            Code::System => args.iter_mut().for_each(|(name, value)| {
                let family = if *name == "verb" { "verb" } else { "thing" };
                self.translate(family, value);
            }),
            Code::BadProfile => args.push(("sentence", self.problem(failure))),
            Code::BadSwitch => args.push(("sentence", self.bad_switch(failure))),
            Code::NoUserns => args.push(("sentence", self.refusal(kind("shape").unwrap_or_default(), failure.errno))),
            code => {
                let said = |name: &&mut (&str, String)| in_words(code).contains(&name.0);
                args.iter_mut().filter(said).for_each(|(_, value)| self.translate("word", value));
            }
        }
        args.push(("self", program.to_owned()));
        args.push(("cause", if failure.errno == 0 { String::new() } else { self.cause(failure.errno) }));
        args
    }

    /// The words that the code uses for what it does and to what, and for reasons: in another language than English the
    /// catalogue has them (`verb-…`, `thing-…`, `word-…`), and names stay as they are. Of `REASON: DETAIL` and of
    /// `REASON NUMBER` the reason has a word.
    fn translate(&self, family: &str, value: &mut String) {
        let found = self.find(&format!("{family}-{}", slug(value)), None, &[]).or_else(|| {
            let number = || value.rsplit_once(' ').filter(|(_, number)| number.bytes().all(|b| b.is_ascii_digit()));
            let (reason, rest) = value.split_once(": ").or_else(number)?;
            self.find(&format!("{family}-{}", slug(reason)), None, &[("rest", rest)])
        });
        if let Some(word) = found {
            *value = word;
        }
    }

    fn problem(&self, failure: &Failure) -> String {
        let at = |index: usize| failure.args.get(index).map_or("", String::as_str);
        let mut expected = at(6).to_owned();
        if at(3) == ProblemKind::Syntax.name() {
            self.translate("word", &mut expected);
        }
        self.text(&format!("problem-{}", at(3)), &[("word", at(5)), ("expected", &expected)])
    }

    fn bad_switch(&self, failure: &Failure) -> String {
        let at = |index: usize| failure.args.get(index).map_or("", String::as_str);
        let own = self.find(&format!("switch-{}", at(2)), None, &[("word", at(1))]);
        own.unwrap_or_else(|| self.text("problem-bad-value", &[("word", at(1)), ("expected", at(2))]))
    }

    fn refusal(&self, shape: &str, errno: i32) -> String {
        let cause = self.cause(errno);
        let known = self.find(&format!("userns-{shape}"), None, &[("cause", &cause)]);
        known.unwrap_or_else(|| if errno == 0 { shape.to_owned() } else { format!("{cause} ({shape})") })
    }
}

/// A count, of which a catalogue may choose the singular. Longer ones are text, as they would lose digits.
fn number(text: &str) -> Option<FluentValue<'static>> {
    let count = text.parse::<u32>().ok()?;
    (count.to_string() == text).then(|| FluentValue::from(count))
}

/// A few words as a key: `the zone's init` is `the-zone-s-init`.
fn slug(words: &str) -> String {
    let sign = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    words.chars().map(sign).collect()
}

/// Text without a character that drives a terminal; these are written as Rust writes them (`\u{1b}`): a file name must not
/// talk to the terminal.
pub fn plain(text: &str) -> Cow<'_, str> {
    if !text.contains(drives) {
        return Cow::Borrowed(text);
    }
    text.chars().map(|c| if drives(c) { c.escape_default().to_string() } else { c.to_string() }).collect()
}
