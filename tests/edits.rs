//! Edits of what is written in unusual ways: they are made without harm, or refused with a sentence. Never is anything
//! written that says something else than before, or that no reader can read.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeMap;

use overrides::config::Policy;
use overrides::krm::{FunctionResult, Manifests, NodeRef, ResourceList};
use overrides::transform::{self, Transformed};

const HEAD: &str = "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\n";
const LABEL: &str = "functionConfig: {apiVersion: v1, kind: ConfigMap, data: {unversioned: label}}\n";
const SKIP: &str = "functionConfig: {apiVersion: v1, kind: ConfigMap, data: {existing: skip}}\n";
const SERVICE: &str =
    "- {apiVersion: v1, kind: Service, metadata: {name: a}, spec: {selector: {app: a}, ports: [{port: 80}]}}\n";
/// A generated object without a Service, which goes.
const STALE: &str = "{apiVersion: networking.istio.io/v1, kind: DestinationRule, metadata: {name: g-overrides, \
                     annotations: {overrides.dev/generated-for: g}}, spec: {host: g}}";

fn run(input: &str) -> Transformed {
    transform::function(input.as_bytes()).unwrap()
}

/// Labels the workload of Service `a`, written as `workload`. Gives the output, or nothing where that was refused.
fn label(workload: &str) -> Option<String> {
    let input = format!("{HEAD}{LABEL}items:\n{SERVICE}{workload}");
    let outcome = run(&input);
    let list = ResourceList::parse(&outcome.output).unwrap();
    if outcome.failed() {
        let codes: Vec<_> = outcome.findings.iter().map(|finding| finding.code.id()).collect();
        assert!(codes.contains(&"OV031") || codes.contains(&"OV082"), "{codes:?} of\n{input}");
        assert!(outcome.output.starts_with(&input) || !input.ends_with('\n'), "{}", outcome.output);
        return None;
    }
    let item = list.items().iter().find(|item| item.kind() == "Deployment").unwrap();
    let labels = item.node.at(&["spec", "template", "metadata", "labels"]).unwrap();
    assert_eq!(labels.get("version").and_then(NodeRef::as_text), Some("v1"), "{}", outcome.output);
    assert_eq!(labels.get("app").and_then(NodeRef::as_text), Some("a"), "{}", outcome.output);
    assert_eq!(run(&outcome.output).output, outcome.output, "a second run changes something");
    Some(outcome.output)
}

fn deployment(metadata: &str) -> String {
    format!(
        "- {{apiVersion: apps/v1, kind: Deployment, metadata: {{name: a}}, spec: {{template: {{metadata: {metadata}}}}}}}\n"
    )
}

#[test]
fn labels_that_come_through_a_merge_key_are_not_thrown_away() {
    assert_eq!(label(&deployment("{<<: {labels: {app: a}}}")), None);
    assert_eq!(
        label(
            "- x: &m {template: {metadata: {labels: {app: a}}}}\n  apiVersion: apps/v1\n  kind: Deployment\n  metadata: {name: a}\n  spec: {<<: *m}\n"
        ),
        None
    );
}

#[test]
fn an_item_that_others_share_is_not_edited_for_all_of_them() {
    let shared = "- &a\n  apiVersion: apps/v1\n  kind: Deployment\n  metadata: {name: a}\n  spec: {template: {metadata: {labels: {app: a}}}}\n- {<<: *a, kind: Other}\n";
    assert_eq!(label(shared), None);
    assert_eq!(label(&deployment("{labels: {app: a, version: &e '', other: *e}}")), None);
}

#[test]
fn empty_values_in_flow_mappings_stay_where_they_are() {
    assert!(label(&deployment("{labels: {app: a, foo: }}")).unwrap().contains(r#""version": "v1", app: a, foo: }"#));
    assert!(label(&deployment("{labels: {app: a, \"foo\":}}")).is_some());
    assert_eq!(label(&deployment("{labels: {version, app: a}}")), None);
    assert_eq!(label(&deployment("{labels: {app: a, version}}")), None);
}

#[test]
fn a_version_that_is_written_oddly_is_refused_rather_than_broken() {
    let with = |version: &str| {
        format!(
            "- apiVersion: apps/v1\n  kind: Deployment\n  metadata: {{name: a}}\n  spec:\n    template:\n      metadata:\n        labels:\n          {version}\n          app: a\n"
        )
    };
    for odd in ["? version", "version: !!str", "version: &e", "version: |", "version: >-", "? app2\n          : b"] {
        label(&with(odd));
    }
    assert!(label(&with("version:")).is_some());
    assert!(label(&with("version: ''  # none yet")).unwrap().contains("version: v1  # none yet\n"));
}

#[test]
fn a_block_scalar_at_the_end_of_the_text_keeps_its_value_when_a_label_is_added() {
    let open = "- apiVersion: apps/v1\n  kind: Deployment\n  metadata: {name: a}\n  spec:\n    template:\n      metadata:\n        labels:\n          app: a\n          note: |\n            x";
    let output = label(open).unwrap();
    assert!(output.ends_with("note: |\n            x"), "{output}");
}

#[test]
fn items_behind_an_alias_are_left_alone() {
    let input = format!(
        "{HEAD}x: &l\n{SERVICE}- {{apiVersion: v1, kind: Pod, metadata: {{name: p, labels: {{app: a, version: v1}}}}}}\nitems: *l\n"
    );
    let outcome = run(&input);
    assert!(outcome.failed());
    assert!(outcome.output.starts_with(&input), "{}", outcome.output);
    ResourceList::parse(&outcome.output).unwrap();
}

#[test]
fn results_behind_an_alias_do_not_cost_the_list() {
    let input = format!("{HEAD}items:\n{SERVICE}x: &r []\nresults: *r\n");
    let outcome = run(&input);
    assert!(outcome.failed());
    assert_eq!(outcome.output, input);
}

#[test]
fn removing_an_object_leaves_the_block_scalar_before_it_as_it_was() {
    for (scalar, behind) in [("|", "      # deep comment\n"), ("|+", "\n"), ("|+", "\n\n  # deep\n"), ("|-", "\n")] {
        let input = format!("{HEAD}items:\n- data:\n    a: {scalar}\n      x\n- {STALE}\n{behind}- {{z: 1}}\n");
        let outcome = run(&input);
        assert!(!outcome.failed(), "{:?}", outcome.findings);
        let (before, after) = (ResourceList::parse(&input).unwrap(), ResourceList::parse(&outcome.output).unwrap());
        let value = |list: &ResourceList<'_>| {
            let item = list.items().iter().next().unwrap();
            item.node.at(&["data", "a"]).unwrap().as_text().unwrap().to_owned()
        };
        assert_eq!(value(&before), value(&after), "{}", outcome.output);
        assert_eq!(after.items().iter().count(), 2);
    }
}

#[test]
fn removing_the_last_objects_of_a_list_leaves_an_empty_list() {
    for items in [format!("[{STALE},]"), format!("[{STALE}]"), format!("[ {STALE} , {STALE} ]")] {
        let outcome = run(&format!("{HEAD}items: {items}\n"));
        assert!(outcome.output.starts_with(&format!("{HEAD}items: []\n")), "{}", outcome.output);
    }
    let outcome = run(&format!("{HEAD}items: # all of them\n# kept\n- {STALE}\n  # of the rule\nother: 1\n"));
    let expected = format!("{HEAD}items: [] # all of them\n# kept\n  # of the rule\nother: 1\nresults:\n");
    assert!(outcome.output.starts_with(&expected), "{}", outcome.output);
}

#[test]
fn what_is_told_about_piped_objects_does_not_depend_on_their_number() {
    let user =
        "- {apiVersion: networking.istio.io/v1, kind: DestinationRule, metadata: {name: mine}, spec: {host: a}}\n";
    let pod = "- {apiVersion: v1, kind: Pod, metadata: {name: p, labels: {app: a, version: v1}}}\n";
    let once = run(&format!("{HEAD}items:\n- {STALE}\n{SERVICE}{pod}{user}")).output;
    assert_eq!(run(&once).output, once);
}

#[test]
fn an_object_of_an_earlier_run_is_given_to_one_service_only() {
    let service = |name: &str, app: &str| {
        format!(
            "- {{apiVersion: v1, kind: Service, metadata: {{name: {name}, annotations: {{internal.config.kubernetes.io/previousNames: reviews}}}}, spec: {{selector: {{app: {app}}}, ports: [{{port: 80}}]}}}}\n- {{apiVersion: v1, kind: Pod, metadata: {{name: {name}, labels: {{app: {app}, version: v1}}}}}}\n"
        )
    };
    let rule = "- {apiVersion: networking.istio.io/v1, kind: DestinationRule, metadata: {name: a-reviews-overrides, annotations: {overrides.dev/generated-for: reviews}}, spec: {host: a-reviews, subsets: [{name: v1, labels: {version: v1}}]}}\n";
    for services in
        [service("a-reviews", "a") + &service("b-reviews", "b"), service("b-reviews", "b") + &service("a-reviews", "a")]
    {
        let output = run(&format!("{HEAD}items:\n{services}{rule}")).output;
        assert!(output.contains(rule), "{output}");
        assert_eq!(output.matches("host: b-reviews\n").count(), 1 + 1, "its rule and its route:\n{output}");
        assert_eq!(run(&output).output, output);
    }
}

#[test]
fn a_label_that_moves_pods_into_another_service_is_refused() {
    let stable = "- {apiVersion: v1, kind: Service, metadata: {name: stable}, spec: {selector: {app: a, version: v1}, ports: [{port: 80}]}}\n";
    let workload = deployment("{labels: {app: a}}");
    let outcome = run(&format!("{HEAD}{LABEL}items:\n{SERVICE}{stable}{workload}"));
    assert!(outcome.findings.iter().any(|finding| finding.code.id() == "OV033"), "{:?}", outcome.findings);
    assert!(outcome.failed());
}

#[test]
fn full_hosts_of_rules_without_a_namespace_are_the_users_all_the_same() {
    for kind in [
        "kind: DestinationRule, metadata: {name: mine}, spec: {host: reviews.prod.svc.cluster.local}",
        "kind: VirtualService, metadata: {name: mine}, spec: {hosts: [reviews.prod.svc.cluster.local]}",
    ] {
        let service = "- {apiVersion: v1, kind: Service, metadata: {name: reviews, namespace: prod}, spec: {selector: {app: a}, ports: [{port: 80}]}}\n";
        let pod =
            "- {apiVersion: v1, kind: Pod, metadata: {name: p, namespace: prod, labels: {app: a, version: v1}}}\n";
        let outcome =
            run(&format!("{HEAD}{SKIP}items:\n{service}{pod}- {{apiVersion: networking.istio.io/v1, {kind}}}\n"));
        assert!(!outcome.output.contains("generated-for"), "{}", outcome.output);
    }
    let unnamed = "- {apiVersion: networking.istio.io/v1, kind: DestinationRule, metadata: {name: mine}, spec: {host: '*.shop.svc.cluster.local'}}\n";
    let pod = "- {apiVersion: v1, kind: Pod, metadata: {name: p, labels: {app: a, version: v1}}}\n";
    assert!(!run(&format!("{HEAD}{SKIP}items:\n{SERVICE}{pod}{unnamed}")).output.contains("generated-for"));
}

#[test]
fn a_former_name_that_another_service_has_today_is_that_services() {
    let renamed = "- {apiVersion: v1, kind: Service, metadata: {name: new-a, annotations: {internal.config.kubernetes.io/previousNames: a}}, spec: {selector: {app: a}, ports: [{port: 80}]}}\n";
    let pod = "- {apiVersion: v1, kind: Pod, metadata: {name: p, labels: {app: a, version: v1}}}\n";
    let rule =
        "- {apiVersion: networking.istio.io/v1, kind: DestinationRule, metadata: {name: mine}, spec: {host: a}}\n";
    let outcome = run(&format!("{HEAD}{SKIP}items:\n{renamed}{SERVICE}{pod}{rule}"));
    let codes: Vec<_> = outcome.findings.iter().map(|finding| finding.code.id()).collect();
    assert_eq!(codes, ["OV070"]);
    assert!(outcome.output.contains("overrides.dev/generated-for: new-a"), "{}", outcome.output);
}

fn render(texts: &[&str]) -> Transformed {
    let texts = texts.iter().enumerate().map(|(number, text)| (format!("{number}.yaml"), *text));
    transform::render(&Manifests::parse(texts).unwrap(), &Policy::default()).unwrap()
}

#[test]
fn a_file_that_ends_in_a_block_scalar_keeps_its_value_in_front_of_another() {
    let cases = [
        ("a: |\n  x", "a: |-\n  x\n---\nb: 1\n"),
        ("a: |+\n  x", "a: |-\n  x\n---\nb: 1\n"),
        ("a: >2\n  x", "a: >-2\n  x\n---\nb: 1\n"),
        ("\"a #b\": |\n  x", "\"a #b\": |-\n  x\n---\nb: 1\n"),
        ("a: |\t# foo > bar\n  x", "a: |-\t# foo > bar\n  x\n---\nb: 1\n"),
        ("a: |\n  x\n# end", "a: |\n  x\n# end\n---\nb: 1\n"),
        ("a: |\n  x\n  ", "a: |\n  x\n  \n---\nb: 1\n"),
        ("a: |-\n  x", "a: |-\n  x\n---\nb: 1\n"),
    ];
    for (first, expected) in cases {
        let outcome = render(&[first, "b: 1\n"]);
        assert_eq!(outcome.output, expected, "{:?}", outcome.findings);
    }
}

#[test]
fn a_removed_document_leaves_nothing_behind() {
    let local = "kind: ConfigMap\napiVersion: v1\nmetadata: {name: c, annotations: {config.kubernetes.io/local-config: \"true\"}}\ndata:\n  a: |\n    x";
    assert_eq!(render(&[local, "a: 1\n"]).output, "a: 1\n");
    assert_eq!(render(&["a: 1\n---\n", &format!("{local}\n"), "b: 1\n"]).output, "a: 1\n---\nb: 1\n");
    let ended = format!("a: 1\n---\n{STALE}\n...\n%YAML 1.2\n---\nb: 1\n");
    let outcome = render(&[&ended]);
    assert!(outcome.failed() || Manifests::parse([("-".to_owned(), outcome.output.as_str())]).is_ok());
}

#[test]
fn comments_alone_make_no_document() {
    assert_eq!(render(&["a: 1\n", "# only this\n", "b: 1\n"]).output, "a: 1\n# only this\n---\nb: 1\n");
    assert_eq!(render(&["a: 1\n", "  # indented\n---\nb: 1\n"]).output, "a: 1\n  # indented\n---\nb: 1\n");
    assert_eq!(render(&["\n", "%YAML 1.2\n---\nb: 1\n"]).output, "%YAML 1.2\n---\nb: 1\n");
}

#[test]
fn an_anchor_that_is_used_elsewhere_is_not_removed() {
    let list = "kind: List\napiVersion: v1\nitems:\n- kind: ConfigMap\n  metadata: {annotations: {config.kubernetes.io/local-config: \"true\"}}\n  data: &d {a: b}\n- kind: ConfigMap\n  data: *d\n";
    assert!(render(&[list]).failed());
}

#[test]
fn a_list_that_forgot_its_items_gets_new_ones_in_the_same_places() {
    let config = "apiVersion: v1\n  kind: ConfigMap\n  metadata:\n    name: c\n";
    let lists = [
        "items: []\n".to_owned(),
        format!("items:\n- {config}"),
        format!("items:\n- {config}- {config}- {config}  data:\n    text: |\n      the last of it\n\n"),
        format!("items:\n  # the first\n  - {}\n", config.replace("\n  ", "\n    ")),
        "items:\n- {apiVersion: v1, kind: ConfigMap}\n- {apiVersion: v1, kind: ConfigMap} # the last\n".to_owned(),
        "items: [{apiVersion: v1, kind: ConfigMap}, {apiVersion: v1, kind: Secret}]\n".to_owned(),
        "items: [{apiVersion: v1, kind: ConfigMap},\n  {apiVersion: v1, kind: Secret}]\n".to_owned(),
        "items: [\n  {apiVersion: v1, kind: ConfigMap},{apiVersion: v1, kind: Secret}\n  ]\n".to_owned(),
    ];
    let rests =
        ["", "# the end\n", "results: []\n", "results:\n- {message: m, severity: info}\n", "functionConfig: {a: b}\n"];
    let write = |list: ResourceList<'_>| {
        let mut changes = list.changes();
        changes.add(&serde_json::json!({"kind": "New", "spec": [1, 2]})).unwrap();
        let result = FunctionResult {
            message: "done".to_owned(),
            severity: "info".into(),
            resource_ref: None,
            field: None,
            file: None,
            tags: BTreeMap::new(),
        };
        list.write(&mut changes, &[result]).unwrap().joined()
    };
    for (list, rest) in lists.iter().flat_map(|list| rests.map(|rest| (list, rest))) {
        for text in [format!("{HEAD}{list}{rest}"), format!("{rest}{list}{HEAD}")] {
            let read = || ResourceList::parse(&text).unwrap();
            let written = write(read());
            assert_eq!(write(read().without_items()), written, "of\n{text}");
            assert_eq!(
                ResourceList::parse(&written).unwrap().items().iter().last().unwrap().kind(),
                "New",
                "{written}"
            );
        }
    }
}

#[test]
fn an_entry_that_goes_at_the_end_of_a_text_without_a_line_break_leaves_no_empty_line() {
    let kept = "- {kind: ConfigMap, apiVersion: v1, metadata: {name: c}}\n";
    let keep = "- kind: ConfigMap\n  apiVersion: v1\n  metadata: {name: c}\n  data:\n    a: |+\n      text\n\n";
    for before in [kept, keep, ""] {
        for (last, more) in [(STALE.to_owned(), ""), (STALE.to_owned(), SERVICE)] {
            let input = format!("{HEAD}items:\n{more}{before}- {last}");
            let outcome = run(&input);
            assert!(!outcome.failed(), "{:#?}", outcome.findings);
            let empty = if before.is_empty() && more.is_empty() { " []" } else { "" };
            let left = format!("{HEAD}items:{empty}\n{more}{before}results:\n");
            assert!(outcome.output.starts_with(&left), "not {left}\nbut {}", outcome.output);
            assert!(!outcome.output.ends_with('\n'), "the line break at the end is still missing: {}", outcome.output);
            assert_eq!(run(&outcome.output).output, outcome.output, "a second run changes something");
        }
    }
}

#[test]
fn the_text_of_an_entry_begins_behind_its_dash_whatever_it_is() {
    let text = format!("{HEAD}items:\n- a: b\n  c: d\n-   - name: e\n      f: g\n- word\n");
    let list = ResourceList::parse(&text).unwrap();
    let texts: Vec<String> = list.items().iter().map(|item| list.items().text_of(item.id).unwrap()).collect();
    assert_eq!(texts, ["a: b\nc: d\n", "- name: e\n  f: g\n", "word\n"]);
}

#[test]
fn a_key_that_is_there_twice_by_way_of_an_alias_is_an_error() {
    let service = "- apiVersion: v1\n  kind: Service\n  metadata: {name: &n a}\n  spec:\n    selector:\n      *n : x\n      \
                   a: r\n    ports: [{port: 80}]\n";
    let outcome = run(&format!("{HEAD}items:\n{service}"));
    assert_eq!(outcome.findings.iter().map(|finding| finding.code.id()).collect::<Vec<_>>(), ["OV003"]);
}

#[test]
fn a_key_of_an_alias_goes_before_the_same_key_of_a_merge() {
    let pod = "- apiVersion: v1\n  kind: Pod\n  metadata:\n    name: &k version\n    annotations: &base {version: v1, app: a}\n    \
               labels: {<<: *base, *k : v3}\n";
    let outcome = run(&format!("{HEAD}items:\n{SERVICE}{pod}"));
    assert!(outcome.output.contains("- name: v3\n") && !outcome.output.contains("- name: v1\n"), "{}", outcome.output);
}

#[test]
fn a_mistake_behind_a_quoted_key_is_found_wherever_it_is() {
    for mistake in ["\"a\": b: c", "\"a\": - b", "'a': b:", "\"a\": ]"] {
        let config = format!("- apiVersion: v1\n  kind: ConfigMap\n  metadata: {{name: c}}\n  data:\n    {mistake}\n");
        let outcome = run(&format!("{HEAD}items:\n{config}"));
        let codes: Vec<_> = outcome.findings.iter().map(|finding| finding.code.id()).collect();
        assert_eq!(codes, ["OV001"], "{mistake}");
    }
}

#[test]
fn a_last_document_that_is_not_printed_may_end_without_a_line_break() {
    let config = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  x: y\n";
    let policy = "apiVersion: overrides.dev/v1alpha1\nkind: Overrides\nmetadata: {name: m}\nspec: {}";
    let local = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: b\n  annotations: {config.kubernetes.io/local-config: 'true'}";
    for last in [policy, local] {
        let text = format!("{config}---\n{last}");
        let manifests = Manifests::parse_wanted([("-".to_owned(), text.as_str())], transform::wanted).unwrap();
        let rendered = transform::render(&manifests, &Policy::default()).unwrap();
        assert!(!rendered.failed(), "{:?}", rendered.findings);
        assert_eq!(rendered.output.trim_end(), config.trim_end());
    }
}
