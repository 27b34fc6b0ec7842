//! What an API server says of good and bad objects, with the definitions in `deploy/crds`.

use serde_json::{Value, json};

use crate::parts::client::values;
use crate::parts::cluster::Cluster;

/// Whether everything of an object is still there; defaults may have come.
fn keeps(kept: &Value, given: &Value) -> bool {
    match given {
        Value::Object(fields) => {
            fields.iter().all(|(name, field)| kept.get(name).is_some_and(|kept| keeps(kept, field)))
        }
        _ => kept == given,
    }
}

#[test]
fn what_is_right_is_kept_whole_and_what_is_wrong_is_refused_at_its_place() {
    // Of its own: other tests bring other definitions.
    let cluster = Cluster::start_empty();
    cluster.apply_kinds(include_str!("../../deploy/crds/crds.yaml"));
    cluster.namespace("admission");
    let cases = values(include_str!("../data/admission.yaml")).remove(0);
    let kinds = [
        ("overrides", "overrides.dev/v1alpha1", "Overrides", "overrides"),
        ("workload", "labs.ishankhare.dev/v1alpha1", "Workload", "workloads"),
    ];
    let mut wrong = Vec::new();
    for (table, api_version, kind, plural) in kinds {
        for case in cases[table].as_array().expect("a list") {
            let metadata = json!({"name": "case", "namespace": "admission"});
            let mut object = json!({"apiVersion": api_version, "kind": kind, "metadata": metadata});
            if !case["spec"].is_null() {
                object["spec"] = case["spec"].clone();
            }
            let answer = cluster.offer(&object, plural);
            let is_right = match (&answer, case.get("refused")) {
                (Ok(kept), None) => keeps(&kept["spec"], &case["spec"]),
                (Err(said), Some(refused)) => {
                    let words = refused.as_array().expect("a list").iter().filter_map(Value::as_str);
                    words.into_iter().all(|words| said.contains(words))
                }
                _ => false,
            };
            if !is_right {
                wrong.push(format!("{kind}, {}: {answer:?}", case["what"]));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
