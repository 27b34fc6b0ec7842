//! Rules at gateways whose routes stand in one list of one proxy, though nothing in them has the same name.

use super::*;

/// A Gateway: the labels of its proxies, and its servers without their brackets.
fn gateway(name: &str, selector: &str, servers: &str) -> String {
    rule("Gateway", name, &format!("  selector: {{{selector}}}\n  servers: [{servers}]\n"))
}

/// A server for plain HTTP.
fn plain(port: u16, hosts: &str) -> String {
    format!("{{port: {{number: {port}, name: http, protocol: HTTP}}, hosts: [{hosts}]}}")
}

/// A rule with one route to `reviews`, which says this besides.
fn at(name: &str, gateway: &str, hosts: &str, route: &str) -> String {
    let comma = if route.is_empty() { "" } else { ", " };
    let spec = format!(
        "  gateways: [{gateway}]\n  hosts: [{hosts}]\n  http:\n  - {{name: main{comma}{route}, route: [{{destination: {{host: \
         reviews}}}}]}}\n"
    );
    rule("VirtualService", name, &spec)
}

const ANY: &str = "'*'";
const CART: &str = "match: [{uri: {prefix: /cart}}]";

/// Whether the catch-all `web` is cloned.
#[track_caller]
fn is_cloned(given: Given) -> bool {
    let found = given.run();
    assert!(!found.failed(), "{:#?}", found.findings);
    let text = document(&found.rendered, "kind: VirtualService", "  name: web");
    let cloned = text.contains("override-reviews-v2");
    let refused = found.findings.iter().any(|finding| {
        finding.code == Code::NotCloned && finding.place.object.as_ref().is_some_and(|object| object.name == "web")
    });
    assert_ne!(cloned, refused, "cloned, or said: {:#?}\n{text}", found.findings);
    cloned
}

/// One Gateway and one rule for each application, as they often are, and a catch-all in one of them.
fn two_gateways(web: &str, cart: &str) -> Given {
    let web = if web.contains("kind:") { web.to_owned() } else { gateway("web", "istio: ingressgateway", web) };
    let cart = if cart.contains("kind:") { cart.to_owned() } else { gateway("cart", "istio: ingressgateway", cart) };
    shop().and(web).and(cart)
}

#[test]
fn a_catch_all_at_a_gateway_of_the_same_proxies_does_not_take_the_paths_of_others() {
    let given = two_gateways(&plain(80, ANY), &plain(80, ANY));
    let rules = given.and(at("web", "web", ANY, "")).and(at("cart", "cart", ANY, CART));
    assert!(!is_cloned(rules.clone()));
    let found = rules.run();
    let finding = found.findings.iter().find(|finding| finding.code == Code::NotCloned).unwrap();
    let (other, _) = finding.related.as_ref().expect("the other one is named");
    assert_eq!(other.object.as_ref().unwrap().name, "cart");
    assert!(document(&found.rendered, "kind: VirtualService", "  name: cart").contains("override-reviews-v2-main"));
}

#[test]
fn gateways_share_routes_by_port_address_and_proxies() {
    let shared = |web: &str, cart: &str| {
        let rules = two_gateways(web, cart).and(at("web", "web", ANY, "")).and(at("cart", "cart", ANY, CART));
        !is_cloned(rules)
    };
    let http = plain(80, ANY);
    assert!(shared(&http, &http.replace("HTTP", "GRPC")), "one table for all forms of plain HTTP");
    assert!(shared(&http, &http.replace("name: http", "name: web")), "the name of a port is only a name");
    assert!(!shared(&http, &plain(8080, ANY)), "another port");
    assert!(!shared(&http, &format!("{{bind: 10.0.0.1, {}", &http[1..])), "another address");
    let https = "{port: {number: 443, name: https, protocol: HTTPS}, tls: {mode: SIMPLE}, hosts: ['*']}";
    assert!(!shared(https, https), "each server with HTTPS has routes of its own");
    assert!(!shared(&http, https));
    let by = |selector: &str| gateway("cart", selector, &http);
    assert!(shared(&http, &by("istio: ingressgateway, app: gateway")), "the proxies of the one are among the other's");
    assert!(shared(&http, &by("")), "no selector selects all");
    assert!(shared(&http, &by("app: istio-ingressgateway")), "one Pod may have both labels");
    assert!(!shared(&http, &by("istio: internal")), "no Pod has both");
}

#[test]
fn rules_share_routes_for_the_host_that_they_have_in_common_with_the_server() {
    let shared = |server: &str, web: &str, cart: &str| {
        let given = two_gateways(&plain(80, server), &plain(80, ANY));
        !is_cloned(given.and(at("web", "web", web, "")).and(at("cart", "cart", cart, CART)))
    };
    assert!(shared("shop.example.com", ANY, "shop.example.com"), "the server's host is what is left of the wildcard");
    assert!(shared("shop.example.com, '*.example.com'", "'*.example.com'", "shop.example.com"));
    assert!(shared("Shop.example.com", ANY, "shop.EXAMPLE.com"), "case does not matter");
    assert!(!shared(ANY, ANY, "shop.example.com"), "the narrower host has a list of its own");
    assert!(!shared("'*.example.com'", "'*.example.com'", "shop.example.com"));
    assert!(!shared("a.example.com", "a.example.com", "b.example.com"));
    assert!(shared("other/*", ANY, ANY), "rules whose namespace nobody wrote yet may land in that one");
}

#[test]
fn one_rule_at_two_gateways_of_the_same_proxies_has_no_neighbour() {
    let given = two_gateways(&plain(80, ANY), &plain(80, ANY));
    assert!(is_cloned(given.and(at("web", "web, cart", ANY, ""))));
}

#[test]
fn a_catch_all_on_another_port_than_the_shared_one_is_cloned() {
    let web = format!("{}, {}", plain(80, ANY), plain(8080, ANY));
    let given = |condition: &str| {
        let route = format!("match: [{{{condition}}}]");
        let given = two_gateways(&web, &plain(80, ANY));
        given.and(at("web", "web", ANY, &route)).and(at("cart", "cart", ANY, CART))
    };
    assert!(!is_cloned(given("port: 80")));
    assert!(is_cloned(given("port: 8080")));
    assert!(!is_cloned(given("gateways: [web]")));
    assert!(is_cloned(given("gateways: [somewhere]")), "it is for no gateway at which others stand");
}

#[test]
fn a_delegate_of_a_catch_all_at_a_gateway_of_the_same_proxies_does_not_take_the_paths_of_others_either() {
    let root = |route: &str| {
        let spec = format!("  gateways: [web]\n  hosts: ['*']\n  http:\n  - {{{route}delegate: {{name: web}}}}\n");
        rule("VirtualService", "root", &spec)
    };
    let leaf = rule("VirtualService", "web", "  http:\n  - {name: main, route: [{destination: {host: reviews}}]}\n");
    let given = |route: &str, cart: &str| {
        let given = two_gateways(&plain(80, ANY), &plain(80, cart)).and(root(route)).and(leaf.as_str());
        given.and(at("cart", "cart", cart, CART))
    };
    assert!(!is_cloned(given("", ANY)));
    assert!(is_cloned(given("", "cart.example.com")));
    assert!(is_cloned(given("match: [{headers: {beta: {exact: 'true'}}}], ", ANY)), "below a header it may");
}

#[test]
fn a_route_with_any_other_condition_is_no_catch_all() {
    for (condition, cloned) in [
        ("headers: {cookie: {regex: '.*user=dev.*'}}, uri: {prefix: /}", true),
        ("headers: {cookie: {exact: a}}", true),
        ("withoutHeaders: {cookie: {}}, uri: {prefix: /}", true),
        ("queryParams: {beta: {exact: '1'}}, uri: {regex: .*}", true),
        ("method: {exact: GET}", true),
        ("authority: {prefix: shop}, uri: {prefix: /}", true),
        ("scheme: {exact: https}", true),
        ("uri: {regex: /.*}", true),
        ("uri: {regex: .*}", false),
        ("uri: {prefix: /}, ignoreUriCase: true", false),
        ("headers: {}, uri: {}", false),
        ("sourceLabels: {app: gateway}", false),
    ] {
        let web = at("web", "g", "x", &format!("match: [{{{condition}}}]"));
        let given = shop().and(web).and(at("cart", "g", "x", CART));
        assert_eq!(is_cloned(given), cloned, "{condition}");
    }
    let both = "match: [{headers: {cookie: {exact: a}}}, {uri: {prefix: /}}]";
    assert!(!is_cloned(shop().and(at("web", "g", "x", both)).and(at("cart", "g", "x", CART))), "one of two is enough");
}

// ---------------------------------------------------------------------------------------- subsets that are no version

/// `reviews` with a DestinationRule of the user's, and a route at a gateway to its subset `plain`.
fn to_plain(subsets: &str) -> Outcome {
    let subsets = rule("DestinationRule", "subsets", &format!("  host: reviews\n  subsets: [{subsets}]\n"));
    let route = at("web", "g", "x", CART).replace("{host: reviews}", "{host: reviews, subset: plain}");
    shop().and(subsets).and(route).run()
}

const POLICY: &str = "trafficPolicy: {tls: {mode: DISABLE}}";

/// What is said of the route: the severity and the sentence.
fn spread(found: &Outcome) -> Option<(Severity, String)> {
    let finding = found.findings.iter().find(|finding| finding.code == Code::RouteWithoutSubset)?;
    assert_eq!(finding.place.field.as_deref(), Some("spec.http[0].route[0].destination"));
    Some((finding.severity, finding.message.clone()))
}

#[test]
fn a_route_to_a_subset_that_is_no_version_spreads_and_that_is_said() {
    for labels in ["", ", labels: {}", ", labels: {app: reviews}", ", labels: {topology.istio.io/cluster: east}"] {
        let (severity, message) = spread(&to_plain(&format!("{{name: plain{labels}}}"))).expect(labels);
        assert_eq!(severity, Severity::Warning);
        assert!(message.contains("`plain`") && message.ends_with("spreads over `v1`, `v2`"), "{message}");
    }
    let (severity, message) = spread(&to_plain("{name: plain, labels: {tier: none}}")).expect("a finding");
    assert_eq!(severity, Severity::Info);
    assert!(message.contains("no workload"), "{message}");
    for one in ["version: v1", "version: v2, app: reviews"] {
        assert_eq!(spread(&to_plain(&format!("{{name: plain, labels: {{{one}}}}}"))), None, "{one}");
    }
}

#[test]
fn a_subset_that_is_one_version_by_another_label_does_not_spread() {
    let blue = version("reviews", "v1").pod_label("colour: blue");
    let subsets = "  host: reviews\n  subsets: [{name: plain, labels: {colour: blue}}]\n";
    let route = at("web", "g", "x", CART).replace("{host: reviews}", "{host: reviews, subset: plain}");
    let given = Given::default().and(service("reviews")).and(blue).and(version("reviews", "v2"));
    assert_eq!(spread(&given.and(rule("DestinationRule", "subsets", subsets)).and(route).run()), None);
}

#[test]
fn a_policy_that_no_version_has_is_not_lost() {
    let is_cloned = |subsets: &str| {
        let found = to_plain(subsets);
        let text = document(&found.rendered, "kind: VirtualService", "  name: web");
        let refused = found.codes().contains(&Code::NotCloned);
        assert_ne!(text.contains("override-reviews"), refused, "cloned, or said: {text}");
        !refused
    };
    let plain = format!("{{name: plain, {POLICY}}}");
    assert!(!is_cloned(&plain));
    assert!(!is_cloned(&format!("{{name: plain, labels: {{app: reviews}}, {POLICY}}}")));
    assert!(is_cloned("{name: plain}"), "there is no policy to lose");
    let with = |name: &str, policy: &str| format!("{{name: {name}, labels: {{version: {name}}}{policy}}}");
    let policy = format!(", {POLICY}");
    assert!(
        !is_cloned(&format!("{plain}, {}, {}", with("v1", &policy), with("v2", ""))),
        "one of the versions lacks it"
    );
    assert!(is_cloned(&format!("{plain}, {}, {}", with("v1", &policy), with("v2", &policy))), "all have it");
    assert!(
        is_cloned(&format!("{{name: plain, labels: {{version: v1}}, {POLICY}}}")),
        "it is that version's own policy"
    );
}

// ------------------------------------------------------------------------------------------------ what is too large

/// A rule at a gateway with so many routes, for `reviews` in six versions.
fn many(routes: usize) -> Given {
    let route =
        |n: usize| format!("  - {{match: [{{uri: {{prefix: /{n}}}}}], route: [{{destination: {{host: reviews}}}}]}}\n");
    let routes: String = (0..routes).map(route).collect();
    let versions = (1..=6).map(|n| version("reviews", &format!("v{n}")));
    let given = versions.fold(Given::default().and(service("reviews")), Given::and);
    given.and(rule("VirtualService", "web", &format!("  gateways: [g]\n  hosts: [x]\n  http:\n{routes}")))
}

#[test]
fn a_rule_that_grows_too_large_for_kubectl_apply_is_said() {
    let found = many(150).run();
    let finding = found.findings.iter().find(|finding| finding.code == Code::TooLargeToApply).expect("a warning");
    assert_eq!((finding.severity, finding.place.field.as_deref()), (Severity::Warning, Some("spec.http")));
    assert!(finding.cure.contains("--server-side"), "{}", finding.cure);
    assert!(!many(50).run().codes().contains(&Code::TooLargeToApply), "it is small enough");
}

#[test]
fn a_rule_that_no_cluster_stores_is_an_error_that_says_how_to_split_it() {
    let found = many(900).run();
    let finding = found.findings.iter().find(|finding| finding.code == Code::TooLargeToStore).expect("an error");
    assert!(found.failed() && finding.cure.contains("several VirtualServices"), "{}", finding.cure);
}
