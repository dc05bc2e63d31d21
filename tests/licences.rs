//! Licences and sources of everything that is built in, also where cargo-deny is not installed: the list of
//! licences is that of deny.toml, and every package comes from the one registry, none from git or a stranger.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::Value;

/// What cargo knows of every package for this platform, from the lock file and without the network.
fn packages() -> Vec<Value> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let arguments =
        ["metadata", "--locked", "--offline", "--format-version=1", "--filter-platform=x86_64-unknown-linux-gnu"];
    let output = Command::new(cargo).args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let all: Value = serde_json::from_slice(&output.stdout).unwrap();
    let nodes = all["resolve"]["nodes"].as_array().unwrap();
    let used: BTreeSet<&str> = nodes.iter().filter_map(|node| node["id"].as_str()).collect();
    let packages = all["packages"].as_array().unwrap().iter();
    packages.filter(|p| used.contains(p["id"].as_str().unwrap())).cloned().collect()
}

/// The quoted words of `allow = [..]` in deny.toml.
fn allowed() -> Vec<&'static str> {
    let text = include_str!("../deny.toml");
    let list = text.split_once("allow = [").unwrap().1.split(']').next().unwrap();
    list.split('"').skip(1).step_by(2).collect()
}

/// Whether an expression (`A OR B`, `A AND B`, brackets, the old `A/B`) can be met with these licences alone.
fn is_met(expression: &str, allowed: &[&str]) -> bool {
    let text = expression.replace('/', " OR ");
    let (mut depth, mut cuts) = (0, Vec::new());
    for (at, sign) in text.char_indices() {
        depth += i32::from(sign == '(') - i32::from(sign == ')');
        let rest = &text[at..];
        for word in [" OR ", " AND "].into_iter().filter(|word| depth == 0 && rest.starts_with(*word)) {
            cuts.push((word, at));
        }
    }
    let either = cuts.iter().find(|(word, _)| *word == " OR ").or(cuts.first());
    let Some((word, at)) = either else {
        let inner = text.trim().strip_prefix('(').and_then(|t| t.strip_suffix(')'));
        return inner.map_or(allowed.contains(&text.trim()), |t| is_met(t, allowed));
    };
    let (left, right) = (is_met(&text[..*at], allowed), is_met(&text[at + word.len()..], allowed));
    if *word == " OR " { left || right } else { left && right }
}

#[test]
fn every_package_has_a_licence_of_the_list() {
    let allowed = allowed();
    assert!(allowed.contains(&"MIT") && allowed.len() < 12, "{allowed:?}");
    let offends = |p: &&Value| !is_met(p["license"].as_str().unwrap_or("none"), &allowed);
    let packages = packages();
    let names: Vec<String> =
        packages.iter().filter(offends).map(|p| format!("{} {}", p["name"], p["license"])).collect();
    assert!(packages.len() > 20, "only {} packages were read", packages.len());
    assert!(names.is_empty(), "{names:#?}");
}

#[test]
fn every_package_comes_from_one_registry() {
    let packages = packages();
    let sources: BTreeSet<&str> = packages.iter().filter_map(|p| p["source"].as_str()).collect();
    assert_eq!(sources.len(), 1, "{sources:?}");
    assert!(sources.iter().all(|source| source.starts_with("registry+")), "{sources:?}");
    let local: Vec<&Value> = packages.iter().filter(|p| p["source"].is_null()).map(|p| &p["name"]).collect();
    assert_eq!(local, ["sep-run"]);
}

#[test]
fn an_expression_is_met_or_not() {
    let met = |expression| is_met(expression, &["MIT", "Zlib"]);
    assert!(met("MIT") && met("GPL-2.0 OR MIT") && met("MIT/Apache-2.0") && met("(MIT OR X) AND (Zlib)"));
    assert!(met("MIT AND X OR Zlib"), "AND binds closer");
    assert!(!met("GPL-2.0") && !met("MIT AND GPL-2.0") && !met("none") && !met("X AND (MIT OR Zlib)"));
}
