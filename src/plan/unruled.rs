//! Ports, and clients, for which a rule of the user's has no route. Istio gives them one of its own, to all Pods of the Service
//! (`networking/core/route/route.go`, where `BuildHTTPRoutesForVirtualService` finds none for a sidecar and port).

use super::merge;
use super::ports::position;
use crate::finding::{Code, Finding};
use crate::inventory::{Port, Protocol, Service, VirtualService};
use crate::value::{Fields, Value};

/// What the user should know of a Service's ports where a rule of theirs is in charge of it.
pub(super) fn findings(service: &Service, versions: usize, rule: Option<&VirtualService>) -> Vec<Finding> {
    let Some(rule) = rule.filter(|_| versions > 1) else { return Vec::new() };
    let finding = |port: &Port| {
        let Lack { whose, why, cure } = Lack::of(port, rule)?;
        let place = service.object.place().field(format!("spec.ports[{}]", position(service, port)));
        let message = format!(
            "{whose} {} keeps spreading over all versions: {} is in charge, and {why}",
            port.number, rule.object.reference
        );
        Some(Finding::new(Code::UnruledPort, place, message, cure))
    };
    service.ports.iter().filter_map(finding).collect()
}

/// Whose requests the rule leaves to Istio, in words.
struct Lack {
    whose: &'static str,
    why: &'static str,
    cure: &'static str,
}

impl Lack {
    fn of(port: &Port, rule: &VirtualService) -> Option<Self> {
        match port.protocol {
            Protocol::Tcp => (!rule.has_other_rules).then_some(Self {
                whose: "the TCP port",
                why: "has no `tcp` rules",
                cure: "Add a `tcp` rule for the port to it, with the default version's subset",
            }),
            protocol if protocol.may_be_http() => match RoutesFor::of(port, rule) {
                RoutesFor::All => None,
                RoutesFor::Some => Some(Self {
                    whose: "for other clients the port",
                    why: "has `http` routes for clients of some namespaces or labels only",
                    cure: "Add a route for all clients to it, behind the others, that leads to the Service",
                }),
                RoutesFor::Nobody => Some(Self {
                    whose: "the port",
                    why: "has no `http` route for it",
                    cure: "Add a route for the port to it that leads to the Service",
                }),
            },
            _ => None,
        }
    }
}

/// For which clients in the mesh a rule has routes for HTTP on a port, whatever else these ask of requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum RoutesFor {
    Nobody,
    Some,
    All,
}

impl RoutesFor {
    fn of(port: &Port, rule: &VirtualService) -> Self {
        // Without any, the rule gets the generated ones, which are for all.
        let Some(routes) = rule.http.as_ref().filter(|_| !merge::is_without_http(rule)) else { return Self::All };
        // A clone is for whom its route is for, so what an earlier run added makes no difference.
        routes.iter().map(|route| Self::by_route(port, route)).max().unwrap_or(Self::Nobody)
    }

    fn by_route(port: &Port, route: &Value) -> Self {
        let matches = route.get("match").and_then(Value::as_array).unwrap_or_default();
        matches.iter().map(|condition| Self::by_condition(port, condition)).max().unwrap_or(Self::All)
    }

    fn by_condition(port: &Port, condition: &Value) -> Self {
        let number = condition.get("port").and_then(Value::as_u64).filter(|number| *number != 0);
        let gateways = condition.get("gateways").and_then(Value::as_array).unwrap_or_default();
        let is_said = |key: &str| condition.get(key).is_some_and(is_not_empty);
        if number.is_some_and(|number| number != u64::from(port.number)) {
            return Self::Nobody;
        }
        // Gateways make Istio ignore the client's labels and namespace beside them (`sourceMatchHTTP`).
        if !gateways.is_empty() {
            let has_mesh = gateways.iter().any(|gateway| gateway.as_str() == Some("mesh"));
            return if has_mesh { Self::All } else { Self::Nobody };
        }
        if is_said("sourceNamespace") || is_said("sourceLabels") { Self::Some } else { Self::All }
    }
}

fn is_not_empty(value: &Value) -> bool {
    match value {
        Value::String(text) => !text.is_empty(),
        Value::Object(fields) => *fields != Fields::default(),
        _ => false,
    }
}
