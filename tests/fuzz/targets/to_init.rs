//! What init is told: any bytes are refused, or are exactly what `encode` makes.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sep_run::wire::ToInit;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(message) = ToInit::decode(bytes) {
        assert_eq!(message.encode().as_deref(), Ok(bytes));
    }
});
