//! In ambient mode a Gateway API route for a Service wins over a VirtualService, and cannot name subsets (istio#57704).

use super::*;

fn route(kind: &str, parent: &str) -> String {
    format!(
        "apiVersion: gateway.networking.k8s.io/v1\nkind: {kind}\nmetadata:\n  name: theirs\n  namespace: shop\nspec: {{parentRefs: \
         [{parent}], rules: [{{backendRefs: [{{name: reviews, port: 80}}]}}]}}\n"
    )
}

#[test]
fn a_service_with_a_gateway_api_route_of_its_own_is_passed_over_and_the_route_is_named() {
    for kind in ["HTTPRoute", "GRPCRoute"] {
        for parent in
            ["{kind: Service, group: '', name: reviews, port: 80}", "{kind: Service, group: core, name: reviews}"]
        {
            let found = shop().and(route(kind, parent)).run();
            passed_over(&found, Code::ForeignOwner, &format!("{kind} shop/theirs"));
            assert_eq!(ask(&found.rendered, V2), ask(&found.rendered, ""));
        }
    }
}

#[test]
fn a_gateway_api_route_at_a_gateway_is_warned_about_and_the_mesh_follows_overrides() {
    let found = shop().and(route("HTTPRoute", "{name: ingress, namespace: istio-system}")).run();
    let finding = found.only(Code::ForeignRoute);
    assert_eq!(finding.severity, Severity::Warning);
    assert!(finding.message.contains("HTTPRoute"), "{}", finding.message);
    assert_eq!(both(&found.rendered), ["v1", "v2"]);
}

/// `reviews` in `v1` and `v2`, whose Service has this label, in a namespace with these.
fn labelled(namespace: &str, service_label: &str) -> Outcome {
    let namespace = format!("apiVersion: v1\nkind: Namespace\nmetadata: {{name: shop, labels: {{{namespace}}}}}\n");
    let service = service("reviews").namespace("shop");
    let service = if service_label.is_empty() { service } else { service.label(service_label) };
    given(namespace).and(service).and(in_shop("v1")).and(in_shop("v2")).run()
}

const AMBIENT: &str = "istio.io/dataplane-mode: ambient";
const WAYPOINT: &str = "istio.io/use-waypoint: shop-waypoint";

#[test]
fn where_no_proxy_reads_headers_it_is_warned_that_overrides_do_not_act() {
    for (namespace, service) in [
        (AMBIENT.to_owned(), ""),
        (AMBIENT.to_owned(), "istio.io/use-waypoint: none"),
        (format!("{AMBIENT}, {WAYPOINT}"), "istio.io/use-waypoint: none"),
    ] {
        let found = labelled(&namespace, service);
        let finding = found.only(Code::Ambient);
        assert_eq!(finding.severity, Severity::Warning);
        assert!(finding.message.contains("without a waypoint"), "{}", finding.message);
        assert_eq!(found.generated.len(), 2, "clients with sidecars follow them");
        assert_eq!(both(&found.rendered), ["v1", "v2"]);
    }
    let pods = in_shop("v2").pod_label(AMBIENT);
    let found = given(service("reviews").namespace("shop")).and(in_shop("v1")).and(pods).run();
    assert_eq!(found.only(Code::Ambient).severity, Severity::Warning);
}

#[test]
fn where_a_waypoint_does_it_is_told_what_istio_says_of_that() {
    for (namespace, service) in
        [(format!("{AMBIENT}, {WAYPOINT}"), ""), (AMBIENT.to_owned(), WAYPOINT), (String::new(), WAYPOINT)]
    {
        let found = labelled(&namespace, service);
        let finding = found.only(Code::Ambient);
        assert_eq!(finding.severity, Severity::Info);
        assert!(finding.message.contains("`shop-waypoint`"), "{}", finding.message);
        assert_eq!(found.generated.len(), 2);
    }
}

#[test]
fn nothing_is_said_of_a_namespace_with_sidecars_or_of_another_one() {
    for namespace in ["istio-injection: enabled", "istio.io/dataplane-mode: none", "istio.io/use-waypoint: ''"] {
        labelled(namespace, "").quiet();
    }
    let other =
        "apiVersion: v1\nkind: Namespace\nmetadata: {name: other, labels: {istio.io/dataplane-mode: ambient}}\n";
    shop().and(other).run().quiet();
    // A Service that gets no rules has no use for it.
    let external = service("reviews").namespace("shop").spec("type: ExternalName").label(WAYPOINT);
    given(external).run().only(Code::ExternalName);
}
