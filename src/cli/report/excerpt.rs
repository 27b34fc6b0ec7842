//! The lines that findings are about, and their numbers.

use std::collections::HashMap;
use std::ops::Range;

use overrides::finding::{Finding, Place, readable};
use overrides::krm::{Items, STANDARD_INPUT};

use crate::cli::files::File;

/// How many lines above and below a place are shown.
const CONTEXT_LINES: usize = 2;
/// Lines longer than this together, in bytes, are not shown: nobody finds anything in them.
const LONGEST_EXCERPT: usize = 4_000;

/// What was read, as far as findings are about it.
#[derive(Clone, Copy)]
pub(in crate::cli) struct Sources<'a> {
    /// The objects, where the input could be read as far as that.
    pub(in crate::cli) items: Option<&'a Items<'a>>,
    /// The files.
    pub(in crate::cli) files: &'a [File],
}

impl Sources<'_> {
    /// No files: of a live cluster.
    #[cfg(feature = "cluster")]
    pub(in crate::cli) const NONE: Self = Self { items: None, files: &[] };
}

/// A few lines of a file, and the place within them.
pub(super) struct Excerpt<'a> {
    pub(super) path: String,
    pub(super) text: &'a str,
    pub(super) first_line: usize,
    pub(super) range: Range<usize>,
}

/// The first byte of every line of the files that were asked for, so that many findings count lines once.
#[derive(Default)]
pub(super) struct LineStarts(HashMap<String, Vec<usize>>);

impl LineStarts {
    /// The number, from one, of the line that holds a byte of a file, and that line's first byte.
    fn line(&mut self, path: &str, text: &str, offset: usize) -> (usize, usize) {
        let starts = self.0.entry(path.to_owned()).or_insert_with(|| {
            std::iter::once(0).chain(text.match_indices('\n').map(|(position, _)| position + 1)).collect()
        });
        let line = starts.partition_point(|start| *start <= offset);
        (line, line.checked_sub(1).and_then(|index| starts.get(index)).copied().unwrap_or_default())
    }

    /// Line and column of a place, both from one.
    pub(super) fn position(&mut self, place: &Place, sources: Sources<'_>) -> Option<(usize, usize)> {
        let found = sources.items.and_then(|items| Some((items, place.range(items)?)));
        let Some((items, (source, range))) = found else { return place.position };
        let source = items.sources().get(source)?;
        let text = source.tree.text();
        let (line, start) = self.line(&source.name, text, range.start);
        Some((line, text.get(start..range.start)?.chars().count() + 1))
    }

    /// A finding by lines and columns, without its items.
    pub(super) fn detached(&mut self, finding: &Finding, sources: Sources<'_>) -> Finding {
        let mut detached = finding.clone();
        let places = std::iter::once(&mut detached.place).chain(detached.related.as_mut().map(|(place, _)| place));
        for place in places {
            (place.position, place.item) = (self.position(place, sources), None);
        }
        detached
    }
}

/// The lines that a place is about.
pub(super) fn excerpt<'a>(place: &Place, sources: Sources<'a>, lines: &mut LineStarts) -> Option<Excerpt<'a>> {
    if let Some((items, (source, range))) = sources.items.and_then(|items| Some((items, place.range(items)?))) {
        let source = items.sources().get(source)?;
        return cut(&source.name, source.tree.text(), range, lines);
    }
    let (line, column) = place.position?;
    let path = &place.location.as_ref()?.path;
    let content = sources.files.iter().find(|file| &file.name == path)?;
    let text = std::str::from_utf8(&content.content).ok()?;
    let start = text.split_inclusive('\n').take(line.checked_sub(1)?).map(str::len).sum::<usize>();
    let row = text.get(start..)?.lines().next().unwrap_or_default();
    let offset = row.char_indices().nth(column.checked_sub(1)?).map_or(row.len(), |(offset, _)| offset);
    cut(path, text, start + offset..start + offset, lines)
}

/// The lines around a range, so that a large file costs no more than a small one. What spans lines is shown by its
/// first.
fn cut<'a>(path: &str, text: &'a str, range: Range<usize>, lines: &mut LineStarts) -> Option<Excerpt<'a>> {
    let before = text.get(..range.start)?;
    let first = before.rmatch_indices('\n').nth(CONTEXT_LINES).map_or(0, |(position, _)| position + 1);
    let line_end = text.get(range.start..)?.find('\n').map_or(text.len(), |length| range.start + length);
    let last = text.get(line_end..)?.match_indices('\n').nth(CONTEXT_LINES);
    let last = last.map_or(text.len(), |(position, _)| line_end + position);
    // An empty range is shown as the character that it stands before.
    let shortest = text.get(range.start..line_end)?.chars().next().map_or(0, char::len_utf8);
    let end = range.end.min(line_end).max(range.start + shortest);
    let excerpt = text.get(first..last).filter(|excerpt| excerpt.len() <= LONGEST_EXCERPT)?;
    Some(Excerpt {
        path: shown_path(path),
        text: excerpt,
        first_line: lines.line(path, text, first).0,
        range: range.start - first..end - first,
    })
}

/// A file's name as it is shown.
pub(super) fn shown_path(path: &str) -> String {
    if path == STANDARD_INPUT { "standard input".to_owned() } else { readable(path).into_owned() }
}
