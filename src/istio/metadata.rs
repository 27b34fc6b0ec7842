//! The metadata of an object that is written.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde::Serialize;
use serde::ser::{SerializeStruct, Serializer};

/// What an emitted object says of itself, in the order in which people write and read it; the API's own type is in the
/// order of the alphabet, and owns everything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Metadata<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its namespace, where one is written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<&'a str>,
    /// Its labels, by key.
    #[serde(serialize_with = "as_fields")]
    pub labels: &'a [(&'static str, &'a str)],
    /// Its annotations, by key.
    #[serde(serialize_with = "as_fields")]
    pub annotations: &'a [(&'static str, &'a str)],
}

/// Keys that this tool knows are fields to serde.
fn as_fields<S: Serializer>(entries: &[(&'static str, &str)], serializer: S) -> Result<S::Ok, S::Error> {
    let mut fields = serializer.serialize_struct("", entries.len())?;
    entries.iter().try_for_each(|(key, value)| fields.serialize_field(key, value))?;
    fields.end()
}

/// The type that clients of the API use.
impl From<Metadata<'_>> for ObjectMeta {
    fn from(metadata: Metadata<'_>) -> Self {
        let owned = |entries: &[(&str, &str)]| -> BTreeMap<String, String> {
            entries.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
        };
        Self {
            name: Some(metadata.name.to_owned()),
            namespace: metadata.namespace.map(ToOwned::to_owned),
            labels: Some(owned(metadata.labels)),
            annotations: Some(owned(metadata.annotations)),
            ..Self::default()
        }
    }
}
