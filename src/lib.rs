//! sep-run runs internet programs in a *zone* of the PC's own kernel, with a network card of its own.
//!
//! The modules in the order of a launch; each imports only those further down the list
//! (`tests/architecture.rs` holds this).
//!
//! * [`cli`] typed words to a request; help and messages
//! * [`client`] ask for a zone, attach to its program: terminal, signals, exit status
//! * [`broker`] who may, what the zone will be, and the namespaces it is made of
//! * [`guard`] the PC's own firewall: nothing but the business network's cards
//! * [`network`] the card and the relay that carries its connections
//! * [`sandbox`] inside the zone: furnish, confine, verify, then init
//! * [`desktop`] windows through a proxy
//! * [`files`] one file on its way in or out: its name, its source, the hidden copy that grows
//! * [`policy`] profile and plan: data and pure decisions
//! * [`wire`] the messages between client, broker and init
//! * [`audit`] what is recorded
//! * [`sys`] the system calls that need `unsafe`

#![deny(unsafe_code)]
#![warn(missing_docs)]

pub mod audit;
pub mod broker;
pub mod cli;
pub mod client;
pub mod desktop;
pub mod files;
pub mod guard;
pub mod network;
pub mod policy;
pub mod sandbox;
pub mod sys;
pub mod wire;
