//! launchpad's Workloads: which Service each is about.

mod targets;

use foldhash::{HashMap, HashMapExt, HashSet};

use super::hosts::Host;
use super::identity::{Key, identities, meant};
use crate::config::{Policy, ServicePolicy, nearest};
use crate::finding::{Code, Finding, Place};
use crate::inventory::{Inventory, LaunchpadWorkload, Service};

pub(super) use targets::TargetSplit;

/// The Workloads, by their Services.
#[derive(Default)]
pub(super) struct Workloads<'a> {
    by_service: HashMap<*const Service, Claim<'a>>,
}

/// What a Workload says about its Service; nothing where that cannot be.
type Claim<'a> = (&'a LaunchpadWorkload, Option<TargetSplit<'a>>);

/// A Workload is there, and what it says cannot be: there is a finding about it, and nothing else to say.
#[derive(Debug)]
pub(super) struct Unusable;

impl<'a> Workloads<'a> {
    /// Finds the Service of each Workload, and checks what is said about it. `owned` is what all Services are called.
    pub(super) fn resolve(
        inventory: &'a Inventory,
        policy: &Policy,
        service_policies: &[Option<&ServicePolicy>],
        owned: &HashSet<Key<'_>>,
        findings: &mut Vec<Finding>,
    ) -> Self {
        let mut found = Self::default();
        if inventory.launchpad_workloads.is_empty() {
            return found;
        }
        let named = Named::new(inventory, owned);
        for workload in &inventory.launchpad_workloads {
            match named.by(workload) {
                Ok((index, service)) => {
                    let own = service_policies.get(index).copied().flatten();
                    findings.extend(in_the_policy(workload, service, own, policy));
                    found.claim(workload, service, owned, findings);
                }
                Err(finding) => findings.push(*finding),
            }
        }
        found
    }

    /// What a Workload says about the Service, where there is one.
    pub(super) fn of(&self, service: &Service) -> Result<Option<&TargetSplit<'a>>, Unusable> {
        match self.by_service.get(&std::ptr::from_ref(service)) {
            None => Ok(None),
            Some((_, split)) => split.as_ref().map(Some).ok_or(Unusable),
        }
    }

    fn claim(
        &mut self,
        workload: &'a LaunchpadWorkload,
        service: &Service,
        owned: &HashSet<Key<'_>>,
        findings: &mut Vec<Finding>,
    ) {
        if let Some((first, _)) = self.by_service.get(&std::ptr::from_ref(service)) {
            let message = format!("{} splits the traffic of {} too", first.object.reference, service.object.reference);
            findings.push(conflict(workload, message, first.host_place()));
            return;
        }
        let split = TargetSplit::read(workload, service, &identities(service, owned), findings);
        self.by_service.insert(std::ptr::from_ref(service), (workload, split));
    }
}

fn in_the_policy(
    workload: &LaunchpadWorkload,
    service: &Service,
    own: Option<&ServicePolicy>,
    policy: &Policy,
) -> Option<Finding> {
    own?.split.as_ref()?;
    let message = format!("the policy splits the traffic of {} too", service.object.reference);
    Some(conflict(workload, message, policy.place_of(own, "split")))
}

fn conflict(workload: &LaunchpadWorkload, message: String, other: Place) -> Finding {
    let cure = "Keep one of the two, with the weights that are meant";
    Finding::new(Code::SplitConflict, workload.host_place(), message, cure).with_related(other, "The other one is here")
}

/// The Services, by what rules may call them. A name that kustomize changed still counts.
struct Named<'a> {
    inventory: &'a Inventory,
    by_key: HashMap<Key<'a>, Vec<usize>>,
}

impl<'a> Named<'a> {
    fn new(inventory: &'a Inventory, owned: &HashSet<Key<'_>>) -> Self {
        let mut by_key: HashMap<_, Vec<usize>> = HashMap::new();
        for (index, service) in inventory.services.iter().enumerate() {
            for key in identities(service, owned) {
                by_key.entry(key).or_default().push(index);
            }
        }
        Self { inventory, by_key }
    }

    /// The Service that a Workload is about, with its position.
    fn by(&self, workload: &LaunchpadWorkload) -> Result<(usize, &'a Service), Box<Finding>> {
        let Some(host) = &workload.host else {
            let message = "nothing says which Service this Workload is about";
            let cure = "Write the Service's name there";
            return Err(Box::new(Finding::new(Code::WorkloadInvalid, workload.host_place(), message, cure)));
        };
        let mut meant = meant(host, workload.object.namespace());
        let found = meant.find_map(|key| self.by_key.get(&key)).map_or(&[][..], Vec::as_slice);
        let mut found = found.iter().filter_map(|index| Some((*index, self.inventory.services.get(*index)?)));
        match (found.next(), found.next()) {
            (Some(only), None) => Ok(only),
            // Two of one name are one too many, which is said already.
            (Some((index, one)), Some((_, other))) if one.object.reference == other.object.reference => {
                Ok((index, one))
            }
            (Some((_, one)), Some((_, other))) => {
                let message =
                    format!("several Services are or were called `{host}`, `{}`, `{}`", one.name(), other.name());
                let cure = "Write the present name of the one that is meant";
                Err(Box::new(Finding::new(Code::WorkloadServiceUnknown, workload.host_place(), message, cure)))
            }
            (None, _) => Err(Box::new(unknown(self.inventory, workload, host))),
        }
    }
}

fn unknown(inventory: &Inventory, workload: &LaunchpadWorkload, host: &str) -> Finding {
    let message = format!("this Workload names the Service `{host}`, which is not in the input");
    let name = Host::of(host, workload.object.namespace()).name();
    let elsewhere = name.and_then(|name| inventory.services.iter().find(|service| service.is_or_was_named(name)));
    let similar = name.and_then(|name| nearest(name, inventory.services.iter().map(Service::name)));
    let cure = match (name, elsewhere, similar) {
        (None, ..) => "Write its name alone, or as `name.namespace.svc.cluster.local`".to_owned(),
        (_, Some(service), _) => format!("There is one in the namespace `{}`", service.namespace().effective()),
        (.., Some(similar)) => format!("Did you mean `{similar}`?"),
        _ => "Correct the name, add the Service to the input, or remove the Workload".to_owned(),
    };
    Finding::new(Code::WorkloadServiceUnknown, workload.host_place(), message, cure)
}
