//! Default versions.

use kube::core::{ApiResource, GroupVersionKind};
use serde_json::{Value, json};

use super::super::super::index::{Index, News};
use super::super::{Judged, judge};
use crate::cluster::catalogue::{KnownKind, ListedKind};
use crate::config::{self, Policy};
use crate::finding::{Code, Severity};
use crate::istio::IstioResource;

/// The objects of a cluster, each kind with a watch of its own.
#[derive(Default)]
struct Watches {
    index: Index,
    kinds: Vec<String>,
}

impl Watches {
    /// Takes an object in. Returns whether anything has to be looked at because of it.
    fn take(&mut self, object: Value) -> bool {
        let (api_version, kind) = (object["apiVersion"].as_str().unwrap_or_default(), object["kind"].as_str());
        let kind = kind.unwrap_or_default().to_owned();
        let (group, version) = api_version.rsplit_once('/').unwrap_or(("", api_version));
        let watch = self.kinds.iter().position(|known| *known == kind).unwrap_or_else(|| {
            let known = match (group, kind.as_str()) {
                ("", _) => KnownKind { group: "", kind: "Service", everywhere: false },
                ("apps", _) => KnownKind { group: "apps", kind: "Deployment", everywhere: false },
                (_, "DestinationRule") => KnownKind::of_istio("DestinationRule"),
                _ => KnownKind::of_istio("VirtualService"),
            };
            let resource = ApiResource::from_gvk(&GroupVersionKind::gvk(group, version, &kind));
            self.kinds.push(kind.clone());
            self.index.add(&ListedKind { known, resource }, None)
        });
        !self.index.take(watch, News::Applied(object)).is_empty()
    }

    fn judged(&self, policy: &Policy) -> Judged {
        let verdict = judge(&self.index, "shop", policy);
        assert!(verdict.refusal.is_none(), "{:?}", verdict.refusal);
        verdict.services.into_iter().find(|judged| judged.service == "cart").unwrap_or_default()
    }
}

fn cart() -> Watches {
    let mut watches = Watches::default();
    watches.take(json!({
        "apiVersion": "v1", "kind": "Service", "metadata": {"name": "cart", "namespace": "shop", "uid": "s"},
        "spec": {"selector": {"app": "cart"}, "ports": [{"name": "http", "port": 80}]},
    }));
    watches
}

fn deployment(version: &str, annotations: &Value, of_pods: &Value) -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": format!("cart-{version}"), "namespace": "shop", "uid": version, "annotations": annotations},
        "spec": {"template": {
            "metadata": {"labels": {"app": "cart", "version": version}, "annotations": of_pods}, "spec": {"containers": []},
        }},
    })
}

fn stating(version: &str) -> Policy {
    let mut policy = Policy::default();
    let set = config::set(&mut policy, &format!("defaultVersion={version}"));
    assert!(set.is_ok());
    policy
}

fn default_of(judged: &Judged) -> String {
    let routes = judged.wanted.routes.as_ref().and_then(|routes| routes.http.last());
    routes.map(|route| route.route[0].destination.subset.to_string()).unwrap_or_default()
}

#[test]
fn the_operator_sees_which_workload_is_marked_and_when_that_changes() {
    let mark = json!({"overrides.dev/default": "true"});
    for (own, of_pods) in [(&mark, &json!({})), (&json!({}), &mark)] {
        let mut cluster = cart();
        cluster.take(deployment("1.4.2", &json!({}), &json!({})));
        cluster.take(deployment("pr-123", &json!({}), &json!({})));
        assert_eq!(cluster.judged(&Policy::default()).findings[0].code, Code::NoDefault);
        assert!(cluster.take(deployment("1.4.2", own, of_pods)), "an annotation alone has to be looked at");
        let judged = cluster.judged(&Policy::default());
        assert!(judged.findings.is_empty(), "{:?}", judged.findings);
        assert_eq!(default_of(&judged), "1-4-2");
    }
}

#[test]
fn rules_stay_with_the_stated_default_when_its_workloads_go() {
    let mut both = cart();
    both.take(deployment("v1", &json!({}), &json!({})));
    both.take(deployment("pr-123", &json!({}), &json!({})));
    let written = both.judged(&stating("v1")).resources;
    let mut left = cart();
    left.take(deployment("pr-123", &json!({}), &json!({})));
    let alone = left.judged(&stating("v1"));
    assert_eq!((alone.findings[0].code, alone.findings[0].severity), (Code::DefaultReplaced, Severity::Warning));
    assert!(!alone.hands_off);
    for resource in written.into_values() {
        let object = match &resource {
            IstioResource::DestinationRule(rule) => serde_json::to_value(rule),
            IstioResource::VirtualService(rule) => serde_json::to_value(rule),
        };
        let mut object = object.unwrap_or_default();
        object["metadata"]["uid"] = json!("r");
        object["metadata"]["ownerReferences"] =
            json!([{"apiVersion": "v1", "kind": "Service", "name": "cart", "uid": "s"}]);
        left.take(object);
    }
    let kept = left.judged(&stating("v1"));
    assert_eq!((kept.findings[0].code, kept.findings[0].severity), (Code::DefaultReplaced, Severity::Error));
    assert!(kept.hands_off, "they stay as they are");
    // Nobody stated the one that is built in.
    assert!(!left.judged(&Policy::default()).hands_off);
}

#[test]
fn workloads_of_other_services_are_not_told_of_with_each() {
    let mut cluster = cart();
    cluster.take(deployment("v1", &json!({}), &json!({})));
    let mut other = deployment("v2", &json!({"overrides.dev/zebra": "x"}), &json!({}));
    other["spec"]["template"]["metadata"]["labels"]["app"] = json!("other");
    cluster.take(other);
    let judged = cluster.judged(&Policy::default());
    assert!(judged.findings.is_empty(), "{:?}", judged.findings);
}
