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

/// The two versions and an object that leads to them, with the place that the warning about it names.
#[track_caller]
fn leads_to_reviews(api_version: &str, kind: &str, spec: &str, field: &str) {
    let found = in_shop().and(object(api_version, kind, spec)).run();
    let finding = found.only(Code::ForeignRoute);
    assert_eq!((finding.severity, finding.place.field.as_deref()), (Severity::Warning, Some(field)), "{spec}");
    assert!(finding.message.contains(&format!("{kind} cannot name one")), "{}", finding.message);
    assert_eq!(found.generated.len(), 2, "calls within the mesh follow overrides");
}

#[test]
fn an_ingress_that_leads_to_the_service_is_warned_about() {
    let ingress = "networking.k8s.io/v1";
    let backend = "{service: {name: reviews, port: {number: 80}}}";
    let rule = |backend: &str| {
        format!("{{rules: [{{host: a.example.com, http: {{paths: [{{path: /, backend: {backend}}}]}}}}]}}")
    };
    leads_to_reviews(ingress, "Ingress", &rule(backend), "spec.rules");
    leads_to_reviews(
        ingress,
        "Ingress",
        &format!("{{rules: [{{host: a}}], defaultBackend: {backend}}}"),
        "spec.defaultBackend",
    );
    let old = "{serviceName: reviews, servicePort: http}";
    for api_version in ["extensions/v1beta1", "networking.k8s.io/v1beta1"] {
        leads_to_reviews(api_version, "Ingress", &rule(old), "spec.rules");
        leads_to_reviews(api_version, "Ingress", &format!("{{backend: {old}}}"), "spec.backend");
    }
}

#[test]
fn an_openshift_route_to_the_service_is_warned_about() {
    let route = "route.openshift.io/v1";
    leads_to_reviews(
        route,
        "Route",
        "{host: a.example.com, to: {kind: Service, name: reviews, weight: 100}}",
        "spec.to",
    );
    leads_to_reviews(route, "Route", "{to: {name: reviews}}", "spec.to");
    let second = "{to: {kind: Service, name: web}, alternateBackends: [{kind: Service, name: reviews, weight: 10}]}";
    leads_to_reviews(route, "Route", second, "spec.alternateBackends");
}

#[test]
fn an_ingress_is_no_reason_to_warn_where_it_leads_elsewhere_or_there_is_one_version() {
    let rule =
        |name: &str| format!("{{rules: [{{http: {{paths: [{{path: /, backend: {{service: {{name: {name}}}}}}}]}}}}]}}");
    for other in [
        object("networking.k8s.io/v1", "Ingress", &rule("ratings")),
        object("networking.k8s.io/v1", "Ingress", &rule("reviews")).replace("namespace: shop", "namespace: x"),
        object("networking.k8s.io/v1", "Ingress", "{defaultBackend: {resource: {kind: Bucket, name: reviews}}}"),
        object("networking.k8s.io/v1", "IngressClass", &rule("reviews")),
        object("route.openshift.io/v1", "Route", "{to: {kind: Other, name: reviews}}"),
        object("networking.k8s.io/v1", "Ingress", "{rules: 3}"),
        object("networking.k8s.io/v1", "Ingress", "{}"),
    ] {
        assert_eq!(in_shop().and(other.as_str()).run().quiet().generated.len(), 2, "{other}");
    }
    let one = given(service("reviews").namespace("shop")).and(version("reviews", "v1").namespace("shop"));
    let found = one.and(object("networking.k8s.io/v1", "Ingress", &rule("reviews"))).run();
    assert_eq!(found.only(Code::ForeignRoute).severity, Severity::Info);
    let several = "{rules: [{http: {paths: [{backend: {service: {name: reviews}}}, {backend: {service: {name: web}}}]}}], \
                   defaultBackend: {service: {name: reviews}}}";
    in_shop().and(object("networking.k8s.io/v1", "Ingress", several)).run().only(Code::ForeignRoute);
}
