//! The last look before anything is written: what was not touched must say what it said before.
//!
//! Edits work on lines and bytes, and YAML has more ways to be written than anybody remembers. So wherever the input was
//! unusual, or more was done than adding to it, the outcome is read again and compared item by item.

use foldhash::{HashMap, HashSet};

use super::changes::Expected;
use super::edit::EditError;
use super::item::{Item, ItemId};
use super::node::{Kind, NodeRef};
use super::tree::Shape;
use crate::value::Value;

/// Compares the items of an input that were not removed with those of the output that was made of it. `edited` may differ,
/// and `added` new ones stand together somewhere.
///
/// # Errors
/// [`EditError::WouldChange`] for the first item that says something else afterwards.
pub(super) fn check(kept: &[Item<'_>], found: &[Item<'_>], edited: &[ItemId], added: usize) -> Result<(), EditError> {
    let edited: HashSet<_> = edited.iter().collect();
    if kept.len() + added != found.len() {
        return Err(EditError::WouldChange(format!("{} objects", found.len().abs_diff(kept.len() + added))));
    }
    let same = |before: &Item<'_>, after: &Item<'_>| edited.contains(&before.id) || is_same(before.node, after.node);
    // Additions stand together: behind everything else, or in front of what must stay at the end.
    let Some(split) = kept.iter().zip(found).position(|(before, after)| !same(before, after)) else { return Ok(()) };
    let ends_alike = |split: usize| {
        let behind = kept.iter().skip(split).zip(found.iter().skip(split + added));
        behind.fold(true, |all, (before, after)| all && same(before, after))
    };
    // What is edited may look like anything, and so like the first addition.
    if ends_alike(split) || split.checked_sub(1).is_some_and(ends_alike) {
        return Ok(());
    }
    Err(EditError::WouldChange(kept.get(split).copied().map_or_else(String::new, name_of)))
}

/// Compares lists of edited items with what they are to say. Items keep their order, and additions stand together.
///
/// # Errors
/// [`EditError::WouldChange`] for the first item whose list says something else.
pub(super) fn check_lists(kept: &[Item<'_>], found: &[Item<'_>], expected: &[Expected]) -> Result<(), EditError> {
    let positions: HashMap<ItemId, usize> = kept.iter().enumerate().map(|(at, item)| (item.id, at)).collect();
    for Expected { item, list, entries } in expected {
        let says = |item: &Item<'_>| says_list(*item, list, entries);
        let position = positions.get(item).copied();
        let added = found.len().saturating_sub(kept.len());
        let places = position.into_iter().flat_map(|position| [found.get(position), found.get(position + added)]);
        if !places.flatten().any(says) {
            return Err(EditError::WouldChange(
                kept.get(position.unwrap_or_default()).copied().map_or_else(String::new, name_of),
            ));
        }
    }
    Ok(())
}

/// Whether a list below `spec` of an item says these entries.
pub(super) fn says_list(item: Item<'_>, list: &str, entries: &[Value]) -> bool {
    are_all(item.node.at(&["spec", list]).into_iter().flat_map(NodeRef::elements), entries)
}

/// Whether a node says a value. Never looks further than the value goes, wherever aliases lead.
fn says(node: NodeRef<'_>, value: &Value) -> bool {
    match (node.kind(), value) {
        (Kind::Mapping, Value::Object(fields)) => {
            // Keys are there once, so as many are the same ones. Most are in the same order, too.
            let mut expected = 0;
            let mut is_field = |key: NodeRef<'_>, said| {
                let field = key.resolved().scalar_text().and_then(|name| fields.get_near(name, expected));
                field.is_some_and(|(position, field)| {
                    expected = position + 1;
                    says(said, field)
                })
            };
            let said = node
                .entries()
                .take(fields.len() + 1)
                .try_fold(0, |count, (key, said)| is_field(key, said).then_some(count + 1));
            said == Some(fields.len())
        }
        (Kind::Sequence, Value::Array(entries)) => are_all(node.elements(), entries),
        (Kind::Scalar, Value::String(text)) => node.as_text() == Some(&**text),
        (Kind::Scalar, scalar) => node.read::<Value>().is_ok_and(|said| said == *scalar),
        _ => false,
    }
}

/// Whether nodes say these values, one after the other.
fn are_all<'t>(mut said: impl Iterator<Item = NodeRef<'t>>, values: &[Value]) -> bool {
    let mut values = values.iter();
    said.all(|said| values.next().is_some_and(|value| says(said, value))) && values.next().is_none()
}

fn name_of(item: Item<'_>) -> String {
    format!("{} {}", item.kind(), item.name().unwrap_or("without a name"))
}

/// Whether two nodes say the same: the same structure, tags, anchors and scalars.
fn is_same(before: NodeRef<'_>, after: NodeRef<'_>) -> bool {
    if lines_of(before).is_some_and(|lines| Some(lines) == lines_of(after)) {
        return true;
    }
    let (mut left, mut right) = (before.subtree(), after.subtree());
    loop {
        match (left.next(), right.next()) {
            (None, None) => return true,
            (Some(left), Some(right)) if same_node(left, right) => {}
            _ => return false,
        }
    }
}

/// The lines of a block collection of an ordinary text, without what is behind its last node. The same lines say the same.
fn lines_of(node: NodeRef<'_>) -> Option<&str> {
    let text = node.tree().text();
    let start = node.subtree().nth(1)?.range().start;
    let first_line = text.get(..start)?.rfind('\n').map_or(0, |line_break| line_break + 1);
    let end = node.subtree().last()?.range().end;
    (node.tree().ordinary && !node.is_flow()).then(|| text.get(first_line..end))?
}

fn same_node(before: NodeRef<'_>, after: NodeRef<'_>) -> bool {
    let text = before.tree().text();
    // At the end of a text without a line break, the parser adds one to a block scalar that other readers do not see.
    let open = before.shape() == Shape::Block && before.range().end == text.len() && !text.ends_with('\n');
    if before.shape() == Shape::Unread {
        return after.shape() == Shape::Unread && unread_bytes(before) == unread_bytes(after);
    }
    let (was, is) = (before.scalar_text(), after.scalar_text());
    let same_text = if open { was.map(without_last_break) == is.map(without_last_break) } else { was == is };
    before.shape() == after.shape() && before.has_same_properties(after) && same_text
}

fn without_last_break(text: &str) -> &str {
    text.trim_end_matches('\n')
}

/// What nobody asked for was not read, so that its bytes must speak for it.
fn unread_bytes(node: NodeRef<'_>) -> Option<&str> {
    node.tree().text().get(node.range())
}
