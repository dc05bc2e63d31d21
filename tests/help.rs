//! What is made of the one definition of the command line: help in Korean, man pages in both languages, completions.
//! `SEP_WRITE=1` writes the files anew.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use clap_complete::Shell;
use sep_run::cli::commands;
use sep_run::cli::words::{Locale, Words};

fn file(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Compares with the file, or writes it.
#[track_caller]
fn expect(path: &str, text: &str) {
    let path = file(path);
    if std::env::var_os("SEP_WRITE").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
    }
    let there = fs::read_to_string(&path).unwrap_or_default();
    assert!(there == text, "{}: not what the command line says; SEP_WRITE=1 writes it", path.display());
}

/// Calls the body with each command and its path: `sep-run`, `sepctl`, `sepctl-profile`, …
fn each(command: &clap::Command, above: &str, body: &mut dyn FnMut(&clap::Command, &str)) {
    let path = [above, command.get_name()].join("-").trim_start_matches('-').to_owned();
    body(command, &path);
    command.get_subcommands().for_each(|verb| each(verb, &path, body));
}

#[test]
fn every_word_of_the_help_has_its_korean() {
    let words = Words::new(Locale::Korean);
    let mut known: BTreeSet<String> = BTreeSet::new();
    for command in commands(Locale::English) {
        each(&command, "", &mut |command, path| {
            let long = command.get_long_about().map(|_| "long");
            let after =
                [command.get_after_help().map(|_| "after"), command.get_after_long_help().map(|_| "after-long")];
            let args = command.get_arguments().map(|arg| arg.get_id().as_str());
            known.insert(format!("help-{path}"));
            known.extend(
                [long].into_iter().chain(after).flatten().chain(args).map(|part| format!("help-{path}-{part}")),
            );
        });
    }
    for key in &known {
        let said = words.find(key, None, &[]).unwrap_or_else(|| panic!("ko.ftl has no {key}"));
        assert!(said.chars().any(|c| ('가'..='힣').contains(&c)), "{key}: {said}");
    }
    let own = ["template", "help", "version", "sep-run-usage", "sep-run-words-value", "sepctl-usage"];
    let own = own.map(|key| format!("help-{key}"));
    for line in fs::read_to_string(file("src/cli/words/ko.ftl")).unwrap().lines().filter(|l| l.starts_with("help-")) {
        let key = line.split(' ').next().unwrap();
        assert!(
            known.contains(key) || own.iter().any(|own| own == key) || key.starts_with("help-heading-"),
            "nothing shows {key}"
        );
    }
}

#[test]
fn help_is_korean_under_a_korean_locale_only() {
    let run = |program: &str, words: &[&str], locale: &str| {
        let path = env!("CARGO_BIN_EXE_sep-run").replace("sep-run", program);
        let done = Command::new(path).args(words).env("LC_ALL", locale).output().unwrap();
        assert!(done.status.success(), "{done:?}");
        String::from_utf8(done.stdout).unwrap()
    };
    for (program, words) in [
        ("sep-run", vec!["-h"]),
        ("sep-run", vec!["--help"]),
        ("sepctl", vec!["--help"]),
        ("sepctl", vec!["doctor", "-h"]),
    ] {
        let (korean, english) = (run(program, &words, "ko_KR.UTF-8"), run(program, &words, "C"));
        assert!(english.is_ascii() && english.contains("Usage:"), "{english}");
        assert!(korean.contains("사용법:") && !korean.contains("Usage:") && !korean.contains("Options:"), "{korean}");
        // each switch of the one is in the other
        let switches = |text: &str| -> BTreeSet<String> {
            text.split(|c: char| c.is_whitespace() || c == ',')
                .filter(|w| w.starts_with("--"))
                .map(str::to_owned)
                .collect()
        };
        assert_eq!(switches(&korean), switches(&english));
    }
    assert!(
        run("sep-run", &["--help"], "C").len() > 2 * run("sep-run", &["-h"], "C").len() / 2 + 500,
        "short and whole"
    );
}

#[test]
fn man_pages_are_made_of_it() {
    for (locale, language) in [(Locale::English, "en"), (Locale::Korean, "ko")] {
        for command in commands(locale) {
            each(&command, "", &mut |command, path| {
                let mut page = Vec::new();
                // clap keeps names as long as the program lives
                let name: &'static str = path.to_owned().leak();
                // programs of the administrator stand in a section of their own, man(1)
                let section = if name == "sepd" { "8" } else { "1" };
                clap_mangen::Man::new(command.clone().name(name).display_name(name))
                    .section(section)
                    .date("")
                    .render(&mut page)
                    .unwrap();
                let name = format!("docs/man/{language}/{path}.{section}");
                expect(&name, &String::from_utf8(page).unwrap());
            });
        }
    }
}

#[test]
fn completions_are_made_of_it_and_a_shell_completes_with_them() {
    for command in commands(Locale::English) {
        for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
            let (mut script, mut command) = (Vec::new(), command.clone());
            let name = command.get_name().to_owned();
            clap_complete::generate(shell, &mut command, &name, &mut script);
            expect(&format!("packaging/completions/{name}.{shell}"), &String::from_utf8(script).unwrap());
        }
    }
    let script = format!(
        "source {}; COMP_WORDS=(sepctl doc); COMP_CWORD=1; _sepctl sepctl doc sepctl; echo ${{COMPREPLY[@]}}",
        file("packaging/completions/sepctl.bash").display()
    );
    let done = Command::new("bash").args(["--norc", "-c", &script]).output().unwrap();
    assert_eq!(String::from_utf8(done.stdout).unwrap(), "doctor\n", "{}", String::from_utf8_lossy(&done.stderr));
}
