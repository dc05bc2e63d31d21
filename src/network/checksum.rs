//! The internet checksum (RFC 1071).

/// A running sum. Each piece but the last must have an even length.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sum(u64);

impl Sum {
    /// Adds bytes. The sum does not depend on byte order, so that words of this machine can be added four bytes at
    /// a time.
    pub fn add(self, bytes: &[u8]) -> Self {
        let (words, rest) = bytes.as_chunks::<4>();
        let mut last = [0; 4];
        for (to, from) in last.iter_mut().zip(rest) {
            *to = *from;
        }
        let sum: u64 = words.iter().chain([&last]).map(|w| u64::from(u32::from_ne_bytes(*w))).sum();
        Self(self.0 + sum)
    }

    /// The value to store, in the order of the wire.
    pub fn value(self) -> [u8; 2] {
        let mut sum = self.0;
        while sum > 0xffff {
            sum = (sum & 0xffff) + (sum >> 16);
        }
        (!(sum as u16)).to_ne_bytes()
    }

    /// Whether a sum over bytes that hold their checksum says that they are whole.
    pub fn is_right(self) -> bool {
        self.value() == [0, 0]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_standard() {
        let bytes = [0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7];
        assert_eq!(Sum::default().add(&bytes).value(), (!0xddf2u16).to_be_bytes());
    }

    #[test]
    fn pieces_and_odd_ends_give_the_same_sum() {
        let bytes: Vec<u8> = (0..=250).collect();
        let whole = Sum::default().add(&bytes).value();
        for at in (0..bytes.len()).step_by(2) {
            let (head, tail) = bytes.split_at(at);
            assert_eq!(Sum::default().add(head).add(tail).value(), whole, "{at}");
        }
    }
}
