//! Rules that are already there, where nothing is to be merged into them.

use super::*;

/// Given what stands beside the user's rules, and that they are to be left alone.
fn skipping(given: Given) -> Given {
    given.policy("existing: skip")
}

fn skipping_given(document: impl Document) -> Given {
    skipping(given(document))
}

fn two_versions() -> Given {
    skipping(super::two_versions())
}

fn in_shop() -> Given {
    skipping(super::in_shop())
}

/// What a rule of the user's beside `reviews` in `shop` leads to.
#[track_caller]
fn beside(rule: String) -> Outcome {
    let found = in_shop().and(&*rule).run();
    let stopped = in_shop().and(&*rule).policy("existing: error").run();
    let passed_over = found.generated.is_empty();
    assert_eq!(stopped.failed(), passed_over, "what passes a Service over stops the run when the policy wants that");
    if passed_over {
        found.unchanged();
        stopped.unchanged();
        assert_eq!(found.codes(), stopped.codes());
        assert_eq!(found.findings[0].severity, Severity::Warning);
    }
    found
}

#[test]
fn a_destination_rule_of_the_host_passes_the_service_over() {
    for host in ["reviews", "reviews.shop.svc.cluster.local", "reviews.shop.svc.example.org"] {
        let found = beside(rule("DestinationRule", "mine", "shop", &format!("{{host: {host}}}")));
        let finding = found.only(Code::DestinationRuleExists);
        assert!(finding.message.contains("DestinationRule shop/mine"), "{}", finding.message);
    }
}

#[test]
fn a_full_host_names_its_service_wherever_the_rule_is() {
    // A rule without a namespace, as it stands in a base.
    let host = "reviews.shop.svc.cluster.local";
    beside(rule("DestinationRule", "mine", "", &format!("{{host: {host}}}")));
    let found = in_shop().and(rule("DestinationRule", "mine", "", &format!("{{host: {host}}}"))).run();
    assert!(found.generated.is_empty(), "the rule is about this very host: {:?}", found.findings);
    let found = in_shop().and(rule("VirtualService", "mine", "", &format!("{{hosts: [{host}]}}"))).run();
    found.only(Code::VirtualServiceExists);
}

#[test]
fn a_rule_counts_in_every_version_of_its_api_and_of_no_other_group() {
    for version in ["v1", "v1beta1", "v1alpha3", "v9"] {
        let text =
            rule("DestinationRule", "mine", "shop", "{host: reviews}").replace("io/v1\n", &format!("io/{version}\n"));
        beside(text).only(Code::DestinationRuleExists);
        let text =
            rule("VirtualService", "mine", "shop", "{hosts: [reviews]}").replace("io/v1\n", &format!("io/{version}\n"));
        beside(text).only(Code::VirtualServiceExists);
    }
    let other =
        rule("VirtualService", "mine", "shop", "{hosts: [reviews]}").replace("networking.istio.io", "example.com");
    assert_eq!(beside(other).quiet().generated.len(), 2);
}

#[test]
fn a_rule_of_another_host_does_not_count() {
    for host in [
        "ratings",
        "reviews.other.svc.cluster.local",
        "reviews.example.com",
        "shop",
        "'*.other.svc.cluster.local'",
        "'*.example.com'",
    ] {
        assert_eq!(
            beside(rule("DestinationRule", "mine", "shop", &format!("{{host: {host}}}"))).quiet().generated.len(),
            2
        );
        assert_eq!(
            beside(rule("VirtualService", "mine", "shop", &format!("{{hosts: [{host}]}}"))).quiet().generated.len(),
            2
        );
    }
    assert_eq!(beside(rule("DestinationRule", "mine", "other", "{host: reviews}")).quiet().generated.len(), 2);
}

/// Istio takes it for no Service, so a DestinationRule is about nobody; but clients that call this name follow the routes.
#[test]
fn a_rule_that_names_the_service_by_half_counts_where_it_has_routes() {
    for host in ["reviews.shop", "reviews.shop.svc"] {
        let found = beside(rule("DestinationRule", "mine", "shop", &format!("{{host: {host}}}")));
        assert_eq!(found.quiet().generated.len(), 2);
        for namespace in ["shop", "front"] {
            beside(rule("VirtualService", "mine", namespace, &format!("{{hosts: [{host}]}}")))
                .only(Code::VirtualServiceExists);
        }
    }
}

#[test]
fn a_destination_rule_from_further_away_that_covers_the_host_passes_the_service_over() {
    let covering = [
        ("shop", "'*.shop.svc.cluster.local'"),
        ("shop", "'*.svc.cluster.local'"),
        ("shop", "'*.local'"),
        ("shop", "'*'"),
        ("istio-system", "'*.local'"),
        ("istio-system", "'*.shop.svc.cluster.local'"),
        ("istio-system", "reviews.shop.svc.cluster.local"),
    ];
    for (namespace, host) in covering {
        let found = beside(rule("DestinationRule", "wide", namespace, &format!("{{host: {host}}}")));
        assert!(found.only(Code::DestinationRuleCovers).message.contains("wide"), "{namespace} {host}");
    }
}

#[test]
fn the_root_namespace_is_the_policys() {
    let root = rule("DestinationRule", "wide", "mesh", "{host: '*.local'}");
    in_shop().and(&*root).run().only(Code::DestinationRuleHides);
    in_shop().and(&*root).policy("rootNamespace: mesh").run().only(Code::DestinationRuleCovers);
}

#[test]
fn a_destination_rule_in_a_clients_namespace_passes_the_service_over() {
    for host in ["reviews.shop.svc.cluster.local", "'*.shop.svc.cluster.local'", "'*.local'"] {
        beside(rule("DestinationRule", "mine", "front", &format!("{{host: {host}}}"))).only(Code::DestinationRuleHides);
    }
}

#[test]
fn a_virtual_service_of_the_host_at_the_mesh_passes_the_service_over() {
    for spec in [
        "{hosts: [reviews]}",
        "{hosts: [other, reviews.shop.svc.cluster.local]}",
        "{hosts: [reviews], gateways: []}",
        "{hosts: [reviews], gateways: [mesh]}",
        "{hosts: [reviews], gateways: [ingress, mesh]}",
    ] {
        let found = beside(rule("VirtualService", "mine", "shop", spec));
        assert!(found.only(Code::VirtualServiceExists).message.contains("VirtualService shop/mine"), "{spec}");
    }
    beside(rule("VirtualService", "mine", "front", "{hosts: [reviews.shop.svc.cluster.local]}"))
        .only(Code::VirtualServiceExists);
    for host in ["'*.shop.svc.cluster.local'", "'*.local'"] {
        beside(rule("VirtualService", "mine", "shop", &format!("{{hosts: [{host}]}}")))
            .only(Code::VirtualServiceCovers);
    }
}

#[test]
fn a_virtual_service_at_a_gateway_does_not_count_but_a_route_without_subset_is_warned_about() {
    let edge = |destination: &str| {
        rule(
            "VirtualService",
            "edge",
            "shop",
            &format!(
                "{{hosts: [reviews, shop.example.com], gateways: [ingress], http: [{{route: [{{destination: \
                 {destination}}}]}}]}}"
            ),
        )
    };
    assert_eq!(beside(edge("{host: reviews, subset: v1}")).quiet().generated.len(), 2);
    assert_eq!(beside(edge("{host: ratings}")).quiet().generated.len(), 2);
    for destination in ["{host: reviews}", "{host: reviews.shop.svc.cluster.local, port: {number: 80}}"] {
        let found = beside(edge(destination));
        let finding = found.only(Code::RouteWithoutSubset);
        assert_eq!(finding.severity, Severity::Warning);
        assert_eq!(finding.place.field.as_deref(), Some("spec.http[0].route[0].destination"));
        assert_eq!(found.generated.len(), 2);
    }
    let single = skipping_given(service("reviews").namespace("shop"))
        .and(version("reviews", "v1").namespace("shop"))
        .and(edge("{host: reviews}"))
        .run();
    assert_eq!(single.only(Code::RouteWithoutSubset).severity, Severity::Info, "there is nothing to spread over");
}

#[test]
fn a_rule_that_says_the_name_before_kustomize_changed_it_is_found() {
    let renamed = || {
        skipping_given(
            service("dev-reviews")
                .namespace("dev")
                .selector("{app: reviews}")
                .annotation("internal.config.kubernetes.io/previousNames: reviews")
                .annotation("internal.config.kubernetes.io/previousNamespaces: default"),
        )
        .and(version("reviews", "v1").namespace("dev"))
        .and(version("reviews", "v2").namespace("dev"))
    };
    assert_eq!(renamed().run().quiet().generated.len(), 2);
    for (kind, spec) in [("DestinationRule", "{host: reviews}"), ("VirtualService", "{hosts: [reviews]}")] {
        let found = renamed().and(rule(kind, "mine", "dev", spec)).run();
        let finding = found.only(Code::OldName);
        assert!(finding.cure.contains("`configurations:`"), "{}", finding.cure);
        found.unchanged();
    }
    let renamed_too = renamed().and(rule("DestinationRule", "mine", "dev", "{host: dev-reviews}")).run();
    renamed_too.only(Code::DestinationRuleExists);
}

#[test]
fn what_is_wrong_with_the_versions_of_a_service_that_is_left_alone_is_nobodys_business() {
    let found = in_shop()
        .and(deployment("third").namespace("shop").of("reviews"))
        .and(rule("VirtualService", "mine", "shop", "{hosts: [reviews]}"))
        .run();
    found.only(Code::VirtualServiceExists);
}

#[test]
fn an_object_of_the_users_with_the_name_of_a_generated_one_is_an_error() {
    let found = in_shop().and(rule("VirtualService", "reviews-overrides", "shop", "{hosts: [other]}")).run();
    found.only(Code::NameTaken);
    found.unchanged();
    let elsewhere = in_shop().and(rule("VirtualService", "reviews-overrides", "other", "{hosts: [other]}")).run();
    assert_eq!(elsewhere.quiet().generated.len(), 2);
    let only_labelled = rule("DestinationRule", "reviews-overrides", "shop", "{host: other}")
        .replace("metadata:\n", "metadata:\n  labels: {app.kubernetes.io/managed-by: overrides}\n");
    in_shop().and(only_labelled).run().only(Code::NameTaken);
}

#[test]
fn rules_that_stop_the_run_stop_it_for_services_without_versions_too() {
    let own = || rule("DestinationRule", "reviews", "", "{host: reviews}");
    for workloads in [Vec::new(), vec![deployment("reviews").of("reviews")]] {
        let all = workloads.into_iter().fold(skipping_given(service("reviews")), Given::and);
        let run = all.and(own()).policy("existing: error").run();
        assert_eq!(run.only(Code::DestinationRuleExists).severity, Severity::Error);
    }
}

#[test]
fn a_gateways_route_that_says_a_former_name_is_pointed_out() {
    let renamed = service("pre-reviews")
        .selector("{app: reviews}")
        .annotation("internal.config.kubernetes.io/previousNames: reviews");
    let spec = "{hosts: [shop.example.com], gateways: [ingress], http: [{route: [{destination: {host: reviews, subset: v1}}]}]}";
    let found =
        skipping_given(renamed).and(version("reviews", "v1")).and(rule("VirtualService", "edge", "", spec)).run();
    let finding = found.only(Code::OldName);
    assert_eq!(finding.place.field.as_deref(), Some("spec.http[0].route[0].destination"));
    assert!(!found.generated.is_empty(), "a gateway's own rule is no reason to pass the Service over");
}

#[test]
fn mirrors_without_a_subset_are_routes_without_one() {
    let spec = "{hosts: [shop.example.com], gateways: [ingress], http: [{route: [{destination: {host: other}}], \
                mirror: {host: reviews}, mirrors: [{destination: {host: reviews}}]}]}";
    let found = two_versions().and(rule("VirtualService", "edge", "", spec)).run();
    assert_eq!(found.codes(), [Code::RouteWithoutSubset, Code::RouteWithoutSubset], "{:#?}", found.findings);
    let fields: Vec<_> = found.findings.iter().filter_map(|finding| finding.place.field.as_deref()).collect();
    assert_eq!(fields, ["spec.http[0].mirror", "spec.http[0].mirrors[0].destination"]);
}

/// A gateway's route to a version of `reviews`.
fn at_a_gateway(subset: &str) -> String {
    let destination = format!("{{destination: {{host: reviews, subset: {subset}}}}}");
    rule(
        "VirtualService",
        "edge",
        "",
        &format!("{{hosts: [shop.example.com], gateways: [ingress], http: [{{route: [{destination}]}}]}}"),
    )
}

#[test]
fn a_route_to_a_version_that_is_gone_stops_the_run() {
    two_versions().and(at_a_gateway("v2")).run().quiet();
    let gone = skipping_given(service("reviews")).and(version("reviews", "v2")).and(at_a_gateway("v1")).run();
    let finding = gone.unchanged().only(Code::UnknownSubset);
    assert_eq!(finding.severity, Severity::Error);
    assert_eq!(finding.place.field.as_deref(), Some("spec.http[0].route[0].destination.subset"));
}

#[test]
fn generated_subsets_that_routes_lead_to_are_not_removed() {
    let earlier = two_versions().run();
    let annotated = service("reviews").annotation("overrides.dev/ignore: 'true'");
    let ignored = skipping_given(annotated).and(version("reviews", "v1")).and(at_a_gateway("v1"));
    let stopped = |run: Outcome| assert!(run.failed() && run.unchanged().codes().contains(&Code::UnknownSubset));
    stopped(again(ignored, &earlier).run());

    let one_left = skipping_given(service("reviews")).and(version("reviews", "v1")).and(at_a_gateway("v1"));
    stopped(again(one_left.clone().policy("existing: skip, singleVersion: skip"), &earlier).run());
    assert!(!again(one_left, &earlier).run().failed());

    let own = rule(
        "VirtualService",
        "own",
        "",
        "{hosts: [reviews], http: [{route: [{destination: {host: reviews, subset: v1}}]}]}",
    );
    stopped(again(two_versions().and(own), &earlier).run());
}

#[test]
fn a_route_to_a_subset_of_a_service_without_rules_is_warned_about() {
    let skipped = skipping_given(service("reviews")).and(version("reviews", "v1")).and(at_a_gateway("v1"));
    let found = skipped.policy("existing: skip, singleVersion: skip").run();
    assert_eq!(found.codes(), [Code::SingleVersionSkipped, Code::UnknownSubset]);
    assert!(!found.failed());
    let own = two_versions().and(at_a_gateway("v9")).and(rule("DestinationRule", "own", "", "{host: reviews}")).run();
    assert_eq!(own.codes(), [Code::DestinationRuleExists], "what the rule of somebody else's holds is theirs to know");

    let tcp = Given::default().and(service("reviews").port("name: tcp, port: 80")).and(version("reviews", "v1"));
    let found = tcp.and(at_a_gateway("v1")).run();
    assert_eq!(found.codes(), [Code::SingleVersionWithoutHttp, Code::UnknownSubset], "{:#?}", found.findings);
    assert!(!found.failed());
}

#[test]
fn a_route_to_a_subset_that_the_user_defines_is_no_surprise() {
    let subset = "subsets: [{name: v1, labels: {version: v1}}]";
    let one_version = |service| Given::default().and(service).and(version("reviews", "v1")).and(at_a_gateway("v1"));
    for host in ["reviews", "'*.svc.cluster.local'"] {
        let own = rule("DestinationRule", "own", "", &format!("{{host: {host}, {subset}}}"));
        let skipped = one_version(service("reviews")).and(own.as_str()).policy("singleVersion: skip").run();
        assert_eq!(skipped.codes(), [Code::SingleVersionSkipped], "{host}: {:#?}", skipped.findings);
        let tcp = one_version(service("reviews").port("name: tcp, port: 80")).and(own.as_str()).run();
        assert_eq!(tcp.codes(), [Code::SingleVersionWithoutHttp], "{host}: {:#?}", tcp.findings);
    }
    // For some clients only, or hidden by a rule that has the name.
    let lacking = rule("DestinationRule", "exact", "", "{host: reviews}");
    let wildcard = rule("DestinationRule", "own", "", &format!("{{host: '*.svc.cluster.local', {subset}}}"));
    let selecting = format!("{{host: reviews, workloadSelector: {{matchLabels: {{a: b}}}}, {subset}}}");
    let exported = format!("{{host: reviews, exportTo: [.], {subset}}}");
    let for_some = |spec: &str| rule("DestinationRule", "own", "", spec);
    let (selecting, exported) = (for_some(&selecting), for_some(&exported));
    for rules in [vec![&lacking, &wildcard], vec![&selecting], vec![&exported]] {
        let given = rules.iter().fold(one_version(service("reviews")), |given, rule| given.and(rule.as_str()));
        let found = given.policy("singleVersion: skip").run();
        assert!(found.codes().contains(&Code::UnknownSubset), "{rules:?}: {:#?}", found.findings);
    }
}

#[test]
fn hosts_mean_the_same_in_any_case() {
    let spec =
        "{hosts: [Reviews.Default.svc.cluster.local], http: [{route: [{destination: {host: reviews, subset: v1}}]}]}";
    let found = two_versions().and(rule("VirtualService", "own", "", spec)).run();
    assert!(found.codes().contains(&Code::VirtualServiceExists), "{:#?}", found.findings);
}
