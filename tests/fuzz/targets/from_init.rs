//! What init answers: any bytes are refused, or mean a message that comes back the same after another round.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sep_run::wire::FromInit;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(message) = FromInit::decode(bytes) {
        // arguments of a failure that are not text come back lossily and may then be longer than allowed
        if let Ok(again) = message.encode() {
            assert_eq!(FromInit::decode(&again), Ok(message));
        }
    }
});
