//! Twice the same.

use super::*;

#[test]
fn a_key_that_stands_twice_is_reported_with_both_places() {
    let list = "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n- a: 1\n  b: 2\n  a: 3\n";
    let run = overrides(&[], list.as_bytes());
    is_refused_unread(&run, "OV003", "line 6, column 3");
    assert!(run.stderr.contains("line 4, column 3"), "{}", run.stderr);

    let run = overrides(&["render", "-"], b"a: 1\nb: {c: 2, \"c\": 3}\n");
    is_refused_unread(&run, "OV003", "standard input:2:11");
    assert!(run.stderr.contains("line 2, column 5"), "{}", run.stderr);

    let mut many: Vec<String> = (0..100).map(|number| format!("k{number}: v\n")).collect();
    many.push("k7: w\n".to_owned());
    let run = overrides(&["render", "-"], many.concat().as_bytes());
    is_refused_unread(&run, "OV003", "standard input:101:1");
    assert!(run.stderr.contains("line 8, column 1"), "{}", run.stderr);
}

#[test]
fn two_services_of_one_name_and_namespace_are_reported_with_both_files() {
    let folder = tempfile::tempdir().unwrap();
    for file in ["a.yaml", "b.yaml"] {
        fs::write(folder.path().join(file), SERVICE).unwrap();
    }
    let run = overrides(&["render", folder.path().to_str().unwrap()], b"");
    is_refused_unread(&run, "OV007", "b.yaml:3:");
    assert!(run.stderr.contains("a.yaml"), "{}", run.stderr);

    let in_file = |path: &str, namespace: &str| {
        let annotations = format!("{{config.kubernetes.io/path: {path}, config.kubernetes.io/index: '1'}}");
        SERVICE.replace("{name: reviews}", &format!("{{name: reviews{namespace}, annotations: {annotations}}}"))
    };
    // An absent namespace is `default`.
    let documents = [in_file("one.yaml", ""), in_file("two.yaml", ", namespace: default")];
    let list = resource_list("", &documents);
    let run = overrides(&[], list.as_bytes());
    assert_eq!(run.code, Some(1));
    says(&run, "OV007", "two.yaml");
    assert!(run.stderr.contains("one.yaml"), "{}", run.stderr);
    let results = run.stdout.strip_prefix(&list).unwrap();
    assert!(results.contains("file:\n    path: two.yaml\n    index: 1\n"), "{results}");
}
