//! One event as one line of JSON.

use std::net::IpAddr;
use std::time::SystemTime;

use serde::Serialize;

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Something was refused; `rule` says by what.
    Refused,
    /// A connection ended; it has bytes and seconds.
    Connection,
    /// Events were left out, because too many came at once; `count` says how many.
    Suppressed,
    /// The part of the zone that writes this could not go on; `rule` says why.
    Failed,
}

/// One event. What is not known is left out of the line, except the program.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Event {
    /// When, in UTC (RFC 3339).
    pub time: String,
    /// The zone.
    pub zone: String,
    /// What happened.
    pub event: Kind,
    /// The file of the program that the connection belongs to, as the zone says; `unknown` where it could not. A hint.
    pub program: String,
    /// The address that was meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub destination: Option<IpAddr>,
    /// The port that was meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// `tcp`, `udp`, `icmp` or `dns`.
    pub protocol: &'static str,
    /// The name that the resolver gave the address for, or that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What refused it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// Bytes from the zone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub up: Option<u64>,
    /// Bytes to the zone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub down: Option<u64>,
    /// How long it lasted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seconds: Option<f64>,
    /// How many events this line stands for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
}

impl Event {
    /// An event of now with nothing but its kind, zone and protocol.
    pub fn new(event: Kind, zone: &str, protocol: &'static str) -> Self {
        Self {
            time: super::utc(SystemTime::now()),
            zone: zone.to_owned(),
            event,
            program: "unknown".to_owned(),
            destination: None,
            port: None,
            protocol,
            name: None,
            rule: None,
            up: None,
            down: None,
            seconds: None,
            count: None,
        }
    }
}
