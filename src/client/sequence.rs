//! The list of what a zone may tell the user's terminal, and what must be put back afterwards.
//!
//! A sequence that is not on the list is dropped. Not on it, among others: anything that makes the terminal answer
//! (the answer would be typed into the zone, or into the user's shell when it is late), the clipboard, files,
//! notifications, printing, palette and font (they outlive the program), links (a click would open them on
//! the PC), key encodings and character sets other than line drawing, hence also the switch away from UTF-8.

use crate::wire::drives;

/// Private modes that may be set and reset, with the state that a terminal starts in.
const MODES: &[(u16, bool)] = &[
    (1, false),    // cursor keys for applications
    (5, false),    // reverse video
    (6, false),    // origin
    (7, true),     // wrap
    (9, false),    // mouse, X10
    (12, false),   // blinking cursor
    (25, true),    // cursor
    (45, false),   // reverse wrap
    (47, false),   // other screen
    (66, false),   // keypad
    (69, false),   // left and right margin
    (1000, false), // mouse
    (1002, false),
    (1003, false),
    (1004, false), // focus
    (1005, false),
    (1006, false),
    (1007, false),
    (1015, false),
    (1016, false),
    (1047, false), // other screen
    (1048, false), // saved cursor
    (1049, false), // both
    (2004, false), // bracketed paste
    (2026, false), // synchronized output
];

/// The longest title in characters, label not counted.
const MAX_TITLE: usize = 200;

/// What a program changed and would leave behind.
#[derive(Debug, Default)]
pub(super) struct Marks {
    /// Private modes that are not as the terminal started.
    modes: Vec<u16>,
    colours: bool,
    cursor_shape: bool,
    keypad: bool,
    insert: bool,
    region: bool,
    line_drawing: bool,
    title: bool,
}

impl Marks {
    /// SO and SI choose between two character sets.
    pub(super) fn shift(&mut self, c: char) {
        if c == '\x0e' {
            self.line_drawing = true;
        }
    }

    fn set_mode(&mut self, mode: u16, on: bool) {
        let start = MODES.iter().find(|m| m.0 == mode).is_some_and(|m| m.1);
        self.modes.retain(|m| *m != mode);
        if on != start {
            self.modes.push(mode);
        }
    }

    /// Writes what puts the terminal back as it was; the marks stay, for [`Marks::enter`].
    pub(super) fn leave(&self, out: &mut Vec<u8>) {
        if self.region {
            // it also moves the cursor
            out.extend_from_slice(b"\x1b7\x1b[r\x1b8");
        }
        self.write_modes(out, |start| start);
        let rest: [(bool, &[u8]); 6] = [
            (self.insert, b"\x1b[4l"),
            (self.keypad, b"\x1b>"),
            (self.line_drawing, b"\x0f\x1b(B\x1b)B"),
            (self.cursor_shape, b"\x1b[0 q"),
            (self.colours, b"\x1b[m"),
            (self.title, b"\x1b[23;0t"),
        ];
        rest.iter().filter(|r| r.0).for_each(|r| out.extend_from_slice(r.1));
    }

    /// Writes what makes the terminal as the program left it. Colours and shifts are its own to repeat: it redraws.
    pub(super) fn enter(&mut self, out: &mut Vec<u8>) {
        self.write_modes(out, |start| !start);
        if self.keypad {
            out.extend_from_slice(b"\x1b=");
        }
        let (modes, keypad) = (std::mem::take(&mut self.modes), self.keypad);
        *self = Self { modes, keypad, ..Self::default() };
    }

    fn write_modes(&self, out: &mut Vec<u8>, state: fn(bool) -> bool) {
        for (mode, start) in MODES.iter().filter(|m| self.modes.contains(&m.0)) {
            let last = if state(*start) { 'h' } else { 'l' };
            out.extend_from_slice(format!("\x1b[?{mode}{last}").as_bytes());
        }
    }
}

/// ESC, intermediates (`held`) and a last character; what may be sent of it.
pub(super) fn escape(held: &str, last: char, marks: &mut Marks) -> Option<String> {
    match (held, last) {
        ("", '7' | '8' | 'D' | 'E' | 'H' | 'M') => {}
        ("", '=' | '>') => marks.keypad = last == '=',
        ("", 'c') => *marks = Marks { title: marks.title, ..Marks::default() },
        ("#", '3'..='6' | '8') => {}
        ("(" | ")" | "*" | "+", '0' | 'B' | 'A') => marks.line_drawing |= last != 'B',
        _ => return None,
    }
    Some(format!("\x1b{held}{last}"))
}

/// A control sequence: everything after CSI (`held`) and its last character; what may be sent of it.
pub(super) fn control(held: &str, last: char, marks: &mut Marks) -> Option<String> {
    let unprefixed = held.trim_start_matches(['<', '=', '>', '?']);
    let (prefix, _) = held.split_at_checked(held.len() - unprefixed.len())?;
    let digits = unprefixed.trim_end_matches(|c| (' '..='/').contains(&c));
    let (_, between) = unprefixed.split_at_checked(digits.len())?;
    let numbers = numbers(digits)?;
    match (prefix, between, last) {
        ("", "", _) if plain_control(digits, &numbers, last, marks) => {}
        ("", " ", 'q') => marks.cursor_shape = numbers != [0],
        ("", "!", 'p') => {}
        ("?", "", 'J' | 'K') => {}
        ("?", "", 'h' | 'l') => return modes(&numbers, last, marks),
        _ => return None,
    }
    Some(format!("\x1b[{held}{last}"))
}

/// Control sequences with numbers only.
fn plain_control(digits: &str, numbers: &[u16], last: char, marks: &mut Marks) -> bool {
    match last {
        'm' => marks.colours = !digits.is_empty() && digits != "0",
        _ if digits.contains(':') => return false,
        '@' | 'A'..='M' | 'P' | 'S' | 'X' | 'Z' | '`' | 'a' | 'b' | 'd' | 'e' | 'f' | 'g' | 's' => {}
        // with five numbers it would track the mouse in a way that makes the terminal wait for the program
        'T' if numbers.len() == 1 => {}
        'u' if digits.is_empty() => {}
        'r' => marks.region = !digits.is_empty(),
        'h' | 'l' if numbers == [4] => marks.insert = last == 'h',
        _ => return false,
    }
    true
}

/// The numbers of a control sequence; `None` when there is something else, or a number that no terminal needs.
fn numbers(digits: &str) -> Option<Vec<u16>> {
    digits.split([';', ':']).map(|n| if n.is_empty() { Some(0) } else { small(n) }).collect()
}

fn small(number: &str) -> Option<u16> {
    number.bytes().all(|b| b.is_ascii_digit()).then(|| number.parse().ok()).flatten()
}

/// Of the modes in one sequence, those that are on the list.
fn modes(numbers: &[u16], last: char, marks: &mut Marks) -> Option<String> {
    let allowed: Vec<u16> = numbers.iter().copied().filter(|n| MODES.iter().any(|m| m.0 == *n)).collect();
    allowed.iter().for_each(|mode| marks.set_mode(*mode, last == 'h'));
    let words: Vec<String> = allowed.iter().map(u16::to_string).collect();
    (!words.is_empty()).then(|| format!("\x1b[?{}{last}", words.join(";")))
}

/// A command string: everything between OSC and its end. Titles only, written anew with the label before them;
/// the first one keeps the terminal's own title for later.
pub(super) fn command(held: &str, label: &str, marks: &mut Marks) -> Option<String> {
    let (number, text) = held.split_once(';')?;
    if !matches!(number, "0" | "1" | "2") {
        return None;
    }
    let keep = if marks.title { "" } else { "\x1b[22;0t" };
    marks.title = true;
    let title: String = plain(text).chars().take(MAX_TITLE).collect();
    Some(format!("{keep}\x1b]{number};[{label}] {title}\x07"))
}

/// Text without controls and without marks that change the direction of what stands beside it.
pub(super) fn plain(text: &str) -> String {
    text.chars().filter(|c| !drives(*c)).collect()
}
