//! Random policies.

use serde_json::{Map, Value, json};

use super::{Choices, Service, Workload};

/// What is different for one Service.
#[derive(Debug, Clone)]
pub struct Entry {
    name: &'static str,
    namespace: Option<&'static str>,
    pub default_version: Option<&'static str>,
    pub split: Vec<(&'static str, u32)>,
    pub ignore: bool,
}

impl Entry {
    pub fn heaviest(&self) -> Option<&'static str> {
        // The first of several that are equal.
        self.split.iter().rev().max_by_key(|(_, weight)| *weight).map(|(version, _)| *version)
    }

    fn object(&self) -> Value {
        let mut entry = json!({"name": self.name});
        if let Some(namespace) = self.namespace {
            entry["namespace"] = json!(namespace);
        }
        if let Some(version) = self.default_version {
            entry["defaultVersion"] = json!(version);
        }
        if !self.split.is_empty() {
            let split: Map<String, Value> =
                self.split.iter().map(|(version, weight)| ((*version).to_owned(), json!(weight))).collect();
            entry["split"] = Value::Object(split);
        }
        if self.ignore {
            entry["ignore"] = json!(true);
        }
        entry
    }
}

#[derive(Debug, Clone)]
pub struct Policy {
    pub header: &'static str,
    pub baggage: bool,
    pub tracestate: bool,
    pub version_labels: Vec<&'static str>,
    pub default_version: &'static str,
    unversioned: &'static str,
    pub existing: &'static str,
    pub unknown_version: &'static str,
    single_version: &'static str,
    entries: Vec<Entry>,
}

impl Policy {
    pub fn some(choices: &mut Choices<'_>, services: &[Service], workloads: &[Workload]) -> Self {
        let both = vec!["version", "app.kubernetes.io/version"];
        let mut policy = Self {
            header: choices.of(&["x-override", "x-override", "x-route-to"]),
            baggage: !choices.chance(25),
            tracestate: choices.chance(25),
            version_labels: if choices.chance(30) { both } else { vec!["version"] },
            default_version: if choices.chance(10) { "v2" } else { "v1" },
            unversioned: if choices.chance(30) { choices.of(&["label", "error"]) } else { "warn" },
            existing: if choices.chance(10) { choices.of(&["skip", "error"]) } else { "merge" },
            unknown_version: if choices.chance(40) { choices.of(&["mark", "reject"]) } else { "default" },
            single_version: if choices.chance(30) { "skip" } else { "pin" },
            entries: Vec::new(),
        };
        for service in services.iter().filter(|_| choices.chance(20)).collect::<Vec<_>>() {
            let of_service = workloads.iter().filter(|workload| service.selects(workload));
            let mut versions: Vec<_> = of_service.filter_map(|each| policy.version_of(each)).collect();
            versions.sort_unstable();
            versions.dedup();
            policy.entries.push(Self::entry(choices, service, &versions));
        }
        policy
    }

    fn entry(choices: &mut Choices<'_>, service: &Service, versions: &[&'static str]) -> Entry {
        let namespace = Some(service.lives_in());
        let mut entry =
            Entry { name: service.name, namespace, default_version: None, split: Vec::new(), ignore: false };
        match (choices.upto(4), versions) {
            (0 | 1, [first, .., last]) => {
                let weight = choices.of(&[90, 50, 0, 1, 100]);
                entry.split = vec![(*first, weight), (*last, 100 - weight)];
            }
            (2 | 3, [_, ..]) => entry.default_version = Some(choices.of(versions)),
            _ => entry.ignore = true,
        }
        entry
    }

    pub fn entry_of(&self, service: &Service) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.name == service.name && entry.namespace == Some(service.lives_in()))
    }

    /// The first version label that is there.
    pub fn version_of(&self, workload: &Workload) -> Option<&'static str> {
        let value = |key: &&str| workload.labels.iter().find(|(own, _)| own == key).map(|(_, value)| *value);
        self.version_labels.iter().find_map(value)
    }

    /// Whether workloads without a version are given one.
    pub fn labels(&self) -> bool {
        self.unversioned == "label"
    }

    pub fn skips_single(&self) -> bool {
        self.single_version == "skip"
    }

    pub fn object(&self) -> Value {
        let entries: Vec<Value> = self.entries.iter().map(Entry::object).collect();
        json!({
            "apiVersion": "overrides.dev/v1alpha1",
            "kind": "Overrides",
            "metadata": {"name": "mesh"},
            "spec": {
                "header": self.header,
                "baggage": self.baggage,
                "tracestate": self.tracestate,
                "versionLabels": self.version_labels,
                "defaultVersion": self.default_version,
                "unversioned": self.unversioned,
                "existing": self.existing,
                "unknownVersion": self.unknown_version,
                "singleVersion": self.single_version,
                "services": entries,
            },
        })
    }
}
