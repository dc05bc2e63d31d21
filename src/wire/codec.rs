//! Fields: integers in native order (both ends are one machine) and byte strings with their length before them.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;

/// Why a message was not one of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Malformed {
    /// It ended inside a field.
    Short,
    /// Bytes were left after the last field.
    Trailing,
    /// A kind, code or flag that this version does not know.
    Unknown,
    /// Longer than [`super::MAX_MESSAGE`], or a list longer than the message.
    TooLong,
    /// Another version than [`super::VERSION`]; the value is the peer's.
    Version(u16),
    /// A string that must be UTF-8 is not.
    NotText,
}

/// Builds a message field by field.
#[derive(Debug, Default)]
pub struct Writer(Vec<u8>);

impl Writer {
    /// A message of the given kind, with the version before it.
    pub fn new(kind: u8) -> Self {
        let mut bytes = super::VERSION.to_ne_bytes().to_vec();
        bytes.push(kind);
        Self(bytes)
    }

    /// One byte.
    pub fn u8(&mut self, value: u8) -> &mut Self {
        self.0.push(value);
        self
    }

    /// Four bytes.
    pub fn u32(&mut self, value: u32) -> &mut Self {
        self.0.extend_from_slice(&value.to_ne_bytes());
        self
    }

    /// Eight bytes.
    pub fn u64(&mut self, value: u64) -> &mut Self {
        self.0.extend_from_slice(&value.to_ne_bytes());
        self
    }

    /// A byte string with its length before it.
    pub fn bytes(&mut self, value: &[u8]) -> &mut Self {
        self.u32(value.len() as u32);
        self.0.extend_from_slice(value);
        self
    }

    /// A list of byte strings with their count before them.
    pub fn list<T: AsRef<[u8]>>(&mut self, values: &[T]) -> &mut Self {
        self.u32(values.len() as u32);
        for value in values {
            self.bytes(value.as_ref());
        }
        self
    }

    /// The finished message; an error when it is longer than [`super::MAX_MESSAGE`].
    pub fn finish(self) -> Result<Vec<u8>, Malformed> {
        if self.0.len() > super::MAX_MESSAGE { Err(Malformed::TooLong) } else { Ok(self.0) }
    }
}

/// Takes a message apart field by field.
#[derive(Debug)]
pub struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// Checks version and length; the kind comes back with the rest.
    pub fn new(message: &'a [u8]) -> Result<(u8, Self), Malformed> {
        if message.len() > super::MAX_MESSAGE {
            return Err(Malformed::TooLong);
        }
        let mut reader = Self(message);
        let version = u16::from_ne_bytes(reader.array()?);
        if version != super::VERSION {
            return Err(Malformed::Version(version));
        }
        let kind = reader.u8()?;
        Ok((kind, reader))
    }

    fn take(&mut self, len: usize) -> Result<&'a [u8], Malformed> {
        let (head, tail) = self.0.split_at_checked(len).ok_or(Malformed::Short)?;
        self.0 = tail;
        Ok(head)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        self.take(N)?.try_into().map_err(|_| Malformed::Short)
    }

    /// One byte.
    pub fn u8(&mut self) -> Result<u8, Malformed> {
        Ok(self.array::<1>()?[0])
    }

    /// Four bytes.
    pub fn u32(&mut self) -> Result<u32, Malformed> {
        Ok(u32::from_ne_bytes(self.array()?))
    }

    /// Eight bytes.
    pub fn u64(&mut self) -> Result<u64, Malformed> {
        Ok(u64::from_ne_bytes(self.array()?))
    }

    /// A byte string.
    pub fn bytes(&mut self) -> Result<&'a [u8], Malformed> {
        let len = self.u32()? as usize;
        self.take(len)
    }

    /// A byte string that is text.
    pub fn text(&mut self) -> Result<String, Malformed> {
        String::from_utf8(self.bytes()?.to_vec()).map_err(|_| Malformed::NotText)
    }

    /// A list of byte strings. The count is believed only as far as the message can hold it.
    pub fn list(&mut self) -> Result<Vec<OsString>, Malformed> {
        let count = self.u32()? as usize;
        if count > self.0.len() / 4 {
            return Err(Malformed::TooLong);
        }
        (0..count).map(|_| Ok(OsString::from_vec(self.bytes()?.to_vec()))).collect()
    }

    /// The end: nothing may be left.
    pub fn end(self) -> Result<(), Malformed> {
        if self.0.is_empty() { Ok(()) } else { Err(Malformed::Trailing) }
    }
}
