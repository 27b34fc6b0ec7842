//! What somebody deletes or edits is as it was, at once.

use std::time::{Duration, Instant};

use super::*;
use crate::parts::objects::two_versions;
use crate::parts::operator::Operator;

/// How often each kind of damage is done.
const TIMES: usize = 10;

#[test]
fn what_was_deleted_or_edited_is_back_within_a_second() {
    let (cluster, namespace, name) = (shared(), "heal", "reviews-overrides");
    cluster.namespace(namespace);
    let _operator = Operator::of(cluster, namespace);
    cluster.apply(&two_versions(namespace, "reviews"));
    cluster.comes_to(namespace, "reviews", BOTH);
    let rule = cluster.rule(namespace, name).expect("it is there")["spec"].clone();
    let routes = cluster.routes(namespace, name).expect("it is there")["spec"].clone();
    let is_whole = || {
        let spec = |object: Option<Value>| object.map(|object| object["spec"].clone());
        spec(cluster.rule(namespace, name)).as_ref() == Some(&rule)
            && spec(cluster.routes(namespace, name)).as_ref() == Some(&routes)
    };
    let edit = |kind: &str, spec: &str| {
        cluster.apply(&format!(
            "apiVersion: {ISTIO}\nkind: {kind}\nmetadata: {{name: {name}, namespace: {namespace}}}\nspec: {spec}\n"
        ));
    };
    let damages: [(&str, &dyn Fn()); 5] = [
        ("a deleted VirtualService", &|| cluster.delete(ISTIO, "VirtualService", namespace, name)),
        ("a deleted DestinationRule", &|| cluster.delete(ISTIO, "DestinationRule", namespace, name)),
        ("edited routes", &|| edit("VirtualService", "{http: [{route: [{destination: {host: other}}]}]}")),
        ("edited subsets", &|| edit("DestinationRule", "{subsets: []}")),
        ("an added traffic policy", &|| {
            edit("DestinationRule", "{trafficPolicy: {loadBalancer: {simple: RANDOM}}}");
        }),
    ];
    for (what, damage) in damages {
        let mut times: Vec<Duration> = Vec::new();
        for _ in 0..TIMES {
            damage();
            let begin = Instant::now();
            eventually(&format!("{what} is mended"), is_whole, |whole| *whole);
            times.push(begin.elapsed());
        }
        times.sort();
        let median = times[TIMES / 2];
        println!("{what} is back after {median:?} (median of {TIMES}; {:?} at most)", times[TIMES - 1]);
        assert!(median < Duration::from_secs(1), "{what}: {times:?}");
    }
}

#[test]
fn a_change_that_was_taken_back_is_told_on_the_service() {
    let (cluster, namespace, name) = (shared(), "told", "reviews-overrides");
    cluster.namespace(namespace);
    let _operator = Operator::of(cluster, namespace);
    cluster.apply(&two_versions(namespace, "reviews"));
    cluster.comes_to(namespace, "reviews", BOTH);
    cluster.apply(&format!(
        "apiVersion: {ISTIO}\nkind: VirtualService\nmetadata: {{name: {name}, namespace: {namespace}}}\n\
         spec: {{http: [{{route: [{{destination: {{host: other}}}}]}}]}}\n"
    ));
    cluster.comes_to(namespace, "reviews", BOTH);
    eventually(
        "an Event says who changed it",
        || cluster.events(namespace),
        |events| events.iter().any(|event| event.starts_with("TakenBack") && event.contains("tests")),
    );
}
