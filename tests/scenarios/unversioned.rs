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

/// Beside versions a workload without one may be new code. Whatever it is, it must not get baseline traffic.
#[test]
fn a_workload_beside_versions_is_never_labelled() {
    let unlabelled = || deployment("reviews-next").of("reviews");
    let beside = [
        ("the default", given(service("reviews")).and(version("reviews", "v1")).and(unlabelled())),
        ("another version", given(service("reviews")).and(unlabelled()).and(version("reviews", "v2"))),
        ("two versions", two_versions().and(unlabelled())),
        (
            "another version, with a default of its own",
            given(service("reviews").annotation("overrides.dev/default-version: base"))
                .and(version("reviews", "v2"))
                .and(unlabelled()),
        ),
        (
            "a version under the second label",
            given(service("reviews"))
                .and(deployment("reviews-v2").of("reviews").pod_label("release: v2"))
                .and(unlabelled()),
        ),
    ];
    for (what, given) in beside {
        let found = given.policy("unversioned: label, versionLabels: [version, release]").run();
        let finding = found.unchanged().only(Code::MustNotLabel);
        assert_eq!(finding.place.object.as_ref().unwrap().name, "reviews-next", "{what}");
        assert!(finding.message.contains("`unversioned: label` does not label it"), "{what}: {}", finding.message);
        assert!(!finding.cure.contains("unversioned: label"), "{what}: {}", finding.cure);
    }
}

#[test]
fn no_cure_for_a_workload_beside_versions_is_to_label_it_as_the_default() {
    let found = two_versions().and(deployment("a").of("reviews")).run();
    let finding = found.only(Code::SomeUnversioned);
    assert!(!finding.cure.contains("unversioned"), "{}", finding.cure);
    assert!(finding.cure.starts_with("Label its Pod template with `version`"), "{}", finding.cure);
}

#[test]
fn a_label_that_is_nearly_the_version_label_is_renamed_and_never_labelled() {
    let keys = ["verison", "Version", "'version '", "versions", "app.kubernetes.io/verison", "vesion"];
    for key in keys {
        let misspelt = || deployment("reviews-v2").of("reviews").pod_label(&format!("{key}: v2"));
        let written = key.trim_matches('\'');
        let rename = format!("Rename the label `{written}` to `version`");
        let beside = given(service("reviews")).and(version("reviews", "v1")).and(misspelt());
        let alone = given(service("reviews")).and(deployment("a").of("reviews")).and(misspelt());
        for (given, policy, code) in [
            (&beside, "unversioned: warn", Code::SomeUnversioned),
            (&beside, "unversioned: label", Code::MustNotLabel),
            (&alone, "unversioned: label", Code::MustNotLabel),
            (&alone, "unversioned: warn", Code::NoVersions),
            (&alone, "unversioned: error", Code::NoVersions),
        ] {
            let found = given.clone().policy(policy).run();
            let finding = found.unchanged().only(code);
            assert_eq!(finding.cure, rename, "{key}, {policy}");
            assert!(finding.message.contains(&format!("`{written}")), "{key}, {policy}: {}", finding.message);
            let place = finding.related.as_ref().map_or(&finding.place, |(place, _)| place);
            let field = place.field.as_deref().unwrap();
            assert!(field.starts_with("spec.template.metadata.labels") && field.contains(written), "{key}: {field}");
        }
    }
}

#[test]
fn a_misspelt_label_is_named_whichever_workload_has_it() {
    let found = two_versions()
        .and(deployment("a").of("reviews"))
        .and(deployment("b").of("reviews").pod_label("verison: v3"))
        .run();
    assert_eq!(found.only(Code::SomeUnversioned).cure, "Rename the label `verison` to `version`");
}

#[test]
fn other_labels_do_not_keep_a_workload_from_being_labelled() {
    for label in ["app.kubernetes.io/version: '1.2'", "session: a", "revision: a", "release: v2", "version: ''"] {
        let found = given(service("reviews"))
            .and(deployment("reviews").of("reviews").pod_label(label))
            .policy("unversioned: label")
            .run();
        found.only(Code::Labelled);
        assert_eq!(found.subsets("reviews"), ["v1 version: v1"], "{label}");
    }
}

/// The finding about a Service whose workloads have these labels beside `app`.
#[track_caller]
fn no_versions(workloads: &[&[&str]], policy: &str) -> Finding {
    let given = workloads.iter().enumerate().fold(given(service("reviews")), |given, (number, labels)| {
        let workload = deployment(&format!("reviews-{number}")).of("reviews");
        given.and(labels.iter().fold(workload, |workload, label| workload.pod_label(label)))
    });
    let found = given.policy(policy).run();
    found.unchanged().only(Code::NoVersions).clone()
}

#[test]
fn a_label_that_tells_the_workloads_apart_is_offered_as_the_version_label() {
    let finding = no_versions(&[&["track: stable"], &["track: canary"]], "");
    assert!(finding.message.ends_with("but `track` differs between them: `canary`, `stable`"), "{}", finding.message);
    assert!(finding.cure.contains("`versionLabels: [version, track]`"), "{}", finding.cure);
    assert!(
        finding.cure.contains("the default with the annotation `overrides.dev/default-version`"),
        "{}",
        finding.cure
    );
    assert!(finding.cure.contains("patch of an overlay"), "{}", finding.cure);

    let releases: &[&[&str]] = &[
        &["app.kubernetes.io/version: '1.9'", "color: blue", "app.kubernetes.io/instance: a"],
        &["app.kubernetes.io/version: '1.10'", "color: green", "app.kubernetes.io/instance: b"],
    ];
    let finding = no_versions(releases, "");
    assert!(
        finding.message.ends_with(
            "`app.kubernetes.io/version` differs between them: `1.9`, `1.10`; so do `color`, `app.kubernetes.io/instance`"
        ),
        "{}",
        finding.message
    );
    assert!(finding.cure.contains("`versionLabels: [version, app.kubernetes.io/version]`"), "{}", finding.cure);

    let finding = no_versions(&[&["track: v1"], &["track: v2"]], "versionLabels: [release, color]");
    assert!(finding.cure.contains("`versionLabels: [release, color, track]` in the policy. "), "{}", finding.cure);
    assert!(finding.cure.contains("label the Pod templates with `release` or `color`"), "{}", finding.cure);
}

/// What is offered as the version label must do: it leads to rules, or to the question for the default.
#[test]
fn the_version_label_that_is_offered_does_what_is_said() {
    let given = given(service("reviews").annotation("overrides.dev/default-version: stable"))
        .and(deployment("a").of("reviews").pod_label("track: stable"))
        .and(deployment("b").of("reviews").pod_label("track: canary"));
    let found = given.policy("versionLabels: [version, track]").run();
    assert_eq!(found.quiet().subsets("reviews"), ["canary track: canary", "stable track: stable"]);
}

#[test]
fn labels_that_do_not_tell_all_workloads_apart_are_not_offered() {
    for workloads in [
        &[&["track: stable"][..], &[]][..],
        &[&["track: stable"], &["track: stable"]],
        &[&["track: stable"], &["track: ''"]],
        &[&["track: a"], &["track: 7"]],
        &[&["pod-template-hash: a"], &["pod-template-hash: b"]],
        &[&["track: stable"]],
    ] {
        let finding = no_versions(workloads, "");
        assert!(!finding.cure.contains("versionLabels"), "{workloads:?}: {}", finding.cure);
    }
}

#[test]
fn a_service_without_versions_is_told_what_to_do_first() {
    let finding = no_versions(&[&[]], "");
    assert!(
        finding.cure.starts_with("First label the Pod templates of what serves today with `version: v1`"),
        "{finding:?}"
    );
    assert!(finding.cure.contains("`overrides render --only labels`"), "{}", finding.cure);
    assert!(finding.cure.contains("patch of an overlay"), "{}", finding.cure);
    let finding = no_versions(&[&[]], "versionLabels: [release, version], defaultVersion: base");
    assert!(finding.cure.contains("with `release: base` and"), "{}", finding.cure);
    let release = no_versions(&[&["app.kubernetes.io/version: '1.2'"]], "");
    assert!(release.message.ends_with("but they have `app.kubernetes.io/version`"), "{}", release.message);
    assert!(release.cure.contains("changes with every release"), "{}", release.cure);
}

/// Findings with the same help are shown as one.
#[test]
fn services_in_the_same_situation_get_the_same_help() {
    let found = given(service("reviews"))
        .and(deployment("reviews").of("reviews"))
        .and(service("ratings"))
        .and(deployment("ratings").of("ratings"))
        .run();
    assert_eq!(found.codes(), [Code::NoVersions, Code::NoVersions]);
    assert_eq!(found.findings[0].cure, found.findings[1].cure);
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

/// A Service to be labelled, one that has versions, and a rule of the user's for it.
fn to_be_rolled_out() -> Given {
    given(service("ratings"))
        .and(deployment("ratings").of("ratings"))
        .and(service("reviews"))
        .and(version("reviews", "v1"))
        .and(rule(
            "VirtualService",
            "mine",
            "",
            "{hosts: [reviews], http: [{route: [{destination: {host: reviews}}]}]}",
        ))
}

/// Kinds and names of the objects in a stream.
fn objects_in(stream: &str) -> Vec<String> {
    let manifests = overrides::krm::Manifests::parse([("-".to_owned(), stream)]).unwrap();
    manifests.items().iter().map(|item| format!("{} {}", item.kind(), item.name().unwrap())).collect()
}

#[test]
fn labels_and_rules_are_printed_apart_for_two_roll_outs() {
    let input = stream(&to_be_rolled_out().documents());
    let render = |arguments: &[&str]| {
        let all = [&["render", "-", "--set", "unversioned=label"], arguments].concat();
        let run = overrides(&all, input.as_bytes());
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        assert!(run.stderr.contains("OV030") && !run.stderr.contains("note:"), "{}", run.stderr);
        run.stdout
    };
    let (labels, rules) = (render(&["--only", "labels"]), render(&["--only", "rules"]));
    assert_eq!(objects_in(&labels), ["Deployment ratings"]);
    assert!(labels.contains("version: v1"), "{labels}");
    assert_eq!(
        objects_in(&rules),
        [
            "VirtualService mine",
            "DestinationRule ratings-overrides",
            "VirtualService ratings-overrides",
            "DestinationRule reviews-overrides"
        ]
    );
    let generated = objects_in(&render(&["--only-generated"]));
    assert_eq!(generated, [objects_in(&labels), objects_in(&rules)].concat(), "nothing is left out");
    assert_eq!(render(&["--only", "rules", "--only-generated"]), rules);
}

#[test]
fn a_part_of_which_there_is_nothing_is_said_to_be_empty() {
    let reviews = stream(&two_versions().documents());
    let run = overrides(&["render", "-", "--only", "labels"], reviews.as_bytes());
    assert_eq!((run.code, run.stdout.as_str()), (Some(0), ""));
    assert!(run.stderr.starts_with("note: no workload is labelled"), "{}", run.stderr);
    let unlabelled = stream(&given(service("a")).and(deployment("a").of("a")).documents());
    let run = overrides(&["render", "-", "--only", "rules"], unlabelled.as_bytes());
    assert_eq!((run.code, run.stdout.as_str()), (Some(0), ""));
    assert!(run.stderr.contains("note: no rule is generated or edited"), "{}", run.stderr);
    for wrong in [&["--only", "labels", "--diff"][..], &["--only", "rules", "--output-dir", "x"], &["--only", "all"]] {
        let run = overrides(&[&["render", "-"], wrong].concat(), reviews.as_bytes());
        assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{wrong:?}");
    }
}

#[test]
fn with_label_first_the_rules_wait_for_the_labels() {
    let input = || two_versions().and(service("ratings")).and(deployment("ratings").of("ratings"));
    let first = input().policy("unversioned: labelFirst").run();
    assert_eq!(first.codes(), [Code::Labelled, Code::SingleVersionSkipped]);
    let labelled = &first.findings[0];
    assert!(labelled.message.contains("its rules wait until"), "{}", labelled.message);
    assert!(labelled.cure.contains("set `unversioned: label`"), "{}", labelled.cure);
    assert!(first.output.contains("          app: ratings\n          version: v1\n"), "{}", first.output);
    assert!(first.routes("ratings").is_empty() && first.subsets("ratings").is_empty());
    assert_eq!(first.routes("reviews"), TWO_ROUTES, "Services with several versions get their rules");

    let second = input().policy("unversioned: label").run();
    assert_eq!(second.only(Code::Labelled).place, labelled.place);
    assert_eq!(second.routes("ratings"), ["default-ratings -> v1"]);
    assert_eq!(second.routes("reviews"), TWO_ROUTES);
}

#[test]
fn with_label_first_a_service_keeps_what_it_has() {
    let ratings = || given(service("ratings")).and(deployment("ratings").of("ratings"));
    let waiting = [Code::Labelled, Code::SingleVersionSkipped];
    let earlier = ratings().policy("unversioned: label").run();
    let found = again(ratings(), &earlier).policy("unversioned: labelFirst").run();
    assert_eq!((found.codes().as_slice(), &found.generated), (&waiting[..], &earlier.generated));

    let spec = "{hosts: [ratings], http: [{route: [{destination: {host: ratings}}]}]}";
    let with_rule = ratings().and(rule("VirtualService", "mine", "", spec)).policy("unversioned: labelFirst").run();
    assert_eq!(with_rule.codes(), waiting);
    assert!(with_rule.output.contains(spec), "{}", with_rule.output);
    for (what, refused) in [
        ("beside a version", ratings().and(version("ratings", "v2"))),
        ("nearly a version", ratings().and(deployment("b").of("ratings").pod_label("Version: v2"))),
    ] {
        let found = refused.policy("unversioned: labelFirst").run();
        assert_eq!(found.unchanged().codes(), [Code::MustNotLabel], "{what}");
    }
}

/// Without its route at the gateway nobody would reach it from outside.
#[test]
fn what_is_exposed_does_not_wait() {
    let found = given(service("ratings"))
        .and(deployment("ratings").of("ratings"))
        .policy(
            "unversioned: labelFirst, services: [{name: ratings, expose: {gateways: [edge], hosts: [a.example.com]}}]",
        )
        .run();
    assert_eq!(found.codes(), [Code::Labelled, Code::GatewayUnknown]);
    assert!(found.findings[0].message.contains("is pinned to that version"), "{:?}", found.findings);
    assert_eq!(found.routes_of("ratings-overrides-gateway"), ["default-ratings -> v1"]);
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
