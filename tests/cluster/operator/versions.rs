//! Services and versions come and go, and the objects follow.

use super::*;
use crate::parts::objects::{deployment, pod, service, two_versions};
use crate::parts::operator::Operator;
use crate::support::overrides;

#[test]
fn objects_follow_services_and_pods() {
    let (cluster, namespace) = (shared(), "follow");
    cluster.namespace(namespace);
    let _operator = Operator::of(cluster, namespace);
    cluster
        .apply(&(service(namespace, "reviews") + &pod(namespace, "reviews", "v1") + &pod(namespace, "reviews", "v2")));
    cluster.comes_to(namespace, "reviews", BOTH);
    cluster.apply(&pod(namespace, "reviews", "v3"));
    cluster.comes_to(namespace, "reviews", "v1 v2 v3 / override-reviews-v2 override-reviews-v3 default-reviews");
    for version in ["v2", "v3"] {
        cluster.delete("v1", "Pod", namespace, &format!("reviews-{version}-pod"));
    }
    cluster.comes_to(namespace, "reviews", ONLY_V1);
    // Scaled to nothing, a version is there and nobody is home: whoever asks for it hears so.
    cluster.apply(
        &deployment(namespace, "reviews", "v2").replace("spec:\n  selector", "spec:\n  replicas: 0\n  selector"),
    );
    cluster.comes_to(namespace, "reviews", BOTH);
    cluster.delete("v1", "Service", namespace, "reviews");
    cluster.comes_to(namespace, "reviews", NOTHING);
}

#[test]
fn a_service_that_opts_out_or_selects_others_loses_its_objects() {
    let (cluster, namespace) = (shared(), "relabel");
    cluster.namespace(namespace);
    let _operator = Operator::of(cluster, namespace);
    cluster.apply(&two_versions(namespace, "reviews"));
    cluster.comes_to(namespace, "reviews", BOTH);
    let ignored = service(namespace, "reviews")
        .replace("name: reviews, ", "name: reviews, annotations: {overrides.dev/ignore: 'true'}, ");
    cluster.apply(&ignored);
    cluster.comes_to(namespace, "reviews", NOTHING);
    cluster.apply(&service(namespace, "reviews"));
    cluster.comes_to(namespace, "reviews", BOTH);
    cluster.apply(&service(namespace, "reviews").replace("{app: reviews}", "{app: nobody}"));
    cluster.comes_to(namespace, "reviews", NOTHING);
}

#[test]
fn what_is_written_equals_what_the_function_writes() {
    let (cluster, namespace) = (shared(), "equal");
    cluster.namespace(namespace);
    let _operator = Operator::of(cluster, namespace);
    let manifests = two_versions(namespace, "reviews") + &two_versions(namespace, "ratings");
    cluster.apply(&manifests);
    for name in ["reviews", "ratings"] {
        cluster.comes_to(namespace, name, &BOTH.replace("reviews", name));
    }
    let rendered = overrides(&["render", "--only-generated", "-"], manifests.as_bytes());
    assert_eq!(rendered.code, Some(0), "{}", rendered.stderr);
    let written: Vec<Value> = crate::parts::client::values(&rendered.stdout);
    assert_eq!(written.len(), 4);
    for object in written {
        let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str).expect("a text").to_owned();
        let mut held =
            cluster.get(ISTIO, &text("/kind"), namespace, &text("/metadata/name")).expect("the operator wrote it");
        let metadata = held["metadata"].as_object_mut().expect("metadata");
        for field in ["creationTimestamp", "generation", "managedFields", "ownerReferences", "resourceVersion", "uid"] {
            metadata.remove(field);
        }
        assert_eq!(held, object);
    }
}

#[test]
fn nothing_is_written_while_nothing_changes() {
    let (cluster, namespace) = (shared(), "still");
    cluster.namespace(namespace);
    let operator = Operator::of(cluster, namespace);
    cluster.apply(&two_versions(namespace, "reviews"));
    cluster.comes_to(namespace, "reviews", BOTH);
    let writes = || operator.metric("overrides_operator_writes_total");
    let before = writes();
    assert!(before >= 2, "{before}");
    // The status of a Pod changes all the time, and says nothing about routing.
    let reconciled = || operator.metric("overrides_operator_reconciliations_total");
    let seen = reconciled();
    cluster.apply(&pod(namespace, "other", "v1"));
    eventually("the namespace was looked at again", reconciled, |now| *now > seen);
    assert_eq!(writes(), before);
}
