//! Names: which are answered, and which addresses were given for them.
//!
//! With an allow list an address is open only while it was given for an allowed name (or the plan opens it by
//! prefix): a list that only kept the resolver silent would be passed by writing the address.

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;
use std::time::{Duration, Instant};

use crate::policy::plan;

/// Most addresses remembered; the oldest goes first.
const REMEMBERED: usize = 4_096;
/// Programs keep an address longer than its time to live says.
const AT_LEAST: Duration = Duration::from_secs(10 * 60);
const AT_MOST: Duration = Duration::from_secs(24 * 3_600);

/// The plan's lists of names.
#[derive(Debug, Clone)]
pub struct Names {
    allowed: Option<Vec<String>>,
    denied: Vec<String>,
}

impl Names {
    /// Reads the lists. Case and a dot at the end do not matter.
    pub fn new(plan: &plan::Relay) -> Self {
        let all = |list: &[String]| list.iter().map(|n| plain(n)).collect();
        Self { allowed: plan.names_allowed.as_deref().map(all), denied: all(&plan.names_denied) }
    }

    /// Whether the name is answered; a denied one is not, though it is below an allowed one.
    pub fn are_answered(&self, name: &str) -> bool {
        let name = plain(name);
        let on = |list: &Vec<String>| list.iter().any(|entry| covers(entry, &name));
        !on(&self.denied) && self.allowed.as_ref().is_none_or(on)
    }

    /// Whether only addresses of allowed names are open.
    pub fn are_listed(&self) -> bool {
        self.allowed.is_some()
    }
}

fn plain(name: &str) -> String {
    name.trim_start_matches("*.").trim_end_matches('.').to_ascii_lowercase()
}

/// `example.org` covers itself and `www.example.org`, not `badexample.org`.
fn covers(entry: &str, name: &str) -> bool {
    let below = || name.strip_suffix(entry).is_some_and(|head| head.ends_with('.'));
    !entry.is_empty() && (name == entry || below())
}

/// Addresses that the resolver gave, each with the name that was asked for.
#[derive(Debug, Default)]
pub struct Memory {
    known: HashMap<IpAddr, (String, Instant)>,
    order: VecDeque<IpAddr>,
}

impl Memory {
    /// Remembers that the address was given for the name.
    pub fn learn(&mut self, address: IpAddr, name: &str, ttl: u32, now: Instant) {
        let until = now + Duration::from_secs(ttl.into()).clamp(AT_LEAST, AT_MOST);
        if self.known.insert(address, (plain(name), until)).is_some() {
            return;
        }
        self.order.push_back(address);
        if self.order.len() > REMEMBERED {
            let oldest = self.order.pop_front();
            oldest.map(|a| self.known.remove(&a));
        }
    }

    /// The name that the address was given for, while that holds.
    pub fn name_of(&self, address: IpAddr, now: Instant) -> Option<&str> {
        self.known.get(&address).filter(|(_, until)| *until > now).map(|(name, _)| name.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(allowed: Option<&[&str]>, denied: &[&str]) -> Names {
        let list = |texts: &[&str]| texts.iter().map(|t| (*t).to_owned()).collect();
        Names::new(&plan::Relay {
            names_allowed: allowed.map(list),
            names_denied: list(denied),
            ..plan::Relay::default()
        })
    }

    #[test]
    fn without_lists_all_names_are_answered() {
        assert!(names(None, &[]).are_answered("anything.example"));
    }

    #[test]
    fn an_allow_list_covers_what_is_below_and_no_look_alike() {
        let names = names(Some(&["example.org", "*.Wild.test."]), &[]);
        for name in ["example.org", "www.example.org", "WWW.EXAMPLE.ORG.", "a.b.example.org", "x.wild.test"] {
            assert!(names.are_answered(name), "{name}");
        }
        for name in ["badexample.org", "example.org.evil.test", "org", "", "example.com", "example.orgx"] {
            assert!(!names.are_answered(name), "{name}");
        }
    }

    #[test]
    fn an_empty_allow_list_answers_nothing_and_denied_wins() {
        assert!(!names(Some(&[]), &[]).are_answered("example.org"));
        let names = names(Some(&["example.org"]), &["ads.example.org"]);
        assert!(names.are_answered("example.org") && !names.are_answered("x.ads.example.org"));
    }

    #[test]
    fn an_address_is_known_for_a_time_and_memory_is_bounded() {
        let (mut memory, now) = (Memory::default(), Instant::now());
        let address = |n: u32| IpAddr::from(n.to_be_bytes());
        memory.learn(address(1), "Example.org.", 5, now);
        assert_eq!(memory.name_of(address(1), now + Duration::from_secs(599)), Some("example.org"));
        assert_eq!(memory.name_of(address(1), now + Duration::from_secs(601)), None);
        assert_eq!(memory.name_of(address(2), now), None);
        for n in 10..10 + 2 * REMEMBERED as u32 {
            memory.learn(address(n), "many.test", u32::MAX, now);
        }
        assert_eq!((memory.known.len(), memory.order.len()), (REMEMBERED, REMEMBERED));
        assert_eq!(memory.name_of(address(1), now), None, "the oldest went first");
    }
}
