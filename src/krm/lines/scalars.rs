//! Scalars for the reader over lines: plain ones, quoted ones, block scalars.

use std::ops::Range;

use memchr::memchr;

use super::Reader;
use super::special::{IN_PLAIN_FROM, first_special};
use crate::krm::tree::Shape;

/// Both quotes stand in front of it, and what ends a line.
const IN_QUOTES_FROM: u8 = b'(';

impl Reader<'_> {
    /// A plain scalar up to the end of its line, or to a comment.
    pub(super) fn plain(&mut self, start: usize) -> Option<()> {
        let behind = self.plain_end(start)?;
        let mut end = behind;
        while end > start && self.byte(end - 1) == Some(b' ') {
            end -= 1;
        }
        self.growth.leaf(Shape::Plain, start..end);
        self.position = self.next_line(behind);
        Some(())
    }

    /// Where the plain scalar that starts here ends, with white space behind it: at the end of its line, or at a comment. None
    /// where none surely starts, or a colon or a tab makes it none.
    pub(super) fn plain_end(&self, start: usize) -> Option<usize> {
        if !self.starts_plain(start) {
            return None;
        }
        let mut end = start;
        loop {
            end = first_special(self.bytes, end, IN_PLAIN_FROM, b':');
            match self.byte(end) {
                // Where nothing else is, the end of the text.
                None | Some(b'\n') => return Some(end),
                Some(b':') if matches!(self.byte(end + 1), None | Some(b' ' | b'\n')) => return None,
                Some(b'\t') => return None,
                Some(b'#') if self.byte(end - 1) == Some(b' ') => return Some(end),
                Some(_) => end += 1,
            }
        }
    }

    /// Whether a plain scalar surely starts here: indicators are left to the other reader.
    pub(super) fn starts_plain(&self, position: usize) -> bool {
        match self.byte(position) {
            Some(b'-') => {
                let next = self.byte(position + 1);
                next.is_some_and(|next| next.is_ascii_alphanumeric() || b"-_./".contains(&next))
            }
            Some(b':') => self.byte(position + 1).is_some_and(|next| next.is_ascii_alphanumeric()),
            Some(byte) => byte.is_ascii_alphanumeric() || byte >= 0x80 || b"_./$(+~^<=;\\".contains(&byte),
            None => false,
        }
    }

    /// A block scalar without an indentation indicator, blank lines at its start or end-of-file subtleties; a folded one
    /// only as a single paragraph, for what a blank or deeper line folds to depends on its neighbours.
    pub(super) fn block_scalar(&mut self, start: usize, parent: usize) -> Option<()> {
        let content = self.block_scalar_content(start, parent)?;
        let folded = self.byte(start) == Some(b'>');
        let indent = content.start - (self.line_end(start) + 1);
        let mut value = String::with_capacity(content.len());
        let lines = self.text.get(content.start - indent..content.end)?;
        for line in lines.split_inclusive('\n') {
            let line = line.strip_suffix('\n')?;
            let blank = line.bytes().all(|byte| byte == b' ');
            let text = if blank { "" } else { line.get(indent..)? };
            if folded && !blank && !value.is_empty() {
                let is_simple = !value.ends_with("\n\n") && !value.ends_with(" \n") && !text.starts_with([' ', '\t']);
                value.pop().filter(|_| is_simple)?;
                value.push(' ');
            }
            value.push_str(text);
            value.push('\n');
        }
        let chomping = self.byte(start + 1);
        if chomping != Some(b'+') {
            value.truncate(value.trim_end_matches('\n').len());
            if chomping != Some(b'-') {
                value.push('\n');
            }
        }
        self.position = content.end;
        self.growth.unescaped_leaf(Shape::Block, content, &value);
        Some(())
    }

    /// The bytes of a block scalar's content, from the first character that is no indentation to the end of its last line.
    /// Blank lines behind it are its own.
    pub(super) fn block_scalar_content(&self, start: usize, parent: usize) -> Option<Range<usize>> {
        let header = if matches!(self.byte(start + 1), Some(b'-' | b'+')) { start + 2 } else { start + 1 };
        let header_end = self.skip_spaces(header);
        if self.byte(header_end) != Some(b'\n') {
            return None;
        }
        let mut line = header_end + 1;
        let content = self.skip_spaces(line);
        let indent = content - line;
        if indent <= parent || matches!(self.byte(content), None | Some(b'\n' | b'\t')) {
            return None;
        }
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
            line = line_end + 1;
        }
        Some(content..line)
    }

    /// A quoted scalar on one line. Returns the byte behind it.
    pub(super) fn quoted(&mut self, start: usize) -> Option<usize> {
        let (end, escaped) = self.quoted_end(start)?;
        if !escaped {
            self.growth.leaf(Shape::Quoted, start..end);
            return Some(end);
        }
        let inner = self.text.get(start + 1..end - 1)?;
        let single = self.byte(start) == Some(b'\'');
        // Of two quotes the second is a piece of its own.
        let value = if single { inner.split_inclusive('\'').step_by(2).collect() } else { unescape(inner)? };
        self.growth.unescaped_leaf(Shape::Quoted, start..end, &value);
        Some(end)
    }

    /// The byte behind a quoted scalar, and whether anything in it is escaped.
    pub(super) fn quoted_end(&self, start: usize) -> Option<(usize, bool)> {
        let quote = self.byte(start)?;
        let mut escaped = false;
        let mut position = start + 1;
        loop {
            position = first_special(self.bytes, position, IN_QUOTES_FROM, b'\\');
            match self.byte(position)? {
                b'\n' => return None,
                b'\\' if quote == b'"' => {
                    // A line break that is escaped is still one.
                    if self.byte(position + 1)? == b'\n' {
                        return None;
                    }
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
}

/// The escapes that JSON and kyaml write; anything else is for the other reader.
fn unescape(inner: &str) -> Option<String> {
    let mut value = String::with_capacity(inner.len());
    let mut rest = inner;
    while let Some(backslash) = memchr(b'\\', rest.as_bytes()) {
        value.push_str(rest.get(..backslash)?);
        let mut behind = rest.get(backslash + 1..)?.chars();
        value.push(match behind.next()? {
            escaped @ ('"' | '\\' | '/') => escaped,
            'n' => '\n',
            't' => '\t',
            'r' => '\r',
            'u' => {
                let digits: String = behind.by_ref().take(4).collect();
                let code = u32::from_str_radix(&digits, 16).ok().filter(|_| digits.len() == 4)?;
                char::from_u32(code).filter(|_| !digits.starts_with(['+', '-']))?
            }
            _ => return None,
        });
        rest = behind.as_str();
    }
    value.push_str(rest);
    Some(value)
}
