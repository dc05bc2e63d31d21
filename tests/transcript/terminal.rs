//! A terminal with the person's shell: lines are typed, and a parser of screens says what is read.

use std::os::fd::{AsFd, OwnedFd};
use std::process::Command as Program;
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sched::CloneFlags;
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::waitpid;
use nix::unistd::{Pid, dup2_stderr, dup2_stdin, dup2_stdout, setsid};
use sep_run::sandbox::terminal;
use sep_run::sys::tty;
use sep_run::wire::WindowSize;

use crate::session::{Command, asks, trim};
use crate::support::clone3;

/// Rows and columns of the terminal as programs see it: as wide as a person would have it, and as long as the longest
/// answer.
const SIZE: (u16, u16) = (200, 120);
/// Columns of what reads it: a line that a program wrote stays one.
const READER: u16 = 2_000;
const PATIENCE: Duration = Duration::from_secs(30);
/// The prompt: status and number of jobs; no program says such a line.
const PROMPT: &str = "@$?@\\j@ ";

pub struct Terminal {
    master: OwnedFd,
    shell: Pid,
    screen: vt100::Parser,
}

impl Terminal {
    /// Starts the shell; `environment` is all that it has.
    pub fn new(environment: &[(&str, String)]) -> Self {
        let (rows, columns) = SIZE;
        let (master, slave) = terminal::open(WindowSize { rows: rows.into(), columns: columns.into() }).unwrap();
        let shell = clone3(CloneFlags::empty()).unwrap();
        if shell == 0 {
            setsid().unwrap();
            tty::make_controlling(&slave).unwrap();
            dup2_stdin(&slave).unwrap();
            dup2_stdout(&slave).unwrap();
            dup2_stderr(&slave).unwrap();
            let mut bash = Program::new("bash");
            bash.args(["--norc", "--noprofile", "--noediting", "-i"]).env_clear();
            bash.envs(environment.iter().map(|(name, value)| (name, value)));
            bash.env("PS1", PROMPT).env("HISTFILE", "/dev/null").env("TERM", "xterm");
            bash.current_dir(&environment.iter().find(|(name, _)| *name == "HOME").unwrap().1);
            let cause = std::os::unix::process::CommandExt::exec(&mut bash);
            panic!("{cause}");
        }
        let mut own = Self { master, shell: Pid::from_raw(shell), screen: empty() };
        own.until_prompt(&mut Command::default().answers());
        own
    }

    /// Types a command and its answers: what the terminal showed, the status, and how many jobs are left.
    pub fn run(&mut self, command: &Command) -> (Command, usize) {
        self.screen = empty();
        self.keys(&format!("{}\n", command.line));
        let (status, jobs) = self.until_prompt(&mut command.answers());
        let mut output = self.lines();
        assert!(output.pop().is_some_and(|line| line.starts_with('@')), "no new line before the prompt: {output:?}");
        assert_eq!(output.remove(0), command.line, "the terminal shows what is typed");
        // a shell's own words: of its jobs, and of a machine that has no data of the language
        output.retain(|line| !line.starts_with("[1]") && !line.starts_with("bash: warning: setlocale: "));
        trim(&mut output);
        let status = if status == 0 { String::new() } else { status.to_string() };
        (Command { line: command.line.clone(), output, status }, jobs)
    }

    /// The lines of the screen, as long as they were written.
    fn lines(&self) -> Vec<String> {
        self.screen.screen().contents().lines().map(|line| line.trim_end().to_owned()).collect()
    }

    /// Waits for the shell, and answers who asks before.
    fn until_prompt(&mut self, answers: &mut std::collections::VecDeque<String>) -> (i32, usize) {
        let deadline = Instant::now() + PATIENCE;
        let mut answered = None;
        loop {
            let last = self.lines().pop().unwrap_or_default();
            if let Some(prompt) = prompt(&last) {
                assert!(answers.is_empty(), "nobody asked for {answers:?}: {:#?}", self.lines());
                return prompt;
            }
            let (row, column) = self.screen.screen().cursor_position();
            if asks(&last) && column > columns(&last) && answered != Some(row) {
                let answer = answers.pop_front().unwrap_or_else(|| panic!("no answer to {last:?}"));
                self.keys(&format!("{answer}\n"));
                answered = Some(row);
            }
            self.hear(deadline);
        }
    }

    fn hear(&mut self, deadline: Instant) {
        let left = deadline.saturating_duration_since(Instant::now());
        assert!(!left.is_zero(), "no prompt; the terminal shows: {:#?}", self.lines());
        let mut watched = [PollFd::new(self.master.as_fd(), PollFlags::POLLIN)];
        if poll(&mut watched, PollTimeout::try_from(left).unwrap()).unwrap() > 0 {
            let mut piece = [0; 65_536];
            let len = nix::unistd::read(&self.master, &mut piece).unwrap();
            self.screen.process(&piece[..len]);
        }
    }

    fn keys(&mut self, text: &str) {
        let mut rest = text.as_bytes();
        while !rest.is_empty() {
            let len = nix::unistd::write(&self.master, rest).unwrap();
            rest = &rest[len..];
        }
    }
}

/// A screen with nothing on it yet.
fn empty() -> vt100::Parser {
    vt100::Parser::new(SIZE.0.try_into().unwrap(), READER.try_into().unwrap(), 0)
}

/// Columns of a line: what waits has its cursor a blank behind it.
fn columns(line: &str) -> u16 {
    unicode_width::UnicodeWidthStr::width(line).try_into().unwrap()
}

/// Status and jobs of a line that is the prompt and nothing else.
fn prompt(line: &str) -> Option<(i32, usize)> {
    let (status, jobs) = line.strip_prefix('@')?.strip_suffix('@')?.split_once('@')?;
    Some((status.parse().ok()?, jobs.parse().ok()?))
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = kill(self.shell, Signal::SIGHUP);
        let _ = kill(self.shell, Signal::SIGKILL);
        let _ = waitpid(self.shell, None);
    }
}
