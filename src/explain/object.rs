//! What every object has: an identity, and the line on which it stands.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize, Serializer};

use crate::finding::{Code, Finding, ObjectReference, Place, readable};
use crate::krm::{Item, Items, NodeRef, Problem, ReadError, STANDARD_INPUT};

/// A file and a line in it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Origin {
    /// The path as it was read, `-` for standard input.
    pub file: String,
    /// The line, from one.
    pub line: usize,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = if self.file == STANDARD_INPUT { "standard input" } else { &self.file };
        write!(f, "{}:{}", readable(file), self.line)
    }
}

/// An object of the configuration, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// Version, kind, namespace and name, as they are written.
    pub reference: ObjectReference,
    /// The line of its name.
    pub origin: Origin,
    /// `metadata.creationTimestamp`, which an object that comes from a cluster has.
    pub(super) created: Option<String>,
}

impl Object {
    /// The namespace; `default` where none is written.
    #[must_use]
    pub fn namespace(&self) -> &str {
        self.reference.namespace.as_deref().unwrap_or("default")
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.reference.name
    }

    /// Istio's order of objects that are about the same: the oldest first, then by name, then by namespace
    /// (`pilot/pkg/model/config.go`, `configCompareByCreationTime`). An object without a timestamp is on no cluster
    /// yet, so it would be the youngest.
    pub(super) fn precedence(&self) -> (bool, Option<&str>, &str, &str) {
        (self.created.is_none(), self.created.as_deref(), self.name(), self.namespace())
    }
}

impl fmt::Display for Object {
    /// `VirtualService shop/reviews (reviews.yaml:12)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", readable(&self.reference.to_string()), self.origin)
    }
}

impl Serialize for Object {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Shown<'a> {
            kind: &'a str,
            namespace: Option<&'a str>,
            name: &'a str,
            file: &'a str,
            line: usize,
        }
        let reference = &self.reference;
        let shown = Shown {
            kind: &reference.kind,
            namespace: reference.namespace.as_deref(),
            name: &reference.name,
            file: &self.origin.file,
            line: self.origin.line,
        };
        shown.serialize(serializer)
    }
}

/// An item that is being read: who it is, and where its fields stand.
pub(super) struct Reading<'r> {
    pub(super) item: Item<'r>,
    pub(super) object: Arc<Object>,
    place: Place,
    source: &'r str,
    lines: &'r [usize],
}

/// The first byte of every line of every source, so that many objects count lines once.
pub(super) struct Lines(Vec<Vec<usize>>);

impl Lines {
    pub(super) fn of(items: &Items<'_>) -> Self {
        let starts = |text: &str| std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self(items.sources().iter().map(|source| starts(source.tree.text())).collect())
    }
}

impl<'r> Reading<'r> {
    /// Begins to read an item.
    ///
    /// # Errors
    /// A finding for an object without a name, or with a namespace that may be read as something else than text.
    pub(super) fn begin(items: &'r Items<'_>, lines: &'r Lines, item: Item<'r>) -> Result<Self, Box<Finding>> {
        let (index, source) = items.source_of(item.id).map_or((0, ""), |(index, source)| (index, source.name.as_str()));
        let lines = lines.0.get(index).map(Vec::as_slice).unwrap_or_default();
        let reference = item.reference();
        let place = Place {
            item: Some(item.id),
            object: Some(reference.clone()),
            location: items.location(item),
            ..Place::default()
        };
        certain_identity(item, &place)?;
        let metadata = item.node.get("metadata");
        let named = metadata.and_then(|metadata| metadata.get("name")).unwrap_or(item.node);
        let created = metadata.and_then(|metadata| metadata.get("creationTimestamp")?.as_text());
        let object = Object {
            reference,
            origin: origin(source, lines, named),
            created: created.filter(|time| !time.is_empty()).map(ToOwned::to_owned),
        };
        Ok(Self { item, object: Arc::new(object), place, source, lines })
    }

    /// The line of a node of this item.
    pub(super) fn origin(&self, node: NodeRef<'_>) -> Origin {
        origin(self.source, self.lines, node)
    }

    /// Reads one of the object's own fields, where it is there.
    ///
    /// # Errors
    /// A finding for a field that is no `T`.
    pub(super) fn field<T: Deserialize<'r>>(&self, name: &str) -> Result<Option<T>, Box<Finding>> {
        let Some(node) = self.item.node.get(name) else { return Ok(None) };
        node.read().map_err(|error| self.wrong_type(name, &error))
    }

    /// The finding for a field below `path` that is not what Kubernetes takes there.
    pub(super) fn wrong_type(&self, path: &str, error: &ReadError) -> Box<Finding> {
        let cure = match &error.problem {
            Problem::WrongType { found, expected } if expected == "text" && found.starts_with("the ") => {
                "Put quotes around it: the API server refuses anything but text here"
            }
            _ => "Write what the field's type in its API asks for",
        };
        let below = error.path();
        let field =
            if path.is_empty() || below.is_empty() { format!("{path}{below}") } else { format!("{path}.{below}") };
        let place = self.place.field(field);
        let beyond_limits = Finding::beyond_limits(&place, error);
        Box::new(beyond_limits.unwrap_or_else(|| Finding::new(Code::WrongType, place, error.to_string(), cure)))
    }
}

/// An object has to have a name, and name and namespace have to be text to every reader of YAML.
fn certain_identity(item: Item<'_>, place: &Place) -> Result<(), Box<Finding>> {
    if item.name().is_none() {
        let message = format!("this {} has no `metadata.name` that is text", item.kind());
        let cure = "Give it a name, in quotes where it looks like a number";
        return Err(Box::new(Finding::new(Code::NoName, place.field("metadata.name"), message, cure)));
    }
    let namespace = item.metadata("namespace").filter(|node| !node.is_null());
    if namespace.is_some_and(|node| node.as_text().is_none()) {
        let message = "this is no text to every reader of YAML, so the namespace is not certain";
        let place = place.field("metadata.namespace");
        return Err(Box::new(Finding::new(Code::WrongType, place, message, "Put quotes around it")));
    }
    Ok(())
}

fn origin(source: &str, lines: &[usize], node: NodeRef<'_>) -> Origin {
    let offset = node.range().start;
    Origin { file: source.to_owned(), line: lines.partition_point(|start| *start <= offset) }
}
