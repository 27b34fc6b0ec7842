//! What is printed.

use super::rendered;
use crate::parts::cluster::{Cluster, cluster};
use crate::parts::objects::{deployment, pod, pod_with, service, two_versions};
use crate::support::optional;

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
fn what_is_printed_can_be_applied_and_comes_again_byte_for_byte() {
    let cluster = cluster();
    cluster.namespace("again");
    cluster.apply(&(two_versions("again", "reviews") + &two_versions("again", "ratings")));
    let first = cluster.generated("again");
    cluster.apply(&first);
    assert_eq!(cluster.generated("again"), first);
}

#[test]
fn kubectl_applies_what_is_printed_and_then_finds_no_difference() {
    if !optional("kubectl") {
        return;
    }
    let cluster = cluster();
    cluster.namespace("kubectl");
    cluster.apply(&two_versions("kubectl", "reviews"));
    let kubeconfig = cluster.kubeconfig("admin", "default");
    let kubectl = |verb: &str, documents: String| {
        let mut command = assert_cmd::Command::new("kubectl");
        command.args(["--kubeconfig", &kubeconfig, verb, "-f", "-"]).write_stdin(documents);
        let output = command.output().expect("kubectl starts");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("kubectl writes UTF-8")
    };
    let printed = cluster.generated("kubectl");
    let applied = kubectl("apply", printed.clone());
    assert_eq!(applied.matches("created").count(), 2, "{applied}");
    assert_eq!(cluster.generated("kubectl"), printed);
    assert_eq!(kubectl("diff", printed), "");
}

#[test]
fn what_is_stale_is_named_with_the_command_that_deletes_it() {
    let cluster = cluster();
    cluster.namespace("stale");
    cluster.apply(&two_versions("stale", "reviews"));
    cluster.apply(&cluster.generated("stale"));
    cluster.delete("v1", "Service", "stale", "reviews");
    for version in ["v1", "v2"] {
        cluster.delete("apps/v1", "Deployment", "stale", &format!("reviews-{version}"));
    }
    let run = cluster.generate_as("admin", "stale", &[]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(0), ""), "{}", run.stderr);
    let notes: Vec<&str> = run.stderr.lines().collect();
    assert_eq!(
        notes,
        ["VirtualService", "DestinationRule"].map(|kind| format!(
            "note: {kind} stale/reviews-overrides was generated and has no reason any more: kubectl delete \
             {}.networking.istio.io reviews-overrides -n stale",
            kind.to_lowercase()
        ))
    );
}

#[test]
fn all_pages_of_a_long_list_are_read() {
    let cluster = cluster();
    cluster.namespace("long");
    cluster.apply(&(0..600).map(|number| service("long", &format!("app{number}"))).collect::<String>());
    let pods = (0..600).flat_map(|number| ["v1", "v2"].map(|version| pod("long", &format!("app{number}"), version)));
    cluster.apply(&pods.collect::<String>());
    let printed = cluster.generated("long");
    assert_eq!(printed.matches("kind: DestinationRule").count(), 600);
    assert_eq!(printed.matches("kind: VirtualService").count(), 600);
    assert_eq!(printed.matches("subset: v2").count(), 600);
}

#[test]
fn the_namespace_may_be_named() {
    let cluster = cluster();
    cluster.namespace("named");
    cluster.apply(&two_versions("named", "reviews"));
    let named = cluster.generate_as("admin", "elsewhere", &["-n", "named"]).printed();
    assert_eq!(named, cluster.generated("named"));
    assert!(named.contains("namespace: named\n"), "{named}");
}

#[test]
fn a_context_may_be_named_and_its_namespace_counts() {
    let cluster = cluster();
    cluster.namespace("context");
    cluster.apply(&two_versions("context", "reviews"));
    let run = cluster.generate_as("admin", "context", &["--context", "elsewhere"]);
    assert!(run.stderr.contains("in the namespace `elsewhere`"), "{}", run.stderr);
}

#[test]
fn all_namespaces_give_what_each_gives_by_itself() {
    let cluster = Cluster::start();
    for namespace in ["all-b", "all-a"] {
        cluster.namespace(namespace);
        cluster.apply(&two_versions(namespace, "reviews"));
    }
    let printed = cluster.generate_as("admin", "elsewhere", &["-A"]).printed();
    assert_eq!(printed, [cluster.generated("all-a"), cluster.generated("all-b")].join("---\n"));
    cluster.apply(&printed);
    assert_eq!(cluster.generate_as("admin", "elsewhere", &["--all-namespaces"]).printed(), printed);
    assert_eq!(cluster.generated("all-b"), rendered(&two_versions("all-b", "reviews")));
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
    let of_a_deployment = format!("namespace: idle\n{}", owned("Deployment", "apps/v1"));
    let old = old.replace(
        "metadata: {name: reviews-old, namespace: idle}\n",
        &format!("metadata:\n  name: reviews-old\n  {of_a_deployment}"),
    );
    cluster.apply(&old);
    assert_eq!(cluster.generated("idle"), rendered(&documents));
}

#[test]
fn an_empty_namespace_is_a_note_and_no_failure() {
    let cluster = cluster();
    cluster.namespace("empty");
    let run = cluster.generate_as("admin", "empty", &[]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(0), ""));
    assert_eq!(run.stderr, "note: there is nothing to generate for in the namespace `empty`: no Services\n");
}
