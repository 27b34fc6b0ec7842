//! Objects of other tools that route to Services: Gateway API routes, Ingresses, OpenShift's Routes, Flagger, Argo
//! Rollouts, Knative.

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
    /// Kubernetes' `Ingress`, of its old API groups too.
    Ingress,
    /// OpenShift's `Route`.
    OpenShiftRoute,
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
            ("networking.k8s.io" | "extensions", "Ingress") => Some(Self::Ingress),
            ("route.openshift.io", "Route") => Some(Self::OpenShiftRoute),
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
    pub backends: Vec<Backend>,
}

/// A Service that an object sends traffic to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backend {
    /// The Service.
    pub service: ServiceName,
    /// The field of the object that names it.
    pub field: &'static str,
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
    // Of an Ingress; the second is the field's name before `networking.k8s.io/v1`.
    default_backend: Option<RawBackend<'t>>,
    backend: Option<RawBackend<'t>>,
    // Of an OpenShift Route.
    to: Option<RawReference<'t>>,
    alternate_backends: Option<Vec<RawReference<'t>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", expecting = "a mapping")]
struct RawRule<'t> {
    #[serde(borrow)]
    backend_refs: Option<Vec<RawReference<'t>>>,
    http: Option<RawPaths<'t>>,
}

#[derive(Deserialize)]
#[serde(expecting = "a mapping")]
struct RawPaths<'t> {
    #[serde(borrow)]
    paths: Option<Vec<RawPath<'t>>>,
}

#[derive(Deserialize)]
#[serde(expecting = "a mapping")]
struct RawPath<'t> {
    #[serde(borrow)]
    backend: Option<RawBackend<'t>>,
}

/// The backend of an Ingress: `service.name`, or `serviceName` before `networking.k8s.io/v1`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", expecting = "a mapping")]
struct RawBackend<'t> {
    #[serde(borrow)]
    service: Option<RawReference<'t>>,
    service_name: Option<&'t str>,
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
                backends.extend(to_services.filter_map(|backend| named(&backend)).map(at("spec.rules")));
            }
            OwnerKind::Ingress => {
                let rules = spec.rules.unwrap_or_default().into_iter();
                let paths = rules.filter_map(|rule| rule.http).flat_map(|http| http.paths.unwrap_or_default());
                backends.extend(paths.filter_map(|path| path.backend?.service()).map(at("spec.rules")));
                let default = spec.default_backend.and_then(RawBackend::service);
                backends.extend(default.map(at("spec.defaultBackend")));
                backends.extend(spec.backend.and_then(RawBackend::service).map(at("spec.backend")));
            }
            OwnerKind::OpenShiftRoute => {
                let to_service = |to: &RawReference<'_>| matches!(to.kind, None | Some("" | "Service"));
                backends.extend(spec.to.filter(to_service).and_then(|to| named(&to)).map(at("spec.to")));
                let others = spec.alternate_backends.unwrap_or_default().into_iter().filter(to_service);
                backends.extend(others.filter_map(|other| named(&other)).map(at("spec.alternateBackends")));
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

impl RawBackend<'_> {
    /// The Service, which an Ingress has beside itself.
    fn service(self) -> Option<ServiceName> {
        self.service.and_then(|service| service.name).or(self.service_name).map(here)
    }
}

/// Services that a field names.
fn at(field: &'static str) -> impl Fn(ServiceName) -> Backend {
    move |service| Backend { service, field }
}

fn named(reference: &RawReference<'_>) -> Option<ServiceName> {
    let namespace = reference.namespace.filter(|namespace| !namespace.is_empty()).map(SmolStr::from);
    Some(ServiceName { name: reference.name?.into(), namespace })
}

fn here(name: &str) -> ServiceName {
    ServiceName { name: name.into(), namespace: None }
}
