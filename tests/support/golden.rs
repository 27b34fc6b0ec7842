//! Configurations whose output is looked at as a whole: by people, as snapshots, and by Istio's analyzers.

use super::given::{Given, deployment, given, service, version};

/// All of them, by name.
pub fn all() -> [(&'static str, Given); 5] {
    [
        ("two versions", two_versions()),
        ("a chain with dotted versions", chain_with_dotted_versions()),
        ("every kind of port", every_kind_of_port()),
        ("values that YAML could misread", misleading_values()),
        ("a guard on every port", guard_on_every_port()),
    ]
}

/// `reviews` in `v1` and `v2`.
pub fn two_versions() -> Given {
    given(service("reviews")).and(version("reviews", "v1")).and(version("reviews", "v2"))
}

pub fn chain_with_dotted_versions() -> Given {
    let chain = ["s3", "s1", "s2"].iter().fold(Given::default(), |given, name| {
        given
            .and(service(name).namespace("shop"))
            .and(version(name, "v1").namespace("shop"))
            .and(version(name, "'1.10'").namespace("shop"))
            .and(version(name, "'1.9'").namespace("shop"))
    });
    chain.policy("tracestate: true, header: X-Version-Override")
}

pub fn every_kind_of_port() -> Given {
    given(
        service("reviews")
            .port("name: http-web, port: 80")
            .port("name: grpc, port: 90")
            .port("name: tcp-data, port: 9000")
            .port("name: unknown, port: 7000")
            .port("name: mysql-x, port: 3307")
            .port("name: smtp, port: 25")
            .port("name: metrics, port: 9090, appProtocol: http")
            .port("name: https, port: 443")
            .port("name: dns, port: 53, protocol: UDP"),
    )
    .and(version("reviews", "v1"))
    .and(version("reviews", "v2"))
}

pub fn misleading_values() -> Given {
    ["'1.0'", "'0777'", "'1e3'", "'1_000'", "'n'", "'on'", "'null'", "'0x1f'", "'2024-01-01'", "v1"]
        .iter()
        .enumerate()
        .fold(given(service("reviews")), |given, (number, value)| {
            given.and(deployment(&format!("d{number}")).of("reviews").version(value))
        })
}

pub fn guard_on_every_port() -> Given {
    given(service("reviews").namespace("shop").port("name: http, port: 80").port("name: grpc, port: 90"))
        .and(version("reviews", "v10").namespace("shop"))
        .and(version("reviews", "v9").namespace("shop"))
        .and(version("reviews", "v1").namespace("shop"))
        .policy("unknownVersion: reject, header: X-Route-To, tracestate: true")
}
