//! The SHA-256 of a file, taken while its bytes pass by.

use sha2::{Digest as _, Sha256};

use crate::wire::Failure;
use crate::wire::files::Digest;

/// How much is read at once where nothing is sent.
const PIECE: usize = 128 * 1024;

/// Whether a sum is still wanted: the failure that ends it.
pub type Wanted<'a> = &'a dyn Fn() -> Result<(), Failure>;

/// A sum that grows.
#[derive(Debug, Clone, Default)]
pub struct Sum(Sha256);

impl Sum {
    /// Further bytes.
    pub fn add(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The sum of a beginning that is read piece by piece, and the bytes that it has: fewer than `length` where the
    /// reading came to an end. A long file takes long, so before each piece it is asked whether anybody still wants it.
    ///
    /// # Errors
    /// What the reading ended with; that nobody wants it.
    pub fn of(
        length: u64,
        wanted: Wanted<'_>,
        mut read: impl FnMut(&mut [u8], u64) -> Result<usize, Failure>,
    ) -> Result<(Self, u64), Failure> {
        let (mut sum, mut at, mut room) = (Self::default(), 0, vec![0; PIECE]);
        while at < length {
            wanted()?;
            let most = usize::try_from(length - at).unwrap_or(PIECE).min(PIECE);
            let len = read(room.get_mut(..most).unwrap_or_default(), at)?;
            if len == 0 {
                break;
            }
            sum.add(room.get(..len).unwrap_or_default());
            at += len as u64;
        }
        Ok((sum, at))
    }

    /// The sum of all so far.
    pub fn digest(&self) -> Digest {
        self.0.clone().finalize().into()
    }
}

/// Bytes as they are written: two hexadecimal digits for each.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
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
