//! Edits of a mapping or a list in the bytes it was written in: block additions to block collections, JSON to flow
//! ones. Each puts replacements into a [`Splices`]; nothing else of the text changes.

use std::ops::Range;

use serde::Serialize;
use serde_json::{Map, Value};
use thiserror::Error;

use super::emit::{EmitError, block_entry, block_field, flow};
use super::extent::{
    behind_trailing_comments, column, ends_in_open_block_scalar, entry_lines, last_leaf, line_end, line_start,
    lines_end,
};
use super::node::{Kind, NodeRef};
use super::splice::{Overlap, Splices};
use super::tree::Shape;

/// Why an edit was not made.
#[derive(Debug, Error)]
pub enum EditError {
    /// The place is shared through an anchor or an alias: an edit here would change other places as well.
    #[error("`{0}` is shared through a YAML anchor or alias")]
    Shared(String),
    /// Something that is no mapping stands where one is needed.
    #[error("`{0}` is not a mapping")]
    NotAMapping(String),
    /// The place is written in a way that cannot be added to line by line: explicit keys, properties, odd empty values.
    #[error("`{0}` is written in an unusual way")]
    Unusual(String),
    /// See [`Overlap`].
    #[error(transparent)]
    Overlap(#[from] Overlap),
    /// Something that was not to be touched would say something else afterwards.
    #[error("{0} would change, for the input is written in an unusual way")]
    WouldChange(String),
    /// See [`EmitError`].
    #[error(transparent)]
    Emit(#[from] EmitError),
}

impl EditError {
    /// Whether it is the user's way of writing that forbids the edit, and not a fault of this program.
    #[must_use]
    pub fn is_about_the_input(&self) -> bool {
        !matches!(self, Self::Emit(_))
    }
}

/// Sets the text at the end of `path` below `mapping`, making the mappings on the way that are not there yet.
///
/// # Errors
/// [`EditError`] when a place on the way is shared with others, is no mapping, or is written in an unusual way.
pub fn set_text(splices: &mut Splices, mapping: NodeRef<'_>, path: &[&str], text: &str) -> Result<(), EditError> {
    let Some((last, parents)) = path.split_last() else { return Ok(()) };
    let walked = |depth: usize| path.get(..depth).unwrap_or_default().join(".");
    let mut place = mapping;
    for (depth, key) in parents.iter().enumerate() {
        match own(place, key).map_err(|()| EditError::Shared(walked(depth + 1)))? {
            None => return insert_field(splices, place, key, &nested(path.get(depth + 1..), text)),
            Some(value) if value.is_shared() => return Err(EditError::Shared(walked(depth + 1))),
            Some(value) if value.is_null() || is_empty_mapping(value) => {
                return replace_in_place(splices, place, key, &nested(path.get(depth + 1..), text));
            }
            Some(value) if value.kind() != Kind::Mapping => return Err(EditError::NotAMapping(walked(depth + 1))),
            Some(value) => place = value,
        }
    }
    match own(place, last).map_err(|()| EditError::Shared(walked(path.len())))? {
        None => insert_field(splices, place, last, &text),
        Some(value) if value.is_shared() => Err(EditError::Shared(walked(path.len()))),
        Some(_) => replace_in_place(splices, place, last, &Value::from(text)),
    }
}

/// Replaces the value of `key`, whole, or adds it.
///
/// # Errors
/// [`EditError`] when the value is shared with other places or written in an unusual way.
pub fn set_field(
    splices: &mut Splices,
    mapping: NodeRef<'_>,
    key: &str,
    value: &impl Serialize,
) -> Result<(), EditError> {
    let shared = || EditError::Shared(key.to_owned());
    let Some(old) = own(mapping, key).map_err(|()| shared())? else {
        return insert_field(splices, mapping, key, value);
    };
    if old.is_shared() {
        return Err(shared());
    }
    if mapping.is_flow() {
        if old.range().is_empty() {
            return Err(EditError::Unusual(key.to_owned()));
        }
        splices.replace(old.range(), flow(value)?);
        return Ok(());
    }
    let text = mapping.tree().text();
    let start = mapping.entry(key).map_or(0, |(name, _)| name.range().start);
    let end = lines_end(old);
    let mut field = block_field(key, value, column(text, start))?;
    if !text.get(start..end).unwrap_or_default().ends_with('\n') {
        field.truncate(field.trim_end_matches('\n').len());
    }
    splices.replace(start..end, field);
    Ok(())
}

/// Adds `key: value` to a mapping that has entries, in the mapping's own style: behind the last one, or in front of the
/// first where the last cannot be followed.
///
/// # Errors
/// [`EditError`] when the mapping is shared with other places or written in an unusual way.
pub fn insert_field(
    splices: &mut Splices,
    mapping: NodeRef<'_>,
    key: &str,
    value: &impl Serialize,
) -> Result<(), EditError> {
    if mapping.is_shared() {
        return Err(EditError::Shared(key.to_owned()));
    }
    if mapping.is_flow() {
        let entry = format!("{}: {}", flow(&key)?, flow(value)?);
        insert_in_flow(splices, mapping, &[entry]);
        return Ok(());
    }
    insert_block_field(splices, mapping, key, value, |_| lines_end(mapping))
}

/// Adds `key: value` to a block mapping, on lines of its own at `position`, which is given the keys' column.
pub(super) fn insert_block_field<T: Serialize>(
    splices: &mut Splices,
    mapping: NodeRef<'_>,
    key: &str,
    value: &T,
    position: impl FnOnce(usize) -> usize,
) -> Result<(), EditError> {
    let text = mapping.tree().text();
    let first_key = first_key_start(mapping);
    let margin = text.get(line_start(text, first_key)..first_key).unwrap_or_default();
    if margin.trim_start_matches('\u{feff}').contains(|c| c != ' ' && c != '-') {
        return Err(EditError::Unusual(key.to_owned()));
    }
    let indent = column(text, first_key);
    let margin = " ".repeat(indent);
    let field = block_field(key, value, indent)?;
    if ends_in_open_block_scalar(mapping) {
        splices.insert(first_key, format!("{field}{margin}"));
    } else {
        insert_lines(splices, text, position(indent), &format!("{margin}{field}"));
    }
    Ok(())
}

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
    if entries.is_empty() {
        return Ok(());
    }
    if list.is_shared() {
        return Err(EditError::Shared("the list".to_owned()));
    }
    if list.shape() == Shape::FlowSequence {
        let entries = entries.iter().map(flow).collect::<Result<Vec<_>, _>>()?;
        insert_in_flow(splices, list, &entries);
        return Ok(());
    }
    let text = list.tree().text();
    let ranges = entry_lines(list, floor);
    let Some(final_entry) = ranges.last() else { return Ok(()) };
    let indent = text.get(final_entry.start..).map_or(0, |line| line.find('-').unwrap_or(0));
    let mut block = String::new();
    for entry in entries {
        block.push_str(&block_entry(entry, indent)?);
    }
    if ends_in_open_block_scalar(list) {
        // A block scalar at the end of a text without a final line break would gain one, and change its value:
        // the additions go in front of its item.
        splices.insert(final_entry.start, block);
        return Ok(());
    }
    let position = behind_trailing_comments(text, final_entry.end, indent);
    // A comment directly above an entry is that entry's: a blank line keeps a trailing one with the entry before.
    let line_above = text.get(..position).unwrap_or_default().trim_end_matches(['\r', '\n']);
    let above_is_comment = position > final_entry.end
        && line_above.get(line_start(text, line_above.len())..).unwrap_or_default().trim().starts_with('#');
    let gap = if above_is_comment { "\n" } else { "" };
    insert_lines(splices, text, position, &format!("{gap}{block}"));
    Ok(())
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
    let dash = text.get(entry.start..).map_or(0, |line| line.find('-').unwrap_or(0));
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

/// An entry of a flow list goes with the comma in front of it, the first ones with the comma behind.
fn remove_from_flow(splices: &mut Splices, list: NodeRef<'_>, positions: &[usize]) {
    let ranges: Vec<_> = list.elements().map(NodeRef::range).collect();
    if positions.len() == ranges.len() {
        splices.replace(list.range(), "[]");
        return;
    }
    let mut kept_before = None;
    for (position, range) in ranges.iter().enumerate() {
        if !positions.contains(&position) {
            kept_before = Some(range.end);
            continue;
        }
        match (kept_before, ranges.get(position + 1)) {
            (Some(previous), _) => {
                splices.remove(previous..range.end);
                kept_before = Some(range.end);
            }
            (None, Some(next)) => splices.remove(range.start..next.start),
            (None, None) => splices.remove(range.clone()),
        }
    }
}

/// Puts whole lines in at the start of a line, or at the end of a text that lacks its final line break, which then
/// still lacks it.
pub(super) fn insert_lines(splices: &mut Splices, text: &str, position: usize, lines: &str) {
    let before = text.get(..position).unwrap_or_default();
    if before.is_empty() || before.ends_with('\n') {
        splices.insert(position, lines);
    } else {
        splices.insert(position, format!("\n{}", lines.trim_end_matches('\n')));
    }
}

/// Adds entries in front of the closing brace or bracket. What separates the existing ones separates the new.
fn insert_in_flow(splices: &mut Splices, collection: NodeRef<'_>, entries: &[String]) {
    let range = collection.range();
    let text = collection.tree().text();
    let children: Vec<_> = match collection.kind() {
        Kind::Mapping => collection.own_entries().map(|(key, value)| key.range().start..value.range().end).collect(),
        _ => collection.elements().map(NodeRef::range).collect(),
    };
    let (Some(first), Some(last)) = (children.first(), children.last()) else {
        splices.insert(range.end.saturating_sub(1), entries.join(", "));
        return;
    };
    let lead = text.get(range.start + 1..first.start).unwrap_or_default();
    let white = lead.len() - lead.trim_end().len();
    let gap = match lead.get(lead.len() - white..) {
        Some(gap) if gap.contains('\n') => gap.replace("\r\n", "\n"),
        _ => " ".to_owned(),
    };
    if last.is_empty() || last.end < last.start || ends_in_empty_value(collection) {
        // What ends in an empty value has no end that could be seen: `{a: }`, `{a}`.
        let added: String = entries.iter().flat_map(|entry| [entry, ",", &gap]).collect();
        splices.insert(first.start, added);
        return;
    }
    let added: String = entries.iter().flat_map(|entry| [",", &gap, entry]).collect();
    splices.insert(last.end, added);
}

fn ends_in_empty_value(collection: NodeRef<'_>) -> bool {
    collection.own_entries().last().is_some_and(|(_, value)| value.range().is_empty())
}

/// Writes a JSON value over the value of a key that is there, on its line.
fn replace_in_place(splices: &mut Splices, mapping: NodeRef<'_>, key: &str, value: &Value) -> Result<(), EditError> {
    let Some((name, old)) = mapping.entry(key) else { return Ok(()) };
    let json = flow(value)?;
    let range = old.range();
    if old.has_tag() || old.shape() == Shape::Block || (range.is_empty() && mapping.is_flow()) {
        return Err(EditError::Unusual(key.to_owned()));
    }
    if range.is_empty() {
        splices.insert(behind_colon(mapping.tree().text(), name, old, key)?, format!(" {json}"));
    } else {
        splices.replace(range, json);
    }
    Ok(())
}

/// The byte behind the colon of a key whose value is empty or stands on the lines below, and has no properties.
fn behind_colon(text: &str, name: NodeRef<'_>, value: NodeRef<'_>, key: &str) -> Result<usize, EditError> {
    let start = name.range().end;
    let line = text.get(start..line_end(text, start)).unwrap_or_default();
    let spaces = line.len() - line.trim_start_matches(' ').len();
    let rest = line.get(spaces..).and_then(|rest| rest.strip_prefix(':')).map(str::trim);
    let alone = rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('#'));
    let explicit = text.get(line_start(text, name.range().start)..name.range().start).is_some_and(|l| l.contains('?'));
    if !alone || explicit || value.has_tag() || value.is_shared() {
        return Err(EditError::Unusual(key.to_owned()));
    }
    Ok(start + spaces + 1)
}

/// The mapping `{a: {b: text}}` for the path `a`, `b`.
fn nested(path: Option<&[&str]>, text: &str) -> Value {
    let keys = path.unwrap_or_default();
    keys.iter().rev().fold(Value::from(text), |value, key| Value::Object(Map::from_iter([((*key).to_owned(), value)])))
}

/// The value of a key that is written in this very mapping. Nothing where the key is not there at all; an error where
/// it comes from somewhere else, through an alias or a merge key.
fn own<'t>(mapping: NodeRef<'t>, key: &str) -> Result<Option<NodeRef<'t>>, ()> {
    let written = mapping.own_entries().find(|(name, _)| name.scalar_text() == Some(key)).map(|(_, value)| value);
    match written {
        None if mapping.get(key).is_some() => Err(()),
        _ if mapping.is_shared() => Err(()),
        written => Ok(written),
    }
}

fn is_empty_mapping(node: NodeRef<'_>) -> bool {
    node.kind() == Kind::Mapping && node.own_entries().next().is_none()
}

fn first_key_start(mapping: NodeRef<'_>) -> usize {
    mapping.own_entries().next().map_or(0, |(key, _)| key.range().start)
}
