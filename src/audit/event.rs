//! One event as the members of one line of JSON. Its place in the log, `seq` and `hash`, is given when it is written.

use std::borrow::Cow;
use std::net::IpAddr;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use crate::wire::{Failure, LONGEST_WORD};

/// More arguments than a message has.
const MOST_ARGS: usize = 8;
/// The longest word of what was refused before anything was done, and of what a relay tells: as long as a name of DNS.
const LONGEST_OF_OTHERS: usize = 256;
/// The most bytes of all arguments of a refused launch, as the log has them.
const MOST_OF_REFUSED: usize = 5 * 1_024;

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Something was refused; `rule` says by what.
    Refused,
    /// A connection ended; it has bytes and seconds.
    Connection,
    /// Events were left out, because too many came at once; `count` says how many.
    Suppressed,
    /// The part of the zone that writes this could not go on; `rule` says why.
    Failed,
    /// A program is about to be started; `program` is the word that was typed, `switches` what opened the zone further.
    Launch,
    /// A launch failed; `stage` and `code` say at what.
    LaunchRefused,
    /// A program that was launched ended; it has a status or a signal, and seconds.
    Ended,
    /// A file crossed between zone and PC; it has a direction, a path, a size and a digest.
    File,
    /// The zone's home was deleted because its user wants it; `size` and `count` say how much.
    Reset,
    /// A snapshot was put in place of the zone's home; `path` is its name.
    Restored,
    /// Something is done to the firewall of the PC, or it refused a packet; `rule` says what, `arguments` are the same, why, for
    /// how long, and where.
    Guard,
    /// The zone's address came or went; `rule` says how, `path` is the address.
    Address,
    /// The first line of a file whose lines before it are in another: `previous` is the hash of the last of them.
    Continued,
}

/// Which way a file went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// From the PC into the zone.
    In,
    /// From the zone to the PC.
    Out,
}

/// One event. What is not known is left out of the line, except the program.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Event {
    /// When, in UTC (RFC 3339).
    pub time: String,
    /// The zone.
    pub zone: String,
    /// What happened.
    pub event: Kind,
    /// Of a connection: the file of its program, as the zone says, `unknown` where it could not; a hint. Of a launch: the
    /// word that was typed.
    pub program: String,
    /// The address that was meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub destination: Option<IpAddr>,
    /// The port that was meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// `tcp`, `udp`, `icmp`, `dns`, or `ip` for a packet that is none of these.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub protocol: Option<Cow<'static, str>>,
    /// The name that the resolver gave the address for, or that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What refused it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// Bytes from the zone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub up: Option<u64>,
    /// Bytes to the zone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub down: Option<u64>,
    /// How long it lasted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seconds: Option<f64>,
    /// How many events this line stands for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
    /// The user who asked for it, where the log is that of the system.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub user: Option<u32>,
    /// The words behind the program, where the log is that of the system.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub arguments: Vec<String>,
    /// The environment that came with them, as `NAME=VALUE`.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub environment: Vec<String>,
    /// The profile of a launch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// Switches of a launch that opened the zone further than its profile does.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub switches: Vec<String>,
    /// The stage at which a launch failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stage: Option<Cow<'static, str>>,
    /// What a launch failed at, as messages are called in the catalogues.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<Cow<'static, str>>,
    /// The arguments of the message that a failed launch was answered with.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub args: Vec<String>,
    /// The kernel's answer that a launch failed at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub errno: Option<i32>,
    /// The exit status of a program.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u8>,
    /// The number of the signal that ended a program.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signal: Option<u8>,
    /// Which way a file went.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub direction: Option<Direction>,
    /// The file's path in the zone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The file's size in bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// The file's SHA-256 in hexadecimal digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// The hash of the line before, where that is in another file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous: Option<String>,
}

/// An event and its place in the log.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema, Serialize))]
pub struct Record {
    /// The number of the line, counted from 1 over the whole log.
    pub seq: u64,
    /// What happened.
    #[serde(flatten)]
    pub event: Event,
    /// SHA-256 of the hash of the line before and this line without its hash, in hexadecimal digits.
    pub hash: String,
}

impl Event {
    /// An event of now with nothing but its kind and zone.
    pub fn new(event: Kind, zone: &str) -> Self {
        Self {
            time: super::utc(SystemTime::now()),
            zone: short(zone),
            event,
            program: "unknown".to_owned(),
            destination: None,
            port: None,
            protocol: None,
            name: None,
            rule: None,
            up: None,
            down: None,
            seconds: None,
            count: None,
            user: None,
            arguments: Vec::new(),
            environment: Vec::new(),
            profile: None,
            switches: Vec::new(),
            stage: None,
            code: None,
            args: Vec::new(),
            errno: None,
            status: None,
            signal: None,
            direction: None,
            path: None,
            size: None,
            sha256: None,
            previous: None,
        }
    }

    /// What is known of a program that somebody wants to start, is about to be started, or has ended.
    pub fn program(event: Kind, zone: &str, profile: &str, program: &str) -> Self {
        Self { program: short(program), profile: Some(short(profile)), ..Self::new(event, zone) }
    }

    /// Who asked for it, and the words behind the program.
    pub fn of(mut self, user: u32, arguments: &[String]) -> Self {
        self.user = Some(user);
        self.arguments = arguments.iter().map(|word| short(word)).collect();
        self
    }

    /// The beginning of all that who was refused said: it is not to fill the disk. A sign of control is six letters there.
    pub fn cut(mut self) -> Self {
        let mut room = MOST_OF_REFUSED;
        let mut fits = |word: &String| {
            room = room.saturating_sub(serde_json::to_string(word).map_or(MOST_OF_REFUSED, |text| text.len() + 1));
            room > 0
        };
        for text in [&mut self.zone, &mut self.program].into_iter().chain(&mut self.profile).chain(&mut self.args) {
            *text = brief(text);
        }
        self.arguments = self.arguments.iter().map(|word| brief(word)).take_while(|word| fits(word)).collect();
        self
    }

    /// The part of a zone that says this can not go on.
    pub fn failed(zone: &str, why: &Failure) -> Self {
        let rule = Some(format!("{} {}: {}", why.stage.name(), why.code.name(), why.args.join(" ")));
        Self { rule, ..Self::new(Kind::Failed, zone) }
    }

    /// What counts of an event that the relay or agent of a zone told: nothing where they have none of its kind to tell, and no
    /// member that they can not know.
    pub fn of_network(self, zone: &str, user: u32) -> Option<Self> {
        use Kind::{Address, Connection, Failed, Refused, Suppressed};
        let is_theirs = matches!(self.event, Refused | Connection | Suppressed | Failed | Address);
        let cut = |text: Option<String>| text.map(|text| brief(&text));
        is_theirs.then(|| Self {
            user: Some(user),
            program: brief(&self.program),
            destination: self.destination,
            port: self.port,
            protocol: self.protocol.map(|protocol| Cow::Owned(brief(&protocol))),
            name: cut(self.name),
            rule: cut(self.rule),
            path: cut(self.path).filter(|_| self.event == Address),
            up: self.up,
            down: self.down,
            seconds: self.seconds.filter(|seconds| seconds.is_finite()),
            count: self.count,
            ..Self::new(self.event, zone)
        })
    }

    /// A file of so many bytes crossed; `sha256` is its digest in hexadecimal digits.
    pub fn file(zone: &str, direction: Direction, path: &str, size: u64, sha256: &str) -> Self {
        let (path, sha256) = (Some(short(path)), Some(sha256.to_owned()));
        Self { direction: Some(direction), path, size: Some(size), sha256, ..Self::new(Kind::File, zone) }
    }

    /// Why it failed: stage and code by their names, the arguments of the message, and the kernel's answer.
    pub fn because(mut self, failure: &Failure) -> Self {
        (self.stage, self.code) = (Some(failure.stage.name().into()), Some(failure.code.name().into()));
        self.args = failure.args.iter().take(MOST_ARGS).map(|arg| short(arg)).collect();
        self.errno = Some(failure.errno).filter(|errno| *errno != 0);
        self
    }

    /// Seconds with three digits behind the point.
    pub fn lasting(mut self, lasted: std::time::Duration) -> Self {
        self.seconds = Some((lasted.as_secs_f64() * 1_000.0).round() / 1_000.0);
        self
    }
}

/// The beginning of a text that somebody chose the length of.
fn short(text: &str) -> String {
    begin(text, LONGEST_WORD)
}

/// The same of whom nothing was asked.
fn brief(text: &str) -> String {
    begin(text, LONGEST_OF_OTHERS)
}

fn begin(text: &str, most: usize) -> String {
    let end = (0..=most.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    text.get(..end).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{Code, Stage};

    #[test]
    fn what_others_chose_is_bounded_as_the_log_has_it() {
        for word in
            ["\u{1}".repeat(2_000), "\"".repeat(2_000), "\u{1}".to_owned(), String::new(), "\u{d55c}".repeat(900)]
        {
            let failure = Failure::new(Stage::Authorise, Code::NotAdmitted, &[&word]);
            let refused = Event::program(Kind::LaunchRefused, &word, &word, &word).of(1, &vec![word.clone(); 20_000]);
            let line = serde_json::to_string(&refused.because(&failure).cut()).unwrap();
            assert!(line.len() < 13 * 1_024, "{} bytes of {:.9}", line.len(), word);
            let text = || Some(word.clone());
            let protocol = Some(word.clone().into());
            let told =
                Event { program: word.clone(), protocol, name: text(), rule: text(), ..Event::new(Kind::Refused, "z") };
            let line = serde_json::to_string(&told.of_network("z", 1)).unwrap();
            assert!(line.len() < 7 * 1_024, "{} bytes of {:.9}", line.len(), word);
        }
        let words = ["-c".to_owned(), "true".to_owned()];
        let refused = Event::program(Kind::LaunchRefused, "lab", "lab", "sh").of(1, &words);
        assert_eq!(refused.clone().cut().arguments, words, "the twin");
        assert_eq!(refused.clone().cut(), refused);
    }
}
