//! Labels other than the version label that tell the workloads of a Service apart.

use std::collections::BTreeSet;

use crate::config::is_label_value;
use crate::inventory::{LabelValue, Workload};

/// Labels that Kubernetes, Istio and Argo Rollouts put on Pods. They change by themselves.
const GIVEN: [&str; 9] = [
    "apps.kubernetes.io/pod-index",
    "controller-revision-hash",
    "pod-template-generation",
    "pod-template-hash",
    "rollouts-pod-template-hash",
    "security.istio.io/tlsMode",
    "service.istio.io/canonical-name",
    "service.istio.io/canonical-revision",
    "statefulset.kubernetes.io/pod-name",
];

/// Kubernetes' recommended labels, and one of Helm's, that say what something is and not which version of it.
const RARELY_VERSIONS: [&str; 7] = [
    "app",
    "app.kubernetes.io/component",
    "app.kubernetes.io/instance",
    "app.kubernetes.io/managed-by",
    "app.kubernetes.io/name",
    "app.kubernetes.io/part-of",
    "helm.sh/chart",
];

/// A label that all workloads of a Service have, and not all with the same value.
#[derive(Debug)]
pub(super) struct Telling<'a> {
    /// Its key.
    pub(super) key: &'a str,
    /// Its values in natural order.
    pub(super) values: Vec<&'a str>,
}

/// The labels that could be taken for the version, the likeliest first.
pub(super) fn among<'a>(workloads: &[&'a Workload]) -> Vec<Telling<'a>> {
    let Some((first, others)) = workloads.split_first().filter(|(_, others)| !others.is_empty()) else {
        return Vec::new();
    };
    let keys = first.labels.iter().map(|(key, _)| key.as_str()).filter(|key| !GIVEN.contains(key));
    let mut all: Vec<Telling<'_>> = keys
        .filter_map(|key| {
            let values = std::iter::once(first).chain(others).map(|workload| value(workload, key));
            let values: BTreeSet<&str> = values.collect::<Option<_>>()?;
            let mut values: Vec<&str> = values.into_iter().collect();
            values.sort_by(|a, b| alphanumeric_sort::compare_str(a, b));
            (values.len() > 1).then_some(Telling { key, values })
        })
        .collect();
    all.sort_by_key(|telling| (rank(telling.key), telling.key));
    all
}

fn value<'a>(workload: &'a Workload, key: &str) -> Option<&'a str> {
    let value = workload.labels.get(key).and_then(LabelValue::text)?;
    (!value.is_empty() && is_label_value(value)).then_some(value)
}

fn rank(key: &str) -> u8 {
    match key.rsplit('/').next() {
        Some("version") => 0,
        _ if RARELY_VERSIONS.contains(&key) => 2,
        _ => 1,
    }
}
