//! The client's half of a run with a real terminal: a shell on a pty of the test's own runs the client beside host
//! programs, as a user would, and a parser of screens (`vt100`) reads what the user would see.
//!
//! There is no zone yet: a forked stand-in for init runs `sandbox::terminal` on the PC's own devpts. Client and
//! stand-in are this test program itself, started by the name `zone` ([`stand_in`]).

mod support;

use std::fs;
use std::io::{Read, Write};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::path::PathBuf;
use std::process::{Command, Stdio as Place};
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sched::CloneFlags;
use nix::sys::signal::{Signal, kill, killpg};
use nix::sys::wait::waitpid;
use nix::unistd::{Pid, dup2_stderr, dup2_stdin, dup2_stdout, setsid, tcgetpgrp};
use sep_run::client::{
    attach::{Ended, attach},
    stdio::prepare,
};
use sep_run::sandbox::terminal;
use sep_run::sys::{fd::close_all_but, tty};
use sep_run::wire::{Connection, Failure, FromInit, Launch, Stdio, ToInit, WindowSize};
use support::{clone3, fork_wait, needs};

const PATIENCE: Duration = Duration::from_secs(20);

// ---------------------------------------------------------------------------------------------------------------
// the client and the stand-in for init

/// Makes this program the client when it is started as `zone`: before `main`, because a test runs beside another
/// thread, and the client has none.
#[used]
#[unsafe(link_section = ".init_array")]
static STAND_IN: extern "C" fn() = stand_in;

extern "C" fn stand_in() {
    let mut words = std::env::args_os();
    if !words.next().is_some_and(|name| PathBuf::from(name).ends_with("zone")) {
        return;
    }
    // as the Rust runtime does before `main`
    let ignored = nix::sys::signal::SigHandler::SigIgn;
    // SAFETY: ignoring runs no code.
    unsafe { nix::sys::signal::signal(Signal::SIGPIPE, ignored) }.unwrap();
    while let Ok(null) = fs::File::options().read(true).write(true).open("/dev/null") {
        if null.as_raw_fd() > 2 {
            break;
        }
        std::mem::forget(null);
    }
    let status = client(words.collect()).unwrap_or_else(|failure| {
        let text = format!("zone: {}: {} {:?}\n", failure.stage.name(), failure.code.name(), failure.args);
        let _ = nix::unistd::write(std::io::stderr(), text.as_bytes());
        failure.exit_status()
    });
    sep_run::sys::process::exit(status.into());
}

fn client(argv: Vec<std::ffi::OsString>) -> Result<u8, Failure> {
    let mut prepared = prepare()?;
    let (here, there) = Connection::pair().unwrap();
    if clone3(CloneFlags::empty()).unwrap() == 0 {
        drop(here);
        sep_run::sys::process::exit(init(there));
    }
    drop(there);
    let launch = Launch { argv, env: vec![], stdio: prepared.stdio, window: prepared.window, plan: vec![] };
    let fds: Vec<_> = prepared.fds.iter().map(AsFd::as_fd).collect();
    here.send(&ToInit::Launch(launch).encode().unwrap(), &fds).unwrap();
    attach(here, &mut prepared, "internet", None, &mut |_| ()).map(Ended::status)
}

/// Keeps nothing of the client's but the connection, and does what init's child for one launch does.
fn init(connection: Connection) -> i32 {
    close_all_but(&[connection.as_fd().as_raw_fd()]).unwrap();
    let null = || fs::OpenOptions::new().read(true).write(true).open("/dev/null").unwrap();
    let _places = [null(), null(), null()];
    let received = connection.receive().unwrap().unwrap();
    let ToInit::Launch(launch) = ToInit::decode(&received.bytes).unwrap() else { return 1 };
    if let Ok(kind) = std::env::var("SEP_HOSTILE") {
        hostile(&kind, &connection);
        return 0;
    }
    let slave = if launch.stdio.contains(&Stdio::Pty) {
        Some(terminal::accept(&connection, launch.window).unwrap())
    } else {
        connection.send(&FromInit::Accepted.encode().unwrap(), &[]).unwrap();
        None
    };
    let mut fds = received.fds.into_iter();
    let passed = launch.stdio.map(|place| (place == Stdio::Passed).then(|| fds.next().unwrap()));
    terminal::supervise(&connection, slave, |terminal| {
        let end = |at: usize| -> OwnedFd {
            match (&launch.stdio[at], &passed[at], terminal) {
                (Stdio::Pty, _, Some(terminal)) => terminal.try_clone_to_owned().unwrap(),
                (_, Some(fd), _) => fd.try_clone().unwrap(),
                _ => null().into(),
            }
        };
        dup2_stdin(end(0)).unwrap();
        dup2_stdout(end(1)).unwrap();
        dup2_stderr(end(2)).unwrap();
        execute(&launch.argv)
    })
    .unwrap();
    0
}

fn execute(argv: &[std::ffi::OsString]) -> i32 {
    use std::os::unix::ffi::OsStrExt;
    let words: Vec<_> = argv.iter().map(|w| std::ffi::CString::new(w.as_bytes()).unwrap()).collect();
    match nix::unistd::execvp(&words[0], &words) {
        Err(nix::errno::Errno::ENOENT) => 127,
        _ => 126,
    }
}

/// A zone that does not keep to the protocol.
fn hostile(kind: &str, connection: &Connection) {
    let say = |message: FromInit| connection.send(&message.encode().unwrap(), &[]);
    let accept_with = |fds: &[&dyn AsFd]| {
        let fds: Vec<_> = fds.iter().map(|fd| fd.as_fd()).collect();
        connection.send(&FromInit::Accepted.encode().unwrap(), &fds).unwrap();
    };
    let (master, slave) = terminal::open(WindowSize { rows: 24, columns: 80 }).unwrap();
    match kind {
        "file" => accept_with(&[&fs::File::open("/etc/passwd").unwrap()]),
        "device" => accept_with(&[&fs::File::open("/dev/zero").unwrap()]),
        "slave" => accept_with(&[&slave]),
        "two" => accept_with(&[&master, &master]),
        "none" => accept_with(&[]),
        "refuse" => {
            let args = ["\x1b]52;c;eA==\x07prog\x1b[6n"];
            let failure = Failure::new(sep_run::wire::Stage::Run, sep_run::wire::Code::NotFound, &args);
            say(FromInit::Failed(failure)).unwrap();
        }
        "garbage" => (accept_with(&[&master]), connection.send(b"\x01\x00garbage", &[]).unwrap()).1,
        "other" => (accept_with(&[&master]), connection.send(b"\x02\x00B", &[]).unwrap()).1,
        "status" => (accept_with(&[&master]), say(FromInit::Exited(300)).unwrap()).1,
        "again" => (accept_with(&[&master]), accept_with(&[&master])).1,
        "leaves" => return accept_with(&[&master]),
        // it ends rightly, and sends a descriptor that nobody asked for beside that
        "gift" => {
            accept_with(&[&master]);
            let bytes = FromInit::Exited(9).encode().unwrap();
            connection.send(&bytes, &[fs::File::open("/etc/passwd").unwrap().as_fd()]).unwrap();
        }
        // the program is over, and something in the zone writes for ever
        "flood" => {
            accept_with(&[&master]);
            drop(master);
            nix::unistd::write(&slave, &b"flood ".repeat(100)).unwrap();
            if clone3(CloneFlags::empty()).unwrap() == 0 {
                while nix::unistd::write(&slave, b"flood ").is_ok() {}
                sep_run::sys::process::exit(0);
            }
            say(FromInit::Exited(0)).unwrap();
        }
        other => panic!("{other}"),
    }
    while let Ok(Some(_)) = connection.receive() {}
}

// ---------------------------------------------------------------------------------------------------------------
// the user: a shell on a terminal

/// A folder of one test's own, with the program `zone` in it.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static NEXT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
        let number = NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("sep-run-terminal-{}-{number}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        std::os::unix::fs::symlink(std::env::current_exe().unwrap(), path.join("zone")).unwrap();
        Self(path)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    fn search_path(&self) -> String {
        format!("{}:/usr/local/bin:/usr/bin:/bin", self.0.display())
    }

    /// The client without a terminal.
    fn zone(&self, argv: &[&str]) -> Command {
        let mut command = Command::new(self.file("zone"));
        command.args(argv);
        command
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A user's shell and what its terminal shows.
struct User {
    folder: Folder,
    master: Option<OwnedFd>,
    shell: Pid,
    screen: vt100::Parser,
    /// Everything that the terminal was told.
    told: Vec<u8>,
    commands: u32,
}

const ROWS: u16 = 40;
const COLUMNS: u16 = 100;

impl User {
    fn new() -> Self {
        let folder = Folder::new();
        let (master, slave) = terminal::open(WindowSize { rows: ROWS.into(), columns: COLUMNS.into() }).unwrap();
        let shell = clone3(CloneFlags::empty()).unwrap();
        if shell == 0 {
            setsid().unwrap();
            tty::make_controlling(&slave).unwrap();
            dup2_stdin(&slave).unwrap();
            dup2_stdout(&slave).unwrap();
            dup2_stderr(&slave).unwrap();
            let mut bash = Command::new("bash");
            bash.args(["--norc", "--noprofile", "-i"]).env("PATH", folder.search_path()).env("PS1", "$ ");
            bash.env("TERM", "xterm-256color").env("LC_ALL", "C.UTF-8").env_remove("PROMPT_COMMAND");
            bash.env("HISTFILE", "/dev/null").env("LESS", "").current_dir(&folder.0);
            let cause = std::os::unix::process::CommandExt::exec(&mut bash);
            panic!("{cause}");
        }
        let screen = vt100::Parser::new(ROWS.try_into().unwrap(), COLUMNS.try_into().unwrap(), 0);
        let shell = Pid::from_raw(shell);
        let mut user = Self { folder, master: Some(master), shell, screen, told: vec![], commands: 0 };
        user.see("$ ");
        // the status on a line of its own
        user.keys("mark() { local status=$?; echo; echo $status$1; }\r");
        user
    }

    fn terminal(&self) -> &OwnedFd {
        self.master.as_ref().unwrap()
    }

    fn keys(&mut self, text: &str) {
        let mut rest = text.as_bytes();
        while !rest.is_empty() {
            let len = nix::unistd::write(self.terminal(), rest).unwrap();
            rest = &rest[len..];
        }
    }

    fn contents(&self) -> String {
        self.screen.screen().contents()
    }

    /// Waits until the screen is as wanted.
    fn until(&mut self, what: &str, wanted: impl Fn(&str) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !wanted(&self.contents()) {
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "{what:?} did not come; on the screen is:\n{}", self.contents());
            let master = self.master.as_ref().unwrap();
            let mut watched = [PollFd::new(master.as_fd(), PollFlags::POLLIN)];
            if poll(&mut watched, PollTimeout::try_from(left).unwrap()).unwrap() > 0 {
                let mut piece = [0; 65_536];
                let len = nix::unistd::read(master, &mut piece).unwrap();
                self.screen.process(&piece[..len]);
                self.told.extend_from_slice(&piece[..len]);
            }
        }
    }

    fn see(&mut self, text: &str) {
        self.until(text, |screen| screen.contains(text));
    }

    /// A line of its own, so that the command that was typed is not taken for its output.
    fn see_line(&mut self, line: &str) {
        self.until(line, |screen| screen.lines().any(|l| l.trim_end() == line));
    }

    /// Types a command; what it printed and its exit status.
    fn run(&mut self, command: &str) -> (String, i32) {
        self.commands += 1;
        let mark = format!("-{}-end", self.commands);
        self.keys(&format!("clear; {command}; mark {mark}\r"));
        self.end_of(&mark)
    }

    fn end_of(&mut self, mark: &str) -> (String, i32) {
        let status = |line: &str| line.trim_end().strip_suffix(mark).and_then(|n| n.parse::<i32>().ok());
        self.until(mark, |screen| screen.lines().any(|l| status(l).is_some()) && screen.trim_end().ends_with('$'));
        let screen = self.contents();
        let lines: Vec<&str> = screen.lines().collect();
        let at = lines.iter().position(|l| status(l).is_some()).unwrap();
        (lines[..at].join("\n").trim_end().to_owned(), status(lines[at]).unwrap())
    }

    /// Waits for the shell: what is typed while a program of the zone has the terminal is the program's.
    fn prompt(&mut self) {
        self.until("the prompt", |screen| screen.trim_end().lines().last().is_some_and(|l| l.trim_end() == "$"));
    }

    /// Brings the stopped job back, and waits until it has the terminal: keys before that are the shell's.
    fn bring_back(&mut self, job: &str, mark: &str) {
        self.keys(&format!("clear; fg; mark {mark}\r"));
        self.until("fg", |screen| screen.lines().next().is_some_and(|l| l.starts_with(job)));
        let deadline = Instant::now() + PATIENCE;
        while self.foreground() == self.shell {
            assert!(Instant::now() < deadline, "the job did not get the terminal");
            std::thread::yield_now();
        }
    }

    /// The group that has the terminal: the client's, when it runs in the foreground.
    fn foreground(&self) -> Pid {
        tcgetpgrp(self.terminal()).unwrap()
    }

    fn assert_sane(&mut self) {
        let (modes, _) = self.run("stty -a");
        for mode in [" icanon", " echo ", " isig", " opost", " icrnl"] {
            assert!(modes.replace('\n', " ").contains(mode), "{mode} is off:\n{modes}");
        }
    }
}

impl Drop for User {
    fn drop(&mut self) {
        self.master = None;
        let _ = kill(self.shell, Signal::SIGKILL);
        let _ = waitpid(self.shell, None);
    }
}

// ---------------------------------------------------------------------------------------------------------------
// a terminal of its own

#[test]
fn the_program_has_another_terminal_than_the_user() {
    let mut user = User::new();
    let (own, _) = user.run("tty");
    let (zone, status) = user.run("zone tty");
    assert!(zone.contains("/dev/pts/") && own != zone && status == 0, "{own} {zone}");
    let (reached, _) = user.run("zone sh -c 'echo through /dev/tty >/dev/tty'");
    assert!(reached.contains("through /dev/tty"));
    let (modes, _) = user.run("stty erase ^H; zone stty -a; stty erase ^?");
    assert!(modes.contains("erase = ^H") && modes.contains("iutf8"), "the user's own modes travel:\n{modes}");
    user.assert_sane();
}

#[test]
fn exit_statuses_are_the_programs_own() {
    let mut user = User::new();
    for (command, expected) in [
        ("zone true", 0),
        ("zone sh -c 'exit 7'", 7),
        ("zone sh -c 'exit 255'", 255),
        ("zone sh -c 'kill -TERM $$'", 143),
        ("zone sh -c 'kill -KILL $$'", 137),
        ("zone no-such-program", 127),
        ("zone /etc/passwd", 126),
        ("zone sh -c 'exit 7' </dev/null >/dev/null 2>&1", 7),
        ("zone sh -c 'kill -TERM $$' </dev/null >/dev/null 2>&1", 143),
    ] {
        assert_eq!(user.run(command).1, expected, "{command}");
    }
}

#[test]
fn a_full_screen_editor_works() {
    if !needs(&["vim"]) {
        return;
    }
    let mut user = User::new();
    user.keys("clear; zone vim -u NONE -i NONE -n text\r");
    user.see("[New File]");
    user.keys("i한글 and 🙂\x1b");
    user.see("한글 and");
    user.keys(":set ruler\r\x1a");
    user.see("Stopped");
    user.assert_sane();
    user.keys("clear; fg\r");
    user.see("한글 and 🙂");
    user.until("the whole screen", |screen| screen.lines().filter(|l| l.trim_end() == "~").count() > 30);
    user.keys(":wq\r");
    user.prompt();
    let (_, status) = user.run("true");
    assert_eq!(status, 0);
    assert_eq!(fs::read_to_string(user.folder.file("text")).unwrap(), "한글 and 🙂\n");
    assert!(!user.screen.screen().alternate_screen());
    user.assert_sane();
}

#[test]
fn a_pager_works_and_reads_keys_though_its_input_is_a_pipe() {
    if !needs(&["less"]) {
        return;
    }
    let mut user = User::new();
    user.keys("clear; seq 1 500 | zone less; mark -less-end\r");
    user.see("39");
    user.keys("G");
    user.see("500");
    user.keys("q");
    assert_eq!(user.end_of("-less-end").1, 0);
    fs::write(user.folder.file("long"), "line\n".repeat(100) + "the last\n").unwrap();
    user.keys("clear; zone less long; mark -file-end\r");
    user.see("long");
    user.keys("G");
    user.see("the last");
    user.keys("q");
    assert_eq!(user.end_of("-file-end").1, 0);
    user.assert_sane();
}

#[test]
fn resizing_reaches_the_program() {
    let mut user = User::new();
    assert!(user.run("zone stty size").0.contains("40 100"));
    user.keys("clear; zone sh -c 'trap \"stty size\" WINCH; echo ready; until test -e go; do sleep 0.02; done'\r");
    user.see_line("ready");
    tty::set_window(user.terminal(), 30, 90).unwrap();
    user.see_line("30 90");
    fs::write(user.folder.file("go"), "").unwrap();
    user.prompt();
    assert!(user.run("zone stty size").0.contains("30 90"));
}

// ---------------------------------------------------------------------------------------------------------------
// job control

#[test]
fn keys_interrupt_the_program() {
    let mut user = User::new();
    user.keys("clear; zone sh -c 'echo ready; exec sleep 1000'; mark -int-end\r");
    user.see_line("ready");
    user.keys("\x03");
    assert_eq!(user.end_of("-int-end").1, 130);
    user.keys("clear; zone sh -c 'echo once more; exec sleep 1000'; mark -quit-end\r");
    user.see_line("once more");
    user.keys("\x1c");
    assert_eq!(user.end_of("-quit-end").1, 131);
    user.assert_sane();
}

#[test]
fn the_job_stops_and_comes_back() {
    let mut user = User::new();
    user.keys("clear; zone sh -c 'echo ready; exec cat'\r");
    user.see_line("ready");
    user.keys("one\r\x1a");
    user.see("Stopped");
    user.assert_sane();
    user.bring_back("zone sh -c", "-fg-end");
    user.keys("two\r");
    user.until("two, typed and repeated", |screen| screen.lines().filter(|l| l.trim_end() == "two").count() >= 2);
    user.keys("\x04");
    assert_eq!(user.end_of("-fg-end").1, 0);
    user.assert_sane();
}

#[test]
fn in_the_background_it_runs_until_it_wants_the_terminal() {
    let mut user = User::new();
    user.keys("clear; zone sh -c 'echo fi''rst; read x; echo got $x' &\r");
    user.see("first");
    let (jobs, _) = user.run("until jobs | grep -q Stopped; do :; done; jobs");
    assert!(jobs.contains("Stopped"), "{jobs}");
    user.assert_sane();
    user.bring_back("zone sh -c", "-bg-end");
    user.keys("it\r");
    user.see_line("got it");
    assert_eq!(user.end_of("-bg-end").1, 0);
    // stopped, continued in the background, and brought back without another stop
    let script =
        "trap \"echo con''tinued\" CONT; echo ready; while ! test -e go; do :; done; trap - CONT; read x; echo got $x";
    user.keys(&format!("clear; zone sh -c '{script}'\r"));
    user.see_line("ready");
    user.keys("\x1a");
    user.see("Stopped");
    user.keys("clear; bg\r");
    user.see("continued");
    user.bring_back("zone sh -c", "-fg-end");
    fs::write(user.folder.file("go"), "").unwrap();
    user.keys("again\r");
    user.see_line("got again");
    assert_eq!(user.end_of("-fg-end").1, 0);
    user.assert_sane();
}

#[test]
fn a_shell_inside_has_job_control_of_its_own() {
    let mut user = User::new();
    user.keys("clear; zone env PS1='i''n> ' bash --norc --noprofile -i; mark -shell-end\r");
    user.see("in> ");
    user.keys("clear; sh -c 'trap \"echo resu\"\"med\" CONT; echo asl''eep; while :; do :; done'\r");
    user.see("asleep");
    user.keys("\x1a");
    user.see("Stopped");
    user.keys("clear; fg\r");
    user.see("resumed");
    user.keys("\x03");
    user.see("in> ");
    user.keys("echo status $?\r");
    user.see_line("status 130");
    user.keys("suspend -f\r");
    user.see("Stopped                 zone");
    user.prompt();
    user.bring_back("zone env", "-shell-end");
    user.keys("echo inner again\r");
    user.see_line("inner again");
    user.keys("exit 7\r");
    assert_eq!(user.end_of("-shell-end").1, 7);
    user.assert_sane();
}

#[test]
fn a_signal_to_the_client_reaches_the_program_and_the_terminal_is_given_back() {
    let mut user = User::new();
    for (signal, status) in [(Signal::SIGTERM, 143), (Signal::SIGUSR1, 138), (Signal::SIGHUP, 129)] {
        user.keys(&format!("clear; zone sh -c 'echo ready; exec sleep 1000'; mark -{status}-end\r"));
        user.see_line("ready");
        killpg(user.foreground(), signal).unwrap();
        assert_eq!(user.end_of(&format!("-{status}-end")).1, status);
        user.assert_sane();
    }
}

#[test]
fn without_a_terminal_signals_go_to_the_program() {
    let mut user = User::new();
    user.keys("clear; zone sh -c 'echo ready >&2; exec sleep 1000' </dev/null 2>&1 | cat; mark -int-end\r");
    user.see_line("ready");
    user.keys("\x1a");
    user.see("Stopped");
    user.bring_back("zone sh -c", "-int-end");
    user.keys("\x03");
    user.until("the prompt", |screen| screen.trim_end().ends_with('$'));
    user.assert_sane();
}

#[test]
fn the_program_is_told_when_the_terminal_is_gone() {
    let mut user = User::new();
    let pid_file = user.folder.file("pid");
    user.keys("clear; zone sh -c 'echo $$ >pid; echo ready; exec sleep 1000'\r");
    user.see_line("ready");
    let pid: i32 = fs::read_to_string(pid_file).unwrap().trim().parse().unwrap();
    let program = pidfd(pid);
    user.master = None;
    assert!(ends(&program), "the program outlived its terminal");
    // the client killed: the same
    let mut user = User::new();
    user.keys("clear; zone sh -c 'echo $$ >pid; echo ready; exec sleep 1000'\r");
    user.see_line("ready");
    let pid: i32 = fs::read_to_string(user.folder.file("pid")).unwrap().trim().parse().unwrap();
    let program = pidfd(pid);
    killpg(user.foreground(), Signal::SIGKILL).unwrap();
    assert!(ends(&program), "the program outlived its client");
}

fn pidfd(pid: i32) -> OwnedFd {
    // SAFETY: pidfd_open takes two integers and returns a new descriptor.
    let fd = unsafe { libc::syscall(libc::SYS_pidfd_open, pid, 0) };
    assert!(fd >= 0, "{}", std::io::Error::last_os_error());
    sep_run::sys::fd::adopt(fd as i32)
}

fn ends(process: &OwnedFd) -> bool {
    let mut watched = [PollFd::new(process.as_fd(), PollFlags::POLLIN)];
    poll(&mut watched, PollTimeout::try_from(PATIENCE).unwrap()).unwrap() == 1
}

// ---------------------------------------------------------------------------------------------------------------
// pipes, files and what is put in the place of everything else

#[test]
fn pipelines_end_and_carry_everything() {
    let mut user = User::new();
    for (command, expected) in [
        ("zone true | cat", ""),
        ("zone echo out | cat", "out"),
        ("echo in | zone cat", "in"),
        ("echo through | zone cat | cat", "through"),
        ("zone sh -c 'echo err >&2' 2>&1 >/dev/null | cat", "err"),
        ("echo both | zone sh -c 'cat; cat >&2' 2>&1 | cat", "both"),
        ("yes | zone head -1", "y"),
        ("zone yes | head -1; echo ${PIPESTATUS[*]}", "y\n141 0"),
        ("seq 1 200000 | zone cat | tail -1", "200000"),
        ("zone seq 1 30000 | md5sum | cut -c1-8; seq 1 30000 | md5sum | cut -c1-8", ""),
        ("seq 1 9 >f; zone cat <f >g; cmp f g && echo same", "same"),
        ("zone echo more >>g; tail -1 g", "more"),
        ("zone cat <<<here", "here"),
        ("zone sh -c 'exec >&-; sleep 0.1' | (cat; echo closed)", "closed"),
    ] {
        let (output, _) = user.run(command);
        let words: Vec<&str> = output.lines().collect();
        if expected.is_empty() && words.len() == 2 {
            assert_eq!(words[0], words[1], "{command}");
        } else {
            assert_eq!(output, expected, "{command}");
        }
    }
    user.assert_sane();
}

#[test]
fn all_output_is_shown_before_the_prompt() {
    let mut user = User::new();
    for round in 0..5 {
        let (output, _) = user.run("zone seq 1 20000");
        assert!(output.ends_with("\n19999\n20000"), "round {round}: {output}");
    }
    let (output, _) = user.run("zone sh -c 'sleep 1000 & seq 1 20000'");
    assert!(output.ends_with("\n20000"), "a background process of the zone keeps nobody");
}

#[test]
fn keys_stay_with_another_program_of_the_pipeline() {
    if !needs(&["less"]) {
        return;
    }
    let mut user = User::new();
    user.keys("clear; zone seq 1 500 | less; mark -less-end\r");
    user.see("39");
    user.keys("G");
    user.see("500");
    user.keys("q");
    assert_eq!(user.end_of("-less-end").1, 0);
    // and one that asks for the terminal itself gets it
    user.keys("clear; zone sh -c 'read x </dev/tty; echo got $x' | cat; mark -ask-end\r");
    user.keys("it\r");
    user.see_line("got it");
    assert_eq!(user.end_of("-ask-end").1, 0);
    user.assert_sane();
}

#[test]
fn what_is_nothing_is_nothing_inside() {
    let mut user = User::new();
    let links = r#"x=$(readlink /proc/$$/fd/0 /proc/$$/fd/1 /proc/$$/fd/2); echo "$x" >&2"#;
    let (closed, _) = user.run("zone readlink /proc/self/fd/0 <&-");
    assert_eq!(closed, "/dev/null");
    let (null, _) = user.run("zone readlink /proc/self/fd/0 </dev/null");
    assert_eq!(null, "/dev/null");
    let (out, _) = user.run("zone sh -c 'x=$(readlink /proc/$$/fd/1); echo $x >&2' >&-");
    assert_eq!(out, "/dev/null");
    let (all, _) = user.run(&format!("zone sh -c '{links}' | cat"));
    assert_eq!(all.lines().filter(|l| l.starts_with("/dev/pts/")).count(), 2, "{all}");
}

#[test]
fn directories_and_paths_are_refused() {
    let mut user = User::new();
    let (text, status) = user.run("zone cat </");
    assert!(text.contains(r#"bad-stdio ["stdin", "directory"]"#) && status == 125, "{text}");
    let (text, status) = user.run("zone cat <f; echo x >f; zone cat <f");
    assert!(text.ends_with('x') && status == 0, "the twin: a file in its place: {text}");
}

#[test]
fn sockets_do_not_enter_but_what_they_carry_does() {
    let folder = Folder::new();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let tcp = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let mut tcp_peer = listener.accept().unwrap().0;
    let (unix, mut unix_peer) = std::os::unix::net::UnixStream::pair().unwrap();
    let script = "stat -L -c %F /proc/$$/fd/0 /proc/$$/fd/1 /proc/$$/fd/2; cat; echo end";
    let mut client = folder
        .zone(&["sh", "-c", script])
        .stdin(Place::from(OwnedFd::from(tcp)))
        .stdout(Place::from(OwnedFd::from(unix)))
        .stderr(Place::from(fs::File::create(folder.file("err")).unwrap()))
        .spawn()
        .unwrap();
    tcp_peer.write_all(b"over tcp\n").unwrap();
    tcp_peer.shutdown(std::net::Shutdown::Write).unwrap();
    assert_eq!(client.wait().unwrap().code(), Some(0));
    let mut output = String::new();
    unix_peer.read_to_string(&mut output).unwrap();
    assert_eq!(output, "fifo\nfifo\nfifo\nover tcp\nend\n");
}

#[test]
fn an_open_input_does_not_keep_the_client() {
    let folder = Folder::new();
    let (unix, _peer) = std::os::unix::net::UnixStream::pair().unwrap();
    let mut client = folder.zone(&["sh", "-c", "exit 3"]).stdin(Place::from(OwnedFd::from(unix))).spawn().unwrap();
    assert_eq!(client.wait().unwrap().code(), Some(3));
}

#[test]
fn a_reader_that_goes_away_ends_the_writer() {
    let folder = Folder::new();
    let (unix, peer) = std::os::unix::net::UnixStream::pair().unwrap();
    let mut client =
        folder.zone(&["yes"]).stdout(Place::from(OwnedFd::from(unix))).stdin(Place::null()).spawn().unwrap();
    let mut first = [0; 2];
    (&peer).read_exact(&mut first).unwrap();
    assert_eq!(&first, b"y\n");
    drop(peer);
    assert_eq!(client.wait().unwrap().code(), Some(141));
}

#[test]
fn what_is_written_to_one_socket_keeps_its_order() {
    let folder = Folder::new();
    let (unix, mut peer) = std::os::unix::net::UnixStream::pair().unwrap();
    let script = "for i in 1 2 3 4 5 6 7 8; do echo out $i; echo err $i >&2; done";
    let mut client = folder
        .zone(&["sh", "-c", script])
        .stdin(Place::null())
        .stdout(Place::from(OwnedFd::from(unix.try_clone().unwrap())))
        .stderr(Place::from(OwnedFd::from(unix)))
        .spawn()
        .unwrap();
    assert_eq!(client.wait().unwrap().code(), Some(0));
    let mut output = String::new();
    peer.read_to_string(&mut output).unwrap();
    let expected: String = (1..=8).map(|i| format!("out {i}\nerr {i}\n")).collect();
    assert_eq!(output, expected);
}

#[test]
fn what_a_program_leaves_of_a_file_is_there_for_the_next_reader() {
    let mut user = User::new();
    let (text, status) = user.run("seq 1 9 >list; while read -r n; do zone true; printf %s $n; done <list");
    assert!(text.ends_with("123456789") && status == 0, "{text}");
    let (text, _) = user.run("{ zone dd bs=4 count=1 2>/dev/null | tr '\\n' +; cat; } <list | tr -d '\\n'");
    assert!(text.ends_with("1+2+3456789"), "{text}");
    let (text, _) = user.run("seq 1 200000 >list; { zone dd bs=2 count=1 >/dev/null 2>&1; sed -n '1p;$p'; } <list");
    assert!(text.ends_with("2\n200000") || text.ends_with("2\r\n200000"), "{text:?}");
    let (text, _) = user.run("zone md5sum <list; md5sum <list");
    let sums: Vec<&str> = text.lines().filter(|line| line.ends_with(" -")).map(str::trim).collect();
    assert!(sums.len() == 2 && sums[0] == sums[1], "{text}");
}

#[test]
fn output_that_can_not_be_written_is_an_error() {
    let mut user = User::new();
    let (text, status) = user.run("zone echo x >/dev/full");
    assert!(text.contains("write") && text.contains("stdout") && status == 125, "{text} {status}");
    let (text, status) = user.run("zone echo x >out; cat out");
    assert!(text.ends_with('x') && status == 0, "the twin: {text}");
    let (text, status) = user.run("zone seq 1 100000 | head -n 1");
    assert!(text.ends_with('1') && status == 0, "a reader that goes is none: {text}");
}

#[test]
fn a_file_open_both_ways_is_read_or_written_only() {
    let folder = Folder::new();
    fs::write(folder.file("both"), "content\n").unwrap();
    let both = fs::OpenOptions::new().read(true).write(true).open(folder.file("both")).unwrap();
    let output =
        folder.zone(&["sh", "-c", "stat -L -c %F /proc/$$/fd/0; cat"]).stdin(Place::from(both)).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "fifo\ncontent\n");
    let both = fs::OpenOptions::new().read(true).write(true).open(folder.file("both")).unwrap();
    let status = folder.zone(&["echo", "written"]).stdout(Place::from(both)).stdin(Place::null()).status().unwrap();
    assert!(status.success());
    assert_eq!(fs::read_to_string(folder.file("both")).unwrap(), "written\n");
}

#[test]
fn a_file_server_is_not_waited_for() {
    if !needs(&["root", "netns", "bindfs"]) {
        return;
    }
    fork_wait(|| {
        nix::sched::unshare(CloneFlags::CLONE_NEWNS).unwrap();
        let none = None::<&str>;
        let private = nix::mount::MsFlags::MS_PRIVATE | nix::mount::MsFlags::MS_REC;
        nix::mount::mount(none, "/", none, private, none).unwrap();
        let folder = Folder::new();
        let (real, mounted) = (folder.file("real"), folder.file("mounted"));
        fs::create_dir(&real).unwrap();
        fs::create_dir(&mounted).unwrap();
        fs::write(real.join("file"), "of a file server\n").unwrap();
        let mut server = Command::new("bindfs").arg("-f").args([&real, &mounted]).spawn().unwrap();
        let deadline = Instant::now() + PATIENCE;
        while !mounted.join("file").exists() {
            assert!(Instant::now() < deadline, "bindfs did not come up");
            std::thread::yield_now();
        }
        let open = || fs::File::open(mounted.join("file")).unwrap();
        let script = ["sh", "-c", "stat -L -c %F /proc/$$/fd/0; cat"];
        let output = folder.zone(&script).stdin(Place::from(open())).output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stdout), "fifo\nof a file server\n");
        let written = fs::File::create(mounted.join("new")).unwrap();
        assert!(
            folder.zone(&["echo", "out"]).stdin(Place::null()).stdout(Place::from(written)).status().unwrap().success()
        );
        assert_eq!(fs::read_to_string(real.join("new")).unwrap(), "out\n");
        // silent: the program runs and ends although nothing can be asked about its input
        let file = open();
        let pid = Pid::from_raw(server.id() as i32);
        kill(pid, Signal::SIGSTOP).unwrap();
        let output = folder.zone(&["echo", "awake"]).stdin(Place::from(file)).output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stdout), "awake\n");
        kill(pid, Signal::SIGKILL).unwrap();
        server.wait().unwrap();
        nix::mount::umount2(&mounted, nix::mount::MntFlags::MNT_DETACH).unwrap();
    });
}

// ---------------------------------------------------------------------------------------------------------------
// a hostile zone

#[test]
fn screen_01_the_terminal_is_not_told_what_it_must_not() {
    let mut user = User::new();
    let evil = r"\033]52;c;ZXZpbA==\007\033[6n\033[c\033[?2031h\033[?1003h\033]0;title\007\033[31mred\033[m";
    let (output, _) = user.run(&format!("zone printf '{evil}\\n'"));
    assert_eq!(output, "red");
    let told = String::from_utf8_lossy(&user.told).into_owned();
    for forbidden in ["\x1b]52", "\x1b[6n", "\x1b[c", "\x1b[?2031h"] {
        assert!(!told.contains(forbidden), "{forbidden:?} in {told:?}");
    }
    for allowed in ["\x1b]0;[internet] title\x07", "\x1b[?1003h", "\x1b[31mred"] {
        assert!(told.contains(allowed), "{allowed:?} not in {told:?}");
    }
    assert!(told.rfind("\x1b[?1003l") > told.rfind("\x1b[?1003h"), "the mouse is off again");
    // the control: the same text by a program of the PC's own
    user.run(&format!("printf '{evil}\\n'"));
    assert!(String::from_utf8_lossy(&user.told).contains("\x1b]52"));
}

#[test]
fn screen_02_a_zone_that_breaks_the_protocol_is_an_error_and_the_terminal_is_given_back() {
    let mut user = User::new();
    for (kind, expected) in [
        ("file", "protocol"),
        ("device", "protocol"),
        ("slave", "protocol"),
        ("two", "protocol"),
        ("none", "protocol"),
        ("garbage", "protocol"),
        ("other", "version"),
        ("status", "protocol"),
        ("again", "protocol"),
        ("refuse", "not-found [\"]52;c;eA==prog[6n\"]"),
        ("leaves", "zone-ended"),
        ("gift", ""),
        ("flood", "flood"),
    ] {
        let (text, status) = user.run(&format!("SEP_HOSTILE={kind} zone true"));
        let wanted = match kind {
            "gift" => 9,
            "flood" => 0,
            "refuse" => 127,
            _ => 125,
        };
        assert_eq!(status, wanted, "{kind}: {text}");
        assert!(text.contains(expected), "{kind}: {text}");
        user.assert_sane();
    }
}

#[test]
fn the_last_word_of_a_zone_that_did_not_read_ours_is_heard() {
    fork_wait(|| {
        let null = fs::File::options().read(true).write(true).open("/dev/null").unwrap();
        dup2_stdin(&null).unwrap();
        dup2_stdout(&null).unwrap();
        let mut prepared = prepare().unwrap();
        let (here, there) = Connection::pair().unwrap();
        // as init does past its quota: it answers and leaves without having read the launch
        here.send(b"a launch", &[]).unwrap();
        let busy = Failure::new(sep_run::wire::Stage::Run, sep_run::wire::Code::Busy, &["32"]);
        there.send(&FromInit::Failed(busy.clone()).encode().unwrap(), &[]).unwrap();
        drop(there);
        assert_eq!(attach(here, &mut prepared, "internet", None, &mut |_| ()), Err(busy));
    });
}
