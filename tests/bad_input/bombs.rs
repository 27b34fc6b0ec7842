//! Bombs: depth, aliases, size.

use super::*;

#[test]
fn three_hundred_nested_levels_are_refused_with_the_place() {
    let inputs = [
        "[".repeat(300) + &"]".repeat(300),
        "[".repeat(300),
        "{\"a\":".repeat(300) + "1" + &"}".repeat(300),
        (0..300).map(|depth| " ".repeat(depth) + "a:\n").collect(),
        "- ".repeat(300) + "a\n",
        resource_list("", &[format!("kind: X\na: {}{}", "[".repeat(300), "]".repeat(300))]),
        "[".repeat(1_000_000),
    ];
    for input in inputs {
        for arguments in [&[][..], &["render", "-"]] {
            let run = overrides_within(400_000, arguments, input.as_bytes(), PATIENCE);
            is_refused_unread(&run, "OV004", "standard input");
            assert!(run.stderr.contains("255 levels"), "{}", run.stderr);
        }
    }
}

#[test]
fn two_hundred_nested_levels_come_back_byte_for_byte() {
    let nested = format!("kind: X\na: {}{}", "[".repeat(200), "]".repeat(200));
    let list = resource_list("", &[nested]);
    let run = overrides(&[], list.as_bytes());
    assert_eq!((run.code, run.stdout), (Some(0), list));
}

/// Aliases that double or grow tenfold with every level.
fn bomb(level: impl Fn(usize) -> String, item: &str) -> String {
    let mut head = String::from("x0: &a0 {k0: v}\n");
    for number in 1..40 {
        let _ = writeln!(head, "x{number}: &a{number} {}", level(number - 1));
    }
    resource_list(&head, &[item])
}

fn ten(number: usize) -> String {
    vec![format!("*a{number}"); 10].join(", ")
}

#[test]
fn an_alias_bomb_goes_off_nowhere() {
    let pod = |labels: &str| format!("apiVersion: v1\nkind: Pod\nmetadata:\n  name: p\n  labels: {labels}\n");
    let lists = |number| format!("[{}]", ten(number));
    let mappings =
        |number| format!("{{{}}}", (0..10).map(|key| format!("k{key}: *a{number}")).collect::<Vec<_>>().join(", "));
    let merges = |number| format!("{{<<: [{}], k{}: v}}", ten(number), number + 1);
    // Nobody reads a ConfigMap: its aliases are never followed.
    let config_map = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: *a39}\n";
    let harmless = [
        bomb(lists, config_map),
        bomb(mappings, config_map),
        bomb(merges, config_map),
        bomb(merges, &pod("{<<: *a39}")),
        bomb(merges, &pod("{<<: [*a39, *a38]}")),
    ];
    for list in harmless {
        let run = overrides_within(400_000, &[], list.as_bytes(), Duration::from_secs(20));
        assert_eq!((run.code, run.stdout), (Some(0), list), "{}", run.stderr);
    }
    let refused = [(bomb(lists, &pod("{app: *a39}")), "metadata.labels.app"), (bomb(lists, &pod("*a39")), "labels")];
    for (list, field) in refused {
        let run = overrides_within(400_000, &[], list.as_bytes(), Duration::from_secs(20));
        assert_eq!(run.code, Some(1));
        says(&run, "OV006", field);
    }
}

#[test]
fn anchors_that_contain_themselves_end() {
    for labels in ["&l {<<: *l, app: a}", "&l {app: *l}", "&l [*l]", "&l {<<: [*l, *l, *l], app: a}"] {
        let pod = format!("apiVersion: v1\nkind: Pod\nmetadata:\n  name: p\n  labels: {labels}\n");
        let run = overrides_within(400_000, &[], resource_list("", &[pod]).as_bytes(), Duration::from_secs(20));
        assert!(run.code.is_some(), "{labels}: it ends by itself");
    }
}

#[test]
fn a_wide_mapping_that_is_merged_often_takes_time_in_proportion() {
    let keys: Vec<String> = (0..5_000).map(|number| format!("k{number}: v")).collect();
    let head = format!("x: &a {{{}}}\n", keys.join(", "));
    let merged = vec!["*a"; 250].join(", ");
    let pod = format!("apiVersion: v1\nkind: Pod\nmetadata:\n  name: p\n  labels: {{<<: [{merged}]}}\n");
    let list = resource_list(&head, &[pod]);
    let run = overrides_within(400_000, &[], list.as_bytes(), Duration::from_secs(20));
    assert_eq!(run.code, Some(0), "60 kB take more than 20 s");
    assert_eq!(run.stdout, list);
}

/// A large mapping of labels that a list names again and again: what is read grows with the square of what is written.
fn shared_labels(entry: impl Fn(usize) -> String, merged: bool) -> String {
    let labels: Vec<String> = (0..1_500).map(|number| format!("label-{number}: v")).collect();
    let mut list = format!("  - &all {}\n", entry(0).replace("LABELS", &format!("&l {{{}}}", labels.join(", "))));
    for number in 1..1_500 {
        let again = if merged { "{<<: *l}" } else { "*l" };
        let _ = writeln!(list, "  - {}", entry(number).replace("LABELS", again));
    }
    list
}

#[test]
fn aliases_that_multiply_what_is_read_are_refused_with_the_place() {
    let subset = |number| format!("{{name: s{number}, labels: LABELS}}");
    let flat = |number| format!("{{trafficSplit: {{subsetName: s{number}, subsetLabels: LABELS}}}}");
    let route = |number| format!("{{name: r{number}, headers: {{request: {{set: LABELS}}}}}}");
    let rule =
        |kind, lists| format!("apiVersion: networking.istio.io/v1\nkind: {kind}\nmetadata: {{name: r}}\n{lists}");
    let workload =
        |lists| format!("apiVersion: labs.ishankhare.dev/v1alpha1\nkind: Workload\nmetadata: {{name: r}}\n{lists}");
    for merged in [false, true] {
        let inputs = [
            (rule("DestinationRule", format!("spec:\n  subsets:\n{}", shared_labels(subset, merged))), "spec.subsets["),
            (rule("VirtualService", format!("spec:\n  http:\n{}", shared_labels(route, merged))), "spec.http["),
            (workload(format!("spec:\n  targets:\n{}", shared_labels(flat, merged))), "spec.targets["),
        ];
        for (object, field) in inputs {
            assert!(object.len() < 120_000, "{} bytes", object.len());
            let list = resource_list("", &[&object]);
            let run = overrides_within(400_000, &[], list.as_bytes(), Duration::from_secs(20));
            assert_eq!(run.code, Some(1), "{:.300}", run.stderr);
            says(&run, "OV004", field);
            assert!(run.stdout.starts_with(&list), "nothing is lost");
        }
    }
}

#[test]
fn a_long_text_that_is_named_again_and_again_is_refused_too() {
    let mut subsets = format!("  - {{name: a, labels: {{a: &t {}}}}}\n", "v".repeat(50_000));
    for number in 0..2_000 {
        let _ = writeln!(subsets, "  - {{name: s{number}, labels: {{a: *t}}}}");
    }
    let rule = format!(
        "apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {{name: r}}\nspec:\n  subsets:\n{subsets}"
    );
    let run = overrides_within(60_000, &["render", "-"], rule.as_bytes(), Duration::from_secs(20));
    is_refused_unread(&run, "OV004", "DestinationRule r");
}

#[test]
fn many_objects_share_what_aliases_may_yield() {
    let labels: Vec<String> = (0..3_000).map(|number| format!("label-{number}: v")).collect();
    let head = format!("x: &a {{{}}}\n", labels.join(", "));
    let pods: Vec<String> =
        (0..2_000).map(|n| format!("{{apiVersion: v1, kind: Pod, metadata: {{name: p{n}, labels: *a}}}}")).collect();
    let list = resource_list(&head, &pods);
    let run = overrides_within(400_000, &[], list.as_bytes(), Duration::from_secs(20));
    assert_eq!(run.code, Some(1), "{:.300}", run.stderr);
    says(&run, "OV004", "metadata.labels");
}

#[test]
fn delegates_with_many_former_names_are_found_without_trying_all_pairs() {
    let list = |prefix: &str| (0..64).map(|number| format!("{prefix}{number}")).collect::<Vec<_>>().join(",");
    let rule = |name: &str, rest: &str| {
        format!("{{apiVersion: networking.istio.io/v1, kind: VirtualService, metadata: {{name: {name}{rest}}}")
    };
    let leaf = |number: usize| {
        let kustomize = "internal.config.kubernetes.io";
        let (names, namespaces) = (list(&format!("n{number}-")), list("m"));
        let previous = format!("{kustomize}/previousNames: '{names}', {kustomize}/previousNamespaces: '{namespaces}'");
        rule(&format!("leaf{number}"), &format!(", annotations: {{{previous}}}}}, spec: {{http: []}}"))
    };
    let root = rule("root", "}, spec: {hosts: [reviews], http: [{delegate: {name: leaf0}}]}");
    let objects: Vec<String> = (0..2_000).map(leaf).chain([root]).collect();
    let list = resource_list("", &objects);
    let run = overrides_within(200_000, &[], list.as_bytes(), Duration::from_secs(20));
    assert_eq!(run.code, Some(0), "{:.300}", run.stderr);
}

#[test]
fn a_delegate_that_many_routes_lead_to_is_looked_through_once() {
    let rule = |name: &str, spec: &str| {
        format!(
            "{{apiVersion: networking.istio.io/v1, kind: VirtualService, metadata: {{name: {name}}}, spec: {spec}}}"
        )
    };
    let many = |route: fn(usize) -> String| (0..4_000).map(route).collect::<Vec<_>>().join(", ");
    let led = many(|number| format!("{{delegate: {{name: leaf, namespace: n{number}}}}}"));
    let own = many(|number| format!("{{match: [{{port: {number}}}], route: [{{destination: {{host: reviews}}}}]}}"));
    let workload = |version: &str| {
        let pod = format!("{{template: {{metadata: {{labels: {{app: reviews, version: {version}}}}}}}}}");
        format!("{{apiVersion: apps/v1, kind: Deployment, metadata: {{name: {version}}}, spec: {pod}}}")
    };
    let service = "{apiVersion: v1, kind: Service, metadata: {name: reviews}, spec: {selector: {app: reviews}, ports: \
                   [{name: http, port: 80}, {name: http-b, port: 8080}]}}";
    let (root, leaf) = (format!("{{hosts: [reviews], http: [{led}]}}"), format!("{{http: [{own}]}}"));
    let objects = [service.to_owned(), workload("v1"), workload("v2"), rule("root", &root), rule("leaf", &leaf)];
    let list = resource_list("", &objects);
    let run = overrides_within(400_000, &[], list.as_bytes(), Duration::from_secs(20));
    // What comes of it is more than a cluster stores.
    assert_eq!(run.code, Some(1), "{:.300}", run.stderr);
    assert!(run.stderr.starts_with("error[OV089]"), "{:.300}", run.stderr);
}

#[test]
fn a_long_list_that_many_objects_share_is_not_counted_for_each() {
    let head = format!("x: &a [{}]\n", vec!["1"; 200_000].join(","));
    let rule = |number| {
        let meta = format!("apiVersion: networking.istio.io/v1, kind: VirtualService, metadata: {{name: r{number}}}");
        format!("{{{meta}, spec: {{hosts: *a}}}}")
    };
    let list = resource_list(&head, &(0..20_000).map(rule).collect::<Vec<_>>());
    let run = overrides_within(400_000, &[], list.as_bytes(), Duration::from_secs(20));
    assert_eq!(run.code, Some(1), "{:.300}", run.stderr);
    assert_eq!(run.stderr.matches("spec.hosts[0]: the number `1` stands where text is needed").count(), 20_000);
}

#[test]
fn labels_that_objects_share_as_people_write_it_are_no_bomb() {
    let head =
        "x: &a {app: reviews, team: shop, tier: backend, part-of: shop, managed-by: hand, environment: staging}\n";
    let pods: Vec<String> =
        (0..5_000).map(|n| format!("{{apiVersion: v1, kind: Pod, metadata: {{name: p{n}, labels: *a}}}}")).collect();
    let list = resource_list(head, &pods);
    let run = overrides(&[], list.as_bytes());
    assert_eq!((run.code, run.stdout), (Some(0), list), "{:.300}", run.stderr);
}

/// A hundred megabytes, in an address space of fifteen times that.
const LARGE: usize = 100_000_000;
const ROOM: usize = 1_500_000;

#[test]
fn a_scalar_of_100_mb_comes_back_in_bounded_memory() {
    let long = "a".repeat(LARGE);
    let lines = "      0123456789012345678901234567890123456789012345678901234567890123456789012345678901\n";
    let lines = lines.repeat(LARGE / lines.len());
    let head = "apiVersion: v1\n  kind: ConfigMap\n  metadata: {name: a}\n  data:\n    x: ";
    let prefix = "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n- ";
    for scalar in [format!("'{long}'"), format!("|\n{lines}")] {
        let list = format!("{prefix}{head}{scalar}\n");
        let run = overrides_within(ROOM, &[], list.as_bytes(), PATIENCE);
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        assert!(run.stdout == list, "it comes back byte for byte");
    }
}

#[test]
fn a_version_of_100_mb_is_refused_in_bounded_memory_and_in_one_sentence() {
    let version = deployment("first", &format!("{{app: reviews, version: {}}}", "v".repeat(LARGE)));
    let list = resource_list("", &[SERVICE, &version]);
    let run = overrides_within(ROOM, &[], list.as_bytes(), PATIENCE);
    assert_eq!(run.code, Some(1), "{:.300}", run.stderr);
    assert!(run.stderr.len() < 2_000, "a sentence of {} bytes", run.stderr.len());
    assert!(run.stderr.contains("Deployment first"), "{:.300}", run.stderr);
}

#[test]
fn a_service_name_of_10_mb_is_not_repeated_in_full() {
    let list = resource_list("", &[SERVICE.replace("name: reviews", &format!("name: {}", "r".repeat(10_000_000)))]);
    let run = overrides_within(ROOM, &[], list.as_bytes(), PATIENCE);
    assert!(run.stderr.len() < 2_000, "a sentence of {} bytes", run.stderr.len());
}

#[test]
fn a_long_list_of_wrong_objects_is_reported_in_time_in_proportion() {
    // Services without workloads: each gets a warning with its line and column.
    let documents: Vec<String> =
        (0..4_000).map(|number| SERVICE.replace("name: reviews", &format!("name: reviews-{number}"))).collect();
    let text = stream(&documents);
    let start = Instant::now();
    let run = overrides(&["render", "-"], text[..text.len() / 8].rsplit_once("---").unwrap().0.as_bytes());
    let eighth = start.elapsed();
    assert_eq!(run.code, Some(0));
    let start = Instant::now();
    let run = overrides(&["render", "-"], text.as_bytes());
    assert_eq!(run.code, Some(0));
    let whole = start.elapsed();
    // Eight times is linear, sixty-four times is quadratic.
    assert!(whole < eighth * 32, "500 warnings take {eighth:?}, 4,000 take {whole:?}");
}
