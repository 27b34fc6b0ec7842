//! Workloads of one Service whose selectors overlap, and what counts Pods of several versions.

use super::*;

/// `cart` in two versions, whose Deployments have these selectors.
fn cart(first: &str, second: &str) -> Given {
    let of = |value: &str, selector: &str| version("cart", value).spec(&format!("selector: {selector}"));
    given(service("cart")).and(of("v1", first)).and(of("v2", second))
}

const COPIED: &str = "{matchLabels: {app: cart}}";

fn own(value: &str) -> String {
    format!("{{matchLabels: {{app: cart, version: {value}}}}}")
}

/// An object that scales a Deployment.
fn autoscaler(target: &str) -> String {
    format!(
        "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata:\n  name: scaler\nspec: {{maxReplicas: 3, \
         scaleTargetRef: {{apiVersion: apps/v1, kind: Deployment, name: {target}}}}}\n"
    )
}

fn budget(name: &str, selector: &str) -> String {
    format!(
        "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata:\n  name: {name}\nspec: {{minAvailable: 1, selector: \
         {selector}}}\n"
    )
}

#[test]
fn a_copied_deployment_selects_the_pods_of_its_original() {
    let found = cart(COPIED, COPIED).run();
    let finding = found.only(Code::SelectorsOverlap);
    assert_eq!(finding.severity, Severity::Warning);
    assert_eq!(finding.place.object.as_ref().unwrap().name, "cart-v2");
    assert_eq!(finding.place.field.as_deref(), Some("spec.selector"));
    assert!(finding.message.contains("Deployment cart-v1"), "{}", finding.message);
    assert!(finding.cure.contains("such as the version label, to `spec.selector`"), "{}", finding.cure);
    assert_eq!(found.routes("cart").len(), 2, "the rules are right all the same");
}

/// What serves today is the last that should be touched, whatever the order of the names.
#[test]
fn of_a_pair_the_one_that_is_not_the_default_is_named() {
    let of = |value: &str| version("cart", value).spec(&format!("selector: {COPIED}"));
    for (value, policy) in
        [("pr-123", "defaultVersion: v1"), ("v2", "defaultVersion: v1"), ("v0", "defaultVersion: v1")]
    {
        let found = given(service("cart")).and(of(value)).and(of("v1")).policy(policy).run();
        let finding = found.only(Code::SelectorsOverlap);
        assert_eq!(finding.place.object.as_ref().unwrap().name, format!("cart-{value}"));
        assert!(finding.cure.contains("delete the old one when the new one serves"), "{}", finding.cure);
    }
}

#[test]
fn selectors_that_match_each_other_are_found_however_they_are_written() {
    for (first, second) in [
        ("{matchExpressions: [{key: app, operator: In, values: [cart, basket]}]}", COPIED),
        ("{matchLabels: {app: cart}, matchExpressions: [{key: version, operator: Exists}]}", COPIED),
        (
            "{matchExpressions: [{key: tier, operator: DoesNotExist}]}",
            "{matchExpressions: [{key: app, operator: Exists}]}",
        ),
    ] {
        let found = cart(first, second).run();
        assert_eq!(found.only(Code::SelectorsOverlap).severity, Severity::Warning, "{first} {second}");
    }
    let both_versions = || {
        let of = |value: &str| {
            workload("v1", "ReplicationController", &format!("cart-{value}"))
                .of("cart")
                .version(value)
                .spec("selector: {app: cart}")
        };
        given(service("cart")).and(of("v1")).and(of("v2"))
    };
    both_versions().run().only(Code::SelectorsOverlap);
}

#[test]
fn many_copies_are_said_once() {
    let copies = (1..=9)
        .fold(given(service("cart")).and(service("cart-admin").selector("{app: cart}")), |given, number| {
            given.and(version("cart", &format!("v{number}")).spec(&format!("selector: {COPIED}")))
        });
    let found = copies.run();
    let message = &found.only(Code::SelectorsOverlap).message;
    assert!(message.contains("Deployment cart-v5 and 3 more"), "{message}");
    let same = given(service("cart"))
        .and(version("cart", "v1").spec(&format!("selector: {COPIED}")))
        .and(deployment("cart-b").of("cart").version("v1").spec(&format!("selector: {COPIED}")));
    same.run().only(Code::SelectorsOverlap);
}

#[test]
fn selectors_of_their_own_are_fine() {
    cart(&own("v1"), &own("v2")).run().quiet();
    cart("{matchExpressions: [{key: version, operator: In, values: [v1]}]}", &own("v2")).run().quiet();
    cart("{matchExpressions: [{key: version, operator: NotIn, values: [v2]}]}", &own("v2")).run().quiet();
    // What cannot be read says nothing about routing.
    for selector in ["[a]", "{}", "{matchLabels: [a]}", "{matchExpressions: [{key: app, operator: Is}]}", ""] {
        cart(selector, COPIED.replace("cart", "other").as_str()).run().quiet();
    }
    let elsewhere = cart(&own("v1"), &own("v2"))
        .and(version("cart", "v3").namespace("other").spec(&format!("selector: {COPIED}")))
        .and(service("ratings"))
        .and(version("ratings", "v1").spec("selector: {matchLabels: {app: cart}}"));
    elsewhere.run().only(Code::UnselectedWorkload);
}

/// The selector of what is in the cluster cannot be changed, so the one who adds a version can do no more than this.
#[test]
fn a_selector_that_matches_in_one_direction_is_worth_knowing() {
    let found = cart(COPIED, &own("v2")).run();
    let finding = found.only(Code::SelectorsOverlap);
    assert_eq!((finding.severity, finding.place.object.as_ref().unwrap().name.as_str()), (Severity::Info, "cart-v1"));
}

#[test]
fn what_a_controller_made_itself_is_not_a_copy() {
    let made = |name: &str, value: &str| {
        workload("apps/v1", "ReplicaSet", name)
            .of("cart")
            .version(value)
            .pod_label("pod-template-hash: abc")
            .spec(&format!("selector: {{matchLabels: {{app: cart, version: {value}, pod-template-hash: abc}}}}"))
    };
    let running = |value: &str| pod(&format!("cart-{value}-x")).of("cart").version(value);
    let found = cart(&own("v1"), &own("v2")).and(made("a", "v1")).and(made("b", "v2")).and(running("v1")).run();
    found.quiet();
}

#[test]
fn an_autoscaler_that_counts_another_version_is_told_of() {
    let found = cart(COPIED, &own("v2")).and(autoscaler("cart-v1")).run();
    assert_eq!(found.codes(), [Code::SelectorsOverlap, Code::CountsVersions]);
    let finding = found.findings.iter().find(|finding| finding.code == Code::CountsVersions).unwrap();
    assert_eq!(finding.severity, Severity::Warning);
    assert_eq!(finding.place.object.as_ref().unwrap().kind, "HorizontalPodAutoscaler");
    assert_eq!(finding.place.field.as_deref(), Some("spec.scaleTargetRef"));
    assert!(finding.message.contains("of Deployment cart-v1 counts the Pods of version `v2`"), "{}", finding.message);

    let found = cart(COPIED, COPIED).and(autoscaler("cart-v2")).run();
    assert_eq!(found.codes(), [Code::SelectorsOverlap, Code::CountsVersions]);
    let keda = "apiVersion: keda.sh/v1alpha1\nkind: ScaledObject\nmetadata: {name: scaler}\nspec: {scaleTargetRef: {name: cart-v1}}\n";
    assert!(cart(COPIED, COPIED).and(keda).run().codes().contains(&Code::CountsVersions));

    cart(&own("v1"), &own("v2")).and(autoscaler("cart-v1")).run().quiet();
    let found = cart(COPIED, &own("v2")).and(autoscaler("cart-v2")).run();
    assert_eq!(found.codes(), [Code::SelectorsOverlap], "the other one is right");
    cart(&own("v1"), &own("v2"))
        .and("apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nspec: 7\n")
        .run()
        .quiet();
}

#[test]
fn a_disruption_budget_over_several_versions_is_told_of() {
    let pods = || cart(&own("v1"), &own("v2"));
    for selector in [COPIED, "{matchExpressions: [{key: app, operator: Exists}]}"] {
        let found = pods().and(budget("both", selector)).run();
        let finding = found.only(Code::CountsVersions);
        assert_eq!((finding.severity, finding.place.field.as_deref()), (Severity::Warning, Some("spec.selector")));
        assert!(finding.message.contains("versions `v1`, `v2` of Service cart"), "{}", finding.message);
    }
    for selector in [own("v1").as_str(), "{matchLabels: {app: ratings}}", "{}", "7"] {
        pods().and(budget("one", selector)).run().quiet();
    }
    let several =
        pods().and(service("cart-admin").selector("{app: cart}")).and(budget("a", COPIED)).and(budget("b", COPIED));
    assert_eq!(several.run().codes(), [Code::CountsVersions, Code::CountsVersions], "each is said once");
    let alone = given(service("cart")).and(version("cart", "v1")).and(budget("one", COPIED));
    alone.run().quiet();
}
