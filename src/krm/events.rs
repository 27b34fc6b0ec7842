//! The reader over parser events: it knows all of YAML, and is the reference for the other one.

use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;

use granit_parser::input::BorrowedInput;
use granit_parser::{ErrorKind, Event, Parser, ScalarStyle, ScanError, StrInput, StructureStyle, Tag};

use super::error::line_and_column;
use super::growth::Growth;
use super::lenient::{self, Lenient, Shown};
use super::tree::{NO_PAYLOAD, Node, Shape, TagKind, Tree, TreeError};

/// Reads a whole stream. What the parser refuses and go-yaml takes is read once more, as go-yaml reads it.
pub(super) fn read(text: &str) -> Result<Tree<'_>, TreeError> {
    read_as(text, text)
}

/// Reads a whole stream as it would be with other characters, as many of them, in some places.
pub(super) fn read_as<'s>(text: &'s str, characters: &str) -> Result<Tree<'s>, TreeError> {
    match up_to_failure(text, characters) {
        (tree, None) => Ok(tree),
        (_, Some(error)) => Err(error),
    }
}

/// Reads a stream as far as it can be read, and says why no further. Collections that are open there have no end.
pub(super) fn read_until(text: &str) -> (Tree<'_>, Option<TreeError>) {
    up_to_failure(text, text)
}

fn up_to_failure<'s>(text: &'s str, characters: &str) -> (Tree<'s>, Option<TreeError>) {
    let refused = match follow(text, StrInput::new(characters)) {
        (_, Some(Failure::Scan(error))) if lenient::may_take(error.kind()) => error,
        (tree, failure) => return (tree, failure.map(|failure| failure.error(text))),
    };
    let shown = Shown::default();
    let (tree, failure) = follow(text, Lenient::new(characters, Rc::clone(&shown)));
    let are_harmless = failure.is_some() || are_in_quotes(&tree, &shown.borrow());
    let refused = Some(Failure::Scan(refused)).filter(|_| !are_harmless);
    (tree, failure.or(refused).map(|failure| failure.error(text)))
}

/// Why a text was not read.
enum Failure {
    Scan(ScanError),
    Tree(TreeError),
}

impl Failure {
    fn error(self, text: &str) -> TreeError {
        match self {
            Self::Scan(error) => syntax_error(text, &error),
            Self::Tree(error) => error,
        }
    }
}

/// Reads a text by the events that the parser finds in what it is given of it.
fn follow<'s, 'c>(text: &'s str, input: impl BorrowedInput<'c>) -> (Tree<'s>, Option<Failure>) {
    // Comments are recognised either way; as events they are buffered, and a hundred in a row are an error.
    let options = granit_parser::options! { emit_comments: false };
    let mut reader = Reader { text, growth: Growth::new(text), anchors: HashMap::new(), previous_document_end: 0 };
    for event in Parser::with_options(input, options) {
        let read = event.map_err(Failure::Scan).and_then(|(event, span)| {
            reader.event(event, span.byte_range().unwrap_or_default()).map_err(Failure::Tree)
        });
        if let Err(failure) = read {
            return (reader.growth.tree, Some(failure));
        }
    }
    (reader.growth.tree, None)
}

/// Whether all of these places are within quoted scalars. Both are in the order of the text.
fn are_in_quotes(tree: &Tree<'_>, places: &[usize]) -> bool {
    let quoted = |node: &&Node| node.shape == Shape::Quoted;
    let mut scalars = tree.nodes.iter().filter(quoted).map(|node| node.start as usize..node.end as usize).peekable();
    places.iter().all(|place| {
        while scalars.next_if(|scalar| scalar.end <= *place).is_some() {}
        scalars.peek().is_some_and(|scalar| scalar.start < *place)
    })
}

fn syntax_error(text: &str, error: &ScanError) -> TreeError {
    let marker = error.marker();
    let at = marker.byte_offset().map(|place| line_and_column(text, place));
    // The parser counts a final line break as the start of one more line; people do not.
    let last = text.lines().count().max(1);
    let (line, column) =
        at.filter(|(line, _)| *line <= last).unwrap_or((marker.line().max(1).min(last), marker.col() + 1));
    if matches!(error.kind(), ErrorKind::RecursionLimitExceeded) {
        return TreeError::TooDeep { line, column };
    }
    TreeError::Syntax { message: error.info(), line, column }
}

/// Turns events into nodes.
struct Reader<'s> {
    text: &'s str,
    growth: Growth<'s>,
    /// Anchors by the parser's number, to the node that carries them.
    anchors: HashMap<usize, u32>,
    previous_document_end: usize,
}

impl Reader<'_> {
    fn event(&mut self, event: Event<'_>, range: Range<usize>) -> Result<(), TreeError> {
        match event {
            Event::DocumentStart(explicit, _) => {
                let marker = if explicit { range.start } else { self.previous_document_end };
                self.growth.document_start = self.directives_before(marker);
            }
            Event::DocumentEnd => self.previous_document_end = range.end,
            Event::Scalar(value, style, anchor, tag) => {
                let index = self.scalar(&value, style, range);
                self.properties(index, anchor, tag.as_deref());
            }
            Event::MappingStart(style, anchor, tag) => {
                let shape = match style {
                    StructureStyle::Block => Shape::BlockMapping,
                    StructureStyle::Flow => Shape::FlowMapping,
                };
                let index = self.growth.open(shape, range.start);
                self.properties(index, anchor, tag.as_deref());
            }
            Event::SequenceStart(style, anchor, tag) => {
                let shape = match style {
                    StructureStyle::Block => Shape::BlockSequence,
                    StructureStyle::Flow => Shape::FlowSequence,
                };
                let index = self.growth.open(shape, range.start);
                self.properties(index, anchor, tag.as_deref());
            }
            Event::MappingEnd | Event::SequenceEnd => self.growth.close(range.end)?,
            Event::Alias(anchor) => {
                let target = self.anchors.get(&anchor).copied().unwrap_or(NO_PAYLOAD);
                let index = self.growth.leaf(Shape::Alias, range);
                self.growth.change(index, |node| node.link = target);
            }
            _ => {}
        }
        Ok(())
    }

    /// Directives (`%YAML 1.2`) stand before the `---` of the document that they belong to.
    fn directives_before(&self, marker: usize) -> usize {
        let between = self.text.get(self.previous_document_end..marker).unwrap_or_default();
        let mut start = self.previous_document_end;
        for line in between.split_inclusive('\n') {
            if line.starts_with('%') {
                return start;
            }
            start += line.len();
        }
        marker
    }

    fn scalar(&mut self, value: &str, style: ScalarStyle, range: Range<usize>) -> u32 {
        let source = self.text.get(range.clone()).unwrap_or_default();
        let (shape, verbatim) = match style {
            // An empty span is an implicit null, whatever the parser calls it.
            ScalarStyle::Plain => (Shape::Plain, source.is_empty() || source == value),
            ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => {
                (Shape::Quoted, source.get(1..source.len().saturating_sub(1)) == Some(value))
            }
            ScalarStyle::Literal | ScalarStyle::Folded => (Shape::Block, false),
        };
        let range = if shape == Shape::Block { without_next_margin(self.text, range) } else { range };
        if verbatim { self.growth.leaf(shape, range) } else { self.growth.unescaped_leaf(shape, range, value) }
    }

    fn properties(&mut self, index: u32, anchor: usize, tag: Option<&Tag>) {
        if anchor != 0 {
            self.anchors.insert(anchor, index);
        }
        self.growth.change(index, |node| {
            node.anchored = anchor != 0;
            node.tag = tag.map_or(TagKind::None, kind_of);
        });
    }
}

/// What a tag makes of a scalar. `!int` is some application's own tag, and none of YAML's.
fn kind_of(tag: &Tag) -> TagKind {
    match tag.core_suffix() {
        Some("str") => TagKind::Text,
        Some("int" | "float") => TagKind::Number,
        Some("bool") => TagKind::Boolean,
        Some("null") => TagKind::Null,
        _ => TagKind::Other,
    }
}

/// A block scalar's span may swallow the next line's indentation, which is not its own.
fn without_next_margin(text: &str, range: Range<usize>) -> Range<usize> {
    let content = text.get(range.clone()).unwrap_or_default();
    let last_break = content.rfind('\n').map_or(0, |position| position + 1);
    let tail = content.get(last_break..).unwrap_or_default();
    if tail.trim().is_empty() { range.start..range.start + last_break } else { range }
}
