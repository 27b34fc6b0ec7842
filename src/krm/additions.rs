//! New items, written in the style of what is around them as soon as they are known.

use serde::Serialize;

use super::emit::{EmitError, flow, push_block_entry, push_document};

/// How new items are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// As entries of a block sequence whose dashes stand in this column.
    Entry(usize),
    /// As entries of a list in brackets.
    Flow,
    /// As documents of their own.
    Document,
}

/// New items, one behind the other.
#[derive(Debug, Clone)]
pub(super) struct Additions {
    pub(super) style: Style,
    pub(super) text: String,
    /// The byte behind each.
    pub(super) ends: Vec<usize>,
}

impl Additions {
    pub(super) fn push(&mut self, value: &impl Serialize) -> Result<(), EmitError> {
        match self.style {
            Style::Entry(indent) => push_block_entry(&mut self.text, value, indent)?,
            Style::Document => push_document(&mut self.text, value)?,
            Style::Flow => self.text.push_str(&flow(value)?),
        }
        self.ends.push(self.text.len());
        Ok(())
    }

    /// The text, with which nothing is left but the number.
    pub(super) fn take(&mut self) -> Self {
        Self { style: self.style, text: std::mem::take(&mut self.text), ends: self.ends.clone() }
    }

    pub(super) fn count(&self) -> usize {
        self.ends.len()
    }

    /// Each by itself.
    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).filter_map(|(start, end)| self.text.get(start..*end))
    }
}
