//! The plan in plain words, each line with the file and line that it comes from.

use super::words::{Locale, Words};
use crate::policy::explain::{Statement, explain as statements};
use crate::policy::{Merged, Origin, Plan};

/// The plan in words, section by section.
pub fn explain(plan: &Plan, merged: &Merged, locale: Locale) -> String {
    let words = Words::new(locale);
    let description = &merged.profile.description;
    let description = match locale {
        Locale::Korean => description.ko.as_ref().or(description.en.as_ref()),
        Locale::English => description.en.as_ref().or(description.ko.as_ref()),
    };
    let description = description.map_or(merged.name.as_str(), |line| line.as_str());
    let mut out = words.text("explain-title", &[("zone", &plan.zone), ("description", description)]) + "\n";
    out += &(words.text("explain-files-read", &[("list", &merged.files.join(", "))]) + "\n");
    for section in statements(plan, merged) {
        out += &format!("\n{}\n", words.text(&format!("explain-section-{}", section.key), &[]));
        for statement in &section.statements {
            out += &format!("  {}\n", line(&words, statement));
        }
    }
    out
}

fn line(words: &Words, statement: &Statement) -> String {
    let args: Vec<(&str, &str)> = statement.args.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let origin = match &statement.origin {
        Origin::File(file, line) => format!("{file}:{line}"),
        Origin::Default => words.text("explain-origin-default", &[]),
        Origin::Host => words.text("explain-origin-host", &[]),
        Origin::Always => words.text("explain-origin-always", &[]),
        Origin::Mode => words.text("explain-origin-mode", &[]),
        Origin::Switch => words.text("explain-origin-switch", &[]),
    };
    format!("{}  [{origin}]", words.text(&format!("explain-{}", statement.key), &args))
}
