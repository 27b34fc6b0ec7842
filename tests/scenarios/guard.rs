//! The guard: overrides for versions that do not exist.

use super::*;

#[test]
fn the_guard_stands_behind_every_version_and_before_the_default() {
    let rejecting = two_versions().policy("unknownVersion: reject").run();
    assert_eq!(
        rejecting.quiet().routes("reviews"),
        [
            "override-reviews-v2 by x-override, baggage -> v2",
            "override-reviews-v1 by x-override, baggage -> v1",
            "unknown-reviews by x-override, baggage -> answer 404",
            "default-reviews -> v1",
        ]
    );
    let marking = two_versions().policy("unknownVersion: mark, baggage: false").run();
    assert_eq!(marking.quiet().routes("reviews")[2], "unknown-reviews by x-override -> v1, marked");
    assert_eq!(two_versions().policy("unknownVersion: default").run().quiet().routes("reviews"), TWO_ROUTES);
}

#[test]
fn a_service_with_one_version_is_guarded_as_well() {
    let one = given(service("reviews")).and(version("reviews", "v1")).policy("unknownVersion: mark").run();
    assert_eq!(one.quiet().subset_for("reviews", &[("x-override", "reviews:v9")]), "v1, marked");
    assert_eq!(one.subset_for("reviews", &[("x-override", "reviews:v1")]), "v1");
}

#[test]
fn the_guards_answer_says_what_there_is_on_every_port() {
    let found = golden::guard_on_every_port().run();
    insta::assert_snapshot!(found.quiet().object("VirtualService", "reviews-overrides").unwrap()["spec"]["http"][3]);
    let ports: Vec<String> = found.routes("reviews").into_iter().filter(|route| route.contains("unknown")).collect();
    assert_eq!(
        ports,
        [
            "unknown-reviews on 80 by x-route-to, baggage, tracestate -> answer 404",
            "unknown-reviews on 90 by x-route-to, baggage, tracestate -> answer 404",
        ]
    );
}

#[test]
fn what_names_the_service_with_another_version_is_caught_and_nothing_else_is() {
    let found = in_shop().policy("unknownVersion: mark, tracestate: true").run();
    let takes = |header: &str, value: &str| found.quiet().subset_for("reviews", &[(header, value)]);
    for (header, value) in [
        ("x-override", "reviews:v9"),
        ("x-override", "reviews:"),
        ("x-override", "a:b, reviews.shop:v22 ,c:d"),
        ("x-override", "reviews:V2"),
        ("baggage", "override-reviews=v9"),
        ("baggage", "a=b, override-reviews.shop = v9;p=1,c=d"),
        ("baggage", "override-reviews=v2x%3Bp=1"),
        ("tracestate", "a=b,ov=x:y;reviews:v9;z:z,c=d"),
    ] {
        assert_eq!(takes(header, value), "v1, marked", "{header}: {value}");
    }
    for (header, value) in [
        ("x-override", ""),
        ("x-override", "reviews"),
        ("x-override", "xreviews:v9, reviewsx:v9"),
        ("x-override", "reviews.other:v9"),
        ("x-override", "ratings:reviews"),
        ("x-override", "reviews:v1"),
        ("baggage", "override-reviewsx=v9"),
        ("baggage", "reviews=v9"),
        ("baggage", "override-reviews=v1"),
        ("tracestate", "ov=x:y,reviews:v9"),
        ("tracestate", "xov=reviews:v9"),
    ] {
        assert_eq!(takes(header, value), "v1", "{header}: {value}");
    }
}

#[test]
fn a_version_that_exists_beats_one_that_does_not_wherever_they_stand() {
    let found = two_versions().policy("unknownVersion: reject").run();
    for headers in [
        vec![("x-override", "reviews:v9, reviews:v2")],
        vec![("x-override", "reviews:v2, reviews:v9")],
        vec![("x-override", "reviews:v9"), ("baggage", "override-reviews=v2")],
    ] {
        assert_eq!(found.subset_for("reviews", &headers), "v2", "{headers:?}");
    }
    assert_eq!(found.subset_for("reviews", &[("x-override", "reviews:v1, reviews:v9")]), "v1");
}
