//! The reader over lines: the YAML that people and tools write, without a parser for the rest of it.
//!
//! It knows block mappings and sequences, plain and quoted scalars on one line, ordinary block scalars, flow collections
//! on one line, and JSON documents. Whatever it does not recognise with certainty (anchors, tags, tabs between tokens, CR,
//! scalars over several lines, complex keys …) makes it give up, and the reader over events reads the text from its
//! beginning. A tree that it does return is equal to that reader's, node by node, but for what nobody asks for, which it
//! passes over; properties and a fuzz target hold the two together.

mod flow;
mod part;
mod scalars;
mod special;
mod unread;

use memchr::{memchr, memchr3_iter};

use super::byte_set::ByteSet;
use super::growth::{Growth, KnownKeys};
use super::tree::{Shape, Tree};
use super::wanted::Interest;
use part::{Object, Part};
use special::{IN_PLAIN_FROM, first_special};

/// The event reader stops at 255; before that, nothing is certain here.
const DEEPEST: usize = 100;
/// YAML allows 1024 characters for a key on one line.
const LONGEST_KEY: usize = 1000;

/// What keys that surely are some begin with.
const STARTS_KEY: ByteSet = ByteSet::letters_digits_and(b"_/$");

/// Reads what is wanted of a whole stream, or gives up.
pub(super) fn read(text: &str, interest: Interest) -> Option<Tree<'_>> {
    if !is_ordinary(text.as_bytes()) {
        return None;
    }
    let mut reader = Reader { bytes: text.as_bytes(), text, position: 0, growth: Growth::new(text), interest };
    reader.stream()?;
    (reader.growth.tree.document_count() > 0).then_some(reader.growth.tree)
}

/// Whether there is nothing in the text that some YAML reader takes for a line break, a mark or an error: control
/// characters (CR among them, but tabs are looked at where they stand), NEL, the Unicode line separators, byte order marks and non-characters.
fn is_ordinary(bytes: &[u8]) -> bool {
    let control = |byte: &u8| (*byte < 0x20 && *byte != b'\n' && *byte != b'\t') || *byte == 0x7f;
    // No early exit within a chunk, so that the compiler can look at many bytes at once.
    let ordinary = |chunk: &[u8]| !chunk.iter().fold(false, |found, byte| found | control(byte));
    if !bytes.chunks(4096).all(ordinary) {
        return false;
    }
    memchr3_iter(0xc2, 0xe2, 0xef, bytes).all(|position| {
        let following = (bytes.get(position), bytes.get(position + 1), bytes.get(position + 2));
        !matches!(
            following,
            (Some(0xc2), Some(0x80..=0x9f), _)
                | (Some(0xe2), Some(0x80), Some(0xa8 | 0xa9))
                | (Some(0xef), Some(0xbb), Some(0xbf))
                | (Some(0xef), Some(0xbf), Some(0xbe | 0xbf))
        )
    })
}

struct Reader<'s> {
    bytes: &'s [u8],
    text: &'s str,
    /// The start of the line that is read next.
    position: usize,
    growth: Growth<'s>,
    interest: Interest,
}

/// A line with content: where it starts, and its first byte that is no space.
#[derive(Clone, Copy)]
struct Line {
    start: usize,
    content: usize,
}

impl Line {
    fn indent(self) -> usize {
        self.content - self.start
    }
}

/// A key: its span with quotes, and the byte behind its colon.
struct Key {
    start: usize,
    end: usize,
    behind_colon: usize,
    quoted: bool,
}

impl Reader<'_> {
    fn stream(&mut self) -> Option<()> {
        let mut first = true;
        while let Some(mut line) = self.peek() {
            if self.is_marker(line) {
                self.growth.document_start = line.start;
                self.position = self.next_line(line.start);
                // A document without content is a null somewhere, and where is the other reader's business.
                line = self.peek().filter(|line| !self.is_marker(*line))?;
            } else if !first {
                return None;
            }
            first = false;
            self.block_node(line, Part::Object)?;
        }
        Some(())
    }

    /// The next line that is neither blank nor a comment. Stays in front of it.
    fn peek(&mut self) -> Option<Line> {
        while self.position < self.bytes.len() {
            let content = self.skip_spaces(self.position);
            match self.byte(content) {
                None => self.position = self.bytes.len(),
                Some(b'\n') => self.position = content + 1,
                Some(b'#') => self.position = self.next_line(content),
                Some(_) => return Some(Line { start: self.position, content }),
            }
        }
        None
    }

    /// `---` alone on its line. With anything behind it, it is none for this reader, and content for no reader.
    fn is_marker(&self, line: Line) -> bool {
        line.indent() == 0
            && self.bytes.get(line.start..).is_some_and(|rest| rest.starts_with(b"---"))
            && matches!(self.byte(line.start + 3), None | Some(b'\n'))
    }

    /// A node that starts its line: the root, or what stands below a key.
    fn block_node(&mut self, line: Line, part: Part) -> Option<()> {
        if self.is_entry(line.content) {
            return self.sequence(line.content, line.indent(), part);
        }
        if self.growth.depth() == 0 && matches!(self.byte(line.content)?, b'{' | b'[') {
            let end = self.flow(line.content)?;
            return self.end_line(end);
        }
        let key = self.key(line.content)?;
        self.mapping(key, line.indent(), part)
    }

    fn is_entry(&self, position: usize) -> bool {
        self.byte(position) == Some(b'-') && matches!(self.byte(position + 1), None | Some(b' ' | b'\n'))
    }

    /// A block mapping whose keys stand in `column`.
    fn mapping(&mut self, first: Key, column: usize, part: Part) -> Option<()> {
        self.open(Shape::BlockMapping, first.start)?;
        let mut key = first;
        let mut object = Object::default();
        let mut known = KnownKeys::default();
        loop {
            self.add_key(&key)?;
            known.note(if key.quoted { None } else { self.bytes.get(key.start..key.end) });
            if part == Part::Wanted {
                self.value(&key, column, Part::Wanted)?;
            } else {
                let name = if key.quoted { "" } else { self.text.get(key.start..key.end)? };
                self.value(&key, column, part.below(name, &object, self.interest))?;
                if part == Part::Object {
                    object.learn(name, &self.growth);
                }
            }
            match self.peek() {
                Some(line) if line.indent() > column => return None,
                Some(line) if line.indent() == column && !self.is_marker(line) => key = self.key(line.content)?,
                _ => break,
            }
        }
        if known.are_surely_different() {
            self.growth.close_checked(0);
            return Some(());
        }
        self.growth.close(0).ok()
    }

    /// What stands behind a key's colon, or on the lines below it.
    fn value(&mut self, key: &Key, column: usize, part: Part) -> Option<()> {
        let start = self.skip_spaces(key.behind_colon);
        if !self.is_line_end(start, key.behind_colon) {
            return self.inline(start, column);
        }
        self.position = self.next_line(start);
        match self.peek() {
            Some(line) if part == Part::Unread && self.is_below(line, column) => self.pass_over(line, column),
            Some(line) if line.indent() > column => self.block_node(line, part),
            Some(line) if self.is_below(line, column) => self.sequence(line.content, column, part),
            _ => {
                self.growth.leaf(Shape::Plain, key.end..key.end);
                Some(())
            }
        }
    }

    /// Whether a line goes on with the value of a key in `column`.
    fn is_below(&self, line: Line, column: usize) -> bool {
        line.indent() > column || (line.indent() == column && self.is_entry(line.content))
    }

    /// A block sequence whose dashes stand in `column`.
    fn sequence(&mut self, first: usize, column: usize, part: Part) -> Option<()> {
        self.open(Shape::BlockSequence, first)?;
        let entry = part.entry();
        let mut dash = first;
        loop {
            self.entry(dash, column, entry)?;
            match self.peek() {
                Some(line) if line.indent() > column => return None,
                Some(line) if line.indent() == column && self.is_entry(line.content) => dash = line.content,
                _ => break,
            }
        }
        self.growth.close(0).ok()
    }

    fn entry(&mut self, dash: usize, column: usize, part: Part) -> Option<()> {
        let start = self.skip_spaces(dash + 1);
        if self.is_line_end(start, dash + 1) {
            return None;
        }
        let start_column = column + (start - dash);
        if self.is_entry(start) {
            return self.sequence(start, start_column, Part::Wanted);
        }
        match self.key(start) {
            Some(key) => self.mapping(key, start_column, part),
            None => self.inline(start, column),
        }
    }

    /// A scalar or flow collection on the line of its key or dash, whose column is `parent`. A scalar that went on on
    /// the next line would show there as a line that is indented too deep.
    fn inline(&mut self, start: usize, parent: usize) -> Option<()> {
        match self.byte(start)? {
            b'|' | b'>' => self.block_scalar(start, parent),
            b'"' | b'\'' => {
                let end = self.quoted(start)?;
                self.end_line(end)
            }
            b'{' | b'[' => {
                let end = self.flow(start)?;
                // Lines within a flow collection have rules of their own about indentation.
                if memchr(b'\n', self.bytes.get(start..end)?).is_some() {
                    return None;
                }
                self.end_line(end)
            }
            _ => self.plain(start),
        }
    }

    /// The key that starts here, if surely one does: in quotes; or from a letter, a digit, `_`, `/` or `$` up to the first colon,
    /// without white space, `!`, `"` and `#`. White space follows.
    fn key(&self, start: usize) -> Option<Key> {
        let quoted = matches!(self.byte(start)?, b'"' | b'\'');
        let end = if quoted {
            self.quoted_end(start)?.0
        } else {
            self.byte(start).filter(|byte| STARTS_KEY.contains(*byte))?;
            first_special(self.bytes, start, IN_PLAIN_FROM, b':')
        };
        let ends = matches!(self.byte(end + 1), None | Some(b' ' | b'\n'));
        if self.byte(end) != Some(b':') || !ends || end - start > LONGEST_KEY {
            return None;
        }
        Some(Key { start, end, behind_colon: end + 1, quoted })
    }

    fn add_key(&mut self, key: &Key) -> Option<()> {
        if key.quoted {
            self.quoted(key.start)?;
        } else {
            self.growth.leaf(Shape::Plain, key.start..key.end);
        }
        Some(())
    }

    fn open(&mut self, shape: Shape, start: usize) -> Option<()> {
        if self.growth.depth() >= DEEPEST {
            return None;
        }
        self.growth.open(shape, start);
        Some(())
    }

    /// Whether nothing but a comment follows on the line; `behind` is what `position` was before spaces were skipped.
    fn is_line_end(&self, position: usize, behind: usize) -> bool {
        match self.byte(position) {
            None | Some(b'\n') => true,
            Some(b'#') => position > behind,
            Some(_) => false,
        }
    }

    /// Goes to the next line, if nothing but a comment is left of this one.
    fn end_line(&mut self, behind: usize) -> Option<()> {
        let position = self.skip_spaces(behind);
        if !self.is_line_end(position, behind) {
            return None;
        }
        self.position = self.next_line(position);
        Some(())
    }

    fn byte(&self, position: usize) -> Option<u8> {
        self.bytes.get(position).copied()
    }

    fn skip_spaces(&self, start: usize) -> usize {
        let mut position = start;
        // Most lines are indented: eight columns at once.
        while let Some(eight) = self.bytes.get(position..).and_then(|rest| rest.first_chunk::<8>()) {
            let others = u64::from_le_bytes(*eight) ^ u64::from_le_bytes([b' '; 8]);
            if others != 0 {
                return position + others.trailing_zeros() as usize / 8;
            }
            position += 8;
        }
        let rest = self.bytes.get(position..).unwrap_or_default();
        position + rest.iter().take_while(|byte| **byte == b' ').count()
    }

    /// The line break that ends the line, or the end of the text.
    fn line_end(&self, position: usize) -> usize {
        let rest = self.bytes.get(position..).unwrap_or_default();
        memchr(b'\n', rest).map_or(self.bytes.len(), |length| position + length)
    }

    fn next_line(&self, position: usize) -> usize {
        // Most are asked for from their end.
        let end = if self.byte(position) == Some(b'\n') { position } else { self.line_end(position) };
        (end + 1).min(self.bytes.len())
    }
}

#[cfg(test)]
mod tests;
