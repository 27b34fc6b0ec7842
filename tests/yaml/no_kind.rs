//! Text that is no object: it comes back as it was, and somebody is told.

use super::*;

/// A warning that quotes the text at this line.
#[track_caller]
fn is_said(run: &Run, line: usize, quoted: &str) {
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert_eq!(run.stderr.matches("warning[").count(), 1, "{}", run.stderr);
    assert!(run.stderr.starts_with("warning[OV100]: "), "{}", run.stderr);
    assert!(run.stderr.lines().next().unwrap().contains(&format!("`{quoted}`")), "{}", run.stderr);
    assert!(run.stderr.contains(&format!("standard input, line {line}, column 1: ")), "{}", run.stderr);
}

#[test]
fn a_document_without_a_kind_is_ignored_with_a_warning_that_quotes_it() {
    for (text, line, quoted) in [
        ("replicaCount: 1\nimage: {tag: v1}\n", 1, "replicaCount: 1"),
        ("# Default values.\n\nreplicaCount: 1\n", 3, "replicaCount: 1"),
        ("apiVersion: v1\nmetadata: {name: x}\n", 1, "apiVersion: v1"),
        ("kind: Thing\nmetadata: {name: x}\n", 1, "kind: Thing"),
        ("apiVersion: v1\nkind:\n", 1, "apiVersion: v1"),
        ("apiVersion: v1\nkind: ''\n", 1, "apiVersion: v1"),
        ("apiVersion: v1\nkind: 3\n", 1, "apiVersion: v1"),
        ("{a: b, c: [d]}\n", 1, "{a: b, c: [d]}"),
        ("{}\n", 1, "{}"),
    ] {
        for (before, head) in [("", 0), ("---\n", 1)] {
            let input = format!("{before}{text}---\n{CART}");
            let run = rendered(&input);
            is_said(&run, line + head, quoted);
            assert!(run.stdout.starts_with(&input), "{}", run.stdout);
        }
    }
}

#[test]
fn what_helm_prints_around_manifests_is_said() {
    let head = "NAME: shop\nLAST DEPLOYED: Mon Jan  1 00:00:00 2024\nNAMESPACE: default\nSTATUS: pending-install\n\
                REVISION: 1\nHOOKS:\nMANIFEST:\n";
    is_said(&rendered(&format!("{head}---\n{CART}")), 1, "NAME: shop");

    for notes in [
        "NOTES:\n1. Get the application URL by running these commands:\n  export POD_NAME=$(kubectl get pods)\n  echo \
         \"Visit it\"\n",
        "NOTES: all is well\n",
        "NOTES:\n",
        "\nNOTES:\n  Thank you.\n",
    ] {
        let input = format!("{CART}{notes}");
        let run = rendered(&input);
        let line = input.lines().position(|line| line.starts_with("NOTES:")).unwrap() + 1;
        is_said(&run, line, notes.trim_start().lines().next().unwrap());
        assert!(run.stdout.starts_with(&input), "{}", run.stdout);
    }
}

#[test]
fn notes_that_are_no_yaml_are_said_to_be_notes() {
    let run = overrides(&["render", "-"], format!("{CART}NOTES:\nThank you for installing it.\nBye!\n").as_bytes());
    assert_eq!((run.code, run.stdout.as_str()), (Some(1), ""));
    assert!(run.stderr.starts_with("error[OV001]"), "{}", run.stderr);
    assert!(run.stderr.contains("`NOTES:`") && run.stderr.contains("helm template"), "{}", run.stderr);
}

#[test]
fn nothing_is_said_of_what_is_empty_or_belongs_to_tools() {
    for text in ["# only this\n", "", "---\n---\n", "---\n# nothing\n---\n", "null\n", "~\n"] {
        added_to(&format!("{text}---\n{CART}"));
    }
    added_to(&format!("{CART}---\napiVersion: v1\nkind: Thing\nmetadata: {{name: notes}}\ndata: {{NOTES: x}}\n"));
    added_to(&format!("{CART}---\napiVersion: v1\nkind: List\nitems: []\n"));
}

#[test]
fn each_file_is_named() {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [("cart.yaml", CART), ("values.yaml", "replicas: 1\n"), ("empty.yaml", "# nothing yet\n")] {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let run = overrides(&["render", folder.path().to_str().unwrap()], b"");
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert_eq!(run.stderr.matches("warning[OV100]").count(), 1, "{}", run.stderr);
    assert!(run.stderr.contains("values.yaml:1:1"), "{}", run.stderr);
}

#[test]
fn an_entry_of_a_list_without_a_kind_is_said_too() {
    let input = format!("{CART}---\napiVersion: v1\nkind: List\nitems:\n- metadata: {{name: x}}\n");
    let run = rendered(&input);
    assert!(run.stderr.starts_with("warning[OV100]") && run.stderr.contains("`metadata: {name: x}`"), "{}", run.stderr);
}

#[test]
fn many_of_them_are_counted() {
    let run = rendered(&format!("{}{CART}", "a: b\n---\n".repeat(1000)));
    assert_eq!(run.stderr.matches("warning[OV100]").count(), 20, "{}", run.stderr);
    assert!(run.stderr.contains("and so were 980 more behind it"), "{}", run.stderr);
}
