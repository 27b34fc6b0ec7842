//! Sets of bytes, to be asked for every byte of a text.

/// A set of bytes.
pub(super) struct ByteSet([bool; 256]);

impl ByteSet {
    /// These.
    #[expect(clippy::indexing_slicing, reason = "no byte is 256, and the compiler runs this")]
    pub(super) const fn of(mut bytes: &[u8]) -> Self {
        let mut contained = [false; 256];
        while let [first, rest @ ..] = bytes {
            contained[*first as usize] = true;
            bytes = rest;
        }
        Self(contained)
    }

    /// All ASCII letters and digits, and these.
    #[expect(clippy::indexing_slicing, reason = "no byte is 256, and the compiler runs this")]
    pub(super) const fn letters_digits_and(others: &[u8]) -> Self {
        let Self(mut contained) = Self::of(others);
        let mut byte = 0_u8;
        while byte < 128 {
            contained[byte as usize] |= byte.is_ascii_alphanumeric();
            byte += 1;
        }
        Self(contained)
    }

    /// Whether a byte is one of them.
    pub(super) fn contains(&self, byte: u8) -> bool {
        self.0.get(usize::from(byte)).copied().unwrap_or_default()
    }
}
