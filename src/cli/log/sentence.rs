//! A line of the log for people: when, where, what, in the user's language and on the PC's own clock.

use std::net::SocketAddr;

use crate::audit::{Direction, Event, Kind, from_utc};
use crate::cli::columns;
use crate::cli::figures::{moment, size};
use crate::cli::words::{Words, plain, say};
use crate::wire::{Code, Failure, Stage};

/// Columns of the zone and of the event; longer ones push the rest to the right.
const ZONE: usize = 10;
const EVENT: usize = 14;

/// The line above the table.
pub fn header(words: &Words) -> String {
    let word = |key: &str| words.text(key, &[]);
    let (zone, event) = (padded(&word("log-zone"), ZONE), padded(&word("log-event"), EVENT));
    format!("{}  {zone}  {event}  {}", padded(&word("log-time"), 19), word("log-what"))
}

/// One event. Nothing in it drives the terminal.
pub fn row(event: &Event, words: &Words) -> String {
    let (kind, what) = said(event, words);
    let (zone, kind) = (padded(&plain(&event.zone), ZONE), padded(&words.text(kind, &[]), EVENT));
    format!("{}  {zone}  {kind}  {what}", local(&event.time))
}

/// The name of the event and its sentence.
fn said(event: &Event, words: &Words) -> (&'static str, String) {
    let (kind, key) = match event.event {
        Kind::Refused => ("log-kind-refused", "log-refused"),
        Kind::Connection => ("log-kind-connection", "log-connection"),
        Kind::Suppressed => ("log-kind-suppressed", "log-suppressed"),
        Kind::Failed => ("log-kind-failed", "log-failed"),
        Kind::Launch => ("log-kind-launch", "log-launch"),
        Kind::LaunchRefused => ("log-kind-launch-refused", "log-launch-refused"),
        Kind::Ended => ("log-kind-ended", "log-ended"),
        Kind::File => ("log-kind-file", "log-file"),
        Kind::Reset => ("log-kind-reset", "log-reset"),
        Kind::Restored => ("log-kind-restored", "log-restored"),
        Kind::Guard => ("log-kind-guard", "log-guard"),
        Kind::Address => ("log-kind-address", "log-address"),
        Kind::Continued => ("log-kind-continued", "log-continued"),
    };
    let args = arguments(event, words);
    let args: Vec<(&str, &str)> = args.iter().map(|(name, value)| (*name, value.as_str())).collect();
    (kind, words.text(key, &args))
}

fn arguments(event: &Event, words: &Words) -> Vec<(&'static str, String)> {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let bytes = |count: Option<u64>| count.map(size).unwrap_or_default();
    let how = match (event.status, event.signal) {
        (Some(_), _) => "status",
        (_, Some(_)) => "signal",
        _ => "failure",
    };
    vec![
        ("program", event.program.clone()),
        ("target", target(event)),
        ("rule", rule(&text(&event.rule), words)),
        ("up", bytes(event.up)),
        ("down", bytes(event.down)),
        ("seconds", event.seconds.map(|seconds| format!("{seconds:.1}")).unwrap_or_default()),
        ("count", event.count.unwrap_or_default().to_string()),
        ("switches", event.switches.join(" ")),
        ("sentence", failed(event, words).0),
        ("how", how.to_owned()),
        ("number", event.status.or(event.signal).unwrap_or_default().to_string()),
        ("direction", if event.direction == Some(Direction::In) { "in" } else { "out" }.to_owned()),
        ("reason", event.arguments.get(1).cloned().unwrap_or_default()),
        ("within", event.arguments.get(2).cloned().unwrap_or_default()),
        ("place", event.arguments.get(3).cloned().unwrap_or_default()),
        ("verb", text(&event.rule)),
        ("path", text(&event.path)),
        ("size", bytes(event.size)),
        ("sha256", text(&event.sha256)),
    ]
}

/// What the user was told when a launch failed, and the hint. A code of another version stays as it is.
pub fn failed(event: &Event, words: &Words) -> (String, Option<String>) {
    let stage = Stage::ALL.iter().find(|stage| event.stage.as_deref() == Some(stage.name()));
    let code = Code::ALL.iter().find(|code| event.code.as_deref() == Some(code.name()));
    let (Some(stage), Some(code)) = (stage, code) else { return (text_of(event.code.as_deref()), None) };
    let errno = event.errno.unwrap_or_default();
    let said = say(&Failure { stage: *stage, code: *code, args: event.args.clone(), errno }, words.locale());
    (said.line.strip_prefix("sep-run: ").unwrap_or(&said.line).to_owned(), said.hint)
}

/// A rule by the name that people read. One of another version stays as it is.
pub fn rule(rule: &str, words: &Words) -> String {
    let family = if rule.starts_with("packet-") { "packet" } else { rule };
    words.find(&format!("reason-rule-{family}"), None, &[]).unwrap_or_else(|| rule.to_owned())
}

fn text_of(code: Option<&str>) -> String {
    code.map(plain).unwrap_or_default().into_owned()
}

/// Where a connection wanted to go: `example.org (198.51.100.10:443/tcp)`.
pub fn target(event: &Event) -> String {
    let address = match (event.destination, event.port) {
        (Some(to), Some(port)) => SocketAddr::new(to, port).to_string(),
        (Some(to), None) => to.to_string(),
        _ => String::new(),
    };
    let protocol = event.protocol.as_deref().unwrap_or("?");
    match (&event.name, address.is_empty()) {
        (Some(name), true) => format!("{name}/{protocol}"),
        (Some(name), false) => format!("{name} ({address}/{protocol})"),
        (None, true) => protocol.to_owned(),
        (None, false) => format!("{address}/{protocol}"),
    }
}

/// The wall clock of this PC at a time of the log; what is no time stays as it is.
fn local(time: &str) -> String {
    from_utc(time).and_then(moment).unwrap_or_else(|| plain(time).into_owned())
}

/// Text with blanks behind it up to a width.
fn padded(text: &str, width: usize) -> String {
    columns::padded(text, width, false)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::words::Locale;

    #[test]
    fn nothing_that_a_zone_wrote_drives_the_terminal() {
        let hostile = "\u{1b}]52;c;AAAA\u{7}\u{9b}2J\u{202e}\n";
        for (kind, locale) in [Kind::Refused, Kind::Launch, Kind::File, Kind::Failed]
            .into_iter()
            .flat_map(|k| Locale::ALL.iter().map(move |l| (k, *l)))
        {
            let text = || Some(hostile.to_owned());
            let event = Event {
                program: hostile.into(),
                name: text(),
                rule: text(),
                path: text(),
                sha256: text(),
                time: hostile.into(),
                protocol: Some(hostile.into()),
                switches: vec![hostile.into()],
                zone: hostile.into(),
                ..Event::new(kind, "z")
            };
            let shown = row(&event, &Words::new(locale));
            assert!(shown.chars().all(|c| !c.is_control() && c != '\u{202e}'), "{shown:?}");
            assert!(shown.contains("52;c;AAAA"), "the twin: it is shown, harmless: {shown}");
        }
    }

    #[test]
    fn an_address_comes_and_goes() {
        let said = |what: &str, locale| {
            let (rule, path) = (Some(what.to_owned()), Some("203.0.113.7/24".to_owned()));
            row(&Event { rule, path, ..Event::new(Kind::Address, "z") }, &Words::new(locale))
        };
        for (what, english, korean) in [
            ("given", "the zone has the address 203.0.113.7/24", "받은 주소: 203.0.113.7/24"),
            ("expired", "the zone's address 203.0.113.7/24 has expired", "203.0.113.7/24의 사용 기간이 끝남"),
            ("withdrawn", "taken back the zone's address 203.0.113.7/24", "회수"),
        ] {
            let [en, ko] = [Locale::English, Locale::Korean].map(|locale| said(what, locale));
            assert!(en.contains(english) && ko.contains(korean), "{en}\n{ko}");
        }
    }

    #[test]
    fn where_it_wanted_to_go() {
        let to = |to: &str, name: Option<&str>| Event {
            destination: to.parse().ok(),
            port: Some(443),
            protocol: Some("tcp".into()),
            name: name.map(str::to_owned),
            ..Event::new(Kind::Refused, "z")
        };
        assert_eq!(target(&to("192.168.0.10", None)), "192.168.0.10:443/tcp");
        assert_eq!(target(&to("fd00::1", Some("a.test"))), "a.test ([fd00::1]:443/tcp)");
        assert_eq!(target(&to("", Some("a.test"))), "a.test/tcp");
        assert_eq!((size(999), size(1_000), size(2_500_000)), ("999 B".into(), "1.0 kB".into(), "2.5 MB".into()));
    }
}
