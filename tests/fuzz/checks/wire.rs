//! The messages between client, broker and init.

use sep_run::wire::{Ask, FromInit, ToInit};

/// What the broker of the system is asked, as root hears it: any bytes are refused, or are exactly what `encode` makes.
pub fn ask(bytes: &[u8]) -> bool {
    let Ok(message) = Ask::decode(bytes) else { return false };
    assert_eq!(message.encode().as_deref(), Ok(bytes));
    true
}

/// What init is told: any bytes are refused, or are exactly what `encode` makes.
pub fn to_init(bytes: &[u8]) -> bool {
    let Ok(message) = ToInit::decode(bytes) else { return false };
    assert_eq!(message.encode().as_deref(), Ok(bytes));
    true
}

/// What init answers: any bytes are refused, or mean a message that comes back the same after another round.
pub fn from_init(bytes: &[u8]) -> bool {
    let Ok(message) = FromInit::decode(bytes) else { return false };
    // arguments of a failure that are not text come back lossily and may then be longer than allowed
    if let Ok(again) = message.encode() {
        assert_eq!(FromInit::decode(&again), Ok(message));
    }
    true
}
