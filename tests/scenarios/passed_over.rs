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
