//! A Wayland client without a library, which says exactly what a test wants said, right or wrong.
#![allow(dead_code)]

use std::collections::BTreeMap;
use std::io::{IoSlice, Read};
use std::os::fd::{AsRawFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use nix::sys::memfd::{MFdFlags, memfd_create};
use nix::sys::socket::{ControlMessage, MsgFlags, sendmsg};

const DISPLAY: u32 = 1;
const REGISTRY: u32 = 2;

/// One event: object, number, arguments.
pub type Event = (u32, u16, Vec<u8>);

/// A connection.
pub struct Raw {
    pub stream: UnixStream,
    next: u32,
    /// Every event that came, in order.
    pub seen: Vec<Event>,
    /// Name to interface and version.
    pub globals: BTreeMap<u32, (String, u32)>,
}

/// Arguments of a request, in wire format.
#[derive(Default)]
pub struct Args(pub Vec<u8>);

impl Args {
    pub fn word(mut self, value: u32) -> Self {
        self.0.extend(value.to_ne_bytes());
        self
    }

    pub fn text(mut self, value: &str) -> Self {
        self = self.word(value.len() as u32 + 1);
        self.0.extend(value.as_bytes());
        self.0.push(0);
        self.0.resize(self.0.len().next_multiple_of(4), 0);
        self
    }
}

/// The bytes of one request.
pub fn message(object: u32, number: u16, args: &Args) -> Vec<u8> {
    let size = 8 + args.0.len() as u32;
    let mut bytes = Args::default().word(object).word(size << 16 | u32::from(number)).0;
    bytes.extend(&args.0);
    bytes
}

impl Raw {
    /// Connects, gets a registry and all globals.
    pub fn new(stream: UnixStream) -> Self {
        stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        let mut raw = Self { stream, next: 3, seen: Vec::new(), globals: BTreeMap::new() };
        raw.send(DISPLAY, 1, Args::default().word(REGISTRY));
        for (_, _, args) in raw.round_trip().expect("globals").into_iter().filter(|(o, n, _)| (*o, *n) == (REGISTRY, 0))
        {
            let word = |at: usize| u32::from_ne_bytes(args[at..at + 4].try_into().unwrap());
            let len = word(4) as usize;
            let name = String::from_utf8(args[8..8 + len - 1].to_vec()).unwrap();
            raw.globals.insert(word(0), (name, word(8 + len.next_multiple_of(4))));
        }
        raw
    }

    /// A number for a new object.
    pub fn id(&mut self) -> u32 {
        self.next += 1;
        self.next - 1
    }

    pub fn send(&mut self, object: u32, number: u16, args: Args) {
        self.send_with(object, number, args, &[]);
    }

    pub fn send_with(&mut self, object: u32, number: u16, args: Args, fds: &[BorrowedFd<'_>]) {
        let raw: Vec<_> = fds.iter().map(|fd| fd.as_raw_fd()).collect();
        let rights = [ControlMessage::ScmRights(&raw)];
        let control = if raw.is_empty() { &[][..] } else { &rights[..] };
        let bytes = message(object, number, &args);
        let _ = sendmsg::<()>(self.stream.as_raw_fd(), &[IoSlice::new(&bytes)], control, MsgFlags::MSG_NOSIGNAL, None);
    }

    /// The next event; `None` when the connection ended.
    pub fn event(&mut self) -> Option<Event> {
        let mut header = [0; 8];
        self.stream.read_exact(&mut header).ok()?;
        let (object, second) = (u32::from_ne_bytes(header[..4].try_into().unwrap()), &header[4..]);
        let second = u32::from_ne_bytes(second.try_into().unwrap());
        let mut args = vec![0; (second >> 16) as usize - 8];
        self.stream.read_exact(&mut args).ok()?;
        Some((object, second as u16, args))
    }

    /// All events until the compositor has answered; `None` when the connection ended before. An error event comes
    /// as the last one before the end, so its text is kept in `Err`.
    pub fn round_trip(&mut self) -> Result<Vec<Event>, String> {
        let callback = self.id();
        self.send(DISPLAY, 0, Args::default().word(callback));
        let mut events = Vec::new();
        let mut error = String::from("end of connection");
        while let Some(event) = self.event() {
            match event {
                (DISPLAY, 0, args) => error = String::from_utf8_lossy(&args[12..]).trim_end_matches('\0').to_owned(),
                (object, 0, _) if object == callback => return Ok(events),
                event => {
                    self.seen.push(event.clone());
                    events.push(event);
                }
            }
        }
        Err(error)
    }

    /// Binds; the new object's number comes back.
    pub fn bind(&mut self, name: u32, interface: &str, version: u32) -> u32 {
        let id = self.id();
        self.send(REGISTRY, 0, Args::default().word(name).text(interface).word(version).word(id));
        id
    }

    /// Binds a global that was announced, at version 1.
    pub fn bind_named(&mut self, interface: &str) -> u32 {
        let name = *self.globals.iter().find(|(_, (i, _))| i == interface).expect(interface).0;
        self.bind(name, interface, 1)
    }

    /// Opens a window of 64 by 64 red pixels; `label` may send requests of the toplevel, whose number it gets.
    pub fn window(&mut self, label: impl FnOnce(&mut Self, u32)) {
        let [compositor, base, shm] = ["wl_compositor", "xdg_wm_base", "wl_shm"].map(|i| self.bind_named(i));
        let [surface, xdg, toplevel] = std::array::from_fn(|_| self.id());
        self.send(compositor, 0, Args::default().word(surface));
        self.send(base, 2, Args::default().word(xdg).word(surface));
        self.send(xdg, 1, Args::default().word(toplevel));
        label(self, toplevel);
        self.send(surface, 6, Args::default());
        // the compositor may take its time to say how large the window is to be
        let configure = loop {
            let events = self.round_trip().unwrap();
            if let Some(event) = events.into_iter().find(|(object, number, _)| (*object, *number) == (xdg, 0)) {
                break event;
            }
        };
        self.send(xdg, 4, Args(configure.2.clone()));
        let file = memfd_create("pixels", MFdFlags::empty()).unwrap();
        nix::unistd::write(&file, &[0, 0, 255, 255].repeat(64 * 64)).unwrap();
        use std::os::fd::AsFd;
        // numbers in the order of use: a compositor takes no gaps
        let [pool, buffer] = std::array::from_fn(|_| self.id());
        self.send_with(shm, 0, Args::default().word(pool).word(64 * 64 * 4), &[file.as_fd()]);
        self.send(pool, 0, Args::default().word(buffer).word(0).word(64).word(64).word(64 * 4).word(0));
        self.send(surface, 1, Args::default().word(buffer).word(0).word(0));
        self.send(surface, 6, Args::default());
        self.round_trip().unwrap();
    }
}
