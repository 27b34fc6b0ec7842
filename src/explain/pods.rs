//! The Pods behind a Service or one of its subsets, and their versions.

use super::Mesh;
use super::destination_rule::Subset;
use super::outcome::Receives;
use super::remark::Remark;
use super::service::{SeenBy, Service, Workload};
use super::verdict::Verdict;

/// Who is behind a Service, or behind a subset of it: what the Service selects and, of that, what has the subset's
/// labels.
///
/// # Errors
/// The reason why it cannot be told.
pub(super) fn behind(
    mesh: &Mesh,
    service: &Service,
    subset: Option<&Subset>,
) -> Result<(Receives, Vec<Remark>), String> {
    let mut workloads: Vec<&Workload> = Vec::new();
    let mut doubtful: Vec<(&Workload, String)> = Vec::new();
    for (workload, is_selected) in mesh.workloads_of(service) {
        let labels = subset.map_or(Verdict::Yes, |subset| workload.has(&subset.labels, SeenBy::Istio));
        match Verdict::all([labels, is_selected]) {
            Verdict::Yes => workloads.push(workload),
            Verdict::No => {}
            Verdict::Unknown(why) => doubtful.push((workload, why)),
        }
    }
    let mut versions: Vec<String> = workloads.iter().map(|each| version(mesh, each, subset)).collect();
    in_order(&mut versions);
    let name = service.name.to_string();
    // More Pods of a version that is there anyway change nothing.
    if let Some((_, why)) = doubtful.iter().find(|(each, _)| !versions.contains(&version(mesh, each, subset))) {
        let what = subset.map_or(name.clone(), |subset| format!("subset {} of {name}", subset.name));
        return Err(format!("{what} selects Pods by {why}"));
    }
    let mut remarks = Vec::new();
    if !workloads.is_empty() && workloads.iter().all(|workload| workload.idle) {
        remarks.push(Remark::ScaledToZero { service: name.clone(), versions: versions.join(", ") });
    }
    let receives = match (versions.pop(), versions.is_empty()) {
        (None, _) => {
            remarks.push(Remark::NoPods { service: name, subset: subset.map(|subset| subset.name.clone()) });
            Receives::Nobody
        }
        (Some(only), true) => Receives::Version(only),
        (Some(last), false) => Receives::AnyOf(versions.into_iter().chain([last]).collect()),
    };
    Ok((receives, remarks))
}

/// All versions that a Service selects, or may select, in natural order.
pub(super) fn versions(mesh: &Mesh, service: &Service) -> Vec<String> {
    let mut versions: Vec<String> = mesh.workloads_of(service).map(|(each, _)| version(mesh, each, None)).collect();
    in_order(&mut versions);
    versions
}

fn in_order(versions: &mut Vec<String>) {
    versions.sort_by(|a, b| alphanumeric_sort::compare_str(a, b));
    versions.dedup();
}

/// The version label's value, else the labels of the subset, else the workload's name.
fn version(mesh: &Mesh, workload: &Workload, subset: Option<&Subset>) -> String {
    let labels = subset.map(|subset| &subset.labels).filter(|labels| !labels.is_empty());
    match (workload.version(&mesh.settings.version_labels), labels) {
        (Some(version), _) => version.to_owned(),
        (None, Some(labels)) => {
            let labels: Vec<String> = labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
            labels.join(",")
        }
        (None, None) => format!("{} {}", workload.object.reference.kind, workload.object.name()),
    }
}
