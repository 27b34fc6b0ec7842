//! What is said about parts of manifests that are no objects, or that could not be read.

use std::ops::Range;

use super::error::line_and_column;
use super::item::Location;
use super::node::{Kind, NodeRef};
use super::results::ObjectReference;
use super::tree::{Tree, TreeError};

/// How many of one text are named, each of which takes a look at the lines above it.
const MOST_NAMED: usize = 20;
/// How much of a line is quoted, in characters.
const LONGEST_QUOTE: usize = 60;

/// A part of manifests about which the user should know, though it comes back as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Aside {
    /// The text that it is in.
    pub location: Location,
    /// Its line and column, from one.
    pub position: (usize, usize),
    /// What there is to know.
    pub about: About,
}

/// What there is to know about a part of manifests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum About {
    /// A document, or an entry of a list, is no object.
    NoObject {
        /// The fields that make one and are not there.
        missing: Vec<&'static str>,
        /// The line that it begins with.
        text: String,
        /// How many more there are behind it in this text, when there are too many to name.
        more: usize,
    },
    /// Text behind the last object was read as fields of it.
    TextBehind {
        /// Its first line.
        text: String,
    },
    /// A document could not be read, and is of a kind that does not matter.
    Unreadable {
        /// The object, as far as it could be told.
        object: ObjectReference,
        /// What is wrong with it.
        error: TreeError,
    },
    /// The header of a block scalar at the end of a text now says that the last line has no line break.
    Closed,
}

impl Aside {
    /// Whether it is about a document that could not be read.
    #[must_use]
    pub fn is_unreadable(&self) -> bool {
        matches!(self.about, About::Unreadable { .. })
    }

    pub(super) fn new(source_name: &str, document: usize, position: (usize, usize), about: About) -> Self {
        Self { location: Location { path: source_name.into(), index: document }, position, about }
    }
}

/// Looks at the objects of a document, each for whether it is one, and behind the last one of a stream. `known` is what is
/// said of the text so far.
pub(super) fn of_document<'t>(
    known: &mut Vec<Aside>,
    name: &str,
    tree: &Tree<'_>,
    document: usize,
    objects: impl Iterator<Item = NodeRef<'t>>,
) {
    let at = |range: &Range<usize>, about| Aside::new(name, document, line_and_column(tree.text(), range.start), about);
    for object in objects.filter(|object| object.kind() == Kind::Mapping) {
        let missing = missing_fields(object);
        if missing.is_empty() {
            continue;
        }
        let are_many = known.len() >= MOST_NAMED;
        match known.last_mut().map(|aside| &mut aside.about) {
            Some(About::NoObject { more, .. }) if are_many => *more += 1,
            _ => {
                let range = object.range();
                let text = line_at(tree.text(), range.start);
                known.push(at(&range, About::NoObject { missing, text, more: 0 }));
            }
        }
    }
    let root = tree.document(document).filter(|_| document + 1 == tree.document_count());
    if let Some(key) = root.filter(|root| missing_fields(*root).is_empty()).and_then(text_behind) {
        let range = key.range();
        known.push(at(&range, About::TextBehind { text: line_at(tree.text(), range.start) }));
    }
}

/// The fields that every object has and this one has not.
fn missing_fields(object: NodeRef<'_>) -> Vec<&'static str> {
    let fields = ["apiVersion", "kind"];
    let is_there = |node: Option<NodeRef<'_>>| node.and_then(NodeRef::as_text).is_some_and(|text| !text.is_empty());
    fields.into_iter().zip(object.get_each(fields)).filter(|(_, node)| !is_there(*node)).map(|(name, _)| name).collect()
}

/// The key that text behind an object begins with, where it reads as more fields of it: Helm's notes, under their heading;
/// any sentence with a colon.
fn text_behind(root: NodeRef<'_>) -> Option<NodeRef<'_>> {
    let mut keys = root.own_entries().map(|(key, _)| key).filter(|_| !root.is_flow());
    keys.find(|key| key.spells("NOTES") || key.scalar_text().is_some_and(|text| text.contains(' ')))
}

/// The line from a byte on, cut short where it is long.
fn line_at(text: &str, start: usize) -> String {
    let line = text.get(start..).and_then(|rest| rest.lines().next()).unwrap_or_default().trim_end();
    match line.char_indices().nth(LONGEST_QUOTE) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
        None => line.to_owned(),
    }
}
