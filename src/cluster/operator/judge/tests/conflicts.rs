//! Services that are exposed under one host.

use std::collections::HashSet;

use kube::core::{ApiResource, GroupVersionKind};
use serde_json::{Value, json};

use super::super::super::index::{Index, News, Touched};
use super::super::{Judged, Verdict, judge};
use crate::cluster::catalogue::{KINDS, ListedKind};
use crate::config::Policy;
use crate::finding::{Code, Severity};
use crate::transform::policy_in_file;

/// A cluster that holds these objects.
struct Cluster(Index);

impl Cluster {
    fn of(objects: impl IntoIterator<Item = Value>) -> Self {
        let mut cluster = Self(Index::default());
        for known in KINDS.iter() {
            let kind = GroupVersionKind::gvk(known.group, "v1", known.kind);
            let resource = ApiResource::from_gvk(&kind);
            let watch = cluster.0.add(&ListedKind { known: *known, resource }, None);
            cluster.0.take(watch, News::Begins);
            cluster.0.take(watch, News::Complete);
        }
        for object in objects {
            cluster.apply(object);
        }
        cluster
    }

    /// Returns what must be looked at again.
    fn apply(&mut self, object: Value) -> HashSet<Touched> {
        let watch = Self::watch_of(&object);
        self.0.take(watch, News::Applied(object))
    }

    fn delete(&mut self, object: Value) -> HashSet<Touched> {
        let watch = Self::watch_of(&object);
        self.0.take(watch, News::Deleted(object))
    }

    fn watch_of(object: &Value) -> usize {
        let (group, kind) = (object["apiVersion"].as_str().unwrap(), object["kind"].as_str().unwrap());
        let group = group.split_once('/').map_or("", |(group, _)| group);
        KINDS.iter().position(|known| known.group == group && known.kind == kind).unwrap()
    }

    fn judge(&self, namespace: &str) -> Verdict {
        judge(&self.0, namespace, &Policy::default())
    }
}

fn object(api_version: &str, kind: &str, namespace: &str, name: &str, spec: &Value) -> Value {
    let metadata = json!({"name": name, "namespace": namespace, "uid": format!("{kind}-{namespace}-{name}")});
    json!({"apiVersion": api_version, "kind": kind, "metadata": metadata, "spec": spec})
}

fn service(namespace: &str, name: &str) -> Value {
    let spec = json!({"selector": {"app": name}, "ports": [{"name": "http", "port": 80}]});
    object("v1", "Service", namespace, name, &spec)
}

/// A Service in two versions.
fn app(namespace: &str, name: &str) -> Vec<Value> {
    let version = |version: &str| {
        let template = json!({"metadata": {"labels": {"app": name, "version": version}}, "spec": {"containers": []}});
        object("apps/v1", "Deployment", namespace, &format!("{name}-{version}"), &json!({"template": template}))
    };
    vec![service(namespace, name), version("v1"), version("v2")]
}

fn gateway(name: &str, selector: &str) -> Value {
    let server = json!({"port": {"number": 80, "name": "http", "protocol": "HTTP"}, "hosts": ["*"]});
    let spec = json!({"selector": {"istio": selector}, "servers": [server]});
    object("networking.istio.io/v1", "Gateway", "edge", name, &spec)
}

/// A policy that exposes Services as `shop.example.com` at gateways of the namespace `edge`.
fn policy(namespace: &str, exposed: &[(&str, &str)]) -> Value {
    let services = exposed.iter().map(|(name, gateway)| {
        json!({"name": name, "expose": {"gateways": [format!("edge/{gateway}")], "hosts": ["shop.example.com"]}})
    });
    let services: Vec<Value> = services.collect();
    object("overrides.dev/v1alpha1", "Overrides", namespace, "mesh", &json!({"services": services}))
}

/// One of the Services of a namespace.
fn judged<'v>(verdict: &'v Verdict, service: &str) -> &'v Judged {
    assert_eq!(verdict.refusal, None);
    verdict.services.iter().find(|judged| judged.service == service).unwrap()
}

/// Whether a Service is left as it is, for another one is exposed where it is.
fn is_in_conflict(verdict: &Verdict, service: &str) -> bool {
    let judged = judged(verdict, service);
    let found = judged.findings.iter().find(|finding| finding.code == Code::ExposeConflict);
    assert_eq!(found.is_some(), judged.hands_off, "{:#?}", judged.findings);
    assert!(found.is_none_or(|finding| finding.severity == Severity::Error));
    if found.is_none() {
        assert!(judged.wanted.routes.is_some() && judged.wanted.subsets.is_some(), "{:#?}", judged.findings);
    }
    found.is_some()
}

#[test]
fn two_services_under_one_host_and_gateway_are_both_left_as_they_are_and_harm_no_other() {
    let apps = ["cart", "web", "other"].into_iter().flat_map(|name| app("shop", name));
    let exposed = policy("shop", &[("cart", "ingress"), ("web", "ingress")]);
    let verdict = Cluster::of(apps.chain([exposed])).judge("shop");
    assert!(is_in_conflict(&verdict, "cart") && is_in_conflict(&verdict, "web"));
    assert!(!is_in_conflict(&verdict, "other"));
}

#[test]
fn a_service_of_another_namespace_with_a_policy_of_its_own_is_seen_as_well() {
    let objects = app("shop", "cart").into_iter().chain(app("web", "web")).chain(app("web", "other"));
    let policies = [policy("shop", &[("cart", "ingress")]), policy("web", &[("web", "ingress")])];
    let mut cluster = Cluster::of(objects.chain(policies));
    assert!(is_in_conflict(&cluster.judge("shop"), "cart") && is_in_conflict(&cluster.judge("web"), "web"));
    assert!(!is_in_conflict(&cluster.judge("web"), "other"));
    // Whoever goes is in nobody's way, and everybody is looked at again.
    assert!(cluster.delete(service("web", "web")).contains(&Touched::All));
    assert!(!is_in_conflict(&cluster.judge("shop"), "cart"));
    assert!(cluster.apply(service("web", "web")).contains(&Touched::All));
    assert!(is_in_conflict(&cluster.judge("shop"), "cart"));
    assert!(cluster.apply(policy("web", &[])).contains(&Touched::All));
    assert!(!is_in_conflict(&cluster.judge("shop"), "cart"));
}

#[test]
fn the_same_proxies_behind_two_gateways_are_one_place() {
    for (selector, conflict) in [("ingress", true), ("internal", false)] {
        let apps = app("shop", "cart").into_iter().chain(app("shop", "web"));
        let gateways = [gateway("a", "ingress"), gateway("b", selector)];
        let exposed = policy("shop", &[("cart", "a"), ("web", "b")]);
        let verdict = Cluster::of(apps.chain(gateways).chain([exposed])).judge("shop");
        assert_eq!(is_in_conflict(&verdict, "cart"), conflict);
        assert_eq!(is_in_conflict(&verdict, "web"), conflict);
    }
}

#[test]
fn a_policy_for_all_namespaces_exposes_equal_names_in_one_place() {
    let objects = app("shop", "cart").into_iter().chain(app("web", "cart"));
    let cluster = Cluster::of(objects);
    let policy = policy("operator", &[("cart", "ingress")]).to_string();
    let fallback = policy_in_file("mesh.yaml", policy.as_bytes()).unwrap();
    let verdict = judge(&cluster.0, "shop", &fallback);
    assert!(is_in_conflict(&verdict, "cart"));
}

#[test]
fn services_at_hosts_of_their_own_are_no_concern() {
    let objects = app("shop", "cart").into_iter().chain(app("web", "web"));
    let policies = [policy("shop", &[("cart", "ingress")]), policy("web", &[("web", "other")])];
    let cluster = Cluster::of(objects.chain(policies));
    assert!(!is_in_conflict(&cluster.judge("shop"), "cart") && !is_in_conflict(&cluster.judge("web"), "web"));
}
