//! What is closed to every zone, whatever kind its card is of.

use super::prefix::Prefix;

/// Closed, and opened by nothing: a connection there would reach the PC itself, the zone itself, or many at once.
pub const RESERVED: &[Prefix] = &[
    Prefix::v4(0, 0, 0, 0, 8),
    Prefix::v4(127, 0, 0, 0, 8),
    Prefix::v4(192, 0, 2, 0, 24),
    Prefix::v4(224, 0, 0, 0, 4),
    Prefix::v4(240, 0, 0, 0, 4),
    // unspecified, loopback and the old IPv4-compatible form
    Prefix::v6(0, 0, 0, 0, 96),
    // multicast
    Prefix::v6(0xff00, 0, 0, 0, 8),
    // the zone's own network behind the relay
    Prefix::v6(0x2001, 0xdb8, 0x5e9, 0, 64),
];

/// Closed unless the plan opens them: networks that are somebody's own.
pub const PRIVATE: &[Prefix] = &[
    Prefix::v4(10, 0, 0, 0, 8),
    Prefix::v4(100, 64, 0, 0, 10),
    Prefix::v4(169, 254, 0, 0, 16),
    Prefix::v4(172, 16, 0, 0, 12),
    Prefix::v4(192, 0, 0, 0, 24),
    Prefix::v4(192, 168, 0, 0, 16),
    Prefix::v4(198, 18, 0, 0, 15),
    // NAT64 of a site's own: how it holds the IPv4 address is the site's to choose
    Prefix::v6(0x64, 0xff9b, 1, 0, 48),
    Prefix::v6(0xfc00, 0, 0, 0, 7),
    Prefix::v6(0xfe80, 0, 0, 0, 10),
    Prefix::v6(0xfec0, 0, 0, 0, 10),
];

/// Ports of protocols that tell neighbours who is there: NetBIOS, SSDP, WS-Discovery, mDNS, LLMNR.
pub const DISCOVERY: &[u16] = &[137, 138, 1900, 3702, 5353, 5355];
