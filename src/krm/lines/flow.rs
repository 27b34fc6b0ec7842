//! Flow collections for the reader over lines, JSON among them.

use super::{LONGEST_KEY, Reader};
use crate::krm::tree::Shape;

impl Reader<'_> {
    /// A flow collection. Returns the byte behind it.
    pub(super) fn flow(&mut self, start: usize) -> Option<usize> {
        let (shape, close) = match self.byte(start)? {
            b'{' => (Shape::FlowMapping, b'}'),
            _ => (Shape::FlowSequence, b']'),
        };
        self.open(shape, start)?;
        let mut position = self.skip_white(start + 1)?;
        while self.byte(position)? != close {
            if shape == Shape::FlowMapping {
                position = self.flow_key(position)?;
            }
            position = self.flow_value(position)?;
            position = self.skip_white(position)?;
            match self.byte(position)? {
                b',' => position = self.skip_white(position + 1)?,
                byte if byte == close => {}
                _ => return None,
            }
        }
        self.growth.close(position + 1).ok()?;
        Some(position + 1)
    }

    /// A key of a flow mapping. Returns where its value starts.
    fn flow_key(&mut self, start: usize) -> Option<usize> {
        let quoted = matches!(self.byte(start)?, b'"' | b'\'');
        let end = if quoted { self.quoted(start)? } else { self.flow_plain(start)? };
        // Behind a quoted key the colon may touch the value, as in JSON.
        if self.byte(end)? != b':' || end - start > LONGEST_KEY || !(quoted || self.byte(end + 1)? == b' ') {
            return None;
        }
        // Merge keys are for the other reader; that there are none makes looking for a key a single pass.
        if self.bytes.get(start..end) == Some(b"<<") {
            return None;
        }
        self.skip_white(end + 1)
    }

    fn flow_value(&mut self, start: usize) -> Option<usize> {
        match self.byte(start)? {
            b'{' | b'[' => self.flow(start),
            b'"' | b'\'' => self.quoted(start),
            _ => self.flow_plain(start),
        }
    }

    /// A plain scalar within a flow collection. Returns the byte behind it.
    fn flow_plain(&mut self, start: usize) -> Option<usize> {
        if !self.starts_plain(start) {
            return None;
        }
        let mut end = start;
        loop {
            match self.byte(end)? {
                b',' | b'}' | b']' | b'\n' => break,
                b'{' | b'[' | b'#' | b'\t' => return None,
                b':' if matches!(self.byte(end + 1)?, b' ' | b'\n' | b',' | b'{' | b'}' | b'[' | b']') => break,
                _ => end += 1,
            }
        }
        while self.byte(end - 1) == Some(b' ') {
            end -= 1;
        }
        self.growth.leaf(Shape::Plain, start..end);
        Some(end)
    }

    /// Spaces and line breaks within a flow collection. A comment there, or what looks like the end of the document,
    /// is for the other reader.
    fn skip_white(&self, start: usize) -> Option<usize> {
        let mut position = start;
        loop {
            match self.byte(position)? {
                b'\n' if matches!(self.byte(position + 1), Some(b'-' | b'.')) => return None,
                b' ' | b'\n' => position += 1,
                b'#' => return None,
                _ => return Some(position),
            }
        }
    }
}
