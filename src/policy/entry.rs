//! What may be asked of a managed zone from outside: which programs, and with which words. Pure.
//!
//! Whoever asks may be a hostile program of the user's: what it may say to a zone is a way out for what it knows. So an
//! argument is a word that the profile writes down, or an address of bounded length.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::wire::{Code, Failure, LONGEST_WORD, Launch, Stage, Stdio};

/// An argument that is any address of the web.
pub const ADDRESS: &str = "<url>";
/// An argument that is anything at all, for programs that are told more than an address.
pub const ANYTHING: &str = "<any>";

/// The most arguments that one launch has.
const MOST_ARGUMENTS: usize = 64;
/// The most bytes of all arguments together: what enters is in the log whole.
const MOST_WORDS: usize = 4_096;

/// Language with its categories (locale(7)), terminal, time zone.
const SETTINGS: [&str; 17] = [
    "COLORTERM",
    "LANG",
    "LC_ADDRESS",
    "LC_ALL",
    "LC_COLLATE",
    "LC_CTYPE",
    "LC_IDENTIFICATION",
    "LC_MEASUREMENT",
    "LC_MESSAGES",
    "LC_MONETARY",
    "LC_NAME",
    "LC_NUMERIC",
    "LC_PAPER",
    "LC_TELEPHONE",
    "LC_TIME",
    "TERM",
    "TZ",
];
/// The longest value of one in bytes: the name of the longest time zone has 32.
const LONGEST_SETTING: usize = 40;

/// What may be started from outside.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Whether a launch may bring a terminal or pipes of its own, by which it talks with the program.
    pub stdio: bool,
    /// Programs, each with the arguments that it may be given: words, [`ADDRESS`] or [`ANYTHING`].
    pub programs: Vec<(String, Vec<String>)>,
}

impl Entry {
    /// Whether this may be said to a zone.
    ///
    /// # Errors
    /// [`Code::NotAllowed`].
    pub fn judge(&self, launch: &Launch) -> Result<(), Failure> {
        let Some((program, words)) = launch.argv.split_first() else { return Err(refused("program", OsStr::new(""))) };
        let listed = self.programs.iter().find(|(name, _)| OsStr::new(name) == program);
        let Some((_, allowed)) = listed else { return Err(refused("program", program)) };
        let is_allowed = |word: &&OsString| allowed.iter().any(|pattern| fits(pattern, word));
        if let Some(word) = words.iter().find(|word| !is_allowed(word)) {
            return Err(refused("argument", word));
        }
        beyond(words).map_or(Ok(()), |word| Err(refused("argument", word)))
    }

    /// The launch as far as it may talk with its program: where the profile opens no places, they are the zone's own `/dev/null`. The
    /// failure is to be told where something was to be said to the program, which nobody hears now.
    pub fn quieted(&self, launch: Launch) -> (Launch, Option<Failure>) {
        if self.stdio {
            return (launch, None);
        }
        let program = launch.argv.first().map_or(OsStr::new(""), OsString::as_os_str);
        let unheard = (launch.stdio.first() == Some(&Stdio::Passed)).then(|| refused("stdio", program));
        (Launch { stdio: [Stdio::Null; 3], ..launch }, unheard)
    }
}

/// What of a launch's environment may enter: at most one for each name here, with a value such as these have. Else it would
/// bring words of any number in.
pub fn environment(env: &[OsString]) -> Vec<OsString> {
    let is_setting = |name: &str, entry: &OsStr| {
        let value = entry.as_bytes().strip_prefix(name.as_bytes()).and_then(|rest| rest.strip_prefix(b"="));
        value.is_some_and(|value| {
            let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"_.@+-/".contains(byte);
            (1..=LONGEST_SETTING).contains(&value.len()) && value.iter().all(plain)
        })
    };
    SETTINGS.iter().filter_map(|name| env.iter().find(|entry| is_setting(name, entry)).cloned()).collect()
}

/// The first argument that is one too many, or with which the log could not hold all of them.
fn beyond(words: &[OsString]) -> Option<&OsString> {
    let mut total = 0;
    let mut whole = |word: &&OsString| {
        total += word.len();
        word.len() <= LONGEST_WORD && total <= MOST_WORDS
    };
    words.iter().find(|word| !whole(word)).or_else(|| words.get(MOST_ARGUMENTS))
}

fn fits(pattern: &str, word: &OsStr) -> bool {
    match pattern {
        ANYTHING => true,
        ADDRESS => is_address(word),
        literal => OsStr::new(literal) == word,
    }
}

/// `http://` or `https://`, a host, and nothing that a program could take for something else.
fn is_address(word: &OsStr) -> bool {
    let rest = ["https://", "http://"].iter().find_map(|scheme| word.as_bytes().strip_prefix(scheme.as_bytes()));
    let host = |rest: &[u8]| rest.first().is_some_and(|first| first.is_ascii_alphanumeric() || *first == b'[');
    let plain = word.as_bytes().iter().all(u8::is_ascii_graphic);
    plain && rest.is_some_and(host)
}

fn refused(what: &str, word: &OsStr) -> Failure {
    Failure::new(Stage::Authorise, Code::NotAllowed, &[what, &Path::new(word).to_string_lossy()])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(stdio: bool) -> Entry {
        let programs = [("firefox", &["--new-window", ADDRESS][..]), ("sh", &[ANYTHING][..]), ("true", &[][..])];
        let own = |(name, words): (&str, &[&str])| (name.to_owned(), words.iter().map(|w| (*w).to_owned()).collect());
        Entry { stdio, programs: programs.map(own).into() }
    }

    fn launch(argv: &[&str]) -> Launch {
        let window = crate::wire::WindowSize { rows: 24, columns: 80 };
        let argv = argv.iter().map(OsString::from).collect();
        Launch { argv, env: Vec::new(), stdio: [Stdio::Null; 3], window, plan: Vec::new() }
    }

    fn judged(argv: &[&str]) -> Result<(), Vec<String>> {
        entry(false).judge(&launch(argv)).map_err(|failure| failure.args)
    }

    #[test]
    fn words_of_the_profile_and_addresses_enter() {
        for argv in [&["firefox"][..], &["firefox", "--new-window", "https://example.org/a?b=c"], &["sh", "-c", "x\ny"]]
        {
            assert_eq!(judged(argv), Ok(()), "{argv:?}");
        }
    }

    #[test]
    fn everything_else_stays_outside() {
        for argv in [
            &[][..],
            &["curl"],
            &["/usr/bin/firefox"],
            &["firefox", "--profile"],
            &["firefox", "file:///etc/passwd"],
            &["firefox", "https://"],
            &["firefox", "https:///x"],
            &["firefox", "https://-x"],
            &["firefox", "https://example.org/ -P"],
            &["firefox", "https://example.org/\u{e9}"],
            &["firefox", "javascript:alert(1)"],
            &["true", "x"],
        ] {
            assert!(judged(argv).is_err(), "{argv:?}");
        }
        let long = format!("https://example.org/{}", "x".repeat(LONGEST_WORD));
        assert!(judged(&["firefox", &long]).is_err());
        assert!(judged(&["firefox", &long[..LONGEST_WORD]]).is_ok(), "the twin");
        let whole = &long[..LONGEST_WORD];
        assert!(
            judged(&["sh", whole, whole, whole, whole]).is_ok()
                && judged(&["sh", whole, whole, whole, whole, "x"]).is_err()
        );
        let many: Vec<&str> = std::iter::once("sh").chain(std::iter::repeat_n("x", MOST_ARGUMENTS + 1)).collect();
        assert!(judged(&many).is_err() && judged(&many[1..]).is_err());
        assert!(judged(&many[..=MOST_ARGUMENTS]).is_ok(), "the twin");
    }

    #[test]
    fn a_launch_brings_its_own_stdio_only_where_the_profile_opens_it() {
        use Stdio::{Null, Passed, Pty};
        for (stdio, is_told) in [([Pty; 3], false), ([Null, Passed, Null], false), ([Passed, Pty, Pty], true)] {
            let own = || Launch { stdio, ..launch(&["true"]) };
            let (quiet, told) = entry(false).quieted(own());
            assert_eq!((quiet, told.is_some()), (launch(&["true"]), is_told));
            assert_eq!(entry(true).quieted(own()), (own(), None));
        }
    }

    #[test]
    fn the_environment_carries_no_more_than_settings() {
        let long = format!("TERM={}", "x".repeat(LONGEST_SETTING + 1));
        let brought =
            ["TZ=Asia/Seoul", "LANG=ko_KR.UTF-8", "LANG=twice", "LC_DATA=x", "LC_ALL={x}", "COLORTERM=", &long];
        let entered = environment(&brought.map(OsString::from));
        assert_eq!(entered, ["LANG=ko_KR.UTF-8", "TZ=Asia/Seoul"]);
    }
}
