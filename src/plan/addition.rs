//! A new object, described and not built: a large plan has many, and whoever writes them needs one at a time.

use std::collections::BTreeMap;
use std::rc::Rc;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use super::Spec;
use super::exposure::Exposure;
use super::objects::MANAGED_BY;
use super::route_table::RouteTable;
use crate::inventory::{GENERATED_FOR, Service};
use crate::istio::{DestinationRule, IstioResource, VirtualService};

/// A new object for a Service.
#[derive(Debug)]
pub struct Addition<'a> {
    pub(super) service: &'a Service,
    name: String,
    says: Says<'a>,
    /// The file of a kpt package that it goes to, and its place there.
    pub(super) file: Option<(String, usize)>,
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
        Self { service, name, says, file: None }
    }

    /// The object.
    #[must_use]
    pub fn resource(&self) -> IstioResource {
        match self.says.spec() {
            Spec::DestinationRule(spec) => IstioResource::DestinationRule(DestinationRule::new(self.metadata(), spec)),
            Spec::VirtualService(spec) => IstioResource::VirtualService(VirtualService::new(self.metadata(), spec)),
        }
    }

    /// Nothing of the Service's own labels and annotations: hash suffixes, former names and ids travel in them, and on
    /// another object they lead tools astray.
    fn metadata(&self) -> ObjectMeta {
        let service = self.service;
        let mut annotations = BTreeMap::from([(GENERATED_FOR.to_owned(), service.name().to_owned())]);
        if let (Some(place), Some((path, index))) = (&service.package_place, &self.file) {
            annotations.extend(place.annotations_at(path, *index));
        }
        ObjectMeta {
            name: Some(self.name.clone()),
            namespace: service.object.reference.namespace.clone(),
            labels: Some(BTreeMap::from([(MANAGED_BY.0.to_owned(), MANAGED_BY.1.to_owned())])),
            annotations: Some(annotations),
            ..ObjectMeta::default()
        }
    }
}
