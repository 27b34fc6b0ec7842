//! Which VirtualService decides about the HTTP requests to a host.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::export::Reach;
use super::host::Host;
use super::http_match::{Arrival, HttpMatch};
use super::remark::{Precedence, Remark};
use super::verdict::Verdict;
use super::virtual_service::{HttpRoute, VirtualService};

/// The VirtualServices that sidecars follow, in Istio's order.
#[derive(Debug, Default)]
pub(super) struct VirtualServices {
    all: Vec<VirtualService>,
    exact: BTreeMap<Host, Vec<usize>>,
    wildcard: Vec<usize>,
    half_qualified: BTreeMap<Host, Vec<(usize, Host)>>,
}

/// One that names a host and reaches a caller.
#[derive(Clone, Copy)]
struct Candidate<'m> {
    service: &'m VirtualService,
    position: usize,
    reach: Reach,
}

/// What is in charge of a host's HTTP requests, and what is to be said about it.
pub(super) struct InCharge<'m> {
    pub(super) used: Option<&'m VirtualService>,
    pub(super) remarks: Vec<Remark>,
}

impl VirtualServices {
    /// Takes them in the order of [`super::object::Object::precedence`].
    pub(super) fn new(all: Vec<VirtualService>) -> Self {
        let mut services = Self::default();
        for (position, service) in all.iter().enumerate() {
            for host in &service.hosts {
                if host.is_wildcard() {
                    services.wildcard.push(position);
                } else {
                    services.exact.entry(host.clone()).or_default().push(position);
                }
                if let Some(whole) = host.half_qualified() {
                    services.half_qualified.entry(whole).or_default().push((position, host.clone()));
                }
            }
        }
        services.wildcard.dedup();
        services.all = all;
        services
    }

    fn reaching<'m>(&'m self, positions: &[usize], caller: &str) -> Vec<Candidate<'m>> {
        let candidate = |position: &usize| {
            let service = self.all.get(*position)?;
            let reach = service.export_to.reach(service.object.namespace(), caller)?;
            Some(Candidate { service, position: *position, reach })
        };
        let mut candidates: Vec<_> = positions.iter().filter_map(candidate).collect();
        candidates.sort_by_key(|candidate| (candidate.reach, candidate.position));
        candidates.dedup_by_key(|candidate| candidate.position);
        candidates
    }

    /// Whether any of them names or covers a host.
    pub(super) fn has_host(&self, host: &Host) -> bool {
        self.exact.contains_key(host) || self.all.iter().any(|service| longest_wildcard(service, host).is_some())
    }

    /// Whether a route of any of them looks at a header.
    pub(super) fn read_header(&self, name: &str) -> bool {
        let blocks = self.all.iter().flat_map(|service| &service.http).flat_map(|route| &route.matches);
        let names = |block: &'_ HttpMatch| {
            block.headers.keys().chain(block.without_headers.keys()).any(|each| each.eq_ignore_ascii_case(name))
        };
        blocks.into_iter().any(names)
    }

    /// Whether a route of any of them looks at a parameter of the query.
    pub(super) fn read_query(&self, name: &str) -> bool {
        let blocks = self.all.iter().flat_map(|service| &service.http).flat_map(|route| &route.matches);
        blocks.into_iter().any(|block| block.query_params.contains_key(name))
    }

    fn exact(&self, host: &Host, caller: &str) -> Vec<Candidate<'_>> {
        self.reaching(self.exact.get(host).map(Vec::as_slice).unwrap_or_default(), caller)
    }

    fn wildcards(&self, host: &Host, caller: &str) -> Vec<Candidate<'_>> {
        let mut candidates = self.reaching(&self.wildcard, caller);
        candidates.retain(|candidate| longest_wildcard(candidate.service, host).is_some());
        candidates
    }

    /// All that cover a host, by name or by wildcard, in order: of rules for connections all count
    /// (`networking/core/tls.go`, `getConfigsForHost`).
    pub(super) fn covering(&self, host: &Host, caller: &str) -> Vec<&VirtualService> {
        let mut all = self.exact(host, caller);
        all.extend(self.wildcards(host, caller));
        all.sort_by_key(|candidate| (candidate.reach, candidate.position));
        all.dedup_by_key(|candidate| candidate.position);
        all.into_iter().map(|candidate| candidate.service).collect()
    }

    /// The one whose `http` rules a sidecar follows, whole: one that names the host before any wildcard, the longest
    /// wildcard before others, then the first in order. One without a route for this caller and port is passed over
    /// for the next that names the host (`networking/core/route/route.go`, `BuildSidecarVirtualHostWrapper` and
    /// `separateVSHostsAndServices`; `model/sidecar.go`, `computeWildcardHostVirtualServiceIndex`).
    pub(super) fn in_charge(&self, host: &Host, arrival: &Arrival<'_>) -> InCharge<'_> {
        let exact = self.exact(host, arrival.namespace);
        let wildcards = self.wildcards(host, arrival.namespace);
        let mut order = exact.clone();
        if exact.is_empty() {
            // Of equally long wildcards, which are then the same, the first in order.
            let length = |candidate: &&Candidate<'_>| longest_wildcard(candidate.service, host);
            order.extend(wildcards.iter().rev().max_by_key(length));
        }
        let passed_over = order.iter().take_while(|candidate| !has_routes_for(candidate.service, arrival)).count();
        let used = order.get(passed_over);
        let mut remarks = Vec::new();
        for candidate in order.iter().take(passed_over + 1) {
            remarks.extend(candidate.service.left_out.iter().cloned());
        }
        let passed_over = order.iter().take(passed_over).filter(|candidate| !candidate.service.http.is_empty());
        remarks.extend(passed_over.map(|each| Remark::NotForThis { object: Arc::clone(&each.service.object) }));
        if let Some(used) = used {
            let mut seen = BTreeSet::from([used.position]);
            let others = exact.iter().chain(&wildcards).filter(|each| seen.insert(each.position));
            let others = others.filter(|each| has_routes_for(each.service, arrival));
            remarks.extend(others.map(|ignored| Remark::Ignored {
                ignored: Arc::clone(&ignored.service.object),
                used: Arc::clone(&used.service.object),
                why: precedence(used, ignored, host),
            }));
        }
        let half = self.half_qualified.get(host).into_iter().flatten();
        remarks.extend(half.filter_map(|(position, written)| {
            let object = Arc::clone(&self.all.get(*position)?.object);
            Some(Remark::HalfQualified { object, host: written.as_str().to_owned() })
        }));
        InCharge { used: used.map(|candidate| candidate.service), remarks }
    }
}

fn longest_wildcard(service: &VirtualService, host: &Host) -> Option<usize> {
    let covering = service.hosts.iter().filter(|each| each.is_wildcard() && each.covers(host));
    covering.map(|each| each.as_str().len()).max()
}

fn precedence(used: &Candidate<'_>, ignored: &Candidate<'_>, host: &Host) -> Precedence {
    let names = |candidate: &Candidate<'_>| candidate.service.hosts.contains(host);
    let wildcard = |candidate: &Candidate<'_>| longest_wildcard(candidate.service, host);
    if names(used) != names(ignored) {
        Precedence::Exact
    } else if !names(used) && wildcard(used) != wildcard(ignored) {
        Precedence::LongerWildcard
    } else if used.reach != ignored.reach {
        Precedence::Nearer
    } else if used.service.object.created == ignored.service.object.created {
        Precedence::ByName
    } else {
        Precedence::Older
    }
}

fn has_routes_for(service: &VirtualService, arrival: &Arrival<'_>) -> bool {
    service.http.iter().any(|route| is_for(route, arrival))
}

/// Whether a route is there at all for this caller and port.
fn is_for(route: &HttpRoute, arrival: &Arrival<'_>) -> bool {
    route.matches.is_empty() || route.matches.iter().any(|block| block.is_for(arrival) != Verdict::No)
}
