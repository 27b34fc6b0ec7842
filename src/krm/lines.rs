//! The reader over lines: the YAML that people and tools write, without a parser for the rest of it.
//!
//! It knows block mappings and sequences, plain and quoted scalars on one line, ordinary block scalars, flow collections
//! on one line, and JSON documents. Whatever it does not recognise with certainty (anchors, tags, tabs, CR, scalars
//! over several lines, complex keys …) makes it give up, and the reader over events reads the text from its beginning.
//! A tree that it does return is equal to that reader's, node by node; a property test holds the two together.

use memchr::{memchr, memchr3_iter};

use super::tree::{Growth, Shape, Tree};

/// The event reader stops at 255; before that, nothing is certain here.
const DEEPEST: usize = 100;
/// YAML allows 1024 characters for a key on one line.
const LONGEST_KEY: usize = 1000;

/// Reads a whole stream, or gives up.
pub(super) fn read(text: &str) -> Option<Tree<'_>> {
    if !is_ordinary(text.as_bytes()) {
        return None;
    }
    let mut reader = Reader { bytes: text.as_bytes(), text, position: 0, growth: Growth::new(text) };
    reader.stream()?;
    (reader.growth.tree.document_count() > 0).then_some(reader.growth.tree)
}

/// Whether there is nothing in the text that some YAML reader takes for a line break, a mark or an error: control
/// characters (tabs and CR among them), NEL, the Unicode line separators, byte order marks and non-characters.
fn is_ordinary(bytes: &[u8]) -> bool {
    let control = |byte: &u8| (*byte < 0x20 && *byte != b'\n') || *byte == 0x7f;
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
            self.block_node(line)?;
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
    fn block_node(&mut self, line: Line) -> Option<()> {
        if self.is_entry(line.content) {
            return self.sequence(line.content, line.indent());
        }
        if self.growth.depth() == 0 && matches!(self.byte(line.content)?, b'{' | b'[') {
            let end = self.flow(line.content)?;
            return self.end_line(end);
        }
        let key = self.key(line.content)?;
        self.mapping(key, line.indent())
    }

    fn is_entry(&self, position: usize) -> bool {
        self.byte(position) == Some(b'-') && matches!(self.byte(position + 1), None | Some(b' ' | b'\n'))
    }

    /// A block mapping whose keys stand in `column`.
    fn mapping(&mut self, first: Key, column: usize) -> Option<()> {
        self.open(Shape::BlockMapping, first.start)?;
        let mut key = first;
        loop {
            self.add_key(&key)?;
            self.value(&key, column)?;
            match self.peek() {
                Some(line) if line.indent() > column => return None,
                Some(line) if line.indent() == column && !self.is_marker(line) => key = self.key(line.content)?,
                _ => break,
            }
        }
        self.growth.close(0).ok()
    }

    /// What stands behind a key's colon, or on the lines below it.
    fn value(&mut self, key: &Key, column: usize) -> Option<()> {
        let start = self.skip_spaces(key.behind_colon);
        if !self.is_line_end(start, key.behind_colon) {
            return self.inline(start, column);
        }
        self.position = self.next_line(start);
        match self.peek() {
            Some(line) if line.indent() > column => self.block_node(line),
            Some(line) if line.indent() == column && self.is_entry(line.content) => self.sequence(line.content, column),
            _ => {
                self.growth.leaf(Shape::Plain, key.end..key.end);
                Some(())
            }
        }
    }

    /// A block sequence whose dashes stand in `column`.
    fn sequence(&mut self, first: usize, column: usize) -> Option<()> {
        self.open(Shape::BlockSequence, first)?;
        let mut dash = first;
        loop {
            self.entry(dash, column)?;
            match self.peek() {
                Some(line) if line.indent() > column => return None,
                Some(line) if line.indent() == column && self.is_entry(line.content) => dash = line.content,
                _ => break,
            }
        }
        self.growth.close(0).ok()
    }

    fn entry(&mut self, dash: usize, column: usize) -> Option<()> {
        let start = self.skip_spaces(dash + 1);
        if self.is_line_end(start, dash + 1) {
            return None;
        }
        let start_column = column + (start - dash);
        if self.is_entry(start) {
            return self.sequence(start, start_column);
        }
        match self.key(start) {
            Some(key) => self.mapping(key, start_column),
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

    /// A plain scalar up to the end of its line, or to a comment.
    fn plain(&mut self, start: usize) -> Option<()> {
        if !self.starts_plain(start) {
            return None;
        }
        let line_end = self.line_end(start);
        let mut end = line_end;
        for position in start..line_end {
            match self.byte(position)? {
                b':' if matches!(self.byte(position + 1), None | Some(b' ' | b'\n')) => return None,
                b'#' if self.byte(position - 1) == Some(b' ') => {
                    end = position;
                    break;
                }
                _ => {}
            }
        }
        while end > start && self.byte(end - 1) == Some(b' ') {
            end -= 1;
        }
        self.growth.leaf(Shape::Plain, start..end);
        self.position = self.next_line(line_end);
        Some(())
    }

    /// Whether a plain scalar surely starts here: indicators are left to the other reader.
    fn starts_plain(&self, position: usize) -> bool {
        match self.byte(position) {
            Some(b'-' | b':') => matches!(self.byte(position + 1), Some(b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z')),
            Some(byte) => byte.is_ascii_alphanumeric() || byte >= 0x80 || b"_./$(+~^<=;\\".contains(&byte),
            None => false,
        }
    }

    /// A block scalar without an indentation indicator, blank lines at its start or end-of-file subtleties; a folded one
    /// only as a single paragraph, for what a blank or deeper line folds to depends on its neighbours.
    fn block_scalar(&mut self, start: usize, parent: usize) -> Option<()> {
        let folded = self.byte(start) == Some(b'>');
        let (keep, header) = match self.byte(start + 1) {
            Some(b'-') => (Some(false), start + 2),
            Some(b'+') => (Some(true), start + 2),
            _ => (None, start + 1),
        };
        let header_end = self.skip_spaces(header);
        if self.byte(header_end) != Some(b'\n') {
            return None;
        }
        let mut line = header_end + 1;
        let content = self.skip_spaces(line);
        let indent = content - line;
        if indent <= parent || matches!(self.byte(content), None | Some(b'\n')) {
            return None;
        }
        let mut value = String::new();
        while line < self.bytes.len() {
            let text_start = self.skip_spaces(line);
            let line_end = self.line_end(text_start);
            self.byte(line_end)?;
            let (blank, margin) = (text_start == line_end, text_start - line);
            if !blank && margin <= parent {
                break;
            }
            if (blank && margin > indent) || (!blank && margin < indent) {
                return None;
            }
            if folded && !blank && !value.is_empty() {
                let simple = !value.ends_with("\n\n") && margin == indent && self.byte(line - 2) != Some(b' ');
                value.pop().filter(|_| simple)?;
                value.push(' ');
            }
            value.push_str(if blank { "" } else { self.text.get(line + indent..line_end)? });
            value.push('\n');
            line = line_end + 1;
        }
        if keep != Some(true) {
            value.truncate(value.trim_end_matches('\n').len());
            if keep.is_none() {
                value.push('\n');
            }
        }
        self.growth.unescaped_leaf(Shape::Block, content..line, &value);
        self.position = line;
        Some(())
    }

    /// A quoted scalar on one line. Returns the byte behind it.
    fn quoted(&mut self, start: usize) -> Option<usize> {
        let (end, escaped) = self.quoted_end(start)?;
        if !escaped {
            self.growth.leaf(Shape::Quoted, start..end);
            return Some(end);
        }
        let inner = self.text.get(start + 1..end - 1)?;
        let value = if self.byte(start) == Some(b'\'') { inner.replace("''", "'") } else { unescape(inner)? };
        self.growth.unescaped_leaf(Shape::Quoted, start..end, &value);
        Some(end)
    }

    /// The byte behind a quoted scalar, and whether anything in it is escaped.
    fn quoted_end(&self, start: usize) -> Option<(usize, bool)> {
        let quote = self.byte(start)?;
        let mut escaped = false;
        let mut position = start + 1;
        loop {
            match self.byte(position)? {
                b'\n' => return None,
                b'\\' if quote == b'"' => {
                    escaped = true;
                    position += 2;
                }
                byte if byte == quote && quote == b'\'' && self.byte(position + 1) == Some(b'\'') => {
                    escaped = true;
                    position += 2;
                }
                byte if byte == quote => return Some((position + 1, escaped)),
                _ => position += 1,
            }
        }
    }

    /// The key that starts here, if surely one does: ordinary characters or quotes, then a colon and white space.
    fn key(&self, start: usize) -> Option<Key> {
        let quoted = matches!(self.byte(start)?, b'"' | b'\'');
        let end = if quoted {
            self.quoted_end(start)?.0
        } else {
            let rest = self.bytes.get(start..)?;
            let starts = rest.first().is_some_and(|byte| byte.is_ascii_alphanumeric() || b"_/".contains(byte));
            let in_key = |byte: &u8| byte.is_ascii_alphanumeric() || b"_./-".contains(byte);
            start + rest.iter().position(|byte| !in_key(byte)).filter(|_| starts)?
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

    /// A flow collection. Returns the byte behind it.
    fn flow(&mut self, start: usize) -> Option<usize> {
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
                b'{' | b'[' | b'#' => return None,
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
        let rest = self.bytes.get(start..).unwrap_or_default();
        start + rest.iter().take_while(|byte| **byte == b' ').count()
    }

    /// The line break that ends the line, or the end of the text.
    fn line_end(&self, position: usize) -> usize {
        let rest = self.bytes.get(position..).unwrap_or_default();
        memchr(b'\n', rest).map_or(self.bytes.len(), |length| position + length)
    }

    fn next_line(&self, position: usize) -> usize {
        (self.line_end(position) + 1).min(self.bytes.len())
    }
}

/// The escapes that JSON and kyaml write; anything else is for the other reader.
fn unescape(inner: &str) -> Option<String> {
    let mut value = String::with_capacity(inner.len());
    let mut characters = inner.chars();
    while let Some(character) = characters.next() {
        if character != '\\' {
            value.push(character);
            continue;
        }
        value.push(match characters.next()? {
            escaped @ ('"' | '\\' | '/') => escaped,
            'n' => '\n',
            't' => '\t',
            'r' => '\r',
            'u' => {
                let digits: String = characters.by_ref().take(4).collect();
                let code = u32::from_str_radix(&digits, 16).ok().filter(|_| digits.len() == 4)?;
                char::from_u32(code).filter(|_| !digits.starts_with(['+', '-']))?
            }
            _ => return None,
        });
    }
    Some(value)
}

#[cfg(test)]
mod tests;
