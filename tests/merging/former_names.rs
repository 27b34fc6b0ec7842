//! Names that Services had before kustomize changed them, beside those that they have.

use super::elsewhere::{answer_of, rule_in};
use super::*;

/// `dev-reviews` in `shop`, which was `reviews` in `default`.
fn renamed() -> Given {
    let service = service("dev-reviews")
        .namespace("shop")
        .selector("{app: reviews}")
        .annotation("internal.config.kubernetes.io/previousNames: reviews")
        .annotation("internal.config.kubernetes.io/previousNamespaces: default");
    let of = |given: Given, name| given.and(version("reviews", name).namespace("shop"));
    ["v1", "v2"].into_iter().fold(Given::default().and(service), of)
}

/// A rule at a gateway that leads to a host.
fn edge(namespace: &str, host: &str) -> String {
    let route = format!("http: [{{route: [{{destination: {{host: {host}}}}}]}}]");
    rule_in(
        namespace,
        "VirtualService",
        "edge",
        &format!("{{hosts: [shop.example.com], gateways: [ingress], {route}}}"),
    )
}

fn mesh(namespace: &str, host: &str) -> String {
    let route = format!("http: [{{route: [{{destination: {{host: {host}}}}}]}}]");
    rule_in(namespace, "VirtualService", "mesh", &format!("{{hosts: [{host}], {route}}}"))
}

fn subsets(namespace: &str, host: &str) -> String {
    rule_in(namespace, "DestinationRule", "subsets", &format!("{{host: {host}}}"))
}

/// Every subset that a route names is one of a DestinationRule for just that host in the same namespace.
#[track_caller]
fn is_whole(found: &Outcome) {
    let manifests = overrides::krm::Manifests::parse([("-".to_owned(), found.rendered.as_str())]).unwrap();
    let objects: Vec<serde_json::Value> = manifests.items().iter().map(|item| item.node.read().unwrap()).collect();
    let full = |object: &serde_json::Value, host: &str| {
        let namespace = object["metadata"]["namespace"].as_str().unwrap_or("default");
        if host.contains('.') { host.to_owned() } else { format!("{host}.{namespace}.svc.cluster.local") }
    };
    let list = |value: &serde_json::Value| value.as_array().cloned().unwrap_or_default();
    let mut defined = Vec::new();
    for rule in objects.iter().filter(|object| object["kind"] == "DestinationRule") {
        let host = full(rule, rule["spec"]["host"].as_str().unwrap());
        defined.extend(list(&rule["spec"]["subsets"]).iter().map(|subset| (host.clone(), subset["name"].clone())));
    }
    for rule in objects.iter().filter(|object| object["kind"] == "VirtualService") {
        for route in list(&rule["spec"]["http"]).iter().flat_map(|route| list(&route["route"])) {
            let to = &route["destination"];
            if !to["subset"].is_null() {
                let named = (full(rule, to["host"].as_str().unwrap()), to["subset"].clone());
                assert!(defined.contains(&named), "{named:?} is not there: {}", found.rendered);
            }
        }
    }
}

#[test]
fn a_full_host_of_the_past_stays_dead_and_what_is_generated_says_the_present_name() {
    for host in
        ["reviews.default.svc.cluster.local", "reviews.shop.svc.cluster.local", "dev-reviews.default.svc.cluster.local"]
    {
        for namespace in ["shop", "platform"] {
            for dead in [mesh(namespace, host), subsets(namespace, host)] {
                for live in [
                    Some(edge("shop", "dev-reviews")),
                    Some(edge("platform", "dev-reviews.shop.svc.cluster.local")),
                    None,
                ] {
                    let given = live.iter().fold(renamed().and(dead.as_str()), |given, live| given.and(live.as_str()));
                    let found = given.run();
                    is_whole(&found);
                    assert_eq!(answer_of(&found.rendered, "dev-reviews", "shop", &[]), "v1", "{}", found.rendered);
                    assert!(
                        found.output.contains(&dead.replace('\n', "\n  ").replacen("apiVersion", "- apiVersion", 1))
                            || found.rendered.contains(&dead),
                        "the dead rule is as it was: {}",
                        found.rendered
                    );
                    let finding = found.findings.iter().find(|finding| finding.code == Code::OldName).unwrap();
                    assert_eq!(finding.severity, Severity::Warning);
                    assert!(!finding.cure.contains("configurations"), "kustomize does not rename it: {}", finding.cure);
                    let rule = found.object("DestinationRule", "dev-reviews-overrides").unwrap();
                    assert_eq!(rule["spec"]["host"], "dev-reviews");
                    if live.is_some() {
                        let text = document(&found.rendered, "kind: VirtualService", "name: edge");
                        assert!(text.contains("override-dev-reviews-v2"), "the live route takes overrides: {text}");
                    }
                }
            }
        }
    }
}

#[test]
fn a_dead_route_is_not_cloned() {
    for host in ["reviews.default.svc.cluster.local", "reviews.shop.svc.cluster.local"] {
        let dead = edge("shop", host);
        let found = renamed().and(dead.as_str()).run();
        is_whole(&found);
        assert!(found.rendered.contains(&dead), "{}", found.rendered);
    }
}

#[test]
fn a_short_host_of_the_past_is_said_where_nothing_says_the_present_one() {
    for (dead, other) in [(mesh("shop", "reviews"), "DestinationRule"), (subsets("shop", "reviews"), "VirtualService")]
    {
        let found = renamed().and(dead).run();
        let finding = found.findings.iter().find(|finding| finding.code == Code::OldName).unwrap();
        assert!(finding.cure.contains("configurations"), "{}", finding.cure);
        let object = found.object(other, "dev-reviews-overrides").unwrap();
        assert!(object["spec"]["host"] == "reviews" || object["spec"]["hosts"][0] == "reviews", "{object}");
        is_whole(&found);
    }
}

#[test]
fn where_some_rules_say_the_former_name_and_some_the_present_one_nothing_is_written() {
    for former in [mesh("shop", "reviews"), subsets("shop", "reviews")] {
        for present in [
            edge("shop", "dev-reviews"),
            edge("platform", "dev-reviews.shop.svc.cluster.local"),
            mesh("shop", "dev-reviews").replace("name: mesh", "name: other"),
            subsets("shop", "dev-reviews").replace("name: subsets", "name: other"),
        ] {
            let found = renamed().and(former.as_str()).and(present.as_str()).run();
            let is_said = |code: &Code| [Code::OldName, Code::CannotMerge].contains(code);
            assert!(found.codes().iter().any(is_said) && !found.failed(), "{:#?}", found.findings);
            assert!(found.generated.is_empty() && !found.rendered.contains("override-"), "{}", found.rendered);
        }
    }
}

#[test]
fn a_route_to_a_short_name_of_the_past_stays_as_it_is_beside_subsets_of_the_present_one() {
    let present = [None, Some(mesh("shop", "dev-reviews")), Some(subsets("shop", "dev-reviews"))];
    let in_mesh = mesh("shop", "reviews").replace("hosts: [reviews]", "hosts: [dev-reviews]");
    for former in [edge("shop", "reviews"), in_mesh] {
        for present in &present {
            if former.contains("name: mesh") && present.as_ref().is_some_and(|rule| rule.contains("name: mesh")) {
                continue;
            }
            let given = present.iter().fold(renamed().and(former.as_str()), |given, rule| given.and(rule.as_str()));
            let found = given.run();
            is_whole(&found);
            assert!(found.rendered.contains(&former), "{}", found.rendered);
            let finding = find(&found, Code::OldName);
            assert_eq!(finding.severity, Severity::Warning);
            assert!(finding.message.contains("left as it is"), "{}", finding.message);
            let is_routed = found.object("VirtualService", "dev-reviews-overrides").is_some();
            assert!(is_routed || present.is_some() || former.contains("name: mesh"), "{}", found.rendered);
        }
    }
}

#[test]
fn what_an_earlier_run_filled_into_a_route_to_a_name_of_the_past_is_taken_out() {
    let former = edge("shop", "reviews");
    let filled = renamed().and(former.replace("host: reviews", "host: dev-reviews")).run();
    let text = document(&filled.rendered, "kind: VirtualService", "name: edge");
    let earlier = text.replace("host: dev-reviews", "host: reviews");
    let found = renamed().and(earlier.as_str()).run();
    is_whole(&found);
    assert!(!document(&found.rendered, "kind: VirtualService", "name: edge").contains("subset"), "{}", found.rendered);
}

#[test]
fn a_route_to_a_short_name_of_the_past_is_filled_where_the_subsets_are_of_that_name_too() {
    for former in [mesh("shop", "reviews"), subsets("shop", "reviews")] {
        let found = renamed().and(former).and(edge("shop", "reviews")).run();
        is_whole(&found);
        let text = document(&found.rendered, "kind: VirtualService", "name: edge");
        assert!(text.contains("override-dev-reviews-v2"), "{text}");
    }
}
