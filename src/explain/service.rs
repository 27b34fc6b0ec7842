//! Services and what has Pods, as far as an answer needs them.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use super::export::{ExportTo, Labels};
use super::host::Host;
use super::object::{Object, Reading};
use super::verdict::Verdict;
use crate::facts::{LabelGiver, PodFacts, StandIns, WorkloadKind, given_label};
use crate::finding::Finding;

/// A Service's name, and its namespace where one is written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct ServiceName {
    /// `metadata.namespace`, if it is written.
    pub namespace: Option<SmolStr>,
    /// `metadata.name`.
    pub name: SmolStr,
}

impl fmt::Display for ServiceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.namespace {
            Some(namespace) => write!(f, "{namespace}/{}", self.name),
            None => f.write_str(&self.name),
        }
    }
}

/// What Istio takes a port for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Protocol {
    /// HTTP, HTTP/2 or gRPC.
    Http,
    /// Not declared. Istio looks at the bytes; a request is taken for the HTTP that it is.
    Detected,
    /// Opaque TCP.
    Tcp,
    /// TLS that passes through.
    Tls,
    /// UDP and the like, which Istio does not carry.
    NotCarried,
}

/// A port of a Service.
#[derive(Debug, Clone)]
pub(super) struct Port {
    pub(super) number: u16,
    pub(super) protocol: Protocol,
}

/// A Service.
#[derive(Debug, Clone)]
pub(super) struct Service {
    pub(super) object: Arc<Object>,
    pub(super) name: ServiceName,
    pub(super) host: Host,
    pub(super) selector: Labels,
    pub(super) ports: Vec<Port>,
    /// Whether it stands for a DNS name outside the cluster.
    pub(super) external_name: bool,
    /// Whether it has no address of its own.
    pub(super) headless: bool,
    /// Who sees it.
    pub(super) export_to: ExportTo,
}

/// Who looks at the labels of Pods.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SeenBy {
    /// A Service's selector, which sees the labels of the Pods themselves.
    Kubernetes,
    /// A subset, which sees those of the endpoints that istiod makes of Pods.
    Istio,
}

/// Anything with a Pod template, or a Pod.
#[derive(Debug, Clone)]
pub(super) struct Workload {
    pub(super) object: Arc<Object>,
    pub(super) kind: WorkloadKind,
    /// The labels of its Pods, as its template has them.
    pub(super) labels: Labels,
    /// Labels that its controller gives to some of its Pods at some time.
    labels_at_times: Vec<SmolStr>,
    /// Whether it is scaled to no Pods at all.
    pub(super) idle: bool,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", expecting = "a mapping")]
struct RawService {
    #[serde(rename = "type")]
    service_type: Option<String>,
    #[serde(rename = "clusterIP")]
    cluster_ip: Option<String>,
    selector: Option<BTreeMap<String, Option<String>>>,
    ports: Option<Vec<RawPort>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", expecting = "a mapping")]
struct RawPort {
    port: u16,
    name: Option<String>,
    protocol: Option<String>,
    app_protocol: Option<String>,
}

/// The annotation by which a Service is hidden from namespaces.
const EXPORT_ANNOTATION: &str = "networking.istio.io/exportTo";

impl Service {
    pub(super) fn read(reading: &Reading<'_>) -> Result<Self, Box<Finding>> {
        let raw: RawService = reading.field("spec")?.unwrap_or_default();
        let object = Arc::clone(&reading.object);
        let export_to = reading.item.annotation(EXPORT_ANNOTATION).unwrap_or_default();
        let export_to = export_to.split(',').map(str::trim).filter(|each| !each.is_empty()).map(ToOwned::to_owned);
        let ports = raw.ports.unwrap_or_default().into_iter();
        Ok(Self {
            name: ServiceName { namespace: object.reference.namespace.clone(), name: object.reference.name.clone() },
            host: Host::of_service(object.name(), object.namespace()),
            selector: labels(raw.selector),
            ports: ports.map(|port| Port { number: port.port, protocol: protocol(&port) }).collect(),
            external_name: raw.service_type.as_deref() == Some("ExternalName"),
            headless: raw.cluster_ip.as_deref() == Some("None"),
            export_to: ExportTo::new(export_to.collect()),
            object,
        })
    }

    /// Whether a workload's Pods are behind this Service: same namespace, all labels of the selector. An empty
    /// selector selects nothing.
    pub(super) fn selects(&self, workload: &Workload) -> Verdict {
        if self.selector.is_empty() || workload.object.namespace() != self.object.namespace() {
            return Verdict::No;
        }
        workload.has(&self.selector, SeenBy::Kubernetes)
    }

    /// Whether a caller may call it so: by its name, with its namespace, or by its full name.
    pub(super) fn is_called(&self, name: &str) -> bool {
        let Some(rest) = name.strip_prefix(self.name.name.as_str()) else { return false };
        let rest = rest.strip_prefix('.').map_or(rest, |rest| {
            let own = self.object.namespace();
            rest.strip_prefix(own).unwrap_or(".")
        });
        matches!(rest, "" | ".svc" | ".svc.cluster" | ".svc.cluster.local" | ".svc.cluster.local.")
    }
}

/// `appProtocol`, else the port's name up to its first dash, else Istio looks, except at ports where servers speak
/// first (`pkg/config/kube/conversion.go`, `ConvertProtocol`). The filters for databases are off by default.
fn protocol(port: &RawPort) -> Protocol {
    if port.protocol.as_deref().is_some_and(|transport| transport != "TCP") {
        return Protocol::NotCarried;
    }
    match port.app_protocol.as_deref() {
        Some("kubernetes.io/h2c" | "kubernetes.io/ws") => return Protocol::Http,
        Some("kubernetes.io/wss") => return Protocol::Tls,
        _ => {}
    }
    let declared = port.app_protocol.as_ref().or(port.name.as_ref()).map(|name| name.to_ascii_lowercase());
    let declared = declared.as_deref().unwrap_or_default();
    let word = if declared.starts_with("grpc-web") { "grpc" } else { declared.split('-').next().unwrap_or_default() };
    match (word, port.port) {
        ("http" | "http2" | "grpc", _) => Protocol::Http,
        ("https" | "tls", _) => Protocol::Tls,
        ("tcp" | "mongo" | "redis" | "mysql", _) | (_, 25 | 53 | 3306 | 27017) => Protocol::Tcp,
        ("udp", _) => Protocol::NotCarried,
        _ => Protocol::Detected,
    }
}

impl Workload {
    /// Reads a workload, and notes for whom it stands in.
    pub(super) fn read(
        reading: &Reading<'_>,
        kind: WorkloadKind,
        stand_ins: &mut StandIns,
    ) -> Result<Self, Box<Finding>> {
        let facts: PodFacts<BTreeMap<String, Option<String>>> =
            kind.read(reading.item.node).map_err(|error| reading.wrong_type("", &error))?;
        let object = Arc::clone(&reading.object);
        stand_ins.note(object.namespace(), &facts);
        let labels = labels(Some(facts.labels));
        Ok(Self { object, kind, labels, labels_at_times: facts.labels_at_times, idle: facts.scaled_to_zero })
    }

    /// Whether its Pods have all these labels.
    pub(super) fn has(&self, wanted: &Labels, seen_by: SeenBy) -> Verdict {
        Verdict::all(wanted.iter().map(|(key, value)| self.has_label(key, value, seen_by)))
    }

    /// Of a label that others give to the Pods or their endpoints, the value is not in any manifest.
    fn has_label(&self, key: &str, value: &str, seen_by: SeenBy) -> Verdict {
        let own = self.labels.get(key);
        let at_times = self.labels_at_times.iter().any(|each| each == key);
        let giver = if at_times { Some(LabelGiver::Controller) } else { given_label(self.kind, key) };
        let giver = match (giver, own, seen_by) {
            (Some(LabelGiver::Istiod), _, SeenBy::Istio) | (Some(LabelGiver::IstiodIfAbsent), None, SeenBy::Istio) => {
                "istiod gives to endpoints"
            }
            (Some(LabelGiver::Injection), None, _) => "the injection of sidecars gives to Pods",
            (Some(LabelGiver::Controller), _, _) => "a controller gives to Pods",
            _ => return own.is_some_and(|own| own == value).into(),
        };
        Verdict::Unknown(format!("the label `{key}`, which {giver}"))
    }

    /// The version: the first of these labels that is there and not empty.
    pub(super) fn version(&self, keys: &[String]) -> Option<&str> {
        keys.iter().find_map(|key| self.labels.get(key).filter(|value| !value.is_empty())).map(String::as_str)
    }
}

/// `key:` with nothing behind it is an empty value.
fn labels(raw: Option<BTreeMap<String, Option<String>>>) -> Labels {
    raw.unwrap_or_default().into_iter().map(|(key, value)| (key, value.unwrap_or_default())).collect()
}
