//! What the operator does, for people to see.

use std::time::Instant;

use super::*;
use crate::parts::objects::{pod, two_versions};
use crate::parts::operator::Operator;

#[test]
#[ignore = "for people: `make operator-demo` runs it"]
fn demonstration() {
    println!("Starting an API server, with Istio's kinds and this project's ...");
    let (cluster, namespace) = (Cluster::start(), "shop");
    cluster.install_own_kinds();
    cluster.namespace(namespace);
    println!("Starting the operator ...");
    let operator = Operator::start(&cluster, "admin", "default", &[]).until_it_leads();
    println!("\nA Service `reviews` in the namespace `shop`, with Deployments v1 and v2:");
    cluster.apply(&two_versions(namespace, "reviews"));
    shown(&cluster, namespace, "reviews", BOTH);
    println!("\nThe VirtualService is deleted:");
    cluster.delete(ISTIO, "VirtualService", namespace, "reviews-overrides");
    shown(&cluster, namespace, "reviews", BOTH);
    println!("\nA Pod of v3 comes:");
    cluster.apply(&pod(namespace, "reviews", "v3"));
    shown(&cluster, namespace, "reviews", "v1 v2 v3 / override-reviews-v2 override-reviews-v3 default-reviews");
    println!("\nIt goes again:");
    cluster.delete("v1", "Pod", namespace, "reviews-v3-pod");
    shown(&cluster, namespace, "reviews", BOTH);
    println!("\nlaunchpad's Workload splits `hello` 80 to 20:");
    cluster.apply(&(two_versions(namespace, "hello") + "---\n" + &splits::workload(namespace, [80, 20])));
    let default = || {
        let routes = cluster.routes(namespace, "hello-overrides").unwrap_or_default();
        let http = routes["spec"]["http"].as_array().cloned().unwrap_or_default();
        let shares = http.last().map(|route| route["route"].clone()).unwrap_or_default();
        let shares = shares.as_array().cloned().unwrap_or_default();
        shares
            .iter()
            .map(|share| format!("{}: {}", share["destination"]["subset"], share["weight"]))
            .collect::<Vec<_>>()
    };
    let begin = Instant::now();
    let split = eventually("it is split", default, |shares| shares.len() == 2);
    println!("  after {:.1?}: {}", begin.elapsed(), split.join(", "));
    println!("\nThe Service `reviews` goes, and what was written for it:");
    cluster.delete("v1", "Service", namespace, "reviews");
    shown(&cluster, namespace, "reviews", NOTHING);
    println!("\nWhat it counted:");
    let metrics = operator.ask("/metrics").unwrap_or_default();
    for line in metrics.lines().filter(|line| line.starts_with("overrides_") && !line.contains("duration")) {
        println!("  {line}");
    }
}

/// Waits for a state, and says how long it took.
fn shown(cluster: &Cluster, namespace: &str, service: &str, state: &str) {
    let begin = Instant::now();
    cluster.comes_to(namespace, service, state);
    println!("  after {:.1?}: subsets / routes: {state}", begin.elapsed());
}
