//! The items of a list that edits are in, as a list of their own: all that has to be read again of a large one.
//!
//! In a list of the ways that the reader over lines knows, an item is the lines from its dash to the next one's, and
//! means the same wherever they stand. So the lines of all other items need no second look: they are the ones that were
//! there before.

use std::iter::Peekable;
use std::ops::Range;

use super::changes::{Changes, Expected};
use super::item::{Item, ItemId, Items};
use super::node::NodeRef;
use super::splice::Splices;
use super::tree::{Shape, Tree};
use super::verify;
use super::wanted::Interest;

/// What the list begins with. Its kind is what tells the reader that there are objects in it.
const HEAD: &str = "apiVersion: v1\nkind: List\nitems:\n";

/// How much is read again at once, in bytes: what a processor keeps at hand, and hardly more memory.
const AT_ONCE: usize = 64 << 10;

/// Whether reading the edited items of `list` again, as they will be, shows the same objects, with the lists that they are
/// expected to have; where it does not, reading the whole outcome will tell why. The entries of `list` are all of `items`.
///
/// None where it takes the whole list to tell what comes of it: something is removed, the list is written in an unusual
/// way, or an edit reaches beyond its item.
pub(super) fn shows(
    list: NodeRef<'_>,
    items: &Items<'_>,
    changes: &Changes,
    splices: &mut Splices,
    interest: Interest,
) -> Option<bool> {
    let (tree, text) = (list.tree(), list.tree().text());
    let is_usual = tree.ordinary && list.shape() == Shape::BlockSequence && text.ends_with('\n');
    if !is_usual || !changes.removed.is_empty() {
        return None;
    }
    let mut edited = changes.edited.clone();
    edited.sort_unstable();
    edited.dedup();
    let mut expected: Vec<&Expected> = changes.expected.iter().collect();
    expected.sort_by_key(|expected| expected.item);
    let mut edits = splices.in_order().iter().peekable();
    let mut expected = expected.into_iter().peekable();
    let mut excerpt = Excerpt::new();
    let mut is_right = true;
    for item in edited {
        excerpt.push(item, text, items.lines_of(item)?, &mut edits)?;
        if excerpt.text.len() >= AT_ONCE {
            is_right &= excerpt.shows(items, interest, &mut expected);
            excerpt.clear();
        }
    }
    is_right &= excerpt.shows(items, interest, &mut expected);
    edits.next().is_none().then_some(is_right && expected.next().is_none())
}

/// Edited items of a list, as they will be.
struct Excerpt {
    text: String,
    /// Their numbers, in order.
    items: Vec<ItemId>,
}

impl Excerpt {
    fn new() -> Self {
        Self { text: HEAD.to_owned(), items: Vec::new() }
    }

    fn clear(&mut self) {
        self.text.truncate(HEAD.len());
        self.items.clear();
    }

    /// Adds an item, whose lines are these, with its edits made, which are the next ones. None where one reaches beyond it.
    fn push<'e>(
        &mut self,
        item: ItemId,
        text: &str,
        lines: Range<usize>,
        edits: &mut Peekable<impl Iterator<Item = &'e (Range<usize>, String)>>,
    ) -> Option<()> {
        let mut position = lines.start;
        while let Some((range, new)) = edits.next_if(|(range, _)| position <= range.start && range.end <= lines.end) {
            self.text.push_str(text.get(position..range.start)?);
            self.text.push_str(new);
            position = range.end;
        }
        self.text.push_str(text.get(position..lines.end)?);
        self.items.push(item);
        Some(())
    }

    /// Whether reading it shows the objects that these items were `before`, with the lists that the next of `expected` say.
    fn shows<'e>(
        &self,
        before: &Items<'_>,
        interest: Interest,
        expected: &mut Peekable<impl Iterator<Item = &'e Expected>>,
    ) -> bool {
        let Ok(tree) = Tree::parse_wanted(&self.text, interest) else { return false };
        let list = tree.document(0).and_then(|root| root.get("items"));
        let found: Vec<Item<'_>> = list.into_iter().flat_map(NodeRef::elements).map(Item::apart).collect();
        let is_same = |id: ItemId, after: Item<'_>| before.get(id).map(Item::reference) == Some(after.reference());
        let mut is_expected = |id: ItemId, after: Item<'_>| {
            let mut lists = std::iter::from_fn(|| expected.next_if(|expected| expected.item == id));
            lists.all(|expected| verify::says_list(after, expected.list, &expected.entries))
        };
        tree.ordinary
            && found.len() == self.items.len()
            && self.items.iter().zip(found).all(|(id, after)| is_same(*id, after) && is_expected(*id, after))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{AT_ONCE, ItemId, shows};
    use crate::krm::wanted::{Wanted, everything};
    use crate::krm::{Changes, NodeRef, ResourceList, Splices, set_field};
    use crate::value;

    const LIST: &str = "\
apiVersion: config.kubernetes.io/v1
kind: ResourceList
items:
- apiVersion: x/v1
  kind: A
  metadata: {name: a}
  spec:
    http:
    - name: one
# Between the two.
- apiVersion: x/v1
  kind: B
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
        shows(entries(&list), list.items(), &changes, &mut splices, all_but_b)
    }

    fn entries<'t>(list: &'t ResourceList<'_>) -> NodeRef<'t> {
        let item = list.items().iter().next().expect("an item");
        item.node.tree().document(0).and_then(|root| root.get("items")).expect("items")
    }

    fn all_but_b(api_version: &str, kind: &str) -> Wanted {
        assert_ne!(kind, "B", "only what is edited is read again");
        everything(api_version, kind)
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

    /// More items of some eighty bytes than are read again at once.
    const MANY: usize = AT_ONCE / 20;

    /// What is shown of more items than are read again at once, all edited, when `wrong` of them is to say something else.
    fn shown_of_many(wrong: Option<usize>) -> Option<bool> {
        let (head, item) = LIST.split_at(LIST.find("- apiVersion: x/v1").expect("an item"));
        let item = item.get(..item.find('#').expect("a comment")).expect("an item");
        let text = format!("{head}{}", item.repeat(MANY));
        let list = ResourceList::parse(&text).expect("a list");
        let mut changes = list.changes();
        // In any order: what is merged into comes behind what is labelled.
        for (position, item) in list.items().iter().collect::<Vec<_>>().into_iter().enumerate().rev() {
            let edited = changes.edit(list.items(), item.id, |splices, item| {
                set_http(json!([{"name": position}]))(splices, item.node);
                Ok(())
            });
            edited.expect("an edit");
            let said = if wrong == Some(position) { json!({"name": "?"}) } else { json!({"name": position}) };
            changes.expect(item.id, "http", vec![said.into()]);
        }
        let mut splices = std::mem::take(&mut changes.splices).pop().expect("one source");
        shows(entries(&list), list.items(), &changes, &mut splices, everything)
    }

    #[test]
    fn more_than_is_read_at_once_is_shown_all_the_same() {
        assert_eq!(shown_of_many(None), Some(true));
        assert_eq!(shown_of_many(Some(0)), Some(false));
        assert_eq!(shown_of_many(Some(MANY / 2)), Some(false), "in the middle");
    }

    #[test]
    fn a_list_that_is_expected_of_an_item_that_is_not_edited_is_not_shown() {
        let list = ResourceList::parse(LIST).expect("a list");
        let mut changes = list.changes();
        changes.expect(list.items().iter().next().expect("an item").id, "http", vec![json!({"name": "one"}).into()]);
        assert_eq!(shows(entries(&list), list.items(), &changes, &mut Splices::default(), all_but_b), Some(false));
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
