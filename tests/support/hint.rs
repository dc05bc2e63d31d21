//! Hints as a person reads them: the printed line is compared with the catalogue and taken apart into its command.
#![allow(dead_code)]

use std::collections::BTreeMap;

use fluent_syntax::ast::{Entry, Expression, Pattern, PatternElement, VariantKey};
use fluent_syntax::parser;

const ENGLISH: &str = include_str!("../../src/cli/words/en.ftl");

/// Every hint of the catalogue: `code-root.hint`, or `code-no-tun.hint[mode]` for each form that it can take, with the
/// pieces of text that stand in it in this order. What is empty is no hint.
pub fn all() -> BTreeMap<String, Vec<String>> {
    let resource = parser::parse(ENGLISH).unwrap();
    let mut found = BTreeMap::new();
    for entry in &resource.body {
        let Entry::Message(message) = entry else { continue };
        for attribute in &message.attributes {
            forms(&format!("{}.{}", message.id.name, attribute.id.name), &attribute.value, &mut found);
        }
    }
    found.retain(|_, pieces| pieces.iter().any(|piece| !piece.trim().is_empty()) || pieces.len() > 1);
    found
}

fn forms(key: &str, pattern: &Pattern<&str>, to: &mut BTreeMap<String, Vec<String>>) {
    if let [PatternElement::Placeable { expression: Expression::Select { variants, .. } }] = &pattern.elements[..] {
        for variant in variants {
            let (VariantKey::Identifier { name } | VariantKey::NumberLiteral { value: name }) = &variant.key;
            to.insert(format!("{key}[{name}]"), pieces(&variant.value));
        }
        return;
    }
    to.insert(key.to_owned(), pieces(pattern));
}

/// The texts around what is filled in; a placeable that is a literal (`{""}`) is nothing.
fn pieces(pattern: &Pattern<&str>) -> Vec<String> {
    let mut pieces = vec![String::new()];
    for element in &pattern.elements {
        match element {
            PatternElement::TextElement { value } => pieces.last_mut().unwrap().push_str(value),
            PatternElement::Placeable {
                expression: Expression::Inline(fluent_syntax::ast::InlineExpression::StringLiteral { .. }),
            } => {}
            PatternElement::Placeable { .. } => pieces.push(String::new()),
        }
    }
    pieces
}

/// What follows `hint: ` in what was written to standard error, when it is the hint `key` of the catalogue. Words for
/// people before the command end in a colon and are left out.
#[track_caller]
pub fn hint(err: &str, key: &str) -> String {
    let line = err.lines().find_map(|line| line.strip_prefix("hint: "));
    command(line.unwrap_or_else(|| panic!("no hint in {err:?}")), key)
}

/// The same for the line that doctor says below a lack.
#[track_caller]
pub fn mend(table: &str, key: &str) -> String {
    let mut lines = table.lines().filter_map(|line| line.trim().strip_prefix("mend: "));
    let fits = |line: &&str| fits(line, &all()[key]);
    command(lines.find(fits).unwrap_or_else(|| panic!("no {key} in {table}")), key)
}

#[track_caller]
fn command(line: &str, key: &str) -> String {
    let all = all();
    let pieces = all.get(key).unwrap_or_else(|| panic!("the catalogue has no {key}"));
    assert!(fits(line, pieces), "{line:?} is not {key}, which is {pieces:?}");
    let words = pieces[0].rfind(": ").map_or(0, |at| at + 2);
    line[words..].to_owned()
}

fn fits(line: &str, pieces: &[String]) -> bool {
    let (first, rest) = pieces.split_first().unwrap();
    let Some(mut left) = line.strip_prefix(first.as_str()) else { return false };
    for piece in rest {
        let Some(at) = left.find(piece.as_str()) else { return false };
        left = &left[at + piece.len()..];
    }
    left.is_empty() || rest.last().is_some_and(String::is_empty)
}
