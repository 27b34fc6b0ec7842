//! Paths of fields as Kubernetes writes them, `spec.ports[1].port`: how they are written, and which bytes they mean.

use std::ops::Range;

use super::error::line_and_column;
use super::item::{ItemId, Items};
use super::node::{Kind, NodeRef};

/// The path of a key below another path. A key with dots goes into brackets, as in
/// `metadata.labels[app.kubernetes.io/name]`, for a dot leads from a field to the next.
#[must_use]
pub fn field_path(above: &str, key: &str) -> String {
    if key.contains('.') {
        format!("{above}[{key}]")
    } else if above.is_empty() {
        key.to_owned()
    } else {
        format!("{above}.{key}")
    }
}

impl<'t> NodeRef<'t> {
    /// The node at a path below this one, where there is one.
    #[must_use]
    pub fn descend(self, field: &str) -> Option<NodeRef<'t>> {
        steps(field).try_fold(self, |node, step| match step.parse::<usize>() {
            Ok(index) if node.kind() == Kind::Sequence => node.elements().nth(index),
            _ => node.get(step),
        })
    }
}

impl Items<'_> {
    /// The bytes of an item's field: the source's number, and a range of its text. A field that is not there is the
    /// nearest one above it that is.
    #[must_use]
    pub fn range_of(&self, id: ItemId, field: &str) -> Option<(usize, Range<usize>)> {
        let (source, _) = self.source_of(id)?;
        let (mut key, mut node) = (None, self.get(id)?.node);
        for step in steps(field) {
            let next = match step.parse::<usize>() {
                Ok(index) if node.kind() == Kind::Sequence => node.elements().nth(index).map(|element| (None, element)),
                _ => node.entry(step).map(|(name, value)| (Some(name), value)),
            };
            let Some((name, value)) = next else { break };
            (key, node) = (name.or(key), value);
        }
        let range = match node.kind() {
            Kind::Scalar if !node.range().is_empty() => node.range(),
            _ => key.map_or_else(|| node.range(), NodeRef::range),
        };
        Some((source, range))
    }

    /// The line and column, from one, at which an item's field begins.
    #[must_use]
    pub fn position_of(&self, id: ItemId, field: &str) -> Option<(usize, usize)> {
        let (source, range) = self.range_of(id, field)?;
        Some(line_and_column(self.sources().get(source)?.tree.text(), range.start))
    }
}

/// The steps of a field path: keys, and indexes or dotted keys in brackets.
fn steps(path: &str) -> impl Iterator<Item = &str> {
    path.split('[').enumerate().flat_map(|(position, part)| {
        let (bracketed, dotted) = match part.split_once(']').filter(|_| position > 0) {
            Some((bracketed, rest)) => (Some(bracketed), rest),
            None => (None, part),
        };
        bracketed.into_iter().chain(dotted.split('.').filter(|step| !step.is_empty()))
    })
}
