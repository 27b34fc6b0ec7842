//! The reader over parser events: it knows all of YAML, and is the reference for the other one.

use std::collections::HashMap;
use std::ops::Range;

use granit_parser::{ErrorKind, Event, Parser, ScalarStyle, ScanError, StructureStyle, Tag};

use super::growth::Growth;
use super::tree::{NO_PAYLOAD, Shape, TagKind, Tree, TreeError};

/// Reads a whole stream.
pub(super) fn read(text: &str) -> Result<Tree<'_>, TreeError> {
    // Comments are recognised either way; as events they are buffered, and a hundred in a row are an error.
    let options = granit_parser::options! { emit_comments: false };
    let mut reader = Reader { text, growth: Growth::new(text), anchors: HashMap::new(), previous_document_end: 0 };
    for event in Parser::new_from_str_with_options(text, options) {
        let (event, span) = event.map_err(|error| syntax_error(text, &error))?;
        reader.event(event, span.byte_range().unwrap_or_default())?;
    }
    Ok(reader.growth.tree)
}

fn syntax_error(text: &str, error: &ScanError) -> TreeError {
    let marker = error.marker();
    let (line, column) = (marker.line().max(1), marker.col() + 1);
    if matches!(error.kind(), ErrorKind::RecursionLimitExceeded) {
        return TreeError::TooDeep { line, column };
    }
    // The parser counts a final line break as the start of one more line; people do not.
    let last = text.lines().count().max(1);
    TreeError::Syntax { message: error.info(), line: line.min(last), column }
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
            node.tag = match tag {
                None => TagKind::None,
                Some(tag) if tag.suffix() == "str" => TagKind::Text,
                Some(_) => TagKind::Other,
            };
        });
    }
}

/// A block scalar's span may swallow the next line's indentation, which is not its own.
fn without_next_margin(text: &str, range: Range<usize>) -> Range<usize> {
    let content = text.get(range.clone()).unwrap_or_default();
    let last_break = content.rfind('\n').map_or(0, |position| position + 1);
    let tail = content.get(last_break..).unwrap_or_default();
    if tail.trim().is_empty() { range.start..range.start + last_break } else { range }
}
