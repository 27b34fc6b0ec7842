//! Rules in other namespaces than the Service's, and rules that only some namespaces see.

use crate::apps::{app, apps};
use crate::sentence::{Scenario, scenario};

/// Connections to a port that the Service does not have, in a namespace that has a Service of the same name.
const TCP_ONLY: &str = "apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: mine, namespace: platform}
spec:
  hosts: [cart.far.svc.cluster.local]
  tcp: [{match: [{port: 5432}], route: [{destination: {host: cart.far.svc.cluster.local}}]}]
";

/// What gateways in the root namespace follow, and nobody else.
const PRIVATE: &str = "apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: private, namespace: istio-system}
spec: {host: '*.private.svc.cluster.local', exportTo: [.]}
";

const OWN: &str = "apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: own, namespace: private}
spec: {host: cart}
";

const EDGE: &str = "apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: edge, namespace: private}
spec:
  selector: {istio: ingressgateway}
  servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: [private.example.com]}]
";

const AT_EDGE: &str = "apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: edge, namespace: private}
spec:
  hosts: [private.example.com]
  gateways: [edge]
  http: [{route: [{destination: {host: cart}}]}]
";

/// Routes that nobody outside of their namespace sees.
const AT_HOME: &str = "apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: mine, namespace: home}
spec:
  hosts: [cart]
  exportTo: [.]
  http: [{route: [{destination: {host: cart}}]}]
";

pub fn scenarios() -> Vec<Scenario> {
    vec![tcp_only(), private(), at_home()]
}

fn tcp_only() -> Scenario {
    let given = apps([app("cart", "far"), app("cart", "platform").versions(&["v7"])]).and(TCP_ONLY);
    scenario("a rule without http in another namespace leads to the Service that it names", given, "http://cart.far")
        .request("")
        .goes_through("cart:v1")
        .request("x-override: cart:v2")
        .goes_through("cart:v2")
}

fn private() -> Scenario {
    let given = apps([app("cart", "private").versions(&["v1"])]).and(PRIVATE).and(OWN).and(EDGE).and(AT_EDGE);
    let name = "a private rule of the root namespace does not take the subsets from its gateways";
    scenario(name, given, "http://private.example.com")
        .entering("cart", "private.example.com")
        .through_every_gateway()
        .request("")
        .goes_through("cart:v1")
}

fn at_home() -> Scenario {
    let front = app("front", "home").versions(&["v1"]).calls("http://cart");
    let given = apps([app("cart", "home"), front]).and(AT_HOME);
    scenario("routes that are exported to their own namespace act there", given, "http://front.home")
        .request("")
        .goes_through("front:v1 cart:v1")
        .request("x-override: cart:v2")
        .goes_through("front:v1 cart:v2")
}
