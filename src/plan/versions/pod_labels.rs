//! What tells a version's Pods from those of others.

use std::collections::BTreeMap;

use smol_str::SmolStr;

use crate::config::LabelKey;
use crate::inventory::{LabelValue, Workload};

/// The labels that the Pods of a version have, and no others of the Service.
#[derive(Debug, Clone, Copy)]
pub(in crate::plan) enum PodLabels<'a> {
    /// The version label, with the version.
    Version(&'a LabelKey, &'a str),
    /// What a target of a Workload names.
    Target(&'a BTreeMap<SmolStr, SmolStr>),
}

impl<'a> PodLabels<'a> {
    /// All of them, by key.
    pub(in crate::plan) fn iter(self) -> impl Iterator<Item = (&'a str, &'a str)> {
        let (one, several) = match self {
            Self::Version(key, value) => (Some((key.as_str(), value)), None),
            Self::Target(labels) => (None, Some(labels)),
        };
        let several = several.into_iter().flatten().map(|(key, value)| (key.as_str(), value.as_str()));
        one.into_iter().chain(several)
    }

    /// Whether a workload's Pods have them.
    pub(super) fn are_on(self, workload: &Workload) -> bool {
        self.iter().all(|(key, value)| workload.labels.get(key).and_then(LabelValue::text) == Some(value))
    }

    /// Whether these say all of that, and perhaps more.
    pub(super) fn are_among(self, labels: &BTreeMap<SmolStr, SmolStr>) -> bool {
        self.iter().all(|(key, value)| labels.get(key).is_some_and(|other| other == value))
    }
}
