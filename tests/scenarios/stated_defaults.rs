//! A default that is stated for all Services, and that a Service does not have.

use super::*;

/// What one application per pull request has: the Service, and the workload of the pull request.
fn preview() -> Given {
    given(service("reviews")).and(version("reviews", "pr-123"))
}

/// A DestinationRule of the user's for `reviews`, with a subset for each of these versions.
fn own_subsets(versions: &[&str]) -> String {
    let subset = |version: &&str| format!("{{name: {version}, labels: {{version: {version}}}}}");
    let subsets: Vec<String> = versions.iter().map(subset).collect();
    rule("DestinationRule", "mine", "", &format!("{{host: reviews, subsets: [{}]}}", subsets.join(", ")))
}

#[track_caller]
fn is_expected(given: Given) {
    let found = given.run();
    let finding = found.only(Code::DefaultReplaced);
    assert_eq!(finding.severity, Severity::Error, "{}", finding.message);
    found.unchanged();
}

#[test]
fn another_version_does_not_take_the_place_of_a_stated_default_in_silence() {
    let stated = preview().policy("defaultVersion: v1");
    for given in [&stated, &preview().settings("defaultVersion: v1")] {
        let found = given.run();
        let finding = found.only(Code::DefaultReplaced);
        assert_eq!(finding.severity, Severity::Warning);
        assert!(finding.message.contains("`v1`") && finding.message.contains("`pr-123`"), "{}", finding.message);
        assert!(finding.cure.contains("overrides.dev/default-version"), "{}", finding.cure);
        assert_eq!(found.routes("reviews"), ["default-reviews -> pr-123"]);
    }
    preview().run().quiet();
    preview().policy("singleVersion: pin").run().quiet();
}

#[test]
fn the_rules_of_an_earlier_run_show_that_the_stated_default_is_expected() {
    let earlier = preview().and(version("reviews", "v1")).policy("defaultVersion: v1").run();
    is_expected(again(preview(), &earlier).policy("defaultVersion: v1"));
    // A subset's name is not its version.
    let earlier = preview().and(version("reviews", "v1.0")).policy("defaultVersion: v1.0").run();
    is_expected(again(preview(), &earlier).policy("defaultVersion: v1.0"));
    // Where no rules are wanted for one version, they would go.
    let earlier = preview().and(version("reviews", "v1")).policy("defaultVersion: v1").run();
    is_expected(again(preview(), &earlier).policy("defaultVersion: v1, singleVersion: skip"));
    preview().policy("defaultVersion: v1, singleVersion: skip").run().only(Code::SingleVersionSkipped);
    // One of its two objects is enough.
    for kind in ["DestinationRule", "VirtualService"] {
        let object = earlier.generated.iter().find(|object| object.contains(&format!("kind: {kind}"))).unwrap();
        is_expected(preview().and(object.as_str()).policy("defaultVersion: v1"));
    }
}

#[test]
fn rules_of_the_users_show_that_the_stated_default_is_expected() {
    is_expected(preview().and(own_subsets(&["v1"])).policy("defaultVersion: v1"));
    is_expected(preview().and(own_subsets(&["v1", "pr-123"])).policy("defaultVersion: v1"));
    let other = preview().and(own_subsets(&["pr-123"])).policy("defaultVersion: v1").run();
    assert!(other.findings.iter().any(|finding| finding.code == Code::DefaultReplaced));
    assert!(!other.failed());
    // What an earlier run added to them says the same.
    let merged =
        preview().and(version("reviews", "v1")).and(own_subsets(&["other"])).policy("defaultVersion: v1").run();
    let parsed = ResourceList::parse(&merged.output).unwrap();
    let rules = parsed.items().iter().filter(|item| item.kind() == "DestinationRule");
    let rules: Vec<String> = rules.map(|item| parsed.items().text_of(item.id).unwrap()).collect();
    assert!(rules[0].contains("\"v1\""), "{}", rules[0]);
    is_expected(preview().and(rules[0].as_str()).policy("defaultVersion: v1"));
}

#[test]
fn a_service_that_always_was_at_another_version_is_told_of_once() {
    let other = given(service("reviews")).and(version("reviews", "v2"));
    let stated = other.clone().policy("defaultVersion: v1");
    let earlier = stated.run();
    earlier.only(Code::DefaultReplaced);
    again(other.clone(), &earlier).policy("defaultVersion: v1").run().quiet();
    // Somebody says so of this Service.
    let annotated = service("reviews").annotation("overrides.dev/default-version: v2");
    given(annotated).and(version("reviews", "v2")).policy("defaultVersion: v1").run().quiet();
    other.policy("defaultVersion: v1, services: [{name: reviews, defaultVersion: v2}]").run().quiet();
    let marked = version("reviews", "v2").annotation("overrides.dev/default: 'true'");
    given(service("reviews")).and(marked).policy("defaultVersion: v1").run().quiet();
}

#[test]
fn a_default_that_is_retired_moves_with_a_warning_or_not_at_all() {
    let left = || given(service("reviews")).and(version("reviews", "v2"));
    let earlier = left().and(version("reviews", "v1")).run();
    again(left(), &earlier).run().only(Code::DefaultMoved);
    let stated = again(left(), &earlier).policy("defaultVersion: v1").run();
    assert_eq!(stated.only(Code::DefaultReplaced).severity, Severity::Error);
    // The new one is stated.
    let stated = again(left(), &earlier).policy("defaultVersion: v2").run();
    stated.only(Code::DefaultMoved);
}

#[test]
fn several_versions_without_the_stated_default_stop_the_run() {
    let previews = preview().and(version("reviews", "pr-124"));
    for (policy, said) in [
        ("defaultVersion: v1", "it is `v1`, and no workload of the Service has that version"),
        ("defaultVersion: '1.4'", "it is `1.4`, and no workload of the Service has that version"),
        ("", "it is `v1` unless it is set, and no workload of the Service has that version"),
        ("defaultSelector: {matchLabels: {track: stable}}", "`defaultSelector` selects no workload of the Service"),
    ] {
        let found = previews.clone().policy(policy).run();
        let finding = found.findings.iter().find(|finding| finding.code == Code::NoDefault).unwrap();
        assert!(finding.cure.contains(said), "{policy}: {}", finding.cure);
        assert!(finding.message.contains("`pr-123`, `pr-124`"), "{policy}: {}", finding.message);
    }
}

#[test]
fn a_default_of_this_very_service_must_be_there_even_where_one_version_gets_no_rules() {
    for policy in ["singleVersion: skip", "singleVersion: pin"] {
        let annotated = service("reviews").annotation("overrides.dev/default-version: v1");
        let found = given(annotated).and(version("reviews", "pr-123")).policy(policy).run();
        found.only(Code::DefaultUnknown);
        let entry = format!("{policy}, services: [{{name: reviews, defaultVersion: v1}}]");
        preview().policy(&entry).run().only(Code::DefaultUnknown);
    }
    let entry = "singleVersion: skip, services: [{name: reviews, defaultVersion: pr-123}]";
    preview().policy(entry).run().only(Code::SingleVersionSkipped);
}
