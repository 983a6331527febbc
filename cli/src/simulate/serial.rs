//! Ids that look like the vendors' and repeat from run to run: all of them are
//! derived from the number of the request.

use std::fmt::Write as _;

/// The number of a request, counted from 1.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Serial(pub(crate) u64);

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

impl Serial {
    /// `length` letters and digits, different for every `(serial, purpose)`.
    pub(crate) fn letters(self, purpose: u64, length: usize) -> String {
        let mut state = self.seed(purpose);
        (0..length)
            .filter_map(|_| {
                let digit = next(&mut state) % 62;
                ALPHABET
                    .get(usize::try_from(digit).ok()?)
                    .map(|&byte| char::from(byte))
            })
            .collect()
    }

    /// 32 hexadecimal digits.
    pub(crate) fn hex(self, purpose: u64) -> String {
        let mut state = self.seed(purpose);
        let mut text = String::with_capacity(32);
        for _ in 0..2 {
            // Writing to a String cannot fail.
            let _ = write!(text, "{:016x}", next(&mut state));
        }
        text
    }

    fn seed(self, purpose: u64) -> u64 {
        // Mixed once, so that the sequences of neighbours do not overlap.
        let mut number = self.0;
        next(&mut number) ^ purpose.wrapping_mul(0xD1B5_4A32_D192_ED03)
    }
}

/// One step of the `SplitMix64` generator.
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_request_number_gives_the_same_id_and_another_one_a_different_id() {
        assert_eq!(Serial(7).letters(1, 24), Serial(7).letters(1, 24));
        assert_ne!(Serial(7).letters(1, 24), Serial(8).letters(1, 24));
        assert_ne!(Serial(7).letters(1, 24), Serial(7).letters(2, 24));
        assert_eq!(Serial(7).letters(1, 24).len(), 24);
        assert_eq!(Serial(7).hex(0).len(), 32);
    }
}
