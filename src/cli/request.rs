//! The command line of `sep-run`: what was typed, and what is meant by it.

use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;

use clap::Parser;
use clap::error::ErrorKind;

use super::{Shown, meant, profiles, shown, switches};
use crate::policy::Switches;
use crate::wire::{Code, Failure, Stage};

/// What was typed. The profile and the program are one list for clap, so that nothing behind the profile is taken
/// for a switch of ours.
#[derive(Parser)]
#[command(
    name = "sep-run",
    version,
    about = "Run an internet program in a zone of its own",
    long_about = "Run an internet program in a zone: a sandbox of this PC's own kernel and programs, with a file \
                  system, an identity and a network card of its own.",
    override_usage = "sep-run [switches] PROFILE [--] [PROGRAM ARG...]",
    after_help = "Example: sep-run internet firefox",
    after_long_help = "Examples:\n  sep-run internet firefox https://example.org\n  sep-run strict curl -sS \
                       https://example.org\n  sep-run internet              the shell of the zone\n\nExit status: the \
                       program's own; 128+n when signal n ended it; 125 no zone could be\nmade, 126 the program can not \
                       be executed, 127 it is not there.\n\nsepctl explain PROFILE tells what a profile may do; sepctl \
                       doctor tells whether this PC can."
)]
pub(super) struct Typed {
    /// Say on standard error how long each stage took
    #[arg(long)]
    timing: bool,
    /// Say errors only
    #[arg(short, long)]
    quiet: bool,
    /// Print the plan as JSON and start nothing
    #[arg(long)]
    dry_run: bool,
    /// Profile, then the program and its arguments; without a program, a shell
    #[arg(trailing_var_arg = true, value_name = "PROFILE")]
    words: Vec<OsString>,
    #[command(flatten)]
    switches: switches::Typed,
}

/// What is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Name of the profile; not looked up yet.
    pub profile: String,
    /// The program and its arguments, byte for byte; empty means the plan's shell.
    pub argv: Vec<OsString>,
    /// Nothing but errors is said.
    pub quiet: bool,
    /// The time of each stage is said.
    pub timing: bool,
    /// The plan is printed, and nothing is made.
    pub dry_run: bool,
    /// What changes the zone.
    pub switches: Switches,
}

pub(super) fn parse(args: impl IntoIterator<Item = OsString>) -> Result<Request, Shown> {
    let args: Vec<OsString> = args.into_iter().collect();
    if args.len() < 2 {
        return Err(profiles::listed());
    }
    let typed = Typed::try_parse_from(&args).map_err(|e| shown("sep-run", &e, &args))?;
    request(typed, &args).map_err(|failure| Shown::failure("sep-run", &failure))
}

fn request(typed: Typed, args: &[OsString]) -> Result<Request, Failure> {
    let mut words = typed.words.into_iter();
    let profile = words.next().ok_or_else(|| Failure::new(Stage::Parse, Code::NoProfileNamed, &[]))?;
    let profile = profile.to_string_lossy().into_owned();
    let mut argv: Vec<OsString> = words.collect();
    match argv.first() {
        Some(first) if first == "--" => drop(argv.remove(0)),
        // behind a word that is no profile, that is the error
        Some(first) if first.as_bytes().starts_with(b"-") && profiles::is_one(&profile) => {
            let command = where_it_belongs(args, argv.len(), first);
            return Err(Failure::new(Stage::Parse, Code::LateSwitch, &[&first.to_string_lossy(), &command]));
        }
        _ => {}
    }
    let switches = typed.switches.meant()?;
    Ok(Request { profile, argv, quiet: typed.quiet, timing: typed.timing, dry_run: typed.dry_run, switches })
}

/// The same command line with a switch of ours before the profile; what is none of ours may be the program's name,
/// which two hyphens say. `behind` counts the words behind the profile, the switch first.
fn where_it_belongs(args: &[OsString], behind: usize, switch: &OsString) -> String {
    let mut words: Vec<OsString> = args.iter().skip(1).cloned().collect();
    let at = words.len().saturating_sub(behind);
    let program: Vec<OsString> = words.split_off(at);
    if is_ours(switch) {
        words.insert(0, switch.clone());
        words.extend(program.into_iter().skip(1));
    } else {
        words.push("--".into());
        words.extend(program);
    }
    meant::command("sep-run", &words)
}

fn is_ours(switch: &OsString) -> bool {
    let tried = Typed::try_parse_from([&OsString::from("sep-run"), switch, &OsString::from("x")]);
    !tried.is_err_and(|error| error.kind() == ErrorKind::UnknownArgument)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(words: &[&str]) -> Result<Request, Shown> {
        parse(std::iter::once("sep-run").chain(words.iter().copied()).map(OsString::from))
    }

    fn request(profile: &str, argv: &[&str]) -> Request {
        let argv = argv.iter().map(OsString::from).collect();
        Request {
            profile: profile.into(),
            argv,
            quiet: false,
            timing: false,
            dry_run: false,
            switches: Switches::default(),
        }
    }

    #[test]
    fn words_behind_the_profile_are_the_programs() {
        assert_eq!(parsed(&["internet", "firefox"]), Ok(request("internet", &["firefox"])));
        let curl = ["curl", "-sS", "--quiet", "--", "-x", "--timing"];
        let all: Vec<&str> = std::iter::once("internet").chain(curl).collect();
        assert_eq!(parsed(&all), Ok(request("internet", &curl)));
        assert_eq!(parsed(&["internet"]), Ok(request("internet", &[])));
    }

    #[test]
    fn two_hyphens_end_our_own_words() {
        assert_eq!(parsed(&["internet", "--", "firefox", "-P"]), Ok(request("internet", &["firefox", "-P"])));
        assert_eq!(parsed(&["--", "internet", "firefox"]), Ok(request("internet", &["firefox"])));
        assert_eq!(parsed(&["internet", "--", "-odd"]), Ok(request("internet", &["-odd"])));
    }

    #[test]
    fn switches_stand_before_the_profile() {
        let all = Request { quiet: true, timing: true, dry_run: true, ..request("internet", &["ls"]) };
        assert_eq!(parsed(&["-q", "--timing", "--dry-run", "internet", "ls"]), Ok(all));
    }
}
