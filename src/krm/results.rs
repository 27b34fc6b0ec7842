//! The `results` of a ResourceList: what a function tells its user, in the contract's own fields.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

/// One result. The severity is always set: a missing one is an error to the contract and an info to kpt.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FunctionResult {
    /// What the user should know, and what to do.
    pub message: String,
    /// `error`, `warning` or `info`.
    #[serde(default)]
    pub severity: SmolStr,
    /// The object that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource_ref: Option<ObjectReference>,
    /// The field that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<FieldReference>,
    /// The file that holds the object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<FileReference>,
    /// More about it, for machines.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<SmolStr, SmolStr>,
}

/// Names an object, in its own words.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ObjectReference {
    /// `apiVersion` as it is written.
    #[serde(default)]
    pub api_version: SmolStr,
    /// `kind`.
    #[serde(default)]
    pub kind: SmolStr,
    /// `metadata.name`, empty where there is none.
    #[serde(default)]
    pub name: SmolStr,
    /// `metadata.namespace` as it is written, where it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<SmolStr>,
}

/// Names a field of an object.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct FieldReference {
    /// The path, such as `spec.ports[1].port`.
    pub path: String,
}

/// Names a document of a file.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct FileReference {
    /// The path, relative to the package.
    pub path: SmolStr,
    /// The document's number, from zero.
    #[serde(default)]
    pub index: usize,
}
