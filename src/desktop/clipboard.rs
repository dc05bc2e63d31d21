//! The zone's own clipboard: programs of the zone copy and paste among themselves, never with the desktop.
//!
//! Data devices, sources and offers end here. The compositor never hears of them, so it neither tells a program
//! what the desktop has copied nor learns what a program has. A program may set the selection with the serial of an
//! input event that it got, and sees the selection while it has the keyboard. Drag and drop is answered `cancelled`.

use std::cell::{Cell, RefCell};
use std::os::fd::OwnedFd;
use std::rc::Rc;

use wl_proxy::object::{ObjectCoreApi, ObjectUtils};
use wl_proxy::protocols::wayland::wl_data_device::{WlDataDevice, WlDataDeviceHandler};
use wl_proxy::protocols::wayland::wl_data_device_manager::{WlDataDeviceManager, WlDataDeviceManagerHandler};
use wl_proxy::protocols::wayland::wl_data_offer::{WlDataOffer, WlDataOfferHandler};
use wl_proxy::protocols::wayland::wl_data_source::{WlDataSource, WlDataSourceHandler};
use wl_proxy::protocols::wayland::wl_seat::WlSeat;
use wl_proxy::protocols::wayland::wl_surface::WlSurface;

use super::registry::Shared;
use super::session::{INVALID_OBJECT, Session};

/// The most types of one selection; further ones are not offered.
const MAX_TYPES: usize = 64;

/// The most bytes of a type's name; longer ones are not offered.
const MAX_TYPE: usize = 256;

/// The most data devices of one program at once: one for each seat is what programs have.
const MAX_DEVICES: usize = 16;

/// The selection, and who may have to hear of it.
#[derive(Default)]
pub struct Clipboard {
    sessions: RefCell<Vec<Rc<Session>>>,
    selection: RefCell<Option<Selection>>,
    turn: Cell<u64>,
}

struct Selection {
    source: Rc<WlDataSource>,
    owner: Rc<Session>,
    types: Vec<String>,
    turn: u64,
}

impl Clipboard {
    /// A program came.
    pub fn join(&self, session: &Rc<Session>) {
        self.sessions.borrow_mut().push(session.clone());
    }

    /// A program went; what it had copied goes with it.
    pub fn leave(self: &Rc<Self>, session: &Rc<Session>) {
        self.sessions.borrow_mut().retain(|other| !Rc::ptr_eq(other, session));
        session.devices.borrow_mut().clear();
        self.withdraw(|selection| Rc::ptr_eq(&selection.owner, session));
    }

    /// Tells a program what the selection is now, by an offer on each of its data devices.
    pub fn show(self: &Rc<Self>, session: &Rc<Session>) {
        for device in session.devices.borrow().iter() {
            self.show_on(session, device);
        }
    }

    fn show_on(self: &Rc<Self>, reader: &Rc<Session>, device: &WlDataDevice) {
        let selection = self.selection.borrow();
        let Some(selection) = &*selection else { return device.send_selection(None) };
        let Ok(offer) = device.new_try_send_data_offer() else { return };
        offer.set_forward_to_server(false);
        offer.set_handler(Offer { clipboard: self.clone(), reader: reader.clone(), turn: selection.turn });
        selection.types.iter().for_each(|name| offer.send_offer(name));
        device.send_selection(Some(&offer));
    }

    fn show_focused(self: &Rc<Self>) {
        let sessions = self.sessions.borrow().clone();
        sessions.iter().filter(|session| session.focused()).for_each(|session| self.show(session));
    }

    /// A new selection in place of the old one, whose owner is told. The same source twice is no change: toolkits
    /// do that, and a `cancelled` would make them drop what they still offer.
    fn set(self: &Rc<Self>, owner: &Rc<Session>, source: Option<&Rc<WlDataSource>>) {
        let old = self.selection.borrow_mut().take();
        let turn = self.turn.get() + 1;
        self.turn.set(turn);
        if let Some(source) = source {
            let types = source.try_get_handler_ref::<Source>().map(|s| s.types.clone()).unwrap_or_default();
            let new = Selection { source: source.clone(), owner: owner.clone(), types, turn };
            *self.selection.borrow_mut() = Some(new);
        }
        if let Some(old) = old {
            old.source.send_cancelled();
        }
        self.show_focused();
    }

    fn is(&self, source: &Rc<WlDataSource>) -> bool {
        self.selection.borrow().as_ref().is_some_and(|selection| Rc::ptr_eq(&selection.source, source))
    }

    fn withdraw(self: &Rc<Self>, gone: impl Fn(&Selection) -> bool) {
        if self.selection.borrow_mut().take_if(|selection| gone(selection)).is_some() {
            self.show_focused();
        }
    }
}

/// A program's data device manager.
pub struct Manager(pub Shared);

impl WlDataDeviceManagerHandler for Manager {
    fn handle_create_data_source(&mut self, _slf: &Rc<WlDataDeviceManager>, id: &Rc<WlDataSource>) {
        id.set_forward_to_server(false);
        id.set_handler(Source { clipboard: self.0.clipboard.clone(), types: Vec::new() });
    }

    fn handle_get_data_device(&mut self, slf: &Rc<WlDataDeviceManager>, id: &Rc<WlDataDevice>, _seat: &Rc<WlSeat>) {
        id.set_forward_to_server(false);
        let session = &self.0.session;
        if session.devices.borrow().len() >= MAX_DEVICES {
            if let Some(client) = slf.client() {
                session.refuse(&client, slf.clone(), INVALID_OBJECT, "too many data devices");
            }
            return;
        }
        id.set_handler(Device(self.0.clone()));
        session.devices.borrow_mut().push(id.clone());
        if session.focused() {
            self.0.clipboard.show_on(session, id);
        }
    }
}

struct Device(Shared);

impl WlDataDeviceHandler for Device {
    fn handle_start_drag(
        &mut self,
        _slf: &Rc<WlDataDevice>,
        source: Option<&Rc<WlDataSource>>,
        _origin: &Rc<WlSurface>,
        _icon: Option<&Rc<WlSurface>>,
        _serial: u32,
    ) {
        if let Some(source) = source {
            source.send_cancelled();
        }
    }

    fn handle_set_selection(&mut self, _slf: &Rc<WlDataDevice>, source: Option<&Rc<WlDataSource>>, serial: u32) {
        let Shared { clipboard, session, .. } = &self.0;
        match source {
            Some(source) if clipboard.is(source) => {}
            _ if session.knows_serial(serial) => clipboard.set(session, source),
            Some(source) => source.send_cancelled(),
            None => {}
        }
    }

    fn handle_release(&mut self, slf: &Rc<WlDataDevice>) {
        self.0.session.devices.borrow_mut().retain(|device| !Rc::ptr_eq(device, slf));
        slf.delete_id();
    }
}

struct Source {
    clipboard: Rc<Clipboard>,
    types: Vec<String>,
}

impl WlDataSourceHandler for Source {
    fn handle_offer(&mut self, _slf: &Rc<WlDataSource>, mime_type: &str) {
        let fine = mime_type.len() <= MAX_TYPE && !mime_type.chars().any(char::is_control);
        if fine && self.types.len() < MAX_TYPES {
            self.types.push(mime_type.to_owned());
        }
    }

    fn handle_destroy(&mut self, slf: &Rc<WlDataSource>) {
        self.clipboard.withdraw(|selection| Rc::ptr_eq(&selection.source, slf));
        slf.delete_id();
    }
}

struct Offer {
    clipboard: Rc<Clipboard>,
    reader: Rc<Session>,
    turn: u64,
}

impl WlDataOfferHandler for Offer {
    /// The owner of the selection writes into the reader's pipe; nothing is buffered here. An offer of an older
    /// selection, or a type that was not offered, closes the pipe: the reader sees an empty end.
    fn handle_receive(&mut self, _slf: &Rc<WlDataOffer>, mime_type: &str, fd: &Rc<OwnedFd>) {
        let selection = self.clipboard.selection.borrow();
        let Some(selection) = selection.as_ref().filter(|s| s.turn == self.turn) else { return };
        if !selection.types.iter().any(|name| name == mime_type) {
            return;
        }
        selection.source.send_send(mime_type, fd);
        // it came in on the reader's connection and waits on the owner's
        self.reader.held.set(self.reader.held.get() - 1);
        selection.owner.held.set(selection.owner.held.get() + 1);
    }
}
