//! What a zone whose home is in memory says before it ends: which downloads are lost, and what keeps them.

use std::ffi::OsString;
use std::io::{IsTerminal, stderr, stdin};

use super::figures::size;
use super::words::{Locale, Words};
use super::{Shown, meant};
use crate::broker;
use crate::client::census::Zone;
use crate::client::farewell::{Hold, Lost, is_empty, lost};
use crate::client::files::{Talk, begin};
use crate::policy::Plan;
use crate::wire::Failure;

/// The most files that are named.
const MOST: usize = 5;

/// Says which downloads end with the zone, if there are any and no other program is in it. On a terminal the zone is
/// there until Enter is pressed. What can not be found out is not said: the program has ended as it has.
pub(super) fn say(plan: &Plan, hold: &Hold) {
    let Ok(files) = last_ones(plan) else { return };
    if files.is_empty() {
        return;
    }
    let words = Words::new(Locale::from_env());
    if !stdin().is_terminal() || !stderr().is_terminal() {
        write(line(plan, &files, &words));
        return;
    }
    hold.until_enter(|| write(page(plan, &files, &words)));
    write("\n".into());
}

/// The downloads of a zone in which no program is left.
fn last_ones(plan: &Plan) -> Result<Vec<Lost>, Failure> {
    let connection = broker::another(plan)?;
    let zone = Zone::at(&connection)?;
    begin(&connection, plan)?;
    let files = lost(&Talk::open(connection, &mut |_| {})?)?;
    Ok(if files.is_empty() || is_empty(&zone) { files } else { Vec::new() })
}

fn write(text: String) {
    Shown { err: text, ..Shown::default() }.write();
}

/// For who is not there to answer.
fn line(plan: &Plan, files: &[Lost], words: &Words) -> String {
    let names: Vec<String> = files.iter().take(MOST).map(|file| file.trail.text()).collect();
    let args = [("zone", plan.zone.as_str()), ("names", &names.join(", ")), ("more", &more(files, words))];
    format!("sep-run: {}\n", words.text("farewell-lost", &args))
}

/// A line a file, what keeps them, and what is waited for.
fn page(plan: &Plan, files: &[Lost], words: &Words) -> String {
    let mut out = words.text("farewell-title", &[("zone", &plan.zone)]) + "\n";
    for file in files.iter().take(MOST) {
        let text = file.trail.text();
        let line = match file.size {
            Some(bytes) => words.text("farewell-file", &[("name", &text), ("size", &size(bytes))]),
            None => words.text("farewell-file", &[("name", &format!("{text}/")), ("size", "")]),
        };
        out += &format!("  {line}\n");
    }
    let more = more(files, words);
    if !more.is_empty() {
        out += &format!("  {more}\n");
    }
    out += &(words.text("farewell-keep", &[("command", &keeps(plan, files))]) + "\n");
    out + &words.text("farewell-enter", &[]) + " "
}

fn more(files: &[Lost], words: &Words) -> String {
    match files.len().saturating_sub(MOST) {
        0 => String::new(),
        count => words.text("farewell-more", &[("count", &count.to_string())]),
    }
}

/// The command that carries them out: the one file, or the folder that they are in.
fn keeps(plan: &Plan, files: &[Lost]) -> String {
    let first = files.first().map(|file| file.trail.clone()).unwrap_or_default();
    let words: Vec<OsString> = match files {
        [Lost { size: Some(_), .. }] => ["get", &plan.zone, &first.text()].map(Into::into).into(),
        [_] => ["get", "-r", &plan.zone, &first.text()].map(Into::into).into(),
        _ => {
            let folder = first.names().first().map(|name| name.text().to_owned()).unwrap_or_default();
            ["get", "-r", &plan.zone, &folder].map(Into::into).into()
        }
    };
    meant::command("sepctl", &words)
}
