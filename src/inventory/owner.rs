//! Objects of other tools that route to Services: Gateway API routes, Flagger, Argo Rollouts, Knative.

use serde::Deserialize;
use smol_str::SmolStr;

use super::destination_rule::GENERATED_FOR;
use super::object::Object;
use crate::krm::{Item, ReadError};

/// A kind whose objects decide about the traffic of Services.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OwnerKind {
    /// `HTTPRoute`, `GRPCRoute`, `TCPRoute` and `TLSRoute` of the Gateway API.
    GatewayRoute,
    /// Flagger's `Canary`, which writes the Istio objects of its Service.
    Canary,
    /// Argo's `Rollout` with Istio as its traffic router, which moves the weights of a VirtualService.
    Rollout,
    /// Knative's `Service`, which has Istio objects of its own.
    Knative,
}

impl OwnerKind {
    /// The kind that an API group and kind name, if it is one.
    #[must_use]
    pub fn of(group: &str, kind: &str) -> Option<Self> {
        match (group, kind) {
            ("gateway.networking.k8s.io", "HTTPRoute" | "GRPCRoute" | "TCPRoute" | "TLSRoute") => {
                Some(Self::GatewayRoute)
            }
            ("flagger.app", "Canary") => Some(Self::Canary),
            ("argoproj.io", "Rollout") => Some(Self::Rollout),
            ("serving.knative.dev", "Service") => Some(Self::Knative),
            _ => None,
        }
    }
}

/// An object of another tool's that decides about Services.
#[derive(Debug, Clone)]
pub struct Owner {
    /// Its identity.
    pub object: Object,
    /// Its kind.
    pub kind: OwnerKind,
    /// Whether it says that it was generated for a Service: then it is no other tool's, though nothing of its kind is
    /// generated today.
    pub is_generated: bool,
    /// The Services whose traffic it decides about.
    pub services: Vec<ServiceName>,
    /// Services that it only sends traffic to, at gateways.
    pub backends: Vec<ServiceName>,
}

/// A Service as another object names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceName {
    /// Its name.
    pub name: SmolStr,
    /// Its namespace, where it is not the object's own.
    pub namespace: Option<SmolStr>,
}

#[derive(Deserialize)]
#[serde(expecting = "a mapping")]
struct RawOwner<'t> {
    #[serde(borrow)]
    spec: Option<RawSpec<'t>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", expecting = "a mapping")]
struct RawSpec<'t> {
    #[serde(borrow)]
    parent_refs: Option<Vec<RawReference<'t>>>,
    rules: Option<Vec<RawRule<'t>>>,
    target_ref: Option<RawReference<'t>>,
    service: Option<RawReference<'t>>,
    strategy: Option<RawStrategy<'t>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", expecting = "a mapping")]
struct RawRule<'t> {
    #[serde(borrow)]
    backend_refs: Option<Vec<RawReference<'t>>>,
}

#[derive(Deserialize)]
#[serde(expecting = "a mapping")]
struct RawReference<'t> {
    #[serde(borrow)]
    kind: Option<&'t str>,
    name: Option<&'t str>,
    namespace: Option<&'t str>,
}

#[derive(Deserialize)]
#[serde(expecting = "a mapping")]
struct RawStrategy<'t> {
    #[serde(borrow)]
    canary: Option<RawCanary<'t>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", expecting = "a mapping")]
struct RawCanary<'t> {
    #[serde(borrow)]
    canary_service: Option<&'t str>,
    stable_service: Option<&'t str>,
    traffic_routing: Option<RawRouting>,
}

#[derive(Deserialize)]
#[serde(expecting = "a mapping")]
struct RawRouting {
    istio: Option<serde::de::IgnoredAny>,
}

impl Owner {
    /// Reads an object; none where it decides about no Service.
    pub(super) fn read(item: Item<'_>, object: Object, kind: OwnerKind) -> Result<Option<Self>, ReadError> {
        let raw: RawOwner<'_> = item.node.read()?;
        let spec = raw.spec.unwrap_or_default();
        let (mut services, mut backends) = (Vec::new(), Vec::new());
        match kind {
            OwnerKind::GatewayRoute => {
                let parents = spec.parent_refs.unwrap_or_default();
                // A parent without a kind is a Gateway, a backend without one a Service.
                services.extend(parents.iter().filter(|parent| parent.kind == Some("Service")).filter_map(named));
                let rules = spec.rules.unwrap_or_default().into_iter();
                let references = rules.flat_map(|rule| rule.backend_refs.unwrap_or_default());
                let to_services = references.filter(|backend| matches!(backend.kind, None | Some("Service")));
                backends.extend(to_services.filter_map(|backend| named(&backend)));
            }
            OwnerKind::Canary => {
                let service = spec.service.as_ref().and_then(named);
                services.extend(service.or_else(|| spec.target_ref.as_ref().and_then(named)));
            }
            OwnerKind::Rollout => {
                let canary = spec.strategy.and_then(|strategy| strategy.canary);
                let routed =
                    canary.filter(|c| c.traffic_routing.as_ref().is_some_and(|routing| routing.istio.is_some()));
                let names = routed.into_iter().flat_map(|canary| [canary.canary_service, canary.stable_service]);
                services.extend(names.flatten().map(here));
            }
            OwnerKind::Knative => services.push(here(object.name())),
        }
        let is_one = !services.is_empty() || !backends.is_empty();
        let is_generated = item.annotation(GENERATED_FOR).is_some();
        Ok(is_one.then_some(Self { object, kind, is_generated, services, backends }))
    }
}

fn named(reference: &RawReference<'_>) -> Option<ServiceName> {
    let namespace = reference.namespace.filter(|namespace| !namespace.is_empty()).map(SmolStr::from);
    Some(ServiceName { name: reference.name?.into(), namespace })
}

fn here(name: &str) -> ServiceName {
    ServiceName { name: name.into(), namespace: None }
}
