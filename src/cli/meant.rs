//! The command line that was probably meant, as it is typed into a shell. Nothing here is executed.

use std::ffi::OsString;

/// The longest command line that is shown, in bytes; of a longer one the help says more.
const LONGEST: usize = 300;

/// The words after the program's name with one of them replaced. Empty when it can not be shown.
pub(super) fn instead(program: &str, args: &[OsString], typed: &str, near: &str) -> String {
    let mut words: Vec<OsString> = args.iter().skip(1).cloned().collect();
    if let Some(word) = words.iter_mut().find(|word| word.to_string_lossy().split('=').next() == Some(typed)) {
        let value = word.to_string_lossy().split_once('=').map(|(_, value)| format!("={value}"));
        *word = format!("{near}{}", value.unwrap_or_default()).into();
    }
    command(program, &words)
}

/// A command line with its words quoted where a shell needs it. Empty when it is too long or not text.
pub(super) fn command(program: &str, words: &[OsString]) -> String {
    let quoted: Option<Vec<String>> = words.iter().map(|word| word.to_str().map(quote)).collect();
    let line = quoted.map(|words| format!("{program} {}", words.join(" "))).unwrap_or_default();
    let fits = line.len() <= LONGEST && !line.contains(char::is_control);
    if fits { line } else { String::new() }
}

fn quote(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./:=,+@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) { word.to_owned() } else { format!("'{}'", word.replace('\'', "'\\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(words: &[&str]) -> Vec<OsString> {
        words.iter().map(OsString::from).collect()
    }

    #[test]
    fn one_word_is_replaced_and_a_shell_reads_the_rest_as_it_was() {
        let args = words(&["sep-run", "--timming", "internet", "echo", "it's"]);
        let line = instead("sep-run", &args, "--timming", "--timing");
        assert_eq!(line, r"sep-run --timing internet echo 'it'\''s'");
        let args = words(&["sepctl", "docter", ""]);
        assert_eq!(instead("sepctl", &args, "docter", "doctor"), "sepctl doctor ''");
    }

    #[test]
    fn what_can_not_be_typed_is_not_shown() {
        use std::os::unix::ffi::OsStringExt;
        assert_eq!(command("sep-run", &[OsString::from_vec(vec![0xff])]), "");
        assert_eq!(command("sep-run", &words(&["a\x1b"])), "");
        assert_eq!(command("sep-run", &[OsString::from("x".repeat(LONGEST))]), "");
        assert_eq!(command("sep-run", &words(&["x"])), "sep-run x");
    }
}
