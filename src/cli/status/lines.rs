//! A zone as lines for people, in the user's language and in the terminal's width.

use std::time::Duration;

use super::super::columns::{cells, padded, wrapped};
use super::super::figures::size;
use super::super::words::{Words, plain};
use super::Look;
use crate::client::census::{Account, Resident};
use crate::policy::plan::{Card, Limits};

/// Blanks before what belongs to a zone.
const INDENT: usize = 2;

/// Everything about one zone, each line ended.
pub fn zone(zone: &Look, words: &Words, width: usize) -> String {
    let profile = zone.plan.as_ref().map_or("?", |plan| &plan.profile);
    let age = age(zone.age, words);
    let head = [("zone", zone.name.as_str()), ("profile", profile), ("age", &age)];
    let mut out = wrapped(&words.text("status-zone", &head), width, INDENT);
    let below = [network(zone, words), traffic(zone, words), memory(zone, words)];
    for line in below.into_iter().flatten() {
        out += &wrapped(&format!("{:INDENT$}{line}", ""), width, 2 * INDENT);
    }
    let count = zone.programs.len().to_string();
    let heading = words.text("status-programs", &[("count", &count)]);
    out += &wrapped(&format!("{:INDENT$}{heading}", ""), width, 2 * INDENT);
    out + &programs(&zone.programs, words, width)
}

/// Minutes and seconds, or hours and minutes, or days and hours.
fn age(age: Duration, words: &Words) -> String {
    let seconds = age.as_secs();
    let (key, large, small) = match seconds {
        0..60 => ("status-seconds", seconds, 0),
        60..3_600 => ("status-minutes", seconds / 60, seconds % 60),
        3_600..86_400 => ("status-hours", seconds / 3_600, seconds % 3_600 / 60),
        _ => ("status-days", seconds / 86_400, seconds % 86_400 / 3_600),
    };
    words.text(key, &[("large", &large.to_string()), ("small", &small.to_string())])
}

fn network(zone: &Look, words: &Words) -> Option<String> {
    let addresses: Vec<String> = zone.addresses.iter().map(ToString::to_string).collect();
    Some(match zone.plan.as_ref()?.card {
        Card::None => words.text("status-network-none", &[]),
        Card::Relay(_) | Card::Macvlan(_) => {
            let (uplink, addresses) = (zone.uplink().unwrap_or_default(), addresses.join(", "));
            words.text("status-network", &[("uplink", uplink), ("addresses", &addresses)])
        }
    })
}

fn traffic(zone: &Look, words: &Words) -> Option<String> {
    let totals = zone.traffic?;
    let (up, down, refused) = (size(totals.up), size(totals.down), totals.refused.to_string());
    Some(words.text("status-traffic", &[("up", &up), ("down", &down), ("refused", &refused)]))
}

fn memory(zone: &Look, words: &Words) -> Option<String> {
    let (bytes, account) = zone.memory;
    let by = match account {
        Account::Scope => words.text("status-memory-scope", &[]),
        Account::Share => words.text("status-memory-share", &[]),
        Account::Resident => words.text("status-memory-resident", &[]),
    };
    let limits = zone.plan.as_ref().map(|plan| limits(&plan.limits, words)).unwrap_or_default();
    Some(words.text("status-memory", &[("bytes", &size(bytes)), ("by", &by), ("limits", &limits)]))
}

/// What the plan limits. Whether memory, processes and CPU are in force shows in how memory is counted.
fn limits(limits: &Limits, words: &Words) -> String {
    let memory = limits.memory_mib.map(|mib| size(mib.saturating_mul(1024 * 1024)));
    let each = [
        ("status-limit-memory", memory),
        ("status-limit-processes", limits.processes.map(|count| count.to_string())),
        ("status-limit-cpu", limits.cpu_weight.map(|weight| weight.to_string())),
        ("status-limit-files", limits.open_files.map(|count| count.to_string())),
    ];
    let said = each.into_iter().filter_map(|(key, number)| Some(words.text(key, &[("number", &number?)])));
    said.collect::<Vec<_>>().join(", ")
}

/// A line for each program: both numbers, whether it has a terminal, its age, its name.
pub fn programs(programs: &[Resident], words: &Words, width: usize) -> String {
    let heads = ["status-pid", "status-inside", "status-terminal", "status-age", "status-name"];
    let rows: Vec<[String; 5]> = programs.iter().map(|program| row(program, words)).collect();
    let all: Vec<[String; 5]> =
        if rows.is_empty() { rows } else { [vec![heads.map(|key| words.text(key, &[]))], rows].concat() };
    let columns = [0, 1, 2, 3].map(|at| all.iter().filter_map(|row| row.get(at)).map(|cell| cells(cell)).max());
    let line = |row: &[String; 5]| {
        let [pid, inside, terminal, age, name] = row;
        let fields = [(pid, true), (inside, true), (terminal, false), (age, true)].into_iter().zip(columns);
        let fields = fields.map(|((cell, right), wide)| padded(cell, wide.unwrap_or(0), right));
        let fields: String = fields.map(|field| field + "  ").collect();
        wrapped(&format!("{}{fields}{name}", " ".repeat(2 * INDENT)), width, 3 * INDENT)
    };
    all.iter().map(line).collect()
}

fn row(program: &Resident, words: &Words) -> [String; 5] {
    let terminal = if program.terminal { "status-yes" } else { "status-no" };
    [
        program.pid.to_string(),
        program.inside.to_string(),
        words.text(terminal, &[]),
        age(program.age, words),
        plain(&program.name).into_owned(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::words::Locale;
    use nix::unistd::Pid;

    /// A zone of programs with these names.
    fn look(names: &[&str]) -> Look {
        let own = |name: &&str| Resident::sample(Pid::from_raw(4_194_304), 7, name);
        Look {
            name: "internet".into(),
            plan: None,
            init: Pid::from_raw(7),
            age: Duration::from_secs(90_061),
            addresses: vec![],
            traffic: None,
            memory: (1 << 30, Account::Share),
            programs: names.iter().map(own).collect(),
        }
    }

    #[test]
    fn lines_fit_and_no_name_drives_the_terminal() {
        let hostile = "\u{1b}]52;c;A\u{7}\n\u{202e}";
        for locale in Locale::ALL {
            let words = Words::new(*locale);
            for width in [20, 80, 300] {
                let shown = zone(&look(&["firefox-esr", "한글프로그램", hostile]), &words, width);
                assert!(shown.lines().all(|line| cells(line) <= width), "{width}: {shown}");
                assert!(shown.chars().all(|c| c == '\n' || !c.is_control() && c != '\u{202e}'), "{shown:?}");
                let letters: String = shown.split_whitespace().collect();
                assert!(letters.contains("firefox-esr") && letters.contains("한글프로그램"), "{width}: {shown}");
                assert!(letters.contains("]52;c;A"), "the twin: it is shown, harmless: {shown}");
            }
        }
    }

    #[test]
    fn how_long_it_has_run() {
        let words = Words::new(Locale::English);
        let age = |seconds| age(Duration::from_secs(seconds), &words);
        assert_eq!((age(59), age(61)), ("59 s".into(), "1 min 1 s".into()));
        assert_eq!((age(3_660), age(90_061)), ("1 h 1 min".into(), "1 d 1 h".into()));
    }
}
