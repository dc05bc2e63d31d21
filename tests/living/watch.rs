//! `sepctl status --watch` on a terminal of the test's own, as a parser of screens sees it.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::time::{Duration, Instant};

use nix::fcntl::{FcntlArg, FdFlag, fcntl};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::pty::{Winsize, openpty};
use nix::sys::signal::{Signal, kill};
use nix::sys::termios::{Termios, tcgetattr};
use nix::unistd::Pid;
use sep_run::sys::tty;

use super::ready;
use crate::support::person::{Person, Running};
use crate::support::program;

/// A terminal with a program of ours on it.
pub struct View {
    master: File,
    slave: OwnedFd,
    before: Termios,
    screen: vt100::Parser,
    running: std::process::Child,
}

impl View {
    fn open(person: &Person, rows: u16, columns: u16, locale: &str) -> Self {
        Self::start(person, ["sepctl", "status", "--watch"], rows, columns, locale)
    }

    /// Starts a program of ours with its words as the leader of a session of its own.
    pub fn start<const N: usize>(person: &Person, words: [&str; N], rows: u16, columns: u16, locale: &str) -> Self {
        let size = Winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
        let pty = openpty(&size, None).unwrap();
        // a view that has the other end of its terminal itself would never see it go
        for end in [&pty.master, &pty.slave] {
            fcntl(end, FcntlArg::F_SETFD(FdFlag::FD_CLOEXEC)).unwrap();
        }
        let before = tcgetattr(&pty.slave).unwrap();
        let mut command = person.command("setsid");
        command.arg("-wc").arg(program(words[0])).args(&words[1..]).env("LC_ALL", locale);
        let end = || pty.slave.try_clone().unwrap();
        let running = command.stdin(end()).stdout(end()).stderr(end()).spawn().unwrap();
        let screen = vt100::Parser::new(cells(rows), cells(columns), 0);
        Self { master: pty.master.into(), slave: pty.slave, before, screen, running }
    }

    fn read(&mut self) {
        if poll(&mut [PollFd::new(self.master.as_fd(), PollFlags::POLLIN)], PollTimeout::from(20_u16)) == Ok(1) {
            let mut bytes = [0; 4096];
            let length = self.master.read(&mut bytes).unwrap();
            self.screen.process(&bytes[..length]);
        }
    }

    /// What is on the screen.
    pub fn text(&self) -> String {
        self.screen.screen().contents()
    }

    /// Waits until the screen is right, and gives its text.
    #[track_caller]
    pub fn until(&mut self, what: impl Fn(&str) -> bool) -> String {
        let begin = Instant::now();
        while !what(&self.text()) {
            assert!(begin.elapsed() < Duration::from_secs(20), "{}", self.text());
            self.read();
        }
        self.text()
    }

    /// Types.
    pub fn press(&mut self, keys: &str) {
        self.master.write_all(keys.as_bytes()).unwrap();
    }

    /// Waits for the end and asserts that the terminal is as it was.
    #[track_caller]
    pub fn ends(mut self, status: i32) {
        let begin = Instant::now();
        let over = loop {
            self.read();
            if let Some(over) = self.running.try_wait().unwrap() {
                break over;
            }
            assert!(begin.elapsed() < Duration::from_secs(10), "no end: {}", self.text());
        };
        (0..5).for_each(|_| self.read());
        let screen = self.screen.screen();
        assert_eq!((over.code(), screen.alternate_screen(), screen.hide_cursor()), (Some(status), false, false));
        let now = tcgetattr(&self.slave).unwrap();
        assert_eq!((now.local_flags, now.input_flags), (self.before.local_flags, self.before.input_flags));
    }

    /// Number of the view's own process.
    pub fn own(&self) -> Pid {
        let children = format!("/proc/{0}/task/{0}/children", self.running.id());
        let text = std::fs::read_to_string(children).unwrap_or_default();
        Pid::from_raw(text.split_whitespace().next().map_or(self.running.id() as i32, |pid| pid.parse().unwrap()))
    }
}

fn zone(person: &Person, profile: &str) -> Running {
    let running = person.start_inside(profile, "echo ready; exec sleep 61.9");
    running.until_said("ready");
    running
}

#[test]
fn living_07_zones_come_and_go_and_a_key_stops_one() {
    let Some(person) = ready(&[]) else { return };
    let mut view = View::open(&person, 30, 80, "C.UTF-8");
    view.until(|text| text.contains("no zone is running") && text.contains("q quit"));
    let (office, strict) = (zone(&person, "office"), zone(&person, "strict"));
    let both = view.until(|text| text.matches("sleep").count() == 2);
    assert!(both.contains("office: profile office") && both.contains("strict: profile strict"), "{both}");
    // the second, which is asked about; a no, then a yes
    view.press("\x1b[B");
    view.press("s");
    view.until(|text| text.contains("Stop zone strict? y/N"));
    view.press("n");
    view.until(|text| text.contains("q quit"));
    view.press("sy");
    view.until(|text| text.contains("strict: stopped") && !text.contains("strict: profile"));
    assert_eq!(strict.end().status, 128 + 15);
    view.until(|text| text.contains("office: profile office"));
    view.press("q");
    view.ends(0);
    super::sepctl(&person, &["end", "office"]).good();
    office.end();
}

#[test]
fn narrow_and_wide_and_in_korean_it_fits_and_follows_the_window() {
    let Some(person) = ready(&[]) else { return };
    let running = zone(&person, "strict");
    let mut view = View::open(&person, 40, 20, "ko_KR.UTF-8");
    let narrow = view.until(|text| text.contains("strict: 프로파일") && text.contains("q 나가기"));
    assert!(narrow.contains("네트워크"), "{narrow}");
    tty::set_window(&view.slave, 12, 300).unwrap();
    view.screen.screen_mut().set_size(cells(12), cells(300));
    view.until(|text| text.lines().any(|line| line.contains("strict: 프로파일 strict, 개인 모드")));
    view.press("\x03");
    view.ends(0);
    super::sepctl(&person, &["end", "strict"]).good();
    running.end();
}

#[test]
fn a_signal_and_a_terminal_that_goes_end_it() {
    let Some(person) = ready(&[]) else { return };
    let mut view = View::open(&person, 24, 80, "C.UTF-8");
    view.until(|text| text.contains("q quit"));
    kill(view.own(), Signal::SIGTERM).unwrap();
    view.ends(0);
    // the terminal's other end closes
    let mut view = View::open(&person, 24, 80, "C.UTF-8");
    view.until(|text| text.contains("q quit"));
    let View { master, slave, mut running, .. } = view;
    drop((master, slave));
    let begin = Instant::now();
    while running.try_wait().unwrap().is_none() {
        assert!(begin.elapsed() < Duration::from_secs(10), "it outlives its terminal");
        std::thread::sleep(Duration::from_millis(20));
    }
    // nobody looks
    let blind = super::sepctl(&person, &["status", "--watch"]);
    assert_eq!((blind.status, blind.out.len()), (125, 0), "{blind:?}");
}

fn cells(count: u16) -> std::num::NonZero<u16> {
    count.try_into().unwrap()
}
