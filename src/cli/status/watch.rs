//! `sepctl status --watch`: the same on the whole terminal, again each second, until the user leaves.
//!
//! The terminal is as it was when this ends, however it ends: by a key, by a signal, because the terminal has gone.

use std::io::{self, IsTerminal, Stdout, stdin, stdout};
use std::os::fd::AsFd;
use std::process::{Child, Command, Stdio};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{SigSet, Signal};
use nix::sys::signalfd::SignalFd;
use ratatui::backend::CrosstermBackend;
use ratatui::crossterm::{cursor, execute, terminal};
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Style;
use ratatui::text::Line;
use ratatui::widgets::Paragraph;
use ratatui::{Frame, Terminal, TerminalOptions, Viewport};

use super::super::words::Words;
use super::{Look, all, lines};
use crate::policy::Host;
use crate::sys::process::watch_signals;
use crate::sys::tty;
use crate::wire::{Failure, Stage};

/// Milliseconds between two looks.
const STEP: u16 = 1_000;

/// Shows the zones, or the one that is named, until the user leaves.
///
/// # Errors
/// Standard input or output is no terminal; a runtime folder that is not the user's own.
pub fn watch(host: &Host, name: Option<&str>, words: &Words) -> Result<(), Failure> {
    if !stdin().is_terminal() || !stdout().is_terminal() {
        return Err(say("watch")(Errno::ENOTTY.into()));
    }
    let signals = signals().map_err(|cause| say("watch")(cause.into()))?;
    let mut screen = Screen::take().map_err(say("watch"))?;
    let mut view = View::default();
    loop {
        let zones = all(host)?.into_iter().filter(|zone| name.is_none_or(|name| zone.name == name)).collect();
        view.take(zones, words);
        // a terminal that has gone needs nothing more
        if screen.draw(|frame| view.draw(frame, words)).is_err() {
            return Ok(());
        }
        match heard(&signals, &mut screen) {
            Ok(keys) if keys.iter().any(|key| view.press(*key, words)) => return Ok(()),
            Ok(_) => {}
            Err(_) => return Ok(()),
        }
    }
}

/// Signals that end it in order, and the one that says the window has another size.
fn signals() -> nix::Result<SignalFd> {
    watch_signals(&SigSet::from_iter([Signal::SIGTERM, Signal::SIGHUP, Signal::SIGINT, Signal::SIGWINCH]))
}

/// The whole terminal, given back with the value.
struct Screen(Terminal<CrosstermBackend<Stdout>>);

impl Screen {
    fn take() -> io::Result<Self> {
        terminal::enable_raw_mode()?;
        let made = execute!(stdout(), terminal::EnterAlternateScreen, cursor::Hide).and_then(|()| whole());
        made.map(Self).inspect_err(|_| give_back())
    }

    fn draw(&mut self, draw: impl FnOnce(&mut Frame<'_>)) -> io::Result<()> {
        self.0.draw(draw).map(drop)
    }

    fn resize(&mut self) -> io::Result<()> {
        self.0 = whole()?;
        Ok(())
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        give_back();
    }
}

/// An empty window as large as it is now. The library would ask the terminal where its cursor stands, and wait.
fn whole() -> io::Result<Terminal<CrosstermBackend<Stdout>>> {
    execute!(stdout(), terminal::Clear(terminal::ClearType::All))?;
    let options = TerminalOptions { viewport: Viewport::Fixed(area()) };
    Terminal::with_options(CrosstermBackend::new(stdout()), options)
}

/// Of a terminal that has gone nothing can be given back.
fn give_back() {
    let _ = execute!(stdout(), cursor::Show, terminal::LeaveAlternateScreen);
    let _ = terminal::disable_raw_mode();
}

fn area() -> Rect {
    let known = tty::window(stdout()).ok().filter(|(rows, columns)| *rows > 0 && *columns > 0);
    let (rows, columns) = known.unwrap_or((24, 80));
    Rect::new(0, 0, columns, rows)
}

/// What a key means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Key {
    Leave,
    Up,
    Down,
    Stop,
    Yes,
    Other,
}

/// Waits for a key, a signal or the next look. An error is the end: a signal, or no terminal any more.
fn heard(signals: &SignalFd, screen: &mut Screen) -> io::Result<Vec<Key>> {
    let stdin = stdin();
    let mut watched = [PollFd::new(stdin.as_fd(), PollFlags::POLLIN), PollFd::new(signals.as_fd(), PollFlags::POLLIN)];
    match poll(&mut watched, PollTimeout::from(STEP)) {
        Ok(_) | Err(Errno::EINTR) => {}
        Err(cause) => return Err(cause.into()),
    }
    let [typed, signalled] = watched.map(|fd| fd.any().unwrap_or(false));
    if signalled {
        while let Some(signal) = signals.read_signal()? {
            if signal.ssi_signo != Signal::SIGWINCH as u32 {
                return Err(Errno::EINTR.into());
            }
        }
        screen.resize()?;
    }
    if !typed {
        return Ok(Vec::new());
    }
    let mut bytes = [0; 64];
    match nix::unistd::read(&stdin, &mut bytes)? {
        0 => Err(io::ErrorKind::UnexpectedEof.into()),
        length => Ok(keys(bytes.get(..length).unwrap_or_default())),
    }
}

/// The keys of what was typed. In raw mode Ctrl-C is a byte.
fn keys(mut bytes: &[u8]) -> Vec<Key> {
    let mut keys = Vec::new();
    while let Some((first, rest)) = bytes.split_first() {
        let (key, length) = match (first, rest) {
            (0x1b, [b'[' | b'O', b'A', ..]) => (Key::Up, 3),
            (0x1b, [b'[' | b'O', b'B', ..]) => (Key::Down, 3),
            (b'q' | b'Q' | 0x03 | 0x04, _) => (Key::Leave, 1),
            (b'k', _) => (Key::Up, 1),
            (b'j', _) => (Key::Down, 1),
            (b's', _) => (Key::Stop, 1),
            (b'y' | b'Y', _) => (Key::Yes, 1),
            _ => (Key::Other, 1),
        };
        keys.push(key);
        bytes = bytes.get(length..).unwrap_or_default();
    }
    keys
}

/// What is shown, and what the user is about to do.
#[derive(Default)]
struct View {
    zones: Vec<Look>,
    selected: usize,
    /// The zone that the user is asked about.
    asked: Option<String>,
    /// Zones that are being stopped.
    stopping: Vec<(String, Child)>,
    note: String,
}

impl View {
    /// The zones of a new look; the one that was chosen stays so.
    fn take(&mut self, zones: Vec<Look>, words: &Words) {
        let chosen = self.chosen().map(str::to_owned);
        let again = zones.iter().position(|zone| Some(&zone.name) == chosen.as_ref());
        self.selected = again.unwrap_or(self.selected).min(zones.len().saturating_sub(1));
        self.zones = zones;
        let mut note = None;
        self.stopping.retain_mut(|(zone, child)| match child.try_wait() {
            Ok(None) => true,
            _ => {
                note = Some(words.text("watch-stopped", &[("zone", zone)]));
                false
            }
        });
        self.note = note.unwrap_or_else(|| std::mem::take(&mut self.note));
    }

    fn chosen(&self) -> Option<&str> {
        self.zones.get(self.selected).map(|zone| zone.name.as_str())
    }

    /// True where the user leaves.
    fn press(&mut self, key: Key, words: &Words) -> bool {
        if let Some(zone) = self.asked.take() {
            if key == Key::Yes {
                self.stop(&zone, words);
            }
            return key == Key::Leave;
        }
        match key {
            Key::Leave => return true,
            Key::Up => self.selected = self.selected.saturating_sub(1),
            Key::Down => self.selected = (self.selected + 1).min(self.zones.len().saturating_sub(1)),
            Key::Stop => self.asked = self.chosen().map(str::to_owned),
            Key::Yes | Key::Other => {}
        }
        false
    }

    /// In a process of its own, so that the view goes on.
    fn stop(&mut self, zone: &str, words: &Words) {
        let started = std::env::current_exe().and_then(|own| {
            let mut command = Command::new(own);
            command.args(["stop", "--", zone]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
            command.spawn()
        });
        if let Ok(child) = started {
            self.stopping.push((zone.to_owned(), child));
            self.note = words.text("watch-stopping", &[("zone", zone)]);
        }
    }

    fn draw(&self, frame: &mut Frame<'_>, words: &Words) {
        let [body, foot] = Layout::vertical([Constraint::Min(0), Constraint::Length(1)]).areas(frame.area());
        let (shown, first) = self.lines(words, body.width.into());
        // the chosen zone is in sight, and as much above it as there is room for
        let below = shown.len().saturating_sub(body.height.into());
        let scroll = first.min(below).try_into().unwrap_or(u16::MAX);
        frame.render_widget(Paragraph::new(shown).scroll((scroll, 0)), body);
        let said = match &self.asked {
            Some(zone) => words.text("watch-ask", &[("zone", zone)]),
            None if self.note.is_empty() => words.text("watch-keys", &[]),
            None => format!("{}  {}", self.note, words.text("watch-keys", &[])),
        };
        frame.render_widget(Paragraph::new(said).style(Style::new().reversed()), foot);
    }

    /// All lines, and the number of the chosen zone's first.
    fn lines(&self, words: &Words, width: usize) -> (Vec<Line<'static>>, usize) {
        let (mut all, mut first) = (Vec::new(), 0);
        if self.zones.is_empty() {
            let none = super::super::columns::wrapped(&words.text("status-none", &[]), width, 2);
            return (none.lines().map(|line| Line::raw(line.to_owned())).collect(), 0);
        }
        for (at, zone) in self.zones.iter().enumerate() {
            if at == self.selected {
                first = all.len();
            }
            for (line, text) in lines::zone(zone, words, width).lines().enumerate() {
                let bold = at == self.selected && line == 0;
                let style = if bold { Style::new().bold().reversed() } else { Style::new() };
                all.push(Line::styled(text.to_owned(), style));
            }
        }
        (all, first)
    }
}

fn say(verb: &'static str) -> impl FnOnce(io::Error) -> Failure {
    Failure::because(Stage::Run, verb, "stdout")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_what_is_typed_at_once() {
        assert_eq!(keys(b"\x1b[A\x1bOBs"), [Key::Up, Key::Down, Key::Stop]);
        assert_eq!(keys(b"x\x03"), [Key::Other, Key::Leave]);
        assert_eq!(keys(b"\x1b"), [Key::Other], "half of an arrow");
        assert_eq!(keys("ㅂ".as_bytes()).len(), 3);
    }
}
