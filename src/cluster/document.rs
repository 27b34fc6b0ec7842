//! An object of a cluster as the manifest that it was made from: without what the server and other tools put there.

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::inventory::{GENERATED_FOR, WorkloadKind};
use crate::istio::{DestinationRuleSpec, VirtualServiceSpec};
use crate::krm::block;

/// What the server writes into `metadata`.
const SERVER_FIELDS: [&str; 8] = [
    "creationTimestamp",
    "deletionGracePeriodSeconds",
    "deletionTimestamp",
    "generation",
    "managedFields",
    "resourceVersion",
    "selfLink",
    "uid",
];

/// Annotations that are about a file or a deployment of the past: the places that tools for packages keep, and what
/// `kubectl apply` was given.
const FOREIGN_ANNOTATIONS: [&str; 5] = [
    "config.kubernetes.io/",
    "config.k8s.io/",
    "deployment.kubernetes.io/",
    "internal.config.kubernetes.io/",
    "kubectl.kubernetes.io/last-applied-configuration",
];

/// How much of an object is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// All of it, so that it can be applied again.
    Whole,
    /// What is read: of Pod templates the labels.
    Read,
}

/// What objects of a kind are sorted by.
pub(super) fn key(object: &Value) -> (&str, &str) {
    let metadata = object.get("metadata");
    let text = |field: &str| metadata.and_then(|metadata| metadata.get(field)?.as_str()).unwrap_or_default();
    (text("namespace"), text("name"))
}

/// An object as a document of YAML. None for one that serves nobody: it is on its way out, a Pod of a Job, or a
/// ReplicaSet that belongs to something that is read itself.
#[must_use]
pub fn document(object: &Value, detail: Detail) -> Option<String> {
    let metadata = object.get("metadata")?.as_object()?;
    if metadata.contains_key("deletionTimestamp") || is_others(object) {
        return None;
    }
    let mut clean: Map<String, Value> = object.as_object()?.clone();
    clean.remove("status");
    clean.insert("metadata".to_owned(), Value::Object(clean_metadata(metadata)));
    if detail == Detail::Read {
        trim(&mut clean);
    }
    in_our_order(&mut clean);
    // The order in which people write them, whatever the server's is.
    let mut ordered = Map::new();
    for field in ["apiVersion", "kind", "metadata"] {
        ordered.insert(field.to_owned(), clean.remove(field).unwrap_or_default());
    }
    ordered.extend(clean);
    block(&Value::Object(ordered), 0).ok()
}

fn clean_metadata(metadata: &Map<String, Value>) -> Map<String, Value> {
    let mut clean = Map::new();
    // Names first, as people write them.
    for field in ["name", "namespace", "labels", "annotations"] {
        clean.extend(metadata.get(field).map(|value| (field.to_owned(), value.clone())));
    }
    let rest = metadata.iter().filter(|(field, _)| !clean.contains_key(*field));
    let rest: Vec<_> = rest.filter(|(field, _)| !SERVER_FIELDS.contains(&field.as_str())).collect();
    clean.extend(rest.into_iter().map(|(field, value)| (field.clone(), value.clone())).collect::<Vec<_>>());
    if let Some(annotations) = clean.get_mut("annotations").and_then(Value::as_object_mut) {
        annotations.retain(|name, _| !FOREIGN_ANNOTATIONS.iter().any(|foreign| name.starts_with(foreign)));
        if annotations.is_empty() {
            clean.remove("annotations");
        }
    }
    clean
}

/// The server sorts the fields of what it keeps. What was generated reads as it did when it was, so that printing it
/// again is no change.
fn in_our_order(object: &mut Map<String, Value>) {
    let annotations = object.get("metadata").and_then(|metadata| metadata.get("annotations"));
    if annotations.and_then(|annotations| annotations.get(GENERATED_FOR)).is_none() {
        return;
    }
    let Some(spec) = object.get("spec") else { return };
    let ordered = match object.get("kind").and_then(Value::as_str) {
        Some("DestinationRule") => DestinationRuleSpec::deserialize(spec).ok().map(serde_json::to_value),
        Some("VirtualService") => VirtualServiceSpec::deserialize(spec).ok().map(serde_json::to_value),
        _ => None,
    };
    // Whatever somebody else added is not ours to drop.
    if let Some(ordered) = ordered.and_then(Result::ok).filter(|ordered| ordered == spec) {
        object.insert("spec".to_owned(), ordered);
    }
}

/// Whether the Pods of this object are counted elsewhere: a Deployment's ReplicaSets keep the templates of its past, and
/// a Job's Pods serve nobody.
fn is_others(object: &Value) -> bool {
    let owners = object.pointer("/metadata/ownerReferences").and_then(Value::as_array).into_iter().flatten();
    let is_controller = |owner: &&Value| owner.get("controller").and_then(Value::as_bool) == Some(true);
    let Some(owner) = owners.into_iter().find(is_controller) else { return false };
    match object.get("kind").and_then(Value::as_str) {
        Some("Pod") => owner.get("kind").and_then(Value::as_str) == Some("Job"),
        Some("ReplicaSet" | "ReplicationController") => true,
        _ => false,
    }
}

/// A template without its containers: they are most of a workload's bytes, and say nothing about routing.
fn trim(object: &mut Map<String, Value>) {
    let group = object.get("apiVersion").and_then(Value::as_str).and_then(|version| version.split_once('/'));
    let group = group.map(|(group, _)| group).unwrap_or_default();
    let kind = object.get("kind").and_then(Value::as_str).unwrap_or_default();
    if WorkloadKind::of(group, kind).is_none() {
        return;
    }
    let template = object.get_mut("spec").and_then(|spec| spec.get_mut("template")).and_then(Value::as_object_mut);
    if let Some(template) = template {
        template.remove("spec");
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Detail, document};

    #[test]
    fn what_the_server_wrote_is_left_out_and_people_find_their_order() {
        let object = json!({
            "metadata": {
                "uid": "1", "resourceVersion": "2", "managedFields": [], "namespace": "shop", "name": "reviews",
                "annotations": {"kubectl.kubernetes.io/last-applied-configuration": "{}"},
            },
            "spec": {"hosts": ["reviews"]}, "status": {}, "kind": "VirtualService",
            "apiVersion": "networking.istio.io/v1",
        });
        let expected = "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata:\n  name: reviews\n  \
                        namespace: shop\nspec:\n  hosts:\n  - reviews\n";
        assert_eq!(document(&object, Detail::Whole).as_deref(), Some(expected));
    }

    #[test]
    fn what_serves_nobody_is_no_document() {
        let owned = |kind: &str, owner: &str| json!({"kind": kind, "metadata": {"name": "x", "ownerReferences": [{"kind": owner, "controller": true}]}});
        assert_eq!(document(&owned("Pod", "Job"), Detail::Read), None);
        assert_eq!(document(&owned("ReplicaSet", "Deployment"), Detail::Read), None);
        assert!(document(&owned("Pod", "ReplicaSet"), Detail::Read).is_some());
        let leaving = json!({"kind": "Pod", "metadata": {"name": "x", "deletionTimestamp": "2026-01-01T00:00:00Z"}});
        assert_eq!(document(&leaving, Detail::Read), None);
    }

    #[test]
    fn containers_are_left_out_where_only_reading_counts() {
        let deployment = json!({
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "x"},
            "spec": {"template": {"metadata": {"labels": {"app": "x"}}, "spec": {"containers": []}}},
        });
        assert!(!document(&deployment, Detail::Read).unwrap_or_default().contains("containers"));
        assert!(document(&deployment, Detail::Whole).unwrap_or_default().contains("containers"));
    }
}
