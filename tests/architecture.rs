//! The structure of the code, held by a test: direction of imports, where `unsafe` may stand, what may end the
//! process, lengths, documentation, names, and documents that repeat what the code says.
//!
//! Each rule prints every offender as `file:line: what`. The last tests plant an offence for each rule and see it
//! found, and see its lawful twin pass.

#[path = "architecture/documents.rs"]
mod documents;
#[path = "architecture/planted.rs"]
mod planted;
#[path = "architecture/rules.rs"]
mod rules;
#[path = "architecture/source.rs"]
mod source;

use source::{Offence, Source, repository, sources};

/// Reads the tree, applies one rule and fails with the whole list of offenders.
fn hold(rule: fn(&[Source]) -> Vec<Offence>) {
    let read = sources(&repository().join("src"));
    assert!(read.len() > 5, "only {} source files were found", read.len());
    report(rule(&read));
}

fn report(offences: Vec<Offence>) {
    let list: Vec<String> = offences.iter().map(ToString::to_string).collect();
    assert!(list.is_empty(), "{} offences:\n{}", list.len(), list.join("\n"));
}

#[test]
fn imports_point_downwards() {
    hold(rules::imports);
}

#[test]
fn unsafe_stands_in_sys_and_says_why_it_holds() {
    hold(rules::unsafe_code);
}

#[test]
fn nothing_ends_the_process_by_a_panic() {
    hold(rules::panics);
}

#[test]
fn only_the_client_speaks() {
    hold(rules::speech);
}

#[test]
fn functions_are_short() {
    hold(rules::functions);
}

#[test]
fn files_are_short() {
    hold(rules::files);
}

#[test]
fn binaries_only_call_the_library() {
    hold(rules::binaries);
}

#[test]
fn every_public_item_is_documented() {
    hold(rules::documentation);
}

#[test]
fn every_file_says_what_it_is_responsible_for() {
    hold(rules::heads);
}

#[test]
fn files_are_nouns_of_the_domain() {
    hold(rules::names);
}

#[test]
fn every_promise_has_a_test_and_every_test_id_a_promise() {
    let text = documents::read("docs/security.md");
    let mut code = sources(&repository().join("tests"));
    code.extend(sources(&repository().join("src")));
    report(documents::promises("docs/security.md", &text, &code));
}

#[test]
fn documents_name_the_stages_in_the_order_of_the_code() {
    let order: Vec<&str> = sep_run::wire::Stage::ALL.iter().map(|stage| stage.name()).collect();
    for (path, heading) in
        [("docs/architecture.md", "## Stages"), ("README.md", "## How it works"), ("README.ko.md", "## 동작 방식")]
    {
        report(documents::stages(path, &documents::read(path), heading, &order));
    }
}

#[test]
fn documents_link_to_files_that_exist() {
    report(documents::links(&repository()));
}
