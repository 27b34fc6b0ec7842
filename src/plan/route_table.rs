//! The route table: everything that is decided about a Service's traffic, in one type.
//!
//! What is emitted, what is merged and what is tested all come from here.

use std::collections::BTreeMap;

use serde_json::Value;
use smol_str::SmolStr;

use super::carrier::{self, HeaderMatch};
use super::default_version::Default;
use super::exposure::Exposure;
use super::guard;
use super::ports::Ports;
use super::present::Present;
use super::versions::{PodLabels, Version};
use crate::config::Policy;
use crate::finding::{Code, Finding};
use crate::inventory::{ExportTo, Service};
use crate::istio::{
    Destination, DestinationRuleSpec, DirectResponse, HeaderOperations, HeaderRegex, Headers, HttpMatch, HttpRoute,
    PortMatch, PortSelector, RouteDestination, Subset, TcpRoute, VirtualServiceSpec,
};
use crate::value;

/// The most rules that a Service gets, one per version and HTTP port. As text they take about 8 MB, and an API server
/// stores 1.5 MB.
const MOST_RULES: usize = 20_000;

/// Where the traffic of one Service goes.
#[derive(Debug)]
pub(super) struct RouteTable<'a> {
    service: &'a Service,
    /// What rules call the Service.
    host: SmolStr,
    /// The namespaces that see the DestinationRule, and those that see the VirtualService in the mesh.
    subsets_export_to: ExportTo,
    routes_export_to: ExportTo,
    /// The traffic policy of a rule that the generated one shadows.
    traffic_policy: Option<Value>,
    /// The versions in natural order: what Istio calls each, and the labels of its Pods.
    subsets: Vec<(SmolStr, Vec<(SmolStr, SmolStr)>)>,
    /// One block per HTTP port; a single one for all where there is only one.
    http: Vec<PortBlock>,
    /// What a request must carry to go to another version than the default, in the order in which it is asked.
    overrides: Vec<Rule>,
    /// What a request carries that asks for the default version.
    own: Rule,
    /// What becomes of requests for versions that do not exist.
    guard: Option<Rule>,
    /// The subset of the default version.
    default: SmolStr,
    /// Whether somebody said so of this very Service or of its workloads.
    default_is_stated: bool,
    /// The subsets that share the requests without an override, with their weights. Empty where the default gets all.
    shares: Vec<(SmolStr, u32)>,
    /// TCP ports whose connections stay on the default version. Without a rule they would spread over all.
    tcp: Vec<u16>,
    /// Subsets of the user's that are no version, and have a traffic policy that no version has.
    set_apart: Vec<SmolStr>,
}

/// The rules of one HTTP port.
#[derive(Debug)]
struct PortBlock {
    /// The port that the rules are for; none where the Service has a single HTTP port.
    only_port: Option<u16>,
    destination_port: Option<u16>,
}

/// What becomes of requests that carry something.
#[derive(Debug)]
pub(super) struct Rule {
    /// The route's name, such as `override-reviews-v2`.
    pub(super) name: String,
    /// Any of these is enough.
    pub(super) matches: Vec<HeaderMatch>,
    /// What becomes of the request.
    pub(super) action: Action,
}

/// What becomes of a request.
#[derive(Debug)]
pub(super) enum Action {
    /// It goes to this subset.
    To(SmolStr),
    /// It goes where it would go without the rule, and its response gets a header.
    Mark(HeaderOperations),
    /// It is answered, with a header.
    Answer(DirectResponse, HeaderOperations),
}

impl<'a> RouteTable<'a> {
    /// Decides where everything goes.
    pub(super) fn new(
        service: &'a Service,
        policy: &Policy,
        versions: &[Version<'_>],
        default: &Default,
        ports: &Ports,
        present: &Present<'_>,
    ) -> Result<Self, Box<Finding>> {
        check_size(service, versions.len(), ports)?;
        let guard = guard::rule(service, policy, versions)?;
        let share = |(position, weight): &(usize, u32)| Some((versions.get(*position)?.subset.clone(), *weight));
        let shares = default.shares.iter().filter_map(share).collect();
        let mut overrides = Vec::with_capacity(versions.len());
        for version in versions {
            let matches = carrier::matches(service, version.value, policy)?;
            let name = ["override-", service.name(), "-", &version.subset].concat();
            overrides.push(Rule { name, matches, action: Action::To(version.subset.clone()) });
        }
        let own = overrides.remove(default.position);
        // For many Services that was all, and there are many.
        overrides.shrink_to_fit();
        let several_http = ports.http.len() > 1;
        let block = |port: &u16| PortBlock {
            only_port: several_http.then_some(*port),
            destination_port: ports.several.then_some(*port),
        };
        let several_versions = versions.len() > 1;
        Ok(Self {
            service,
            host: present.host.unwrap_or(service.name()).into(),
            subsets_export_to: present.subsets_export_to.clone(),
            routes_export_to: present.routes_export_to.clone(),
            traffic_policy: present.traffic_policy.cloned(),
            http: ports.http.iter().map(block).collect(),
            default: versions.get(default.position).map(|version| version.subset.clone()).unwrap_or_default(),
            default_is_stated: default.is_stated,
            shares,
            overrides,
            own,
            guard,
            tcp: if several_versions { ports.tcp.clone() } else { Vec::new() },
            subsets: versions.iter().map(|version| (version.subset.clone(), owned(version.labels))).collect(),
            set_apart: Vec::new(),
        })
    }

    /// The same, where these subsets of the user's have a traffic policy that requests must not lose.
    pub(super) fn setting_apart(self, set_apart: Vec<SmolStr>) -> Self {
        Self { set_apart, ..self }
    }

    /// Whether requests to a subset may not be sent to a version instead.
    pub(super) fn sets_apart(&self, subset: &str) -> bool {
        self.set_apart.iter().any(|name| name == subset)
    }

    /// How many rules there are for HTTP.
    pub(super) fn count(&self) -> usize {
        self.rules(false).count().saturating_mul(self.http.len().max(1))
    }

    /// What a request must carry to go elsewhere than it would go without, in the order in which it is asked. Where all
    /// requests without an override go to the default, its own rule is needed only in front of a guard: a request that
    /// asks for the default gets there anyway, and every rule costs every Envoy memory.
    pub(super) fn rules(&self, all_go_to_default: bool) -> impl Iterator<Item = &Rule> {
        let needs_own = self.guard.is_some() || !all_go_to_default || !self.shares.is_empty();
        let own = needs_own.then_some(&self.own);
        self.overrides.iter().chain(own).chain(&self.guard)
    }

    /// The subset that requests without an override go to; none where several share them.
    pub(super) fn default_subset(&self) -> Option<&SmolStr> {
        self.shares.is_empty().then_some(&self.default)
    }

    /// Whether somebody said which version is the default, of this very Service or of its workloads.
    pub(super) fn is_default_stated(&self) -> bool {
        self.default_is_stated
    }

    /// The Service that it is about.
    pub(super) fn service(&self) -> &'a Service {
        self.service
    }

    /// What rules call it.
    pub(super) fn host(&self) -> &str {
        &self.host
    }

    /// The versions as subsets, in natural order.
    pub(super) fn subsets(&self) -> impl Iterator<Item = Subset> {
        self.subsets
            .iter()
            .map(|(name, labels)| Subset { name: name.clone(), labels: labels.iter().cloned().collect() })
    }

    /// The subsets, as a DestinationRule says them.
    pub(super) fn destination_rule(&self) -> DestinationRuleSpec {
        DestinationRuleSpec {
            host: self.host.clone(),
            export_to: self.subsets_export_to.written().to_vec(),
            traffic_policy: self.traffic_policy.clone(),
            subsets: self.subsets().collect(),
        }
    }

    /// The routes, as a VirtualService says them: per port the rules, then the default.
    pub(super) fn virtual_service(&self) -> VirtualServiceSpec {
        VirtualServiceSpec {
            gateways: Vec::new(),
            hosts: vec![self.host.clone()],
            export_to: self.routes_export_to.written().to_vec(),
            http: self.http.iter().flat_map(|block| self.http_routes(block)).collect(),
            tcp: self.tcp.iter().map(|port| self.tcp_route(*port)).collect(),
        }
    }

    /// The routes at gateways: the same rules, to the one port that is exposed. There `match.port` would mean the port of
    /// the Gateway's server, so no rule has one.
    pub(super) fn at_gateways(&self, exposure: &Exposure) -> VirtualServiceSpec {
        let block = PortBlock { only_port: None, destination_port: exposure.port };
        VirtualServiceSpec {
            gateways: exposure.gateways.clone(),
            hosts: exposure.hosts.clone(),
            // Gateways are in any namespace.
            export_to: Vec::new(),
            http: self.http_routes(&block).collect(),
            tcp: Vec::new(),
        }
    }

    /// The rules for HTTP, for a VirtualService of the user's that has none, and that calls the Service `host`: in another
    /// namespace its short name would be another Service.
    pub(super) fn http_as_values(&self, host: &str) -> Vec<value::Value> {
        let mut routes = self.virtual_service().http;
        for share in routes.iter_mut().flat_map(|route| &mut route.route) {
            share.destination.host = host.into();
        }
        routes.iter().map(value::Value::of).collect()
    }

    fn http_routes(&self, block: &PortBlock) -> impl Iterator<Item = HttpRoute> {
        let rules = self.rules(true).map(move |rule| {
            let to = |subset: &SmolStr| self.to(subset, block.destination_port);
            let (route, headers, direct_response) = match &rule.action {
                Action::To(subset) => (to(subset), None, None),
                Action::Mark(headers) => (self.to_default(block.destination_port), Some(headers), None),
                Action::Answer(answer, headers) => (Vec::new(), Some(headers), Some(answer.clone())),
            };
            HttpRoute {
                name: rule.name.clone(),
                matches: rule.matches.iter().map(|condition| http_match(condition, block.only_port)).collect(),
                headers: headers.cloned().map(|response| Headers { response }),
                route,
                direct_response,
            }
        });
        let by_port = block.only_port.map(|port| HttpMatch { headers: BTreeMap::new(), port: Some(port) });
        let default = HttpRoute {
            name: ["default-", self.service.name()].concat(),
            matches: by_port.into_iter().collect(),
            headers: None,
            route: self.to_default(block.destination_port),
            direct_response: None,
        };
        rules.chain([default])
    }

    fn tcp_route(&self, port: u16) -> TcpRoute {
        TcpRoute { matches: vec![PortMatch { port }], route: self.to_default(Some(port)) }
    }

    /// Where requests go that ask for nothing.
    fn to_default(&self, port: Option<u16>) -> Vec<RouteDestination> {
        if self.shares.is_empty() {
            return self.to(&self.default, port);
        }
        let share = |(subset, weight): &(SmolStr, u32)| {
            let weight = Some(*weight);
            self.to(subset, port).into_iter().map(move |to| RouteDestination { weight, ..to })
        };
        self.shares.iter().flat_map(share).collect()
    }

    fn to(&self, subset: &SmolStr, port: Option<u16>) -> Vec<RouteDestination> {
        let destination = Destination {
            host: self.host.clone(),
            subset: subset.clone(),
            port: port.map(|number| PortSelector { number }),
        };
        vec![RouteDestination { destination, weight: None }]
    }
}

fn owned(labels: PodLabels<'_>) -> Vec<(SmolStr, SmolStr)> {
    labels.iter().map(|(key, value)| (key.into(), value.into())).collect()
}

fn http_match(condition: &HeaderMatch, port: Option<u16>) -> HttpMatch {
    let regex = HeaderRegex { regex: condition.regex.clone() };
    HttpMatch { headers: BTreeMap::from([(condition.header.clone(), regex)]), port }
}

/// Every version has a rule on every port: what is short to write down may be without end when it is multiplied.
fn check_size(service: &Service, versions: usize, ports: &Ports) -> Result<(), Box<Finding>> {
    let rules = versions.saturating_mul(ports.http.len().max(1));
    if rules <= MOST_RULES {
        return Ok(());
    }
    let message = format!(
        "this Service is passed over: {versions} versions on {} HTTP ports make {rules} rules, and more than \
         {MOST_RULES} are not written, for no cluster could store them",
        ports.http.len()
    );
    let cure = "Give the ports, or the versions, to several Services";
    Err(Box::new(Finding::new(Code::TooManyRules, service.object.place().field("spec.ports"), message, cure)))
}
