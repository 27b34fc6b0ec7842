//! Workloads without a version: a reason to skip the Service, an error, or labelled.

use super::misspelt::Misspelt;
use super::telling::{self, Telling};
use super::{Found, label_place, template_place};
use crate::config::{Policy, Unversioned};
use crate::finding::{Code, Finding, Severity};
use crate::inventory::{Service, Workload};
use crate::plan::default_version::Stated;
use crate::plan::labels::Label;
use crate::plan::words;

/// Which layer of a kustomization sees what: `transformers:` run behind the patches of their own kustomization, and in
/// front of those of the overlays above (kustomize's `KustTarget.runTransformers`).
const IN_KUSTOMIZE: &str = "In kustomize, run this function in the outermost overlay: a label that a patch of an overlay \
                            above it adds comes after it and is not seen";

/// The label that kustomize, Helm and others put on all that they deploy.
const RELEASE_NUMBER: &str = "app.kubernetes.io/version";

/// What the workloads of a Service are found to be; those without a version come out with the one that they are to be
/// labelled with. Labelling is for Services of which no workload has a version: beside versions, one without may be new
/// code, and with the default's label it would take the requests without an override.
pub(super) fn settle<'a>(
    service: &'a Service,
    found: &mut [(&'a Workload, Option<Found<'a>>)],
    policy: &'a Policy,
    stated: &Stated<'a>,
) -> Result<Vec<Label<'a>>, Box<Finding>> {
    let unversioned: Vec<&Workload> =
        found.iter().filter(|(_, version)| version.is_none()).map(|(workload, _)| *workload).collect();
    if unversioned.is_empty() {
        return Ok(Vec::new());
    }
    let all = unversioned.len() == found.len();
    let is_labelling = policy.unversioned.labels();
    let misspelt =
        unversioned.iter().find_map(|workload| Some((*workload, Misspelt::of(workload, &policy.version_labels)?)));
    match (misspelt, unversioned.first()) {
        (Some((workload, misspelt)), _) if is_labelling || !all => {
            return Err(Box::new(nearly_versioned(service, workload, misspelt, policy)));
        }
        (None, Some(workload)) if !all => return Err(Box::new(beside_versions(service, workload, policy))),
        _ if !is_labelling => return Err(Box::new(no_versions(service, &unversioned, misspelt, policy, stated))),
        _ => {}
    }
    let Some(key) = policy.version_labels.first() else { return Ok(Vec::new()) };
    let version = stated.for_unlabelled()?;
    let mut labels = Vec::new();
    for (workload, missing) in found.iter_mut().filter(|(_, version)| version.is_none()) {
        labels.push(Label::new(workload, key, version, service)?);
        *missing = Some((key, version));
    }
    Ok(labels)
}

/// A workload whose version label is misspelt is new code that somebody gave a version.
fn nearly_versioned(service: &Service, workload: &Workload, misspelt: Misspelt<'_>, policy: &Policy) -> Finding {
    let Misspelt { written, meant } = misspelt;
    let value = misspelt.value(workload);
    let place = label_place(workload, written);
    let help = format!("Rename the label `{written}` to `{meant}`");
    if policy.unversioned.labels() {
        let message = format!(
            "the label `{written}: {value}` of this workload of {} is nearly `{meant}`, so `unversioned: label` does not \
             label it as the default version: it would take the requests without an override",
            service.object.reference
        );
        return Finding::new(Code::MustNotLabel, place, message, help);
    }
    let message = format!(
        "the label `{written}: {value}` of this workload of {} is nearly `{meant}`, which others have: without a version \
         it would lose its traffic",
        service.object.reference
    );
    Finding::new(Code::SomeUnversioned, place, message, help)
}

fn beside_versions(service: &Service, workload: &Workload, policy: &Policy) -> Finding {
    let keys = keys(policy);
    let help = format!("Label its Pod template with {keys}. Code that is not the default needs a version of its own");
    let place = template_place(workload);
    let service = &service.object.reference;
    if policy.unversioned.labels() {
        let message = format!(
            "this workload of {service} has no version, and others have: `unversioned: label` does not label it as the \
             default version, because it would take the requests without an override, whatever it runs"
        );
        return Finding::new(Code::MustNotLabel, place, message, help);
    }
    let message = format!("this workload of {service} has no version, and others have: it would lose its traffic");
    Finding::new(Code::SomeUnversioned, place, message, help)
}

/// What to do about a Service none of whose workloads has a version. The help is the same for all Services that are in the
/// same situation; what differs from one to the next is in the message.
fn no_versions(
    service: &Service,
    workloads: &[&Workload],
    misspelt: Option<(&Workload, Misspelt<'_>)>,
    policy: &Policy,
    stated: &Stated<'_>,
) -> Finding {
    let keys = keys(policy);
    let severity = match policy.unversioned {
        Unversioned::Error => Severity::Error,
        Unversioned::Warn | Unversioned::Label | Unversioned::LabelFirst => Severity::Warning,
    };
    let skipped = format!("this Service is skipped: none of its workloads has the Pod label {keys}");
    let finding = |message: String, help: String| {
        Finding::new(Code::NoVersions, service.object.place(), message, help).with_severity(severity)
    };
    if let Some((workload, Misspelt { written, meant })) = misspelt {
        let message = format!("{skipped}, but `{written}` of {} is nearly that", workload.object.reference);
        let help = format!("Rename the label `{written}` to `{meant}`");
        return finding(message, help).with_related(label_place(workload, written), "It is here");
    }
    let telling = telling::among(workloads);
    if let Some((first, others)) = telling.split_first() {
        let message = format!("{skipped}, but {}", differing(first, others));
        return finding(message, take_for_version(first, policy, stated));
    }
    let related = |finding: Finding| match workloads.first() {
        Some(workload) => finding.with_related(workload.object.place(), "One of them is"),
        None => finding,
    };
    let label = first_label(policy, stated);
    if workloads.iter().all(|workload| workload.labels.contains_key(RELEASE_NUMBER)) {
        let help = format!(
            "{label}. `versionLabels: [{}]` would do without a label, but that one changes with every release, and the \
             default version with it. {IN_KUSTOMIZE}",
            with_key(policy, RELEASE_NUMBER)
        );
        return related(finding(format!("{skipped}, but they have `{RELEASE_NUMBER}`"), help));
    }
    related(finding(skipped, format!("{label}. {IN_KUSTOMIZE}")))
}

fn differing(first: &Telling<'_>, others: &[Telling<'_>]) -> String {
    let values: Vec<String> = first.values.iter().map(|value| words::code(value)).collect();
    let others: Vec<String> = others.iter().map(|other| words::code(other.key)).collect();
    let others = match others.len() {
        0 => String::new(),
        1 => format!("; so does {}", words::names(&others)),
        _ => format!("; so do {}", words::names(&others)),
    };
    format!("`{}` differs between them: {}{others}", first.key, words::names(&values))
}

fn take_for_version(telling: &Telling<'_>, policy: &Policy, stated: &Stated<'_>) -> String {
    let key = telling.key;
    let default = stated.for_unlabelled().unwrap_or_default();
    let default = if telling.values.contains(&default) {
        ""
    } else {
        ", and the default with the annotation `overrides.dev/default-version`"
    };
    format!(
        "To take `{key}` for the version, set `versionLabels: [{}]` in the policy{default}. Otherwise label the Pod \
         templates with {}. {IN_KUSTOMIZE}",
        with_key(policy, key),
        keys(policy)
    )
}

/// What to do first where nothing tells the workloads apart: what serves today is the default version.
fn first_label(policy: &Policy, stated: &Stated<'_>) -> String {
    let key = policy.version_labels.first().map(ToString::to_string).unwrap_or_default();
    let version = stated.for_unlabelled().unwrap_or_default();
    format!(
        "First label the Pod templates of what serves today with `{key}: {version}` and deploy that. `unversioned: label` \
         in the policy does the same; deploy what `overrides render --only labels` prints before the rules"
    )
}

/// The version labels, for users.
fn keys(policy: &Policy) -> String {
    policy.version_labels.iter().map(|key| words::code(key.as_str())).collect::<Vec<_>>().join(" or ")
}

/// The version labels with one more behind them.
fn with_key(policy: &Policy, key: &str) -> String {
    let known = policy.version_labels.iter().map(crate::config::LabelKey::as_str);
    known.chain([key]).collect::<Vec<_>>().join(", ")
}
