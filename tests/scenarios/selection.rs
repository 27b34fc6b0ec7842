//! Workloads, and which of them a Service selects.

use super::*;

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
    assert_eq!(found.routes("reviews"), ["default-reviews -> v1"]);
    assert_eq!(found.codes(), [Code::UnselectedWorkload; 2], "the other two are selected by nobody");
}

#[test]
fn an_absent_namespace_is_default() {
    let mixed = given(service("reviews"))
        .and(version("reviews", "v1").namespace("default"))
        .and(version("reviews", "v2"))
        .and(version("reviews", "v3").namespace("shop"))
        .run();
    assert_eq!(mixed.routes("reviews"), TWO_ROUTES);
    mixed.only(Code::UnselectedWorkload);
    assert!(!mixed.yaml().contains("namespace"), "and none is written where the Service has none");

    let other = given(service("reviews").namespace("default")).and(version("reviews", "v1")).run();
    assert!(other.quiet().yaml().contains("  namespace: default\n"));
}

#[test]
fn a_service_whose_workloads_are_elsewhere_is_passed_over() {
    let found = given(service("reviews").namespace("shop")).and(version("reviews", "v1")).run();
    assert_eq!(found.codes(), [Code::NoWorkloads, Code::UnselectedWorkload]);
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
        found.unchanged().only(Code::UnselectedWorkload);

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

#[test]
fn everything_with_pods_behind_a_service_counts() {
    for (api_version, kind) in [
        ("apps.openshift.io/v1", "DeploymentConfig"),
        ("apps.kruise.io/v1alpha1", "StatefulSet"),
        ("apps.kruise.io/v1alpha1", "DaemonSet"),
    ] {
        let third = workload(api_version, kind, "third").of("reviews");
        let found = two_versions().and(third.clone()).run();
        found.unchanged().only(Code::SomeUnversioned);
        two_versions().and(third.version("v3")).run().quiet();
    }
    for (kind, spec) in [
        ("WorkloadEntry", "{address: 10.0.0.9, labels: {app: reviews}}"),
        ("WorkloadGroup", "{metadata: {labels: {app: reviews}}}"),
    ] {
        two_versions().and(rule(kind, "machine", "", spec)).run().unchanged().only(Code::SomeUnversioned);
        let versioned = spec.replace("app: reviews", "app: reviews, version: v3");
        let found = two_versions().and(rule(kind, "machine", "", &versioned)).run();
        assert_eq!(found.quiet().subsets("reviews").last().unwrap(), "v3 version: v3");
    }
}

#[test]
fn a_pod_that_helm_runs_as_a_hook_serves_nobody() {
    let hook = pod("probe").of("reviews").annotation("helm.sh/hook: test");
    two_versions().and(hook).run().quiet();
}

#[test]
fn a_deployment_that_a_rollout_runs_is_not_scaled_to_zero() {
    let rollout = "apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: {name: reviews}\nspec:\n  \
                   workloadRef: {apiVersion: apps/v1, kind: Deployment, name: reviews-v1}\n";
    let scaled = version("reviews", "v1").replicas(0);
    given(service("reviews")).and(scaled.clone()).run().only(Code::ScaledToZero);
    given(service("reviews")).and(scaled).and(rollout).run().quiet();
}

#[test]
fn a_preview_that_is_scaled_to_zero_is_pointed_out() {
    let found = given(service("reviews")).and(version("reviews", "v1")).and(version("reviews", "v2").replicas(0)).run();
    assert_eq!(found.only(Code::ScaledToZero).severity, Severity::Info);
}
