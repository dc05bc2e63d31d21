//! The log that events are appended to.

use std::os::fd::OwnedFd;

use nix::errno::Errno;

use super::Event;

/// An open audit log. The descriptor must have been opened for appending.
#[derive(Debug)]
pub struct Log(OwnedFd);

impl Log {
    /// Writes the event as one line, in one call. An error means that the event is not recorded.
    pub fn write(&self, event: &Event) -> nix::Result<()> {
        let mut line = serde_json::to_vec(event).map_err(|_| Errno::EINVAL)?;
        line.push(b'\n');
        match nix::unistd::write(&self.0, &line)? {
            written if written == line.len() => Ok(()),
            _ => Err(Errno::ENOSPC),
        }
    }
}

impl From<OwnedFd> for Log {
    fn from(fd: OwnedFd) -> Self {
        Self(fd)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::Kind;
    use std::io::Read;

    #[test]
    fn a_name_can_not_forge_a_second_line() {
        let (read, write) = nix::unistd::pipe().unwrap();
        let mut event = Event::new(Kind::Refused, "internet", "dns");
        event.name = Some("a\n{\"event\":\"connection\"}\u{1b}[2J".to_owned());
        event.port = Some(53);
        Log::from(write).write(&event).unwrap();
        let mut text = String::new();
        std::fs::File::from(read).read_to_string(&mut text).unwrap();
        assert_eq!(text.lines().count(), 1, "{text}");
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!((&value["event"], &value["port"]), (&"refused".into(), &53.into()));
        assert!(value.get("up").is_none() && !text.contains('\u{1b}'));
    }
}
