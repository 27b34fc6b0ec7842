//! How texts end. What is added stands behind it, and changes nothing of it.

use super::*;

/// An object in the last place.
fn config_map(data: &str) -> String {
    format!("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: last\ndata:\n  {data}")
}

#[test]
fn a_document_on_the_line_of_its_marker_is_followed() {
    let map = "{apiVersion: v1, kind: ConfigMap, metadata: {name: last}}";
    for last in [
        format!("--- {map}\n"),
        format!("---\t{map}\n"),
        format!("--- {map}"),
        format!("--- {map} # the end\n"),
        format!("--- {map}\n\n\n"),
        format!("--- {map}\n# the end\n"),
        format!("--- {map}\n---\n"),
        format!("--- {map}\n...\n"),
        format!("--- &a {map}\n"),
        format!("--- # what it is\n{map}\n"),
        "--- {apiVersion: v1,\n  kind: ConfigMap, metadata: {name: last}\n}\n".to_owned(),
    ] {
        let input = format!("{CART}{last}");
        let added = added_to(&input);
        assert!(added.contains("kind: DestinationRule"), "{added}");
        assert_eq!(added_to(&input.replace('\n', "\r\n")).replace("\r\n", "\n"), added);
    }
    let only = "--- {apiVersion: v1, kind: Service, metadata: {name: a}, spec: {selector: {app: a}, ports: [{port: 80}]}}\n---\n";
    let pod = "{apiVersion: v1, kind: Pod, metadata: {name: p, labels: {app: a, version: v1}}}\n";
    assert!(added_to(&format!("{only}{pod}")).contains("kind: DestinationRule"));
    assert!(added_to(&format!("---\n{pod}{only}")).contains("kind: DestinationRule"));
}

#[test]
fn files_that_begin_on_the_line_of_the_marker_are_joined() {
    let folder = tempfile::tempdir().unwrap();
    let map = |name: &str| format!("--- {{apiVersion: v1, kind: ConfigMap, metadata: {{name: {name}}}}}");
    for (name, text) in [("a.yaml", CART), ("b.yaml", &map("b")), ("c.yaml", &map("c")), ("d.yaml", "# end")] {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let run = overrides(&["render", folder.path().to_str().unwrap()], b"");
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    assert!(run.stdout.starts_with(&format!("{CART}{}\n{}\n# end\n---\n", map("b"), map("c"))), "{}", run.stdout);
}

/// Whatever came behind it would give its last line a line break, and so change its value: what is added stands in front.
#[test]
fn a_stream_that_ends_in_an_open_block_scalar_keeps_every_byte() {
    for data in [
        "a: |\n    x",
        "a: |+\n    x\n\n    y",
        "a: >\n    x",
        "a: |2\n    x",
        "a: >+  # folded\n    x\n\n    y",
        "a: |\r\n    x",
    ] {
        for marker in ["---\n", "--- # the last\n"] {
            let last = config_map(data);
            let run = rendered(&format!("{CART}{marker}{last}"));
            assert_eq!(run.stderr, "");
            assert!(run.stdout.starts_with(CART), "{}", run.stdout);
            assert!(run.stdout.ends_with(&format!("{marker}{last}")), "{}", run.stdout);
            assert!(run.stdout.contains("kind: VirtualService"), "{}", run.stdout);
        }
    }
}

#[test]
fn so_does_one_whose_only_document_ends_so() {
    let entries: Vec<String> =
        cart().iter().map(|object| format!("- {}\n", object.trim_end().replace('\n', "\n  "))).collect();
    let last = "- apiVersion: v1\n  kind: ConfigMap\n  metadata: {name: m}\n  data:\n    a: |\n      x";
    let service = format!("apiVersion: v1\nkind: List\nitems:\n{}{last}", entries.concat());
    for head in ["", "---\n", "# the head\n", "# the head\n---\n"] {
        let input = format!("{head}{service}");
        let run = rendered(&input);
        assert_eq!(run.stderr, "");
        assert!(run.stdout.ends_with(&service) && run.stdout.contains("kind: VirtualService"), "{}", run.stdout);
    }
}

#[test]
fn where_a_file_that_ends_so_is_followed_by_another_the_change_is_said() {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [("a.yaml", config_map("a: |\n    x")), ("b.yaml", CART.to_owned())] {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let run = overrides(&["render", folder.path().to_str().unwrap()], b"");
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert!(run.stdout.starts_with(&config_map("a: |-\n    x\n---\n")), "{}", run.stdout);
    assert!(run.stderr.starts_with("warning[OV102]") && run.stderr.contains("a.yaml:6:"), "{}", run.stderr);
    // Nothing is said where nothing is changed.
    for text in [
        config_map("a: |-\n    x"),
        config_map("a: |\n    x\n"),
        config_map("a: 'x'"),
        config_map("a: |\n    x\n# end"),
    ] {
        std::fs::write(folder.path().join("a.yaml"), &text).unwrap();
        let run = overrides(&["render", folder.path().to_str().unwrap()], b"");
        assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
        assert!(run.stdout.starts_with(&text), "{}", run.stdout);
    }
}

#[test]
fn all_other_ends_come_back_as_they_were() {
    for data in [
        "a: |+\n    x\n\n\n",
        "a: >+\n    x\n\n",
        "a: |\n    x\n\n\n",
        "a: >-\n    x\n",
        "a: |-\n    x",
        "a: >-\n    x",
        "a: x\n  # deep",
        "a:",
        "a: ''",
        "a: 'x\n    y'",
        "a: x\n    y",
        "a: |\n",
        "a: |+\n\n",
        "a: |\n    x\n  ",
        "a: |\n    x\n#",
    ] {
        for more in [
            "",
            "\n",
            "\n\n",
            "# end",
            "\n# end\n",
            "\n---",
            "\n---\n",
            "\n--- # end",
            "\n...",
            "\n...\n",
            "\n---\n# end\n---\n",
        ] {
            // On the line of the scalar itself a mark is text.
            if more.starts_with('#') && !data.ends_with('\n') {
                continue;
            }
            let input = format!("{CART}---\n{}{more}", config_map(data));
            let run = rendered(&input);
            assert_eq!(run.stderr, "", "of {input:?}");
            let open = data.starts_with("a: |\n") && !input.ends_with('\n');
            assert!(open || run.stdout.starts_with(&input), "{input:?}\n{:?}", run.stdout);
            assert!(run.stdout.contains("kind: VirtualService"));
        }
    }
}
