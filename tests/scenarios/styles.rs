//! Lists in every style.

use super::*;

/// `reviews` in two versions, as a list in some style.
fn styled(items: &str) -> String {
    format!("apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:{items}")
}

#[test]
fn every_version_of_the_contract_is_read_and_returned() {
    for version in ["v1", "v1beta1", "v1alpha1"] {
        let list =
            two_versions().list().replace("config.kubernetes.io/v1\n", &format!("config.kubernetes.io/{version}\n"));
        let found = function(&list);
        assert!(found.findings.is_empty() && found.output.starts_with(&list), "{version}");
        assert!(found.output.len() > list.len());
    }
}

#[test]
fn lists_without_items_come_back_with_items() {
    let head = "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\n";
    for (list, expected) in [
        (head.to_owned(), format!("{head}items: []\n")),
        (styled(" []\n"), styled(" []\n")),
        (styled("\n"), styled("\n")),
        (styled(" null\n"), styled(" null\n")),
        (styled(" ~ # none\n"), styled(" ~ # none\n")),
        (styled(" []"), styled(" []")),
    ] {
        let found = function(&list);
        assert!(found.findings.is_empty());
        assert_eq!(found.output, expected);
    }
}

#[test]
fn a_list_with_nothing_but_stale_objects_ends_with_an_empty_one() {
    let earlier = in_shop().run();
    let found = function(&resource_list("", &earlier.generated));
    assert!(found.findings.iter().all(|finding| finding.code == Code::Removed));
    assert!(found.output.contains("\nitems: []\nresults:\n"), "{}", found.output);
    assert_eq!(function(&found.output).output, found.output);
}

#[test]
fn windows_line_ends_stay_and_what_is_added_has_them_too() {
    for list in [two_versions().list(), two_versions().and(service("external").spec("type: ExternalName")).list()] {
        let windows = list.replace('\n', "\r\n");
        let found = function(&windows);
        assert!(found.output.starts_with(&windows));
        assert_eq!(found.output.matches('\n').count(), found.output.matches("\r\n").count());
        assert_eq!(found.output.replace("\r\n", "\n"), function(&list).output);
        assert_eq!(function(&found.output).output, found.output);
    }
    let labelled = given(service("reviews")).and(deployment("a").of("reviews")).policy("unversioned: label").list();
    let found = function(&labelled.replace('\n', "\r\n"));
    assert_eq!(found.output.replace("\r\n", "\n"), function(&labelled).output);
    assert!(!found.output.replace("\r\n", "").contains(['\r', '\n']));
}

#[test]
fn a_byte_order_mark_stays_where_it_is() {
    let list = format!("\u{feff}{}", two_versions().list());
    let found = function(&list);
    assert!(found.findings.is_empty(), "{:?}", found.findings);
    assert!(found.output.starts_with(&list));
    assert_eq!(found.output.matches('\u{feff}').count(), 1);
    assert_eq!(function(&found.output).output, found.output);
    assert_eq!(found.output.trim_start_matches('\u{feff}'), two_versions().run().output);
}

#[test]
fn a_missing_line_break_at_the_end_is_no_matter() {
    let list = two_versions().list();
    let short = list.trim_end();
    let found = function(short);
    assert!(found.output.starts_with(short));
    assert_eq!(found.output.trim_end(), function(&list).output.trim_end());
    assert_eq!(function(&found.output).output, found.output);
}

#[test]
fn lists_in_flow_style_and_json_get_json_behind_their_items() {
    let reviews = "{\"apiVersion\": \"v1\", \"kind\": \"Service\", \"metadata\": {\"name\": \"reviews\"}, \"spec\": {\"selector\": \
                   {\"app\": \"reviews\"}, \"ports\": [{\"name\": \"http\", \"port\": 80}]}}";
    let first = "{\"apiVersion\": \"apps/v1\", \"kind\": \"Deployment\", \"metadata\": {\"name\": \"first\"}, \"spec\": {\"template\": \
                 {\"metadata\": {\"labels\": {\"app\": \"reviews\", \"version\": \"v1\"}}}}}";
    let json = format!(
        "{{\"apiVersion\": \"config.kubernetes.io/v1\", \"kind\": \"ResourceList\", \"items\": [{reviews}, {first}]}}\n"
    );
    let pretty = format!(
        "{{\n  \"apiVersion\": \"config.kubernetes.io/v1\",\n  \"kind\": \"ResourceList\",\n  \"items\": [\n    {reviews},\n    \
         {first}\n  ]\n}}\n"
    );
    let flow = styled(&format!(" [{reviews},\n  {first}] # behind\n"));
    for list in [json, pretty, flow] {
        let found = function(&list);
        assert!(found.findings.is_empty());
        let parsed = ResourceList::parse(&found.output).unwrap();
        let kinds: Vec<&str> = parsed.items().iter().map(Item::kind).collect();
        assert_eq!(kinds, ["Service", "Deployment", "DestinationRule", "VirtualService"], "{}", found.output);
        assert!(found.output.contains(reviews) && found.output.contains(first));
        if list.starts_with('{') {
            serde_json::from_str::<serde_json::Value>(&found.output).expect("JSON stays JSON");
        }
        assert_eq!(function(&found.output).output, found.output);
    }
}

#[test]
fn items_may_be_indented_commented_and_spaced_as_their_author_likes() {
    let list = "\
# the list
apiVersion: config.kubernetes.io/v1
kind: ResourceList
unknown: {kept: true} # too
items:

  # the Service
  - apiVersion: v1   # trailing white space   \n    kind: \"Service\"
    metadata: {name: 'reviews'}
    spec:
        selector:   {app: reviews}
        ports:
        -   port: 80
            name: http
# at column 0
  -   # a comment behind the dash
      kind: Deployment
      apiVersion: apps/v1
      metadata:
          name: first
      spec: {template: {metadata: {labels: {app: reviews, version: v1}}}}
      # the end of the first

  - # another
    apiVersion: v1
    kind: ConfigMap
    metadata: {name: text}
    data:
      text: |2+
          indented

# the end
";
    let found = function(list);
    assert!(found.findings.is_empty(), "{:?}", found.findings);
    insta::assert_snapshot!(found.output);
    assert_eq!(function(&found.output).output, found.output);
}

#[test]
fn an_object_behind_what_is_added_keeps_its_place() {
    let list = two_versions().list() + "functionConfig:\n  apiVersion: v1\n  kind: ConfigMap\n# the end\n";
    let found = function(&list);
    assert!(found.findings.is_empty());
    let (items, tail) = found.output.split_once("functionConfig:\n").unwrap();
    assert_eq!(tail, "  apiVersion: v1\n  kind: ConfigMap\n# the end\n");
    assert!(items.contains("kind: VirtualService"));
    assert_eq!(function(&found.output).output, found.output);
}
