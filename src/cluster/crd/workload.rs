//! launchpad's `Workload`, in both schemas that were published.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde_json::{Value, json};

use super::rules::{at, pattern, rule};
use super::structural::schema_of;
use super::{Definition, status};
use crate::inventory::{LAUNCHPAD_GROUP, LAUNCHPAD_KIND};

const WORKLOAD: Definition = Definition {
    group: LAUNCHPAD_GROUP,
    kind: LAUNCHPAD_KIND,
    plural: "workloads",
    singular: "workload",
    description: "How requests without an override are spread over the versions of a Service, and what these versions \
                  are.",
    columns: &[
        ("Host", ".spec.host"),
        ("VirtualService", ".status.virtualServiceState"),
        ("DestinationRule", ".status.destinationRuleState"),
    ],
};

/// How the requests to a Service are spread.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "what is read of a Workload is in the inventory; this is all that may be written")]
struct Spec {
    /// The Service, as Istio understands a host: a short name is in the Workload's own namespace.
    host: String,
    /// The versions of the Service. Together they cover all of its workloads.
    targets: Vec<Target>,
}

/// A version of the Service.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "see above")]
struct Target {
    /// For people, and not looked at.
    name: Option<String>,
    /// The namespace of its Pods, which can only be the Service's own.
    namespace: Option<String>,
    /// The version's name, its Pods, and its part of the requests.
    traffic_split: TrafficSplit,
}

/// The name, the Pods and the weight of a version.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "see above")]
struct TrafficSplit {
    /// The Service once more. They may be left out, and may say nothing else.
    hosts: Option<Vec<String>>,
    /// The Service once more. It may be left out, and may say nothing else.
    destination_host: Option<String>,
    /// The name of the version and the labels of its Pods.
    subset: Option<Subset>,
    /// The name of the version, in place of `subset.name`.
    subset_name: Option<String>,
    /// The labels of its Pods, in place of `subset.labels`.
    subset_labels: Option<BTreeMap<String, String>>,
    /// Its part of the requests without an override, in percent; 0 where it is left out. All together are 100.
    weight: Option<i32>,
}

/// The name of a version and the labels of its Pods.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "see above")]
struct Subset {
    /// What requests ask for the version by.
    name: Option<String>,
    /// The labels that all Pods of the version have, and no others of the Service.
    labels: Option<BTreeMap<String, String>>,
}

/// A target's name, in either schema; what is empty is absent.
const NESTED_NAME: &str = "has(self.subset) && has(self.subset.name) && self.subset.name != ''";
const FLAT_NAME: &str = "has(self.subsetName) && self.subsetName != ''";
const NESTED_LABELS: &str = "has(self.subset) && has(self.subset.labels) && size(self.subset.labels) > 0";
const FLAT_LABELS: &str = "has(self.subsetLabels) && size(self.subsetLabels) > 0";
/// All names of a Workload.
const NAMES: &str = "self.map(target, target.trafficSplit).map(split, has(split.subset) && has(split.subset.name) && \
                     split.subset.name != '' ? split.subset.name : has(split.subsetName) ? split.subsetName : '')";
const SUM: &str = "self.map(target, has(target.trafficSplit.weight) ? target.trafficSplit.weight : 0).sum()";
const SUBSET_NAME: &str = "^([A-Za-z0-9]([-A-Za-z0-9]{0,61}[A-Za-z0-9])?)?$";
const TARGETS: usize = 64;

pub(super) fn definition() -> Value {
    let mut spec = schema_of::<Spec>();
    at(&mut spec, "host", json!({"minLength": 1, "maxLength": 253}));
    targets(&mut spec);
    split(&mut spec);
    let status = status(&[
        ("virtualServiceState", "`CREATED` once the VirtualService is there, `PENDING` before."),
        ("destinationRuleState", "`CREATED` once the DestinationRule is there, `PENDING` before."),
    ]);
    WORKLOAD.whole(&spec, &status, true)
}

fn targets(spec: &mut Value) {
    let sum = rule(&format!("{SUM} == 100"), "the weights must add up to 100; one that is left out is 0");
    let once = rule(
        &format!("{NAMES}.all(name, name == '' || {NAMES}.exists_one(other, other == name))"),
        "the name of a subset stands twice: requests ask for a target by it, so each needs one of its own",
    );
    at(spec, "targets", json!({"minItems": 1, "maxItems": TARGETS, "x-kubernetes-validations": [sum, once]}));
    at(spec, "targets[].name", json!({"maxLength": 253}));
    at(spec, "targets[].namespace", json!({"maxLength": 63}));
}

fn split(spec: &mut Value) {
    let checks = [
        rule(
            &format!("({NESTED_NAME}) || ({FLAT_NAME})"),
            "this target has no name for its subset: write `subset.name` or `subsetName`",
        ),
        rule(
            &format!("({NESTED_LABELS}) || ({FLAT_LABELS})"),
            "this target has no labels, so nothing tells its Pods from others: write `subset.labels` or `subsetLabels`",
        ),
        rule(
            &format!("!({NESTED_NAME}) || !({FLAT_NAME}) || self.subset.name == self.subsetName"),
            "`subset.name` and `subsetName` differ: keep one of the two",
        ),
        rule(
            &format!("!({NESTED_LABELS}) || !({FLAT_LABELS}) || self.subset.labels == self.subsetLabels"),
            "`subset.labels` and `subsetLabels` differ: keep one of the two",
        ),
    ];
    at(spec, "targets[].trafficSplit", json!({"x-kubernetes-validations": checks}));
    at(spec, "targets[].trafficSplit.weight", json!({"minimum": 0, "maximum": 100}));
    at(spec, "targets[].trafficSplit.hosts", json!({"minItems": 1, "maxItems": 16}));
    at(spec, "targets[].trafficSplit.hosts[]", json!({"minLength": 1, "maxLength": 253}));
    at(spec, "targets[].trafficSplit.destinationHost", json!({"maxLength": 253}));
    for name in ["targets[].trafficSplit.subset.name", "targets[].trafficSplit.subsetName"] {
        let checks = [pattern(
            SUBSET_NAME,
            "at most 63 letters, digits and `-` are needed, with a letter or digit at either end",
        )];
        at(spec, name, json!({"maxLength": 63, "x-kubernetes-validations": checks}));
    }
    for labels in ["targets[].trafficSplit.subset.labels", "targets[].trafficSplit.subsetLabels"] {
        at(spec, labels, json!({"maxProperties": 16}));
        at(spec, &format!("{labels}{{}}"), json!({"maxLength": 63}));
    }
}
