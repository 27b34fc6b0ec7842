//! Reading around documents that nobody can read. Where they are of kinds of which no more than the metadata is wanted, what
//! stands in them does not matter, and they come back as they were.
//!
//! A line that begins with `---` begins a document whatever it stands in, so where documents begin can always be told. The
//! kind of one is told where the parser itself came across it before it gave up, and nothing behind that looks like another.

use std::ops::Range;

use super::error::line_and_column;
use super::events;
use super::results::ObjectReference;
use super::tree::{Shape, Tree, TreeError};
use super::wanted::{Interest, Wanted};

/// What stands in the place of a document while the others are read.
const PLACEHOLDER: &str = "~";

/// A document that cannot be read.
pub(super) struct Unread {
    /// Its number in the stream.
    pub(super) document: usize,
    pub(super) object: ObjectReference,
    pub(super) error: TreeError,
    /// The line and column of the mistake.
    pub(super) position: (usize, usize),
}

/// Reads a stream without the documents in it that cannot be read. Nothing where one of them matters, or could.
pub(super) fn read(text: &str, interest: Interest) -> Option<(Tree<'_>, Vec<Unread>)> {
    let is_cr_alone = |(at, _): (usize, &str)| text.as_bytes().get(at + 1) != Some(&b'\n');
    // Directives hold for the document behind them, and some readers take a CR alone for a line break.
    if text.lines().any(|line| line.starts_with('%')) || text.match_indices('\r').any(is_cr_alone) {
        return None;
    }
    let mut readable = text.to_owned();
    let mut found = Vec::new();
    let mut lines = 0;
    for part in parts(text) {
        let source = text.get(part.clone())?;
        if let (tree, Some(error)) = events::read_until(source) {
            let body = body(text, &part)?;
            let object = object_of(text.get(body.clone())?, &tree, interest)?;
            // Line breaks are white space as well, but for the last, behind which a mark may stand.
            let content = text.get(body.clone())?.trim_end_matches(['\r', '\n']).len();
            let blank = " ".repeat(content - PLACEHOLDER.len());
            readable.replace_range(body.start..body.start + content, &format!("{PLACEHOLDER}{blank}"));
            found.push((body, object, error.moved(source, part.start, lines)));
        }
        lines += source.matches('\n').count();
    }
    let mut tree = events::read_as(text, &readable).ok()?;
    let mut unread = Vec::new();
    let mut documents = 0..tree.document_count();
    for (body, object, (position, error)) in found {
        let is_it = |document: &usize| tree.document(*document).is_some_and(|root| root.range().start == body.start);
        let document = documents.by_ref().find(is_it)?;
        let root = tree.document(document)?.index();
        tree.set_unread(root, body);
        unread.push(Unread { document, object, error, position });
    }
    Some((tree, unread))
}

/// The bytes of each document, with the line that it begins on.
fn parts(text: &str) -> Vec<Range<usize>> {
    let mut starts = vec![0];
    let mut position = 0;
    for line in text.split_inclusive('\n') {
        if position > 0 && is_mark(line, "---") {
            starts.push(position);
        }
        position += line.len();
    }
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    starts.iter().copied().zip(ends).map(|(start, end)| start..end).collect()
}

fn is_mark(line: &str, mark: &str) -> bool {
    line.strip_prefix(mark).is_some_and(|rest| rest.is_empty() || rest.starts_with(char::is_whitespace))
}

/// The lines of a document from its first with content to its last, without the marks around them. Nothing where
/// something stands on the line of a mark, or behind the last one.
fn body(text: &str, part: &Range<usize>) -> Option<Range<usize>> {
    let is_nothing = |line: &str| line.trim().is_empty() || line.trim_start().starts_with('#');
    let (mut body, mut ended, mut position) = (None, false, part.start);
    for line in text.get(part.clone())?.split_inclusive('\n') {
        let (start, end) = (position, position + line.len());
        position = end;
        let mark = ["---", "..."].into_iter().find(|mark| is_mark(line, mark));
        match mark {
            Some(mark) if !is_nothing(line.strip_prefix(mark)?) => return None,
            Some(mark) => ended |= mark == "...",
            None if is_nothing(line) && body.is_none() => {}
            None if ended && !is_nothing(line) => return None,
            None if ended => {}
            None => body = Some(body.map_or(start, |body: Range<usize>| body.start)..end),
        }
    }
    // A byte order mark is no part of what it stands in front of.
    let Range { start, end } = body?;
    Some(start + text.get(start..end)?.find(|first| first != '\u{feff}')?..end)
}

/// The object of a document that could be read up to some place, where it surely is one of a kind that does not matter.
fn object_of(body: &str, read: &Tree<'_>, interest: Interest) -> Option<ObjectReference> {
    // Keys that this program would overlook below.
    let is_odd = |line: &&str| line.starts_with(['?', '<', '{', '[', '&', '*', '!', '|', '>']);
    let says = |line: &&str, key: &str| {
        let line = line.trim_start_matches(['"', '\'']);
        line.strip_prefix(key).is_some_and(|rest| rest.trim_start_matches(['"', '\'', ' ', '\t']).starts_with(':'))
    };
    let count = |key: &str| body.lines().filter(|line| says(line, key)).count();
    if body.lines().any(|line| is_odd(&line)) || count("apiVersion") != 1 || count("kind") != 1 {
        return None;
    }
    let root = read.document(0).filter(|root| read.document_count() == 1 && root.shape() == Shape::BlockMapping)?;
    let text = |key: &str| {
        let mut values = root.own_entries().filter(|(name, _)| name.scalar_text() == Some(key));
        values.next()?.1.as_text().filter(|text| !text.is_empty())
    };
    let (api_version, kind) = (text("apiVersion")?, text("kind")?);
    if kind.ends_with("List") || interest(api_version, kind) != Wanted::Metadata {
        return None;
    }
    let metadata = root.own_entries().find(|(name, _)| name.scalar_text() == Some("metadata")).map(|(_, value)| value);
    let field = |key: &str| metadata?.own_entries().find(|(name, _)| name.scalar_text() == Some(key))?.1.as_text();
    Some(ObjectReference {
        api_version: api_version.into(),
        kind: kind.into(),
        name: field("name").unwrap_or_default().into(),
        namespace: field("namespace").map(Into::into),
    })
}

impl TreeError {
    /// The error of a part, as one of the whole text, where the part begins at a byte and behind so many lines; and its line
    /// and column there.
    fn moved(self, part: &str, start: usize, lines: usize) -> ((usize, usize), Self) {
        match self {
            Self::Syntax { message, line, column } => {
                ((line + lines, column), Self::Syntax { message, line: line + lines, column })
            }
            Self::TooDeep { line, column } => ((line + lines, column), Self::TooDeep { line: line + lines, column }),
            Self::DuplicateKey { key, first, second } => {
                let (line, column) = line_and_column(part, second.start);
                let moved = |range: Range<usize>| range.start + start..range.end + start;
                let error = Self::DuplicateKey { key, first: moved(first), second: moved(second) };
                ((line + lines, column), error)
            }
            Self::TooLarge => ((lines + 1, 1), Self::TooLarge),
        }
    }
}
