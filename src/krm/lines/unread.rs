//! Passing over what nobody asks for: lines are told apart no further than is needed to see where the part ends.
//!
//! A part that is written in block style goes on for as long as lines are indented deeper than its key. Only three things
//! can make a line not count: block scalars, whose lines are whatever they are; quoted scalars and flow collections that
//! go on on the next line. So every line on which one of them could begin is looked at, and where it is not certain that
//! it ends there as well, this reader gives up.

use memchr::{memchr, memchr_iter};

use super::{Key, Line, Reader};
use crate::krm::byte_set::ByteSet;
use crate::krm::tree::Shape;

/// Where a part that is passed over ends.
struct End {
    /// Behind its last line.
    position: usize,
    /// The content of the block scalar that it ends in, if it does.
    scalar: Option<std::ops::Range<usize>>,
}

/// What a line begins with.
struct Opening {
    line: Line,
    /// The last of its dashes.
    dash: Option<usize>,
    /// What is behind them.
    content: usize,
    key: Option<Key>,
}

impl Opening {
    /// The column of the key, or of the last dash: what is below must be indented deeper. None for text, which goes on from
    /// somewhere.
    fn parent(&self) -> Option<usize> {
        let start = self.key.as_ref().map(|_| self.content).or(self.dash)?;
        Some(start - self.line.start)
    }
}

/// How deep a line may be indented below one with its key in `column`, and not go on with a scalar there.
fn deepest_below(column: usize, content: &[u8]) -> Option<usize> {
    let behind_space = |position: &usize| position.checked_sub(1).and_then(|before| content.get(before)) == Some(&b' ');
    let comment = memchr_iter(b'#', content).find(behind_space);
    let said = content.get(..comment.unwrap_or(content.len()))?.trim_ascii_end();
    Some(if said.ends_with(b":") || said == b"-" { usize::MAX } else { column })
}

/// What follows on a line behind what was looked at.
enum Rest {
    /// Nothing that could matter.
    Nothing,
    /// A block scalar: where its header begins.
    Scalar(usize),
}

/// A plain scalar behind a key, or nothing.
struct Simple {
    /// Whether the line ends in the key's colon, so that anything may come below.
    is_open: bool,
    next_line: usize,
}

/// What something could begin with that does not end on its line.
const SUSPICIOUS: ByteSet = ByteSet::of(b"\"'{[|>&*!%@`?\t");

/// Whether something could begin on a line that does not end there.
fn is_suspicious(content: &[u8]) -> bool {
    content.iter().any(|byte| SUSPICIOUS.contains(*byte))
}

impl Reader<'_> {
    /// Passes over the block collection that begins on this line, below a key in `column`.
    pub(super) fn pass_over(&mut self, first: Line, column: usize) -> Option<()> {
        let end = self.end_of_part(first, column)?;
        self.growth.open(Shape::Unread, first.content);
        if let Some(content) = end.scalar {
            self.growth.leaf(Shape::Block, content);
        }
        self.growth.close(end.position).ok()?;
        self.position = end.position;
        Some(())
    }

    fn end_of_part(&mut self, first: Line, column: usize) -> Option<End> {
        let in_key_column = first.indent() == column;
        let mut end = End { position: first.start, scalar: None };
        // What is indented deeper than this goes on with a plain scalar, whatever it looks like.
        let mut deepest = usize::MAX;
        self.position = first.start;
        while let Some(line) = self.peek() {
            if !(line.indent() > column || (in_key_column && self.is_below(line, column))) {
                break;
            }
            let opening = self.opening(line);
            let goes_on = line.indent() > deepest;
            let plain_key = opening.key.as_ref().filter(|key| !key.quoted);
            if let Some(simple) = plain_key.and_then(|key| self.simple_rest(key)) {
                if !goes_on {
                    deepest = if simple.is_open { usize::MAX } else { opening.parent()? };
                }
                end = End { position: simple.next_line, scalar: None };
                self.position = end.position;
                continue;
            }
            let line_end = self.line_end(line.content);
            let content = self.bytes.get(line.content..line_end)?;
            let rest = if is_suspicious(content) { self.look_at(&opening, line_end)? } else { Rest::Nothing };
            if !goes_on {
                deepest = deepest_below(opening.parent()?, content)?;
            }
            match rest {
                Rest::Scalar(_) if goes_on => return None,
                Rest::Nothing => end = End { position: self.next_line(line_end), scalar: None },
                Rest::Scalar(header) => {
                    let content = self.block_scalar_content(header, opening.parent()?)?;
                    end = End { position: content.end, scalar: Some(content) };
                }
            }
            self.position = end.position;
        }
        Some(end)
    }

    /// What follows on a line behind its key, where that surely is simple.
    fn simple_rest(&self, key: &Key) -> Option<Simple> {
        let start = self.skip_spaces(key.behind_colon);
        let is_open = self.byte(start)? == b'\n';
        let end = if is_open { start } else { self.plain_end(start)? };
        (self.byte(end)? == b'\n').then_some(Simple { is_open, next_line: end + 1 })
    }

    fn opening(&self, line: Line) -> Opening {
        let mut opening = Opening { line, dash: None, content: line.content, key: None };
        while self.is_entry(opening.content) {
            opening.dash = Some(opening.content);
            opening.content = self.skip_spaces(opening.content + 1);
        }
        opening.key = self.key(opening.content);
        opening
    }

    /// Looks at a line on which something could begin that does not end there.
    fn look_at(&self, opening: &Opening, line_end: usize) -> Option<Rest> {
        let mut position = opening.content;
        if let Some(key) = &opening.key {
            let value = self.skip_spaces(key.behind_colon);
            if self.is_line_end(value, key.behind_colon) {
                return Some(Rest::Nothing);
            }
            position = value;
        }
        match self.byte(position)? {
            b'|' | b'>' => Some(Rest::Scalar(position)),
            b'"' | b'\'' => {
                let (end, _) = self.quoted_end(position)?;
                self.ends_line(end).then_some(Rest::Nothing)
            }
            b'{' | b'[' => {
                let end = self.flow_end(position, line_end)?;
                self.ends_line(end).then_some(Rest::Nothing)
            }
            _ if self.starts_plain(position) => {
                let scalar = self.bytes.get(position..line_end)?;
                // `a: "b` would be a key that is none of the ordinary ones; a tab may stand for white space.
                let odd = scalar.windows(2).any(|pair| pair == b": ") || scalar.ends_with(b":");
                (!odd && memchr(b'\t', scalar).is_none()).then_some(Rest::Nothing)
            }
            _ => None,
        }
    }

    fn ends_line(&self, behind: usize) -> bool {
        self.is_line_end(self.skip_spaces(behind), behind)
    }

    /// The byte behind a flow collection that ends on its line.
    fn flow_end(&self, start: usize, line_end: usize) -> Option<usize> {
        let mut depth = 0_usize;
        let mut position = start;
        while position < line_end {
            match self.byte(position)? {
                b'{' | b'[' => depth += 1,
                b'}' | b']' => {
                    depth = depth.checked_sub(1)?;
                    if depth == 0 {
                        return Some(position + 1);
                    }
                }
                // A quote opens a scalar only where one begins; anywhere else this reader is not certain.
                b'"' | b'\'' => {
                    let before = self.bytes.get(start..position)?.iter().rev().find(|byte| **byte != b' ');
                    if !matches!(before, Some(b'{' | b'[' | b',' | b':')) {
                        return None;
                    }
                    position = self.quoted_end(position)?.0;
                    continue;
                }
                b'#' | b'&' | b'*' | b'!' | b'\t' => return None,
                _ => {}
            }
            position += 1;
        }
        None
    }
}

#[cfg(test)]
mod tests;
