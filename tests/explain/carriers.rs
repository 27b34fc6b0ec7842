//! What looks like an override and is none is said, and so is every override that has no effect.

use overrides::explain::Settings;

use crate::asking::{Question, SUBSETS, ask, config, generated, remark, remarks, reviews, routed, rule, to};
use crate::support::given::{given, service, version};

/// `cart` and `web`, each in v1 and pr-123, with the rules of the function.
fn shop() -> String {
    generated(&[("cart", &["v1", "pr-123"]), ("web", &["v1", "pr-123"])]).run().rendered
}

/// The one remark about the request.
#[track_caller]
fn said(question: Question) -> String {
    let all = question.remarks();
    assert_eq!(all.len(), 1, "{all:#?}");
    all[0].clone()
}

#[test]
fn a_header_that_is_nearly_an_override_is_said() {
    let text = shop();
    for (name, value, instead) in [
        ("cart", "pr-123", "x-override: cart:pr-123"),
        ("cart.default", "pr-123", "x-override: cart.default:pr-123"),
        ("override-cart", "pr-123", "x-override: cart:pr-123"),
        ("x-override-cart", "pr-123", "x-override: cart:pr-123"),
        ("x-overide", "cart:pr-123", "x-override: cart:pr-123"),
        ("x-overrides", "cart:pr-123, web:v1", "x-override: cart:pr-123, web:v1"),
        ("x_override", "cart:pr-123", "x-override: cart:pr-123"),
        ("override", "cart:pr-123", "x-override: cart:pr-123"),
        ("x-overide", "cart=pr-123", "x-override: reviews:v2"),
        ("x-version", "cart:pr-123", "x-override: cart:pr-123"),
        ("crat", "pr-123", "x-override: cart:pr-123"),
        ("cart_", "pr-123", "x-override: cart:pr-123"),
    ] {
        let expected = format!("the header `{name}` looks like an override and carries none: write `{instead}`");
        assert_eq!(said(ask(&text).header(name, value)), expected);
    }
    let both = ask(&text).header("x-overide", "cart:pr-123");
    assert_eq!((both.to("cart").as_str(), both.remarks().len()), ("v1", 1));
}

#[test]
fn a_header_that_is_nearly_baggage_or_tracestate_is_said() {
    let text = shop();
    for name in ["bagage", "baggages", "baggage_", "x-baggage", "Bagage"] {
        for (value, instead) in [
            ("override-cart=pr-123", "baggage: override-cart=pr-123"),
            ("user=me, override-cart=pr-123;a=b,override-web=v1", "baggage: override-cart=pr-123,override-web=v1"),
        ] {
            let lower = name.to_lowercase();
            let expected = format!("the header `{lower}` looks like an override and carries none: write `{instead}`");
            assert_eq!(said(ask(&text).header(name, value)), expected);
        }
    }
    for name in ["trace-state", "tracestat", "x-tracestate", "tracstate", "trace_state"] {
        let off = said(ask(&text).header(name, "vendor=a,ov=cart:pr-123;web:v1"));
        assert!(off.ends_with("carries none: write `x-override: cart:pr-123,web:v1`"), "{name}: {off}");
        let on = || Settings { tracestate: true, ..Settings::default() };
        let question = ask(&text).settings(on()).header(name, "vendor=a,ov=cart:pr-123;web:v1");
        assert!(said(question).ends_with("carries none: write `tracestate: ov=cart:pr-123;web:v1`"), "{name}");
    }
    let off = || Settings { baggage: false, ..Settings::default() };
    let plain = given(service("cart")).and(version("cart", "v1")).policy("baggage: false").run().rendered;
    let question = ask(&plain).settings(off()).header("bagage", "override-cart=pr-123,override-web=v1");
    assert!(said(question).ends_with("carries none: write `x-override: cart:pr-123,web:v1`"));
    for (name, value) in [
        ("bagage", "user=me"),
        ("package", "user=me"),
        ("tracestat", "vendor=a:b"),
        ("message", "override-cart"),
        ("x-other", "override-cart=pr-123"),
    ] {
        assert_eq!(ask(&text).header(name, value).remarks(), [""; 0], "{name}: {value}");
    }
}

#[test]
fn other_headers_are_nobodys_business() {
    let text = shop();
    for (name, value) in [
        ("accept", "text/html"),
        ("user", "me"),
        ("x-request-id", "a:b"),
        ("x-http-method-override", "PUT"),
        ("authorization", "Basic cart:v1"),
        ("x-forwarded-host", "cart:8080"),
        ("host", "cart:8080"),
        ("x-user", "web"),
        ("x-time", "12:30"),
        ("cart", "two words"),
        ("carr", "v9"),
        ("date", "v1"),
        ("baggage", "user=me,tenant=a:b"),
        ("tracestate", "vendor=a:b"),
        ("cookie", "session=a; theme=dark"),
    ] {
        assert_eq!(ask(&text).header(name, value).remarks(), [""; 0], "{name}: {value}");
    }
    let own = routed(&format!("http: [{{match: [{{headers: {{reviews: {{exact: beta}}}}}}], {}}}]", to("v2")));
    assert_eq!(ask(own).header("reviews", "beta").remarks(), [""; 0], "a rule reads it");
}

#[test]
fn the_usual_header_carries_nothing_where_the_policy_names_another() {
    let text = generated(&[("cart", &["v1", "pr-123"])]).policy("header: x-version").run().rendered;
    let other = || Settings { header: "x-version".to_owned(), ..Settings::default() };
    let question = ask(&text).settings(other()).header("x-override", "cart:pr-123");
    assert_eq!(question.to("cart"), "v1");
    assert!(said(question).ends_with("write `x-version: cart:pr-123`"));
    let without_policy = said(ask(&text).header("x-version", "cart:pr-123"));
    assert_eq!(
        without_policy,
        "rules here read the header x-version, and this policy's overrides come in x-override: if another policy wrote \
         the rules, name it with --config"
    );
}

#[test]
fn members_that_are_no_override_are_said_with_what_is_wrong() {
    let text = shop();
    for (member, sentence) in [
        ("", "x-override is empty: write it like reviews:v2"),
        (" , ", "x-override is empty: write it like reviews:v2"),
        ("cart", "`cart` in x-override is no override: write it like reviews:v2"),
        ("cart=pr-123", "`cart=pr-123` in x-override is no override: write it like reviews:v2"),
        ("cart:", "`cart:` in x-override names no version: write it like reviews:v2"),
        (":v2", "`:v2` in x-override names no Service: write it like reviews:v2"),
        ("default/cart:v2", "`default/cart:v2` in x-override cannot name a Service: write its name in small letters"),
        ("cart:pr-123;web:v1", "`cart:pr-123;web:v1` in x-override cannot name a version"),
    ] {
        assert!(said(ask(&text).header("x-override", member)).starts_with(sentence), "{member}");
    }
}

#[test]
fn baggage_and_tracestate_that_carry_nothing_are_said() {
    let text = shop();
    for (member, sentence) in [
        ("override-cart", "`override-cart` in baggage is no override: write it like override-reviews=v2"),
        ("override-cart=", "`override-cart=` in baggage names no version"),
        ("override-=v2", "`override-=v2` in baggage names no Service"),
        ("overide-cart=v2", "`overide-cart=v2` in baggage looks like an override and carries none"),
        (
            "cart=pr-123",
            "`cart=pr-123` in baggage looks like an override and carries none: write `override-cart=pr-123`",
        ),
        (
            "cart:pr-123",
            "`cart:pr-123` in baggage looks like an override and carries none: write `override-cart=pr-123`",
        ),
        (
            "x-override=cart:pr-123",
            "`x-override=cart:pr-123` in baggage looks like an override and carries none: write `override-cart=pr-123`",
        ),
        (
            "override=cart:pr-123",
            "`override=cart:pr-123` in baggage looks like an override and carries none: write `override-cart=pr-123`",
        ),
        (
            "Override-cart=pr-123",
            "`Override-cart=pr-123` in baggage looks like an override and carries none: write `override-cart=pr-123`",
        ),
    ] {
        assert!(
            said(ask(&text).header("baggage", member)).starts_with(sentence),
            "{member}: {}",
            said(ask(&text).header("baggage", member))
        );
    }
    let off = || Settings { baggage: false, ..Settings::default() };
    let plain = given(service("cart")).and(version("cart", "v1")).policy("baggage: false").run().rendered;
    assert_eq!(
        said(ask(&plain).settings(off()).header("baggage", "user=me, override-cart=pr-123")),
        "`override-cart=pr-123` in baggage carries nothing: the policy does not read overrides from baggage \
         (`baggage: true` does); write `x-override: cart:pr-123`"
    );
    assert!(said(ask(&text).header("tracestate", "a=b,ov=cart:v1;web:v2")).contains("`tracestate: true` does"));
    let on = || Settings { tracestate: true, ..Settings::default() };
    assert!(said(ask(&text).settings(on()).header("tracestate", "ov=cart")).starts_with("`cart` in tracestate is no"));
    assert!(said(ask(&text).settings(on()).header("tracestate", "OV=cart:v1")).ends_with("write `ov=cart:v1`"));
}

#[test]
fn a_query_and_a_cookie_carry_nothing() {
    let text = shop();
    let query =
        "the query parameter `x-override` looks like an override and carries none: write `x-override: cart:pr-123`";
    assert_eq!(said(ask(&text).path("/?x-override=cart%3Apr-123")), query);
    assert!(said(ask(&text).path("/a?b=c&override=cart:pr-123")).starts_with("the query parameter `override`"));
    assert!(said(ask(&text).header("cookie", "a=b; x-override=cart:pr-123")).starts_with("the cookie `x-override`"));
}

#[test]
fn an_unknown_service_is_told_with_the_nearest() {
    let text = shop();
    let near = |member: &str| said(ask(&text).header("x-override", member));
    assert!(near("crat:v2").ends_with("there is no such Service here; did you mean cart?"), "{}", near("crat:v2"));
    assert!(near("Cart:v2").ends_with("did you mean cart?"));
    assert!(near("cart.default.svc.cluster.local:v2").ends_with("did you mean cart?"));
    assert!(near("payments:v2").ends_with("there is no such Service here"));
}

#[test]
fn a_host_of_a_gateway_is_not_evaluated() {
    let edge = rule("VirtualService", "edge", "", "{hosts: [shop.example.com, '*.a.io'], gateways: [edge], http: []}");
    let route = "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {name: api}\nspec: {parentRefs: \
                 [{name: gateway}], hostnames: [api.example.com]}\n";
    let ingress = "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: old}\nspec: {rules: [{host: \
                   old.example.com}]}\n";
    let text = config(&[&reviews(&["v1"]), &edge, &route, &ingress]);
    for (host, object) in [
        ("shop.example.com", "VirtualService edge"),
        ("Shop.example.com:443", "VirtualService edge"),
        ("b.a.io", "VirtualService edge"),
        ("api.example.com", "HTTPRoute api"),
        ("old.example.com", "Ingress old"),
    ] {
        let all = ask(&text).header("Host", host).remarks();
        assert!(all[0].contains(&format!("is one of {object} (")), "{all:?}");
        assert!(all[0].contains("what a gateway does with the request is not evaluated"), "{all:?}");
    }
    let unknown = ask(&text).header("host", "nowhere.example.org").remarks();
    assert!(unknown[0].starts_with("the host nowhere.example.org is no Service and in no rule here"), "{unknown:?}");
    for host in ["reviews", "reviews.default:80", "reviews.default.svc", "reviews.default.svc.cluster.local"] {
        assert_eq!(ask(reviews(&["v1"])).header("host", host).remarks(), [""; 0], "{host}");
    }
}

// ---------------------------------------------------------------- overrides without effect

#[test]
fn at_a_tcp_port_nobody_sees_an_override() {
    let text = given(service("cart").port("name: tcp-service, port: 8080"))
        .and(version("cart", "v1"))
        .and(version("cart", "pr-123"))
        .run()
        .rendered;
    let answer = ask(&text).header("x-override", "cart:pr-123").of("cart");
    assert_eq!(answer.version(), Some("v1"));
    let said = remark(&answer);
    assert!(
        said.starts_with("the request asks for version pr-123 of cart, which nobody sees at port 8080: "),
        "{said}"
    );
    assert!(said.contains("begin with `http-` or `grpc-`, or set its `appProtocol`"), "{said}");
    assert_eq!(remarks(&ask(&text).of("cart")), [""; 0]);
    assert_eq!(remarks(&ask(&text).header("x-override", "web:v1").of("cart")), [""; 0]);
    let unknown = remarks(&ask(&text).header("x-override", "cart:v9").of("cart"));
    assert!(unknown.len() == 2 && unknown[1].contains("version v9 of cart, which no rule knows"), "{unknown:?}");
    for (port, word) in [
        ("port: 3306", "reads the port as TCP"),
        ("name: redis, port: 6379", "reads the port as TCP"),
        ("appProtocol: tcp, port: 80", "reads the port as TCP"),
        ("name: https, port: 443", "it is TLS"),
    ] {
        let text = config(&[&service("cart").port(port), &version("cart", "v1"), &version("cart", "v2")]);
        let answer = ask(text).header("baggage", "override-cart=v2").of("cart");
        assert!(remarks(&answer).iter().any(|said| said.contains(word)), "{port}: {:?}", remarks(&answer));
    }
}

#[test]
fn a_version_that_is_the_default_anyway_is_said() {
    let text = shop();
    let answer = ask(&text).header("x-override", "cart:v1").of("cart");
    assert_eq!(remark(&answer), "the request asks for version v1 of cart, which it takes without an override too");
    let single = ask(reviews(&["v1"])).header("baggage", "override-reviews=v1").of("reviews");
    assert!(remark(&single).contains("which it takes without an override too"));
    let other = ask(&text).header("x-override", "cart:v1, web:pr-123").of("cart");
    assert!(remark(&other).contains("version v1 of cart"));
}

#[test]
fn a_service_without_rules_follows_no_override() {
    let answer = ask(reviews(&["v1", "v2"])).header("x-override", "reviews:v2").of("reviews");
    let said = remarks(&answer);
    assert_eq!(
        said[1],
        "the request asks for version v2 of reviews, and no VirtualService decides for that Service, so no override \
         counts: it takes any of v1, v2"
    );
}

#[test]
fn a_version_that_is_nearly_there_is_told() {
    let text = shop();
    let said = |member: &str| remark(&ask(&text).header("x-override", member).of("cart"));
    assert!(
        said("cart:PR-123").ends_with("which no rule knows: it takes v1; did you mean pr-123?"),
        "{}",
        said("cart:PR-123")
    );
    assert!(said("cart:pr-124").ends_with("did you mean pr-123?"));
    assert!(said("cart:pr-7").ends_with("it takes v1"));
    assert!(said("cart:v2").ends_with("it takes v1"), "another version is no misspelling");
}

#[test]
fn what_stands_for_a_name_outside_the_cluster_has_no_versions() {
    let text = config(&[&service("ext").spec("type: ExternalName").spec("externalName: x.example.com")]);
    let answer = ask(text).header("x-override", "ext:v2").of("ext");
    assert!(remarks(&answer)[1].starts_with("the request asks for version v2 of ext, which no rule knows"));
}

#[test]
fn your_own_route_without_one_for_overrides_is_said() {
    let own = ask(routed(&format!("http: [{{{}}}]", to("v1")))).header("x-override", "reviews:v2").of("reviews");
    assert!(remark(&own).contains("version v2 of reviews, which is there, but no rule that leads to it matches"));
    let split = routed(
        "http: [{route: [{destination: {host: reviews, subset: v1}, weight: 90}, {destination: {host: reviews, subset: \
         v2}, weight: 10}]}]",
    );
    let split = ask(split).header("x-override", "reviews:v2").of("reviews");
    assert_eq!(
        remark(&split),
        "the request asks for version v2 of reviews, and the route that decides looks at no override: it takes v1 90%, \
         v2 10%, as without one"
    );
}

#[test]
fn a_route_that_stands_behind_another_is_named() {
    let at = |regex: &str| format!("match: [{{headers: {{x-override: {{regex: '{regex}'}}}}}}]");
    let text = routed(&format!(
        "http: [{{name: mine, match: [{{uri: {{prefix: /}}}}], {}}}, {{name: theirs, {}, {}}}]",
        to("v1"),
        at(".*reviews:v2.*"),
        to("v2")
    ));
    let answer = ask(text).header("x-override", "reviews:v2").of("reviews");
    assert_eq!(
        remark(&answer),
        "the request asks for version v2 of reviews, and route theirs leads to it, but route mine comes first and \
         matches too: it takes v1"
    );
}

#[test]
fn an_override_that_the_rules_read_in_another_form_is_told_with_that_form() {
    let text = shop();
    let answer = ask(&text).header("x-override", "cart.default:pr-123").of("cart");
    assert!(
        remark(&answer).ends_with("it takes v1; with `x-override: cart:pr-123` it takes pr-123"),
        "{}",
        remark(&answer)
    );
    let spaced = ask(&text).header("x-override", "cart: pr-123").of("cart");
    assert!(remark(&spaced).ends_with("with `x-override: cart:pr-123` it takes pr-123"), "{}", remark(&spaced));
    let off = generated(&[("cart", &["v1", "pr-123"])]).policy("baggage: false").run().rendered;
    let baggage = ask(off).header("baggage", "override-cart=pr-123").of("cart");
    assert!(remark(&baggage).ends_with("with `x-override: cart:pr-123` it takes pr-123"), "{}", remark(&baggage));
}

#[test]
fn a_subset_that_nobody_is_in_is_said_once() {
    let text = routed(&format!(
        "http: [{{match: [{{headers: {{x-override: {{exact: 'reviews:v2'}}}}}}], {}}}, {{{}}}]",
        to("v9"),
        to("v1")
    ));
    let answer = ask(text).header("x-override", "reviews:v2").of("reviews");
    assert!(remark(&answer).contains("has no subset v9"), "{}", remark(&answer));
    assert!(SUBSETS.contains("v2"));
}

#[test]
fn what_is_elsewhere_can_be_asked_for_by_its_subset() {
    let text = config(&[
        &service("reviews").selector("{}"),
        &rule("DestinationRule", "d", "", &format!("{{host: reviews, {SUBSETS}}}")),
        &rule(
            "VirtualService",
            "r",
            "",
            &format!(
                "{{hosts: [reviews], http: [{{match: [{{headers: {{x-override: {{exact: 'reviews:v2'}}}}}}], {}}}, {{{}}}]}}",
                to("v2"),
                to("v1")
            ),
        ),
    ]);
    let answer = ask(text).header("x-override", "reviews:v2").of("reviews");
    assert!(remark(&answer).contains("selects no Pods by labels"), "{:?}", remarks(&answer));
}
