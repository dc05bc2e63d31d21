//! The words that the code uses in `cannot VERB 'OBJECT'`, collected from the sources: the Korean catalogue has each.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use sep_run::cli::words::{argument_names, in_words};
use sep_run::wire::Code;
use syn::visit::{self, Visit};
use syn::{Expr, ExprCall, ExprClosure, FnArg, ItemFn, Lit, Local, Pat};

/// Calls that make a failed system call's [`Failure`](sep_run::wire::Failure): name → where verb and object stand.
type Makers = BTreeMap<String, (Option<usize>, Option<usize>)>;

/// What was found in the sources.
#[derive(Default)]
pub struct Said {
    /// Verbs, each with a place where it is said.
    pub verbs: BTreeMap<String, String>,
    /// Objects that are literals.
    pub objects: BTreeMap<String, String>,
    /// Arguments of failures that are words of ours, and literals: reasons, kinds, peers.
    pub words: BTreeMap<String, String>,
    /// Verbs that are no literal, outside of a function that takes the verb from its caller.
    pub unknown: Vec<String>,
}

/// Looks through all sources of the package.
pub fn said() -> Said {
    let mut files = Vec::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
    let mut said = Said::default();
    for path in files {
        let file = syn::parse_file(&fs::read_to_string(&path).unwrap()).unwrap();
        let mut makers = Makers::from([("system".into(), (Some(1), Some(2))), ("because".into(), (Some(1), Some(2)))]);
        // a folder's own functions are called from the files below it as well
        let above = path.parent().unwrap().join("mod.rs");
        if above.exists() && above != path {
            Wrappers(&mut makers).visit_file(&syn::parse_file(&fs::read_to_string(above).unwrap()).unwrap());
        }
        Wrappers(&mut makers).visit_file(&file);
        Calls { path: path.display().to_string(), makers, inside: Vec::new(), said: &mut said }.visit_file(&file);
    }
    said
}

fn collect(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => collect(&path, into),
            false if path.extension().is_some_and(|e| e == "rs") && !path.ends_with("wire/failure.rs") => {
                into.push(path)
            }
            false => {}
        }
    }
}

fn name_of(pat: &Pat) -> String {
    match pat {
        Pat::Ident(ident) => ident.ident.to_string(),
        Pat::Type(typed) => name_of(&typed.pat),
        _ => String::new(),
    }
}

/// Functions and closures that hand a verb or an object on.
struct Wrappers<'a>(&'a mut Makers);

impl Wrappers<'_> {
    fn note(&mut self, name: String, params: &[String]) {
        let at = |names: &[&str]| params.iter().position(|p| names.contains(&p.as_str()));
        let (verb, object) = (at(&["verb"]), at(&["object", "what"]));
        if verb.is_some() {
            self.0.insert(name, (verb, object));
        }
    }
}

impl<'a> Visit<'a> for Wrappers<'_> {
    fn visit_item_fn(&mut self, item: &'a ItemFn) {
        let params = item.sig.inputs.iter().map(|arg| match arg {
            // a verb of sepctl is no text
            FnArg::Typed(typed) if name_of(&typed.pat) == "verb" && !matches!(*typed.ty, syn::Type::Reference(_)) => {
                "".into()
            }
            FnArg::Typed(typed) => name_of(&typed.pat),
            FnArg::Receiver(_) => "self".into(),
        });
        self.note(item.sig.ident.to_string(), &params.collect::<Vec<_>>());
        visit::visit_item_fn(self, item);
    }

    fn visit_local(&mut self, local: &'a Local) {
        if let Some(Expr::Closure(closure)) = local.init.as_ref().map(|init| &*init.expr) {
            self.note(name_of(&local.pat), &closure.inputs.iter().map(name_of).collect::<Vec<_>>());
        }
        visit::visit_local(self, local);
    }
}

/// The calls themselves.
struct Calls<'a> {
    path: String,
    makers: Makers,
    /// Names that are parameters here.
    inside: Vec<String>,
    said: &'a mut Said,
}

impl<'a> Visit<'a> for Calls<'_> {
    fn visit_item_mod(&mut self, item: &'a syn::ItemMod) {
        if item.ident != "tests" {
            visit::visit_item_mod(self, item);
        }
    }

    fn visit_item_fn(&mut self, item: &'a ItemFn) {
        let typed = item
            .sig
            .inputs
            .iter()
            .filter_map(|arg| if let FnArg::Typed(t) = arg { Some(name_of(&t.pat)) } else { None });
        let before = self.inside.len();
        self.inside.extend(typed);
        visit::visit_item_fn(self, item);
        self.inside.truncate(before);
    }

    fn visit_expr_closure(&mut self, closure: &'a ExprClosure) {
        let before = self.inside.len();
        self.inside.extend(closure.inputs.iter().map(name_of));
        visit::visit_expr_closure(self, closure);
        self.inside.truncate(before);
    }

    fn visit_expr_call(&mut self, call: &'a ExprCall) {
        visit::visit_expr_call(self, call);
        let Expr::Path(path) = &*call.func else { return };
        let segments: Vec<String> = path.path.segments.iter().map(|s| s.ident.to_string()).collect();
        let name = segments.last().unwrap();
        self.note_words(&segments, call);
        let of_failure = segments.len() == 1 || segments[0] == "Failure" || segments[0] == "super";
        let Some((verb, object)) = self.makers.get(name).filter(|_| of_failure).copied() else { return };
        match verb.and_then(|at| call.args.get(at)) {
            Some(Expr::Lit(lit)) if let Lit::Str(text) = &lit.lit => {
                self.said.verbs.insert(text.value(), self.path.clone());
            }
            Some(Expr::Path(path)) if path.path.get_ident().is_some_and(|i| i == "verb") => {}
            None => {}
            Some(_) => self.said.unknown.push(format!("{}: a verb of {name} is no literal", self.path)),
        }
        if let Some(Expr::Lit(lit)) = object.and_then(|at| call.args.get(at))
            && let Lit::Str(text) = &lit.lit
        {
            self.said.objects.insert(text.value(), self.path.clone());
        }
    }
}

/// Functions that put their literals into failures, in a file of this name.
const TELLERS: [(&str, &str); 9] = [
    ("differs", ""),
    ("not_enforced", ""),
    ("by", "broker/limits.rs"),
    ("by", "broker/cgroup.rs"),
    ("bad", "sandbox/session.rs"),
    ("judge", "sandbox/session.rs"),
    ("Refuse", "client/stdio.rs"),
    ("said_by", ""),
    ("take", "wire/socket.rs"),
];

impl Calls<'_> {
    /// The literals of a failure whose code has words of ours among its arguments, and those of who makes one.
    fn note_words(&mut self, segments: &[String], call: &ExprCall) {
        let name = segments.last().unwrap();
        let tells = |(teller, file): &(&str, &str)| teller == name && self.path.ends_with(file);
        if TELLERS.iter().any(tells) {
            call.args.iter().for_each(|arg| self.note_word(arg));
        }
        if !(segments.len() == 2 && segments[0] == "Failure" && name == "new") {
            return;
        }
        let (Some(Expr::Path(code)), Some(Expr::Reference(args))) = (call.args.get(1), call.args.get(2)) else {
            return;
        };
        let variant = code.path.segments.last().unwrap().ident.to_string();
        let Some(code) = Code::ALL.iter().find(|code| format!("{code:?}") == variant) else { return };
        let Expr::Array(args) = &*args.expr else { return };
        for (name, arg) in argument_names(*code).iter().zip(&args.elems) {
            if in_words(*code).contains(name) {
                self.note_word(arg);
            }
        }
    }

    fn note_word(&mut self, arg: &Expr) {
        if let Expr::Lit(lit) = arg
            && let Lit::Str(text) = &lit.lit
        {
            self.said.words.insert(text.value(), self.path.clone());
        }
    }
}

/// Words that come from elsewhere: places, constants and formatted text of ours, a library's.
pub const ELSEWHERE: [&str; 30] = [
    "the zone",
    "stdin",
    "stdout",
    "stderr",
    "keyring",
    "memory, processes, CPU",
    "nftables with nat and redirect (inet family)",
    "not all of it",
    "the scope lacks a limit",
    "the cgroup lacks a limit",
    "no controller",
    "no answer",
    "status",
    "signal",
    "not loaded",
    "not opened",
    "EOF while parsing a list",
    "EOF while parsing an object",
    "EOF while parsing a string",
    "EOF while parsing a value",
    "expected `:`",
    "expected `,` or `]`",
    "expected ident",
    "expected value",
    "invalid escape",
    "invalid number",
    "number out of range",
    "invalid unicode code point",
    "control character (\\u0000-\\u001F) found while parsing a string",
    "key must be a string",
];

/// The same of a library, rarer.
pub const RARE: [&str; 3] = ["lone leading surrogate in hex escape", "trailing comma", "unexpected end of hex escape"];

/// Words that are names of the kernel's or of programs and so the same in every language.
pub fn is_own_name(word: &str) -> bool {
    const NAMES: [&str; 9] =
        ["landlock", "securebits", "dumpable", "false", "/..", "FullyEnforced", "plot", "absent", "refused"];
    // these choose a sentence of their own, and the last is typed
    NAMES.contains(&word) || ["service", "hierarchy"].contains(&word) || word.starts_with("sudo ")
}

/// Objects that are names or paths and so the same in every language.
pub fn is_name(object: &str) -> bool {
    const NAMES: &[&str] =
        &["SIGCHLD", "SIGINT", "dumpable", "init", "lo", "netlink", "no_new_privs", "securebits", "sep-desktop"];
    object.starts_with('/') || NAMES.contains(&object)
}

/// The keys of a set of words.
pub fn keys(family: &str, words: &BTreeMap<String, String>) -> BTreeSet<String> {
    let sign = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    words.keys().map(|word| format!("{family}-{}", word.chars().map(sign).collect::<String>())).collect()
}
