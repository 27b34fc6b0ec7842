//! Rules that users wrote before anybody thought of overrides.

use serde_json::{Map, Value, json};

use super::routes::{Targets, route, routes};
use super::{Choices, Service, Shape, Workload};

/// To whom rules are exported.
const EXPORTS: [&[&str]; 3] = [&["."], &["*"], &[".", "platform"]];

/// Rules for some of the Services.
pub fn some(choices: &mut Choices<'_>, services: &[Service], workloads: &[Workload]) -> Vec<Value> {
    let mut rules = Vec::new();
    // Half of the clusters have no rules at all, and so nothing but Services that are decided about here.
    if !choices.chance(55) {
        return rules;
    }
    let hosts: Vec<(String, &str)> =
        services.iter().map(|service| (service.name.to_owned(), service.lives_in())).collect();
    for service in services {
        if service.shape != Shape::LocalConfig && choices.chance(70) {
            let others = hosts
                .iter()
                .filter(|(name, _)| name != service.name)
                .map(|(name, place)| format!("{name}.{place}.svc.cluster.local"));
            let others: Vec<String> = others.chain(["elsewhere.example.com".to_owned()]).collect();
            of_service(choices, service, workloads, others, &mut rules);
        }
    }
    if choices.chance(8) {
        rules.push(choices_of_neighbours(choices, services));
    }
    if choices.chance(12) {
        rules.push(elsewhere(choices, services));
    }
    rules
}

fn of_service(
    choices: &mut Choices<'_>,
    service: &Service,
    workloads: &[Workload],
    others: Vec<String>,
    rules: &mut Vec<Value>,
) {
    let named = service.full_host();
    let host = if choices.chance(25) { named } else { service.name.to_owned() };
    let versions: Vec<&'static str> = workloads
        .iter()
        .filter(|workload| service.selects(workload))
        .filter_map(|workload| workload.labels.iter().find(|(key, _)| *key == "version").map(|(_, value)| *value))
        .collect();
    let mut subsets: Vec<&'static str> = Vec::new();
    if choices.chance(60) && !versions.is_empty() {
        subsets = choices.some(&versions, 3);
        rules.push(destination_rule(choices, service, &host, &mut subsets));
    } else if choices.chance(8) {
        // Named, and defined nowhere.
        subsets = vec!["v1"];
    }
    if choices.chance(75) {
        let hosts: Vec<String> = [host.clone()].into_iter().chain(others).collect();
        let targets = Targets { hosts: &hosts, subsets: &subsets };
        virtual_services(choices, service, &targets, rules);
    }
}

fn object(kind: &str, name: &str, namespace: Option<&str>, spec: &Value) -> Value {
    let namespace = namespace.map(|namespace| ("namespace".to_owned(), json!(namespace)));
    let metadata: Map<String, Value> = [("name".to_owned(), json!(name))].into_iter().chain(namespace).collect();
    json!({"apiVersion": "networking.istio.io/v1", "kind": kind, "metadata": metadata, "spec": spec})
}

/// A DestinationRule with subsets, named after their versions or in the user's own words.
fn destination_rule(choices: &mut Choices<'_>, service: &Service, host: &str, subsets: &mut [&'static str]) -> Value {
    let mut own_names = ["first", "second", "third"].into_iter();
    let mut list = Vec::new();
    for name in subsets {
        let labels = json!({"version": *name});
        if choices.chance(25) || name.contains('.') {
            *name = own_names.next().unwrap();
        }
        list.push(json!({"name": *name, "labels": labels}));
    }
    let mut spec = json!({"host": host, "subsets": list});
    if choices.chance(30) {
        spec["trafficPolicy"] = json!({"connectionPool": {"tcp": {"maxConnections": 10}}});
    }
    if choices.chance(8) {
        spec["exportTo"] = json!(choices.of(&EXPORTS));
    }
    object("DestinationRule", &format!("{}-subsets", service.name), service.namespace, &spec)
}

fn virtual_services(choices: &mut Choices<'_>, service: &Service, targets: &Targets<'_>, rules: &mut Vec<Value>) {
    let host = &targets.hosts[0];
    let name = |what: &str| format!("{}-{what}", service.name);
    match choices.upto(11) {
        // A root that hands over to a delegate.
        9 => {
            let delegate = json!({"name": name("delegate"), "namespace": service.lives_in()});
            let mut handed = json!([{"match": [{"uri": {"prefix": "/api"}}], "delegate": delegate}]);
            handed.as_array_mut().unwrap().push(route(choices, targets, true));
            let root = json!({"hosts": [host], "http": handed});
            rules.push(object("VirtualService", &name("root"), service.namespace, &root));
            let own = json!({"http": routes(choices, targets)});
            rules.push(object("VirtualService", &name("delegate"), service.namespace, &own));
        }
        // At a gateway.
        10 => {
            let spec =
                json!({"hosts": ["shop.example.com"], "gateways": ["ingress"], "http": routes(choices, targets)});
            rules.push(object("VirtualService", &name("edge"), service.namespace, &spec));
        }
        // Nothing but connections.
        11 => {
            let destination = json!({"host": host});
            let spec =
                json!({"hosts": [host], "tcp": [{"match": [{"port": 5432}], "route": [{"destination": destination}]}]});
            rules.push(object("VirtualService", &name("tcp"), service.namespace, &spec));
        }
        _ => {
            let mut spec = json!({"hosts": [host], "http": routes(choices, targets)});
            if choices.chance(8) {
                spec["gateways"] = json!(["mesh", "ingress"]);
            }
            if choices.chance(8) {
                spec["exportTo"] = json!(choices.of(&EXPORTS));
            }
            rules.push(object("VirtualService", &name("routes"), service.namespace, &spec));
            if choices.chance(6) {
                let second = json!({"hosts": [host], "http": routes(choices, targets)});
                rules.push(object("VirtualService", &name("second"), service.namespace, &second));
            }
        }
    }
}

/// A rule in another namespace than its Service's, or one that hides others from the clients of some namespace.
fn elsewhere(choices: &mut Choices<'_>, services: &[Service]) -> Value {
    let service = &services[choices.upto(services.len() - 1)];
    let full = service.full_host();
    let tcp = json!([{"match": [{"port": 5432}], "route": [{"destination": {"host": full}}]}]);
    let http = json!([{"route": [{"destination": {"host": full}}]}]);
    match choices.upto(6) {
        0 => object("DestinationRule", "private", Some("istio-system"), &json!({"host": "*.local", "exportTo": ["."]})),
        1 => object("DestinationRule", "private", Some("platform"), &json!({"host": "*.local", "exportTo": ["."]})),
        2 => object("DestinationRule", "private", Some("istio-system"), &json!({"host": full, "exportTo": ["."]})),
        3 => object("DestinationRule", "apart", service.namespace, &json!({"host": full, "exportTo": ["*"]})),
        4 => object("VirtualService", "far-tcp", Some("platform"), &json!({"hosts": [full], "tcp": tcp})),
        5 => object("VirtualService", "far", Some("platform"), &json!({"hosts": [full], "http": http})),
        _ => {
            let spec = json!({"hosts": [full], "exportTo": ["."], "http": http});
            object("VirtualService", "far-private", Some("platform"), &spec)
        }
    }
}

/// Something that reaches further than one Service, or that another tool reads.
fn choices_of_neighbours(choices: &mut Choices<'_>, services: &[Service]) -> Value {
    let service = &services[choices.upto(services.len() - 1)];
    let policy = json!({"connectionPool": {"tcp": {"maxConnections": 5}}});
    let full = service.full_host();
    match choices.upto(5) {
        0 => object("DestinationRule", "all", service.namespace, &json!({"host": "*", "trafficPolicy": policy})),
        1 => object("DestinationRule", "root", Some("istio-system"), &json!({"host": full, "trafficPolicy": policy})),
        2 => object("DestinationRule", "client", Some("clients"), &json!({"host": full, "trafficPolicy": policy})),
        3 => {
            let to = json!([{"route": [{"destination": {"host": full}}]}]);
            object("VirtualService", "all", service.namespace, &json!({"hosts": ["*"], "http": to}))
        }
        4 => json!({
            "apiVersion": "flagger.app/v1beta1",
            "kind": "Canary",
            "metadata": {"name": service.name, "namespace": service.lives_in()},
            "spec": {"targetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": service.name}, "service": {"port": 80}},
        }),
        _ => json!({
            "apiVersion": "gateway.networking.k8s.io/v1",
            "kind": "HTTPRoute",
            "metadata": {"name": "route", "namespace": service.lives_in()},
            "spec": {
                "parentRefs": [{"group": "", "kind": "Service", "name": service.name}],
                "rules": [{"backendRefs": [{"name": service.name, "port": 80}]}],
            },
        }),
    }
}
