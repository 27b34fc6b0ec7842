//! A `defaultSelector` that selects nothing, although that is hardly meant: the default that is built in, or that
//! `defaultVersion` states, takes all requests without an override.

use super::selection::Selection;
use super::versions::{Version, is_nearly};
use crate::config::{Operator, Policy, Selector};
use crate::finding::{Code, Finding};
use crate::inventory::{LabelValue, Service, Workload};

/// Whether a selector selects the Pods of a workload.
pub(super) fn selects(selector: &Selector, workload: &Workload) -> bool {
    selector.matches(|key| workload.labels.get(key).map(|value| value.text().unwrap_or_default()))
}

/// A Service whose workloads have the labels that the selector asks for, or nearly, with other values. One whose workloads
/// have none of them may be left to `defaultVersion`.
pub(super) fn finding(
    service: &Service,
    versions: &[Version<'_>],
    default: &Version<'_>,
    policy: &Policy,
) -> Option<Finding> {
    let selector = &policy.default_selector;
    let workloads = || versions.iter().flat_map(Version::workloads);
    let (workload, key) = workloads().find_map(|workload| Some((workload, evidence(workload, selector)?)))?;
    let value = workload.labels.get(key).and_then(LabelValue::text).unwrap_or_default();
    let message = format!(
        "the policy's `defaultSelector` selects no workload of this Service, though {} has the label `{key}: {value}`: \
         `{}` takes all requests without an override",
        workload.object.reference, default.value
    );
    let help = "Correct the labels of its workloads or the selector, or state its default with the annotation \
                `overrides.dev/default-version` on the Service";
    let label = workload.object.place().entry(&workload.labels_path().join("."), key);
    let finding = Finding::new(Code::DefaultSelectsNothing, service.object.place(), message, help);
    Some(finding.with_related(label, "The label is here"))
}

/// The label by which one sees that the selector was meant for a workload that it does not select: all keys are there that
/// it asks for, or slips of the fingers instead of them. Those come first.
fn evidence<'a>(workload: &'a Workload, selector: &Selector) -> Option<&'a str> {
    let keys = |wanted: bool| {
        let is_wanted = move |operator| matches!(operator, Operator::In | Operator::Exists) == wanted;
        let expressions = selector.match_expressions.iter().filter(move |each| is_wanted(each.operator));
        let labels = selector.match_labels.keys().filter(move |_| wanted);
        labels.chain(expressions.map(|each| &each.key))
    };
    let written = || workload.labels.iter().map(|(key, _)| key.as_str());
    let exact = |key: &str| written().find(|written| *written == key);
    let nearly = |key: &str| written().find(|written| is_nearly(written, key));
    let mut first = None;
    let mut slip = None;
    for key in keys(true) {
        match exact(key) {
            Some(found) => first = first.or(Some(found)),
            None => slip = Some(slip.unwrap_or(nearly(key)?)),
        }
    }
    // A selector that only excludes selects all but Pods with those labels.
    slip.or(first).or_else(|| keys(false).find_map(|key| exact(key)).filter(|_| keys(true).next().is_none()))
}

/// Says it once, in the place of all Services, where the selector selects no workload of any Service.
pub(super) fn settle(policy: &Policy, selection: &Selection<'_>, findings: &mut Vec<Finding>) {
    let selector = &policy.default_selector;
    if selector.is_empty() || selection.found(true).any(|workload| selects(selector, workload)) {
        return;
    }
    let is_ours = |finding: &Finding| finding.code == Code::DefaultSelectsNothing;
    let related = findings.iter().find(|finding| is_ours(finding)).and_then(|finding| finding.related.clone());
    findings.retain(|finding| !is_ours(finding));
    let is_config_map = policy.place.object.as_ref().is_some_and(|object| object.kind == "ConfigMap");
    let field = if is_config_map { "data.defaultSelector" } else { "spec.defaultSelector" };
    let message = format!(
        "the policy's `defaultSelector` selects no workload of any Service, so `defaultVersion` decides, which is `{}`",
        policy.default_version.as_str()
    );
    let help = "Correct the selector, or the labels of the workloads";
    let finding = Finding::new(Code::DefaultSelectsNothing, policy.place.field(field), message, help);
    findings.push(Finding { related, ..finding });
}
