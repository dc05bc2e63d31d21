//! Why something was refused: which rule, which file says so, and what opens it. Pure, of a line of the log and a profile.

use std::net::SocketAddr;
use std::path::Path;

use crate::audit::Event;
use crate::policy::{Merged, Origin};

/// What opens a refused destination, or who can.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mend {
    /// This command line, as its words.
    Command(Vec<String>),
    /// Nothing: it is the same in every zone.
    Nothing,
    /// The user, by changing the file.
    You,
    /// The administrator, by changing the file.
    Administrator,
    /// The user, by a profile file over the built-in one.
    Layer,
    /// A launch without that switch, or with the profile as it is now.
    Launch,
    /// The uplink, when it has a way there.
    Uplink,
    /// A PC that has room for more.
    Room,
}

/// Where a refusal comes from, and what opens it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// The file and line, or what else says so.
    pub origin: Origin,
    /// What opens it.
    pub mend: Mend,
}

/// Judges a refused line of a zone by its profile as it is now; `config` is the user's own folder of settings.
pub fn of(event: &Event, merged: &Merged, config: &Path) -> Reason {
    let rule = event.rule.as_deref().unwrap_or_default();
    let (origin, mend) = match rule {
        "private" => (private(merged), allow(event, merged)),
        "business" => by_file(merged, &["network.business", "network.business_cards"], config),
        "denied" => by_file(merged, &["network.deny"], config),
        "name" if is_denied(event, merged) => by_file(merged, &["network.names_denied"], config),
        "name" if merged.profile.network.names_allowed.is_none() => (Origin::Switch, Mend::Launch),
        "name" => (merged.origin("network.names_allowed"), name(event, merged)),
        "uplink" => (merged.origin("network.uplink"), Mend::Uplink),
        "socket" => (Origin::Host, Mend::Room),
        _ => (Origin::Always, Mend::Nothing),
    };
    Reason { origin, mend }
}

/// A list of what is open is where a private address would have to stand; without one no file says anything of it.
fn private(merged: &Merged) -> Origin {
    match merged.origin("network.allow") {
        Origin::File(file, line) => Origin::File(file, line),
        _ => Origin::Always,
    }
}

/// The first of the keys that a file says something about, and who can change that file.
fn by_file(merged: &Merged, paths: &[&str], config: &Path) -> (Origin, Mend) {
    let said = paths.iter().map(|path| merged.origin(path)).find(|origin| matches!(origin, Origin::File(..)));
    let Some(Origin::File(file, line)) = said else { return (Origin::Switch, Mend::Launch) };
    let mend = if file.starts_with("built-in:") {
        Mend::Layer
    } else if Path::new(&file).starts_with(config) {
        Mend::You
    } else {
        Mend::Administrator
    };
    (Origin::File(file, line), mend)
}

/// Whether the name, or one above it, is on the list of those that are not answered.
fn is_denied(event: &Event, merged: &Merged) -> bool {
    let Some(name) = event.name.as_deref() else { return false };
    let covers = |denied: &str| name == denied || name.strip_suffix(denied).is_some_and(|rest| rest.ends_with('.'));
    merged.profile.network.names_denied.iter().any(|denied| covers(denied.as_str()))
}

fn name(event: &Event, merged: &Merged) -> Mend {
    match (&event.name, event.destination) {
        (Some(name), _) => launch(merged, "--allow-name", name),
        (None, Some(_)) => allow(event, merged),
        (None, None) => Mend::Nothing,
    }
}

fn allow(event: &Event, merged: &Merged) -> Mend {
    // of an IPv4 address inside an IPv6 one it is the former that is judged
    let to = event.destination.map(|to| to.to_canonical());
    match (to, event.port) {
        (Some(to), Some(port)) => launch(merged, "--allow", &SocketAddr::new(to, port).to_string()),
        (Some(to), None) => launch(merged, "--allow", &to.to_string()),
        (None, _) => Mend::Nothing,
    }
}

/// The launch with one more switch. A zone that is not its profile's first has a name of its own.
fn launch(merged: &Merged, switch: &str, value: &str) -> Mend {
    let zone = merged.zone();
    let own = zone.strip_prefix(&merged.name).and_then(|rest| rest.strip_prefix('-'));
    let named = own.map(|own| ["--name".to_owned(), own.to_owned()]);
    let words = ["sep-run", switch, value].map(str::to_owned).into_iter();
    Mend::Command(words.chain(named.into_iter().flatten()).chain([merged.name.clone()]).collect())
}

#[cfg(test)]
#[path = "reason_tests.rs"]
mod tests;
