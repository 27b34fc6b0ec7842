//! What a cluster's controllers would do: from Deployments and Services to Pods with addresses, and EndpointSlices.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};

use serde_json::{Map, Value, json};

use super::api::Api;
use super::app::{App, FORWARDED, Names};
use super::envoy::{self, Proxy};
use super::network::{self, Place};
use super::process::{Process, listens};
use super::servers;

/// The Pod label by which Istio is told to leave a Pod without a sidecar.
const INJECT: &str = "sidecar.istio.io/inject";
/// The Pod annotation that chooses the sidecar's version.
const PROXY_VERSION: &str = "mesh/envoy";
/// The port of a gateway's Pod; its user may not have one below 1024.
pub const GATEWAY_PORT: u16 = 8090;

/// A Pod that runs.
pub struct Pod {
    pub name: String,
    pub namespace: String,
    pub labels: Value,
    pub place: Place,
    pub proxy: Option<Process>,
    template: Value,
    /// What serves which port, beside this program.
    servers: Vec<(Process, u16)>,
}

impl Pod {
    /// The Pod that a workload of this template has.
    fn of(workload: &Value, namespace: &str, number: u16) -> Option<Self> {
        let template = match workload["kind"].as_str()? {
            "Pod" => workload,
            _ if workload["spec"]["replicas"] == 0 => return None,
            _ => workload["spec"].get("template")?,
        };
        Some(Self {
            name: text(&workload["metadata"]["name"]).to_owned(),
            namespace: namespace.to_owned(),
            labels: template["metadata"]["labels"].clone(),
            place: Place::number(number),
            proxy: None,
            template: template.clone(),
            servers: Vec::new(),
        })
    }

    fn label(&self, name: &str) -> &str {
        text(&self.labels[name])
    }

    fn is_gateway(&self) -> bool {
        self.label("istio") == "ingressgateway"
    }

    fn has_proxy(&self) -> bool {
        self.label(INJECT) != "false"
    }

    /// The version that its sidecar is to have.
    pub fn envoy_version(&self) -> &str {
        match text(&self.template["metadata"]["annotations"][PROXY_VERSION]) {
            "" => envoy::VERSIONS[envoy::VERSIONS.len() - 1],
            version => version,
        }
    }

    /// An environment variable of the first container.
    fn variable(&self, name: &str) -> Option<String> {
        variable_of(&self.template, name)
    }

    fn selected_by(&self, service: &Value, namespace: &str) -> bool {
        let Some(selector) = service["spec"]["selector"].as_object() else { return false };
        self.namespace == namespace && selector.iter().all(|(key, value)| self.labels.get(key) == Some(value))
    }

    /// The Pod as the API server has it, and its status.
    fn objects(&self) -> [Value; 2] {
        let address = self.place.address;
        let object = |field: &str, content: Value| {
            let metadata = json!({"name": self.name, "namespace": self.namespace, "labels": self.labels});
            json!({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, field: content})
        };
        let containers = json!([{"name": "app", "image": "app"}]);
        let ready = json!([{"type": "Ready", "status": "True"}]);
        [
            object("spec", json!({"nodeName": "node", "containers": containers})),
            object(
                "status",
                json!({"phase": "Running", "podIP": address, "podIPs": [{"ip": address}], "conditions": ready}),
            ),
        ]
    }
}

/// The Pods, and what gives them addresses.
pub struct Cluster {
    pub api: Arc<Api>,
    pub names: Arc<Names>,
    next_place: AtomicU16,
}

impl Cluster {
    pub fn new(api: Arc<Api>) -> Self {
        Self { api, names: Arc::default(), next_place: AtomicU16::new(1) }
    }

    /// Applies a configuration as it would be applied to a cluster, and starts its Pods. Objects without a namespace go
    /// to the one that is given.
    pub fn run(&self, objects: &[Value], namespace: &str) -> Vec<Pod> {
        let objects: Vec<Value> = objects.iter().map(|object| in_namespace(object, namespace)).collect();
        let mut pods = self.announce(&objects);
        let places: Vec<_> = pods.iter().map(|pod| (pod.place.clone(), pod.has_proxy() && !pod.is_gateway())).collect();
        network::lay_out(&places);
        objects.iter().filter(|object| is_istio(object)).for_each(|object| drop(self.api.apply(object)));
        let services: Vec<&Value> = objects.iter().filter(|object| is(object, "v1", "Service")).collect();
        for pod in &mut pods {
            self.start(pod, &services);
        }
        pods
    }

    /// Applies Services, and makes their Pods known. None of these Pods is there until it is started.
    pub fn announce(&self, objects: &[Value]) -> Vec<Pod> {
        let namespaces: BTreeSet<&str> = objects.iter().map(namespace_of).collect();
        for name in namespaces {
            self.api.apply(&json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}));
        }
        let services: Vec<&Value> = objects.iter().filter(|object| is(object, "v1", "Service")).collect();
        for service in &services {
            self.add_service(service);
        }
        let place = || self.next_place.fetch_add(1, Ordering::Relaxed);
        let pods = objects.iter().filter(|object| object["kind"] != "Service");
        let pods: Vec<Pod> = pods.filter_map(|object| Pod::of(object, namespace_of(object), place())).collect();
        for pod in &pods {
            self.add_pod(pod);
        }
        for service in &services {
            self.set_endpoints(service, &pods.iter().collect::<Vec<_>>());
        }
        pods
    }

    /// Makes a Pod known, and ready.
    pub fn add_pod(&self, pod: &Pod) {
        let [object, status] = pod.objects();
        self.api.apply(&object);
        self.api.apply_status(&status);
    }

    /// Has the API server forget a Pod, which goes on serving whoever still asks it.
    pub fn remove_pod(&self, pod: &Pod) {
        let [object, _] = pod.objects();
        self.api.delete_now(&object);
    }

    fn add_service(&self, service: &Value) {
        let applied = self.api.apply(service);
        if let Ok(address) = text(&applied["spec"]["clusterIP"]).parse::<Ipv4Addr>() {
            self.names.add(text(&service["metadata"]["name"]), namespace_of(service), address);
        }
    }

    /// Says which Pods of all these are behind a Service.
    pub fn set_endpoints(&self, service: &Value, pods: &[&Pod]) {
        let (name, namespace) = (text(&service["metadata"]["name"]), namespace_of(service));
        let selected = pods.iter().filter(|pod| pod.selected_by(service, namespace));
        let endpoint = |pod: &&Pod| {
            json!({
                "addresses": [pod.place.address], "conditions": {"ready": true},
                "targetRef": {"kind": "Pod", "name": pod.name, "namespace": namespace},
            })
        };
        let endpoints: Vec<Value> = selected.map(endpoint).collect();
        let ports: Vec<Value> = ports_of(service).map(port_of_slice).collect();
        self.api.apply(&json!({
            "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
            "metadata": {"name": name, "namespace": namespace, "labels": {"kubernetes.io/service-name": name}},
            "endpoints": endpoints, "ports": ports,
        }));
    }

    fn start(&self, pod: &mut Pod, services: &[&Value]) {
        let mine = services.iter().filter(|service| pod.selected_by(service, &pod.namespace));
        let ports: Vec<&Value> = mine.flat_map(|service| ports_of(service)).collect();
        if !pod.is_gateway() {
            let version = pod.label("version");
            let identity = pod.variable("SELF").unwrap_or_else(|| format!("{}:{version}", pod.label("app")));
            let forwarded = pod.variable("FORWARDED").unwrap_or_else(|| FORWARDED.to_owned());
            let app = Arc::new(App {
                identity,
                next: pod.variable("NEXT"),
                traced: pod.variable("TRACED_BY").is_some_and(|tracer| tracer == "opentelemetry"),
                forwarded: forwarded.split(',').map(|name| name.trim().to_owned()).collect(),
                home: pod.namespace.clone(),
                names: Arc::clone(&self.names),
            });
            pod.servers = servers::start(&app, &pod.place, &format!("{}.{}", pod.name, pod.namespace), &ports);
        }
        if pod.has_proxy() {
            let proxy = Proxy {
                pod: &pod.name,
                namespace: &pod.namespace,
                labels: &pod.labels,
                place: &pod.place,
                gateway: pod.is_gateway(),
                version: pod.envoy_version(),
            };
            pod.proxy = Some(proxy.start());
        }
    }
}

/// Waits until all servers listen, and all Envoys have their configuration.
pub fn wait_for(pods: &[Pod]) {
    for pod in pods {
        for (server, port) in &pod.servers {
            let address = format!("127.0.0.1:{port}");
            server.wait_until("listening", || pod.place.inside(|| listens(&address)));
        }
        if let Some(proxy) = &pod.proxy {
            proxy.wait_until("ready", || envoy::is_ready(&pod.place));
        }
    }
}

/// A text, empty for everything else.
pub fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// An environment variable of the first container of a workload.
pub fn variable(workload: &Value, name: &str) -> Option<String> {
    variable_of(&workload["spec"]["template"], name)
}

fn variable_of(template: &Value, name: &str) -> Option<String> {
    let variables = template["spec"]["containers"][0]["env"].as_array()?;
    let variable = variables.iter().find(|variable| variable["name"] == name)?;
    Some(text(&variable["value"]).to_owned())
}

pub fn namespace_of(object: &Value) -> &str {
    text(&object["metadata"]["namespace"])
}

pub fn is(object: &Value, api_version: &str, kind: &str) -> bool {
    object["apiVersion"] == api_version && object["kind"] == kind
}

pub fn is_istio(object: &Value) -> bool {
    text(&object["apiVersion"]).contains(".istio.io/")
}

/// The TCP ports of a Service.
pub fn ports_of(service: &Value) -> impl Iterator<Item = &Value> {
    let ports = service["spec"]["ports"].as_array().map(Vec::as_slice).unwrap_or_default();
    ports.iter().filter(|port| port["protocol"] != "UDP")
}

/// The port of the Pod that a Service's port leads to.
pub fn target_of(port: &Value) -> u16 {
    let number = port["targetPort"].as_u64().or(port["port"].as_u64());
    number.and_then(|number| u16::try_from(number).ok()).expect("a port has a number")
}

fn port_of_slice(port: &Value) -> Value {
    let mut slice = Map::new();
    slice.insert("name".to_owned(), json!(text(&port["name"])));
    slice.insert("port".to_owned(), json!(target_of(port)));
    slice.insert("protocol".to_owned(), json!("TCP"));
    if let Some(protocol) = port.get("appProtocol") {
        slice.insert("appProtocol".to_owned(), protocol.clone());
    }
    Value::Object(slice)
}

/// The object, in this namespace where it says none.
pub fn in_namespace(object: &Value, namespace: &str) -> Value {
    let mut object = object.clone();
    if namespace_of(&object).is_empty() {
        object["metadata"]["namespace"] = json!(namespace);
    }
    object
}
