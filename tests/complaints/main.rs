//! What users of similar systems complain about, one module to a complaint: Signadot, Okteto, Telepresence, mirrord,
//! istio-workspace, Flagger, Argo Rollouts, Knative, traffic lanes. Issue numbers are those of the projects named. Each
//! is shown twice not to happen here: by what the function writes, and by what `explain` says, which knows nothing of
//! how that was written.
//!
//! One more, that functions in containers do not run in Argo CD's repo-server (argo-cd#5553), is answered by
//! `examples/argocd`, where a plain command does the work: `tests/real_tools/argocd.rs` asks Argo CD's own server.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that panics has failed"
)]
#![allow(clippy::needless_pass_by_value, reason = "sentences read better without ampersands")]

mod ambient;
mod carriers;
mod clones;
mod gateways;
mod one_rule;
mod order;
mod residue;
mod subsets;
#[path = "../support/mod.rs"]
mod support;
mod traps;

use overrides::explain::{Answer, Caller, Mesh, Request, Settings};
use overrides::finding::{Code, Finding, Severity};
use overrides::krm::Manifests;
use serde_json::Value;
use support::given::{Given, Outcome, given, service, value, version};

const V2: &str = "x-override: reviews:v2";

/// `reviews` in `v1`, the default, and `v2`, in the namespace `shop`.
fn shop() -> Given {
    given(service("reviews").namespace("shop")).and(in_shop("v1")).and(in_shop("v2"))
}

/// One version of it.
fn in_shop(value: &str) -> support::given::Workload {
    version("reviews", value).namespace("shop")
}

/// A rule of the user's, its `spec` in flow style.
fn rule(kind: &str, name: &str, namespace: &str, spec: &str) -> String {
    format!(
        "apiVersion: networking.istio.io/v1\nkind: {kind}\nmetadata:\n  name: {name}\n  namespace: {namespace}\nspec: {spec}\n"
    )
}

/// A VirtualService of the user's in `shop`.
fn virtual_service(name: &str, spec: &str) -> String {
    rule("VirtualService", name, "shop", spec)
}

/// The objects of a stream, of one kind.
fn objects(stream: &str, kind: &str) -> Vec<Value> {
    let manifests = Manifests::parse([("-".to_owned(), stream)]).unwrap();
    let all = manifests.items().iter().filter(|item| item.kind() == kind);
    all.map(|item| item.node.read().unwrap()).collect()
}

/// One of them, by name.
fn object(stream: &str, kind: &str, name: &str) -> Value {
    let mut all = objects(stream, kind).into_iter();
    all.find(|object| object["metadata"]["name"] == name).unwrap_or_else(|| panic!("no {kind} {name} in\n{stream}"))
}

/// The routes for HTTP of a VirtualService.
fn routes(rule: &Value) -> &Vec<Value> {
    rule["spec"]["http"].as_array().expect("routes")
}

/// The answer of `explain` for a request to a Service in `shop`, from another namespace, with these header lines.
fn explain(stream: &str, service: &str, path: &str, lines: &str) -> Answer {
    explain_in(stream, (service, "shop"), path, lines, Settings::default())
}

fn explain_in(stream: &str, service: (&str, &str), path: &str, lines: &str, settings: Settings) -> Answer {
    let manifests = Manifests::parse([("-".to_owned(), stream)]).unwrap();
    let (mesh, findings) = Mesh::read(manifests.items(), settings);
    assert!(findings.is_empty(), "{findings:#?}");
    let headers = lines.lines().map(|line| line.parse().unwrap()).collect();
    let from = Caller { namespace: Some("front".to_owned()), labels: None };
    let request = Request { path: path.to_owned(), headers, from, ..Request::default() };
    mesh.answer(service.0, service.1, &request).expect("the Service is there")
}

/// Where a request to `reviews` in `shop` goes, in a few words.
fn ask(stream: &str, lines: &str) -> String {
    explain(stream, "reviews", "/", lines).outcome.to_string()
}

/// Where requests to `reviews` without and with an override for `v2` go.
fn both(stream: &str) -> [String; 2] {
    [ask(stream, ""), ask(stream, V2)]
}

/// The finding of this code.
#[track_caller]
fn find(found: &Outcome, code: Code) -> &Finding {
    found.findings.iter().find(|finding| finding.code == code).unwrap_or_else(|| panic!("{:#?}", found.findings))
}

/// The warning with which a Service is passed over; it names the rule that is the reason, and nothing changes.
#[track_caller]
fn passed_over(found: &Outcome, code: Code, because_of: &str) {
    let finding = found.unchanged().only(code);
    assert_eq!(finding.severity, Severity::Warning);
    assert!(finding.message.contains(because_of), "{}", finding.message);
}
