//! Whole configurations, told in sentences. Every `run` also checks what holds always: a second run changes nothing,
//! nothing that was not touched differs by a byte, and `render` generates what the function generates.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that panics has failed"
)]
#![allow(clippy::needless_pass_by_value, reason = "sentences read better without ampersands")]

mod support;

use overrides::finding::{Code, Severity};
use overrides::krm::{Item, ResourceList};
use support::given::{
    Document, Given, Outcome, Workload, deployment, function, given, pod, service, version, workload,
};
use support::{overrides, resource_list, stream};

/// `reviews` in `v1` and `v2`.
fn two_versions() -> Given {
    given(service("reviews")).and(version("reviews", "v1")).and(version("reviews", "v2"))
}

/// The same in the namespace `shop`.
fn in_shop() -> Given {
    given(service("reviews").namespace("shop"))
        .and(version("reviews", "v1").namespace("shop"))
        .and(version("reviews", "v2").namespace("shop"))
}

/// What the two versions lead to on a Service with one HTTP port.
const TWO_ROUTES: [&str; 2] = ["override-reviews-v2 by x-override, baggage -> v2", "default-reviews -> v1"];

/// A rule of the user's.
fn rule(kind: &str, name: &str, namespace: &str, spec: &str) -> String {
    let namespace = if namespace.is_empty() { String::new() } else { format!("  namespace: {namespace}\n") };
    format!("apiVersion: networking.istio.io/v1\nkind: {kind}\nmetadata:\n  name: {name}\n{namespace}spec: {spec}\n")
}

/// The configuration with the objects of an earlier run behind it.
fn again(given: Given, earlier: &Outcome) -> Given {
    earlier.generated.iter().fold(given, |given, object| given.and(object.as_str()))
}

// ---------------------------------------------------------------- what is emitted

#[test]
fn two_versions_of_one_service() {
    insta::assert_snapshot!(two_versions().run().quiet().yaml());
}

#[test]
fn a_chain_of_three_services_with_dotted_versions_in_a_namespace() {
    let chain = ["s3", "s1", "s2"].iter().fold(Given::default(), |given, name| {
        given
            .and(service(name).namespace("shop"))
            .and(version(name, "v1").namespace("shop"))
            .and(version(name, "'1.10'").namespace("shop"))
            .and(version(name, "'1.9'").namespace("shop"))
    });
    let found = chain.policy("tracestate: true, header: X-Version-Override").run();
    insta::assert_snapshot!(found.quiet().yaml());
}

#[test]
fn a_service_with_every_kind_of_port() {
    let found = given(
        service("reviews")
            .port("name: http-web, port: 80")
            .port("name: grpc, port: 90")
            .port("name: tcp-data, port: 9000")
            .port("name: unknown, port: 7000")
            .port("name: mysql-x, port: 3307")
            .port("name: smtp, port: 25")
            .port("name: metrics, port: 9090, appProtocol: http")
            .port("name: https, port: 443")
            .port("name: dns, port: 53, protocol: UDP"),
    )
    .and(version("reviews", "v1"))
    .and(version("reviews", "v2"))
    .run();
    assert_eq!(found.codes(), [Code::TlsPort]);
    insta::assert_snapshot!(found.yaml());
}

#[test]
fn what_is_added_stands_behind_everything_else_and_results_behind_that() {
    let found = two_versions().and(service("external").spec("type: ExternalName")).run();
    insta::assert_snapshot!(found.output);
}

#[test]
fn values_that_yaml_could_misread_are_quoted() {
    let found = ["'1.0'", "'0777'", "'1e3'", "'1_000'", "'n'", "'on'", "'null'", "'0x1f'", "'2024-01-01'", "v1"]
        .iter()
        .enumerate()
        .fold(given(service("reviews")), |given, (number, value)| {
            given.and(deployment(&format!("d{number}")).of("reviews").version(value))
        })
        .run();
    insta::assert_snapshot!(found.quiet().yaml());
}

// ---------------------------------------------------------------- workloads and selection

#[test]
fn every_kind_with_pods_is_a_workload() {
    let kinds = [
        ("apps/v1", "Deployment"),
        ("extensions/v1beta1", "Deployment"),
        ("apps/v1", "StatefulSet"),
        ("apps/v1", "DaemonSet"),
        ("apps/v1", "ReplicaSet"),
        ("v1", "ReplicationController"),
        ("v1", "Pod"),
        ("argoproj.io/v1alpha1", "Rollout"),
        ("apps.kruise.io/v1alpha1", "CloneSet"),
    ];
    for (api_version, kind) in kinds {
        let found = given(service("reviews"))
            .and(version("reviews", "v1"))
            .and(workload(api_version, kind, "other").of("reviews").version("v2"))
            .run();
        assert_eq!(found.quiet().routes("reviews"), TWO_ROUTES, "{api_version} {kind}");
    }
}

#[test]
fn what_serves_nobody_is_no_workload() {
    for (api_version, kind) in [
        ("batch/v1", "Job"),
        ("batch/v1", "CronJob"),
        ("v1", "PodTemplate"),
        ("example.com/v1", "Deployment"),
        ("serving.knative.dev/v1", "Service"),
    ] {
        let found = given(service("reviews"))
            .and(version("reviews", "v1"))
            .and(workload(api_version, kind, "other").of("reviews").version("v2"))
            .run();
        assert_eq!(found.quiet().routes("reviews"), ["default-reviews -> v1"], "{api_version} {kind}");
    }
}

#[test]
fn the_templates_labels_count_and_never_the_objects_own() {
    let own = deployment("other").own_label("app: reviews").own_label("version: v2").pod_label("app: other");
    let found = given(service("reviews")).and(version("reviews", "v1")).and(own).run();
    assert_eq!(found.quiet().routes("reviews"), ["default-reviews -> v1"]);

    let unlike = deployment("other").own_label("version: v9").of("reviews").version("v2");
    let found = given(service("reviews")).and(version("reviews", "v1")).and(unlike).run();
    assert_eq!(found.quiet().routes("reviews"), TWO_ROUTES);
}

#[test]
fn all_labels_of_the_selector_must_be_there() {
    let strict = service("reviews").selector("{app: reviews, tier: web}");
    let found = given(strict)
        .and(version("reviews", "v1").pod_label("tier: web"))
        .and(version("reviews", "v2").pod_label("tier: batch"))
        .and(version("reviews", "v3"))
        .run();
    assert_eq!(found.quiet().routes("reviews"), ["default-reviews -> v1"]);
}

#[test]
fn an_absent_namespace_is_default() {
    let mixed = given(service("reviews"))
        .and(version("reviews", "v1").namespace("default"))
        .and(version("reviews", "v2"))
        .and(version("reviews", "v3").namespace("shop"))
        .run();
    assert_eq!(mixed.quiet().routes("reviews"), TWO_ROUTES);
    assert!(!mixed.yaml().contains("namespace"), "and none is written where the Service has none");

    let other = given(service("reviews").namespace("default")).and(version("reviews", "v1")).run();
    assert!(other.quiet().yaml().contains("  namespace: default\n"));
}

#[test]
fn a_service_whose_workloads_are_elsewhere_is_passed_over() {
    let found = given(service("reviews").namespace("shop")).and(version("reviews", "v1")).run();
    found.only(Code::NoWorkloads);
    found.unchanged();
}

#[test]
fn objects_that_never_reach_a_cluster_do_not_count() {
    let local = |value: &str| format!("config.kubernetes.io/local-config: {value}");
    for value in ["'true'", "true", "''", "yes"] {
        let found = given(service("reviews"))
            .and(version("reviews", "v1"))
            .and(version("reviews", "v2").annotation(&local(value)))
            .run();
        assert_eq!(found.quiet().routes("reviews"), ["default-reviews -> v1"], "{value}");

        let found = given(service("reviews").annotation(&local(value))).and(version("reviews", "v1")).run();
        found.quiet().unchanged();

        let rule = rule("DestinationRule", "mine", "", "{host: reviews}")
            .replace("metadata:\n", &format!("metadata:\n  annotations: {{{}}}\n", local(value)));
        assert_eq!(two_versions().and(rule).run().quiet().routes("reviews"), TWO_ROUTES);
    }
    let found = given(service("reviews")).and(version("reviews", "v1").annotation(&local("'false'"))).run();
    assert_eq!(found.quiet().routes("reviews"), ["default-reviews -> v1"]);
}

#[test]
fn render_does_not_print_what_never_reaches_a_cluster() {
    let local = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: local\n  annotations:\n    \
                 config.kubernetes.io/local-config: 'true'\n";
    let run = overrides(&["render", "-"], stream(&[local.to_owned(), service("reviews").document()]).as_bytes());
    assert_eq!(run.code, Some(0));
    assert!(!run.stdout.contains("ConfigMap") && run.stdout.contains("kind: Service"), "{}", run.stdout);
}

// ---------------------------------------------------------------- version labels

#[test]
fn the_first_version_label_that_is_present_counts_and_the_subset_selects_on_it() {
    let found = given(service("reviews"))
        .and(deployment("a").of("reviews").version("v1").pod_label("example.com/release: r1"))
        .and(deployment("b").of("reviews").pod_label("example.com/release: r2"))
        .policy("versionLabels: [version, example.com/release]")
        .run();
    assert_eq!(found.quiet().subsets("reviews"), ["r2 example.com/release: r2", "v1 version: v1"]);
    let turned = given(service("reviews").annotation("overrides.dev/default-version: r1"))
        .and(deployment("a").of("reviews").version("v1").pod_label("example.com/release: r1"))
        .and(deployment("b").of("reviews").pod_label("example.com/release: r2"))
        .policy("versionLabels: [example.com/release, version]")
        .run();
    assert_eq!(turned.quiet().subsets("reviews"), ["r1 example.com/release: r1", "r2 example.com/release: r2"]);
}

#[test]
fn the_release_number_is_no_version_unless_somebody_says_so() {
    let workloads = given(service("reviews"))
        .and(deployment("a").of("reviews").pod_label("app.kubernetes.io/version: '7.1'").version("v1"))
        .and(deployment("b").of("reviews").pod_label("app.kubernetes.io/version: '7.2'").version("v2"));
    assert_eq!(workloads.run().quiet().routes("reviews"), TWO_ROUTES);
}

#[test]
fn an_empty_version_is_none_and_the_next_label_is_tried() {
    for empty in ["''", "\"\"", "", "~", "null"] {
        let found = given(service("reviews"))
            .and(deployment("a").of("reviews").version(empty).pod_label("release: v1"))
            .policy("versionLabels: [version, release]")
            .run();
        assert_eq!(found.quiet().subsets("reviews"), ["v1 release: v1"], "{empty:?}");
        given(service("reviews")).and(deployment("a").of("reviews").version(empty)).run().only(Code::NoVersions);
    }
}

#[test]
fn a_version_under_two_labels_is_an_error() {
    let found = given(service("reviews"))
        .and(version("reviews", "v1"))
        .and(deployment("b").of("reviews").pod_label("release: v1"))
        .policy("versionLabels: [version, release]")
        .run();
    let finding = found.only(Code::VersionUnderTwoLabels);
    assert_eq!(finding.related.as_ref().unwrap().0.object.as_ref().unwrap().name, "reviews-v1", "both are named");
    found.unchanged();
}

#[test]
fn versions_are_sorted_as_people_count() {
    let found = ["v10", "v2", "v1", "'1.10.0'", "'1.9.0'", "v1-rc2", "v1-rc10"]
        .iter()
        .enumerate()
        .fold(given(service("reviews")), |given, (number, value)| {
            given.and(deployment(&format!("d{number}")).of("reviews").version(value))
        })
        .run();
    let names: Vec<String> =
        found.quiet().subsets("reviews").iter().map(|subset| subset.split(' ').next().unwrap().to_owned()).collect();
    assert_eq!(names, ["1-9-0", "1-10-0", "v1", "v1-rc2", "v1-rc10", "v2", "v10"]);
    let routes = found.routes("reviews");
    assert_eq!(routes.len(), 7, "one per version but the default, and the default's own rule");
    assert_eq!(routes.last().unwrap(), "default-reviews -> v1");
}

#[test]
fn a_subset_name_is_at_most_63_characters_and_has_no_dash_at_an_end() {
    let long = format!("'{}'", "1.".repeat(31) + "1");
    let found =
        given(service("reviews")).and(version("reviews", "v1")).and(deployment("b").of("reviews").version(&long));
    let found = found.run();
    for subset in found.quiet().subsets("reviews") {
        let name = subset.split(' ').next().unwrap();
        assert!(name.len() <= 63 && name.starts_with(|c: char| c.is_ascii_alphanumeric()), "{name}");
        assert!(name.ends_with(|c: char| c.is_ascii_alphanumeric()), "{name}");
    }
}

// ---------------------------------------------------------------- workloads without a version

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
        .policy("unversioned: label")
        .run();
    found.only(Code::DestinationRuleExists);
    found.unchanged();
}

// ---------------------------------------------------------------- default versions

#[test]
fn the_default_is_what_the_policy_says_of_the_service_first() {
    let annotated = |value: &str| service("reviews").annotation(&format!("overrides.dev/default-version: {value}"));
    let of = |reviews: support::given::Service, policy: &str| {
        given(reviews)
            .and(version("reviews", "v1"))
            .and(version("reviews", "v2"))
            .and(version("reviews", "v3"))
            .policy(policy)
            .run()
            .quiet()
            .routes("reviews")
            .pop()
            .unwrap()
    };
    let entry = "services: [{name: reviews, defaultVersion: v3}]";
    assert_eq!(of(annotated("v2"), entry), "default-reviews -> v3", "the entry");
    assert_eq!(of(annotated("v2"), "defaultVersion: v3"), "default-reviews -> v2", "then the annotation");
    assert_eq!(of(service("reviews"), "defaultVersion: v3"), "default-reviews -> v3", "then the preference");
    assert_eq!(of(service("reviews"), ""), "default-reviews -> v1", "which is v1");
}

#[test]
fn the_only_version_is_the_default_whatever_is_preferred() {
    let found = given(service("reviews")).and(version("reviews", "v7")).policy("defaultVersion: v3").run();
    assert_eq!(found.quiet().routes("reviews"), ["default-reviews -> v7"]);
}

#[test]
fn a_stated_default_that_is_not_there_is_an_error_even_when_there_is_only_one_version() {
    let found =
        given(service("reviews").annotation("overrides.dev/default-version: v9")).and(version("reviews", "v1")).run();
    assert!(found.only(Code::DefaultUnknown).cure.contains("`v1`"));
    let found = given(service("reviews").annotation("overrides.dev/default-version: v1"))
        .and(version("reviews", "v1"))
        .policy("services: [{name: reviews, defaultVersion: v9}]")
        .run();
    found.only(Code::DefaultUnknown);
}

#[test]
fn an_entry_of_the_policy_finds_a_service_that_kustomize_renamed() {
    let found = given(
        service("dev-reviews")
            .namespace("dev")
            .annotation("internal.config.kubernetes.io/previousNames: reviews,x-reviews")
            .annotation("internal.config.kubernetes.io/previousNamespaces: default,shop")
            .selector("{app: reviews}"),
    )
    .and(version("reviews", "v1").namespace("dev"))
    .and(version("reviews", "v2").namespace("dev"));
    for entry in
        ["name: reviews", "name: dev-reviews", "name: reviews, namespace: shop", "name: x-reviews, namespace: dev"]
    {
        let found = found.clone().policy(&format!("services: [{{{entry}, defaultVersion: v2}}]")).run();
        assert_eq!(found.quiet().routes("dev-reviews").last().unwrap(), "default-dev-reviews -> v2", "{entry}");
    }
}

#[test]
fn an_entry_with_a_namespace_tells_services_of_one_name_apart() {
    let both = ["shop", "staging"].iter().fold(Given::default(), |given, namespace| {
        given
            .and(service("reviews").namespace(namespace))
            .and(version("reviews", "v1").namespace(namespace))
            .and(version("reviews", "v2").namespace(namespace))
    });
    let found = both
        .clone()
        .policy("services: [{name: reviews, namespace: staging, defaultVersion: v2}, {name: reviews, namespace: shop}]")
        .run();
    let defaults: Vec<&str> = found
        .quiet()
        .generated
        .iter()
        .filter(|object| object.contains("kind: VirtualService"))
        .map(|object| object.trim_end().rsplit(' ').next().unwrap())
        .collect();
    assert_eq!(defaults, ["v1", "v2"], "shop, then staging");
    both.policy("services: [{name: reviews, defaultVersion: v2}]").run().only(Code::PolicyServiceAmbiguous);
}

// ---------------------------------------------------------------- carriers

#[test]
fn baggage_can_be_left_out_and_tracestate_added() {
    let carriers = |policy: &str| two_versions().policy(policy).run().quiet().routes("reviews")[0].clone();
    assert_eq!(carriers(""), "override-reviews-v2 by x-override, baggage -> v2");
    assert_eq!(carriers("baggage: false"), "override-reviews-v2 by x-override -> v2");
    assert_eq!(carriers("tracestate: true"), "override-reviews-v2 by x-override, baggage, tracestate -> v2");
    assert_eq!(carriers("baggage: false, tracestate: true"), "override-reviews-v2 by x-override, tracestate -> v2");
    assert_eq!(carriers("header: X-Route-To"), "override-reviews-v2 by x-route-to, baggage -> v2");
}

#[test]
fn the_expressions_are_a_fixed_frame_around_escaped_literals() {
    let dotted = |given: Given, namespace: &str| {
        let mut third = version("reviews", "'1.2'");
        if !namespace.is_empty() {
            third = third.namespace(namespace);
        }
        given.and(third).policy("tracestate: true").run()
    };
    let found = dotted(in_shop(), "shop");
    assert_eq!(found.regexes("reviews", "x-override")[0], r"^(.*,)?[ \t]*reviews(\.shop)?:1\.2[ \t]*(,.*)?$");
    assert_eq!(
        found.regexes("reviews", "baggage")[0],
        r"^(.*,)?[ \t]*override-reviews(\.shop)?[ \t]*=[ \t]*1\.2[ \t]*((,|;|%3[Bb]).*)?$"
    );
    assert_eq!(
        found.regexes("reviews", "tracestate")[0],
        r"^(.*,)?[ \t]*ov=([^,]*;)?reviews(\.shop)?:1\.2[ \t]*(;[^,]*)?(,.*)?$"
    );
    let unknown = dotted(two_versions(), "");
    assert_eq!(unknown.regexes("reviews", "x-override")[0], r"^(.*,)?[ \t]*reviews:1\.2[ \t]*(,.*)?$");
}

#[test]
fn tracestate_carries_several_overrides_in_one_member() {
    let found = in_shop().policy("tracestate: true").run();
    for value in [
        "ov=reviews:v2",
        "ov=ratings:v3;reviews:v2",
        "ov=reviews:v2;ratings:v3",
        "a=b,ov=reviews.shop:v2,c=d",
        "a=b, ov=reviews:v2 ,c=d",
    ] {
        assert_eq!(found.subset_for("reviews", &[("tracestate", value)]), "v2", "{value}");
    }
    for value in ["ov=reviews:v2x", "xov=reviews:v2", "ov=xreviews:v2", "ov=a,b=reviews:v2", "ov=reviews.other:v2"] {
        assert_eq!(found.subset_for("reviews", &[("tracestate", value)]), "v1", "{value}");
    }
}

// ---------------------------------------------------------------- ports

/// The routes of `reviews` in two versions with these ports.
fn routes_of(ports: &[&str]) -> Vec<String> {
    let service = ports.iter().fold(service("reviews"), |service, port| service.port(port));
    given(service).and(version("reviews", "v1")).and(version("reviews", "v2")).run().quiet().routes("reviews")
}

#[test]
fn a_single_http_port_is_not_named() {
    for port in
        ["name: http, port: 80", "port: 80, appProtocol: grpc", "name: http2-x, port: 80", "name: GRPC-Web, port: 8"]
    {
        assert_eq!(routes_of(&[port]), TWO_ROUTES, "{port}");
    }
}

#[test]
fn a_port_of_any_kind_beside_it_has_destinations_name_the_port() {
    let expected = ["override-reviews-v2 by x-override, baggage -> v2:80", "default-reviews -> v1:80"];
    assert_eq!(routes_of(&["name: http, port: 80", "name: dns, port: 53, protocol: UDP"]), expected);
    assert_eq!(routes_of(&["name: http, port: 80", "name: sctp, port: 54, protocol: SCTP"]), expected);
}

#[test]
fn a_sniffed_port_gets_both_kinds_of_rules() {
    assert_eq!(routes_of(&["port: 8080"]), [TWO_ROUTES[0], TWO_ROUTES[1], "tcp 8080 -> v1:8080"]);
    for number in [25, 53, 3306, 27017] {
        let port = format!("name: data, port: {number}");
        assert_eq!(routes_of(&[&port]), [format!("tcp {number} -> v1:{number}")], "never sniffed");
    }
}

#[test]
fn tcp_ports_are_pinned_to_the_default_and_only_when_there_are_several_versions() {
    assert_eq!(routes_of(&["name: tcp, port: 9000"]), ["tcp 9000 -> v1:9000"]);
    assert_eq!(routes_of(&["name: redis, port: 1", "name: mongo, port: 2"]), ["tcp 1 -> v1:1", "tcp 2 -> v1:2"]);
    let single = given(service("reviews").port("name: http, port: 80").port("name: tcp, port: 9000"))
        .and(version("reviews", "v1"))
        .run();
    assert_eq!(single.quiet().routes("reviews"), ["default-reviews -> v1:80"]);
    let only_tcp = given(service("reviews").port("name: tcp, port: 9000")).and(version("reviews", "v1")).run();
    only_tcp.only(Code::SingleVersionWithoutHttp);
    only_tcp.unchanged();
}

#[test]
fn tls_ports_are_left_alone() {
    let tls = service("reviews").port("name: https, port: 443").port("name: web, port: 8443, appProtocol: tls");
    let several = given(tls.clone()).and(version("reviews", "v1")).and(version("reviews", "v2")).run();
    assert_eq!(several.only(Code::OnlyTlsPorts).severity, Severity::Warning);
    several.unchanged();
    let single = given(tls.clone()).and(version("reviews", "v1")).run();
    assert_eq!(single.only(Code::OnlyTlsPorts).severity, Severity::Info);

    let beside =
        given(tls.port("name: http, port: 80")).and(version("reviews", "v1")).and(version("reviews", "v2")).run();
    assert_eq!(beside.codes(), [Code::TlsPort, Code::TlsPort]);
    assert_eq!(
        beside.routes("reviews"),
        ["override-reviews-v2 by x-override, baggage -> v2:80", "default-reviews -> v1:80"]
    );
    let single = given(service("reviews").port("name: https, port: 443").port("name: http, port: 80"))
        .and(version("reviews", "v1"))
        .run();
    assert_eq!(single.quiet().routes("reviews"), ["default-reviews -> v1:80"]);
}

#[test]
fn a_service_without_a_tcp_port_is_passed_over() {
    given(service("reviews").port("name: dns, port: 53, protocol: UDP"))
        .and(version("reviews", "v1"))
        .run()
        .only(Code::NoTcpPorts);
    let none = "apiVersion: v1\nkind: Service\nmetadata: {name: reviews}\nspec: {selector: {app: reviews}}\n";
    given(none).and(version("reviews", "v1")).run().only(Code::NoTcpPorts);
}

// ---------------------------------------------------------------- single versions, selections, opting out

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

// ---------------------------------------------------------------- rules that are already there

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
    for host in ["reviews", "reviews.shop.svc.cluster.local", "reviews.shop.svc.example.org", "reviews.shop.svc"] {
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
        "reviews.shop",
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
    let single = given(service("reviews").namespace("shop"))
        .and(version("reviews", "v1").namespace("shop"))
        .and(edge("{host: reviews}"))
        .run();
    assert_eq!(single.only(Code::RouteWithoutSubset).severity, Severity::Info, "there is nothing to spread over");
}

#[test]
fn a_rule_that_says_the_name_before_kustomize_changed_it_is_found() {
    let renamed = || {
        given(
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

// ---------------------------------------------------------------- again

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
    assert_eq!(found.quiet().yaml(), earlier.yaml());
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

// ---------------------------------------------------------------- packages

const PATH: &str = "internal.config.kubernetes.io/path";
const INDEX: &str = "internal.config.kubernetes.io/index";

#[test]
fn in_a_package_new_objects_go_to_a_file_of_their_own_beside_the_service() {
    let found = given(
        service("reviews")
            .annotation(&format!("{PATH}: apps/web/services.yaml"))
            .annotation(&format!("{INDEX}: '3'"))
            .annotation("internal.config.kubernetes.io/package-path: apps")
            .annotation("internal.config.kubernetes.io/id: '7'")
            .annotation("config.kubernetes.io/local-config: 'false'"),
    )
    .and(version("reviews", "v1"))
    .run();
    for (kind, index) in [("DestinationRule", "0"), ("VirtualService", "1")] {
        let object = found.quiet().object(kind, "reviews-overrides").unwrap();
        let annotations = object["metadata"]["annotations"].as_object().unwrap();
        assert_eq!(annotations[PATH], "apps/web/overrides_reviews.yaml");
        assert_eq!(annotations[INDEX], index);
        assert_eq!(annotations["internal.config.kubernetes.io/package-path"], "apps");
        assert_eq!(annotations["overrides.dev/generated-for"], "reviews");
        assert_eq!(annotations.len(), 4, "and nothing else of the Service's: {annotations:?}");
    }
}

#[test]
fn the_annotations_of_the_older_contract_are_answered_in_kind() {
    let old = ["config.kubernetes.io/path: services.yaml", "config.kubernetes.io/index: '0'"];
    let reviews = old.iter().fold(service("reviews"), |service, annotation| service.annotation(annotation));
    let found = given(reviews).and(version("reviews", "v1")).run();
    let yaml = found.quiet().yaml();
    assert!(yaml.contains("    config.kubernetes.io/path: overrides_reviews.yaml\n"), "{yaml}");
    assert!(!yaml.contains("internal.config"), "{yaml}");
}

#[test]
fn without_a_path_none_is_set() {
    assert!(!in_shop().run().quiet().yaml().contains("config.kubernetes.io"));
}

#[test]
fn services_of_one_name_in_one_folder_share_the_file_at_the_next_free_indexes() {
    let packaged = |namespace: &str| {
        service("reviews")
            .namespace(namespace)
            .annotation(&format!("{PATH}: {namespace}.yaml"))
            .annotation(&format!("{INDEX}: '0'"))
    };
    let users = format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: users\n  annotations: {{{PATH}: overrides_reviews.yaml, \
         {INDEX}: '4'}}\n"
    );
    let found = given(packaged("b"))
        .and(version("reviews", "v1").namespace("b"))
        .and(packaged("a"))
        .and(version("reviews", "v1").namespace("a"))
        .and(users)
        .run();
    let places: Vec<(String, String)> = found
        .quiet()
        .generated
        .iter()
        .map(|object| {
            let value = support::given::value(object);
            let annotations = value["metadata"]["annotations"].clone();
            assert_eq!(annotations[PATH], "overrides_reviews.yaml");
            (
                value["metadata"]["namespace"].as_str().unwrap().to_owned(),
                annotations[INDEX].as_str().unwrap().to_owned(),
            )
        })
        .collect();
    let expected = [("a", "5"), ("a", "6"), ("b", "7"), ("b", "8")];
    assert_eq!(places, expected.map(|(namespace, index)| (namespace.to_owned(), index.to_owned())));
}

// ---------------------------------------------------------------- the policy

#[test]
fn both_forms_of_the_policy_give_the_same() {
    let pairs = [
        ("header: x-other", "header: x-other"),
        ("baggage: false, tracestate: true", "baggage: 'false', tracestate: 'true'"),
        ("versionLabels: [release, version]", "versionLabels: 'release, version'"),
        ("defaultVersion: v2", "defaultVersion: v2"),
        ("unversioned: label", "unversioned: label"),
        ("unversioned: error", "unversioned: error"),
        ("existing: error", "existing: error"),
        ("singleVersion: skip", "singleVersion: skip"),
        ("rootNamespace: mesh", "rootNamespace: mesh"),
    ];
    let configuration = in_shop()
        .and(service("ratings"))
        .and(version("ratings", "v1"))
        .and(service("plain"))
        .and(deployment("plain").of("plain"))
        .and(service("far").namespace("far"))
        .and(version("far", "v1").namespace("far"))
        .and(rule("DestinationRule", "wide", "mesh", "{host: '*.far.svc.cluster.local'}"));
    let default = configuration.run();
    for (spec, data) in pairs {
        let kind = configuration.clone().policy(spec).run();
        let map = configuration.clone().settings(data).run();
        assert_eq!(kind.generated, map.generated, "{spec}");
        assert_eq!(kind.codes(), map.codes(), "{spec}");
        let differs = kind.generated != default.generated || kind.codes() != default.codes();
        assert!(differs || spec.starts_with("versionLabels"), "{spec} changes something");
    }
    for nothing in ["", "header: x-override, baggage: 'true', existing: skip, singleVersion: pin"] {
        assert_eq!(configuration.clone().settings(nothing).run().generated, default.generated, "the defaults");
    }
    assert_eq!(configuration.policy("").run().generated, default.generated);
}

#[test]
fn no_policy_in_any_spelling_is_the_default_policy() {
    let documents = [service("reviews").document(), version("reviews", "v1").document()];
    let expected = function(&resource_list("", &documents));
    for head in [
        "functionConfig:\n",
        "functionConfig: null\n",
        "functionConfig: {apiVersion: v1, kind: ConfigMap}\n",
        "functionConfig: {apiVersion: v1, kind: ConfigMap, metadata: {name: function-input}, data: {}}\n",
        "functionConfig: {apiVersion: v1, kind: ConfigMap, data: null}\n",
        "functionConfig: {apiVersion: overrides.dev/v1alpha1, kind: Overrides}\n",
        "functionConfig: {apiVersion: overrides.dev/v1alpha1, kind: Overrides, metadata: {name: a}, spec: null}\n",
        "functionConfig: {apiVersion: overrides.dev/v1alpha1, kind: Overrides, spec: {services: , select: }}\n",
    ] {
        let found = function(&resource_list(head, &documents));
        assert!(found.findings.is_empty(), "{head}: {:?}", found.findings);
        assert_eq!(found.output.replacen(head, "", 1), expected.output, "{head}");
    }
}

#[test]
fn render_takes_its_policy_from_a_file_from_the_input_or_from_settings() {
    let documents = [
        service("reviews").document(),
        version("reviews", "v1").document(),
        version("reviews", "v2").document(),
        "apiVersion: overrides.dev/v1alpha1\nkind: Overrides\nmetadata: {name: mesh}\nspec: {defaultVersion: v2}\n"
            .to_owned(),
    ];
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mesh.yaml");
    std::fs::write(&file, &documents[3]).unwrap();
    let file = file.to_str().unwrap();
    let without = stream(&documents[..3]);
    let with = stream(&documents);

    let from_file = overrides(&["render", "-", "--config", file], without.as_bytes());
    let among = overrides(&["render", "-"], with.as_bytes());
    let set = overrides(&["render", "-", "--set", "defaultVersion=v2"], without.as_bytes());
    assert!(from_file.stdout.ends_with("subset: v2\n"), "{}", from_file.stdout);
    assert_eq!(among.stdout, from_file.stdout, "the policy is not printed");
    assert_eq!(set.stdout, from_file.stdout);
    let both = overrides(&["render", "-", "--config", file, "--set", "defaultVersion=v1"], with.as_bytes());
    assert!(both.stdout.ends_with("subset: v1\n"), "a setting is the last word: {}", both.stdout);
    assert!(!both.stdout.contains("Overrides\n"), "{}", both.stdout);
}

// ---------------------------------------------------------------- lists in every style

/// `reviews` in two versions, as a list in some style.
fn styled(items: &str) -> String {
    format!("apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:{items}")
}

#[test]
fn every_version_of_the_contract_is_read_and_returned() {
    for version in ["v1", "v1beta1", "v1alpha1"] {
        let list =
            two_versions().list().replace("config.kubernetes.io/v1\n", &format!("config.kubernetes.io/{version}\n"));
        let found = function(&list);
        assert!(found.findings.is_empty() && found.output.starts_with(&list), "{version}");
        assert!(found.output.len() > list.len());
    }
}

#[test]
fn lists_without_items_come_back_with_items() {
    let head = "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\n";
    for (list, expected) in [
        (head.to_owned(), format!("{head}items: []\n")),
        (styled(" []\n"), styled(" []\n")),
        (styled("\n"), styled("\n")),
        (styled(" null\n"), styled(" null\n")),
        (styled(" ~ # none\n"), styled(" ~ # none\n")),
        (styled(" []"), styled(" []")),
    ] {
        let found = function(&list);
        assert!(found.findings.is_empty());
        assert_eq!(found.output, expected);
    }
}

#[test]
fn a_list_with_nothing_but_stale_objects_ends_with_an_empty_one() {
    let earlier = in_shop().run();
    let found = function(&resource_list("", &earlier.generated));
    assert!(found.findings.iter().all(|finding| finding.code == Code::Removed));
    assert!(found.output.contains("\nitems: []\nresults:\n"), "{}", found.output);
    assert_eq!(function(&found.output).output, found.output);
}

#[test]
fn windows_line_ends_stay_and_what_is_added_has_them_too() {
    for list in [two_versions().list(), two_versions().and(service("external").spec("type: ExternalName")).list()] {
        let windows = list.replace('\n', "\r\n");
        let found = function(&windows);
        assert!(found.output.starts_with(&windows));
        assert_eq!(found.output.matches('\n').count(), found.output.matches("\r\n").count());
        assert_eq!(found.output.replace("\r\n", "\n"), function(&list).output);
        assert_eq!(function(&found.output).output, found.output);
    }
    let labelled = given(service("reviews")).and(deployment("a").of("reviews")).policy("unversioned: label").list();
    let found = function(&labelled.replace('\n', "\r\n"));
    assert_eq!(found.output.replace("\r\n", "\n"), function(&labelled).output);
    assert!(!found.output.replace("\r\n", "").contains(['\r', '\n']));
}

#[test]
fn a_byte_order_mark_stays_where_it_is() {
    let list = format!("\u{feff}{}", two_versions().list());
    let found = function(&list);
    assert!(found.findings.is_empty(), "{:?}", found.findings);
    assert!(found.output.starts_with(&list));
    assert_eq!(found.output.matches('\u{feff}').count(), 1);
    assert_eq!(function(&found.output).output, found.output);
    assert_eq!(found.output.trim_start_matches('\u{feff}'), two_versions().run().output);
}

#[test]
fn a_missing_line_break_at_the_end_is_no_matter() {
    let list = two_versions().list();
    let short = list.trim_end();
    let found = function(short);
    assert!(found.output.starts_with(short));
    assert_eq!(found.output.trim_end(), function(&list).output.trim_end());
    assert_eq!(function(&found.output).output, found.output);
}

#[test]
fn lists_in_flow_style_and_json_get_json_behind_their_items() {
    let reviews = "{\"apiVersion\": \"v1\", \"kind\": \"Service\", \"metadata\": {\"name\": \"reviews\"}, \"spec\": {\"selector\": \
                   {\"app\": \"reviews\"}, \"ports\": [{\"name\": \"http\", \"port\": 80}]}}";
    let first = "{\"apiVersion\": \"apps/v1\", \"kind\": \"Deployment\", \"metadata\": {\"name\": \"first\"}, \"spec\": {\"template\": \
                 {\"metadata\": {\"labels\": {\"app\": \"reviews\", \"version\": \"v1\"}}}}}";
    let json = format!(
        "{{\"apiVersion\": \"config.kubernetes.io/v1\", \"kind\": \"ResourceList\", \"items\": [{reviews}, {first}]}}\n"
    );
    let pretty = format!(
        "{{\n  \"apiVersion\": \"config.kubernetes.io/v1\",\n  \"kind\": \"ResourceList\",\n  \"items\": [\n    {reviews},\n    \
         {first}\n  ]\n}}\n"
    );
    let flow = styled(&format!(" [{reviews},\n  {first}] # behind\n"));
    for list in [json, pretty, flow] {
        let found = function(&list);
        assert!(found.findings.is_empty());
        let parsed = ResourceList::parse(&found.output).unwrap();
        let kinds: Vec<&str> = parsed.items().iter().map(Item::kind).collect();
        assert_eq!(kinds, ["Service", "Deployment", "DestinationRule", "VirtualService"], "{}", found.output);
        assert!(found.output.contains(reviews) && found.output.contains(first));
        if list.starts_with('{') {
            serde_json::from_str::<serde_json::Value>(&found.output).expect("JSON stays JSON");
        }
        assert_eq!(function(&found.output).output, found.output);
    }
}

#[test]
fn items_may_be_indented_commented_and_spaced_as_their_author_likes() {
    let list = "\
# the list
apiVersion: config.kubernetes.io/v1
kind: ResourceList
unknown: {kept: true} # too
items:

  # the Service
  - apiVersion: v1   # trailing white space   \n    kind: \"Service\"
    metadata: {name: 'reviews'}
    spec:
        selector:   {app: reviews}
        ports:
        -   port: 80
            name: http
# at column 0
  -   # a comment behind the dash
      kind: Deployment
      apiVersion: apps/v1
      metadata:
          name: first
      spec: {template: {metadata: {labels: {app: reviews, version: v1}}}}
      # the end of the first

  - # another
    apiVersion: v1
    kind: ConfigMap
    metadata: {name: text}
    data:
      text: |2+
          indented

# the end
";
    let found = function(list);
    assert!(found.findings.is_empty(), "{:?}", found.findings);
    insta::assert_snapshot!(found.output);
    assert_eq!(function(&found.output).output, found.output);
}

#[test]
fn an_object_behind_what_is_added_keeps_its_place() {
    let list = two_versions().list() + "functionConfig:\n  apiVersion: v1\n  kind: ConfigMap\n# the end\n";
    let found = function(&list);
    assert!(found.findings.is_empty());
    let (items, tail) = found.output.split_once("functionConfig:\n").unwrap();
    assert_eq!(tail, "  apiVersion: v1\n  kind: ConfigMap\n# the end\n");
    assert!(items.contains("kind: VirtualService"));
    assert_eq!(function(&found.output).output, found.output);
}
