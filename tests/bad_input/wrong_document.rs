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
