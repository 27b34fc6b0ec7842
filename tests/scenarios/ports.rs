//! Ports and protocols.

use super::*;

/// `reviews` in two versions with these ports.
fn with_ports(ports: &[&str]) -> Outcome {
    let service = ports.iter().fold(service("reviews"), |service, port| service.port(port));
    given(service).and(version("reviews", "v1")).and(version("reviews", "v2")).run()
}

/// Its routes where nothing is to be said.
fn routes_of(ports: &[&str]) -> Vec<String> {
    with_ports(ports).quiet().routes("reviews")
}

#[test]
fn a_single_http_port_is_not_named() {
    for port in
        ["name: http, port: 80", "port: 80, appProtocol: grpc", "name: http2-x, port: 80", "name: GRPC-Web, port: 8"]
    {
        assert_eq!(routes_of(&[port]), TWO_ROUTES, "{port}");
    }
}

#[test]
fn a_port_of_any_kind_beside_it_has_destinations_name_the_port() {
    let expected = ["override-reviews-v2 by x-override, baggage -> v2:80", "default-reviews -> v1:80"];
    assert_eq!(routes_of(&["name: http, port: 80", "name: dns, port: 53, protocol: UDP"]), expected);
    assert_eq!(routes_of(&["name: http, port: 80", "name: sctp, port: 54, protocol: SCTP"]), expected);
}

#[test]
fn a_sniffed_port_gets_both_kinds_of_rules() {
    assert_eq!(routes_of(&["port: 8080"]), [TWO_ROUTES[0], TWO_ROUTES[1], "tcp 8080 -> v1:8080"]);
    for number in [25, 53, 3306, 27017] {
        let port = format!("name: data, port: {number}");
        let found = with_ports(&[&port]);
        assert_eq!(found.routes("reviews"), [format!("tcp {number} -> v1:{number}")], "never sniffed");
        found.only(Code::TcpPort);
    }
}

#[test]
fn tcp_ports_are_pinned_to_the_default_and_only_when_there_are_several_versions() {
    assert_eq!(with_ports(&["name: tcp, port: 9000"]).routes("reviews"), ["tcp 9000 -> v1:9000"]);
    let databases = with_ports(&["name: redis, port: 1", "name: mongo, port: 2"]);
    assert_eq!(databases.routes("reviews"), ["tcp 1 -> v1:1", "tcp 2 -> v1:2"]);
    let single = given(service("reviews").port("name: http, port: 80").port("name: tcp, port: 9000"))
        .and(version("reviews", "v1"))
        .run();
    assert_eq!(single.quiet().routes("reviews"), ["default-reviews -> v1:80"]);
    let only_tcp = given(service("reviews").port("name: tcp, port: 9000")).and(version("reviews", "v1")).run();
    only_tcp.only(Code::SingleVersionWithoutHttp);
    only_tcp.unchanged();
}

#[test]
fn tls_ports_are_left_alone() {
    let tls = service("reviews").port("name: https, port: 443").port("name: web, port: 8443, appProtocol: tls");
    let several = given(tls.clone()).and(version("reviews", "v1")).and(version("reviews", "v2")).run();
    assert_eq!(several.only(Code::OnlyTlsPorts).severity, Severity::Warning);
    several.unchanged();
    let single = given(tls.clone()).and(version("reviews", "v1")).run();
    assert_eq!(single.only(Code::OnlyTlsPorts).severity, Severity::Info);

    let beside =
        given(tls.port("name: http, port: 80")).and(version("reviews", "v1")).and(version("reviews", "v2")).run();
    assert_eq!(beside.codes(), [Code::TlsPort, Code::TlsPort]);
    assert_eq!(
        beside.routes("reviews"),
        ["override-reviews-v2 by x-override, baggage -> v2:80", "default-reviews -> v1:80"]
    );
    let single = given(service("reviews").port("name: https, port: 443").port("name: http, port: 80"))
        .and(version("reviews", "v1"))
        .run();
    assert_eq!(single.quiet().routes("reviews"), ["default-reviews -> v1:80"]);
}

#[test]
fn a_service_without_a_tcp_port_is_passed_over() {
    given(service("reviews").port("name: dns, port: 53, protocol: UDP"))
        .and(version("reviews", "v1"))
        .run()
        .only(Code::NoTcpPorts);
    let none = "apiVersion: v1\nkind: Service\nmetadata: {name: reviews}\nspec: {selector: {app: reviews}}\n";
    given(none).and(version("reviews", "v1")).run().only(Code::NoTcpPorts);
}

#[test]
fn a_service_with_only_tls_ports_is_left_alone_whatever_its_workloads_lack() {
    let tls = |workloads: &[Workload]| {
        let service = given(service("db").port("name: tls, port: 443"));
        workloads.iter().fold(service, |given, workload| given.and(workload.clone())).run()
    };
    let unversioned = deployment("db-old").of("db");
    assert_eq!(tls(&[]).unchanged().only(Code::OnlyTlsPorts).severity, Severity::Info);
    assert_eq!(tls(std::slice::from_ref(&unversioned)).unchanged().only(Code::OnlyTlsPorts).severity, Severity::Info);
    assert_eq!(tls(&[unversioned.clone(), version("db", "v1")]).only(Code::OnlyTlsPorts).severity, Severity::Info);
    let several = tls(&[unversioned, version("db", "v1"), version("db", "v2")]);
    assert_eq!(several.unchanged().only(Code::OnlyTlsPorts).severity, Severity::Warning);
}

#[test]
fn a_service_that_carries_tcp_only_needs_versions_as_soon_as_there_are_several() {
    let redis = || given(service("redis").port("name: redis, port: 6379"));
    let unversioned = deployment("redis-old").of("redis");
    redis().and(unversioned.clone()).run().unchanged().only(Code::SingleVersionWithoutHttp);
    redis()
        .and(unversioned.clone())
        .policy("unversioned: label")
        .run()
        .unchanged()
        .only(Code::SingleVersionWithoutHttp);
    redis().and(unversioned.clone()).and(version("redis", "v1")).run().unchanged().only(Code::SingleVersionWithoutHttp);
    let two = redis().and(unversioned.clone()).and(version("redis", "v1")).and(version("redis", "v2"));
    two.run().unchanged().only(Code::SomeUnversioned);
    let beside = redis().and(unversioned).and(version("redis", "v2"));
    for policy in ["unversioned: warn", "unversioned: label"] {
        beside.clone().policy(policy).run().unchanged().only(Code::SingleVersionWithoutHttp);
    }
}

/// The one finding about a TCP port of `cart`, which has the versions `v1` and `pr-123`.
#[track_caller]
fn unreached(ports: &[&str]) -> Finding {
    let service = ports.iter().fold(service("cart").namespace("shop"), |service, port| service.port(port));
    let of = |value: &str| version("cart", value).namespace("shop");
    given(service).and(of("v1")).and(of("pr-123")).run().only(Code::TcpPort).clone()
}

#[test]
fn a_service_that_istio_reads_as_tcp_says_which_versions_nobody_can_reach() {
    let finding = unreached(&["name: tcp-service, port: 7070"]);
    assert_eq!(finding.severity, Severity::Warning);
    assert_eq!(finding.place.field.as_deref(), Some("spec.ports[0]"));
    for part in ["Service shop/cart", "7070 (`tcp-service`)", "version `pr-123`"] {
        assert!(finding.message.contains(part), "{part}: {}", finding.message);
    }
    for cure in ["appProtocol", "`http-`", "`grpc-`"] {
        assert!(finding.cure.contains(cure), "{cure}: {}", finding.cure);
    }
    let by_app_protocol = unreached(&["name: http, port: 80, appProtocol: tcp"]);
    assert_eq!((by_app_protocol.severity, &by_app_protocol.cure), (Severity::Warning, &finding.cure));
    let two = unreached(&["name: tcp-a, port: 1", "name: TCP-b, port: 2"]);
    assert_eq!(two.place.field.as_deref(), Some("spec.ports"));
    assert!(two.message.contains("at ports 1 (`tcp-a`), 2 (`TCP-b`): Istio reads them"), "{}", two.message);
}

#[test]
fn a_database_is_not_told_to_call_its_port_http() {
    for port in ["name: redis, port: 6379", "name: mongo-main, port: 1", "port: 3306", "name: tcp, port: 27017"] {
        let finding = unreached(&[port]);
        assert_eq!(finding.severity, Severity::Warning, "{port}");
        assert!(!finding.cure.contains("http"), "{port}: {}", finding.cure);
    }
}

#[test]
fn a_tcp_port_beside_http_is_worth_knowing_and_no_more() {
    let finding = unreached(&["name: http, port: 80", "name: tcp-data, port: 9000"]);
    assert_eq!((finding.severity, finding.place.field.as_deref()), (Severity::Info, Some("spec.ports[1]")));
    for ports in [["port: 8080", "name: http, port: 80"], ["name: main, port: 1", "name: grpc-x, port: 2"]] {
        with_ports(&ports).quiet();
    }
}

#[test]
fn versions_that_share_the_requests_are_reached_by_tcp() {
    let tcp =
        || given(service("cart").port("name: tcp, port: 1")).and(version("cart", "v1")).and(version("cart", "v2"));
    tcp().policy("services: [{name: cart, split: {v1: 90, v2: 10}}]").run().quiet();
    let three = tcp().and(version("cart", "v3")).policy("services: [{name: cart, split: {v1: 90, v2: 10}}]").run();
    assert!(three.only(Code::TcpPort).message.contains("nobody can reach version `v3` of"), "{:?}", three.findings);
}

#[test]
fn with_a_tcp_rule_of_yours_nobody_can_ask_for_a_version_either() {
    let spec = "{hosts: [cart], tcp: [{match: [{port: 1}], route: [{destination: {host: cart, subset: v2}}]}]}";
    let found = given(service("cart").port("name: tcp, port: 1"))
        .and(version("cart", "v1"))
        .and(version("cart", "v2"))
        .and(rule("VirtualService", "mine", "", spec))
        .run();
    let finding = found.findings.iter().find(|finding| finding.code == Code::TcpPort).expect("it is said");
    assert!(finding.message.contains("nobody can ask for version `v2` of"), "{}", finding.message);
}
