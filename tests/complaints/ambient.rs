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
