//! Istio's own rules for Bookinfo, one file after the other: merged, applied, and asked.

use std::fs;
use std::path::Path;

use overrides::config::Policy;
use overrides::krm::Manifests;
use overrides::transform;
use serde_json::{Value, json};

use crate::apps::{App, app, apps};
use crate::mesh::said;
use crate::parts::cluster::is_istio;
use crate::parts::tools::{shared, shared_files};
use crate::sentence::{Scenario, objects, scenario};
use crate::stage::{CLIENT, Stage};
use crate::support::given::Given;

const NAMESPACE: &str = "bookinfo";
/// What Istio's documentation has applied before any of the others.
const SUBSETS: &str = "istio-bookinfo-destination-rule-all.yaml";
const REQUESTS: [&str; 4] = [
    "",
    "x-override: reviews:v2, ratings:v2",
    "x-override: reviews:v3",
    "baggage: override-reviews=v1,override-ratings=v1",
];
const SERVICES: [&str; 4] = ["productpage", "details", "reviews", "ratings"];

pub fn scenarios() -> Vec<Scenario> {
    let ignored = SERVICES.map(|name| format!("{{name: {name}, ignore: true}}")).join(", ");
    let given = bookinfo().policy(&format!("services: [{ignored}]"));
    let name =
        "each of Istio's own rules for Bookinfo, merged, acts as explain says, and as before without an override";
    vec![scenario(name, given, "http://reviews.bookinfo:9080").check(one_by_one)]
}

fn bookinfo() -> Given {
    let service = |name: &str, versions: &[&str]| -> App {
        app(name, NAMESPACE).versions(versions).port("name: http, port: 9080")
    };
    apps([
        service("productpage", &["v1"]),
        service("details", &["v1"]),
        service("reviews", &["v1", "v2", "v3"]),
        service("ratings", &["v1", "v2"]),
    ])
}

fn one_by_one(stage: &Stage<'_>) {
    let files = shared_files("istio-bookinfo-");
    assert!(files.len() > 15, "{files:?}");
    let (mut asked, mut unchanged) = (0, 0);
    // One asks for certificates, which nobody hands out in this mesh.
    for file in files.into_iter().filter(|file| !file.to_string_lossy().ends_with("-mtls.yaml")) {
        let rules = rules_of(&file);
        let before: Vec<Value> = rules.iter().filter(|object| is_istio(object)).cloned().collect();
        let Some(after) = merged(stage, &rules) else { continue };
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        // What explain says of the rules as they are, so that the mesh need not be asked twice.
        let untouched = stage.with_rules(&before, || answers(stage, ""));
        for object in &after {
            stage.apply_object(object);
        }
        for ((service, was), is) in SERVICES.iter().zip(untouched).zip(answers(stage, "")) {
            if let Some(was) = was {
                assert_eq!(is.as_ref(), Some(&was), "{name}: {service} without an override");
                unchanged += 1;
            }
        }
        for lines in REQUESTS {
            for (service, expected) in SERVICES.iter().zip(answers(stage, lines)) {
                stage.unsettle();
                if let Some(answer) = aborted(&after, service) {
                    let ask = || said(stage.mesh.ask(CLIENT, &url(service), "/", lines));
                    stage.expect_text(&format!("{name}: {service} with {lines:?}"), &answer, ask);
                    asked += 1;
                    continue;
                }
                // Where weights decide there is no one answer.
                let Some(expected) = expected else { continue };
                // Behind a status the mesh has a text: one of the files leads to a version that nobody runs.
                let is_status = !expected.contains(':');
                let ask = || {
                    let answer = said(stage.mesh.ask(CLIENT, &url(service), "/", lines));
                    let status = answer.split(' ').next().unwrap_or_default().to_owned();
                    if is_status { status } else { answer }
                };
                stage.expect_text(&format!("{name}: {service} with {lines:?}"), &expected, ask);
                asked += 1;
            }
        }
        for object in &after {
            stage.remove_object(object);
        }
    }
    assert!(asked > 150 && unchanged > 30, "{asked} requests asked, {unchanged} answers as before");
}

/// The answer to all requests, where a route for all of them has a fault that aborts them all. Overrides do not escape it.
fn aborted(rules: &[Value], service: &str) -> Option<String> {
    let rule = rules.iter().find(|rule| rule["kind"] == "VirtualService" && rule["spec"]["hosts"][0] == service)?;
    let for_all = rule["spec"]["http"].as_array()?.iter().find(|route| route["match"].is_null())?;
    let abort = &for_all["fault"]["abort"];
    let is_for_all = abort["percentage"]["value"].as_f64()? >= 100.0;
    is_for_all.then(|| format!("{} fault filter abort", abort["httpStatus"]))
}

fn url(service: &str) -> String {
    format!("http://{service}.{NAMESPACE}:9080")
}

/// What explain says of a request to each of the Services, where there is one answer.
fn answers(stage: &Stage<'_>, lines: &str) -> Vec<Option<String>> {
    SERVICES.iter().map(|service| stage.explained_way(&url(service), lines)).collect()
}

/// The rules of a file, and the subsets that they are written for, in the namespace.
fn rules_of(file: &Path) -> Vec<Value> {
    let read = |path: &Path| objects(&fs::read_to_string(path).expect("a text"));
    let mut rules = read(file);
    let has_subsets = rules.iter().any(|object| object["kind"] == "DestinationRule");
    if !has_subsets {
        rules.extend(read(&shared(SUBSETS)));
    }
    for rule in &mut rules {
        rule["metadata"]["namespace"] = json!(NAMESPACE);
    }
    rules
}

/// What the function makes of the rules beside the Services. None where it stops, or has nothing to add.
fn merged(stage: &Stage<'_>, rules: &[Value]) -> Option<Vec<Value>> {
    let all = stage.world.objects.iter().chain(rules).map(Value::to_string).collect::<Vec<_>>().join("\n---\n");
    let manifests = Manifests::parse([("-".to_owned(), all.as_str())]).expect("JSON is YAML");
    let outcome = transform::render(&manifests, &Policy::default()).expect("it can be written");
    if outcome.failed() {
        return None;
    }
    Some(objects(&outcome.output).into_iter().filter(is_istio).collect())
}
