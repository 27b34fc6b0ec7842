//! Subsets that a run gave to rules of the user's, and that go.

use super::*;

/// Subsets of `reviews` that a run merged, which goes back on it when the Service is opted out.
struct Merged {
    given: Given,
    rule: String,
    gateway: String,
}

fn merged_and_opted_out() -> Merged {
    let first = shop().and(rule("DestinationRule", "reviews", "  host: reviews\n")).run();
    let ignored = service("reviews").annotation("overrides.dev/ignore: 'true'");
    let route = "route: [{destination: {host: reviews, subset: v2}}]";
    Merged {
        given: Given::default().and(ignored).and(version("reviews", "v1")).and(version("reviews", "v2")),
        rule: document(&first.rendered, "kind: DestinationRule", "name: reviews"),
        gateway: rule("VirtualService", "gw", &format!("  gateways: [g]\n  hosts: [x]\n  http: [{{{route}}}]\n")),
    }
}

#[test]
fn subsets_that_were_merged_are_not_removed_where_routes_lead_to_them() {
    let Merged { given, rule, gateway } = merged_and_opted_out();
    let found = given.clone().and(rule.as_str()).and(gateway.as_str()).run();
    assert!(found.failed() && found.codes().contains(&Code::UnknownSubset), "{:#?}", found.findings);
    assert!(!given.and(rule).run().failed(), "nobody needs it");
}

#[test]
fn subsets_that_stay_or_were_gone_before_are_no_reason_to_stop() {
    let Merged { given, rule: merged, gateway } = merged_and_opted_out();
    let quiet = |rule: &str| {
        let found = given.clone().and(rule).and(gateway.as_str()).run();
        assert!(!found.codes().contains(&Code::UnknownSubset), "{:#?}", found.findings);
    };
    quiet(&rule("DestinationRule", "reviews", "  host: reviews\n"));
    // Taken out by hand, and the note forgotten.
    quiet(merged.split("  - name: v2").next().unwrap());
    let own = rule("DestinationRule", "own", "  host: reviews\n  subsets: [{name: v2, labels: {version: v2}}]\n");
    let found = given.clone().and(merged).and(own.as_str()).and(gateway.as_str()).run();
    assert!(!found.codes().contains(&Code::UnknownSubset), "{:#?}", found.findings);
    // As where the generated rule goes, beside one of the user's that has it.
    let generated = shop().run().generated.into_iter().find(|text| text.contains("name: reviews-overrides\n")).unwrap();
    let found = given.and(generated).and(own).and(gateway).run();
    assert!(!found.codes().contains(&Code::UnknownSubset), "{:#?}", found.findings);
}

#[test]
fn a_rule_beside_that_holds_for_some_clients_does_not_define_a_subset_for_all() {
    let Merged { given, rule: merged, gateway } = merged_and_opted_out();
    for limit in ["workloadSelector: {matchLabels: {app: canary}}", "exportTo: ['.']"] {
        let spec = format!("  host: reviews\n  {limit}\n  subsets: [{{name: v2, labels: {{version: v2}}}}]\n");
        let canary = rule("DestinationRule", "canary", &spec);
        let found = given.clone().and(merged.as_str()).and(canary).and(gateway.as_str()).run();
        assert!(found.failed() && found.codes().contains(&Code::UnknownSubset), "{limit}: {:#?}", found.findings);
    }
}

/// Clients in two namespaces with a DestinationRule of their own for `reviews`, into which subsets are merged, and a route to
/// one of them. `own` is what the Service's own namespace has besides.
fn clients_after(own: Option<String>, annotation: &str) -> Outcome {
    let host = "  host: reviews.default.svc.cluster.local\n";
    let clients = ["clients", "more"].map(|name| rule_in("DestinationRule", name, name, host));
    let route = "  hosts: [shop.example.com]\n  gateways: [g]\n  http: [{route: [{destination: {host: reviews, subset: v2}}]}]\n";
    let route = rule_in("VirtualService", "default", "routes", route);
    let given = |reviews: support::given::Service| {
        let of = |given: Given, name| given.and(version("reviews", name).namespace("default"));
        ["v1", "v2"].into_iter().fold(Given::default().and(reviews), of).and(route.as_str())
    };
    let and_own = |given| own.iter().fold(given, |given: Given, rule| given.and(rule.as_str()));
    let reviews = || service("reviews").namespace("default");
    let first = clients.iter().fold(and_own(given(reviews())), |given, rule| given.and(rule.as_str())).run();
    let again = and_own(given(reviews().annotation(annotation)));
    let rules =
        ["clients", "more"].map(|name| document(&first.rendered, "kind: DestinationRule", &format!("name: {name}")));
    assert!(rules.iter().all(|rule| rule.contains("name: v2")), "{rules:?}");
    let again = rules.iter().chain(&first.generated).fold(again, |given, rule| given.and(rule.as_str()));
    again.run()
}

#[test]
fn subsets_that_clients_with_a_rule_of_their_own_lose_are_said() {
    let own = "  host: reviews\n  subsets: [{name: v1, labels: {version: v1}}, {name: v2, labels: {version: v2}}]\n";
    let found = clients_after(Some(rule_in("DestinationRule", "default", "own", own)), "overrides.dev/ignore: 'true'");
    let finding = find(&found, Code::UnknownSubset);
    assert_eq!(finding.severity, Severity::Warning);
    assert!(finding.message.contains("is not there for clients in `clients`, `more` when"), "{}", finding.message);
}

#[test]
fn clients_keep_what_a_rule_for_their_own_namespace_defines() {
    let merged = |name: &str, rest: &str| {
        let noted = "  annotations:\n    overrides.dev/added: '{\"fields\":[\"annotations\"],\"subsets\":[\"v2\"]}'\n";
        let spec = format!(
            "  host: reviews.default.svc.cluster.local\n{rest}  subsets: [{{name: v2, labels: {{version: v2}}}}]\n"
        );
        rule_in("DestinationRule", "clients", name, &spec).replacen(
            "  namespace: clients\n",
            &format!("  namespace: clients\n{noted}"),
            1,
        )
    };
    let own = |export_to: &str| {
        let text = merged("own", &format!("  exportTo: [{export_to}]\n"));
        let (head, tail) = text.split_once("  annotations:\n").unwrap();
        format!("{head}{}", tail.split_once('\n').unwrap().1)
    };
    let route = "  hosts: [shop.example.com]\n  gateways: [g]\n  http: [{route: [{destination: {host: reviews, subset: v2}}]}]\n";
    let given = || {
        let reviews = service("reviews").namespace("default").annotation("overrides.dev/ignore: 'true'");
        let given = Given::default().and(reviews).and(rule("VirtualService", "routes", route));
        given.and(merged("clients", ""))
    };
    let is_said = |given: Given| given.run().codes().contains(&Code::UnknownSubset);
    assert!(is_said(given()) && is_said(given().and(own("other"))));
    // Istio puts two together where they are exported alike, and follows the younger of two that are not.
    assert!(!is_said(given().and(own(""))));
    for export_to in ["'*'", "'.'", "clients"] {
        assert!(is_said(given().and(own(export_to))), "{export_to}");
    }
}

#[test]
fn what_everybody_loses_is_not_what_some_clients_lose() {
    let found = clients_after(None, "overrides.dev/ignore: 'true'");
    let finding = find(&found, Code::UnknownSubset);
    assert_eq!(finding.severity, Severity::Error);
    assert!(finding.message.contains("is not there when"), "{}", finding.message);
}
