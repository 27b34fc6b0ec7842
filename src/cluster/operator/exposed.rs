//! Services that are exposed beside those of a namespace: by its own policy, and by those of other namespaces.
//!
//! Services are judged one at a time, and namespaces too. Whether two are exposed under one host can be seen only where all
//! of them are looked at.

use std::collections::BTreeMap;

use super::index::Index;
use super::judge::{is_about, policy_of};
use crate::config::Policy;
use crate::finding::Finding;
use crate::inventory::{Inventory, Service};
use crate::plan::{ExposedService, exposed_twice};

/// What other namespaces expose, as far as it may be in the way of one.
#[derive(Default)]
pub(super) struct Elsewhere<'i> {
    policies: BTreeMap<&'i str, Policy>,
    documents: Vec<&'i str>,
}

impl<'i> Elsewhere<'i> {
    /// What is exposed beside the Services of a namespace with this policy. Nothing where that exposes none.
    pub(super) fn beside(index: &'i Index, namespace: &str, policy: &Policy, fallback: &Policy) -> Self {
        let mut found = Self::default();
        if !exposes(policy) {
            return found;
        }
        let by_default = exposes(fallback).then(|| index.namespaces_of_services());
        let namespaces = index.exposing_namespaces().chain(by_default.into_iter().flatten());
        for other in namespaces.filter(|other| *other != namespace) {
            if found.policies.contains_key(other) {
                continue;
            }
            // A policy that cannot be read exposes nothing.
            let Ok(policy) = policy_of(index, other, fallback) else { continue };
            for entry in policy.services.iter().filter(|entry| entry.expose.is_some()) {
                let is_there = entry.namespace.as_deref().is_none_or(|named| named == other);
                let services = index.objects("", "Service", other).filter(|(name, _)| is_there && *name == entry.name);
                found.documents.extend(services.filter_map(|(_, kept)| kept.document.as_deref()));
            }
            found.policies.insert(other, policy);
        }
        found
    }

    /// The Services, as manifests.
    pub(super) fn documents(&self) -> impl Iterator<Item = &'i str> {
        self.documents.iter().copied()
    }

    /// What is wrong with how Services of a namespace are exposed, by their names. `services` are its own and those that
    /// are exposed elsewhere.
    pub(super) fn conflicts(
        &self,
        inventory: &Inventory,
        services: &[Service],
        namespace: &str,
        policy: &Policy,
    ) -> Vec<(String, Finding)> {
        let exposed = services.iter().filter_map(|service| {
            let own = service.namespace().effective();
            let policy = if own == namespace { policy } else { self.policies.get(own)? };
            let entry = policy.services.iter().find(|entry| entry.expose.is_some() && is_about(entry, service))?;
            Some(ExposedService { service, policy, entry })
        });
        let exposed: Vec<ExposedService<'_>> = exposed.collect();
        // What is wrong with one alone is found where that one is judged.
        let conflicts = exposed_twice(inventory, &exposed).into_iter().filter(|conflict| conflict.services.len() > 1);
        let told = conflicts.flat_map(|conflict| {
            let here = conflict.services.into_iter().filter(|service| service.namespace().effective() == namespace);
            let finding = conflict.finding;
            here.map(move |service| (service.name().to_owned(), finding.clone().without_files())).collect::<Vec<_>>()
        });
        told.collect()
    }
}

fn exposes(policy: &Policy) -> bool {
    policy.services.iter().any(|entry| entry.expose.is_some())
}
