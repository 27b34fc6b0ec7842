//! Merging into rules that users have already: their own routes keep their bytes, overrides act on every one of them,
//! and what was added comes out again without a trace.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that panics has failed"
)]
#![allow(clippy::needless_pass_by_value, reason = "sentences read better without ampersands")]

mod attacks;
mod delegates;
mod destination_rules;
mod elsewhere;
mod former_names;
mod gateways;
mod lost_subsets;
mod moved_defaults;
mod no_namespace;
mod properties;
mod routes;
mod subset_policy;
#[path = "../support/mod.rs"]
mod support;
mod who_sees;

use overrides::finding::{Code, Severity};
use support::given::{Given, Outcome, deployment, service, version};

/// `reviews` and `ratings` in `v1` and `v2`.
fn shop() -> Given {
    ["reviews", "ratings"].into_iter().fold(Given::default(), |given, name| {
        given.and(service(name)).and(version(name, "v1")).and(version(name, "v2"))
    })
}

/// The same with a DestinationRule of the user's for `reviews`.
fn shop_with_subsets() -> Given {
    let subsets = "  subsets:\n  - {name: v1, labels: {version: v1}}\n  - {name: v2, labels: {version: v2}}\n";
    shop().and(rule("DestinationRule", "subsets", &format!("  host: reviews\n{subsets}")))
}

/// A rule of the user's, without a namespace.
fn rule(kind: &str, name: &str, spec: &str) -> String {
    format!("apiVersion: networking.istio.io/v1\nkind: {kind}\nmetadata:\n  name: {name}\nspec:\n{spec}")
}

/// The same in a namespace.
fn rule_in(kind: &str, namespace: &str, name: &str, spec: &str) -> String {
    rule(kind, name, spec).replacen("metadata:\n", &format!("metadata:\n  namespace: {namespace}\n"), 1)
}

/// The first finding with this code.
#[track_caller]
fn find(outcome: &Outcome, code: Code) -> &overrides::finding::Finding {
    outcome.findings.iter().find(|finding| finding.code == code).unwrap_or_else(|| panic!("{:#?}", outcome.findings))
}

/// Merges into one rule, and checks what holds always: the rule's own lines are there in their order, and another run
/// without merging gives the bytes back.
#[track_caller]
fn merged(given: Given, rule: &str) -> (String, Outcome) {
    let found = given.clone().and(rule).run();
    assert!(!found.failed(), "{:#?}", found.findings);
    let name = rule.lines().find(|line| line.starts_with("  name: ")).unwrap();
    let kind = rule.lines().find(|line| line.starts_with("kind: ")).unwrap();
    let text = document(&found.rendered, kind, name);
    let mut lines = text.lines();
    // A destination in flow style gets its subset on its own line.
    for line in rule.lines().filter(|line| !line.contains("destination: {")) {
        assert!(lines.any(|found| found == line), "the line `{line}` is where it was:\n{text}");
    }
    assert_eq!(restored(&found.rendered, kind, name), rule, "taken out again without a trace");
    (text, found)
}

/// What is left of a rule when the merged configuration is rendered without merging.
fn restored(rendered: &str, kind: &str, name: &str) -> String {
    let skipped = support::overrides(&["render", "--set", "existing=skip", "-"], rendered.as_bytes());
    assert_eq!(skipped.code, Some(0), "{}", skipped.stderr);
    document(&skipped.stdout, kind, name)
}

/// The document of a stream with this kind and name.
fn document(stream: &str, kind: &str, name: &str) -> String {
    let has = |document: &&str| document.contains(&format!("{kind}\n")) && document.contains(&format!("{name}\n"));
    stream.split("---\n").find(has).unwrap_or_else(|| panic!("no {kind}, {name} in\n{stream}")).to_owned()
}

/// Where requests to a Service go by the rendered configuration, asked through `explain`.
fn answer(rendered: &str, service: &str, path: &str, headers: &[(&str, &str)]) -> String {
    use overrides::explain::{Mesh, Request, Settings};
    let manifests = overrides::krm::Manifests::parse([("-".to_owned(), rendered)]).unwrap();
    let (mesh, findings) = Mesh::read(manifests.items(), Settings::default());
    assert!(findings.is_empty(), "{findings:#?}");
    let request = Request { path: path.to_owned(), ..Request::default() };
    let request = headers.iter().fold(request, |request, (name, value)| request.header(name, value));
    mesh.answer(service, "default", &request).unwrap().outcome.to_string()
}
