//! What a Workload must not say, and what it must not stand beside.

use super::*;

/// The one error for a Workload beside `helloworld` in two versions, at this field, with these words in its sentences.
#[track_caller]
fn wrong(workload: &str, code: Code, field: &str, words: &str) {
    let outcome = hello().and(workload).run();
    let (found, place, _) = error(&outcome);
    let sentences = outcome.findings[0].sentences();
    assert_eq!((found, place), (code, field), "{sentences}\n{workload}");
    assert!(sentences.contains(words), "{sentences}");
}

#[test]
fn schemas_that_contradict_each_other_are_an_error_at_the_field() {
    let both = |field: &str| ARTICLE.replacen("        weight: 80", &format!("        {field}\n        weight: 80"), 1);
    let code = Code::WorkloadInvalid;
    wrong(&both("subsetName: v9"), code, "spec.targets[0].trafficSplit.subsetName", "`v9`");
    wrong(&both("subsetLabels: {a: b}"), code, "spec.targets[0].trafficSplit.subsetLabels", "other labels");
}

#[test]
fn a_name_that_several_services_had_is_none_to_be_sure_of() {
    let renamed = |prefix: &str| {
        service(&format!("{prefix}-helloworld"))
            .selector("{app: helloworld}")
            .annotation("internal.config.kubernetes.io/previousNames: helloworld")
    };
    let pods = || given(version("helloworld", "v1")).and(version("helloworld", "v2")).and(ARTICLE);
    let found = pods().and(renamed("a")).and(renamed("b")).run();
    let (code, field, message) = error(&found);
    assert_eq!((code, field), (Code::WorkloadServiceUnknown, "spec.host"));
    assert!(message.contains("`a-helloworld`, `b-helloworld`"), "{message}");
}

#[test]
fn weights_that_cannot_be_are_errors_at_their_fields() {
    let both = |v1: &str, v2: &str| {
        ARTICLE.replace("weight: 80", &format!("weight: {v1}")).replace("weight: 20", &format!("weight: {v2}"))
    };
    let weight = "spec.targets[1].trafficSplit.weight";
    for (v1, v2) in [("80", "30"), ("0", "0"), ("100", "100"), ("80", "")] {
        wrong(&both(v1, v2), Code::WorkloadInvalid, "spec.targets", "add up to");
    }
    for bad in ["-20", "'20'", "20.5", "[20]", "{}", "true", "101", "4294967296", "99999999999999999999999", ".inf"] {
        wrong(&both("80", bad), Code::WrongType, weight, "a whole number from 0 to 100");
    }
    assert_eq!(hello().and(both("0x50", "20")).run().quiet().routes("helloworld"), SPLIT, "as Go reads it");
}

#[test]
fn names_that_cannot_be_are_errors_at_their_fields() {
    let code = Code::WorkloadInvalid;
    let named = |name: &str| ARTICLE.replace("name: v2\n", &format!("name: {name}\n"));
    let nested = "spec.targets[1].trafficSplit.subset.name";
    wrong(&named("v1"), code, nested, "twice");
    wrong(&flat(&named("v1")), code, "spec.targets[1].trafficSplit.subsetName", "twice");
    for bad in ["v1.2", "-v2", "v2-", "v_2", "'v 2'", "é", &"a".repeat(64)] {
        wrong(&named(bad), code, nested, "at most 63");
    }
    for none in ["", "''", "null"] {
        wrong(&named(none), code, nested, "no name");
    }
    wrong(&ARTICLE.replace("          name: v2\n", ""), code, nested, "no name");
    wrong(&flat(&named("v.2")), code, "spec.targets[1].trafficSplit.subsetName", "at most 63");
    for bad in ["2", "[v2]", "{a: b}", "true"] {
        wrong(&named(bad), Code::WrongType, nested, "text is needed");
    }
}

#[test]
fn labels_that_cannot_be_are_errors_at_their_fields() {
    let labelled = |labels: &str| ARTICLE.replace("          labels:\n            version: v2\n", labels);
    let labels = "spec.targets[1].trafficSplit.subset.labels";
    for none in ["", "          labels:\n", "          labels: {}\n", "          labels: null\n"] {
        wrong(&labelled(none), Code::WorkloadInvalid, labels, "no labels");
    }
    let version = "spec.targets[1].trafficSplit.subset.labels.version";
    wrong(&labelled("          labels: {version: 2}\n"), Code::WrongType, version, "quotes");
    wrong(&labelled("          labels: {version: {a: b}}\n"), Code::WrongType, version, "text is needed");
    wrong(&labelled("          labels: {version: }\n"), Code::WrongType, version, "text is needed");
    wrong(&labelled("          labels: [version]\n"), Code::WrongType, labels, "a mapping is needed");
    wrong(&labelled("          labels: {version: a/b}\n"), Code::WorkloadInvalid, version, "label value");
    let key = "spec.targets[1].trafficSplit.subset.labels.a b";
    wrong(&labelled("          labels: {a b: c}\n"), Code::WorkloadInvalid, key, "label key");
}

#[test]
fn a_workload_without_host_or_targets_is_an_error() {
    let code = Code::WorkloadInvalid;
    for none in ["{}", "{host: }", "{host: ''}", "{targets: []}"] {
        wrong(&splitting(none), code, "spec.host", "which Service");
    }
    wrong(
        "apiVersion: labs.ishankhare.dev/v1alpha1\nkind: Workload\nmetadata: {name: a}\n",
        code,
        "spec.host",
        "which",
    );
    for none in ["{host: helloworld}", "{host: helloworld, targets: }", "{host: helloworld, targets: []}"] {
        wrong(&splitting(none), code, "spec.targets", "no targets");
    }
    wrong(&splitting("{host: helloworld, targets: {a: b}}"), Code::WrongType, "spec.targets", "a list is needed");
    wrong(&splitting("{host: helloworld, targets: [a]}"), Code::WrongType, "spec.targets[0]", "a mapping is needed");
    wrong(&splitting("{host: helloworld, targets: [null]}"), Code::WrongType, "spec.targets[0]", "a mapping is needed");
    wrong(&splitting("null"), code, "spec.host", "which Service");
    wrong(&splitting("[a]"), Code::WrongType, "spec", "a mapping is needed");
    let name = "spec.targets[0].trafficSplit.subset.name";
    wrong(&splitting("{host: helloworld, targets: [{name: a}]}"), code, name, "no name");
    wrong(&over("{trafficSplit: null}"), code, name, "no name");
    wrong(&over("{trafficSplit: {subset: null}}"), code, name, "no name");
    let split = "spec.targets[0].trafficSplit";
    wrong(&over("{trafficSplit: [a]}"), Code::WrongType, split, "a mapping is needed");
    wrong(&over("{trafficSplit: {subset: v1}}"), Code::WrongType, &format!("{split}.subset"), "a mapping is needed");
    wrong(&over("{trafficSplit: {hosts: hello}}"), Code::WrongType, &format!("{split}.hosts"), "a list is needed");
}

#[test]
fn a_host_that_is_no_service_of_the_input_is_an_error_with_the_nearest() {
    let code = Code::WorkloadServiceUnknown;
    let hosted = |host: &str| ARTICLE.replace("  host: helloworld\n", &format!("  host: {host}\n"));
    wrong(&hosted("heloworld"), code, "spec.host", "Did you mean `helloworld`?");
    for elsewhere in ["helloworld.default", "'*'", "'*.local'", "helloworld.example.com", "zebra", "hello world"] {
        wrong(&hosted(elsewhere), code, "spec.host", "not in the input");
    }
    wrong(&hosted("7"), Code::WrongType, "spec.host", "text is needed");
}

#[test]
fn hosts_of_a_target_that_mean_another_service_are_errors() {
    let code = Code::WorkloadInvalid;
    let changed = |from: &str, to: &str| ARTICLE.replacen(from, to, 1);
    wrong(&changed("- helloworld\n", "- other\n"), code, "spec.targets[0].trafficSplit.hosts[0]", "`other`");
    wrong(
        &changed("          - helloworld\n", "          - helloworld\n          - shop.example.com\n"),
        code,
        "spec.targets[0].trafficSplit.hosts[1]",
        "`shop.example.com`",
    );
    let host = "spec.targets[0].trafficSplit.destinationHost";
    wrong(&changed("destinationHost: helloworld\n", "destinationHost: other\n"), code, host, "`other`");
    wrong(&changed("namespace: default\n", "namespace: other\n"), code, "spec.targets[0].namespace", "`other`");
    let bare = ARTICLE
        .replace("        hosts:\n          - helloworld\n", "        hosts:\n")
        .replace("destinationHost: helloworld\n", "destinationHost: ''\n")
        .replace("namespace: default\n", "namespace: ''\n");
    assert_eq!(hello().and(bare).run().quiet().routes("helloworld"), SPLIT, "they may be left out");
}

#[test]
fn workloads_and_targets_have_to_fit() {
    let labels = "spec.template.metadata.labels";
    let other = deployment("other").of("helloworld").version("v3");
    let found = hello().and(other).and(ARTICLE).run();
    let (code, field, message) = error(&found);
    assert_eq!((code, field), (Code::SomeUnversioned, labels));
    assert!(message.contains("Workload workload-sample"), "{message}");
    assert!(found.findings[0].related.is_some());

    let missing = given(service("helloworld")).and(version("helloworld", "v1")).and(ARTICLE).run();
    let (code, field, message) = error(&missing);
    assert_eq!((code, field), (Code::DefaultUnknown, "spec.targets[1].trafficSplit.subset.labels"));
    assert!(message.contains("`v2`"), "{message}");

    let both = deployment("both").of("helloworld").version("v1").pod_label("track: canary");
    let workload = over(&format!("{}, {}", target("v1", "version: v1", 80), target("canary", "track: canary", 20)));
    let found = given(service("helloworld")).and(both).and(workload).run();
    let (code, field, message) = error(&found);
    assert_eq!((code, field), (Code::VersionsOverlap, labels));
    assert!(message.contains("`v1`") && message.contains("`canary`"), "{message}");

    let number = deployment("number").of("helloworld").pod_label("track: 1");
    let workload = over(&target("one", "track: \"1\"", 100));
    let found = given(service("helloworld")).and(number).and(workload).run();
    assert_eq!((error(&found).0, error(&found).1), (Code::VersionNotText, "spec.template.metadata.labels.track"));
}

#[test]
fn two_that_decide_about_one_service_are_a_conflict() {
    let second = ARTICLE.replace("workload-sample", "second");
    let found = hello().and(ARTICLE).and(second).run();
    let (code, field, message) = error(&found);
    assert_eq!((code, field), (Code::SplitConflict, "spec.host"));
    assert!(message.contains("Workload workload-sample"), "{message}");
    let related = found.findings[0].related.as_ref().expect("the other place");
    assert_eq!(related.0.object.as_ref().unwrap().name, "workload-sample");

    let found = hello().and(ARTICLE).policy("services: [{name: helloworld, split: {v1: 80, v2: 20}}]").run();
    assert_eq!((error(&found).0, error(&found).1), (Code::SplitConflict, "spec.host"));
    let related = found.findings[0].related.as_ref().expect("the other place");
    assert_eq!(related.0.field.as_deref(), Some("spec.services[0].split"));

    let spec = "{hosts: [helloworld], http: [{route: [{destination: {host: helloworld}}]}]}";
    let found = hello().and(ARTICLE).and(rule("VirtualService", "mine", "", spec)).run();
    let (code, field, message) = error(&found);
    assert_eq!((code, field), (Code::SplitConflict, "spec.host"));
    assert!(message.contains("VirtualService mine"), "{message}");
    assert!(found.findings[0].related.is_some());
}

#[test]
fn a_split_of_a_service_that_is_passed_over_does_nothing_and_says_so() {
    let spec = "{hosts: [helloworld], http: [{route: [{destination: {host: helloworld}}]}]}";
    let opted_out = |service: support::given::Service| {
        given(service).and(version("helloworld", "v1")).and(version("helloworld", "v2"))
    };
    let ignored = service("helloworld").annotation("overrides.dev/ignore: 'true'");
    let headless = service("helloworld").spec("clusterIP: None");
    for given in [
        opted_out(ignored.clone()),
        opted_out(headless.clone()),
        hello().policy("services: [{name: helloworld, ignore: true}]"),
        hello().policy("existing: skip").and(rule("VirtualService", "mine", "", spec)),
        given(service("helloworld")),
    ] {
        let found = given.and(ARTICLE).run();
        let idle = found.findings.iter().find(|finding| finding.code == Code::SplitIdle).expect("it is said");
        assert_eq!((idle.severity, idle.place.field.as_deref()), (Severity::Warning, Some("spec.host")));
        let related = idle.related.as_ref().expect("the Service");
        assert_eq!(related.0.object.as_ref().unwrap().kind, "Service");
        assert!(found.generated.is_empty());
    }
    for service in [ignored, headless] {
        let found = opted_out(service).policy("services: [{name: helloworld, split: {v1: 80, v2: 20}}]").run();
        let idle = found.findings.iter().find(|finding| finding.code == Code::SplitIdle).expect("it is said");
        assert_eq!(idle.place.field.as_deref(), Some("spec.services[0].split"));
    }
}

#[test]
fn every_target_that_is_wrong_is_found_in_one_run() {
    let found = hello().and(over("{}, {trafficSplit: {subsetName: v1}}, {namespace: other}")).run();
    let fields: Vec<&str> = found.findings.iter().filter_map(|finding| finding.place.field.as_deref()).collect();
    assert_eq!(
        fields,
        [
            "spec.targets[0].trafficSplit.subset.name",
            "spec.targets[1].trafficSplit.subset.labels",
            "spec.targets[2].namespace"
        ]
    );
}

#[test]
fn two_services_of_one_name_are_one_mistake() {
    let found = hello().and(service("helloworld")).and(ARTICLE).run();
    assert_eq!(error(&found).0, Code::DuplicateService);
}
