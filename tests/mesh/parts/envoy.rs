//! A real Envoy beside a Pod's app, or as a gateway.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use super::control_plane::DISCOVERY_PORT;
use super::http;
use super::network::{NODE, PROXY_USER, Place};
use super::process::{HOME, Process};
use super::tools::tool;

/// The versions that are installed, the newest last.
pub const VERSIONS: [&str; 3] = ["1.36", "1.38", "1.40"];
/// Where it tells about itself.
const ADMIN_PORT: u16 = 15000;
/// The statistics that Istio's own bootstrap keeps. A bare Envoy keeps all of them for every cluster, which costs more
/// memory than the cluster itself.
const STATISTICS: [(&str, &[&str]); 2] = [
    (
        "prefix",
        &["reporter=", "cluster_manager", "listener_manager", "server", "cluster.xds-grpc", "component", "istio"],
    ),
    ("suffix", &["rbac.allowed", "rbac.denied", "shadow_allowed", "shadow_denied", "downstream_cx_active"]),
];

/// What an Envoy has to be told about its Pod.
pub struct Proxy<'a> {
    pub pod: &'a str,
    pub namespace: &'a str,
    pub labels: &'a Value,
    pub place: &'a Place,
    pub gateway: bool,
    pub version: &'a str,
}

impl Proxy<'_> {
    /// Starts it.
    pub fn start(&self) -> Process {
        let file = Path::new(HOME).join(format!("envoy-{}.{}.json", self.pod, self.namespace));
        fs::write(&file, self.bootstrap().to_string()).expect("a new file");
        let mut command = Command::new(reachable(&format!("envoy-{}", self.version)));
        command.arg("-c").arg(&file).args(["--disable-hot-restart", "--concurrency", "1", "-l", "warning"]);
        // What istiod sends is deprecated here and there, and the access log is read right after a request.
        command.args(["--component-log-level", "misc:error", "--file-flush-interval-msec", "100"]);
        let name = format!("envoy-{}.{}", self.pod, self.namespace);
        self.place.inside(|| Process::start(&name, &mut command, Some(PROXY_USER)))
    }

    fn bootstrap(&self) -> Value {
        let Self { pod, namespace, labels, place, .. } = self;
        let (address, kind) = (place.address, if self.gateway { "router" } else { "sidecar" });
        let source = json!({"ads": {}, "resource_api_version": "V3"});
        let options = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";
        let at = |address, port| json!({"socket_address": {"address": address, "port_value": port}});
        json!({
            "node": {
                "id": format!("{kind}~{address}~{pod}.{namespace}~{namespace}.svc.cluster.local"),
                "cluster": format!("{pod}.{namespace}"),
                "metadata": {
                    "NAMESPACE": namespace, "LABELS": labels, "SERVICE_ACCOUNT": "default",
                    "ISTIO_VERSION": "1.32.0", "CLUSTER_ID": "Kubernetes", "INTERCEPTION_MODE": "REDIRECT",
                },
            },
            "admin": {"address": at(address, ADMIN_PORT)},
            "dynamic_resources": {
                "ads_config": {
                    "api_type": "DELTA_GRPC", "transport_api_version": "V3", "set_node_on_first_message_only": true,
                    "grpc_services": [{"envoy_grpc": {"cluster_name": "istiod"}}],
                },
                "lds_config": source, "cds_config": source,
            },
            "static_resources": {"clusters": [{
                "name": "istiod", "type": "STATIC", "connect_timeout": "1s",
                "typed_extension_protocol_options": {options: {
                    "@type": format!("type.googleapis.com/{options}"),
                    "explicit_http_config": {"http2_protocol_options": {}},
                }},
                "load_assignment": {"cluster_name": "istiod", "endpoints": [{"lb_endpoints": [
                    {"endpoint": {"address": at(NODE, DISCOVERY_PORT)}},
                ]}]},
            }]},
            "stats_config": {"use_all_default_tags": false, "stats_matcher": {"inclusion_list": {"patterns": statistics()}}},
            "deferred_stat_options": {"enable_deferred_creation_stats": true},
            // As Istio's own bootstrap does; a bare Envoy takes regular expressions of a few characters only.
            "layered_runtime": {"layers": [
                {"name": "static", "static_layer": {"re2.max_program_size.error_level": 32768}},
            ]},
        })
    }
}

fn statistics() -> Vec<Value> {
    STATISTICS.iter().flat_map(|(how, texts)| texts.iter().map(move |text| json!({*how: text}))).collect()
}

/// The command where its user can get at it: the cache of tools may be in a home that is closed to others.
fn reachable(name: &str) -> PathBuf {
    let here = Path::new(HOME).join(name);
    if !here.exists() {
        fs::write(&here, "").expect("a new file");
        let mut mount = Command::new("mount");
        mount.arg("--bind").arg(tool(name).canonicalize().expect("it is there")).arg(&here);
        assert!(mount.status().expect("mount starts").success(), "{mount:?}");
    }
    here
}

/// Whether the Envoy at a place has its whole configuration.
pub fn is_ready(place: &Place) -> bool {
    admin(place, "/ready").is_some()
}

/// What an Envoy says of itself.
pub fn admin(place: &Place, path: &str) -> Option<String> {
    let answer = http::ask((place.address, ADMIN_PORT).into(), "admin", path, "").ok()?;
    (answer.status() == 200).then_some(answer.body)
}
