//! The span tree: where every node of a YAML or JSON text lies, and nothing else.
//!
//! A [`Tree`] keeps the text it was read from and, per node, a byte range and a shape: 20 bytes, whatever the node
//! holds. Values are read from the text when somebody asks. That is what lets untouched items come back byte for
//! byte: nothing is ever parsed into values and written out again.

use std::collections::HashMap;
use std::ops::Range;

use thiserror::Error;

use super::node::NodeRef;
use super::{events, lines};

/// Mappings up to this many keys are checked for duplicates pair by pair, larger ones through a hash map.
const SMALL_MAPPING: usize = 12;

/// A parsed stream of YAML documents (JSON is YAML): spans into `text`.
#[derive(Debug)]
pub struct Tree<'s> {
    pub(super) text: &'s str,
    pub(super) nodes: Vec<Node>,
    /// Scalars whose value is not a slice of the text: escapes, folded lines, block scalars.
    pub(super) unescaped: Vec<Box<str>>,
    documents: Vec<DocumentSpan>,
    /// Whether the text is written in the ways that the reader over lines knows.
    pub(super) ordinary: bool,
}

/// One document of a stream.
#[derive(Debug, Clone, Copy)]
struct DocumentSpan {
    root: u32,
    /// The byte at which the document's own lines begin: its `---` line, or the directives before it.
    start: u32,
}

/// A node: where it is and what it is. Children follow their parent; `after` is the first node behind the subtree.
#[derive(Debug, Clone, Copy)]
pub(super) struct Node {
    pub(super) start: u32,
    pub(super) end: u32,
    pub(super) after: u32,
    /// Scalars: an index into `unescaped` or [`NO_PAYLOAD`]. Aliases: the node they stand for.
    pub(super) payload: u32,
    pub(super) shape: Shape,
    pub(super) anchored: bool,
    pub(super) tag: TagKind,
}

pub(super) const NO_PAYLOAD: u32 = u32::MAX;

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
}

/// An explicit tag, which overrides what a plain scalar looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TagKind {
    None,
    Text,
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

    /// The root node of document `index`.
    #[must_use]
    pub fn document(&self, index: usize) -> Option<NodeRef<'_>> {
        let document = self.documents.get(index)?;
        Some(NodeRef::new(self, document.root))
    }

    /// The bytes that are document `index`'s own: from its `---` (or the start of the text) to the next document.
    #[must_use]
    pub fn document_range(&self, index: usize) -> Option<Range<usize>> {
        let document = self.documents.get(index)?;
        let start = if index == 0 { 0 } else { document.start as usize };
        let end = self.documents.get(index + 1).map_or(self.text.len(), |next| next.start as usize);
        Some(start..end)
    }

    pub(super) fn node(&self, index: u32) -> Option<&Node> {
        self.nodes.get(index as usize)
    }
}

/// A tree that grows node by node, in the order of the text. Both readers build theirs with it.
pub(super) struct Growth<'s> {
    pub(super) tree: Tree<'s>,
    open: Vec<u32>,
    /// Where the next document's own lines begin.
    pub(super) document_start: usize,
}

impl<'s> Growth<'s> {
    pub(super) fn new(text: &'s str) -> Self {
        let tree = Tree { text, nodes: Vec::new(), unescaped: Vec::new(), documents: Vec::new(), ordinary: false };
        Self { tree, open: Vec::new(), document_start: 0 }
    }

    /// Adds a node without children and returns its number.
    pub(super) fn leaf(&mut self, shape: Shape, range: Range<usize>) -> u32 {
        let index = offset(self.tree.nodes.len());
        if self.open.is_empty() {
            self.tree.documents.push(DocumentSpan { root: index, start: offset(self.document_start) });
        }
        self.tree.nodes.push(Node {
            start: offset(range.start),
            end: offset(range.end),
            after: index + 1,
            payload: NO_PAYLOAD,
            shape,
            anchored: false,
            tag: TagKind::None,
        });
        index
    }

    /// Adds a scalar whose value is not a slice of the text.
    pub(super) fn unescaped_leaf(&mut self, shape: Shape, range: Range<usize>, value: &str) -> u32 {
        let index = self.leaf(shape, range);
        let payload = offset(self.tree.unescaped.len());
        self.tree.unescaped.push(value.into());
        self.change(index, |node| node.payload = payload);
        index
    }

    /// Opens a collection; what is added from now on is in it.
    pub(super) fn open(&mut self, shape: Shape, start: usize) -> u32 {
        let index = self.leaf(shape, start..start);
        self.open.push(index);
        index
    }

    /// Closes the innermost collection. A flow collection ends at `end`; a block collection has no end of its own, and
    /// starts where its first child does.
    pub(super) fn close(&mut self, end: usize) -> Result<(), TreeError> {
        let Some(index) = self.open.pop() else { return Ok(()) };
        let after = offset(self.tree.nodes.len());
        let first_child = self.tree.nodes.get(index as usize + 1).filter(|_| after > index + 1).map(|node| node.start);
        self.change(index, |node| {
            node.after = after;
            match node.shape {
                Shape::FlowMapping | Shape::FlowSequence => node.end = offset(end),
                _ => {
                    node.start = first_child.unwrap_or(node.start);
                    node.end = node.start;
                }
            }
        });
        self.check_keys(index)
    }

    /// How many collections are open.
    pub(super) fn depth(&self) -> usize {
        self.open.len()
    }

    pub(super) fn change(&mut self, index: u32, change: impl FnOnce(&mut Node)) {
        if let Some(node) = self.tree.nodes.get_mut(index as usize) {
            change(node);
        }
    }

    fn check_keys(&self, mapping: u32) -> Result<(), TreeError> {
        let mapping = NodeRef::new(&self.tree, mapping);
        let keys = || mapping.own_entries().filter_map(|(key, _)| Some((key.scalar_text()?, key)));
        let duplicate = |key: &str, first: NodeRef<'_>, second: NodeRef<'_>| TreeError::DuplicateKey {
            key: key.to_owned(),
            first: first.range(),
            second: second.range(),
        };
        if keys().count() <= SMALL_MAPPING {
            for (position, (text, key)) in keys().enumerate() {
                if let Some((_, first)) = keys().take(position).find(|(other, _)| *other == text) {
                    return Err(duplicate(text, first, key));
                }
            }
            return Ok(());
        }
        let mut seen = HashMap::new();
        for (text, key) in keys() {
            if let Some(first) = seen.insert(text, key) {
                return Err(duplicate(text, first, key));
            }
        }
        Ok(())
    }
}

/// Offsets and node numbers fit: a node needs at least a byte, and the text was checked against `u32` at the door.
pub(super) fn offset(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(NO_PAYLOAD)
}
