//! From text to tree: the fast reader for what tools write, the full parser for the rest.

use super::tree::{Tree, TreeError};
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
        if u32::try_from(text.len()).is_err() {
            return Err(TreeError::TooLarge);
        }
        match lines::read(text) {
            Some(tree) => Ok(Self { ordinary: true, ..tree }),
            None => events::read(text),
        }
    }
}
