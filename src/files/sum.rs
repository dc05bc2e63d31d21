//! The SHA-256 of a file, taken while its bytes pass by.

use sha2::{Digest as _, Sha256};

use crate::wire::files::Digest;

/// A sum that grows.
#[derive(Debug, Clone, Default)]
pub struct Sum(Sha256);

impl Sum {
    /// Further bytes.
    pub fn add(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The sum of all so far.
    pub fn digest(&self) -> Digest {
        self.0.clone().finalize().into()
    }
}

/// As it is written: 64 hexadecimal digits.
pub fn hex(digest: &Digest) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_sum_is_the_one_that_others_compute() {
        let mut sum = super::Sum::default();
        sum.add(b"a");
        sum.add(b"bc");
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"; // FIPS 180-2, B.1
        assert_eq!(super::hex(&sum.digest()), expected);
    }
}
