//! Which language to speak.

use unic_langid::{LanguageIdentifier, langid};

/// A language that there is a catalogue of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Locale {
    /// What is spoken unless something else is asked for.
    English,
    /// 한국어
    Korean,
}

impl Locale {
    /// Every language.
    pub const ALL: &[Self] = &[Self::English, Self::Korean];

    /// From `LC_ALL`, `LC_MESSAGES`, `LANG` of this process: the first that is set and not empty decides. What a terminal
    /// of another encoding (`ko_KR.eucKR`) could only garble is said in English.
    pub fn from_env() -> Self {
        Self::of(|name| std::env::var(name).ok())
    }

    /// The same from any environment.
    pub fn of(env: impl Fn(&str) -> Option<String>) -> Self {
        let set = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().find_map(|name| env(name).filter(|v| !v.is_empty()));
        let set = set.unwrap_or_default();
        let language = set.split(['_', '.', '@']).next().unwrap_or_default();
        let encoding = set.split(['.', '@']).nth(1).filter(|_| set.contains('.')).unwrap_or("UTF-8");
        let garbles = !encoding.replace('-', "").eq_ignore_ascii_case("utf8");
        if language.eq_ignore_ascii_case("ko") && !garbles { Self::Korean } else { Self::English }
    }

    pub(super) fn language(self) -> LanguageIdentifier {
        match self {
            Self::English => langid!("en"),
            Self::Korean => langid!("ko"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(env: &[(&str, &str)]) -> Locale {
        Locale::of(|name| env.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned()))
    }

    #[test]
    fn the_first_that_is_set_decides() {
        assert_eq!(of(&[("LANG", "ko_KR.UTF-8")]), Locale::Korean);
        assert_eq!(of(&[("LC_ALL", "C"), ("LANG", "ko_KR.UTF-8")]), Locale::English);
        assert_eq!(of(&[("LC_ALL", ""), ("LC_MESSAGES", "ko"), ("LANG", "de_DE")]), Locale::Korean);
        assert_eq!(of(&[("LANG", "kok_IN")]), Locale::English);
        assert_eq!(of(&[("LANG", "ko_KR.utf8@x")]), Locale::Korean);
        assert_eq!(of(&[("LANG", "ko_KR.eucKR")]), Locale::English);
        assert_eq!(of(&[]), Locale::English);
    }
}
