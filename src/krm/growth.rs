//! Trees that grow node by node, as both readers build them.

use std::cell::Cell;
use std::collections::HashMap;
use std::ops::Range;

use super::node::NodeRef;
use super::tree::{DocumentSpan, NO_PAYLOAD, Node, Shape, TagKind, Tree, TreeError};

/// Mappings up to this many keys are checked for duplicates pair by pair, larger ones through a hash map.
const SMALL_MAPPING: usize = 12;

/// How many bytes of a configuration there are to a node, where most of it is not read.
const BYTES_PER_NODE: usize = 16;

/// A tree that grows node by node, in the order of the text. Both readers build theirs with it.
pub(super) struct Growth<'s> {
    pub(super) tree: Tree<'s>,
    open: Vec<u32>,
    /// Where the next document's own lines begin.
    pub(super) document_start: usize,
}

impl<'s> Growth<'s> {
    pub(super) fn new(text: &'s str) -> Self {
        // Room that is not used costs nothing, and growing would leave holes behind.
        let nodes = Vec::with_capacity(text.len() / BYTES_PER_NODE);
        let (unescaped, documents) = (Vec::new(), Vec::new());
        let tree = Tree { text, nodes, unescaped, documents, ordinary: false, repeated: Cell::new(0) };
        Self { tree, open: Vec::new(), document_start: 0 }
    }

    /// Adds a node without children and returns its number.
    pub(super) fn leaf(&mut self, shape: Shape, range: Range<usize>) -> u32 {
        let index = offset(self.tree.nodes.len());
        if self.open.is_empty() {
            self.tree.documents.push(DocumentSpan { root: index, start: offset(self.document_start) });
        }
        self.tree.nodes.push(Node {
            start: offset(range.start),
            end: offset(range.end),
            link: NO_PAYLOAD,
            shape,
            anchored: false,
            tag: TagKind::None,
        });
        index
    }

    /// Adds a scalar whose value is not a slice of the text.
    pub(super) fn unescaped_leaf(&mut self, shape: Shape, range: Range<usize>, value: &str) -> u32 {
        let index = self.leaf(shape, range);
        let payload = offset(self.tree.unescaped.len());
        self.tree.unescaped.push(value.into());
        self.change(index, |node| node.link = payload);
        index
    }

    /// Opens a collection; what is added from now on is in it.
    pub(super) fn open(&mut self, shape: Shape, start: usize) -> u32 {
        let index = self.leaf(shape, start..start);
        self.open.push(index);
        index
    }

    /// Closes the innermost collection, as [`Growth::close_checked`] does. No key may be there twice.
    pub(super) fn close(&mut self, end: usize) -> Result<(), TreeError> {
        self.close_checked(end).map_or(Ok(()), |index| self.check_keys(index))
    }

    /// Closes the innermost collection, whose keys are different, and gives its number. A flow collection ends at `end`; a
    /// block collection has no end of its own, and starts where its first child does.
    pub(super) fn close_checked(&mut self, end: usize) -> Option<u32> {
        let index = self.open.pop()?;
        let after = offset(self.tree.nodes.len());
        let first_child = self.tree.nodes.get(index as usize + 1).filter(|_| after > index + 1).map(|node| node.start);
        self.change(index, |node| {
            node.link = after;
            match node.shape {
                Shape::FlowMapping | Shape::FlowSequence | Shape::Unread => node.end = offset(end),
                _ => {
                    node.start = first_child.unwrap_or(node.start);
                    node.end = node.start;
                }
            }
        });
        Some(index)
    }

    /// The text of the scalar that was added last, where it is written as it is.
    pub(super) fn last_text(&self) -> Option<&'s str> {
        let node = self.tree.nodes.last().filter(|node| node.payload().is_none())?;
        let range = node.start as usize..node.end as usize;
        match node.shape {
            Shape::Plain => self.tree.text.get(range),
            Shape::Quoted => self.tree.text.get(range)?.get(1..)?.strip_suffix(['"', '\'']),
            _ => None,
        }
    }

    /// How many collections are open.
    pub(super) fn depth(&self) -> usize {
        self.open.len()
    }

    pub(super) fn change(&mut self, index: u32, change: impl FnOnce(&mut Node)) {
        if let Some(node) = self.tree.nodes.get_mut(index as usize) {
            change(node);
        }
    }

    fn check_keys(&self, mapping: u32) -> Result<(), TreeError> {
        let mapping = NodeRef::new(&self.tree, mapping);
        let mut known = KnownKeys::default();
        for (key, _) in mapping.own_entries() {
            // What has no text, a collection or an alias, is some other key in any case.
            let Some(text) = key.scalar_text() else { return check_any_keys(mapping) };
            known.note(Some(text.as_bytes()));
        }
        if known.are_surely_different() { Ok(()) } else { check_any_keys(mapping) }
    }
}

/// The keys of a mapping, as far as is needed to be sure that each is there once. Of most mappings that is little.
#[derive(Default)]
pub(super) struct KnownKeys {
    resemblances: [u32; SMALL_MAPPING],
    count: usize,
    /// Two of them may be the same.
    alike: bool,
}

impl KnownKeys {
    /// Notes what a key says; none where that takes more than a look at the text.
    pub(super) fn note(&mut self, key: Option<&[u8]>) {
        let (known, rest) = self.resemblances.split_at_mut_checked(self.count).unwrap_or_default();
        let (Some(key), Some(place)) = (key, rest.first_mut()) else {
            self.alike = true;
            return;
        };
        let new = resemblance(key);
        self.alike |= known.contains(&new);
        *place = new;
        self.count += 1;
    }

    /// Whether no two of them are the same.
    pub(super) fn are_surely_different(&self) -> bool {
        !self.alike
    }
}

/// The same for equal texts, and seldom for others: the length and both ends.
fn resemblance(text: &[u8]) -> u32 {
    let byte = |byte: Option<&u8>| u32::from(byte.copied().unwrap_or_default());
    offset(text.len()) << 16 | byte(text.first()) << 8 | byte(text.last())
}

/// Looks for the first key that is there already, in a mapping with many keys or with unusual ones.
fn check_any_keys(mapping: NodeRef<'_>) -> Result<(), TreeError> {
    let mut seen = HashMap::new();
    for (key, _) in mapping.own_entries() {
        let Some(text) = key.resolved().scalar_text() else { continue };
        if let Some(first) = seen.insert(text, key) {
            return Err(TreeError::DuplicateKey { key: text.to_owned(), first: first.range(), second: key.range() });
        }
    }
    Ok(())
}

/// Offsets and node numbers fit: a node needs at least a byte, and the text was checked against `u32` at the door.
pub(super) fn offset(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(NO_PAYLOAD)
}
