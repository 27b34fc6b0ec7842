//! Services whose traffic another tool decides about.
//!
//! Istio turns a Gateway API route for a Service into a VirtualService of its own, and Flagger, Argo Rollouts and Knative
//! write or rewrite theirs: beside any of them a generated one is ignored, or they are.

use foldhash::{HashMap, HashMapExt};

use super::identity::{Key, meant};
use crate::finding::{Code, Finding, Severity};
use crate::inventory::{Backend, GENERATED_FOR, Inventory, Namespace, Owner, OwnerKind, Service, ServiceName};
use crate::krm::with_article;

/// The owners, by the Services that they are about.
pub(super) struct Owners<'a> {
    deciding: HashMap<Key<'a>, &'a Owner>,
    backends: HashMap<Key<'a>, Vec<Way<'a>>>,
    /// Objects of such kinds that are this tool's own, by the Services that they are about.
    ours: HashMap<Key<'a>, Vec<Way<'a>>>,
}

/// An object, and the field by which it is about a Service.
#[derive(Clone, Copy)]
struct Way<'a> {
    owner: &'a Owner,
    field: &'static str,
}

impl<'a> Owners<'a> {
    pub(super) fn new(inventory: &'a Inventory) -> Self {
        let mut found = Self { deciding: HashMap::new(), backends: HashMap::new(), ours: HashMap::new() };
        for owner in &inventory.owners {
            let namespace = |service: &'a ServiceName| {
                service.namespace.as_deref().map_or(owner.object.namespace(), |written| Namespace(Some(written)))
            };
            if owner.is_generated {
                let backends = owner.backends.iter().map(|backend| &backend.service);
                let keys = owner.services.iter().chain(backends).flat_map(|s| meant(&s.name, namespace(s)));
                keys.for_each(|key| found.ours.entry(key).or_default().push(Way { owner, field: "" }));
                continue;
            }
            for service in &owner.services {
                for key in meant(&service.name, namespace(service)) {
                    found.deciding.entry(key).or_insert(owner);
                }
            }
            for Backend { service, field } in &owner.backends {
                for key in meant(&service.name, namespace(service)) {
                    found.backends.entry(key).or_default().push(Way { owner, field });
                }
            }
        }
        found
    }

    /// The finding with which a Service is passed over that has an owner, known by any of these names.
    pub(super) fn check(&self, service: &Service, keys: &[Key<'a>], severity: Severity) -> Result<(), Box<Finding>> {
        let Some(owner) = keys.iter().find_map(|key| self.deciding.get(key)) else { return Ok(()) };
        let why = match owner.kind {
            // The other two never do.
            OwnerKind::GatewayRoute | OwnerKind::Ingress | OwnerKind::OpenShiftRoute => {
                "decides about its traffic, and Istio follows only one of it and a VirtualService"
            }
            OwnerKind::Canary => "has Flagger write its VirtualService",
            OwnerKind::Rollout => "has Argo Rollouts move the weights of its VirtualService",
            OwnerKind::Knative => "has Knative write its VirtualService",
        };
        let message = format!("this Service is passed over: {} {why}", owner.object.reference);
        let cure = "Leave the Service to it, or take the Service out of it to offer overrides";
        let finding = Finding::new(Code::ForeignOwner, service.object.place(), message, cure);
        Err(Box::new(finding.with_severity(severity).with_related(owner.object.place(), "It is here")))
    }

    /// Routes at gateways that send the Service traffic without naming a version: they cannot.
    pub(super) fn routes(&self, service: &Service, keys: &[Key<'a>], versions: usize) -> Vec<Finding> {
        let severity = if versions > 1 { Severity::Warning } else { Severity::Info };
        let finding = |Way { owner, field }: Way<'_>| {
            let kind = owner.object.reference.kind.as_str();
            let route = if owner.kind == OwnerKind::Ingress { "Ingress" } else { "route" };
            let message = format!(
                "this {route} leads to {}, and what takes it spreads over all versions: {} cannot name one",
                service.object.reference,
                with_article(kind)
            );
            let cure = if owner.kind == OwnerKind::GatewayRoute {
                "Route to the Service with a VirtualService at that gateway, or give each version a Service of its own"
            } else {
                "Route to the Service with a VirtualService at a gateway of Istio's, or give each version a Service of its \
                 own. Nothing needs to be done where the controller has a sidecar and calls the Service by its name"
            };
            Finding::new(Code::ForeignRoute, owner.object.place().field(field), message, cure).with_severity(severity)
        };
        each_once(&self.backends, keys).into_iter().map(finding).collect()
    }

    /// Objects that say they were generated for the Service, of kinds that are not generated: another version of this tool
    /// may have written them. They are no reason to leave the Service alone, and nobody knows whether they may go.
    pub(super) fn left_over(&self, service: &Service, keys: &[Key<'a>]) -> Vec<Finding> {
        let finding = |Way { owner, .. }: Way<'_>| {
            let message = format!(
                "this {} about {} says that it was generated, and nothing of its kind is generated today: it stays as it is",
                owner.object.reference.kind, service.object.reference
            );
            let cure = format!(
                "Remove it, unless another tool wrote it: then remove its annotation `{GENERATED_FOR}`, or Istio follows \
                 only one of it and the generated VirtualService"
            );
            Finding::new(Code::LeftOver, owner.object.place(), message, cure)
        };
        each_once(&self.ours, keys).into_iter().map(finding).collect()
    }
}

/// The objects that are about a Service, known by any of these names.
fn each_once<'a>(all: &HashMap<Key<'a>, Vec<Way<'a>>>, keys: &[Key<'a>]) -> Vec<Way<'a>> {
    let mut found: Vec<Way<'a>> = Vec::new();
    for way in keys.iter().filter_map(|key| all.get(key)).flatten() {
        if !found.iter().any(|known| std::ptr::eq(known.owner, way.owner)) {
            found.push(*way);
        }
    }
    found
}
