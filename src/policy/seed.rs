//! What a new init is born with: the plan, and the descriptors that it keeps.

use super::Plan;
use crate::wire::Connection;

/// Handed by the broker to the process that becomes init, across a fork and never as bytes.
#[derive(Debug)]
pub struct Seed {
    /// What the zone will be.
    pub plan: Plan,
    /// Its digest, taken once: each launch is compared with it.
    pub digest: Vec<u8>,
    /// To the broker, until the zone is verified.
    pub boot: Connection,
    /// To the relay; its end is the end of the zone, and the other way round. Over it the relay asks whose a connection
    /// is.
    pub lifeline: Option<Connection>,
}
