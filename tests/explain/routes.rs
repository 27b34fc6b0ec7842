//! What the routes of one VirtualService do with a request.

use overrides::explain::{Outcome, Receives};

use crate::asking::{ask, config, remark, remarks, reviews, route, routed, rule, to};
use crate::support::given::{deployment, service, version};

#[test]
fn the_first_route_that_matches_decides() {
    let text = routed(&format!(
        "http: [{{name: mine, match: [{{headers: {{x-user: {{exact: me}}}}}}, {{uri: {{prefix: /new}}}}], {}}}, \
         {{name: late, match: [{{headers: {{x-user: {{prefix: m}}}}}}], {}}}, {{name: rest, {}}}]",
        to("v2"),
        to("v1"),
        to("v1")
    ));
    let mine = ask(&text).header("X-User", "me").of("reviews");
    assert_eq!((mine.version(), route(&mine)), (Some("v2"), "mine"));
    let either = ask(&text).path("/new/things").of("reviews");
    assert_eq!((either.version(), route(&either)), (Some("v2"), "mine"), "any block is enough");
    assert_eq!(route(&ask(&text).header("x-user", "mo").of("reviews")), "late");
    let rest = ask(&text).of("reviews");
    assert_eq!((rest.version(), route(&rest)), (Some("v1"), "rest"));
    assert_eq!(remarks(&rest), [""; 0]);
}

#[test]
fn the_rule_is_named_with_its_line() {
    let text =
        routed(&format!("http: [{{match: [{{name: user, uri: {{exact: /a}}}}], {}}}, {{{}}}]", to("v2"), to("v1")));
    let named = |answer: overrides::explain::Answer| answer.decided_by.expect("a rule").to_string();
    let line = text.lines().position(|line| line.starts_with("spec: {hosts")).unwrap() + 1;
    assert_eq!(
        named(ask(&text).path("/a").of("reviews")),
        format!("route http[0].user of VirtualService routes (mesh.yaml:{line})")
    );
    assert_eq!(named(ask(&text).of("reviews")), format!("route http[1] of VirtualService routes (mesh.yaml:{line})"));
}

#[test]
fn a_request_that_no_route_matches_gets_404() {
    let text = routed(&format!("http: [{{match: [{{method: {{exact: PUT}}}}], {}}}]", to("v2")));
    let answer = ask(&text).of("reviews");
    assert_eq!((answer.outcome.to_string().as_str(), route(&answer)), ("nobody (404)", "none"));
    assert!(answer.decided_by.expect("the object").to_string().starts_with("no route of VirtualService routes"));
}

#[test]
fn weights_are_shares_of_their_sum() {
    let split = |weights: [&str; 2]| {
        let part = |subset: &str, weight: &str| format!("{{destination: {{host: reviews, subset: {subset}}}{weight}}}");
        let text = routed(&format!("http: [{{route: [{}, {}]}}]", part("v1", weights[0]), part("v2", weights[1])));
        ask(&text).of("reviews").outcome
    };
    assert_eq!(split([", weight: 90", ", weight: 10"]).to_string(), "v1 90%, v2 10%");
    assert_eq!(split([", weight: 2", ", weight: 1"]).to_string(), "v1 66.7%, v2 33.3%");
    assert_eq!(split([", weight: 90", ", weight: 10"]).version(), None);
    assert_eq!(split([", weight: 0", ", weight: 10"]).version(), Some("v2"), "no weight, no requests");
    assert_eq!(split(["", ", weight: 1"]).version(), Some("v2"));
    assert!(matches!(split(["", ""]), Outcome::NotEvaluated { .. }));
    let alone = routed("http: [{route: [{destination: {host: reviews, subset: v2}, weight: 0}]}]");
    assert_eq!(ask(&alone).to("reviews"), "v2", "the weight of a lone destination does not count");
}

#[test]
fn redirects_and_replies_are_told_as_such() {
    let text = routed(
        "http: [{match: [{uri: {prefix: /old}}], redirect: {uri: /new, authority: x.example}}, \
         {directResponse: {status: 503}}]",
    );
    assert_eq!(ask(&text).path("/old").to("reviews"), "redirect to x.example/new");
    assert_eq!(ask(&text).to("reviews"), "reply 503");
    assert_eq!(route(&ask(&text).of("reviews")), "http[1]");
}

#[test]
fn a_subset_that_is_not_there_or_has_no_pods_is_said() {
    let gone = ask(routed(&format!("http: [{{{}}}]", to("v9")))).of("reviews");
    assert_eq!(gone.outcome.to_string(), "nobody (503)");
    assert!(remark(&gone).contains("DestinationRule subsets (mesh.yaml:"), "{}", remark(&gone));
    assert!(remark(&gone).contains("has no subset v9 for reviews.default.svc.cluster.local"), "{}", remark(&gone));

    let lone = config(&[
        &reviews(&["v1"]),
        &rule("VirtualService", "routes", "", &format!("{{hosts: [reviews], http: [{{{}}}]}}", to("v1"))),
    ]);
    let lone = ask(lone).of("reviews");
    assert!(remark(&lone).starts_with("there is no DestinationRule for reviews"), "{}", remark(&lone));

    let empty = config(&[
        &reviews(&["v1"]),
        &rule("DestinationRule", "subsets", "", "{host: reviews, subsets: [{name: v2, labels: {version: v2}}]}"),
        &rule("VirtualService", "routes", "", &format!("{{hosts: [reviews], http: [{{{}}}]}}", to("v2"))),
    ]);
    let empty = ask(empty).of("reviews");
    assert_eq!(empty.outcome.to_string(), "nobody (503)");
    assert_eq!(remark(&empty), "subset v2 of reviews selects no Pod: requests get 503");
}

#[test]
fn a_subset_is_the_version_of_its_pods_whatever_it_is_called() {
    let text = |labels: &str| {
        config(&[
            &service("reviews"),
            &deployment("a").of("reviews").version("v7").pod_label("track: canary"),
            &deployment("b").of("reviews").pod_label("track: old"),
            &deployment("elsewhere").of("reviews").version("v8").pod_label("track: canary").namespace("other"),
            &deployment("unselected").of("ratings").version("v9").pod_label("track: canary"),
            &rule("DestinationRule", "r", "", &format!("{{host: reviews, subsets: [{{name: v1, labels: {labels}}}]}}")),
            &rule("VirtualService", "r", "", &format!("{{hosts: [reviews], http: [{{{}}}]}}", to("v1"))),
        ])
    };
    assert_eq!(ask(text("{track: canary}")).to("reviews"), "v7");
    assert_eq!(ask(text("{track: old}")).to("reviews"), "track=old", "Pods without a version are told by their labels");
    assert_eq!(ask(text("{}")).to("reviews"), "any of Deployment b, v7", "no labels are all Pods");
}

#[test]
fn a_destination_without_a_subset_is_every_version() {
    let answer = ask(routed("http: [{route: [{destination: {host: reviews}}]}]")).of("reviews");
    let Outcome::Destination(destination) = &answer.outcome else { panic!("{answer:?}") };
    assert_eq!(destination.receives, Receives::AnyOf(vec!["v1".to_owned(), "v2".to_owned()]));
    assert_eq!(remark(&answer), "the route names no subset, so requests spread over v1, v2");
}

#[test]
fn a_service_without_rules_spreads_over_all_its_versions() {
    let answer = ask(reviews(&["v1", "v10", "v2"])).of("reviews");
    assert_eq!((answer.outcome.to_string().as_str(), route(&answer)), ("any of v1, v2, v10", "none"));
    assert_eq!(remark(&answer), "no VirtualService decides, so requests spread over v1, v2, v10");
    let single = ask(reviews(&["v1"])).of("reviews");
    assert_eq!((single.version(), remarks(&single).len()), (Some("v1"), 0));
    let none = ask(reviews(&[])).of("reviews");
    assert_eq!(none.outcome.to_string(), "nobody (503)");
    assert_eq!(remark(&none), "reviews selects no Pod: requests get 503");
}

#[test]
fn a_route_may_lead_to_another_service_or_out_of_the_configuration() {
    let text = config(&[
        &routed(
            "http: [{match: [{uri: {prefix: /r}}], route: [{destination: {host: ratings.shop.svc.cluster.local}}]}, \
             {route: [{destination: {host: ratings.shop}}]}]",
        ),
        &service("ratings").namespace("shop"),
        &version("ratings", "v3").namespace("shop"),
    ]);
    assert_eq!(ask(&text).path("/r").to("reviews"), "v3 of shop/ratings");
    let out = ask(&text).of("reviews");
    assert_eq!(out.outcome.to_string(), "host ratings.shop");
    assert_eq!(remark(&out), "ratings.shop is no Service of this configuration: what is there is not known");
}

#[test]
fn the_port_of_a_destination_is_its_own_or_the_one_that_is_called() {
    let two_ports = service("reviews").port("name: http, port: 80").port("name: http-b, port: 81");
    let text = |port: &str| {
        let spec = format!("{{hosts: [reviews], http: [{{route: [{{destination: {{host: reviews{port}}}}}]}}]}}");
        config(&[&two_ports, &version("reviews", "v1"), &rule("VirtualService", "r", "", &spec)])
    };
    assert_eq!(ask(text("")).port(81).to("reviews"), "v1");
    assert_eq!(ask(text(", port: {number: 81}")).to("reviews"), "v1");
    let wrong = ask(text(", port: {number: 8080}")).port(80).of("reviews");
    assert_eq!(wrong.outcome.to_string(), "nobody (503)");
    assert_eq!(remark(&wrong), "reviews has no port 8080: requests get 503");
    let elsewhere = config(&[
        &two_ports,
        &service("ratings").port("name: http, port: 9080"),
        &version("ratings", "v1"),
        &rule("VirtualService", "r", "", "{hosts: [reviews], http: [{route: [{destination: {host: ratings}}]}]}"),
    ]);
    let elsewhere = ask(elsewhere).port(81).of("reviews");
    assert_eq!(elsewhere.outcome.to_string(), "nobody (503) of ratings", "though it has one port only");
    assert_eq!(remark(&elsewhere), "ratings has no port 81: requests get 503");
    let connection = config(&[
        &service("reviews").port("name: tcp, port: 80"),
        &service("ratings").port("name: tcp, port: 9080"),
        &version("ratings", "v1"),
        &rule("VirtualService", "r", "", "{hosts: [reviews], tcp: [{route: [{destination: {host: ratings}}]}]}"),
    ]);
    assert_eq!(ask(connection).to("reviews"), "v1 of ratings", "a connection takes the only one");
}

#[test]
fn a_match_on_a_port_is_for_that_port_only() {
    let spec = format!(
        "{{hosts: [reviews], http: [{{match: [{{port: 81}}], {}}}, {{match: [{{port: 82}}], {}}}]}}",
        to("v2"),
        to("v1")
    );
    let text = config(&[
        &service("reviews").port("name: http, port: 80").port("name: grpc, port: 81").port("port: 82"),
        &version("reviews", "v1"),
        &version("reviews", "v2"),
        &rule("DestinationRule", "d", "", &format!("{{host: reviews, {}}}", crate::asking::SUBSETS)),
        &rule("VirtualService", "r", "", &spec),
    ]);
    assert_eq!(ask(&text).port(81).to("reviews"), "v2");
    assert_eq!(ask(&text).port(82).to("reviews"), "v1", "a port whose protocol is found out follows http rules");
    let none = ask(&text).port(80).of("reviews");
    assert_eq!(none.outcome.to_string(), "any of v1, v2", "without a route for the port the rule does not exist there");
    assert!(remarks(&none)[0].contains("has no route for this caller and port"), "{:?}", remarks(&none));
}

#[test]
fn connections_take_the_first_tcp_route_of_their_port() {
    let spec = "{hosts: [reviews], tcp: [{match: [{port: 9001}], route: [{destination: {host: reviews, subset: v2}}]}, \
                {match: [{port: 9000}], route: [{destination: {host: reviews, subset: v1, port: {number: 9000}}}]}]}";
    let text = config(&[
        &service("reviews")
            .port("name: tcp, port: 9000")
            .port("name: tcp-b, port: 9002")
            .port("name: https, port: 443"),
        &version("reviews", "v1"),
        &version("reviews", "v2"),
        &rule("DestinationRule", "d", "", &format!("{{host: reviews, {}}}", crate::asking::SUBSETS)),
        &rule("VirtualService", "r", "", spec),
    ]);
    let tcp = ask(&text).header("x-override", "reviews:v2").port(9000).of("reviews");
    assert_eq!((tcp.version(), route(&tcp)), (Some("v1"), "tcp[1]"));
    assert!(remark(&tcp).contains("which nobody sees at port 9000"), "{}", remark(&tcp));
    assert_eq!(ask(&text).port(9002).to("reviews"), "any of v1, v2");
    assert_eq!(ask(&text).port(443).to("reviews"), "any of v1, v2");
}

#[test]
fn routes_by_the_name_in_a_handshake_are_not_evaluated() {
    let spec = "{hosts: [reviews], tls: [{match: [{port: 443, sniHosts: [reviews]}], route: [{destination: {host: reviews}}]}]}";
    let text = config(&[
        &service("reviews").port("name: https, port: 443"),
        &version("reviews", "v1"),
        &rule("VirtualService", "r", "", spec),
    ]);
    let answer = ask(text).of("reviews");
    let Outcome::NotEvaluated { why } = &answer.outcome else { panic!("{answer:?}") };
    assert!(why.contains("sniHosts"), "{why}");
    assert_eq!(route(&answer), "tls[0]");
}

#[test]
fn what_cannot_be_told_is_not_guessed() {
    let http = |condition: &str| {
        routed(&format!("http: [{{name: secret, match: [{condition}], {}}}, {{name: rest, {}}}]", to("v2"), to("v1")))
    };
    let claim = ask(http("{headers: {'@request.auth.claims[group]': {exact: dev}}}")).of("reviews");
    let Outcome::NotEvaluated { why } = &claim.outcome else { panic!("{claim:?}") };
    assert!(why.contains("@request.auth.claims[group]"), "{why}");
    assert_eq!(route(&claim), "secret");

    let labels = http("{sourceLabels: {app: web}}");
    assert!(matches!(ask(&labels).of("reviews").outcome, Outcome::NotEvaluated { .. }));
    assert_eq!(ask(&labels).labelled("app", "web").to("reviews"), "v2");
    assert_eq!(ask(&labels).labelled("app", "api").to("reviews"), "v1");

    let settled = http("{headers: {'@request.auth.claims[group]': {exact: dev}}, method: {exact: PUT}}");
    assert_eq!(ask(settled).to("reviews"), "v1", "it does not depend on the claim");
}

#[test]
fn the_caller_and_the_authority_may_matter() {
    let text = routed(&format!(
        "http: [{{match: [{{sourceNamespace: web}}], {}}}, {{match: [{{authority: {{exact: reviews.default}}}}], {}}}, {{{}}}]",
        to("v2"),
        to("v2"),
        to("v1")
    ));
    assert_eq!(ask(&text).from("web").to("reviews"), "v2");
    assert_eq!(ask(&text).to("reviews"), "v1", "within a namespace it is called `reviews`");
    assert_eq!(ask(&text).from("shop").to("reviews"), "v2", "and from outside `reviews.default`");
    assert_eq!(ask(&text).header("host", "reviews.default").to("reviews"), "v2");
    let assumed = remark(&ask(&text).of("reviews"));
    assert!(assumed.contains("taken to be `reviews`"), "{assumed}");
}

#[test]
fn what_a_route_does_besides_is_said() {
    let text = routed(&format!(
        "http: [{{name: a, fault: {{abort: {{httpStatus: 500, percentage: {{value: 10}}}}}}, \
         headers: {{request: {{set: {{x-override: 'ratings:v2'}}}}}}, mirror: {{host: b, subset: v3}}, {}}}]",
        to("v1")
    ));
    let said = remarks(&ask(text).of("reviews"));
    assert_eq!(said.len(), 3);
    assert!(said[0].starts_with("about route a: it aborts requests"), "{said:?}");
    assert!(said[1].contains("(x-override)"), "{said:?}");
    assert!(said[2].ends_with("it sends copies of requests to b, subset v3"), "{said:?}");
}

#[test]
fn header_lines_are_joined_and_newer_envoys_that_do_otherwise_are_mentioned() {
    let text =
        routed(&format!("http: [{{match: [{{headers: {{x-user: {{exact: me}}}}}}], {}}}, {{{}}}]", to("v2"), to("v1")));
    let answer = ask(text).header("x-user", "you").header("x-user", "me").of("reviews");
    assert_eq!(answer.version(), Some("v1"));
    assert!(remark(&answer).ends_with("since 1.39 it tries each: there it takes v2"), "{}", remark(&answer));
}

#[test]
fn headless_external_and_endless_services_are_told_apart() {
    let headless = service("reviews").spec("clusterIP: None");
    let text = |service: &dyn crate::support::given::Document| {
        config(&[
            service,
            &version("reviews", "v1"),
            &version("reviews", "v2"),
            &rule("DestinationRule", "d", "", &format!("{{host: reviews, {}}}", crate::asking::SUBSETS)),
            &rule("VirtualService", "r", "", &format!("{{hosts: [reviews], http: [{{{}}}]}}", to("v2"))),
        ])
    };
    let answer = ask(text(&headless)).of("reviews");
    assert_eq!(answer.outcome.to_string(), "any of v1, v2");
    assert!(remark(&answer).starts_with("the Service is headless"), "{}", remark(&answer));
    let external = ask(text(&service("reviews").spec("type: ExternalName"))).of("reviews");
    assert_eq!(external.outcome.to_string(), "host reviews.default.svc.cluster.local");
    let by_hand = ask(text(&service("reviews").selector("{}"))).of("reviews");
    assert!(remark(&by_hand).contains("selects no Pods by labels"), "{}", remark(&by_hand));
}

#[test]
fn a_version_that_is_scaled_to_nothing_is_said() {
    let text = config(&[&service("reviews"), &version("reviews", "v1").replicas(0)]);
    let answer = ask(text).of("reviews");
    assert_eq!(answer.version(), Some("v1"));
    assert_eq!(remark(&answer), "v1 of reviews is scaled to no Pods: while that is so, requests get 503");
}
