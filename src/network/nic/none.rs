//! Card kind `none`: the zone's own loopback and nothing else.

use crate::wire::Failure;

use super::{failed, loopback_up, only_up};
use crate::network::link;
use crate::network::netlink::Netlink;

/// Brings up `lo` in the namespace that the caller is in, and fails when another link is up or a route leads out.
pub fn plug() -> Result<(), Failure> {
    let mut netlink = Netlink::route().map_err(|e| failed("open", "netlink", e))?;
    loopback_up(&mut netlink)?;
    let links = link::links(&mut netlink).map_err(|e| failed("read", "links", e))?;
    only_up(&links, &["lo"])
}
