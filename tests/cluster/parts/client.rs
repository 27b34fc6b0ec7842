//! The admin's client, in which one thing is done after the other.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Mutex;

use kube::api::{Api, ApiResource, DeleteParams, DynamicObject, GroupVersionKind, ListParams, Patch, PatchParams};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::discovery::{Scope, pinned_kind};
use kube::{Client, Config, Error};
use overrides::krm::Manifests;
use serde_json::Value;
use tokio::runtime::Runtime;

/// As whom objects are applied.
const MANAGER: &str = "tests";

/// Applies, reads and deletes, as one user.
pub struct Admin {
    runtime: Runtime,
    client: Client,
    kinds: Mutex<HashMap<GroupVersionKind, (ApiResource, Scope)>>,
}

impl Admin {
    pub fn of(kubeconfig: &Path) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.expect("a runtime");
        let file = Kubeconfig::read_from(kubeconfig).expect("it was just written");
        let client = runtime.block_on(async {
            let config = Config::from_custom_kubeconfig(file, &KubeConfigOptions::default()).await;
            Client::try_from(config.expect("it says where the server is")).expect("a client")
        });
        Self { runtime, client, kinds: Mutex::default() }
    }

    /// Whether the server answers at this path.
    pub fn answers(&self, path: &str) -> bool {
        let request = http::Request::get(path).body(Vec::new()).expect("a request");
        self.runtime.block_on(self.client.request_text(request)).is_ok()
    }

    /// What the server counted since its start, but for its own requests to itself: requests that read, and that write.
    pub fn requests(&self) -> (u64, u64) {
        let request = http::Request::get("/metrics").body(Vec::new()).expect("a request");
        let text = self.runtime.block_on(self.client.request_text(request)).expect("the server answers");
        let mut counts = (0, 0);
        for line in text.lines().filter(|line| line.starts_with("apiserver_request_total{")) {
            let (labels, value) = line.rsplit_once(' ').expect("a line of metrics");
            let is_about = |group: &str| labels.contains(&format!("group=\"{group}\""));
            let matters = is_about("networking.istio.io") || (is_about("") && !labels.contains("resource=\"\""));
            let value: u64 = value.parse().expect("a count below a million is written out");
            let is_write =
                ["POST", "PUT", "PATCH", "APPLY", "DELETE"].iter().any(|v| labels.contains(&format!("verb=\"{v}\"")));
            match (matters, is_write) {
                (true, true) => counts.1 += value,
                (true, false) => counts.0 += value,
                _ => {}
            }
        }
        counts
    }

    /// Applies every document as it is; what others set in them stays. A `status` is applied as well.
    #[track_caller]
    pub fn apply(&self, documents: &str) {
        for object in values(documents) {
            let (api, name) = self.api_of(&object);
            let parameters = PatchParams::apply(MANAGER).force();
            let applied = self.runtime.block_on(api.patch(&name, &parameters, &Patch::Apply(&object)));
            applied.unwrap_or_else(|error| panic!("{error}\n{object}"));
            if object.get("status").is_some() {
                let applied = self.runtime.block_on(api.patch_status(&name, &parameters, &Patch::Apply(&object)));
                applied.unwrap_or_else(|error| panic!("{error}\n{object}"));
            }
        }
    }

    /// What the server would keep of an object that kubectl creates, or what it says against it. Nothing is created.
    pub fn offer(&self, object: &Value, plural: &str) -> Result<Value, String> {
        let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        let (version, namespace) = (text("/apiVersion"), text("/metadata/namespace"));
        let path = format!("/apis/{version}/namespaces/{namespace}/{plural}?fieldValidation=Strict&dryRun=All");
        let request = http::Request::post(path).header(http::header::CONTENT_TYPE, "application/json");
        let request = request.body(object.to_string().into_bytes()).expect("a request");
        self.runtime.block_on(self.client.request(request)).map_err(|error| error.to_string())
    }

    /// An object; none where there is no such one.
    #[track_caller]
    pub fn get(&self, api_version: &str, kind: &str, namespace: &str, name: &str) -> Option<Value> {
        let api = self.api(api_version, kind, namespace);
        let found = self.runtime.block_on(api.get_opt(name)).unwrap_or_else(|error| panic!("{error}"));
        found.map(|object| serde_json::to_value(object).expect("an object is JSON"))
    }

    /// All objects of a kind in a namespace.
    #[track_caller]
    pub fn list(&self, api_version: &str, kind: &str, namespace: &str) -> Vec<Value> {
        let api = self.api(api_version, kind, namespace);
        let found = self.runtime.block_on(api.list(&ListParams::default())).unwrap_or_else(|error| panic!("{error}"));
        found.items.iter().map(|object| serde_json::to_value(object).expect("an object is JSON")).collect()
    }

    /// Deletes an object, if it is there.
    #[track_caller]
    pub fn delete(&self, api_version: &str, kind: &str, namespace: &str, name: &str) {
        let api = self.api(api_version, kind, namespace);
        match self.runtime.block_on(api.delete(name, &DeleteParams::default())) {
            Ok(_) => {}
            Err(Error::Api(status)) if status.code == 404 => {}
            Err(error) => panic!("{error}"),
        }
    }

    fn api_of(&self, object: &Value) -> (Api<DynamicObject>, String) {
        let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        let api = self.api(text("/apiVersion"), text("/kind"), text("/metadata/namespace"));
        (api, text("/metadata/name").to_owned())
    }

    fn api(&self, api_version: &str, kind: &str, namespace: &str) -> Api<DynamicObject> {
        let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
        let wanted = GroupVersionKind::gvk(group, version, kind);
        let (resource, scope) = self.kind(&wanted);
        match scope {
            Scope::Cluster => Api::all_with(self.client.clone(), &resource),
            Scope::Namespaced => Api::namespaced_with(self.client.clone(), namespace, &resource),
        }
    }

    fn kind(&self, wanted: &GroupVersionKind) -> (ApiResource, Scope) {
        let mut kinds = self.kinds.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(known) = kinds.get(wanted) {
            return known.clone();
        }
        let found = self.runtime.block_on(pinned_kind(&self.client, wanted));
        let (resource, capabilities) = found.unwrap_or_else(|error| panic!("{wanted:?}: {error}"));
        kinds.insert(wanted.clone(), (resource.clone(), capabilities.scope.clone()));
        (resource, capabilities.scope)
    }
}

/// The objects of a stream.
#[track_caller]
pub fn values(documents: &str) -> Vec<Value> {
    let manifests = Manifests::parse([("-".to_owned(), documents)]).expect("it is YAML");
    manifests.items().iter().map(|item| item.node.read().expect("an object")).collect()
}
