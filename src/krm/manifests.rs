//! Plain manifests: streams of documents, `kind: List` among them, from files or standard input.

use std::collections::BTreeMap;
use std::ops::Range;

use super::additions::Style;
use super::around::{self, Unread};
use super::aside::{self, About, Aside};
use super::changes::Changes;
use super::edit::{EditError, remove_entries};
use super::error::{InputError, InputProblem, line_and_column};
use super::extent::{ends_in_open_block_scalar, last_leaf, line_start};
use super::item::STANDARD_INPUT;
use super::item::{ItemId, Items, Slot, Source};
use super::node::{Kind, NodeRef};
use super::splice::{Splices, uses_crlf};
use super::tree::{Shape, Tree};
use super::wanted::{Interest, everything};

/// A byte order mark, which is legal at the start of a stream only.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// Parsed manifests, in the order in which they were read.
#[derive(Debug)]
pub struct Manifests<'s> {
    items: Items<'s>,
    interest: Interest,
    /// What documents have to be of that must be read.
    mattering: Interest,
    asides: Vec<Aside>,
}

/// Manifests that were written.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// The stream.
    pub text: String,
    /// What had to be changed in it though nobody asked for it.
    pub asides: Vec<Aside>,
}

impl<'s> Manifests<'s> {
    /// Reads named texts. The objects of a `List` are items of their own; the list around them stays.
    ///
    /// # Errors
    /// [`InputError`] for a text that is no YAML, or that holds a ResourceList.
    pub fn parse(texts: impl IntoIterator<Item = (String, &'s str)>) -> Result<Self, InputError> {
        Self::parse_wanted(texts, everything)
    }

    /// Reads of named texts what is wanted of their objects.
    ///
    /// # Errors
    /// As [`Manifests::parse`], but for mistakes in what nobody asks for.
    pub fn parse_wanted(
        texts: impl IntoIterator<Item = (String, &'s str)>,
        interest: Interest,
    ) -> Result<Self, InputError> {
        Self::parse_around(texts, interest, interest)
    }

    /// As [`Manifests::parse_wanted`], around documents that cannot be read, of kinds that do not matter: those of which
    /// `mattering` wants nothing but the metadata.
    ///
    /// # Errors
    /// As [`Manifests::parse_wanted`].
    pub fn parse_around(
        texts: impl IntoIterator<Item = (String, &'s str)>,
        interest: Interest,
        mattering: Interest,
    ) -> Result<Self, InputError> {
        let mut items = Items::default();
        let mut asides = Vec::new();
        for (name, text) in texts {
            let tree = match Tree::parse_wanted(text, interest) {
                Ok(tree) => tree,
                Err(error) => {
                    let around = around::read(text, mattering);
                    let (tree, unread) = around.ok_or_else(|| InputError::of_tree(&name, text, error))?;
                    asides.extend(unread.into_iter().map(|Unread { document, object, error, position }| {
                        Aside::new(&name, document, position, About::Unreadable { object, error })
                    }));
                    tree
                }
            };
            let mut no_objects = Vec::new();
            let found = find_items(&name, &tree, &mut no_objects)?;
            asides.append(&mut no_objects);
            let source = items.add_source(Source { name, tree });
            for (node, slot) in found {
                items.add(source, node, slot);
            }
        }
        Ok(Self { items, interest, mattering, asides })
    }

    /// What in these manifests is no object, or could not be read.
    #[must_use]
    pub fn asides(&self) -> &[Aside] {
        &self.asides
    }

    /// The objects.
    #[must_use]
    pub fn items(&self) -> &Items<'s> {
        &self.items
    }

    /// No changes yet to these manifests.
    #[must_use]
    pub fn changes() -> Changes {
        Changes::in_style(Style::Document)
    }

    /// Whether there is not a single document with content.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.items.sources().iter().all(|source| {
            (0..source.tree.document_count()).all(|index| source.tree.document(index).is_none_or(NodeRef::is_null))
        })
    }

    /// All manifests as one stream: with edited items, without removed ones, with added ones as documents at the end.
    ///
    /// # Errors
    /// [`EditError`] when the input is written in a way in which that cannot be done.
    pub fn write(&self, mut changes: Changes) -> Result<Written, EditError> {
        let splices = self.splices(&mut changes)?;
        let last = self.items.sources().len().saturating_sub(1);
        let mut stream = Stream::default();
        let mut asides = Vec::new();
        for (index, (source, mut splices)) in self.items.sources().iter().zip(splices).enumerate() {
            let is_followed = index < last || changes.added.count() > 0;
            if let Some(chomping) = open_scalar(&source.tree, &splices).filter(|_| is_followed) {
                let in_front = place_in_front(&source.tree).filter(|_| index == last);
                if let Some((place, is_marked)) = in_front {
                    splices.insert(place, in_front_of_last(changes.added.take(), is_marked));
                } else {
                    let document = source.tree.document_count().saturating_sub(1);
                    let position = line_and_column(source.tree.text(), chomping.start);
                    asides.push(Aside::new(&source.name, document, position, About::Closed));
                    splices.replace(chomping, "-");
                }
            }
            stream.push(&splices.apply(&source.tree)?);
        }
        changes.added.take().iter().for_each(|document| stream.push_document(document));
        if changes.want_a_second_look(&self.items) {
            let texts = self.items.sources().iter().map(|source| (source.name.clone(), source.tree.text()));
            let read =
                |texts: Vec<_>, interest| Manifests::parse_around(texts, interest, self.mattering).map(|all| all.items);
            let before = || read(texts.collect(), everything);
            let written = || vec![(STANDARD_INPUT.to_owned(), stream.text.as_str())];
            changes.verify(&self.items, self.interest, before, |interest| read(written(), interest))?;
        }
        Ok(Written { text: stream.text, asides })
    }

    /// Every source as it would be with the changes made in it, and the added objects, each as a document.
    ///
    /// # Errors
    /// As [`Manifests::write`].
    pub fn write_apart(&self, mut changes: Changes) -> Result<(Vec<String>, Vec<String>), EditError> {
        let splices = self.splices(&mut changes)?;
        let edited = self.items.sources().iter().zip(splices).map(|(source, splices)| splices.apply(&source.tree));
        let edited = edited.collect::<Result<Vec<_>, _>>()?;
        Ok((edited, changes.added.take()))
    }

    /// The edits and removals, by source.
    fn splices(&self, changes: &mut Changes) -> Result<Vec<Splices>, EditError> {
        let mut splices = std::mem::take(&mut changes.splices);
        splices.resize_with(self.items.sources().len(), Splices::default);
        self.remove(&mut splices, &changes.removed)?;
        Ok(splices)
    }

    fn remove(&self, splices: &mut [Splices], removed: &[ItemId]) -> Result<(), EditError> {
        let mut listed: BTreeMap<(usize, usize), Vec<usize>> = BTreeMap::new();
        for entry in removed.iter().filter_map(|id| self.items.entry(*id)) {
            match entry.slot {
                Slot::Listed { document, position } => {
                    listed.entry((entry.source, document)).or_default().push(position);
                }
                Slot::Document(document) => {
                    let source = self.items.sources().get(entry.source);
                    let range = source.and_then(|source| removable(&source.tree, document));
                    if let (Some(range), Some(splices)) = (range, splices.get_mut(entry.source)) {
                        splices.remove(range);
                    }
                }
            }
        }
        for ((source, document), positions) in listed {
            let root = self.items.sources().get(source).and_then(|source| source.tree.document(document));
            let (Some(root), Some(splices)) = (root, splices.get_mut(source)) else { continue };
            remove_entries(splices, root, "items", &positions)?;
        }
        Ok(())
    }
}

/// The bytes that go with a document: all of its own, but for the end mark that directives behind it need.
fn removable(tree: &Tree<'_>, document: usize) -> Option<Range<usize>> {
    let range = tree.document_range(document)?;
    let directives_follow = tree.text().get(range.end..).is_some_and(|rest| rest.starts_with('%'));
    let end_mark = tree.text().get(range.clone())?.rfind("\n...").filter(|_| directives_follow);
    Some(end_mark.map_or(range.clone(), |position| range.start..range.start + position + 1))
}

/// The objects of one stream: documents that are mappings, and the entries of lists.
fn find_items(name: &str, tree: &Tree<'_>, asides: &mut Vec<Aside>) -> Result<Vec<(u32, Slot)>, InputError> {
    let mut found = Vec::new();
    for document in 0..tree.document_count() {
        let is_object = |root: &NodeRef<'_>| !root.is_null() && root.shape() != Shape::Unread;
        let Some(root) = tree.document(document).filter(is_object) else { continue };
        let other = match root.kind() {
            Kind::Mapping => None,
            Kind::Sequence => Some("a list"),
            Kind::Scalar => Some("plain text"),
        };
        if let Some(other) = other {
            return Err(InputError::at(name, tree.text(), &root.range(), InputProblem::NotAnObject(other)));
        }
        let kind = root.get("kind").and_then(NodeRef::as_text).unwrap_or_default();
        if kind == "ResourceList" {
            return Err(InputError::at(name, tree.text(), &root.range(), InputProblem::ResourceListInRender));
        }
        match root.get("items").filter(|items| kind.ends_with("List") && items.kind() == Kind::Sequence) {
            None => {
                aside::of_document(asides, name, tree, document, std::iter::once(root));
                found.push((root.index(), Slot::Document(document)));
            }
            Some(items) => {
                if let Some(nested) = items.elements().find(|item| is_list(*item)) {
                    let range = nested.range();
                    return Err(InputError::at(name, tree.text(), &range, InputProblem::NestedList));
                }
                aside::of_document(asides, name, tree, document, items.elements());
                let entries = items.elements().enumerate();
                found.extend(entries.map(|(position, item)| (item.index(), Slot::Listed { document, position })));
            }
        }
    }
    Ok(found)
}

fn is_list(item: NodeRef<'_>) -> bool {
    let kind = item.get("kind").and_then(NodeRef::as_text).unwrap_or_default();
    kind.ends_with("List") && item.get("items").is_some_and(|items| items.kind() == Kind::Sequence)
}

/// Where the header of a block scalar that a text ends in, without a final line break, would have to say so before anything
/// could follow: `|-`. The scalar's value has no line break at its end either, and would get one.
fn open_scalar(tree: &Tree<'_>, splices: &Splices) -> Option<Range<usize>> {
    let root = tree.document_count().checked_sub(1).and_then(|last| tree.document(last))?;
    let content = last_leaf(root).range().start;
    if !ends_in_open_block_scalar(root) || splices.reach(content) {
        return None;
    }
    let text = tree.text();
    let header_end = text.get(..content).unwrap_or_default().trim_end().len();
    let header_start = line_start(text, header_end);
    let header = text.get(header_start..header_end).unwrap_or_default();
    let mut indicators = header.match_indices(['|', '>']).map(|(position, _)| position + 1);
    let position = indicators.find(|position| is_header_rest(header.get(*position..)))?;
    let rest = header.get(position..).unwrap_or_default();
    let chomping = rest.split(char::is_whitespace).next().unwrap_or_default();
    let indicator = header_start + position;
    match chomping.find('+') {
        Some(keep) => Some(indicator + keep..indicator + keep + 1),
        None => (!chomping.contains('-')).then_some(indicator..indicator),
    }
}

/// Where other documents can stand in front of the last one of a stream, and whether that begins with a mark there.
fn place_in_front(tree: &Tree<'_>) -> Option<(usize, bool)> {
    let start = tree.document_start(tree.document_count().checked_sub(1)?)?;
    let text = tree.text().get(start..)?;
    let is_marked = text.lines().next().is_some_and(is_separator);
    // Directives hold for one document, and have to stay in front of it.
    let is_first = tree.text().get(..start)?.is_empty() && !text.starts_with('%');
    (is_marked || is_first).then_some((start + text.len() - text.trim_start_matches(BYTE_ORDER_MARK).len(), is_marked))
}

/// Documents in front of the last one.
fn in_front_of_last(documents: Vec<String>, is_marked: bool) -> String {
    let with_mark = |document: String| if is_marked { format!("---\n{document}") } else { format!("{document}---\n") };
    documents.into_iter().map(with_mark).collect()
}

/// Whether this is what may follow `|` or `>` in a header: an indentation and a chomping indicator, and a comment.
fn is_header_rest(rest: Option<&str>) -> bool {
    let rest = rest.unwrap_or_default().trim_start_matches(|c: char| c.is_ascii_digit() || c == '+' || c == '-');
    let comment = rest.trim_start();
    comment.is_empty() || (comment.len() < rest.len() && comment.starts_with('#'))
}

/// A stream of documents that is being put together.
#[derive(Default)]
struct Stream {
    text: String,
}

impl Stream {
    /// Adds a text of its own, kept to the byte but for a byte order mark that would land in the middle.
    fn push(&mut self, text: &str) {
        if self.text.trim().is_empty() {
            text.clone_into(&mut self.text);
            return;
        }
        let text = text.trim_start_matches(BYTE_ORDER_MARK);
        if text.trim().is_empty() {
            return;
        }
        let opening = text.lines().find(|line| !line.trim().is_empty() && !line.trim_start().starts_with('#'));
        match opening {
            // Comments alone make no document.
            None => self.end_line(),
            Some(line) if is_separator(line) => self.end_line(),
            // Directives may only follow a document that was ended.
            Some(line) if line.starts_with('%') => {
                self.end_line();
                self.text.push_str("...\n");
            }
            _ => self.separate(),
        }
        self.text.push_str(text);
    }

    fn push_document(&mut self, document: &str) {
        self.separate();
        if uses_crlf(&self.text) {
            self.text.push_str(&document.replace('\n', "\r\n"));
        } else {
            self.text.push_str(document);
        }
    }

    fn separate(&mut self) {
        if self.text.trim_matches(|c: char| c.is_whitespace() || c == BYTE_ORDER_MARK).is_empty() {
            return;
        }
        self.end_line();
        if !self.text.lines().last().is_some_and(is_bare_separator) {
            self.text.push_str(if uses_crlf(&self.text) { "---\r\n" } else { "---\n" });
        }
    }

    fn end_line(&mut self) {
        if !self.text.ends_with('\n') {
            self.text.push_str(if uses_crlf(&self.text) { "\r\n" } else { "\n" });
        }
    }
}

/// Whether a document begins behind this line, and not on it.
fn is_bare_separator(line: &str) -> bool {
    let behind = line.get(3..).unwrap_or_default().trim_start();
    is_separator(line) && (behind.is_empty() || behind.starts_with('#'))
}

fn is_separator(line: &str) -> bool {
    line.strip_prefix("---").is_some_and(|rest| rest.is_empty() || rest.starts_with(char::is_whitespace))
}
