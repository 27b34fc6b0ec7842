//! launchpad's Workloads: weighted defaults that define the versions as well.

mod errors;

use overrides::krm::Manifests;
use overrides::transform;

use super::*;

/// The article's, at whose end stands more.
const ARTICLE: &str = "\
apiVersion: labs.ishankhare.dev/v1alpha1
kind: Workload
metadata:
  name: workload-sample
spec:
  host: helloworld
  targets:
    - name: helloworld-v1
      namespace: default
      trafficSplit:
        hosts:
          - helloworld
        subset:
          name: v1
          labels:
            version: v1
        destinationHost: helloworld
        weight: 80
    - name: helloworld-v2
      namespace: default
      trafficSplit:
        hosts:
          - helloworld
        subset:
          name: v2
          labels:
            version: v2
        destinationHost: helloworld
        weight: 20
";

/// The same in the words of the repository.
fn flat(nested: &str) -> String {
    nested
        .replace("        subset:\n          name: ", "        subsetName: ")
        .replace("          labels:\n            ", "        subsetLabels:\n          ")
}

/// A Workload in flow style: what follows `spec:`.
fn splitting(spec: &str) -> String {
    format!("apiVersion: labs.ishankhare.dev/v1alpha1\nkind: Workload\nmetadata:\n  name: split\nspec: {spec}\n")
}

/// A Workload for `helloworld` with these targets.
fn over(targets: &str) -> String {
    splitting(&format!("{{host: helloworld, targets: [{targets}]}}"))
}

/// A target in flow style.
fn target(name: &str, labels: &str, weight: u32) -> String {
    format!("{{trafficSplit: {{subset: {{name: {name}, labels: {{{labels}}}}}, weight: {weight}}}}}")
}

/// 80 to 20 between two tracks.
fn two_tracks() -> String {
    over(&format!("{}, {}", target("stable", "track: stable", 80), target("canary", "track: canary", 20)))
}

/// `helloworld` in two versions.
fn hello() -> Given {
    given(service("helloworld")).and(version("helloworld", "v1")).and(version("helloworld", "v2"))
}

/// `helloworld` on two tracks, with Pods that have no version label.
fn tracks() -> Given {
    let on =
        |track: &str| deployment(&format!("helloworld-{track}")).of("helloworld").pod_label(&format!("track: {track}"));
    given(service("helloworld")).and(on("stable")).and(on("canary"))
}

const SPLIT: [&str; 3] = [
    "override-helloworld-v2 by x-override, baggage -> v2",
    "override-helloworld-v1 by x-override, baggage -> v1",
    "default-helloworld -> v1 80%, v2 20%",
];

const TRACKS: [&str; 3] = [
    "override-helloworld-canary by x-override, baggage -> canary",
    "override-helloworld-stable by x-override, baggage -> stable",
    "default-helloworld -> canary 20%, stable 80%",
];

/// The one error that there is: its code, field and message.
#[track_caller]
fn error(outcome: &Outcome) -> (Code, &str, &str) {
    let errors: Vec<_> = outcome.unchanged().findings.iter().filter(|f| f.severity == Severity::Error).collect();
    let [finding] = errors.as_slice() else { panic!("{:#?}", outcome.findings) };
    (finding.code, finding.place.field.as_deref().unwrap_or_default(), &finding.message)
}

#[test]
fn the_article_s_workload_splits_and_overrides_stay_above_it() {
    let found = hello().and(ARTICLE).run();
    assert_eq!(found.quiet().routes("helloworld"), SPLIT);
    assert_eq!(found.subsets("helloworld"), ["v1 version: v1", "v2 version: v2"]);
    let policy = hello().policy("services: [{name: helloworld, split: {v1: 80, v2: 20}}]").run();
    assert_eq!(found.yaml(), policy.yaml(), "as a split in the policy does");
}

#[test]
fn both_schemas_say_the_same() {
    let repository = flat(ARTICLE);
    assert!(repository.contains("subsetName: v1\n") && repository.contains("subsetLabels:\n          version: v2\n"));
    assert_eq!(hello().and(repository.as_str()).run().quiet().yaml(), hello().and(ARTICLE).run().yaml());
    let both = ARTICLE
        .replace("        destinationHost", "        subsetName:\n        subsetLabels: {}\n        destinationHost");
    assert_eq!(hello().and(both).run().quiet().routes("helloworld"), SPLIT, "what is empty is absent");
    let both = ARTICLE.replacen(
        "        weight: 80",
        "        subsetName: v1\n        subsetLabels: {version: v1}\n        weight: 80",
        1,
    );
    assert_eq!(hello().and(both).run().quiet().routes("helloworld"), SPLIT);
}

#[test]
fn targets_are_versions_by_whatever_labels_they_name() {
    let found = tracks().and(two_tracks()).run();
    assert_eq!(found.quiet().routes("helloworld"), TRACKS);
    assert_eq!(found.subsets("helloworld"), ["canary track: canary", "stable track: stable"]);
    assert_eq!(found.subset_for("helloworld", &[("x-override", "helloworld:canary")]), "canary");
    assert_eq!(found.subset_for("helloworld", &[("baggage", "override-helloworld=stable")]), "stable");
    assert_eq!(
        found.regexes("helloworld", "x-override"),
        [r"^(.*,)?[ \t]*helloworld:canary[ \t]*(,.*)?$", r"^(.*,)?[ \t]*helloworld:stable[ \t]*(,.*)?$"]
    );
}

#[test]
fn a_target_may_need_several_labels() {
    let on =
        |name: &str, zone: &str| deployment(name).of("helloworld").version("v1").pod_label(&format!("zone: {zone}"));
    let workload = over(&format!("{}, {}", target("eu", "zone: eu, version: v1", 50), target("us", "zone: us", 50)));
    let found = given(service("helloworld")).and(on("a", "eu")).and(on("b", "us")).and(workload).run();
    assert_eq!(found.quiet().subsets("helloworld"), ["eu version: v1, zone: eu", "us zone: us"]);
    assert_eq!(found.routes("helloworld")[2], "default-helloworld -> eu 50%, us 50%");
}

#[test]
fn several_workloads_may_be_one_version() {
    let more = deployment("more").of("helloworld").version("v2");
    assert_eq!(hello().and(more).and(ARTICLE).run().quiet().routes("helloworld"), SPLIT);
}

#[test]
fn a_target_without_weight_keeps_its_override() {
    for nothing in ["weight: 0", "weight:", "hosts: [helloworld]"] {
        let workload = over(&format!(
            "{}, {{trafficSplit: {{subsetName: canary, subsetLabels: {{track: canary}}, {nothing}}}}}",
            target("stable", "track: stable", 100)
        ));
        let found = tracks().and(workload).run();
        assert_eq!(
            found.quiet().routes("helloworld"),
            ["override-helloworld-canary by x-override, baggage -> canary", "default-helloworld -> stable"]
        );
    }
}

#[test]
fn a_workload_may_name_its_service_in_all_the_ways_that_rules_may() {
    let in_shop = || {
        given(service("helloworld").namespace("shop"))
            .and(version("helloworld", "v1").namespace("shop"))
            .and(version("helloworld", "v2").namespace("shop"))
    };
    let plain = ARTICLE.replace("      namespace: default\n", "");
    let short = plain.replace("  name: workload-sample\n", "  name: workload-sample\n  namespace: shop\n");
    let expected = in_shop().and(short.as_str()).run();
    assert_eq!(expected.quiet().routes("helloworld"), SPLIT);
    let full = plain.replace(": helloworld\n", ": helloworld.shop.svc.cluster.local\n");
    let full = full.replace("- helloworld\n", "- HelloWorld.shop.svc.example.org\n");
    assert_eq!(in_shop().and(full).run().quiet().yaml(), expected.yaml());
    let found = in_shop().and(plain).run();
    let (code, field, _) = error(&found);
    assert_eq!((code, field), (Code::WorkloadServiceUnknown, "spec.host"));
    assert!(found.findings[0].cure.contains("`shop`"), "{}", found.findings[0].cure);
}

#[test]
fn what_kustomize_renamed_is_still_meant() {
    let renamed = service("dev-helloworld")
        .namespace("shop")
        .selector("{app: helloworld}")
        .annotation("internal.config.kubernetes.io/previousNames: helloworld")
        .annotation("internal.config.kubernetes.io/previousNamespaces: default");
    let moved = ARTICLE.replace("  name: workload-sample\n", "  name: workload-sample\n  namespace: shop\n");
    let found = given(renamed)
        .and(version("helloworld", "v1").namespace("shop"))
        .and(version("helloworld", "v2").namespace("shop"))
        .and(moved)
        .run();
    assert_eq!(found.quiet().routes("dev-helloworld")[2], "default-dev-helloworld -> v1 80%, v2 20%");
}

#[test]
fn a_workload_that_stays_in_the_configuration_counts() {
    let local = ARTICLE.replace(
        "  name: workload-sample\n",
        "  name: workload-sample\n  annotations: {config.kubernetes.io/local-config: \"true\"}\n",
    );
    let list = hello().and(local.as_str()).list();
    let found = function(&list);
    assert!(found.findings.is_empty(), "{:#?}", found.findings);
    let expected = hello().and(ARTICLE).run();
    assert!(found.output.strip_prefix(list.as_str()).unwrap().contains("weight: 80"), "{}", found.output);
    assert_eq!(function(&found.output).output, found.output);
    let documents = [
        service("helloworld").document(),
        version("helloworld", "v1").document(),
        version("helloworld", "v2").document(),
        local,
    ];
    let run = overrides(&["render", "-"], stream(&documents).as_bytes());
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    assert!(run.stdout.ends_with(&expected.yaml()), "{}", run.stdout);
    assert!(!run.stdout.contains("kind: Workload"), "it is not printed");
    assert!(hello().and(ARTICLE).run().rendered.contains("kind: Workload"), "without the annotation it is");
}

#[test]
fn a_workload_that_goes_takes_its_split_with_it() {
    let earlier = hello().and(ARTICLE).run();
    again(hello().and(ARTICLE), &earlier).run().quiet().unchanged();
    let left = again(hello(), &earlier).run();
    assert_eq!(left.quiet().yaml(), hello().run().yaml());
    // Pods that only the Workload told apart have no versions without it.
    let earlier = tracks().and(two_tracks()).run();
    let left = again(tracks(), &earlier).run();
    assert!(left.generated.is_empty());
    assert_eq!(left.codes(), [Code::NoVersions, Code::Removed, Code::Removed]);
}

#[test]
fn a_workload_that_goes_with_most_of_the_traffic_is_warned_about() {
    let canary = |v1, v2| over(&format!("{}, {}", target("v1", "version: v1", v1), target("v2", "version: v2", v2)));
    let earlier = hello().and(canary(10, 90)).run();
    let left = again(hello(), &earlier).run();
    let finding = left.only(Code::DefaultMoved);
    assert!(finding.message.contains("from `v2` to `v1`"), "{}", finding.message);
    again(hello().and(canary(90, 10)), &earlier).run().quiet();
}

#[test]
fn a_stated_default_names_one_of_the_targets() {
    let stating = |version: &str| {
        let service = service("helloworld").annotation(&format!("overrides.dev/default-version: {version}"));
        let on = |track: &str| {
            deployment(&format!("helloworld-{track}")).of("helloworld").pod_label(&format!("track: {track}"))
        };
        given(service).and(on("stable")).and(on("canary")).and(two_tracks())
    };
    // The default's own rule is the last.
    let canary = stating("canary").run();
    assert_eq!(canary.quiet().routes("helloworld"), [TRACKS[1], TRACKS[0], TRACKS[2]]);
    let found = stating("v1").run();
    let (code, field, message) = error(&found);
    assert_eq!((code, field), (Code::DefaultUnknown, "metadata.annotations[overrides.dev/default-version]"));
    assert!(!message.contains("workload has"), "{message}");
    assert!(found.findings[0].cure.contains("`canary`, `stable`"), "{}", found.findings[0].cure);
    let policy = hello().and(ARTICLE).policy("services: [{name: helloworld, defaultVersion: v9}]").run();
    assert_eq!(error(&policy).1, "spec.services[0].defaultVersion");
}

#[test]
fn names_for_people_are_not_looked_at() {
    let odd = ARTICLE.replace("- name: helloworld-v1\n", "- name: [whatever]\n");
    assert_eq!(hello().and(odd).run().quiet().routes("helloworld"), SPLIT);
}

#[test]
fn a_subset_of_the_users_with_the_same_labels_is_used() {
    let mine = rule(
        "DestinationRule",
        "mine",
        "",
        "{host: helloworld, subsets: [{name: old, labels: {track: stable}}, {name: canary, labels: {a: b}}]}",
    );
    let found = tracks().and(mine).and(two_tracks()).run();
    found.only(Code::Merged);
    let routes = found.routes("helloworld");
    assert!(routes[1].ends_with("-> old"), "{routes:?}");
    assert!(routes[0].starts_with("override-helloworld-canary-"), "the name is taken: {routes:?}");
    assert_eq!(found.subset_for("helloworld", &[("x-override", "helloworld:stable")]), "old");
    assert!(found.rendered.contains("track: canary"), "{}", found.rendered);
}

#[test]
fn a_service_whose_selector_has_a_version_can_be_split_by_other_labels() {
    let on = |track: &str| deployment(track).of("helloworld").version("v1").pod_label(&format!("track: {track}"));
    let pinned = service("helloworld").selector("{app: helloworld, version: v1}");
    let found = given(pinned).and(on("stable")).and(on("canary")).and(two_tracks()).run();
    assert_eq!(found.quiet().routes("helloworld"), TRACKS);
}

#[test]
fn a_version_with_a_share_and_no_pods_is_warned_about() {
    let down = deployment("helloworld-v2").of("helloworld").version("v2").replicas(0);
    let found = given(service("helloworld")).and(version("helloworld", "v1")).and(down).and(ARTICLE).run();
    let finding = found.only(Code::ScaledToZero);
    assert_eq!(finding.severity, Severity::Warning);
    assert!(finding.message.contains("`v2`"), "{}", finding.message);
}

#[test]
fn a_guard_knows_the_targets() {
    let found = tracks().and(two_tracks()).policy("unknownVersion: reject").run();
    assert_eq!(found.quiet().routes("helloworld")[2], "unknown-helloworld by x-override, baggage -> answer 404");
    assert!(found.yaml().contains("it has canary, stable."), "{}", found.yaml());
    assert_eq!(found.subset_for("helloworld", &[("x-override", "helloworld:v1")]), "answer 404");
}

#[test]
fn any_style_of_yaml_says_the_same() {
    let expected = hello().and(ARTICLE).run();
    let json = r#"{"apiVersion": "labs.ishankhare.dev/v1alpha1", "kind": "Workload", "metadata": {"name": "w"}, "spec":
  {"host": "helloworld", "targets": [
  {"trafficSplit": {"subset": {"name": "v1", "labels": {"version": "v1"}}, "weight": 80}},
  {"trafficSplit": {"subsetName": "v2", "subsetLabels": {"version": "v2"}, "weight": 20}}]}}
"#;
    assert_eq!(hello().and(json).run().quiet().yaml(), expected.yaml());
    let anchored = "\
apiVersion: labs.ishankhare.dev/v1alpha1
kind: Workload
metadata: {name: anchored}
spec:
  host: &host helloworld
  targets:
  - trafficSplit: &split
      hosts: [*host]
      destinationHost: *host
      subset: {name: v1, labels: {version: v1}}
      weight: 80
  - trafficSplit:
      <<: *split
      subset: {name: v2, labels: {version: v2}}
      weight: 20
";
    assert_eq!(hello().and(anchored).run().quiet().yaml(), expected.yaml());
}

#[test]
fn other_things_called_workload_are_not_looked_at() {
    for other in ["example.com/v1", "v1", "labs.ishankhare.dev.example.com/v1alpha1"] {
        let workload = ARTICLE.replace("labs.ishankhare.dev/v1alpha1", other).replace("weight: 80", "weight: 8");
        assert_eq!(hello().and(workload).run().quiet().yaml(), hello().run().yaml());
    }
}

#[test]
fn a_local_workload_alone_is_nothing_to_render() {
    let local = ARTICLE.replace(
        "  name: workload-sample\n",
        "  name: workload-sample\n  annotations: {config.kubernetes.io/local-config: \"true\"}\n",
    );
    let manifests = Manifests::parse([("-".to_owned(), local.as_str())]).unwrap();
    assert!(transform::render(&manifests, &overrides::config::Policy::default()).unwrap().failed());
}

#[test]
fn what_a_workload_added_to_a_rule_of_the_users_goes_with_it() {
    let mine =
        rule("DestinationRule", "mine", "", "\n  host: helloworld\n  subsets:\n  - name: old\n    labels: {a: b}");
    let with = tracks().and(mine.as_str()).and(two_tracks()).run();
    assert!(with.rendered.contains("track: canary") && !with.rendered.contains(&mine));
    let left = with.rendered.replace(&format!("---\n{}", two_tracks()), "");
    let run = overrides(&["render", "-"], left.as_bytes());
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert!(run.stdout.ends_with(&format!("---\n{mine}")), "as it was, and nothing behind it: {}", run.stdout);
}

#[test]
fn an_exposed_service_is_split_at_the_gateway_as_well() {
    let expose = "expose: {gateways: [istio-system/ingress], hosts: [hello.example.com]}";
    let found = tracks().and(two_tracks()).policy(&format!("services: [{{name: helloworld, {expose}}}]")).run();
    assert!(!found.failed(), "{:#?}", found.findings);
    assert_eq!(found.generated.len(), 3);
    assert_eq!(found.yaml().matches("weight: 80").count(), 2, "{}", found.yaml());
}
