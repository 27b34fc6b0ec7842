//! Which of several rules Istio follows.

use overrides::explain::{Outcome, Settings};

use crate::asking::{SUBSETS, ask, config, dated, decider, remark, remarks, reviews, route, rule, to};
use crate::support::given::{service, version};

/// `reviews` in two versions with subsets, and more objects.
fn with(objects: &[&str]) -> String {
    let subsets = rule("DestinationRule", "subsets", "", &format!("{{host: reviews, {SUBSETS}}}"));
    let objects: String = objects.iter().flat_map(|object| ["---\n", object]).collect();
    config(&[&reviews(&["v1", "v2"]), &subsets, &objects])
}

/// The `spec` of a VirtualService that sends everything to one subset.
fn all_to(subset: &str, hosts: &str) -> String {
    format!(
        "{{hosts: [{hosts}], http: [{{route: [{{destination: {{host: reviews.default.svc.cluster.local, subset: {subset}}}}}]}}]}}"
    )
}

#[test]
fn of_several_virtual_services_the_oldest_counts_and_then_the_first_by_name() {
    let (first, second) = (all_to("v1", "reviews"), all_to("v2", "reviews"));
    let undated = with(&[&rule("VirtualService", "b", "", &second), &rule("VirtualService", "a", "", &first)]);
    let answer = ask(undated).of("reviews");
    assert_eq!((answer.version(), decider(&answer)), (Some("v1"), "a"));
    let said = remark(&answer);
    assert!(said.starts_with("VirtualService b (mesh.yaml:"), "{said}");
    assert!(said.contains("is ignored, for Istio uses VirtualService a (mesh.yaml:"), "{said}");
    assert!(said.contains("only a cluster knows, so it is taken to be the first by name"), "{said}");

    let old = dated("VirtualService", "b", "", "2020-01-01T00:00:00Z", &second);
    let new = dated("VirtualService", "a", "", "2024-01-01T00:00:00Z", &first);
    let answer = ask(with(&[&new, &old])).of("reviews");
    assert_eq!((answer.version(), decider(&answer)), (Some("v2"), "b"));
    assert!(remark(&answer).ends_with("the older one counts"), "{}", remark(&answer));

    let not_there_yet = rule("VirtualService", "a", "", &first);
    assert_eq!(decider(&ask(with(&[&not_there_yet, &old])).of("reviews")), "b");
}

#[test]
fn a_host_beats_a_wildcard_and_a_long_wildcard_a_short_one() {
    let any = dated("VirtualService", "any", "", "2020-01-01T00:00:00Z", &all_to("v1", "'*.cluster.local'"));
    let near = rule("VirtualService", "near", "", &all_to("v2", "'*.default.svc.cluster.local'"));
    let own = rule("VirtualService", "own", "", &all_to("v2", "reviews"));
    let answer = ask(with(&[&any, &near, &own])).of("reviews");
    assert_eq!(decider(&answer), "own");
    assert!(remarks(&answer).iter().all(|said| said.ends_with("the one that names the host itself counts")));
    assert_eq!(remarks(&answer).len(), 2);
    let answer = ask(with(&[&any, &near])).of("reviews");
    assert_eq!(decider(&answer), "near");
    assert!(remark(&answer).ends_with("the longer wildcard counts"));
    assert_eq!(decider(&ask(with(&[&any])).of("reviews")), "any");
}

#[test]
fn a_rule_for_gateways_alone_says_nothing_about_calls_in_the_mesh() {
    let spec = |gateways: &str| all_to("v2", "reviews").replacen('{', &format!("{{gateways: [{gateways}], "), 1);
    let edge = ask(with(&[&rule("VirtualService", "edge", "", &spec("edge"))]));
    assert_eq!(edge.to("reviews"), "any of v1, v2");
    assert!(edge.remarks()[0].starts_with("for gateways alone, so not evaluated"), "{:?}", edge.remarks());
    let both = ask(with(&[&rule("VirtualService", "both", "", &spec("edge, mesh"))]));
    assert_eq!(both.to("reviews"), "v2");
    assert!(both.remarks().is_empty());
}

#[test]
fn a_rule_is_only_for_the_namespaces_that_it_is_exported_to() {
    let spec = |export: &str| all_to("v2", "reviews").replacen('{', &format!("{{exportTo: [{export}], "), 1);
    let own = with(&[&rule("VirtualService", "own", "", &spec("."))]);
    assert_eq!(ask(&own).to("reviews"), "v2");
    assert_eq!(ask(&own).from("web").to("reviews"), "any of v1, v2");
    let web = with(&[&rule("VirtualService", "web", "", &spec("web"))]);
    assert_eq!(ask(&web).from("web").to("reviews"), "v2");
    assert_eq!(ask(&web).to("reviews"), "any of v1, v2");

    let old = dated("VirtualService", "all", "", "2020-01-01T00:00:00Z", &all_to("v1", "reviews"));
    let answer = ask(with(&[&old, &rule("VirtualService", "own", "", &spec("."))])).of("reviews");
    assert_eq!(decider(&answer), "own", "what is for the caller's namespace comes before what is older");
    assert!(remark(&answer).contains("in particular"), "{}", remark(&answer));
}

#[test]
fn a_name_with_a_dot_is_not_expanded_and_that_is_said() {
    let answer = ask(with(&[&rule("VirtualService", "half", "", &all_to("v2", "reviews.default"))])).of("reviews");
    assert_eq!(answer.outcome.to_string(), "any of v1, v2");
    let said = remarks(&answer);
    assert!(said[0].contains("names `reviews.default`, which Istio does not take for this Service"), "{said:?}");
}

#[test]
fn a_short_name_is_one_of_the_rules_own_namespace() {
    let text = config(&[
        &service("reviews").namespace("shop"),
        &version("reviews", "v1").namespace("shop"),
        &rule("VirtualService", "r", "web", "{hosts: [reviews], http: [{directResponse: {status: 418}}]}"),
    ]);
    assert_eq!(ask(&text).to("shop/reviews"), "v1");
    let text = text.replace("namespace: web", "namespace: shop");
    assert_eq!(ask(&text).to("shop/reviews"), "reply 418");
}

// ---------------------------------------------------------------- DestinationRules

/// `shop/reviews` in two versions, all to v2, and these DestinationRules.
fn ruled(rules: &[String]) -> String {
    let host = "reviews.shop.svc.cluster.local";
    let to = format!("{{hosts: [{host}], http: [{{route: [{{destination: {{host: {host}, subset: v2}}}}]}}]}}");
    let rules: String = rules.iter().flat_map(|rule| ["---\n", rule]).collect();
    config(&[
        &service("reviews").namespace("shop"),
        &version("reviews", "v1").namespace("shop"),
        &version("reviews", "v2").namespace("shop"),
        &rule("VirtualService", "r", "shop", &to),
        &rules,
    ])
}

fn subsets(name: &str, namespace: &str, host: &str, rest: &str) -> String {
    rule("DestinationRule", name, namespace, &format!("{{host: '{host}', {rest}}}"))
}

const REVIEWS: &str = "reviews.shop.svc.cluster.local";

#[test]
fn a_destination_rule_in_the_callers_namespace_hides_all_others() {
    let own = subsets("own", "shop", "reviews", SUBSETS);
    let callers = subsets("callers", "web", REVIEWS, "trafficPolicy: {}");
    let text = ruled(&[own, callers]);
    assert_eq!(ask(&text).to("shop/reviews"), "v2");
    assert_eq!(ask(&text).from("api").to("shop/reviews"), "v2");
    let hidden = ask(&text).from("web").of("shop/reviews");
    assert_eq!(hidden.outcome.to_string(), "nobody (503)");
    assert!(remark(&hidden).starts_with("DestinationRule web/callers ("), "{}", remark(&hidden));
}

#[test]
fn the_root_namespace_is_asked_last_and_a_host_comes_before_a_wildcard() {
    let root = subsets("root", "istio-system", REVIEWS, SUBSETS);
    let text = ruled(std::slice::from_ref(&root));
    assert_eq!(ask(&text).from("web").to("shop/reviews"), "v2");
    let elsewhere = Settings { root_namespace: "mesh".to_owned(), ..Settings::default() };
    assert_eq!(ask(&text).settings(elsewhere).to("shop/reviews"), "nobody (503)");
    let wildcard = subsets("wildcard", "shop", "*.shop.svc.cluster.local", "trafficPolicy: {}");
    assert_eq!(ask(ruled(&[root, wildcard.clone()])).to("shop/reviews"), "nobody (503)", "nearer, though a wildcard");
    let own = subsets("own", "shop", "reviews", SUBSETS);
    assert_eq!(ask(ruled(&[wildcard, own])).to("shop/reviews"), "v2");
}

#[test]
fn destination_rules_for_one_host_are_merged_where_they_are_exported_alike() {
    let v1 = "subsets: [{name: v1, labels: {version: v1}}]";
    let v2 = "subsets: [{name: v2, labels: {version: v2}}]";
    let text = ruled(&[subsets("a", "shop", "reviews", v1), subsets("b", "shop", REVIEWS, v2)]);
    assert_eq!(ask(text).to("shop/reviews"), "v2");
    let twice = "subsets: [{name: v2, labels: {version: v1}}]";
    let text = ruled(&[subsets("b", "shop", "reviews", v2), subsets("a", "shop", "reviews", twice)]);
    assert_eq!(ask(text).to("shop/reviews"), "v1", "of two subsets of one name the first rule's counts");
    let private = subsets("a", "shop", "reviews", &format!("exportTo: ['.'], {v2}"));
    let text = ruled(&[private, subsets("b", "shop", "reviews", v1)]);
    assert_eq!(ask(text).from("web").to("shop/reviews"), "nobody (503)");
}

#[test]
fn a_destination_rule_may_be_for_some_callers_only() {
    let some = format!("workloadSelector: {{matchLabels: {{app: web}}}}, {SUBSETS}");
    let text = ruled(&[subsets("some", "web", REVIEWS, &some)]);
    let unknown = ask(&text).from("web").of("shop/reviews");
    assert!(matches!(unknown.outcome, Outcome::NotEvaluated { .. }), "{unknown:?}");
    assert_eq!(ask(&text).from("web").labelled("app", "web").to("shop/reviews"), "v2");
    assert_eq!(ask(&text).from("web").labelled("app", "api").to("shop/reviews"), "nobody (503)");
}

// ---------------------------------------------------------------- delegates

/// A root that delegates under a condition, and its delegate.
fn delegated(condition: &str, delegate: &str) -> String {
    let root = format!(
        "{{hosts: [reviews], http: [{{name: root, match: [{condition}], delegate: {{name: leaf}}}}, {{{}}}]}}",
        to("v1")
    );
    with(&[&rule("VirtualService", "top", "", &root), &rule("VirtualService", "leaf", "", delegate)])
}

#[test]
fn a_delegates_routes_stand_under_the_roots_conditions() {
    let leaf = format!("{{http: [{{name: leaf, match: [{{headers: {{x-user: {{exact: me}}}}}}], {}}}]}}", to("v2"));
    let text = delegated("{uri: {prefix: /a}}", &leaf);
    let answer = ask(&text).path("/a/b").header("x-user", "me").of("reviews");
    assert_eq!((answer.version(), route(&answer), decider(&answer)), (Some("v2"), "root-leaf", "leaf"));
    assert_eq!(ask(&text).path("/b").header("x-user", "me").to("reviews"), "v1");
    assert_eq!(ask(&text).path("/a").to("reviews"), "v1", "what the delegate does not take goes on");
}

#[test]
fn a_delegate_that_contradicts_its_root_is_left_out() {
    let leaf = format!("{{http: [{{name: leaf, match: [{{uri: {{prefix: /}}}}], {}}}]}}", to("v2"));
    let answer = ask(delegated("{uri: {prefix: /a}}", &leaf)).path("/a").of("reviews");
    assert_eq!(answer.version(), Some("v1"));
    assert!(remark(&answer).contains("contradicts the matches of route root"), "{}", remark(&answer));
    let leaf = format!("{{http: [{{name: leaf, match: [{{method: {{exact: GET}}}}], {}}}]}}", to("v2"));
    let answer = ask(delegated("{uri: {prefix: /a}, ignoreUriCase: true}", &leaf)).path("/a").of("reviews");
    assert_eq!(answer.version(), Some("v1"), "even where only the root ignores the case of the URI");
}

#[test]
fn a_delegate_that_is_not_there_or_not_exported_is_left_out() {
    let root = "{hosts: [reviews], http: [{delegate: {name: leaf, namespace: web}}, {directResponse: {status: 418}}]}";
    let text = with(&[&rule("VirtualService", "top", "", root)]);
    let answer = ask(&text).of("reviews");
    assert_eq!(answer.outcome.to_string(), "reply 418");
    assert!(
        remark(&answer).contains("delegates to VirtualService web/leaf, which is not there"),
        "{}",
        remark(&answer)
    );
    let leaf = rule("VirtualService", "leaf", "web", "{exportTo: ['.'], http: [{directResponse: {status: 200}}]}");
    assert_eq!(ask(format!("{text}---\n{leaf}")).to("reviews"), "reply 418");
    let leaf = leaf.replace("'.'", "default");
    assert_eq!(ask(format!("{text}---\n{leaf}")).to("reviews"), "reply 200");

    let nothing_else = text.replace(", {directResponse: {status: 418}}", "");
    let answer = ask(nothing_else).of("reviews");
    assert_eq!(decider(&answer), "none", "a VirtualService without a route is none");
    assert!(remarks(&answer)[0].contains("delegates to VirtualService web/leaf"), "{:?}", remarks(&answer));
}

// ---------------------------------------------------------------- other objects

#[test]
fn objects_that_are_not_evaluated_are_named() {
    let parent = "{parentRefs: [{kind: Service, name: reviews}]}";
    let http_route =
        rule("HTTPRoute", "grpc", "", parent).replace("networking.istio.io/v1", "gateway.networking.k8s.io/v1");
    let text = with(&[&rule("Sidecar", "default", "", "{}"), &rule("EnvoyFilter", "lua", "", "{}"), &http_route]);
    let said = ask(&text).remarks();
    assert_eq!(said.len(), 3, "{said:?}");
    for (said, name) in said.iter().zip(["Sidecar default", "EnvoyFilter lua", "HTTPRoute grpc"]) {
        assert!(said.starts_with(name) && said.ends_with("it is not evaluated"), "{said}");
    }
    let at_a_gateway = http_route.replace("kind: Service", "kind: Gateway");
    assert!(ask(with(&[&at_a_gateway])).remarks().is_empty());
}

#[test]
fn what_never_reaches_a_cluster_does_not_count() {
    let local = rule("VirtualService", "local", "", &all_to("v2", "reviews"))
        .replace("  name: local\n", "  name: local\n  annotations: {config.kubernetes.io/local-config: 'true'}\n");
    assert_eq!(ask(with(&[&local])).to("reviews"), "any of v1, v2");
}

#[test]
fn one_service_twice_is_said() {
    let said = ask(config(&[&service("reviews"), &service("reviews").namespace("default")])).remarks();
    assert!(said[0].contains("is the same object as"), "{said:?}");
}
