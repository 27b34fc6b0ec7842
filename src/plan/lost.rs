//! Routes to subsets that will not be there: what takes them is answered 503.

use std::collections::BTreeSet;

use super::followed::Merged;
use super::identity::{Key, Standing};
use super::merge;
use super::user_rules::{Target, UserRules};
use crate::finding::{Code, Finding, Severity};
use crate::inventory::{DestinationRule, Namespace, Service};

/// A namespace that no rule names, and that has none: most are like that.
pub(super) const ELSEWHERE: &str = "";

/// For whom a subset will not be there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Loss<'a> {
    /// For everybody.
    ForAll,
    /// For clients in these namespaces, who follow rules of their own.
    ForClients(BTreeSet<&'a str>),
}

impl<'a> UserRules<'a> {
    /// Whether DestinationRules of the user's define a subset of the Service for the clients in its own namespace and for
    /// those that have no rule of their own.
    pub(super) fn defines(&self, service: &'a Service, keys: &[Key<'a>], subset: &str) -> bool {
        let followed = self.followed(service, keys, None);
        [service.namespace().effective(), ELSEWHERE].iter().all(|client| is_defined(&followed.by(client), subset))
    }

    /// Whether an earlier run gave one of the user's DestinationRules for the Service this subset, in its own namespace.
    pub(super) fn had_subset(&self, service: &Service, keys: &[Key<'a>], subset: &str) -> bool {
        self.with_added(keys, subset).any(|rule| rule.object.namespace() == service.namespace())
    }

    /// The namespaces whose clients lose a subset, for an earlier run gave it to a DestinationRule of their own, which hides
    /// all others from them, and no other one there defines it.
    pub(super) fn clients_losing(&self, service: &'a Service, keys: &[Key<'a>], subset: &str) -> BTreeSet<&'a str> {
        let namespaces = self.with_added(keys, subset).map(|rule| rule.object.namespace());
        let namespaces: BTreeSet<&str> = namespaces.map(Namespace::effective).collect();
        let others = namespaces.into_iter().filter(|namespace| *namespace != service.namespace().effective());
        let followed = self.followed(service, keys, None);
        others.filter(|client| !is_defined(&followed.by(client), subset)).collect()
    }

    /// The user's DestinationRules whose subset of this name is an earlier run's. One that somebody took out by hand is not
    /// there to be missed.
    fn with_added(&self, keys: &[Key<'a>], subset: &str) -> impl Iterator<Item = &'a DestinationRule> {
        self.for_any(keys).filter(move |rule| {
            let is_noted = rule.added.as_ref().is_some_and(|added| added.subsets.iter().any(|known| known == subset));
            is_noted && rule.subsets.iter().any(|known| known.name == subset)
        })
    }

    fn for_any(&self, keys: &[Key<'a>]) -> impl Iterator<Item = &'a DestinationRule> {
        keys.iter().filter_map(|key| self.destination_rules.get(key)).flatten().copied()
    }

    /// Routes and mirrors to subsets of the Service that will not be there: what takes them is answered 503. `loss` tells for
    /// whom a subset will not be there, and how bad that is; nothing where it will be, or where nothing is known of it.
    pub(super) fn unknown_subsets(
        &self,
        service: &'a Service,
        keys: &[Key<'a>],
        loss: impl Fn(&str) -> Option<(Loss<'a>, Severity)>,
    ) -> Vec<Finding> {
        let finding = |(_, Target { rule, destination: target, subset }): (Standing, &Target<'_>)| {
            let subset = (*subset)?;
            let (loss, severity) = loss(subset)?;
            let clients = match loss {
                Loss::ForAll => String::new(),
                Loss::ForClients(namespaces) => {
                    let names: Vec<String> = namespaces.iter().map(|namespace| format!("`{namespace}`")).collect();
                    format!(" for clients in {}", names.join(", "))
                }
            };
            let message = format!(
                "this route leads to the subset `{subset}` of {}, which is not there{clients} when this run is done, so \
                 what takes the route is answered 503",
                service.object.reference
            );
            let cure = "Name a version that there is, or keep the Service's workloads and generated rules as they were";
            let place = rule.object.place().field(format!("{}.subset", target.field()));
            Some(Finding::new(Code::UnknownSubset, place, message, cure).with_severity(severity))
        };
        self.targets(service, keys).filter_map(finding).collect()
    }
}

/// Whether every rule that some clients may follow has a subset of this name which is the user's own.
fn is_defined(merged: &[Merged<'_>], subset: &str) -> bool {
    let defines = |merged: &Merged<'_>| merged.users().flat_map(merge::own_subsets).any(|own| own.name == subset);
    !merged.is_empty() && merged.iter().all(defines)
}
