//! Edits of a mapping or a list in the bytes it was written in: block additions to block collections, JSON to flow
//! ones. Each puts replacements into a [`Splices`]; nothing else of the text changes. What was added and is taken out
//! again leaves the bytes that were there before.

mod flow_style;
mod list;

use serde::Serialize;
use thiserror::Error;

use super::emit::{EmitError, block, block_field, block_field_lines, flow};
use super::extent::{column, ends_in_open_block_scalar, line_end, line_start, lines_end};
use super::node::{Kind, NodeRef};
use super::splice::{Overlap, Splices};
use super::tree::Shape;
use crate::value::Value;
use flow_style::{insert_in_flow, remove_from_flow};

pub use list::{append_entries, append_entries_plainly, insert_entries, remove_entries};
pub(super) use list::{append_written, style_of};

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
        insert_in_flow(splices, mapping, &[flow(&key)? + ": " + &flow(value)?]);
        return Ok(());
    }
    insert_block_field(splices, mapping, key, value, |_| lines_end(mapping))
}

/// Takes a key that was added, and its value, out of a mapping.
///
/// # Errors
/// [`EditError`] when the mapping is shared with other places, or the key stands where nothing of ours would.
pub fn remove_field(splices: &mut Splices, mapping: NodeRef<'_>, key: &str) -> Result<(), EditError> {
    let shared = || EditError::Shared(key.to_owned());
    let Some(value) = own(mapping, key).map_err(|()| shared())? else { return Ok(()) };
    let Some((name, _)) = mapping.entry(key) else { return Ok(()) };
    let position = mapping.own_entries().position(|(other, _)| other.range() == name.range()).unwrap_or_default();
    if mapping.is_flow() {
        remove_from_flow(splices, mapping, &[position]);
        return Ok(());
    }
    let text = mapping.tree().text();
    let start = line_start(text, name.range().start);
    let alone = text.get(start..name.range().start).is_some_and(|margin| margin.trim().is_empty());
    // The only key of a mapping takes the mapping with it, which is for the caller to do.
    if !alone || mapping.own_entries().count() == 1 {
        return Err(EditError::Unusual(key.to_owned()));
    }
    splices.remove(start..lines_end(value));
    Ok(())
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
    if ends_in_open_block_scalar(mapping) {
        splices.insert(first_key, block_field(key, value, indent)? + &" ".repeat(indent));
    } else {
        insert_lines(splices, text, position(indent), block_field_lines(key, value, indent)?);
    }
    Ok(())
}

/// Puts whole lines in at the start of a line, or at the end of a text that lacks its final line break, which then
/// still lacks it.
pub(super) fn insert_lines(splices: &mut Splices, text: &str, position: usize, lines: String) {
    insert_pieces(splices, text, position, vec![lines]);
}

/// As [`insert_lines`], in several pieces.
fn insert_pieces(splices: &mut Splices, text: &str, position: usize, mut pieces: Vec<String>) {
    let before = text.get(..position).unwrap_or_default();
    if !before.is_empty() && !before.ends_with('\n') {
        if !splices.begin_line_at(text, position) {
            splices.insert(position, "\n");
        }
        if let Some(last) = pieces.last_mut() {
            last.truncate(last.trim_end_matches('\n').len());
        }
    }
    for piece in pieces {
        splices.insert(position, piece);
    }
}

/// Writes a value over that of a key that is there, on its line: text as it would be written anew there, so that it cannot be
/// told what stood in its place, and the rest as JSON.
fn replace_in_place(splices: &mut Splices, mapping: NodeRef<'_>, key: &str, value: &Value) -> Result<(), EditError> {
    let Some((name, old)) = mapping.entry(key) else { return Ok(()) };
    let written = match value {
        Value::String(_) if !mapping.is_flow() => block(value, 0)?,
        _ => flow(value)?,
    };
    let written = written.trim_end_matches('\n');
    let range = old.range();
    if old.has_tag() || old.shape() == Shape::Block || (range.is_empty() && mapping.is_flow()) {
        return Err(EditError::Unusual(key.to_owned()));
    }
    if range.is_empty() {
        splices.insert(behind_colon(mapping.tree().text(), name, old, key)?, format!(" {written}"));
    } else {
        splices.replace(range, written);
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
    keys.iter().rev().fold(Value::from(text), |value, key| Value::from_iter([(*key, value)]))
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
