//! Help in the user's language. The command line is defined once, in English; another language lays its words over that
//! definition, by the names that the arguments have there. Man pages are made of the same (tests/help.rs).

use std::ffi::OsString;

use clap::{Arg, ArgAction, Command, CommandFactory};

use super::words::{Locale, Words};
use super::{request, sepctl, sepd};

/// The commands of this package, in a language: `sep-run`, `sepctl` and `sepd`.
pub fn commands(locale: Locale) -> [Command; 3] {
    let words = Words::new(locale);
    [request::Typed::command(), sepctl::Typed::command(), sepd::Typed::command()].map(|command| match locale {
        Locale::English => command,
        _ => in_words_of(&words, command, &[]),
    })
}

/// The help that was asked for, in a language other than that of the definition; `None` where that is right.
pub(super) fn asked_for(program: &str, args: &[OsString], locale: Locale) -> Option<String> {
    if locale == Locale::English {
        return None;
    }
    let command = commands(locale).into_iter().find(|command| command.get_name() == program)?;
    let shown = command.try_get_matches_from(args).err()?;
    Some(shown.render().to_string())
}

/// A command with its words from the catalogue: `help-sepctl-profile-check` is what the verb does, `…-file` its argument.
fn in_words_of(words: &Words, command: Command, above: &[&str]) -> Command {
    let name = command.get_name().to_owned();
    let path: Vec<&str> = above.iter().copied().chain([name.as_str()]).collect();
    let key = |part: &str| ["help", &path.join("-"), part].join("-").trim_end_matches('-').to_owned();
    let said = |part: &str| words.find(&key(part), None, &[]);
    // clap takes headings that live as long as the program, which ends when the help is shown
    let heading = |what: &str| -> &'static str { words.text(&format!("help-heading-{what}"), &[]).leak() };
    let (arguments, switches, zone) = (heading("arguments"), heading("switches"), heading("zone"));
    let template = words.text(
        "help-template",
        &[("usage", "{usage}"), ("about", "{about-with-newline}"), ("args", "{all-args}"), ("after", "{after-help}")],
    );
    let mut command = command
        .mut_args(|arg| {
            let heading = match (arg.get_help_heading(), arg.is_positional()) {
                (Some(_), _) => zone,
                (None, true) => arguments,
                (None, false) => switches,
            };
            let help = said(arg.get_id().as_str());
            let arg = match said(&format!("{}-value", arg.get_id())) {
                Some(name) => arg.help_heading(heading).value_name(name.leak() as &str),
                None => arg.help_heading(heading),
            };
            if let Some(help) = help { arg.help(help) } else { arg }
        })
        .disable_help_flag(true)
        .disable_version_flag(true)
        .disable_help_subcommand(true)
        .arg(own("help", 'h', ArgAction::Help, words).help_heading(switches))
        .subcommand_help_heading(heading("verbs"))
        .subcommand_value_name(heading("verbs"))
        .help_template(template);
    if above.is_empty() {
        command = command.arg(own("version", 'V', ArgAction::Version, words).help_heading(switches));
    }
    if let Some(usage) = said("usage") {
        command = command.override_usage(usage);
    }
    for (part, lay) in [
        ("", Command::about as fn(Command, String) -> Command),
        ("long", Command::long_about),
        ("after", Command::after_help),
        ("after-long", Command::after_long_help),
    ] {
        if let Some(text) = said(part) {
            command = lay(command, text);
        }
    }
    let verbs: Vec<String> = command.get_subcommands().map(|verb| verb.get_name().to_owned()).collect();
    verbs.iter().fold(command, |command, verb| command.mut_subcommand(verb, |verb| in_words_of(words, verb, &path)))
}

fn own(name: &'static str, short: char, action: ArgAction, words: &Words) -> Arg {
    Arg::new(name).short(short).long(name).action(action).help(words.text(&format!("help-{name}"), &[]))
}
