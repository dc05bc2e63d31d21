//! The site: what this organisation decided about this PC, as it is written in one file of root's.
//!
//! What the file does not say is the strictest there is: nobody may use a profile that it does not give to anybody. The
//! types here are the only definition: `profiles/site.schema.json` is generated from them by a test.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::decode::Decoder;
use super::document::Node;
use super::problem::{Problem, ProblemKind};
use super::values::{Address, Line, Login, Mac, Name, Nic, Number, Place, Prefix};
use crate::wire::Failure;

/// Where the site's file lies. Only as good as its owner and mode, which the broker looks at.
pub const SITE: &str = "/etc/sep-run/site.json";

/// Where the broker of the system is asked.
pub const SOCKET: &str = "/run/sep-run/sepd.sock";

/// What the organisation decided.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Site {
    /// Address of the schema, for editors; not read.
    #[serde(rename = "$schema", default)]
    pub schema: Option<Line>,
    /// Version of this form.
    pub version: Number<1, 1>,
    /// Who may use which profile.
    #[serde(default)]
    pub profiles: BTreeMap<Name, Access>,
    /// The network that the PC itself is on.
    #[serde(default)]
    pub business: Business,
    /// Cards of the PC that zones are reached by, and nobody else.
    #[serde(default)]
    pub uplinks: BTreeMap<Name, Uplink>,
}

/// The network that the PC itself is on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Business {
    /// Its prefixes: closed to every zone, whatever a profile opens.
    pub prefixes: Vec<Prefix>,
    /// Its cards, each by the address that it was made with: the guard lets the PC use these and no other.
    pub nics: Vec<Mac>,
    /// Links of this PC's own that the guard leaves open beside them, by their names: bridges of virtual machines and
    /// containers.
    pub bridges: Vec<Nic>,
}

/// A card of the PC that zones get theirs from.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(extend("oneOf" = [{"required": ["static"]}, {"required": ["dhcp"]}])))]
#[serde(deny_unknown_fields)]
pub struct Uplink {
    /// The card, by the address that it was made with.
    pub nic: Mac,
    /// Zones on it have addresses that this file gives out.
    #[serde(rename = "static", default)]
    pub fixed: Option<Static>,
    /// Zones on it have addresses that a DHCP server gives out. One of the two, not both.
    #[serde(default)]
    pub dhcp: Option<Dhcp>,
}

/// Addresses that a DHCP server of the internet network gives out.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Dhcp {
    /// Seconds that a launch waits for an address before it fails.
    pub timeout: Number<1, 45>,
}

impl Default for Dhcp {
    fn default() -> Self {
        Self { timeout: Number::clamped(20) }
    }
}

/// Addresses that are given out by this file.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Static {
    /// The address of the first zone of this PC, in its network; the next zone has the next one.
    pub first: Place,
    /// The most zones that are addressed so.
    pub count: Number<1, 65_536>,
    /// The router.
    pub gateway: Address,
    /// Servers of names.
    pub dns: Vec<Address>,
}

/// Who may use a profile.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Access {
    /// Users, by name or number.
    pub users: Vec<Login>,
    /// Groups, by name or number.
    pub groups: Vec<Login>,
}

/// Who asks, by everything that the kernel and the PC's files call them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Caller {
    /// The user's number and name.
    pub user: Vec<String>,
    /// Numbers and names of the user's groups.
    pub groups: Vec<String>,
}

impl Site {
    /// Reads the text of a site file, which is shown as `file`.
    ///
    /// # Errors
    /// `BadProfile` with file, line and column.
    pub fn parse(text: &[u8], file: &str) -> Result<Self, Failure> {
        let parsed = Node::parse(text, 0).and_then(|tree| {
            let site = Self::deserialize(Decoder(&tree))?;
            site.uplinks.iter().try_for_each(|(name, uplink)| uplink.is_addressed(name, &tree)).map(|()| site)
        });
        parsed.map_err(|problem| problem.failure(file))
    }

    /// Whether somebody may use a profile.
    pub fn admits(&self, caller: &Caller, profile: &str) -> bool {
        let access = self.profiles.iter().find(|(name, _)| name.as_str() == profile).map(|(_, access)| access);
        let listed = |list: &[Login], names: &[String]| list.iter().any(|one| names.iter().any(|n| n == one.as_str()));
        access.is_some_and(|access| listed(&access.users, &caller.user) || listed(&access.groups, &caller.groups))
    }
}

impl Uplink {
    /// Exactly one way to addresses.
    fn is_addressed(&self, name: &Name, tree: &Node) -> Result<(), Problem> {
        if self.fixed.is_some() != self.dhcp.is_some() {
            return Ok(());
        }
        let problem = Problem::new(ProblemKind::BadValue).word(name.as_str()).expecting("addressing");
        let place = tree.key("uplinks").and_then(|uplinks| uplinks.node.key(name.as_str())).map(|entry| entry.place);
        Err(problem.at(place.unwrap_or(tree.place)))
    }
}

impl Caller {
    /// A user with groups, by the texts of /etc/passwd and /etc/group: whoever is in neither has numbers only.
    pub fn new(uid: u32, groups: &[u32], passwd: &str, group: &str) -> Self {
        Self { user: called(uid, passwd), groups: groups.iter().flat_map(|gid| called(*gid, group)).collect() }
    }
}

/// Whether an id is one that the PC lends to a user for containers, by the text of /etc/subuid. Each user may have
/// 65,536 of them, with the groups of the user: who comes with one is nobody of the PC's.
pub fn is_lent(id: u32, subuid: &str) -> bool {
    subuid.lines().any(|line| {
        let mut numbers = line.split(':').skip(1).map(|field| field.trim().parse::<u64>().ok());
        let range = numbers.next().flatten().zip(numbers.next().flatten());
        range.is_some_and(|(first, count)| (first..first.saturating_add(count)).contains(&u64::from(id)))
    })
}

/// The number, and the first field of each line whose third is that.
fn called(id: u32, file: &str) -> Vec<String> {
    let id = id.to_string();
    let is_its = |line: &&str| line.split(':').nth(2) == Some(&id);
    let names = file.lines().filter(is_its).filter_map(|line| line.split(':').next());
    std::iter::once(id.as_str()).chain(names).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Code;

    const PASSWD: &str = "root:x:0:0::/root:/bin/sh\nkim:x:1000:1000::/home/kim:/bin/sh\n1001:x:1002:1::/:/bin/sh\n";
    const GROUP: &str = "clerks:x:500:kim\nkim:x:1000:\n";

    fn site(text: &str) -> Site {
        Site::parse(text.as_bytes(), "site.json").unwrap()
    }

    #[test]
    fn who_is_listed_may_and_nobody_else() {
        let site =
            site(r#"{"version": 1, "profiles": {"internet": {"users": ["kim", "1007"], "groups": ["clerks"]}}}"#);
        let may = |uid, groups: &[u32], profile| site.admits(&Caller::new(uid, groups, PASSWD, GROUP), profile);
        assert!(may(1000, &[], "internet") && may(1007, &[], "internet") && may(1008, &[1, 500], "internet"));
        assert!(!may(1008, &[501], "internet") && !may(0, &[0], "internet") && !may(1000, &[500], "mail"));
    }

    #[test]
    fn a_user_and_a_group_of_one_name_are_not_taken_for_each_other() {
        let site = site(r#"{"version": 1, "profiles": {"internet": {"users": ["clerks"], "groups": ["root"]}}}"#);
        assert!(!site.admits(&Caller::new(1000, &[500], PASSWD, GROUP), "internet"));
        assert!(!site.admits(&Caller::new(0, &[0], PASSWD, GROUP), "internet"));
    }

    #[test]
    fn ids_that_are_lent_are_those_of_the_ranges() {
        let lent = |id| is_lent(id, "kim:100000:65536\n\nbad:x:1\n# note\nlee:165536:4294967295\n");
        assert!(lent(100_000) && lent(165_535) && lent(165_536) && lent(u32::MAX));
        assert!(!lent(99_999) && !lent(1000) && !lent(0) && !is_lent(1000, ""));
    }

    #[test]
    fn an_uplink_has_one_way_to_addresses() {
        let uplink = |ways: &str| {
            let text =
                format!("{{\"version\": 1,\n\"uplinks\": {{\n\"inet\": {{\"nic\": \"02:00:00:0a:00:01\"{ways}}}}}}}");
            Site::parse(text.as_bytes(), "site.json")
        };
        let fixed = r#", "static": {"first": "203.0.113.5/24", "count": 1, "gateway": "203.0.113.1", "dns": []}"#;
        for wrong in
            ["", &format!("{fixed}, \"dhcp\": {{}}"), r#", "dhcp": {"timeout": 46}"#, r#", "dhcp": {"time": 1}"#]
        {
            let failure = uplink(wrong).unwrap_err();
            assert_eq!((failure.code, failure.args[1].as_str()), (Code::BadProfile, "3"), "{wrong}");
        }
        assert!(uplink(fixed).is_ok());
        let waits = |way: &str| uplink(way).unwrap().uplinks.into_values().next().unwrap().dhcp.unwrap().timeout.get();
        assert_eq!((waits(r#", "dhcp": {}"#), waits(r#", "dhcp": {"timeout": 7}"#)), (20, 7));
    }

    #[test]
    fn a_site_that_is_not_right_is_refused_at_its_place() {
        for (text, line) in [("{}", "1"), ("{\"version\": 2}", "1"), ("{\"version\": 1,\n\"profile\": {}}", "2")] {
            let failure = Site::parse(text.as_bytes(), "site.json").unwrap_err();
            assert_eq!((failure.code, failure.args[1].as_str()), (Code::BadProfile, line), "{text}");
        }
        assert!(site("{\"version\": 1}").profiles.is_empty(), "the twin");
    }
}
