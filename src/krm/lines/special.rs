//! Looking for the bytes that may mean something, eight at a time: most of a text are letters, digits and dashes.

/// A byte of each, so that a product with it repeats a byte.
const ONES: u64 = u64::from_le_bytes([1; 8]);
/// The highest bit of each byte, by which what is found is marked.
const MARKS: u64 = u64::from_le_bytes([0x80; 8]);

/// White space, `!`, `"` and `#` stand in front of it: whoever reads a key or a plain scalar has to look at them.
pub(super) const IN_PLAIN_FROM: u8 = b'$';

/// Where the first byte from `start` on is that is smaller than `limit`, which is ASCII, or is `other`; the end of the text
/// where there is none.
pub(super) fn first_special(bytes: &[u8], start: usize, limit: u8, other: u8) -> usize {
    let mut position = start;
    while let Some(eight) = bytes.get(position..).and_then(|rest| rest.first_chunk::<8>()) {
        let eight = u64::from_le_bytes(*eight);
        // Subtracting borrows from the next byte only where one is marked already: the first mark is always right.
        let smaller = eight.wrapping_sub(ONES * u64::from(limit)) & !eight & MARKS;
        let difference = eight ^ (ONES * u64::from(other));
        let equal = difference.wrapping_sub(ONES) & !difference & MARKS;
        let found = smaller | equal;
        if found != 0 {
            return position + found.trailing_zeros() as usize / 8;
        }
        position += 8;
    }
    let rest = bytes.get(position..).unwrap_or_default();
    position + rest.iter().position(|byte| *byte < limit || *byte == other).unwrap_or(rest.len())
}

#[cfg(test)]
mod tests {
    use super::first_special;

    #[test]
    fn the_first_special_byte_is_found_wherever_it_stands() {
        for length in 0..40 {
            for place in 0..=length {
                for special in *b" \n#:" {
                    let mut text = vec![b'a'; length];
                    text.extend("é-/.0".bytes());
                    text.insert(place, special);
                    // What comes behind it does not matter.
                    text.extend(b": #");
                    assert_eq!(first_special(&text, 0, b'$', b':'), place);
                    assert_eq!(first_special(&text, place, b'$', b':'), place);
                }
            }
        }
    }

    #[test]
    fn bytes_beside_the_limit_and_of_other_scripts_are_not_special() {
        let text = "$;9\u{7f}é\u{2028}ÿ\u{80}".repeat(3);
        assert_eq!(first_special(text.as_bytes(), 0, b'$', b':'), text.len());
        assert_eq!(first_special(b"", 0, b'$', b':'), 0);
        assert_eq!(first_special(b"a", 3, b'$', b':'), 3);
    }
}
