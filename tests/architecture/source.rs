//! Source files as the rules see them: tokens with their lines, and the syntax tree, both without test code.

use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};

/// One source file.
pub struct Source {
    /// From the top of the repository: `src/wire/codec.rs`.
    pub path: String,
    /// As it was read.
    pub lines: Vec<String>,
    /// What is left without comments, documentation and test code.
    pub tokens: Vec<Token>,
    /// The syntax tree, test code included.
    pub file: syn::File,
}

/// A word, sign, literal or bracket.
#[derive(Debug, Clone)]
pub struct Token {
    pub text: String,
    pub line: usize,
    pub last_line: usize,
}

/// Something that a rule does not allow.
#[derive(Debug)]
pub struct Offence {
    pub path: String,
    pub line: usize,
    pub what: String,
}

impl fmt::Display for Offence {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "{}:{}: {}", self.path, self.line, self.what)
    }
}

impl Source {
    /// Takes a text apart; panics when it is not Rust, which the compiler says better.
    pub fn parse(path: &str, text: &str) -> Self {
        let lines: Vec<String> = text.lines().map(str::to_owned).collect();
        let stream: TokenStream = text.parse().unwrap_or_else(|e| panic!("{path}: {e}"));
        let file = syn::parse_file(text).unwrap_or_else(|e| panic!("{path}: {e}"));
        let mut tokens = Vec::new();
        if !is_test_file(path) {
            flatten(stream, &lines, &mut tokens);
        }
        Self { path: path.to_owned(), lines, tokens, file }
    }

    pub fn offence(&self, line: usize, what: impl Into<String>) -> Offence {
        Offence { path: self.path.clone(), line, what: what.into() }
    }

    /// Lines that hold something other than space, comment, documentation or test code.
    pub fn code_lines(&self) -> BTreeSet<usize> {
        self.tokens.iter().flat_map(|token| token.line..=token.last_line).collect()
    }

    /// The texts of the tokens from `at` on, as far as `N` reaches; "" past the end.
    pub fn ahead<const N: usize>(&self, at: usize) -> [&str; N] {
        std::array::from_fn(|i| self.tokens.get(at + i).map_or("", |token| token.text.as_str()))
    }

    /// The module path below the crate: `src/wire/codec.rs` is `[wire, codec]`, `src/wire/mod.rs` is `[wire]`.
    pub fn module(&self) -> Vec<&str> {
        let inner = self.path.trim_start_matches("src/").trim_end_matches(".rs");
        let inner = inner.trim_end_matches("/mod").trim_end_matches("/main");
        if inner == "lib" { Vec::new() } else { inner.split('/').collect() }
    }
}

/// Unit tests may stand in a file of their own beside the code: `tests.rs`, or `judge_tests.rs` for `judge.rs`.
fn is_test_file(path: &str) -> bool {
    path.starts_with("src/") && (path.ends_with("tests.rs") || path.contains("/tests/"))
}

/// Top of the repository.
pub fn repository() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every Rust file below a folder; the fuzz workspace is a project of its own.
pub fn sources(folder: &Path) -> Vec<Source> {
    let mut paths = Vec::new();
    walk(folder, &mut paths);
    paths.sort();
    paths
        .iter()
        .filter(|p| p.extension().is_some_and(|e| e == "rs"))
        .map(|p| Source::parse(&name(p), &text(p)))
        .collect()
}

/// Every file below a folder, build output and the fuzz workspace left out.
pub fn walk(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display())) {
        let path = entry.unwrap().path();
        let hidden = path.file_name().is_some_and(|n| n.to_string_lossy().starts_with('.'));
        if hidden || ["target", "dist", "fuzz"].iter().any(|skip| path.ends_with(skip)) {
            continue;
        }
        if path.is_dir() { walk(&path, into) } else { into.push(path) }
    }
}

fn text(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// A path as offences print it.
pub fn name(path: &Path) -> String {
    path.strip_prefix(repository()).unwrap_or(path).to_string_lossy().into_owned()
}

fn flatten(stream: TokenStream, lines: &[String], into: &mut Vec<Token>) {
    let trees: Vec<TokenTree> = stream.into_iter().collect();
    let mut at = 0;
    while at < trees.len() {
        if let Some(after) = attribute(&trees, at) {
            let TokenTree::Group(group) = &trees[after - 1] else { unreachable!("an attribute ends in a group") };
            if is_comment(trees[at].span(), lines) {
                at = after;
                continue;
            }
            if is_test(group) {
                at = item_end(&trees, after);
                continue;
            }
        }
        push(&trees[at], lines, into);
        at += 1;
    }
}

/// The index after an attribute that begins here (`#[..]`, `#![..]` or documentation).
fn attribute(trees: &[TokenTree], at: usize) -> Option<usize> {
    let sign = |i: usize, c: char| matches!(trees.get(i), Some(TokenTree::Punct(p)) if p.as_char() == c);
    if !sign(at, '#') {
        return None;
    }
    let group = if sign(at + 1, '!') { at + 2 } else { at + 1 };
    matches!(trees.get(group), Some(TokenTree::Group(g)) if g.delimiter() == Delimiter::Bracket).then_some(group + 1)
}

fn is_comment(span: Span, lines: &[String]) -> bool {
    let start = span.start();
    let rest: String = lines.get(start.line - 1).map_or(String::new(), |l| l.chars().skip(start.column).collect());
    rest.starts_with("//") || rest.starts_with("/*")
}

fn is_test(attribute: &Group) -> bool {
    let text: String = attribute.stream().to_string().split_whitespace().collect();
    text == "test" || text == "cfg(test)" || text.starts_with("cfg(all(test,")
}

/// The index after the item that begins here: past its body or its semicolon.
fn item_end(trees: &[TokenTree], mut at: usize) -> usize {
    while at < trees.len() {
        if let Some(after) = attribute(trees, at) {
            at = after;
            continue;
        }
        match &trees[at] {
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => return at + 1,
            TokenTree::Punct(sign) if sign.as_char() == ';' => return at + 1,
            _ => at += 1,
        }
    }
    at
}

fn push(tree: &TokenTree, lines: &[String], into: &mut Vec<Token>) {
    let TokenTree::Group(group) = tree else {
        into.push(token(tree.to_string(), tree.span()));
        return;
    };
    let (open, close) = match group.delimiter() {
        Delimiter::Parenthesis => ("(", ")"),
        Delimiter::Brace => ("{", "}"),
        Delimiter::Bracket => ("[", "]"),
        Delimiter::None => ("", ""),
    };
    into.push(token(open.to_owned(), group.span_open()));
    flatten(group.stream(), lines, into);
    into.push(token(close.to_owned(), group.span_close()));
}

fn token(text: String, span: Span) -> Token {
    Token { text, line: span.start().line, last_line: span.end().line }
}
