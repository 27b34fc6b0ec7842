//! What the first system of this kind got wrong, each with a test.
//!
//! Three of its troubles only a live cluster shows, and there is no code here that could have them: after an error it
//! tried again every second for ever, its finalizers were left on Services when it was uninstalled, and it published
//! an Event before it did the work, which a terminating namespace refuses. A pure function retries nothing, owns
//! nothing and publishes nothing. What such a system did to the *configuration* on the way is tested below.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that panics has failed"
)]

mod support;

use overrides::finding::{Code, Severity};
use support::given::{Document, Given, deployment, given, pod, service, version};

fn two_versions() -> Given {
    given(service("reviews")).and(version("reviews", "v1")).and(version("reviews", "v2"))
}

/// Quirk 1: Two Pods of one version gave two subsets of one name, which Istio rejects: every Deployment with more than one
/// replica broke its Service.
#[test]
fn two_pods_of_one_version_give_one_subset() {
    let pods = given(service("reviews"))
        .and(pod("a").of("reviews").version("v1"))
        .and(pod("b").of("reviews").version("v1"))
        .and(version("reviews", "v2").replicas(3))
        .run();
    assert_eq!(pods.quiet().subsets("reviews"), ["v1 version: v1", "v2 version: v2"]);
    assert_eq!(pods.routes("reviews"), ["override-reviews-v2 by x-override, baggage -> v2", "default-reviews -> v1"]);
}

/// Quirk 2: The raw version was the name of the subset, and `1.2.3` and `v1_2` are none that Istio takes.
#[test]
fn a_version_with_dots_or_underscores_gets_a_legal_subset_name_and_keeps_its_value() {
    let found = two_versions().and(version("reviews", "'1.2.3'")).and(version("reviews", "v1_2")).run();
    assert_eq!(
        found.quiet().subsets("reviews"),
        ["1-2-3 version: 1.2.3", "v1 version: v1", "v1-2 version: v1_2", "v2 version: v2"]
    );
    assert_eq!(found.subset_for("reviews", &[("x-override", "reviews:1.2.3")]), "1-2-3");
    assert_eq!(found.subset_for("reviews", &[("x-override", "reviews:v1_2")]), "v1-2");
    assert_eq!(found.subset_for("reviews", &[("x-override", "reviews:v1-2")]), "v1", "the name is not the value");
}

/// Quirk 2: `1.2` and `1-2` are two versions, and would get one name.
#[test]
fn versions_whose_legal_names_collide_get_names_that_do_not_depend_on_their_order() {
    let versions = ["'1.2'", "1-2", "'1_2'"];
    let of = |order: [usize; 3]| {
        let start = given(service("reviews").annotation("overrides.dev/default-version: 1-2"));
        let found = order.iter().fold(start, |given, index| {
            given.and(deployment(&format!("d{index}")).of("reviews").version(versions[*index]))
        });
        found.run()
    };
    let found = of([0, 1, 2]);
    let subsets = found.quiet().subsets("reviews");
    assert!(subsets.contains(&"1-2 version: 1-2".to_owned()), "the legal one keeps its name: {subsets:?}");
    assert_eq!(subsets.len(), 3);
    for order in [[2, 1, 0], [1, 0, 2], [2, 0, 1]] {
        assert_eq!(of(order).generated, found.generated);
    }
    let taken: Vec<String> = ["1.2", "1_2", "1-2"]
        .iter()
        .map(|value| found.subset_for("reviews", &[("x-override", &format!("reviews:{value}"))]))
        .collect();
    assert!(taken[0].starts_with("1-2-") && taken[1].starts_with("1-2-") && taken[0] != taken[1], "{taken:?}");
    assert_eq!(taken[2], "1-2");
}

/// Quirk 3: The default route went to the subset `v1` whether there was one or not: without it the Service was down.
#[test]
fn a_service_without_v1_never_gets_a_default_route_to_it() {
    let one = given(service("reviews")).and(version("reviews", "v3")).run();
    assert_eq!(one.quiet().routes("reviews"), ["default-reviews -> v3"]);

    let several = given(service("reviews")).and(version("reviews", "v2")).and(version("reviews", "v3")).run();
    let finding = several.only(Code::NoDefault);
    assert!(finding.message.contains("`v2`, `v3`"), "the versions are listed: {}", finding.message);
    several.unchanged();
}

/// Quirk 3: A `v1` that is scaled to zero is a default without Pods, and nobody was told.
#[test]
fn a_default_that_is_scaled_to_zero_is_warned_about() {
    let found = given(service("reviews")).and(version("reviews", "v1").replicas(0)).and(version("reviews", "v2")).run();
    found.only(Code::ScaledToZero);
    assert_eq!(found.routes("reviews").last().unwrap(), "default-reviews -> v1");
}

/// Quirk 4: One Pod without a version label made the whole operator panic.
#[test]
fn a_pod_without_a_version_label_is_a_finding_of_its_own_service_only() {
    let other = given(service("ratings")).and(version("ratings", "v1"));
    let none = other.clone().and(service("reviews")).and(pod("a").of("reviews")).run();
    none.only(Code::NoVersions);
    assert_eq!(none.routes("ratings"), ["default-ratings -> v1"], "the other Service gets its rules");
    assert_eq!(none.routes("reviews"), Vec::<String>::new());

    let some = two_versions().and(pod("a").of("reviews")).run();
    assert_eq!(some.only(Code::SomeUnversioned).place.object.as_ref().unwrap().name, "a");
}

/// Quirk 5: The dot was not escaped: `reviews:1x2` took version `1.2`.
#[test]
fn a_dot_in_a_version_stands_for_a_dot_only() {
    let found = two_versions().and(version("reviews", "'1.2'")).run();
    for value in ["reviews:1x2", "reviews:12", "reviews:1-2", "reviews:1.2.3", "reviews:11.2", "xreviews:1.2"] {
        assert_eq!(found.subset_for("reviews", &[("x-override", value)]), "v1", "{value}");
        let member = format!("override-{}", value.replace(':', "="));
        assert_eq!(found.subset_for("reviews", &[("baggage", &member)]), "v1", "{member}");
    }
    assert_eq!(found.subset_for("reviews", &[("x-override", "reviews:1.2")]), "1-2");
    assert_eq!(found.subset_for("reviews", &[("baggage", "override-reviews=1.2")]), "1-2");
}

/// Quirk 6: `a:v1, reviews:v2` did not match, and that is how Node and others join repeated headers.
#[test]
fn white_space_between_overrides_does_not_matter() {
    let found = two_versions().run();
    let headers = [
        "reviews:v2",
        " reviews:v2",
        "reviews:v2 ",
        "a:v1,reviews:v2",
        "a:v1, reviews:v2",
        "a:v1 ,\treviews:v2\t, b:v3",
        "reviews:v2, b:v3",
        ",reviews:v2,",
    ];
    for value in headers {
        assert_eq!(found.subset_for("reviews", &[("x-override", value)]), "v2", "{value:?}");
    }
    let members = [
        "override-reviews=v2",
        "a=b,override-reviews=v2",
        "a=b;p=q , override-reviews = v2 ;p=q, c=d",
        "override-reviews=v2%3Bp=q",
        "override-reviews=v2%3bp=q,c=d",
        "override-a=v1,override-reviews=v2,override-b=v1",
    ];
    for value in members {
        assert_eq!(found.subset_for("reviews", &[("baggage", value)]), "v2", "{value:?}");
    }
    for value in ["reviews: v2", "reviews :v2", "reviews:v2x", "reviews:v2 x", "a reviews:v2", "reviews:v2;a", ""] {
        assert_eq!(found.subset_for("reviews", &[("x-override", value)]), "v1", "{value:?}");
    }
}

/// Quirk 7: Of several overrides for one Service the order of the Pod list decided.
#[test]
fn several_overrides_for_one_service_are_decided_by_the_rules_whatever_the_input_order() {
    let forwards = two_versions().and(version("reviews", "v3")).run();
    let backwards = given(version("reviews", "v3"))
        .and(version("reviews", "v2"))
        .and(version("reviews", "v1"))
        .and(service("reviews"))
        .run();
    assert_eq!(forwards.generated, backwards.generated);
    for header in ["reviews:v1,reviews:v2", "reviews:v2,reviews:v1", "reviews:v3, reviews:v2", "reviews:v2,reviews:v3"]
    {
        assert_eq!(forwards.subset_for("reviews", &[("x-override", header)]), "v2", "{header}: a preview, the first");
    }
}

/// Quirk 7: An unknown version took the default without a word. It still does, by intent: nothing else is safe to guess.
#[test]
fn an_unknown_version_takes_the_default() {
    let found = two_versions().run();
    for header in ["reviews:v9", "reviews:", "reviews", "ratings:v2", "v2"] {
        assert_eq!(found.subset_for("reviews", &[("x-override", header)]), "v1", "{header}");
    }
    assert_eq!(found.subset_for("reviews", &[]), "v1");
}

/// Quirk 8: The DestinationRule had the Service's name, and collided with the user's own.
#[test]
fn generated_objects_do_not_take_the_name_that_a_users_rule_is_likely_to_have() {
    let users = "apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata:\n  name: reviews\nspec:\n  host: \
                 other\n";
    let found = two_versions().and(users).run();
    assert!(found.quiet().output.starts_with(&found.input), "the user's object is untouched");
    assert!(found.object("DestinationRule", "reviews-overrides").is_some());
    assert!(found.object("DestinationRule", "reviews").is_none());
}

/// Quirk 8: And whatever name is taken after all is never overwritten.
#[test]
fn an_object_of_the_users_with_a_generated_name_is_an_error_and_stays() {
    for kind in ["DestinationRule", "VirtualService"] {
        let users = format!(
            "apiVersion: networking.istio.io/v1beta1\nkind: {kind}\nmetadata:\n  name: reviews-overrides\nspec: {{}}\n"
        );
        let found = two_versions().and(users).run();
        assert_eq!(found.only(Code::NameTaken).place.object.as_ref().unwrap().kind, kind);
        found.unchanged();
    }
}

/// Quirk 9: Even `default/kubernetes` and Services without a selector were taken in, before anything was checked.
#[test]
fn the_api_servers_service_and_services_without_a_selector_are_left_alone() {
    let api = "apiVersion: v1\nkind: Service\nmetadata:\n  name: kubernetes\n  namespace: default\nspec:\n  selector: \
               {app: reviews}\n  ports: [{name: https, port: 443}]\n";
    let found = given(api).and(version("reviews", "v1")).run();
    found.only(Code::ApiServer);
    found.unchanged();

    let without = "apiVersion: v1\nkind: Service\nmetadata:\n  name: reviews\nspec:\n  ports: [{port: 80}]\n";
    let found = given(without).and(version("reviews", "v1")).run();
    assert_eq!(found.codes(), [Code::UnselectedWorkload, Code::NoSelector]);
    found.unchanged();
}

/// Quirk 11: When a Service lost its selector its DestinationRule and VirtualService stayed behind.
#[test]
fn a_service_that_loses_its_selector_loses_its_generated_objects() {
    let before = two_versions().run();
    let found = before
        .generated
        .iter()
        .fold(given(service("reviews").selector("{}")).and(version("reviews", "v1")), |given, object| {
            given.and(object.as_str())
        })
        .run();
    assert_eq!(found.codes(), [Code::UnselectedWorkload, Code::NoSelector, Code::Removed, Code::Removed]);
    assert_eq!(found.generated, Vec::<String>::new());
}

/// Quirk 11: So does one that is gone, or a version that is gone.
#[test]
fn a_service_or_version_that_is_gone_takes_its_generated_parts_with_it() {
    let before = two_versions().run();
    let with_objects = |given: Given| before.generated.iter().fold(given, |given, object| given.and(object.as_str()));
    let gone = with_objects(given(version("reviews", "v1"))).run();
    assert_eq!(gone.codes(), [Code::UnselectedWorkload, Code::Removed, Code::Removed]);
    assert_eq!(gone.generated, Vec::<String>::new());

    let retired = with_objects(given(service("reviews")).and(version("reviews", "v1"))).run();
    assert_eq!(retired.quiet().subsets("reviews"), ["v1 version: v1"]);
    assert_eq!(retired.routes("reviews"), ["default-reviews -> v1"]);
}

/// Quirk 12: An empty selector selected every Pod.
#[test]
fn an_empty_selector_selects_nothing() {
    for selector in ["{}", "null", "~"] {
        let found = given(service("reviews").selector(selector)).and(version("reviews", "v1")).run();
        assert_eq!(found.codes(), [Code::UnselectedWorkload, Code::NoSelector], "the workload has no Service");
        found.unchanged();
    }
}

/// Quirk 12: An ExternalName with a selector was processed like any other Service.
#[test]
fn an_external_name_with_a_selector_is_passed_over() {
    let found = given(service("reviews").spec("type: ExternalName").spec("externalName: example.com"))
        .and(version("reviews", "v1"))
        .run();
    found.only(Code::ExternalName);
    found.unchanged();
}

/// Quirk 13: Services with several ports were not told from others: destinations without a port are an error to Istio then.
#[test]
fn a_service_with_several_ports_gets_rules_for_each_and_ports_in_its_destinations() {
    let found = given(service("reviews").port("name: http, port: 80").port("name: grpc, port: 90"))
        .and(version("reviews", "v1"))
        .and(version("reviews", "v2"))
        .run();
    assert_eq!(
        found.quiet().routes("reviews"),
        [
            "override-reviews-v2 on 80 by x-override, baggage -> v2:80",
            "default-reviews on 80 -> v1:80",
            "override-reviews-v2 on 90 by x-override, baggage -> v2:90",
            "default-reviews on 90 -> v1:90",
        ]
    );
}

/// Quirk 13: Nor were TCP ports: their connections spread over all versions, previews among them.
#[test]
fn a_tcp_port_stays_on_the_default_version() {
    let found = given(service("reviews").port("name: http, port: 80").port("name: tcp-data, port: 9000"))
        .and(version("reviews", "v1"))
        .and(version("reviews", "v2"))
        .run();
    assert_eq!(found.only(Code::TcpPort).severity, Severity::Info);
    assert_eq!(
        found.routes("reviews"),
        ["override-reviews-v2 by x-override, baggage -> v2:80", "default-reviews -> v1:80", "tcp 9000 -> v1:9000",]
    );
}

/// Quirk 13: Nor were headless Services, where subsets do nothing.
#[test]
fn a_headless_service_is_passed_over() {
    let found = given(service("reviews").spec("clusterIP: None")).and(version("reviews", "v1")).run();
    found.only(Code::Headless);
    found.unchanged();
}

/// Quirk 14: Services of one name in two namespaces both followed one override, and nothing could tell them apart.
#[test]
fn an_override_can_name_the_namespace_of_its_service() {
    let both = ["shop", "staging"].iter().fold(Given::default(), |given, namespace| {
        given
            .and(service("reviews").namespace(namespace))
            .and(version("reviews", "v1").namespace(namespace))
            .and(version("reviews", "v2").namespace(namespace))
    });
    let found = both.run();
    assert_eq!(found.quiet().generated.len(), 4);
    let taken = |namespace: &str, header: &str| {
        let mut one = both.clone().run();
        one.generated.retain(|object| object.contains(&format!("namespace: {namespace}")));
        one.subset_for("reviews", &[("x-override", header)])
    };
    assert_eq!((taken("shop", "reviews.shop:v2"), taken("staging", "reviews.shop:v2")), ("v2".into(), "v1".into()));
    assert_eq!(
        (taken("shop", "reviews.staging:v2"), taken("staging", "reviews.staging:v2")),
        ("v1".into(), "v2".into())
    );
    assert_eq!((taken("shop", "reviews:v2"), taken("staging", "reviews:v2")), ("v2".into(), "v2".into()));
    assert_eq!(taken("shop", "reviewsxshop:v2"), "v1", "the dot is a dot");
}

/// Quirk 15: Nothing looked for the user's own rules for a host: a second VirtualService is ignored whole, or ignores theirs.
#[test]
fn a_users_own_rule_for_the_host_is_respected_and_named() {
    for (kind, spec, code) in [
        ("DestinationRule", "{host: reviews}", Code::DestinationRuleExists),
        ("DestinationRule", "{host: reviews.default.svc.cluster.local}", Code::DestinationRuleExists),
        ("VirtualService", "{hosts: [reviews]}", Code::VirtualServiceExists),
        ("VirtualService", "{hosts: [other, reviews], gateways: [ingress, mesh]}", Code::VirtualServiceExists),
    ] {
        let users =
            format!("apiVersion: networking.istio.io/v1alpha3\nkind: {kind}\nmetadata:\n  name: mine\nspec: {spec}\n");
        let found = two_versions().policy("existing: skip").and(users).run();
        assert!(found.only(code).message.contains(&format!("{kind} mine")), "{:?}", found.findings);
        found.unchanged();
    }
}

/// Quirk 15: A gateway that routes to the Service by itself got nothing of it, and nobody was told.
#[test]
fn a_gateways_route_to_the_service_is_warned_about() {
    let users = "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata:\n  name: edge\nspec:\n  hosts: \
                 [shop.example.com]\n  gateways: [ingress]\n  http:\n  - route:\n    - destination: {host: reviews}\n";
    let found = two_versions().policy("existing: skip").and(users).run();
    found.only(Code::RouteWithoutSubset);
    assert_eq!(found.generated.len(), 2, "the mesh gets its rules all the same");
}

/// Quirk 16: The output followed the order of the Pod list, so that every run was another diff.
#[test]
fn the_generated_objects_do_not_depend_on_the_order_of_the_input() {
    let documents: Vec<String> = ["ratings", "details", "reviews"]
        .iter()
        .flat_map(|name| {
            let versions = ["v10", "v2", "v1"].map(|value| version(name, value).document());
            [service(name).document()].into_iter().chain(versions)
        })
        .collect();
    let run = |documents: &[String]| {
        let given = documents.iter().fold(Given::default(), |given, document| given.and(document.as_str()));
        given.run().generated
    };
    let generated = run(&documents);
    assert_eq!(generated.len(), 6);
    for turn in 1..documents.len() {
        let mut turned = documents.clone();
        turned.rotate_left(turn);
        assert_eq!(run(&turned), generated);
        turned.reverse();
        assert_eq!(run(&turned), generated);
    }
}

/// Quirk 17: Istio rejects expressions over 1024 bytes, and nothing checked.
#[test]
fn a_regex_that_istio_would_reject_is_an_error_before_istio_sees_it() {
    let of = |length: usize| {
        let name = "r".repeat(length);
        given(service(&name))
            .and(deployment("a").of(&name).version("v1"))
            .and(deployment("b").of(&name).version("v2"))
            .run()
    };
    // The longest of what Kubernetes allows: 63 characters each for name, namespace and version.
    let longest = "x".repeat(63);
    let dotted = format!("'{}{}'", "1.".repeat(31), 1);
    let found = given(service(&longest).namespace(&longest).annotation("overrides.dev/default-version: v1"))
        .and(deployment("a").namespace(&longest).of(&longest).version("v1"))
        .and(deployment("b").namespace(&longest).of(&longest).version(&dotted))
        .policy("tracestate: true")
        .run();
    for header in ["x-override", "baggage", "tracestate"] {
        assert!(found.quiet().regexes(&longest, header).iter().all(|regex| regex.len() <= 1024));
    }
    assert!(of(900).findings.is_empty());
    let too_long = of(1000);
    assert!(too_long.only(Code::RegexTooLong).message.contains("1024"));
    too_long.unchanged();
}
