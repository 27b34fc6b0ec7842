//! Version labels.

use super::*;

#[test]
fn the_first_version_label_that_is_present_counts_and_the_subset_selects_on_it() {
    let found = given(service("reviews"))
        .and(deployment("a").of("reviews").version("v1").pod_label("example.com/release: r1"))
        .and(deployment("b").of("reviews").pod_label("example.com/release: r2"))
        .policy("versionLabels: [version, example.com/release]")
        .run();
    assert_eq!(found.quiet().subsets("reviews"), ["r2 example.com/release: r2", "v1 version: v1"]);
    let turned = given(service("reviews").annotation("overrides.dev/default-version: r1"))
        .and(deployment("a").of("reviews").version("v1").pod_label("example.com/release: r1"))
        .and(deployment("b").of("reviews").pod_label("example.com/release: r2"))
        .policy("versionLabels: [example.com/release, version]")
        .run();
    assert_eq!(turned.quiet().subsets("reviews"), ["r1 example.com/release: r1", "r2 example.com/release: r2"]);
}

#[test]
fn the_release_number_is_no_version_unless_somebody_says_so() {
    let workloads = given(service("reviews"))
        .and(deployment("a").of("reviews").pod_label("app.kubernetes.io/version: '7.1'").version("v1"))
        .and(deployment("b").of("reviews").pod_label("app.kubernetes.io/version: '7.2'").version("v2"));
    assert_eq!(workloads.run().quiet().routes("reviews"), TWO_ROUTES);
}

#[test]
fn an_empty_version_is_none_and_the_next_label_is_tried() {
    for empty in ["''", "\"\"", "", "~", "null"] {
        let found = given(service("reviews"))
            .and(deployment("a").of("reviews").version(empty).pod_label("release: v1"))
            .policy("versionLabels: [version, release]")
            .run();
        assert_eq!(found.quiet().subsets("reviews"), ["v1 release: v1"], "{empty:?}");
        given(service("reviews")).and(deployment("a").of("reviews").version(empty)).run().only(Code::NoVersions);
    }
}

#[test]
fn a_version_under_two_labels_is_an_error() {
    let found = given(service("reviews"))
        .and(version("reviews", "v1"))
        .and(deployment("b").of("reviews").pod_label("release: v1"))
        .policy("versionLabels: [version, release]")
        .run();
    let finding = found.only(Code::VersionUnderTwoLabels);
    assert_eq!(finding.related.as_ref().unwrap().0.object.as_ref().unwrap().name, "reviews-v1", "both are named");
    found.unchanged();
}

#[test]
fn versions_are_sorted_as_people_count() {
    let found = ["v10", "v2", "v1", "'1.10.0'", "'1.9.0'", "v1-rc2", "v1-rc10"]
        .iter()
        .enumerate()
        .fold(given(service("reviews")), |given, (number, value)| {
            given.and(deployment(&format!("d{number}")).of("reviews").version(value))
        })
        .run();
    let names: Vec<String> =
        found.quiet().subsets("reviews").iter().map(|subset| subset.split(' ').next().unwrap().to_owned()).collect();
    assert_eq!(names, ["1-9-0", "1-10-0", "v1", "v1-rc2", "v1-rc10", "v2", "v10"]);
    let routes = found.routes("reviews");
    assert_eq!(routes.len(), 7, "one per version but the default, and the default's own rule");
    assert_eq!(routes.last().unwrap(), "default-reviews -> v1");
}

#[test]
fn a_subset_name_is_at_most_63_characters_and_has_no_dash_at_an_end() {
    let long = format!("'{}'", "1.".repeat(31) + "1");
    let found =
        given(service("reviews")).and(version("reviews", "v1")).and(deployment("b").of("reviews").version(&long));
    let found = found.run();
    for subset in found.quiet().subsets("reviews") {
        let name = subset.split(' ').next().unwrap();
        assert!(name.len() <= 63 && name.starts_with(|c: char| c.is_ascii_alphanumeric()), "{name}");
        assert!(name.ends_with(|c: char| c.is_ascii_alphanumeric()), "{name}");
    }
}
