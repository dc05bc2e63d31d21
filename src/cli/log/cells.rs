//! A line of the log for programs: as JSON, and as CSV that a spreadsheet opens without doing what a cell says.

use serde_json::{Map, Value};

use crate::cli::words::plain;
use crate::wire::drives;

/// The columns, in their order.
const COLUMNS: [&str; 25] = [
    "seq",
    "time",
    "zone",
    "event",
    "program",
    "destination",
    "port",
    "protocol",
    "name",
    "rule",
    "up",
    "down",
    "seconds",
    "count",
    "profile",
    "switches",
    "stage",
    "code",
    "status",
    "signal",
    "direction",
    "path",
    "size",
    "sha256",
    "hash",
];

/// The line that names the columns.
pub fn header() -> String {
    COLUMNS.join(",")
}

/// One line as cells. The line has been read before.
pub fn row(line: &[u8]) -> String {
    let members: Map<String, Value> = serde_json::from_slice(line).unwrap_or_default();
    COLUMNS.map(|column| members.get(column).map(cell).unwrap_or_default()).join(",")
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text_cell(text),
        Value::Array(words) => text_cell(&words.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" ")),
        other => other.to_string(),
    }
}

/// Text as a cell. What a spreadsheet would calculate has a sign before it that says it is text.
fn text_cell(text: &str) -> String {
    let text = plain(text);
    let calculates = text.trim_start().starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']);
    let text = if calculates { format!("'{text}") } else { text.into_owned() };
    if text.contains([',', '"', ';', '\t', ' ']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

/// The line as it is. JSON escapes the controls of ASCII; the others, and the marks that turn writing round, are escaped
/// here. They stand in strings only.
pub fn json(line: &[u8]) -> String {
    let text = String::from_utf8_lossy(line);
    let escaped = |c: char| if drives(c) { format!("\\u{:04x}", u32::from(c)) } else { c.to_string() };
    text.chars().map(escaped).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula_and_what_is_none_stays_as_it_is() {
        for formula in ["=1+1", "+1", "-1", "@SUM(1)", "  =1", "＝1"] {
            assert!(text_cell(formula).trim_start_matches('"').starts_with('\''), "{formula}");
        }
        assert_eq!(text_cell("example.org"), "example.org");
        assert_eq!(text_cell("a,\"b\""), "\"a,\"\"b\"\"\"");
        assert_eq!(text_cell("a=1"), "a=1");
        assert_eq!(text_cell("a\r\n=1"), "a\\r\\n=1", "one line stays one");
    }

    #[test]
    fn a_row_has_a_cell_for_each_column() {
        let line = r#"{"seq":1,"zone":"=cmd|' /c calc'!A1","port":22,"switches":["--allow","a"],"other":1,"hash":"0"}"#;
        assert_eq!(row(line.as_bytes()), "1,,\"'=cmd|' /c calc'!A1\",,,,22,,,,,,,,,\"'--allow a\",,,,,,,,,0");
        assert_eq!(header().split(',').count(), row(b"{}").split(',').count());
    }

    #[test]
    fn json_stays_json_and_drives_no_terminal() {
        let hostile = "{\"name\":\"a\u{9b}2J\u{202e}b\u{7f}\\u001b\"}";
        let shown = json(hostile.as_bytes());
        assert!(shown.chars().all(|c| !c.is_control() && c != '\u{202e}'), "{shown}");
        let read = |text: &str| serde_json::from_str::<Value>(text).unwrap();
        assert_eq!(read(&shown), read(hostile));
        assert_eq!(json("{\"name\":\"한글\"}".as_bytes()), "{\"name\":\"한글\"}", "the twin");
    }
}
