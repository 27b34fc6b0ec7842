//! A large cluster: how long the operator takes to write everything, what it holds, and that it then rests.

use std::thread;
use std::time::{Duration, Instant};

use super::*;
use crate::parts::objects::{pod_with, service};
use crate::parts::operator::Operator;

const NAMESPACES: usize = 40;
const SERVICES: usize = 50;
/// Of each Service; half in `v1`, half in `v2`.
const PODS: usize = 4;
/// How long nothing is to happen.
const REST: Duration = Duration::from_secs(60);
const WRITERS: usize = 8;

#[test]
#[ignore = "takes minutes: `make operator-bench` runs it"]
fn two_thousand_services_are_written_once_and_left_in_peace() {
    let cluster = Cluster::start();
    fill(&cluster);
    let begin = Instant::now();
    let operator = Operator::start(&cluster, "admin", "default", &[]);
    eventually("the operator has read the cluster", || ready(&operator), |ready| *ready);
    let read = begin.elapsed();
    let wanted = 2 * u64::try_from(NAMESPACES * SERVICES).expect("a number");
    let owned = || operator.metric("overrides_operator_objects_owned");
    let all = begin + Duration::from_secs(600);
    while owned() < wanted {
        assert!(Instant::now() < all, "{} of {wanted} objects", owned());
        thread::sleep(Duration::from_millis(100));
    }
    let written = begin.elapsed();
    let writes = || operator.metric("overrides_operator_writes_total");
    let needed = writes();
    let before = cluster.requests();
    thread::sleep(REST);
    let after = cluster.requests();
    println!(
        "{} Services and {} Pods in {NAMESPACES} namespaces: read after {read:.1?}, all written after {written:.1?} with \
         {needed} writes, {} kB resident; in {REST:?} of rest {} requests that read and {} that write",
        NAMESPACES * SERVICES,
        NAMESPACES * SERVICES * PODS,
        operator.resident(),
        after.0 - before.0,
        after.1 - before.1,
    );
    assert_eq!(needed, wanted, "each object is written once");
    assert_eq!(writes(), needed, "nothing is written at rest");
}

fn ready(operator: &Operator) -> bool {
    operator.ask("/readyz").is_some_and(|answer| answer.contains("200 OK"))
}

/// Many at once: an API server is slow for who waits for each answer.
fn fill(cluster: &Cluster) {
    let namespaces: Vec<String> = (0..NAMESPACES).map(|number| format!("team-{number}")).collect();
    thread::scope(|scope| {
        for part in namespaces.chunks(NAMESPACES / WRITERS) {
            scope.spawn(move || {
                for namespace in part {
                    cluster.namespace(namespace);
                    for number in 0..SERVICES {
                        let app = format!("app-{number}");
                        let pods: String = (0..PODS)
                            .map(|number| {
                                let version = if number % 2 == 0 { "v1" } else { "v2" };
                                let name = format!("{app}-{number}");
                                let pod = pod_with(namespace, &name, &app, version, "", "Running");
                                // Their status changes nothing here, and is a request each.
                                pod.replace("status: {phase: Running}\n", "")
                            })
                            .collect();
                        cluster.apply(&(service(namespace, &app) + &pods));
                    }
                }
            });
        }
    });
}
