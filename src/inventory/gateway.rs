//! Istio's Gateways: which hosts proxies at the edge take requests for.

use serde::Deserialize;

use super::object::{Object, PreviousIdentity};
use crate::krm::{Item, ReadError};

/// A Gateway of the input.
#[derive(Debug, Clone)]
pub struct Gateway {
    /// Its identity.
    pub object: Object,
    /// What it was called before kustomize changed it.
    pub previous: PreviousIdentity,
    /// The hosts of those of its servers whose requests are routed by `http` rules, as they are written: a name or a
    /// wildcard, with or without `namespace/` in front, which says whose VirtualServices may be about it.
    pub hosts: Vec<String>,
}

#[derive(Deserialize)]
#[serde(expecting = "a mapping")]
struct RawGateway<'t> {
    #[serde(borrow)]
    spec: Option<RawSpec<'t>>,
}

#[derive(Deserialize)]
#[serde(expecting = "a mapping")]
struct RawSpec<'t> {
    #[serde(borrow)]
    servers: Option<Vec<RawServer<'t>>>,
}

#[derive(Deserialize)]
#[serde(expecting = "a mapping")]
struct RawServer<'t> {
    #[serde(borrow)]
    port: Option<RawPort<'t>>,
    hosts: Option<Vec<&'t str>>,
    tls: Option<RawTls<'t>>,
}

#[derive(Deserialize)]
#[serde(expecting = "a mapping")]
struct RawPort<'t> {
    protocol: Option<&'t str>,
}

#[derive(Deserialize)]
#[serde(expecting = "a mapping")]
struct RawTls<'t> {
    mode: Option<&'t str>,
}

impl RawServer<'_> {
    /// Istio's rule (`pkg/config/gateway/gateway.go`, `IsHTTPServer`): HTTP in any form, and HTTPS that ends here.
    fn routes_http(&self) -> bool {
        let protocol = self.port.as_ref().and_then(|port| port.protocol).unwrap_or_default().to_ascii_uppercase();
        let mode = self.tls.as_ref().and_then(|tls| tls.mode);
        match protocol.as_str() {
            "HTTP" | "HTTP2" | "HTTP_PROXY" | "GRPC" | "GRPC-WEB" => true,
            "HTTPS" => !matches!(mode, Some("PASSTHROUGH" | "AUTO_PASSTHROUGH")),
            _ => false,
        }
    }
}

impl Gateway {
    pub(super) fn read(item: Item<'_>, object: Object) -> Result<Self, ReadError> {
        let raw: RawGateway<'_> = item.node.read()?;
        let servers = raw.spec.and_then(|spec| spec.servers).unwrap_or_default();
        let hosts = servers.into_iter().filter(RawServer::routes_http).filter_map(|server| server.hosts).flatten();
        Ok(Self {
            object,
            previous: PreviousIdentity::read(item)?,
            hosts: hosts.map(str::to_ascii_lowercase).collect(),
        })
    }
}
