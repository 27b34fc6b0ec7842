//! Two replicas, of which one writes.

use std::time::{Duration, Instant};

use super::*;
use crate::parts::objects::{pod, two_versions};
use crate::parts::operator::Operator;

/// The counter of writes.
const WRITES: &str = "overrides_operator_writes_total";
/// How long the lease lasts that a dead replica leaves behind, and some time to notice and to write.
const TAKEOVER: Duration = Duration::from_secs(15 + 15);

#[test]
fn when_the_leader_is_killed_the_other_takes_over() {
    let (cluster, namespace) = (shared(), "killed");
    cluster.namespace(namespace);
    let mut first = Operator::of(cluster, namespace).until_it_leads();
    let second = Operator::of(cluster, namespace);
    cluster.apply(&two_versions(namespace, "reviews"));
    cluster.comes_to(namespace, "reviews", BOTH);
    assert!(first.leads() && !second.leads());
    assert_eq!(second.metric(WRITES), 0, "it waits for its turn");
    first.kill();
    let killed = Instant::now();
    cluster.apply(&pod(namespace, "reviews", "v3"));
    eventually("the other leads", || second.leads(), |leads| *leads);
    cluster.comes_to(namespace, "reviews", "v1 v2 v3 / override-reviews-v2 override-reviews-v3 default-reviews");
    println!("after the leader was killed the other took over within {:?}", killed.elapsed());
    assert!(killed.elapsed() < TAKEOVER, "{:?}", killed.elapsed());
}

/// The hardest case: a leader that stands still, and then goes on as if nothing had happened.
#[test]
fn a_leader_that_was_frozen_writes_nothing_once_another_leads() {
    let (cluster, namespace) = (shared(), "frozen");
    cluster.namespace(namespace);
    let first = Operator::of(cluster, namespace).until_it_leads();
    let second = Operator::of(cluster, namespace);
    cluster.apply(&two_versions(namespace, "reviews"));
    cluster.comes_to(namespace, "reviews", BOTH);
    let written = first.metric(WRITES);
    first.freeze();
    eventually("the other leads", || second.leads(), |leads| *leads);
    cluster.apply(&pod(namespace, "reviews", "v3"));
    first.thaw();
    // While the other writes, and for a while after.
    let thawed = Instant::now();
    while thawed.elapsed() < Duration::from_secs(8) {
        assert!(!first.leads(), "it takes itself for the leader");
        assert!(second.leads());
    }
    cluster.comes_to(namespace, "reviews", "v1 v2 v3 / override-reviews-v2 override-reviews-v3 default-reviews");
    assert_eq!(first.metric(WRITES), written, "it wrote after it had lost the lease");
    assert!(second.metric(WRITES) > 0);
}

#[test]
fn a_replica_that_is_asked_to_stop_gives_the_lease_back() {
    let (cluster, namespace) = (shared(), "stopped");
    cluster.namespace(namespace);
    let mut first = Operator::of(cluster, namespace).until_it_leads();
    let second = Operator::of(cluster, namespace);
    eventually("the other is ready", || second.ask("/readyz").unwrap_or_default(), |answer| answer.contains("200 OK"));
    let begin = Instant::now();
    first.stop();
    eventually("the other leads", || second.leads(), |leads| *leads);
    println!("after the leader was asked to stop the other led within {:?}", begin.elapsed());
    assert!(begin.elapsed() < Duration::from_secs(10), "it did not wait for the lease to run out");
}
