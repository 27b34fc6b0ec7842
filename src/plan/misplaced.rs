//! Labels in the place of this tool's annotations: they do nothing, and their author does not know.

use crate::config::Policy;
use crate::finding::{Code, Finding, Place};
use crate::inventory::{DEFAULT_ANNOTATION, DEFAULT_VERSION_ANNOTATION, Service, Workload};

/// Those of a Service, but for those that the policy selects by.
pub(super) fn of_service(service: &Service, policy: &Policy) -> impl Iterator<Item = Finding> {
    let misplaced = service.misplaced().filter(|(label, _)| !policy.select.reads(label));
    misplaced.map(|(label, meant)| {
        let help = if meant == DEFAULT_ANNOTATION {
            format!(
                "Write `{meant}` as an annotation of the workload of the default version, or \
                 `{DEFAULT_VERSION_ANNOTATION}` as an annotation here"
            )
        } else {
            format!("Write `{meant}` as an annotation")
        };
        finding(service.object.place().entry("metadata.labels", label), label, help)
    })
}

/// Those of a workload and its Pods, but for those that the policy tells versions or the default by.
pub(super) fn of_workload(workload: &Workload, policy: &Policy) -> impl Iterator<Item = Finding> {
    let is_read = |label: &str| {
        policy.default_selector.reads(label)
            || policy.services.iter().any(|service| service.default_selector.reads(label))
            || policy.version_labels.iter().any(|key| key.as_str() == label)
    };
    workload.misplaced().filter(move |(_, label, _)| !is_read(label)).map(|(within, label, meant)| {
        let help = if meant == DEFAULT_ANNOTATION {
            format!("Write `{meant}` as an annotation, on the workloads of the default version")
        } else {
            format!("Write `{meant}` as an annotation of the Service")
        };
        finding(workload.object.place().entry(&within.join("."), label), label, help)
    })
}

fn finding(place: Place, label: &str, help: String) -> Finding {
    let message = format!("the label `{label}` does nothing: such names are read among annotations only");
    Finding::new(Code::UnknownAnnotation, place, message, help)
}
