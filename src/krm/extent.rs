//! Where things end, in lines: what the event parser does not say and every edit needs.
//!
//! A block collection has no closing mark. Its end is the end of the line on which its last leaf ends; comments and
//! blank lines behind that line belong to whatever comes next, unless a block scalar claims the blank ones.

use std::ops::Range;

use super::node::NodeRef;
use super::tree::Shape;

/// The byte after the line (its line break included) that holds byte `position`.
pub(super) fn line_end(text: &str, position: usize) -> usize {
    let rest = text.get(position..).unwrap_or_default();
    rest.find('\n').map_or(text.len(), |length| position + length + 1)
}

/// The first byte of the line that holds byte `position`.
pub(super) fn line_start(text: &str, position: usize) -> usize {
    let before = text.get(..position).unwrap_or_default();
    before.rfind('\n').map_or(0, |length| length + 1)
}

/// How many columns stand before byte `position` on its line, a byte order mark not counted.
pub(super) fn column(text: &str, position: usize) -> usize {
    let before = text.get(line_start(text, position)..position).unwrap_or_default();
    before.trim_start_matches('\u{feff}').chars().count()
}

/// The end of the last line of a node that stands in a block context.
pub(super) fn lines_end(node: NodeRef<'_>) -> usize {
    let text = node.tree().text();
    let leaf = last_leaf(node);
    let range = leaf.range();
    let at_line_start = range.end == 0 || text.as_bytes().get(range.end - 1) == Some(&b'\n');
    match leaf.shape() {
        // The lines of a block scalar end with its span, trailing blank lines included: they are content under `|+`.
        Shape::Block if range.is_empty() || at_line_start => range.end,
        // An implicit null that the parser places at the start of the next line.
        Shape::Plain if range.is_empty() && at_line_start => range.end,
        Shape::Unread => range.end,
        _ => line_end(text, range.end),
    }
}

/// The node on which a block node ends: block collections are descended into, everything else has an end of its own.
pub(super) fn last_leaf(node: NodeRef<'_>) -> NodeRef<'_> {
    let mut leaf = node;
    loop {
        let last = match leaf.shape() {
            Shape::BlockMapping => leaf.own_entries().last().map(|(_, value)| value),
            Shape::BlockSequence => leaf.elements().last(),
            Shape::Unread => leaf.subtree().nth(1),
            _ => None,
        };
        match last {
            Some(last) => leaf = last,
            None => return leaf,
        }
    }
}

/// Whether a node ends the text in a block scalar whose last line has no line break. Whatever followed would give it
/// one, and so change its value.
pub(super) fn ends_in_open_block_scalar(node: NodeRef<'_>) -> bool {
    let text = node.tree().text();
    let leaf = last_leaf(node);
    leaf.shape() == Shape::Block && leaf.range().end == text.len() && !text.ends_with('\n')
}

/// The lines of every entry of a block sequence, dash included. `floor` is the end of the line before the first one.
pub(super) fn entry_lines(sequence: NodeRef<'_>, floor: usize) -> Vec<Range<usize>> {
    let text = sequence.tree().text();
    let mut floor = floor;
    let mut entries = Vec::new();
    for entry in sequence.elements() {
        let lines = lines_of_entry(text, entry, floor);
        floor = lines.end;
        entries.push(lines);
    }
    entries
}

fn lines_of_entry(text: &str, entry: NodeRef<'_>, floor: usize) -> Range<usize> {
    let start = dash_line(text, floor);
    start..lines_end(entry).max(start)
}

/// The lines of the last entry of a block sequence.
pub(super) fn last_entry_lines(sequence: NodeRef<'_>, floor: usize) -> Option<Range<usize>> {
    let text = sequence.tree().text();
    let mut last = None;
    let mut before = None;
    for entry in sequence.elements() {
        before = last.replace(entry);
    }
    Some(lines_of_entry(text, last?, before.map_or(floor, lines_end)))
}

/// The start of the first line at or behind `floor` that opens a sequence entry; only comments and blank lines (and
/// the sequence's own anchor or tag) can stand before it.
pub(super) fn dash_line(text: &str, floor: usize) -> usize {
    let mut start = floor;
    for line in text.get(floor..).unwrap_or_default().split_inclusive('\n') {
        if line.trim_start_matches([' ', '\t', '\u{feff}']).starts_with('-') {
            return start;
        }
        start += line.len();
    }
    floor
}

/// Where a new entry goes behind the lines of the last one: after comments that are indented deeper than the dash,
/// for they are the last entry's own, and after everything when nothing but comments and blank lines is left.
pub(super) fn behind_trailing_comments(text: &str, end: usize, dash_column: usize) -> usize {
    let mut position = end;
    let mut behind = end;
    for line in text.get(end..).unwrap_or_default().split_inclusive('\n') {
        position += line.len();
        let content = line.trim();
        if content.is_empty() {
            continue;
        }
        if !content.starts_with('#') {
            return behind;
        }
        if line.len() - line.trim_start().len() > dash_column {
            behind = position;
        }
    }
    // White space without a line break at the end of the text stays there: in front of it a line can begin.
    let rest = text.get(behind..).unwrap_or_default();
    if rest.trim().is_empty() && !rest.is_empty() && !rest.ends_with('\n') { behind } else { text.len() }
}
