//! Items: the Kubernetes objects of an input, wherever they stand.

use std::ops::Range;

use smol_str::SmolStr;

use super::extent::{column, line_start, lines_end};
use super::node::{NodeRef, Scalar};
use super::results::ObjectReference;
use super::tree::Tree;

/// An item's number within its input, in the order of the input. Opaque to everything but `krm`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ItemId(u32);

impl ItemId {
    /// The number of an object that is no item, such as a function's configuration.
    const NONE: Self = Self(u32::MAX);
}

/// The file that an item came from, and its place among that file's documents, counted from zero.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Location {
    /// The path, relative to the package; `-` for standard input.
    pub path: SmolStr,
    /// The document's number within the file.
    pub index: usize,
}

/// One object of the input, read where it stands.
#[derive(Debug, Clone, Copy)]
pub struct Item<'t> {
    /// Its number.
    pub id: ItemId,
    /// Its mapping.
    pub node: NodeRef<'t>,
    /// What is asked of nearly every item, looked up once.
    api_version: &'t str,
    kind: &'t str,
    metadata: Option<NodeRef<'t>>,
    annotations: Option<NodeRef<'t>>,
    /// Of its annotations.
    key_lengths: KeyLengths,
}

/// The name under which findings speak of what was piped in.
pub const STANDARD_INPUT: &str = "-";

/// Annotations under which kustomize and kpt say which file an item came from, newest first.
pub const PATH_ANNOTATIONS: [&str; 2] = ["internal.config.kubernetes.io/path", "config.kubernetes.io/path"];
/// Annotations that say which document of its file an item is, newest first.
pub const INDEX_ANNOTATIONS: [&str; 2] = ["internal.config.kubernetes.io/index", "config.kubernetes.io/index"];
/// The annotation by which kpt knows the (sub)package of an item.
pub const PACKAGE_PATH_ANNOTATION: &str = "internal.config.kubernetes.io/package-path";
/// Items with this annotation stay in the configuration and never reach a cluster.
pub const LOCAL_CONFIG_ANNOTATION: &str = "config.kubernetes.io/local-config";

impl<'t> Item<'t> {
    /// The object that a mapping says.
    pub(super) fn new(id: ItemId, node: NodeRef<'t>) -> Self {
        let [api_version, kind, metadata] = node.get_each(["apiVersion", "kind", "metadata"]);
        let text = |node: Option<NodeRef<'t>>| node.and_then(NodeRef::as_text).unwrap_or_default();
        let annotations = metadata.and_then(|metadata| metadata.get("annotations"));
        let key_lengths = annotations.map(KeyLengths::of).unwrap_or_default();
        Self { id, node, api_version: text(api_version), kind: text(kind), metadata, annotations, key_lengths }
    }

    /// An object that is no item, such as a function's configuration.
    #[must_use]
    pub fn apart(node: NodeRef<'t>) -> Self {
        Self::new(ItemId::NONE, node)
    }

    /// `apiVersion`, empty where there is none.
    #[must_use]
    pub fn api_version(self) -> &'t str {
        self.api_version
    }

    /// The API group, empty for the core group.
    #[must_use]
    pub fn group(self) -> &'t str {
        self.api_version().split_once('/').map_or("", |(group, _)| group)
    }

    /// `kind`, empty where there is none.
    #[must_use]
    pub fn kind(self) -> &'t str {
        self.kind
    }

    /// `metadata.name`, where there is one that is text.
    #[must_use]
    pub fn name(self) -> Option<&'t str> {
        self.metadata?.get("name")?.as_text().filter(|name| !name.is_empty())
    }

    /// `metadata.namespace`, where there is one.
    #[must_use]
    pub fn namespace(self) -> Option<&'t str> {
        self.metadata?.get("namespace")?.as_text().filter(|name| !name.is_empty())
    }

    /// A field of the object's metadata, where there is one.
    #[must_use]
    pub fn metadata(self, field: &str) -> Option<NodeRef<'t>> {
        self.metadata?.get(field)
    }

    /// The object's annotations, where it has any.
    #[must_use]
    pub fn annotations(self) -> Option<NodeRef<'t>> {
        self.annotations
    }

    /// The object's identity.
    #[must_use]
    pub fn reference(self) -> ObjectReference {
        ObjectReference {
            api_version: self.api_version().into(),
            kind: self.kind().into(),
            name: self.name().unwrap_or_default().into(),
            namespace: self.namespace().map(SmolStr::from),
        }
    }

    /// An annotation's value as it is written, quoted or not.
    #[must_use]
    pub fn annotation(self, name: &str) -> Option<&'t str> {
        match self.annotations.filter(|_| self.key_lengths.may_have(name))?.get(name)?.scalar()? {
            Scalar::Text(text) | Scalar::Number(text) => Some(text),
            Scalar::Boolean(true) => Some("true"),
            Scalar::Boolean(false) => Some("false"),
            Scalar::Null => None,
        }
    }

    /// Whether the item never reaches a cluster. Any value but `false` counts, as in kustomize.
    #[must_use]
    pub fn is_local_config(self) -> bool {
        self.annotation(LOCAL_CONFIG_ANNOTATION).is_some_and(|value| value != "false")
    }

    /// The file that the annotations of kustomize and kpt say that the item comes from.
    #[must_use]
    pub fn annotated_path(self) -> Option<&'t str> {
        PATH_ANNOTATIONS.iter().find_map(|name| self.annotation(name))
    }

    /// The file, and the document of it, that the annotations of kustomize and kpt say that the item comes from.
    #[must_use]
    pub fn annotated_location(self) -> Option<Location> {
        let path = self.annotated_path()?;
        let index = INDEX_ANNOTATIONS.iter().find_map(|name| self.annotation(name)?.parse().ok()).unwrap_or(0);
        Some(Location { path: path.into(), index })
    }
}

/// How long the keys of a mapping are, a bit for each length. An object is asked for a dozen annotations, of which it has
/// one or two: for most others no key has the right length.
#[derive(Debug, Clone, Copy, Default)]
struct KeyLengths(u64);

impl KeyLengths {
    fn of(mapping: NodeRef<'_>) -> Self {
        // Merge keys bring in others.
        if !mapping.tree().ordinary {
            return Self(u64::MAX);
        }
        Self(mapping.own_entries().fold(0, |known, (key, _)| known | Self::bit(key.spelled_length())))
    }

    fn may_have(self, key: &str) -> bool {
        self.0 & Self::bit(key.len()) != 0
    }

    fn bit(length: usize) -> u64 {
        1 << (length % 64)
    }
}

/// A text with a name, as a tree.
#[derive(Debug)]
pub struct Source<'s> {
    /// The file's path, `-` for standard input.
    pub name: String,
    /// Its content.
    pub tree: Tree<'s>,
}

/// The items of one or more sources, numbered in order.
#[derive(Debug, Default)]
pub struct Items<'s> {
    sources: Vec<Source<'s>>,
    entries: Vec<Entry>,
}

/// Where an item stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    pub(super) source: usize,
    pub(super) node: u32,
    pub(super) slot: Slot,
}

/// What surrounds an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Slot {
    /// It is a whole document, this one.
    Document(usize),
    /// It is this entry of the `items` of a list, in this document.
    Listed { document: usize, position: usize },
}

impl<'s> Items<'s> {
    pub(super) fn add_source(&mut self, source: Source<'s>) -> usize {
        self.sources.push(source);
        self.sources.len() - 1
    }

    pub(super) fn add(&mut self, source: usize, node: u32, slot: Slot) {
        self.entries.push(Entry { source, node, slot });
    }

    /// What is around the items of this list, which is all of the only source. Those of an unusual text stay: they are
    /// compared with what comes of them.
    pub(super) fn forget(mut self, list: u32) -> Self {
        if !self.are_ordinary() {
            return self;
        }
        self.sources.iter_mut().for_each(|source| source.tree.forget_elements(list));
        Self { sources: self.sources, entries: Vec::new() }
    }

    pub(super) fn entry(&self, id: ItemId) -> Option<Entry> {
        self.entries.get(id.0 as usize).copied()
    }

    pub(super) fn entries(&self) -> impl Iterator<Item = (ItemId, Entry)> {
        (0..).map(ItemId).zip(self.entries.iter().copied())
    }

    /// The texts that the items stand in.
    #[must_use]
    pub fn sources(&self) -> &[Source<'s>] {
        &self.sources
    }

    /// Whether all texts are written in the ways that the reader over lines knows.
    pub(super) fn are_ordinary(&self) -> bool {
        self.sources.iter().all(|source| source.tree.ordinary)
    }

    /// Whether these items and others were read in the same way: in both, what nobody asked for is left out everywhere, or
    /// nowhere.
    pub(super) fn are_read_like(&self, others: &Self) -> bool {
        // A text that ends without a line break is read whole.
        let way = |source: &Source<'_>| (source.tree.ordinary, source.tree.text().ends_with('\n'));
        let mut ways = self.sources.iter().map(way).chain(others.sources.iter().map(way));
        let first = ways.next();
        ways.all(|way| Some(way) == first)
    }

    /// All items, in order.
    pub fn iter(&self) -> impl Iterator<Item = Item<'_>> {
        self.entries().filter_map(|(id, _)| self.get(id))
    }

    /// The item with this number.
    #[must_use]
    pub fn get(&self, id: ItemId) -> Option<Item<'_>> {
        let entry = self.entry(id)?;
        let source = self.sources.get(entry.source)?;
        Some(Item::new(id, NodeRef::new(&source.tree, entry.node)))
    }

    /// The source that an item stands in.
    #[must_use]
    pub fn source_of(&self, id: ItemId) -> Option<(usize, &Source<'s>)> {
        let index = self.entry(id)?.source;
        Some((index, self.sources.get(index)?))
    }

    /// The lines of an entry of a block list that was read line by line, where all items are entries of one: from its dash
    /// to the next one's, or to the end of the last.
    pub(super) fn lines_of(&self, id: ItemId) -> Option<Range<usize>> {
        let node = |id: ItemId| {
            let entry = self.entry(id)?;
            Some(NodeRef::new(&self.sources.get(entry.source)?.tree, entry.node))
        };
        let own = node(id)?;
        let first_line = |node: NodeRef<'_>| line_start(node.tree().text(), node.range().start);
        let end = node(ItemId(id.0.checked_add(1)?)).map_or_else(|| lines_end(own), first_line);
        Some(first_line(own)..end)
    }

    /// An item's own text as a document, without the marks of the list or stream around it.
    #[must_use]
    pub fn text_of(&self, id: ItemId) -> Option<String> {
        let entry = self.entry(id)?;
        let tree = &self.sources.get(entry.source)?.tree;
        let node = NodeRef::new(tree, entry.node);
        match entry.slot {
            Slot::Document(document) => {
                let text = tree.text().get(tree.document_range(document)?)?.trim_start_matches('\u{feff}');
                let body =
                    text.strip_prefix("---").map_or(text, |rest| rest.trim_start_matches([' ', '\t', '\r', '\n']));
                Some(format!("{}\n", body.trim_end()))
            }
            Slot::Listed { .. } if node.is_flow() => Some(format!("{}\n", tree.text().get(node.range())?)),
            Slot::Listed { .. } => Some(dedented(node)),
        }
    }

    /// The file and document that an item came from: what its annotations say, else the source that was read. Items
    /// of a list that was piped in are counted one by one.
    #[must_use]
    pub fn location(&self, item: Item<'_>) -> Option<Location> {
        if let Some(location) = item.annotated_location() {
            return Some(location);
        }
        let entry = self.entry(item.id)?;
        let path = self.sources.get(entry.source)?.name.as_str();
        let index = match entry.slot {
            Slot::Listed { position, .. } if path == STANDARD_INPUT => position,
            Slot::Document(document) | Slot::Listed { document, .. } => document,
        };
        Some(Location { path: path.into(), index })
    }
}

/// What is behind the first dash of the line that holds byte `position`: an entry that is no mapping may begin with a dash.
fn behind_dash(text: &str, position: usize) -> usize {
    let line = line_start(text, position);
    let margin = text.get(line..).unwrap_or_default().find(|c| c != ' ' && c != '-').unwrap_or_default();
    let dash = text.get(line..line + margin).and_then(|margin| margin.find('-'));
    let behind = dash.map_or(position, |dash| line + dash + 1);
    let rest = text.get(behind..).unwrap_or_default();
    behind + rest.len() - rest.trim_start_matches(' ').len()
}

/// The lines of a block entry of a list, without the dash and the indentation that the list gave them.
fn dedented(node: NodeRef<'_>) -> String {
    let text = node.tree().text();
    let first_key = node.own_entries().next().map(|(key, _)| key.range().start);
    let start = first_key.unwrap_or_else(|| behind_dash(text, node.range().start));
    let indent = column(text, start);
    let body = text.get(start..lines_end(node)).unwrap_or_default();
    let mut lines = body.lines();
    let mut output: String = lines.next().unwrap_or_default().to_owned();
    for line in lines {
        let margin = line.len() - line.trim_start_matches(' ').len();
        output.push('\n');
        output.push_str(line.get(margin.min(indent)..).unwrap_or_default());
    }
    output.push('\n');
    output
}
