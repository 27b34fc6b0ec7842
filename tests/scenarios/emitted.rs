//! What is emitted.

use super::*;

#[test]
fn two_versions_of_one_service() {
    insta::assert_snapshot!(two_versions().run().quiet().yaml());
}

#[test]
fn a_chain_of_three_services_with_dotted_versions_in_a_namespace() {
    let found = golden::chain_with_dotted_versions().run();
    insta::assert_snapshot!(found.quiet().yaml());
}

#[test]
fn a_service_with_every_kind_of_port() {
    let found = golden::every_kind_of_port().run();
    assert_eq!(found.codes(), [Code::TlsPort, Code::TcpPort]);
    insta::assert_snapshot!(found.yaml());
}

#[test]
fn what_is_added_stands_behind_everything_else_and_results_behind_that() {
    let found = two_versions().and(service("external").spec("type: ExternalName")).run();
    insta::assert_snapshot!(found.output);
}

#[test]
fn values_that_yaml_could_misread_are_quoted() {
    let found = golden::misleading_values().run();
    insta::assert_snapshot!(found.quiet().yaml());
}
