//! DestinationRules and VirtualServices: the user's own, and those that an earlier run generated.

use serde::Deserialize;

use super::object::Object;
use crate::istio::{DestinationRuleSpec, VirtualServiceSpec};
use crate::krm::{Item, ReadError};

/// The annotation that makes an object ours; its value names the Service.
pub const GENERATED_FOR: &str = "overrides.dev/generated-for";

/// A DestinationRule of the input.
#[derive(Debug, Clone)]
pub struct DestinationRule {
    /// Its identity.
    pub object: Object,
    /// The host that it is about, in lower case as all names of Services are.
    pub host: String,
    /// The Service that it was generated for, if it was.
    pub generated_for: Option<String>,
    /// What it says, when it was generated and nobody added anything to it.
    pub generated_spec: Option<DestinationRuleSpec>,
}

/// A VirtualService of the input.
#[derive(Debug, Clone)]
pub struct VirtualService {
    /// Its identity.
    pub object: Object,
    /// The hosts that it is about, in lower case; none for a delegate.
    pub hosts: Vec<String>,
    /// Whether the sidecars of the mesh follow it: it names no gateway, or `mesh` among them.
    pub in_mesh: bool,
    /// Where its routes lead.
    pub targets: Vec<RouteTarget>,
    /// The Service that it was generated for, if it was.
    pub generated_for: Option<String>,
    /// What it says, when it was generated and nobody added anything to it.
    pub generated_spec: Option<VirtualServiceSpec>,
}

/// A destination of a route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RouteTarget {
    /// The host, in lower case.
    pub host: String,
    /// The subset, where it names one.
    pub subset: Option<String>,
    /// The path of the destination within the object.
    pub field: String,
}

#[derive(Deserialize)]
#[serde(expecting = "a mapping")]
struct RawDestinationRule<'t> {
    #[serde(borrow)]
    spec: Option<RawHost<'t>>,
}

#[derive(Deserialize)]
#[serde(expecting = "a mapping")]
struct RawHost<'t> {
    host: Option<&'t str>,
}

#[derive(Deserialize)]
#[serde(expecting = "a mapping")]
struct RawVirtualService<'t> {
    #[serde(borrow)]
    spec: Option<RawRoutes<'t>>,
}

#[derive(Default, Deserialize)]
#[serde(expecting = "a mapping")]
struct RawRoutes<'t> {
    #[serde(borrow)]
    hosts: Option<Vec<&'t str>>,
    gateways: Option<Vec<&'t str>>,
    http: Option<Vec<RawRoute<'t>>>,
    tls: Option<Vec<RawRoute<'t>>>,
    tcp: Option<Vec<RawRoute<'t>>>,
}

#[derive(Deserialize)]
#[serde(expecting = "a mapping")]
struct RawRoute<'t> {
    #[serde(borrow)]
    route: Option<Vec<RawRouteDestination<'t>>>,
    mirror: Option<RawDestination<'t>>,
    mirrors: Option<Vec<RawRouteDestination<'t>>>,
}

#[derive(Deserialize)]
#[serde(expecting = "a mapping")]
struct RawRouteDestination<'t> {
    #[serde(borrow)]
    destination: Option<RawDestination<'t>>,
}

#[derive(Deserialize)]
#[serde(expecting = "a mapping")]
struct RawDestination<'t> {
    host: Option<&'t str>,
    subset: Option<&'t str>,
}

impl DestinationRule {
    pub(super) fn read(item: Item<'_>, object: Object) -> Result<Self, ReadError> {
        let raw: RawDestinationRule<'_> = item.node.read()?;
        let host = raw.spec.and_then(|spec| spec.host).unwrap_or_default().to_ascii_lowercase();
        let generated_for = item.annotation(GENERATED_FOR).map(ToOwned::to_owned);
        let generated_spec = generated_for.as_ref().and_then(|_| item.node.get("spec")?.read().ok());
        Ok(Self { object, host, generated_for, generated_spec })
    }
}

impl VirtualService {
    pub(super) fn read(item: Item<'_>, object: Object) -> Result<Self, ReadError> {
        let raw: RawVirtualService<'_> = item.node.read()?;
        let spec = raw.spec.unwrap_or_default();
        let gateways = spec.gateways.unwrap_or_default();
        let mut targets = Vec::new();
        for (kind, routes) in [("http", spec.http), ("tls", spec.tls), ("tcp", spec.tcp)] {
            collect_targets(&mut targets, kind, routes.unwrap_or_default());
        }
        let generated_for = item.annotation(GENERATED_FOR).map(ToOwned::to_owned);
        let generated_spec = generated_for.as_ref().and_then(|_| item.node.get("spec")?.read().ok());
        Ok(Self {
            object,
            hosts: spec.hosts.unwrap_or_default().into_iter().map(str::to_ascii_lowercase).collect(),
            in_mesh: gateways.is_empty() || gateways.contains(&"mesh"),
            targets,
            generated_for,
            generated_spec,
        })
    }
}

fn collect_targets(targets: &mut Vec<RouteTarget>, kind: &str, routes: Vec<RawRoute<'_>>) {
    let mut add = |destination: Option<RawDestination<'_>>, field: String| {
        let Some(RawDestination { host: Some(host), subset }) = destination else { return };
        targets.push(RouteTarget { host: host.to_ascii_lowercase(), subset: subset.map(ToOwned::to_owned), field });
    };
    for (rule, route) in routes.into_iter().enumerate() {
        for (index, share) in route.route.unwrap_or_default().into_iter().enumerate() {
            add(share.destination, format!("spec.{kind}[{rule}].route[{index}].destination"));
        }
        add(route.mirror, format!("spec.{kind}[{rule}].mirror"));
        for (index, share) in route.mirrors.unwrap_or_default().into_iter().enumerate() {
            add(share.destination, format!("spec.{kind}[{rule}].mirrors[{index}].destination"));
        }
    }
}
