//! A second run.

use super::*;

#[test]
fn generated_objects_that_say_the_same_stay_byte_for_byte() {
    let earlier = in_shop().run();
    again(in_shop(), &earlier).run().quiet().unchanged();
    // Rewritten by a tool: another order, another style, another version of the API.
    let restyled = "\
apiVersion: networking.istio.io/v1beta1
kind: DestinationRule
spec: {subsets: [{labels: {version: \"v1\"}, name: v1}, {name: 'v2', labels: {version: v2}}], host: reviews} # kept
metadata:
  annotations: {overrides.dev/generated-for: \"reviews\", other: annotation}
  name: reviews-overrides
  namespace: shop
";
    let found = in_shop().and(restyled).and(earlier.generated[1].as_str()).run();
    found.quiet().unchanged();
}

#[test]
fn generated_objects_that_differ_get_another_spec_and_keep_their_metadata() {
    let earlier = in_shop().run();
    let mut changed = earlier.generated.clone();
    changed[0] = changed[0]
        .replace("metadata:\n", "metadata:\n  # by somebody\n  uid: abc\n")
        .replace("version: v2", "version: v9");
    changed[1] = changed[1].replace("  namespace: shop\n", "  namespace: shop\n  generation: 7 # by a tool\n")
        + "status: {a: b}\n";
    changed[1] = changed[1].replace("default-reviews", "mine");
    let found = changed.iter().fold(in_shop(), |given, object| given.and(object.as_str())).run();
    assert_eq!(found.quiet().subsets("reviews"), earlier.subsets("reviews"));
    assert_eq!(found.routes("reviews"), earlier.routes("reviews"));
    assert_eq!(found.generated.len(), 2);
    assert!(found.output.contains("    # by somebody\n    uid: abc\n"), "{}", found.output);
    assert!(found.output.contains("    generation: 7 # by a tool\n"), "{}", found.output);
    assert!(found.output.contains("  status: {a: b}\n"), "{}", found.output);
    assert!(!found.output.contains("v9") && !found.output.contains("mine"), "{}", found.output);
}

#[test]
fn a_field_that_somebody_added_to_a_generated_spec_is_taken_out_again() {
    let earlier = in_shop().run();
    let touched = earlier.generated[0].clone() + "  trafficPolicy: {connectionPool: {}}\n";
    let found = in_shop().and(touched).and(earlier.generated[1].as_str()).run();
    found.only(Code::Overwritten);
    assert_eq!(found.yaml(), earlier.yaml());
}

#[test]
fn a_new_version_gets_its_rule_in_place() {
    let earlier = in_shop().run();
    let grown = again(in_shop(), &earlier).and(version("reviews", "v3").namespace("shop")).run();
    assert_eq!(grown.quiet().subsets("reviews"), ["v1 version: v1", "v2 version: v2", "v3 version: v3"]);
    assert_eq!(grown.generated.len(), 2);
    assert!(
        grown.output.trim_end().ends_with("labels: {app: reviews, version: v3}") || grown.output.contains("reviews-v3")
    );
}

#[test]
fn stale_objects_go_and_nothing_else_does() {
    let earlier = in_shop().run();
    let stale = again(given(service("ratings")).and(version("ratings", "v1")), &earlier).run();
    assert_eq!(stale.codes(), [Code::Removed, Code::Removed]);
    assert_eq!(stale.generated.len(), 2);
    assert_eq!(stale.routes("reviews"), Vec::<String>::new());
    assert_eq!(stale.routes("ratings"), ["default-ratings -> v1"]);
}

#[test]
fn of_objects_that_are_there_twice_one_stays() {
    let earlier = in_shop().run();
    let copy = earlier.generated[0].replace("name: reviews-overrides", "name: reviews-copy");
    let found = again(in_shop().and(copy), &earlier).run();
    assert_eq!(found.codes(), [Code::Removed]);
    assert_eq!(found.yaml(), earlier.yaml(), "the one with the right name");
}

#[test]
fn objects_of_a_service_that_was_renamed_follow_it() {
    let earlier = in_shop().run();
    let renamed = given(
        service("dev-reviews")
            .namespace("shop")
            .selector("{app: reviews}")
            .annotation("internal.config.kubernetes.io/previousNames: reviews"),
    )
    .and(version("reviews", "v1").namespace("shop"))
    .and(version("reviews", "v2").namespace("shop"));
    let moved = earlier
        .generated
        .iter()
        .fold(renamed, |given, object| {
            given.and(object.replace("name: reviews-overrides", "name: dev-reviews-overrides"))
        })
        .run();
    assert_eq!(moved.quiet().generated.len(), 2);
    assert_eq!(moved.routes("dev-reviews").last().unwrap(), "default-dev-reviews -> v1");
}

#[test]
fn objects_of_a_service_are_not_taken_by_another_that_once_had_its_name() {
    let renamed = service("dev-reviews")
        .namespace("shop")
        .selector("{app: dev}")
        .annotation("internal.config.kubernetes.io/previousNames: reviews");
    let both = || {
        in_shop()
            .and(renamed.clone())
            .and(deployment("dev-a").namespace("shop").of("dev").version("v1"))
            .and(deployment("dev-b").namespace("shop").of("dev").version("v3"))
    };
    let expected = both().run();
    assert_eq!(expected.quiet().generated.len(), 4);
    // Only the objects of `reviews` are there from an earlier run.
    let found = again(both(), &in_shop().run()).run();
    assert_eq!(found.quiet().generated.len(), 4);
    for name in ["reviews", "dev-reviews"] {
        assert_eq!(found.subsets(name), expected.subsets(name));
        assert_eq!(found.routes(name), expected.routes(name));
    }
}

#[test]
fn findings_are_not_said_twice_even_when_a_run_moved_the_objects() {
    // The stale object in front goes, so that everything behind it moves up by one.
    let stale = "apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata:\n  name: gone-overrides\n  \
                 annotations: {overrides.dev/generated-for: gone}\nspec: {host: gone}\n";
    let found = given(stale)
        .and(service("reviews"))
        .and(version("reviews", "v1"))
        .and(rule("DestinationRule", "mine", "", "{host: reviews}"))
        .policy("existing: skip")
        .run();
    assert_eq!(found.codes(), [Code::DestinationRuleExists, Code::Removed]);
}

#[test]
fn earlier_results_stay_in_front() {
    let styles = [
        "results:\n- message: earlier\n  severity: info\n",
        "results:\n  - message: earlier\n    severity: info\n    # with a comment\n",
        "results: [{message: earlier, severity: info}]\n",
    ];
    for earlier in styles {
        let list = resource_list("", &[service("external").spec("type: ExternalName").document()]) + earlier;
        let first = function(&list);
        let results: Vec<String> =
            ResourceList::parse(&first.output).unwrap().results().into_iter().map(|result| result.message).collect();
        assert_eq!((results[0].as_str(), results.len()), ("earlier", 2), "{}", first.output);
        assert!(results[1].starts_with("OV050"));
        assert_eq!(function(&first.output).output, first.output, "not doubled");
    }
    for empty in ["results: []\n", "results:\n", "results: null\n"] {
        let list = resource_list("", &[service("external").spec("type: ExternalName").document()]) + empty;
        let first = function(&list);
        assert_eq!(ResourceList::parse(&first.output).unwrap().results().len(), 1, "{}", first.output);
    }
}

#[test]
fn generated_objects_of_a_service_whose_workloads_went_away_go_with_a_warning() {
    let earlier = in_shop().run();
    for workload in [None, Some(deployment("reviews").of("reviews").namespace("shop"))] {
        let left = given(service("reviews").namespace("shop"));
        let left = workload.into_iter().fold(left, Given::and);
        let found = again(left, &earlier).run();
        assert!(found.generated.is_empty());
        let removed = found.findings.iter().filter(|finding| finding.code == Code::Removed);
        assert_eq!(removed.map(|finding| finding.severity).collect::<Vec<_>>(), [Severity::Warning; 2]);
    }
    let gone = again(given(service("other").namespace("shop")), &earlier).run();
    let removed = gone.findings.iter().filter(|finding| finding.code == Code::Removed);
    assert_eq!(removed.map(|finding| finding.severity).collect::<Vec<_>>(), [Severity::Info; 2]);
}

#[test]
fn what_somebody_added_to_a_generated_object_is_not_taken_out_silently() {
    let earlier = in_shop().run();
    let changed =
        earlier.yaml().replace("  host: reviews\n", "  host: reviews\n  trafficPolicy: {tls: {mode: DISABLE}}\n");
    let found = in_shop().and(changed.split("---\n").next().unwrap()).run();
    let finding = found.only(Code::Overwritten);
    assert_eq!(finding.severity, Severity::Warning);
    assert!(!found.yaml().contains("DISABLE"));
}

#[test]
fn a_default_that_moves_by_itself_is_warned_about() {
    let second = given(service("reviews")).and(version("reviews", "v2"));
    let earlier = second.run();
    let grown = again(second.clone().and(version("reviews", "v1")), &earlier).run();
    let finding = grown.only(Code::DefaultMoved);
    assert!(finding.message.contains("from `v2` to `v1`"), "{}", finding.message);
    let stated =
        again(second.and(version("reviews", "v1")).policy("services: [{name: reviews, defaultVersion: v1}]"), &earlier);
    stated.run().quiet();
}
