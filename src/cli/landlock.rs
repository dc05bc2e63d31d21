//! What this kernel's Landlock can not do for a zone, in words.

use super::words::Words;
use crate::policy::Plan;
use crate::sandbox;

/// The sentence of a launch; `None` where nothing is lost.
pub(super) fn told(abi: u32, plan: &Plan, words: &Words) -> Option<String> {
    let lost = sandbox::lost(abi, plan);
    let args = [("abi", abi.to_string()), ("lost", named(&lost, words))];
    let args = args.each_ref().map(|(name, value)| (*name, value.as_str()));
    (!lost.is_empty()).then(|| words.text("landlock-lost", &args))
}

/// What is lost, one after the other.
pub(super) fn named(lost: &[&str], words: &Words) -> String {
    lost.iter().map(|name| words.text(&format!("landlock-{name}"), &[])).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::words::Locale;
    use crate::policy::{Host, Places, load, resolve};

    #[test]
    fn a_sentence_names_all_that_is_lost_in_both_languages() {
        let merged = load("strict", &Places { folders: vec![], programs: vec![] }).unwrap();
        let plan = resolve(&merged, &Host::gather()).unwrap();
        let told = |abi, locale| told(abi, &plan, &Words::new(locale));
        let expected =
            "this kernel's Landlock (ABI 4) does not limit: commands to devices, abstract sockets and signals";
        assert_eq!(told(4, Locale::English).as_deref(), Some(expected));
        let korean = told(1, Locale::Korean).unwrap();
        assert!(!korean.contains("landlock-") && korean.contains("포트"), "{korean}");
        assert_eq!((told(10, Locale::English), told(0, Locale::English)), (None, None));
    }
}
