//! The span tree: where every node of a YAML or JSON text lies, and nothing else.
//!
//! A [`Tree`] keeps the text it was read from and, per node, a byte range and a shape: 20 bytes, whatever the node
//! holds. Values are read from the text when somebody asks. That is what lets untouched items come back byte for
//! byte: nothing is ever parsed into values and written out again.

use std::collections::HashMap;
use std::ops::Range;

use granit_parser::{Event, Parser, ScalarStyle, StructureStyle};
use thiserror::Error;

use super::node::NodeRef;

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
    /// # Errors
    /// [`TreeError`] for text that is no YAML, nests too deeply, repeats a key or is over 4 GiB.
    pub fn parse(text: &'s str) -> Result<Self, TreeError> {
        if u32::try_from(text.len()).is_err() {
            return Err(TreeError::TooLarge);
        }
        // Comments are recognised either way; as events they are buffered, and a hundred in a row are an error.
        let options = granit_parser::options! { emit_comments: false };
        let mut builder = Builder::new(text);
        for event in Parser::new_from_str_with_options(text, options) {
            let (event, span) = event.map_err(|error| syntax_error(text, &error))?;
            builder.event(event, span.byte_range().unwrap_or_default())?;
        }
        Ok(builder.tree)
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

fn syntax_error(text: &str, error: &granit_parser::ScanError) -> TreeError {
    let marker = error.marker();
    let (line, column) = (marker.line().max(1), marker.col() + 1);
    if matches!(error.kind(), granit_parser::ErrorKind::RecursionLimitExceeded) {
        return TreeError::TooDeep { line, column };
    }
    // The parser counts a final line break as the start of one more line; people do not.
    let last = text.lines().count().max(1);
    TreeError::Syntax { message: error.info(), line: line.min(last), column }
}

/// Turns events into nodes.
struct Builder<'s> {
    tree: Tree<'s>,
    open: Vec<u32>,
    /// Anchors by the parser's number, to the node that carries them.
    anchors: HashMap<usize, u32>,
    pending_start: u32,
    previous_document_end: usize,
}

impl<'s> Builder<'s> {
    fn new(text: &'s str) -> Self {
        let tree = Tree { text, nodes: Vec::new(), unescaped: Vec::new(), documents: Vec::new() };
        Self { tree, open: Vec::new(), anchors: HashMap::new(), pending_start: 0, previous_document_end: 0 }
    }

    fn event(&mut self, event: Event<'_>, range: Range<usize>) -> Result<(), TreeError> {
        match event {
            Event::DocumentStart(explicit, _) => {
                let marker = if explicit { range.start } else { self.previous_document_end };
                self.pending_start = offset(self.directives_before(marker));
            }
            Event::DocumentEnd => self.previous_document_end = range.end,
            Event::Scalar(value, style, anchor, tag) => {
                let node = self.scalar(&value, style, &range, tag_kind(tag.as_deref()));
                self.push(node, anchor);
            }
            Event::MappingStart(style, anchor, tag) => {
                let shape = match style {
                    StructureStyle::Block => Shape::BlockMapping,
                    StructureStyle::Flow => Shape::FlowMapping,
                };
                self.open_collection(shape, &range, anchor, tag_kind(tag.as_deref()));
            }
            Event::SequenceStart(style, anchor, tag) => {
                let shape = match style {
                    StructureStyle::Block => Shape::BlockSequence,
                    StructureStyle::Flow => Shape::FlowSequence,
                };
                self.open_collection(shape, &range, anchor, tag_kind(tag.as_deref()));
            }
            Event::MappingEnd | Event::SequenceEnd => return self.close_collection(&range),
            Event::Alias(anchor) => {
                let target = self.anchors.get(&anchor).copied().unwrap_or(NO_PAYLOAD);
                let mut node = self.leaf(Shape::Alias, &range, TagKind::None);
                node.payload = target;
                self.push(node, 0);
            }
            _ => {}
        }
        Ok(())
    }

    /// Directives (`%YAML 1.2`) stand before the `---` of the document that they belong to.
    fn directives_before(&self, marker: usize) -> usize {
        let between = self.tree.text.get(self.previous_document_end..marker).unwrap_or_default();
        let mut start = self.previous_document_end;
        for line in between.split_inclusive('\n') {
            if line.starts_with('%') {
                return start;
            }
            start += line.len();
        }
        marker
    }

    fn leaf(&self, shape: Shape, range: &Range<usize>, tag: TagKind) -> Node {
        Node {
            start: offset(range.start),
            end: offset(range.end),
            after: offset(self.tree.nodes.len() + 1),
            payload: NO_PAYLOAD,
            shape,
            anchored: false,
            tag,
        }
    }

    fn scalar(&mut self, value: &str, style: ScalarStyle, range: &Range<usize>, tag: TagKind) -> Node {
        let shape = match style {
            ScalarStyle::Plain => Shape::Plain,
            ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => Shape::Quoted,
            ScalarStyle::Literal | ScalarStyle::Folded => Shape::Block,
        };
        let mut node = self.leaf(shape, range, tag);
        let source = self.tree.text.get(range.clone()).unwrap_or_default();
        let verbatim = match shape {
            // An empty span is an implicit null, whatever the parser calls it.
            Shape::Plain => source.is_empty() || source == value,
            Shape::Quoted => source.get(1..source.len().saturating_sub(1)) == Some(value),
            _ => false,
        };
        if !verbatim {
            node.payload = offset(self.tree.unescaped.len());
            self.tree.unescaped.push(value.into());
        }
        node
    }

    fn open_collection(&mut self, shape: Shape, range: &Range<usize>, anchor: usize, tag: TagKind) {
        let node = self.leaf(shape, range, tag);
        let index = self.push(node, anchor);
        self.open.push(index);
    }

    fn close_collection(&mut self, range: &Range<usize>) -> Result<(), TreeError> {
        let after = offset(self.tree.nodes.len());
        let Some(index) = self.open.pop() else { return Ok(()) };
        let Some(node) = self.tree.nodes.get_mut(index as usize) else { return Ok(()) };
        node.after = after;
        match node.shape {
            Shape::FlowMapping | Shape::FlowSequence => node.end = offset(range.end),
            // A block collection's end event sits at the next token, past comments: its last leaf is its end.
            _ => node.end = node.start,
        }
        if matches!(node.shape, Shape::FlowMapping | Shape::BlockMapping) {
            return self.check_keys(index);
        }
        Ok(())
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

    fn push(&mut self, mut node: Node, anchor: usize) -> u32 {
        let index = offset(self.tree.nodes.len());
        if anchor != 0 {
            node.anchored = true;
            self.anchors.insert(anchor, index);
        }
        if self.open.is_empty() {
            self.tree.documents.push(DocumentSpan { root: index, start: self.pending_start });
        }
        self.tree.nodes.push(node);
        index
    }
}

fn tag_kind(tag: Option<&granit_parser::Tag>) -> TagKind {
    match tag {
        None => TagKind::None,
        Some(tag) if tag.suffix() == "str" => TagKind::Text,
        Some(_) => TagKind::Other,
    }
}

/// Offsets and node numbers fit: a node needs at least a byte, and the text was checked against `u32` at the door.
fn offset(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(NO_PAYLOAD)
}
