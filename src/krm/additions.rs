//! New items, written in the style of what is around them as soon as they are known.

use serde::Serialize;

use super::emit::{EmitError, block, flow, push_block_entry};

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

/// How much is written into one piece before another is begun, in bytes. Small pieces find room where the plan was.
const PIECE: usize = 32 << 10;

/// New items, one behind the other.
#[derive(Debug, Clone)]
pub(super) struct Additions {
    pub(super) style: Style,
    /// Entries of block sequences share pieces. Of other styles each item is a piece.
    pieces: Vec<String>,
    count: usize,
}

impl Additions {
    pub(super) fn new(style: Style) -> Self {
        Self { style, pieces: Vec::new(), count: 0 }
    }

    pub(super) fn push(&mut self, value: &impl Serialize) -> Result<(), EmitError> {
        self.count += 1;
        match (self.style, self.pieces.last_mut()) {
            (Style::Entry(indent), Some(piece)) if piece.len() < PIECE => push_block_entry(piece, value, indent)?,
            (Style::Entry(indent), _) => {
                let mut piece = String::with_capacity(PIECE + PIECE / 8);
                push_block_entry(&mut piece, value, indent)?;
                self.pieces.push(piece);
            }
            (Style::Document, _) => self.pieces.push(block(value, 0)?),
            (Style::Flow, _) => self.pieces.push(flow(value)?),
        }
        Ok(())
    }

    /// How many items were added, taken or not.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// The text, piece by piece.
    pub(super) fn take(&mut self) -> Vec<String> {
        std::mem::take(&mut self.pieces)
    }
}
