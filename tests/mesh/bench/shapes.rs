//! Other shapes of the rules, to see whether one would be cheaper. The function does not write them.

use serde_json::{Value, json};

use super::ground::Ground;
use super::requests::{NO_RULES, Variant, play};
use crate::apps::{app, apps};
use crate::parts::cluster::{is, is_istio};
use crate::sentence::objects;

const NAMESPACE: &str = "bench";
const VERSIONS: usize = 50;

/// Changes the routes of a Service of this name.
type Change = fn(&str, &mut Vec<Value>);

const SHAPES: [(&str, &str, Change); 4] = [
    ("written", "50, as written", |_, _| ()),
    ("checked", "50, a first rule for requests that do not name the Service", check_first),
    ("header", "50, without baggage", |_, routes| without_baggage(routes)),
    ("exact", "50, `exact` in place of the regex, no baggage", |name, routes| exact(name, routes)),
];

/// Measures them in turn.
pub fn measure(quick: bool) {
    let versions: Vec<String> = (1..=VERSIONS).map(|number| format!("v{number}")).collect();
    let services = SHAPES.map(|(name, _, _)| app(name, NAMESPACE).versions(&versions));
    let given = apps([app("plain", NAMESPACE).versions(&["v1"])].into_iter().chain(services));
    let outcome = given.policy(&format!("services: [{{name: plain, namespace: {NAMESPACE}, ignore: true}}]")).run();
    let mut all = objects(&outcome.rendered);
    for (name, _, change) in SHAPES {
        let rule = all.iter_mut().find(|object| {
            is_istio(object)
                && is(object, "networking.istio.io/v1", "VirtualService")
                && object["spec"]["hosts"][0] == name
        });
        change(name, rule.expect("it has rules")["spec"]["http"].as_array_mut().expect("it has routes"));
    }
    let ground = Ground::start();
    let servers = ground.cluster.run(&all, NAMESPACE);
    let shapes = SHAPES.iter().flat_map(|(name, rules, _)| Variant::of(rules, name, VERSIONS));
    let variants = Variant::of(NO_RULES, "plain", 1).into_iter().chain(shapes).collect();
    play(&ground, &servers, variants, quick);
}

/// A request that does not name the Service at all takes its default at once.
fn check_first(name: &str, routes: &mut Vec<Value>) {
    let default = routes.last().expect("there is a default")["route"].clone();
    let header = format!(r"^(.*,)?[ \t]*{name}(\.{NAMESPACE})?:.*$");
    let baggage = format!(r"^(.*,)?[ \t]*override-{name}(\.{NAMESPACE})?[ \t]*=.*$");
    let without = json!({"x-override": {"regex": header}, "baggage": {"regex": baggage}});
    routes.insert(0, json!({"name": "not-named", "match": [{"withoutHeaders": without}], "route": default}));
}

fn without_baggage(routes: &mut [Value]) {
    for conditions in routes.iter_mut().filter_map(|route| route.get_mut("match")?.as_array_mut()) {
        conditions.retain(|condition| condition["headers"]["baggage"].is_null());
    }
}

/// What takes no lists, and so no second override: the least that a rule by header can cost.
fn exact(name: &str, routes: &mut [Value]) {
    without_baggage(routes);
    for route in routes.iter_mut().filter(|route| route["match"].is_array()) {
        let version = route["route"][0]["destination"]["subset"].as_str().expect("a subset").to_owned();
        route["match"] = json!([{"headers": {"x-override": {"exact": format!("{name}:{version}")}}}]);
    }
}
