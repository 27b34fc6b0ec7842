//! The operator, istiod and requests together: versions come and go without any file being written.

use std::collections::BTreeMap;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::apps::{app, apps};
use crate::mesh::said;
use crate::parts::control_plane::KUBECONFIG;
use crate::parts::envoy::admin;
use crate::parts::process::{HOME, Process, poll};
use crate::sentence::{Scenario, scenario};
use crate::stage::{CLIENT, Stage};

const URL: &str = "http://steady.operated";
const NAMESPACE: &str = "operated";
const OPERATOR: &str = "127.0.0.1:18080";
/// The operator waits in between, and proxies need their time.
const PATIENCE: Duration = Duration::from_secs(30);

pub fn scenarios() -> Vec<Scenario> {
    // The function leaves the Service to the operator.
    let given = apps([app("steady", NAMESPACE)]).policy("services: [{name: steady, ignore: true}]");
    let name = "versions come and go under the operator, and not one request fails";
    vec![scenario(name, given, URL).check(come_and_go)]
}

fn come_and_go(stage: &Stage<'_>) {
    // The preview is not there yet.
    remove_pod(stage, "v2");
    stage.keep_only("steady", &["v1"]);
    eventually(stage, "v1 answers alone", || seen(stage, "") == "steady:v1");
    let operator = start_operator();
    eventually(stage, "the operator pinned v1", || route_names(stage) == ["default-steady"]);
    // The API server holds it before a busy proxy knows.
    eventually(stage, "proxies know that v1 is pinned", || knows_pin(stage));
    let over = &AtomicBool::new(false);
    let (baseline, overridden) = thread::scope(|scope| {
        let mesh = stage.mesh;
        let asking = |lines: &'static str| move || ask_until(mesh, lines, over);
        let baseline = scope.spawn(asking(""));
        let overridden = scope.spawn(asking("x-override: steady:v2"));
        for _ in 0..3 {
            let begin = Instant::now();
            add_pod(stage, "v2");
            stage.keep_only("steady", &["v1", "v2"]);
            eventually(stage, "the override works", || seen(stage, "x-override: steady:v2") == "steady:v2");
            println!("        a new version's override worked {:?} after its Pod came", begin.elapsed());
            // Whoever goes is first asked no more, and serves until then.
            remove_pod(stage, "v2");
            eventually(stage, "the override is gone", || route_names(stage) == ["default-steady"]);
            eventually(stage, "proxies know", || seen(stage, "x-override: steady:v2") == "steady:v1");
            stage.keep_only("steady", &["v1"]);
            eventually(stage, "the subset is gone", || subset_names(stage) == ["v1"]);
        }
        opt_out(stage);
        eventually(stage, "everything is gone", || route_names(stage).is_empty() && subset_names(stage).is_empty());
        over.store(true, Ordering::Relaxed);
        (baseline.join().expect("no panic"), overridden.join().expect("no panic"))
    });
    assert!(baseline.keys().eq(["steady:v1"]), "requests without an override: {baseline:?}\n{}", operator.log_tail());
    assert!(overridden.keys().eq(["steady:v1", "steady:v2"]), "with one: {overridden:?}\n{}", operator.log_tail());
    println!("        {} requests without an override, {} with one", sum(&baseline), sum(&overridden));
}

fn sum(answers: &BTreeMap<String, usize>) -> usize {
    answers.values().sum()
}

fn start_operator() -> Process {
    let mut command = Command::new(env!("CARGO_BIN_EXE_overrides"));
    command.args(["operator", "--kubeconfig", &format!("{HOME}/{KUBECONFIG}"), "--address", OPERATOR]);
    command.args(["--namespace", NAMESPACE, "--lease-namespace", NAMESPACE]);
    Process::start("operator", &mut command, None)
}

#[track_caller]
fn eventually(stage: &Stage<'_>, what: &str, condition: impl FnMut() -> bool) {
    assert!(poll(PATIENCE, condition, || false), "not so: {what}\n{}", stage.mesh.casualties());
}

fn ask_until(mesh: &crate::mesh::Mesh, lines: &str, over: &AtomicBool) -> BTreeMap<String, usize> {
    let begin = Instant::now();
    let mut answers: BTreeMap<String, usize> = BTreeMap::new();
    // The deadline is for when the other thread has failed.
    while !over.load(Ordering::Relaxed) && begin.elapsed() < 10 * PATIENCE {
        *answers.entry(said(mesh.ask(CLIENT, URL, "/", lines))).or_default() += 1;
    }
    answers
}

fn seen(stage: &Stage<'_>, lines: &str) -> String {
    said(stage.mesh.ask(CLIENT, URL, "/", lines))
}

/// Whether the client's Envoy has the route that pins the default.
fn knows_pin(stage: &Stage<'_>) -> bool {
    let routes = admin(&stage.mesh.pod(CLIENT).place, "/config_dump?resource=dynamic_route_configs");
    routes.expect("an Envoy answers").contains("default-steady")
}

fn names(stage: &Stage<'_>, plural: &str, list: &str) -> Vec<String> {
    let path = format!("/apis/networking.istio.io/v1/namespaces/{NAMESPACE}/{plural}/steady-overrides");
    let object = stage.mesh.cluster.api.get(&path).unwrap_or_else(|| "{}".to_owned());
    let object: Value = serde_json::from_str(&object).expect("the API server answers in JSON");
    let entries = object["spec"][list].as_array().cloned().unwrap_or_default();
    entries.iter().filter_map(|entry| Some(entry["name"].as_str()?.to_owned())).collect()
}

fn route_names(stage: &Stage<'_>) -> Vec<String> {
    names(stage, "virtualservices", "http")
}

fn subset_names(stage: &Stage<'_>) -> Vec<String> {
    names(stage, "destinationrules", "subsets")
}

fn add_pod(stage: &Stage<'_>, version: &str) {
    stage.mesh.cluster.add_pod(stage.mesh.pod_of(NAMESPACE, version));
}

fn remove_pod(stage: &Stage<'_>, version: &str) {
    stage.mesh.cluster.remove_pod(stage.mesh.pod_of(NAMESPACE, version));
}

/// The owner of the Service wants no overrides any more.
fn opt_out(stage: &Stage<'_>) {
    let mut service = stage.world.object("Service", "steady").clone();
    service["metadata"]["annotations"] = json!({"overrides.dev/ignore": "true"});
    stage.mesh.cluster.api.apply(&service);
}
