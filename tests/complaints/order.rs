//! A route for a header that stands behind the catch-all never matches (istio-virtualservice-merger#1, istio#58453); and
//! most tools offer either a header or weights (flagger#1777, argo-rollouts#474, #2749).

use super::*;

/// Whether a route takes every request.
fn takes_all(route: &Value) -> bool {
    let conditions = route["match"].as_array().cloned().unwrap_or_default();
    conditions.is_empty()
        || conditions.iter().any(|each| each.as_object().unwrap().len() == 1 && each["uri"]["prefix"] == "/")
}

#[track_caller]
fn overrides_come_first(rule: &Value) {
    let all = routes(rule).iter().position(takes_all).expect("a catch-all");
    let first = routes(rule).iter().position(|r| r["name"].as_str().is_some_and(|n| n.starts_with("override-")));
    assert!(first.expect("an override") < all, "{rule}");
}

#[test]
fn the_generated_catch_all_is_the_only_one_and_last() {
    for policy in ["existing: merge", "unknownVersion: mark", "unknownVersion: reject, tracestate: true"] {
        let found = shop().and(in_shop("v3")).policy(policy).run();
        let rule = object(&found.rendered, "VirtualService", "reviews-overrides");
        let all: Vec<bool> = routes(&rule).iter().map(takes_all).collect();
        assert_eq!(all.iter().rposition(|takes_all| !takes_all), Some(all.len() - 2), "{rule}");
        overrides_come_first(&rule);
    }
}

#[test]
fn overrides_come_before_the_users_catch_all_wherever_that_stands() {
    let (api, all) = (
        "{match: [{uri: {prefix: /api}}], route: [{destination: {host: reviews}}]}",
        [
            "{route: [{destination: {host: reviews}}]}",
            "{match: [{uri: {prefix: /}}], route: [{destination: {host: reviews}}]}",
        ],
    );
    for all in all {
        for order in [format!("{api}, {all}"), format!("{all}, {api}"), format!("{api}, {all}, {api}")] {
            let found = shop().and(virtual_service("mine", &format!("{{hosts: [reviews], http: [{order}]}}"))).run();
            overrides_come_first(&object(&found.rendered, "VirtualService", "mine"));
            for path in ["/", "/api", "/api/x"] {
                let at = |lines: &str| explain(&found.rendered, "reviews", path, lines).outcome.to_string();
                assert_eq!([at(""), at(V2)], ["v1", "v2"], "{order} at {path}");
            }
        }
    }
}

#[test]
fn a_split_and_overrides_go_together() {
    let found = shop().policy("services: [{name: reviews, split: {v1: 90, v2: 10}}]").run();
    assert_eq!(both(&found.rendered), ["v1 90%, v2 10%", "v2"]);
    assert_eq!(ask(&found.rendered, "x-override: reviews:v1"), "v1", "also for the version with the greater share");
}

#[test]
fn the_users_weights_and_overrides_go_together() {
    let spec = "{hosts: [reviews], http: [{route: [{destination: {host: reviews, subset: v1}, weight: 90}, {destination: \
                {host: reviews, subset: v2}, weight: 10}]}]}";
    let found = shop().and(virtual_service("canary", spec)).run();
    assert_eq!(both(&found.rendered), ["v1 90%, v2 10%", "v2"]);
    assert_eq!(ask(&found.rendered, "baggage: override-reviews=v1"), "v1");
    let rule = object(&found.rendered, "VirtualService", "canary");
    let own: Value = routes(&rule).last().unwrap()["route"].clone();
    assert_eq!([&own[0]["weight"], &own[1]["weight"]], [90, 10], "the user's own weights stay");
}
