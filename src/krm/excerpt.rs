//! The items of a list that edits are in, as a list of their own: all that has to be read again of a large one.
//!
//! In a list of the ways that the reader over lines knows, an item is the lines from its dash to the next one's, and
//! means the same wherever they stand. So the lines of all other items need no second look: they are the ones that were
//! there before.

use super::changes::Changes;
use super::item::{Item, ItemId, Items};
use super::node::NodeRef;
use super::splice::Splices;
use super::tree::{Shape, Tree};
use super::verify;
use super::wanted::Interest;

/// What the list begins with. Its kind is what tells the reader that there are objects in it.
const HEAD: &str = "apiVersion: v1\nkind: List\nitems:\n";

/// The edited items of a list, as they will be.
pub(super) struct Excerpt {
    text: String,
    /// Their numbers, in order.
    items: Vec<ItemId>,
}

impl Excerpt {
    /// Takes the edited items out of the entries of `list`, which are all of `items`. None where it takes the whole list to
    /// tell what comes of it: something is removed, the list is written in an unusual way, or an edit reaches beyond its
    /// item.
    pub(super) fn of(list: NodeRef<'_>, items: &Items<'_>, changes: &Changes, splices: &mut Splices) -> Option<Self> {
        let (tree, text) = (list.tree(), list.tree().text());
        let is_usual = tree.ordinary && list.shape() == Shape::BlockSequence && text.ends_with('\n');
        if !is_usual || !changes.removed.is_empty() {
            return None;
        }
        let mut edited = changes.edited.clone();
        edited.sort_unstable();
        edited.dedup();
        let mut excerpt = HEAD.to_owned();
        let mut edits = splices.in_order().iter().peekable();
        for item in &edited {
            let lines = items.lines_of(*item)?;
            let mut position = lines.start;
            while let Some((range, new)) = edits.next_if(|(range, _)| position <= range.start && range.end <= lines.end)
            {
                excerpt.push_str(text.get(position..range.start)?);
                excerpt.push_str(new);
                position = range.end;
            }
            excerpt.push_str(text.get(position..lines.end)?);
        }
        edits.next().is_none().then_some(Self { text: excerpt, items: edited })
    }

    /// Whether reading it again shows the same objects, with the lists that they are expected to have. Where it does not,
    /// reading the whole outcome will tell why.
    pub(super) fn shows(&self, before: &Items<'_>, interest: Interest, changes: &Changes) -> bool {
        let Ok(tree) = Tree::parse_wanted(&self.text, interest) else { return false };
        let list = tree.document(0).and_then(|root| root.get("items"));
        let found: Vec<Item<'_>> = list.into_iter().flat_map(NodeRef::elements).map(Item::apart).collect();
        let identity = |item: Item<'_>| item.reference();
        let is_same = |(id, after): (&ItemId, &Item<'_>)| before.get(*id).map(identity) == Some(identity(*after));
        let is_expected = |(id, list, entries): &(ItemId, &str, Vec<_>)| {
            let after = self.items.binary_search(id).ok().and_then(|position| found.get(position));
            after.is_some_and(|after| verify::says_list(*after, list, entries))
        };
        tree.ordinary
            && found.len() == self.items.len()
            && self.items.iter().zip(&found).all(is_same)
            && changes.expected.iter().all(is_expected)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Excerpt, ItemId};
    use crate::krm::wanted::everything;
    use crate::krm::{Changes, NodeRef, ResourceList, Splices, set_field};
    use crate::value;

    const LIST: &str = "\
apiVersion: config.kubernetes.io/v1
kind: ResourceList
items:
- kind: A
  metadata: {name: a}
  spec:
    http:
    - name: one
# Between the two.
- kind: B
  metadata: {name: b}
  spec: {}
";

    /// What the excerpt shows after an edit of the first item, if there is one.
    fn shown(edit: impl FnOnce(&mut Splices, NodeRef<'_>), expected: Option<&[Value]>) -> Option<bool> {
        shown_of(LIST, edit, expected)
    }

    fn shown_of(text: &str, edit: impl FnOnce(&mut Splices, NodeRef<'_>), expected: Option<&[Value]>) -> Option<bool> {
        let list = ResourceList::parse(text).expect("a list");
        let mut changes: Changes = list.changes();
        let first: ItemId = list.items().iter().next().expect("an item").id;
        let edited = changes.edit(list.items(), first, |splices, item| {
            edit(splices, item.node);
            Ok(())
        });
        edited.expect("an edit");
        if let Some(entries) = expected {
            changes.expect(first, "http", entries.iter().cloned().map(value::Value::from).collect());
        }
        let mut splices = std::mem::take(&mut changes.splices).pop().expect("one source");
        let entries =
            list.items().get(first).expect("the item").node.tree().document(0).and_then(|root| root.get("items"));
        let excerpt = Excerpt::of(entries.expect("items"), list.items(), &changes, &mut splices)?;
        assert!(!excerpt.text.contains("kind: B"), "only what is edited is read again: {}", excerpt.text);
        Some(excerpt.shows(list.items(), everything, &changes))
    }

    fn set_http(value: Value) -> impl FnOnce(&mut Splices, NodeRef<'_>) {
        move |splices, item| set_field(splices, item.get("spec").expect("spec"), "http", &value).expect("a field")
    }

    #[test]
    fn what_was_meant_is_shown() {
        assert_eq!(shown(set_http(json!([{"name": "two"}])), Some(&[json!({"name": "two"})])), Some(true));
    }

    #[test]
    fn another_list_than_was_meant_is_not() {
        assert_eq!(shown(set_http(json!([{"name": "two"}])), Some(&[json!({"name": "one"})])), Some(false));
        assert_eq!(shown(set_http(json!([])), Some(&[json!({"name": "one"})])), Some(false));
    }

    #[test]
    fn an_edit_that_makes_two_items_of_one_is_not() {
        let split = |splices: &mut Splices, item: NodeRef<'_>| splices.insert(item.range().start, "kind: C\n- ");
        assert_eq!(shown(split, None), Some(false));
    }

    #[test]
    fn an_edit_that_makes_another_object_of_an_item_is_not() {
        let renamed = |splices: &mut Splices, item: NodeRef<'_>| {
            let name = item.at(&["metadata", "name"]).expect("a name").range();
            splices.replace(name, "c");
        };
        assert_eq!(shown(renamed, None), Some(false));
    }

    #[test]
    fn an_edit_beyond_its_item_takes_a_look_at_everything() {
        let beyond = |splices: &mut Splices, _: NodeRef<'_>| splices.insert(LIST.len(), "  x: y\n");
        assert_eq!(shown(beyond, None), None);
    }

    #[test]
    fn so_does_a_list_that_is_written_in_another_way() {
        let nothing = |_: &mut Splices, _: NodeRef<'_>| {};
        assert_eq!(shown_of(LIST.trim_end(), nothing, None), None, "no line break at the end");
        assert_eq!(shown_of(&LIST.replace("kind: A", "kind: &a A"), nothing, None), None, "an anchor");
        assert_eq!(shown_of(LIST, nothing, None), Some(true));
    }
}
