//! One file on its way in or out of a zone: its name, its source, and the hidden copy that grows until it is whole.
//!
//! Both ends use the same, the process inside the zone and the client outside: each judges what the other says, and opens
//! only its own files. Nothing here sends or receives.

mod draft;
mod name;
mod source;
mod sum;

pub use draft::{Draft, Place};
pub use name::{Name, Trail, find, names};
pub use source::{Source, kind_at, kind_of};
pub use sum::{Sum, Wanted, hex};

use crate::wire::files::Kind;
use crate::wire::{Code, Failure, Stage};

/// How the transfer deals with what is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct How {
    /// Replace a file of that name.
    pub force: bool,
    /// Keep the part of a broken transfer, and go on from the one that is there.
    pub resume: bool,
}

/// What is there is no regular file or no folder as meant.
pub fn bad_kind(shown: &str, kind: Kind) -> Failure {
    Failure::new(Stage::Run, Code::BadKind, &[shown, kind.name()])
}

/// Something of that name is there.
pub fn exists(shown: &str) -> Failure {
    Failure::new(Stage::Run, Code::Exists, &[shown])
}
