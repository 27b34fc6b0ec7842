//! A node of a [`Tree`], seen from outside: reading a field, and where things lie.

use std::collections::HashSet;
use std::ops::Range;

use super::scalar::{Meaning, is_null, meaning};
use super::tree::{Node, Shape, TagKind, Tree};

/// A node of a tree. Aliases are followed by every reading method, so that a shared mapping reads like its copies.
#[derive(Debug, Clone, Copy)]
pub struct NodeRef<'t> {
    tree: &'t Tree<'t>,
    index: u32,
}

/// What a scalar holds, to the least forgiving YAML reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scalar<'t> {
    /// Text, quoted or plain.
    Text(&'t str),
    /// A number, as it is written.
    Number(&'t str),
    /// A boolean, those of YAML 1.1 included.
    Boolean(bool),
    /// Null, or nothing at all.
    Null,
}

/// What a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Keys and values.
    Mapping,
    /// A list.
    Sequence,
    /// Anything else.
    Scalar,
}

impl Tree<'_> {
    /// The root node of document `index`.
    #[must_use]
    pub fn document(&self, index: usize) -> Option<NodeRef<'_>> {
        let document = self.documents.get(index)?;
        Some(NodeRef::new(self, document.root))
    }
}

impl<'t> NodeRef<'t> {
    pub(super) fn new(tree: &'t Tree<'_>, index: u32) -> Self {
        Self { tree, index }
    }

    pub(super) fn index(self) -> u32 {
        self.index
    }

    pub(super) fn tree(self) -> &'t Tree<'t> {
        self.tree
    }

    fn node(self) -> Option<&'t Node> {
        self.tree.node(self.index)
    }

    pub(super) fn shape(self) -> Shape {
        self.node().map_or(Shape::Plain, |node| node.shape)
    }

    /// What an alias stands for; anything else stands for itself.
    #[must_use]
    pub fn resolved(self) -> Self {
        if self.tree.ordinary {
            return self;
        }
        match self.node() {
            Some(node) if node.shape == Shape::Alias => {
                Self { tree: self.tree, index: node.payload().unwrap_or(self.index) }
            }
            _ => self,
        }
    }

    /// Whether the node is an alias.
    pub(super) fn is_alias(self) -> bool {
        self.shape() == Shape::Alias
    }

    /// Whether the other node is written within this one.
    pub(super) fn contains(self, other: Self) -> bool {
        self.node().is_some_and(|node| (self.index..node.after(self.index)).contains(&other.index))
    }

    /// Whether changing this node in place would change something else too: it is an alias, or has aliases.
    #[must_use]
    pub fn is_shared(self) -> bool {
        self.node().is_some_and(|node| node.anchored || node.shape == Shape::Alias)
    }

    /// Whether tag and anchor are there, or not, on both.
    pub(super) fn has_same_properties(self, other: Self) -> bool {
        let properties = |node: Self| node.node().map(|node| (node.tag, node.anchored));
        properties(self) == properties(other)
    }

    /// The node and everything in it, in the order of the text.
    pub(super) fn subtree(self) -> impl Iterator<Item = NodeRef<'t>> {
        let after = self.node().map_or(self.index, |node| node.after(self.index));
        (self.index..after).map(move |index| NodeRef { tree: self.tree, index })
    }

    /// Whether the node has an explicit tag.
    pub(super) fn has_tag(self) -> bool {
        self.node().is_some_and(|node| node.tag != TagKind::None)
    }

    /// What the node is, aliases followed.
    #[must_use]
    pub fn kind(self) -> Kind {
        match self.resolved().shape() {
            Shape::BlockMapping | Shape::FlowMapping => Kind::Mapping,
            Shape::BlockSequence | Shape::FlowSequence => Kind::Sequence,
            _ => Kind::Scalar,
        }
    }

    /// Whether the node is written with braces or brackets, as in JSON.
    #[must_use]
    pub fn is_flow(self) -> bool {
        matches!(self.shape(), Shape::FlowMapping | Shape::FlowSequence)
    }

    /// The byte range of a scalar or of a flow collection. A block collection has no end of its own: its range is
    /// empty, at its first key or entry.
    #[must_use]
    pub fn range(self) -> Range<usize> {
        self.node().map_or(0..0, |node| node.start as usize..node.end as usize)
    }

    /// What a scalar holds, aliases followed; nothing for collections.
    #[must_use]
    pub fn scalar(self) -> Option<Scalar<'t>> {
        let this = self.resolved();
        let node = this.node()?;
        let text = this.scalar_text()?;
        // Quotes do not count under a tag, as in go-yaml. What is none of what its tag says is refused there; here it is
        // text, which no field takes for a number.
        let looks_like = match (node.shape, node.tag) {
            (Shape::Plain, TagKind::None) | (_, TagKind::Number | TagKind::Boolean | TagKind::Null) => meaning(text),
            (Shape::Plain, TagKind::Other) if text.is_empty() => Meaning::Null,
            _ => Meaning::Text,
        };
        Some(match (looks_like, node.tag) {
            (Meaning::Null, TagKind::None | TagKind::Null | TagKind::Other) => Scalar::Null,
            (Meaning::Boolean(value), TagKind::None | TagKind::Boolean) => Scalar::Boolean(value),
            (Meaning::Number, TagKind::None | TagKind::Number) => Scalar::Number(text),
            _ => Scalar::Text(text),
        })
    }

    /// The characters of a scalar after unescaping, whatever they mean; nothing for collections and aliases.
    pub(super) fn scalar_text(self) -> Option<&'t str> {
        let node = self.node()?;
        if let Some(payload) = node.payload().filter(|_| node.shape != Shape::Alias) {
            return self.tree.unescaped.get(payload as usize).map(AsRef::as_ref);
        }
        let source = self.tree.text.get(self.range())?;
        match node.shape {
            Shape::Plain => Some(source),
            Shape::Quoted => source.get(1..source.len().saturating_sub(1)),
            _ => None,
        }
    }

    /// Whether these are the characters of a scalar, whatever they mean.
    pub(super) fn spells(self, text: &str) -> bool {
        match self.node() {
            // A text of another length need not be looked at.
            Some(node) if node.shape == Shape::Plain && node.payload().is_none() => {
                self.tree.text.as_bytes().get(node.start as usize..node.end as usize) == Some(text.as_bytes())
            }
            _ => self.scalar_text() == Some(text),
        }
    }

    /// How many bytes [`NodeRef::scalar_text`] has, for which most texts need not be looked at.
    pub(super) fn spelled_length(self) -> usize {
        match self.node() {
            Some(node) if node.shape == Shape::Plain && node.payload().is_none() => (node.end - node.start) as usize,
            _ => self.scalar_text().map_or(0, str::len),
        }
    }

    /// The text of a scalar that holds text; nothing for numbers, booleans, null and collections.
    #[must_use]
    pub fn as_text(self) -> Option<&'t str> {
        match self.scalar()? {
            Scalar::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Whether the node is null, in any spelling, or nothing at all.
    #[must_use]
    pub fn is_null(self) -> bool {
        let this = self.resolved();
        this.node().zip(this.scalar_text()).is_some_and(|(node, text)| match node.tag {
            TagKind::None => node.shape == Shape::Plain && is_null(text),
            TagKind::Null => is_null(text),
            TagKind::Other => node.shape == Shape::Plain && text.is_empty(),
            TagKind::Text | TagKind::Number | TagKind::Boolean => false,
        })
    }

    /// The value of `key` in a mapping, aliases and merge keys followed.
    #[must_use]
    pub fn get(self, key: &str) -> Option<NodeRef<'t>> {
        self.entry(key).map(|(_, value)| value)
    }

    /// The key and the value of `key` in a mapping, aliases and merge keys followed.
    #[must_use]
    pub fn entry(self, key: &str) -> Option<(NodeRef<'t>, NodeRef<'t>)> {
        let own = |node: NodeRef<'t>| node.own_entries().find(|(name, _)| name.spells(key));
        let this = self.resolved();
        // The reader over lines knows no merge keys.
        let found = own(this);
        if found.is_some() || self.tree.ordinary {
            return found;
        }
        let mut found = None;
        this.each_merged(&mut |source| found = found.or_else(|| own(source)));
        found
    }

    /// The values of several keys of a mapping, in one pass where that is possible.
    #[must_use]
    pub fn get_each<const N: usize>(self, keys: [&str; N]) -> [Option<NodeRef<'t>>; N] {
        if !self.tree.ordinary {
            return keys.map(|key| self.get(key));
        }
        let mut values = [None; N];
        for (name, value) in self.resolved().own_entries() {
            let wanted = keys.iter().zip(&mut values).find(|(key, _)| name.spells(key));
            if let Some((_, found)) = wanted {
                *found = Some(value);
            }
        }
        values
    }

    /// The value at the end of a path of keys.
    #[must_use]
    pub fn at(self, path: &[&str]) -> Option<NodeRef<'t>> {
        path.iter().try_fold(self, |node, key| node.get(key))
    }

    /// The entries that are written in this very mapping, in order, `<<` among them.
    pub(super) fn own_entries(self) -> impl Iterator<Item = (NodeRef<'t>, NodeRef<'t>)> {
        let mut children = self.children_of(&[Shape::BlockMapping, Shape::FlowMapping]);
        std::iter::from_fn(move || Some((children.next()?, children.next()?)))
    }

    /// All entries of a mapping, aliases followed and merge keys laid out, the mapping's own keys first.
    pub fn entries(self) -> impl Iterator<Item = (NodeRef<'t>, NodeRef<'t>)> {
        if self.tree.ordinary {
            Entries::Own(self.own_entries())
        } else {
            Entries::LaidOut(self.laid_out().into_iter())
        }
    }

    /// The entries of a mapping in any text.
    fn laid_out(self) -> Vec<(NodeRef<'t>, NodeRef<'t>)> {
        let this = self.resolved();
        let mut merges = false;
        let mut entries = Vec::new();
        for (key, value) in this.own_entries() {
            if key.is_merge_key() {
                merges = true;
            } else {
                entries.push((key, value));
            }
        }
        if merges {
            let mut known: HashSet<_> = entries.iter().map(|(key, _)| key.resolved().scalar_text()).collect();
            this.each_merged(&mut |source| {
                let new = source.own_entries().filter(|(key, _)| !key.is_merge_key());
                entries.extend(new.filter(|(key, _)| known.insert(key.resolved().scalar_text())));
            });
        }
        entries
    }

    /// Calls `visit` with every mapping that merge keys bring into this one, nearest first, each once: what it brings
    /// in a second time is there already, and merge keys that name each other twice grow as fast as any alias bomb.
    fn each_merged(self, visit: &mut dyn FnMut(NodeRef<'t>)) {
        let mut waiting: Vec<NodeRef<'t>> = self.merge_sources().collect();
        waiting.reverse();
        let mut visited = HashSet::new();
        while let Some(source) = waiting.pop() {
            if visited.insert(source.index) {
                visit(source);
                let mut more: Vec<_> = source.merge_sources().collect();
                more.reverse();
                waiting.append(&mut more);
            }
        }
    }

    fn merge_sources(self) -> impl Iterator<Item = NodeRef<'t>> {
        self.own_entries().filter(|(key, _)| key.is_merge_key()).flat_map(|(_, value)| {
            let value = value.resolved();
            let listed: Vec<_> = match value.kind() {
                Kind::Mapping => vec![value],
                _ => value.elements().map(NodeRef::resolved).filter(|each| each.kind() == Kind::Mapping).collect(),
            };
            listed
        })
    }

    pub(super) fn is_merge_key(self) -> bool {
        let is_text = self.node().is_some_and(|node| node.tag == TagKind::Text);
        self.shape() == Shape::Plain && !is_text && self.spells("<<")
    }

    /// The entries of a list, aliases followed; nothing for anything else.
    pub fn elements(self) -> impl Iterator<Item = NodeRef<'t>> {
        self.resolved().children_of(&[Shape::BlockSequence, Shape::FlowSequence])
    }

    fn children_of(self, shapes: &[Shape]) -> Children<'t> {
        match self.node() {
            Some(node) if shapes.contains(&node.shape) => {
                Children { tree: self.tree, next: self.index + 1, after: node.after(self.index) }
            }
            _ => Children { tree: self.tree, next: 0, after: 0 },
        }
    }
}

/// The entries of a mapping: those that are written in it, or all that it comes to have.
enum Entries<O, L> {
    Own(O),
    LaidOut(L),
}

impl<E, O: Iterator<Item = E>, L: Iterator<Item = E>> Iterator for Entries<O, L> {
    type Item = E;

    fn next(&mut self) -> Option<E> {
        match self {
            Self::Own(own) => own.next(),
            Self::LaidOut(laid_out) => laid_out.next(),
        }
    }
}

/// The direct children of a collection; a mapping's keys and values alternate.
struct Children<'t> {
    tree: &'t Tree<'t>,
    next: u32,
    after: u32,
}

impl<'t> Iterator for Children<'t> {
    type Item = NodeRef<'t>;

    fn next(&mut self) -> Option<NodeRef<'t>> {
        if self.next >= self.after {
            return None;
        }
        let child = NodeRef { tree: self.tree, index: self.next };
        self.next = child.node()?.after(self.next);
        Some(child)
    }
}
