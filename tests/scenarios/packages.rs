//! Files and indexes in kpt packages.

use super::*;

const PATH: &str = "internal.config.kubernetes.io/path";
const INDEX: &str = "internal.config.kubernetes.io/index";

#[test]
fn in_a_package_new_objects_go_to_a_file_of_their_own_beside_the_service() {
    let found = given(
        service("reviews")
            .annotation(&format!("{PATH}: apps/web/services.yaml"))
            .annotation(&format!("{INDEX}: '3'"))
            .annotation("internal.config.kubernetes.io/package-path: apps")
            .annotation("internal.config.kubernetes.io/id: '7'")
            .annotation("config.kubernetes.io/local-config: 'false'"),
    )
    .and(version("reviews", "v1"))
    .run();
    for (kind, index) in [("DestinationRule", "0"), ("VirtualService", "1")] {
        let object = found.quiet().object(kind, "reviews-overrides").unwrap();
        let annotations = object["metadata"]["annotations"].as_object().unwrap();
        assert_eq!(annotations[PATH], "apps/web/overrides_reviews.yaml");
        assert_eq!(annotations[INDEX], index);
        assert_eq!(annotations["internal.config.kubernetes.io/package-path"], "apps");
        assert_eq!(annotations["overrides.dev/generated-for"], "reviews");
        assert_eq!(annotations.len(), 4, "and nothing else of the Service's: {annotations:?}");
    }
}

#[test]
fn the_annotations_of_the_older_contract_are_answered_in_kind() {
    let old = ["config.kubernetes.io/path: services.yaml", "config.kubernetes.io/index: '0'"];
    let reviews = old.iter().fold(service("reviews"), |service, annotation| service.annotation(annotation));
    let found = given(reviews).and(version("reviews", "v1")).run();
    let yaml = found.quiet().yaml();
    assert!(yaml.contains("    config.kubernetes.io/path: overrides_reviews.yaml\n"), "{yaml}");
    assert!(!yaml.contains("internal.config"), "{yaml}");
}

#[test]
fn without_a_path_none_is_set() {
    assert!(!in_shop().run().quiet().yaml().contains("config.kubernetes.io"));
}

#[test]
fn services_of_one_name_in_one_folder_share_the_file_at_the_next_free_indexes() {
    let packaged = |namespace: &str| {
        service("reviews")
            .namespace(namespace)
            .annotation(&format!("{PATH}: {namespace}.yaml"))
            .annotation(&format!("{INDEX}: '0'"))
    };
    let users = format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: users\n  annotations: {{{PATH}: overrides_reviews.yaml, \
         {INDEX}: '4'}}\n"
    );
    let found = given(packaged("b"))
        .and(version("reviews", "v1").namespace("b"))
        .and(packaged("a"))
        .and(version("reviews", "v1").namespace("a"))
        .and(users)
        .run();
    let places: Vec<(String, String)> = found
        .quiet()
        .generated
        .iter()
        .map(|object| {
            let value = support::given::value(object);
            let annotations = value["metadata"]["annotations"].clone();
            assert_eq!(annotations[PATH], "overrides_reviews.yaml");
            (
                value["metadata"]["namespace"].as_str().unwrap().to_owned(),
                annotations[INDEX].as_str().unwrap().to_owned(),
            )
        })
        .collect();
    let expected = [("a", "5"), ("a", "6"), ("b", "7"), ("b", "8")];
    assert_eq!(places, expected.map(|(namespace, index)| (namespace.to_owned(), index.to_owned())));
}
