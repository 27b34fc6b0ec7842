//! A cluster without machines: etcd, an API server, and Istio's kinds.

use std::fs;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::client::{Admin, values};
use super::etcd::Etcd;
use super::process::{Process, poll};
use super::server::ApiServer;
use super::tools::shared;
use super::users::{ADMIN, write_kubeconfig};
use crate::support::overrides;

/// How long something may take that follows from what was done: far longer than it does on a busy machine.
const PATIENCE: Duration = Duration::from_secs(90);

/// Removes a folder once whoever holds the pipe is gone.
const REMOVE: &str = r#"cat >/dev/null; until rm -rf "$1"; do sleep 0.1; done"#;

/// A running cluster.
pub struct Cluster {
    pub admin: Admin,
    pub server: ApiServer,
    pub etcd: Etcd,
    folder: PathBuf,
    files: Mutex<usize>,
    _remover: Process,
}

/// The cluster of all tests that leave it as it is, each in namespaces of its own.
pub fn cluster() -> &'static Cluster {
    static CLUSTER: OnceLock<Cluster> = OnceLock::new();
    CLUSTER.get_or_init(Cluster::start)
}

impl Cluster {
    /// A cluster with Istio's kinds.
    pub fn start() -> Self {
        let cluster = Self::start_empty();
        cluster.install_istio();
        cluster
    }

    /// Installs Istio's kinds.
    pub fn install_istio(&self) {
        self.apply_kinds(&fs::read_to_string(shared("istio-crds.yaml")).expect("it can be read"));
    }

    /// Installs this project's kinds, and launchpad's, as `overrides crd` prints them.
    pub fn install_own_kinds(&self) {
        let printed = overrides(&["crd"], b"");
        assert_eq!(printed.code, Some(0), "{}", printed.stderr);
        self.apply_kinds(&printed.stdout);
    }

    /// The Events of a namespace: reason, object and note.
    pub fn events(&self, namespace: &str) -> Vec<String> {
        let events = self.admin.list("events.k8s.io/v1", "Event", namespace);
        let text = |event: &Value, pointer: &str| {
            event.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
        };
        let line = |event: &Value| {
            format!("{} {}: {}", text(event, "/reason"), text(event, "/regarding/name"), text(event, "/note"))
        };
        events.iter().map(line).collect()
    }

    /// A cluster with nothing but Kubernetes' own kinds.
    pub fn start_empty() -> Self {
        let folder = tempfile::Builder::new().prefix("overrides-cluster-").tempdir().expect("a folder").keep();
        let remover = Process::start_guarded_script("remover", REMOVE, &folder);
        let etcd = Etcd::start(&folder);
        let server = ApiServer::start_in(&folder, etcd.url());
        let admin_file = folder.join("admin.kubeconfig");
        write_kubeconfig(&admin_file, &server.url(), Some(&server.certificate()), ADMIN, "default");
        let admin = Admin::of(&admin_file);
        let cluster = Self { admin, server, etcd, folder, files: Mutex::new(0), _remover: remover };
        cluster.wait_until_ready();
        cluster
    }

    pub fn wait_until_ready(&self) {
        self.server.wait_until("ready", || self.admin.answers("/readyz"));
    }

    /// Applies definitions of kinds, and waits until they are served.
    pub fn apply_kinds(&self, definitions: &str) {
        self.admin.apply(definitions);
        for definition in values(definitions) {
            let word = |pointer: &str| definition.pointer(pointer).and_then(|value| value.as_str()).expect("a word");
            let versions = definition["spec"]["versions"].as_array().expect("a list");
            for version in versions.iter().map(|version| version["name"].as_str().expect("a name")) {
                let path = format!("/apis/{}/{version}/{}", word("/spec/group"), word("/spec/names/plural"));
                self.server.wait_until(&format!("serving {path}"), || self.admin.answers(&path));
            }
        }
    }

    /// Makes a namespace.
    #[track_caller]
    pub fn namespace(&self, name: &str) {
        self.admin.apply(&format!("apiVersion: v1\nkind: Namespace\nmetadata: {{name: {name}}}\n"));
    }

    /// A kubeconfig for a user, whose contexts are `here`, in the namespace, and `elsewhere`.
    pub fn kubeconfig(&self, user: &str, namespace: &str) -> String {
        let mut files = self.files.lock().expect("no panic");
        *files += 1;
        let path = self.folder.join(format!("{user}-{files}.kubeconfig"));
        write_kubeconfig(&path, &self.server.url(), Some(&self.server.certificate()), user, namespace);
        path.to_string_lossy().into_owned()
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

impl Deref for Cluster {
    type Target = Admin;

    fn deref(&self) -> &Admin {
        &self.admin
    }
}

/// Waits until a condition holds, and shows what was seen last if it never does.
#[track_caller]
pub fn eventually<T: std::fmt::Debug>(what: &str, look: impl Fn() -> T, holds: impl Fn(&T) -> bool) -> T {
    let begin = Instant::now();
    let mut seen = look();
    let found = poll(
        PATIENCE,
        || {
            if holds(&seen) {
                return true;
            }
            seen = look();
            false
        },
        || false,
    );
    assert!(found, "after {:?} still not: {what}. What was seen last:\n{seen:#?}", begin.elapsed());
    seen
}
