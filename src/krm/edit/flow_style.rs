//! Edits of collections in flow style, JSON among them.

use std::borrow::Cow;
use std::ops::Range;

use crate::krm::node::{Kind, NodeRef};
use crate::krm::splice::Splices;

/// Adds entries in front of the closing brace or bracket. What separates the existing ones separates the new.
pub(super) fn insert_in_flow(splices: &mut Splices, collection: NodeRef<'_>, entries: &[String]) {
    let range = collection.range();
    let text = collection.tree().text();
    let children = children(collection);
    let (Some(first), Some(last)) = (children.first(), children.last()) else {
        splices.insert(range.end.saturating_sub(1), entries.join(", "));
        return;
    };
    let lead = text.get(range.start + 1..first.start).unwrap_or_default();
    let white = lead.len() - lead.trim_end().len();
    let gap = match lead.get(lead.len() - white..) {
        Some(gap) if gap.contains('\n') => Cow::Owned(gap.replace("\r\n", "\n")),
        _ => Cow::Borrowed(" "),
    };
    if last.is_empty() || last.end < last.start || ends_in_empty_value(collection) {
        // What ends in an empty value has no end that could be seen: `{a: }`, `{a}`.
        let added: Vec<&str> = entries.iter().flat_map(|entry| [entry, ",", &gap]).collect();
        splices.insert(first.start, added.concat());
        return;
    }
    let added: Vec<&str> = entries.iter().flat_map(|entry| [",", &gap, entry]).collect();
    splices.insert(last.end, added.concat());
}

fn ends_in_empty_value(collection: NodeRef<'_>) -> bool {
    collection.own_entries().last().is_some_and(|(_, value)| value.range().is_empty())
}

/// Adds entries in front of another one of a list, so that [`remove_from_flow`] takes out exactly what was put in.
pub(super) fn insert_before_in_flow(
    splices: &mut Splices,
    list: NodeRef<'_>,
    removed: &[usize],
    position: usize,
    entries: &[String],
) {
    let children = children(list);
    let kept_before = (0..position).rev().find(|before| !removed.contains(before));
    match (kept_before.and_then(|before| children.get(before)), children.get(position)) {
        (Some(before), _) => {
            splices.insert(before.end, entries.iter().flat_map(|entry| [", ", entry]).collect::<String>());
        }
        (None, Some(first)) => {
            splices.insert(first.start, entries.iter().flat_map(|entry| [entry.as_str(), ", "]).collect::<String>());
        }
        (None, None) => splices.insert(list.range().end.saturating_sub(1), entries.join(", ")),
    }
}

/// The spans of a flow collection's entries: of a mapping from key to value.
fn children(collection: NodeRef<'_>) -> Vec<Range<usize>> {
    match collection.kind() {
        Kind::Mapping => collection.own_entries().map(|(key, value)| key.range().start..value.range().end).collect(),
        _ => collection.elements().map(NodeRef::range).collect(),
    }
}

/// Takes entries out of a flow collection, by position: each with the comma in front of it, the first ones with the comma
/// behind.
pub(super) fn remove_from_flow(splices: &mut Splices, list: NodeRef<'_>, positions: &[usize]) {
    let ranges = children(list);
    if positions.len() == ranges.len() {
        splices.replace(list.range(), if list.kind() == Kind::Mapping { "{}" } else { "[]" });
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
