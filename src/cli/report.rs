//! Findings on standard error: one line each, or with the lines that they are about.

use std::collections::HashMap;
use std::io::{self, IsTerminal, Write};
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use overrides::finding::{Finding, Place, Severity, readable};
use overrides::krm::Items;

use super::files::File;

/// How many lines above and below a place are shown.
const CONTEXT_LINES: usize = 2;
/// Lines longer than this together, in bytes, are not shown: nobody finds anything in them.
const LONGEST_EXCERPT: usize = 4_000;

/// One line per finding, as a function does: kpt and kustomize pass standard error on.
pub(super) fn lines(findings: &[Finding], verbose: bool) {
    let mut output = String::new();
    for finding in findings.iter().filter(|finding| verbose || finding.severity != Severity::Info) {
        output.push_str(&finding.line());
        output.push('\n');
    }
    print(&output);
}

/// Findings with the source lines that they are about.
pub(super) fn snippets(findings: &[Finding], items: Option<&Items<'_>>, files: &[File], verbose: bool) {
    let colours = io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let renderer = if colours { Renderer::styled() } else { Renderer::plain() };
    let mut output = String::new();
    let mut line_starts = LineStarts::default();
    for finding in findings.iter().filter(|finding| verbose || finding.severity != Severity::Info) {
        match excerpt(&finding.place, items, files, &mut line_starts) {
            Some(excerpt) => output.push_str(&renderer.render(&[report(finding, &excerpt)])),
            None => output.push_str(&finding.line()),
        }
        output.push('\n');
    }
    print(&output);
}

/// Something that is about no object.
pub(super) fn note(text: &str) {
    print(&format!("note: {text}\n"));
}

/// Nobody is left to tell when standard error is gone.
fn print(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

fn report<'a>(finding: &'a Finding, excerpt: &'a Excerpt<'a>) -> Group<'a> {
    let level = match finding.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Info => Level::INFO,
    };
    let subject = Place { location: None, position: None, ..finding.place.clone() }.to_string();
    let colon = if subject.is_empty() { "" } else { ": " };
    let title = level
        .primary_title(readable(&format!("{subject}{colon}{}", finding.message)).into_owned())
        .id(finding.code.id());
    let snippet = Snippet::source(excerpt.text)
        .path(excerpt.path.as_str())
        .line_start(excerpt.first_line)
        .annotation(AnnotationKind::Primary.span(excerpt.range.clone()));
    let mut group = title.element(snippet);
    if let Some((place, what)) = &finding.related {
        group = group.element(Level::NOTE.message(readable(&format!("{what}: {place}")).into_owned()));
    }
    if finding.cure.is_empty() { group } else { group.element(Level::HELP.message(readable(&finding.cure))) }
}

/// A few lines of a file, and the place within them.
struct Excerpt<'a> {
    path: String,
    text: &'a str,
    first_line: usize,
    range: Range<usize>,
}

/// The first byte of every line of the files that were asked for, so that many findings count lines once.
#[derive(Default)]
struct LineStarts(HashMap<String, Vec<usize>>);

impl LineStarts {
    /// The number, from one, of the line that holds a byte of a file.
    fn line(&mut self, path: &str, text: &str, offset: usize) -> usize {
        let starts = self.0.entry(path.to_owned()).or_insert_with(|| {
            std::iter::once(0).chain(text.match_indices('\n').map(|(position, _)| position + 1)).collect()
        });
        starts.partition_point(|start| *start <= offset)
    }
}

fn excerpt<'a>(
    place: &Place,
    items: Option<&'a Items<'a>>,
    files: &'a [File],
    line_starts: &mut LineStarts,
) -> Option<Excerpt<'a>> {
    if let Some((source, range)) = items.and_then(|items| place.range(items)) {
        let source = items?.sources().get(source)?;
        return cut(&source.name, source.tree.text(), range, line_starts);
    }
    let (line, column) = place.position?;
    let path = &place.location.as_ref()?.path;
    let content = files.iter().find(|file| &file.name == path)?;
    let text = std::str::from_utf8(&content.content).ok()?;
    let start = text.split_inclusive('\n').take(line.checked_sub(1)?).map(str::len).sum::<usize>();
    let row = text.get(start..)?.lines().next().unwrap_or_default();
    let offset = row.char_indices().nth(column.checked_sub(1)?).map_or(row.len(), |(offset, _)| offset);
    cut(path, text, start + offset..start + offset, line_starts)
}

/// The lines around a range, so that a large file costs no more than a small one. What spans lines is shown by its
/// first.
fn cut<'a>(path: &str, text: &'a str, range: Range<usize>, line_starts: &mut LineStarts) -> Option<Excerpt<'a>> {
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
        path: if path == "-" { "standard input".to_owned() } else { readable(path).into_owned() },
        text: excerpt,
        first_line: line_starts.line(path, text, first),
        range: range.start - first..end - first,
    })
}
