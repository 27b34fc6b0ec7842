//! What users write on workloads for this tool: annotations of the object or of its Pod template.

use super::misspelt::{self, looks_like_ours};
use crate::finding::Place;
use crate::krm::{Item, NodeRef, Scalar};

use super::object::Object;

/// The annotation that makes a workload's version the default.
pub const DEFAULT_ANNOTATION: &str = "overrides.dev/default";
/// Where an object's own annotations are.
const OWN: &[&str] = &["metadata", "annotations"];
/// Where an object's own labels are.
pub(super) const OWN_LABELS: &[&str] = &["metadata", "labels"];

/// What the annotations of a workload say to this tool.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Marks {
    /// The annotations that have `overrides.dev/default: "true"`, where some have.
    default: Option<Annotations>,
    /// Annotations that look like this tool's and say nothing to it.
    pub strange: Vec<Strange>,
    /// Labels of the object's own that look like this tool's annotations, each with the annotation that is meant.
    pub(super) misplaced: Vec<(String, &'static str)>,
}

/// The path of a mapping of annotations within an object.
type Annotations = &'static [&'static str];

/// An annotation that looks like this tool's and says nothing to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Strange {
    within: Annotations,
    /// Its name.
    pub name: String,
    /// Its value, where it is that and not the name that says nothing.
    pub value: Option<String>,
    /// Whether its value is no text, which the API server refuses.
    pub is_no_text: bool,
}

impl Marks {
    /// Reads the annotations of an object and those of its Pod template, which stands there.
    pub(super) fn read(item: Item<'_>, template: Option<Annotations>) -> Self {
        let mut marks = Self::default();
        marks.add(item.annotations(), OWN);
        if let Some(path) = template {
            marks.add(item.node.at(path), path);
        }
        let labels = item.metadata("labels").into_iter().flat_map(NodeRef::entries);
        let names = labels.filter_map(|(key, _)| key.as_text());
        marks.misplaced = names.filter_map(|name| Some((name.to_owned(), misspelt::meant(name)?))).collect();
        marks
    }

    fn add(&mut self, annotations: Option<NodeRef<'_>>, within: Annotations) {
        for (key, value) in annotations.into_iter().flat_map(NodeRef::entries) {
            let Some(name) = key.as_text().filter(|name| looks_like_ours(name)) else { continue };
            let is_text = matches!(value.scalar(), Some(Scalar::Text(_)));
            let written = match value.scalar() {
                Some(Scalar::Text(text) | Scalar::Number(text)) => text,
                Some(Scalar::Boolean(true)) => "true",
                Some(Scalar::Boolean(false) | Scalar::Null) => "false",
                None => "",
            };
            let value = match written.to_ascii_lowercase().as_str() {
                _ if name != DEFAULT_ANNOTATION => None,
                "true" => {
                    self.default.get_or_insert(within);
                    if is_text {
                        continue;
                    }
                    Some(written.to_owned())
                }
                "" | "false" if is_text => continue,
                _ => Some(written.to_owned()),
            };
            self.strange.push(Strange { within, name: name.to_owned(), value, is_no_text: !is_text });
        }
    }

    /// Where the workload is marked as the default version's; none where it is not.
    #[must_use]
    pub fn default_place(&self, workload: &Object) -> Option<Place> {
        self.default.map(|within| place(workload, within, DEFAULT_ANNOTATION))
    }
}

impl Strange {
    /// Where it stands.
    #[must_use]
    pub fn place(&self, workload: &Object) -> Place {
        place(workload, self.within, &self.name)
    }
}

fn place(workload: &Object, within: Annotations, name: &str) -> Place {
    workload.place().entry(&within.join("."), name)
}
