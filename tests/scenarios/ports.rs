//! Ports and protocols.

use super::*;

/// The routes of `reviews` in two versions with these ports.
fn routes_of(ports: &[&str]) -> Vec<String> {
    let service = ports.iter().fold(service("reviews"), |service, port| service.port(port));
    given(service).and(version("reviews", "v1")).and(version("reviews", "v2")).run().quiet().routes("reviews")
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
        assert_eq!(routes_of(&[&port]), [format!("tcp {number} -> v1:{number}")], "never sniffed");
    }
}

#[test]
fn tcp_ports_are_pinned_to_the_default_and_only_when_there_are_several_versions() {
    assert_eq!(routes_of(&["name: tcp, port: 9000"]), ["tcp 9000 -> v1:9000"]);
    assert_eq!(routes_of(&["name: redis, port: 1", "name: mongo, port: 2"]), ["tcp 1 -> v1:1", "tcp 2 -> v1:2"]);
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
    let labelled = redis().and(unversioned).and(version("redis", "v2")).policy("unversioned: label").run();
    labelled.only(Code::Labelled);
    assert_eq!(labelled.routes("redis"), ["tcp 6379 -> v1:6379"]);
}
