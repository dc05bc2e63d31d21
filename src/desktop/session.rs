//! What is known of one program's connection: its fate, its input serials, its focus, its data devices.
//!
//! Handlers of the connection share it; the clipboard looks at it from other connections. It sends nothing.

use std::cell::{Cell, RefCell};
use std::collections::{HashSet, VecDeque};
use std::rc::Rc;

use wl_proxy::client::Client;
use wl_proxy::object::{Object, ObjectCoreApi};
use wl_proxy::protocols::wayland::wl_data_device::WlDataDevice;

/// The most input serials that are remembered; a program acts on one of the last few.
const MAX_SERIALS: usize = 256;

/// `wl_display.error`: the object is not what the request needs.
pub const INVALID_OBJECT: u32 = 0;

/// One connection.
#[derive(Default)]
pub struct Session {
    ended: Cell<bool>,
    serials: RefCell<VecDeque<u32>>,
    keyboards: RefCell<HashSet<u64>>,
    /// The data devices that the program has now.
    pub devices: RefCell<Vec<Rc<WlDataDevice>>>,
    /// Descriptors held for the program; the clipboard moves one from reader to writer.
    pub held: Cell<i64>,
}

impl Session {
    /// Marks the connection as to be ended after this turn.
    pub fn end(&self) {
        self.ended.set(true);
    }

    /// Whether it is to be ended.
    pub fn ended(&self) -> bool {
        self.ended.get()
    }

    /// Tells the program what it did wrong, and ends its connection. Nothing it sent after that is looked at.
    pub fn refuse(&self, client: &Rc<Client>, object: Rc<dyn Object>, code: u32, message: &str) {
        client.display().send_error(object, code, message);
        client.set_suspended(true);
        self.end();
    }

    /// Notes the serial of an input event that was sent to the program.
    pub fn note_serial(&self, serial: u32) {
        let mut serials = self.serials.borrow_mut();
        if serials.len() == MAX_SERIALS {
            serials.pop_front();
        }
        serials.push_back(serial);
    }

    /// Whether an input event with this serial was sent to the program lately.
    pub fn knows_serial(&self, serial: u32) -> bool {
        self.serials.borrow().contains(&serial)
    }

    /// Notes that a keyboard of the program got the focus; true when it is the first.
    pub fn focus(&self, keyboard: &impl Object) -> bool {
        let mut keyboards = self.keyboards.borrow_mut();
        let first = keyboards.is_empty();
        keyboards.insert(keyboard.unique_id()) && first
    }

    /// Notes that a keyboard lost the focus or is gone.
    pub fn unfocus(&self, keyboard: &impl Object) {
        self.keyboards.borrow_mut().remove(&keyboard.unique_id());
    }

    /// Whether any keyboard of the program has the focus.
    pub fn focused(&self) -> bool {
        !self.keyboards.borrow().is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn serials_are_known_for_a_while() {
        let session = Session::default();
        assert!(!session.knows_serial(0));
        (0..1000).for_each(|serial| session.note_serial(serial));
        assert!(session.knows_serial(999) && session.knows_serial(1000 - MAX_SERIALS as u32));
        assert!(!session.knows_serial(999 - MAX_SERIALS as u32));
    }
}
