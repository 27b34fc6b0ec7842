//! Services at gateways: the first hop, for requests from outside the mesh.

use super::*;

const GATEWAY: &str = "{selector: {istio: ingressgateway}, servers: [{port: {number: 80, name: http, protocol: HTTP}, \
                       hosts: ['*.example.com']}]}";
const EXPOSED: &str = "expose: {gateways: [edge/ingress], hosts: [shop.example.com]}";

/// `reviews` in `shop` with a Gateway in another namespace, exposed.
fn exposed(expose: &str) -> Given {
    in_shop().and(rule("Gateway", "ingress", "edge", GATEWAY)).policy(&entry(expose))
}

fn entry(fields: &str) -> String {
    format!("services: [{{name: reviews, {fields}}}]")
}

/// A rule of the user's at that gateway.
fn at_gateway(hosts: &str, to: &str) -> String {
    let spec = format!(
        "{{gateways: [edge/ingress], hosts: {hosts}, http: [{{name: main, route: [{{destination: {{host: {to}}}}}]}}]}}"
    );
    rule("VirtualService", "mine", "shop", &spec)
}

#[track_caller]
fn refused(given: Given, code: Code, field: &str) -> Finding {
    let found = given.run();
    let finding = found.unchanged().findings.iter().find(|finding| finding.code == code);
    let finding = finding.unwrap_or_else(|| panic!("{code:?} is found: {:#?}", found.findings));
    assert_eq!(finding.severity, Severity::Error);
    assert_eq!(finding.place.field.as_deref(), Some(field), "{}", finding.message);
    finding.clone()
}

#[test]
fn the_rules_at_a_gateway_are_an_object_of_their_own_with_the_same_routes() {
    let found = exposed(EXPOSED).run();
    assert_eq!(found.quiet().routes("reviews"), TWO_ROUTES);
    assert_eq!(found.routes_of("reviews-overrides-gateway"), TWO_ROUTES);
    let at_gateway = found.object("VirtualService", "reviews-overrides-gateway").unwrap();
    assert_eq!(at_gateway["spec"]["gateways"], serde_json::json!(["edge/ingress"]));
    assert_eq!(at_gateway["spec"]["hosts"], serde_json::json!(["shop.example.com"]));
    let mesh = found.object("VirtualService", "reviews-overrides").unwrap();
    assert_eq!(mesh["spec"]["http"], at_gateway["spec"]["http"]);
    assert!(mesh["spec"]["gateways"].is_null(), "an explicit list would draw a warning of Istio's analyzers");
}

#[test]
fn a_rule_that_leads_to_the_service_through_a_delegate_is_merged_into() {
    let root = "{gateways: [edge/ingress], hosts: [shop.example.com], http: [{delegate: {name: leaf}}]}";
    let exposed = || exposed(EXPOSED).and(rule("VirtualService", "root", "shop", root));
    let leads_to = |host: &str| format!("{{http: [{{name: main, route: [{{destination: {{host: {host}}}}}]}}]}}");
    let leaf = |name: &str, to: &str| rule("VirtualService", name, "shop", &leads_to(to));
    let renamed = leaf("p-leaf", "reviews").replace(
        "namespace: shop",
        "namespace: shop\n  annotations: {internal.config.kubernetes.io/previousNames: leaf}",
    );
    assert!(renamed.contains("previousNames"), "{renamed}");
    for there in [leaf("leaf", "reviews"), renamed.clone()] {
        let found = exposed().and(there.as_str()).run();
        assert!(!found.failed() && found.codes().contains(&Code::Exposed), "{there}: {:#?}", found.findings);
    }
    refused(exposed().and(leaf("leaf", "other")), Code::ExposeConflict, "spec.services[0].expose.hosts[0]");
    // Another one is called so today.
    let both = exposed().and(leaf("leaf", "other")).and(renamed);
    refused(both, Code::ExposeConflict, "spec.services[0].expose.hosts[0]");
}

#[test]
fn an_exposed_service_looks_like_this() {
    insta::assert_snapshot!(exposed(EXPOSED).run().quiet().yaml());
}

#[test]
fn the_port_is_named_and_never_matched_at_a_gateway() {
    let reviews = service("reviews").port("name: http, port: 80").port("name: admin, port: 9000, appProtocol: http");
    let found = given(reviews).and(version("reviews", "v1")).and(version("reviews", "v2"));
    let policy = |port: &str| entry(&format!("expose: {{gateways: [ingress], hosts: [shop.example.com]{port}}}"));
    for port in [", port: admin", ", port: 9000", ", port: '9000'"] {
        let found = found.clone().policy(&policy(port)).run();
        assert_eq!(
            found.routes_of("reviews-overrides-gateway"),
            ["override-reviews-v2 by x-override, baggage -> v2:9000", "default-reviews -> v1:9000"]
        );
    }
    let which = refused(found.clone().policy(&policy("")), Code::ExposePort, "spec.services[0].expose");
    assert!(which.cure.contains("`http` (80), `admin` (9000)"), "{}", which.cure);
    refused(found.policy(&policy(", port: web")), Code::ExposePort, "spec.services[0].expose.port");
}

#[test]
fn a_port_that_carries_no_http_cannot_be_exposed() {
    let reviews = service("reviews").port("name: http, port: 80").port("name: tcp, port: 9000");
    let found = given(reviews).and(version("reviews", "v1")).and(version("reviews", "v2"));
    let policy = "expose: {gateways: [ingress], hosts: [shop.example.com], port: tcp}";
    refused(found.policy(&entry(policy)), Code::ExposePort, "spec.services[0].expose.port");
    let only_tcp = given(service("reviews").port("name: tcp, port: 9000"));
    let only_tcp = only_tcp.and(version("reviews", "v1")).and(version("reviews", "v2"));
    let policy = "expose: {gateways: [ingress], hosts: [shop.example.com]}";
    refused(only_tcp.policy(&entry(policy)), Code::ExposePort, "spec.services[0].expose");
}

#[test]
fn a_gateway_that_is_not_in_the_input_is_taken_on_trust() {
    let found = in_shop().policy(&entry(EXPOSED)).run();
    let finding = found.only(Code::GatewayUnknown);
    assert_eq!(finding.severity, Severity::Info);
    assert_eq!(finding.place.field.as_deref(), Some("spec.services[0].expose.gateways[0]"));
    assert_eq!(found.routes_of("reviews-overrides-gateway"), TWO_ROUTES);
}

#[test]
fn a_host_that_no_gateway_admits_is_an_error() {
    let elsewhere = "expose: {gateways: [edge/ingress], hosts: [shop.example.com, shop.example.org]}";
    refused(exposed(elsewhere), Code::HostNotAdmitted, "spec.services[0].expose.hosts[1]");
    for (servers, admitted) in [
        ("[{port: {number: 80, name: http, protocol: HTTP}, hosts: [shop/shop.example.com]}]", true),
        ("[{port: {number: 80, name: http, protocol: HTTP}, hosts: ['*/*']}]", true),
        ("[{port: {number: 443, name: https, protocol: HTTPS}, hosts: ['*'], tls: {mode: SIMPLE}}]", true),
        ("[{port: {number: 80, name: http, protocol: HTTP}, hosts: [other/shop.example.com]}]", false),
        ("[{port: {number: 80, name: http, protocol: HTTP}, hosts: [./shop.example.com]}]", false),
        ("[{port: {number: 443, name: https, protocol: HTTPS}, hosts: ['*'], tls: {mode: PASSTHROUGH}}]", false),
        ("[{port: {number: 9000, name: tcp, protocol: TCP}, hosts: ['*']}]", false),
        ("[]", false),
    ] {
        let gateway = rule("Gateway", "ingress", "edge", &format!("{{servers: {servers}}}"));
        let given = in_shop().and(gateway).policy(&entry(EXPOSED));
        if admitted {
            assert_eq!(given.run().quiet().generated.len(), 3, "{servers}");
        } else {
            refused(given, Code::HostNotAdmitted, "spec.services[0].expose.hosts[0]");
        }
    }
}

#[test]
fn several_gateways_share_the_rules_and_each_must_admit_a_host() {
    let internal = GATEWAY.replace("*.example.com", "shop.internal");
    let both = |hosts: &str| {
        let policy = format!("expose: {{gateways: [edge/ingress, shop/internal], hosts: {hosts}}}");
        exposed(&policy).and(rule("Gateway", "internal", "shop", &internal))
    };
    let found = both("[shop.example.com, shop.internal]").run();
    let at_gateway = found.quiet().object("VirtualService", "reviews-overrides-gateway").unwrap();
    assert_eq!(at_gateway["spec"]["gateways"], serde_json::json!(["edge/ingress", "shop/internal"]));
    refused(both("[shop.example.com]"), Code::HostNotAdmitted, "spec.services[0].expose.gateways[1]");
}

#[test]
fn the_same_host_at_the_same_gateway_twice_is_an_error_that_names_both() {
    let ratings = ["v1", "v2"]
        .into_iter()
        .fold(exposed(""), |given, value| given.and(version("ratings", value).namespace("shop")));
    let ratings = ratings.and(service("ratings").namespace("shop"));
    let policy = format!("services: [{{name: reviews, {EXPOSED}}}, {{name: ratings, {EXPOSED}}}]");
    let finding = refused(ratings.policy(&policy), Code::ExposeConflict, "spec.services[1].expose.hosts[0]");
    assert!(finding.message.contains("reviews") && finding.related.is_some(), "{finding:#?}");
}

/// A Gateway that kustomize gave another name.
fn renamed() -> String {
    let previous = "internal.config.kubernetes.io/previousNames: ingress\n    \
                    internal.config.kubernetes.io/previousNamespaces: edge";
    rule("Gateway", "prod-ingress", "edge", GATEWAY).replacen(
        "metadata:\n",
        &format!("metadata:\n  annotations:\n    {previous}\n"),
        1,
    )
}

#[test]
fn a_gateway_is_the_same_by_whatever_name_the_policy_and_a_rule_know_it() {
    let elsewhere = |gateway: &str| at_gateway("[shop.example.com]", "ratings").replace("edge/ingress", gateway);
    let field = "spec.services[0].expose.hosts[0]";
    for name in ["ingress.edge", "ingress.edge.svc.cluster.local"] {
        refused(exposed(EXPOSED).and(elsewhere(name)), Code::ExposeConflict, field);
    }
    let beside = in_shop().and(rule("Gateway", "ingress", "shop", GATEWAY)).and(elsewhere("./ingress"));
    refused(beside.policy(&entry(&EXPOSED.replace("edge/", ""))), Code::ExposeConflict, field);
    for (policy, rule) in [("edge/ingress", "edge/prod-ingress"), ("edge/prod-ingress", "edge/ingress")] {
        let given = in_shop().and(renamed()).policy(&entry(&EXPOSED.replace("edge/ingress", policy)));
        refused(given.clone().and(elsewhere(rule)), Code::ExposeConflict, field);
        let merged = given.and(at_gateway("[shop.example.com]", "reviews").replace("edge/ingress", rule)).run();
        assert_eq!(merged.object("VirtualService", "reviews-overrides-gateway"), None);
    }
}

#[test]
fn the_same_gateway_by_two_names_is_one() {
    let both = EXPOSED.replace("[edge/ingress]", "[edge/ingress, edge/prod-ingress]");
    let given = in_shop().and(renamed());
    let field = "spec.services[0].expose.gateways[1]";
    let twice = refused(given.clone().policy(&entry(&both)), Code::ExposeConflict, field);
    assert!(twice.message.contains("`edge/prod-ingress`"), "{}", twice.message);
    let ratings = given.and(service("ratings").namespace("shop")).and(version("ratings", "v1").namespace("shop"));
    let other = EXPOSED.replace("edge/ingress", "edge/prod-ingress");
    let policy = format!("services: [{{name: reviews, {EXPOSED}}}, {{name: ratings, {other}}}]");
    refused(ratings.policy(&policy), Code::ExposeConflict, "spec.services[1].expose.hosts[0]");
}

#[test]
fn a_rule_at_the_gateway_that_reaches_the_service_is_merged_instead() {
    let found = exposed(EXPOSED).and(at_gateway("[shop.example.com]", "reviews")).run();
    assert!(found.codes().contains(&Code::Exposed), "{:#?}", found.findings);
    assert!(found.object("VirtualService", "reviews-overrides-gateway").is_none());
    assert!(found.rendered.contains("\"override-reviews-v2-main\""), "{}", found.rendered);
}

#[test]
fn a_rule_that_reaches_the_service_through_a_delegate_is_merged_instead() {
    let root = "{gateways: [edge/ingress], hosts: [shop.example.com], http: [{delegate: {name: leaf}}]}";
    let found = exposed(EXPOSED)
        .and(rule("VirtualService", "root", "shop", root))
        .and(rule("VirtualService", "leaf", "shop", "{http: [{name: main, route: [{destination: {host: reviews}}]}]}"))
        .run();
    assert!(found.object("VirtualService", "reviews-overrides-gateway").is_none());
    assert!(found.rendered.contains("\"override-reviews-v2-main\""), "{}", found.rendered);
}

#[test]
fn a_rule_at_the_gateway_that_leads_elsewhere_is_a_conflict() {
    let given = exposed(EXPOSED).and(at_gateway("[shop.example.com]", "ratings"));
    let finding = refused(given, Code::ExposeConflict, "spec.services[0].expose.hosts[0]");
    assert!(finding.message.contains("VirtualService shop/mine"), "{}", finding.message);
    assert_eq!(finding.related.unwrap().0.field.as_deref(), Some("spec.hosts"));
}

#[test]
fn a_rule_for_some_of_the_hosts_is_a_conflict_and_nothing_is_half_done() {
    let policy = "expose: {gateways: [edge/ingress], hosts: [shop.example.com, beta.example.com]}";
    let given = exposed(policy).and(at_gateway("[shop.example.com]", "reviews"));
    refused(given, Code::ExposeConflict, "spec.services[0].expose.hosts[0]");
}

#[test]
fn nothing_is_merged_against_the_policy() {
    for existing in ["skip", "error"] {
        let policy = format!("existing: {existing}, {}", entry(EXPOSED));
        let given = exposed(EXPOSED).and(at_gateway("[shop.example.com]", "reviews")).policy(&policy);
        refused(given, Code::ExposeConflict, "spec.services[0].expose.hosts[0]");
    }
}

#[test]
fn a_rule_for_a_wildcard_that_loses_requests_is_told_of() {
    let found = exposed(EXPOSED).and(at_gateway("['*.example.com']", "ratings")).run();
    let finding = found.only(Code::Exposed);
    assert!(finding.message.contains("`*.example.com`"), "{}", finding.message);
    assert_eq!(found.routes_of("reviews-overrides-gateway"), TWO_ROUTES);
}

#[test]
fn rules_at_other_gateways_and_hosts_are_no_concern() {
    let other_gateway = at_gateway("[shop.example.com]", "ratings").replace("edge/ingress", "ingress");
    let found = exposed(EXPOSED).and(other_gateway).and(at_gateway("[other.example.com]", "ratings")).run();
    assert_eq!(found.quiet().generated.len(), 3);
}

#[test]
fn what_is_no_longer_exposed_goes_and_the_rest_stays_byte_for_byte() {
    let first = exposed(EXPOSED).run();
    let found = again(in_shop(), &first).run();
    let finding = found.only(Code::Removed);
    assert!(finding.line().contains("reviews-overrides-gateway"), "{}", finding.line());
    assert_eq!(found.generated, first.generated[..2]);
}

#[test]
fn an_object_that_is_lost_comes_back_and_the_other_one_is_not_taken_for_it() {
    let first = exposed(EXPOSED).run();
    let [rule, mesh, at_gateway] = first.generated.as_slice() else { panic!("{:?}", first.generated) };
    for kept in [[rule, mesh], [rule, at_gateway]] {
        let given = kept.iter().fold(exposed(EXPOSED), |given, object| given.and(object.as_str()));
        let mut found = given.run().quiet().generated.clone();
        found.sort();
        let mut all = first.generated.clone();
        all.sort();
        assert_eq!(found, all);
    }
}

#[test]
fn a_name_that_is_the_users_is_not_taken() {
    let own = rule("VirtualService", "reviews-overrides-gateway", "shop", "{hosts: [x.example.com], gateways: [a]}");
    let found = exposed(EXPOSED).and(own).run();
    assert_eq!(found.unchanged().only(Code::NameTaken).severity, Severity::Error);
}

#[test]
fn a_split_and_a_guard_hold_at_the_gateway_too() {
    let policy = format!("unknownVersion: reject, {}", entry(&format!("split: {{v1: 80, v2: 20}}, {EXPOSED}")));
    let found = exposed(EXPOSED).policy(&policy).run();
    let routes = found.quiet().routes_of("reviews-overrides-gateway");
    assert_eq!(
        routes,
        [
            "override-reviews-v2 by x-override, baggage -> v2",
            "override-reviews-v1 by x-override, baggage -> v1",
            "unknown-reviews by x-override, baggage -> answer 404",
            "default-reviews -> v1 80%, v2 20%",
        ]
    );
}

#[test]
fn a_service_that_is_passed_over_is_not_exposed_and_that_is_said() {
    let found = exposed(EXPOSED).policy(&entry(&format!("ignore: true, {EXPOSED}"))).run();
    assert_eq!(found.codes(), [Code::OptedOut, Code::ExposedInVain]);
    let finding = found.findings.iter().find(|finding| finding.code == Code::ExposedInVain).unwrap();
    assert_eq!(finding.place.field.as_deref(), Some("spec.services[0].expose"));
    assert!(found.generated.is_empty());
}

#[test]
fn a_gateway_that_kustomize_renamed_is_named_as_it_is_today() {
    let gateway = "apiVersion: networking.istio.io/v1\nkind: Gateway\nmetadata:\n  name: dev-ingress\n  namespace: edge\n  \
                   annotations: {internal.config.kubernetes.io/previousNames: ingress}\nspec: ";
    let found = in_shop().and(format!("{gateway}{GATEWAY}\n")).policy(&entry(EXPOSED)).run();
    let at_gateway = found.quiet().object("VirtualService", "reviews-overrides-gateway").unwrap();
    assert_eq!(at_gateway["spec"]["gateways"], serde_json::json!(["edge/dev-ingress"]));
}

#[test]
fn what_cannot_be_exposed_is_the_policys_mistake() {
    for (expose, place) in [
        ("{hosts: [a.example.com]}", "expose"),
        ("{gateways: [ingress]}", "expose"),
        ("{gateways: [], hosts: [a.example.com]}", "expose.gateways"),
        ("{gateways: [mesh], hosts: [a.example.com]}", "expose.gateways[0]"),
        ("{gateways: [a/b/c], hosts: [a.example.com]}", "expose.gateways[0]"),
        ("{gateways: [ingress, ingress], hosts: [a.example.com]}", "expose.gateways"),
        ("{gateways: [ingress], hosts: []}", "expose.hosts"),
        ("{gateways: [ingress], hosts: [Shop.example.com]}", "expose.hosts[0]"),
        ("{gateways: [ingress], hosts: ['shop.*.com']}", "expose.hosts[0]"),
        ("{gateways: [ingress], hosts: [a.example.com/b]}", "expose.hosts[0]"),
        ("{gateways: ingress, hosts: [a.example.com]}", "expose.gateways"),
        ("{gateways: [ingress], hosts: [a.example.com], port: 70000}", "expose.port"),
        ("{gateways: [ingress], hosts: [a.example.com], port: 0}", "expose.port"),
        ("{gateways: [ingress], hosts: [a.example.com], ports: http}", "expose"),
        ("[ingress]", "expose"),
    ] {
        let found = function(&two_versions().policy(&entry(&format!("expose: {expose}"))).list());
        let finding = &found.findings[0];
        assert_eq!(finding.code, Code::InvalidPolicy, "{expose}");
        let field = finding.place.field.as_deref().unwrap_or_default();
        assert!(field.starts_with(&format!("spec.services[0].{place}")), "{expose}: {field}: {}", finding.message);
    }
}

#[test]
fn what_is_exposed_is_never_skipped_for_having_one_version() {
    let one = || {
        given(service("reviews").namespace("shop"))
            .and(version("reviews", "v1").namespace("shop"))
            .and(rule("Gateway", "ingress", "edge", GATEWAY))
    };
    for others in ["", "unknownVersion: reject, "] {
        let pinned = one().policy(&[others, &entry(EXPOSED)].concat()).run();
        let found = one().policy(&["singleVersion: skip, ", others, &entry(EXPOSED)].concat()).run();
        assert_eq!(found.quiet().routes_of("reviews-overrides-gateway"), pinned.routes_of("reviews-overrides-gateway"));
        assert_eq!(found.routes("reviews"), pinned.routes("reviews"), "the routes at sidecars are the same, as always");
    }
    let other = one().and(service("other").namespace("shop")).and(version("other", "v1").namespace("shop"));
    let found = other.policy(&["singleVersion: skip, ", &entry(EXPOSED)].concat()).run();
    assert_eq!(found.only(Code::SingleVersionSkipped).place.object.as_ref().unwrap().name, "other");
}

// ------------------------------------------------------------------------- Gateways that are followed by the same proxies

/// Another Gateway for the same port and hosts, whose proxies have these labels.
fn beside(selector: &str) -> String {
    rule("Gateway", "beside", "edge", &GATEWAY.replace("istio: ingressgateway", selector))
}

#[test]
fn a_rule_at_another_gateway_of_the_same_proxies_is_a_conflict() {
    let elsewhere = |to: &str| at_gateway("[shop.example.com]", to).replace("edge/ingress", "edge/beside");
    for selector in ["istio: ingressgateway", "istio: ingressgateway, zone: a", ""] {
        let given = exposed(EXPOSED).and(beside(selector)).and(elsewhere("ratings"));
        let finding = refused(given, Code::ExposeConflict, "spec.services[0].expose.hosts[0]");
        assert!(finding.message.contains("`edge/beside`"), "{}", finding.message);
    }
    let merged = exposed(EXPOSED).and(beside("istio: ingressgateway")).and(elsewhere("reviews")).run();
    assert!(merged.codes().contains(&Code::Exposed), "{:#?}", merged.findings);
    assert_eq!(merged.object("VirtualService", "reviews-overrides-gateway"), None, "it leads there already");
    let internal = exposed(EXPOSED).and(beside("istio: internal")).and(elsewhere("ratings")).run();
    assert_eq!(internal.quiet().generated.len(), 3, "no proxy follows both");
}

#[test]
fn where_one_proxy_may_follow_both_gateways_that_is_a_warning() {
    let elsewhere = at_gateway("[shop.example.com]", "ratings").replace("edge/ingress", "edge/beside");
    let found = exposed(EXPOSED).and(beside("app: istio-ingressgateway")).and(elsewhere).run();
    let finding = found.only(Code::Exposed);
    assert_eq!(finding.severity, Severity::Warning);
    assert_eq!(found.generated.len(), 3);
}

#[test]
fn a_wildcard_that_the_server_narrows_to_the_exposed_host_is_a_conflict() {
    let gateway = GATEWAY.replace("'*.example.com'", "shop.example.com");
    let given = in_shop().and(rule("Gateway", "ingress", "edge", &gateway)).policy(&entry(EXPOSED));
    for hosts in ["['*']", "['*.example.com']", "[shop.example.com]"] {
        let given = given.clone().and(at_gateway(hosts, "ratings"));
        refused(given, Code::ExposeConflict, "spec.services[0].expose.hosts[0]");
    }
}

#[test]
fn a_wildcard_at_another_gateway_of_the_same_proxies_loses_requests_too() {
    let wide = at_gateway("['*.example.com']", "ratings").replace("edge/ingress", "edge/beside");
    let found = exposed(EXPOSED).and(beside("istio: ingressgateway")).and(wide.clone()).run();
    assert!(found.only(Code::Exposed).message.contains("`*.example.com`"));
    let on_8080 = beside("istio: ingressgateway").replace("number: 80", "number: 8080");
    exposed(EXPOSED).and(on_8080).and(wide).run().quiet();
}

#[test]
fn two_services_at_one_host_of_the_same_proxies_are_an_error_whatever_the_gateways_are_called() {
    let both = |selector: &str| {
        let ratings = service("ratings").namespace("shop");
        let given = in_shop().and(rule("Gateway", "ingress", "edge", GATEWAY)).and(beside(selector)).and(ratings);
        let given =
            given.and(version("ratings", "v1").namespace("shop")).and(version("ratings", "v2").namespace("shop"));
        let other = EXPOSED.replace("edge/ingress", "edge/beside");
        given.policy(&format!("services: [{{name: reviews, {EXPOSED}}}, {{name: ratings, {other}}}]"))
    };
    let finding = refused(both("istio: ingressgateway"), Code::ExposeConflict, "spec.services[1].expose.hosts[0]");
    assert!(finding.message.contains("edge/ingress") && finding.message.contains("reviews"), "{}", finding.message);
    assert_eq!(both("app: istio-ingressgateway").run().only(Code::Exposed).severity, Severity::Warning);
    assert_eq!(both("istio: internal").run().quiet().generated.len(), 6);
}
