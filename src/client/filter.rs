//! The filter between a zone's terminal and the user's: a bounded streaming parser that lets through a list of
//! what a terminal may be told, and nothing else.
//!
//! A sequence is held back until it is complete, judged (`sequence.rs`) and written anew in its seven-bit form, or
//! dropped. What comes out is therefore always a whole sequence from the list or text, whatever comes in and however
//! it is split. The user's terminal is taken to be one of UTF-8; bytes that are not come out as U+FFFD.
//!
//! It must not answer queries: a program that gets no answer falls back to what its `TERM` says.

use super::sequence::{self, Marks};

/// The longest control sequence that is looked at, in characters; `CSI` with many colours needs about 100.
const MAX_CONTROL: usize = 256;

/// The longest command string (title) that is looked at, in characters.
const MAX_COMMAND: usize = 1024;

/// Where in a sequence the stream stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// In text.
    Text,
    /// After ESC, intermediates held.
    Escape,
    /// In a control sequence (CSI), all but the introducer held.
    Control,
    /// In a command string (OSC), all but the introducer held.
    Command,
    /// In a string that is never let through: DCS, APC, PM, SOS, the title of `screen`.
    Dropped,
}

/// One direction of one terminal.
#[derive(Debug)]
pub struct Filter {
    label: String,
    state: State,
    /// ESC was seen in a string: with `\` it ends the string, with anything else it begins a sequence.
    closing: bool,
    held: String,
    too_long: bool,
    partial: Vec<u8>,
    marks: Marks,
}

impl Filter {
    /// `label` (the zone's name) stands before every title, so that no program can pass for the PC's own.
    pub fn new(label: &str) -> Self {
        Self {
            label: sequence::plain(label),
            state: State::Text,
            closing: false,
            held: String::new(),
            too_long: false,
            partial: Vec::with_capacity(4),
            marks: Marks::default(),
        }
    }

    /// Takes what the zone wrote and appends what the terminal may be told.
    pub fn pass(&mut self, input: &[u8], out: &mut Vec<u8>) {
        for byte in input {
            self.byte(*byte, out);
        }
    }

    /// The terminal goes back to the user for a while: modes that answer by themselves (mouse, focus, paste) and
    /// the other screen are left.
    pub fn suspend(&mut self, out: &mut Vec<u8>) {
        self.abandon(out);
        self.marks.leave(out);
    }

    /// The terminal is the zone's again: the modes that [`Filter::suspend`] left are entered again.
    pub fn resume(&mut self, out: &mut Vec<u8>) {
        self.marks.enter(out);
    }

    /// The end: a half sequence is dropped, and everything that was changed and would outlive the program is put
    /// back.
    pub fn finish(&mut self, out: &mut Vec<u8>) {
        self.abandon(out);
        self.marks.leave(out);
        self.marks = Marks::default();
    }

    fn abandon(&mut self, out: &mut Vec<u8>) {
        self.to(State::Text);
        if !self.partial.is_empty() {
            self.partial.clear();
            push(out, char::REPLACEMENT_CHARACTER);
        }
    }

    fn byte(&mut self, byte: u8, out: &mut Vec<u8>) {
        if byte.is_ascii() && self.partial.is_empty() {
            return self.character(char::from(byte), out);
        }
        self.partial.push(byte);
        match std::str::from_utf8(&self.partial) {
            Ok(text) => {
                let decoded = text.chars().next();
                self.partial.clear();
                decoded.into_iter().for_each(|c| self.character(c, out));
            }
            Err(cause) if cause.error_len().is_none() => {}
            Err(_) => {
                // the last byte ended the attempt; when it was not the first, it begins something itself
                let again = self.partial.len() > 1;
                self.partial.clear();
                self.character(char::REPLACEMENT_CHARACTER, out);
                if again {
                    self.byte(byte, out);
                }
            }
        }
    }

    fn character(&mut self, c: char, out: &mut Vec<u8>) {
        let in_string = matches!(self.state, State::Command | State::Dropped);
        match c {
            '\x18' | '\x1a' => self.to(State::Text),
            '\x1b' if in_string => self.closing = true,
            '\x1b' => self.to(State::Escape),
            _ if in_string && self.closing => self.after_escape_in_string(c, out),
            _ if in_string => self.string(c, out),
            '\u{80}'..='\u{9f}' => self.eight_bit(c, out),
            _ => match self.state {
                State::Escape => self.escape(c, out),
                State::Control => self.control(c, out),
                _ => self.text(c, out),
            },
        }
    }

    fn to(&mut self, state: State) {
        self.state = state;
        self.held.clear();
        self.too_long = false;
        self.closing = false;
    }

    fn hold(&mut self, c: char, most: usize) {
        if self.held.len() + c.len_utf8() > most {
            self.too_long = true;
        } else {
            self.held.push(c);
        }
    }

    fn text(&mut self, c: char, out: &mut Vec<u8>) {
        match c {
            // BEL, BS, HT, LF, VT, FF, CR, and the two shifts of the character set
            '\x07'..='\x0f' => {
                self.marks.shift(c);
                push(out, c);
            }
            '\0'..='\x1f' | '\x7f' => {}
            _ => push(out, c),
        }
    }

    /// A C1 control that came as one character means the same as ESC and a letter.
    fn eight_bit(&mut self, c: char, out: &mut Vec<u8>) {
        self.to(State::Escape);
        if let Some(letter) = u32::from(c).checked_sub(0x40).and_then(char::from_u32) {
            self.escape(letter, out);
        }
    }

    fn escape(&mut self, c: char, out: &mut Vec<u8>) {
        match c {
            '[' if self.held.is_empty() => self.to(State::Control),
            ']' if self.held.is_empty() => self.to(State::Command),
            'P' | 'X' | '^' | '_' | 'k' if self.held.is_empty() => self.to(State::Dropped),
            ' '..='/' => self.hold(c, 2),
            '0'..='~' => self.judge(c, sequence::escape, out),
            _ => self.stray(c, out),
        }
    }

    fn control(&mut self, c: char, out: &mut Vec<u8>) {
        match c {
            ' '..='?' => self.hold(c, MAX_CONTROL),
            '@'..='~' => self.judge(c, sequence::control, out),
            _ => self.stray(c, out),
        }
    }

    fn judge(&mut self, last: char, by: fn(&str, char, &mut Marks) -> Option<String>, out: &mut Vec<u8>) {
        if !self.too_long
            && let Some(allowed) = by(&self.held, last, &mut self.marks)
        {
            out.extend_from_slice(allowed.as_bytes());
        }
        self.to(State::Text);
    }

    /// A character that has no place in a sequence: controls act at once, as in a terminal; text ends it.
    fn stray(&mut self, c: char, out: &mut Vec<u8>) {
        if !c.is_ascii() {
            self.to(State::Text);
        }
        self.text(c, out);
    }

    fn string(&mut self, c: char, out: &mut Vec<u8>) {
        match c {
            '\u{9c}' => self.end_string(out),
            '\x07' if self.state == State::Command => self.end_string(out),
            _ if self.state == State::Command => self.hold(c, MAX_COMMAND),
            _ => {}
        }
    }

    fn after_escape_in_string(&mut self, c: char, out: &mut Vec<u8>) {
        if c == '\\' {
            return self.end_string(out);
        }
        self.to(State::Escape);
        self.character(c, out);
    }

    fn end_string(&mut self, out: &mut Vec<u8>) {
        if self.state == State::Command
            && !self.too_long
            && let Some(allowed) = sequence::command(&self.held, &self.label, &mut self.marks)
        {
            out.extend_from_slice(allowed.as_bytes());
        }
        self.to(State::Text);
    }
}

fn push(out: &mut Vec<u8>, c: char) {
    out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
}
