//! The last look before anything is written: what was not touched must say what it said before.
//!
//! Edits work on lines and bytes, and YAML has more ways to be written than anybody remembers. So wherever the input was
//! unusual, or more was done than adding to it, the outcome is read again and compared item by item.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::edit::EditError;
use super::item::{Item, ItemId};
use super::node::NodeRef;
use super::tree::Shape;

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
    // Additions stand behind everything else, or in front of an item that must stay the last.
    let behind = kept.iter().zip(found).find(|(before, after)| !same(before, after));
    let Some((changed, _)) = behind else { return Ok(()) };
    let in_front = kept.len().checked_sub(1).is_some_and(|last| {
        let head = kept.iter().take(last).zip(found).all(|(before, after)| same(before, after));
        head && kept.last().zip(found.last()).is_some_and(|(before, after)| same(before, after))
    });
    if in_front { Ok(()) } else { Err(EditError::WouldChange(name_of(*changed))) }
}

/// Compares lists of edited items with what they are to say. Items keep their order, and additions stand in front of at
/// most the last.
///
/// # Errors
/// [`EditError::WouldChange`] for the first item whose list says something else.
pub(super) fn check_lists(
    kept: &[Item<'_>],
    found: &[Item<'_>],
    expected: &[(ItemId, &'static str, Vec<Value>)],
) -> Result<(), EditError> {
    let positions: HashMap<ItemId, usize> = kept.iter().enumerate().map(|(at, item)| (item.id, at)).collect();
    for (id, list, entries) in expected {
        let says = |item: &Item<'_>| {
            let list = item.node.at(&["spec", list]);
            let said: Vec<Value> = list.and_then(|list| list.read().ok()).unwrap_or_default();
            said == *entries
        };
        let position = positions.get(id).copied();
        let places = position.into_iter().flat_map(|position| [found.get(position), found.last()]);
        if !places.flatten().any(says) {
            return Err(EditError::WouldChange(
                kept.get(position.unwrap_or_default()).copied().map_or_else(String::new, name_of),
            ));
        }
    }
    Ok(())
}

fn name_of(item: Item<'_>) -> String {
    format!("{} {}", item.kind(), item.name().unwrap_or("without a name"))
}

/// Whether two nodes say the same: the same structure, tags, anchors and scalars.
fn is_same(before: NodeRef<'_>, after: NodeRef<'_>) -> bool {
    let (mut left, mut right) = (before.subtree(), after.subtree());
    loop {
        match (left.next(), right.next()) {
            (None, None) => return true,
            (Some(left), Some(right)) if same_node(left, right) => {}
            _ => return false,
        }
    }
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
