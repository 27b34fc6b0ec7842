//! Subsets of the user's with a traffic policy that requests without an override did not take.

use super::elsewhere::{cart, rule_in};
use super::*;

const POLICY: &str = "trafficPolicy: {tls: {mode: DISABLE}}";

/// A DestinationRule with a subset for a version.
fn plain(version: &str, of_subset: &str, of_rule: &str) -> String {
    let subset = format!("{{name: plain, labels: {{version: {version}}}{of_subset}}}");
    rule_in("shop", "DestinationRule", "cart", &format!("{{host: cart, subsets: [{subset}]{of_rule}}}"))
}

fn routes(name: &str, hosts: &str, subset: &str) -> String {
    let route = format!("http: [{{route: [{{destination: {{host: cart{subset}}}}}]}}]");
    rule_in("shop", "VirtualService", name, &format!("{{{hosts}, {route}}}"))
}

const MESH: &str = "hosts: [cart]";
const EDGE: &str = "hosts: [cart.example.com], gateways: [istio-system/gw]";

#[test]
fn it_is_said_that_requests_without_an_override_take_the_policy_of_a_subset() {
    let with_policy = plain("v1", &format!(", {POLICY}"), "");
    let another = plain("v1", &format!(", {POLICY}"), ", trafficPolicy: {tls: {mode: ISTIO_MUTUAL}}");
    let named = ", subset: plain";
    for rules in [
        vec![with_policy.clone()],
        vec![another],
        vec![with_policy.clone(), routes("edge", EDGE, named)],
        vec![with_policy.clone(), routes("edge", EDGE, "")],
        vec![with_policy.clone(), routes("mesh", MESH, "")],
        vec![with_policy.clone(), routes("mesh", MESH, named), routes("edge", EDGE, "")],
    ] {
        let found = rules.iter().fold(cart(), |given, rule| given.and(rule.as_str())).run();
        let finding = find(&found, Code::SubsetPolicy);
        assert_eq!(finding.severity, Severity::Warning);
        assert!(finding.message.contains("`plain`"), "{}", finding.message);
    }
}

#[test]
fn nothing_is_said_where_they_took_it_before_or_do_not_take_it() {
    let with_policy = plain("v1", &format!(", {POLICY}"), "");
    let named = ", subset: plain";
    for rules in [
        vec![with_policy.clone(), routes("mesh", MESH, named)],
        vec![with_policy, routes("mesh", MESH, named), routes("edge", EDGE, named)],
        vec![plain("v1", "", &format!(", {POLICY}"))],
        vec![plain("v1", &format!(", {POLICY}"), &format!(", {POLICY}"))],
        vec![plain("v1", ", trafficPolicy: {}", "")],
        vec![plain("v2", &format!(", {POLICY}"), "")],
    ] {
        let found = rules.iter().fold(cart(), |given, rule| given.and(rule.as_str())).run();
        assert!(!found.codes().contains(&Code::SubsetPolicy), "{rules:?}: {:#?}", found.findings);
        assert!(!found.failed(), "{:#?}", found.findings);
    }
}
