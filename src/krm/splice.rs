//! Changing a text in places, and nowhere else.

use std::ops::Range;

use super::tree::Tree;

/// Replacements to make in one text. Ranges must not overlap; insertions at one place keep the order in which they
/// were added.
#[derive(Debug, Default)]
pub struct Splices {
    edits: Vec<(Range<usize>, String)>,
}

impl Splices {
    /// Replaces `range` (bytes of the original) with `text`, whose line breaks are `\n` whatever the original has.
    pub fn replace(&mut self, range: Range<usize>, text: impl Into<String>) {
        self.edits.push((range, text.into()));
    }

    /// Puts `text` at byte `position` of the original.
    pub fn insert(&mut self, position: usize, text: impl Into<String>) {
        self.replace(position..position, text);
    }

    /// Takes `range` (bytes of the original) out.
    pub fn remove(&mut self, range: Range<usize>) {
        self.replace(range, String::new());
    }

    /// Whether nothing changes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.edits.is_empty()
    }

    /// The text with everything replaced, in the original's line ends. Untouched bytes are copied as they are.
    #[must_use]
    pub fn apply(mut self, tree: &Tree<'_>) -> String {
        let text = tree.text();
        let crlf = uses_crlf(text);
        self.edits.sort_by_key(|(range, _)| (range.start, range.end));
        let added: usize = self.edits.iter().map(|(_, text)| text.len()).sum();
        let mut output = String::with_capacity(text.len() + added);
        let mut position = 0;
        for (range, replacement) in &self.edits {
            output.push_str(text.get(position..range.start).unwrap_or_default());
            if crlf {
                output.push_str(&replacement.replace('\n', "\r\n"));
            } else {
                output.push_str(replacement);
            }
            position = position.max(range.end);
        }
        output.push_str(text.get(position..).unwrap_or_default());
        output
    }
}

/// Whether the lines of a text end in CR LF, which what is added follows. The first line decides.
#[must_use]
pub fn uses_crlf(text: &str) -> bool {
    text.split_once('\n').is_some_and(|(line, _)| line.ends_with('\r'))
}
