//! The policy as a `ConfigMap`: the same words, with every value a string.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::value::{SeqDeserializer, StrDeserializer};
use serde::de::{Error as _, IntoDeserializer};

use super::export::Export;
use super::policy::Policy;
use super::select_text;
use crate::krm::{NodeRef, ReadError};

#[derive(Deserialize)]
#[serde(expecting = "a mapping")]
struct ConfigMap<'t> {
    #[serde(borrow)]
    data: Option<BTreeMap<&'t str, &'t str>>,
}

/// The settings that there are.
pub(super) const SETTINGS: &[&str] = &[
    "header",
    "baggage",
    "tracestate",
    "exportTo",
    "rootNamespace",
    "versionLabels",
    "defaultVersion",
    "defaultSelector",
    "unversioned",
    "existing",
    "unknownVersion",
    "singleVersion",
];

/// Reads the settings under `data`. No data at all is the default policy: `kpt fn eval` without arguments sends that.
pub(super) fn read(node: NodeRef<'_>) -> Result<Policy, ReadError> {
    let map: ConfigMap<'_> = node.read()?;
    let mut policy = Policy::default();
    for (key, value) in map.data.unwrap_or_default() {
        apply(&mut policy, key, value).map_err(|error| error.below_keys(&["data", key]))?;
    }
    Ok(policy)
}

/// Applies one setting.
pub(super) fn apply(policy: &mut Policy, key: &str, value: &str) -> Result<(), ReadError> {
    match key {
        "header" => policy.header = word(value)?,
        "baggage" => policy.baggage = boolean(value)?,
        "tracestate" => policy.tracestate = boolean(value)?,
        "exportTo" => policy.export_to = Export::try_from(list(value)?).map_err(ReadError::custom)?,
        "rootNamespace" => value.clone_into(&mut policy.root_namespace),
        "versionLabels" => policy.version_labels = list(value)?,
        "defaultVersion" => policy.default_version = word(value)?,
        "defaultSelector" => policy.default_selector = select_text::parse(value)?,
        "unversioned" => policy.unversioned = word(value)?,
        "existing" => policy.existing = word(value)?,
        "unknownVersion" => policy.unknown_version = word(value)?,
        "singleVersion" => policy.single_version = word(value)?,
        _ => return Err(ReadError::unknown_field(key, SETTINGS)),
    }
    Ok(())
}

fn word<'v, T: Deserialize<'v>>(value: &'v str) -> Result<T, ReadError> {
    T::deserialize(StrDeserializer::new(value))
}

fn boolean(value: &str) -> Result<bool, ReadError> {
    match value {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(ReadError::unknown_variant(value, &["true", "false"])),
    }
}

fn list<T: for<'v> Deserialize<'v>>(value: &str) -> Result<Vec<T>, ReadError> {
    let words = value.split(',').map(str::trim).filter(|word| !word.is_empty());
    let words: Vec<&str> = words.collect();
    if words.is_empty() {
        return Err(ReadError::custom("a list of names with commas between them is needed"));
    }
    Vec::deserialize(SeqDeserializer::new(words.into_iter().map(IntoDeserializer::<ReadError>::into_deserializer)))
}
