//! The span tree: where every node of a YAML or JSON text lies, and nothing else.
//!
//! A [`Tree`] keeps the text it was read from and, per node, a byte range and a shape: 16 bytes, whatever the node
//! holds. Values are read from the text when somebody asks. That is what lets untouched items come back byte for
//! byte: nothing is ever parsed into values and written out again.

use std::cell::Cell;
use std::ops::Range;

use thiserror::Error;

use super::growth::offset;
use super::node::NodeRef;

/// How many times its own size a text may be read again through aliases and merge keys, all objects together.
const MOST_REPEATS: usize = 10;
/// What every text may be read again, in bytes, however small it is.
const FREE_REPEATS: usize = 1_000_000;
/// What a node costs besides its characters.
const NODE_COST: usize = 16;

/// A parsed stream of YAML documents (JSON is YAML): spans into `text`.
#[derive(Debug)]
pub struct Tree<'s> {
    pub(super) text: &'s str,
    pub(super) nodes: Vec<Node>,
    /// Scalars whose value is not a slice of the text: escapes, folded lines, block scalars.
    pub(super) unescaped: Vec<Box<str>>,
    pub(super) documents: Vec<DocumentSpan>,
    /// Whether the text is written in the ways that the reader over lines knows.
    pub(super) ordinary: bool,
    /// How much of it was read again through aliases, in bytes.
    pub(super) repeated: Cell<usize>,
}

/// One document of a stream.
#[derive(Debug, Clone, Copy)]
pub(super) struct DocumentSpan {
    pub(super) root: u32,
    /// The byte at which the document's own lines begin: its `---` line, or the directives before it.
    pub(super) start: u32,
}

/// A node: where it is and what it is. Children follow their parent.
#[derive(Debug, Clone, Copy)]
pub(super) struct Node {
    pub(super) start: u32,
    pub(super) end: u32,
    /// Of a collection the first node behind its subtree. Of a scalar an index into `unescaped`, of an alias the node it
    /// stands for, or [`NO_PAYLOAD`].
    pub(super) link: u32,
    pub(super) shape: Shape,
    pub(super) anchored: bool,
    pub(super) tag: TagKind,
}

pub(super) const NO_PAYLOAD: u32 = u32::MAX;

impl Node {
    /// The first node behind the subtree of this node, whose number is `index`.
    pub(super) fn after(&self, index: u32) -> u32 {
        if self.shape.is_collection() { self.link } else { index + 1 }
    }

    /// What a scalar or an alias has besides its place.
    pub(super) fn payload(&self) -> Option<u32> {
        (!self.shape.is_collection() && self.link != NO_PAYLOAD).then_some(self.link)
    }
}

impl Shape {
    fn is_collection(self) -> bool {
        !matches!(self, Self::Plain | Self::Quoted | Self::Block | Self::Alias)
    }
}

/// What a node is, as far as reading and editing need to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    BlockMapping,
    FlowMapping,
    BlockSequence,
    FlowSequence,
    /// A plain scalar, the only kind that YAML readers take for numbers, booleans or null.
    Plain,
    /// Quotes stand around the span.
    Quoted,
    /// `|` or `>`: the span begins at the first content line.
    Block,
    Alias,
    /// A block collection that nobody asks for, from its first key or dash to the end of its last line. Where it ends in a
    /// block scalar, that is in it.
    Unread,
}

/// An explicit tag, which overrides what a scalar looks like: those of YAML's core schema, and all others. kpt's setters
/// write them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TagKind {
    None,
    /// `!!str`.
    Text,
    /// `!!int` and `!!float`.
    Number,
    /// `!!bool`.
    Boolean,
    /// `!!null`.
    Null,
    Other,
}

/// Why a text is not a tree.
#[derive(Debug, Error, Clone, PartialEq, Eq)]
pub enum TreeError {
    /// The text is not YAML; `line` and `column` count from one.
    #[error("this is not YAML: {message}")]
    Syntax {
        /// What the parser says.
        message: String,
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
    },
    /// Collections nested deeper than 255 levels.
    #[error("collections are nested more than 255 levels deep")]
    TooDeep {
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
    },
    /// The same key twice in one mapping. YAML forbids it, and readers differ in which one they keep.
    #[error("the key {key:?} appears twice in one mapping")]
    DuplicateKey {
        /// The key.
        key: String,
        /// Byte range of the first one.
        first: Range<usize>,
        /// Byte range of the second one.
        second: Range<usize>,
    },
    /// The text is larger than 4 GiB, the reach of the spans.
    #[error("the input is larger than 4 GiB")]
    TooLarge,
}

impl<'s> Tree<'s> {
    /// The text that the spans point into.
    #[must_use]
    pub fn text(&self) -> &'s str {
        self.text
    }

    /// How many documents there are. A stream without any content has none; one of comments only has one, a null.
    #[must_use]
    pub fn document_count(&self) -> usize {
        self.documents.len()
    }

    /// The byte at which the lines of document `index` begin: its mark, or directives in front of it.
    pub(super) fn document_start(&self, index: usize) -> Option<usize> {
        self.documents.get(index).map(|document| document.start as usize)
    }

    /// The bytes that are document `index`'s own: from its `---` (or the start of the text) to the next document.
    #[must_use]
    pub fn document_range(&self, index: usize) -> Option<Range<usize>> {
        let document = self.documents.get(index)?;
        let start = if index == 0 { 0 } else { document.start as usize };
        let end = self.documents.get(index + 1).map_or(self.text.len(), |next| next.start as usize);
        Some(start..end)
    }

    /// Forgets all elements of a list but the last, and all that is in them: what is around them is all that is needed to
    /// write behind them. Their share of the nodes of a large configuration is nearly all. There must be no aliases, which
    /// could lead into what is gone.
    pub(super) fn forget_elements(&mut self, list: u32) {
        let mut elements = NodeRef::new(self, list).elements().map(NodeRef::index);
        let Some(first) = elements.next() else { return };
        let kept = elements.last().unwrap_or(first);
        let gone = kept - first;
        self.nodes.drain(first as usize..kept as usize);
        self.nodes.shrink_to_fit();
        for node in self.nodes.iter_mut().filter(|node| node.shape.is_collection() && node.link > first) {
            node.link -= gone;
        }
    }

    /// Counts a node that is read once more because of an alias; whether that is still in proportion to the text.
    pub(super) fn may_repeat(&self, node: NodeRef<'_>) -> bool {
        let cost = NODE_COST + node.resolved().scalar_text().map_or(0, str::len);
        let repeated = self.repeated.get().saturating_add(cost);
        self.repeated.set(repeated);
        repeated <= self.text.len().saturating_mul(MOST_REPEATS).saturating_add(FREE_REPEATS)
    }

    /// Makes the scalar that stands for a document which cannot be read what it stands for.
    pub(super) fn set_unread(&mut self, root: u32, range: Range<usize>) {
        if let Some(node) = self.nodes.get_mut(root as usize) {
            (node.start, node.end) = (offset(range.start), offset(range.end));
            (node.shape, node.link) = (Shape::Unread, root + 1);
        }
    }

    pub(super) fn node(&self, index: u32) -> Option<&Node> {
        self.nodes.get(index as usize)
    }
}
