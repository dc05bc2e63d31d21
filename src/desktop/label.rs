//! The zone's name on a window: title and app_id as the desktop shows them. Pure text, no Wayland.
//!
//! The zone's programs choose the words. What could make a reader see something else than what is written
//! (control characters, line ends, bidi and invisible marks) does not pass, and the length is bounded, so that
//! the name in front stays visible and a message stays a message.

/// The most characters of a program's own title that pass.
pub const MAX_TITLE: usize = 200;

/// The most characters of a program's own app_id that pass.
pub const MAX_APP_ID: usize = 64;

/// `[zone] title`, or `[zone]` where nothing of the title remains.
pub fn title(zone: &str, title: &str) -> String {
    let seen = title.chars().filter(|c| !unseen(*c)).skip_while(|c| c.is_whitespace());
    let shown: String = seen.take(MAX_TITLE).collect();
    match shown.trim_end() {
        "" => format!("[{zone}]"),
        shown => format!("[{zone}] {shown}"),
    }
}

/// `zone.app`, or `zone` where nothing of the app_id remains. Only ASCII letters, digits, `.`, `_` and `-` pass, so
/// that it can be the name of a desktop entry; it neither begins with a dot nor holds two in a row.
pub fn app_id(zone: &str, app_id: &str) -> String {
    let mut kept = String::new();
    for c in app_id.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-')).take(MAX_APP_ID) {
        if c != '.' || !(kept.is_empty() || kept.ends_with('.')) {
            kept.push(c);
        }
    }
    match kept.trim_end_matches('.') {
        "" => zone.to_owned(),
        kept => format!("{zone}.{kept}"),
    }
}

/// Characters that a reader does not see, or that move others: control, bidi, joiners, separators, tags, fillers.
fn unseen(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{00ad}' | '\u{034f}' | '\u{061c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_carry_the_zone_and_nothing_hidden() {
        assert_eq!(title("internet", "외부 페이지 — Firefox"), "[internet] 외부 페이지 — Firefox");
        assert_eq!(title("internet", ""), "[internet]");
        assert_eq!(title("internet", " \u{202e}\r\n\u{200b}\t "), "[internet]");
        assert_eq!(title("internet", "a\u{202e}b\nc\u{0}d"), "[internet] abcd");
        assert_eq!(title("internet", "[business] Payroll"), "[internet] [business] Payroll");
    }

    #[test]
    fn app_ids_are_file_names() {
        assert_eq!(app_id("internet", "firefox-esr"), "internet.firefox-esr");
        assert_eq!(app_id("internet", "org.gnome.Evince"), "internet.org.gnome.Evince");
        assert_eq!(app_id("internet", ""), "internet");
        assert_eq!(app_id("internet", "../../etc/x y\n"), "internet.etcxy");
        assert_eq!(app_id("internet", "...a..b..."), "internet.a.b");
    }

    /// A small generator with a fixed seed (xorshift), so that a failure comes again.
    fn random_text(seed: &mut u64, len: usize) -> String {
        let mut next = || {
            *seed ^= *seed << 13;
            *seed ^= *seed >> 7;
            *seed ^= *seed << 17;
            *seed
        };
        let mut character = || match next() % 4 {
            0 => char::from((next() % 0xa0) as u8),
            1 => char::from_u32(0x2000 + (next() % 0x70) as u32).unwrap_or(' '),
            2 => char::from_u32((next() % 0x11_0000) as u32).unwrap_or('.'),
            _ => char::from(b"./_-[] aZ9"[(next() % 10) as usize]),
        };
        (0..len).map(|_| character()).collect()
    }

    #[test]
    fn whatever_comes_in_what_goes_out_is_sane() {
        let mut seed = 0x9e37_79b9_7f4a_7c15;
        for round in 0..20_000 {
            let text = random_text(&mut seed, round % 700);
            let titled = title("internet", &text);
            assert!(titled == "[internet]" || titled.starts_with("[internet] "), "{titled:?}");
            assert!(titled.chars().count() <= 11 + MAX_TITLE && titled.len() < 1024);
            assert!(!titled.chars().any(|c| c.is_control() || unseen(c)), "{titled:?}");
            // what was cleaned once stays as it is
            let own = titled.strip_prefix("[internet]").unwrap_or_default();
            assert_eq!(title("internet", own), titled);

            let id = app_id("internet", &text);
            let fine = |c: char| c.is_ascii_alphanumeric() || ".-_".contains(c);
            assert!(id == "internet" || id.starts_with("internet."), "{id:?}");
            assert!(id.len() <= 9 + MAX_APP_ID && id.chars().all(fine) && !id.contains("..") && !id.ends_with('.'));
        }
    }
}
