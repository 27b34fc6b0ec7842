//! A new object, described and not built: a large plan has many, and whoever writes them needs one at a time.

use std::rc::Rc;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube_core::Resource;
use serde::ser::{Serialize, SerializeStruct, Serializer};
use smol_str::ToSmolStr as _;

use super::Spec;
use super::exposure::Exposure;
use super::objects::{MANAGED_BY, file_in_package};
use super::route_table::RouteTable;
use crate::inventory::{GENERATED_FOR, Service};
use crate::istio::{API_VERSION, DestinationRule, IstioResource, Metadata, VirtualService};

/// What it was generated for, and where it is, as kustomize and kpt say it in two ways.
const MOST_ANNOTATIONS: usize = 6;

/// A new object for a Service.
#[derive(Debug)]
pub struct Addition<'a> {
    pub(super) service: &'a Service,
    name: String,
    says: Says<'a>,
    /// Its place in the file that it goes to, where it goes to a kpt package.
    pub(super) index: Option<usize>,
}

/// What a generated object is to say.
#[derive(Debug)]
pub(super) enum Says<'a> {
    /// A DestinationRule: the versions.
    Subsets(Rc<RouteTable<'a>>),
    /// A VirtualService: the routes in the mesh.
    Routes(Rc<RouteTable<'a>>),
    /// A VirtualService: the routes at gateways.
    AtGateways(Rc<RouteTable<'a>>, Rc<Exposure>),
}

impl Says<'_> {
    /// The `spec` of the object.
    pub(super) fn spec(&self) -> Spec {
        match self {
            Self::Subsets(table) => Spec::DestinationRule(table.destination_rule()),
            Self::Routes(table) => Spec::VirtualService(table.virtual_service()),
            Self::AtGateways(table, exposure) => Spec::VirtualService(table.at_gateways(exposure)),
        }
    }
}

impl<'a> Addition<'a> {
    pub(super) fn new(service: &'a Service, name: String, says: Says<'a>) -> Self {
        Self { service, name, says, index: None }
    }

    /// The object, for clients of the Kubernetes API.
    #[must_use]
    pub fn resource(&self) -> IstioResource {
        let metadata = self.with_metadata(|metadata| ObjectMeta::from(metadata));
        match self.says.spec() {
            Spec::DestinationRule(spec) => IstioResource::DestinationRule(DestinationRule::new(metadata, spec)),
            Spec::VirtualService(spec) => IstioResource::VirtualService(VirtualService::new(metadata, spec)),
        }
    }

    /// Nothing of the Service's own labels and annotations: hash suffixes, former names and ids travel in them, and on
    /// another object they lead tools astray.
    fn with_metadata<T>(&self, use_it: impl FnOnce(Metadata<'_>) -> T) -> T {
        let service = self.service;
        let mut annotations = Vec::with_capacity(MOST_ANNOTATIONS);
        annotations.push((GENERATED_FOR, service.name()));
        let place = service.package_place.as_ref();
        let in_file = place.zip(file_in_package(service)).zip(self.index);
        let in_file = in_file.map(|((place, path), index)| (place, path, index.to_smolstr()));
        if let Some((place, path, index)) = &in_file {
            annotations.extend(place.annotations_at(path, index));
        }
        annotations.sort_unstable_by_key(|(key, _)| *key);
        let namespace = service.object.reference.namespace.as_deref();
        use_it(Metadata { name: &self.name, namespace, labels: &[MANAGED_BY], annotations: &annotations })
    }
}

/// The object as it is written.
impl Serialize for Addition<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("Addition", 4)?;
        object.serialize_field("apiVersion", API_VERSION)?;
        let spec = self.says.spec();
        let kind = match &spec {
            Spec::DestinationRule(_) => DestinationRule::kind(&()),
            Spec::VirtualService(_) => VirtualService::kind(&()),
        };
        object.serialize_field("kind", &kind)?;
        self.with_metadata(|metadata| object.serialize_field("metadata", &metadata))?;
        match &spec {
            Spec::DestinationRule(spec) => object.serialize_field("spec", spec)?,
            Spec::VirtualService(spec) => object.serialize_field("spec", spec)?,
        }
        object.end()
    }
}
