//! The JSON Schema of a line is generated from the types, here and only in tests, and a line of each kind is held to it.

use schemars::schema_for;
use serde_json::{Value, json};

use crate::wire::{Code, Failure, Stage};

use super::event::{Direction, Event, Kind, Record};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/profiles/audit.schema.json");

/// Members that a line of a kind has beside those of every line.
fn members(kind: Kind) -> Value {
    match kind {
        Kind::Refused => json!(["protocol", "rule"]),
        Kind::Connection => json!(["protocol", "up", "down", "seconds"]),
        Kind::Suppressed => json!(["count"]),
        Kind::Failed => json!(["rule"]),
        Kind::Launch => json!(["profile"]),
        Kind::LaunchRefused => json!(["profile", "stage", "code"]),
        Kind::Ended => json!(["profile", "seconds"]),
        Kind::File => json!(["direction", "path", "size", "sha256"]),
        Kind::Reset => json!(["profile", "size", "count"]),
        Kind::Restored => json!(["profile", "path"]),
        Kind::Guard => json!(["rule", "user"]),
        Kind::Address => json!(["rule", "path"]),
        Kind::Continued => json!(["previous"]),
    }
}

const KINDS: [Kind; 13] = [
    Kind::Refused,
    Kind::Connection,
    Kind::Suppressed,
    Kind::Failed,
    Kind::Launch,
    Kind::LaunchRefused,
    Kind::Ended,
    Kind::File,
    Kind::Reset,
    Kind::Restored,
    Kind::Guard,
    Kind::Address,
    Kind::Continued,
];

fn made() -> Value {
    let mut schema = schema_for!(Record);
    schema.insert("title".into(), "A line of the audit log of sep-run".into());
    schema.insert("additionalProperties".into(), false.into());
    let each = KINDS.map(|kind| {
        let (is, then) = (json!({"properties": {"event": {"const": kind}}}), json!({"required": members(kind)}));
        json!({"if": is, "then": then})
    });
    schema.insert("allOf".into(), each.to_vec().into());
    schema.to_value()
}

/// `SEP_WRITE=1` writes the file anew.
#[test]
fn the_file_is_what_the_types_say() {
    let made = format!("{}\n", serde_json::to_string_pretty(&made()).unwrap());
    if std::env::var_os("SEP_WRITE").is_some() {
        std::fs::write(FILE, &made).unwrap();
    }
    assert_eq!(std::fs::read_to_string(FILE).unwrap(), made, "SEP_WRITE=1 writes it anew");
}

/// An event of each kind as its writer makes it.
fn event(kind: Kind) -> Event {
    let event = Event::new(kind, "internet");
    let text = |text: &str| Some(text.to_owned());
    let (rule, lasted) = (text("private"), std::time::Duration::from_millis(1_500));
    let to =
        Event { destination: "10.0.0.1".parse().ok(), port: Some(22), protocol: Some("tcp".into()), ..event.clone() };
    match kind {
        Kind::Refused => Event { rule, ..to },
        Kind::Connection => Event { up: Some(1), down: Some(2), name: text("example.org"), ..to }.lasting(lasted),
        Kind::Suppressed => Event { count: Some(3), ..event },
        Kind::Failed => Event { rule, ..event },
        Kind::Launch => Event { switches: vec!["--allow".into()], ..Event::program(kind, "z", "z", "curl") },
        Kind::LaunchRefused => Event::program(kind, "z", "z", "curl")
            .because(&Failure { errno: 13, ..Failure::new(Stage::Run, Code::NotExecutable, &["curl"]) }),
        Kind::Ended => Event { status: Some(0), ..Event::program(kind, "z", "z", "curl").lasting(lasted) },
        Kind::File => Event::file("z", Direction::In, "/home/kim/a", 7, &"0".repeat(64)),
        Kind::Reset => Event { size: Some(7), count: Some(1), profile: text("z"), ..event },
        Kind::Restored => Event { path: text("monday"), profile: text("z"), ..event },
        Kind::Guard => Event { rule: text("remove"), ..event.of(0, &[]) },
        Kind::Address => Event { rule: text("given"), path: text("203.0.113.7/24"), ..event },
        Kind::Continued => Event { previous: text(&"0".repeat(64)), ..event },
    }
}

#[test]
fn a_line_of_each_kind_is_valid_and_one_that_lacks_something_is_not() {
    let schema = jsonschema::validator_for(&made()).unwrap();
    for kind in KINDS {
        let (line, _) = super::chain::Link::START.line(&event(kind)).unwrap();
        let line: Value = serde_json::from_slice(&line).unwrap();
        assert!(
            schema.is_valid(&line),
            "{line}: {:?}",
            schema.iter_errors(&line).map(|e| e.to_string()).collect::<Vec<_>>()
        );
        let read: Record = serde_json::from_value(line.clone()).unwrap();
        let time = line["time"].as_str().unwrap().to_owned();
        assert_eq!((read.event, read.seq), (Event { time, ..event(kind) }, 1));
        let needed = members(kind);
        for member in
            needed.as_array().unwrap().iter().chain(&[json!("seq"), json!("hash"), json!("time"), json!("zone")])
        {
            let mut less = line.clone();
            less.as_object_mut().unwrap().remove(member.as_str().unwrap()).unwrap();
            assert!(!schema.is_valid(&less), "without {member}: {less}");
        }
        let mut more = line;
        more["other"] = json!(1);
        assert!(!schema.is_valid(&more), "{more}");
    }
}
