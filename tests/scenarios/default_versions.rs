//! Default versions.

use super::*;

#[test]
fn the_default_is_what_the_policy_says_of_the_service_first() {
    let annotated = |value: &str| service("reviews").annotation(&format!("overrides.dev/default-version: {value}"));
    let of = |reviews: support::given::Service, policy: &str| {
        given(reviews)
            .and(version("reviews", "v1"))
            .and(version("reviews", "v2"))
            .and(version("reviews", "v3"))
            .policy(policy)
            .run()
            .quiet()
            .routes("reviews")
            .pop()
            .unwrap()
    };
    let entry = "services: [{name: reviews, defaultVersion: v3}]";
    assert_eq!(of(annotated("v2"), entry), "default-reviews -> v3", "the entry");
    assert_eq!(of(annotated("v2"), "defaultVersion: v3"), "default-reviews -> v2", "then the annotation");
    assert_eq!(of(service("reviews"), "defaultVersion: v3"), "default-reviews -> v3", "then the preference");
    assert_eq!(of(service("reviews"), ""), "default-reviews -> v1", "which is v1");
}

#[test]
fn the_only_version_is_the_default_whatever_is_preferred() {
    let one = given(service("reviews")).and(version("reviews", "v7"));
    assert_eq!(
        one.run().quiet().routes("reviews"),
        ["default-reviews -> v7"],
        "`v1` is built in, and nobody stated it"
    );
    let found = one.policy("defaultVersion: v3").run();
    assert_eq!(found.only(Code::DefaultReplaced).severity, Severity::Warning);
    assert_eq!(found.routes("reviews"), ["default-reviews -> v7"]);
}

#[test]
fn a_stated_default_that_is_not_there_is_an_error_even_when_there_is_only_one_version() {
    let found =
        given(service("reviews").annotation("overrides.dev/default-version: v9")).and(version("reviews", "v1")).run();
    assert!(found.only(Code::DefaultUnknown).cure.contains("`v1`"));
    let found = given(service("reviews").annotation("overrides.dev/default-version: v1"))
        .and(version("reviews", "v1"))
        .policy("services: [{name: reviews, defaultVersion: v9}]")
        .run();
    found.only(Code::DefaultUnknown);
}

#[test]
fn an_entry_of_the_policy_finds_a_service_that_kustomize_renamed() {
    let found = given(
        service("dev-reviews")
            .namespace("dev")
            .annotation("internal.config.kubernetes.io/previousNames: reviews,x-reviews")
            .annotation("internal.config.kubernetes.io/previousNamespaces: default,shop")
            .selector("{app: reviews}"),
    )
    .and(version("reviews", "v1").namespace("dev"))
    .and(version("reviews", "v2").namespace("dev"));
    for entry in
        ["name: reviews", "name: dev-reviews", "name: reviews, namespace: shop", "name: x-reviews, namespace: dev"]
    {
        let found = found.clone().policy(&format!("services: [{{{entry}, defaultVersion: v2}}]")).run();
        assert_eq!(found.quiet().routes("dev-reviews").last().unwrap(), "default-dev-reviews -> v2", "{entry}");
    }
}

#[test]
fn an_entry_with_a_namespace_tells_services_of_one_name_apart() {
    let both = ["shop", "staging"].iter().fold(Given::default(), |given, namespace| {
        given
            .and(service("reviews").namespace(namespace))
            .and(version("reviews", "v1").namespace(namespace))
            .and(version("reviews", "v2").namespace(namespace))
    });
    let found = both
        .clone()
        .policy("services: [{name: reviews, namespace: staging, defaultVersion: v2}, {name: reviews, namespace: shop}]")
        .run();
    let defaults: Vec<&str> = found
        .quiet()
        .generated
        .iter()
        .filter(|object| object.contains("kind: VirtualService"))
        .map(|object| object.trim_end().rsplit(' ').next().unwrap())
        .collect();
    assert_eq!(defaults, ["v1", "v2"], "shop, then staging");
    both.policy("services: [{name: reviews, defaultVersion: v2}]").run().only(Code::PolicyServiceAmbiguous);
}
