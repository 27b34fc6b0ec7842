//! Defaults that the baseline's own workload says: an annotation on it, or its labels.

use super::*;

const MARK: &str = "overrides.dev/default: 'true'";

/// A Service whose versions are release numbers and pull requests.
fn cart(baseline: Workload) -> Given {
    given(service("cart")).and(baseline).and(version("cart", "pr-123"))
}

fn default_of(found: &Outcome) -> String {
    found.routes("cart").pop().unwrap()
}

#[test]
fn the_marked_workload_is_the_default() {
    let marked = [
        version("cart", "1.4.2").annotation(MARK),
        version("cart", "1.4.2").pod_annotation(MARK),
        version("cart", "1.4.2").annotation("overrides.dev/default: 'True'"),
        version("cart", "1.4.2").annotation("overrides.dev/default: 'false'").pod_annotation(MARK),
        pod("cart").of("cart").version("1.4.2").annotation(MARK),
    ];
    for baseline in marked {
        for policy in
            ["", "defaultVersion: pr-123", "defaultVersion: v1", "defaultSelector: {matchLabels: {version: pr-123}}"]
        {
            let found = cart(baseline.clone()).policy(policy).run();
            assert_eq!(default_of(found.quiet()), "default-cart -> 1-4-2", "{policy}");
        }
    }
    let unquoted = cart(version("cart", "1.4.2").annotation("overrides.dev/default: true")).run();
    assert!(unquoted.only(Code::UnknownAnnotation).message.contains("the API server refuses the workload"));
    assert_eq!(default_of(&unquoted), "default-cart -> 1-4-2", "it is meant all the same");
    let unmarked = cart(version("cart", "1.4.2").annotation("overrides.dev/default: 'false'")).run();
    unmarked.only(Code::NoDefault);
}

#[test]
fn what_is_said_of_the_service_goes_before_the_mark() {
    let marked = || version("cart", "1.4.2").annotation(MARK);
    let annotated = service("cart").annotation("overrides.dev/default-version: pr-123");
    let found = given(annotated).and(marked()).and(version("cart", "pr-123")).run();
    assert_eq!(default_of(found.quiet()), "default-cart -> pr-123");
    let found = cart(marked()).policy("services: [{name: cart, defaultVersion: pr-123}]").run();
    assert_eq!(default_of(found.quiet()), "default-cart -> pr-123");
    let entry = "services: [{name: cart, defaultSelector: {matchLabels: {version: pr-123}}}]";
    assert_eq!(default_of(cart(marked()).policy(entry).run().quiet()), "default-cart -> pr-123");
}

#[test]
fn a_release_moves_the_default_without_a_word() {
    let released = |release: &str| cart(version("cart", release).annotation(MARK));
    let earlier = released("1.4.2").run();
    let found = again(released("1.4.3"), &earlier).run();
    assert_eq!(default_of(found.quiet()), "default-cart -> 1-4-3");
    let selected = |release: &str| {
        cart(version("cart", release).pod_label("track: stable"))
            .policy("defaultSelector: {matchLabels: {track: stable}}")
    };
    let earlier = selected("1.4.2").run();
    let found = again(selected("1.4.3"), &earlier).run();
    assert_eq!(default_of(found.quiet()), "default-cart -> 1-4-3");
}

#[test]
fn several_workloads_of_one_version_may_be_marked() {
    let second = deployment("cart-canary").of("cart").version("1.4.2").annotation(MARK);
    let found = cart(version("cart", "1.4.2").annotation(MARK)).and(second).run();
    assert_eq!(default_of(found.quiet()), "default-cart -> 1-4-2");
}

#[test]
fn two_versions_cannot_both_be_the_default() {
    let second = version("cart", "1.4.3").pod_annotation(MARK);
    let found = cart(version("cart", "1.4.2").annotation(MARK)).and(second.clone()).run();
    let finding = found.only(Code::SeveralDefaults);
    assert!(finding.message.contains("`1.4.2`") && finding.message.contains("`1.4.3`"), "{}", finding.message);
    let field = "spec.template.metadata.annotations[overrides.dev/default]";
    assert_eq!(finding.place.field.as_deref(), Some(field));
    // What goes before the mark settles it.
    let found = cart(version("cart", "1.4.2").annotation(MARK)).and(second);
    found.policy("services: [{name: cart, defaultVersion: pr-123}]").run().quiet();
    let selector = "defaultSelector: {matchExpressions: [{key: version, operator: Exists}]}";
    cart(version("cart", "1.4.2")).policy(selector).run().only(Code::SeveralDefaults);
}

#[test]
fn a_mark_that_is_neither_true_nor_false_is_pointed_out_once() {
    let found = given(service("cart"))
        .and(service("cart-internal").selector("{app: cart}"))
        .and(version("cart", "v1"))
        .and(version("cart", "v2").annotation("overrides.dev/default: 'yes'"))
        .run();
    let finding = found.only(Code::UnknownAnnotation);
    assert_eq!(finding.severity, Severity::Warning);
    assert!(finding.message.contains("`yes`"), "{}", finding.message);
    assert_eq!(finding.place.field.as_deref(), Some("metadata.annotations[overrides.dev/default]"));
    assert_eq!(default_of(&found), "default-cart -> v1");
}

#[test]
fn annotations_that_mean_nothing_on_a_workload_are_pointed_out() {
    for (annotation, cure) in [
        ("overrides.dev/defualt: 'true'", "`overrides.dev/default`"),
        ("overrides.dev/default-version: v2", "on the Service"),
        ("overrides.dev/ignore: 'true'", "on the Service"),
        ("overrides.dev/zebra: 'true'", "Remove it"),
    ] {
        for workload in [version("cart", "v2").annotation(annotation), version("cart", "v2").pod_annotation(annotation)]
        {
            let found = given(service("cart")).and(version("cart", "v1")).and(workload).run();
            let finding = found.only(Code::UnknownAnnotation);
            assert!(finding.cure.contains(cure), "{annotation}: {}", finding.cure);
        }
    }
    let misplaced = given(service("cart").annotation(MARK)).and(version("cart", "v1")).run();
    assert!(misplaced.only(Code::UnknownAnnotation).cure.contains("workload"));
}

#[test]
fn a_marked_workload_without_a_version_is_none() {
    let unversioned = || deployment("cart").of("cart").annotation(MARK);
    given(service("cart")).and(unversioned()).run().only(Code::NoVersions);
    cart(unversioned()).run().only(Code::SomeUnversioned);
}

#[test]
fn the_default_may_be_selected_by_the_labels_of_its_pods() {
    let tracks = || {
        given(service("cart"))
            .and(version("cart", "1.4.2").pod_label("track: stable"))
            .and(version("cart", "v1").pod_label("track: preview"))
    };
    let selectors = [
        "{matchLabels: {track: stable}}",
        "{matchExpressions: [{key: track, operator: In, values: [stable, live]}]}",
        "{matchExpressions: [{key: track, operator: NotIn, values: [preview]}]}",
    ];
    for selector in selectors {
        for policy in
            [format!("defaultSelector: {selector}"), format!("services: [{{name: cart, defaultSelector: {selector}}}]")]
        {
            assert_eq!(default_of(tracks().policy(&policy).run().quiet()), "default-cart -> 1-4-2", "{policy}");
        }
    }
    for text in [
        "track=stable",
        "track==stable",
        "track!=preview",
        "'track in (stable, live)'",
        "'track notin (preview),version'",
    ] {
        let found = tracks().settings(&format!("defaultSelector: {text}")).run();
        assert_eq!(default_of(found.quiet()), "default-cart -> 1-4-2", "{text}");
    }
    for nothing in ["defaultSelector: {}", "defaultSelector:", "services: [{name: cart, defaultSelector: {}}]"] {
        assert_eq!(default_of(tracks().policy(nothing).run().quiet()), "default-cart -> v1", "{nothing}");
    }
    // One that fits none of a Service's workloads leaves it to `defaultVersion`, and that is said.
    let other = "defaultSelector: {matchLabels: {track: gold}}";
    let found = tracks().policy(other).run();
    found.only(Code::DefaultSelectsNothing);
    assert_eq!(default_of(&found), "default-cart -> v1");
    // One for this very Service must fit.
    let entry = format!("services: [{{name: cart, {other}}}]");
    let found = tracks().policy(&entry).run();
    let finding = found.only(Code::DefaultUnknown);
    assert_eq!(finding.place.field.as_deref(), Some("spec.services[0].defaultSelector"));
}

#[test]
fn another_version_does_not_take_the_place_of_a_selected_default_in_silence() {
    let alone = given(service("cart")).and(version("cart", "pr-123").pod_label("track: preview"));
    let found = alone.clone().policy("defaultSelector: {matchLabels: {track: stable}}").run();
    let finding = found.only(Code::DefaultReplaced);
    assert!(finding.message.contains("`defaultSelector`"), "{}", finding.message);
    alone.policy("defaultSelector: {matchLabels: {track: preview}}").run().quiet();
}

/// Two versions, of which the built-in default is not the one that is meant; the labels of each, `key: value`.
fn tracked(name: &str, built_in: &str, meant: &str) -> Given {
    let labelled = |workload: Workload, label: &str| {
        if label.is_empty() { workload } else { workload.pod_label(label) }
    };
    given(service(name)).and(labelled(version(name, "v1"), built_in)).and(labelled(version(name, "v2"), meant))
}

fn both(first: Given, second: &Given) -> Given {
    second.documents().into_iter().fold(first, Given::and)
}

#[test]
fn a_default_selector_that_selects_nothing_anywhere_is_warned_about_once_at_the_policy() {
    for (selector, field) in [
        ("defaultSelector: {matchLabels: {track: stabel}}", "spec.defaultSelector"),
        ("defaultSelector: {matchLabels: {trakc: stable}}", "spec.defaultSelector"),
        ("defaultSelector: {matchExpressions: [{key: track, operator: In, values: [live]}]}", "spec.defaultSelector"),
        (
            "defaultSelector: {matchExpressions: [{key: track, operator: NotIn, values: [stable, canary]}]}",
            "spec.defaultSelector",
        ),
        ("defaultVersion: v1, defaultSelector: {matchLabels: {tier: web}}", "spec.defaultSelector"),
        ("defaultSelector: 'track=stabel'", "data.defaultSelector"),
    ] {
        let given =
            both(tracked("cart", "track: canary", "track: stable"), &tracked("shop", "track: canary", "track: stable"));
        let given = if field.starts_with("data") { given.settings(selector) } else { given.policy(selector) };
        let found = given.run();
        let finding = found.only(Code::DefaultSelectsNothing);
        assert_eq!(finding.severity, Severity::Warning);
        assert_eq!(finding.place.field.as_deref(), Some(field), "{selector}");
        assert!(finding.message.contains("`v1`"), "{}", finding.message);
        assert_eq!(default_of(&found), "default-cart -> v1");
    }
    // The workloads' labels are misspelt.
    let found = tracked("cart", "", "trakc: stable").policy("defaultSelector: {matchLabels: {track: stable}}").run();
    let finding = found.only(Code::DefaultSelectsNothing);
    let related = finding.related.as_ref().and_then(|(place, _)| place.field.as_deref());
    assert_eq!(related, Some("spec.template.metadata.labels.trakc"));
}

#[test]
fn a_service_whose_workloads_nearly_fit_the_default_selector_is_warned_about() {
    let selector = "defaultSelector: {matchLabels: {track: stable}}";
    let fitting = tracked("shop", "track: canary", "track: stable");
    for (built_in, meant) in [
        ("", "trakc: stable"),
        ("", "Track: stable"),
        ("track: canary", "trakc: stable"),
        ("track: canary", "track: stabel"),
        ("track: canary", ""),
    ] {
        let found = both(tracked("cart", built_in, meant), &fitting).policy(selector).run();
        let finding = found.only(Code::DefaultSelectsNothing);
        assert_eq!(finding.severity, Severity::Warning);
        assert_eq!(finding.place.object.as_ref().unwrap().name, "cart");
        assert!(finding.message.contains("cart-v") && finding.message.contains("`v1`"), "{}", finding.message);
        assert_eq!(default_of(&found), "default-cart -> v1");
    }
}

#[test]
fn a_service_to_which_the_default_selector_does_not_apply_is_left_in_peace() {
    let selector = "defaultSelector: {matchLabels: {track: stable}}";
    let fitting = tracked("shop", "track: canary", "track: stable");
    both(tracked("cart", "", ""), &fitting).policy(selector).run().quiet();
    both(tracked("cart", "tier: web", "tier: web"), &fitting).policy(selector).run().quiet();
    // One of the keys alone is no sign.
    let two = "defaultSelector: {matchLabels: {track: stable, tier: web}}";
    let fitting_both = given(service("shop"))
        .and(version("shop", "v1"))
        .and(version("shop", "v2").pod_label("track: stable").pod_label("tier: web"));
    both(tracked("cart", "tier: web", "tier: web"), &fitting_both).policy(two).run().quiet();
    // Somebody said what the default is.
    let annotated = given(service("cart").annotation("overrides.dev/default-version: v1"))
        .and(version("cart", "v1").pod_label("track: canary"))
        .and(version("cart", "v2").pod_label("trakc: stable"));
    both(annotated.clone(), &fitting).policy(selector).run().quiet();
    annotated.policy(selector).run().quiet();
    let entry = format!("{selector}, services: [{{name: cart, defaultVersion: v2}}]");
    both(tracked("cart", "", "trakc: stable"), &fitting).policy(&entry).run().quiet();
    let marked = given(service("cart")).and(version("cart", "v1").annotation(MARK).pod_label("trakc: stable"));
    both(marked, &fitting).policy(selector).run().quiet();
}

#[test]
fn a_mark_goes_before_the_weights_of_a_split() {
    let split = "services: [{name: cart, split: {1.4.2: 10, pr-123: 90}}], unknownVersion: mark";
    let plain = cart(version("cart", "1.4.2")).policy(split).run();
    let marked = cart(version("cart", "1.4.2").annotation(MARK)).policy(split).run();
    assert_eq!(default_of(plain.quiet()), default_of(marked.quiet()), "the weights stay");
}
