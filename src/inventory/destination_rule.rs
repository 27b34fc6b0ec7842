//! DestinationRules: the user's own, and those that an earlier run generated.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use smol_str::{SmolStr, StrExt as _};

use super::added::{ADDED_ANNOTATION, Added};
use super::export_to::ExportTo;
use super::object::Object;
use crate::istio::DestinationRuleSpec;
use crate::krm::{Item, ReadError};

/// The annotation that makes an object ours; its value names the Service.
pub const GENERATED_FOR: &str = "overrides.dev/generated-for";

/// A DestinationRule of the input.
#[derive(Debug, Clone)]
pub struct DestinationRule {
    /// Its identity.
    pub object: Object,
    /// The host that it is about, in lower case as all names of Services are.
    pub host: SmolStr,
    /// Its subsets. Empty for a generated one.
    pub subsets: Vec<RuleSubset>,
    /// Whether it has a list of subsets at all, an empty one included.
    pub has_subsets: bool,
    /// Its traffic policy, as it is written.
    pub traffic_policy: Option<Value>,
    /// Whether it holds for some clients only.
    pub has_workload_selector: bool,
    /// The namespaces that see it.
    pub export_to: ExportTo,
    /// The Service that it was generated for, if it was.
    pub generated_for: Option<SmolStr>,
    /// What it says, when it was generated and nobody added anything to it.
    pub generated_spec: Option<DestinationRuleSpec>,
    /// What an earlier run added to it, if that note can be read.
    pub added: Option<Added>,
}

/// A subset of a rule of the user's.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(expecting = "a mapping")]
pub struct RuleSubset {
    /// Its name.
    pub name: SmolStr,
    /// The labels of its Pods.
    #[serde(default)]
    pub labels: BTreeMap<SmolStr, SmolStr>,
    /// The traffic policy that it has besides the rule's, as it is written.
    #[serde(default, rename = "trafficPolicy")]
    pub traffic_policy: Option<crate::value::Value>,
}

#[derive(Deserialize)]
#[serde(expecting = "a mapping")]
struct RawDestinationRule<'t> {
    #[serde(borrow)]
    spec: Option<RawSpec<'t>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", expecting = "a mapping")]
struct RawSpec<'t> {
    #[serde(borrow)]
    host: Option<&'t str>,
    subsets: Option<Vec<RuleSubset>>,
    traffic_policy: Option<Value>,
    workload_selector: Option<serde::de::IgnoredAny>,
    export_to: Option<Vec<SmolStr>>,
}

impl DestinationRule {
    /// The field by which it holds for some clients only; none where it holds for all.
    #[must_use]
    pub fn limited_by(&self) -> Option<&'static str> {
        if self.has_workload_selector {
            return Some("spec.workloadSelector");
        }
        (!self.export_to.is_everybody()).then_some("spec.exportTo")
    }

    pub(super) fn read(item: Item<'_>, object: Object) -> Result<Self, ReadError> {
        let generated_for = item.annotation(GENERATED_FOR).map(SmolStr::from);
        let raw: RawDestinationRule<'_> = item.node.read()?;
        let spec = raw.spec.unwrap_or_default();
        Ok(Self {
            object,
            host: spec.host.unwrap_or_default().to_ascii_lowercase_smolstr(),
            has_subsets: spec.subsets.is_some(),
            subsets: spec.subsets.unwrap_or_default(),
            traffic_policy: spec.traffic_policy,
            has_workload_selector: spec.workload_selector.is_some(),
            export_to: ExportTo::new(spec.export_to.unwrap_or_default()),
            generated_spec: generated_for.as_ref().and_then(|_| item.node.get("spec")?.read().ok()),
            generated_for,
            added: note(item),
        })
    }
}

/// What an earlier run wrote down. An object without a note had nothing added.
pub(super) fn note(item: Item<'_>) -> Option<Added> {
    match item.annotation(ADDED_ANNOTATION) {
        None => Some(Added::default()),
        Some(note) => serde_json::from_str(note).ok(),
    }
}
