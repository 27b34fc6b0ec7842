//! Promises about merging, over random rules: what a request without an override gets is what it got before, but for the
//! pinned default; a second run changes nothing; and everything comes out again.

use std::sync::atomic::{AtomicU32, Ordering};

use overrides::explain::{Mesh, Outcome as Fate, Receives, Request, Settings};
use overrides::krm::Manifests;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use super::*;

/// How many random rules there are.
const RULES: u32 = 1_000;

/// A condition of a route.
fn condition() -> impl Strategy<Value = Value> {
    let uri = select(vec![json!(null), json!({"prefix": "/api"}), json!({"exact": "/"}), json!({"regex": "/a.*"})]);
    let headers =
        select(vec![json!(null), json!({"end-user": {"exact": "jason"}}), json!({"x-other": {"prefix": "a"}})]);
    let without = select(vec![json!(null), json!(null), json!({"end-user": {}})]);
    let method = select(vec![json!(null), json!(null), json!({"exact": "POST"})]);
    let port = select(vec![json!(null), json!(null), json!(null), json!(80)]);
    (uri, headers, without, method, port).prop_map(|(uri, headers, without, method, port)| {
        fields([("uri", uri), ("headers", headers), ("withoutHeaders", without), ("method", method), ("port", port)])
    })
}

/// A mapping of the fields that are not null.
fn fields<const N: usize>(all: [(&str, Value); N]) -> Value {
    all.into_iter().filter(|(_, value)| !value.is_null()).map(|(name, value)| (name.to_owned(), value)).collect()
}

fn destination() -> impl Strategy<Value = Value> {
    let host =
        select(vec!["reviews", "reviews", "ratings", "reviews.default.svc.cluster.local", "elsewhere.example.com"]);
    let subset = select(vec![json!(null), json!("v1"), json!("v2")]);
    (host, subset).prop_map(|(host, subset)| {
        let subset = if host.contains("elsewhere") { json!(null) } else { subset };
        fields([("host", json!(host)), ("subset", subset)])
    })
}

/// What a route does.
fn action() -> impl Strategy<Value = Vec<(&'static str, Value)>> {
    let one = destination().prop_map(|to| vec![("route", json!([{ "destination": to }]))]);
    let split = (destination(), destination(), select(vec![0, 10, 50, 90])).prop_map(|(a, b, weight)| {
        vec![("route", json!([{"destination": a, "weight": weight}, {"destination": b, "weight": 100 - weight}]))]
    });
    let mirrored = (destination(), destination())
        .prop_map(|(to, mirror)| vec![("route", json!([{ "destination": to }])), ("mirror", mirror)]);
    let answers =
        select(vec![vec![("redirect", json!({"uri": "/moved"}))], vec![("directResponse", json!({"status": 418}))]]);
    prop_oneof![4 => one, 3 => split, 1 => mirrored, 1 => answers]
}

fn route() -> impl Strategy<Value = Value> {
    let name = select(vec![json!(null), json!("main"), json!("override-reviews-v2"), json!("1.0")]);
    let extra = select(vec![("timeout", json!("3s")), ("retries", json!({"attempts": 2})), ("name", json!(null))]);
    let conditions = proptest::collection::vec(condition(), 0..3);
    (name, conditions, action(), extra).prop_map(|(name, conditions, action, extra)| {
        let conditions = if conditions.is_empty() { json!(null) } else { json!(conditions) };
        let mut route = fields([("name", name), ("match", conditions)]);
        let route_fields = route.as_object_mut().unwrap();
        route_fields.extend(action.into_iter().map(|(name, value)| (name.to_owned(), value)));
        if !extra.1.is_null() {
            route_fields.insert(extra.0.to_owned(), extra.1);
        }
        route
    })
}

/// How a rule is written.
#[derive(Debug, Clone, Copy)]
enum Style {
    Block,
    BlockWithComments,
    Flow,
}

fn user_rule() -> impl Strategy<Value = String> {
    let style = select(vec![Style::Block, Style::BlockWithComments, Style::Flow]);
    let annotated = any::<bool>();
    (proptest::collection::vec(route(), 1..4), style, annotated).prop_map(|(routes, style, annotated)| {
        let annotations = if annotated { "  annotations:\n    team: shop # ours\n" } else { "" };
        let head = format!(
            "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata:\n  name: reviews\n{annotations}spec:\n"
        );
        let spec = match style {
            Style::Flow => format!("  {}\n", json!({"hosts": ["reviews"], "http": routes})),
            Style::Block | Style::BlockWithComments => {
                let mut text = "  hosts:\n  - reviews\n  http:\n".to_owned();
                for route in routes {
                    let block = overrides::krm::block(&route, 4).unwrap();
                    if matches!(style, Style::BlockWithComments) {
                        text.push_str("  # what comes next\n");
                    }
                    text.push_str("  - ");
                    text.push_str(&block);
                    if matches!(style, Style::BlockWithComments) {
                        text.push_str("    # of the one above\n\n");
                    }
                }
                text
            }
        };
        head + &spec
    })
}

fn requests() -> Vec<Request> {
    let mut all = Vec::new();
    for path in ["/", "/api/x", "/abc", "/other"] {
        for headers in [vec![], vec![("end-user", "jason")], vec![("x-other", "abc")]] {
            for method in ["GET", "POST"] {
                let request = Request { path: path.to_owned(), method: method.to_owned(), ..Request::default() };
                all.push(headers.iter().fold(request, |request, (name, value)| request.header(name, value)));
            }
        }
    }
    all
}

fn outcomes(text: &str, requests: &[Request]) -> Vec<Fate> {
    let manifests = Manifests::parse([("-".to_owned(), text)]).unwrap();
    let (mesh, findings) = Mesh::read(manifests.items(), Settings::default());
    assert!(findings.is_empty(), "{findings:#?}");
    requests.iter().map(|request| mesh.answer("reviews", "default", request).unwrap().outcome).collect()
}

/// The outcome with the default in the place of "any version", which is all that merging may change.
fn pinned(outcome: &Fate) -> Fate {
    let mut outcome = outcome.clone();
    let destinations = match &mut outcome {
        Fate::Destination(destination) => vec![destination],
        Fate::Split { shares } => shares.iter_mut().map(|share| &mut share.destination).collect(),
        _ => Vec::new(),
    };
    for destination in destinations {
        if destination.subset.is_none() && matches!(destination.receives, Receives::AnyOf(_)) {
            destination.subset = Some("v1".to_owned());
            destination.receives = Receives::Version("v1".to_owned());
        }
    }
    outcome
}

/// Rules for both Services that make every subset known, so that the rule alone decides.
fn everything() -> Given {
    let subsets = "  subsets:\n  - {name: v1, labels: {version: v1}}\n  - {name: v2, labels: {version: v2}}\n";
    ["reviews", "ratings"]
        .into_iter()
        .fold(shop(), |given, name| given.and(rule("DestinationRule", name, &format!("  host: {name}\n{subsets}"))))
}

#[test]
fn requests_without_overrides_get_what_they_got_and_all_comes_out_again() {
    let config = ProptestConfig { cases: RULES, failure_persistence: None, ..ProptestConfig::default() };
    let merged = AtomicU32::new(0);
    let outcome = TestRunner::new(config).run(&user_rule(), |users| {
        let given = everything().and(users.as_str());
        // This runs twice, too, and checks that the second run changes nothing.
        let found = given.run();
        prop_assert!(!found.failed(), "{:#?}", found.findings);
        let before = outcomes(&support::stream(&everything_as_documents(&users)), &requests());
        let after = outcomes(&found.rendered, &requests());
        for ((before, after), request) in before.iter().zip(&after).zip(requests()) {
            prop_assert_eq!(&pinned(before), after, "{:?}\n{}", request, users);
        }
        merged.fetch_add(u32::from(found.rendered.contains("overrides.dev/added")), Ordering::Relaxed);
        let left = restored_in_process(&found.rendered);
        prop_assert_eq!(left, users);
        Ok(())
    });
    outcome.unwrap();
    let merged = merged.into_inner();
    assert!(merged > RULES / 2, "most rules were merged into: {merged}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 250, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn overrides_act_on_every_route_that_is_cloned(users in user_rule(), wanted in select(vec!["v1", "v2"])) {
        let found = everything().and(users.as_str()).run();
        let plain = outcomes(&found.rendered, &requests());
        let overridden: Vec<Request> = requests().into_iter().map(|r| r.header("x-override", &format!("reviews:{wanted}"))).collect();
        for (before, after) in plain.iter().zip(outcomes(&found.rendered, &overridden)) {
            let own = |outcome: &Fate| {
                outcome.destinations().iter().filter(|d| d.other_service.is_none() && d.host.starts_with("reviews."))
                    .map(|d| d.subset.clone()).collect::<Vec<_>>()
            };
            // A share of nothing among others stays nothing.
            let weighed = !found.findings.iter().any(|finding| finding.code == Code::CannotMerge);
            if weighed && !own(before).is_empty() {
                prop_assert!(own(&after).iter().all(|subset| subset.as_deref() == Some(wanted)), "{wanted}: {after}\n{users}");
            }
        }
    }

    #[test]
    fn a_version_that_went_in_the_middle_leaves_no_trace(users in user_rule()) {
        let three = || everything().and(version("reviews", "v3"));
        let rules = |outcome: &Outcome| {
            let text = |kind: &str| document(&outcome.rendered, kind, "  name: reviews");
            [text("kind: VirtualService"), text("kind: DestinationRule")]
        };
        let again = |base: Given, before: &Outcome| {
            let [routes, subsets] = rules(before);
            let ratings = document(&before.rendered, "kind: DestinationRule", "  name: ratings");
            base.and(routes).and(subsets).and(ratings).run()
        };
        let versions = |third: bool| if third { shop().and(version("reviews", "v3")) } else { shop() };
        let first = three().and(users.as_str()).run();
        let second = again(versions(false), &first);
        let third = again(versions(true), &second);
        prop_assert_eq!(rules(&third), rules(&first));
        prop_assert_eq!(rules(&second), rules(&everything().and(users.as_str()).run()));
    }
}

fn everything_as_documents(users: &str) -> Vec<String> {
    let found = everything().policy("select: {matchLabels: {none: such}}").and(users).run();
    vec![found.rendered]
}

/// What is left of the user's rule when nothing is merged any more.
fn restored_in_process(rendered: &str) -> String {
    let manifests = Manifests::parse([("-".to_owned(), rendered)]).unwrap();
    let mut policy = overrides::config::Policy::default();
    overrides::config::set(&mut policy, "existing=skip").unwrap();
    let outcome = overrides::transform::render(&manifests, &policy).unwrap();
    assert!(!outcome.failed(), "{:#?}", outcome.findings);
    document(&outcome.output, "kind: VirtualService", "  name: reviews")
}
