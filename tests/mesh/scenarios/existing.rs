//! Rules of the user's that were there before.

use serde_json::Value;

use crate::apps::{app, apps};
use crate::mesh::said;
use crate::parts::envoy::admin;
use crate::sentence::{Scenario, scenario};
use crate::stage::{CLIENT, count};

/// Sticky: requests of one user go to one Pod. It is in force only as long as nothing more specific is there.
const WILDCARD: &str = "apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: everything, namespace: sticky}
spec:
  host: '*.sticky.svc.cluster.local'
  trafficPolicy: {loadBalancer: {consistentHash: {httpHeaderName: x-user}}}
";

/// Routes of the user's for `shop`: a teapot, a canary, and a timeout.
const ROUTES: &str = "apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: mine, namespace: merged}
spec:
  hosts: [shop]
  http:
  - name: teapot
    match: [{uri: {prefix: /teapot}}]
    fault: {abort: {httpStatus: 418, percentage: {value: 100}}}
    route: [{destination: {host: shop}}]
  - name: canary
    match: [{headers: {x-canary: {exact: \"yes\"}}}]
    route:
    - {destination: {host: shop, subset: stable}, weight: 50}
    - {destination: {host: shop, subset: v2}, weight: 50}
  - name: main
    headers: {response: {set: {x-route: main}}}
    route: [{destination: {host: shop}}]
";

/// Subsets under names of the user's own, with a policy that acts on all of them.
const SUBSETS: &str = "apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: mine, namespace: merged}
spec:
  host: shop.merged.svc.cluster.local
  trafficPolicy: {loadBalancer: {simple: ROUND_ROBIN}}
  subsets:
  - {name: stable, labels: {version: v1}}
";

const ROOT: &str = "apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: root, namespace: delegating}
spec:
  hosts: [shop]
  http:
  - match: [{uri: {prefix: /}, ignoreUriCase: true}]
    delegate: {name: leaf}
";

const LEAF: &str = "apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: leaf, namespace: delegating}
spec:
  http:
  - route: [{destination: {host: shop}}]
";

/// A path of the user's that is to be answered soon, and one that was moved.
const LIMITS: &str = "apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: mine, namespace: limits}
spec:
  hosts: [shop.limits.svc.cluster.local]
  http:
  - match: [{uri: {prefix: /slow}}]
    timeout: 0.1s
    route: [{destination: {host: shop}}]
  - match: [{uri: {prefix: /old/}}]
    rewrite: {uri: /echo/}
    route: [{destination: {host: shop}}]
  - route: [{destination: {host: shop}}]
";

pub fn scenarios() -> Vec<Scenario> {
    vec![wildcard(), copied(), merged(), limits(), half_a_name(), delegated()]
}

fn limits() -> Scenario {
    let url = "http://shop.limits";
    let given = apps([app("shop", "limits")]).and(LIMITS);
    scenario("a timeout and a rewrite of the user's act on overrides", given, url).check(move |stage| {
        for (lines, version) in
            [("", "shop:v1"), ("x-override: shop:v2", "shop:v2"), ("baggage: override-shop=v2", "shop:v2")]
        {
            let ask = |path: &str| said(stage.mesh.ask(CLIENT, url, path, lines));
            stage.expect(CLIENT, url, lines, version);
            stage.expect_at(CLIENT, url, "/old/x?y=1", lines, &format!("{version} /echo/x?y=1"));
            stage.expect_at(CLIENT, url, "/echo/old/x", lines, &format!("{version} /echo/old/x"));
            stage.expect_text("a slow path", "504 upstream request timeout", || ask("/slow"));
            // It is the route's timeout, and no other: elsewhere the app may take its time.
            assert_eq!(ask("/echo/slow"), format!("{version} /echo/slow"));
        }
    })
}

fn merged() -> Scenario {
    let url = "http://shop.merged";
    let given = apps([app("shop", "merged").versions(&["v1", "v2", "v3"])]).and(ROUTES).and(SUBSETS);
    scenario("overrides act on the user's own routes, and the routes on overrides", given, url).check(move |stage| {
        let names: Vec<&str> =
            stage.world.names("DestinationRule").chain(stage.world.names("VirtualService")).collect();
        assert_eq!(names, ["mine", "mine"], "nothing is generated beside them");
        stage.expect(CLIENT, url, "", "shop:v1");
        stage.expect(CLIENT, url, "x-override: shop:v2", "shop:v2");
        stage.expect(CLIENT, url, "baggage: override-shop=v3", "shop:v3");
        stage.expect(CLIENT, url, "x-override: shop:v9", "shop:v1");
        let ask = |path: &str, lines: &str| stage.mesh.ask(CLIENT, url, path, lines).expect("an answer");
        for lines in ["", "x-override: shop:v2"] {
            assert_eq!(ask("/teapot", lines).status(), 418, "a fault of the user's hits overrides as well");
            assert_eq!(ask("/", lines).values("x-route").collect::<Vec<_>>(), ["main"], "{lines}");
        }
        let canary = count(60, || said(Ok(ask("/", "x-canary: yes"))));
        assert_eq!(canary.keys().collect::<Vec<_>>(), ["shop:v1", "shop:v2"], "{canary:?}");
        for version in ["v1", "v2", "v3"] {
            let asked = count(20, || said(Ok(ask("/", &format!("x-canary: yes\nx-override: shop:{version}")))));
            assert_eq!(asked.keys().collect::<Vec<_>>(), [&format!("shop:{version}")], "an override beats a canary");
        }
    })
}

fn delegated() -> Scenario {
    let given = apps([app("shop", "delegating")]).and(ROOT).and(LEAF);
    scenario("overrides in a delegate whose root ignores case", given, "http://shop.delegating")
        .request("")
        .goes_through("shop:v1")
        .request("x-override: shop:v2")
        .goes_through("shop:v2")
        .request("baggage: override-shop=v2")
        .goes_through("shop:v2")
}

/// Istio completes names without a dot only, so what stands in such a rule is nowhere.
fn half_a_name() -> Scenario {
    let rule = "apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: half, namespace: half}
spec:
  host: shop.half.svc
  subsets:
  - {name: v2, labels: {version: v1}}
";
    let given = apps([app("shop", "half")]).and(rule);
    scenario("a DestinationRule for half a name is about nobody", given, "http://shop.half")
        .request("")
        .goes_through("shop:v1")
        .request("x-override: shop:v2")
        .goes_through("shop:v2")
}

/// The generated rule shadows the wildcard, so it says the same.
fn copied() -> Scenario {
    let url = "http://cart.copied";
    let everything = WILDCARD.replace("sticky", "copied");
    let given = apps([app("cart", "copied")]).and(everything.as_str());
    scenario("the policy of a wildcard DestinationRule stays in force beside generated rules", given, url).check(
        move |stage| {
            stage.expect(CLIENT, url, "", "cart:v1");
            stage.expect(CLIENT, url, "x-override: cart:v2", "cart:v2");
            let place = &stage.mesh.pod(CLIENT).place;
            let clusters = admin(place, "/config_dump?resource=dynamic_active_clusters").expect("an answer");
            let clusters: Value = serde_json::from_str(&clusters).expect("JSON");
            let policy = |subset: &str| {
                let name = format!("outbound|80|{subset}|cart.copied.svc.cluster.local");
                let all = clusters["configs"].as_array().expect("clusters");
                let found = all.iter().map(|each| &each["cluster"]).find(|cluster| cluster["name"] == name.as_str());
                found.expect("the subset has a cluster")["lb_policy"].clone()
            };
            assert_eq!([policy("v1"), policy("v2")], ["RING_HASH", "RING_HASH"]);
        },
    )
}

fn wildcard() -> Scenario {
    let url = "http://cart.sticky";
    let given = apps([app("cart", "sticky")]).and(WILDCARD).policy("existing: skip");
    scenario(
        "existing: skip passes a Service under a wildcard DestinationRule over, and the rule stays in force",
        given,
        url,
    )
    .check(move |stage| {
        let names: Vec<&str> =
            stage.world.names("DestinationRule").chain(stage.world.names("VirtualService")).collect();
        assert_eq!(names, ["everything"]);
        let ask = |user: usize| said(stage.mesh.ask(CLIENT, url, "/", &format!("x-user: {user}")));
        // Until the first of them is the same every time, the rule is not live.
        stage.eventually("requests of one user stay together", || count(20, || ask(0)).len() == 1);
        let seen: Vec<Vec<String>> = (0..20).map(|user| count(20, || ask(user)).into_keys().collect()).collect();
        assert!(seen.iter().all(|versions| versions.len() == 1), "each user has one Pod: {seen:?}");
        assert!(seen.iter().any(|versions| *versions != seen[0]), "users are spread over Pods: {seen:?}");
    })
}
