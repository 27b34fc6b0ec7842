//! The Pods behind a Service or one of its subsets, and their versions.

use super::Mesh;
use super::destination_rule::Subset;
use super::host::includes;
use super::outcome::Receives;
use super::remark::Remark;
use super::service::{Service, Workload};

/// Who is behind a Service, or behind a subset of it: what the Service selects and, of that, what has the subset's
/// labels.
pub(super) fn behind(mesh: &Mesh, service: &Service, subset: Option<&Subset>) -> (Receives, Vec<Remark>) {
    let selected = |workload: &&Workload| subset.is_none_or(|subset| includes(&workload.labels, &subset.labels));
    let workloads: Vec<&Workload> = mesh.workloads_of(service).filter(selected).collect();
    let mut versions: Vec<String> = workloads.iter().map(|each| version(mesh, each, subset)).collect();
    in_order(&mut versions);
    let name = service.name.to_string();
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
    (receives, remarks)
}

/// All versions that a Service selects, in natural order.
pub(super) fn versions(mesh: &Mesh, service: &Service) -> Vec<String> {
    let mut versions: Vec<String> = mesh.workloads_of(service).map(|each| version(mesh, each, None)).collect();
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
