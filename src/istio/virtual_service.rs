//! `VirtualService`: where the requests and connections to a host go.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use super::{API_VERSION, kubernetes_resource};

/// Routes the traffic of hosts.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct VirtualService {
    api_version: &'static str,
    kind: &'static str,
    /// Name, namespace, labels and annotations.
    pub metadata: ObjectMeta,
    /// The routes.
    pub spec: VirtualServiceSpec,
}

/// Hosts and their routes.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VirtualServiceSpec {
    /// Hosts; a name without a dot means a Service in the object's own namespace.
    pub hosts: Vec<SmolStr>,
    /// Gateways, `name` or `namespace/name`. None for every sidecar of the mesh: an explicit list, even `[mesh]`, makes
    /// Istio's analyzers look for subsets elsewhere (IST0140).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gateways: Vec<SmolStr>,
    /// The namespaces whose clients follow it; all where there is none.
    #[serde(default, rename = "exportTo", skip_serializing_if = "Vec::is_empty")]
    pub export_to: Vec<SmolStr>,
    /// Rules for HTTP, HTTP/2 and gRPC, and for ports whose protocol Istio detects. The first that matches decides.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub http: Vec<HttpRoute>,
    /// Rules for opaque TCP connections.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tcp: Vec<TcpRoute>,
}

/// One HTTP rule. Without a match it takes everything, and must be the last of its port.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HttpRoute {
    /// Shown in Envoy's access log and statistics.
    pub name: String,
    /// Alternatives, any of which is enough.
    #[serde(rename = "match", default, skip_serializing_if = "Vec::is_empty")]
    pub matches: Vec<HttpMatch>,
    /// What is done to the response on its way back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub headers: Option<Headers>,
    /// Where the request goes; nowhere where it is answered directly.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub route: Vec<RouteDestination>,
    /// The answer that the caller's proxy gives by itself.
    #[serde(default, rename = "directResponse", skip_serializing_if = "Option::is_none")]
    pub direct_response: Option<DirectResponse>,
}

/// Changes to headers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Headers {
    /// Those of the response.
    pub response: HeaderOperations,
}

/// What is done to headers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeaderOperations {
    /// Headers that get these values, whatever they had.
    pub set: BTreeMap<SmolStr, SmolStr>,
}

/// An answer without asking the Service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DirectResponse {
    /// The HTTP status.
    pub status: u16,
    /// What it says.
    pub body: HttpBody,
}

/// The body of an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HttpBody {
    /// Text.
    pub string: String,
}

/// Conditions that must all hold.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HttpMatch {
    /// Headers, by lower-case name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<SmolStr, HeaderRegex>,
    /// The Service port that the client called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
}

/// A regular expression (RE2, at most 1024 bytes) that the whole value must match.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeaderRegex {
    /// The expression.
    pub regex: String,
}

/// A share of the traffic; the only one takes all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RouteDestination {
    /// Where it goes.
    pub destination: Destination,
    /// Its part, in percent; none for the only one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight: Option<u32>,
}

/// A version of a Service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Destination {
    /// The Service.
    pub host: SmolStr,
    /// The version's name in the `DestinationRule`.
    pub subset: SmolStr,
    /// The port; Istio demands it as soon as the Service has several of any kind (IST0112).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<PortSelector>,
}

/// A Service port by number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PortSelector {
    /// The number.
    pub number: u16,
}

/// One TCP rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TcpRoute {
    /// Alternatives, any of which is enough.
    #[serde(rename = "match")]
    pub matches: Vec<PortMatch>,
    /// Where the connection goes.
    pub route: Vec<RouteDestination>,
}

/// The port that a connection was made to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PortMatch {
    /// The Service port.
    pub port: u16,
}

impl VirtualService {
    /// A VirtualService with this metadata.
    #[must_use]
    pub fn new(metadata: ObjectMeta, spec: VirtualServiceSpec) -> Self {
        Self { api_version: API_VERSION, kind: "VirtualService", metadata, spec }
    }
}

kubernetes_resource!(VirtualService, "VirtualService", "virtualservices");
