//! Rules of other namespaces than the Service's: what is put into them means the Service, whatever its short name means
//! there.

use super::*;

/// `cart` in `shop`, in versions `v1` and `v2`.
pub fn cart() -> Given {
    cart_with(service("cart"))
}

/// The same, of a Service that is more than that.
pub fn cart_with(service: support::given::Service) -> Given {
    let of = |given: Given, name| given.and(version("cart", name).namespace("shop"));
    ["v1", "v2"].into_iter().fold(Given::default().and(service.namespace("shop")), of)
}

/// A rule of the user's in a namespace; none where it is empty.
pub fn rule_in(namespace: &str, kind: &str, name: &str, spec: &str) -> String {
    let text = rule(kind, name, &format!("  {spec}\n"));
    if namespace.is_empty() {
        return text;
    }
    text.replacen("metadata:\n", &format!("metadata:\n  namespace: {namespace}\n"), 1)
}

/// Where requests of clients in a namespace to `cart` in `shop` go, by the rendered configuration.
pub fn answer_in(rendered: &str, client: &str, headers: &[(&str, &str)]) -> String {
    answer_of(rendered, "cart", client, headers)
}

/// The same, to any Service in `shop`.
pub fn answer_of(rendered: &str, service: &str, client: &str, headers: &[(&str, &str)]) -> String {
    use overrides::explain::{Mesh, Request, Settings};
    let manifests = overrides::krm::Manifests::parse([("-".to_owned(), rendered)]).unwrap();
    let (mesh, findings) = Mesh::read(manifests.items(), Settings::default());
    assert!(findings.is_empty(), "{findings:#?}");
    let mut request = headers.iter().fold(Request::default(), |request, (name, value)| request.header(name, value));
    request.from.namespace = Some(client.to_owned());
    mesh.answer(service, "shop", &request).unwrap().outcome.to_string()
}

const V2: &[(&str, &str)] = &[("x-override", "cart:v2")];

/// What a rule without `http` has instead.
const OTHER_LISTS: [&str; 2] = [
    "tcp: [{match: [{port: 5432}], route: [{destination: {host: db.shop.svc.cluster.local}}]}]",
    "tls: [{match: [{port: 443, sniHosts: [cart]}], route: [{destination: {host: cart.shop.svc.cluster.local}}]}]",
];

#[test]
fn routes_that_come_whole_lead_to_the_service_and_not_to_one_of_its_name_beside_the_rule() {
    for list in OTHER_LISTS {
        for namespace in ["platform", "shop", ""] {
            for host in ["cart.shop.svc.cluster.local", "cart.shop.svc.example.org"] {
                let spec = format!("{{hosts: [{host}], {list}}}");
                let own = rule_in(namespace, "VirtualService", "own", &spec);
                let beside = service("cart").namespace("platform");
                let found = cart().and(beside).and(version("cart", "v1").namespace("platform")).and(own).run();
                assert!(!found.failed(), "{:#?}", found.findings);
                let text = document(&found.rendered, "kind: VirtualService", "name: own");
                assert!(text.contains("default-cart"), "the rule has routes now: {text}");
                let means_shop = text.contains(&format!("\"host\":\"{host}\"")) || namespace == "shop";
                assert!(means_shop, "in `{namespace}`, {host}: {text}");
                if host.ends_with("cluster.local") && !namespace.is_empty() {
                    assert_eq!(answer_in(&found.rendered, "shop", &[]), "v1", "{namespace}: {text}");
                    assert_eq!(answer_in(&found.rendered, "platform", V2), "v2", "{namespace}: {text}");
                }
            }
        }
    }
}

#[test]
fn routes_that_come_whole_go_whole_from_another_namespace_too() {
    let spec =
        "{hosts: [cart.shop.svc.cluster.local], tcp: [{match: [{port: 5432}], route: [{destination: {host: db}}]}]}";
    let own = rule_in("platform", "VirtualService", "own", spec);
    let found = cart().and(own.as_str()).run();
    assert_eq!(restored(&found.rendered, "kind: VirtualService", "name: own"), own);
}

#[test]
fn routes_that_come_whole_do_not_open_a_gateway() {
    let spec = "{hosts: [cart.shop.svc.cluster.local], gateways: [mesh, edge/ingress], tcp: [{match: [{port: 5432}], route: \
                [{destination: {host: db}}]}]}";
    for namespace in ["platform", "shop"] {
        let own = rule_in(namespace, "VirtualService", "own", spec);
        let found = cart().and(own.as_str()).run();
        assert_eq!(found.only(Code::CannotMerge).severity, Severity::Warning);
        found.unchanged();
    }
}

#[test]
fn a_rule_whose_routes_lead_to_a_service_of_the_same_name_elsewhere_is_not_this_services() {
    // A short host is one of the rule's own namespace.
    let spec = "{hosts: [cart.shop.svc.cluster.local], http: [{route: [{destination: {host: cart}}]}]}";
    let found = cart().and(rule_in("platform", "VirtualService", "own", spec)).run();
    found.only(Code::CannotMerge);
    found.unchanged();
    let spec = spec.replace("host: cart}", "host: cart.shop.svc.cluster.local}");
    let found = cart().and(rule_in("platform", "VirtualService", "own", &spec)).run();
    assert_eq!(answer_in(&found.rendered, "web", V2), "v2");
}

#[test]
fn services_without_a_namespace_are_meant_by_rules_without_one() {
    let own = rule_in("", "VirtualService", "own", "{hosts: [reviews], tcp: [{route: [{destination: {host: db}}]}]}");
    let found = shop().and(own).run();
    let text = document(&found.rendered, "kind: VirtualService", "name: own");
    assert!(text.contains("\"host\":\"reviews\""), "{text}");
}
