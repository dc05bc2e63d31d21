//! Finds the files of a profile and lays them over each other, key by key.
//!
//! The order is built-in, /usr/share, /etc, the user's own; a later file only needs the keys it changes. Each file
//! is checked by itself, so that an error is found also in a key that a later file replaces.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::decode::Decoder;
use super::document::{MAX_FILE, Node, Place, Value};
use super::problem::{Problem, ProblemKind, nearest};
use super::profile::Profile;
use super::switches::Switches;
use super::values::Name;
use crate::wire::{Code, Failure, Stage};

/// The profiles in the binary: they are there when nothing is installed.
const BUILT_IN: [(&str, &str); 5] = [
    ("dev", include_str!("../../profiles/dev.json")),
    ("internet", include_str!("../../profiles/internet.json")),
    ("mail", include_str!("../../profiles/mail.json")),
    ("office", include_str!("../../profiles/office.json")),
    ("strict", include_str!("../../profiles/strict.json")),
];

/// The profile that a program's name without a profile most likely means.
const ORDINARY: &str = "internet";

/// Where profile files are looked for, beside the built-in ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Places {
    /// Folders in the order of reading: later ones win.
    pub folders: Vec<PathBuf>,
    /// Folders with programs, asked only to guess what a wrong profile name means.
    pub programs: Vec<PathBuf>,
}

impl Places {
    /// The places of the system: what a managed zone may be made of.
    pub fn system() -> Self {
        let folders = ["/usr/share/sep-run/profiles", "/etc/sep-run/profiles"];
        let programs = ["/usr/local/bin", "/usr/bin", "/bin", "/usr/games"];
        Self { folders: folders.map(PathBuf::from).into(), programs: programs.map(PathBuf::from).into() }
    }

    /// No files at all: what is built in.
    pub fn built_in() -> Self {
        Self { folders: Vec::new(), programs: Vec::new() }
    }

    /// The places of the system and, over them, the user's own below `config` ($XDG_CONFIG_HOME).
    pub fn personal(config: &Path) -> Self {
        let mut places = Self::system();
        places.folders.push(config.join("sep-run/profiles"));
        places
    }

    /// The names of all profiles there are, sorted.
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = BUILT_IN.iter().map(|(name, _)| (*name).to_owned()).collect();
        for entry in self.folders.iter().flat_map(|f| f.read_dir()).flatten().flatten() {
            let name = entry.file_name().to_string_lossy().strip_suffix(".json").map(str::to_owned);
            names.extend(name.filter(|n| Name::new(n).is_ok()));
        }
        names.sort();
        names.dedup();
        names
    }
}

/// Where a value of a merged profile comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A file's name and line.
    File(String, u32),
    /// No file says it: the strictest value there is.
    Default,
    /// A fact of the PC or of its user.
    Host,
    /// The same in every zone.
    Always,
    /// So in every zone of personal mode.
    Mode,
    /// The command line.
    Switch,
}

/// A profile made of all its files.
#[derive(Debug, Clone, PartialEq)]
pub struct Merged {
    /// Its name.
    pub name: String,
    /// What it says.
    pub profile: Profile,
    /// The files in the order of reading, as they are shown.
    pub files: Vec<String>,
    /// What the command line adds.
    pub switches: Switches,
    tree: Node,
}

/// A value that a later file changes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Difference {
    /// Its dotted path.
    pub path: String,
    /// What it is otherwise; `None` where nothing says it.
    pub before: Option<serde_json::Value>,
    /// What it is.
    pub value: serde_json::Value,
    /// The file that says so.
    pub file: String,
    /// The line there.
    pub line: u32,
}

impl Merged {
    /// What it is for, in Korean or in English, in the other language where it says it in one only, else its name.
    pub fn description(&self, korean: bool) -> String {
        let description = &self.profile.description;
        let (first, second) = (description.ko.as_ref(), description.en.as_ref());
        let line = if korean { first.or(second) } else { second.or(first) };
        line.map_or_else(|| self.name.clone(), |line| line.as_str().to_owned())
    }

    /// Where the value at a dotted path (`network.card`) comes from.
    pub fn origin(&self, path: &str) -> Origin {
        if self.switches.decide(path) {
            return Origin::Switch;
        }
        let Some(entry) = self.tree.entry(path) else { return Origin::Default };
        Origin::File(self.file(entry.node.place).to_owned(), entry.node.place.line)
    }

    /// The same for a key, which may hold dots, of the object at a dotted path.
    pub fn origin_of_key(&self, path: &str, key: &str) -> Origin {
        match self.tree.entry(path).and_then(|object| object.node.key(key)) {
            Some(entry) => Origin::File(self.file(entry.node.place).to_owned(), entry.node.place.line),
            None => Origin::Default,
        }
    }

    /// All of its files as one.
    pub fn to_json(&self) -> serde_json::Value {
        (&self.tree).into()
    }

    /// Where it says something else than another one, by dotted paths in the order of the keys.
    pub fn differences(&self, other: &Self) -> Vec<Difference> {
        let mut found = Vec::new();
        self.differ(&self.tree, Some(&other.tree), "", &mut found);
        found
    }

    fn differ(&self, node: &Node, other: Option<&Node>, path: &str, found: &mut Vec<Difference>) {
        match &node.value {
            Value::Object(entries) => {
                for entry in entries {
                    let path = format!("{path}.{}", entry.key);
                    let other = other.and_then(|other| other.key(&entry.key)).map(|entry| &entry.node);
                    self.differ(&entry.node, other, path.trim_start_matches('.'), found);
                }
            }
            _ => {
                let (value, before) = (serde_json::Value::from(node), other.map(serde_json::Value::from));
                if before.as_ref() != Some(&value) {
                    let file = self.file(node.place).to_owned();
                    found.push(Difference { path: path.to_owned(), before, value, file, line: node.place.line });
                }
            }
        }
    }

    /// A failure about the value at a dotted path, with its file, line and column.
    pub fn failure(&self, path: &str, problem: Problem) -> Failure {
        let place = self.tree.entry(path).map_or(self.tree.place, |e| e.node.place);
        let problem = problem.at(place);
        problem.failure(self.file(problem.place.unwrap_or(place)))
    }

    fn file(&self, place: Place) -> &str {
        self.files.get(place.file).map_or("?", String::as_str)
    }
}

/// Reads every file of a profile. Errors: `NoProfile` with a suggestion; `BadProfile` with file, line and column;
/// `System` when a file is there and can not be read.
pub fn load(name: &str, places: &Places) -> Result<Merged, Failure> {
    let known = Name::new(name).map_err(|_| unknown(name, places))?;
    let built_in = BUILT_IN.iter().find(|(built_in, _)| *built_in == name);
    let mut files: Vec<(String, Vec<u8>)> =
        built_in.into_iter().map(|(_, text)| (format!("built-in:{name}.json"), text.as_bytes().to_vec())).collect();
    for folder in &places.folders {
        let path = folder.join(format!("{name}.json"));
        files.extend(read(&path)?.map(|bytes| (path.display().to_string(), bytes)));
    }
    match files.is_empty() {
        true => Err(unknown(name, places)),
        false => merge(&known, &files),
    }
}

/// A profile of files that have been read: the name that each is shown by, and its bytes, later ones over earlier.
/// [`load`] without a disk, for whoever brings bytes. Error: `BadProfile` with file, line and column.
pub fn merge(name: &Name, files: &[(String, Vec<u8>)]) -> Result<Merged, Failure> {
    let (profile, switches) = Default::default();
    let mut merged = Merged { name: name.to_string(), profile, files: Vec::new(), switches, tree: Node::empty() };
    for (shown, bytes) in files {
        merged.lay(shown.clone(), bytes, name)?;
    }
    match merged.files.len() {
        0 | 1 => Ok(merged),
        // every layer was right by itself, so the whole is: a value is taken from one layer or another
        _ => match Profile::deserialize(Decoder(&merged.tree)) {
            Ok(profile) => Ok(Merged { profile, ..merged }),
            Err(problem) => Err(problem.failure(merged.file(problem.place.unwrap_or(merged.tree.place)))),
        },
    }
}

/// Checks one file by itself, as `sepctl profile check` does. The name it must have is the file's.
pub fn check_file(path: &Path) -> Result<(), Failure> {
    let shown = path.display().to_string();
    let missing = || Failure::system(Stage::Resolve, "read", &shown, std::io::Error::from_raw_os_error(libc::ENOENT));
    let bytes = read(path)?.ok_or_else(missing)?;
    let stem = path.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
    let name = Name::new(&stem)
        .map_err(|_| Problem::new(ProblemKind::BadValue).word(&stem).expecting("name").failure(&shown))?;
    parse(&bytes, 0, &name).map(|_| ()).map_err(|problem| problem.failure(&shown))
}

impl Merged {
    fn lay(&mut self, file: String, bytes: &[u8], name: &Name) -> Result<(), Failure> {
        let (tree, profile) = parse(bytes, self.files.len(), name).map_err(|problem| problem.failure(&file))?;
        self.files.push(file);
        self.profile = profile;
        if self.files.len() == 1 {
            self.tree = tree
        } else {
            self.tree.overlay(tree)
        }
        Ok(())
    }
}

fn parse(bytes: &[u8], file: usize, name: &Name) -> Result<(Node, Profile), Problem> {
    let tree = Node::parse(bytes, file)?;
    let profile = Profile::deserialize(Decoder(&tree))?;
    match &profile.name {
        Some(own) if own != name => {
            let problem = Problem::new(ProblemKind::WrongName).word(own.as_str()).expecting(name.as_str());
            Err(problem.at(tree.entry("name").map_or(tree.place, |e| e.node.place)))
        }
        _ => Ok((tree, profile)),
    }
}

/// A file's bytes, at most one more than allowed; `None` when it is not there. A pipe in its place does not block.
fn read(path: &Path) -> Result<Option<Vec<u8>>, Failure> {
    let failed = |e: std::io::Error| Failure::system(Stage::Resolve, "read", path.display(), e);
    let file = match OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK).open(path) {
        Ok(file) => file,
        Err(e) if matches!(e.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Ok(None),
        Err(e) => return Err(failed(e)),
    };
    let mut bytes = Vec::new();
    file.take(MAX_FILE as u64 + 1).read_to_end(&mut bytes).map_err(failed)?;
    Ok(Some(bytes))
}

/// What a wrong name may mean: a profile that is spelt nearly so, or a program whose profile was left out.
fn unknown(name: &str, places: &Places) -> Failure {
    let names = places.names();
    let is_alias = || load(ORDINARY, places).is_ok_and(|m| m.profile.programs.keys().any(|p| p.as_str() == name));
    let is_program = || !name.contains('/') && places.programs.iter().any(|folder| folder.join(name).is_file());
    let suggestion = match nearest(name, names.iter().map(String::as_str)) {
        Some(near) => near.to_owned(),
        None if name != ORDINARY && (is_alias() || is_program()) => format!("{ORDINARY} {name}"),
        None => String::new(),
    };
    Failure::new(Stage::Resolve, Code::NoProfile, &[name, &suggestion, &names.join(", ")])
}
