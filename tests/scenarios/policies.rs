//! The policy in all its forms.

use super::*;

#[test]
fn both_forms_of_the_policy_give_the_same() {
    let pairs = [
        ("header: x-other", "header: x-other"),
        ("baggage: false, tracestate: true", "baggage: 'false', tracestate: 'true'"),
        ("versionLabels: [release, version]", "versionLabels: 'release, version'"),
        ("defaultVersion: v2", "defaultVersion: v2"),
        ("unversioned: label", "unversioned: label"),
        ("unversioned: error", "unversioned: error"),
        ("existing: error", "existing: error"),
        ("singleVersion: skip", "singleVersion: skip"),
        ("exportTo: [., front]", "exportTo: '., front'"),
        ("rootNamespace: mesh", "rootNamespace: mesh"),
    ];
    let configuration = in_shop()
        .and(service("ratings").namespace("shop"))
        .and(version("ratings", "v1").namespace("shop"))
        .and(service("plain").namespace("shop"))
        .and(deployment("plain").of("plain").namespace("shop"))
        .and(service("far").namespace("far"))
        .and(version("far", "v1").namespace("far"))
        .and(rule("DestinationRule", "wide", "mesh", "{host: '*.far.svc.cluster.local'}"));
    let default = configuration.run();
    for (spec, data) in pairs {
        let kind = configuration.clone().policy(spec).run();
        let map = configuration.clone().settings(data).run();
        assert_eq!(kind.generated, map.generated, "{spec}");
        assert_eq!(kind.codes(), map.codes(), "{spec}");
        let differs = kind.generated != default.generated || kind.codes() != default.codes();
        assert!(differs || spec.starts_with("versionLabels"), "{spec} changes something");
    }
    for nothing in ["", "header: x-override, baggage: 'true', existing: merge, singleVersion: pin"] {
        assert_eq!(configuration.clone().settings(nothing).run().generated, default.generated, "the defaults");
    }
    assert_eq!(configuration.policy("").run().generated, default.generated);
}

#[test]
fn no_policy_in_any_spelling_is_the_default_policy() {
    let documents = [service("reviews").document(), version("reviews", "v1").document()];
    let expected = function(&resource_list("", &documents));
    for head in [
        "functionConfig:\n",
        "functionConfig: null\n",
        "functionConfig: {apiVersion: v1, kind: ConfigMap}\n",
        "functionConfig: {apiVersion: v1, kind: ConfigMap, metadata: {name: function-input}, data: {}}\n",
        "functionConfig: {apiVersion: v1, kind: ConfigMap, data: null}\n",
        "functionConfig: {apiVersion: overrides.dev/v1alpha1, kind: Overrides}\n",
        "functionConfig: {apiVersion: overrides.dev/v1alpha1, kind: Overrides, metadata: {name: a}, spec: null}\n",
        "functionConfig: {apiVersion: overrides.dev/v1alpha1, kind: Overrides, spec: {services: , select: }}\n",
    ] {
        let found = function(&resource_list(head, &documents));
        assert!(found.findings.is_empty(), "{head}: {:?}", found.findings);
        assert_eq!(found.output.replacen(head, "", 1), expected.output, "{head}");
    }
}

#[test]
fn render_takes_its_policy_from_a_file_from_the_input_or_from_settings() {
    let documents = [
        service("reviews").document(),
        version("reviews", "v1").document(),
        version("reviews", "v2").document(),
        "apiVersion: overrides.dev/v1alpha1\nkind: Overrides\nmetadata: {name: mesh}\nspec: {defaultVersion: v2}\n"
            .to_owned(),
    ];
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mesh.yaml");
    std::fs::write(&file, &documents[3]).unwrap();
    let file = file.to_str().unwrap();
    let without = stream(&documents[..3]);
    let with = stream(&documents);

    let from_file = overrides(&["render", "-", "--config", file], without.as_bytes());
    let among = overrides(&["render", "-"], with.as_bytes());
    let set = overrides(&["render", "-", "--set", "defaultVersion=v2"], without.as_bytes());
    assert!(from_file.stdout.ends_with("subset: v2\n"), "{}", from_file.stdout);
    assert_eq!(among.stdout, from_file.stdout, "the policy is not printed");
    assert_eq!(set.stdout, from_file.stdout);
    let both = overrides(&["render", "-", "--config", file, "--set", "defaultVersion=v1"], with.as_bytes());
    assert!(both.stdout.ends_with("subset: v1\n"), "a setting is the last word: {}", both.stdout);
    assert!(!both.stdout.contains("Overrides\n"), "{}", both.stdout);
}

#[test]
fn an_overrides_object_among_the_items_is_the_policy_where_the_function_is_given_none() {
    let policy = "apiVersion: overrides.dev/v1alpha1\nkind: Overrides\nmetadata: {name: mesh}\nspec: {header: x-v}\n";
    let among = two_versions().and(policy);
    let found = function(&among.list());
    assert!(found.findings.is_empty(), "{:#?}", found.findings);
    assert!(found.output.contains("x-v:") && !found.output.contains("x-override:"), "{}", found.output);
    assert!(found.output.starts_with(&among.list()), "the policy's own object comes back like all others");

    let given_one = function(&among.clone().policy("header: x-other").list());
    assert!(given_one.output.contains("x-other:") && !given_one.output.contains("x-v:"), "{}", given_one.output);

    let twice = function(&among.and(policy).list());
    assert_eq!(twice.findings[0].code, Code::SeveralPolicies);
}

#[test]
fn a_service_of_the_policy_that_is_in_another_namespace_is_pointed_out() {
    let found = in_shop().policy("services: [{name: reviews, namespace: shpo}]").run();
    let finding = found.only(Code::PolicyServiceUnknown);
    assert_eq!(finding.cure, "There is one in the namespace `shop`");
    assert_eq!(finding.place.field.as_deref(), Some("spec.services[0].namespace"));
}

#[test]
fn a_default_that_no_label_could_hold_is_the_policys_mistake() {
    for (policy, field) in [
        ("defaultVersion: 'not legal'", "spec.defaultVersion"),
        ("defaultVersion: ''", "spec.defaultVersion"),
        ("services: [{name: reviews, defaultVersion: 'v1 '}]", "spec.services[0].defaultVersion"),
    ] {
        let found = two_versions().policy(policy);
        let found = function(&found.list());
        assert_eq!(found.findings[0].code, Code::InvalidPolicy, "{policy}");
        assert_eq!(found.findings[0].place.field.as_deref(), Some(field));
    }
    let found = function(&two_versions().settings("defaultVersion: '-'").list());
    assert_eq!(found.findings[0].place.field.as_deref(), Some("data.defaultVersion"));
}
