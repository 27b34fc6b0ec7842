//! Services and what has Pods, as far as an answer needs them.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use super::export::{ExportTo, Labels};
use super::host::{Host, includes};
use super::object::{Object, Reading};
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

/// Anything with a Pod template, or a Pod.
#[derive(Debug, Clone)]
pub(super) struct Workload {
    pub(super) object: Arc<Object>,
    /// The labels of its Pods.
    pub(super) labels: Labels,
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
    pub(super) fn selects(&self, workload: &Workload) -> bool {
        !self.selector.is_empty()
            && workload.object.namespace() == self.object.namespace()
            && includes(&workload.labels, &self.selector)
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

#[derive(Deserialize)]
#[serde(expecting = "a mapping")]
struct RawMetadata {
    labels: Option<BTreeMap<String, Option<String>>>,
}

#[derive(Deserialize)]
#[serde(expecting = "a mapping")]
struct RawController {
    replicas: Option<u32>,
    template: Option<RawTemplate>,
}

#[derive(Deserialize)]
#[serde(expecting = "a mapping")]
struct RawTemplate {
    metadata: Option<RawMetadata>,
}

impl Workload {
    /// Whether objects of this kind have Pods that serve.
    pub(super) fn is(group: &str, kind: &str) -> bool {
        match group {
            "" => matches!(kind, "Pod" | "ReplicationController"),
            "apps" => matches!(kind, "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet"),
            "extensions" => matches!(kind, "Deployment" | "DaemonSet" | "ReplicaSet"),
            "argoproj.io" => kind == "Rollout",
            "apps.kruise.io" => kind == "CloneSet",
            _ => false,
        }
    }

    pub(super) fn read(reading: &Reading<'_>) -> Result<Self, Box<Finding>> {
        let object = Arc::clone(&reading.object);
        if object.reference.kind == "Pod" {
            let raw: Option<RawMetadata> = reading.field("metadata")?;
            return Ok(Self { object, labels: labels(raw.and_then(|raw| raw.labels)), idle: false });
        }
        let raw: Option<RawController> = reading.field("spec")?;
        let idle = raw.as_ref().is_some_and(|raw| raw.replicas == Some(0));
        let metadata = raw.and_then(|raw| raw.template?.metadata);
        Ok(Self { object, labels: labels(metadata.and_then(|metadata| metadata.labels)), idle })
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
