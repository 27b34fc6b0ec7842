//! What `deploy/` has, as far as no API server is needed to judge it: the definitions are those that are printed, say what
//! every field is for and agree with what reads the policy, and the rights are for what the operator reads.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

mod support;

use std::collections::BTreeSet;
use std::fs;

use overrides::cluster::KINDS;
use overrides::config::{self, Policy};
use overrides::finding::Place;
use overrides::krm::Manifests;
use serde_json::{Map, Value, json};
use support::overrides;

fn printed() -> String {
    let run = overrides(&["crd"], b"");
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    run.stdout
}

/// The documents of a stream as values.
fn values(text: &str) -> Vec<Value> {
    let manifests = Manifests::parse([(String::new(), text)]).expect("it is YAML");
    manifests.items().iter().map(|item| item.node.read().expect("a value")).collect()
}

fn schema_of(kind: &str) -> Value {
    let definitions = values(&printed());
    let found = definitions.into_iter().find(|definition| definition["spec"]["names"]["kind"] == kind);
    found.expect("it is printed")["spec"]["versions"][0]["schema"]["openAPIV3Schema"].take()
}

/// Every field below a schema, by its path.
fn fields<'s>(schema: &'s Value, path: &str, found: &mut Vec<(String, &'s Value)>) {
    for (name, field) in schema["properties"].as_object().into_iter().flatten() {
        let path = format!("{path}.{name}");
        found.push((path.clone(), field));
        fields(field, &path, found);
    }
    for inner in ["items", "additionalProperties"] {
        if let Some(inner) = schema.get(inner) {
            fields(inner, path, found);
        }
    }
}

fn policy(spec: &Value) -> Result<Policy, String> {
    let object = json!({"apiVersion": "overrides.dev/v1alpha1", "kind": "Overrides", "spec": spec}).to_string();
    let manifests = Manifests::parse([(String::new(), object.as_str())]).expect("it is JSON");
    let item = manifests.items().iter().next().expect("an object");
    config::read(item.node, &Place::default()).map_err(|finding| finding.sentences())
}

#[test]
fn deploy_has_the_definitions_that_are_printed() {
    let kept = fs::read_to_string("deploy/crds/crds.yaml").expect("it can be read");
    assert!(kept == printed(), "run: cargo run --features cluster -- crd > deploy/crds/crds.yaml");
}

#[test]
fn every_field_says_what_it_is_for() {
    for kind in ["Overrides", "Workload"] {
        let schema = schema_of(kind);
        let mut all = Vec::new();
        for part in ["spec", "status"] {
            fields(&schema["properties"][part], part, &mut all);
        }
        assert!(all.len() > 10, "{kind} has fields");
        for (path, field) in all {
            let description = field["description"].as_str().unwrap_or_default();
            assert!(description.len() > 10 && description.ends_with('.'), "{kind} {path}: {description:?}");
        }
    }
}

#[test]
fn defaults_are_those_of_a_policy_that_says_nothing() {
    let schema = schema_of("Overrides");
    let properties = schema["properties"]["spec"]["properties"].as_object().expect("fields");
    let with_default =
        properties.iter().filter_map(|(name, field)| Some((name.clone(), field.get("default")?.clone())));
    let defaults: Map<String, Value> = with_default.collect();
    let left_out: Vec<&String> = properties.keys().filter(|name| !defaults.contains_key(*name)).collect();
    // `defaultVersion` as well: what an API server writes in looks as if somebody had stated it.
    let without = ["defaultVersion", "defaultSelector", "select", "services"];
    assert_eq!(left_out, without, "whose default is that they are not there");
    assert_eq!(policy(&Value::Object(defaults)), policy(&json!({})));
}

#[test]
fn a_file_is_judged_as_an_object_in_the_cluster_is() {
    let cases = values(include_str!("data/admission.yaml")).remove(0);
    for case in cases["overrides"].as_array().expect("a list") {
        let verdict = policy(&case["spec"]);
        let is_taken = case.get("refused").is_none() || case.get("file").is_some();
        assert_eq!(verdict.is_ok(), is_taken, "{}: {verdict:?}", case["what"]);
    }
}

#[test]
fn the_operator_may_read_what_it_reads_and_nothing_else() {
    let role = values(&fs::read_to_string("deploy/rights/role.yaml").expect("it can be read")).remove(0);
    let words = |value: &Value| -> Vec<String> {
        value.as_array().expect("a list").iter().map(|word| word.as_str().expect("a word").to_owned()).collect()
    };
    let mut readable = BTreeSet::new();
    for rule in role["rules"].as_array().expect("a list") {
        let verbs = words(&rule["verbs"]);
        assert!(!verbs.contains(&"*".to_owned()) && !verbs.contains(&"update".to_owned()), "{rule}");
        if verbs.contains(&"list".to_owned()) && verbs.contains(&"watch".to_owned()) {
            for group in words(&rule["apiGroups"]) {
                readable.extend(words(&rule["resources"]).into_iter().map(|resource| (group.clone(), resource)));
            }
        }
    }
    let plural = |kind: &str| match kind.to_lowercase() {
        kind if kind == "overrides" => kind,
        kind if kind.ends_with("ry") => format!("{}ies", kind.trim_end_matches('y')),
        kind => format!("{kind}s"),
    };
    let known = KINDS.iter().map(|kind| (kind.group.to_owned(), plural(kind.kind)));
    assert_eq!(readable, known.collect());
}
