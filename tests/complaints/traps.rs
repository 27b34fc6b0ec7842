//! Short and full hosts over namespaces mean different Services (istio#15425, #54147), versions with dots are no subset
//! names (istio#28567, #30188), and what is exported to some namespaces leaves others with half of it (istio#44366,
//! #49409).

use super::*;

/// `reviews` in two namespaces, and what `explain` says of both.
fn two_shops() -> Given {
    let other = |value: &str| version("reviews", value).namespace("other");
    shop().and(service("reviews").namespace("other")).and(other("v1")).and(other("v2"))
}

fn in_both(stream: &str, lines: &str) -> [String; 2] {
    ["shop", "other"].map(|namespace| {
        explain_in(stream, ("reviews", namespace), "/", lines, Settings::default()).outcome.to_string()
    })
}

#[test]
fn a_short_host_means_the_rules_own_namespace_and_a_full_one_any() {
    let spec = |host: &str| format!("{{hosts: [{host}], http: [{{route: [{{destination: {{host: {host}}}}}]}}]}}");
    let cases = [
        ("other", "reviews"),
        ("shop", "reviews.other.svc.cluster.local"),
        ("front", "reviews.other.svc.cluster.local"),
    ];
    for (namespace, host) in cases {
        let found = two_shops().and(rule("VirtualService", "mine", namespace, &spec(host))).run();
        let names: Vec<String> = objects(&found.rendered, "VirtualService")
            .iter()
            .map(|rule| {
                format!(
                    "{}/{}",
                    rule["metadata"]["namespace"].as_str().unwrap(),
                    rule["metadata"]["name"].as_str().unwrap()
                )
            })
            .collect();
        assert_eq!(names.len(), 2, "{names:?}");
        assert!(
            names.contains(&format!("{namespace}/mine")) && names.contains(&"shop/reviews-overrides".to_owned()),
            "{names:?}"
        );
        let ask = |lines: &str| in_both(&found.rendered, lines);
        assert_eq!(ask(""), ["v1", "v1"]);
        assert_eq!(ask(V2), ["v2", "v2"]);
        assert_eq!(ask("x-override: reviews.other:v2"), ["v1", "v2"]);
        assert_eq!(ask("x-override: reviews.shop:v2, reviews.other:v1"), ["v2", "v1"]);
    }
}

#[test]
fn a_clients_own_destination_rule_does_not_hide_the_subsets_from_it() {
    let client = rule(
        "DestinationRule",
        "mine",
        "front",
        "{host: reviews.shop.svc.cluster.local, trafficPolicy: {tls: {mode: DISABLE}}}",
    );
    let found = two_shops().and(client).run();
    // `explain` asks as a client in `front`.
    assert_eq!(in_both(&found.rendered, "x-override: reviews.shop:v2"), ["v2", "v1"]);
    assert_eq!(in_both(&found.rendered, ""), ["v1", "v1"]);
    let subsets = object(&found.rendered, "DestinationRule", "mine")["spec"]["subsets"].clone();
    assert_eq!(subsets.as_array().unwrap().len(), 2, "{subsets}");
}

#[test]
fn dots_and_underscores_stay_in_versions_and_not_in_subset_names() {
    let values = ["1.2.3", "1_2", "v1.0", "1-2-3"];
    let found = values.iter().fold(shop(), |given, value| given.and(in_shop(&format!("'{value}'")))).run();
    let subsets = object(&found.rendered, "DestinationRule", "reviews-overrides")["spec"]["subsets"].clone();
    let names: std::collections::BTreeSet<&str> =
        subsets.as_array().unwrap().iter().map(|subset| subset["name"].as_str().unwrap()).collect();
    assert_eq!(names.len(), values.len() + 2, "each has its own, though 1.2.3 and 1-2-3 look alike: {names:?}");
    let is_legal = |name: &&str| name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    assert!(names.iter().all(is_legal), "{names:?}");
    for value in values {
        assert_eq!(ask(&found.rendered, &format!("x-override: reviews:{value}")), value);
    }
    // A dot is a dot, not any character.
    assert_eq!(ask(&found.rendered, "x-override: reviews:1x2x3"), "v1");
}

/// Advised for large meshes: what a client sees is whole, and what it does not see changes nothing for it.
#[test]
fn a_rule_that_only_some_namespaces_see_is_merged_into_for_those() {
    for (export_to, in_front) in [("'.'", false), ("front", true), ("front, shop", true)] {
        let routes = "hosts: [reviews], http: [{route: [{destination: {host: reviews}}]}]";
        for (kind, spec) in [("VirtualService", routes), ("DestinationRule", "host: reviews")] {
            let found = shop().and(rule(kind, "mine", "shop", &format!("{{exportTo: [{export_to}], {spec}}}"))).run();
            assert!(found.codes().contains(&Code::SeenBySome), "{kind} {export_to}: {:#?}", found.findings);
            let expected = if in_front { ["v1", "v2"] } else { ["any of v1, v2"; 2] };
            assert_eq!(both(&found.rendered), expected, "{kind} {export_to}");
        }
    }
}

#[test]
fn labels_of_the_object_are_not_taken_for_those_of_its_pods() {
    let odd = version("reviews", "v2").namespace("shop").own_label("version: v9");
    let found = given(service("reviews").namespace("shop")).and(in_shop("v1")).and(odd).run();
    assert_eq!(both(&found.rendered), ["v1", "v2"]);
    assert_eq!(ask(&found.rendered, "x-override: reviews:v9"), "v1");
}

/// Clients may call `reviews.shop`, and Istio completes names without a dot only.
#[test]
fn half_a_name_is_neither_taken_for_the_service_nor_trampled_on() {
    for half in ["reviews.shop", "reviews.shop.svc"] {
        let found = shop().and(rule("DestinationRule", "half", "shop", &format!("{{host: {half}}}"))).run();
        assert_eq!(both(&found.rendered), ["v1", "v2"]);
        let spec = format!("{{hosts: [{half}], http: [{{route: [{{destination: {{host: reviews}}}}]}}]}}");
        let found = shop().and(virtual_service("half", &spec)).run();
        passed_over(&found, Code::CannotMerge, half);
        let remarks = explain(&found.rendered, "reviews", "/", "").remarks;
        assert!(remarks.iter().any(|remark| remark.to_string().contains(half)), "{remarks:?}");
    }
}
