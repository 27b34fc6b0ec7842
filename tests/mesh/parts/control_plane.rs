//! etcd, the API server and istiod, on the bridge.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use overrides::krm::Manifests;
use serde_json::{Value, json};

use super::api::{Api, TOKEN};
use super::network::{NODE, SERVICES, lay_bridge};
use super::process::{HOME, Process, listens};
use super::tools::{shared, tool};

const ETCD: &str = "http://127.0.0.1:2379";
const API: &str = "127.0.0.1:6443";
/// Where Envoys get their configuration.
pub const DISCOVERY_PORT: u16 = 15010;
/// The file by which clients find the API server.
pub const KUBECONFIG: &str = "kubeconfig";
/// Where istiod says that it is ready.
const READY_PORT: u16 = 15014;
/// Where its metrics are.
const MONITORING_PORT: u16 = 15015;

/// How istiod has to be set for an Envoy without Istio's own filters and certificates, and to be quick.
const ISTIOD: [(&str, &str); 13] = [
    ("ENABLE_CA_SERVER", "false"),
    ("ENABLE_LEADER_ELECTION", "false"),
    ("INJECTION_WEBHOOK_CONFIG_NAME", ""),
    ("PILOT_CERT_PROVIDER", "none"),
    ("PILOT_DEBOUNCE_AFTER", "10ms"),
    ("PILOT_DISABLE_MX_ALPN", "true"),
    ("PILOT_ENABLE_ALPN_FILTER", "false"),
    ("PILOT_ENABLE_GATEWAY_API", "false"),
    ("PILOT_ENABLE_METADATA_EXCHANGE", "false"),
    ("PILOT_ENABLE_TELEMETRY_LABEL", "false"),
    ("PILOT_ENABLE_XDS_IDENTITY_CHECK", "false"),
    ("POD_NAMESPACE", "istio-system"),
    ("VALIDATION_WEBHOOK_CONFIG_NAME", ""),
];

/// The access log says which route decided; a failing scenario is told from it.
const MESH_CONFIG: &str = r#"
trustDomain: cluster.local
enableAutoMtls: false
accessLogFile: /dev/stdout
accessLogFormat: "%RESPONSE_CODE% %RESPONSE_FLAGS% route=%ROUTE_NAME% to=%UPSTREAM_CLUSTER_RAW% host=%REQ(:AUTHORITY)% x-override=%REQ(X-OVERRIDE)% baggage=%REQ(BAGGAGE)%\n"
"#;

/// All of it, running.
pub struct ControlPlane {
    pub api: Arc<Api>,
    processes: Vec<Process>,
}

impl ControlPlane {
    pub fn start() -> Self {
        fs::create_dir_all(HOME).expect("/run is ours");
        lay_bridge();
        let etcd = etcd();
        let server = api_server();
        let api = Arc::new(Api::at(API));
        etcd.wait_until("listening", || listens("127.0.0.1:2379"));
        server.wait_until("listening", || listens(API));
        server.wait_until("ready", || api.get("/readyz").is_some());
        let crds = apply_crds(&api);
        for namespace in ["istio-system", "client"] {
            api.apply(&json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}));
        }
        for crd in &crds {
            server.wait_until(&format!("serving {crd}"), || api.get(crd).is_some());
        }
        // Otherwise Envoys wait for certificates, which nobody hands out here.
        api.apply(&json!({
            "apiVersion": "security.istio.io/v1", "kind": "PeerAuthentication",
            "metadata": {"name": "default", "namespace": "istio-system"}, "spec": {"mtls": {"mode": "DISABLE"}}
        }));
        let istiod = istiod();
        istiod.wait_until("listening", || listens(&format!("{NODE}:{READY_PORT}")));
        let ready = format!("{NODE}:{READY_PORT}").parse().expect("an address");
        istiod.wait_until("ready", || {
            super::http::ask(ready, "istiod", "/ready", "").is_ok_and(|answer| answer.status() == 200)
        });
        Self { api, processes: vec![etcd, server, istiod] }
    }

    /// What is to be said of the parts that ended by themselves.
    pub fn casualties(&self) -> String {
        self.processes.iter().filter(|process| process.ended()).map(Process::log_tail).collect()
    }
}

/// What istiod says of its own work, for Prometheus.
pub fn metrics() -> String {
    let address = format!("{NODE}:{MONITORING_PORT}").parse().expect("an address");
    super::http::ask(address, "istiod", "/metrics", "").expect("istiod answers").body
}

fn home(name: &str) -> String {
    Path::new(HOME).join(name).to_string_lossy().into_owned()
}

fn etcd() -> Process {
    let mut command = Command::new(tool("etcd"));
    command.args(["--data-dir", &home("etcd"), "--listen-client-urls", ETCD, "--advertise-client-urls", ETCD]);
    // Nothing here outlives the run.
    command.arg("--unsafe-no-fsync");
    Process::start("etcd", &mut command, None)
}

fn api_server() -> Process {
    let key = home("service-accounts.key");
    let openssl = ["ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", &key];
    let output = Command::new(tool("openssl")).args(openssl).output().expect("openssl starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let tokens = home("tokens.csv");
    fs::write(&tokens, format!("{TOKEN},mesh,mesh,\"system:masters\"\n")).expect("a new file");
    let mut command = Command::new(tool("kube-apiserver"));
    command.args([
        &format!("--etcd-servers={ETCD}"),
        "--bind-address=127.0.0.1",
        "--secure-port=6443",
        &format!("--advertise-address={NODE}"),
        &format!("--cert-dir={}", home("certificates")),
        "--service-account-issuer=https://kubernetes.default.svc",
        &format!("--service-account-key-file={key}"),
        &format!("--service-account-signing-key-file={key}"),
        &format!("--token-auth-file={tokens}"),
        "--authorization-mode=AlwaysAllow",
        &format!("--service-cluster-ip-range={SERVICES}"),
        "--endpoint-reconciler-type=none",
        "--disable-admission-plugins=ServiceAccount",
    ]);
    Process::start("kube-apiserver", &mut command, None)
}

/// Istio's resource definitions. Returns the paths under which their objects will be.
fn apply_crds(api: &Api) -> Vec<String> {
    let text = fs::read_to_string(shared("istio-crds.yaml")).expect("it can be read");
    let manifests = Manifests::parse([("istio-crds.yaml".to_owned(), text.as_str())]).expect("it is YAML");
    let apply = |object: &Value| {
        api.apply(object);
        let spec = &object["spec"];
        let word = |value: &Value| value.as_str().expect("text").to_owned();
        let versions = spec["versions"].as_array().expect("a list");
        let version = word(&versions.last().expect("a version")["name"]);
        format!("/apis/{}/{version}/{}", word(&spec["group"]), word(&spec["names"]["plural"]))
    };
    manifests.items().iter().map(|item| apply(&item.node.read().expect("an object"))).collect()
}

fn istiod() -> Process {
    let kubeconfig = home(KUBECONFIG);
    let config = json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "mesh",
        "clusters": [{"name": "mesh", "cluster": {"server": format!("https://{API}"), "insecure-skip-tls-verify": true}}],
        "users": [{"name": "mesh", "user": {"token": TOKEN}}],
        "contexts": [{"name": "mesh", "context": {"cluster": "mesh", "user": "mesh"}}],
    });
    fs::write(&kubeconfig, config.to_string()).expect("a new file");
    let mesh = home("mesh.yaml");
    let discovery = format!("defaultConfig: {{discoveryAddress: \"{NODE}:{DISCOVERY_PORT}\"}}\n");
    fs::write(&mesh, format!("{}{discovery}", MESH_CONFIG.trim_start())).expect("a new file");
    let mut command = Command::new(tool("pilot-discovery"));
    command.args(["discovery", "--kubeconfig", &kubeconfig, "--registries", "Kubernetes", "--meshConfig", &mesh]);
    command.args(["--grpcAddr", &format!("{NODE}:{DISCOVERY_PORT}"), "--httpAddr", &format!("{NODE}:{READY_PORT}")]);
    command.args(["--httpsAddr", "", "--secureGRPCAddr", "", "--monitoringAddr", &format!("{NODE}:{MONITORING_PORT}")]);
    command.args(["--networksConfig", "/dev/null"]).envs(ISTIOD);
    Process::start("istiod", &mut command, None)
}
