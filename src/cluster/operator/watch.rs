//! Watches: everything that happens in the cluster, as news for the index.

use std::time::Duration;

use futures::StreamExt;
use futures::stream::BoxStream;
use kube::api::{Api, DynamicObject, PartialObjectMeta};
use kube::core::{ApiResource, DynamicResourceScope};
use kube::runtime::WatchStreamExt;
use kube::runtime::watcher::{self, Config, Event};
use kube::{Client, Resource};
use serde::Serialize;
use serde_json::Value;

use super::index::News;
use super::pauses::Pauses;
use crate::cluster::catalogue::ListedKind;
use crate::cluster::list::LIVE_PODS;

/// The longest pause before a watch that broke is tried again: a server that comes back is heard soon.
const LONGEST_PAUSE: Duration = Duration::from_secs(8);

/// News of one watch, or why there are none; it begins anew by itself, after a while.
pub(super) type Heard = (usize, Result<News, watcher::Error>);

/// Watches a kind, in one namespace or in all. Lists are paged, pauses between attempts grow and are never the same,
/// and a history that the server has forgotten is a new list.
pub(super) fn watch(
    client: &Client,
    number: usize,
    kind: &ListedKind,
    namespace: Option<&str>,
) -> BoxStream<'static, Heard> {
    let (api_version, name) = (kind.resource.api_version.clone(), kind.resource.kind.clone());
    let whole = move |object: Value| typed(object, &api_version, &name);
    if kind.known.kind == "Pod" {
        let api: Api<PartialObjectMeta<DynamicObject>> = api(client, kind, namespace);
        let pods = watcher::watcher(api, Config::default().fields(LIVE_PODS)).backoff(Pauses::up_to(LONGEST_PAUSE));
        return pods.map(move |event| (number, news(event, &whole))).boxed();
    }
    let api: Api<DynamicObject> = api(client, kind, namespace);
    let objects = watcher::watcher(api, Config::default()).backoff(Pauses::up_to(LONGEST_PAUSE));
    objects.map(move |event| (number, news(event, &whole))).boxed()
}

fn api<K>(client: &Client, kind: &ListedKind, namespace: Option<&str>) -> Api<K>
where
    K: Resource<DynamicType = ApiResource, Scope = DynamicResourceScope>,
{
    match namespace {
        Some(namespace) => Api::namespaced_with(client.clone(), namespace, &kind.resource),
        None => Api::all_with(client.clone(), &kind.resource),
    }
}

fn news<K: Serialize>(
    event: Result<Event<K>, watcher::Error>,
    whole: &impl Fn(Value) -> Value,
) -> Result<News, watcher::Error> {
    // What was read from JSON can be written as such again.
    let value = |object: &K| whole(serde_json::to_value(object).unwrap_or_default());
    Ok(match event? {
        Event::Init => News::Begins,
        Event::InitApply(object) => News::Listed(value(&object)),
        Event::InitDone => News::Complete,
        Event::Apply(object) => News::Applied(value(&object)),
        Event::Delete(object) => News::Deleted(value(&object)),
    })
}

/// Entries of lists do not say what they are.
fn typed(mut object: Value, api_version: &str, kind: &str) -> Value {
    if let Some(fields) = object.as_object_mut() {
        fields.insert("apiVersion".to_owned(), Value::from(api_version));
        fields.insert("kind".to_owned(), Value::from(kind));
    }
    object
}
