//! What carries overrides.

use super::*;

#[test]
fn baggage_can_be_left_out_and_tracestate_added() {
    let carriers = |policy: &str| two_versions().policy(policy).run().quiet().routes("reviews")[0].clone();
    assert_eq!(carriers(""), "override-reviews-v2 by x-override, baggage -> v2");
    assert_eq!(carriers("baggage: false"), "override-reviews-v2 by x-override -> v2");
    assert_eq!(carriers("tracestate: true"), "override-reviews-v2 by x-override, baggage, tracestate -> v2");
    assert_eq!(carriers("baggage: false, tracestate: true"), "override-reviews-v2 by x-override, tracestate -> v2");
    assert_eq!(carriers("header: X-Route-To"), "override-reviews-v2 by x-route-to, baggage -> v2");
}

#[test]
fn the_expressions_are_a_fixed_frame_around_escaped_literals() {
    let dotted = |given: Given, namespace: &str| {
        let mut third = version("reviews", "'1.2'");
        if !namespace.is_empty() {
            third = third.namespace(namespace);
        }
        given.and(third).policy("tracestate: true").run()
    };
    let found = dotted(in_shop(), "shop");
    assert_eq!(found.regexes("reviews", "x-override")[0], r"^(.*,)?[ \t]*reviews(\.shop)?:1\.2[ \t]*(,.*)?$");
    assert_eq!(
        found.regexes("reviews", "baggage")[0],
        r"^(.*,)?[ \t]*override-reviews(\.shop)?[ \t]*=[ \t]*1\.2[ \t]*((,|;|%3[Bb]).*)?$"
    );
    assert_eq!(
        found.regexes("reviews", "tracestate")[0],
        r"^(.*,)?[ \t]*ov=([^,]*;)?reviews(\.shop)?:1\.2[ \t]*(;[^,]*)?(,.*)?$"
    );
    let unknown = dotted(two_versions(), "");
    assert_eq!(unknown.regexes("reviews", "x-override")[0], r"^(.*,)?[ \t]*reviews:1\.2[ \t]*(,.*)?$");
}

#[test]
fn tracestate_carries_several_overrides_in_one_member() {
    let found = in_shop().policy("tracestate: true").run();
    for value in [
        "ov=reviews:v2",
        "ov=ratings:v3;reviews:v2",
        "ov=reviews:v2;ratings:v3",
        "a=b,ov=reviews.shop:v2,c=d",
        "a=b, ov=reviews:v2 ,c=d",
    ] {
        assert_eq!(found.subset_for("reviews", &[("tracestate", value)]), "v2", "{value}");
    }
    for value in ["ov=reviews:v2x", "xov=reviews:v2", "ov=xreviews:v2", "ov=a,b=reviews:v2", "ov=reviews.other:v2"] {
        assert_eq!(found.subset_for("reviews", &[("tracestate", value)]), "v1", "{value}");
    }
}
