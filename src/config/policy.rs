//! The policy's fields and their defaults.

use serde::{Deserialize, Deserializer};

use super::default_version::DefaultVersion;
use super::export::Export;
use super::expose::Expose;
use super::select::Selector;
use super::split::Split;
use super::words::{HeaderName, LabelKey, Version};
use crate::finding::Place;

/// What the user decides. Every field has a default, so no policy at all is a policy.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "cluster", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default, expecting = "a mapping")]
pub struct Policy {
    /// The request header that carries overrides.
    pub header: HeaderName,
    /// Whether members of the W3C `baggage` header carry overrides too, which OpenTelemetry forwards by itself.
    pub baggage: bool,
    /// Whether the W3C `tracestate` header carries overrides too, for apps that forward trace headers only.
    pub tracestate: bool,
    /// The Pod labels that may hold the version; the first that a workload has counts.
    #[serde(deserialize_with = "not_empty")]
    pub version_labels: Vec<LabelKey>,
    /// The default version of every Service that has it; `v1` where nothing is said.
    pub default_version: DefaultVersion,
    /// The labels of the default version's Pods, of every Service that has such Pods. It goes before `defaultVersion`.
    #[serde(deserialize_with = "null_is_default")]
    pub default_selector: Selector,
    /// What happens to workloads without a version.
    pub unversioned: Unversioned,
    /// What happens to Services that have DestinationRules or VirtualServices already.
    pub existing: Existing,
    /// What happens to requests for a version that does not exist.
    pub unknown_version: UnknownVersion,
    /// What happens to Services with one version.
    pub single_version: SingleVersion,
    /// The namespaces whose clients see generated rules: names, `.` for the Service's own, or `*` for all. The Service's
    /// existing rules and its annotation `networking.istio.io/exportTo` go before it.
    pub export_to: Export,
    /// The mesh's root namespace, whose rules hold everywhere.
    pub root_namespace: String,
    /// Which Services are looked at, by their labels; all where it is empty.
    #[serde(deserialize_with = "null_is_default")]
    pub select: Selector,
    /// What is different for single Services.
    #[serde(deserialize_with = "null_is_default")]
    pub services: Vec<ServicePolicy>,
    /// Where the policy was read, for findings about it.
    #[serde(skip)]
    pub place: Place,
}

impl Policy {
    /// Where a field of an entry for one Service stands.
    #[must_use]
    pub fn place_of(&self, entry: Option<&ServicePolicy>, field: &str) -> Place {
        let index = self.services.iter().position(|other| Some(other) == entry).unwrap_or_default();
        self.place.field(format!("spec.services[{index}].{field}"))
    }
}

/// What is different for one Service.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "cluster", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "a mapping")]
pub struct ServicePolicy {
    /// The name of the Service.
    pub name: String,
    /// Its namespace, where the name alone is not enough.
    pub namespace: Option<String>,
    /// Its default version.
    pub default_version: Option<Version>,
    /// The labels of its default version's Pods, instead of `defaultVersion`.
    #[serde(default, deserialize_with = "null_is_default")]
    pub default_selector: Selector,
    /// How requests without an override are spread over versions.
    pub split: Option<Split>,
    /// Where it is to be reached from outside the mesh.
    pub expose: Option<Expose>,
    /// Whether it is left alone.
    #[serde(default)]
    pub ignore: bool,
}

/// What happens to workloads without a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "cluster", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum Unversioned {
    /// A Service that has no versions at all is passed over with a warning.
    Warn,
    /// Their Pod templates get the version label with the Service's stated default.
    Label,
    /// They get the label, and rules for Services with one version wait until the policy says `label`.
    LabelFirst,
    /// They are an error.
    Error,
}

impl Unversioned {
    /// Whether Pod templates may get the version label.
    #[must_use]
    pub fn labels(self) -> bool {
        matches!(self, Self::Label | Self::LabelFirst)
    }
}

/// What happens to Services that have DestinationRules or VirtualServices already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "cluster", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum Existing {
    /// What is generated goes into them, where that is safe.
    Merge,
    /// The Service is passed over with a warning.
    Skip,
    /// They are an error.
    Error,
}

/// What happens to requests for a version that does not exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "cluster", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum UnknownVersion {
    /// They take the default, like any other.
    Default,
    /// They take the default, and their responses are marked with a header.
    Mark,
    /// They are answered 404.
    Reject,
}

/// What happens to Services with one version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "cluster", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum SingleVersion {
    /// They get rules like any other, so that a version that appears later gets no traffic unasked.
    Pin,
    /// They get none, which keeps a large mesh's proxies small.
    Skip,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            header: HeaderName::default(),
            baggage: true,
            tracestate: false,
            version_labels: vec![LabelKey::version()],
            default_version: DefaultVersion::default(),
            default_selector: Selector::default(),
            unversioned: Unversioned::Warn,
            existing: Existing::Merge,
            unknown_version: UnknownVersion::Default,
            single_version: SingleVersion::Pin,
            export_to: Export::default(),
            root_namespace: "istio-system".to_owned(),
            select: Selector::default(),
            services: Vec::new(),
            place: Place::default(),
        }
    }
}

/// `services:` with nothing behind it, as it is left when its entries are commented out, is an empty list.
fn null_is_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(deserializer: D) -> Result<T, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// Without a version label no workload could have a version.
fn not_empty<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<LabelKey>, D::Error> {
    let keys: Vec<LabelKey> = Vec::deserialize(deserializer)?;
    if keys.is_empty() {
        return Err(serde::de::Error::custom("at least one version label is needed"));
    }
    Ok(keys)
}
