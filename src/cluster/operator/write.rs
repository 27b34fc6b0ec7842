//! Writes: server-side apply under one field manager, and deletions of what is ours.

use std::time::Duration;

use kube::Client;
use kube::api::{Api, DeleteParams, DynamicObject, Patch, PatchParams, Preconditions};
use kube::core::ApiResource;
use serde_json::{Map, Value, json};

use super::index::{Kept, text};
use super::judge::{Owned, is_ours};
use super::step::Part;
use crate::inventory::GENERATED_FOR;
use crate::istio::{self, IstioResource};

/// Who the API server says wrote the fields.
pub(super) const MANAGER: &str = "overrides";
/// How long one write may take: well below the time after which another replica may lead.
pub(super) const WRITE_TIMEOUT: Duration = Duration::from_secs(8);

/// Why a write was not made.
#[derive(Debug, thiserror::Error)]
pub(super) enum WriteError {
    #[error("{kind} {name} is there already and is not ours: rename it, or add the annotation `{GENERATED_FOR}`")]
    NotOurs { kind: &'static str, name: String },
    #[error("{}", sentence(.0))]
    Api(#[from] kube::Error),
    #[error("the API server did not answer within {} s", WRITE_TIMEOUT.as_secs())]
    TimedOut,
}

impl WriteError {
    /// Whether the namespace is on its way out, in which nothing can be created any more.
    pub(super) fn is_terminating(&self) -> bool {
        matches!(self, Self::Api(kube::Error::Api(status)) if status.message.contains("is being terminated"))
    }
}

/// What the API server said, in its own words.
pub(super) fn sentence(error: &kube::Error) -> String {
    match error {
        kube::Error::Api(status) => format!("the API server refuses: {} ({})", status.message, status.code),
        error => format!("the API server could not be asked: {error}"),
    }
}

/// What came of a write: what the API server holds now.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Written {
    /// The object.
    pub(super) object: Value,
    /// Somebody else had changed it: the API server's words for who and what.
    pub(super) taken_back: Option<String>,
}

/// Who owns an object: the Service that it is for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Owner<'a> {
    pub(super) name: &'a str,
    pub(super) uid: &'a str,
}

fn api(client: &Client, part: Part, namespace: &str) -> Api<DynamicObject> {
    let resource = match part {
        Part::Subsets => ApiResource::erase::<istio::DestinationRule>(&()),
        Part::Routes | Part::AtGateways => ApiResource::erase::<istio::VirtualService>(&()),
    };
    Api::namespaced_with(client.clone(), namespace, &resource)
}

/// Writes an object whole. One that is there and not known yet to be ours is looked at first.
///
/// # Errors
/// [`WriteError`] when it is somebody else's, or when the API server does not take it.
pub(super) async fn apply(
    client: &Client,
    part: Part,
    namespace: &str,
    resource: &IstioResource,
    owner: Owner<'_>,
    is_known: bool,
) -> Result<Written, WriteError> {
    let api = api(client, part, namespace);
    let name = resource.metadata().name.clone().unwrap_or_default();
    let mut object = serde_json::to_value(resource).map_err(kube::Error::SerdeError)?;
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        let reference = json!({"apiVersion": "v1", "kind": "Service", "name": owner.name, "uid": owner.uid});
        metadata.insert("namespace".to_owned(), Value::from(namespace));
        metadata.insert("ownerReferences".to_owned(), json!([reference]));
    }
    within(async {
        if !is_known && let Some(there) = api.get_opt(&name).await? {
            let there = serde_json::to_value(there).map_err(kube::Error::SerdeError)?;
            let ours = is_ours(&Kept::of(&there)) && text(&there, "/metadata/ownerReferences/0/name") == owner.name;
            if !ours {
                return Err(WriteError::NotOurs { kind: part.kind(), name });
            }
        }
        let parameters = PatchParams::apply(MANAGER);
        let (there, mut taken_back) = match api.patch(&name, &parameters, &Patch::Apply(&object)).await {
            Err(kube::Error::Api(status)) if status.code == 409 => {
                // Somebody changed what is ours: it is taken back, and said.
                let there = api.patch(&name, &parameters.force(), &Patch::Apply(&object)).await?;
                (there, Some(status.message))
            }
            outcome => (outcome?, None),
        };
        let mut there = serde_json::to_value(there).map_err(kube::Error::SerdeError)?;
        // What others added beside it stays after an apply, and would be in force.
        let spec = |value: &Value| value.get("spec").cloned().unwrap_or_default();
        if let Some(surplus) = surplus(&spec(&there), &spec(&object)) {
            let parameters = PatchParams { field_manager: Some(MANAGER.to_owned()), ..PatchParams::default() };
            let without = api.patch(&name, &parameters, &Patch::Merge(json!({ "spec": surplus }))).await?;
            there = serde_json::to_value(without).map_err(kube::Error::SerdeError)?;
            taken_back.get_or_insert_with(|| "fields were added to its spec".to_owned());
        }
        Ok(Written { object: there, taken_back })
    })
    .await
}

/// The merge patch that takes fields away which are there and not wanted. None where there are none. Lists are not
/// looked into: to Istio's kinds they are single values, which an apply has replaced.
fn surplus(there: &Value, wanted: &Value) -> Option<Value> {
    let (there, wanted) = (there.as_object()?, wanted.as_object()?);
    let gone = there.iter().filter_map(|(field, value)| match wanted.get(field) {
        None => Some((field.clone(), Value::Null)),
        Some(wanted) => Some((field.clone(), surplus(value, wanted)?)),
    });
    let gone: Map<String, Value> = gone.collect();
    (!gone.is_empty()).then_some(Value::Object(gone))
}

/// Deletes an object, if it is still the one that was seen.
///
/// # Errors
/// [`WriteError`] when the API server does not do it.
pub(super) async fn delete(client: &Client, part: Part, namespace: &str, owned: &Owned) -> Result<(), WriteError> {
    let api = api(client, part, namespace);
    let preconditions = Preconditions { uid: Some(owned.uid.clone()), resource_version: None };
    let parameters = DeleteParams { preconditions: Some(preconditions), ..DeleteParams::default() };
    within(async {
        match api.delete(&owned.name, &parameters).await {
            // Gone already, or another one by now.
            Err(kube::Error::Api(status)) if [404, 409].contains(&status.code) => Ok(()),
            outcome => outcome.map(|_| ()).map_err(WriteError::from),
        }
    })
    .await
}

/// A write that is given up after a while.
pub(super) async fn within<T>(write: impl Future<Output = Result<T, WriteError>>) -> Result<T, WriteError> {
    tokio::time::timeout(WRITE_TIMEOUT, write).await.unwrap_or(Err(WriteError::TimedOut))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::surplus;

    #[test]
    fn fields_that_others_added_are_taken_away() {
        let wanted = json!({"host": "reviews", "subsets": [{"name": "v1"}]});
        assert_eq!(surplus(&wanted, &wanted), None);
        let there = json!({"host": "reviews", "subsets": [], "trafficPolicy": {"tls": {}}});
        assert_eq!(surplus(&there, &wanted), Some(json!({"trafficPolicy": null})));
        let nested = json!({"trafficPolicy": {"tls": {"mode": "DISABLE"}, "loadBalancer": {}}});
        let wanted = json!({"trafficPolicy": {"loadBalancer": {}}});
        assert_eq!(surplus(&nested, &wanted), Some(json!({"trafficPolicy": {"tls": null}})));
    }
}
