//! Workloads with a version that no Service of the input selects.

use super::*;

/// The finding about it, with its severity.
#[track_caller]
fn severity(given: Given) -> Severity {
    given.run().only(Code::UnselectedWorkload).severity
}

#[test]
fn a_versioned_workload_without_a_service_is_pointed_out() {
    let alone = given(version("reviews", "pr-123")).run();
    let finding = alone.unchanged().only(Code::UnselectedWorkload);
    assert_eq!(finding.severity, Severity::Warning);
    assert!(finding.message.contains("`pr-123`"), "{}", finding.message);
    let kinds = [
        ("apps/v1", "StatefulSet"),
        ("apps/v1", "DaemonSet"),
        ("argoproj.io/v1alpha1", "Rollout"),
        ("apps.kruise.io/v1alpha1", "CloneSet"),
        ("v1", "Pod"),
    ];
    for (api_version, kind) in kinds {
        let one = workload(api_version, kind, "reviews").of("reviews").version("pr-123");
        assert_eq!(severity(given(one)), Severity::Warning, "{kind}");
    }
    let labelled = deployment("reviews").of("reviews").pod_label("example.com/version: pr-123");
    given(labelled.clone()).run().quiet();
    assert_eq!(severity(given(labelled).policy("versionLabels: [example.com/version]")), Severity::Warning);
    assert_eq!(severity(given(deployment("reviews").of("reviews").version("1.0"))), Severity::Warning, "a number");
}

#[test]
fn a_service_in_another_namespace_is_not_its_service() {
    let elsewhere = given(version("reviews", "pr-123").namespace("shop"))
        .and(service("reviews").namespace("other"))
        .and(version("reviews", "v1").namespace("other"))
        .run();
    assert_eq!(elsewhere.only(Code::UnselectedWorkload).severity, Severity::Info);
    let nothing_at_all =
        given(version("reviews", "pr-123").namespace("shop")).and(service("reviews").namespace("other"));
    assert_eq!(nothing_at_all.run().codes(), [Code::NoWorkloads, Code::UnselectedWorkload]);
}

#[test]
fn what_works_in_the_background_beside_services_is_no_reason_to_warn() {
    let worker = || version("worker", "v1");
    assert_eq!(severity(two_versions().and(worker())), Severity::Info);
    assert_eq!(severity(two_versions().and(deployment("reviews-worker").of("worker").version("v1"))), Severity::Info);
}

#[test]
fn a_workload_that_is_named_like_a_version_of_a_service_is_warned_about() {
    let strayed = |name: &str| deployment(name).of("revews").version("PR_7");
    for name in ["reviews-pr-7", "reviews"] {
        let found = two_versions().and(strayed(name)).run();
        let finding = found.only(Code::UnselectedWorkload);
        assert_eq!(finding.severity, Severity::Warning, "{name}");
        assert!(finding.cure.contains("`app: reviews`"), "{}", finding.cure);
        assert!(
            finding.cure.contains("as soon as they have") && finding.cure.contains("rules first"),
            "the help must not send baseline traffic to new code: {}",
            finding.cure
        );
    }
    assert_eq!(severity(two_versions().and(strayed("reviews-pr-7-migrations"))), Severity::Info);
    assert_eq!(severity(two_versions().and(strayed("reviews-pr-7").namespace("other"))), Severity::Info);
}

#[test]
fn what_is_no_workload_of_a_service_is_not_looked_for() {
    given(deployment("reviews").of("reviews")).run().quiet();
    given(deployment("reviews").of("reviews").version("''")).run().quiet();
    given(version("reviews", "v1").annotation("helm.sh/hook: test")).run().quiet();
    let local = version("details", "v1").annotation("config.kubernetes.io/local-config: 'true'");
    two_versions().and(local).run().quiet();
    given(workload("batch/v1", "Job", "reviews").of("reviews").version("v1")).run().quiet();
    // A controller's Pod is its controller's, as in a live cluster.
    let owned = pod("reviews-v1-abc").of("reviews").version("v1").pod_label("pod-template-hash: 5d4f7c7c5");
    given(owned).run().quiet();
    // ServiceEntries select machines.
    let machine = rule("WorkloadEntry", "vm", "", "{address: 10.0.0.1, labels: {app: reviews, version: v1}}");
    given(machine.as_str()).run().quiet();
    // Flagger makes the Service.
    let canary = "apiVersion: flagger.app/v1beta1\nkind: Canary\nmetadata:\n  name: reviews\nspec: {targetRef: {kind: \
                  Deployment, name: reviews}}\n";
    given(deployment("reviews").of("reviews").version("v1")).and(canary).run().quiet();
}

#[test]
fn a_service_that_gets_no_rules_selects_all_the_same() {
    for service in [
        service("reviews").annotation("overrides.dev/ignore: 'true'"),
        service("reviews").spec("clusterIP: None"),
        service("reviews").selector("{app: reviews, version: v1}"),
        service("reviews").port("name: dns, port: 53, protocol: UDP"),
    ] {
        let found = given(service).and(version("reviews", "v1")).run();
        assert!(!found.codes().contains(&Code::UnselectedWorkload), "{:?}", found.findings);
    }
    let found = two_versions().policy("services: [{name: reviews, ignore: true}]").run();
    found.only(Code::OptedOut);
}
