//! The wrong document.

use super::*;

#[test]
fn a_function_that_gets_another_document_says_what_it_got_and_names_render() {
    let cases = [
        (SERVICE.to_owned(), "this is a Service"),
        ("a: b\n".to_owned(), "this is an object without a kind"),
        ("- a\n".to_owned(), "no Kubernetes object"),
        ("hello world\n".to_owned(), "no Kubernetes object"),
        (stream(&[SERVICE, SERVICE]), "a stream of 2 documents"),
        ("apiVersion: v1\nkind: List\nitems: []\n".to_owned(), "this is a List"),
        ("apiVersion: networking.k8s.io/v1\nkind: Ingress\n".to_owned(), "this is an Ingress"),
        ("kind: Overrides\n".to_owned(), "this is an Overrides"),
        ("kind: ResourceList\nitems: []\n".to_owned(), "a ResourceList without an `apiVersion`"),
        ("apiVersion: config.kubernetes.io/v9\nkind: ResourceList\nitems: []\n".to_owned(), "config.kubernetes.io/v9"),
        (format!("{}---\n{SERVICE}", resource_list("", &[SERVICE])), "a stream of 2 documents"),
    ];
    for (input, found) in cases {
        let run = overrides(&[], input.as_bytes());
        is_refused_unread(&run, "OV002", "standard input, line ");
        assert!(run.stderr.contains(found), "{found}: {}", run.stderr);
        assert!(run.stderr.contains("overrides render"), "render is named: {}", run.stderr);
    }
}

/// What is missing is not quoted, and a kind has the article with which it is spoken.
#[test]
fn a_policy_of_another_kind_reads_right() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mesh.yaml");
    for (policy, sentence) in [
        ("a: b\n", "the policy has no `kind`. Write an `Overrides` object of `overrides.dev/v1alpha1`"),
        ("kind: Overrides\n", "the policy is an Overrides without an `apiVersion`"),
        ("kind: ConfigMap\n", "the policy is a ConfigMap without an `apiVersion`"),
        ("apiVersion: overrides.dev/v2\nkind: Overrides\n", "the policy has the `apiVersion` `overrides.dev/v2`"),
        ("apiVersion: networking.k8s.io/v1\nkind: Ingress\n", "an Ingress of `networking.k8s.io/v1` is not a policy"),
        ("apiVersion: overrides.dev/v1alpha1\nkind: Overrides\nspec: {'': x}\n", "a field of the policy has no name"),
        ("", "there is no policy in this file. Write an `Overrides` object of"),
    ] {
        fs::write(&file, policy).unwrap();
        let run = overrides(&["render", "-", "--config", file.to_str().unwrap()], SERVICE.as_bytes());
        assert_eq!((run.code, run.stdout.as_str()), (Some(1), ""), "{policy}");
        let said = run.stderr.split_whitespace().collect::<Vec<_>>().join(" ").replace(" | = help:", ".");
        assert!(!said.contains("a `Overrides") && !said.contains("``"), "{policy}: {said}");
        let (message, help) = sentence.split_once(". ").unwrap_or((sentence, "Overrides"));
        assert!(said.contains(message) && said.contains(help), "{policy}: {said}");
    }
}

#[test]
fn render_that_gets_a_resource_list_names_the_function() {
    let run = overrides(&["render", "-"], resource_list("", &[SERVICE]).as_bytes());
    is_refused_unread(&run, "OV002", "standard input:1:1");
    assert!(run.stderr.contains("without arguments"), "{}", run.stderr);
}

#[test]
fn results_that_are_no_list_are_refused() {
    for results in ["3", "a", "{a: b}", "{}"] {
        let list = resource_list("", &[SERVICE]) + &format!("results: {results}\n");
        is_refused_unread(&overrides(&[], list.as_bytes()), "OV002", "line 10, column 10");
    }
}

#[test]
fn items_that_are_no_list_are_refused() {
    for items in ["3", "a", "{a: b}", "true"] {
        let list = format!("apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems: {items}\n");
        is_refused_unread(&overrides(&[], list.as_bytes()), "OV002", "line 3, column 8");
    }
}

#[test]
fn a_list_within_a_list_is_refused() {
    let list = "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: List\n  items: []\n";
    let run = overrides(&["render", "-"], list.as_bytes());
    is_refused_unread(&run, "OV002", "standard input:4:3");
}
