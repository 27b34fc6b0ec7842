//! A large mesh: what an Envoy's memory and istiod's work are with 1,000 Services, by the rules that there are.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::ground::Ground;
use super::probe::{Probe, Pushes};
use super::proxy::{Memory, clusters, expressions, memory, process};
use super::tables::{count, mb, median, row, seconds, whole};
use crate::apps::{App, app, apps};
use crate::mesh::CLIENTS;
use crate::parts::cluster::{is_istio, namespace_of};
use crate::sentence::objects;

/// So many Services are in a namespace.
const TOGETHER: usize = 50;
/// So many Services are in scope of a `Sidecar`.
const NEEDED: usize = 5;

/// Rules that a large mesh can have.
struct Shape {
    name: &'static str,
    rules: Vec<Value>,
    sidecar: bool,
}

/// What is seen of a shape.
struct Seen {
    clusters: usize,
    expressions: usize,
    memory: Memory,
    ready: Duration,
    live: Duration,
    pushes: Pushes,
}

/// Measures all shapes.
pub fn measure(quick: bool) {
    let (services, changes) = if quick { (100, 3) } else { (1000, 10) };
    let shapes = shapes(services);
    let ground = Ground::start();
    // Each Service has a Pod in v1 and one in v2 throughout, so that nothing but the rules differs.
    let mesh = rules(services, |_| 2, "").1;
    ground.cluster.announce(&mesh.into_iter().filter(|object| !is_istio(object)).collect::<Vec<_>>());
    let probe = Probe::start(&ground);
    let own = (probe.subsets(), probe.expressions());
    let mut all = Vec::new();
    let mut before: &[Value] = &[];
    for shape in &shapes {
        replace(&ground, services, before, shape);
        before = &shape.rules;
        let seen = look(&ground, &probe, changes);
        let known = if shape.sidecar { NEEDED } else { services };
        check(shape, &seen, all.first(), known, services, own);
        all.push(seen);
    }
    print(&shapes, &all);
    derive(&shapes, &all);
}

fn shapes(services: usize) -> Vec<Shape> {
    let tenth = |number: usize| if number.is_multiple_of(10) { 2 } else { 1 };
    let shape = |name, rules, sidecar| Shape { name, rules, sidecar };
    let of = |versions: &dyn Fn(usize) -> usize, policy| rules(services, versions, policy).0;
    let two = of(&|_| 2, "");
    let skipped = of(&|_| 1, "singleVersion: skip");
    assert!(skipped.is_empty(), "`skip` leaves Services of one version without rules");
    // In an order in which none has to be taken away again.
    vec![
        shape("no rules; or one version each, `singleVersion: skip`", skipped, false),
        shape("every tenth in two versions, `skip`", of(&tenth, "singleVersion: skip"), false),
        shape("every tenth in two versions, `pin`", of(&tenth, ""), false),
        shape("one version each, `pin`, the default", of(&|_| 1, ""), false),
        shape("two versions each", two.clone(), false),
        shape("two versions each, and a `Sidecar` with five hosts", two, true),
        shape("two versions each, `baggage: false`", of(&|_| 2, "baggage: false"), false),
    ]
}

/// What the function writes for Services in these versions, and all objects.
fn rules(services: usize, versions: impl Fn(usize) -> usize, policy: &str) -> (Vec<Value>, Vec<Value>) {
    let one = |number: usize| -> App {
        let names: Vec<String> = (1..=versions(number)).map(|version| format!("v{version}")).collect();
        app(&name(number), &namespace(number)).versions(&names)
    };
    let given = apps((0..services).map(one)).policy(policy);
    let all = objects(&given.run().rendered);
    (all.iter().filter(|object| is_istio(object)).cloned().collect(), all)
}

fn name(number: usize) -> String {
    format!("service-{number}")
}

fn namespace(number: usize) -> String {
    format!("large-{}", number / TOGETHER)
}

/// Puts the rules of a shape in the place of those of the shape before, which has none that this one lacks.
fn replace(ground: &Ground, services: usize, before: &[Value], shape: &Shape) {
    let api = &ground.cluster.api;
    let mut known: BTreeMap<String, &Value> = before.iter().map(|rule| (key(rule), rule)).collect();
    for rule in &shape.rules {
        if known.remove(&key(rule)) != Some(rule) {
            api.apply(rule);
        }
    }
    assert!(known.is_empty(), "{}: to be deleted: {:?}", shape.name, known.keys());
    let sidecar = sidecar(services);
    if shape.sidecar {
        api.apply(&sidecar);
    } else {
        api.delete(&sidecar);
    }
}

fn key(rule: &Value) -> String {
    format!("{} {} {}", rule["kind"], namespace_of(rule), rule["metadata"]["name"])
}

/// Clients are told of a few hosts alone.
fn sidecar(services: usize) -> Value {
    let needed = (0..NEEDED).map(|number| {
        let number = number * services / NEEDED;
        format!("{}/{}.{}.svc.cluster.local", namespace(number), name(number), namespace(number))
    });
    let hosts: Vec<String> = needed.chain(["default/*", "bench/*"].map(str::to_owned)).collect();
    json!({
        "apiVersion": "networking.istio.io/v1", "kind": "Sidecar",
        "metadata": {"name": "default", "namespace": CLIENTS}, "spec": {"egress": [{"hosts": hosts}]},
    })
}

/// What a fresh Envoy makes of the rules, and how long istiod takes for changes of one rule.
fn look(ground: &Ground, probe: &Probe, changes: usize) -> Seen {
    // Only when istiod knows all rules does it know the last one, so nothing of the shape before is measured.
    let first = ground.client();
    probe.change(ground, &first);
    process(&first).kill();
    let begin = Instant::now();
    let client = ground.client();
    let ready = begin.elapsed();
    // Before it is asked what it knows, for which it takes memory as well.
    let memory = memory(&client);
    let (clusters, expressions) = (clusters(&client), expressions(&client));
    let before = Pushes::so_far();
    let live = median((0..changes).map(|_| probe.change(ground, &client).as_secs_f64()));
    let pushes = Pushes::so_far().since(&before);
    process(&client).kill();
    Seen { clusters, expressions, memory, ready, live: Duration::from_secs_f64(live), pushes }
}

/// The Envoy knows the clusters and the expressions of these rules, no more and no fewer.
fn check(shape: &Shape, seen: &Seen, base: Option<&Seen>, known: usize, services: usize, own: (usize, usize)) {
    let (own_subsets, own_expressions) = own;
    let (subsets, written) =
        if shape.sidecar { (2 * NEEDED, 4 * NEEDED / 2) } else { (subsets(&shape.rules), regexes(&shape.rules)) };
    let fixed = base.unwrap_or(seen).clusters - services;
    assert!(fixed > own_subsets, "{}: {fixed} clusters beside those of the Services", shape.name);
    assert_eq!(seen.clusters, fixed + known + subsets, "{}: clusters", shape.name);
    assert_eq!(seen.expressions, own_expressions + written, "{}: regular expressions", shape.name);
}

/// How many subsets are in these rules.
pub fn subsets(rules: &[Value]) -> usize {
    rules.iter().filter_map(|rule| rule["spec"]["subsets"].as_array()).map(Vec::len).sum()
}

/// How many regular expressions are in these rules.
pub fn regexes(rules: &[Value]) -> usize {
    rules.iter().map(|rule| rule.to_string().matches("\"regex\":").count()).sum()
}

fn print(shapes: &[Shape], all: &[Seen]) {
    println!(
        "| Rules | Objects | Clusters | Regexes | Envoy's memory | Ratio | Resident | Envoy ready after | A change live \
         after | istiod's push | Sent for it |"
    );
    println!("|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|");
    for (shape, seen) in shapes.iter().zip(all) {
        row(&[
            shape.name.to_owned(),
            whole(count(shape.rules.len())),
            whole(count(seen.clusters)),
            whole(count(seen.expressions)),
            mb(seen.memory.allocated),
            format!("{:.2}", seen.memory.allocated / all[0].memory.allocated),
            mb(seen.memory.resident),
            seconds(seen.ready.as_secs_f64()),
            seconds(seen.live.as_secs_f64()),
            seconds(seen.pushes.time()),
            mb(seen.pushes.size()),
        ]);
    }
}

/// What one subset and one expression cost, from shapes that differ in nothing else.
fn derive(shapes: &[Shape], all: &[Seen]) {
    let find = |name: &str| shapes.iter().position(|shape| shape.name.starts_with(name)).expect("it is measured");
    let (none, pinned) = (find("no rules"), find("one version each"));
    let (two, header) = (find("two versions each"), find("two versions each, `baggage: false`"));
    let difference = |more: usize, less: usize| all[more].memory.allocated - all[less].memory.allocated;
    let per_subset = difference(pinned, none) / count(subsets(&shapes[pinned].rules));
    let per_regex = difference(two, header) / count(all[two].expressions - all[header].expressions);
    println!(
        "\nA subset takes {:.1} kB (`pin` less no rules), a regular expression in a route of its own {:.1} kB \
         (two versions each, with and without baggage).",
        per_subset / 1e3,
        per_regex / 1e3,
    );
}
