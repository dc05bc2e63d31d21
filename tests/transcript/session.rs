//! The file of a session: comments, commands, and what each of them said.

use std::collections::VecDeque;
use std::fs;
use std::path::PathBuf;

/// A session as it stands in a file.
pub struct Session {
    path: PathBuf,
    pub parts: Vec<Part>,
}

/// A piece of a session, in the order of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// `# words` for who reads it.
    Comment(String),
    /// `$ command` and what came of it.
    Command(Command),
    /// An empty line between comments.
    Gap,
}

/// A line that was typed, and all that the terminal showed until the next prompt.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Command {
    pub line: String,
    pub output: Vec<String>,
    /// Its exit status, in the file as `[exit 3]`; empty where it is 0.
    pub status: String,
}

impl Session {
    /// The session in a file of `docs/`.
    pub fn read(name: &str) -> Self {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs").join(name);
        let mut parts: Vec<Part> = Vec::new();
        for line in fs::read_to_string(&path).unwrap().lines() {
            match (line.split_once(' '), parts.last_mut()) {
                (Some(("#", words)), _) => parts.push(Part::Comment(words.to_owned())),
                (Some(("$", typed)), _) => {
                    parts.push(Part::Command(Command { line: typed.to_owned(), ..Command::default() }));
                }
                (_, Some(Part::Command(command))) => command.heard(line),
                _ => {
                    assert_eq!(line, "", "{name}: what is this before a command?");
                    parts.push(Part::Gap);
                }
            }
        }
        for part in &mut parts {
            if let Part::Command(command) = part {
                trim(&mut command.output);
            }
        }
        Self { path, parts }
    }

    /// Writes it back.
    pub fn write(&self) {
        fs::write(&self.path, self.to_string()).unwrap();
    }
}

impl std::fmt::Display for Session {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut before = None;
        for part in &self.parts {
            match part {
                Part::Comment(words) => {
                    let begins = matches!(before, Some(Part::Command(_)));
                    writeln!(to, "{}# {words}", if begins { "\n" } else { "" })?;
                }
                Part::Command(command) => write!(to, "{command}")?,
                Part::Gap => writeln!(to)?,
            }
            before = Some(part.clone());
        }
        Ok(())
    }
}

impl Command {
    fn heard(&mut self, line: &str) {
        match line.strip_prefix("[exit ").and_then(|rest| rest.strip_suffix(']')) {
            Some(status) => status.clone_into(&mut self.status),
            None => self.output.push(line.to_owned()),
        }
    }

    /// What the person types while the command runs: the answers to its questions, and the lines to a shell in a zone.
    pub fn answers(&self) -> VecDeque<String> {
        let answer = |line: &String| ["[y/N] ", ":~$ "].iter().find_map(|ask| Some(line.split_once(ask)?.1.to_owned()));
        self.output.iter().filter_map(answer).collect()
    }
}

/// Whether a program that wrote this waits for a line.
pub fn asks(line: &str) -> bool {
    [" [y/N]", ":~$"].iter().any(|ask| line.trim_end().ends_with(ask))
}

impl std::fmt::Display for Command {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(to, "$ {}", self.line)?;
        self.output.iter().try_for_each(|line| writeln!(to, "{line}"))?;
        if !self.status.is_empty() { writeln!(to, "[exit {}]", self.status) } else { Ok(()) }
    }
}

/// Without empty lines at the end: the one before a comment is the file's.
pub fn trim(lines: &mut Vec<String>) {
    while lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
}
