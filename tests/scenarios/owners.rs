//! Services whose traffic another tool decides about.

use super::*;

fn object(api_version: &str, kind: &str, spec: &str) -> String {
    format!("apiVersion: {api_version}\nkind: {kind}\nmetadata:\n  name: owner\n  namespace: shop\nspec: {spec}\n")
}

#[test]
fn a_service_that_another_tool_routes_to_is_left_to_it() {
    let gateway_api = "gateway.networking.k8s.io/v1";
    let parent =
        "{parentRefs: [{group: '', kind: Service, name: reviews}], rules: [{backendRefs: [{name: reviews-v1}]}]}";
    let routing = "{strategy: {canary: {canaryService: reviews, stableService: x, trafficRouting: {istio: {virtualService: {name: a}}}}}}";
    for owner in [
        object(gateway_api, "HTTPRoute", parent),
        object("gateway.networking.k8s.io/v1alpha2", "GRPCRoute", parent),
        object("flagger.app/v1beta1", "Canary", "{targetRef: {kind: Deployment, name: reviews}}"),
        object("flagger.app/v1beta1", "Canary", "{targetRef: {kind: Deployment, name: x}, service: {name: reviews}}"),
        object("argoproj.io/v1alpha1", "Rollout", routing),
        object("serving.knative.dev/v1", "Service", "{}").replace("name: owner", "name: reviews"),
    ] {
        let found = in_shop().and(owner.as_str()).run();
        let finding = found.unchanged().only(Code::ForeignOwner);
        assert_eq!(finding.severity, Severity::Warning);
        assert!(finding.message.contains(" shop/"), "{}", finding.message);
        let stopped = in_shop().and(owner).policy("existing: error").run();
        assert_eq!(stopped.only(Code::ForeignOwner).severity, Severity::Error);
    }
}

#[test]
fn what_says_that_it_was_generated_is_no_other_tools() {
    let gateway_api = "gateway.networking.k8s.io/v1";
    let parent = "{parentRefs: [{group: '', kind: Service, name: reviews}]}";
    let backend = "{parentRefs: [{name: ingress}], rules: [{backendRefs: [{name: reviews, port: 80}]}]}";
    for ours in [
        object(gateway_api, "HTTPRoute", parent),
        object(gateway_api, "GRPCRoute", parent),
        object(gateway_api, "HTTPRoute", backend),
        object("flagger.app/v1beta1", "Canary", "{targetRef: {kind: Deployment, name: reviews}}"),
    ] {
        let generated = "  annotations:\n    overrides.dev/generated-for: reviews\nspec";
        let ours = ours.replace("spec", generated);
        for existing in ["merge", "skip", "error"] {
            let found = in_shop().and(ours.as_str()).policy(&format!("existing: {existing}")).run();
            let finding = found.only(Code::LeftOver);
            assert_eq!(finding.severity, Severity::Warning);
            assert_eq!(found.generated.len(), 2, "the Service gets its rules");
            assert!(found.output.contains(ours.lines().next().unwrap()), "and it stays");
        }
    }
}

#[test]
fn what_other_tools_do_elsewhere_is_no_matter() {
    let routing = "{strategy: {canary: {canaryService: reviews}}}";
    for other in [
        object("flagger.app/v1beta1", "Canary", "{targetRef: {name: ratings}}"),
        object("flagger.app/v1beta1", "Canary", "{targetRef: {name: reviews}}")
            .replace("namespace: shop", "namespace: x"),
        object("argoproj.io/v1alpha1", "Rollout", routing),
        object("example.com/v1", "HTTPRoute", "{parentRefs: [{kind: Service, name: reviews}]}"),
        object("flagger.app/v1beta1", "Canary", "{targetRef: [a]}"),
    ] {
        assert_eq!(in_shop().and(other).run().quiet().generated.len(), 2);
    }
}

#[test]
fn a_gateway_api_route_to_the_service_is_warned_about() {
    let spec = "{parentRefs: [{name: ingress}], rules: [{backendRefs: [{name: reviews, port: 80}]}]}";
    let found = in_shop().and(object("gateway.networking.k8s.io/v1", "HTTPRoute", spec)).run();
    let finding = found.only(Code::ForeignRoute);
    assert_eq!((finding.severity, finding.place.field.as_deref()), (Severity::Warning, Some("spec.rules")));
    assert_eq!(found.generated.len(), 2, "calls within the mesh follow overrides");
}
