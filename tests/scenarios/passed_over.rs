//! Single versions, selections, opting out.

use super::*;

#[test]
fn a_service_with_one_version_is_pinned_unless_the_policy_skips_it() {
    let one = given(service("reviews")).and(version("reviews", "v1"));
    assert_eq!(one.run().quiet().routes("reviews"), ["default-reviews -> v1"]);
    let skipped = one.policy("singleVersion: skip").run();
    skipped.only(Code::SingleVersionSkipped);
    skipped.unchanged();
    assert_eq!(two_versions().policy("singleVersion: skip").run().quiet().routes("reviews"), TWO_ROUTES);
}

#[test]
fn a_policy_may_select_services_by_their_labels() {
    let shop = given(service("reviews").label("team: a").label("tier: web"))
        .and(version("reviews", "v1"))
        .and(service("ratings").label("team: b"))
        .and(version("ratings", "v1"))
        .and(service("details"))
        .and(version("details", "v1"));
    let selections = [
        ("select: {}", "details ratings reviews"),
        ("select:", "details ratings reviews"),
        ("select: {matchLabels: {team: a}}", "reviews"),
        ("select: {matchLabels: {team: a, tier: db}}", ""),
        ("select: {matchExpressions: [{key: team, operator: In, values: [a, b]}]}", "ratings reviews"),
        ("select: {matchExpressions: [{key: team, operator: NotIn, values: [a]}]}", "details ratings"),
        ("select: {matchExpressions: [{key: tier, operator: Exists}]}", "reviews"),
        ("select: {matchExpressions: [{key: tier, operator: DoesNotExist}]}", "details ratings"),
        ("select: {matchLabels: {team: a}, matchExpressions: [{key: tier, operator: DoesNotExist}]}", ""),
    ];
    for (policy, expected) in selections {
        let found = shop.clone().policy(policy).run();
        let selected: Vec<&str> =
            ["details", "ratings", "reviews"].into_iter().filter(|name| !found.routes(name).is_empty()).collect();
        assert_eq!(selected.join(" "), expected, "{policy}");
        assert_eq!(found.codes(), vec![Code::OptedOut; 3 - selected.len()]);
    }
}

#[test]
fn a_service_may_opt_out() {
    for value in ["'true'", "true", "\"true\""] {
        let found = given(service("reviews").annotation(&format!("overrides.dev/ignore: {value}")))
            .and(version("reviews", "v1"))
            .run();
        found.only(Code::OptedOut);
        found.unchanged();
    }
    let found =
        given(service("reviews").annotation("overrides.dev/ignore: 'false'")).and(version("reviews", "v1")).run();
    assert_eq!(found.quiet().routes("reviews"), ["default-reviews -> v1"]);
    two_versions().policy("services: [{name: reviews, ignore: true}]").run().only(Code::OptedOut);
}

#[test]
fn annotations_that_mean_nothing_are_pointed_out() {
    let with = |annotation: &str| {
        given(service("reviews").annotation(annotation))
            .and(version("reviews", "v1"))
            .and(version("reviews", "v2"))
            .run()
    };
    with("overrides.dev/ignore: 'True'").unchanged().only(Code::OptedOut);
    with("overrides.dev/ignore: 'false'").quiet();
    let found = with("overrides.dev/ignore: 'yes'");
    let finding = found.unchanged().only(Code::WrongType);
    assert_eq!(finding.place.field.as_deref(), Some("metadata.annotations[overrides.dev/ignore]"));

    let found = with("overrides.dev/default-verson: v2");
    let finding = found.only(Code::UnknownAnnotation);
    assert_eq!(
        (finding.severity, finding.cure.as_str()),
        (Severity::Warning, "Did you mean `overrides.dev/default-version`?")
    );
}

#[test]
fn a_pinned_label_with_dots_in_its_key_is_named_by_its_place() {
    let selector = "{app: reviews, app.kubernetes.io/version: v1}";
    let found = given(service("reviews").selector(selector))
        .and(version("reviews", "v1").pod_label("app.kubernetes.io/version: v1"))
        .policy("versionLabels: [app.kubernetes.io/version]")
        .run();
    let finding = found.only(Code::SelectorPinsVersion);
    assert_eq!(finding.place.field.as_deref(), Some("spec.selector[app.kubernetes.io/version]"));
}

#[test]
fn a_service_whose_name_would_mean_something_else_as_a_host_is_passed_over() {
    let names =
        ["'*'", "'*.example.com'", "www.example.com", "ratings.prod.svc.cluster.local", "'%REQ(cookie)%'", "Cart"];
    for name in names {
        let strange = two_versions().and(service(name).selector("{app: reviews}")).run();
        let finding = strange.only(Code::IllegalName);
        assert_eq!(finding.place.field.as_deref(), Some("metadata.name"), "{name}");
        assert_eq!(strange.generated, two_versions().run().generated, "{name}: only `reviews` has rules");
    }
    for namespace in ["'*'", "a.b", "'prod|.*'"] {
        let found =
            given(service("reviews").namespace(namespace)).and(version("reviews", "v1").namespace(namespace)).run();
        assert_eq!(found.only(Code::IllegalName).place.field.as_deref(), Some("metadata.namespace"), "{namespace}");
        found.unchanged();
    }
}

/// `reviews` in three versions, and a Service of that name that selects `v1` alone.
fn pinned() -> Given {
    two_versions_of("reviews")
        .and(version("reviews", "v3"))
        .and(service("reviews").selector("{app: reviews, version: v1}"))
}

fn two_versions_of(name: &str) -> Given {
    given(version(name, "v1")).and(version(name, "v2"))
}

#[test]
fn a_service_that_pins_a_version_says_which_others_nobody_can_reach() {
    let found = pinned().run();
    let finding = found.unchanged().only(Code::SelectorPinsVersion);
    assert_eq!(finding.severity, Severity::Warning);
    assert!(finding.message.contains("versions `v2`, `v3` of the same workload"), "{}", finding.message);
    assert!(finding.cure.contains("remove `version` from its selector"), "{}", finding.cure);
    assert!(finding.cure.contains("`overrides.dev/default-version: v1`"), "{}", finding.cure);
}

#[test]
fn the_cure_for_a_pinned_version_keeps_baseline_traffic_where_it_is() {
    let found =
        two_versions_of("reviews").and(service("reviews").annotation("overrides.dev/default-version: v2")).run();
    assert_eq!(
        found.quiet().routes("reviews"),
        ["override-reviews-v1 by x-override, baggage -> v1", "default-reviews -> v2"]
    );
}

#[test]
fn versions_that_another_service_selects_are_not_missed() {
    let whole = pinned().and(service("all").selector("{app: reviews}")).run();
    assert_eq!(whole.only(Code::SelectorPinsVersion).severity, Severity::Info);
    let each = ["v2", "v3"].into_iter().fold(pinned(), |given, value| {
        given.and(service(&format!("reviews-{value}")).selector(&format!("{{app: reviews, version: {value}}}")))
    });
    let severities: Vec<Severity> = each.run().findings.iter().map(|finding| finding.severity).collect();
    assert_eq!(severities, [Severity::Info; 3], "a Service for each version");
    let some = pinned().and(service("reviews-v2").selector("{version: v2}")).run();
    let messages: Vec<&str> = some.findings.iter().map(|finding| finding.message.as_str()).collect();
    assert!(messages[0].contains("selects version `v3` of"), "{messages:?}");
    assert_eq!(some.findings[1].severity, Severity::Info);
}

#[test]
fn only_other_versions_of_the_same_workload_count() {
    let pinned = || given(service("reviews").selector("{app: reviews, version: v1}")).and(version("reviews", "v1"));
    for (what, given) in [
        ("another app", pinned().and(version("ratings", "v2"))),
        ("another namespace", pinned().and(version("reviews", "v2").namespace("other"))),
        ("no version", pinned().and(deployment("reviews").of("reviews"))),
        ("nothing in common but the version", two_versions_of("a").and(service("a").selector("{version: v1}"))),
    ] {
        let found = given.run();
        let mut pins = found.findings.iter().filter(|finding| finding.code == Code::SelectorPinsVersion);
        assert_eq!(pins.next().map(|finding| finding.severity), Some(Severity::Info), "{what}");
        assert!(pins.next().is_none(), "{what}");
    }
    let headless =
        pinned().and(version("reviews", "v2")).and(service("peers").selector("{app: reviews}").spec("clusterIP: None"));
    let found = headless.run();
    assert_eq!(found.codes(), [Code::SelectorPinsVersion, Code::Headless]);
    assert_eq!(found.findings[0].severity, Severity::Warning, "no override acts on a headless Service");
    let under_another_label = pinned().and(deployment("b").of("reviews").pod_label("release: v2"));
    let found = under_another_label.policy("versionLabels: [version, release]").run();
    assert!(found.only(Code::SelectorPinsVersion).message.contains("version `v2`"), "{:?}", found.findings);
}
