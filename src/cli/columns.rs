//! Lines as wide as the terminal is, counted in its cells: a syllable of Hangul takes two and is never cut.

use std::io::stdout;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::sys::tty;

/// The width where nobody says one: of a file, of a pipe, of a terminal that does not know.
const USUAL: usize = 80;
/// Nothing can be said in less.
const LEAST: usize = 8;

/// Cells in a line of standard output.
pub fn width() -> usize {
    let window = tty::window(stdout()).map(|(_, columns)| usize::from(columns));
    window.ok().filter(|columns| *columns > 0).unwrap_or(USUAL).max(LEAST)
}

/// Cells that a text takes.
pub fn cells(text: &str) -> usize {
    text.width()
}

/// The text with blanks behind it, or before it, up to so many cells.
pub fn padded(text: &str, cells: usize, right: bool) -> String {
    let blanks = " ".repeat(cells.saturating_sub(text.width()));
    if right { blanks + text } else { format!("{text}{blanks}") }
}

/// The text in lines of so many cells, broken at blanks where it has any; further lines begin with `indent` blanks.
pub fn wrapped(text: &str, cells: usize, indent: usize) -> String {
    let indent = indent.min(cells / 2);
    let (mut out, mut line, mut at) = (String::new(), String::new(), 0);
    let next = |out: &mut String, line: &mut String| {
        *out += line.trim_end();
        out.push('\n');
        *line = " ".repeat(indent);
        indent
    };
    for word in text.split_inclusive(' ') {
        if at + word.trim_end().width() > cells && !line.trim().is_empty() {
            at = next(&mut out, &mut line);
        }
        for c in word.chars() {
            let taken = c.width().unwrap_or(0);
            if at + taken > cells && c != ' ' {
                at = next(&mut out, &mut line);
            }
            line.push(c);
            at += taken;
        }
    }
    next(&mut out, &mut line);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_is_wider_and_no_syllable_is_cut() {
        let text = "  network: relay by the PC's own routing; 192.0.2.2, 존에서실행중인프로그램이름 뒤";
        for cells in [8, 9, 20, 21, 80, 300] {
            let lines = wrapped(text, cells, 4);
            assert!(lines.lines().all(|line| line.width() <= cells), "{cells}: {lines}");
            let letters = |text: &str| text.split_whitespace().collect::<String>();
            assert_eq!(letters(&lines), letters(text), "{cells}: nothing is lost");
        }
        assert_eq!(wrapped("one line", 80, 4), "one line\n");
    }

    #[test]
    fn columns_are_cells() {
        assert_eq!((padded("한글", 6, false), padded("7", 3, true)), ("한글  ".into(), "  7".into()));
    }
}
