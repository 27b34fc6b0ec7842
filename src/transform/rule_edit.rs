//! The edit of a rule of the user's, in its bytes.

use crate::inventory::{ADDED_ANNOTATION, Added, AddedField};
use crate::krm::{
    EditError, Item, NodeRef, Splices, append_entries_plainly, insert_entries, insert_field, remove_entries,
    remove_field, set_field, set_text,
};
use crate::plan::RuleEdit;

/// Makes the edit, and notes it in the rule's annotation.
///
/// # Errors
/// [`EditError`] where the rule is written in a way in which that cannot be done.
pub(super) fn apply(splices: &mut Splices, item: Item<'_>, edit: &RuleEdit) -> Result<(), EditError> {
    let Some(spec) = item.node.get("spec") else { return Err(EditError::NotAMapping("spec".to_owned())) };
    // A subset at the end of a route stands in front of what is put in between that route and the next: what is added
    // first at a place comes first there.
    for change in &edit.subsets {
        let route = spec.get(edit.list).and_then(|list| list.elements().nth(change.route));
        let destination = route
            .and_then(|route| route.descend(&change.place))
            .ok_or_else(|| EditError::NotAMapping(format!("{}[{}].{}", edit.list, change.route, change.place)))?;
        match &change.subset {
            None => remove_field(splices, destination, "subset")?,
            Some(subset) => set_text(splices, destination, &["subset"], subset)?,
        }
    }
    change_list(splices, spec, edit)?;
    change_note(splices, item, edit)
}

fn change_list(splices: &mut Splices, spec: NodeRef<'_>, edit: &RuleEdit) -> Result<(), EditError> {
    let list = spec.get(edit.list);
    let present = list.map_or(0, |list| list.elements().count());
    let all_go = present > 0 && edit.removed.len() == present && edit.inserted.is_empty();
    match list {
        Some(_) if edit.is_whole_list_ours && all_go && edit.appended.is_empty() => {
            remove_field(splices, spec, edit.list)
        }
        None => insert_field(splices, spec, edit.list, &edit.appended),
        Some(_) if all_go && !edit.appended.is_empty() => set_field(splices, spec, edit.list, &edit.appended),
        Some(list) => {
            remove_entries(splices, spec, edit.list, &edit.removed)?;
            let outcome = edit.outcome.as_deref().unwrap_or_default();
            let groups = edit.inserted.iter().map(|(position, range)| (*position, outcome.get(range.clone())));
            let groups: Vec<_> = groups.filter_map(|(position, group)| Some((position, group?))).collect();
            insert_entries(splices, spec, edit.list, &edit.removed, &groups)?;
            if list.is_null() && !edit.appended.is_empty() {
                return Err(EditError::Unusual(edit.list.to_owned()));
            }
            append_entries_plainly(splices, spec, edit.list, &edit.appended)
        }
    }
}

fn change_note(splices: &mut Splices, item: Item<'_>, edit: &RuleEdit) -> Result<(), EditError> {
    let annotations = item.annotations();
    if !edit.note.is_empty() {
        let mut note = edit.note.clone();
        if annotations.is_none() {
            note.fields.push(AddedField::Annotations);
        }
        let text = serde_json::to_string(&note).unwrap_or_default();
        return set_text(splices, item.node, &["metadata", "annotations", ADDED_ANNOTATION], &text);
    }
    let (Some(annotations), Some(metadata)) = (annotations, item.node.get("metadata")) else { return Ok(()) };
    let note = item.annotation(ADDED_ANNOTATION).and_then(|note| serde_json::from_str::<Added>(note).ok());
    let made = note.is_some_and(|note| note.fields.contains(&AddedField::Annotations));
    // Rewritten by another tool, a mapping that was empty may stand there in block style, where it cannot be empty.
    if annotations.entries().count() == 1 && (made || !annotations.is_flow()) {
        return remove_field(splices, metadata, "annotations");
    }
    remove_field(splices, annotations, ADDED_ANNOTATION)
}
