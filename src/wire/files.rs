//! What client and zone say to each other while files go in or out.
//!
//! Only bytes and names travel, never a descriptor. Both ends are hostile to each other: every message is bounded here,
//! and what it means is judged by who takes it.

use super::codec::{Malformed, Reader, Writer};

/// The longest path in bytes: what the kernel takes, without the zero at its end.
pub const LONGEST_PATH: usize = 4095;
/// The longest name of a file in bytes.
pub const LONGEST_NAME: usize = 255;
/// The most bytes of a file in one message.
pub const LONGEST_CHUNK: usize = 120 * 1024;
/// The most entries of a folder in one message.
pub const MOST_ENTRIES: usize = 200;

/// A SHA-256.
pub type Digest = [u8; 32];

/// The beginning of a file that is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Part {
    /// Its bytes.
    pub length: u64,
    /// Their SHA-256.
    pub digest: Digest,
}

numbered! {
    /// What a name in a folder stands for.
    Kind {
        /// A regular file.
        File = "file",
        /// A folder.
        Folder = "folder",
        /// A symbolic link; it is never followed.
        Link = "link",
        /// A named pipe.
        Fifo = "fifo",
        /// A UNIX socket.
        Socket = "socket",
        /// A device, or something that this version does not know.
        Device = "device",
    }
}

/// One name in a folder of the zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The name as it is there: any bytes.
    pub name: Vec<u8>,
    /// What it stands for.
    pub kind: Kind,
    /// Bytes of a file.
    pub size: u64,
    /// Last change of the content, in seconds since 1970.
    pub modified: i64,
    /// Where a link leads, at most [`LONGEST_NAME`] bytes of it.
    pub target: Vec<u8>,
}

/// What the client asks. Paths are relative to the zone's home, empty for the home itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileAsk {
    /// The first message: the digest of the plan that the client means.
    Begin(Vec<u8>),
    /// What is in this folder.
    List(String),
    /// What this path itself is.
    Look(String),
    /// Send this file from where the part ends, where that is its beginning; else from its start.
    Get(String, Part),
    /// Take a file to this path.
    Put {
        /// Where to.
        path: String,
        /// Replace what is there.
        force: bool,
        /// Keep what came when the transfer breaks, and go on from what is there of a former one.
        resume: bool,
    },
    /// The file comes from this position on: 0, or where the offered part ends.
    From(u64),
    /// The next bytes of the file.
    Chunk(Vec<u8>),
    /// The file is whole.
    End,
    /// The rest of the file does not come.
    Leave,
    /// Make this folder, if it is not there.
    Folder(String),
}

/// What the zone answers, beside `FromInit::Failed`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileTold {
    /// Some of the entries; more follow until [`FileTold::Done`].
    Entries(Vec<Entry>),
    /// It is done.
    Done,
    /// The file has this many bytes, and they come from this position on.
    File(u64, u64),
    /// The next bytes of the file.
    Chunk(Vec<u8>),
    /// Ready to take the file. What is there of it: nothing, the part of a broken transfer, or (true) a whole file of
    /// that name, which is not replaced.
    Offer(Part, bool),
}

impl FileAsk {
    /// Appends kind and fields.
    pub(super) fn write(&self, to: &mut Writer) -> Result<(), Malformed> {
        match self {
            Self::Begin(plan) => text(to, 0, plan, LONGEST_NAME)?,
            Self::List(path) => text(to, 1, path.as_bytes(), LONGEST_PATH)?,
            Self::Look(path) => text(to, 2, path.as_bytes(), LONGEST_PATH)?,
            Self::Get(path, part) => part.write(text(to, 3, path.as_bytes(), LONGEST_PATH)?),
            Self::Put { path, force, resume } => {
                text(to, 4, path.as_bytes(), LONGEST_PATH)?.u8(u8::from(*force)).u8(u8::from(*resume))
            }
            Self::From(position) => to.u8(5).u64(*position),
            Self::Chunk(bytes) => text(to, 6, bytes, LONGEST_CHUNK)?,
            Self::End => to.u8(7),
            Self::Leave => to.u8(8),
            Self::Folder(path) => text(to, 9, path.as_bytes(), LONGEST_PATH)?,
        };
        Ok(())
    }

    /// Takes kind and fields.
    pub(super) fn read(from: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(match from.u8()? {
            0 => Self::Begin(bounded(from, LONGEST_NAME)?),
            1 => Self::List(path(from)?),
            2 => Self::Look(path(from)?),
            3 => Self::Get(path(from)?, Part::read(from)?),
            4 => Self::Put { path: path(from)?, force: flag(from)?, resume: flag(from)? },
            5 => Self::From(from.u64()?),
            6 => Self::Chunk(bounded(from, LONGEST_CHUNK)?),
            7 => Self::End,
            8 => Self::Leave,
            9 => Self::Folder(path(from)?),
            _ => return Err(Malformed::Unknown),
        })
    }
}

impl FileTold {
    /// Appends kind and fields.
    pub(super) fn write(&self, to: &mut Writer) -> Result<(), Malformed> {
        match self {
            Self::Entries(entries) if entries.len() > MOST_ENTRIES => return Err(Malformed::TooLong),
            Self::Entries(entries) => {
                to.u8(0).u32(entries.len() as u32);
                return entries.iter().try_for_each(|entry| entry.write(to));
            }
            Self::Done => to.u8(1),
            Self::File(size, from) => to.u8(2).u64(*size).u64(*from),
            Self::Chunk(bytes) => text(to, 3, bytes, LONGEST_CHUNK)?,
            Self::Offer(part, whole) => part.write(to.u8(4)).u8(u8::from(*whole)),
        };
        Ok(())
    }

    /// Takes kind and fields.
    pub(super) fn read(from: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(match from.u8()? {
            0 => Self::Entries(entries(from)?),
            1 => Self::Done,
            2 => Self::File(from.u64()?, from.u64()?),
            3 => Self::Chunk(bounded(from, LONGEST_CHUNK)?),
            4 => Self::Offer(Part::read(from)?, flag(from)?),
            _ => return Err(Malformed::Unknown),
        })
    }
}

impl Part {
    fn write<'a>(&self, to: &'a mut Writer) -> &'a mut Writer {
        to.u64(self.length).bytes(&self.digest)
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, Malformed> {
        let length = from.u64()?;
        Ok(Self { length, digest: from.bytes()?.try_into().map_err(|_| Malformed::Short)? })
    }
}

impl Entry {
    fn write(&self, to: &mut Writer) -> Result<(), Malformed> {
        if self.name.len().max(self.target.len()) > LONGEST_NAME {
            return Err(Malformed::TooLong);
        }
        to.bytes(&self.name).u8(self.kind as u8).u64(self.size).u64(self.modified as u64).bytes(&self.target);
        Ok(())
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, Malformed> {
        let (name, kind) = (bounded(from, LONGEST_NAME)?, Kind::from_wire(from.u8()?)?);
        let (size, modified) = (from.u64()?, from.u64()? as i64);
        Ok(Self { name, kind, size, modified, target: bounded(from, LONGEST_NAME)? })
    }
}

fn entries(from: &mut Reader<'_>) -> Result<Vec<Entry>, Malformed> {
    let count = from.u32()? as usize;
    if count > MOST_ENTRIES {
        return Err(Malformed::TooLong);
    }
    (0..count).map(|_| Entry::read(from)).collect()
}

fn text<'a>(to: &'a mut Writer, kind: u8, bytes: &[u8], longest: usize) -> Result<&'a mut Writer, Malformed> {
    if bytes.len() > longest { Err(Malformed::TooLong) } else { Ok(to.u8(kind).bytes(bytes)) }
}

fn bounded(from: &mut Reader<'_>, longest: usize) -> Result<Vec<u8>, Malformed> {
    let bytes = from.bytes()?;
    if bytes.len() > longest { Err(Malformed::TooLong) } else { Ok(bytes.to_vec()) }
}

fn path(from: &mut Reader<'_>) -> Result<String, Malformed> {
    let path = from.text()?;
    if path.len() > LONGEST_PATH { Err(Malformed::TooLong) } else { Ok(path) }
}

fn flag(from: &mut Reader<'_>) -> Result<bool, Malformed> {
    match from.u8()? {
        0 => Ok(false),
        1 => Ok(true),
        _ => Err(Malformed::Unknown),
    }
}
