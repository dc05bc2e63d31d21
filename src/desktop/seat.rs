//! Input events pass as they are; their serials and the focus are noted, since the clipboard asks for both.

use std::rc::Rc;

use wl_proxy::fixed::Fixed;
use wl_proxy::protocols::wayland::wl_keyboard::{WlKeyboard, WlKeyboardHandler, WlKeyboardKeyState};
use wl_proxy::protocols::wayland::wl_pointer::{WlPointer, WlPointerButtonState, WlPointerHandler};
use wl_proxy::protocols::wayland::wl_seat::{WlSeat, WlSeatHandler};
use wl_proxy::protocols::wayland::wl_surface::WlSurface;
use wl_proxy::protocols::wayland::wl_touch::{WlTouch, WlTouchHandler};

use super::registry::Shared;

/// A seat of the program.
pub struct Seat(pub Shared);

struct Keyboard(Shared);

struct Pointer(Shared);

struct Touch(Shared);

impl WlSeatHandler for Seat {
    fn handle_get_keyboard(&mut self, slf: &Rc<WlSeat>, id: &Rc<WlKeyboard>) {
        id.set_handler(Keyboard(self.0.clone()));
        slf.send_get_keyboard(id);
    }

    fn handle_get_pointer(&mut self, slf: &Rc<WlSeat>, id: &Rc<WlPointer>) {
        id.set_handler(Pointer(self.0.clone()));
        slf.send_get_pointer(id);
    }

    fn handle_get_touch(&mut self, slf: &Rc<WlSeat>, id: &Rc<WlTouch>) {
        id.set_handler(Touch(self.0.clone()));
        slf.send_get_touch(id);
    }
}

impl WlKeyboardHandler for Keyboard {
    fn handle_enter(&mut self, slf: &Rc<WlKeyboard>, serial: u32, surface: &Rc<WlSurface>, keys: &[u8]) {
        self.0.session.note_serial(serial);
        // the selection comes before the focus, as the protocol has it
        if self.0.session.focus(&**slf) {
            self.0.clipboard.show(&self.0.session);
        }
        slf.send_enter(serial, surface, keys);
    }

    fn handle_leave(&mut self, slf: &Rc<WlKeyboard>, serial: u32, surface: &Rc<WlSurface>) {
        self.0.session.note_serial(serial);
        self.0.session.unfocus(&**slf);
        slf.send_leave(serial, surface);
    }

    fn handle_key(&mut self, slf: &Rc<WlKeyboard>, serial: u32, time: u32, key: u32, state: WlKeyboardKeyState) {
        self.0.session.note_serial(serial);
        slf.send_key(serial, time, key, state);
    }

    fn handle_modifiers(
        &mut self,
        slf: &Rc<WlKeyboard>,
        serial: u32,
        down: u32,
        latched: u32,
        locked: u32,
        group: u32,
    ) {
        self.0.session.note_serial(serial);
        slf.send_modifiers(serial, down, latched, locked, group);
    }

    fn handle_release(&mut self, slf: &Rc<WlKeyboard>) {
        self.0.session.unfocus(&**slf);
        slf.send_release();
    }
}

impl WlPointerHandler for Pointer {
    fn handle_enter(&mut self, slf: &Rc<WlPointer>, serial: u32, surface: &Rc<WlSurface>, x: Fixed, y: Fixed) {
        self.0.session.note_serial(serial);
        slf.send_enter(serial, surface, x, y);
    }

    fn handle_button(&mut self, slf: &Rc<WlPointer>, serial: u32, time: u32, button: u32, state: WlPointerButtonState) {
        self.0.session.note_serial(serial);
        slf.send_button(serial, time, button, state);
    }
}

impl WlTouchHandler for Touch {
    fn handle_down(
        &mut self,
        slf: &Rc<WlTouch>,
        serial: u32,
        time: u32,
        surface: &Rc<WlSurface>,
        id: i32,
        x: Fixed,
        y: Fixed,
    ) {
        self.0.session.note_serial(serial);
        slf.send_down(serial, time, surface, id, x, y);
    }

    fn handle_up(&mut self, slf: &Rc<WlTouch>, serial: u32, time: u32, id: i32) {
        self.0.session.note_serial(serial);
        slf.send_up(serial, time, id);
    }
}
