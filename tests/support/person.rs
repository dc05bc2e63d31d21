//! A person at a PC, for tests of the real programs: folders of their own, commands with a time limit whose output
//! goes to files, and a look at what is left behind.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::fs::{self, DirBuilder, File};
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill, killpg};
use nix::sys::stat::{Mode, umask};
use nix::unistd::{Pid, geteuid};

use super::program;

/// The longest that one command of a test may take.
pub const LIMIT: Duration = Duration::from_secs(30);

/// Within this time nothing of an ended zone is left.
pub const SOON: Duration = Duration::from_secs(2);

/// A home, a runtime folder and settings of their own; what is left running when a test ends is a failure of it.
pub struct Person {
    /// The folder with everything of this person.
    pub top: PathBuf,
    before: BTreeSet<i32>,
    /// Variables beside the usual ones.
    pub env: Vec<(OsString, OsString)>,
}

/// A command that ended by itself.
#[derive(Debug)]
pub struct Ended {
    /// Its exit status, or 128 and the number of the signal that ended it.
    pub status: i32,
    /// What it wrote to standard output.
    pub out: Vec<u8>,
    /// What it wrote to standard error.
    pub err: String,
}

impl Ended {
    /// Standard output as text, without the last line's end.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.out).trim_end().to_owned()
    }

    /// The text of a command that must have succeeded.
    #[track_caller]
    pub fn good(self) -> String {
        assert_eq!(self.status, 0, "it failed: {self:?}");
        self.text()
    }

    /// Asserts one error of ours: its status, and one line (with at most one hint below) that holds `words`.
    #[track_caller]
    pub fn refused(&self, status: i32, words: &str) {
        let lines: Vec<&str> = self.err.lines().collect();
        assert_eq!(self.status, status, "{self:?}");
        assert!(
            lines.first().is_some_and(|l| l.starts_with("sep-run: ") && l.contains(words)),
            "{words:?} in {self:?}"
        );
        assert!(lines.len() == 1 || lines.len() == 2 && lines[1].starts_with("hint: "), "one error: {self:?}");
    }
}

/// A command that runs beside the test; ended with it.
pub struct Running {
    child: Child,
    out: PathBuf,
    err: PathBuf,
}

impl Running {
    /// Number of the process.
    pub fn pid(&self) -> Pid {
        Pid::from_raw(self.child.id() as i32)
    }

    /// What it wrote so far.
    pub fn said(&self) -> String {
        fs::read(&self.out).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
    }

    /// What it wrote to standard error so far.
    pub fn complained(&self) -> String {
        fs::read(&self.err).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
    }

    /// Waits until its output holds some text.
    #[track_caller]
    pub fn until_said(&self, text: &str) -> String {
        let err = || fs::read_to_string(&self.err).unwrap_or_default();
        wait_for(LIMIT, || self.said().contains(text), || format!("{text:?} in {:?}, {:?}", self.said(), err()));
        self.said()
    }

    /// Whether it has ended.
    pub fn is_over(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    /// Waits for its end.
    #[track_caller]
    pub fn end(self) -> Ended {
        self.end_within(LIMIT)
    }

    /// Waits for its end, for as long as a browser may take.
    #[track_caller]
    pub fn end_within(mut self, limit: Duration) -> Ended {
        let (begin, mut over) = (Instant::now(), None);
        while over.is_none() && begin.elapsed() < limit {
            over = self.child.try_wait().unwrap();
            std::thread::sleep(Duration::from_millis(2));
        }
        let out = fs::read(&self.out).unwrap_or_default();
        let err = String::from_utf8_lossy(&fs::read(&self.err).unwrap_or_default()).into_owned();
        let Some(over) = over else { panic!("no end within {limit:?}: {:?}, {err:?}", String::from_utf8_lossy(&out)) };
        let status = over.code().unwrap_or_else(|| 128 + over.signal().unwrap());
        Ended { status, out, err }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if self.is_over() {
            return;
        }
        // a program without a terminal outlives its client, so it is asked to end first
        let begin = Instant::now();
        let _ = kill(self.pid(), Signal::SIGTERM);
        while self.child.try_wait().is_ok_and(|over| over.is_none()) && begin.elapsed() < SOON {
            std::thread::sleep(Duration::from_millis(2));
        }
        if self.child.try_wait().is_ok_and(|over| over.is_none()) {
            let _ = killpg(self.pid(), Signal::SIGKILL);
            let _ = self.child.wait();
        }
    }
}

static COUNT: AtomicU32 = AtomicU32::new(0);

fn next() -> u32 {
    COUNT.fetch_add(1, Ordering::Relaxed)
}

impl Person {
    /// Somebody new, who has never run anything.
    pub fn new() -> Self {
        let top = std::env::temp_dir().join(format!("p{}-{}", std::process::id(), next()));
        // folders that a test makes beforehand are as on most PCs; another umask is a test of its own
        umask(Mode::from_bits_truncate(0o022));
        for folder in ["home", "run", "config/sep-run/profiles", "data", "state", "out"] {
            DirBuilder::new().recursive(true).mode(0o700).create(top.join(folder)).unwrap();
        }
        Self { top, before: processes().into_iter().map(|p| p.pid).collect(), env: Vec::new() }
    }

    /// A profile file of this person's own; it is laid over a built-in one of that name.
    pub fn profile(&self, name: &str, json: &str) {
        fs::write(self.top.join("config/sep-run/profiles").join(format!("{name}.json")), json).unwrap();
    }

    /// The zone's home on the PC.
    pub fn home_of(&self, zone: &str) -> PathBuf {
        self.top.join("data/sep-run").join(zone).join("home")
    }

    /// The folder with the socket of a zone.
    pub fn runtime_of(&self, zone: &str) -> PathBuf {
        self.top.join("run/sep-run").join(zone)
    }

    /// A program of the PC as this person starts it: own environment, own process group, nothing to read.
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command.env_clear().process_group(0).stdin(Stdio::null()).current_dir(self.top.join("home"));
        command.envs([("PATH", "/usr/local/bin:/usr/bin:/bin"), ("LANG", "C.UTF-8"), ("TERM", "xterm")]);
        for (name, folder) in [
            ("HOME", "home"),
            ("XDG_RUNTIME_DIR", "run"),
            ("XDG_CONFIG_HOME", "config"),
            ("XDG_DATA_HOME", "data"),
            ("XDG_STATE_HOME", "state"),
        ] {
            command.env(name, self.top.join(folder));
        }
        command.envs(self.env.iter().map(|(name, value)| (name, value)));
        command
    }

    /// `sep-run PROFILE -- ARGV…`, not started yet.
    pub fn sep_run<S: AsRef<OsStr>>(&self, profile: &str, argv: impl IntoIterator<Item = S>) -> Command {
        let mut command = self.command(program("sep-run"));
        command.args([profile, "--"]).args(argv);
        command
    }

    /// `sepctl WORDS…`, not started yet.
    pub fn sepctl<S: AsRef<OsStr>>(&self, words: impl IntoIterator<Item = S>) -> Command {
        let mut command = self.command(program("sepctl"));
        command.args(words);
        command
    }

    /// Starts a command with its output going to files.
    pub fn start(&self, mut command: Command) -> Running {
        let number = next();
        let file = |kind: &str| self.top.join("out").join(format!("{number}.{kind}"));
        let (out, err) = (file("out"), file("err"));
        let open = |path: &Path| File::create(path).unwrap();
        command.stdout(open(&out)).stderr(open(&err));
        Running { child: command.spawn().unwrap(), out, err }
    }

    /// Runs a command to its end.
    #[track_caller]
    pub fn run(&self, command: Command) -> Ended {
        self.start(command).end()
    }

    /// Runs a shell script in a zone.
    #[track_caller]
    pub fn inside(&self, profile: &str, script: &str) -> Ended {
        self.run(self.sep_run(profile, ["sh", "-c", script]))
    }

    /// Runs the same script on the PC.
    #[track_caller]
    pub fn outside(&self, script: &str) -> Ended {
        let mut command = self.command("/bin/sh");
        command.args(["-c", script]);
        self.run(command)
    }

    /// Starts a shell script in a zone and leaves it running.
    pub fn start_inside(&self, profile: &str, script: &str) -> Running {
        self.start(self.sep_run(profile, ["sh", "-c", script]))
    }

    /// Processes of ours and of zones that were not there before this person.
    pub fn left(&self) -> Vec<Process> {
        processes().into_iter().filter(|p| p.is_ours && !self.before.contains(&p.pid)).collect()
    }

    /// Waits until no process is left, for as long as programs with many of them may take to end.
    #[track_caller]
    pub fn settle(&self) {
        wait_for(LIMIT, || self.left().is_empty(), || format!("left: {:?}", self.left()));
    }

    /// Waits until no process is left and no zone listens any more.
    #[track_caller]
    pub fn nothing_is_left(&self) {
        let listening = || {
            let zones = fs::read_dir(self.top.join("run/sep-run")).into_iter().flatten().flatten();
            zones.map(|zone| zone.path().join("init.sock")).filter(|socket| listens(socket)).collect::<Vec<_>>()
        };
        let what = || format!("left: {:?}, listening: {:?}", self.left(), listening());
        wait_for(SOON, || self.left().is_empty() && listening().is_empty(), what);
    }
}

impl Drop for Person {
    fn drop(&mut self) {
        let failed = std::thread::panicking();
        if !failed {
            self.nothing_is_left();
        }
        for process in self.left() {
            let _ = kill(Pid::from_raw(process.pid), Signal::SIGKILL);
        }
        let _ = fs::remove_dir_all(&self.top);
    }
}

/// Where the runtime folder is of a user of this PC who has no `XDG_RUNTIME_DIR`: below the one that a login made, if there
/// is one.
pub fn unnamed_runtime() -> PathBuf {
    let user = geteuid();
    let login = PathBuf::from(format!("/run/user/{user}"));
    match login.metadata() {
        Ok(folder) if folder.uid() == user.as_raw() => login.join("sep-run"),
        _ => format!("/tmp/sep-run-{user}").into(),
    }
}

/// Whether somebody takes connections at a path.
pub fn listens(path: &Path) -> bool {
    use nix::sys::socket::{AddressFamily, SockFlag, SockType, UnixAddr, connect, socket};
    use std::os::fd::AsRawFd;
    let fd = socket(AddressFamily::Unix, SockType::SeqPacket, SockFlag::SOCK_CLOEXEC, None).unwrap();
    connect(fd.as_raw_fd(), &UnixAddr::new(path).unwrap()).is_ok()
}

/// Waits for something that comes by itself.
#[track_caller]
pub fn wait_for(limit: Duration, mut done: impl FnMut() -> bool, what: impl Fn() -> String) {
    let begin = Instant::now();
    while !done() {
        assert!(begin.elapsed() < limit, "not within {limit:?}: {}", what());
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// One process of this user.
#[derive(Debug, Clone)]
pub struct Process {
    /// Its number on the PC.
    pub pid: i32,
    /// Its number in its own namespace; the same on the PC.
    pub inner: i32,
    /// Its parent.
    pub parent: i32,
    /// Its name.
    pub name: String,
    /// It is one of sep-run's, or lives in a process namespace below this one.
    pub is_ours: bool,
}

/// Every process of this user that still runs (no zombies).
pub fn processes() -> Vec<Process> {
    let numbers = fs::read_dir("/proc").unwrap().flatten();
    numbers.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).filter_map(process).collect()
}

fn process(pid: i32) -> Option<Process> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let field = |name: &str| {
        let line = status.lines().find_map(|l| l.strip_prefix(name)?.strip_prefix(':'))?;
        Some(line.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    };
    let owner: u32 = field("Uid")?.first()?.parse().ok()?;
    let (name, depth) = (field("Name")?.join(" "), field("NSpid")?);
    if owner != geteuid().as_raw() || field("State")?.first()? == "Z" {
        return None;
    }
    let own = fs::read_to_string("/proc/self/status").ok()?;
    let own_depth = own.lines().find(|l| l.starts_with("NSpid:"))?.split_whitespace().count() - 1;
    let is_ours = name.starts_with("sep-") || depth.len() > own_depth;
    let parent = field("PPid")?.first()?.parse().ok()?;
    Some(Process { pid, inner: depth.last()?.parse().ok()?, parent, name, is_ours })
}
