//! Version labels for workloads that have none, where the policy wants that.

use std::collections::BTreeSet;

use foldhash::HashMap;

use super::Change;
use crate::config::LabelKey;
use crate::finding::{Code, Finding};
use crate::inventory::{Inventory, LabelValue, Rollout, Service, Workload};

/// A version label that a workload's Pods are to get.
#[derive(Debug, Clone)]
pub(super) struct Label<'a> {
    workload: &'a Workload,
    key: &'a LabelKey,
    version: &'a str,
}

impl<'a> Label<'a> {
    /// A label for a workload whose controller replaces its Pods when the template changes. Elsewhere the label would
    /// stay on paper while the Service is already pinned to it.
    pub(super) fn new(
        workload: &'a Workload,
        key: &'a LabelKey,
        version: &'a str,
        service: &Service,
    ) -> Result<Self, Box<Finding>> {
        if workload.rollout == Rollout::ByHand {
            let message = format!(
                "these Pods of {} have no version, and labelling them would do nothing: they are not replaced by \
                 themselves when their labels change",
                service.object.reference
            );
            let cure = format!("Label them with `{key}: {version}` by hand, and replace the Pods");
            let place = workload.object.place().field(workload.labels_path().join("."));
            return Err(Box::new(Finding::new(Code::CannotLabel, place, message, cure)));
        }
        Ok(Self { workload, key, version })
    }
}

impl Label<'_> {
    fn would_be_selected_by(&self, service: &Service) -> bool {
        if self.workload.is_selected_by(service) {
            return false;
        }
        let mut labelled = self.workload.clone();
        labelled.labels.insert(self.key.as_str().into(), LabelValue::Text(self.version.into()));
        labelled.is_selected_by(service)
    }
}

/// What was labelled, and what that means for the roll-out: rules that arrive before the labelled Pods lead nowhere.
fn labelled(first: &Label<'_>, count: usize, service: &Service, waits: bool) -> Finding {
    let workloads = match count {
        1 => "one workload of this Service is".to_owned(),
        several => format!("{several} workloads of this Service are"),
    };
    let label = format!("{}: {}", first.key, first.version);
    let (what_follows, help) = if waits {
        let help = "Deploy this, and set `unversioned: label` when all Pods have the label";
        ("and its rules wait until the policy says `unversioned: label`", help)
    } else {
        let help = "Deploy the labels first and the rules after, or requests are answered 503 until the first labelled Pod \
                    is ready: apply what `overrides render --only labels` prints, wait for the roll-out, then apply what \
                    `--only rules` prints. For a function, set `unversioned: labelFirst` for the first of the two";
        ("and the Service is pinned to that version", help)
    };
    let message = format!("{workloads} labelled `{label}`, {what_follows}");
    Finding::new(Code::Labelled, service.object.place(), message, help)
}

/// A Service whose rules wait for the labels of the Pods.
pub(super) fn waits(service: &Service) -> Finding {
    let message = "no rules are written for this Service yet: it has a single version, and the policy says `unversioned: \
                   labelFirst`";
    let help = "Set `unversioned: label` when all Pods have their version label";
    Finding::new(Code::SingleVersionSkipped, service.object.place(), message, help)
}

/// All labels to be written, each workload's once however many Services select it.
#[derive(Debug, Default)]
pub(super) struct Labelling<'a> {
    labels: Vec<Label<'a>>,
    /// Positions in `labels`; a workload is one and the same object of the inventory, and that is its identity.
    by_workload: HashMap<*const Workload, usize>,
}

impl<'a> Labelling<'a> {
    pub(super) fn add(&mut self, labels: &[Label<'a>], service: &Service, waits: bool, findings: &mut Vec<Finding>) {
        let Some(first) = labels.first() else { return };
        findings.push(labelled(first, labels.len(), service, waits));
        for label in labels {
            let known = self.by_workload.get(&std::ptr::from_ref(label.workload));
            match known.and_then(|position| self.labels.get(*position)) {
                None => {
                    self.by_workload.insert(std::ptr::from_ref(label.workload), self.labels.len());
                    self.labels.push(label.clone());
                }
                Some(other) if other.version == label.version => {}
                Some(other) => {
                    let message = format!(
                        "this workload has no version, and its Services state different ones for it: `{}` and `{}`",
                        other.version, label.version
                    );
                    let cure = format!("Label it with `{}` by hand", label.key);
                    let place = label.workload.object.place();
                    findings.push(Finding::new(Code::LabelConflict, place, message, cure));
                }
            }
        }
    }

    /// A label may be just what another Service's selector waits for: its traffic would reach Pods that it did not
    /// reach before.
    pub(super) fn check_selectors(&self, inventory: &Inventory, findings: &mut Vec<Finding>) {
        let keys: BTreeSet<&str> = self.labels.iter().map(|label| label.key.as_str()).collect();
        let watching = |service: &&Service| keys.iter().any(|key| service.selector.contains_key(*key));
        for service in inventory.services.iter().filter(watching) {
            for label in self.labels.iter().filter(|label| label.would_be_selected_by(service)) {
                let message = format!(
                    "with the label `{}: {}` {} would select this workload, which it does not now",
                    label.key, label.version, service.object.reference
                );
                let cure = "Label it by hand if that is meant";
                let place = label.workload.object.place();
                findings.push(Finding::new(Code::LabelSelects, place, message, cure));
            }
        }
    }

    pub(super) fn into_changes(self) -> Vec<Change<'static>> {
        let change = |label: Label<'_>| Change::Label {
            object: Box::new(label.workload.object.clone()),
            path: label.workload.labels_path(),
            key: label.key.clone(),
            version: label.version.to_owned(),
        };
        self.labels.into_iter().map(change).collect()
    }
}
