//! Quoted scalars that go on at the column of their key, or further left: YAML's specification forbids it, and go-yaml,
//! which kubectl and kustomize read with, does not mind. Flagger's own CRD is written so.

use overrides::krm::{Manifests, NodeRef};

use super::*;

/// Scalars that go on below keys in column 2, and what go-yaml reads in them.
const SCALARS: [(&str, &str); 16] = [
    ("\"one\n  two\"", "one two"),
    ("'one\n  two'", "one two"),
    ("\"one\ntwo\"", "one two"),
    ("\"one\n two\n  three\n    four\"", "one two three four"),
    ("'one\n\n  two'", "one\ntwo"),
    ("\"one\n  \n\n  two\"", "one\n\ntwo"),
    ("\"one \\\" two\n  three\"", "one \" two three"),
    ("'it''s\n  two'", "it's two"),
    ("\"one\\\n  two\"", "onetwo"),
    ("\"one\n\ttwo\"", "one two"),
    ("\"one\n\t\n  two\"", "one\ntwo"),
    ("\"\n  one\"", " one"),
    ("\"one\n  \"", "one "),
    ("\"one\n  # two\"", "one # two"),
    ("\"one\n  - two: 'x'\"", "one - two: 'x'"),
    ("\"one\n  two\" # behind", "one two"),
];

fn config_map(scalar: &str) -> String {
    format!("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: odd\ndata:\n  a: {scalar}\n  b: last\n")
}

#[test]
fn a_quoted_scalar_that_goes_on_at_the_column_of_its_key_is_read_as_go_yaml_reads_it() {
    for (scalar, value) in SCALARS {
        let text = config_map(scalar);
        for text in [text.clone(), text.replace('\n', "\r\n"), text.trim_end().to_owned()] {
            let manifests =
                Manifests::parse([("-".to_owned(), text.as_str())]).unwrap_or_else(|e| panic!("{e}: {text:?}"));
            let item = manifests.items().iter().next().unwrap();
            let said = |key: &str| item.node.at(&["data", key]).and_then(NodeRef::as_text);
            assert_eq!((said("a"), said("b")), (Some(value), Some("last")), "{text:?}");
        }
    }
}

#[test]
fn it_comes_back_as_it_was_with_the_objects_around_it() {
    for (scalar, _) in SCALARS {
        let odd = config_map(scalar);
        let stream = format!("{odd}---\n{CART}");
        assert!(added_to(&stream).contains("kind: VirtualService"), "{odd}");
        let mut documents = cart();
        documents.insert(1, odd);
        assert!(added_to_list(&documents).contains("kind: VirtualService"));
    }
}

#[test]
fn it_may_be_an_entry_of_a_list_or_stand_below_its_key() {
    for odd in [
        "- \"one\n  two\"\n  - three",
        "-\n    'one\n  two'\n  - three",
        "- - 'one\n  two'\n  - three",
        "- x: \"one\n  two\"\n    y: z",
        "- {x: \"one\n  two\", y: 'one\n\ttwo'}",
        "- x: \"one\n  two\n  three\"\n    y: \"one\n  two\n  three\"",
    ] {
        let odd = format!("apiVersion: example.com/v1\nkind: Thing\nmetadata:\n  name: odd\nspec:\n  {odd}\n");
        assert!(added_to(&format!("{odd}---\n{CART}")).contains("kind: VirtualService"));
    }
}

#[test]
fn it_may_be_in_what_is_edited_and_in_what_an_edit_is_behind() {
    let note = "  annotations:\n    note: \"one\n    two\"\n    other: 'one\n  two'\n";
    let rule = "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata:\n  name: mine\n".to_owned()
        + note
        + "spec:\n  hosts: [cart]\n  http:\n  - name: \"all\n    of it\"\n    route:\n    - destination: {host: cart}\n";
    let run = rendered(&format!("{CART}---\n{rule}"));
    assert_eq!(run.stdout.matches(note).count(), 1, "{}", run.stdout);
    assert!(run.stdout.contains("- name: \"all\n    of it\"\n"), "{}", run.stdout);
    assert!(run.stdout.contains("- name: override-cart-v2-all of it\n"), "{}", run.stdout);
}

#[test]
fn what_go_yaml_refuses_is_still_refused() {
    for bad in ["\"one\n  two\n", "\"one\n--- two\"", "\"one\n  two\" three", "'one\n  two': three", "\"one\n  \\q\""] {
        let text = format!("apiVersion: v1\nkind: Service\nmetadata:\n  name: odd\nspec:\n  a: {bad}\n");
        let run = render(&text);
        assert_eq!((run.code, run.stdout.as_str()), (Some(1), ""), "{text}");
        assert!(run.stderr.starts_with("error[OV001]"), "{}", run.stderr);
    }
}

#[test]
fn a_comment_may_touch_what_it_is_behind() {
    for odd in ["{a: b}# one", "'a'# one", "\"a\"#one", "[a, b]#", "{a: 'b'# one\n  }"] {
        let odd = format!("apiVersion: v1\nkind: Thing\nmetadata:\n  name: odd\nspec:\n  a: {odd}\n  b: c\n");
        assert!(added_to(&format!("{odd}---\n{CART}")).contains("kind: VirtualService"));
    }
}

/// A large text of such scalars is read in time that grows with it.
#[test]
fn many_of_them_take_no_longer_than_their_length() {
    let deep = format!("{}x: \"{}\"\n", " ".repeat(400), "\na".repeat(20_000));
    let many = "- \"one\ntwo\"\n".repeat(20_000);
    let odd = format!("apiVersion: v1\nkind: Thing\nmetadata:\n  name: odd\nspec:\n{many}more:\n{deep}");
    assert!(added_to(&format!("{odd}---\n{CART}")).contains("kind: VirtualService"));
}
