//! The operator under exactly the rights that `deploy/` gives it: they are enough, and none is for nothing.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use super::*;
use crate::parts::client::values;
use crate::parts::objects::{pod, two_versions};
use crate::parts::operator::Operator;
use crate::parts::tools::tool;
use crate::parts::users::OPERATOR;
use crate::support::optional;

/// What is applied to install the operator, as kustomize builds it.
fn shipped() -> String {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy");
    let built = Command::new(tool("kustomize")).args(["build", folder]).output().expect("kustomize starts");
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    String::from_utf8(built.stdout).expect("YAML is text")
}

/// `patch virtualservices.networking.istio.io`.
fn right(verb: &str, resource: &str, group: &str) -> String {
    let group = if group.is_empty() { String::new() } else { format!(".{group}") };
    format!("{verb} {resource}{group}")
}

/// What the shipped roles allow, of the kinds that this cluster has.
fn allowed(cluster: &Cluster, shipped: &str) -> BTreeSet<String> {
    let rules = values(shipped).into_iter().flat_map(|role| role["rules"].as_array().cloned().unwrap_or_default());
    let mut allowed = BTreeSet::new();
    for rule in rules {
        let words = |field: &str| -> Vec<String> {
            let words = rule[field].as_array().cloned().unwrap_or_default();
            words.iter().filter_map(|word| Some(word.as_str()?.to_owned())).collect()
        };
        for group in words("apiGroups") {
            let is_served = group.is_empty() || cluster.answers(&format!("/apis/{group}"));
            for resource in words("resources").iter().filter(|_| is_served) {
                allowed.extend(words("verbs").iter().map(|verb| right(verb, resource, &group)));
            }
        }
    }
    allowed
}

/// What the operator did, by the API server's own log.
fn used(cluster: &Cluster) -> BTreeSet<String> {
    let mut used = BTreeSet::new();
    for line in fs::read_to_string(cluster.server.audit_log()).unwrap_or_default().lines() {
        let Ok(event) = serde_json::from_str::<Value>(line) else { continue };
        let text = |pointer: &str| event.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        if text("/objectRef/resource").is_empty() {
            continue;
        }
        let subresource = text("/objectRef/subresource");
        let slash = if subresource.is_empty() { "" } else { "/" };
        let resource = format!("{}{slash}{subresource}", text("/objectRef/resource"));
        let right = |verb| right(verb, &resource, text("/objectRef/apiGroup"));
        used.insert(right(text("/verb")));
        // An apply of what is not there needs both rights, and is one line.
        if text("/verb") == "patch" && event["responseStatus"]["code"] == 201 {
            used.insert(right("create"));
        }
    }
    used
}

#[test]
fn the_shipped_rights_are_enough_and_none_is_for_nothing() {
    let cluster = Cluster::start();
    let shipped = shipped();
    let (kinds, rest): (Vec<&str>, Vec<&str>) =
        shipped.split("---\n").partition(|text| text.contains("kind: CustomResourceDefinition"));
    cluster.apply_kinds(&kinds.join("---\n"));
    // Namespaces come first in what kustomize prints.
    cluster.apply(&rest.join("---\n"));
    let namespace = "shop";
    cluster.namespace(namespace);
    let operator = Operator::start(&cluster, OPERATOR, "overrides-system", &[]);
    cluster.apply(&format!(
        "apiVersion: overrides.dev/v1alpha1\nkind: Overrides\nmetadata: {{name: mesh, namespace: {namespace}}}\nspec: {{}}\n"
    ));
    cluster.apply(&(two_versions(namespace, "reviews") + &two_versions(namespace, "hello")));
    cluster.apply(&splits::workload(namespace, [80, 20]));
    cluster.comes_to(namespace, "reviews", BOTH);
    let accepted = |api: &str, kind: &str, name: &str| {
        let object = cluster.get(api, kind, namespace, name).unwrap_or_default();
        object["status"]["conditions"].as_array().map_or(0, Vec::len)
    };
    eventually(
        "the policy has a status",
        || accepted("overrides.dev/v1alpha1", "Overrides", "mesh"),
        |count| *count == 2,
    );
    let workload = || accepted("labs.ishankhare.dev/v1alpha1", "Workload", "hello");
    eventually("the Workload has a status", workload, |count| *count == 2);
    // The same trouble twice is one Event, told again.
    for _ in 0..2 {
        cluster.apply(&format!(
            "apiVersion: {ISTIO}\nkind: DestinationRule\nmetadata: {{name: reviews-overrides, namespace: {namespace}}}\n\
             spec: {{trafficPolicy: {{loadBalancer: {{simple: RANDOM}}}}}}\n"
        ));
        let policy = || {
            let rule = cluster.rule(namespace, "reviews-overrides").unwrap_or_default();
            rule["spec"]["trafficPolicy"].is_null()
        };
        eventually("the policy is taken out", policy, |gone| *gone);
    }
    cluster.apply(&pod(namespace, "reviews", "v3"));
    cluster.delete("v1", "Service", namespace, "reviews");
    cluster.comes_to(namespace, "reviews", NOTHING);
    let allowed = allowed(&cluster, &shipped);
    let idle = || allowed.difference(&used(&cluster)).cloned().collect::<Vec<_>>();
    eventually("every right is used", idle, Vec::is_empty);
    assert!(!operator.log().contains("forbidden"), "{}", operator.log());
    drop(operator);
    uninstall_leaves_nothing_stuck(&cluster, namespace, &shipped);
}

/// What was installed goes, and so do the resources of its kinds; what was written for Services stays theirs.
fn uninstall_leaves_nothing_stuck(cluster: &Cluster, namespace: &str, shipped: &str) {
    if !optional("kubectl") {
        return;
    }
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy");
    let kubeconfig = cluster.kubeconfig("admin", namespace);
    let mut kubectl = Command::new("kubectl");
    // A namespace waits for its controller, which is not here.
    kubectl.args(["--kubeconfig", &kubeconfig, "delete", "-k", folder, "--wait=false"]);
    let output = kubectl.output().expect("kubectl starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let stuck = || {
        let is_there = |object: &&Value| {
            let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
            let place = text("/metadata/namespace");
            text("/kind") != "Namespace"
                && cluster.get(text("/apiVersion"), text("/kind"), place, text("/metadata/name")).is_some()
        };
        let all = values(shipped);
        all.iter().filter(is_there).map(|object| format!("{}", object["metadata"]["name"])).collect::<Vec<_>>()
    };
    eventually("all that was installed is gone", stuck, Vec::is_empty);
    for path in ["/apis/overrides.dev/v1alpha1/overrides", "/apis/labs.ishankhare.dev/v1alpha1/workloads"] {
        assert!(!cluster.answers(path), "{path} went with its kind");
    }
    let left = cluster.routes(namespace, "hello-overrides").expect("a Service keeps its rules");
    assert!(left["metadata"]["finalizers"].is_null(), "nothing holds it back");
    assert_eq!(left["metadata"]["ownerReferences"][0]["name"], "hello");
}
