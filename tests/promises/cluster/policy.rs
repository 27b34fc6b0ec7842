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
    /// How it is reached at gateways.
    pub expose: Option<Value>,
    /// What states the split in the policy's stead.
    pub workload: Option<Value>,
}

/// Which Services the policy is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Selects {
    All,
    /// Those of team `a`, said in either way.
    LabelIs,
    In,
    /// Those of no team or of another one than `b`.
    NotIn,
    /// Those of any team, and of none.
    Exists,
    DoesNotExist,
}

impl Selects {
    fn object(self) -> Value {
        let expression = |operator: &str, values: &[&str]| json!({"matchExpressions": [{"key": "team", "operator": operator, "values": values}]});
        match self {
            Self::All => json!({}),
            Self::LabelIs => json!({"matchLabels": {"team": "a"}}),
            Self::In => expression("In", &["a", "c"]),
            Self::NotIn => expression("NotIn", &["b"]),
            Self::Exists => expression("Exists", &[]),
            Self::DoesNotExist => expression("DoesNotExist", &[]),
        }
    }
}

impl Entry {
    /// One that says nothing yet.
    fn of(service: &Service) -> Self {
        let namespace = Some(service.lives_in());
        let name = service.name;
        Self { name, namespace, default_version: None, split: Vec::new(), ignore: false, expose: None, workload: None }
    }

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
        if !self.split.is_empty() && self.workload.is_none() {
            let split: Map<String, Value> =
                self.split.iter().map(|(version, weight)| ((*version).to_owned(), json!(weight))).collect();
            entry["split"] = Value::Object(split);
        }
        if self.ignore {
            entry["ignore"] = json!(true);
        }
        if let Some(expose) = &self.expose {
            entry["expose"] = expose.clone();
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
    pub root_namespace: &'static str,
    selects: Selects,
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
            root_namespace: "istio-system",
            selects: Selects::All,
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

    /// Narrows some policies to Services of a team, and moves the root namespace of some meshes.
    pub fn select_some(&mut self, choices: &mut Choices<'_>, services: &mut [Service]) {
        if choices.chance(15) {
            self.root_namespace = "mesh-config";
        }
        if choices.chance(20) {
            let some = [Selects::LabelIs, Selects::In, Selects::NotIn, Selects::Exists, Selects::DoesNotExist];
            self.selects = choices.of(&some);
            for service in services {
                service.team = choices.of(&[Some("a"), Some("b"), None]);
            }
        }
    }

    pub fn selects(&self, service: &Service) -> bool {
        match self.selects {
            Selects::All => true,
            Selects::LabelIs | Selects::In => service.team == Some("a"),
            Selects::NotIn => service.team != Some("b"),
            Selects::Exists => service.team.is_some(),
            Selects::DoesNotExist => service.team.is_none(),
        }
    }

    /// The Workloads that state splits in its stead.
    pub fn launchpad_workloads(&self) -> impl Iterator<Item = Value> {
        self.entries.iter().filter_map(|entry| entry.workload.clone())
    }

    /// The entry of a Service, which gets one where it has none.
    pub fn entry_mut(&mut self, service: &Service) -> &mut Entry {
        let is_it = |entry: &Entry| entry.name == service.name && entry.namespace == Some(service.lives_in());
        let position = self.entries.iter().position(is_it).unwrap_or_else(|| {
            self.entries.push(Entry::of(service));
            self.entries.len() - 1
        });
        &mut self.entries[position]
    }

    fn entry(choices: &mut Choices<'_>, service: &Service, versions: &[&'static str]) -> Entry {
        let mut entry = Entry::of(service);
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
        self.version_label_of(workload).map(|(_, version)| version)
    }

    /// The same, with the label's key.
    pub fn version_label_of(&self, workload: &Workload) -> Option<(&'static str, &'static str)> {
        self.version_labels.iter().find_map(|key| workload.labels.iter().find(|(own, _)| own == key).copied())
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
                "rootNamespace": self.root_namespace,
                "select": self.selects.object(),
                "services": entries,
            },
        })
    }
}
