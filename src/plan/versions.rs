//! The versions of a Service: what its workloads say they are.

mod misspelt;
mod of_targets;
mod pod_labels;
mod telling;
mod unversioned;

use std::collections::BTreeSet;

use smol_str::SmolStr;

use super::default_selector::selects;
use super::default_version::Stated;
use super::labels::Label;
use super::subset;
use crate::config::{LEGAL_VALUES, LabelKey, Policy, Selector, is_label_value};
use crate::finding::{Code, Finding, Place};
use crate::inventory::{LabelValue, RuleSubset, Service, Workload};

pub(super) use misspelt::is_nearly;
pub(super) use of_targets::of_targets;
pub(super) use pod_labels::PodLabels;

/// A version of a Service.
#[derive(Debug)]
pub(super) struct Version<'a> {
    /// What requests ask for it by: the version label's value, or the name of a target's subset, as it is written.
    pub(super) value: &'a str,
    /// The labels of its Pods.
    pub(super) labels: PodLabels<'a>,
    /// What Istio calls it.
    pub(super) subset: SmolStr,
    workloads: Vec<&'a Workload>,
}

impl<'a> Version<'a> {
    /// The workloads that have it.
    pub(super) fn workloads(&self) -> impl Iterator<Item = &'a Workload> + use<'a, '_> {
        self.workloads.iter().copied()
    }

    pub(super) fn is_scaled_to_zero(&self) -> bool {
        self.workloads.iter().all(|workload| workload.scaled_to_zero)
    }

    /// Whether a selector selects one of its workloads, by the labels of its Pods.
    pub(super) fn any_matches(&self, selector: &Selector) -> bool {
        self.workloads.iter().any(|workload| selects(selector, workload))
    }
}

/// The workloads whose version label says the same.
struct Labelled<'a> {
    value: &'a str,
    key: &'a LabelKey,
    workloads: Vec<&'a Workload>,
}

/// A workload's version: the label that holds it, and its value.
type Found<'a> = (&'a LabelKey, &'a str);

/// The versions of a Service in natural order, with the labels that workloads must get for it.
pub(super) fn of<'a>(
    service: &'a Service,
    workloads: &[&'a Workload],
    policy: &'a Policy,
    stated: &Stated<'a>,
    users: &[&RuleSubset],
) -> Result<(Vec<Version<'a>>, Vec<Label<'a>>), Box<Finding>> {
    check_any(service, workloads)?;
    let mut found = Vec::with_capacity(workloads.len());
    for workload in workloads {
        found.push((*workload, version_of(workload, &policy.version_labels)?));
    }
    let labels = unversioned::settle(service, &mut found, policy, stated)?;
    let versioned: Vec<(&Workload, Found<'_>)> =
        found.into_iter().filter_map(|(workload, version)| Some((workload, version?))).collect();
    let groups = group(service, &versioned)?;
    check_overlap(service, &groups, workloads)?;
    let mut versions: Vec<Version<'_>> = groups.into_iter().map(Version::from).collect();
    sort(&mut versions);
    name_subsets(&mut versions, users);
    Ok((versions, labels))
}

impl<'a> From<Labelled<'a>> for Version<'a> {
    fn from(Labelled { value, key, workloads }: Labelled<'a>) -> Self {
        Self { value, labels: PodLabels::Version(key, value), subset: SmolStr::default(), workloads }
    }
}

fn check_any(service: &Service, workloads: &[&Workload]) -> Result<(), Box<Finding>> {
    if !workloads.is_empty() {
        return Ok(());
    }
    let message = "this Service is passed over: no workload of the input has the labels that it selects";
    let cure = "Add its workloads to the input, or annotate it with `overrides.dev/ignore: \"true\"`";
    Err(Box::new(Finding::new(Code::NoWorkloads, service.object.place(), message, cure)))
}

/// Natural order: `v2` before `v10`.
fn sort(versions: &mut [Version<'_>]) {
    versions.sort_by(|a, b| alphanumeric_sort::compare_str(a.value, b.value).then_with(|| a.value.cmp(b.value)));
}

/// How many different versions the workloads have, for a Service that may be left alone whatever they are. None when a
/// version cannot be read.
pub(super) fn count(workloads: &[&Workload], policy: &Policy) -> Option<usize> {
    let read = workloads.iter().map(|workload| version_of(workload, &policy.version_labels));
    let found = read.collect::<Result<Vec<_>, _>>().ok()?;
    Some(found.into_iter().flatten().map(|(_, value)| value).collect::<BTreeSet<_>>().len())
}

/// The first of the version labels that the Pods have with a value.
fn version_of<'a>(workload: &'a Workload, keys: &'a [LabelKey]) -> Result<Option<Found<'a>>, Box<Finding>> {
    for key in keys {
        let place = || label_place(workload, key.as_str());
        match workload.labels.get(key.as_str()) {
            None => {}
            Some(LabelValue::Text(value)) if value.is_empty() => {}
            Some(LabelValue::Text(value)) if is_label_value(value) => return Ok(Some((key, value))),
            Some(LabelValue::Text(value)) => {
                let message = format!("the version {value:?} is not a legal label value");
                return Err(Box::new(Finding::new(Code::IllegalVersion, place(), message, LEGAL_VALUES)));
            }
            Some(LabelValue::NotText(what)) => {
                let message = format!("YAML reads the version as {what}, and labels are text");
                let cure = "Put quotes around it: the API server refuses it as it is";
                return Err(Box::new(Finding::new(Code::VersionNotText, place(), message, cure)));
            }
        }
    }
    Ok(None)
}

/// Workloads of one version become one subset; the same version under two labels cannot, for a subset's labels must
/// all be there.
fn group<'a>(service: &Service, found: &[(&'a Workload, Found<'a>)]) -> Result<Vec<Labelled<'a>>, Box<Finding>> {
    let mut versions: Vec<Labelled<'a>> = Vec::new();
    for (workload, (key, value)) in found {
        match versions.iter_mut().find(|version| version.value == *value) {
            None => versions.push(Labelled { value, key, workloads: vec![workload] }),
            Some(version) if version.key == *key => version.workloads.push(workload),
            Some(version) => {
                let message = format!(
                    "version `{value}` of {} stands under `{}` here and under `{}` elsewhere, and no subset selects both",
                    service.object.reference, key, version.key
                );
                let mut finding = Finding::new(
                    Code::VersionUnderTwoLabels,
                    label_place(workload, key.as_str()),
                    message,
                    format!("Use one label for both, `{}` or `{key}`", version.key),
                );
                if let Some(other) = version.workloads.first() {
                    finding = finding.with_related(label_place(other, version.key.as_str()), "The other workload is");
                }
                return Err(Box::new(finding));
            }
        }
    }
    Ok(versions)
}

/// A subset of the user's that selects just a version's Pods is that version's, whatever it is called. It may say more
/// than the version, as long as that is true of all of them.
fn name_subsets(versions: &mut [Version<'_>], users: &[&RuleSubset]) {
    let own_name = |version: &Version<'_>| {
        let selects = |subset: &&&RuleSubset| {
            let mut others = subset.labels.iter().filter(|(key, _)| !version.labels.iter().any(|(own, _)| own == *key));
            let all_have = |(key, value): (&SmolStr, &SmolStr)| {
                version.workloads.iter().all(|pods| pods.labels.get(key).and_then(LabelValue::text) == Some(value))
            };
            version.labels.are_among(&subset.labels) && others.all(all_have)
        };
        let found = users.iter().filter(selects).min_by_key(|subset| subset.labels.len());
        found.map(|subset| subset.name.clone())
    };
    let taken: BTreeSet<&str> = users.iter().map(|subset| subset.name.as_str()).collect();
    let values: Vec<&str> = versions.iter().map(|version| version.value).collect();
    let names = subset::names(&values, &taken);
    for (version, name) in versions.iter_mut().zip(names) {
        version.subset = own_name(version).unwrap_or(name);
    }
}

/// With several version labels, a workload of one version may carry another version's label as well; that version's
/// subset would then reach its Pods.
fn check_overlap(service: &Service, versions: &[Labelled<'_>], workloads: &[&Workload]) -> Result<(), Box<Finding>> {
    if versions.windows(2).all(|pair| pair.first().map(|v| v.key) == pair.last().map(|v| v.key)) {
        return Ok(());
    }
    for version in versions {
        for workload in workloads {
            let has_label = workload.labels.get(version.key.as_str()).and_then(LabelValue::text) == Some(version.value);
            let is_own = version.workloads.iter().any(|own| std::ptr::eq(*own, *workload));
            if has_label && !is_own {
                let message = format!(
                    "these Pods are of another version, and the subset of version `{}` of {} would select them as well",
                    version.value, service.object.reference
                );
                let place = label_place(workload, version.key.as_str());
                let cure = format!("Remove `{}` here, or leave it out of the policy's `versionLabels`", version.key);
                return Err(Box::new(Finding::new(Code::VersionsOverlap, place, message, cure)));
            }
        }
    }
    Ok(())
}

fn label_place(workload: &Workload, key: &str) -> Place {
    workload.object.place().entry(&workload.labels_path().join("."), key)
}

fn template_place(workload: &Workload) -> Place {
    workload.object.place().field(workload.labels_path().join("."))
}
