//! How a line of the log holds on to the one before it: pure functions over bytes.
//!
//! The hash of a line is SHA-256 of the hash of the line before (its 64 hexadecimal digits) followed by the line itself
//! as it would be without its last member, `hash`, and without its end. The line before the first has 64 zeros.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::event::{Event, Kind};

/// What stands before and behind the hash of a line.
const BEFORE: &[u8] = b",\"hash\":\"";
const BEHIND: &[u8] = b"\"}";
/// Hexadecimal digits of a hash.
const DIGITS: usize = 64;

/// A hash as 64 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hash([u8; DIGITS]);

impl Hash {
    /// What stands for the line before the first.
    pub const START: Self = Self([b'0'; DIGITS]);

    /// Reads 64 digits, lower case; nothing where they are others.
    pub fn parse(digits: &[u8]) -> Option<Self> {
        let is_digit = |byte: &u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(byte);
        digits.try_into().ok().filter(|digits: &[u8; DIGITS]| digits.iter().all(is_digit)).map(Self)
    }

    /// Of a line without its hash that follows one with this hash.
    fn of(self, line: &[u8]) -> Self {
        let digest = Sha256::new().chain_update(self.0).chain_update(line).finalize();
        let mut digits = [0; DIGITS];
        for (pair, byte) in digits.chunks_exact_mut(2).zip(digest) {
            pair.copy_from_slice(&[digit(byte >> 4), digit(byte & 15)]);
        }
        Self(digits)
    }

    /// The digits as text.
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

fn digit(value: u8) -> u8 {
    if value < 10 { b'0' + value } else { b'a' + value - 10 }
}

/// The end of a chain: how many lines it has, and the hash of the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Link {
    /// Lines so far; the number of the last one.
    pub count: u64,
    /// The hash of the last one.
    pub hash: Hash,
}

/// Why a line does not follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Break {
    /// It is no line of the log.
    Unreadable,
    /// It has another number: this one.
    Number(u64),
    /// It has another hash than it must have: it was changed, or the line before it and that one's hash.
    Hash,
}

/// What a line of the log must have for its place.
#[derive(Deserialize)]
struct Place {
    seq: u64,
    event: Kind,
    #[serde(default)]
    previous: Option<String>,
}

#[derive(Serialize)]
struct Numbered<'a> {
    seq: u64,
    #[serde(flatten)]
    event: &'a Event,
}

impl Link {
    /// The end of a chain without a line.
    pub const START: Self = Self { count: 0, hash: Hash::START };

    /// The line of an event that follows, with its end, and the link that it makes.
    ///
    /// # Errors
    /// An event that JSON has no form for.
    pub fn line(&self, event: &Event) -> serde_json::Result<(Vec<u8>, Self)> {
        let count = self.count.saturating_add(1);
        let mut line = serde_json::to_vec(&Numbered { seq: count, event })?;
        let hash = self.hash.of(&line);
        line.pop();
        line.extend([BEFORE, &hash.0, BEHIND, b"\n"].concat());
        Ok((line, Self { count, hash }))
    }

    /// The link that a line without its end makes where it follows this one. The first line of a file may begin the chain
    /// anew by naming what stood before it, which `is_first` allows.
    ///
    /// # Errors
    /// Why it does not follow.
    pub fn follow(&self, line: &[u8], is_first: bool) -> Result<Self, Break> {
        let (body, hash) = split(line).ok_or(Break::Unreadable)?;
        let place: Place = serde_json::from_slice(&body).map_err(|_| Break::Unreadable)?;
        let before = self.before(&place, is_first);
        if before.count.checked_add(1) != Some(place.seq) {
            return Err(Break::Number(place.seq));
        }
        if before.hash.of(&body) == hash { Ok(Self { count: place.seq, hash }) } else { Err(Break::Hash) }
    }

    /// What a line says that it follows: this link, unless it begins a file of a chain whose other lines are not there.
    fn before(&self, place: &Place, is_first: bool) -> Self {
        let named = place.previous.as_deref().and_then(|hash| Hash::parse(hash.as_bytes()));
        match named {
            Some(hash) if is_first && self.count == 0 && place.event == Kind::Continued => {
                Self { count: place.seq.saturating_sub(1), hash }
            }
            _ => *self,
        }
    }
}

/// A line without its hash, and the hash.
fn split(line: &[u8]) -> Option<(Vec<u8>, Hash)> {
    let line = line.strip_suffix(BEHIND)?;
    let (rest, digits) = line.split_at_checked(line.len().checked_sub(DIGITS)?)?;
    let body = rest.strip_suffix(BEFORE)?;
    Some(([body, b"}"].concat(), Hash::parse(digits)?))
}

/// What the head file says: the end of the chain, and how long the file with its last line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// The end of the chain.
    pub link: Link,
    /// Bytes of the log's newest file.
    pub length: u64,
}

impl Head {
    /// Of a log without a line.
    pub const START: Self = Self { link: Link::START, length: 0 };

    /// Its text: always as long, so that it is written in place.
    pub fn encode(&self) -> String {
        format!("{:020} {:020} {}\n", self.link.count, self.length, self.link.hash.text())
    }

    /// Reads what [`Head::encode`] wrote; nothing where it is something else.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(bytes).ok()?.strip_suffix('\n')?;
        let mut words = text.split(' ');
        let mut number = || words.next().filter(|word| word.len() == 20)?.parse().ok();
        let (count, length) = (number()?, number()?);
        let hash = Hash::parse(words.next()?.as_bytes())?;
        words.next().is_none().then_some(Self { link: Link { count, hash }, length })
    }
}

#[cfg(test)]
#[path = "chain_tests.rs"]
mod tests;
