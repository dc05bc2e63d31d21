//! A program of the zone on a terminal: a pty of the test's own, with a shell as a user would have it.

use std::fs;
use std::io::ErrorKind;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use nix::fcntl::{FcntlArg, Flock, FlockArg, OFlag, fcntl};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use sep_run::sandbox::terminal;
use sep_run::sys::tty;
use sep_run::wire::WindowSize;

use super::ready;
use crate::support::person::{LIMIT, Person, wait_for};

/// An interactive shell on a terminal, in which `z` starts a program in the zone.
struct Desk {
    master: Option<OwnedFd>,
    shell: Child,
    told: String,
}

impl Desk {
    fn new(person: &Person, rows: u32, columns: u32) -> Self {
        let (master, slave) = terminal::open(WindowSize { rows, columns }).unwrap();
        fcntl(&master, FcntlArg::F_SETFL(OFlag::O_NONBLOCK)).unwrap();
        let mut command = Command::new("/bin/bash");
        let plain = person.command("true");
        command.env_clear().envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?))));
        let function = format!("() {{ {} -q strict -- \"$@\"\n}}", crate::support::program("sep-run").display());
        command.env("BASH_FUNC_z%%", function).env("PS1", "> ").env("HISTFILE", "/dev/null");
        command.args(["--norc", "--noprofile", "--noediting", "-i"]).current_dir(person.top.join("home"));
        let end = || slave.try_clone().unwrap();
        command.stdin(end()).stdout(end()).stderr(end());
        // SAFETY: the two calls are system calls that take no memory; the descriptor is the child's standard input.
        unsafe {
            command.pre_exec(|| {
                nix::unistd::setsid()?;
                tty::make_controlling(std::io::stdin())
            });
        }
        let shell = command.spawn().unwrap();
        let mut desk = Self { master: Some(master), shell, told: String::new() };
        desk.until("> ");
        desk
    }

    fn take(&mut self) {
        let Some(master) = &self.master else { return };
        let mut watched = [PollFd::new(master.as_fd(), PollFlags::POLLIN)];
        let _ = poll(&mut watched, PollTimeout::from(20_u8));
        let mut piece = [0; 65_536];
        if let Ok(len) = nix::unistd::read(master, &mut piece) {
            self.told.push_str(&String::from_utf8_lossy(&piece[..len]));
        }
    }

    /// Waits until the terminal shows some text, and forgets what came up to it.
    #[track_caller]
    fn until(&mut self, text: &str) -> String {
        let begin = Instant::now();
        while !self.told.contains(text) {
            assert!(begin.elapsed() < LIMIT, "no {text:?} in {:?}", self.told);
            self.take();
        }
        let at = self.told.find(text).unwrap();
        let seen: String = self.told.drain(..at + text.len()).collect();
        seen.replace('\r', "")
    }

    fn keys(&self, text: &str) {
        nix::unistd::write(self.master.as_ref().unwrap(), text.as_bytes()).unwrap();
    }

    /// Types a command; what it wrote before its own end.
    #[track_caller]
    fn run(&mut self, command: &str) -> String {
        self.keys(&format!("{command}; echo e''nd-$?\r"));
        self.until("e''nd-");
        let seen = self.until("end-");
        let status = self.until("> ");
        let body = seen.split_once('\n').map_or("", |(_, after)| after).trim_end_matches("end-");
        format!("{body}{}", status.trim_end_matches("> ").trim_end())
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.master = None;
        let _ = kill(Pid::from_raw(self.shell.id() as i32), Signal::SIGKILL);
        let _ = self.shell.wait();
    }
}

#[test]
fn a_terminal_of_the_zones_own_has_the_size_of_the_users() {
    let Some(person) = ready(&[]) else { return };
    let mut desk = Desk::new(&person, 31, 97);
    assert_eq!(desk.run("z stty size"), "31 97\n0");
    let (own, zone) = (desk.run("tty"), desk.run("z tty"));
    assert!(zone.starts_with("/dev/pts/0\n") && own.starts_with("/dev/pts/"), "{own} {zone}");
    assert_eq!(desk.run("z sh -c 'echo seen >/dev/tty'"), "seen\n0");
    assert_eq!(desk.run("z sh -c 'exit 9'"), "9");
    desk.keys("z sh -c 'trap \"stty size; exit\" WINCH; echo rea\"\"dy; while :; do sleep 0.05; done'\r");
    desk.until("ready");
    tty::set_window(desk.master.as_ref().unwrap(), 40, 120).unwrap();
    desk.until("40 120");
    desk.until("> ");
    assert_eq!(desk.run("stty -a | grep -o ' icanon'"), " icanon\n0");
}

#[test]
fn keys_reach_the_program() {
    let Some(person) = ready(&[]) else { return };
    let mut desk = Desk::new(&person, 24, 80);
    desk.keys("z sh -c 'read a; echo \"got [$a]\"'\r");
    desk.until("got [$a]");
    desk.keys("hello\r");
    desk.until("got [hello]");
    desk.until("> ");
    desk.keys("z cat\r");
    desk.until("z cat");
    desk.keys("line\r");
    desk.until("line\r\nline");
    desk.keys("\x04");
    desk.until("> ");
    desk.keys("z sh -c 'trap \"echo in\"\"terrupted; exit 4\" INT; echo rea\"\"dy; while :; do sleep 0.05; done'\r");
    desk.until("ready");
    desk.keys("\x03");
    desk.until("interrupted");
    desk.until("> ");
    desk.keys("z sleep 60\r");
    desk.until("z sleep 60");
    wait_for(LIMIT, || person.left().iter().any(|p| p.name == "sleep"), || "sleep runs".into());
    desk.keys("\x03");
    desk.until("> ");
    assert_eq!(desk.run("true"), "0");
}

#[test]
fn a_job_is_stopped_and_continued() {
    let Some(person) = ready(&[]) else { return };
    let mut desk = Desk::new(&person, 24, 80);
    let counted = person.home_of("strict").join("count");
    let count = || fs::read_to_string(&counted).map_or(0, |text| text.lines().count());
    // without a process for each turn: a shell that waits in vfork for a stopped child does not stop, on any terminal
    desk.keys("z bash -c 'mkfifo /tmp/f; exec 3<>/tmp/f; while :; do echo x >>~/count; read -t 0.02 -u 3; done'\r");
    wait_for(LIMIT, || count() > 2, || "it counts".into());
    desk.keys("\x1a");
    desk.until("Stopped");
    desk.until("> ");
    std::thread::sleep(Duration::from_millis(100));
    let before = count();
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(count(), before, "it stands still");
    desk.keys("fg\r");
    wait_for(LIMIT, || count() > before + 2, || "it counts again".into());
    desk.keys("\x03");
    desk.until("> ");
    assert_eq!(desk.run("jobs"), "0");
}

#[test]
fn zone_13_the_users_terminal_does_not_enter() {
    let Some(person) = ready(&["python3"]) else { return };
    let mut desk = Desk::new(&person, 24, 80);
    let own = desk.run("readlink /proc/self/fd/0");
    // the zone's devpts holds one terminal, which is another device than the user's
    assert_eq!(desk.run("z sh -c 'ls /dev/pts | tr \"\\n\" \" \"'"), "0 ptmx 0");
    let device = |text: String| text.lines().next().unwrap_or_default().to_owned();
    let (user, zone) = (device(desk.run("stat -Lc %d:%i /dev/stdin")), device(desk.run("z stat -Lc %d:%i /dev/stdin")));
    assert!(user != zone && user.contains(':') && zone.contains(':'), "{user} {zone} {own}");
    // nothing typed by the program into its terminal comes out at the user's shell
    let push = "import fcntl,sys\ntry:\n fcntl.ioctl(0,0x5412,b\"x\")\nexcept OSError as e: print(\"errno\",e.errno)";
    fs::write(person.home_of("strict").join("push.py"), push).unwrap();
    assert_eq!(desk.run("z python3 push.py"), "errno 1\n0");
}

#[test]
fn zone_15_nothing_is_left_when_the_terminal_is_closed() {
    let Some(person) = ready(&[]) else { return };
    for script in ["sleep 61.7", "sh -c 'sleep 61.7'", "cat"] {
        let mut desk = Desk::new(&person, 24, 80);
        desk.keys(&format!("z {script}\r"));
        let word = script.split([' ', '\'']).rfind(|w| ["sleep", "cat"].contains(w)).unwrap();
        wait_for(
            LIMIT,
            || person.left().iter().any(|p| p.name == word),
            || format!("{word} runs: {:?}", person.left()),
        );
        // as a terminal window does: the master is closed, the kernel hangs up
        desk.master = None;
        person.nothing_is_left();
        match desk.shell.try_wait() {
            Ok(_) => {}
            Err(cause) => assert_eq!(cause.kind(), ErrorKind::NotFound),
        }
    }
}

/// Holds what a zone's builder waits for, as another builder would.
fn hold_back(person: &Person) -> Flock<fs::File> {
    let lock = fs::File::options().write(true).open(person.runtime_of("strict").join("lock")).unwrap();
    Flock::lock(lock, FlockArg::LockExclusive).unwrap()
}

#[test]
fn a_launch_that_takes_long_says_so_on_a_terminal_only() {
    let Some(person) = ready(&[]) else { return };
    person.inside("strict", "true").good();
    let mut desk = Desk::new(&person, 24, 80);
    let program = crate::support::program("sep-run").display().to_string();
    let held = hold_back(&person);
    desk.keys(&format!("{program} strict -- echo st''arted\r"));
    desk.until("making zone 'strict'");
    drop(held);
    let seen = desk.until("started");
    assert!(seen.contains("\x1b[2K"), "it was taken off: {seen:?}");
    desk.until("> ");
    let held = hold_back(&person);
    let errors = person.top.join("home/errors");
    desk.keys(&format!("{program} strict -- echo st''arted 2>{}\r", errors.display()));
    std::thread::sleep(Duration::from_millis(700));
    drop(held);
    let seen = desk.until("started");
    assert!(!seen.contains("making zone"), "{seen:?}");
    assert!(!fs::read_to_string(errors).unwrap().contains("making zone"));
    desk.until("> ");
    desk.keys("exit\r");
    assert!(desk.shell.wait().unwrap().success());
    person.nothing_is_left();
}
