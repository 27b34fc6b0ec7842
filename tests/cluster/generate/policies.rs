//! Which policy counts.

use std::fs;

use crate::parts::cluster::Cluster;
use crate::parts::objects::two_versions;

/// The kind, without the rules about what is in it.
const DEFINITION: &str = r"
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: overrides.overrides.dev}
spec:
  group: overrides.dev
  names: {kind: Overrides, plural: overrides, singular: overrides, listKind: OverridesList}
  scope: Namespaced
  versions:
  - name: v1alpha1
    served: true
    storage: true
    schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
";

/// A policy that makes a version the default.
fn policy(namespace: &str, default: &str) -> String {
    format!(
        "apiVersion: overrides.dev/v1alpha1\nkind: Overrides\nmetadata: {{name: mesh, namespace: {namespace}}}\n\
         spec: {{defaultVersion: {default}}}\n---\n"
    )
}

/// A cluster with the kind, and with reviews in two versions in these namespaces.
fn cluster_of(namespaces: &[&str]) -> Cluster {
    let cluster = Cluster::start();
    cluster.apply_kinds(DEFINITION);
    for namespace in namespaces {
        cluster.namespace(namespace);
        cluster.apply(&two_versions(namespace, "reviews"));
    }
    cluster
}

/// The default of a Service, by what was printed.
fn defaults(printed: &str) -> Vec<(String, String)> {
    let rules = crate::parts::client::values(printed);
    let rules = rules.iter().filter(|object| object["kind"] == "VirtualService");
    let default = |rule: &serde_json::Value| {
        let routes = rule["spec"]["http"].as_array().expect("routes");
        let last = &routes.last().expect("a route")["route"][0]["destination"]["subset"];
        (rule["metadata"]["namespace"].as_str().unwrap().to_owned(), last.as_str().unwrap().to_owned())
    };
    rules.map(default).collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(one, other)| ((*one).to_owned(), (*other).to_owned())).collect()
}

#[test]
fn each_namespace_follows_its_own_policy_and_a_file_beats_them_all() {
    let cluster = cluster_of(&["d", "c", "b", "a"]);
    cluster.apply(&(policy("b", "v2") + &policy("d", "v2")));
    let all = || cluster.generate_as("admin", "elsewhere", &["-A"]).printed();
    let printed = all();
    assert_eq!(defaults(&printed), pairs(&[("a", "v1"), ("b", "v2"), ("c", "v1"), ("d", "v2")]));
    assert_eq!(printed, ["a", "b", "c", "d"].map(|namespace| cluster.generated(namespace)).join("---\n"));
    cluster.apply(&printed);
    assert_eq!(all(), printed);

    let file = cluster.folder().join("policy.yaml");
    fs::write(&file, policy("x", "v1")).expect("a new file");
    let file = file.to_string_lossy();
    let run = cluster.generate_as("admin", "elsewhere", &["-A", "--config", &file]).printed();
    assert_eq!(defaults(&run), pairs(&[("a", "v1"), ("b", "v1"), ("c", "v1"), ("d", "v1")]));
    let run = cluster.generate_as("admin", "b", &["--config", &file, "--set", "defaultVersion=v2"]).printed();
    assert_eq!(defaults(&run), pairs(&[("b", "v2")]));
}

#[test]
fn two_policies_in_one_namespace_are_an_error_that_names_both() {
    let cluster = cluster_of(&["twice"]);
    cluster.apply(&(policy("twice", "v2") + &policy("twice", "v1").replace("name: mesh", "name: other")));
    for scope in ["-ntwice", "-A"] {
        let run = cluster.generate_as("admin", "elsewhere", &[scope]);
        assert_eq!((run.code, run.stdout.as_str()), (Some(1), ""));
        assert!(run.stderr.contains("OV014") && run.stderr.contains("mesh"), "{}", run.stderr);
    }
}

#[test]
fn a_rule_that_two_policies_edit_is_printed_once_or_refused() {
    let cluster = cluster_of(&["one", "two"]);
    cluster.apply(&policy("two", "v1"));
    let route = |namespace: &str| {
        format!(
            "  - route: [{{destination: {{host: reviews.{namespace}.svc.cluster.local}}}}]\n    match: [{{uri: {{prefix: /{namespace}}}}}]\n"
        )
    };
    cluster.apply(&format!(
        "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {{name: edge, namespace: one}}\n\
         spec:\n  hosts: [shop.example.com]\n  gateways: [istio-system/edge]\n  http:\n{}{}",
        route("one"),
        route("two")
    ));
    let all = || cluster.generate_as("admin", "elsewhere", &["-A"]);
    let printed = all().printed();
    assert_eq!(printed.matches("name: edge\n").count(), 1, "{printed}");
    cluster.apply(&policy("two", "v2"));
    let run = all();
    assert!(
        run.stderr.ends_with(
            "error: VirtualService one/edge is about Services of several namespaces whose policies want different \
             things of it. Give it one policy with --config, or make a rule for each namespace\n"
        ),
        "{}",
        run.stderr
    );
    assert_eq!((run.code, run.stdout.as_str()), (Some(1), ""));
}
