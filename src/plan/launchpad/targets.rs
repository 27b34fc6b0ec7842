//! What a Workload says about its Service, checked: targets with names, labels and weights.

use std::collections::BTreeMap;

use smol_str::SmolStr;

use crate::config::{LEGAL_VALUES, LabelKey, SPLIT_TOTAL, is_label_value};
use crate::finding::{Code, Finding, Place};
use crate::inventory::{EitherField, LaunchpadTarget, LaunchpadWorkload, Service};
use crate::plan::identity::{Key, meant};
use crate::plan::subset;

/// The versions of a Service and their weights, as a Workload states them.
#[derive(Debug)]
pub(in crate::plan) struct TargetSplit<'a> {
    /// The Workload.
    pub(in crate::plan) workload: &'a LaunchpadWorkload,
    /// A version each; no name stands twice, and the weights add up to 100.
    pub(in crate::plan) targets: Vec<Target<'a>>,
}

/// A version of the Service.
#[derive(Debug)]
pub(in crate::plan) struct Target<'a> {
    /// What requests ask for it by: a legal name of a subset.
    pub(in crate::plan) name: &'a str,
    /// The labels of its Pods, at least one.
    pub(in crate::plan) labels: &'a BTreeMap<SmolStr, SmolStr>,
    /// Its part of the requests without an override, in percent.
    pub(in crate::plan) weight: u32,
    /// Where its name and its labels stand.
    fields: [String; 2],
}

impl Target<'_> {
    /// Where its labels stand.
    pub(in crate::plan) fn labels_place(&self, split: &TargetSplit<'_>) -> Place {
        let [_, labels] = &self.fields;
        split.workload.object.place().field(labels.as_str())
    }
}

impl<'a> TargetSplit<'a> {
    /// What a Workload says about a Service that rules may call by these `keys`; none where it cannot be.
    pub(super) fn read(
        workload: &'a LaunchpadWorkload,
        service: &Service,
        keys: &[Key<'_>],
        findings: &mut Vec<Finding>,
    ) -> Option<Self> {
        let mut targets = Vec::with_capacity(workload.targets.len());
        let before = findings.len();
        for (position, target) in workload.targets.iter().enumerate() {
            let reading = Reading { workload, position, target };
            match reading.check_hosts(service, keys).and_then(|()| reading.target()) {
                Ok(target) => targets.push(target),
                Err(finding) => findings.push(*finding),
            }
        }
        if findings.len() == before {
            findings.extend(twice(workload, &targets));
            findings.extend(off_sum(workload, &targets));
        }
        (findings.len() == before).then_some(Self { workload, targets })
    }
}

/// A target that is being read.
#[derive(Clone, Copy)]
struct Reading<'a> {
    workload: &'a LaunchpadWorkload,
    position: usize,
    target: &'a LaunchpadTarget,
}

impl<'a> Reading<'a> {
    fn path(self, field: &str) -> String {
        format!("spec.targets[{}].{field}", self.position)
    }

    fn wrong<T>(self, path: impl Into<String>, message: impl Into<String>, cure: &str) -> Result<T, Box<Finding>> {
        Err(Box::new(wrong(self.workload, path, message, cure)))
    }

    fn target(self) -> Result<Target<'a>, Box<Finding>> {
        let (name, name_field) = self.name()?;
        let (labels, labels_field) = self.labels()?;
        Ok(Target { name, labels, weight: self.target.weight, fields: [name_field, labels_field] })
    }

    fn name(self) -> Result<(&'a str, String), Box<Finding>> {
        let (nested, flat) = (self.path("trafficSplit.subset.name"), self.path("trafficSplit.subsetName"));
        let (name, path) = match &self.target.subset_name {
            EitherField { nested: Some(name), flat: Some(other) } if name != other => {
                let message = format!("`subsetName` says `{other}`, and `subset.name` says `{name}`");
                return self.wrong(flat, message, "Keep one of the two");
            }
            EitherField { nested: Some(name), .. } => (name, nested),
            EitherField { flat: Some(name), .. } => (name, flat),
            _ => return self.wrong(nested, "this target has no name for its subset", "Give it one, such as `v2`"),
        };
        if !subset::is_legal(name) {
            let cure = "Use at most 63 letters, digits and `-`, with a letter or digit at either end";
            return self.wrong(path, format!("{name:?} cannot be the name of a subset"), cure);
        }
        Ok((name, path))
    }

    fn labels(self) -> Result<(&'a BTreeMap<SmolStr, SmolStr>, String), Box<Finding>> {
        let (nested, flat) = (self.path("trafficSplit.subset.labels"), self.path("trafficSplit.subsetLabels"));
        let (labels, path) = match &self.target.subset_labels {
            EitherField { nested: Some(labels), flat: Some(other) } if labels != other => {
                let message = "`subsetLabels` names other labels than `subset.labels`";
                return self.wrong(flat, message, "Keep one of the two");
            }
            EitherField { nested: Some(labels), .. } => (labels, nested),
            EitherField { flat: Some(labels), .. } => (labels, flat),
            _ => {
                let message = "this target has no labels, so nothing tells its Pods from others";
                return self.wrong(nested, message, "Name labels that all of its Pods have, and no others");
            }
        };
        for (key, value) in labels {
            let place = || Place::default().entry(&path, key).field.unwrap_or_default();
            if let Err(message) = LabelKey::try_from(key.to_string()) {
                return self.wrong(place(), message, "Write the key of a label that the Pods have");
            }
            if !is_label_value(value) {
                return self.wrong(place(), format!("{value:?} is not a legal label value"), LEGAL_VALUES);
            }
        }
        Ok((labels, path))
    }

    /// Whatever the target calls the Service has to mean it.
    fn check_hosts(self, service: &Service, keys: &[Key<'_>]) -> Result<(), Box<Finding>> {
        let reference = &service.object.reference;
        let hosts = self.target.hosts.iter().enumerate();
        let hosts = hosts.map(|(index, host)| (format!("trafficSplit.hosts[{index}]"), host));
        let destination = self.target.destination_host.iter().map(|host| ("trafficSplit.destinationHost".into(), host));
        for (field, host) in hosts.chain(destination) {
            if !meant(host, self.workload.object.namespace()).any(|key| keys.contains(&key)) {
                let message = format!("`{host}` does not mean {reference}, which `spec.host` names");
                return self.wrong(self.path(&field), message, "Write the same as in `spec.host`, or leave it out");
            }
        }
        let known = |namespace: &str| {
            service.namespace().effective() == namespace || service.previous.namespaces.iter().any(|n| n == namespace)
        };
        match &self.target.namespace {
            Some(namespace) if !known(namespace) => {
                let message = format!("the target is in the namespace `{namespace}`, and {reference} is not");
                let cure = "A Service selects Pods of its own namespace only: write that one, or leave it out";
                self.wrong(self.path("namespace"), message, cure)
            }
            _ => Ok(()),
        }
    }
}

fn twice(workload: &LaunchpadWorkload, targets: &[Target<'_>]) -> Option<Finding> {
    let mut seen: BTreeMap<&str, &Target<'_>> = BTreeMap::new();
    let (first, second) = targets.iter().find_map(|target| Some((seen.insert(target.name, target)?, target)))?;
    let [[first, _], [field, _]] = [&first.fields, &second.fields];
    let message = format!("the name `{}` stands twice in this Workload", second.name);
    let finding = wrong(workload, field, message, "Give each target a name of its own: requests ask for it by that");
    Some(finding.with_related(workload.object.place().field(first), "The other one is here"))
}

fn off_sum(workload: &LaunchpadWorkload, targets: &[Target<'_>]) -> Option<Finding> {
    if targets.is_empty() {
        let message = "this Workload has no targets, so it says nothing about its Service";
        return Some(wrong(workload, "spec.targets", message, "Add a target for each version, or remove the Workload"));
    }
    let sum: u64 = targets.iter().map(|target| u64::from(target.weight)).sum();
    let message = format!("the weights add up to {sum}, and must add up to {SPLIT_TOTAL}");
    let cure = "Correct the weights; a target without one has 0";
    (sum != SPLIT_TOTAL).then(|| wrong(workload, "spec.targets", message, cure))
}

fn wrong(workload: &LaunchpadWorkload, path: impl Into<String>, message: impl Into<String>, cure: &str) -> Finding {
    Finding::new(Code::WorkloadInvalid, workload.object.place().field(path), message, cure)
}
