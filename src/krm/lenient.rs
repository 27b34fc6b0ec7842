//! What go-yaml reads and the parser of events refuses: quoted scalars that go on at the column of their key or further
//! left, and comments that touch what they are behind. YAML's specification forbids both; kubectl and kustomize, which read
//! with go-yaml, do not mind, and Flagger's own CRD is written so.
//!
//! The text stays as it is. Where a quoted scalar goes on too far left the parser is shown spaces that are not there, which
//! mean nothing in such a place: white space around a line break of a quoted scalar is folded. Places are those of the text.
//!
//! That a quoted scalar begins is seen by what the parser asks for, so where the spaces were shown is looked at afterwards:
//! outside of quoted scalars they would mean something.

use std::cell::RefCell;
use std::rc::Rc;

use granit_parser::input::{BorrowedInput, Input, SkipTabs, WhitespaceResult};
use granit_parser::{ErrorKind, StrInput};

/// How far to the right a scalar is moved at most. Nobody indents deeper, and each line costs as much.
const DEEPEST_MARGIN: usize = 512;

/// Whether a text that was refused for this reason may be one that go-yaml takes.
pub(super) fn may_take(refused: &ErrorKind) -> bool {
    matches!(
        refused,
        ErrorKind::InvalidQuotedScalarIndent | ErrorKind::TabInIndentation | ErrorKind::CommentNotSeparated
    )
}

/// Where spaces were shown, as bytes of the text, in its order.
pub(super) type Shown = Rc<RefCell<Vec<usize>>>;

/// A text for the parser, in which quoted scalars go on far enough to the right.
pub(super) struct Lenient<'s> {
    text: &'s str,
    rest: StrInput<'s>,
    /// How many spaces are still to be shown in front of the rest.
    spaces: usize,
    shown: Shown,
    /// The first byte of the line that is being read.
    line: usize,
    state: State,
}

/// Where in a quoted scalar the text is, if it is in one.
#[derive(Clone, Copy)]
enum State {
    Outside,
    /// A quote was passed over, with which a scalar begins if four characters are asked for next.
    Behind {
        quote: char,
        margin: usize,
    },
    Inside {
        quote: char,
        margin: usize,
        at: At,
    },
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum At {
    /// Behind so many spaces at the beginning of a line.
    Margin(usize),
    Text,
    /// In front of a character that means itself.
    Escaped,
}

impl<'s> Lenient<'s> {
    pub(super) fn new(text: &'s str, shown: Shown) -> Self {
        Self { text, rest: StrInput::new(text), spaces: 0, shown, line: 0, state: State::Outside }
    }

    fn position(&self) -> usize {
        self.rest.byte_offset().unwrap_or_default()
    }

    /// Notes that a character is passed over, which is in front of `next`.
    fn pass(&mut self, passed: char, next: char) {
        let is_break = passed == '\n' || (passed == '\r' && next != '\n');
        let start = self.position();
        if is_break {
            self.line = start + passed.len_utf8();
        }
        self.state = match self.state {
            State::Inside { quote, margin, at } => match inside(quote, at, passed, next, is_break) {
                None => State::Outside,
                Some(at) => State::Inside { quote, margin, at },
            },
            _ if passed == '"' || passed == '\'' => State::Behind { quote: passed, margin: self.margin(start) },
            _ => State::Outside,
        };
    }

    /// The column that a scalar which begins here may not go on in, nor further left: that of the key or dash in front of it
    /// on its line.
    fn margin(&self, start: usize) -> usize {
        let before = self.text.as_bytes().get(self.line..start).unwrap_or_default();
        let indents = |byte: &&u8| matches!(byte, b' ' | b'-' | b'?' | b':');
        before.iter().take(DEEPEST_MARGIN).take_while(indents).count()
    }

    /// Shows spaces in front of a line of a quoted scalar that begins here, where it begins too far left.
    fn move_line(&mut self) {
        let State::Inside { quote, margin, at: At::Margin(column) } = self.state else { return };
        let begins = !matches!(self.rest.peek(), ' ' | '\n' | '\r') && !self.rest.next_is_z();
        // The mark of a document is one in whatever it stands.
        if !begins || (column == 0 && self.rest.next_is_document_indicator()) {
            return;
        }
        self.state = State::Inside { quote, margin, at: At::Text };
        self.spaces = (margin + 1).saturating_sub(column);
        if self.spaces > 0 {
            self.shown.borrow_mut().push(self.position());
        }
    }
}

/// Where a quoted scalar is behind a character; none behind its last.
fn inside(quote: char, at: At, passed: char, next: char, is_break: bool) -> Option<At> {
    match at {
        _ if is_break => Some(At::Margin(0)),
        At::Escaped => Some(At::Text),
        At::Margin(column) if passed == ' ' => Some(At::Margin(column + 1)),
        _ if passed == '\\' && quote == '"' => Some(At::Escaped),
        _ if passed == quote && quote == '\'' && next == '\'' => Some(At::Escaped),
        _ if passed == quote => None,
        At::Margin(_) | At::Text => Some(At::Text),
    }
}

impl Input for Lenient<'_> {
    fn lookahead(&mut self, count: usize) {
        if let State::Behind { quote, margin } = self.state {
            self.state = if count == 4 { State::Inside { quote, margin, at: At::Text } } else { State::Outside };
        }
        self.rest.lookahead(count);
    }

    fn buflen(&self) -> usize {
        self.rest.buflen()
    }

    fn bufmaxlen(&self) -> usize {
        self.rest.bufmaxlen()
    }

    fn raw_read_ch(&mut self) -> char {
        let character = self.peek();
        self.skip();
        character
    }

    fn raw_read_non_breakz_ch(&mut self) -> Option<char> {
        (!self.next_is_breakz()).then(|| self.raw_read_ch())
    }

    fn skip(&mut self) {
        if self.spaces > 0 {
            self.spaces -= 1;
            return;
        }
        self.pass(self.rest.peek(), self.rest.peek_nth(1));
        self.rest.skip();
        self.move_line();
    }

    fn skip_n(&mut self, count: usize) {
        (0..count).for_each(|_| self.skip());
    }

    fn peek(&self) -> char {
        if self.spaces > 0 { ' ' } else { self.rest.peek() }
    }

    fn peek_nth(&self, n: usize) -> char {
        n.checked_sub(self.spaces).map_or(' ', |n| self.rest.peek_nth(n))
    }

    fn byte_offset(&self) -> Option<usize> {
        self.rest.byte_offset()
    }

    fn slice_bytes(&self, start: usize, end: usize) -> Option<&str> {
        self.rest.slice_bytes(start, end)
    }

    // The rest asks the text at once for what it would otherwise be asked for one by one. No quoted scalar begins in it.

    fn next_2_are(&self, first: char, second: char) -> bool {
        self.spaces == 0 && self.rest.next_2_are(first, second)
    }

    fn next_3_are(&self, first: char, second: char, third: char) -> bool {
        self.spaces == 0 && self.rest.next_3_are(first, second, third)
    }

    fn next_is_document_indicator(&self) -> bool {
        self.spaces == 0 && self.rest.next_is_document_indicator()
    }

    fn next_is_document_start(&self) -> bool {
        self.spaces == 0 && self.rest.next_is_document_start()
    }

    fn next_is_document_end(&self) -> bool {
        self.spaces == 0 && self.rest.next_is_document_end()
    }

    fn next_is_z(&self) -> bool {
        self.spaces == 0 && self.rest.next_is_z()
    }

    /// A comment may touch what it is behind, as if a space were between them.
    fn skip_ws_to_eol_blanks(&mut self, tabs: SkipTabs) -> (usize, WhitespaceResult) {
        match self.rest.skip_ws_to_eol_blanks(tabs) {
            (0, _) if self.rest.peek() == '#' => (0, WhitespaceResult::new(false, true)),
            result => result,
        }
    }

    fn skip_while_non_breakz(&mut self) -> usize {
        self.rest.skip_while_non_breakz()
    }

    fn skip_while_blank(&mut self) -> usize {
        self.rest.skip_while_blank()
    }

    fn fetch_while_is_alpha(&mut self, out: &mut String) -> usize {
        self.rest.fetch_while_is_alpha(out)
    }

    fn fetch_while_is_yaml_non_space(&mut self, out: &mut String) -> usize {
        self.rest.fetch_while_is_yaml_non_space(out)
    }

    fn fetch_block_scalar_line(&mut self, out: &mut String) -> usize {
        self.rest.fetch_block_scalar_line(out)
    }

    fn take_quoted_scalar_chunk(&mut self, single: bool) -> (&str, usize) {
        if self.spaces > 0 { ("", 0) } else { self.rest.take_quoted_scalar_chunk(single) }
    }

    fn fetch_plain_scalar_chunk(&mut self, out: &mut String, count: usize, in_flow: bool) -> (bool, usize) {
        self.rest.fetch_plain_scalar_chunk(out, count, in_flow)
    }

    fn skip_plain_scalar_chunk(&mut self, count: usize, in_flow: bool) -> (bool, usize) {
        self.rest.skip_plain_scalar_chunk(count, in_flow)
    }
}

impl<'s> BorrowedInput<'s> for Lenient<'s> {
    fn slice_borrowed(&self, start: usize, end: usize) -> Option<&'s str> {
        self.rest.slice_borrowed(start, end)
    }
}
