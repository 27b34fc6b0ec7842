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

/// The one OV015 about a `reviews` in two versions.
#[track_caller]
fn says_nothing(found: &Outcome) -> (String, String, Option<String>) {
    assert_eq!(found.generated.len(), 2, "what says nothing changes nothing");
    let finding = found.only(Code::UnknownAnnotation);
    assert_eq!(finding.severity, Severity::Warning);
    (finding.message.clone(), finding.cure.clone(), finding.place.field.clone())
}

#[test]
fn a_label_in_the_place_of_an_annotation_is_pointed_out() {
    let versions = || given(version("reviews", "v1"));
    for (label, help) in [
        ("overrides.dev/ignore: 'true'", "Write `overrides.dev/ignore` as an annotation"),
        ("overrides.dev/default-version: v2", "Write `overrides.dev/default-version` as an annotation"),
        ("overrides.dev/defualt-version: v2", "Write `overrides.dev/default-version` as an annotation"),
        ("override.dev/ignore: 'true'", "Write `overrides.dev/ignore` as an annotation"),
        ("overrides.dev/default: 'true'", "as an annotation of the workload"),
    ] {
        let found = versions().and(version("reviews", "v2")).and(service("reviews").label(label)).run();
        let (message, cure, field) = says_nothing(&found);
        let key = label.split(": ").next().unwrap_or_default();
        assert!(message.contains(&format!("the label `{key}` does nothing")), "{message}");
        assert!(cure.contains(help), "{label}: {cure}");
        assert_eq!(field, Some(format!("metadata.labels[{key}]")));
    }
    for (label, help) in [
        ("overrides.dev/default: 'true'", "Write `overrides.dev/default` as an annotation"),
        ("overrides.dev/default-version: v2", "as an annotation of the Service"),
        ("overrides.dev/ignore: 'true'", "as an annotation of the Service"),
        ("overides.dev/default: 'true'", "Write `overrides.dev/default` as an annotation"),
    ] {
        let key = label.split(": ").next().unwrap_or_default();
        let own = (version("reviews", "v2").own_label(label), "metadata.labels");
        let of_pods = (version("reviews", "v2").pod_label(label), "spec.template.metadata.labels");
        for (workload, within) in [own, of_pods] {
            let (message, cure, field) = says_nothing(&versions().and(service("reviews")).and(workload).run());
            assert!(message.contains(&format!("the label `{key}` does nothing")), "{message}");
            assert!(cure.contains(help), "{label}: {cure}");
            assert_eq!(field, Some(format!("{within}[{key}]")));
        }
    }
    let a_pod = pod("reviews-2").of("reviews").version("v2").pod_label("overrides.dev/default: 'true'");
    says_nothing(&versions().and(service("reviews")).and(a_pod).run());
}

#[test]
fn a_label_that_the_policy_reads_is_no_mistake() {
    let label = "overrides.dev/ignore: 'false'";
    for policy in [
        "select: {matchExpressions: [{key: overrides.dev/ignore, operator: NotIn, values: ['true']}]}",
        "select: {matchLabels: {overrides.dev/ignore: 'false'}}",
    ] {
        let found = given(service("reviews").label(label)).and(version("reviews", "v1")).and(version("reviews", "v2"));
        assert_eq!(found.policy(policy).run().quiet().generated.len(), 2);
    }
    let marked = "overrides.dev/default: 'true'";
    for policy in [
        "defaultSelector: {matchLabels: {overrides.dev/default: 'true'}}",
        "services: [{name: reviews, defaultSelector: {matchLabels: {overrides.dev/default: 'true'}}}]",
    ] {
        let found = given(service("reviews"))
            .and(version("reviews", "v1"))
            .and(version("reviews", "v2").pod_label(marked))
            .policy(policy);
        assert_eq!(found.run().quiet().generated.len(), 2);
    }
    let others =
        service("reviews").label("overrides.dev/team: a").label("ignore: 'true'").label("other.dev/ignore: 'true'");
    given(others).and(version("reviews", "v1")).run().quiet();
}

#[test]
fn an_annotation_with_a_misspelt_domain_is_pointed_out() {
    for (annotation, nearest) in [
        ("override.dev/ignore: 'true'", "Did you mean `overrides.dev/ignore`?"),
        ("overides.dev/default-version: v2", "Did you mean `overrides.dev/default-version`?"),
        ("overrides.de/ingore: 'true'", "Did you mean `overrides.dev/ignore`?"),
        ("Overrides.dev/ignore: 'true'", "Did you mean `overrides.dev/ignore`?"),
        ("overrides/ignore: 'true'", "Did you mean `overrides.dev/ignore`?"),
        ("overrides.io/ignore: 'true'", "Did you mean `overrides.dev/ignore`?"),
        ("override.dev/default: 'true'", "Write it on the workload of the default version"),
    ] {
        let found = given(service("reviews").annotation(annotation))
            .and(version("reviews", "v1"))
            .and(version("reviews", "v2"))
            .run();
        let (_, cure, field) = says_nothing(&found);
        assert!(cure.contains(nearest), "{annotation}: {cure}");
        let key = annotation.split(": ").next().unwrap_or_default();
        let entry = if key.contains('.') { format!("[{key}]") } else { format!(".{key}") };
        assert_eq!(field, Some(format!("metadata.annotations{entry}")));
    }
    for (annotation, nearest) in [
        ("override.dev/default: 'true'", "Did you mean `overrides.dev/default`?"),
        ("overides.dev/default-version: v2", "`overrides.dev/default-version`, which goes on the Service"),
        ("overrides/default: 'true'", "Did you mean `overrides.dev/default`?"),
    ] {
        for marked in
            [version("reviews", "v2").annotation(annotation), version("reviews", "v2").pod_annotation(annotation)]
        {
            let found = given(service("reviews")).and(version("reviews", "v1")).and(marked).run();
            assert!(says_nothing(&found).1.contains(nearest), "{annotation}");
        }
    }
    for others in [
        "override.dev/zebra: a",
        "openshift.io/ignore: a",
        "overrides.example.com/ignore: a",
        "ignore: a",
        "o/ignore: a",
    ] {
        given(service("reviews").annotation(others)).and(version("reviews", "v1").annotation(others)).run().quiet();
    }
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
