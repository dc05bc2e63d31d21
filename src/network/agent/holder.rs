//! What an address means for the zone: it stands on the card with its time and a router, the zone's resolv.conf names the
//! servers of names, the audit log has a line, and it is noted for the next start.

use std::fs::File;
use std::io;
use std::net::Ipv4Addr;
use std::os::unix::fs::FileExt;
use std::time::Duration;

use super::client::{Former, Loss};
use crate::audit::{Event, Kind, Pen};
use crate::network::link;
use crate::network::netlink::Netlink;
use crate::policy::plan::Place;

/// More than the note about an address has.
const LONGEST_NOTE: usize = 64;
const HELD: &str = "held";
const RELEASED: &str = "released";

/// The zone's address, as far as it has one.
#[derive(Debug)]
pub struct Holder {
    zone: String,
    link: u32,
    netlink: Netlink,
    pen: Pen,
    resolver: File,
    note: File,
    place: Option<Place>,
}

impl Holder {
    /// A zone without an address.
    pub fn new(zone: String, link: u32, netlink: Netlink, pen: Pen, resolver: File, note: File) -> Self {
        Self { zone, link, netlink, pen, resolver, note, place: None }
    }

    /// What the zone's former run has left.
    pub fn former(&self) -> Former {
        let mut text = [0; LONGEST_NOTE];
        let read = self.note.read_at(&mut text, 0).unwrap_or_default();
        let text = text.get(..read).and_then(|text| std::str::from_utf8(text).ok()).unwrap_or_default();
        read_note(text)
    }

    /// Puts an address on the card for a time, in place of another one.
    pub fn hold(&mut self, place: &Place, time: Duration) -> io::Result<()> {
        let (address, length) = place.address;
        let same = self.place.as_ref() == Some(place);
        if !same {
            self.remove();
        }
        // the kernel's own end comes a moment after the agent's
        let seconds = u32::try_from(time.as_secs() + 1).unwrap_or(u32::MAX);
        link::lend_address(&mut self.netlink, self.link, address, length, seconds)?;
        link::set_gateway(&mut self.netlink, self.link, place.gateway)?;
        if same {
            return Ok(());
        }
        rewrite(&self.resolver, &place.resolver_file())?;
        self.place = Some(place.clone());
        self.write_note(HELD);
        self.record("given");
        Ok(())
    }

    /// Takes the address away.
    pub fn lose(&mut self, loss: Loss) {
        self.record(loss.name());
        self.write_note(RELEASED);
        self.remove();
    }

    /// The address has been given back.
    pub fn released(&self) {
        self.write_note(RELEASED);
    }

    /// With its last address a card loses its routes. Where the kernel was faster there is nothing to remove.
    fn remove(&mut self) {
        if let Some(Place { address: (address, length), .. }) = self.place.take() {
            let _ = link::remove_address(&mut self.netlink, self.link, address, length);
        }
    }

    /// What can not be written is missing in the log: the network is as it is all the same.
    fn record(&self, what: &str) {
        let Some(Place { address: (address, length), .. }) = &self.place else { return };
        let (rule, path) = (Some(what.to_owned()), Some(format!("{address}/{length}")));
        let _ = self.pen.write(&Event { rule, path, ..Event::new(Kind::Address, &self.zone) });
    }

    /// A note that can not be written costs the next start a moment.
    fn write_note(&self, word: &str) {
        if let Some(place) = &self.place {
            let _ = rewrite(&self.note, &format!("{} {word}\n", place.address.0));
        }
    }
}

fn read_note(text: &str) -> Former {
    let parts = text.strip_suffix('\n').and_then(|line| line.split_once(' '));
    match parts.and_then(|(address, word)| Some((address.parse::<Ipv4Addr>().ok()?, word))) {
        Some((address, HELD)) => Former::Held(address),
        Some((address, RELEASED)) => Former::Released(address),
        _ => Former::Nothing,
    }
}

/// Others read the file at any time: it has its text in one write, and only then its length.
fn rewrite(file: &File, text: &str) -> io::Result<()> {
    file.write_all_at(text.as_bytes(), 0)?;
    file.set_len(text.len() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_whole_or_nothing() {
        let address = Ipv4Addr::new(203, 0, 113, 9);
        assert_eq!(read_note("203.0.113.9 held\n"), Former::Held(address));
        assert_eq!(read_note("203.0.113.9 released\n"), Former::Released(address));
        for text in ["", "\n", "203.0.113.9 held", "203.0.113.9\n", "203.0.113 held\n", "203.0.113.9 kept\n"] {
            assert_eq!(read_note(text), Former::Nothing, "{text:?}");
        }
    }
}
