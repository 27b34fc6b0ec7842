//! Services whose traffic another tool decides about.
//!
//! Istio turns a Gateway API route for a Service into a VirtualService of its own, and Flagger, Argo Rollouts and Knative
//! write or rewrite theirs: beside any of them a generated one is ignored, or they are.

use foldhash::{HashMap, HashMapExt};

use super::identity::{Key, meant};
use crate::finding::{Code, Finding, Severity};
use crate::inventory::{Inventory, Namespace, Owner, OwnerKind, Service, ServiceName};

/// The owners, by the Services that they are about.
pub(super) struct Owners<'a> {
    owners: HashMap<Key<'a>, &'a Owner>,
    backends: HashMap<Key<'a>, Vec<&'a Owner>>,
}

impl<'a> Owners<'a> {
    pub(super) fn new(inventory: &'a Inventory) -> Self {
        let mut found = Self { owners: HashMap::new(), backends: HashMap::new() };
        for owner in &inventory.owners {
            let namespace = |service: &'a ServiceName| {
                service.namespace.as_deref().map_or(owner.object.namespace(), |written| Namespace(Some(written)))
            };
            for service in &owner.services {
                for key in meant(&service.name, namespace(service)) {
                    found.owners.entry(key).or_insert(owner);
                }
            }
            for service in &owner.backends {
                for key in meant(&service.name, namespace(service)) {
                    found.backends.entry(key).or_default().push(owner);
                }
            }
        }
        found
    }

    /// The finding with which a Service is passed over that has an owner, known by any of these names.
    pub(super) fn check(&self, service: &Service, keys: &[Key<'a>], severity: Severity) -> Result<(), Box<Finding>> {
        let Some(owner) = keys.iter().find_map(|key| self.owners.get(key)) else { return Ok(()) };
        let why = match owner.kind {
            OwnerKind::GatewayRoute => {
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
        let mut owners: Vec<&Owner> = Vec::new();
        for owner in keys.iter().filter_map(|key| self.backends.get(key)).flatten() {
            if !owners.iter().any(|known| std::ptr::eq(*known, *owner)) {
                owners.push(owner);
            }
        }
        let severity = if versions > 1 { Severity::Warning } else { Severity::Info };
        let finding = |owner: &Owner| {
            let message = format!(
                "this route leads to {}, and what takes it spreads over all versions: a {} cannot name one",
                service.object.reference, owner.object.reference.kind
            );
            let cure =
                "Route to the Service with a VirtualService at that gateway, or give each version a Service of its own";
            Finding::new(Code::ForeignRoute, owner.object.place().field("spec.rules"), message, cure)
                .with_severity(severity)
        };
        owners.into_iter().map(finding).collect()
    }
}
