//! Rules of the mesh do not act at an ingress gateway, nor its rules in the mesh, and nothing says so (istio#7369,
//! #10264, #30453).

use super::*;

// ------------------------------------------------------------------------------ a VirtualService of the user's there

const EDGE: &str = "{gateways: [istio-system/ingress], hosts: [shop.example.com], http: [{name: api, match: [{uri: {prefix: \
                    /api}}], rewrite: {uri: /}, route: [{destination: {host: reviews}}]}, {name: rest, match: [{uri: \
                    {prefix: /shop}}], route: [{destination: {host: reviews, subset: v2}}]}]}";

#[test]
fn the_users_routes_at_a_gateway_follow_overrides_and_the_mesh_has_rules_of_its_own() {
    let found = shop().and(virtual_service("edge", EDGE)).run();
    let edge = object(&found.rendered, "VirtualService", "edge");
    let names: Vec<&Value> = routes(&edge).iter().map(|route| &route["name"]).collect();
    assert_eq!(
        names,
        ["override-reviews-v2-api", "api", "override-reviews-v2-rest", "override-reviews-v1-rest", "rest"]
    );
    // Neither is bound to more than it was: in one object for both, calls in the mesh to the public host would change.
    assert_eq!(edge["spec"]["gateways"].to_string(), r#"["istio-system/ingress"]"#);
    let mesh = object(&found.rendered, "VirtualService", "reviews-overrides");
    assert!(mesh["spec"]["gateways"].is_null(), "{mesh}");
    assert_eq!(mesh["spec"]["hosts"].to_string(), r#"["reviews"]"#);
    assert_eq!(both(&found.rendered), ["v1", "v2"], "in the mesh");
}

/// `explain` answers for the mesh, so it is asked about the gateway's routes as if they stood there.
#[test]
fn what_comes_in_at_the_gateway_takes_the_users_path_and_the_version_that_it_asks_for() {
    let found = shop().and(virtual_service("edge", EDGE)).run();
    let mesh =
        found.rendered.split("---\n").filter(|text| !text.contains("kind: VirtualService\nmetadata:\n  name: reviews"));
    let mesh = mesh.collect::<Vec<_>>().join("---\n").replace("gateways: [istio-system/ingress], ", "");
    let mesh = mesh.replace("hosts: [shop.example.com]", "hosts: [reviews]");
    let at = |path: &str, lines: &str| explain(&mesh, "reviews", path, lines).outcome.to_string();
    assert_eq!([at("/api", ""), at("/api", V2)], ["v1", "v2"]);
    assert_eq!([at("/shop", ""), at("/shop", "x-override: reviews:v1")], ["v2", "v1"], "the user's own subset stays");
    assert_eq!(at("/", V2), "nobody (404)", "no path is open that was not");
}

#[test]
fn explain_says_that_rules_for_gateways_do_not_act_in_the_mesh() {
    let found = shop().and(virtual_service("edge", EDGE)).run();
    let run = support::overrides(&["explain", "-", "-H", V2], found.rendered.as_bytes());
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let line = "for gateways alone, so not evaluated for calls in the mesh: VirtualService shop/edge";
    assert!(run.stdout.contains(line), "{}", run.stdout);
}

// ------------------------------------------------------------------------------------- a policy that exposes Services

const EXPOSED: &str =
    "services: [{name: reviews, expose: {gateways: [istio-system/ingress], hosts: [shop.example.com]}}]";

/// The gateway's object with its routes at the mesh instead, where `explain` can be asked about them.
fn at_the_mesh(rendered: &str) -> String {
    let is_mesh_rule =
        |text: &&str| text.contains("kind: VirtualService") && text.contains("name: reviews-overrides\n");
    let others = rendered.split("---\n").filter(|text| !is_mesh_rule(text)).collect::<Vec<_>>().join("---\n");
    others.replace("  hosts:\n  - shop.example.com\n  gateways:\n  - istio-system/ingress\n", "  hosts:\n  - reviews\n")
}

#[test]
fn an_exposed_service_follows_overrides_at_the_gateway_and_in_the_mesh() {
    let found = shop().policy(EXPOSED).run();
    assert_eq!(both(&found.rendered), ["v1", "v2"], "in the mesh");
    let gateway = at_the_mesh(&found.rendered);
    assert!(!gateway.contains("gateways"), "{gateway}");
    assert_eq!(both(&gateway), ["v1", "v2"], "at the gateway");
}

#[test]
fn one_object_is_never_for_mesh_and_gateway_and_no_port_is_matched_at_a_gateway() {
    let found = shop().policy(EXPOSED).run();
    let mesh = object(&found.rendered, "VirtualService", "reviews-overrides");
    let gateway = object(&found.rendered, "VirtualService", "reviews-overrides-gateway");
    assert_eq!(gateway["spec"]["gateways"].to_string(), r#"["istio-system/ingress"]"#);
    assert_eq!(gateway["spec"]["hosts"].to_string(), r#"["shop.example.com"]"#);
    assert!(mesh["spec"]["gateways"].is_null());
    assert!(!routes(&gateway).iter().any(|route| route["match"].to_string().contains("\"port\"")));
}
