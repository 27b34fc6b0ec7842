//! The emitted regular expressions in the library that Envoy has, and `explain` beside it: the same answer for every
//! value of a header.

use std::collections::BTreeMap;
use std::io::Write;
use std::process::{Command, Stdio};

use overrides::explain::{Mesh, Outcome, Request, Settings};
use overrides::krm::Manifests;
use proptest::prelude::{Just, Strategy, prop_oneof};
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use crate::support::given::{Given, given, service, version};
use crate::tools::tool;

/// How many values there are, over all headers.
const VALUES: usize = 10_000;
const NAMESPACE: &str = "shop";
const VERSIONS: [&str; 4] = ["v1", "v2", "1.2", "v1_2"];
const HEADERS: [&str; 3] = ["x-override", "baggage", "tracestate"];

/// `reviews` beside a Service whose name ends like its own, with a guard behind the versions.
fn configuration() -> Given {
    let all = given(service("reviews").namespace(NAMESPACE).annotation("overrides.dev/default-version: v1"));
    let all = VERSIONS
        .into_iter()
        .fold(all, |all, each| all.and(version("reviews", &format!("'{each}'")).namespace(NAMESPACE)));
    let all = all.and(service("my-reviews").namespace(NAMESPACE));
    let all = ["v1", "v2"].into_iter().fold(all, |all, each| all.and(version("my-reviews", each).namespace(NAMESPACE)));
    all.policy("tracestate: true, unknownVersion: reject")
}

/// Values as clients and proxies write them, and values that nearly are.
fn values() -> impl Strategy<Value = String> {
    let name = prop_oneof![
        6 => Just("reviews"), 2 => Just("reviews.shop"), 1 => Just("reviews.other"), 1 => Just("my-reviews"),
        1 => Just("reviewsx"), 1 => Just("REVIEWS"), 1 => Just(""),
    ];
    let version = prop_oneof![
        1 => Just("v1"), 3 => Just("v2"), 2 => Just("1.2"), 1 => Just("1x2"), 1 => Just("v1_2"), 1 => Just("v22"),
        1 => Just("V2"), 1 => Just("v9"), 1 => Just(""), 1 => Just("v2 x"),
    ];
    let space = || prop_oneof![4 => Just(""), 1 => Just(" "), 1 => Just("\t "), 1 => Just("\u{a0}")];
    let pair = (name, version);
    let member = prop_oneof![
        3 => pair.clone().prop_map(|(name, version)| format!("{name}:{version}")),
        3 => (pair.clone(), space(), space()).prop_map(|((n, v), a, b)| format!("override-{n}{a}={b}{v}")),
        1 => pair.clone().prop_map(|(name, version)| format!("override-{name}={version};p=1")),
        1 => pair.clone().prop_map(|(name, version)| format!("override-{name}={version}%3Bp=1")),
        2 => (pair.clone(), pair.clone()).prop_map(|((a, b), (c, d))| format!("ov={a}:{b};{c}:{d}")),
        1 => pair.prop_map(|(name, version)| format!("ov={name}:{version}")),
        1 => Just("a=b".to_owned()),
        1 => "[a-z0-9:;=.%, é]{0,8}",
    ];
    let member = (space(), member, space()).prop_map(|(before, member, after)| format!("{before}{member}{after}"));
    proptest::collection::vec(member, 0..4).prop_map(|members| members.join(",").trim_matches([' ', '\t']).to_owned())
}

#[test]
fn re2_and_explain_agree_about_every_value_of_every_header() {
    let found = configuration().run();
    let mut runner = TestRunner::deterministic();
    let strategy = values();
    let values: Vec<String> = (0..VALUES).map(|_| strategy.new_tree(&mut runner).unwrap().current()).collect();
    let manifests = Manifests::parse([("-".to_owned(), found.rendered.as_str())]).unwrap();
    let settings = Settings { tracestate: true, ..Settings::default() };
    let (mesh, findings) = Mesh::read(manifests.items(), settings);
    assert!(findings.is_empty(), "{findings:#?}");
    let mut outcomes: BTreeMap<String, usize> = BTreeMap::new();
    for service in ["reviews", "my-reviews"] {
        let rule = found.object("VirtualService", &format!("{service}-overrides")).unwrap();
        let routes = rule["spec"]["http"].as_array().unwrap();
        for (header, values) in HEADERS.into_iter().zip(values.chunks(VALUES / HEADERS.len() + 1)) {
            let expressions = routes_by(routes, header);
            let asked: Vec<&str> = values.iter().map(String::as_str).collect();
            let asked: Vec<_> = expressions.iter().map(|regex| (regex.as_str(), asked.clone())).collect();
            let matches = matches(&asked);
            for (number, value) in values.iter().enumerate() {
                let taken = matches.iter().position(|row| row.as_bytes()[number] == b'1');
                let expected =
                    taken.map_or("v1".to_owned(), |position| leads_to(routes, position, &found.subsets(service)));
                let request = Request::default().header(header, value);
                let outcome = mesh.answer(service, NAMESPACE, &request).unwrap().outcome;
                // What `explain` does not claim to know, it says so.
                if matches!(outcome, Outcome::NotEvaluated { .. }) {
                    *outcomes.entry("not evaluated".to_owned()).or_default() += 1;
                    continue;
                }
                assert_eq!(outcome.to_string(), expected, "{service}, {header}: {value:?}");
                *outcomes.entry(expected).or_default() += 1;
            }
        }
    }
    let often = ["v1", "v2", "1.2", "v1_2", "reply 404"].map(|outcome| outcomes.get(outcome).copied().unwrap_or(0));
    assert!(often.iter().all(|count| *count > 100), "every outcome was tried: {outcomes:?}");
    assert!(outcomes.get("not evaluated").is_none_or(|count| *count < VALUES / 100), "{outcomes:?}");
}

/// The expression that each route has for a header. The default route has none, and comes last.
fn routes_by(routes: &[Value], header: &str) -> Vec<String> {
    let conditions = |route: &Value| route["match"].as_array().cloned().unwrap_or_default();
    let of = |route: &Value| {
        let regex =
            conditions(route).iter().find_map(|each| Some(each["headers"][header]["regex"].as_str()?.to_owned()));
        regex.unwrap_or_default()
    };
    routes.iter().map(of).filter(|regex| !regex.is_empty()).collect()
}

/// The version that a route leads to, or the answer that it gives.
fn leads_to(routes: &[Value], position: usize, subsets: &[String]) -> String {
    let route = &routes[position];
    if let Some(status) = route["directResponse"]["status"].as_u64() {
        return format!("reply {status}");
    }
    let subset = route["route"][0]["destination"]["subset"].as_str().unwrap();
    let line = subsets.iter().find(|line| line.split(' ').next() == Some(subset)).unwrap();
    line.rsplit(' ').next().unwrap().to_owned()
}

/// Asks RE2: for every expression and its values a row with a digit per value.
pub fn matches(questions: &[(&str, Vec<&str>)]) -> Vec<String> {
    let asked: Vec<Value> = questions.iter().map(|(regex, values)| json!({"regex": regex, "values": values})).collect();
    let mut child = Command::new(tool("re2")).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    // It reads everything before it writes anything.
    child.stdin.take().unwrap().write_all(serde_json::to_string(&asked).unwrap().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "RE2 refused an expression");
    let rows: Vec<String> = String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect();
    assert_eq!(rows.len(), questions.len());
    rows
}
