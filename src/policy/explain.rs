//! The plan as statements with their origins; `cli::explain` makes words of them in the user's language.
//!
//! Every field of the plan is stated. What personal mode can not have is stated too, so that nobody believes more.

use super::layers::{Merged, Origin};
use super::plan::{Addressing, Card, Layer, LogConnections, Macvlan, Mode, Plan, Relay};
use super::values::mac_text;

/// One chapter of the explanation; its heading is the message `explain-section-KEY`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// Key of the heading.
    pub key: &'static str,
    /// What it states, in order.
    pub statements: Vec<Statement>,
}

/// One statement; its sentence is the message `explain-KEY`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Key of the sentence.
    pub key: &'static str,
    /// Arguments of the sentence, by name.
    pub args: Vec<(&'static str, String)>,
    /// Where it comes from.
    pub origin: Origin,
}

/// The whole plan, section by section.
pub fn explain(plan: &Plan, merged: &Merged) -> Vec<Section> {
    vec![
        Section { key: "who", statements: who(plan) },
        Section { key: "files", statements: files(plan, merged) },
        Section { key: "programs", statements: programs(plan, merged) },
        Section { key: "seals", statements: seals(plan, merged) },
        Section { key: "limits", statements: limits(plan, merged) },
        Section { key: "network", statements: network(&plan.card, merged) },
        Section { key: "desktop", statements: desktop(plan, merged) },
        Section { key: "env", statements: env(plan, merged) },
        Section { key: "mode", statements: mode(plan) },
    ]
}

fn say(key: &'static str, args: &[(&'static str, &dyn ToString)], origin: Origin) -> Statement {
    Statement { key, args: args.iter().map(|(name, value)| (*name, value.to_string())).collect(), origin }
}

fn yes(value: bool) -> &'static str {
    if value { "yes" } else { "no" }
}

fn who(plan: &Plan) -> Vec<Statement> {
    let person = &plan.person;
    let (inside, outside) = (person.home.display(), plan.home_on_host());
    vec![
        say("person", &[("name", &person.name), ("uid", &person.uid), ("gid", &person.gid)], Origin::Host),
        say("hostname", &[("name", &person.hostname)], Origin::Always),
        match plan.files.memory_home {
            true => say("home-memory", &[("inside", &inside), ("mib", &plan.files.scratch_mib)], Origin::Switch),
            false => say("home", &[("inside", &inside), ("outside", &outside.display())], Origin::Host),
        },
        say("runtime", &[("path", &plan.store.runtime.display())], Origin::Host),
        say("audit", &[("path", &plan.store.audit.display())], Origin::Host),
    ]
}

fn files(plan: &Plan, merged: &Merged) -> Vec<Statement> {
    let files = &plan.files;
    let own: Vec<&str> = merged.profile.files.read_only.iter().map(|f| f.as_str()).collect();
    let mut statements: Vec<Statement> = files
        .read_only
        .iter()
        .map(|folder| {
            let from_profile = folder.to_str().is_some_and(|f| own.contains(&f));
            let origin = if from_profile { merged.origin("files.read_only") } else { Origin::Host };
            say("read-only", &[("path", &folder.display())], origin)
        })
        .collect();
    statements.extend(files.shared.iter().map(|share| {
        let places: [(&str, &dyn ToString); 2] =
            [("path", &share.outside.display()), ("inside", &share.inside.display())];
        say(if share.writable { "shared" } else { "shared-read-only" }, &places, Origin::Switch)
    }));
    statements.push(say("etc", &[("count", &files.etc.len()), ("list", &files.etc.join(", "))], Origin::Always));
    statements.push(say("exec-home", &[("yes", &yes(files.exec_home))], merged.origin("files.exec_home")));
    statements.push(say("gpu", &[("yes", &yes(files.gpu))], merged.origin("files.gpu")));
    statements.push(say("scratch", &[("mib", &files.scratch_mib)], merged.origin("files.scratch_mib")));
    statements
}

fn programs(plan: &Plan, merged: &Merged) -> Vec<Statement> {
    let alias = |(name, real): &(String, Vec<String>)| {
        let origin = merged.origin_of_key("programs", name);
        say("program", &[("name", name), ("list", &real.join(", "))], origin)
    };
    let aliases = plan.programs.iter().map(alias);
    aliases.chain([say("program-any", &[], Origin::Always)]).collect()
}

fn seals(plan: &Plan, merged: &Merged) -> Vec<Statement> {
    let seals = &plan.seals;
    let mut statements = vec![
        say("always", &[], Origin::Always),
        say("nested", &[("yes", &yes(seals.nested_namespaces))], merged.origin("seals.nested_namespaces")),
        say("landlock", &[("abi", &seals.landlock_min_abi)], merged.origin("seals.landlock_min_abi")),
    ];
    let optional = |layer: &Layer| say("optional", &[("layer", &layer.name())], merged.origin("seals.optional"));
    statements.extend(seals.optional.iter().map(optional));
    statements
}

fn limits(plan: &Plan, merged: &Merged) -> Vec<Statement> {
    let limits = &plan.limits;
    let each = [
        ("memory", "no-memory", limits.memory_mib, "limits.memory_mib"),
        ("processes", "no-processes", limits.processes, "limits.processes"),
        ("cpu", "no-cpu", limits.cpu_weight, "limits.cpu_weight"),
        ("open-files", "no-open-files", limits.open_files, "limits.open_files"),
    ];
    let mut statements: Vec<Statement> = each
        .into_iter()
        .map(|(some, none, value, path)| match value {
            Some(value) => say(some, &[("value", &value)], merged.origin(path)),
            None => say(none, &[], merged.origin(path)),
        })
        .collect();
    let (managed, origin) = if plan.mode == Mode::Personal { (false, Origin::Mode) } else { (true, Origin::Always) };
    statements.push(say("limits-by", &[("managed", &yes(managed))], origin));
    statements.push(say("limits-required", &[("yes", &yes(limits.required))], merged.origin("limits.required")));
    statements
}

fn network(card: &Card, merged: &Merged) -> Vec<Statement> {
    match card {
        Card::None => vec![say("card-none", &[], merged.origin("network.card"))],
        Card::Relay(relay) => relayed(relay, merged),
        Card::Macvlan(card) => on_uplink(card, merged),
    }
}

fn on_uplink(card: &Macvlan, merged: &Merged) -> Vec<Statement> {
    let at = |key: &str| merged.origin(&format!("network.{key}"));
    let mac = mac_text(&card.mac);
    let mut statements = vec![
        say("card-macvlan", &[("uplink", &card.uplink)], at("card")),
        match &card.addressing {
            Addressing::Fixed(place) => {
                let (address, length) = place.address;
                say("card-address", &[("mac", &mac), ("address", &format!("{address}/{length}"))], Origin::Host)
            }
            Addressing::Dhcp(dhcp) => {
                let args: [(&str, &dyn ToString); 3] =
                    [("mac", &mac), ("host", &dhcp.host), ("seconds", &dhcp.timeout)];
                say("card-dhcp", &args, Origin::Host)
            }
        },
        say("closed", &[], Origin::Always),
    ];
    for (word, list) in [("allow", &card.allow), ("deny", &card.deny)] {
        statements.extend(listed(word, at(word), list, 0));
    }
    statements
}

fn relayed(relay: &Relay, merged: &Merged) -> Vec<Statement> {
    let at = |key: &str| merged.origin(&format!("network.{key}"));
    let mut statements = vec![
        say("card-relay", &[], at("card")),
        match &relay.uplink {
            Some(nic) => say("uplink", &[("nic", nic)], at("uplink")),
            None => say("no-uplink", &[], at("uplink")),
        },
        say("closed", &[], Origin::Always),
    ];
    let switches = &merged.switches;
    let lists = [
        ("business", "business", relay.business.as_slice(), 0),
        ("business-cards", "business_cards", &relay.business_cards, 0),
        ("allow", "allow", &relay.allow, switches.allow.len()),
        ("deny", "deny", &relay.deny, switches.deny.len()),
    ];
    for (word, key, list, switched) in lists {
        statements.extend(listed(word, at(key), list, switched));
    }
    match &relay.names_allowed {
        None => statements.push(say("names-all", &[], at("names_allowed"))),
        Some(names) if names.is_empty() => statements.push(say("names-none", &[], at("names_allowed"))),
        Some(names) => {
            statements.extend(listed("names-allowed", at("names_allowed"), names, switches.allow_names.len()));
        }
    }
    if !relay.names_denied.is_empty() {
        statements.push(say("names-denied", &[("list", &relay.names_denied.join(", "))], at("names_denied")));
    }
    let all = relay.log == LogConnections::All;
    statements.push(say("log", &[("all", &yes(all))], at("log.connections")));
    statements
}

/// One statement for what the files say, one for the last `switched` entries, which the command line added.
fn listed(word: &'static str, origin: Origin, list: &[String], switched: usize) -> Vec<Statement> {
    let (own, added) = list.split_at(list.len().saturating_sub(switched));
    let parts = [(own, origin), (added, Origin::Switch)].into_iter().filter(|(part, _)| !part.is_empty());
    parts.map(|(part, origin)| say(word, &[("list", &part.join(", "))], origin)).collect()
}

fn desktop(plan: &Plan, merged: &Merged) -> Vec<Statement> {
    vec![
        say("display", &[("yes", &yes(plan.display))], merged.origin("display")),
        say("bus", &[("yes", &yes(plan.bus))], merged.origin("bus")),
    ]
}

fn env(plan: &Plan, merged: &Merged) -> Vec<Statement> {
    let travels = match plan.travelling.is_empty() {
        true => say("travels-none", &[], merged.origin("env.allow")),
        false => say("travels", &[("list", &plan.travelling.join(", "))], merged.origin("env.allow")),
    };
    let variable = |(name, value): &(String, String)| {
        let own = merged.profile.env.set.keys().any(|own| own.as_str() == name);
        let origin = match own {
            true if merged.switches.sets(name) => Origin::Switch,
            true => merged.origin_of_key("env.set", name),
            false => Origin::Always,
        };
        say("variable", &[("name", name), ("value", value)], origin)
    };
    std::iter::once(travels).chain(plan.env.iter().map(variable)).collect()
}

/// What personal mode can not have, and what is not there yet.
fn mode(plan: &Plan) -> Vec<Statement> {
    let mut keys = vec!["mode-personal", "mode-host", "mode-groups", "mode-sysfs"];
    if plan.display {
        keys.extend(["mode-frame", "mode-x11", "mode-sound", "mode-clipboard"]);
    }
    keys.into_iter().map(|key| say(key, &[], Origin::Mode)).collect()
}
