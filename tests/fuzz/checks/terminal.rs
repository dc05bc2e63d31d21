//! What a program writes to its terminal: the same comes out however it is split; what comes out is text and sequences of
//! a list written anew here; filtered once more it stays as it is, but for titles, which would get their label twice.

use sep_run::client::filter::Filter;

const LABEL: &str = "[internet] ";

/// True when a sequence passed.
pub fn check(bytes: &[u8]) -> bool {
    let (whole, end) = filtered(bytes.chunks(bytes.len().max(1)));
    assert_eq!(filtered(bytes.chunks(1)), (whole.clone(), end.clone()), "byte by byte");
    assert_eq!(filtered(uneven(bytes).into_iter()), (whole.clone(), end.clone()), "split unevenly");
    let plain = without_titles(&whole);
    without_titles(&end);
    let (again, _) = filtered([plain.as_slice()].into_iter());
    assert!(again == plain, "not the same twice: {:?} {:?}", text(&plain), text(&again));
    interrupted(bytes);
    whole.contains(&0x1b)
}

/// What passes, and what is written at the end.
fn filtered<'a>(chunks: impl Iterator<Item = &'a [u8]>) -> (Vec<u8>, Vec<u8>) {
    let (mut filter, mut out, mut end, mut nothing) = (Filter::new("internet"), Vec::new(), Vec::new(), Vec::new());
    chunks.for_each(|chunk| filter.pass(chunk, &mut out));
    filter.finish(&mut end);
    filter.finish(&mut nothing);
    assert_eq!(nothing, b"", "what was put back is put back again");
    (out, end)
}

/// Pieces of sizes that depend on what is in them.
fn uneven(bytes: &[u8]) -> Vec<&[u8]> {
    let (mut rest, mut pieces) = (bytes, Vec::new());
    while let Some(first) = rest.first() {
        let (piece, after) = rest.split_at((usize::from(*first) % 7 + 1).min(rest.len()));
        pieces.push(piece);
        rest = after;
    }
    pieces
}

/// The user takes the terminal back and gives it again, anywhere: what comes out is from the list all the same.
fn interrupted(bytes: &[u8]) {
    let (first, second) = bytes.split_at(bytes.len() / 2);
    let (mut filter, mut out) = (Filter::new("internet"), Vec::new());
    filter.pass(first, &mut out);
    filter.suspend(&mut out);
    filter.resume(&mut out);
    filter.pass(second, &mut out);
    filter.finish(&mut out);
    without_titles(&out);
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap_or_else(|e| panic!("not UTF-8: {e}: {bytes:02x?}"))
}

/// Reads what came out, panics at what no terminal may be told, and leaves titles away.
fn without_titles(out: &[u8]) -> Vec<u8> {
    let (mut rest, mut kept) = (text(out), String::new());
    while let Some(c) = rest.chars().next() {
        let length = if c == '\x1b' { sequence(rest) } else { c.len_utf8() };
        let whole = matches!(c, '\x07'..='\x0f' | '\x1b') || !c.is_control();
        assert!(whole, "control {c:?} in {:?}", text(out));
        let (piece, after) = rest.split_at(length);
        if !piece.starts_with("\x1b]") && !["\x1b[22;0t", "\x1b[23;0t"].contains(&piece) {
            kept.push_str(piece);
        }
        rest = after;
    }
    kept.into_bytes()
}

/// The length of the sequence that the text begins with.
fn sequence(rest: &str) -> usize {
    let bytes = rest.as_bytes();
    let refused = || panic!("a sequence that is refused: {:?}", rest.chars().take(40).collect::<String>());
    match (bytes.get(1), bytes.get(2)) {
        (Some(b'['), _) => control(rest).unwrap_or_else(refused),
        (Some(b']'), Some(b'0' | b'1' | b'2')) => title(rest).unwrap_or_else(refused),
        (Some(b'(' | b')' | b'*' | b'+'), Some(b'0' | b'A' | b'B')) => 3,
        (Some(b'#'), Some(b'3'..=b'6' | b'8')) => 3,
        (Some(b'7' | b'8' | b'D' | b'E' | b'H' | b'M' | b'=' | b'>' | b'c'), _) => 2,
        _ => refused(),
    }
}

/// `ESC ] N ; [zone] title BEL`
fn title(rest: &str) -> Option<usize> {
    let inside = rest.get(3..)?.strip_prefix(';')?.strip_prefix(LABEL)?;
    let (title, _) = inside.split_once('\x07')?;
    let moves = |c: char| ('\u{202a}'..='\u{202e}').contains(&c) || ('\u{2066}'..='\u{2069}').contains(&c);
    let fine = title.chars().count() <= 200 && !title.chars().any(|c| c.is_control() || moves(c));
    fine.then_some(4 + LABEL.len() + title.len() + 1)
}

/// `ESC [`, parameters, intermediates, a last character.
fn control(rest: &str) -> Option<usize> {
    let inside = rest.get(2..)?;
    let end = inside.find(|c: char| ('@'..='~').contains(&c))?;
    let (held, last) = (inside.get(..end)?, inside.as_bytes()[end]);
    let marked = held.starts_with('?');
    let between = held.trim_start_matches('?').trim_start_matches(|c: char| c.is_ascii_digit() || c == ';' || c == ':');
    let allowed = match (marked, between, last) {
        (false, "", b't') => ["22;0", "23;0"].contains(&held),
        (false, "", b'u') => held.is_empty(),
        (false, "", b'h' | b'l') => held.trim_start_matches('0') == "4",
        (false, "", b'T') => !held.contains([';', ':']),
        (false, "", b'm') => true,
        (false, "", b'@' | b'A'..=b'M' | b'P' | b'S' | b'X' | b'Z' | b'`' | b'a' | b'b') => !held.contains(':'),
        (false, "", b'd' | b'e' | b'f' | b'g' | b'r' | b's') => !held.contains(':'),
        (false, " ", b'q') | (false, "!", b'p') => true,
        (true, "", b'J' | b'K' | b'h' | b'l') => true,
        _ => false,
    };
    (allowed && held.len() <= 256).then_some(2 + end + 1)
}
