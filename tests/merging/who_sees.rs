//! Who sees which rules. The DestinationRule that a client follows must know the subsets that its routes name, in every
//! namespace.

use super::elsewhere::{answer_in, cart, cart_with, rule_in};
use super::*;

const FULL: &str = "cart.shop.svc.cluster.local";
const V2: &[(&str, &str)] = &[("x-override", "cart:v2")];
/// Clients that may follow different rules.
const CLIENTS: [&str; 5] = ["shop", "istio-system", "front", "platform", "elsewhere"];

/// No client is worse off than before: where its requests got an answer they get one, by any version before and by the
/// default now, or they go where they went.
#[track_caller]
fn nobody_loses(given: &Given, found: &Outcome) {
    let before = given.clone().policy("existing: skip, services: [{name: cart, ignore: true}]").run().rendered;
    for client in CLIENTS {
        let (was, is) = (answer_in(&before, client, &[]), answer_in(&found.rendered, client, &[]));
        assert!(is == "v1" || is == was, "clients in {client}: {was} became {is}: {}", found.rendered);
        let asked = answer_in(&found.rendered, client, V2);
        assert!(asked == "v2" || asked == is, "clients in {client} with an override: {asked}");
    }
}

/// Skipped with one of these findings, and nothing changed.
#[track_caller]
fn skipped(given: Given) -> Outcome {
    let found = given.run();
    let codes = found.codes();
    assert!(codes.iter().any(|code| [Code::DestinationRuleHides, Code::CannotMerge].contains(code)), "{codes:?}");
    assert!(found.generated.is_empty() && !found.output.contains("overrides.dev/added"), "{}", found.output);
    nobody_loses(&given, &found);
    found
}

#[test]
fn a_private_rule_of_the_root_namespace_that_hides_the_subsets_is_seen_behind_a_rule_of_the_host() {
    let own = rule_in("shop", "DestinationRule", "own", "{host: cart}");
    let with_subsets = rule_in(
        "shop",
        "DestinationRule",
        "own",
        "{host: cart, subsets: [{name: v1, labels: {version: v1}}, {name: v2, labels: {version: v2}}]}",
    );
    for host in ["'*.local'", "'*'", "'*.shop.svc.cluster.local'", FULL] {
        for export_to in ["[.]", "[istio-system]"] {
            let spec = format!("{{host: {host}, exportTo: {export_to}}}");
            let private = rule_in("istio-system", "DestinationRule", "private", &spec);
            skipped(cart().and(private.as_str()));
            skipped(cart().and(own.as_str()).and(private.as_str()));
            skipped(cart().and(private.as_str()).and(with_subsets.as_str()));
        }
    }
}

#[test]
fn a_public_rule_of_the_root_namespace_hides_nothing() {
    let own = rule_in("shop", "DestinationRule", "own", "{host: cart}");
    for export_to in ["", ", exportTo: ['*']", ", exportTo: [., front]"] {
        let spec = format!("{{host: '*.local'{export_to}}}");
        let given = cart().and(own.as_str()).and(rule_in("istio-system", "DestinationRule", "all", &spec));
        let found = given.run();
        nobody_loses(&given, &found);
        assert_eq!(answer_in(&found.rendered, "istio-system", V2), "v2");
        assert_eq!(answer_in(&found.rendered, "front", V2), "v2");
    }
}

#[test]
fn a_private_wildcard_of_a_clients_namespace_is_seen_behind_a_rule_of_the_host() {
    let own = rule_in("shop", "DestinationRule", "own", "{host: cart}");
    for spec in
        ["{host: '*.local', exportTo: [.]}", "{host: '*'}", "{host: '*', workloadSelector: {matchLabels: {a: b}}}"]
    {
        let hides = rule_in("front", "DestinationRule", "hides", spec);
        let found = skipped(cart().and(hides.as_str()).and(own.as_str()));
        assert!(found.codes().contains(&Code::DestinationRuleHides), "{:#?}", found.findings);
    }
    // One that no client follows for this host.
    for spec in ["{host: '*.local', exportTo: [platform]}", "{host: '*.example.com'}"] {
        let given = cart().and(own.as_str()).and(rule_in("front", "DestinationRule", "other", spec));
        let found = given.run();
        nobody_loses(&given, &found);
        assert_eq!(answer_in(&found.rendered, "front", V2), "v2");
    }
}

#[test]
fn a_private_wildcard_beside_the_rule_of_the_host_hides_nothing_from_anybody() {
    let own = rule_in("shop", "DestinationRule", "own", "{host: cart}");
    let private = rule_in("shop", "DestinationRule", "private", "{host: '*', exportTo: [.]}");
    let given = cart().and(own).and(private);
    nobody_loses(&given, &given.run());
}

#[test]
fn rules_of_one_host_that_istio_keeps_apart_all_know_the_subsets() {
    let one =
        |name: &str, export_to: &str| rule_in("shop", "DestinationRule", name, &format!("{{host: cart{export_to}}}"));
    for (first, second) in [("", ", exportTo: ['*']"), (", exportTo: [.]", ""), (", exportTo: [., front]", "")] {
        for names in [["a", "b"], ["b", "a"]] {
            let given = cart().and(one(names[0], first)).and(one(names[1], second));
            let found = given.run();
            nobody_loses(&given, &found);
            assert_eq!(answer_in(&found.rendered, "shop", V2), "v2", "{first} and {second}: {:#?}", found.findings);
        }
    }
    // The younger one would be lost, or not: nobody can tell.
    let given = cart().and(one("a", ", exportTo: [front]")).and(one("b", ", exportTo: [front, platform]"));
    skipped(given.and(rule_in(
        "shop",
        "VirtualService",
        "own",
        "{hosts: [cart], http: [{route: [{destination: {host: cart}}]}]}",
    )));
}

/// Routes of `cart` that are exported like this.
fn routes(export_to: &str) -> String {
    let spec =
        format!("{{hosts: [cart], exportTo: {export_to}, http: [{{route: [{{destination: {{host: cart}}}}]}}]}}");
    rule_in("shop", "VirtualService", "routes", &spec)
}

fn subsets(export_to: &str) -> String {
    rule_in("shop", "DestinationRule", "subsets", &format!("{{host: cart, exportTo: {export_to}}}"))
}

/// The namespaces that a generated object is exported to.
fn exported(found: &Outcome, kind: &str) -> serde_json::Value {
    found.object(kind, "cart-overrides").unwrap()["spec"]["exportTo"].clone()
}

#[test]
fn what_is_generated_beside_a_rule_is_exported_as_that_is() {
    for export_to in [".", "shop", "front", ".,front"] {
        let list = format!("[{export_to}]");
        let mut names: Vec<&str> = export_to.split(',').map(|name| if name == "shop" { "." } else { name }).collect();
        names.sort_unstable();
        for (own, other) in [(routes(&list), "DestinationRule"), (subsets(&list), "VirtualService")] {
            let given = cart().and(own);
            let found = given.run();
            nobody_loses(&given, &found);
            let finding = found.findings.iter().find(|finding| finding.code == Code::SeenBySome).unwrap();
            assert_eq!(finding.severity, Severity::Warning);
            assert!(!found.codes().contains(&Code::CannotMerge), "{:#?}", found.findings);
            assert_eq!(exported(&found, other), serde_json::json!(names), "{export_to}: {}", found.yaml());
            let seen_by = if names.contains(&".") { "shop" } else { "front" };
            assert_eq!(answer_in(&found.rendered, seen_by, V2), "v2", "{}", found.rendered);
            assert_eq!(answer_in(&found.rendered, "elsewhere", V2), answer_in(&found.rendered, "elsewhere", &[]));
        }
    }
}

#[test]
fn rules_that_are_exported_alike_are_merged_and_stay_as_they_are_exported() {
    let given = cart().and(routes("[.]")).and(subsets("[.]"));
    let found = given.run();
    nobody_loses(&given, &found);
    assert!(found.generated.is_empty() && found.codes().contains(&Code::SeenBySome), "{:#?}", found.findings);
    assert_eq!(answer_in(&found.rendered, "shop", V2), "v2");
    assert_eq!(found.rendered.matches("exportTo: [.]").count(), 2, "{}", found.rendered);
}

#[test]
fn routes_that_are_seen_where_the_subsets_are_not_are_left_alone() {
    skipped(cart().and(routes("['*']")).and(subsets("[.]")));
    skipped(cart().and(routes("[., front]")).and(subsets("[.]")));
    skipped(cart().and(routes("[.]")).and(subsets("[front]")));
    let given = cart().and(routes("[.]")).and(subsets("[., front]"));
    let found = given.run();
    nobody_loses(&given, &found);
    assert_eq!(answer_in(&found.rendered, "shop", V2), "v2");
}

#[test]
fn private_routes_in_another_namespace_have_subsets_for_the_clients_there() {
    let spec = format!("{{hosts: [{FULL}], exportTo: [.], http: [{{route: [{{destination: {{host: {FULL}}}}}]}}]}}");
    let given = cart().and(rule_in("front", "VirtualService", "own", &spec));
    let found = given.run();
    nobody_loses(&given, &found);
    assert_eq!(exported(&found, "DestinationRule"), serde_json::json!(["front"]));
    assert_eq!(answer_in(&found.rendered, "front", V2), "v2", "{}", found.rendered);
}

#[test]
fn a_rule_that_nobody_who_sees_the_routes_follows_is_no_obstacle() {
    let hides = rule_in("front", "DestinationRule", "hides", "{host: '*.local'}");
    let given = cart().and(routes("[.]")).and(hides);
    let found = given.run();
    nobody_loses(&given, &found);
    assert_eq!(answer_in(&found.rendered, "shop", V2), "v2");
}

/// A rule at a gateway that leads to `cart`.
fn at_a_gateway(export_to: &str) -> String {
    let route = "http: [{route: [{destination: {host: cart}}]}]";
    let spec = format!("{{hosts: [shop.example.com], gateways: [edge/ingress], exportTo: {export_to}, {route}}}");
    rule_in("shop", "VirtualService", "edge", &spec)
}

#[test]
fn gateways_see_the_subsets_that_their_routes_name() {
    // Nobody knows where the gateways' proxies are, so that they may be anywhere.
    skipped(cart().and(subsets("[.]")).and(at_a_gateway("['*']")));
    skipped(cart().and(subsets("[.]")).and(at_a_gateway("[istio-system]")));
    for (given, expected) in [
        (cart().and(subsets("[., istio-system]")).and(at_a_gateway("[istio-system]")), None),
        (cart().and(routes("[.]")).and(at_a_gateway("['*']")), Some(serde_json::Value::Null)),
        (cart().and(at_a_gateway("['*']")).policy("exportTo: [.]"), Some(serde_json::Value::Null)),
    ] {
        let found = given.run();
        assert!(!found.codes().contains(&Code::CannotMerge), "{:#?}", found.findings);
        let text = document(&found.rendered, "kind: VirtualService", "name: edge");
        assert!(text.contains("override-cart-v2"), "{text}");
        if let Some(expected) = expected {
            assert_eq!(exported(&found, "DestinationRule"), expected, "{}", found.yaml());
        }
    }
}

#[test]
fn services_and_policies_say_to_whom_rules_are_exported() {
    let annotated =
        |value: &str| cart_with(service("cart").annotation(&format!("networking.istio.io/exportTo: '{value}'")));
    for (given, expected) in [
        (annotated("."), serde_json::json!(["."])),
        (annotated("., front"), serde_json::json!([".", "front"])),
        (annotated("*"), serde_json::Value::Null),
        (annotated("~"), serde_json::Value::Null),
        (annotated("*").policy("exportTo: [.]"), serde_json::Value::Null),
        (annotated(".").policy("exportTo: ['*']"), serde_json::json!(["."])),
        (cart().policy("exportTo: [., front]"), serde_json::json!([".", "front"])),
        (cart().policy("exportTo: ['*']"), serde_json::Value::Null),
    ] {
        let found = given.run();
        assert!(found.findings.iter().all(|finding| finding.severity == Severity::Info), "{:#?}", found.findings);
        assert_eq!(found.codes().contains(&Code::SeenBySome), !expected.is_null(), "{:#?}", found.findings);
        for kind in ["DestinationRule", "VirtualService"] {
            assert_eq!(exported(&found, kind), expected, "{}", found.yaml());
        }
        assert_eq!(answer_in(&found.rendered, "shop", V2), "v2");
    }
}

#[test]
fn a_route_for_connections_sees_the_subset_that_it_names() {
    let tcp = "tcp: [{match: [{port: 9000}], route: [{destination: {host: cart, subset: v1}}]}]";
    let far = rule_in("shop", "VirtualService", "far", &format!("{{hosts: [db], {tcp}}}"));
    let found = cart().and(far).policy("exportTo: [.]").run();
    assert_eq!(exported(&found, "DestinationRule"), serde_json::Value::Null, "{}", found.yaml());
    assert_eq!(exported(&found, "VirtualService"), serde_json::json!(["."]));
}

#[test]
fn existing_rules_say_to_whom_what_is_beside_them_is_exported_whatever_is_stated() {
    let found = cart().and(subsets("['*']")).policy("exportTo: [.]").run();
    assert_eq!(exported(&found, "VirtualService"), serde_json::Value::Null);
    assert!(!found.codes().contains(&Code::SeenBySome), "{:#?}", found.findings);
}

#[test]
fn what_is_exposed_has_subsets_that_the_gateway_sees() {
    let expose = "services: [{name: cart, expose: {hosts: [shop.example.com], gateways: [edge/ingress]}}]";
    let found = cart().policy(&format!("exportTo: [.], {expose}")).run();
    assert_eq!(exported(&found, "DestinationRule"), serde_json::Value::Null);
    assert_eq!(exported(&found, "VirtualService"), serde_json::json!(["."]));
    let edge = found.object("VirtualService", "cart-overrides-gateway").unwrap();
    assert!(edge["spec"]["exportTo"].is_null());
    skipped(cart().and(subsets("[.]")).policy(expose));
}

#[test]
fn what_was_generated_before_is_exported_anew() {
    let first = cart().run();
    let again =
        |generated: &[String], given: Given| generated.iter().fold(given, |given, text| given.and(text.as_str()));
    let narrower = again(&first.generated, cart().policy("exportTo: [.]")).run();
    assert_eq!(narrower.yaml(), cart().policy("exportTo: [.]").run().yaml());
    let wider = again(&narrower.generated, cart()).run();
    assert_eq!(wider.yaml(), first.yaml());
    assert_eq!(wider.codes(), [Code::Overwritten; 2], "clients that saw nothing see rules: {:#?}", wider.findings);
    let unchanged = again(&narrower.generated, cart().policy("exportTo: [.]")).run();
    assert_eq!(unchanged.yaml(), narrower.yaml());
}
