//! The readers, held against each other by the fuzzer.

use super::{events, lines};

/// Whether what the fast reader makes of a text is what the reference makes of it.
///
/// # Errors
/// A sentence that shows the text and both trees, or the error of the one reader that refuses.
pub fn readers_agree(text: &str) -> Result<(), String> {
    let Some(fast) = lines::read(text) else { return Ok(()) };
    let reference = events::read(text).map_err(|error| format!("only the fast reader takes {text:?}: {error}"))?;
    // Everything that a tree knows.
    let (fast, reference) = (format!("{fast:?}"), format!("{reference:?}"));
    if fast == reference { Ok(()) } else { Err(format!("of {text:?}:\n{fast}\n{reference}")) }
}
