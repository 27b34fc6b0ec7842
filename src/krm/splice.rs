//! Changing a text in places, and nowhere else.

use std::borrow::Cow;
use std::ops::Range;

use thiserror::Error;

use super::tree::Tree;

/// Two edits of the same bytes, which cannot both be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("two edits are about the same place")]
pub struct Overlap;

/// Replacements to make in one text. Ranges must not overlap; insertions at one place keep the order in which they
/// were added.
#[derive(Debug, Clone, Default)]
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

    /// What is replaced, and by what, in the order of the text.
    pub(super) fn in_order(&mut self) -> &[(Range<usize>, String)] {
        self.edits.sort_by_key(|(range, _)| (range.start, range.end));
        &self.edits
    }

    /// Whether nothing changes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.edits.is_empty()
    }

    /// Whether anything at or behind `position` is replaced or removed.
    #[must_use]
    pub(super) fn reach(&self, position: usize) -> bool {
        self.edits.iter().any(|(range, _)| range.end > position && !range.is_empty())
    }

    /// Whether a line begins at `position`, behind what was put there already.
    pub(super) fn begin_line_at(&self, text: &str, position: usize) -> bool {
        let inserted = self.edits.iter().rev().find(|(range, new)| *range == (position..position) && !new.is_empty());
        let replaced = || self.edits.iter().find(|(range, _)| range.end == position && !range.is_empty());
        match (inserted, text.get(..position).unwrap_or_default()) {
            (Some((_, new)), _) => new.ends_with('\n'),
            (None, before) => match replaced() {
                Some((range, new)) if new.is_empty() => self.begin_line_at(text, range.start),
                Some((_, new)) => new.ends_with('\n'),
                None => before.is_empty() || before.ends_with('\n'),
            },
        }
    }

    /// The text with everything replaced, in the original's line ends. Untouched bytes are copied as they are.
    ///
    /// # Errors
    /// [`Overlap`] when two replacements are about the same bytes.
    pub fn apply(self, tree: &Tree<'_>) -> Result<String, Overlap> {
        Ok(self.pieces(tree)?.joined())
    }

    /// The text with everything replaced, piece by piece.
    ///
    /// # Errors
    /// As [`Splices::apply`].
    pub fn pieces<'s>(mut self, tree: &Tree<'s>) -> Result<Pieces<'s>, Overlap> {
        let text = tree.text();
        let crlf = uses_crlf(text);
        self.in_order();
        let mut pieces = Vec::with_capacity(2 * self.edits.len() + 1);
        let mut position = 0;
        for (range, replacement) in self.edits {
            pieces.push(Cow::Borrowed(text.get(position..range.start).ok_or(Overlap)?));
            pieces.push(Cow::Owned(if crlf { replacement.replace('\n', "\r\n") } else { replacement }));
            position = range.end;
        }
        pieces.push(Cow::Borrowed(text.get(position..).ok_or(Overlap)?));
        Ok(Pieces(pieces))
    }
}

/// A text in pieces: what was there, where it is, and what is new between it. A large configuration is never copied.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Pieces<'s>(Vec<Cow<'s, str>>);

impl Pieces<'_> {
    /// The pieces, in their order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(AsRef::as_ref)
    }

    /// The whole text, in one.
    #[must_use]
    pub fn joined(&self) -> String {
        let mut text = String::with_capacity(self.iter().map(str::len).sum());
        self.iter().for_each(|piece| text.push_str(piece));
        text
    }
}

impl<'s> From<&'s str> for Pieces<'s> {
    fn from(text: &'s str) -> Self {
        Self(vec![Cow::Borrowed(text)])
    }
}

/// Whether the lines of a text end in CR LF, which what is added follows. The first line decides.
#[must_use]
pub fn uses_crlf(text: &str) -> bool {
    text.split_once('\n').is_some_and(|(line, _)| line.ends_with('\r'))
}
