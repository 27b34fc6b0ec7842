//! What a user may read, and what is said where that is not enough.

use super::merging::virtual_service;
use crate::parts::cluster::{Cluster, cluster};
use crate::parts::objects::two_versions;

/// What `generate` reads: Services, Pods and workloads, and Istio's rules.
const RULES: &str = r#"
- {apiGroups: [""], resources: [services, pods, replicationcontrollers], verbs: [get, list]}
- {apiGroups: [apps], resources: [deployments, statefulsets, daemonsets, replicasets], verbs: [get, list]}
- {apiGroups: [networking.istio.io], resources: ["*"], verbs: [get, list]}
"#;

/// Allows a user something everywhere, or in one namespace.
fn allow(cluster: &Cluster, user: &str, namespace: Option<&str>, rules: &str) {
    let (prefix, place) = match namespace {
        None => ("Cluster", String::new()),
        Some(namespace) => ("", format!(", namespace: {namespace}")),
    };
    cluster.apply(&format!(
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: {prefix}Role\nmetadata: {{name: {user}{place}}}\nrules:{rules}---\n\
         apiVersion: rbac.authorization.k8s.io/v1\nkind: {prefix}RoleBinding\nmetadata: {{name: {user}{place}}}\n\
         roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: {prefix}Role, name: {user}}}\n\
         subjects: [{{apiGroup: rbac.authorization.k8s.io, kind: User, name: {user}}}]\n"
    ));
}

#[test]
fn whoever_may_read_may_generate() {
    let cluster = cluster();
    cluster.namespace("read");
    cluster.apply(&two_versions("read", "reviews"));
    allow(cluster, "reader", None, RULES);
    let run = cluster.generate_as("reader", "read", &[]);
    assert_eq!(run.stderr, "");
    assert_eq!(run.printed(), cluster.generated("read"));
}

#[test]
fn whoever_may_read_one_namespace_is_told_what_is_not_known() {
    let cluster = cluster();
    cluster.namespace("only");
    cluster.apply(&two_versions("only", "reviews"));
    allow(cluster, "shopper", Some("only"), RULES);
    let run = cluster.generate_as("shopper", "elsewhere", &["-n", "only"]);
    assert_eq!(
        run.stderr,
        "note: this user may read destinationrules.networking.istio.io, virtualservices.networking.istio.io, \
         gateways.networking.istio.io of the namespace `only` only: those of others that are about its Services are \
         not known\n"
    );
    assert_eq!(run.printed(), cluster.generated("only"));
}

#[test]
fn what_may_not_be_read_is_named_with_its_verb() {
    let cluster = cluster();
    cluster.namespace("closed");
    let everything = cluster.generate_as("stranger", "closed", &["-A"]);
    let refused = everything.refused();
    assert!(refused.starts_with("this user may not list services in all namespaces: "), "{refused}");
    assert!(refused.contains("Grant the verb `list` on `services`"), "{refused}");
    allow(cluster, "clerk", Some("closed"), &RULES.replace("statefulsets, ", ""));
    let one = cluster.generate_as("clerk", "closed", &[]);
    let refused = one.refused();
    assert!(refused.starts_with("this user may not list statefulsets.apps in the namespace closed: "), "{refused}");
}

#[test]
fn what_was_merged_for_a_namespace_that_may_not_be_read_is_never_taken_out() {
    let cluster = cluster();
    for namespace in ["garden", "hedge"] {
        cluster.namespace(namespace);
        cluster.apply(&two_versions(namespace, "reviews"));
    }
    let host = |namespace: &str| format!("reviews.{namespace}.svc.cluster.local");
    cluster.apply(
        &virtual_service("garden", "gate", "garden.example.com", &[&host("garden"), &host("hedge")])
            .replace("  http:", "  gateways: [istio-system/gate]\n  http:"),
    );
    allow(cluster, "neighbour", Some("garden"), RULES);
    let generate = || cluster.generate_as("neighbour", "garden", &[]);
    let told = "note: this user may not read the namespace `hedge`, so overrides for its Services are not added to the \
                rules that it shares with `garden`\n";
    let run = generate();
    assert!(run.stderr.contains(told), "{}", run.stderr);
    let printed = run.printed();
    assert!(printed.contains("name: gate\n") && !printed.contains("(\\.hedge)"), "{printed}");

    cluster.apply(&cluster.generated("garden"));
    let run = generate();
    let refused = run.stderr.lines().last().unwrap_or_default();
    assert!(refused.starts_with("error: this user may not list services in the namespace hedge: "), "{}", run.stderr);
    assert_eq!((run.code, run.stdout.as_str()), (Some(1), ""));
}
