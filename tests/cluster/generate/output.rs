//! What is printed.

use super::rendered;
use crate::parts::cluster::cluster;
use crate::parts::objects::{deployment, pod, pod_with, service, two_versions};

/// What only a server writes.
const SERVER_FIELDS: [&str; 7] =
    ["uid:", "managedFields", "resourceVersion", "creationTimestamp", "status:", "generation:", "last-applied"];

#[test]
fn deployments_give_what_render_gives_for_the_same_manifests() {
    let cluster = cluster();
    cluster.namespace("deployments");
    let documents = two_versions("deployments", "reviews") + &two_versions("deployments", "ratings");
    cluster.apply(&documents);
    let printed = cluster.generated("deployments");
    assert_eq!(printed, rendered(&documents));
    assert!(SERVER_FIELDS.iter().all(|field| !printed.contains(field)), "{printed}");
}

#[test]
fn pods_alone_are_enough() {
    let cluster = cluster();
    cluster.namespace("pods");
    let documents = service("pods", "reviews") + &pod("pods", "reviews", "v1") + &pod("pods", "reviews", "v2");
    cluster.apply(&documents);
    assert_eq!(cluster.generated("pods"), rendered(&documents));
}

#[test]
fn pods_beside_their_deployments_change_nothing() {
    let cluster = cluster();
    cluster.namespace("both");
    let deployments = two_versions("both", "reviews");
    cluster.apply(&(deployments.clone() + &pod("both", "reviews", "v1") + &pod("both", "reviews", "v2")));
    assert_eq!(cluster.generated("both"), rendered(&deployments));
}

#[test]
fn pods_that_serve_nobody_are_no_versions() {
    let cluster = cluster();
    cluster.namespace("idle");
    let owned = |kind: &str, version: &str| {
        format!("  ownerReferences: [{{apiVersion: {version}, kind: {kind}, name: x, uid: 1b3c, controller: true}}]\n")
    };
    let documents = two_versions("idle", "reviews");
    cluster.apply(&documents);
    let idle = |version: &str, metadata: &str, phase: &str| {
        cluster.apply(&pod_with("idle", &format!("reviews-{version}"), "reviews", version, metadata, phase));
    };
    idle("done", "", "Succeeded");
    idle("failed", "", "Failed");
    idle("job", &owned("Job", "batch/v1"), "Running");
    idle("leaving", "  finalizers: [example.com/wait]\n", "Running");
    cluster.delete("v1", "Pod", "idle", "reviews-leaving");
    let old = deployment("idle", "reviews", "old").replace("kind: Deployment", "kind: ReplicaSet");
    let owner = format!("namespace: idle\n{}", owned("Deployment", "apps/v1"));
    let old = old.replace(
        "metadata: {name: reviews-old, namespace: idle}\n",
        &format!("metadata:\n  name: reviews-old\n  {owner}"),
    );
    cluster.apply(&old);
    assert_eq!(cluster.generated("idle"), rendered(&documents));
}
