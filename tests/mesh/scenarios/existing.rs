//! Rules of the user's that were there before.

use crate::apps::{app, apps};
use crate::mesh::said;
use crate::sentence::{Scenario, scenario};
use crate::stage::{CLIENT, count};

/// Sticky: requests of one user go to one Pod. It is in force only as long as nothing more specific is there.
const WILDCARD: &str = "apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: everything, namespace: sticky}
spec:
  host: '*.sticky.svc.cluster.local'
  trafficPolicy: {loadBalancer: {consistentHash: {httpHeaderName: x-user}}}
";

pub fn scenarios() -> Vec<Scenario> {
    vec![wildcard()]
}

fn wildcard() -> Scenario {
    let url = "http://cart.sticky";
    let given = apps([app("cart", "sticky")]).and(WILDCARD);
    scenario("a Service under a wildcard DestinationRule is passed over, and the rule stays in force", given, url)
        .check(move |stage| {
            let names: Vec<&str> =
                stage.world.names("DestinationRule").chain(stage.world.names("VirtualService")).collect();
            assert_eq!(names, ["everything"]);
            let ask = |user: usize| said(stage.mesh.ask(CLIENT, url, "/", &format!("x-user: {user}")));
            // Until the first of them is the same every time, the rule is not live.
            stage.eventually("requests of one user stay together", || count(20, || ask(0)).len() == 1);
            let seen: Vec<Vec<String>> = (0..20).map(|user| count(20, || ask(user)).into_keys().collect()).collect();
            assert!(seen.iter().all(|versions| versions.len() == 1), "each user has one Pod: {seen:?}");
            assert!(seen.iter().any(|versions| *versions != seen[0]), "users are spread over Pods: {seen:?}");
        })
}
