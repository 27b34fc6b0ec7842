//! Subsets in the user's DestinationRules, and the traffic policies of rules from further away.

use super::*;

#[test]
fn missing_subsets_are_added_and_those_that_are_there_keep_their_names() {
    let spec = "  host: reviews.default.svc.cluster.local
  trafficPolicy: {connectionPool: {tcp: {maxConnections: 5}}} # ours
  subsets:
  - name: stable
    labels: {version: v1}
    trafficPolicy: {tls: {mode: DISABLE}}
    # the last word
# The end.
";
    let (text, found) = merged(shop(), &rule("DestinationRule", "reviews", spec));
    insta::assert_snapshot!(text);
    assert_eq!(found.routes("reviews")[1], "default-reviews -> stable");
    assert_eq!(answer(&found.rendered, "reviews", "/", &[("x-override", "reviews:v2")]), "v2");
    assert_eq!(answer(&found.rendered, "reviews", "/", &[]), "v1");
}

#[test]
fn a_rule_without_subsets_gets_a_list_of_them() {
    let (text, _) = merged(shop(), &rule("DestinationRule", "reviews", "  host: reviews\n"));
    assert!(text.contains("  subsets:\n  - name: v1\n    labels:\n      version: v1\n  - name: v2\n"), "{text}");
    let spec = "  {host: reviews, subsets: []}\n";
    let found = shop().and(rule("DestinationRule", "reviews", spec)).run();
    let text = restored(&found.rendered, "kind: DestinationRule", "name: reviews");
    assert_eq!(text, rule("DestinationRule", "reviews", spec));
}

#[test]
fn a_name_that_means_other_pods_is_not_taken() {
    let spec = "  host: reviews\n  subsets:\n  - {name: v2, labels: {track: beta}}\n";
    let (_, found) = merged(shop(), &rule("DestinationRule", "reviews", spec));
    let routes = found.routes("reviews");
    assert!(routes[0].contains("-> v2-"), "{routes:?}");
    assert_eq!(answer(&found.rendered, "reviews", "/", &[("x-override", "reviews:v2")]), "v2");
}

#[test]
fn a_rule_for_some_clients_only_passes_the_service_over() {
    let refused = |spec: &str| {
        let found = shop().and(rule("DestinationRule", "reviews", spec)).run();
        assert!(found.codes().contains(&Code::CannotMerge), "{:#?}", found.findings);
        assert!(found.object("VirtualService", "reviews-overrides").is_none());
        let indented = spec.replace("\n  ", "\n    ");
        assert!(found.output.contains(&format!("  {indented}")), "the rule is as it was: {}", found.output);
    };
    refused("  host: reviews\n  workloadSelector: {matchLabels: {app: x}}\n");
    refused("  host: reviews\n  exportTo: [\"~\"]\n");
}

#[test]
fn the_traffic_policy_of_a_rule_that_is_shadowed_is_copied() {
    for host in ["'*.default.svc.cluster.local'", "'*.local'", "'*'"] {
        let spec = format!("  host: {host}\n  trafficPolicy: {{tls: {{mode: ISTIO_MUTUAL}}}}\n");
        let found = shop().and(rule("DestinationRule", "all", &spec)).run();
        let generated = found.object("DestinationRule", "reviews-overrides").expect("a rule");
        assert_eq!(generated["spec"]["trafficPolicy"]["tls"]["mode"], "ISTIO_MUTUAL", "{host}");
        assert!(found.findings.iter().all(|finding| finding.severity == Severity::Info), "{:#?}", found.findings);
    }
}

#[test]
fn the_closest_of_several_rules_counts() {
    let root = |host: &str, mode: &str| {
        let spec = format!("  host: '{host}'\n  trafficPolicy: {{tls: {{mode: {mode}}}}}\n");
        rule("DestinationRule", &format!("r{}", mode.to_lowercase().replace('_', "")), &spec)
            .replace("spec:\n", "  namespace: istio-system\nspec:\n")
    };
    let own = rule("DestinationRule", "own", "  host: '*.local'\n  trafficPolicy: {tls: {mode: SIMPLE}}\n");
    let mode = |given: Given| {
        given.run().object("DestinationRule", "reviews-overrides").unwrap()["spec"]["trafficPolicy"]["tls"]["mode"]
            .clone()
    };
    let everywhere = shop().and(root("*.local", "DISABLE"));
    assert_eq!(mode(everywhere.clone()), "DISABLE");
    let exact = everywhere.and(root("reviews.default.svc.cluster.local", "ISTIO_MUTUAL"));
    assert_eq!(mode(exact.clone()), "ISTIO_MUTUAL");
    assert_eq!(mode(exact.and(own)), "SIMPLE");
}

#[test]
fn a_rule_in_a_clients_namespace_gets_the_subsets_as_well() {
    let spec = "  host: reviews.default.svc.cluster.local\n";
    let client = rule("DestinationRule", "client", spec).replace("spec:\n", "  namespace: client\nspec:\n");
    let found = shop().and(client).run();
    let text = document(&found.rendered, "kind: DestinationRule", "name: client");
    assert!(text.contains("  - name: v2\n"), "{text}");
    assert!(found.object("DestinationRule", "reviews-overrides").is_some(), "and everybody else has a rule too");
}
