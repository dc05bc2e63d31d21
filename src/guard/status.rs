//! What the guard is at the moment, read back from the kernel and compared with the site's file.

use super::wanted::{self, Guard, Opened, Trial, Wanted};
use super::{cards, difference, is_there, keeper, rules, say};
use crate::network::netlink::Netlink;
use crate::network::nft;
use crate::policy::site::Site;
use crate::wire::Failure;

/// Whether it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// It stands as the site's file says.
    Whole,
    /// It stands, and closes nothing: it only counts and tells.
    ReportOnly,
    /// It is not there.
    Absent,
    /// Something is not as the site's file says: what, as it is asked for, as it is.
    Differs(String, String, String),
}

/// All that is to be told of it.
#[derive(Debug, Clone)]
pub struct Report {
    /// Whether it stands.
    pub state: State,
    /// Whether one is wanted: one was put up, and nobody took it away on purpose.
    pub wanted: bool,
    /// Whether a process keeps it.
    pub kept: bool,
    /// Set while nobody has confirmed it.
    pub trial: Option<Trial>,
    /// What is open beside it.
    pub open: Vec<Opened>,
    /// What it has closed since it was put up, or would have: `(chain, packets, bytes)`.
    pub closed: Vec<(String, u64, u64)>,
}

/// What stands.
///
/// # Errors
/// What the kernel refuses to tell, as to whoever is not root.
pub fn status(site: &Site) -> Result<Report, Failure> {
    let mut netlink = Netlink::netfilter().map_err(say("open", "netlink"))?;
    let there = wanted::read()?;
    let wanted = there.clone().unwrap_or_default();
    let asked = Wanted { guard: Guard::of(site, wanted.guard.report_only), ..wanted.clone() };
    let state = state(&mut netlink, &asked)?;
    let closed = nft::counted::last_rules(&mut netlink, rules::NAME).map_err(say("read", "the guard"))?;
    let (trial, open) = (wanted.trial, wanted.open);
    Ok(Report { state, wanted: there.is_some(), kept: keeper::is_kept(), trial, open, closed })
}

fn state(netlink: &mut Netlink, asked: &Wanted) -> Result<State, Failure> {
    let table = rules::table(&cards(&asked.guard)?, asked, wanted::now());
    if !is_there(netlink)? {
        return Ok(State::Absent);
    }
    Ok(match difference(netlink, &table)? {
        Some((what, asked, found)) => State::Differs(what, asked, found),
        None if asked.guard.report_only => State::ReportOnly,
        None => State::Whole,
    })
}
