//! A mesh to measure on: the control plane, and client Pods with or without an Envoy. It has no others, so nothing but
//! what is measured takes time.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use crate::mesh::CLIENTS;
use crate::parts::app;
use crate::parts::cluster::{Cluster, Pod, wait_for};
use crate::parts::control_plane::ControlPlane;
use crate::parts::process::poll;
use crate::stage::PATIENCE;

/// How often an answer has to come in a row before it counts.
const OFTEN: usize = 10;

pub struct Ground {
    control_plane: ControlPlane,
    pub cluster: Cluster,
    clients: AtomicUsize,
}

impl Ground {
    /// Starts it. Envoys write no access log, as Istio's do by default.
    pub fn start() -> Self {
        let control_plane = ControlPlane::start();
        control_plane.api.apply(&json!({
            "apiVersion": "telemetry.istio.io/v1", "kind": "Telemetry",
            "metadata": {"name": "quiet", "namespace": "istio-system"}, "spec": {"accessLogging": [{"disabled": true}]}
        }));
        let cluster = Cluster::new(Arc::clone(&control_plane.api));
        Self { control_plane, cluster, clients: AtomicUsize::default() }
    }

    /// Starts a client with a fresh Envoy, and waits until that has its configuration.
    pub fn client(&self) -> Pod {
        self.pod(&json!({"app": "client"}))
    }

    /// Starts a client without an Envoy.
    pub fn bare_client(&self) -> Pod {
        self.pod(&json!({"app": "client", "sidecar.istio.io/inject": "false"}))
    }

    fn pod(&self, labels: &Value) -> Pod {
        let number = self.clients.fetch_add(1, Ordering::Relaxed);
        let metadata = json!({"name": format!("client-{number}"), "labels": labels});
        let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": metadata});
        let pods = self.cluster.run(&[pod], CLIENTS);
        wait_for(&pods);
        pods.into_iter().next().expect("one was started")
    }

    /// Waits until a client gets this answer, again and again, and fails when it never does.
    #[track_caller]
    pub fn expect(&self, client: &Pod, url: &str, lines: &str, expected: &str) {
        let right = || (0..OFTEN).all(|_| self.ask(client, url, lines) == expected);
        let came = poll(PATIENCE, right, || false);
        let casualties = self.control_plane.casualties();
        assert!(came, "{url} with {lines:?}: not {expected}, but {}\n{casualties}", self.ask(client, url, lines));
    }

    /// What a client is answered once.
    pub fn ask(&self, client: &Pod, url: &str, lines: &str) -> String {
        let answer = client.place.inside(|| app::get(&self.cluster.names, CLIENTS, url, "/", lines));
        crate::mesh::said(answer)
    }
}
