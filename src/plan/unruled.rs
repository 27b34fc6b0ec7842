//! Ports, and clients, for which a rule of the user's has no route. Istio gives them one of its own, to all Pods of the Service
//! (`networking/core/route/route.go`, where `BuildHTTPRoutesForVirtualService` finds none for a sidecar and port).

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use foldhash::{HashMap, HashMapExt};

use super::delegates::Delegates;
use super::merge;
use super::ports::position;
use crate::finding::{Code, Finding};
use crate::inventory::{Port, Protocol, Service, VirtualService};
use crate::value::{Fields, Value};

/// Tells of the rules' lacks. Several Services may have one rule, and several routes one delegate, of which each is looked
/// through once.
#[derive(Default)]
pub(super) struct Unruled {
    /// For whom delegates have routes.
    delegates: RefCell<HashMap<*const VirtualService, Rc<Routes>>>,
    /// For whom rules have routes.
    rules: RefCell<HashMap<*const VirtualService, Rc<Followed>>>,
}

/// For whom a rule has routes, by itself and through delegates.
struct Followed {
    own: Routes,
    /// For whom it leads to delegates, and for whom each of those has routes.
    through: Vec<(Routes, Vec<Rc<Routes>>)>,
}

impl Followed {
    fn at(&self, port: u16) -> Clients {
        let through = |(root, leaves): &(Routes, Vec<Rc<Routes>>)| match root.at(port) {
            Clients::None => Clients::None,
            root => leaves.iter().map(|leaf| leaf.at(port)).max().unwrap_or(Clients::None).min(root),
        };
        match self.own.at(port) {
            Clients::All => Clients::All,
            own => self.through.iter().map(through).max().unwrap_or(Clients::None).max(own),
        }
    }
}

impl Unruled {
    /// What the user should know of the ports of a Service with several versions where this rule of theirs is in charge.
    pub(super) fn findings(&self, service: &Service, rule: &VirtualService, delegates: &Delegates<'_>) -> Vec<Finding> {
        // Without routes for HTTP, the rule gets the generated ones, which are for all.
        let http = Some(rule).filter(|rule| !merge::is_without_http(rule)).map(|rule| self.followed(rule, delegates));
        let finding = |port: &Port| {
            let Lack { whose, why, cure } = match port.protocol {
                Protocol::Tcp => Lack::of_tcp(rule),
                protocol if protocol.may_be_http() => {
                    http.as_ref().and_then(|http| Lack::of_http(http.at(port.number)))
                }
                _ => None,
            }?;
            let place = service.object.place().field(format!("spec.ports[{}]", position(service, port)));
            let message = format!(
                "{whose} {} keeps spreading over all versions: {} is in charge, and {why}",
                port.number, rule.object.reference
            );
            Some(Finding::new(Code::UnruledPort, place, message, cure))
        };
        service.ports.iter().filter_map(finding).collect()
    }

    fn followed(&self, rule: &VirtualService, delegates: &Delegates<'_>) -> Rc<Followed> {
        if let Some(known) = self.rules.borrow().get(&std::ptr::from_ref(rule)) {
            return Rc::clone(known);
        }
        let mut own = Routes::NONE;
        // Routes to the same rules are put together first.
        let mut through: HashMap<Vec<*const VirtualService>, (Routes, &[&VirtualService])> = HashMap::new();
        for route in rule.http.iter().flatten() {
            let routes = Routes::of_conditions(route);
            match delegates.led_to(route, rule.object.namespace()) {
                // Also of one whose delegate is not in the input, of which nothing is known.
                [] => own.widen(&routes),
                leaves => {
                    let key = leaves.iter().map(|leaf| std::ptr::from_ref(*leaf)).collect();
                    through.entry(key).or_insert((Routes::NONE, leaves)).0.widen(&routes);
                }
            }
        }
        let within = |leaves: &[&VirtualService]| leaves.iter().map(|leaf| self.delegate(leaf)).collect();
        let through = through.into_values().map(|(root, leaves)| (root, within(leaves))).collect();
        let followed = Rc::new(Followed { own, through });
        self.rules.borrow_mut().insert(std::ptr::from_ref(rule), Rc::clone(&followed));
        followed
    }

    /// Of a delegate of a delegate Istio knows nothing.
    fn delegate(&self, rule: &VirtualService) -> Rc<Routes> {
        let mut known = self.delegates.borrow_mut();
        let routes = || Rc::new(Routes::either(rule.http.iter().flatten().map(Routes::of_conditions)));
        Rc::clone(known.entry(std::ptr::from_ref(rule)).or_insert_with(routes))
    }
}

/// Whose requests the rule leaves to Istio, in words.
struct Lack {
    whose: &'static str,
    why: &'static str,
    cure: &'static str,
}

impl Lack {
    fn of_tcp(rule: &VirtualService) -> Option<Self> {
        (!rule.has_other_rules).then_some(Self {
            whose: "the TCP port",
            why: "has no `tcp` rules",
            cure: "Add a `tcp` rule for the port to it, with the default version's subset",
        })
    }

    fn of_http(clients: Clients) -> Option<Self> {
        match clients {
            Clients::All => None,
            Clients::Some => Some(Self {
                whose: "for other clients the port",
                why: "has `http` routes for clients of some namespaces or labels only",
                cure: "Add a route for all clients to it, behind the others, that leads to the Service",
            }),
            Clients::None => Some(Self {
                whose: "the port",
                why: "has no `http` route for it",
                cure: "Add a route for the port to it that leads to the Service",
            }),
        }
    }
}

/// For which clients in the mesh there are routes, whatever else these ask of requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Clients {
    None,
    Some,
    All,
}

/// For which clients there are routes, by port.
#[derive(Debug, Clone)]
struct Routes {
    /// On the ports that are named.
    ports: BTreeMap<u64, Clients>,
    /// On all others.
    others: Clients,
}

impl Routes {
    const NONE: Self = Self { ports: BTreeMap::new(), others: Clients::None };
    const ALL: Self = Self { ports: BTreeMap::new(), others: Clients::All };

    /// What any of these is for.
    fn either(all: impl Iterator<Item = Self>) -> Self {
        all.fold(Self::NONE, |mut all, each| {
            all.widen(&each);
            all
        })
    }

    /// For whom a route is, whatever it does. A clone is for the same, so that what an earlier run added makes no difference.
    fn of_conditions(route: &Value) -> Self {
        let matches = route.get("match").and_then(Value::as_array).unwrap_or_default();
        if matches.is_empty() {
            return Self::ALL;
        }
        Self::either(matches.iter().map(|condition| {
            let clients = Clients::of(condition);
            match condition.get("port").and_then(Value::as_u64).filter(|number| *number != 0) {
                Some(port) => Self { ports: BTreeMap::from([(port, clients)]), others: Clients::None },
                None => Self { ports: BTreeMap::new(), others: clients },
            }
        }))
    }

    fn at(&self, port: impl Into<u64>) -> Clients {
        self.ports.get(&port.into()).copied().unwrap_or(self.others)
    }

    /// Adds what others are for.
    fn widen(&mut self, other: &Self) {
        if other.others > self.others {
            self.others = other.others;
            self.ports.values_mut().for_each(|clients| *clients = other.others.max(*clients));
        }
        for (port, clients) in &other.ports {
            let others = self.others;
            let known = self.ports.entry(*port).or_insert(others);
            *known = (*known).max(*clients);
        }
    }
}

impl Clients {
    /// Those that a condition lets through. Gateways make Istio ignore the client's labels and namespace beside them
    /// (`sourceMatchHTTP`).
    fn of(condition: &Value) -> Self {
        let gateways = condition.get("gateways").and_then(Value::as_array).unwrap_or_default();
        let is_said = |key: &str| condition.get(key).is_some_and(is_not_empty);
        if gateways.iter().any(|gateway| gateway.as_str() == Some("mesh")) {
            Self::All
        } else if !gateways.is_empty() {
            Self::None
        } else if is_said("sourceNamespace") || is_said("sourceLabels") {
            Self::Some
        } else {
            Self::All
        }
    }
}

fn is_not_empty(value: &Value) -> bool {
    match value {
        Value::String(text) => !text.is_empty(),
        Value::Object(fields) => *fields != Fields::default(),
        _ => false,
    }
}
