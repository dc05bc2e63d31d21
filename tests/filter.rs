//! The filter between a zone's terminal and the user's: what passes, what does not, and that no splitting and no
//! noise gets anything through that is not on the list. The reference is a parser by other authors (`vte`).

use sep_run::client::filter::Filter;

fn filtered(input: &[u8]) -> Vec<u8> {
    let (mut filter, mut out) = (Filter::new("internet"), Vec::new());
    filter.pass(input, &mut out);
    out
}

/// What the program left is put back by this.
fn put_back(input: &[u8]) -> String {
    let (mut filter, mut out) = (Filter::new("internet"), Vec::new());
    filter.pass(input, &mut out);
    out.clear();
    filter.finish(&mut out);
    String::from_utf8(out).unwrap()
}

const PASSES: &[&str] = &[
    "plain text\r\n\ttab\x08\x07",
    "한국어 망분리 日本語 🙂👨‍👩‍👧 é a\u{301} \u{a0}\u{ad}",
    "\x1b[0m\x1b[1;31mred\x1b[38;5;196m\x1b[38;2;1;2;3m\x1b[4:3m\x1b[58:2::1:2:3m\x1b[m",
    "\x1b[H\x1b[2J\x1b[3J\x1b[10;20H\x1b[5A\x1b[B\x1b[K\x1b[?K\x1b[2L\x1b[M\x1b[3P\x1b[4@\x1b[7X\x1b[6d\x1b[3G\x1b[2b",
    "\x1b[?1049h\x1b[?25l\x1b[?1h\x1b=\x1b[?2004h\x1b[?1000h\x1b[?1006h\x1b[?1004h\x1b[?1000;1006l\x1b[?7l",
    "\x1b7\x1b8\x1bM\x1bD\x1bE\x1bH\x1b[2;20r\x1b[r\x1b[s\x1b[u\x1b[4h\x1b[4l\x1b[!p\x1bc\x1b#8",
    "\x1b(0lqk\x1b(B\x1b)0\x0eqqq\x0f",
    "\x1b[2 q\x1b[S\x1b[T",
];

/// What goes in, and what is left of it.
const CHANGED: &[(&str, &str)] = &[
    ("a\x1b]52;c;ZXZpbA==\x07b", "ab"),
    ("a\x1b]52;c;?\x1b\\b", "ab"),
    ("a\u{9d}52;c;ZXZpbA==\u{9c}b", "ab"),
    ("a\x1bP+q544e\x1b\\b\x1bP$qm\x1b\\c\u{90}1q\u{9c}d", "abcd"),
    ("a\x1b_Gi=1;AAAA\x1b\\b\x1b^pm\x1b\\c\x1bXsos\x1b\\d\u{9f}x\u{9c}e\u{9e}x\u{9c}f\u{98}x\u{9c}g", "abcdefg"),
    ("a\x1bPtmux;\x1b\x1b]52;c;eA==\x07\x1b\\b", "ab"),
    ("a\x1bktitle\x1b\\b", "ab"),
    ("a\x1b[cb\x1b[0c\x1b[>c\x1b[=cd\x1bZe", "abde"),
    ("a\x1b[6n\x1b[5n\x1b[?6n\x1b[?15nb", "ab"),
    ("a\x1b[?1$p\x1b[4$p\x1b[>q\x1b[x\x1b[1x\x1b[?ub", "ab"),
    ("a\x1b[21t\x1b[14t\x1b[18t\x1b[8;1;1t\x1b[22;0t\x1b[23;0tb", "ab"),
    ("a\x1b]10;?\x07\x1b]11;?\x1b\\\x1b]4;1;?\x07\x1b]4;1;#000000\x07\x1b]104\x07b", "ab"),
    ("a\x1b]7;file:///etc\x07\x1b]9;boo\x07\x1b]777;notify;a;b\x07\x1b]1337;File=:AAAA\x07\x1b]99;;x\x1b\\b", "ab"),
    ("a\x1b]8;;file:///tmp/x\x1b\\link\x1b]8;;\x1b\\b", "alinkb"),
    ("a\x05\x00\x11\x13\x7fb", "ab"),
    ("a\x1b[5i\x1b[4i\x1b[?5ib", "ab"),
    ("a\x1b%@\x1b%G\x1b F\x1b G\x1bn\x1bo\x1b~\x1bN\x1bOb", "ab"),
    ("a\x1b[>4;2m\x1b[>1u\x1b[=1u\x1b[<u\x1b[?4mb", "ab"),
    ("a\x1b[12;1]\x1b[1;2;3;4;5T\x1b[62\"p\x1b[1*yb", "ab"),
    ("a\x1b[?1000;9999;1006;1034hb", "a\x1b[?1000;1006hb"),
    ("a\x1b[?2031h\x1b[?1001h\x1b[2h\x1b[12hb", "ab"),
    ("a\u{9b}31mred\u{9b}0m\u{9b}6nb", "a\x1b[31mred\x1b[0mb"),
    ("a\x1b[3\n1mb", "a\n\x1b[31mb"),
    ("a\x1b[3\x181mb\x1b[6\x1a", "a1mb"),
    ("a\x1b[3\x1b[31mb", "a\x1b[31mb"),
    ("a\x1b[3한b", "a한b"),
    ("a\x1b[99999999999bb\x1b[70000bc", "abc"),
    ("a\x1b[?1;?2hb\x1b[1<mc", "abc"),
    ("a\u{85}\u{84}\u{81}b", "a\x1bE\x1bDb"),
    ("\x1b]0;vim \x1b[31m", "\x1b[31m"),
    ("\x1b]2;a\u{202e}b\nc\x07", "\x1b[22;0t\x1b]2;[internet] abc\x07"),
    ("\x1b]0;한글\u{9c}x\x1b]1;b\x1b\\", "\x1b[22;0t\x1b]0;[internet] 한글\x07x\x1b]1;[internet] b\x07"),
    ("\x1b]0\x07\x1b]l title\x1b\\\x1b]P1234567\x07x", "x"),
];

#[test]
fn what_programs_draw_with_passes_unchanged() {
    for text in PASSES {
        assert_eq!(String::from_utf8_lossy(&filtered(text.as_bytes())), *text);
    }
}

#[test]
fn screen_01_what_a_terminal_must_not_be_told_does_not_pass() {
    for (input, expected) in CHANGED {
        assert_eq!(String::from_utf8_lossy(&filtered(input.as_bytes())), *expected, "{input:?}");
    }
}

#[test]
fn screen_01_splitting_changes_nothing() {
    for input in PASSES.iter().copied().chain(CHANGED.iter().map(|c| c.0)) {
        let whole = filtered(input.as_bytes());
        for at in 0..=input.len() {
            let (mut filter, mut out) = (Filter::new("internet"), Vec::new());
            filter.pass(&input.as_bytes()[..at], &mut out);
            filter.pass(&input.as_bytes()[at..], &mut out);
            assert_eq!(out, whole, "{input:?} split at {at}");
        }
        let (mut filter, mut out) = (Filter::new("internet"), Vec::new());
        input.bytes().for_each(|byte| filter.pass(&[byte], &mut out));
        assert_eq!(out, whole, "{input:?} byte by byte");
    }
}

#[test]
fn bytes_that_are_not_utf8_become_replacement_characters() {
    assert_eq!(filtered(b"a\x9b6n\x9d52;c;x\x07\xffb"), "a\u{fffd}6n\u{fffd}52;c;x\x07\u{fffd}b".as_bytes());
    assert_eq!(filtered(b"\xe2\x1b[6nx\xe2\x82\xe2\x82\xacy"), "\u{fffd}x\u{fffd}€y".as_bytes());
    assert_eq!(filtered(b"\xc0\x9b6n\xed\xa0\x80"), "\u{fffd}\u{fffd}6n\u{fffd}\u{fffd}\u{fffd}".as_bytes());
}

#[test]
fn a_sequence_without_end_takes_no_memory_and_shows_nothing() {
    let mut endless = b"\x1b]0;".to_vec();
    endless.resize(3_000_000, b'x');
    assert_eq!(filtered(&endless), b"");
    endless.extend_from_slice(b"\x07after");
    assert_eq!(filtered(&endless), b"after", "too long a title is dropped whole");
    let long = format!("\x1b[{}mafter", "1;".repeat(5_000));
    assert_eq!(filtered(long.as_bytes()), b"after");
    let title = format!("\x1b]0;{}\x07", "t".repeat(1_000));
    assert!(filtered(title.as_bytes()).len() < 250);
}

#[test]
fn what_a_program_leaves_changed_is_put_back() {
    assert_eq!(put_back(b"plain\x1b[31mred\x1b[m\x1b[?1049h\x1b[?1049l\x1b[2;3r\x1b[r"), "");
    assert_eq!(
        put_back(b"\x1b[?1003h\x1b[?1006h\x1b[?1004h\x1b[?2004h"),
        "\x1b[?1003l\x1b[?1004l\x1b[?1006l\x1b[?2004l"
    );
    assert_eq!(put_back(b"\x1b[?25l\x1b[?7l\x1b[?1049h\x1b="), "\x1b[?7h\x1b[?25h\x1b[?1049l\x1b>");
    assert_eq!(
        put_back(b"\x1b[2;5r\x1b[31m\x1b(0\x1b[4 q\x1b[4h"),
        "\x1b7\x1b[r\x1b8\x1b[4l\x0f\x1b(B\x1b)B\x1b[0 q\x1b[m"
    );
    assert_eq!(put_back(b"\x1b]0;x\x07"), "\x1b[23;0t");
    assert_eq!(put_back(b"\x1b[?1000h\x1bc"), "", "a reset of the whole terminal is one of the modes too");
    assert_eq!(put_back(b"half \x1b[3"), "");
}

#[test]
fn while_the_user_has_the_terminal_the_mouse_is_off() {
    let (mut filter, mut out) = (Filter::new("z"), Vec::new());
    filter.pass(b"\x1b[?1000h\x1b[?1049h\x1b[?25l\x1b[2;9r", &mut out);
    out.clear();
    filter.suspend(&mut out);
    assert_eq!(out, b"\x1b7\x1b[r\x1b8\x1b[?25h\x1b[?1000l\x1b[?1049l");
    out.clear();
    filter.resume(&mut out);
    assert_eq!(out, b"\x1b[?25l\x1b[?1000h\x1b[?1049h");
    out.clear();
    filter.finish(&mut out);
    assert_eq!(out, b"\x1b[?25h\x1b[?1000l\x1b[?1049l", "also after it had it in between");
}

/// Reports whatever of the parsed output no terminal may be told.
#[derive(Default)]
struct Reference {
    forbidden: Vec<String>,
    text: usize,
}

impl vte::Perform for Reference {
    fn print(&mut self, _: char) {
        self.text += 1;
    }

    fn execute(&mut self, byte: u8) {
        if !(7..=15).contains(&byte) {
            self.forbidden.push(format!("control {byte:#x}"));
        }
    }

    fn hook(&mut self, _: &vte::Params, _: &[u8], _: bool, action: char) {
        self.forbidden.push(format!("DCS {action}"));
    }

    fn osc_dispatch(&mut self, params: &[&[u8]], _: bool) {
        let labelled = params.get(1).is_some_and(|title| title.starts_with(b"[internet] "));
        if !matches!(params, [b"0" | b"1" | b"2", ..]) || !labelled {
            self.forbidden.push(format!("OSC {params:?}"));
        }
    }

    fn csi_dispatch(&mut self, params: &vte::Params, between: &[u8], _: bool, action: char) {
        let words: Vec<Vec<u16>> = params.iter().map(<[u16]>::to_vec).collect();
        let keeps_title = action == 't' && (words == [[22], [0]] || words == [[23], [0]]);
        let asks = matches!(action, 'c' | 'n' | 't' | 'x' | 'i' | 'y' | 'w' | '|' | '{' | '}' | ']' | '[');
        let odd = between.iter().any(|b| matches!(b, b'<' | b'=' | b'>' | b'$' | b'"' | b'*' | b'#'));
        if (asks || odd) && !keeps_title {
            self.forbidden.push(format!("CSI {between:?} {words:?} {action}"));
        }
    }

    fn esc_dispatch(&mut self, between: &[u8], _: bool, byte: u8) {
        if matches!((between, byte), ([], b'Z' | b'N' | b'O' | b'n' | b'o' | b'k') | ([b'%' | b' ', ..], _)) {
            self.forbidden.push(format!("ESC {between:?} {byte}"));
        }
    }
}

/// xorshift64*: the same noise on every machine.
struct Noise(u64);

impl Noise {
    fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % most
    }
}

/// A few bytes of what terminals are attacked with.
fn piece(noise: &mut Noise, to: &mut Vec<u8>) {
    const PARTS: &[&str] = &[
        "\x1b", "\x1b[", "\x1b]", "\x1bP", "\x1b_", "\x1b^", "\x1bX", "\x1b\\", "\x07", "\u{9b}", "\u{9d}", "\u{90}",
        "\u{9c}", "?", ">", "=", "<", ";", ":", "0", "1", "6", "52;c;", "1049", "22;0", "$", "\"", " ", "#", "(", "%",
        "h", "l", "m", "n", "c", "t", "q", "u", "p", "Z", "k", "H", "\x18", "\x1a", "\n", "\x05", "\x7f", "가", "🙂",
        "x",
    ];
    match noise.below(8) {
        0 => to.push(noise.below(256) as u8),
        1 => to.push((0x80 + noise.below(0x20)) as u8),
        2 => to.extend_from_slice(["\x1b\\", "\x07", "\x1b[1m", "\x1b[?25h", "\x1b[2;3H"][noise.below(5)].as_bytes()),
        _ => to.extend_from_slice(PARTS[noise.below(PARTS.len())].as_bytes()),
    }
}

#[test]
fn screen_01_no_noise_gets_anything_forbidden_through() {
    let (mut sequences, mut shown) = (0, 0);
    for seed in 1..=20_000_u64 {
        let mut noise = Noise(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let mut input = Vec::new();
        (0..40).for_each(|_| piece(&mut noise, &mut input));
        let (mut filter, mut out, mut rest) = (Filter::new("internet"), Vec::new(), &input[..]);
        while !rest.is_empty() {
            let (now, later) = rest.split_at(1 + noise.below(rest.len()));
            filter.pass(now, &mut out);
            rest = later;
        }
        filter.finish(&mut out);
        let mut reference = Reference::default();
        vte::Parser::new().advance(&mut reference, &out);
        assert!(reference.forbidden.is_empty(), "seed {seed}: {:?} from {input:?}", reference.forbidden);
        let text = std::str::from_utf8(&out).expect("the output is UTF-8");
        assert!(!text.chars().any(|c| ('\u{80}'..='\u{9f}').contains(&c)), "seed {seed}: a C1 control");
        assert_eq!(filtered_again(&out), out, "seed {seed}: a second filter finds nothing to remove");
        sequences += text.matches('\x1b').count();
        shown += reference.text;
    }
    assert!(sequences > 10_000 && shown > 100_000, "the noise is not all swallowed: {sequences}, {shown}");
}

/// Through a filter once more. Titles would be labelled twice and kept again, so these are taken out first.
fn filtered_again(out: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(out).into_owned();
    if text.contains("\x1b]") { out.to_vec() } else { filtered(text.as_bytes()) }
}

/// The control of the test above: the same noise unfiltered does contain what is forbidden.
#[test]
fn the_noise_is_dangerous_before_it_is_filtered() {
    let mut found = 0;
    for seed in 1..=1_000_u64 {
        let mut noise = Noise(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let mut input = Vec::new();
        (0..40).for_each(|_| piece(&mut noise, &mut input));
        let mut reference = Reference::default();
        vte::Parser::new().advance(&mut reference, &input);
        found += usize::from(!reference.forbidden.is_empty());
    }
    assert!(found > 900, "{found} of 1000");
}
