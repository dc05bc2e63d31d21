//! `sepctl bench startall`: what the zone costs when everything is opened at once, as section 4 of the founding paper asks:
//! three web sites in the zone and five documents on the PC, together, against the same without sep-run.
//!
//! The two scripts are those that people run (`packaging/startall/`), without windows. Rounds with and without the zone
//! alternate, and the first of a pair changes, so that what the machine does meanwhile meets both.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use clap::{Args, Subcommand};
use serde::Serialize;
use serde_json::json;

use super::words::{Locale, Words};
use super::{Shown, json, plot};
use crate::wire::{Code, Failure, Stage};

const INTERNET: &str = include_str!("../../packaging/startall/internet-startall");
const OFFICE: &str = include_str!("../../packaging/startall/office-startall");

/// What can be measured.
#[derive(Subcommand)]
pub enum Verb {
    /// Open web sites in the zone and documents on the PC at once, with and without sep-run
    Startall(Startall),
}

/// What is opened, and how often.
#[derive(Args)]
pub struct Startall {
    /// A web site; give three
    #[arg(long, required = true, value_name = "URL")]
    web: Vec<String>,
    /// A document; give five of different kinds
    #[arg(long, required = true, value_name = "FILE")]
    office: Vec<PathBuf>,
    /// How often each side is measured, at least 10
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u16).range(10..=1000))]
    rounds: u16,
    /// Where a picture of every round goes
    #[arg(long, value_name = "FILE.svg")]
    plot: Option<PathBuf>,
    /// Answer as JSON, with every round
    #[arg(long)]
    json: bool,
}

/// Seconds of one round.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Round {
    /// Until the last web site was loaded.
    pub web: f64,
    /// Until the last document was opened.
    pub office: f64,
}

impl Round {
    /// Until all of it was there.
    pub fn both(self) -> f64 {
        self.web.max(self.office)
    }
}

/// All rounds of both sides.
#[derive(Debug, Default, Serialize)]
pub struct Taken {
    /// The web sites in a zone.
    pub zone: Vec<Round>,
    /// The web sites without sep-run.
    pub bare: Vec<Round>,
}

/// One row of the table: a part, its seconds with and without the zone.
struct Row {
    part: &'static str,
    zone: Middle,
    bare: Middle,
}

/// A median in seconds, and an interval that has the true one with a confidence of at least 95 %.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Middle {
    /// The median.
    pub median: f64,
    /// Where the interval begins.
    pub from: f64,
    /// Where it ends.
    pub to: f64,
}

pub(super) fn run(verb: Verb) -> Result<Shown, Failure> {
    let Verb::Startall(asked) = verb;
    let mut taken = Taken::default();
    for round in 0..asked.rounds {
        for first in [true, false] {
            let in_zone = first == (round % 2 == 0);
            let side = if in_zone { &mut taken.zone } else { &mut taken.bare };
            side.push(measure(&asked, in_zone)?);
        }
    }
    if let Some(path) = &asked.plot {
        plot::write(path, &taken)?;
    }
    let rows = rows(&taken);
    Ok(if asked.json { json::answer(&report(&taken, &rows)) } else { Shown::answer(table(&rows, asked.rounds)) })
}

/// One round: both scripts are started at once.
fn measure(asked: &Startall, in_zone: bool) -> Result<Round, Failure> {
    let how: &[&str] = if in_zone { &["--check"] } else { &["--check", "--bare"] };
    let mut web = script("internet-startall", INTERNET)?;
    web.args(how).args(&asked.web);
    let mut office = script("office-startall", OFFICE)?;
    office.arg("--check").args(&asked.office);
    let began = Instant::now();
    let (web, office) = (started("internet-startall", web)?, started("office-startall", office)?);
    // the one that ends first is timed by a thread of its own
    let waiting = std::thread::spawn(move || ended("office-startall", office, began));
    let web = ended("internet-startall", web, began);
    let office = waiting.join().unwrap_or_else(|_| Err(failed("office-startall", "")));
    Ok(Round { web: web?, office: office? })
}

/// A script as a command: this `sep-run` is the first in its path.
fn script(name: &str, text: &str) -> Result<Command, Failure> {
    let own = std::env::current_exe().map_err(Failure::because(Stage::Parse, "find", "this program"))?;
    let mut path = own.parent().map(PathBuf::from).unwrap_or_default().into_os_string();
    path.push(":");
    path.push(std::env::var_os("PATH").unwrap_or_default());
    let mut command = Command::new("/bin/sh");
    command
        .args(["-c", text, name])
        .env("PATH", path)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    Ok(command)
}

fn started(name: &'static str, mut command: Command) -> Result<Child, Failure> {
    command.spawn().map_err(Failure::because(Stage::Run, "start", name))
}

fn ended(name: &str, script: Child, began: Instant) -> Result<f64, Failure> {
    let done = script.wait_with_output().map_err(Failure::because(Stage::Run, "wait for", "the script"))?;
    let took = began.elapsed().as_secs_f64();
    let said = String::from_utf8_lossy(&done.stderr);
    if done.status.success() { Ok(took) } else { Err(failed(name, said.trim())) }
}

fn failed(name: &str, said: &str) -> Failure {
    Failure::new(Stage::Run, Code::ScriptFailed, &[name, said.lines().next().unwrap_or_default()])
}

fn rows(taken: &Taken) -> [Row; 3] {
    let part = |part, of: fn(Round) -> f64| {
        let middle = |rounds: &[Round]| Middle::of(rounds.iter().copied().map(of).collect());
        Row { part, zone: middle(&taken.zone), bare: middle(&taken.bare) }
    };
    [part("web", |round| round.web), part("office", |round| round.office), part("both", Round::both)]
}

impl Middle {
    /// Of at least one figure. The interval lies between two of the figures, by their ranks, whatever their distribution
    /// is: the chance that the true median lies below the k-th of n is that of fewer than k heads in n throws of a coin.
    pub fn of(mut figures: Vec<f64>) -> Self {
        figures.sort_by(f64::total_cmp);
        let n = figures.len();
        let at = |rank: usize| figures.get(rank.min(n.saturating_sub(1))).copied().unwrap_or_default();
        let (mut below, mut next, mut outside) = (0.0, 0.5_f64.powi(n as i32), 0);
        for k in 0..n / 2 {
            below += next;
            next *= (n - k) as f64 / (k + 1) as f64;
            outside = if below <= 0.025 { k + 1 } else { outside };
        }
        let rank = outside.saturating_sub(1);
        Self {
            median: (at((n.saturating_sub(1)) / 2) + at(n / 2)) / 2.0,
            from: at(rank),
            to: at(n.saturating_sub(rank + 1)),
        }
    }
}

fn table(rows: &[Row], rounds: u16) -> String {
    let words = Words::new(Locale::from_env());
    let text = |key: &str| words.text(&format!("startall-{key}"), &[]);
    let mut out = format!(
        "| {} | {} | {} | {} |\n|---|---:|---:|---:|\n",
        text("what"),
        text("zone"),
        text("bare"),
        text("ratio")
    );
    for Row { part, zone, bare } in rows {
        let shown = |m: &Middle| format!("{:.2} s ({:.2}–{:.2})", m.median, m.from, m.to);
        out += &format!("| {} | {} | {} | {:.2} |\n", text(part), shown(zone), shown(bare), zone.median / bare.median);
    }
    out + &words.text("startall-how", &[("rounds", &rounds.to_string())]) + "\n"
}

fn report(taken: &Taken, rows: &[Row]) -> serde_json::Value {
    let row = |row: &Row| {
        (row.part.to_owned(), json!({ "zone": row.zone, "bare": row.bare, "ratio": row.zone.median / row.bare.median }))
    };
    json!({ "medians": rows.iter().map(row).collect::<serde_json::Map<_, _>>(), "rounds": taken })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_has_the_ranks_of_the_tables() {
        let interval = |n: u32| {
            let middle = Middle::of((1..=n).rev().map(f64::from).collect());
            (middle.median, middle.from, middle.to)
        };
        // the usual tables of the sign test: for 10 figures the second and the ninth, for 20 the sixth and the fifteenth
        assert_eq!(interval(10), (5.5, 2.0, 9.0));
        assert_eq!(interval(20), (10.5, 6.0, 15.0));
        assert_eq!(interval(9), (5.0, 2.0, 8.0));
        // too few for 95 %: the whole
        assert_eq!(interval(5), (3.0, 1.0, 5.0));
    }
}
