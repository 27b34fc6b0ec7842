//! The API server goes and comes back, and forgets its history.

use std::time::{Duration, Instant};

use super::*;
use crate::parts::objects::{pod, two_versions};
use crate::parts::operator::Operator;

const THREE: &str = "v1 v2 v3 / override-reviews-v2 override-reviews-v3 default-reviews";

#[test]
fn an_api_server_that_is_gone_for_a_while_is_caught_up_with() {
    let (cluster, namespace) = (Cluster::start(), "outage");
    cluster.namespace(namespace);
    let operator = Operator::of(&cluster, namespace);
    cluster.apply(&two_versions(namespace, "reviews"));
    cluster.comes_to(namespace, "reviews", BOTH);
    cluster.server.stop();
    // An outage has a length, and this is it.
    let begin = Instant::now();
    eventually("20 s are over", || begin.elapsed(), |elapsed| *elapsed > Duration::from_secs(20));
    assert!(operator.ask("/healthz").expect("it answers").contains("200 OK"));
    cluster.server.start();
    cluster.wait_until_ready();
    cluster.apply(&pod(namespace, "reviews", "v3"));
    let back = Instant::now();
    cluster.comes_to(namespace, "reviews", THREE);
    println!("after an outage of 20 s the operator had caught up within {:?}", back.elapsed());
}

#[test]
fn a_history_that_is_gone_is_read_anew() {
    let (cluster, namespace) = (Cluster::start(), "compacted");
    cluster.namespace(namespace);
    let _operator = Operator::of(&cluster, namespace);
    cluster.apply(&two_versions(namespace, "reviews"));
    cluster.comes_to(namespace, "reviews", BOTH);
    // While nobody listens, the history goes on and is forgotten.
    cluster.server.stop();
    cluster.server.start();
    cluster.wait_until_ready();
    cluster.apply(&pod(namespace, "reviews", "v3"));
    cluster.etcd.compact();
    cluster.comes_to(namespace, "reviews", THREE);
    cluster.etcd.compact();
    cluster.delete("v1", "Pod", namespace, "reviews-v3-pod");
    cluster.comes_to(namespace, "reviews", BOTH);
}

#[test]
fn kinds_that_come_later_are_waited_for() {
    let cluster = Cluster::start_empty();
    let namespace = "early";
    cluster.namespace(namespace);
    cluster.apply(&two_versions(namespace, "reviews"));
    let operator = Operator::of(&cluster, namespace);
    eventually("it waits for Istio", || operator.log(), |log| log.contains("waiting for Istio"));
    assert!(operator.ask("/readyz").expect("it answers").contains("503"));
    cluster.install_istio();
    cluster.comes_to(namespace, "reviews", BOTH);
    assert!(operator.ask("/readyz").expect("it answers").contains("200 OK"));
}
