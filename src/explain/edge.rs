//! Hosts of a request that gateways know.

use std::sync::Arc;

use serde::Deserialize;

use super::Mesh;
use super::host::Host;
use super::object::{Object, Reading};
use super::remark::Remark;
use super::request::Request;

/// An object that gives routes to gateways, which are not evaluated, and its hosts.
#[derive(Debug)]
pub(super) struct Edge {
    pub(super) object: Arc<Object>,
    pub(super) hosts: Vec<Host>,
}

#[derive(Default, Deserialize)]
#[serde(expecting = "a mapping")]
struct RawEdge {
    /// Of the Gateway API's routes.
    hostnames: Option<Vec<String>>,
    /// Of an Ingress.
    rules: Option<Vec<RawRule>>,
}

#[derive(Deserialize)]
#[serde(expecting = "a mapping")]
struct RawRule {
    host: Option<String>,
}

impl Edge {
    /// Reads a route of the Gateway API, or an Ingress. What cannot be read is others' to check.
    pub(super) fn read(reading: &Reading<'_>) -> Self {
        let raw: RawEdge = reading.field("spec").ok().flatten().unwrap_or_default();
        let of_rules = raw.rules.into_iter().flatten().filter_map(|rule| rule.host);
        let hosts = raw.hostnames.into_iter().flatten().chain(of_rules);
        let object = Arc::clone(&reading.object);
        Self { hosts: hosts.map(|host| Host::resolve(&host, object.namespace()).lower_case()).collect(), object }
    }

    fn covers(&self, host: &Host) -> bool {
        self.hosts.iter().any(|each| each.covers(host))
    }
}

/// What is to be said of the request's `Host`: one of a gateway, or of nothing that is here.
pub(super) fn host_remarks(mesh: &Mesh, request: &Request) -> Option<Remark> {
    let written = request.values("host").next()?.to_ascii_lowercase();
    let (name, port) = written.rsplit_once(':').unwrap_or((&written, ""));
    let name = if port.chars().all(|c| c.is_ascii_digit()) { name } else { &written };
    let host = Host::resolve(name, "");
    let is_service = mesh.services.iter().any(|service| service.is_called(name));
    if name.is_empty() || is_service || mesh.virtual_services.has_host(&host) {
        return None;
    }
    let known = mesh.edges.iter().find(|edge| edge.covers(&host));
    Some(match known {
        Some(edge) => Remark::GatewayHost { host: name.to_owned(), object: Arc::clone(&edge.object) },
        None => Remark::UnknownHost { host: name.to_owned() },
    })
}
