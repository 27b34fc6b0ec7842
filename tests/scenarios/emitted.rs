//! What is emitted.

use super::*;

#[test]
fn two_versions_of_one_service() {
    insta::assert_snapshot!(two_versions().run().quiet().yaml());
}

#[test]
fn a_chain_of_three_services_with_dotted_versions_in_a_namespace() {
    let chain = ["s3", "s1", "s2"].iter().fold(Given::default(), |given, name| {
        given
            .and(service(name).namespace("shop"))
            .and(version(name, "v1").namespace("shop"))
            .and(version(name, "'1.10'").namespace("shop"))
            .and(version(name, "'1.9'").namespace("shop"))
    });
    let found = chain.policy("tracestate: true, header: X-Version-Override").run();
    insta::assert_snapshot!(found.quiet().yaml());
}

#[test]
fn a_service_with_every_kind_of_port() {
    let found = given(
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
    .run();
    assert_eq!(found.codes(), [Code::TlsPort]);
    insta::assert_snapshot!(found.yaml());
}

#[test]
fn what_is_added_stands_behind_everything_else_and_results_behind_that() {
    let found = two_versions().and(service("external").spec("type: ExternalName")).run();
    insta::assert_snapshot!(found.output);
}

#[test]
fn values_that_yaml_could_misread_are_quoted() {
    let found = ["'1.0'", "'0777'", "'1e3'", "'1_000'", "'n'", "'on'", "'null'", "'0x1f'", "'2024-01-01'", "v1"]
        .iter()
        .enumerate()
        .fold(given(service("reviews")), |given, (number, value)| {
            given.and(deployment(&format!("d{number}")).of("reviews").version(value))
        })
        .run();
    insta::assert_snapshot!(found.quiet().yaml());
}
