//! Choices made by bytes. Where the bytes run out the first, plainest choice is taken, so that fewer bytes make a
//! smaller cluster: proptest shrinks and the fuzzer learns by the same means.

use arbitrary::Unstructured;

/// A source of choices.
pub struct Choices<'b>(Unstructured<'b>);

impl<'b> Choices<'b> {
    pub fn new(bytes: &'b [u8]) -> Self {
        Self(Unstructured::new(bytes))
    }

    /// One of these.
    pub fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.upto(all.len() - 1)]
    }

    /// A number from zero to `most`.
    pub fn upto(&mut self, most: usize) -> usize {
        self.0.int_in_range(0..=most).unwrap_or(0)
    }

    /// Yes in so many cases of a hundred, and no where the bytes run out.
    pub fn chance(&mut self, percent: usize) -> bool {
        self.upto(99) >= 100 - percent
    }

    /// Some of these, at least one, in their order. The first of them where the bytes run out.
    pub fn some<T: Copy>(&mut self, all: &[T], most: usize) -> Vec<T> {
        let count = 1 + self.upto(most - 1);
        let mut chosen: Vec<usize> = (0..count).map(|_| self.upto(all.len() - 1)).collect();
        chosen.sort_unstable();
        chosen.dedup();
        chosen.into_iter().map(|position| all[position]).collect()
    }
}
