//! `overrides operator`, sentence by sentence.

mod demo;
mod healing;
mod others;
mod outages;
mod replicas;
mod rights;
mod scale;
mod splits;
mod versions;

use std::sync::OnceLock;

use serde_json::Value;

use crate::parts::cluster::{Cluster, eventually};

/// The cluster of the operator's tests. Each has a namespace, an operator for it and a lease of its own.
fn shared() -> &'static Cluster {
    static CLUSTER: OnceLock<Cluster> = OnceLock::new();
    CLUSTER.get_or_init(Cluster::start)
}

const ISTIO: &str = "networking.istio.io/v1";

impl Cluster {
    fn rule(&self, namespace: &str, name: &str) -> Option<Value> {
        self.get(ISTIO, "DestinationRule", namespace, name)
    }

    fn routes(&self, namespace: &str, name: &str) -> Option<Value> {
        self.get(ISTIO, "VirtualService", namespace, name)
    }

    /// The names of a Service's subsets, and of its routes: `v1 v2 / override-reviews-v2 default-reviews`.
    fn state(&self, namespace: &str, service: &str) -> String {
        let name = format!("{service}-overrides");
        let names = |object: Option<Value>, list: &str| {
            let list = object.and_then(|object| object["spec"][list].as_array().cloned());
            list.map_or("nothing".to_owned(), |entries| {
                entries.iter().filter_map(|entry| entry["name"].as_str()).collect::<Vec<_>>().join(" ")
            })
        };
        format!("{} / {}", names(self.rule(namespace, &name), "subsets"), names(self.routes(namespace, &name), "http"))
    }

    #[track_caller]
    fn comes_to(&self, namespace: &str, service: &str, state: &str) {
        eventually(&format!("{service} is {state}"), || self.state(namespace, service), |seen| seen == state);
    }
}

const BOTH: &str = "v1 v2 / override-reviews-v2 default-reviews";
const ONLY_V1: &str = "v1 / default-reviews";
const NOTHING: &str = "nothing / nothing";
