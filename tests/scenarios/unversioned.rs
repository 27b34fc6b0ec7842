//! Workloads without a version.

use super::*;

#[test]
fn workloads_without_a_version_are_a_warning_or_an_error_as_the_policy_says() {
    let given = given(service("reviews")).and(deployment("a").of("reviews"));
    let found = given.run();
    assert_eq!(found.only(Code::NoVersions).severity, Severity::Warning);
    found.unchanged();
    let found = given.clone().policy("unversioned: warn").run();
    assert_eq!(found.only(Code::NoVersions).severity, Severity::Warning);
    let found = given.policy("unversioned: error").run();
    assert_eq!(found.only(Code::NoVersions).severity, Severity::Error);
    assert!(found.failed());
}

#[test]
fn workloads_of_which_some_have_a_version_are_an_error_in_any_case() {
    for policy in ["unversioned: warn", "unversioned: error"] {
        let found = two_versions().and(deployment("a").of("reviews")).policy(policy).run();
        assert_eq!(found.only(Code::SomeUnversioned).place.object.as_ref().unwrap().name, "a");
    }
}

/// A Deployment in which `template` stands as it is written, from its key on.
fn with_template(template: &str) -> String {
    format!("apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: reviews\nspec:\n  replicas: 1\n{template}")
}

/// Labels one Deployment, and returns its text afterwards, as the function leaves it.
#[track_caller]
fn labelled(deployment: &str) -> String {
    let selects_everything = service("reviews").selector("{app: reviews}");
    let given = given(deployment).and(selects_everything).policy("unversioned: label");
    let found = given.run();
    assert_eq!(found.codes(), [Code::Labelled], "{:#?}", found.findings);
    assert_eq!(found.subsets("reviews"), ["v1 version: v1"]);
    let list = ResourceList::parse(&found.output).unwrap();
    let item = list.items().iter().next().unwrap();
    let value: serde_json::Value = item.node.read().unwrap();
    assert_eq!(value["spec"]["template"]["metadata"]["labels"]["version"], "v1");
    assert_eq!(value["spec"]["template"]["metadata"]["labels"]["app"], "reviews");
    // Nothing but the edit: the rest of the list is what it was.
    let edited = list.items().text_of(item.id).unwrap();
    let before = given.list();
    let (head, tail) = before.split_once("- apiVersion: apps/v1\n").unwrap();
    assert!(found.output.starts_with(head));
    let behind = &tail[tail.find("- apiVersion: v1\n").unwrap()..];
    assert!(found.output.contains(behind));
    edited
}

#[test]
fn a_label_is_added_to_a_template_of_any_shape() {
    let block = with_template(
        "  template:\n    metadata:\n      labels:\n        app: reviews # ours\n        # the end\n    spec: {}\n",
    );
    let flow = with_template("  template: {metadata: {labels: {app: reviews}}, spec: {}}\n");
    let open_flow = with_template(
        "  template:\n    metadata: {\n      labels: {\n        app: reviews\n      }\n    }\n    spec: {}\n",
    );
    let json = "{\"apiVersion\": \"apps/v1\", \"kind\": \"Deployment\", \"metadata\": {\"name\": \"reviews\"},\n\"spec\": \
                {\"template\": {\"metadata\": {\"labels\": {\"app\": \"reviews\"}}}}}\n";
    let empty_value = with_template(
        "  template:\n    metadata:\n      labels:\n        version: \"\" # later\n        app: reviews\n",
    );
    let null_value =
        with_template("  template:\n    metadata:\n      labels:\n        app: reviews\n        version:\n");
    let deep = with_template(
        "  template:\n      metadata:\n            annotations: {a: b}\n            labels:\n               app: \
         reviews\n            name: x\n      spec: {}\n",
    );
    let merged = with_template(
        "  selector: {matchLabels: &labels {app: reviews}}\n  template:\n    metadata:\n      labels:\n        <<: \
         *labels\n",
    );
    let texts: Vec<String> = [block, flow, open_flow, empty_value, null_value, deep, merged]
        .iter()
        .map(|deployment| labelled(deployment))
        .collect();
    insta::assert_snapshot!(texts.join("---\n"));
    let found = given(service("reviews")).and(json).policy("unversioned: label").run();
    assert!(found.output.contains("{\"labels\": {\"app\": \"reviews\", \"version\": \"v1\"}}"), "{}", found.output);
}

/// A Service that selects Pods by nothing that its template says could not exist, so that a template without labels
/// is never labelled; what is left of it is that such a template is nobody's.
#[test]
fn a_template_without_labels_is_selected_by_nobody_and_left_as_it_is() {
    for template in [
        "",
        "  template:\n",
        "  template: {}\n",
        "  template:\n    metadata:\n",
        "  template:\n    metadata: {}\n",
        "  template:\n    metadata:\n      labels:\n",
        "  template:\n    metadata:\n      labels: {}\n",
        "  template:\n    metadata: null\n",
    ] {
        let found = given(service("reviews"))
            .and(with_template(template))
            .and(version("reviews", "v1"))
            .policy("unversioned: label")
            .run();
        assert_eq!(found.quiet().routes("reviews"), ["default-reviews -> v1"], "{template:?}");
    }
}

#[test]
fn a_template_that_is_shared_is_not_edited() {
    let shared = [
        (
            "the labels are an alias",
            "  selector:\n    matchLabels: &labels\n      app: reviews\n  template:\n    metadata:\n      labels: \
             *labels\n",
        ),
        (
            "the labels have an alias",
            "  template:\n    metadata:\n      labels: &labels\n        app: reviews\n  selector:\n    matchLabels: \
             *labels\n",
        ),
        (
            "the labels carry an anchor that nobody uses",
            "  template:\n    metadata:\n      labels: &labels {app: reviews}\n",
        ),
        (
            "the metadata are an alias",
            "  other: &metadata {labels: {app: reviews}}\n  template:\n    metadata: *metadata\n",
        ),
        (
            "the template is an alias",
            "  other: &template {metadata: {labels: {app: reviews}}}\n  template: *template\n",
        ),
        (
            "the metadata come from a merge key",
            "  other: &template\n    metadata: {labels: {app: reviews}}\n  template:\n    <<: *template\n    spec: {}\n",
        ),
        (
            "the labels come from a merge key",
            "  other: &metadata\n    labels: {app: reviews}\n  template:\n    metadata:\n      <<: *metadata\n      \
             name: x\n",
        ),
        (
            "the empty value is an anchor",
            "  template:\n    metadata:\n      labels: {app: reviews, version: &none ''}\n      annotations: {a: \
             *none}\n",
        ),
        (
            "the absent value is an anchor",
            "  template:\n    metadata:\n      labels:\n        app: reviews\n        version: &none\n",
        ),
    ];
    let mut edited = Vec::new();
    for (what, template) in shared {
        let list = given(service("reviews")).and(with_template(template)).policy("unversioned: label").list();
        let outcome = function(&list);
        let refused = outcome.findings.iter().any(|finding| finding.code == Code::CannotLabel);
        if !refused || !outcome.output.starts_with(&list) {
            edited.push(what);
        }
    }
    assert!(edited.is_empty(), "these were edited: {edited:#?}");
}

#[test]
fn an_empty_value_with_a_tag_is_replaced_or_refused_and_never_broken() {
    let mut broken = Vec::new();
    for value in ["!!str", "!!str ''", "!!str # none", "!custom ''", "!!null", "!!null ''"] {
        let template =
            format!("  template:\n    metadata:\n      labels:\n        app: reviews\n        version: {value}\n");
        let list = given(service("reviews")).and(with_template(&template)).policy("unversioned: label").list();
        let outcome = function(&list);
        let again = function(&outcome.output);
        if again.output != outcome.output {
            broken.push(value);
        }
    }
    assert!(broken.is_empty(), "these values came out broken: {broken:?}");
}

#[test]
fn an_object_that_is_an_alias_is_not_edited() {
    let head = "functionConfig: {apiVersion: v1, kind: ConfigMap, data: {unversioned: label}}\nspare:\n  deployment: \
                &deployment\n    apiVersion: apps/v1\n    kind: Deployment\n    metadata: {name: reviews}\n    spec: \
                {template: {metadata: {labels: {app: reviews}}}}\n";
    let list = resource_list(head, &[service("reviews").document(), "*deployment".to_owned()]);
    let outcome = function(&list);
    let parsed = ResourceList::parse(&outcome.output).expect("it is still a ResourceList");
    assert!(outcome.failed() || parsed.items().iter().count() == 4, "{}", outcome.output);
    assert_eq!(function(&outcome.output).output, outcome.output);
}

#[test]
fn workloads_that_do_not_roll_by_themselves_are_not_labelled() {
    let by_hand: [Workload; 5] = [
        pod("a"),
        workload("apps/v1", "ReplicaSet", "a"),
        workload("v1", "ReplicationController", "a"),
        workload("apps/v1", "StatefulSet", "a").spec("updateStrategy: {type: OnDelete}"),
        workload("apps/v1", "DaemonSet", "a").spec("updateStrategy:").spec("  type: OnDelete"),
    ];
    for workload in by_hand {
        let found = given(service("reviews")).and(workload.of("reviews")).policy("unversioned: label").run();
        found.only(Code::CannotLabel);
        found.unchanged();
    }
    let by_themselves: [Workload; 5] = [
        workload("apps/v1", "StatefulSet", "a").spec("updateStrategy: {type: RollingUpdate}"),
        workload("apps/v1", "DaemonSet", "a"),
        workload("argoproj.io/v1alpha1", "Rollout", "a"),
        workload("apps.kruise.io/v1alpha1", "CloneSet", "a"),
        deployment("a"),
    ];
    for workload in by_themselves {
        let found = given(service("reviews")).and(workload.of("reviews")).policy("unversioned: label").run();
        found.only(Code::Labelled);
        assert!(found.output.contains("        app: reviews\n          version: v1\n"), "{}", found.output);
    }
}

#[test]
fn a_workload_is_labelled_with_the_stated_default_and_never_with_an_inferred_one() {
    let found = given(service("reviews"))
        .and(version("reviews", "v2"))
        .and(deployment("a").of("reviews"))
        .policy("unversioned: label")
        .run();
    assert_eq!(found.codes(), [Code::Labelled]);
    assert_eq!(found.subsets("reviews"), ["v1 version: v1", "v2 version: v2"], "not `v2`, the only one there is");

    let stated = [
        ("unversioned: label, defaultVersion: base", "", "base"),
        ("unversioned: label", "overrides.dev/default-version: blue", "blue"),
        (
            "unversioned: label, services: [{name: reviews, defaultVersion: green}]",
            "overrides.dev/default-version: blue",
            "green",
        ),
    ];
    for (policy, annotation, expected) in stated {
        let mut reviews = service("reviews");
        if !annotation.is_empty() {
            reviews = reviews.annotation(annotation);
        }
        let found = given(reviews).and(deployment("a").of("reviews")).policy(policy).run();
        assert_eq!(found.subsets("reviews"), [format!("{expected} version: {expected}")], "{policy}");
    }
}

#[test]
fn a_label_that_must_be_quoted_is_quoted() {
    let found = given(service("reviews"))
        .and(deployment("a").of("reviews"))
        .policy("unversioned: label, defaultVersion: '1.0'")
        .run();
    assert!(found.output.contains("          version: \"1.0\"\n"), "{}", found.output);
    assert_eq!(found.subsets("reviews"), ["1-0 version: 1.0"]);
}

#[test]
fn the_first_version_label_is_the_one_that_is_written() {
    let found = given(service("reviews"))
        .and(deployment("a").of("reviews"))
        .policy("unversioned: label, versionLabels: [example.com/release, version]")
        .run();
    assert_eq!(found.subsets("reviews"), ["v1 example.com/release: v1"]);
    assert!(found.output.contains("          example.com/release: v1\n"), "{}", found.output);
}

#[test]
fn a_workload_of_two_services_is_labelled_once() {
    let found = given(service("reviews"))
        .and(service("internal").selector("{app: reviews}"))
        .and(deployment("a").of("reviews"))
        .policy("unversioned: label")
        .run();
    assert_eq!(found.codes(), [Code::Labelled, Code::Labelled]);
    assert_eq!(found.output.matches("          version: v1\n").count(), 1, "{}", found.output);
}

#[test]
fn labelling_leaves_a_service_that_is_passed_over_alone() {
    let found = given(service("reviews").annotation("overrides.dev/ignore: 'true'"))
        .and(deployment("a").of("reviews"))
        .policy("unversioned: label")
        .run();
    found.only(Code::OptedOut);
    found.unchanged();

    let found = given(service("reviews"))
        .and(deployment("a").of("reviews"))
        .and(rule("DestinationRule", "mine", "", "{host: reviews}"))
        .policy("unversioned: label, existing: skip")
        .run();
    found.only(Code::DestinationRuleExists);
    found.unchanged();
}
