//! The route table: everything that is decided about a Service's traffic, in one type.
//!
//! What is emitted, what is merged and what is tested all come from here.

use std::collections::BTreeMap;

use super::carrier::{self, HeaderMatch};
use super::default_version::Default;
use super::guard::{Guard, Verdict};
use super::ports::Ports;
use super::versions::Version;
use crate::config::Policy;
use crate::finding::Finding;
use crate::inventory::Service;
use crate::istio::{
    Destination, DestinationRuleSpec, DirectResponse, HeaderOperations, HeaderRegex, Headers, HttpBody, HttpMatch,
    HttpRoute, PortMatch, PortSelector, RouteDestination, Subset, TcpRoute, VirtualServiceSpec,
};

/// Where the traffic of one Service goes.
#[derive(Debug)]
pub(super) struct RouteTable<'a> {
    service: &'a Service,
    versions: Vec<Version<'a>>,
    /// One block per HTTP port; a single one for all where there is only one.
    http: Vec<PortBlock>,
    /// The subset of the default version.
    default: String,
    overrides: Vec<Override>,
    guard: Option<Guard>,
    /// TCP ports whose connections stay on the default version. Without a rule they would spread over all.
    tcp: Vec<u16>,
}

/// The rules of one HTTP port.
#[derive(Debug)]
struct PortBlock {
    /// The port that the rules are for; none where the Service has a single HTTP port.
    only_port: Option<u16>,
    destination_port: Option<u16>,
}

/// A version, and what a request must carry to get there.
#[derive(Debug)]
struct Override {
    subset: String,
    matches: Vec<HeaderMatch>,
}

impl<'a> RouteTable<'a> {
    /// Decides where everything goes. The default version gets a rule of its own only in front of a guard: without one a
    /// request that asks for it falls to the default route, and every rule costs every Envoy memory.
    pub(super) fn new(
        service: &'a Service,
        policy: &Policy,
        versions: Vec<Version<'a>>,
        default: &Default,
        ports: &Ports,
    ) -> Result<Self, Box<Finding>> {
        let guard = Guard::of(service, policy, &versions)?;
        let (own, others): (Vec<_>, Vec<_>) =
            versions.iter().enumerate().partition(|(position, _)| *position == default.position);
        let own = own.into_iter().filter(|_| guard.is_some());
        let with_rules = others.into_iter().chain(own).map(|(_, version)| {
            let matches = carrier::matches(service, version.value, policy)?;
            Ok(Override { subset: version.subset.clone(), matches })
        });
        let overrides = with_rules.collect::<Result<Vec<_>, Box<Finding>>>()?;
        let several_http = ports.http.len() > 1;
        let block = |port: &u16| PortBlock {
            only_port: several_http.then_some(*port),
            destination_port: ports.several.then_some(*port),
        };
        let several_versions = versions.len() > 1;
        Ok(Self {
            service,
            http: ports.http.iter().map(block).collect(),
            default: versions.get(default.position).map(|version| version.subset.clone()).unwrap_or_default(),
            overrides,
            guard,
            tcp: if several_versions { ports.tcp.clone() } else { Vec::new() },
            versions,
        })
    }

    /// What Istio calls the versions.
    pub(super) fn subsets(&self) -> impl Iterator<Item = &str> {
        self.versions.iter().map(|version| version.subset.as_str())
    }

    /// The subsets, as a DestinationRule says them.
    pub(super) fn destination_rule(&self) -> DestinationRuleSpec {
        let subset = |version: &Version<'_>| Subset {
            name: version.subset.clone(),
            labels: BTreeMap::from([(version.key.as_str().to_owned(), version.value.to_owned())]),
        };
        DestinationRuleSpec {
            host: self.service.name().to_owned(),
            subsets: self.versions.iter().map(subset).collect(),
        }
    }

    /// The routes, as a VirtualService says them: per port the overrides, then the default.
    pub(super) fn virtual_service(&self) -> VirtualServiceSpec {
        VirtualServiceSpec {
            hosts: vec![self.service.name().to_owned()],
            http: self.http.iter().flat_map(|block| self.http_routes(block)).collect(),
            tcp: self.tcp.iter().map(|port| self.tcp_route(*port)).collect(),
        }
    }

    fn http_routes(&self, block: &PortBlock) -> Vec<HttpRoute> {
        let name = self.service.name();
        let overrides = self.overrides.iter().map(|version| HttpRoute {
            name: format!("override-{name}-{}", version.subset),
            matches: version.matches.iter().map(|condition| http_match(condition, block.only_port)).collect(),
            headers: None,
            route: self.to(&version.subset, block.destination_port),
            direct_response: None,
        });
        let guard = self.guard.iter().map(|guard| self.guard_route(guard, block));
        let by_port = block.only_port.map(|port| HttpMatch { headers: BTreeMap::new(), port: Some(port) });
        let default = HttpRoute {
            name: format!("default-{name}"),
            matches: by_port.into_iter().collect(),
            headers: None,
            route: self.to(&self.default, block.destination_port),
            direct_response: None,
        };
        overrides.chain(guard).chain([default]).collect()
    }

    fn guard_route(&self, guard: &Guard, block: &PortBlock) -> HttpRoute {
        let name = self.service.name();
        let set = BTreeMap::from([(guard.header.clone(), name.to_owned())]);
        let (route, direct_response) = match &guard.verdict {
            Verdict::Mark => (self.to(&self.default, block.destination_port), None),
            Verdict::Reject { text } => {
                let body = HttpBody { string: text.clone() };
                (Vec::new(), Some(DirectResponse { status: 404, body }))
            }
        };
        HttpRoute {
            name: format!("unknown-{name}"),
            matches: guard.matches.iter().map(|condition| http_match(condition, block.only_port)).collect(),
            headers: Some(Headers { response: HeaderOperations { set } }),
            route,
            direct_response,
        }
    }

    fn tcp_route(&self, port: u16) -> TcpRoute {
        TcpRoute { matches: vec![PortMatch { port }], route: self.to(&self.default, Some(port)) }
    }

    fn to(&self, subset: &str, port: Option<u16>) -> Vec<RouteDestination> {
        let destination = Destination {
            host: self.service.name().to_owned(),
            subset: subset.to_owned(),
            port: port.map(|number| PortSelector { number }),
        };
        vec![RouteDestination { destination }]
    }
}

fn http_match(condition: &HeaderMatch, port: Option<u16>) -> HttpMatch {
    let regex = HeaderRegex { regex: condition.regex.clone() };
    HttpMatch { headers: BTreeMap::from([(condition.header.clone(), regex)]), port }
}
