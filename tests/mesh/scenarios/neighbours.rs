//! Rules of the user's in several places at once: in two namespaces, and at a gateway and in the mesh.

use crate::apps::{app, apps, chain};
use crate::mesh::{Way, said};
use crate::parts::envoy::VERSIONS;
use crate::sentence::{Scenario, scenario};
use crate::stage::CLIENT;
use crate::support::given::Given;

const GATEWAY: Way = Way::Gateway(VERSIONS[VERSIONS.len() - 1]);

/// Rules for `reviews` in two namespaces: a short host in its own, a full one from elsewhere. And one that clients in
/// their namespace see instead of what is generated.
const RULES: &str = "apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: mine, namespace: north}
spec:
  hosts: [reviews]
  http:
  - match: [{uri: {prefix: /echo}}]
    rewrite: {uri: /echo/north}
    route: [{destination: {host: reviews}}]
  - route: [{destination: {host: reviews}}]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: theirs, namespace: rules}
spec:
  hosts: [reviews.south.svc.cluster.local]
  http:
  - match: [{uri: {prefix: /echo}}]
    rewrite: {uri: /echo/south}
    route: [{destination: {host: reviews.south.svc.cluster.local}}]
  - route: [{destination: {host: reviews.south.svc.cluster.local, subset: steady}}]
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: steady, namespace: south}
spec:
  host: reviews.south.svc.cluster.local
  subsets:
  - {name: steady, labels: {version: v1}}
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: ours, namespace: client}
spec:
  host: reviews.north.svc.cluster.local
  trafficPolicy: {loadBalancer: {simple: ROUND_ROBIN}}
";

/// A way in and rules on the way, with a path that was moved and testers who are sent to v2.
const WAY: &str = "apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: edge, namespace: way}
spec:
  selector: {istio: ingressgateway}
  servers:
  - port: {number: 80, name: http, protocol: HTTP}
    hosts: [way.example.com]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: edge, namespace: way}
spec:
  gateways: [edge]
  hosts: [way.example.com]
  http:
  - match: [{uri: {prefix: /old}}]
    rewrite: {uri: /echo}
    route: [{destination: {host: s1.way.svc.cluster.local}}]
  - match: [{uri: {prefix: /}}]
    route: [{destination: {host: s1.way.svc.cluster.local}}]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: middle, namespace: way}
spec:
  hosts: [s2]
  http:
  - match: [{headers: {x-tester: {exact: 'yes'}}}]
    route: [{destination: {host: s2, subset: v2}}]
  - retries: {attempts: 1}
    route: [{destination: {host: s2}}]
";

pub fn scenarios() -> Vec<Scenario> {
    vec![two_namespaces(), through_a_gateway()]
}

fn two_namespaces() -> Scenario {
    let given = RULES.split("---\n").fold(apps([app("reviews", "north"), app("reviews", "south")]), Given::and);
    scenario("rules of the user's in two namespaces keep two Services of one name apart", given, "http://reviews.north")
        .check(|stage| {
            let names: Vec<&str> =
                stage.world.names("DestinationRule").chain(stage.world.names("VirtualService")).collect();
            assert_eq!(
                names,
                ["steady", "ours", "reviews-overrides", "mine", "theirs"],
                "generated for north's subsets"
            );
            for (lines, north, south) in [
                ("", "v1", "v1"),
                ("x-override: reviews.north:v2", "v2", "v1"),
                ("x-override: reviews.south:v2", "v1", "v2"),
                ("x-override: reviews:v2", "v2", "v2"),
                ("x-override: reviews.north:v2, reviews.south:v1", "v2", "v1"),
                ("baggage: override-reviews.south=v2", "v1", "v2"),
                ("baggage: override-reviews=v2", "v2", "v2"),
                ("x-override: reviews.rules:v2, reviews.client:v2", "v1", "v1"),
            ] {
                for (namespace, version) in [("north", north), ("south", south)] {
                    let url = format!("http://reviews.{namespace}");
                    stage.expect(CLIENT, &url, lines, &format!("reviews:{version}"));
                    stage.expect_at(CLIENT, &url, "/echo", lines, &format!("reviews:{version} /echo/{namespace}"));
                    let full = format!("{url}.svc.cluster.local");
                    stage.expect(CLIENT, &full, lines, &format!("reviews:{version}"));
                }
            }
        })
}

fn through_a_gateway() -> Scenario {
    let given = WAY.split("---\n").fold(chain("way"), Given::and);
    let answers = [
        ("", "s1:v1 s2:v1 s3:v1"),
        ("x-override: s1:v2", "s1:v2 s2:v1 s3:v1"),
        ("x-override: s2:v2", "s1:v1 s2:v2 s3:v1"),
        ("x-override: s3:v2", "s1:v1 s2:v1 s3:v2"),
        ("x-override: s1:v2, s2:v2, s3:v2", "s1:v2 s2:v2 s3:v2"),
        ("baggage: override-s1=v2,override-s3.way=v2", "s1:v2 s2:v1 s3:v2"),
        ("x-override: s2:v9", "s1:v1 s2:v1 s3:v1"),
        // The header that testers have is not passed on, so s1 calls s2 as anybody.
        ("x-tester: yes", "s1:v1 s2:v1 s3:v1"),
    ];
    let name = "a chain behind a gateway's rule of the user's, with another on the way";
    let scenario = scenario(name, given, "http://way.example.com").entering("s1", "way.example.com");
    let ask = |scenario: Scenario, (lines, expected): (&str, &str)| scenario.request(lines).goes_through(expected);
    answers.into_iter().fold(scenario.through_every_gateway(), ask).check(|stage| {
        for (lines, first) in [("", "s1:v1"), ("x-override: s1:v2", "s1:v2")] {
            let ask = || said(stage.mesh.ask(GATEWAY, "http://way.example.com", "/old/x", lines));
            // Each passes the path on.
            let expected = format!("{first} /echo/x s2:v1 /echo/x s3:v1 /echo/x");
            stage.expect_text("a path that was moved at the gateway", &expected, ask);
        }
    })
}
