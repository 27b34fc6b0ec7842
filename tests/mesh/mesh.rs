//! The mesh as a whole: the control plane, Pods that ask, and gateways, with every version of Envoy.

use std::fmt;
use std::io;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::parts::app;
use crate::parts::cluster::{Cluster, GATEWAY_PORT, Pod, wait_for};
use crate::parts::control_plane::ControlPlane;
use crate::parts::envoy::VERSIONS;
use crate::parts::http::{self, Message};

/// Where clients live: in no namespace of a scenario, as most callers.
pub const CLIENTS: &str = "client";

/// The way that a request takes into the mesh.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// From a Pod, through its sidecar of this version.
    Client(&'static str),
    /// From outside, through a gateway of this version.
    Gateway(&'static str),
}

impl fmt::Display for Way {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Client(version) => write!(formatter, "a client with Envoy {version}"),
            Self::Gateway(version) => write!(formatter, "a gateway with Envoy {version}"),
        }
    }
}

/// A mesh that is up.
pub struct Mesh {
    pub cluster: Cluster,
    /// The Pods of all scenarios.
    pub pods: Vec<Pod>,
    control_plane: ControlPlane,
    ways: Vec<(Way, Pod)>,
}

impl Mesh {
    /// Starts the control plane, then the Pods of a configuration, and waits until all are ready.
    pub fn start(objects: &[Value]) -> Self {
        let control_plane = ControlPlane::start();
        let cluster = Cluster::new(Arc::clone(&control_plane.api));
        let pods = cluster.run(objects, "default");
        let clients = cluster.run(&VERSIONS.map(client), CLIENTS);
        let gateways: Vec<Value> = VERSIONS.map(gateway).into_iter().chain([gateway_service()]).collect();
        let gateways = cluster.run(&gateways, "istio-system");
        for pods in [&pods, &clients, &gateways] {
            wait_for(pods);
        }
        let clients = VERSIONS.into_iter().map(Way::Client).zip(clients);
        let gateways = VERSIONS.into_iter().map(Way::Gateway).zip(gateways);
        Self { ways: clients.chain(gateways).collect(), cluster, pods, control_plane }
    }

    /// Asks once. The URL's host decides at a gateway, too.
    pub fn ask(&self, way: Way, url: &str, path: &str, lines: &str) -> io::Result<Message> {
        let pod = self.pod(way);
        match way {
            Way::Client(_) => pod.place.inside(|| app::get(&self.cluster.names, CLIENTS, url, path, lines)),
            Way::Gateway(_) => {
                let host = url.trim_start_matches("http://");
                http::ask((pod.place.address, GATEWAY_PORT).into(), host, path, lines)
            }
        }
    }

    /// The Pod at the beginning of a way.
    pub fn pod(&self, way: Way) -> &Pod {
        let found = self.ways.iter().find(|(known, _)| *known == way);
        &found.expect("there is one for each version").1
    }

    /// The Pod of a version in a namespace.
    pub fn pod_of(&self, namespace: &str, version: &str) -> &Pod {
        let found = self.pods.iter().find(|pod| pod.namespace == namespace && pod.labels["version"] == version);
        found.expect("there is one")
    }

    /// The address and the authority of a URL, as a client sees it.
    pub fn locate(&self, url: &str) -> (std::net::SocketAddr, String) {
        app::locate(&self.cluster.names, CLIENTS, url).expect("the Service has an address")
    }

    /// The Pods of all scenarios, and those at the beginning of the ways.
    pub fn all_pods(&self) -> impl Iterator<Item = &Pod> {
        self.pods.iter().chain(self.ways.iter().map(|(_, pod)| pod))
    }

    /// What the parts that ended by themselves said last.
    pub fn casualties(&self) -> String {
        let proxies = self.all_pods().filter_map(|pod| pod.proxy.as_ref());
        let ended = proxies.filter(|proxy| proxy.ended()).map(crate::parts::process::Process::log_tail);
        self.control_plane.casualties() + &ended.collect::<String>()
    }
}

fn client(version: &str) -> Value {
    pod(version, "client", &json!({"app": "client"}))
}

fn gateway(version: &str) -> Value {
    pod(version, "gateway", &json!({"app": "gateway", "istio": "ingressgateway"}))
}

fn pod(version: &str, name: &str, labels: &Value) -> Value {
    let name = format!("{name}-{}", version.replace('.', "-"));
    let metadata = json!({"name": name, "labels": labels, "annotations": {"mesh/envoy": version}});
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": metadata})
}

fn gateway_service() -> Value {
    let spec = json!({
        "selector": {"istio": "ingressgateway"},
        "ports": [{"name": "http2", "port": 80, "targetPort": GATEWAY_PORT}],
    });
    json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "istio-ingressgateway"}, "spec": spec})
}

/// What an answer says, or why there is none.
pub fn said(answer: io::Result<Message>) -> String {
    answer.map_or_else(|error| format!("no answer: {error}"), |answer| app::summary(&answer))
}
