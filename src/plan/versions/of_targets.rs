//! The versions of a Service for which a Workload of launchpad's says what they are.

use smol_str::SmolStr;

use super::{PodLabels, Version, check_any, label_place, name_subsets, sort, template_place};
use crate::finding::{Code, Finding};
use crate::inventory::{LabelValue, RuleSubset, Service, Workload};
use crate::plan::launchpad::TargetSplit;

/// The versions in natural order: a target each. Every workload has to be of one of them, and every one has to have
/// workloads.
pub(in crate::plan) fn of_targets<'a>(
    service: &Service,
    workloads: &[&'a Workload],
    split: &'a TargetSplit<'a>,
    users: &[&RuleSubset],
) -> Result<Vec<Version<'a>>, Box<Finding>> {
    check_any(service, workloads)?;
    let version = |(name, labels)| Version {
        value: name,
        labels: PodLabels::Target(labels),
        subset: SmolStr::default(),
        workloads: Vec::new(),
    };
    let mut versions: Vec<Version<'_>> =
        split.targets.iter().map(|target| version((target.name, target.labels))).collect();
    for workload in workloads {
        check_text(workload, split)?;
        let mut covering = versions.iter_mut().filter(|version| version.labels.are_on(workload));
        match (covering.next(), covering.next()) {
            (Some(version), None) => version.workloads.push(workload),
            (Some(first), Some(second)) => return Err(overlap(workload, first, second, split)),
            (None, _) => return Err(uncovered(workload, service, split)),
        }
    }
    if let Some((_, target)) = versions.iter().zip(&split.targets).find(|(version, _)| version.workloads.is_empty()) {
        let message =
            format!("no workload of {} has the labels of the target `{}`", service.object.reference, target.name);
        let cure = "Correct the labels, add its workload to the input, or remove the target";
        return Err(Box::new(Finding::new(Code::DefaultUnknown, target.labels_place(split), message, cure)));
    }
    sort(&mut versions);
    name_subsets(&mut versions, users);
    Ok(versions)
}

/// A label that a target names and YAML does not read as text can be held against nothing.
fn check_text(workload: &Workload, split: &TargetSplit<'_>) -> Result<(), Box<Finding>> {
    for key in split.targets.iter().flat_map(|target| target.labels.keys()) {
        if let Some(LabelValue::NotText(what)) = workload.labels.get(key) {
            let message =
                format!("YAML reads this label, which {} asks for, as {what}", split.workload.object.reference);
            let cure = "Put quotes around it: the API server refuses it as it is";
            return Err(Box::new(Finding::new(Code::VersionNotText, label_place(workload, key), message, cure)));
        }
    }
    Ok(())
}

fn uncovered(workload: &Workload, service: &Service, split: &TargetSplit<'_>) -> Box<Finding> {
    let message = format!(
        "no target of {} has the labels of this workload of {}, so it would get no requests at all",
        split.workload.object.reference, service.object.reference
    );
    let cure = "Add a target for it, with the weight 0 where it is to be reached by overrides only";
    let finding = Finding::new(Code::SomeUnversioned, template_place(workload), message, cure);
    Box::new(finding.with_related(split.workload.object.place().field("spec.targets"), "The targets are here"))
}

fn overlap(workload: &Workload, first: &Version<'_>, second: &Version<'_>, split: &TargetSplit<'_>) -> Box<Finding> {
    let message = format!("the targets `{}` and `{}` both select this workload", first.value, second.value);
    let cure = "Name labels in them that only one of the two has";
    let finding = Finding::new(Code::VersionsOverlap, template_place(workload), message, cure);
    Box::new(finding.with_related(split.workload.object.place().field("spec.targets"), "The targets are here"))
}
