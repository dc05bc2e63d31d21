//! The zone's network: its card, and the relay that carries its connections.
//!
//! `nic/` makes a card inside the zone's own network namespace and reads it back, one file a kind; `relay/` is the
//! process outside that judges and carries what the card of that kind brings. Neither opens anything of the zone's
//! file system, and neither decides what a plan asks for.

pub mod agent;
mod checksum;
pub mod closed;
pub mod link;
pub mod netlink;
pub mod nflog;
pub mod nft;
pub mod nic;
mod packet;
pub mod prefix;
pub mod relay;
mod seals;
pub mod sysctl;
pub mod uplink;
