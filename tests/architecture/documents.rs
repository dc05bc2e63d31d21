//! The rules about documents that repeat what code and tests say.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use syn::visit::Visit;

use crate::source::{Offence, Source, name, repository, walk};

/// A document from the top of the repository.
pub fn read(path: &str) -> String {
    fs::read_to_string(repository().join(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

/// Ids promised (`**zone-01**` in the document) and ids tested (`fn zone_01_…` with `#[test]`) are one set.
pub fn promises(path: &str, text: &str, tree: &[Source]) -> Vec<Offence> {
    let (promised, mut found) = promised(path, text);
    let mut tested = BTreeMap::new();
    for source in tree {
        let mut seen = Tests(BTreeMap::new());
        seen.visit_file(&source.file);
        tested.extend(seen.0.into_iter().map(|(id, line)| (id, (source.path.clone(), line))));
    }
    for (id, line) in promised.iter().filter(|(id, _)| !tested.contains_key(*id)) {
        let what = format!("{id} is promised, but no test is named {}_…", id.replace('-', "_"));
        found.push(Offence { path: path.to_owned(), line: *line, what });
    }
    for (id, (file, line)) in tested.iter().filter(|(id, _)| !promised.contains_key(*id)) {
        let what = format!("a test for {id}, which {path} does not promise");
        found.push(Offence { path: file.clone(), line: *line, what });
    }
    found
}

/// The ids of a document with their lines; an id given twice is an offence.
fn promised(path: &str, text: &str) -> (BTreeMap<String, usize>, Vec<Offence>) {
    let (mut ids, mut found) = (BTreeMap::new(), Vec::new());
    for (number, line) in text.lines().enumerate() {
        for id in line.split("**").skip(1).step_by(2).filter(|word| is_id(word, '-')) {
            if ids.insert(id.to_owned(), number + 1).is_some() {
                found.push(Offence { path: path.to_owned(), line: number + 1, what: format!("{id} is there twice") });
            }
        }
    }
    (ids, found)
}

/// `zone-01`: letters, the sign, two digits.
fn is_id(word: &str, sign: char) -> bool {
    word.split_once(sign).is_some_and(|(group, number)| {
        !group.is_empty()
            && group.chars().all(|c| c.is_ascii_lowercase())
            && number.len() == 2
            && number.chars().all(|c| c.is_ascii_digit())
    })
}

/// Promise ids of test functions, with their lines.
struct Tests(BTreeMap<String, usize>);

impl<'a> Visit<'a> for Tests {
    fn visit_item_fn(&mut self, item: &'a syn::ItemFn) {
        let name = item.sig.ident.to_string();
        let mut words = name.splitn(3, '_');
        let id = format!("{}-{}", words.next().unwrap_or(""), words.next().unwrap_or(""));
        if is_id(&id, '-') && item.attrs.iter().any(|a| a.path().is_ident("test")) {
            self.0.entry(id).or_insert(item.sig.ident.span().start().line);
        }
    }
}

/// Below a heading every stage stands once in backquotes or bold first, in the order of the code.
pub fn stages(path: &str, text: &str, heading: &str, order: &[&str]) -> Vec<Offence> {
    let offence = |line: usize, what: String| vec![Offence { path: path.to_owned(), line, what }];
    let Some(start) = text.lines().position(|line| line == heading) else {
        return offence(0, format!("no heading {heading:?}"));
    };
    let body = text.lines().enumerate().skip(start + 1).take_while(|(_, line)| !line.starts_with("## "));
    let mut named: Vec<(usize, &str)> = Vec::new();
    for (number, line) in body {
        for word in line.split('`').skip(1).step_by(2) {
            if order.contains(&word) && !named.iter().any(|(_, known)| *known == word) {
                named.push((number + 1, word));
            }
        }
    }
    for (at, stage) in order.iter().enumerate() {
        match named.get(at) {
            Some((_, word)) if word == stage => {}
            Some((line, word)) => return offence(*line, format!("`{word}` stands where `{stage}` belongs")),
            None => return offence(start + 1, format!("`{stage}` is missing")),
        }
    }
    Vec::new()
}

/// Every relative link of every Markdown file leads to a file of the repository.
pub fn links(top: &Path) -> Vec<Offence> {
    let mut paths = Vec::new();
    walk(top, &mut paths);
    let mut found = Vec::new();
    for path in paths.iter().filter(|p| p.extension().is_some_and(|e| e == "md")) {
        let text = fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let folder = path.parent().unwrap_or(top);
        found.extend(dead_links(&name(path), &text, &|link| folder.join(link).exists()));
    }
    found
}

/// The relative links of one text for which `exists` says no.
pub fn dead_links(path: &str, text: &str, exists: &dyn Fn(&str) -> bool) -> Vec<Offence> {
    let mut found = Vec::new();
    for (number, line) in text.lines().enumerate() {
        for part in line.split("](").skip(1) {
            let link = part.split(')').next().unwrap_or("").split('#').next().unwrap_or("");
            if !link.is_empty() && !link.contains(':') && !exists(link) {
                found.push(Offence { path: path.to_owned(), line: number + 1, what: format!("no file {link}") });
            }
        }
    }
    found
}
