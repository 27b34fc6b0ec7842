//! Edits of a mapping or a list in the bytes it was written in: block additions to block collections, JSON to flow
//! ones. Each puts replacements into a [`Splices`]; nothing else of the text changes.

use serde::Serialize;
use serde_json::{Map, Value};
use thiserror::Error;

use super::emit::{EmitError, block_entry, block_field, flow};
use super::extent::{behind_trailing_comments, column, entry_lines, line_end, lines_end};
use super::node::{Kind, NodeRef};
use super::splice::Splices;
use super::tree::Shape;

/// What is left of a list that lost all its entries.
pub(super) const NO_ENTRIES: [(); 0] = [];

/// Why an edit was not made.
#[derive(Debug, Error)]
pub enum EditError {
    /// The place is shared through an anchor or an alias: an edit here would change other places as well.
    #[error("`{0}` is shared through a YAML anchor or alias")]
    Shared(String),
    /// Something that is no mapping stands where one is needed.
    #[error("`{0}` is not a mapping")]
    NotAMapping(String),
    /// See [`EmitError`].
    #[error(transparent)]
    Emit(#[from] EmitError),
}

/// Sets the text at the end of `path` below `mapping`, making the mappings on the way that are not there yet.
///
/// # Errors
/// [`EditError`] when a mapping on the way is shared with other places, or is no mapping.
pub fn set_text(splices: &mut Splices, mapping: NodeRef<'_>, path: &[&str], text: &str) -> Result<(), EditError> {
    let Some((last, parents)) = path.split_last() else { return Ok(()) };
    let mut place = mapping;
    for (depth, key) in parents.iter().enumerate() {
        let walked = || path.get(..=depth).unwrap_or_default().join(".");
        match own(place, key) {
            None => return insert_field(splices, place, key, &nested(path.get(depth + 1..), text)),
            Some(value) if value.is_shared() => return Err(EditError::Shared(walked())),
            Some(value) if value.is_null() || is_empty_mapping(value) => {
                return replace_in_place(splices, place, key, &nested(path.get(depth + 1..), text));
            }
            Some(value) if value.kind() != Kind::Mapping => return Err(EditError::NotAMapping(walked())),
            Some(value) => place = value,
        }
    }
    match own(place, last) {
        None => insert_field(splices, place, last, &text),
        Some(_) => replace_in_place(splices, place, last, &Value::from(text)),
    }
}

/// Replaces the value of `key`, whole, or adds it.
///
/// # Errors
/// [`EmitError`] for a value without a YAML form.
pub fn set_field(
    splices: &mut Splices,
    mapping: NodeRef<'_>,
    key: &str,
    value: &impl Serialize,
) -> Result<(), EditError> {
    let found = mapping.own_entries().find(|(name, _)| name.scalar_text() == Some(key));
    let Some((name, old)) = found else { return insert_field(splices, mapping, key, value) };
    if mapping.is_flow() {
        splices.replace(old.range(), flow(value)?);
        return Ok(());
    }
    let text = mapping.tree().text();
    let start = name.range().start;
    let end = lines_end(old);
    let mut field = block_field(key, value, column(text, start))?;
    if !text.get(start..end).unwrap_or_default().ends_with('\n') {
        field.truncate(field.trim_end_matches('\n').len());
    }
    splices.replace(start..end, field);
    Ok(())
}

/// Adds `key: value` behind the last entry of a mapping, in the mapping's own style.
///
/// # Errors
/// [`EmitError`] for a value without a YAML form.
pub fn insert_field(
    splices: &mut Splices,
    mapping: NodeRef<'_>,
    key: &str,
    value: &impl Serialize,
) -> Result<(), EditError> {
    if mapping.is_flow() {
        let entry = format!("{}: {}", flow(&key)?, flow(value)?);
        insert_in_flow(splices, mapping, &[entry]);
        return Ok(());
    }
    let text = mapping.tree().text();
    let indent = column(text, first_key_start(mapping));
    let field = format!("{}{}", " ".repeat(indent), block_field(key, value, indent)?);
    insert_lines(splices, text, lines_end(mapping), &field);
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
    if ends_in_open_block_scalar(text, list) {
        // A block scalar at the end of a text without a final line break would gain one, and change its value:
        // the additions go in front of its item.
        splices.insert(final_entry.start, block);
        return Ok(());
    }
    let position = behind_trailing_comments(text, final_entry.end, indent);
    // A comment directly above an entry is that entry's: a blank line keeps a trailing one with the entry before.
    let line_above = text.get(..position).unwrap_or_default().trim_end_matches(['\r', '\n']);
    let above_is_comment = position > final_entry.end
        && line_above
            .get(super::extent::line_start(text, line_above.len())..)
            .unwrap_or_default()
            .trim()
            .starts_with('#');
    let gap = if above_is_comment { "\n" } else { "" };
    insert_lines(splices, text, position, &format!("{gap}{block}"));
    Ok(())
}

/// Takes entries out of a list, by position. A list that loses them all must be dealt with by the caller.
pub fn remove_entries(splices: &mut Splices, list: NodeRef<'_>, floor: usize, positions: &[usize]) {
    if list.shape() == Shape::FlowSequence {
        remove_from_flow(splices, list, positions);
        return;
    }
    let lines = entry_lines(list, floor);
    for position in positions {
        if let Some(range) = lines.get(*position) {
            splices.remove(range.clone());
        }
    }
}

/// An entry of a flow list goes with the comma in front of it, the first ones with the comma behind.
fn remove_from_flow(splices: &mut Splices, list: NodeRef<'_>, positions: &[usize]) {
    let ranges: Vec<_> = list.elements().map(NodeRef::range).collect();
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
    let Some(last) = children.last() else {
        splices.insert(range.end.saturating_sub(1), entries.join(", "));
        return;
    };
    let lead = text.get(range.start + 1..last.start).unwrap_or_default();
    let white = lead.len() - lead.trim_end().len();
    let gap = match lead.get(lead.len() - white..) {
        Some(gap) if gap.contains('\n') => gap.replace("\r\n", "\n"),
        _ => " ".to_owned(),
    };
    let added: String = entries.iter().flat_map(|entry| [",", &gap, entry]).collect();
    splices.insert(last.end, added);
}

fn ends_in_open_block_scalar(text: &str, list: NodeRef<'_>) -> bool {
    let leaf = super::extent::last_leaf(list);
    leaf.shape() == Shape::Block && !text.ends_with('\n') && line_end(text, leaf.range().end) == text.len()
}

/// Writes a JSON value over the value of a key that is there, on its line.
fn replace_in_place(splices: &mut Splices, mapping: NodeRef<'_>, key: &str, value: &Value) -> Result<(), EditError> {
    let Some((name, old)) = mapping.own_entries().find(|(name, _)| name.scalar_text() == Some(key)) else {
        return Ok(());
    };
    let json = flow(value)?;
    let range = old.range();
    if !range.is_empty() {
        splices.replace(range, json);
        return Ok(());
    }
    let text = mapping.tree().text();
    let behind = text.get(name.range().end..).unwrap_or_default();
    let colon = name.range().end + behind.find(':').map_or(0, |position| position + 1);
    splices.insert(colon, format!(" {json}"));
    Ok(())
}

/// The mapping `{a: {b: text}}` for the path `a`, `b`.
fn nested(path: Option<&[&str]>, text: &str) -> Value {
    let keys = path.unwrap_or_default();
    keys.iter().rev().fold(Value::from(text), |value, key| Value::Object(Map::from_iter([((*key).to_owned(), value)])))
}

fn own<'t>(mapping: NodeRef<'t>, key: &str) -> Option<NodeRef<'t>> {
    mapping.own_entries().find(|(name, _)| name.scalar_text() == Some(key)).map(|(_, value)| value)
}

fn is_empty_mapping(node: NodeRef<'_>) -> bool {
    node.kind() == Kind::Mapping && node.own_entries().next().is_none()
}

fn first_key_start(mapping: NodeRef<'_>) -> usize {
    mapping.own_entries().next().map_or(0, |(key, _)| key.range().start)
}
