//! `DestinationRule`: what the versions of a host are called, and which Pods they are.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use smol_str::SmolStr;

use super::{API_VERSION, kubernetes_resource};

/// Names the subsets of one host.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DestinationRule {
    api_version: &'static str,
    kind: &'static str,
    /// Name, namespace, labels and annotations.
    pub metadata: ObjectMeta,
    /// The rule itself.
    pub spec: DestinationRuleSpec,
}

/// A host and its subsets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DestinationRuleSpec {
    /// The Service; a name without a dot means one in the rule's own namespace.
    pub host: SmolStr,
    /// The namespaces whose clients see it; all where there is none.
    #[serde(default, rename = "exportTo", skip_serializing_if = "Vec::is_empty")]
    pub export_to: Vec<SmolStr>,
    /// How traffic to all of them is handled, where a rule that is shadowed said so.
    #[serde(default, rename = "trafficPolicy", skip_serializing_if = "Option::is_none")]
    pub traffic_policy: Option<Value>,
    /// The versions.
    pub subsets: Vec<Subset>,
}

/// One version: a legal name for it, and the labels of its Pods.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subset {
    /// At most 63 of `[a-zA-Z0-9-]`, as Istio demands.
    pub name: SmolStr,
    /// Labels that all its Pods have.
    pub labels: BTreeMap<SmolStr, SmolStr>,
}

impl DestinationRule {
    /// A rule with this metadata.
    #[must_use]
    pub fn new(metadata: ObjectMeta, spec: DestinationRuleSpec) -> Self {
        Self { api_version: API_VERSION, kind: "DestinationRule", metadata, spec }
    }
}

kubernetes_resource!(DestinationRule, "DestinationRule", "destinationrules");
