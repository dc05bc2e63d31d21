//! The one thing of a zone's network that takes root: a card on the uplink, made inside the zone's own namespace.
//!
//! The namespace comes from a builder that this process has started; where it belongs to another user namespace than the
//! one that was made for the zone, the kernel's answer would be the same, so it is not believed either: nothing but a new
//! card goes in there, and a card that is in the wrong place is in no place of the PC's.

use std::os::fd::{AsFd, OwnedFd};

use crate::network::link::add_macvlan;
use crate::network::nic::CARD;
use crate::policy::Plan;
use crate::policy::plan::Card;
use crate::wire::{Code, Failure, Stage};

use super::uplink;

/// Makes the plan's card in a namespace.
///
/// # Errors
/// [`Code::NoUplink`] where the uplink or its card is not there; a failed system call.
pub fn push(plan: &Plan, mut namespace: Vec<OwnedFd>) -> Result<(), Failure> {
    let (Card::Macvlan(card), Some(zone)) = (&plan.card, namespace.pop()) else {
        return Err(Failure::new(Stage::Connect, Code::Protocol, &["builder"]));
    };
    let missing = || Failure::new(Stage::Connect, Code::NoUplink, &[&plan.profile, "card"]);
    let mut netlink = uplink::netlink(&card.uplink)?.ok_or_else(missing)?;
    let parent = uplink::nic(&mut netlink)?.ok_or_else(missing)?;
    let made = add_macvlan(&mut netlink, parent, CARD, card.mac, zone.as_fd());
    made.map_err(|cause| Failure::system(Stage::Connect, "make", CARD, cause))
}
