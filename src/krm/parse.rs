//! From text to tree: the fast reader for what tools write, the full parser for the rest.

use super::tree::{Tree, TreeError};
use super::wanted::{Interest, everything};
use super::{events, lines};

impl<'s> Tree<'s> {
    /// Reads a whole stream. Comments, styles and white space stay where they are: in `text`.
    ///
    /// There are two readers. The one over lines knows the shapes that tools write and is several times as fast; at
    /// anything else it gives up, and the one over events, which knows all of YAML, starts from the beginning. Errors
    /// are always its.
    ///
    /// # Errors
    /// [`TreeError`] for text that is no YAML, nests too deeply, repeats a key or is over 4 GiB.
    pub fn parse(text: &'s str) -> Result<Self, TreeError> {
        Self::parse_wanted(text, everything)
    }

    /// Reads of a whole stream what is wanted of its objects. Of the rest, where it is written in block style, only the
    /// extent is known, and mistakes in it are not found. Text that the reader over lines gives up at is read whole.
    ///
    /// # Errors
    /// As [`Tree::parse`].
    pub fn parse_wanted(text: &'s str, interest: Interest) -> Result<Self, TreeError> {
        if u32::try_from(text.len()).is_err() {
            return Err(TreeError::TooLarge);
        }
        // Without a line break at its end, a block scalar there is a case of its own.
        let interest = if text.ends_with('\n') { interest } else { everything };
        match lines::read(text, interest) {
            Some(tree) => Ok(Self { ordinary: true, ..tree }),
            None => events::read(text),
        }
    }
}
