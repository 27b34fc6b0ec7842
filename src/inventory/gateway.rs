//! Istio's Gateways: which hosts proxies at the edge take requests for, and which proxies these are.

use std::collections::BTreeMap;

use serde::Deserialize;
use smol_str::{SmolStr, StrExt};

use super::object::{Object, PreviousIdentity};
use crate::krm::{Item, ReadError};
use crate::value::{Fields, Value};

/// A Gateway of the input.
#[derive(Debug, Clone)]
pub struct Gateway {
    /// Its identity.
    pub object: Object,
    /// What it was called before kustomize changed it.
    pub previous: PreviousIdentity,
    /// The labels of the proxies that follow it; none where all do.
    pub selector: BTreeMap<SmolStr, SmolStr>,
    /// Those of its servers whose requests are routed by `http` rules.
    pub servers: Vec<GatewayServer>,
}

/// A server of a Gateway, for HTTP in any form, or for HTTPS that ends there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GatewayServer {
    /// The number of its port, where that can be read.
    pub port: Option<u64>,
    /// The address that it listens on; empty for all.
    pub bind: SmolStr,
    /// Whether it is for HTTPS. Such a server has routes of its own, and all that are not share theirs.
    pub is_https: bool,
    /// Its hosts in lower case: a name or a wildcard, with or without `namespace/` in front, which says whose
    /// VirtualServices may be about it.
    pub hosts: Vec<SmolStr>,
}

#[derive(Deserialize)]
#[serde(expecting = "a mapping")]
struct RawGateway<'t> {
    #[serde(borrow)]
    spec: Option<RawSpec<'t>>,
}

#[derive(Default, Deserialize)]
#[serde(expecting = "a mapping")]
struct RawSpec<'t> {
    #[serde(borrow)]
    servers: Option<Vec<RawServer<'t>>>,
    #[serde(default)]
    selector: Value,
}

#[derive(Deserialize)]
#[serde(expecting = "a mapping")]
struct RawServer<'t> {
    #[serde(borrow)]
    port: Option<RawPort<'t>>,
    #[serde(default)]
    bind: Value,
    hosts: Option<Vec<&'t str>>,
    tls: Option<RawTls<'t>>,
}

#[derive(Deserialize)]
#[serde(expecting = "a mapping")]
struct RawPort<'t> {
    /// The API server checks it. Where it is no number, no two servers are told apart by it.
    #[serde(default)]
    number: Value,
    protocol: Option<&'t str>,
}

#[derive(Deserialize)]
#[serde(expecting = "a mapping")]
struct RawTls<'t> {
    mode: Option<&'t str>,
}

impl RawServer<'_> {
    /// Istio's rule (`pkg/config/gateway/gateway.go`, `IsHTTPServer`): HTTP in any form, and HTTPS that ends here.
    fn read(self) -> Option<GatewayServer> {
        let port = self.port?;
        let mode = self.tls.as_ref().and_then(|tls| tls.mode);
        let is_https = match port.protocol.unwrap_or_default().to_ascii_uppercase().as_str() {
            "HTTP" | "HTTP2" | "HTTP_PROXY" | "GRPC" | "GRPC-WEB" => false,
            "HTTPS" if !matches!(mode, Some("PASSTHROUGH" | "AUTO_PASSTHROUGH")) => true,
            _ => return None,
        };
        let number = port.number.as_u64().or_else(|| port.number.as_str()?.parse().ok());
        let hosts = self.hosts.unwrap_or_default().into_iter().map(StrExt::to_ascii_lowercase_smolstr);
        Some(GatewayServer {
            port: number,
            bind: self.bind.as_str().unwrap_or_default().into(),
            is_https,
            hosts: hosts.collect(),
        })
    }
}

impl Gateway {
    pub(super) fn read(item: Item<'_>, object: Object) -> Result<Self, ReadError> {
        let raw: RawGateway<'_> = item.node.read()?;
        let RawSpec { servers, selector } = raw.spec.unwrap_or_default();
        let labels = selector.as_object().into_iter().flat_map(Fields::iter);
        Ok(Self {
            object,
            previous: PreviousIdentity::read(item)?,
            selector: labels.filter_map(|(key, value)| Some((key.into(), value.as_str()?.into()))).collect(),
            servers: servers.unwrap_or_default().into_iter().filter_map(RawServer::read).collect(),
        })
    }
}
