//! What a run has to say, for whoever writes it in a format for programs.

use std::fmt::Write as _;

use super::{Finding, harmless};

/// What a run has to say.
#[derive(Debug, Clone, Copy)]
pub struct Report<'a> {
    /// The findings, with lines and columns instead of items.
    pub findings: &'a [Finding],
    /// What is about no object: files that were written, a run that generated nothing.
    pub notes: &'a [String],
    /// Whether the run failed.
    pub failed: bool,
}

/// JSON in which no character gives orders to a terminal: such a one can only stand in a text, where it can be escaped.
pub(super) fn without_orders(json: &str) -> String {
    let mut text = String::with_capacity(json.len() + 1);
    for character in json.chars() {
        if character != '\n' && harmless(character) != character {
            let _ = write!(text, "\\u{:04x}", u32::from(character));
        } else {
            text.push(character);
        }
    }
    text.push('\n');
    text
}
