//! Splits that a Workload of launchpad's states instead of the policy.

use serde_json::{Map, Value, json};

use super::services::metadata;
use super::{Choices, Policy, Service, Workload};

/// Lets some splits be stated by a Workload, which names the Pods of all versions as well.
pub fn some(choices: &mut Choices<'_>, policy: &mut Policy, services: &[Service], workloads: &[Workload]) {
    for service in services.iter().filter(|_| choices.chance(50)).collect::<Vec<_>>() {
        let own: Vec<&Workload> = workloads.iter().filter(|workload| service.selects(workload)).collect();
        let found: Option<Vec<_>> = own.iter().map(|each| policy.version_label_of(each)).collect();
        let mut found = found.unwrap_or_default();
        found.sort_unstable();
        found.dedup();
        // What is no name of a subset cannot be a target, and the versions of one Service stand under one label.
        let is_name = |version: &str| version.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        let can_be =
            found.iter().all(|(key, version)| Some(*key) == found.first().map(|first| first.0) && is_name(version));
        let split = policy.entry_of(service).map(|entry| entry.split.as_slice()).unwrap_or_default();
        if !can_be || split.is_empty() {
            continue;
        }
        let weight = |version: &str| split.iter().find(|(own, _)| *own == version).map_or(0, |(_, weight)| *weight);
        let weights: Vec<_> = found.iter().map(|(_, version)| (*version, weight(version))).collect();
        let targets = found.iter().zip(&weights).map(|((key, _), weight)| target(choices, service, key, *weight));
        let targets: Vec<Value> = targets.collect();
        let entry = policy.entry_mut(service);
        entry.split = weights;
        entry.workload = Some(object(choices, service, &targets));
    }
}

/// A version with its weight, in either of the two schemas.
fn target(choices: &mut Choices<'_>, service: &Service, key: &str, (version, weight): (&str, u32)) -> Value {
    let labels = Map::from_iter([(key.to_owned(), json!(version))]);
    let mut split = if choices.chance(50) {
        json!({"subset": {"name": version, "labels": labels}})
    } else {
        json!({"subsetName": version, "subsetLabels": labels})
    };
    if weight > 0 || choices.chance(50) {
        split["weight"] = json!(weight);
    }
    if choices.chance(50) {
        split["hosts"] = json!([service.name]);
    }
    json!({"name": format!("{}-{version}", service.name), "namespace": service.lives_in(), "trafficSplit": split})
}

fn object(choices: &mut Choices<'_>, service: &Service, targets: &[Value]) -> Value {
    let host = if choices.chance(50) { service.name.to_owned() } else { service.full_host() };
    json!({
        "apiVersion": "labs.ishankhare.dev/v1alpha1",
        "kind": "Workload",
        "metadata": metadata(&format!("{}-split", service.name), service.namespace),
        "spec": {"host": host, "targets": targets},
    })
}
