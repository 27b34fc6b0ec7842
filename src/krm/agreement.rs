//! The readers, held against each other: by properties, and by the fuzzer.

use super::extent::{last_leaf, lines_end};
use super::node::NodeRef;
use super::tree::{Shape, Tree};
use super::wanted::{Wanted, everything};
use super::{events, lines};

/// Whether what the fast reader makes of a text is what the reference makes of it, read whole and with parts that nobody
/// asks for.
///
/// # Errors
/// A sentence that shows the text and what differs, or the error of the one reader that refuses.
pub fn readers_agree(text: &str) -> Result<(), String> {
    if let Some(fast) = lines::read(text, everything) {
        let reference = events::read(text).map_err(|error| format!("only the fast reader takes {text:?}: {error}"))?;
        // Everything that a tree knows.
        let (fast, reference) = (format!("{fast:?}"), format!("{reference:?}"));
        if fast != reference {
            return Err(format!("of {text:?}:\n{fast}\n{reference}"));
        }
    }
    // Where only the reference refuses, the mistake may be in what was not read.
    let (Some(partial), Ok(whole)) = (lines::read(text, for_example), events::read(text)) else { return Ok(()) };
    unread_parts(&partial, &whole).map(drop).map_err(|difference| format!("of {text:?}: {difference}"))
}

/// An interest of every kind.
pub(super) fn for_example(_api_version: &str, kind: &str) -> Wanted {
    match kind {
        "Wanted" => Wanted::Everything,
        "Deployment" => Wanted::AllBut(&["spec", "template", "spec"]),
        _ => Wanted::Metadata,
    }
}

/// Holds a tree with unread parts against the whole one. Returns how many parts were not read.
pub(super) fn unread_parts(partial: &Tree<'_>, whole: &Tree<'_>) -> Result<usize, String> {
    if partial.document_count() != whole.document_count() {
        return Err("the number of documents differs".to_owned());
    }
    let documents = (0..whole.document_count()).filter_map(|index| partial.document(index).zip(whole.document(index)));
    documents.map(|(partial, whole)| compare(partial, whole)).sum()
}

fn compare(partial: NodeRef<'_>, whole: NodeRef<'_>) -> Result<usize, String> {
    let differs = |what: &str| Err(format!("{what} of {partial:?} and {whole:?} differs"));
    if partial.shape() == Shape::Unread {
        let (leaf, known) = (last_leaf(whole), last_leaf(partial));
        let scalar = |leaf: NodeRef<'_>| (leaf.shape() == Shape::Block).then(|| leaf.range());
        // A list begins at its dash here, and at its first entry there.
        return match partial.range() {
            range if range.end != lines_end(whole) => differs("the end"),
            range if range.start > whole.range().start => differs("the start"),
            _ if scalar(leaf) != scalar(known) => differs("the last scalar"),
            _ => Ok(1),
        };
    }
    let said = |node: NodeRef<'_>| (node.shape(), node.range(), node.scalar_text().map(str::to_owned));
    if said(partial) != said(whole) {
        return differs("what is said");
    }
    let children = |node: NodeRef<'_>| -> usize { node.own_entries().count() + node.elements().count() };
    if children(partial) != children(whole) {
        return differs("the number of children");
    }
    let entries = partial.own_entries().zip(whole.own_entries());
    let pairs = entries.flat_map(|(left, right)| [(left.0, right.0), (left.1, right.1)]);
    pairs.chain(partial.elements().zip(whole.elements())).map(|(left, right)| compare(left, right)).sum()
}
