//! What an earlier run added to a rule of the user's, as that run wrote it down.
//!
//! The note is structural: names, positions among the user's own routes, values. kustomize and kpt write files anew
//! between two runs, so that bytes and line numbers would mean nothing.

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

/// The annotation that holds the note, as JSON.
pub const ADDED_ANNOTATION: &str = "overrides.dev/added";

/// What was added.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Added {
    /// Fields that were not there at all before.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<AddedField>,
    /// Subsets of a DestinationRule, by name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub subsets: Vec<SmolStr>,
    /// Routes of a VirtualService, in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub routes: Vec<AddedRoute>,
    /// Destinations that named no subset.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub filled: Vec<Filled>,
}

/// A field that was not there before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum AddedField {
    /// `metadata.annotations`.
    Annotations,
    /// `spec.subsets`.
    Subsets,
    /// `spec.http`.
    Http,
}

/// A route that was added.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AddedRoute {
    /// Its name.
    pub name: SmolStr,
    /// The user's own route that it stands in front of, counted from zero among the user's own.
    pub before: usize,
}

/// A destination that was given a subset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Filled {
    /// The user's own route, counted from zero among the user's own.
    pub route: usize,
    /// The destination within the route, such as `route[0].destination` or `mirror`.
    pub place: SmolStr,
    /// The subset.
    pub subset: SmolStr,
    /// What the route was like, so that another one in its place is not taken for it.
    #[serde(default, skip_serializing_if = "SmolStr::is_empty")]
    pub like: SmolStr,
}

impl Added {
    /// Whether nothing was added. That there were no annotations before the note itself is nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let lists = self.subsets.is_empty() && self.routes.is_empty() && self.filled.is_empty();
        lists && self.fields.iter().all(|field| *field == AddedField::Annotations)
    }
}
