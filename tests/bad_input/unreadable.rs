//! What cannot be read.

use super::*;

#[test]
fn empty_input_is_an_error_and_never_an_empty_output() {
    // An empty output with exit code 0 means to Argo CD and to kustomize that everything is to be deleted.
    for input in ["", " ", "\n\n", " \n\t\n", "# a comment\n", "---\n", "\u{feff}", "---\n# nothing\n---\n"] {
        for arguments in [&[][..], &["render", "-"]] {
            let run = overrides(arguments, input.as_bytes());
            is_refused_unread(&run, "OV001", "standard input");
        }
    }
}

#[test]
fn empty_input_is_reported_with_line_and_column() {
    let run = overrides(&[], b"");
    is_refused_unread(&run, "OV001", "line 1, column 1");
}

#[test]
fn a_folder_without_manifests_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    let run = overrides(&["render", path], b"");
    assert_eq!((run.code, run.stdout.as_str()), (Some(1), ""), "{run:?}");
    assert!(run.stderr.contains(path), "the folder is named: {}", run.stderr);
}

#[test]
fn what_is_not_yaml_is_reported_with_line_and_column() {
    let cases = [
        ("a: [b\n", 1, 4),
        ("a: b: c\n", 1, 5),
        ("a: 1\n b: 2\n", 2, 1),
        ("items:\n\t- a\n", 2, 1),
        ("a: \"b\n", 1, 4),
        ("{\"a\": 1,, }", 1, 9),
        ("a: *nobody\n", 1, 4),
        ("a: b\n}\n", 2, 1),
    ];
    for (input, line, _) in cases {
        let run = overrides(&[], input.as_bytes());
        is_refused_unread(&run, "OV001", &format!("standard input, line {line}, column "));
        assert!(!run.stderr.contains("not YAML: ."), "what is wrong is said: {}", run.stderr);
        let run = overrides(&["render", "-"], input.as_bytes());
        is_refused_unread(&run, "OV001", &format!("standard input:{line}:"));
    }
}

#[test]
fn what_is_not_utf_8_is_reported_with_line_and_column() {
    let inputs: [&[u8]; 3] = [b"a: 1\nb: \xff\n", b"a: 1\nb: \xc3", b"a: 1\nb: \xed\xa0\x80\n"];
    for input in inputs {
        for arguments in [&[][..], &["render", "-"]] {
            is_refused_unread(&overrides(arguments, input), "OV001", "line 2, column 4");
        }
    }
    let utf_16: Vec<u8> = "\u{feff}a: 1\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    is_refused_unread(&overrides(&[], &utf_16), "OV001", "line 1, column 1");
    is_refused_unread(&overrides(&[], b"\x1f\x8b\x08\x00\x00\x00"), "OV001", "line 1, column 2");
}

#[test]
fn control_characters_do_not_reach_the_terminal() {
    let run = overrides(&[], b"apiVersion: v1\nkind: \"a\\e[31mb\\n\\rc\"\n");
    is_refused_unread(&run, "OV002", "standard input");
    assert_eq!(run.stderr.lines().count(), 1, "{:?}", run.stderr);
    assert!(!run.stderr.contains('\u{1b}'), "{:?}", run.stderr);
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("good.yaml"), SERVICE).unwrap();
    fs::write(folder.path().join("worse.yaml"), "a: 1\nb: [\n").unwrap();
    let run = overrides(&["render", folder.path().to_str().unwrap()], b"");
    is_refused_unread(&run, "OV001", "worse.yaml:2:4");

    for arguments in [&["render", "/nowhere/at-all.yaml"][..], &["render", "-", "--config", "/nowhere/at-all.yaml"]] {
        let run = overrides(arguments, SERVICE.as_bytes());
        assert_eq!((run.code, run.stdout.as_str()), (Some(1), ""), "{run:?}");
        assert_eq!(run.stderr.lines().count(), 1, "{}", run.stderr);
        assert!(run.stderr.contains("/nowhere/at-all.yaml"), "{}", run.stderr);
    }
}

#[test]
fn what_is_left_of_services_that_are_gone_is_no_input_and_is_said_to_be_generated() {
    let objects = stream(&[SERVICE, &deployment("first", "{app: reviews, version: v1}")]);
    let generated = overrides(&["render", "--only-generated", "-"], objects.as_bytes()).stdout;
    assert!(generated.contains("kind: DestinationRule"), "{generated}");
    let run = overrides(&["render", "-"], generated.as_bytes());
    is_refused_unread(&run, "OV001", "Remove what was generated if the Services are gone");
}
