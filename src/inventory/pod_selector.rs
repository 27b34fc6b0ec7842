//! Selectors over Pods, as workloads and what counts Pods have them.

use litemap::LiteMap;
use serde::Deserialize;
use smol_str::SmolStr;

use super::by_key::ByKey;
use super::object::{LabelValue, Labels};
use crate::krm::NodeRef;

/// Kubernetes' label selector over Pods (`apimachinery/pkg/apis/meta/v1`, `LabelSelector`): all of it must hold.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PodSelector {
    /// Labels that Pods must have.
    pub labels: LiteMap<SmolStr, SmolStr>,
    expressions: Vec<Expression>,
}

/// A condition on one label.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize)]
#[serde(expecting = "a mapping")]
struct Expression {
    key: SmolStr,
    operator: Operator,
    #[serde(default)]
    values: Vec<SmolStr>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
enum Operator {
    In,
    NotIn,
    Exists,
    DoesNotExist,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", expecting = "a mapping")]
struct Raw {
    match_labels: Option<ByKey<SmolStr>>,
    match_expressions: Option<Vec<Expression>>,
}

impl PodSelector {
    /// Reads a selector. One that cannot be read is none: it says nothing about routing, and the API server refuses it. So
    /// is an empty one, which of a workload the API server refuses too and elsewhere means all Pods whatever they are.
    pub(super) fn read(node: NodeRef<'_>) -> Option<Self> {
        if let Some(labels) = only_labels(node) {
            return Self { labels, expressions: Vec::new() }.if_any();
        }
        let raw: Raw = node.read().ok()?;
        let labels = raw.match_labels.unwrap_or_default().0;
        Self { labels, expressions: raw.match_expressions.unwrap_or_default() }.if_any()
    }

    /// Reads the labels that older kinds have for a selector, without `matchLabels`.
    pub(super) fn read_labels(node: NodeRef<'_>) -> Option<Self> {
        let labels: ByKey<SmolStr> = node.read().ok()?;
        Self { labels: labels.0, expressions: Vec::new() }.if_any()
    }

    fn if_any(self) -> Option<Self> {
        (!self.labels.is_empty() || !self.expressions.is_empty()).then_some(self)
    }

    /// Whether it selects Pods with these labels.
    #[must_use]
    pub fn selects(&self, pods: &Labels) -> bool {
        let value = |key: &str| pods.get(key).and_then(LabelValue::text);
        let holds = |expression: &Expression| {
            let found = value(&expression.key);
            let is_listed = found.is_some_and(|found| expression.values.iter().any(|listed| listed == found));
            match expression.operator {
                Operator::In => is_listed,
                Operator::NotIn => !is_listed,
                Operator::Exists => found.is_some(),
                Operator::DoesNotExist => found.is_none(),
            }
        };
        self.labels.iter().all(|(key, wanted)| value(key) == Some(wanted)) && self.expressions.iter().all(holds)
    }
}

/// The labels of a selector that has nothing but labels, each written as text: nearly all are, and each workload has one.
fn only_labels(node: NodeRef<'_>) -> Option<LiteMap<SmolStr, SmolStr>> {
    let mut fields = node.entries();
    let (name, labels) = fields.next()?;
    if name.as_text() != Some("matchLabels") || fields.next().is_some() {
        return None;
    }
    let mut found = LiteMap::new();
    for (key, value) in labels.entries() {
        found.insert(SmolStr::from(key.as_text()?), SmolStr::from(value.as_text()?));
    }
    Some(found)
}
