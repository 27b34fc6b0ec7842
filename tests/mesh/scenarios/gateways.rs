//! Rules of the user's at gateways whose routes stand in one list, or lead to a subset that is no version.

use serde_json::{Value, json};

use crate::apps::{app, apps};
use crate::mesh::{Way, said};
use crate::parts::envoy::VERSIONS;
use crate::sentence::{Scenario, scenario};
use crate::stage::{Stage, count};
use crate::support::given::Given;

const GATEWAY: Way = Way::Gateway(VERSIONS[VERSIONS.len() - 1]);

/// One Gateway for each application, for the same proxies, port and host; and a catch-all at the one that Istio takes first,
/// by age and then by name.
const TWO_GATEWAYS: &str = "apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: all, namespace: sharing}
spec:
  selector: {istio: ingressgateway}
  servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: [sharing.example.com]}]
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: cart, namespace: sharing}
spec:
  selector: {app: gateway}
  servers: [{port: {number: 80, name: web, protocol: HTTP}, hosts: ['*/sharing.example.com']}]
";

const ALL_PATHS: &str = "apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: all, namespace: sharing}
spec:
  gateways: [all]
  hosts: ['*']
  http:
  - {name: all, route: [{destination: {host: web}}]}
";

const ONE_PATH: &str = "apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: one, namespace: sharing}
spec:
  gateways: [cart]
  hosts: [sharing.example.com]
  http:
  - {name: one, match: [{uri: {prefix: /cart}}], route: [{destination: {host: cart}}]}
";

/// Three rules at one Gateway, one of which is for those with a cookie.
const WITH_COOKIE: &str = "apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: edge, namespace: cookie}
spec:
  selector: {istio: ingressgateway}
  servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: [cookie.example.com]}]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: beta, namespace: cookie}
spec:
  gateways: [edge]
  hosts: [cookie.example.com]
  http:
  - name: beta
    match: [{headers: {cookie: {regex: '.*beta.*'}}, uri: {prefix: /}}]
    route: [{destination: {host: web}}]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: rest, namespace: cookie}
spec:
  gateways: [edge]
  hosts: [cookie.example.com]
  http:
  - {name: rest, route: [{destination: {host: cart}}]}
";

/// TLS for all, but for a subset of all Pods, which have no sidecar.
const PLAIN: &str = "apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: shop, namespace: plain}
spec:
  host: shop
  trafficPolicy: {tls: {mode: SIMPLE, insecureSkipVerify: true}}
  subsets:
  - {name: plain, trafficPolicy: {tls: {mode: DISABLE}}}
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: edge, namespace: plain}
spec:
  selector: {istio: ingressgateway}
  servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: [plain.example.com]}]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: edge, namespace: plain}
spec:
  gateways: [edge]
  hosts: [plain.example.com]
  http:
  - {name: shop, match: [{uri: {prefix: /}}], route: [{destination: {host: shop, subset: plain}}]}
";

pub fn scenarios() -> Vec<Scenario> {
    vec![two_gateways(), cookie(), plain()]
}

fn with(given: Given, streams: &[&str]) -> Given {
    streams.iter().flat_map(|stream| stream.split("---\n")).fold(given, Given::and)
}

/// The rule with a clone of its first route in front: what must not be written.
fn with_clone(stage: &Stage<'_>, name: &str, override_for: &str, subset: &str) -> Value {
    let mut rule = stage.world.object("VirtualService", name).clone();
    let mut clone = rule["spec"]["http"][0].clone();
    clone["name"] = json!("clone");
    clone["match"] = json!([{"headers": {"x-override": {"exact": override_for}}}]);
    clone["route"][0]["destination"]["subset"] = json!(subset);
    rule["spec"]["http"].as_array_mut().expect("routes").insert(0, clone);
    rule
}

fn two_gateways() -> Scenario {
    let url = "http://sharing.example.com";
    let given = with(apps([app("web", "sharing"), app("cart", "sharing")]), &[TWO_GATEWAYS, ALL_PATHS, ONE_PATH]);
    scenario("two gateways of the same proxies, with a catch-all at one of them", given, url).check(move |stage| {
        let ask = |path: &str, lines: &str| said(stage.mesh.ask(GATEWAY, url, path, lines));
        let expect = |path: &str, lines: &str, expected: &str| {
            stage.expect_text(&format!("{path} with {lines:?}"), expected, || ask(path, lines));
        };
        expect("/", "", "web:v1");
        expect("/cart", "", "cart:v1");
        expect("/cart", "x-override: cart:v2", "cart:v2");
        expect("/cart", "x-override: web:v2", "cart:v1");
        // Why the catch-all is not cloned.
        let rule = with_clone(stage, "all", "web:v2", "v2");
        stage.apply_object(&rule);
        expect("/cart", "x-override: web:v2", "web:v2");
        stage.apply_object(stage.world.object("VirtualService", "all"));
        expect("/cart", "x-override: web:v2", "cart:v1");
    })
}

fn cookie() -> Scenario {
    let url = "http://cookie.example.com";
    let given = with(apps([app("web", "cookie"), app("cart", "cookie")]), &[WITH_COOKIE]);
    scenario("a route for those with a cookie beside other rules at a gateway", given, url).check(move |stage| {
        let expect = |lines: &str, expected: &str| {
            stage.expect_text(lines, expected, || said(stage.mesh.ask(GATEWAY, url, "/", lines)));
        };
        expect("cookie: beta", "web:v1");
        expect("cookie: beta\nx-override: web:v2", "web:v2");
        expect("x-override: web:v2", "cart:v1");
        expect("", "cart:v1");
    })
}

fn plain() -> Scenario {
    let url = "http://plain.example.com";
    let given = with(apps([app("shop", "plain")]), &[PLAIN]);
    scenario("a route to a subset that is no version keeps its policy", given, url).check(move |stage| {
        let ask = |lines: &str| said(stage.mesh.ask(GATEWAY, url, "/", lines));
        let spreads = |lines: &str| {
            let answers = count(40, || ask(lines));
            answers.keys().collect::<Vec<_>>() == ["shop:v1", "shop:v2"]
        };
        stage.eventually("requests spread over both versions", || spreads(""));
        stage.eventually("and so do those with an override", || spreads("x-override: shop:v2"));
        // Why it is not cloned: the version's subset asks for TLS, which the Pods do not speak.
        let rule = with_clone(stage, "edge", "shop:v2", "v2");
        stage.apply_object(&rule);
        stage.eventually("the clone fails", || ask("x-override: shop:v2").starts_with("503"));
        stage.apply_object(stage.world.object("VirtualService", "edge"));
        stage.eventually("without it nothing fails", || spreads("x-override: shop:v2"));
    })
}
