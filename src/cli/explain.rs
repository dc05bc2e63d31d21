//! The plan in plain words, each line with the file and line that it comes from.

use serde_json::json;

use super::words::{Locale, Words};
use crate::policy::explain::{Section, Statement, explain as statements};
use crate::policy::{Merged, Origin, Plan};

/// The plan in words, section by section.
pub fn explain(plan: &Plan, merged: &Merged, locale: Locale) -> String {
    let words = Words::new(locale);
    let description = merged.description(locale == Locale::Korean);
    let mut out = words.text("explain-title", &[("zone", &plan.zone), ("description", &description)]) + "\n";
    out += &(words.text("explain-files-read", &[("list", &merged.files.join(", "))]) + "\n");
    for section in statements(plan, merged) {
        out += &format!("\n{}\n", words.text(&format!("explain-section-{}", section.key), &[]));
        for statement in &section.statements {
            out += &format!("  {}\n", line(&words, statement));
        }
    }
    out
}

/// The same as data: keys of sentences, their arguments and origins.
pub fn to_json(plan: &Plan, merged: &Merged) -> serde_json::Value {
    let statement = |statement: &Statement| {
        let args: serde_json::Map<_, _> =
            statement.args.iter().map(|(k, v)| ((*k).to_owned(), v.as_str().into())).collect();
        json!({ "key": statement.key, "args": args, "origin": origin_json(&statement.origin) })
    };
    let section = |section: &Section| json!({ "key": section.key, "statements": section.statements.iter().map(statement).collect::<Vec<_>>() });
    let sections: Vec<_> = statements(plan, merged).iter().map(section).collect();
    json!({ "zone": plan.zone, "profile": plan.profile, "files": merged.files, "sections": sections })
}

/// An origin as data.
pub(super) fn origin_json(origin: &Origin) -> serde_json::Value {
    match origin {
        Origin::File(file, line) => json!({ "file": file, "line": line }),
        Origin::Default => json!("default"),
        Origin::Host => json!("pc"),
        Origin::Always => json!("always"),
        Origin::Mode => json!("mode"),
        Origin::Switch => json!("switch"),
    }
}

fn line(words: &Words, statement: &Statement) -> String {
    let args: Vec<(&str, &str)> = statement.args.iter().map(|(name, value)| (*name, value.as_str())).collect();
    format!("{}  [{}]", words.text(&format!("explain-{}", statement.key), &args), origin(words, &statement.origin))
}

/// An origin in words.
pub(super) fn origin(words: &Words, origin: &Origin) -> String {
    let key = match origin {
        Origin::File(file, line) => return format!("{file}:{line}"),
        Origin::Default => "explain-origin-default",
        Origin::Host => "explain-origin-host",
        Origin::Always => "explain-origin-always",
        Origin::Mode => "explain-origin-mode",
        Origin::Switch => "explain-origin-switch",
    };
    words.text(key, &[])
}
