//! Routes as users write them.

use serde_json::{Map, Value, json};

use super::Choices;

/// What routes of one VirtualService can lead to.
pub struct Targets<'t> {
    /// The hosts, the Service's own first.
    pub hosts: &'t [String],
    pub subsets: &'t [&'static str],
}

fn destination(choices: &mut Choices<'_>, targets: &Targets<'_>) -> Value {
    let host = if choices.chance(25) { choices.upto(targets.hosts.len() - 1) } else { 0 };
    let host = &targets.hosts[host];
    let mut destination = json!({"host": host});
    if !targets.subsets.is_empty() && !host.contains("example") && choices.chance(40) {
        destination["subset"] = json!(choices.of(targets.subsets));
    }
    destination
}

/// A block of a match: conditions that all have to hold.
fn condition(choices: &mut Choices<'_>) -> Value {
    let mut block = Map::new();
    let mut put = |name: &str, value: Value| block.insert(name.to_owned(), value);
    match choices.upto(4) {
        0 => put("uri", json!({"prefix": "/api"})),
        1 => put("uri", json!({"exact": "/"})),
        2 => put("uri", json!({"regex": "/a.*"})),
        _ => put("headers", json!({"end-user": {"exact": "jason"}})),
    };
    if choices.chance(15) {
        put("method", json!({"exact": "POST"}));
    }
    if choices.chance(10) {
        put("withoutHeaders", json!({"x-canary": {}}));
    }
    if choices.chance(5) {
        put("headers", json!({"x-override": {"exact": "debug"}}));
    }
    if choices.chance(8) {
        put("port", json!(80));
    }
    Value::Object(block)
}

/// A route, with conditions unless it is to catch all.
pub fn route(choices: &mut Choices<'_>, targets: &Targets<'_>, catches_all: bool) -> Value {
    let mut route = Map::new();
    let mut put = |name: &str, value: Value| route.insert(name.to_owned(), value);
    if choices.chance(40) {
        put("name", json!(choices.of(&["main", "override-reviews-v2", "default-reviews", "1.0"])));
    }
    if !catches_all {
        let blocks: Vec<Value> = (0..=choices.upto(1)).map(|_| condition(choices)).collect();
        put("match", json!(blocks));
    }
    match choices.upto(9) {
        0..=5 => put("route", json!([{"destination": destination(choices, targets)}])),
        6 | 7 => {
            let weight = choices.of(&[90, 50, 0, 10]);
            let shares = [weight, 100 - weight];
            put(
                "route",
                json!(shares.map(|share| json!({"destination": destination(choices, targets), "weight": share}))),
            )
        }
        8 => put("redirect", json!({"uri": "/moved"})),
        _ => put("directResponse", json!({"status": 418})),
    };
    let answers = route.contains_key("route");
    for (name, value) in [
        ("timeout", json!("3s")),
        ("retries", json!({"attempts": 2})),
        ("rewrite", json!({"uri": "/v1"})),
        ("headers", json!({"response": {"set": {"x-by": "mesh"}}})),
    ] {
        if answers && choices.chance(10) {
            route.insert(name.to_owned(), value);
        }
    }
    if answers && choices.chance(8) {
        route.insert("mirror".to_owned(), destination(choices, targets));
    }
    Value::Object(route)
}

/// The routes of a VirtualService, in most cases with one at the end that catches all.
pub fn routes(choices: &mut Choices<'_>, targets: &Targets<'_>) -> Vec<Value> {
    let mut routes: Vec<Value> = (0..choices.upto(2)).map(|_| route(choices, targets, false)).collect();
    if routes.is_empty() || !choices.chance(15) {
        routes.push(route(choices, targets, true));
    }
    routes
}
