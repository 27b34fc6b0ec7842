//! Weighted defaults.

use super::*;

fn split(weights: &str) -> Outcome {
    two_versions().policy(&format!("services: [{{name: reviews, split: {weights}}}]")).run()
}

#[test]
fn a_split_spreads_requests_without_an_override_and_overrides_stay_above_it() {
    let found = split("{v1: 90, v2: 10}");
    let routes = found.quiet().routes("reviews");
    assert_eq!(
        routes,
        [
            "override-reviews-v2 by x-override, baggage -> v2",
            "override-reviews-v1 by x-override, baggage -> v1",
            "default-reviews -> v1 90%, v2 10%",
        ]
    );
}

#[test]
fn a_version_without_weight_keeps_its_override() {
    assert_eq!(split("{v1: 100, v2: 0}").quiet().routes("reviews"), TWO_ROUTES);
    assert_eq!(
        split("{v2: 100}").quiet().routes("reviews"),
        ["override-reviews-v1 by x-override, baggage -> v1", "default-reviews -> v2"]
    );
}

#[test]
fn tcp_connections_are_split_as_well() {
    let ports = service("reviews").port("name: http, port: 80").port("name: tcp, port: 9000");
    let found = given(ports).and(version("reviews", "v1")).and(version("reviews", "v2"));
    let found = found.policy("services: [{name: reviews, split: {v1: 50, v2: 50}}]").run();
    assert_eq!(found.quiet().routes("reviews").last().unwrap(), "tcp 9000 -> v1:9000 50%, v2:9000 50%");
}

#[test]
fn a_split_needs_no_other_default() {
    let found = given(service("reviews")).and(version("reviews", "blue")).and(version("reviews", "green"));
    let found = found.policy("services: [{name: reviews, split: {blue: 30, green: 70}}]").run();
    assert_eq!(found.quiet().routes("reviews").last().unwrap(), "default-reviews -> blue 30%, green 70%");
}

#[test]
fn weights_that_cannot_be_are_the_policys_mistake() {
    for (weights, place) in [
        ("{v1: 90, v2: 20}", "spec.services[0].split"),
        ("{}", "spec.services[0].split"),
        ("{v1: 110, v2: -10}", "spec.services[0].split.v2"),
        ("{v1: half, v2: half}", "spec.services[0].split.v1"),
        ("[v1]", "spec.services[0].split"),
    ] {
        let policy = format!("services: [{{name: reviews, split: {weights}}}]");
        let found = function(&two_versions().policy(&policy).list());
        assert_eq!(found.findings[0].code, Code::InvalidPolicy, "{weights}");
        assert_eq!(found.findings[0].place.field.as_deref(), Some(place), "{weights}: {}", found.findings[0].message);
    }
    let twice = function(&two_versions().policy("services: [{name: reviews, split: {v1: 50, v1: 50}}]").list());
    assert_eq!(twice.findings[0].code, Code::DuplicateKey);
}

#[test]
fn a_split_over_a_version_that_is_not_there_is_an_error_at_its_place() {
    let found = split("{v1: 90, v9: 10}");
    let finding = found.unchanged().only(Code::DefaultUnknown);
    assert_eq!(finding.place.field.as_deref(), Some("spec.services[0].split.v9"));
}

#[test]
fn a_split_beside_a_rule_that_decides_is_an_error_that_names_both() {
    let own =
        rule("VirtualService", "mine", "", "{hosts: [reviews], http: [{route: [{destination: {host: reviews}}]}]}");
    let found = two_versions().and(own).policy("services: [{name: reviews, split: {v1: 90, v2: 10}}]").run();
    let finding = found.unchanged().findings.iter().find(|finding| finding.code == Code::SplitConflict);
    let finding = finding.expect("the conflict is found");
    assert!(finding.message.contains("VirtualService mine"), "{}", finding.message);
    assert!(finding.related.is_some());
}

#[test]
fn a_route_at_a_gateway_that_names_no_subset_is_warned_about() {
    let spec = "{hosts: [shop.example.com], gateways: [ingress], http: [{route: [{destination: {host: reviews}}]}]}";
    let found = two_versions()
        .and(rule("VirtualService", "edge", "", spec))
        .policy("services: [{name: reviews, split: {v1: 90, v2: 10}}]")
        .run();
    assert!(found.codes().contains(&Code::RouteWithoutSubset), "{:#?}", found.findings);
    assert!(found.rendered.contains("{destination: {host: reviews}}"), "no single subset would be right");
}

#[test]
fn a_split_holds_where_services_of_one_version_are_skipped() {
    let one = given(service("reviews")).and(version("reviews", "v1"));
    let split = |weights: &str| format!("singleVersion: skip, services: [{{name: reviews, split: {weights}}}]");
    let found = one.clone().policy(&split("{v1: 100}")).run();
    assert_eq!(found.quiet().routes("reviews"), ["default-reviews -> v1"]);
    // A version that is gone is no less an error than elsewhere.
    one.policy(&split("{v1: 90, v2: 10}")).run().only(Code::DefaultUnknown);
}
