//! A profile file, alone and laid over the built-in one: an error stands inside the text; what is accepted makes a plan,
//! and nothing after the plan fails for what the file says.

use sep_run::network::relay::fuzzing::Judge;
use sep_run::policy::plan::Card;
use sep_run::policy::{Merged, Name, Origin, Plan, explain, merge, resolve};
use sep_run::wire::{Code, Failure};

#[path = "../../support/host.rs"]
mod host;

use host::host;

const BUILT_IN: &str = include_str!("../../../profiles/internet.json");

/// Files by the names that they are shown by.
type Files = Vec<(String, Vec<u8>)>;

/// The input is the file `internet.json` of a user.
pub fn check(bytes: &[u8]) -> bool {
    let name = Name::new("internet").expect("a name");
    let own = ("own.json".to_owned(), bytes.to_vec());
    let alone: Files = vec![own.clone()];
    let over: Files = vec![("built-in.json".to_owned(), BUILT_IN.as_bytes().to_vec()), own];
    match (merge(&name, &alone), merge(&name, &over)) {
        (Ok(merged), Ok(laid)) => {
            planned(&merged, &alone);
            planned(&laid, &over);
            true
        }
        (Err(failure), Err(laid)) => {
            stands_in(&failure, &alone);
            assert_eq!((&failure.code, &failure.args), (&laid.code, &laid.args), "another error in another layer");
            false
        }
        (alone, over) => panic!("right in one place and wrong in the other: {alone:?} {over:?}"),
    }
}

/// An error names one of the files, and a line and column of its text or right behind it.
fn stands_in(failure: &Failure, files: &Files) {
    assert_eq!(failure.code, Code::BadProfile, "{failure:?}");
    assert_eq!(failure.args.len(), 7, "{failure:?}");
    let (_, bytes) = files.iter().find(|(name, _)| *name == failure.args[0]).expect("a file that was read");
    let [line, column] = [&failure.args[1], &failure.args[2]].map(|n| n.parse::<usize>().expect("a number"));
    let lines: Vec<&[u8]> = bytes.split(|b| *b == b'\n').collect();
    assert!((1..=lines.len()).contains(&line), "line {line} of {}: {failure:?}", lines.len());
    let text = lines[line - 1];
    let columns = text.utf8_chunks().map(|c| c.valid().chars().count() + c.invalid().len()).sum::<usize>();
    assert!((1..=columns + 1).contains(&column), "column {column} of {columns}: {failure:?}");
}

fn planned(merged: &Merged, files: &Files) {
    let host = host();
    let plan = match resolve(merged, &host) {
        Ok(plan) => plan,
        Err(failure) => return stands_in(&failure, files),
    };
    let text = plan.to_json();
    assert_eq!(serde_json::from_str::<Plan>(&text).expect("a plan"), plan);
    assert_eq!(plan.first_difference(&text), None);
    assert_eq!(resolve(merged, &host).expect("the same plan").digest(), plan.digest());
    for statement in explain::explain(&plan, merged).iter().flat_map(|section| &section.statements) {
        if let Origin::File(name, line) = &statement.origin {
            let (_, bytes) = files.iter().find(|(file, _)| file == name).expect("a file that was read");
            let lines = bytes.split(|b| *b == b'\n').count();
            assert!((1..=lines).contains(&(*line as usize)), "{statement:?}");
        }
    }
    if let Card::Relay(relay) = &plan.card {
        Judge::new(relay).expect("a profile's prefixes are those of the relay");
    }
    let names: Vec<&String> = plan.env.iter().map(|(name, _)| name).collect();
    assert!(names.windows(2).all(|two| two[0] < two[1]), "each variable once: {names:?}");
    assert!(plan.files.read_only.iter().all(|f| f.is_absolute() && !host.home.starts_with(f)), "{:?}", plan.files);
}
