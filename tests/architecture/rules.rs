//! The rules about code.

use syn::spanned::Spanned;
use syn::visit::{self, Visit};

use crate::source::{Offence, Source};

/// Who stands above whom; a module imports from lower rows only.
const LEVELS: &[&[&str]] = &[
    &["bin"],
    &["cli"],
    &["client", "broker", "guard"],
    &["network", "sandbox", "desktop"],
    &["files"],
    &["policy", "wire", "audit"],
    &["sys"],
];

/// Neighbours that may be imported all the same, each for a reason: both speak in `wire::Failure`.
const SIDEWAYS: &[(&str, &str)] = &[("policy", "wire"), ("audit", "wire")];

/// Lower modules that are closed all the same: the broker and what runs inside a zone meet in `wire` and `policy`.
const CLOSED: &[(&str, &str)] = &[("broker", "sandbox")];

const MEDIAN_FUNCTION: usize = 10;
const LONGEST_FUNCTION: usize = 60;
const LONGEST_FILE: usize = 400;
const LONGEST_BINARY: usize = 10;

fn level(module: &str) -> Option<usize> {
    LEVELS.iter().position(|row| row.contains(&module))
}

/// Direction of imports.
pub fn imports(tree: &[Source]) -> Vec<Offence> {
    let mut found = Vec::new();
    for source in tree {
        let module = source.module();
        let Some(own) = module.first().copied() else {
            found.extend(map_only(source));
            continue;
        };
        if level(own).is_none() {
            found.push(source.offence(1, format!("module {own} has no place in the levels of this test")));
            continue;
        }
        for (line, to) in named_modules(source) {
            if !may_import(own, &to) {
                found.push(source.offence(line, format!("{own} must not import {to}")));
            }
        }
    }
    found
}

fn may_import(from: &str, to: &str) -> bool {
    let pair = (from, to);
    match (level(from), level(to)) {
        _ if from == to || SIDEWAYS.contains(&pair) => true,
        _ if CLOSED.contains(&pair) => false,
        (Some(above), Some(below)) => below > above,
        _ => true,
    }
}

/// The crate root is a map: modules, no code and no second name for anything.
fn map_only(source: &Source) -> Vec<Offence> {
    let items = source.file.items.iter().filter(|item| !matches!(item, syn::Item::Mod(m) if m.content.is_none()));
    items.map(|item| source.offence(item.span().start().line, "the crate root holds modules only")).collect()
}

/// Every top-level module that a file names by `crate::`, by the crate's name, or by climbing with `super::`.
fn named_modules(source: &Source) -> Vec<(usize, String)> {
    let depth = source.module().len();
    let mut found = Vec::new();
    for at in 0..source.tokens.len() {
        let after = match source.ahead::<3>(at) {
            ["crate" | "sep_run", ":", ":"] => at + 3,
            ["super", ":", ":"] if !is_path_part(source, at) => match climb(source, at) {
                (steps, after) if steps >= depth => after,
                _ => continue,
            },
            _ => continue,
        };
        found.extend(heads_of(source, after));
    }
    found.retain(|(_, name)| level(name).is_some());
    found
}

fn is_path_part(source: &Source, at: usize) -> bool {
    at >= 2 && source.tokens[at - 1].text == ":" && source.tokens[at - 2].text == ":"
}

fn climb(source: &Source, mut at: usize) -> (usize, usize) {
    let mut steps = 0;
    while source.ahead::<3>(at) == ["super", ":", ":"] {
        (steps, at) = (steps + 1, at + 3);
    }
    (steps, at)
}

/// The first word after a path's `::`, or of every branch when a `{` stands there.
fn heads_of(source: &Source, at: usize) -> Vec<(usize, String)> {
    let one = |i: usize| source.tokens.get(i).map(|t| (t.line, t.text.clone()));
    if source.ahead::<1>(at) != ["{"] {
        return one(at).into_iter().collect();
    }
    let (mut depth, mut found) = (0, Vec::new());
    for i in at..source.tokens.len() {
        match source.tokens[i].text.as_str() {
            "{" => depth += 1,
            "}" => depth -= 1,
            _ if depth == 1 && ["{", ","].contains(&source.tokens[i - 1].text.as_str()) => found.extend(one(i)),
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    found
}

/// `unsafe` only below src/sys, each with a SAFETY comment.
pub fn unsafe_code(tree: &[Source]) -> Vec<Offence> {
    let mut found = Vec::new();
    for source in tree {
        let in_sys = source.module().first() == Some(&"sys");
        for (at, token) in source.tokens.iter().enumerate().filter(|(_, t)| t.text == "unsafe") {
            if !in_sys {
                found.push(source.offence(token.line, "unsafe outside src/sys"));
            } else if ["{", "impl"].contains(&source.ahead::<2>(at)[1]) && !is_argued(source, token.line) {
                found.push(source.offence(token.line, "no `// SAFETY:` comment above it"));
            }
        }
    }
    found
}

/// A comment with `SAFETY:` whose last line stands at most three lines of code above, or right inside the block.
fn is_argued(source: &Source, line: usize) -> bool {
    let text = |l: usize| source.lines.get(l - 1).map_or("", |t| t.trim());
    let comment = |l: usize| text(l).starts_with("//");
    if comment(line + 1) && text(line + 1).contains("SAFETY:") || text(line).contains("// SAFETY:") {
        return true;
    }
    let Some(mut at) = (line.saturating_sub(3).max(1)..line).rev().find(|l| comment(*l)) else { return false };
    while at > 0 && comment(at) {
        if text(at).contains("SAFETY:") {
            return true;
        }
        at -= 1;
    }
    false
}

/// Nothing that ends the process in code that a user or a peer can reach.
pub fn panics(tree: &[Source]) -> Vec<Offence> {
    let calls = ["unwrap", "expect", "unwrap_err", "expect_err", "unwrap_unchecked"];
    let macros = ["panic", "todo", "unimplemented", "unreachable", "assert", "assert_eq", "assert_ne"];
    let mut found = Vec::new();
    for source in tree {
        for (at, token) in source.tokens.iter().enumerate() {
            let constant = source.lines[token.line - 1].trim_start().starts_with("const _");
            match source.ahead::<3>(at) {
                [".", call, "("] if calls.contains(&call) => {
                    found.push(source.offence(token.line, format!(".{call}() outside tests")));
                }
                [name, "!", "(" | "[" | "{"] if macros.contains(&name) && !constant => {
                    found.push(source.offence(token.line, format!("{name}! outside tests")));
                }
                ["mod", name, ";"] if name.ends_with("tests") => {
                    found.push(source.offence(token.line, format!("mod {name} without #[cfg(test)]")));
                }
                _ => {}
            }
        }
    }
    found
}

/// Words for the user are made in src/cli; everything else returns values.
pub fn speech(tree: &[Source]) -> Vec<Offence> {
    let spoken = ["println", "print", "eprintln", "eprint"];
    let mut found = Vec::new();
    for source in tree {
        let may_speak = source.module().first() == Some(&"cli");
        for (at, token) in source.tokens.iter().enumerate() {
            match source.ahead::<2>(at) {
                ["dbg", "!"] => found.push(source.offence(token.line, "dbg!")),
                [name, "!"] if spoken.contains(&name) && !may_speak => {
                    found.push(source.offence(token.line, format!("{name}! outside src/cli")));
                }
                _ => {}
            }
        }
    }
    found
}

/// Median and longest function, in code lines from `fn` to the closing brace.
pub fn functions(tree: &[Source]) -> Vec<Offence> {
    let (mut found, mut lengths) = (Vec::new(), Vec::new());
    for source in tree {
        let mut seen = Functions::default();
        seen.visit_file(&source.file);
        let code = source.code_lines();
        for (name, first, last) in seen.0 {
            let length = code.range(first..=last).count();
            if length > LONGEST_FUNCTION {
                found.push(source.offence(first, format!("{name} has {length} code lines, over {LONGEST_FUNCTION}")));
            }
            lengths.push(length);
        }
    }
    lengths.sort_unstable();
    let median = lengths.get(lengths.len() / 2).copied().unwrap_or(0);
    if median > MEDIAN_FUNCTION {
        let what = format!("the median function has {median} code lines, over {MEDIAN_FUNCTION}");
        found.push(Offence { path: "src".into(), line: 0, what });
    }
    found
}

/// Name, first and last line of every function outside tests.
#[derive(Default)]
struct Functions(Vec<(String, usize, usize)>);

impl Functions {
    fn add(&mut self, sig: &syn::Signature, body: &syn::Block) {
        let last = body.brace_token.span.close().end().line;
        self.0.push((sig.ident.to_string(), sig.fn_token.span.start().line, last));
    }
}

impl<'a> Visit<'a> for Functions {
    fn visit_item_mod(&mut self, item: &'a syn::ItemMod) {
        if !is_test(&item.attrs) {
            visit::visit_item_mod(self, item);
        }
    }

    fn visit_item_fn(&mut self, item: &'a syn::ItemFn) {
        if !is_test(&item.attrs) {
            self.add(&item.sig, &item.block);
            visit::visit_item_fn(self, item);
        }
    }

    fn visit_impl_item_fn(&mut self, item: &'a syn::ImplItemFn) {
        if !is_test(&item.attrs) {
            self.add(&item.sig, &item.block);
            visit::visit_impl_item_fn(self, item);
        }
    }

    fn visit_trait_item_fn(&mut self, item: &'a syn::TraitItemFn) {
        if let Some(body) = &item.default {
            self.add(&item.sig, body);
        }
        visit::visit_trait_item_fn(self, item);
    }
}

fn is_test(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|a| {
        a.path().is_ident("test")
            || matches!(&a.meta, syn::Meta::List(l) if a.path().is_ident("cfg") && {
                let text = l.tokens.to_string().replace(' ', "");
                text == "test" || text.starts_with("all(test,")
            })
    })
}

/// Longest file, tests not counted.
pub fn files(tree: &[Source]) -> Vec<Offence> {
    let long = |source: &Source| {
        let length = source.code_lines().len();
        (length > LONGEST_FILE).then(|| source.offence(1, format!("{length} code lines, over {LONGEST_FILE}")))
    };
    tree.iter().filter_map(long).collect()
}

/// A binary calls the library and does nothing else.
pub fn binaries(tree: &[Source]) -> Vec<Offence> {
    let long = |source: &&Source| source.code_lines().len() > LONGEST_BINARY;
    let binaries = tree.iter().filter(|source| source.module().first() == Some(&"bin"));
    binaries.filter(long).map(|s| s.offence(1, format!("a binary of more than {LONGEST_BINARY} lines"))).collect()
}

/// A `//!` paragraph at the head of each file.
pub fn heads(tree: &[Source]) -> Vec<Offence> {
    let bare = |source: &&Source| !source.lines.first().is_some_and(|line| line.starts_with("//!"));
    tree.iter().filter(bare).map(|source| source.offence(1, "no `//!` at its head")).collect()
}

/// Names that say nothing about the domain.
pub fn names(tree: &[Source]) -> Vec<Offence> {
    let empty = ["util", "utils", "common", "helper", "helpers", "manager", "misc", "tools", "stuff", "shared", "base"];
    let says_nothing = |source: &&Source| {
        let mut words = source.path.trim_end_matches(".rs").split(['/', '_', '-']);
        words.any(|word| empty.contains(&word))
    };
    tree.iter().filter(says_nothing).map(|s| s.offence(1, "a name that says nothing about the domain")).collect()
}

/// Documentation on every public item, field, variant and method.
pub fn documentation(tree: &[Source]) -> Vec<Offence> {
    let mut found = Vec::new();
    for source in tree {
        let mut seen = Undocumented::default();
        seen.visit_file(&source.file);
        found.extend(seen.0.into_iter().map(|(line, what)| source.offence(line, format!("{what} is not documented"))));
    }
    found
}

/// Line and name of what is public and has no documentation.
#[derive(Default)]
struct Undocumented(Vec<(usize, String)>);

impl Undocumented {
    fn check(&mut self, public: bool, attributes: &[syn::Attribute], name: &syn::Ident) {
        if public && !attributes.iter().any(|a| a.path().is_ident("doc")) {
            self.0.push((name.span().start().line, name.to_string()));
        }
    }

    fn fields(&mut self, fields: &syn::Fields, all: bool) {
        for field in fields {
            if let Some(name) = &field.ident {
                self.check(all || is_public(&field.vis), &field.attrs, name);
            }
        }
    }
}

fn is_public(vis: &syn::Visibility) -> bool {
    matches!(vis, syn::Visibility::Public(_))
}

impl<'a> Visit<'a> for Undocumented {
    fn visit_item(&mut self, item: &'a syn::Item) {
        match item {
            syn::Item::Mod(i) if is_test(&i.attrs) => return,
            syn::Item::Fn(i) => self.check(is_public(&i.vis), &i.attrs, &i.sig.ident),
            syn::Item::Const(i) => self.check(is_public(&i.vis), &i.attrs, &i.ident),
            syn::Item::Static(i) => self.check(is_public(&i.vis), &i.attrs, &i.ident),
            syn::Item::Type(i) => self.check(is_public(&i.vis), &i.attrs, &i.ident),
            syn::Item::Struct(i) => {
                self.check(is_public(&i.vis), &i.attrs, &i.ident);
                self.fields(&i.fields, false);
            }
            syn::Item::Enum(i) => {
                self.check(is_public(&i.vis), &i.attrs, &i.ident);
                for variant in i.variants.iter().filter(|_| is_public(&i.vis)) {
                    self.check(true, &variant.attrs, &variant.ident);
                    self.fields(&variant.fields, false);
                }
            }
            syn::Item::Trait(i) => {
                self.check(is_public(&i.vis), &i.attrs, &i.ident);
                for method in i.items.iter().filter(|_| is_public(&i.vis)) {
                    if let syn::TraitItem::Fn(f) = method {
                        self.check(true, &f.attrs, &f.sig.ident);
                    }
                }
            }
            _ => {}
        }
        visit::visit_item(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'a syn::ImplItemFn) {
        self.check(is_public(&item.vis), &item.attrs, &item.sig.ident);
    }
}
