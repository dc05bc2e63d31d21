//! The checker is checked: for each rule a planted offence that it must find, at its line, and a lawful twin.

use crate::source::{Offence, Source};
use crate::{documents, rules};

type Rule = fn(&[Source]) -> Vec<Offence>;

/// The lines at which a rule finds something in one small file.
fn lines(rule: Rule, path: &str, text: &str) -> Vec<usize> {
    rule(&[Source::parse(path, text)]).iter().map(|offence| offence.line).collect()
}

fn found(rule: Rule, path: &str, text: &str, line: usize) {
    assert_eq!(lines(rule, path, text), [line], "in {path}:\n{text}");
}

fn lawful(rule: Rule, path: &str, text: &str) {
    assert_eq!(lines(rule, path, text), [0; 0], "in {path}:\n{text}");
}

#[test]
fn an_import_upwards_is_found() {
    let rule = rules::imports;
    found(rule, "src/wire/codec.rs", "\nuse crate::broker::serve;", 2);
    found(rule, "src/wire/codec.rs", "use crate::{\n    sys::fd,\n    sandbox::init,\n};", 3);
    found(rule, "src/wire/codec.rs", "fn f() { crate::network::relay::run() }", 1);
    found(rule, "src/wire/codec.rs", "use super::super::cli::words;", 1);
    found(rule, "src/wire/mod.rs", "use super::cli::words;", 1);
    found(rule, "src/network/relay.rs", "use crate::desktop::display;", 1);
    found(rule, "src/broker/isolate.rs", "use crate::sandbox::init;", 1);
    found(rule, "src/wire/codec.rs", "macro_rules! m { () => { $crate::cli::f() } }", 1);
    found(rule, "src/odd/mod.rs", "fn f() {}", 1);
    found(rule, "src/lib.rs", "pub mod wire;\npub use wire::Failure;", 2);
    lawful(rule, "src/lib.rs", "//! The map.\n#![deny(unsafe_code)]\npub mod wire;");
    lawful(rule, "src/broker/isolate.rs", "use crate::{network::nic, policy::Plan, sys, wire::{Failure, Stage}};");
    lawful(rule, "src/policy/plan.rs", "use crate::wire::Failure;\nuse super::sandbox_rules;");
    lawful(rule, "src/bin/sep-run.rs", "fn main() { sep_run::cli::main() }");
    lawful(rule, "src/wire/codec.rs", "#[cfg(test)]\nmod tests { use crate::cli::words; }");
    lawful(rule, "src/wire/codec.rs", "/// As [`crate::cli::words`] does.\nfn f() {} // crate::cli::x");
}

#[test]
fn unsafe_out_of_place_or_without_reason_is_found() {
    let rule = rules::unsafe_code;
    found(rule, "src/wire/codec.rs", "fn f() {\n    // SAFETY: none\n    unsafe { g() }\n}", 3);
    found(rule, "src/wire/codec.rs", "macro_rules! m { () => { unsafe { g() } } }", 1);
    found(rule, "src/sys/fd.rs", "fn f() {\n    unsafe { g() }\n}", 2);
    found(rule, "src/sys/fd.rs", "fn f() {\n    // it is fine\n    unsafe { g() }\n}", 3);
    let twin =
        "fn f() {\n    // SAFETY: integers only,\n    // and more words\n    let done =\n        unsafe { g() };\n}";
    lawful(rule, "src/sys/fd.rs", twin);
    lawful(rule, "src/wire/codec.rs", "#![allow(unsafe_code)]\n// unsafe\nfn f() -> &'static str { \"unsafe { }\" }");
}

#[test]
fn what_ends_the_process_is_found() {
    let rule = rules::panics;
    for call in ["x.unwrap()", "x.expect(\"y\")", "panic!(\"x\")", "todo!()", "unreachable!()", "assert!(true)"] {
        found(rule, "src/cli/mod.rs", &format!("fn f() {{\n    {call};\n}}"), 2);
        lawful(rule, "src/cli/mod.rs", &format!("#[cfg(test)]\nmod tests {{\n#[test]\nfn f() {{ {call}; }} }}"));
        lawful(rule, "src/cli/mod.rs", &format!("/// `{call}`\n// {call}\nfn f() {{}}"));
    }
    found(rule, "src/cli/mod.rs", "macro_rules! m { ($x:expr) => { $x.unwrap() } }", 1);
    found(rule, "src/cli/mod.rs", "mod tests;", 1);
    found(rule, "src/cli/mod.rs", "#[path = \"words_tests.rs\"]\nmod tests;", 2);
    lawful(rule, "src/cli/words_tests.rs", "fn f() { x.unwrap() }");
    found(rule, "src/cli/mod.rs", "#[cfg(not(test))]\nmod real { fn f() { todo!() } }", 2);
    lawful(rule, "src/cli/mod.rs", "#[cfg(test)]\nmod tests;\nconst _: () = assert!(size_of::<u8>() == 1);");
    lawful(rule, "src/cli/mod.rs", "#[expect(dead_code)]\nfn f() { x.unwrap_or(0); x.unwrap_or_default(); }");
}

#[test]
fn words_in_the_wrong_place_are_found() {
    let rule = rules::speech;
    found(rule, "src/broker/serve.rs", "fn f() { eprintln!(\"x\") }", 1);
    found(rule, "src/cli/mod.rs", "fn f() { dbg!(1); }", 1);
    lawful(rule, "src/cli/mod.rs", "fn f() { println!(\"x\"); eprint!(\"x\") }");
}

#[test]
fn length_is_counted_in_code_lines() {
    let body = |lines: usize| format!("fn f() {{\n{}}}\n", "    g();\n".repeat(lines));
    let path = "src/cli/mod.rs";
    assert_eq!(rules::functions(&[Source::parse(path, &body(59))]).len(), 2, "61 lines: too long, and the median");
    let short = "fn g() {}\n".repeat(3);
    found(rules::functions, path, &(short.clone() + &body(59)), 4);
    lawful(rules::functions, path, &(short + &body(58)));
    lawful(rules::functions, path, &format!("fn f() {{\n{}}}", "    // why\n\n    /* so */\n".repeat(50)));
    lawful(rules::functions, path, &format!("#[cfg(test)]\nmod tests {{ {} }}", body(90)));
    lawful(rules::functions, path, &("#[test]\n".to_owned() + &body(90)));
    found(rules::files, path, &"fn f() {}\n".repeat(401), 1);
    let tail = "/// words\n#[cfg(test)]\nmod tests { fn g() {} }\n";
    lawful(rules::files, path, &("fn f() {}\n".repeat(400) + tail));
    found(rules::binaries, "src/bin/sepd.rs", &"fn f() {}\n".repeat(11), 1);
    lawful(rules::binaries, "src/bin/sepd.rs", "//! The broker.\nfn main() {\n    sep_run::cli::main()\n}");
}

#[test]
fn what_is_not_documented_is_found() {
    let rule = rules::documentation;
    let path = "src/cli/mod.rs";
    found(rule, path, "pub fn f() {}", 1);
    found(rule, path, "/// S.\npub struct S {\n    pub field: u8,\n}", 3);
    found(rule, path, "/// E.\npub enum E {\n    /// A.\n    A,\n    B,\n}", 5);
    found(rule, path, "/// S.\npub struct S;\nimpl S {\n    pub fn f() {}\n}", 4);
    found(rule, path, "/// T.\npub trait T {\n    fn f();\n}", 3);
    let twin =
        "/// S.\npub struct S { field: u8 }\nimpl S {\n    /// F.\n    pub fn f() {}\n    fn g() {}\n}\nfn h() {}";
    lawful(rule, path, twin);
    lawful(rule, path, "#[cfg(test)]\nmod tests { pub fn f() {} }");
    found(rules::heads, path, "/// F.\nuse std::fs;", 1);
    lawful(rules::heads, path, "//! What it is.\nuse std::fs;");
    found(rules::names, "src/cli/string_utils.rs", "", 1);
    found(rules::names, "src/common/mod.rs", "", 1);
    lawful(rules::names, "src/cli/catalogue.rs", "");
}

#[test]
fn a_promise_without_test_and_a_test_without_promise_are_found() {
    let test = Source::parse("tests/zone.rs", "\n#[test]\nfn zone_02_holds() {}\nfn zone_03_no_test() {}");
    let found = documents::promises("d", "* **zone-01** It holds.\n* **Other** words\n", std::slice::from_ref(&test));
    let list: Vec<String> = found.iter().map(ToString::to_string).collect();
    assert_eq!(list.len(), 2, "{list:?}");
    assert!(list[0].starts_with("d:1: zone-01 is promised"), "{list:?}");
    assert!(list[1].starts_with("tests/zone.rs:3: a test for zone-02"), "{list:?}");
    assert!(documents::promises("d", "* **zone-02** It holds.", &[test]).is_empty());
    assert_eq!(documents::promises("d", "**zone-02** a\n**zone-02** b", &[]).len(), 2, "twice, and without test");
}

#[test]
fn a_wrong_order_of_stages_is_found() {
    let order = ["parse", "ask", "run"];
    let line = |text: &str| documents::stages("d", text, "## Stages", &order).first().map(|offence| offence.line);
    assert_eq!(line("## Stages\n1. `parse`\n2. `run`\n3. `ask`\n"), Some(3));
    assert_eq!(line("## Stages\n1. `parse`\n2. `ask`\n## More\n3. `run`\n"), Some(1), "one is missing");
    assert_eq!(line("1. `parse`, `ask`, `run`"), Some(0), "no heading");
    assert_eq!(line("`run`\n## Stages\n`parse`, then `ask` after `parse`,\n`other`, `run`\n"), None);
}

#[test]
fn a_dead_link_is_found() {
    let text = "see [a](docs/a.md), [b](https://example.org/b)\nand [c](c.md#part) and [d](#part)";
    let dead = documents::dead_links("d", text, &|link| link == "docs/a.md");
    assert_eq!(dead.iter().map(ToString::to_string).collect::<Vec<_>>(), ["d:2: no file c.md"]);
}
