//! Services and workloads.

use serde_json::{Map, Value, json};

use super::Choices;

/// What Istio takes a port for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    Http,
    Detected,
    Tcp,
    Tls,
    Udp,
}

#[derive(Debug, Clone, Copy)]
pub struct Port {
    pub number: u16,
    pub protocol: Protocol,
    /// Its fields, as JSON.
    text: &'static str,
}

const fn port(number: u16, protocol: Protocol, text: &'static str) -> Port {
    Port { number, protocol, text }
}

const PORTS: [Port; 10] = [
    port(80, Protocol::Http, r#"{"name":"http","port":80}"#),
    port(80, Protocol::Http, r#"{"name":"http-web","port":80,"targetPort":8080}"#),
    port(8080, Protocol::Detected, r#"{"name":"web","port":8080}"#),
    port(9090, Protocol::Http, r#"{"name":"grpc","port":9090}"#),
    port(8000, Protocol::Http, r#"{"name":"api","appProtocol":"http","port":8000}"#),
    port(5432, Protocol::Tcp, r#"{"name":"tcp-db","port":5432}"#),
    port(3306, Protocol::Tcp, r#"{"name":"db","port":3306}"#),
    port(443, Protocol::Tls, r#"{"name":"https","port":443}"#),
    port(53, Protocol::Udp, r#"{"name":"dns","port":5353,"protocol":"UDP"}"#),
    port(8081, Protocol::Detected, r#"{"port":8081}"#),
];

/// What kind of Service it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    Ordinary,
    ExternalName,
    Headless,
    NoSelector,
    PinsVersion,
    Ignored,
    LocalConfig,
}

#[derive(Debug, Clone)]
pub struct Service {
    pub name: &'static str,
    /// As it is written; without one it is `default`.
    pub namespace: Option<&'static str>,
    pub shape: Shape,
    pub ports: Vec<Port>,
    /// Selects by `tier: web` as well as, or instead of, `app`.
    by_tier: bool,
    pub default_annotation: Option<&'static str>,
    /// A label of its own, by which the policy may select it.
    pub team: Option<&'static str>,
}

impl Service {
    pub fn lives_in(&self) -> &'static str {
        self.namespace.unwrap_or("default")
    }

    /// The host by which it is known everywhere.
    pub fn full_host(&self) -> String {
        format!("{}.{}.svc.cluster.local", self.name, self.lives_in())
    }

    fn selector(&self) -> Vec<(&'static str, &'static str)> {
        match self.shape {
            Shape::NoSelector | Shape::ExternalName => Vec::new(),
            Shape::PinsVersion => vec![("app", self.name), ("version", "v1")],
            _ if self.by_tier => vec![("tier", "web")],
            _ => vec![("app", self.name)],
        }
    }

    pub fn selects(&self, workload: &Workload) -> bool {
        let selector = self.selector();
        let has = |(key, value): &(&str, &str)| workload.labels.iter().any(|own| own.0 == *key && own.1 == *value);
        !selector.is_empty() && workload.namespace.unwrap_or("default") == self.lives_in() && selector.iter().all(has)
    }

    pub fn object(&self) -> Value {
        let mut metadata = metadata(self.name, self.namespace);
        if let Some(team) = self.team {
            metadata.insert("labels".to_owned(), json!({"team": team}));
        }
        let mut annotations = Map::new();
        if let Some(version) = self.default_annotation {
            annotations.insert("overrides.dev/default-version".to_owned(), json!(version));
        }
        match self.shape {
            Shape::Ignored => annotations.insert("overrides.dev/ignore".to_owned(), json!("true")),
            Shape::LocalConfig => annotations.insert("config.kubernetes.io/local-config".to_owned(), json!("true")),
            _ => None,
        };
        if !annotations.is_empty() {
            metadata.insert("annotations".to_owned(), Value::Object(annotations));
        }
        let ports: Vec<Value> = self.ports.iter().map(|port| serde_json::from_str(port.text).unwrap()).collect();
        let selector: Map<String, Value> =
            self.selector().into_iter().map(|(key, value)| (key.to_owned(), json!(value))).collect();
        let mut spec = json!({"ports": ports});
        match self.shape {
            Shape::ExternalName => spec = json!({"type": "ExternalName", "externalName": "api.example.com"}),
            Shape::Headless => spec["clusterIP"] = json!("None"),
            _ => {}
        }
        if !selector.is_empty() {
            spec["selector"] = Value::Object(selector);
        }
        json!({"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": spec})
    }

    fn some(choices: &mut Choices<'_>, name: &'static str, namespace: Option<&'static str>) -> Self {
        let shapes = [
            Shape::ExternalName,
            Shape::Headless,
            Shape::NoSelector,
            Shape::PinsVersion,
            Shape::Ignored,
            Shape::LocalConfig,
        ];
        let shape = if choices.chance(10) { choices.of(&shapes) } else { Shape::Ordinary };
        let mut ports = if choices.chance(35) { choices.some(&PORTS, 4) } else { vec![PORTS[0]] };
        // Numbers and names are unique in a Service, and only one port may have no name when it is alone.
        let mut seen = Vec::new();
        ports.retain(|port| {
            !seen.contains(&port.number) && {
                seen.push(port.number);
                true
            }
        });
        if ports.len() > 1 {
            ports.retain(|port| port.text.contains("name"));
        }
        Self { name, namespace, shape, ports, by_tier: choices.chance(5), default_annotation: None, team: None }
    }
}

#[derive(Debug, Clone)]
pub struct Workload {
    name: String,
    pub namespace: Option<&'static str>,
    kind: (&'static str, &'static str),
    pub labels: Vec<(&'static str, &'static str)>,
    replicas: Option<u32>,
}

impl Workload {
    pub fn object(&self) -> Value {
        let mut metadata = metadata(&self.name, self.namespace);
        let labels: Map<String, Value> =
            self.labels.iter().map(|(key, value)| ((*key).to_owned(), json!(value))).collect();
        let (api_version, kind) = self.kind;
        let containers = json!([{"name": "app", "image": "example.com/app:1"}]);
        if kind == "Pod" {
            metadata.insert("labels".to_owned(), Value::Object(labels));
            return json!({"apiVersion": api_version, "kind": kind, "metadata": metadata, "spec": {"containers": containers}});
        }
        let template = json!({"metadata": {"labels": labels}, "spec": {"containers": containers}});
        let mut spec = json!({"template": template});
        if let Some(replicas) = self.replicas {
            spec["replicas"] = json!(replicas);
        }
        json!({"apiVersion": api_version, "kind": kind, "metadata": metadata, "spec": spec})
    }
}

pub fn metadata(name: &str, namespace: Option<&str>) -> Map<String, Value> {
    let namespace = namespace.map(|namespace| ("namespace".to_owned(), json!(namespace)));
    [("name".to_owned(), json!(name))].into_iter().chain(namespace).collect()
}

const KINDS: [(&str, &str); 6] = [
    ("apps/v1", "Deployment"),
    ("apps/v1", "StatefulSet"),
    ("v1", "Pod"),
    ("apps/v1", "DaemonSet"),
    ("apps/v1", "ReplicaSet"),
    ("argoproj.io/v1alpha1", "Rollout"),
];
const VERSIONS: [&str; 8] = ["v1", "v2", "v3", "v10", "1.0", "v1.2", "on", "2026-01"];

/// Services with their workloads.
pub fn some(choices: &mut Choices<'_>) -> (Vec<Service>, Vec<Workload>) {
    let mut services: Vec<Service> = Vec::new();
    let mut workloads = Vec::new();
    let everywhere = choices.of(&[None, Some("shop"), Some("default")]);
    for name in ["reviews", "ratings", "details"].into_iter().take(1 + choices.upto(2)) {
        let (name, namespace) = match choices.upto(9) {
            8 => (name, Some("other")),
            9 => ("reviews", Some("other")),
            _ => (name, everywhere),
        };
        if services.iter().any(|other| other.name == name && other.lives_in() == namespace.unwrap_or("default")) {
            continue;
        }
        let mut service = Service::some(choices, name, namespace);
        let own = some_workloads(choices, name, namespace);
        let versions: Vec<_> = own.iter().filter_map(version_label).collect();
        let stated = if versions.contains(&"v1") { 15 } else { 97 };
        if choices.chance(stated) || versions.len() > 1 && !versions.contains(&"v1") {
            service.default_annotation = (!versions.is_empty()).then(|| choices.of(&versions));
        }
        services.push(service);
        workloads.extend(own);
    }
    (services, workloads)
}

fn version_label(workload: &Workload) -> Option<&'static str> {
    let is_version = |(key, _): &&(&str, &str)| *key == "version" || *key == "app.kubernetes.io/version";
    workload.labels.iter().find(is_version).map(|(_, value)| *value)
}

fn some_workloads(choices: &mut Choices<'_>, service: &'static str, namespace: Option<&'static str>) -> Vec<Workload> {
    let mut versions: Vec<Option<&str>> = if choices.chance(10) {
        choices.some(&VERSIONS, 4).into_iter().map(Some).collect()
    } else {
        VERSIONS.into_iter().take(2 + choices.upto(2)).map(Some).collect()
    };
    match choices.upto(29) {
        28 => versions.push(None),
        29 => versions = vec![None],
        27 => versions.truncate(1),
        26 => versions.clear(),
        // Two workloads of one version.
        25 => versions.extend_from_within(..1),
        _ => {}
    }
    let key = if choices.chance(6) { "app.kubernetes.io/version" } else { "version" };
    let workload = |(number, version): (usize, Option<&'static str>)| {
        let mut labels = vec![("app", service)];
        labels.extend(choices.chance(30).then_some(("tier", "web")));
        labels.extend(version.map(|version| (key, version)));
        let kind = if choices.chance(25) { choices.of(&KINDS) } else { KINDS[0] };
        let replicas = choices.chance(10).then(|| [0, 3][choices.upto(1)]);
        Workload { name: format!("{service}-{number}"), namespace, kind, labels, replicas }
    };
    versions.into_iter().enumerate().map(workload).collect()
}
