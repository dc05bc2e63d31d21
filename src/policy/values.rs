//! Values of a profile that can be wrong by themselves: bounded numbers, prefixes, names, folders.
//!
//! Each is checked while it is read, so that the error stands at the value. A `Visitor`'s `expecting` is a word
//! that the catalogues know, not English.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::Path;

use serde::de::{Deserialize, Deserializer, Error, Unexpected, Visitor};

/// A whole number from `LEAST` to `MOST`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Number<const LEAST: u64, const MOST: u64>(u64);

impl<const LEAST: u64, const MOST: u64> Number<LEAST, MOST> {
    /// The number, or the bound that it lies beyond.
    pub fn clamped(value: u64) -> Self {
        Self(value.clamp(LEAST, MOST))
    }

    /// The number.
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl<'de, const LEAST: u64, const MOST: u64> Deserialize<'de> for Number<LEAST, MOST> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_u64(NumberVisitor)
    }
}

struct NumberVisitor<const LEAST: u64, const MOST: u64>;

impl<const LEAST: u64, const MOST: u64> Visitor<'_> for NumberVisitor<LEAST, MOST> {
    type Value = Number<LEAST, MOST>;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "range:{LEAST}..{MOST}")
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Self::Value, E> {
        match Number::<LEAST, MOST>::clamped(value) {
            Number(same) if same == value => Ok(Number(same)),
            _ => Err(E::invalid_value(Unexpected::Unsigned(value), &self)),
        }
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Self::Value, E> {
        Err(E::invalid_value(Unexpected::Signed(value), &self))
    }
}

#[cfg(test)]
impl<const LEAST: u64, const MOST: u64> schemars::JsonSchema for Number<LEAST, MOST> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        format!("Number{LEAST}To{MOST}").into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "integer", "minimum": LEAST, "maximum": MOST })
    }
}

/// `checked!(Type, "catalogue word", check, "pattern of the schema")`. The check answers an error with a suggestion
/// or with empty text. The pattern may let more through than the check.
macro_rules! checked {
    ($(#[$doc:meta])+ $name:ident, $word:literal, $check:path, $pattern:literal) => {
        $(#[$doc])+
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
        pub struct $name(String);

        impl $name {
            /// The text when it is right; else an error with what was probably meant, or with empty text.
            pub fn new(text: &str) -> Result<Self, String> {
                $check(text).map(|()| Self(text.to_owned()))
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
                to.write_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let text = from.deserialize_str(TextVisitor($word))?;
                Self::new(&text).map_err(|suggestion| {
                    let expected = format!("{}|{suggestion}", $word);
                    D::Error::invalid_value(Unexpected::Str(&text), &expected.as_str())
                })
            }
        }

        #[cfg(test)]
        impl schemars::JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "type": "string", "pattern": $pattern })
            }
        }
    };
}

struct TextVisitor(&'static str);

impl Visitor<'_> for TextVisitor {
    type Value = String;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str(self.0)
    }

    fn visit_str<E>(self, text: &str) -> Result<String, E> {
        Ok(text.to_owned())
    }
}

checked! {
    /// Name of a profile or zone: letters, digits and `-` inside, at most 32.
    Name, "name", check_name, "^[A-Za-z0-9]([A-Za-z0-9-]{0,30}[A-Za-z0-9])?$"
}
checked! {
    /// A network prefix without host bits: `10.20.0.0/16`, `fd00::/8`; a single address needs no length.
    Prefix, "prefix", check_prefix, "^[0-9A-Fa-f.:]+(/[0-9]{1,3})?$"
}
checked! {
    /// A prefix with an optional port: `192.168.7.9:631`, `[fd00::1]:631`, `10.20.0.0/16`, `fd00::/8:443`.
    Destination, "destination", check_destination, "^([0-9A-Fa-f.:]+(/[0-9]{1,3}(:[0-9]{1,5})?)?|\\[[0-9A-Fa-f.:]+\\]:[0-9]{1,5})$"
}
checked! {
    /// A domain name in ASCII, without a wildcard: `example.org` covers what is below it.
    Domain, "domain", check_domain, "^[A-Za-z0-9_-]+(\\.[A-Za-z0-9_-]+)*$"
}
checked! {
    /// A network interface's name.
    Nic, "nic", check_nic, "^[^/:\\s]{1,15}$"
}
checked! {
    /// A program's name or absolute path.
    Program, "program", check_program, "^[^\\u0000-\\u0020]+$"
}
checked! {
    /// An absolute path of a folder that may be shown read-only: none that holds sockets, devices or the zone's own.
    Folder, "folder", check_folder, "^/.+$"
}
checked! {
    /// Name of an environment variable that a profile may set: none that the zone or the loader owns.
    Variable, "variable", check_variable, "^[A-Z_][A-Z0-9_]*$"
}
checked! {
    /// The address of a network card: `02:00:00:0a:00:01`.
    Mac, "mac", check_mac, "^[0-9a-f]{2}(:[0-9a-f]{2}){5}$"
}
impl Mac {
    /// Its six bytes.
    pub fn bytes(&self) -> Vec<u8> {
        self.0.split(':').filter_map(|byte| u8::from_str_radix(byte, 16).ok()).collect()
    }
}

/// The bytes of an address of a card as [`Mac`] writes them.
pub fn mac_text(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(":")
}

checked! {
    /// An IPv4 address in its network: `203.0.113.50/24`.
    Place, "place", check_place, "^[0-9.]+/[0-9]{1,2}$"
}
checked! {
    /// An IPv4 address.
    Address, "address", check_address, "^[0-9.]+$"
}
checked! {
    /// A user or group by name or number.
    Login, "login", check_login, "^[A-Za-z0-9_][A-Za-z0-9_.-]{0,31}$"
}
checked! {
    /// An argument that a program may be given: the word itself, `<url>` for an address of the web, `<any>` for anything.
    Argument, "argument", check_argument, "^(<url>|<any>|[^<\\u0000-\\u0020]+)$"
}
checked! {
    /// Text of one line.
    Line, "line", check_line, "^[^\\u0000-\\u001f]*$"
}

fn right_if(right: bool) -> Result<(), String> {
    if right { Ok(()) } else { Err(String::new()) }
}

fn check_name(text: &str) -> Result<(), String> {
    let inner = text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    right_if(inner && (1..=32).contains(&text.len()) && !text.starts_with('-') && !text.ends_with('-'))
}

/// Splits `ADDRESS/LENGTH`; a single address is a prefix of its full length.
fn split_prefix(text: &str) -> Option<(IpAddr, u8)> {
    let (address, length) = text.split_once('/').map_or((text, None), |(a, l)| (a, Some(l)));
    let address: IpAddr = address.parse().ok()?;
    let full = if address.is_ipv4() { 32 } else { 128 };
    let length = match length {
        Some(digits) if digits.bytes().all(|b| b.is_ascii_digit()) => digits.parse().ok()?,
        Some(_) => return None,
        None => full,
    };
    (length <= full).then_some((address, length))
}

fn check_prefix(text: &str) -> Result<(), String> {
    let (address, length) = split_prefix(text).ok_or_else(String::new)?;
    let network: IpAddr = match address {
        IpAddr::V4(a) => {
            Ipv4Addr::from_bits(a.to_bits() & u32::MAX.checked_shl(32 - u32::from(length)).unwrap_or(0)).into()
        }
        IpAddr::V6(a) => {
            Ipv6Addr::from_bits(a.to_bits() & u128::MAX.checked_shl(128 - u32::from(length)).unwrap_or(0)).into()
        }
    };
    if network == address { Ok(()) } else { Err(format!("{network}/{length}")) }
}

/// The port stands after the length, or after a single IPv4 address.
fn check_destination(text: &str) -> Result<(), String> {
    let (prefix, port) = match text.split_once('/') {
        // an IPv6 address with a port, as it stands in addresses of the web
        None if text.starts_with('[') => {
            let inside = text.strip_prefix('[').and_then(|rest| rest.split_once("]:"));
            let (address, port) = inside.filter(|(address, _)| address.contains(':')).ok_or_else(String::new)?;
            (address.to_owned(), Some(port))
        }
        Some((address, rest)) => match rest.split_once(':') {
            Some((length, port)) => (format!("{address}/{length}"), Some(port)),
            None => (text.to_owned(), None),
        },
        None if text.matches(':').count() == 1 => {
            let (address, port) = text.split_once(':').unwrap_or((text, ""));
            (address.to_owned(), Some(port))
        }
        None => (text.to_owned(), None),
    };
    let port_is_right =
        port.is_none_or(|p| p.bytes().all(|b| b.is_ascii_digit()) && p.parse::<u16>().is_ok_and(|p| p > 0));
    right_if(port_is_right)?;
    check_prefix(&prefix).map_err(|meant| match (meant.is_empty(), port) {
        (false, Some(port)) => format!("{meant}:{port}"),
        _ => meant,
    })
}

fn check_domain(text: &str) -> Result<(), String> {
    let label = |l: &str| {
        let inner = l.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        inner && (1..=63).contains(&l.len()) && !l.starts_with('-') && !l.ends_with('-')
    };
    let is_domain = |text: &str| text.len() <= 253 && text.split('.').all(label) && text.parse::<IpAddr>().is_err();
    if is_domain(text) {
        return Ok(());
    }
    // `*.example.org`, `.example.org`, `https://example.org/`: what was meant is clear
    let host = text.split_once("://").map_or(text, |(_, rest)| rest).split(['/', ':']).next().unwrap_or_default();
    let host = host.trim_start_matches("*.").trim_matches('.');
    Err(if is_domain(host) { host.to_owned() } else { String::new() })
}

fn check_nic(text: &str) -> Result<(), String> {
    let inner = text.bytes().all(|b| b.is_ascii_graphic() && b != b'/' && b != b':');
    right_if(inner && (1..=15).contains(&text.len()) && text != "." && text != "..")
}

fn check_program(text: &str) -> Result<(), String> {
    let plain = !text.is_empty() && text.len() <= 255 && text.bytes().all(|b| b > b' ') && !text.starts_with('-');
    right_if(plain && (text.starts_with('/') || !text.contains('/')))
}

/// Sockets and devices reach across namespaces, and these folders are the zone's own.
const CLOSED: [&str; 10] = ["/proc", "/sys", "/dev", "/run", "/var/run", "/tmp", "/var/tmp", "/etc", "/home", "/root"];

fn check_folder(text: &str) -> Result<(), String> {
    let path = Path::new(text);
    let clean = path.components().collect::<std::path::PathBuf>();
    let plain = path.is_absolute() && text != "/" && !text.split('/').any(|part| part == "..") && !text.contains('\0');
    right_if(plain && !CLOSED.iter().any(|closed| path.starts_with(closed)))?;
    if clean.as_os_str() == text { Ok(()) } else { Err(clean.to_string_lossy().into_owned()) }
}

/// What the plan sets itself, and what makes another program of a program.
const OWNED: [&str; 8] = ["PATH", "HOME", "USER", "LOGNAME", "SHELL", "XDG_RUNTIME_DIR", "BASH_ENV", "ENV"];

fn check_variable(text: &str) -> Result<(), String> {
    let inner = text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
    let first = text.bytes().next().is_some_and(|b| !b.is_ascii_digit());
    right_if(inner && first && !OWNED.contains(&text) && !text.starts_with("LD_") && !text.starts_with("GLIBC_"))
}

fn check_mac(text: &str) -> Result<(), String> {
    let lower = text.to_ascii_lowercase().replace('-', ":");
    let right = lower.split(':').count() == 6
        && lower.split(':').all(|byte| byte.len() == 2 && u8::from_str_radix(byte, 16).is_ok());
    match right {
        true if lower == text => Ok(()),
        true => Err(lower),
        false => Err(String::new()),
    }
}

fn check_place(text: &str) -> Result<(), String> {
    right_if(split_prefix(text).is_some_and(|(address, length)| {
        let inside = address.is_ipv4() && text.contains('/') && (8..=30).contains(&length);
        inside && check_prefix(text).is_err()
    }))
}

fn check_address(text: &str) -> Result<(), String> {
    right_if(text.parse::<Ipv4Addr>().is_ok())
}

fn check_login(text: &str) -> Result<(), String> {
    right_if(super::resolve::is_login(text))
}

fn check_argument(text: &str) -> Result<(), String> {
    let plain = !text.is_empty() && text.len() <= 255 && text.bytes().all(|b| b > b' ');
    let kinds = [super::entry::ADDRESS, super::entry::ANYTHING];
    right_if(plain && (!text.starts_with('<') || kinds.contains(&text)))
}

fn check_line(text: &str) -> Result<(), String> {
    right_if(text.len() <= 1024 && !text.chars().any(char::is_control))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all_right<T>(new: fn(&str) -> Result<T, String>, right: &[&str]) {
        for text in right {
            assert!(new(text).is_ok(), "{text:?} is right");
        }
    }

    fn all_wrong<T>(new: fn(&str) -> Result<T, String>, wrong: &[(&str, &str)]) {
        for (text, meant) in wrong {
            assert_eq!(new(text).err().as_deref(), Some(*meant), "{text:?}");
        }
    }

    #[test]
    fn prefixes_have_no_host_bits() {
        all_right(Prefix::new, &["10.20.0.0/16", "0.0.0.0/0", "::/0", "fd00::/8", "192.168.1.7", "192.168.1.7/32"]);
        all_wrong(Prefix::new, &[("10.20.3.4/16", "10.20.0.0/16"), ("fd00::1/8", "fd00::/8"), ("10.0.0.0/33", "")]);
        all_wrong(Prefix::new, &[("10.0.0/8", ""), ("", ""), ("10.0.0.0/", ""), ("10.0.0.0/+8", ""), ("a.b", "")]);
    }

    #[test]
    fn destinations_may_have_a_port() {
        all_right(Destination::new, &["192.168.7.9:631", "10.0.0.0/8:443", "fd00::/8:443", "fd00::1", "10.0.0.0/8"]);
        all_wrong(Destination::new, &[("10.0.0.1/8:443", "10.0.0.0/8:443"), ("10.0.0.0/8:0", ""), ("1.2.3.4:", "")]);
        all_right(Destination::new, &["[fd00::1]:22", "[::ffff:10.0.0.1]:22"]);
        all_wrong(
            Destination::new,
            &[("[fd00::1]", ""), ("[fd00::1]:0", ""), ("[10.0.0.1]:22", ""), ("[fd00::/8]:1", "")],
        );
        all_wrong(Destination::new, &[("10.0.0.0/8:65536", ""), ("1.2.3.4:+80", ""), ("printer:631", "")]);
    }

    #[test]
    fn domains_have_no_wildcard() {
        all_right(Domain::new, &["example.org", "localhost", "_dmarc.example.org", "xn--3e0b707e"]);
        all_wrong(Domain::new, &[("*.example.org", "example.org"), ("https://example.org/a", "example.org")]);
        all_wrong(Domain::new, &[("", ""), ("a..b", ""), ("1.2.3.4", ""), ("-a.org", ""), ("한국.kr", "")]);
    }

    #[test]
    fn folders_hold_no_sockets_or_homes() {
        all_right(Folder::new, &["/srv/share", "/usr/local/share/fonts", "/media/cd", "/tmpfiles"]);
        all_wrong(Folder::new, &[("/", ""), ("/run/user", ""), ("/home/kim", ""), ("/srv/../etc", ""), ("srv", "")]);
        all_wrong(Folder::new, &[("/srv//share/", "/srv/share"), ("/var/run/docker", ""), ("/tmp", "")]);
    }

    #[test]
    fn names_programs_and_variables() {
        all_right(Name::new, &["internet", "a", "my-bank2"]);
        all_wrong(Name::new, &[("", ""), ("-a", ""), ("a/b", ""), ("..", ""), ("a_b", "")]);
        all_wrong(Name::new, &[("abcdefghijklmnopqrstuvwxyz0123456", "")]);
        all_right(Program::new, &["firefox-esr", "/usr/bin/less", "g++"]);
        all_wrong(Program::new, &[("-x", ""), ("bin/x", ""), ("a b", ""), ("", "")]);
        all_right(Variable::new, &["MOZ_ENABLE_WAYLAND", "_X1"]);
        all_wrong(Variable::new, &[("LD_PRELOAD", ""), ("PATH", ""), ("1A", ""), ("a", ""), ("A=B", "")]);
        all_right(Nic::new, &["eth0", "wlp3s0", "br-lan.7"]);
        all_wrong(Nic::new, &[("", ""), ("..", ""), ("a/b", ""), ("sixteen-letters-", "")]);
    }
}
