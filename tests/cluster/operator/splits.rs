//! launchpad's walk-through: a `Workload`, its rules, their return and their change.

use super::*;
use crate::parts::objects::two_versions;
use crate::parts::operator::Operator;

pub fn workload(namespace: &str, weights: [u32; 2]) -> String {
    let target = |version: &str, weight: u32| {
        format!(
            "  - name: hello-{version}\n    namespace: {namespace}\n    trafficSplit:\n      hosts: [hello]\n      \
             subset: {{name: {version}, labels: {{version: {version}}}}}\n      destinationHost: hello\n      \
             weight: {weight}\n"
        )
    };
    format!(
        "apiVersion: labs.ishankhare.dev/v1alpha1\nkind: Workload\nmetadata: {{name: hello, namespace: {namespace}}}\n\
         spec:\n  host: hello\n  targets:\n{}{}",
        target("v1", weights[0]),
        target("v2", weights[1])
    )
}

/// The weights of the default route, and the two states of launchpad's.
fn seen(cluster: &Cluster, namespace: &str) -> (Vec<u64>, String) {
    let routes = cluster.routes(namespace, "hello-overrides").unwrap_or_default();
    let http = routes["spec"]["http"].as_array().cloned().unwrap_or_default();
    let shares = http.last().and_then(|route| route["route"].as_array().cloned()).unwrap_or_default();
    let status = cluster
        .get("labs.ishankhare.dev/v1alpha1", "Workload", namespace, "hello")
        .map(|workload| workload["status"].clone())
        .unwrap_or_default();
    let word = |field: &str| status[field].as_str().unwrap_or("-").to_owned();
    let words = format!("{} {}", word("virtualServiceState"), word("destinationRuleState"));
    (shares.iter().filter_map(|share| share["weight"].as_u64()).collect(), words)
}

#[test]
fn a_workload_splits_the_traffic_heals_and_follows_its_weights() {
    let (cluster, namespace) = (shared(), "launchpad");
    cluster.install_own_kinds();
    cluster.namespace(namespace);
    let _operator = Operator::of(cluster, namespace);
    cluster.apply(&(two_versions(namespace, "hello") + "---\n" + &workload(namespace, [80, 20])));
    let in_force = |weights: [u64; 2]| {
        let wanted = (weights.to_vec(), "CREATED CREATED".to_owned());
        eventually(&format!("{weights:?} are in force"), || seen(cluster, namespace), |seen| *seen == wanted);
    };
    in_force([80, 20]);
    cluster.delete(ISTIO, "VirtualService", namespace, "hello-overrides");
    in_force([80, 20]);
    cluster.apply(&workload(namespace, [60, 40]));
    in_force([60, 40]);
    let workload = || cluster.get("labs.ishankhare.dev/v1alpha1", "Workload", namespace, "hello").expect("it is there");
    let conditions = || {
        let workload = workload();
        let conditions = workload["status"]["conditions"].as_array().cloned().unwrap_or_default();
        conditions.iter().map(|one| format!("{} {}", one["type"], one["status"]).replace('"', "")).collect::<Vec<_>>()
    };
    eventually("it is programmed", conditions, |seen| *seen == ["Accepted True", "Programmed True"]);
    assert_eq!(workload()["status"]["observedGeneration"], workload()["metadata"]["generation"]);
}

#[test]
fn a_workload_that_cannot_be_followed_says_so_and_changes_nothing() {
    let (cluster, namespace) = (shared(), "unfollowed");
    cluster.install_own_kinds();
    cluster.namespace(namespace);
    let _operator = Operator::of(cluster, namespace);
    cluster.apply(&two_versions(namespace, "hello"));
    cluster.comes_to(namespace, "hello", &BOTH.replace("reviews", "hello"));
    // Admission cannot know which Pods there are.
    cluster.apply(&workload(namespace, [80, 20]).replace("labels: {version: v2}", "labels: {version: v9}"));
    let accepted = || {
        let workload = cluster.get("labs.ishankhare.dev/v1alpha1", "Workload", namespace, "hello");
        let status = workload.unwrap_or_default()["status"]["conditions"][0].clone();
        format!("{} {}: {}", status["status"], status["reason"], status["message"])
    };
    eventually("it is refused", accepted, |seen| seen.starts_with("\"False\" \"Invalid\""));
    assert_eq!(cluster.state(namespace, "hello"), BOTH.replace("reviews", "hello"));
}

#[test]
fn weights_that_do_not_add_up_are_refused_at_admission_with_a_sentence() {
    let (cluster, namespace) = (shared(), "admitted");
    cluster.install_own_kinds();
    cluster.namespace(namespace);
    let object = crate::parts::client::values(&workload(namespace, [70, 20])).remove(0);
    let refused = cluster.offer(&object, "workloads").expect_err("the API server refuses it");
    assert!(refused.contains("the weights must add up to 100"), "{refused}");
}
