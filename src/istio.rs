//! The Istio resources that are emitted, as types: only the fields that are written.
//!
//! Hand-written, because the published bindings trail Istio's API. `networking.istio.io/v1` is the canonical version
//! since Istio 1.22; `v1beta1` and `v1alpha3` are other names for the same schema. A generated object that is read
//! back must have these fields and no others, or it was changed by somebody and is written anew.

mod destination_rule;
mod metadata;
mod virtual_service;

use std::borrow::Cow;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube_core::Resource as KubernetesResource;

pub use destination_rule::{DestinationRule, DestinationRuleSpec, Subset};
pub use metadata::Metadata;
pub use virtual_service::{
    Destination, DirectResponse, HeaderOperations, HeaderRegex, Headers, HttpBody, HttpMatch, HttpRoute, PortMatch,
    PortSelector, RouteDestination, TcpRoute, VirtualService, VirtualServiceSpec,
};

/// The API group of all resources here.
pub const GROUP: &str = "networking.istio.io";
/// The version that is written.
pub const VERSION: &str = "v1";
/// Group and version together, as `apiVersion` has them.
pub const API_VERSION: &str = "networking.istio.io/v1";

/// Either of the objects that a Service gets.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
#[serde(untagged)]
pub enum IstioResource {
    /// Names the versions of a host.
    DestinationRule(DestinationRule),
    /// Routes requests between them.
    VirtualService(VirtualService),
}

impl IstioResource {
    /// The object's metadata.
    #[must_use]
    pub fn metadata(&self) -> &ObjectMeta {
        match self {
            Self::DestinationRule(rule) => rule.meta(),
            Self::VirtualService(service) => service.meta(),
        }
    }

    /// The object's metadata, to be changed.
    pub fn metadata_mut(&mut self) -> &mut ObjectMeta {
        match self {
            Self::DestinationRule(rule) => rule.meta_mut(),
            Self::VirtualService(service) => service.meta_mut(),
        }
    }

    /// The object's kind.
    #[must_use]
    pub fn kind(&self) -> Cow<'static, str> {
        match self {
            Self::DestinationRule(_) => DestinationRule::kind(&()),
            Self::VirtualService(_) => VirtualService::kind(&()),
        }
    }
}

/// `kube_core::Resource` for one of the kinds, so that clients of a live cluster can use the same types.
macro_rules! kubernetes_resource {
    ($type:ty, $kind:literal, $plural:literal) => {
        impl kube_core::Resource for $type {
            type DynamicType = ();
            type Scope = kube_core::NamespaceResourceScope;

            fn kind((): &()) -> std::borrow::Cow<'_, str> {
                $kind.into()
            }
            fn group((): &()) -> std::borrow::Cow<'_, str> {
                crate::istio::GROUP.into()
            }
            fn version((): &()) -> std::borrow::Cow<'_, str> {
                crate::istio::VERSION.into()
            }
            fn plural((): &()) -> std::borrow::Cow<'_, str> {
                $plural.into()
            }
            fn meta(&self) -> &k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta {
                &self.metadata
            }
            fn meta_mut(&mut self) -> &mut k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta {
                &mut self.metadata
            }
        }
    };
}
use kubernetes_resource;
