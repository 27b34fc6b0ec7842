//! The way of a request to one port of a Service, as a sidecar takes it.

use super::carriers::Override;
use super::http_match::{Arrival, Repeated};
use super::outcome::{Answer, Destination, Outcome, Receives, Rule, ServicePort, Share};
use super::remark::Remark;
use super::request::Request;
use super::service::{Port, Protocol, Service};
use super::verdict::Verdict;
use super::virtual_service::{Action, ConnectionRoute, HttpRoute, RouteId, VirtualService, Weighted};

use super::{Mesh, pods};

/// A request to a Service, on its way.
pub(super) struct Way<'a> {
    pub(super) mesh: &'a Mesh,
    pub(super) service: &'a Service,
    pub(super) request: &'a Request,
    pub(super) wanted: &'a [Override],
    /// What the request calls the Service.
    pub(super) authority: String,
    pub(super) namespace: &'a str,
}

/// What leads to a destination.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    /// No rule at all.
    Nothing,
    /// An HTTP route.
    Http,
    /// A TCP route.
    Connection,
}

/// What was found out about a request.
pub(super) struct Decision {
    pub(super) outcome: Outcome,
    pub(super) decided_by: Option<Rule>,
    pub(super) remarks: Vec<Remark>,
}

impl<'a> Way<'a> {
    pub(super) fn new(mesh: &'a Mesh, service: &'a Service, request: &'a Request, wanted: &'a [Override]) -> Self {
        let namespace = request.from.namespace.as_deref().unwrap_or(service.object.namespace());
        let authority = if namespace == service.object.namespace() {
            service.name.name.to_string()
        } else {
            format!("{}.{}", service.name.name, service.object.namespace())
        };
        Self { mesh, service, request, wanted, authority, namespace }
    }

    /// What becomes of the request at this port.
    pub(super) fn answer(&self, port: Option<&Port>) -> Answer {
        let mut decision = match port {
            _ if self.service.external_name => self.unruled(0),
            None => not_evaluated("the Service has no port that Istio carries".to_owned(), None),
            Some(port) => match port.protocol {
                Protocol::Http | Protocol::Detected => self.http(port.number),
                Protocol::Tcp => self.tcp(port.number),
                Protocol::Tls => self.tls(port.number),
                Protocol::NotCarried => not_evaluated("Istio does not carry this protocol".to_owned(), None),
            },
        };
        if self.service.external_name {
            self.say_unknown(&mut decision);
        } else if let Some(port) = port {
            self.unseen(&mut decision, port.number, port.protocol);
        }
        if self.service.export_to.reach(self.service.object.namespace(), self.namespace).is_none() {
            decision.remarks.push(Remark::NotExported { namespace: self.namespace.to_owned() });
        }
        Answer {
            service: self.service.name.clone(),
            port: port.map(|port| ServicePort { number: port.number, protocol: port.protocol }),
            outcome: decision.outcome,
            decided_by: decision.decided_by,
            remarks: decision.remarks,
        }
    }

    pub(super) fn arrival(&self, port: u16, repeated: Repeated) -> Arrival<'_> {
        let authority = &self.authority;
        Arrival { request: self.request, repeated, port, authority, namespace: self.namespace }
    }

    fn http(&self, port: u16) -> Decision {
        let mut decision = self.http_with(port, Repeated::Joined);
        if self.request.repeats_a_header() {
            let each = self.http_with(port, Repeated::Each);
            if each.outcome != decision.outcome {
                decision.remarks.push(Remark::RepeatedHeader { takes: each.outcome.to_string() });
            }
        }
        self.judge_overrides(&mut decision, port);
        decision
    }

    pub(super) fn http_with(&self, port: u16, repeated: Repeated) -> Decision {
        let arrival = self.arrival(port, repeated);
        let in_charge = self.mesh.virtual_services.in_charge(&self.service.host, &arrival);
        let mut remarks = in_charge.remarks;
        let Some(service) = in_charge.used else {
            let mut decision = self.unruled(port);
            decision.remarks.splice(0..0, remarks);
            return decision;
        };
        let blocks = || service.http.iter().flat_map(|route| &route.matches);
        if blocks().any(super::http_match::HttpMatch::asks_for_authority)
            && self.request.values("host").next().is_none()
        {
            remarks.push(Remark::AssumedAuthority { authority: self.authority.clone() });
        }
        let mut decision = self.first_match(service, &arrival);
        decision.remarks.splice(0..0, remarks);
        decision
    }

    /// The first route with a block that holds decides. A block of which that cannot be told ends the search: what
    /// comes behind it decides only if it does not hold.
    fn first_match(&self, service: &VirtualService, arrival: &Arrival<'_>) -> Decision {
        for route in &service.http {
            if route.matches.is_empty() {
                return self.act(route, None, arrival.port);
            }
            for block in &route.matches {
                match Verdict::all([block.is_for(arrival), block.holds(arrival)]) {
                    Verdict::Yes => return self.act(route, block.name.as_deref(), arrival.port),
                    Verdict::No => {}
                    Verdict::Unknown(why) => {
                        let rule = rule(&route.id, block.name.as_deref());
                        return not_evaluated(format!("the route decides by {why}"), Some(rule));
                    }
                }
            }
        }
        let object = (*service.object).clone();
        let rule = Rule { origin: object.origin.clone(), object, route: None };
        Decision { outcome: Outcome::Unrouted, decided_by: Some(rule), remarks: Vec::new() }
    }

    pub(super) fn act(&self, route: &HttpRoute, block: Option<&str>, port: u16) -> Decision {
        let rule = rule(&route.id, block);
        let mut decision = match &route.action {
            Action::To(destinations) => self.to(destinations, port, By::Http, &rule),
            Action::Redirect(to) => settled(Outcome::Redirect { to: to.clone() }),
            Action::Reply(status) => settled(Outcome::Reply { status: *status }),
            Action::Nothing => not_evaluated("the route leads nowhere, which Istio refuses".to_owned(), None),
        };
        let besides = route.besides.iter().cloned();
        let name = route.id.name.clone();
        decision.remarks.extend(besides.map(|sentence| Remark::Besides { route: name.clone(), sentence }));
        Decision { decided_by: Some(rule), ..decision }
    }

    /// TCP: the first route for the port decides, whichever VirtualService it is in
    /// (`networking/core/tls.go`, `buildSidecarOutboundTCPFilterChainOpts`).
    fn tcp(&self, port: u16) -> Decision {
        let arrival = self.arrival(port, Repeated::Joined);
        let covering = self.mesh.virtual_services.covering(&self.service.host, self.namespace);
        let routes = covering.into_iter().flat_map(|service| &service.tcp).filter(|route| !route.to.is_empty());
        for route in routes {
            let rule = rule(&route.id, None);
            match route.is_for(&arrival) {
                Verdict::Yes => {
                    return Decision {
                        decided_by: Some(rule.clone()),
                        ..self.to(&route.to, port, By::Connection, &rule)
                    };
                }
                Verdict::No => {}
                Verdict::Unknown(why) => return not_evaluated(format!("the route decides by {why}"), Some(rule)),
            }
        }
        self.unruled(port)
    }

    /// TLS that passes through: routes decide by the name in the handshake, which no header tells.
    fn tls(&self, port: u16) -> Decision {
        let arrival = self.arrival(port, Repeated::Joined);
        let covering = self.mesh.virtual_services.covering(&self.service.host, self.namespace);
        let is_for = |route: &&ConnectionRoute| route.has_matches() && route.is_for(&arrival) != Verdict::No;
        let mut routes = covering.into_iter().flat_map(|service| &service.tls).filter(|route| !route.to.is_empty());
        match routes.find(is_for) {
            Some(route) => {
                let why = "the port is TLS, and its routes decide by the name in the handshake (`sniHosts`)".to_owned();
                not_evaluated(why, Some(rule(&route.id, None)))
            }
            None => self.unruled(port),
        }
    }

    /// Without a rule Istio spreads requests over all Pods of the Service.
    fn unruled(&self, port: u16) -> Decision {
        let all = Weighted { host: self.service.host.clone(), subset: None, port: None, weight: 1 };
        match self.reach(&all, port, By::Nothing) {
            Ok((destination, remarks)) => {
                Decision { outcome: Outcome::Destination(destination), decided_by: None, remarks }
            }
            Err(why) => not_evaluated(why, None),
        }
    }

    fn to(&self, destinations: &[Weighted], port: u16, by: By, rule: &Rule) -> Decision {
        let total: f64 = destinations.iter().map(|each| f64::from(each.weight)).sum();
        let mut shares = Vec::new();
        let mut remarks = Vec::new();
        for each in destinations {
            match self.reach(each, port, by) {
                Ok((destination, more)) => {
                    shares.push(Share { percent: f64::from(each.weight) * 100.0 / total, destination });
                    remarks.extend(more);
                }
                Err(why) => return not_evaluated(why, Some(rule.clone())),
            }
        }
        let outcome = match shares.len() {
            0 => {
                return not_evaluated(
                    "the route has no destination with a weight, which Istio refuses".to_owned(),
                    None,
                );
            }
            1 => shares.pop().map(|share| Outcome::Destination(share.destination)),
            _ => None,
        };
        Decision { outcome: outcome.unwrap_or(Outcome::Split { shares }), decided_by: None, remarks }
    }

    /// Who is at a destination. The port is the one that it names, else the one that was called; for connections the
    /// only one of the destination's Service comes first. Sidecars know HTTP destinations by the called port alone
    /// (`networking/core/route/route.go`, `GetDestinationCluster`, with the Services that
    /// `networking/core/httproute.go`, `BuildSidecarOutboundVirtualHosts`, gives it).
    fn reach(&self, to: &Weighted, called: u16, by: By) -> Result<(Destination, Vec<Remark>), String> {
        let target = self.mesh.service_at(&to.host);
        let other = target.filter(|target| target.host != self.service.host).map(|target| target.name.clone());
        let destination = |receives| Destination {
            host: to.host.as_str().to_owned(),
            other_service: other.clone(),
            subset: to.subset.clone(),
            receives,
        };
        let Some(target) = target else {
            let remark = Remark::NotHere { host: to.host.as_str().to_owned() };
            return Ok((destination(Receives::Elsewhere), vec![remark]));
        };
        let name = || target.name.to_string();
        if target.external_name || target.selector.is_empty() {
            let remark = Remark::EndpointsElsewhere { service: name() };
            return Ok((destination(Receives::Elsewhere), vec![remark]));
        }
        let port = match (to.port, target.ports.as_slice()) {
            (Some(port), _) => port,
            (None, [only]) if by == By::Connection => u32::from(only.number),
            (None, _) => u32::from(called),
        };
        if !target.ports.iter().any(|each| u32::from(each.number) == port) {
            return Ok((destination(Receives::Nobody), vec![Remark::NoPort { service: name(), port }]));
        }
        let (receives, remarks) = match &to.subset {
            Some(subset) if !target.headless => self.at_subset(target, subset)?,
            subset => {
                let (receives, mut remarks) = pods::behind(self.mesh, target, None)?;
                if let Receives::AnyOf(versions) = &receives {
                    remarks.push(match subset {
                        Some(subset) => Remark::Headless { subset: subset.clone() },
                        None => Remark::Spread { versions: versions.join(", "), ruled: by != By::Nothing },
                    });
                }
                (receives, remarks)
            }
        };
        Ok((destination(receives), remarks))
    }

    fn at_subset(&self, target: &Service, name: &str) -> Result<(Receives, Vec<Remark>), String> {
        let root = &self.mesh.settings.root_namespace;
        let own = target.object.namespace();
        let rule = self.mesh.destination_rules.lookup(&target.host, own, self.namespace, root, self.request)?;
        if let Some(subset) = rule.as_ref().and_then(|rule| rule.subset(name)) {
            return pods::behind(self.mesh, target, Some(subset));
        }
        let rules = rule.map(|rule| rule.from).unwrap_or_default();
        let host = target.host.as_str().to_owned();
        Ok((Receives::Nobody, vec![Remark::NoSubset { subset: name.to_owned(), host, rules }]))
    }

    /// Whether requests can ask for a subset of this Service by its name: its Pods have no version of that name.
    pub(super) fn has_subset(&self, name: &str) -> bool {
        matches!(self.at_subset(self.service, name), Ok((Receives::Version(own), _)) if own.replace(['.', '_'], "-") != name)
    }
}

fn rule(id: &RouteId, block: Option<&str>) -> Rule {
    // Envoy's name of a route (`TranslateRoute`).
    let name = block.map_or_else(|| id.name.clone(), |block| format!("{}.{block}", id.name));
    Rule { object: (*id.object).clone(), route: Some(name), origin: id.origin.clone() }
}

fn settled(outcome: Outcome) -> Decision {
    Decision { outcome, decided_by: None, remarks: Vec::new() }
}

fn not_evaluated(why: String, decided_by: Option<Rule>) -> Decision {
    Decision { outcome: Outcome::NotEvaluated { why }, decided_by, remarks: Vec::new() }
}
