//! Which characters of a text are not shown as they are: one list for names that cross, for messages and for titles.

/// Whether a character drives a terminal, begins a line, turns the writing round or is not seen and makes two texts
/// look alike.
pub fn drives(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{061c}' | '\u{200e}'..='\u{200f}' | '\u{2028}'..='\u{2029}' | '\u{202a}'..='\u{202e}'
                | '\u{2066}'..='\u{2069}' | '\u{feff}'
        )
}

#[cfg(test)]
mod tests {
    use super::drives;

    #[test]
    fn marks_that_turn_the_writing_are_no_letters() {
        for c in "\u{1b}\u{7f}\u{9b}\n\u{61c}\u{200e}\u{200f}\u{2028}\u{2029}\u{202a}\u{202e}\u{2066}\u{2069}\u{feff}"
            .chars()
        {
            assert!(drives(c), "{c:?}");
        }
        // joiners stand within words of many languages, and Arabic and Hebrew letters turn by themselves
        for c in "a 한글عربעב\u{200c}\u{200d}\u{a0}\u{300}é‐".chars() {
            assert!(!drives(c), "{c:?}");
        }
    }
}
