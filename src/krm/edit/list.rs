//! Edits of lists: entries added behind, put in between, taken out.

use std::ops::Range;

use serde::Serialize;

use super::flow_style::{insert_before_in_flow, insert_in_flow, remove_from_flow};
use super::{EditError, behind_colon, insert_pieces};
use crate::krm::additions::{Additions, Style};
use crate::krm::emit::{block_entries, flow};
use crate::krm::extent::{
    behind_trailing_comments, dash_line, ends_in_open_block_scalar, entry_lines, last_entry_lines, last_leaf, line_end,
    line_start,
};
use crate::krm::node::NodeRef;
use crate::krm::splice::Splices;
use crate::krm::tree::Shape;

/// Adds entries behind the last one of a list that has some, in the list's own style. `floor` is the end of the line
/// before the first entry.
///
/// # Errors
/// [`EmitError`] for a value without a YAML form.
pub fn append_entries<T: Serialize>(
    splices: &mut Splices,
    list: NodeRef<'_>,
    floor: usize,
    entries: &[T],
) -> Result<(), EditError> {
    let mut added = Additions::new(style_of(list, floor));
    entries.iter().try_for_each(|entry| added.push(entry))?;
    append_written(splices, list, floor, added.take())
}

/// How new entries of a list are written.
pub(in crate::krm) fn style_of(list: NodeRef<'_>, floor: usize) -> Style {
    if list.is_flow() {
        return Style::Flow;
    }
    let text = list.tree().text();
    Style::Entry(dash_column(text, dash_line(text, floor)))
}

fn dash_column(text: &str, line: usize) -> usize {
    text.get(line..).map_or(0, |line| line.find('-').unwrap_or(0))
}

/// Adds entries that are written already behind the last one of a list that has some.
///
/// # Errors
/// [`EditError`] when the list is shared with other places.
pub(in crate::krm) fn append_written(
    splices: &mut Splices,
    list: NodeRef<'_>,
    floor: usize,
    added: Vec<String>,
) -> Result<(), EditError> {
    if added.is_empty() {
        return Ok(());
    }
    if list.is_shared() {
        return Err(EditError::Shared("the list".to_owned()));
    }
    if list.shape() == Shape::FlowSequence {
        insert_in_flow(splices, list, &added);
        return Ok(());
    }
    let text = list.tree().text();
    let Some(final_entry) = last_entry_lines(list, floor) else { return Ok(()) };
    if ends_in_open_block_scalar(list) {
        // A block scalar at the end of a text without a final line break would gain one, and change its value:
        // the additions go in front of its item.
        for piece in added {
            splices.insert(final_entry.start, piece);
        }
        return Ok(());
    }
    let position = behind_trailing_comments(text, final_entry.end, dash_column(text, final_entry.start));
    // A comment directly above an entry is that entry's: a blank line keeps a trailing one with the entry before.
    let line_above = text.get(..position).unwrap_or_default().trim_end_matches(['\r', '\n']);
    let above_is_comment = position > final_entry.end
        && line_above.get(line_start(text, line_above.len())..).unwrap_or_default().trim().starts_with('#');
    let gap = above_is_comment.then(|| "\n".to_owned());
    insert_pieces(splices, text, position, gap.into_iter().chain(added).collect());
    Ok(())
}

/// Puts entries in front of others of the list under `key`, each group in front of the entry at its position, in the
/// list's own style. Comments directly above an entry stay with it. Entries at the positions `removed` are taken out by
/// the same edit.
///
/// # Errors
/// [`EditError`] when the list is shared with other places, or a value has no YAML form.
pub fn insert_entries<T: Serialize>(
    splices: &mut Splices,
    mapping: NodeRef<'_>,
    key: &str,
    removed: &[usize],
    groups: &[(usize, &[T])],
) -> Result<(), EditError> {
    let Some((name, list)) = mapping.entry(key) else { return Ok(()) };
    if list.is_shared() {
        return Err(EditError::Shared(key.to_owned()));
    }
    if list.shape() == Shape::FlowSequence {
        for (position, entries) in groups {
            let entries = entries.iter().map(flow).collect::<Result<Vec<_>, _>>()?;
            insert_before_in_flow(splices, list, removed, *position, &entries);
        }
        return Ok(());
    }
    let text = list.tree().text();
    let floor = line_end(text, name.range().end);
    let lines = entry_lines(list, floor);
    for (position, entries) in groups {
        let Some(line) = lines.get(*position) else { return Err(EditError::Unusual(key.to_owned())) };
        let above = position.checked_sub(1).and_then(|before| lines.get(before)).map_or(floor, |before| before.end);
        let indent = dash_column(text, line.start);
        splices.insert(above_its_comments(text, above..line.start, indent), block_entries(entries, indent)?);
    }
    Ok(())
}

/// Adds entries behind the last one of the list under `key`, so that taking them out again leaves what was there before.
///
/// # Errors
/// [`EditError`] when the list is shared with other places, or a value has no YAML form.
pub fn append_entries_plainly<T: Serialize>(
    splices: &mut Splices,
    mapping: NodeRef<'_>,
    key: &str,
    entries: &[T],
) -> Result<(), EditError> {
    let Some((name, list)) = mapping.entry(key).filter(|_| !entries.is_empty()) else { return Ok(()) };
    if list.is_flow() {
        return append_entries(splices, list, 0, entries);
    }
    if list.is_shared() || ends_in_open_block_scalar(list) {
        return Err(EditError::Unusual(key.to_owned()));
    }
    let text = list.tree().text();
    let lines = entry_lines(list, line_end(text, name.range().end));
    let Some(end) = lines.last() else { return Err(EditError::Unusual(key.to_owned())) };
    let block = block_entries(entries, dash_column(text, end.start))?;
    insert_pieces(splices, text, end.end, vec![block]);
    Ok(())
}

/// Where the comments begin that stand directly above the line behind `space`, which is the room in front of it. What is
/// indented deeper than the dash is the entry's before.
fn above_its_comments(text: &str, space: Range<usize>, dash_column: usize) -> usize {
    let mut start = space.end;
    for line in text.get(space).unwrap_or_default().split_inclusive('\n').rev() {
        let content = line.trim_start();
        if !content.starts_with('#') || line.len() - content.len() > dash_column {
            break;
        }
        start -= line.len();
    }
    start
}

/// Takes entries out of the list under `key`, by position. A list that loses them all is written `[]`.
///
/// # Errors
/// [`EditError`] when the list is shared with other places or written in an unusual way.
pub fn remove_entries(
    splices: &mut Splices,
    mapping: NodeRef<'_>,
    key: &str,
    positions: &[usize],
) -> Result<(), EditError> {
    let Some((name, list)) = mapping.entry(key).filter(|_| !positions.is_empty()) else { return Ok(()) };
    if list.is_shared() {
        return Err(EditError::Shared(key.to_owned()));
    }
    if list.shape() == Shape::FlowSequence {
        remove_from_flow(splices, list, positions);
        return Ok(());
    }
    let text = list.tree().text();
    let lines = entry_lines(list, line_end(text, name.range().end));
    if positions.len() == lines.len() {
        splices.insert(behind_colon(text, name, list, key)?, " []");
    }
    for position in positions {
        let Some(range) = lines.get(*position) else { continue };
        // Behind a block scalar, blank lines and deep comments that followed the entry would become its content.
        let kept = position.checked_sub(1).and_then(|before| list.elements().nth(before));
        let scalar_before = kept.is_some_and(|before| last_leaf(before).shape() == Shape::Block);
        let end = if scalar_before { behind_its_blank_lines(text, range) } else { range.end };
        splices.remove(range.start..end);
    }
    Ok(())
}

/// The end of the blank lines and of the comments indented deeper than its dash that follow an entry.
fn behind_its_blank_lines(text: &str, entry: &Range<usize>) -> usize {
    let dash = dash_column(text, entry.start);
    let mut end = entry.end;
    for line in text.get(entry.end..).unwrap_or_default().split_inclusive('\n') {
        let indent = line.len() - line.trim_start().len();
        if !(line.trim().is_empty() || (line.trim_start().starts_with('#') && indent > dash)) {
            break;
        }
        end += line.len();
    }
    end
}
