//! A Kubernetes label selector, over Services or over the Pods of workloads.

use std::collections::BTreeMap;

use serde::Deserialize;

/// Selects objects by their labels; everything must hold, and an empty selector selects all.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "cluster", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default, expecting = "a label selector")]
pub struct Selector {
    /// Labels that must be there with these values.
    pub match_labels: BTreeMap<String, String>,
    /// Further conditions.
    pub match_expressions: Vec<Requirement>,
}

/// A condition on one label.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "cluster", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, expecting = "a mapping")]
pub struct Requirement {
    /// The label's key.
    pub key: String,
    /// What must hold.
    pub operator: Operator,
    /// The values that `In` and `NotIn` are about.
    #[serde(default)]
    pub values: Vec<String>,
}

/// What must hold for a label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "cluster", derive(schemars::JsonSchema))]
pub enum Operator {
    /// It has one of the values.
    In,
    /// It has none of the values, or is not there.
    NotIn,
    /// It is there.
    Exists,
    /// It is not there.
    DoesNotExist,
}

impl Selector {
    /// Whether it says nothing at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.match_labels.is_empty() && self.match_expressions.is_empty()
    }

    /// Whether it looks at a label.
    #[must_use]
    pub fn reads(&self, key: &str) -> bool {
        self.match_labels.contains_key(key) || self.match_expressions.iter().any(|each| each.key == key)
    }

    /// Whether an object is selected; `value` looks one of its labels up.
    #[must_use]
    pub fn matches<'v>(&self, value: impl Fn(&str) -> Option<&'v str>) -> bool {
        let label = |(key, wanted): (&String, &String)| value(key) == Some(wanted);
        let requirement = |requirement: &Requirement| {
            let found = value(&requirement.key);
            let listed = found.is_some_and(|found| requirement.values.iter().any(|wanted| wanted == found));
            match requirement.operator {
                Operator::In => listed,
                Operator::NotIn => !listed,
                Operator::Exists => found.is_some(),
                Operator::DoesNotExist => found.is_none(),
            }
        };
        self.match_labels.iter().all(label) && self.match_expressions.iter().all(requirement)
    }
}
