//! What was probably meant, where a failure only shows that something else was: the command line as it is typed into a
//! shell, a home of one's own. Nothing here is executed.

use std::ffi::OsString;
use std::path::Path;

use super::sepctl;
use crate::policy::Host;
use crate::wire::{Code, Failure, drives};

/// The longest command line that is shown, in bytes; of a longer one the help says more.
const LONGEST: usize = 300;

/// A failure with what was meant: the command line in place of the profile, the home in place of the file in it.
pub(super) fn completed(mut failure: Failure, program: &str, args: &[OsString]) -> Failure {
    if let Some(home) = home_of_somebody_else(&failure) {
        return Failure::new(failure.stage, Code::NoHome, &[&home]);
    }
    if let (Code::NoProfile, "sep-run", [verb, near, ..]) = (failure.code, program, failure.args.as_mut_slice())
        && sepctl::is_verb(verb)
    {
        *near = command("sepctl", args.get(1..).unwrap_or_default());
        return failure;
    }
    if let (Code::NoProfile, [name, near, ..]) = (failure.code, failure.args.as_mut_slice())
        && !near.is_empty()
    {
        // a program that was typed without a profile has one before it; the verbs of sepctl take no program
        let (profile, rest) = near.split_once(' ').unwrap_or((near.as_str(), ""));
        let with_program = program == "sep-run" && !rest.is_empty();
        *near = if with_program { before(program, args, name, profile) } else { instead(program, args, name, profile) };
    }
    failure
}

/// The home in which a file could not be used, where that is no folder of this user's.
fn home_of_somebody_else(failure: &Failure) -> Option<String> {
    let refused = [libc::EACCES, libc::EPERM, libc::ENOENT, libc::EROFS].contains(&failure.errno);
    let path = failure.args.last().filter(|_| [Code::System, Code::NotRecorded].contains(&failure.code) && refused)?;
    let host = Host::gather();
    (Path::new(path).starts_with(&host.home) && !host.has_home()).then(|| host.home.display().to_string())
}

/// The command line with one more word before the first that is `typed`.
fn before(program: &str, args: &[OsString], typed: &str, more: &str) -> String {
    let mut words: Vec<OsString> = args.iter().skip(1).cloned().collect();
    let at = words.iter().position(|word| word.to_string_lossy() == typed).unwrap_or(0);
    words.insert(at, more.into());
    command(program, &words)
}

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
    let fits = line.len() <= LONGEST && !line.contains(drives);
    if fits { line } else { String::new() }
}

fn quote(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./:=,+@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
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
    fn a_profile_that_is_not_there_is_replaced_or_put_before_the_program() {
        let failure =
            |near: &str, name: &str| Failure::new(crate::wire::Stage::Resolve, Code::NoProfile, &[name, near, ""]);
        let near = |failure: Failure| failure.args[1].clone();
        let args = words(&["sep-run", "-q", "firefox", "--new-tab"]);
        let meant = completed(failure("internet firefox", "firefox"), "sep-run", &args);
        assert_eq!(near(meant), "sep-run -q internet firefox --new-tab");
        let args = words(&["sepctl", "explain", "firefox"]);
        assert_eq!(near(completed(failure("internet firefox", "firefox"), "sepctl", &args)), "sepctl explain internet");
        let args = words(&["sep-run", "offise", "ls"]);
        assert_eq!(near(completed(failure("office", "offise"), "sep-run", &args)), "sep-run office ls");
        assert_eq!(near(completed(failure("", "qqq"), "sep-run", &args)), "");
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
