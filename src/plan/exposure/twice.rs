//! Two Services under one host at one gateway: which of them gets a request would be an accident.

use foldhash::{HashMap, HashMapExt, HashSet, HashSetExt};

use super::sites_of;
use crate::config::{Expose, Policy, ServicePolicy};
use crate::finding::{Code, Finding, Place, Severity};
use crate::inventory::{Inventory, Service};
use crate::plan::edge::{Edge, List, Shared, Site, gateway_key};

/// A Service that a policy exposes.
#[derive(Debug, Clone, Copy)]
pub struct ExposedService<'a> {
    /// The Service.
    pub service: &'a Service,
    /// The policy.
    pub policy: &'a Policy,
    /// The Service's entry in it.
    pub entry: &'a ServicePolicy,
}

/// What is wrong with how Services are exposed.
#[derive(Debug)]
pub struct Conflict<'a> {
    /// The Services that it is about.
    pub services: Vec<&'a Service>,
    /// What is wrong.
    pub finding: Finding,
}

/// The Services of an inventory that a policy exposes; each has an entry or none.
pub(in crate::plan) fn all_of<'a>(
    inventory: &'a Inventory,
    entries: &[Option<&'a ServicePolicy>],
    policy: &'a Policy,
) -> Vec<ExposedService<'a>> {
    let entries = inventory.services.iter().zip(entries);
    entries.filter_map(|(service, entry)| Some(ExposedService { service, policy, entry: (*entry)? })).collect()
}

/// What is wrong with how Services are exposed, for whoever plans them one at a time or has several policies. The Gateways are
/// those of the inventory.
#[must_use]
pub fn exposed_twice<'a>(inventory: &'a Inventory, exposed: &[ExposedService<'a>]) -> Vec<Conflict<'a>> {
    conflicts(&Edge::new(inventory), exposed)
}

/// What is wrong with how these Services are exposed, of whatever namespaces and policies.
pub(in crate::plan) fn conflicts<'a>(edge: &Edge<'a>, all: &[ExposedService<'a>]) -> Vec<Conflict<'a>> {
    let mut search = Search { edge, first: HashMap::new(), told: HashSet::new(), found: Vec::new() };
    for exposed in all {
        if let Some(expose) = &exposed.entry.expose {
            search.look_at(*exposed, expose);
        }
    }
    search.found
}

/// A Service at a host of a gateway.
struct Here<'a> {
    service: &'a Service,
    site: Site<'a>,
    place: Place,
}

/// What has been looked at, and what was found.
struct Search<'e, 'a> {
    edge: &'e Edge<'a>,
    first: HashMap<List<'a>, Vec<Here<'a>>>,
    /// Places that something was told of.
    told: HashSet<(*const ServicePolicy, usize)>,
    found: Vec<Conflict<'a>>,
}

impl<'a> Search<'_, 'a> {
    fn look_at(&mut self, exposed: ExposedService<'a>, expose: &'a Expose) {
        let ExposedService { service, policy, entry } = exposed;
        let place = |field: &str| policy.place_of(Some(entry), &format!("expose.{field}"));
        let mut own = HashMap::new();
        for (position, gateway) in expose.gateways.iter().enumerate() {
            let key = self.edge.current(gateway_key(gateway.as_str(), service.namespace()));
            if let Some(known) = own.insert(key, position) {
                let message = format!("`{}` and another of these gateways are the same", gateway.as_str());
                let place_here = place(&format!("gateways[{position}]"));
                let finding = Finding::new(Code::ExposeConflict, place_here, message, "Remove one of the two");
                let finding = finding.with_related(place(&format!("gateways[{known}]")), "The other one is here");
                self.found.push(Conflict { services: vec![service], finding });
                continue;
            }
            for (index, site) in sites_of(self.edge, key, service, expose) {
                let here = Here { service, site, place: place(&format!("hosts[{index}]")) };
                let known = self.first.entry(site.list()).or_default();
                let mut others = known.iter().filter(|known| !std::ptr::eq(known.service, service));
                match others.find_map(|other| Some((other, site.is_shared_with(&other.site)?))) {
                    Some((other, shared)) if self.told.insert((std::ptr::from_ref(entry), index)) => {
                        let finding = here.against(other, shared, gateway.as_str());
                        self.found.push(Conflict { services: vec![other.service, service], finding });
                    }
                    Some(_) => {}
                    None => known.push(here),
                }
            }
        }
    }
}

impl Here<'_> {
    /// Another Service is there already.
    fn against(&self, other: &Self, shared: Shared, gateway: &str) -> Finding {
        let (name, other_name) = (&self.service.object.reference, &other.service.object.reference);
        let host = self.site.host;
        let (namespace, other_gateway) = other.site.gateway;
        let is_same = self.site.gateway == other.site.gateway;
        let at = if is_same { String::new() } else { format!(" at `{namespace}/{other_gateway}`") };
        let (code, severity, why) = match shared {
            Shared::Surely if is_same => (Code::ExposeConflict, Severity::Error, ""),
            Shared::Surely => (Code::ExposeConflict, Severity::Error, ", whose proxies follow both Gateways"),
            Shared::Perhaps => {
                let why = ": where one proxy follows both Gateways, the older of the two rules takes most requests";
                (Code::Exposed, Severity::Warning, why)
            }
        };
        let message = format!("the policy exposes {name} as `{host}` at `{gateway}`, and {other_name} too{at}{why}");
        let finding = Finding::new(code, self.place.clone(), message, "Give each a host of its own");
        finding.with_severity(severity).with_related(other.place.clone(), "The other one is here")
    }
}
