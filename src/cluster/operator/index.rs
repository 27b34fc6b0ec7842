//! What the cluster holds, as far as it matters: a document per object, kept up to date by watches.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use kube::core::ApiResource;
use serde_json::{Map, Value};

use super::reconcile::Learnt;
use crate::cluster::catalogue::{KnownKind, ListedKind};
use crate::cluster::document::{Detail, document};
use crate::config;
use crate::inventory::GENERATED_FOR;

/// An object by namespace and name.
pub(super) type Key = (String, String);

/// What a change of the cluster makes necessary.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Touched {
    /// To look at one namespace again.
    Namespace(String),
    /// To look at all: rules may be about Services of any namespace.
    All,
}

/// An object as it is kept.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Kept {
    /// The object as a manifest. None where it serves nobody.
    pub(super) document: Option<String>,
    /// Its identity, and all that is compared or answered to: of Services the identity alone.
    pub(super) object: Value,
    /// How new this is, of two states of one object.
    version: Version,
}

/// The resource version, which the API server counts up. It says nothing of what an object is.
#[derive(Debug, Clone, Copy)]
struct Version(Option<u64>);

impl PartialEq for Version {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Kept {
    pub(super) fn of(object: &Value) -> Self {
        let version = Version(text(object, "/metadata/resourceVersion").parse().ok());
        Self { document: document(object, Detail::Read), object: relevant(object), version }
    }

    /// Whether this is what an object was before: a watch may tell later what was answered to a write already.
    fn is_older_than(&self, other: &Self) -> bool {
        self.uid() == other.uid() && self.version.0 < other.version.0
    }

    /// The object's uid.
    pub(super) fn uid(&self) -> &str {
        text(&self.object, "/metadata/uid")
    }

    /// Whether it says that it was generated, by whomever.
    pub(super) fn is_generated(&self) -> bool {
        self.annotation(GENERATED_FOR).is_some()
    }

    /// An annotation.
    pub(super) fn annotation(&self, name: &str) -> Option<&str> {
        self.object.pointer("/metadata/annotations")?.get(name)?.as_str()
    }

    /// A label.
    pub(super) fn label(&self, name: &str) -> Option<&str> {
        self.object.pointer("/metadata/labels")?.get(name)?.as_str()
    }
}

/// A text within a value; empty where there is none.
pub(super) fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// What is kept of an object: a change of anything else, such as the status of a Pod, goes unnoticed.
fn relevant(object: &Value) -> Value {
    let metadata = object.get("metadata").and_then(Value::as_object);
    let wanted = ["name", "namespace", "uid", "generation", "labels", "annotations", "ownerReferences"];
    let kept = metadata.into_iter().flatten().filter(|(field, _)| wanted.contains(&field.as_str()));
    let kept: Map<String, Value> = kept.map(|(field, value)| (field.clone(), value.clone())).collect();
    let mut relevant = Map::from_iter([("metadata".to_owned(), Value::Object(kept))]);
    let is_compared = matches!(
        object.get("kind").and_then(Value::as_str),
        Some("DestinationRule" | "VirtualService" | "Overrides" | "Workload")
    );
    if is_compared {
        for field in ["kind", "apiVersion", "spec", "status"] {
            relevant.extend(object.get(field).map(|value| (field.to_owned(), value.clone())));
        }
    } else if let Some(metadata) = relevant.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.retain(|field, _| ["name", "namespace", "uid"].contains(&field.as_str()));
    }
    Value::Object(relevant)
}

/// One watch: a kind, in one namespace or in all.
#[derive(Debug)]
pub(super) struct Watched {
    kind: KnownKind,
    resource: ApiResource,
    namespace: Option<String>,
    objects: BTreeMap<Key, Kept>,
    /// What a list that is under way has brought so far.
    arriving: Option<BTreeMap<Key, Kept>>,
    is_complete: bool,
}

/// All objects.
#[derive(Debug, Default)]
pub(super) struct Index {
    watched: Vec<Watched>,
}

/// What a watch says.
#[derive(Debug)]
pub(super) enum News {
    /// A list begins.
    Begins,
    /// An object of the list.
    Listed(Value),
    /// The list is complete: what it did not name is gone.
    Complete,
    /// An object is there, or is another.
    Applied(Value),
    /// An object is gone.
    Deleted(Value),
}

impl Index {
    /// Makes room for a watch. Returns its number.
    pub(super) fn add(&mut self, listed: &ListedKind, namespace: Option<String>) -> usize {
        let (kind, resource) = (listed.known, listed.resource.clone());
        let watched =
            Watched { kind, resource, namespace, objects: BTreeMap::new(), arriving: None, is_complete: false };
        self.watched.push(watched);
        self.watched.len() - 1
    }

    /// Takes news in. Returns what must be looked at because of it.
    pub(super) fn take(&mut self, watch: usize, news: News) -> HashSet<Touched> {
        let is_exposed = match &news {
            News::Applied(object) | News::Deleted(object) => self.may_be_exposed(watch, object),
            News::Begins | News::Listed(_) | News::Complete => false,
        };
        let Some(watched) = self.watched.get_mut(watch) else { return HashSet::new() };
        let touched = match news {
            News::Begins => {
                watched.arriving = Some(BTreeMap::new());
                HashSet::new()
            }
            News::Listed(object) => {
                if let Some(arriving) = &mut watched.arriving {
                    arriving.insert(key(&object), Kept::of(&object));
                }
                HashSet::new()
            }
            News::Complete => watched.replace(),
            News::Applied(object) => watched.put(key(&object), Kept::of(&object)),
            News::Deleted(object) => {
                let key = key(&object);
                // There may be another of that name by now.
                let is_it = watched.objects.get(&key).is_some_and(|kept| kept.uid() == text(&object, "/metadata/uid"));
                if is_it { watched.delete(&key) } else { HashSet::new() }
            }
        };
        if is_exposed && !touched.is_empty() { HashSet::from([Touched::All]) } else { touched }
    }

    /// Whether an object is a Service that the policy of its namespace may expose, which may be in the way of others.
    fn may_be_exposed(&self, watch: usize, object: &Value) -> bool {
        let is_service = |watched: &Watched| watched.kind.group.is_empty() && watched.kind.kind == "Service";
        let namespace = text(object, "/metadata/namespace");
        self.watched.get(watch).is_some_and(is_service) && self.exposing_namespaces().any(|other| other == namespace)
    }

    /// Takes in what the API server answered to a write, before a watch says the same.
    pub(super) fn learn(&mut self, namespace: &str, learnt: Learnt) {
        let (part, name) = match &learnt {
            Learnt::Holds(part, object) => (*part, text(object, "/metadata/name").to_owned()),
            Learnt::Forgot(part, owned) => (*part, owned.name.clone()),
        };
        let kind = KnownKind::of_istio(part.kind());
        let mut watched = self.watched.iter_mut();
        let is_it = |watched: &&mut Watched| watched.kind == kind && watched.is_about(namespace);
        let Some(watched) = watched.find(is_it) else { return };
        let key = (namespace.to_owned(), name);
        match learnt {
            Learnt::Holds(_, object) => drop(watched.put(key, Kept::of(&object))),
            Learnt::Forgot(_, owned) if watched.objects.get(&key).is_some_and(|kept| kept.uid() == owned.uid) => {
                watched.objects.remove(&key);
            }
            Learnt::Forgot(..) => {}
        }
    }

    /// Whether all that a namespace needs to be judged is known. Until then what is not known looks like what is not
    /// there, and would be taken away.
    pub(super) fn knows(&self, namespace: &str) -> bool {
        self.watched.iter().filter(|watched| watched.is_about(namespace)).all(|watched| watched.is_complete)
    }

    /// Whether all watches have brought their first list.
    pub(super) fn is_complete(&self) -> bool {
        self.watched.iter().all(|watched| watched.is_complete)
    }

    /// The namespaces that have a Service, a policy, or something that was generated.
    pub(super) fn namespaces(&self) -> HashSet<String> {
        let matters = |watched: &&Watched| {
            matches!(watched.kind.kind, "Service" | "Overrides" | "Workload" | "DestinationRule" | "VirtualService")
        };
        let objects = self.watched.iter().filter(matters).flat_map(|watched| watched.objects.keys());
        objects.map(|(namespace, _)| namespace.clone()).collect()
    }

    /// The namespaces whose policies may expose Services.
    pub(super) fn exposing_namespaces(&self) -> impl Iterator<Item = &str> {
        let policies = self.watched.iter().filter(|watched| watched.kind.kind == config::KIND);
        let exposing = policies.flat_map(|watched| watched.objects.iter().filter(|(_, kept)| may_expose(kept)));
        exposing.map(|((namespace, _), _)| namespace.as_str())
    }

    /// The namespaces that have Services.
    pub(super) fn namespaces_of_services(&self) -> BTreeSet<&str> {
        let services =
            self.watched.iter().filter(|watched| watched.kind.group.is_empty() && watched.kind.kind == "Service");
        services.flat_map(|watched| watched.objects.keys()).map(|(namespace, _)| namespace.as_str()).collect()
    }

    /// The objects of a kind in a namespace.
    pub(super) fn objects<'i>(
        &'i self,
        group: &'i str,
        kind: &'i str,
        namespace: &'i str,
    ) -> impl Iterator<Item = (&'i str, &'i Kept)> {
        let watched =
            self.watched.iter().filter(move |watched| watched.kind.group == group && watched.kind.kind == kind);
        watched.flat_map(move |watched| watched.of(namespace)).map(|((_, name), kept)| (name.as_str(), kept))
    }

    /// The documents that decide about the Services of a namespace: its own objects, and the rules of all namespaces
    /// that nobody generated.
    pub(super) fn documents<'i>(&'i self, namespace: &'i str) -> impl Iterator<Item = &'i str> {
        self.watched.iter().flat_map(move |watched| {
            let is_here = move |key: &Key| watched.kind.everywhere || key.0 == namespace;
            let kept = watched.objects.iter().filter(move |(key, kept)| is_here(key) && !kept.is_generated());
            kept.filter_map(|(_, kept)| kept.document.as_deref())
        })
    }

    /// What the API calls a kind, where the cluster has it.
    pub(super) fn resource(&self, group: &str, kind: &str) -> Option<ApiResource> {
        let mut watched = self.watched.iter();
        let found = watched.find(|watched| watched.kind.group == group && watched.kind.kind == kind);
        found.map(|watched| watched.resource.clone())
    }

    /// How many objects are kept, by kind.
    pub(super) fn counts(&self) -> HashMap<&'static str, usize> {
        let mut counts = HashMap::new();
        for watched in &self.watched {
            *counts.entry(watched.kind.kind).or_default() += watched.objects.len();
        }
        counts
    }
}

impl Watched {
    fn is_about(&self, namespace: &str) -> bool {
        self.namespace.as_deref().is_none_or(|own| own == namespace)
    }

    fn of<'w>(&'w self, namespace: &str) -> impl Iterator<Item = (&'w Key, &'w Kept)> + use<'w> {
        let namespace = namespace.to_owned();
        let from = (namespace.clone(), String::new());
        self.objects.range(from..).take_while(move |((other, _), _)| *other == namespace)
    }

    fn touched(&self, key: &Key, kept: &Kept) -> Touched {
        // What one namespace exposes may be in the way of another.
        let is_exposing = self.kind.kind == config::KIND && may_expose(kept);
        if is_exposing || (self.kind.everywhere && !kept.is_generated()) {
            return Touched::All;
        }
        Touched::Namespace(key.0.clone())
    }

    fn put(&mut self, key: Key, kept: Kept) -> HashSet<Touched> {
        let before = self.objects.get(&key);
        if before.is_some_and(|before| kept.is_older_than(before)) {
            return HashSet::new();
        }
        if before == Some(&kept) {
            self.objects.insert(key, kept);
            return HashSet::new();
        }
        let touched = before.into_iter().chain([&kept]).map(|kept| self.touched(&key, kept)).collect();
        self.objects.insert(key, kept);
        touched
    }

    fn delete(&mut self, key: &Key) -> HashSet<Touched> {
        let kept = self.objects.remove(key);
        kept.iter().map(|kept| self.touched(key, kept)).collect()
    }

    /// The list that arrived, instead of what was there.
    fn replace(&mut self) -> HashSet<Touched> {
        self.is_complete = true;
        let Some(arrived) = self.arriving.take() else { return HashSet::new() };
        let gone: Vec<Key> = self.objects.keys().filter(|key| !arrived.contains_key(key)).cloned().collect();
        let mut touched: HashSet<Touched> = gone.iter().flat_map(|key| self.delete(key)).collect();
        for (key, kept) in arrived {
            touched.extend(self.put(key, kept));
        }
        touched
    }
}

/// Whether a policy may expose Services.
fn may_expose(kept: &Kept) -> bool {
    kept.document.as_deref().is_some_and(|document| document.contains("expose:"))
}

fn key(object: &Value) -> Key {
    (text(object, "/metadata/namespace").to_owned(), text(object, "/metadata/name").to_owned())
}
