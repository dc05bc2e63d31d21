//! Living with a zone: who runs in it, how it is stopped, and what is kept of it. Real zones, by an ordinary user.

#[path = "support/hint.rs"]
mod hint;
#[path = "support/internet.rs"]
mod internet;
#[path = "support/pc.rs"]
mod pc;
mod support;

#[path = "living/edit.rs"]
mod edit;
#[path = "living/farewell.rs"]
mod farewell;
#[path = "living/home.rs"]
mod home;
#[path = "living/layers.rs"]
mod layers;
#[path = "living/status.rs"]
mod status;
#[path = "living/stop.rs"]
mod stop;
#[path = "living/watch.rs"]
mod watch;

use serde_json::Value;
use support::needs;
use support::person::{Ended, Person};

/// Somebody new on a PC that can make zones and has what is named; `None` is a counted skip.
fn ready(further: &[&str]) -> Option<Person> {
    let all: Vec<&str> = ["user", "zone", "tun"].iter().chain(further).copied().collect();
    needs(&all).then(Person::new)
}

/// `sepctl`, as the person types it.
fn sepctl(person: &Person, words: &[&str]) -> Ended {
    person.run(person.sepctl(words))
}

/// The same for a program that reads the answer.
#[track_caller]
fn answered(person: &Person, words: &[&str]) -> Value {
    serde_json::from_str(&sepctl(person, words).good()).unwrap()
}
