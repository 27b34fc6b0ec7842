//! Bad input: every kind of it gets exit code 1, one clear sentence with the place on standard error, and on standard
//! output nothing, or, in function mode where the list could be read, the list as it was with `results` behind it.
//! Nothing makes the command panic, and nothing makes it take memory or time out of proportion.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that panics has failed"
)]

mod support;

use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use std::{fs, thread};

use support::given::function;
use support::{PATIENCE, Run, overrides, overrides_within, resource_list, stream};

const BINARY: &str = env!("CARGO_BIN_EXE_overrides");

/// Input that is not even read as far as objects.
#[track_caller]
fn is_refused_unread(run: &Run, code: &str, place: &str) {
    assert_eq!(run.code, Some(1), "{run:?}");
    assert_eq!(run.stdout, "", "nothing on standard output");
    says(run, code, place);
}

/// One line, or in `render` one snippet, that names the code and the place.
#[track_caller]
fn says(run: &Run, code: &str, place: &str) {
    let first = run.stderr.lines().next().unwrap_or_default();
    assert!(first.starts_with(&format!("error[{code}]: ")), "not {code}: {}", run.stderr);
    assert!(run.stderr.contains(place), "`{place}` is not named: {}", run.stderr);
    assert_eq!(run.stderr.matches("error[").count(), 1, "one sentence: {}", run.stderr);
    assert!(run.stderr.len() < 2_000, "no clear sentence has {} bytes", run.stderr.len());
}

/// Objects that are refused in function mode and in `render`. `field` is the path of the field at fault.
#[track_caller]
fn objects_are_refused(documents: &[&str], code: &str, object: &str, field: &str) {
    let list = resource_list("", documents);
    list_is_refused(&list, code, object, field);

    let run = overrides(&["render", "-"], stream(documents).as_bytes());
    assert_eq!((run.code, run.stdout.as_str()), (Some(1), ""), "{}", run.stderr);
    says(&run, code, object);
    assert!(run.stderr.contains(field), "`{field}` is not named: {}", run.stderr);
    assert!(run.stderr.contains(" --> standard input:"), "a snippet with line and column: {}", run.stderr);
}

/// A list that comes back as it was, with results.
#[track_caller]
fn list_is_refused(list: &str, code: &str, object: &str, field: &str) {
    let run = overrides(&[], list.as_bytes());
    assert_eq!(run.code, Some(1), "{}", run.stderr);
    says(&run, code, object);
    assert!(run.stderr.contains(field), "`{field}` is not named: {}", run.stderr);
    assert_eq!(run.stderr.lines().count(), 1, "one line: {}", run.stderr);
    let results = run.stdout.strip_prefix(list).expect("without the results the list is what it was");
    assert!(results.starts_with("results:\n- message: "), "{results}");
    assert!(results.lines().skip(1).all(|line| line.starts_with("- ") || line.starts_with("  ")), "{results}");
    assert!(results.contains("severity: error") && results.contains(&format!("code: {code}")), "{results}");
    assert!(results.contains(&format!("path: {field}")), "`{field}` is not in the results: {results}");
}

const SERVICE: &str = "\
apiVersion: v1
kind: Service
metadata: {name: reviews}
spec:
  selector: {app: reviews}
  ports: [{name: http, port: 80}]
";

fn deployment(name: &str, labels: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}}}\nspec:\n  template:\n    metadata:\n      \
         labels: {labels}\n"
    )
}

fn spec_of_service(spec: &str) -> String {
    format!("apiVersion: v1\nkind: Service\nmetadata: {{name: reviews}}\nspec: {spec}\n")
}

// ---------------------------------------------------------------- what cannot be read

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

// ---------------------------------------------------------------- the wrong document

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

// ---------------------------------------------------------------- objects without a name

#[test]
fn items_without_kind_or_name_that_are_not_ours_come_back_untouched() {
    let list = "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n- apiVersion: v1\n  metadata: {name: \
                x}\n- {}\n- metadata: {}\n- kind: Kustomization\n- kind: [a]\n  metadata: b\n- apiVersion: 1\n  kind: \
                Service2\n- metadata:\n    annotations: [a]\n- 3\n-\n- - nested\n- kind: ConfigMap\n  metadata: \
                {name: 7}\n";
    let run = overrides(&["-v"], list.as_bytes());
    assert_eq!((run.code, run.stdout.as_str(), run.stderr.as_str()), (Some(0), list, ""));
}

#[test]
fn a_service_workload_or_rule_without_a_name_is_named_as_such() {
    let kinds = [
        ("v1", "Service"),
        ("v1", "Pod"),
        ("v1", "ReplicationController"),
        ("apps/v1", "Deployment"),
        ("apps/v1", "StatefulSet"),
        ("apps/v1", "DaemonSet"),
        ("apps/v1", "ReplicaSet"),
        ("argoproj.io/v1alpha1", "Rollout"),
        ("apps.kruise.io/v1alpha1", "CloneSet"),
        ("networking.istio.io/v1", "DestinationRule"),
        ("networking.istio.io/v1beta1", "VirtualService"),
    ];
    for (api_version, kind) in kinds {
        for metadata in ["{namespace: shop}", "{name: ''}", "{name: 123}", "{name: [a]}", "{name: null}", "null", "a"] {
            let document = format!("apiVersion: {api_version}\nkind: {kind}\nmetadata: {metadata}\n");
            objects_are_refused(&[SERVICE, &document], "OV005", &format!("{kind} without a name"), "metadata.name");
        }
    }
}

// ---------------------------------------------------------------- wrong types

#[test]
fn a_wrong_type_in_a_service_names_item_field_and_what_is_needed() {
    let cases = [
        ("3", "spec", "a mapping"),
        ("{selector: [a]}", "spec.selector", "a mapping"),
        ("{selector: []}", "spec.selector", "a mapping"),
        ("{selector: a}", "spec.selector", "a mapping"),
        ("{selector: {app: 1}}", "spec.selector.app", "text"),
        ("{selector: {app: yes}}", "spec.selector.app", "text"),
        ("{selector: {app: [a]}}", "spec.selector.app", "text"),
        ("{selector: {app.kubernetes.io/name: 1}}", "spec.selector[app.kubernetes.io/name]", "text"),
        ("{ports: 80}", "spec.ports", "a list"),
        ("{ports: {port: 80}}", "spec.ports", "a list"),
        ("{ports: [80]}", "spec.ports[0]", "a mapping"),
        ("{ports: [null]}", "spec.ports[0]", "a mapping"),
        ("{ports: [{name: http}]}", "spec.ports[0]", "port"),
        ("{ports: [{port: 80}, {port: '81'}]}", "spec.ports[1].port", "a whole number"),
        ("{ports: [{port: eighty}]}", "spec.ports[0].port", "a whole number"),
        ("{ports: [{port: 80.5}]}", "spec.ports[0].port", "a whole number"),
        ("{ports: [{port: 80, name: 1}]}", "spec.ports[0].name", "text"),
        ("{ports: [{port: 80, appProtocol: {}}]}", "spec.ports[0].appProtocol", "text"),
        ("{type: 1}", "spec.type", "text"),
        ("{clusterIP: [None]}", "spec.clusterIP", "text"),
    ];
    for (spec, field, needed) in cases {
        let document = spec_of_service(spec);
        objects_are_refused(&[&document], "OV006", "Service reviews", field);
        let run = overrides(&[], resource_list("", &[document]).as_bytes());
        assert!(run.stderr.contains(needed), "{spec}: {needed}: {}", run.stderr);
    }
}

#[test]
fn a_number_that_is_no_port_is_named_as_written_and_told_why() {
    for port in ["70000", "-1", "0x50"] {
        let document = spec_of_service(&format!("{{ports: [{{port: {port}}}]}}"));
        let run = overrides(&[], resource_list("", &[document]).as_bytes());
        assert_eq!(run.code, Some(1));
        assert!(run.stderr.contains(&format!("the number `{port}`")), "{port}: {}", run.stderr);
    }
    // 70000 is a whole number: that is not what is wrong with it.
    let document = spec_of_service("{ports: [{port: 70000}]}");
    let run = overrides(&[], resource_list("", &[document]).as_bytes());
    assert!(!run.stderr.contains("stands where a whole number is needed"), "{}", run.stderr);
}

#[test]
fn a_list_where_a_mapping_is_needed_is_never_taken_for_its_fields_in_order() {
    let service = [("[]", "spec"), ("[ClusterIP]", "spec"), ("{ports: [[80]]}", "spec.ports[0]")];
    for (spec, field) in service {
        let document = spec_of_service(spec);
        objects_are_refused(&[&document], "OV006", "Service reviews", field);
        let run = overrides(&[], resource_list("", &[document]).as_bytes());
        assert!(run.stderr.contains("a list stands where a mapping is needed"), "{spec}: {}", run.stderr);
    }
    for (spec, field) in [("[]", "spec"), ("{template: []}", "spec.template"), ("{updateStrategy: [OnDelete]}", "spec")]
    {
        let document = format!("apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: reviews}}\nspec: {spec}\n");
        let run = overrides(&[], resource_list("", &[document]).as_bytes());
        assert_eq!(run.code, Some(1), "{spec}");
        says(&run, "OV006", field);
        assert!(run.stderr.contains("a list stands where a mapping is needed"), "{spec}: {}", run.stderr);
    }
    for spec in ["[]", "[x-override, true]", "{select: []}", "{services: [[reviews]]}"] {
        let policy = format!("functionConfig:\n  {POLICY}\n  spec: {spec}\n");
        let run = overrides(&[], resource_list(&policy, &[SERVICE]).as_bytes());
        assert_eq!(run.code, Some(1), "{spec} is no policy");
        says(&run, "OV010", "Overrides mesh");
    }
}

#[test]
fn a_wrong_type_in_a_workload_or_rule_names_item_and_field() {
    let deployment =
        |spec: &str| format!("apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: reviews}}\nspec: {spec}\n");
    let rule = |kind: &str, spec: &str| {
        format!("apiVersion: networking.istio.io/v1\nkind: {kind}\nmetadata: {{name: reviews}}\nspec: {spec}\n")
    };
    let cases = [
        (deployment("{replicas: many}"), "spec.replicas"),
        (deployment("{replicas: -1}"), "spec.replicas"),
        (deployment("{template: {metadata: a}}"), "spec.template.metadata"),
        (deployment("{template: {metadata: {labels: [a]}}}"), "spec.template.metadata.labels"),
        (deployment("{template: {metadata: {labels: {version: [a]}}}}"), "spec.template.metadata.labels.version"),
        (deployment("{updateStrategy: x}"), "spec.updateStrategy"),
        (deployment("{updateStrategy: {type: 1}}"), "spec.updateStrategy.type"),
        (rule("DestinationRule", "{host: 1}"), "spec.host"),
        (rule("VirtualService", "{hosts: reviews}"), "spec.hosts"),
        (rule("VirtualService", "{hosts: [1]}"), "spec.hosts[0]"),
        (rule("VirtualService", "{gateways: mesh}"), "spec.gateways"),
        (rule("VirtualService", "{http: {}}"), "spec.http"),
        (rule("VirtualService", "{http: [a]}"), "spec.http[0]"),
        (rule("VirtualService", "{http: [{route: {}}]}"), "spec.http[0].route"),
        (rule("VirtualService", "{http: [{route: [{destination: a}]}]}"), "spec.http[0].route[0].destination"),
        (
            rule("VirtualService", "{tcp: [{route: [{destination: {host: 1}}]}]}"),
            "spec.tcp[0].route[0].destination.host",
        ),
    ];
    for (document, field) in &cases {
        let object = document.lines().nth(1).unwrap().replace("kind: ", "") + " reviews";
        objects_are_refused(&[SERVICE, document], "OV006", &object, field);
    }
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: p, labels: [a]}\n";
    objects_are_refused(&[pod], "OV006", "Pod p", "metadata.labels");
}

#[test]
fn a_wrong_type_in_a_field_that_nobody_reads_is_not_our_business() {
    let documents = [
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: [b]\n",
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec: {minReadySeconds: x, template: {spec: 3}}\n",
        "apiVersion: other.example.com/v1\nkind: Service\nmetadata: {name: a}\nspec: {selector: 3, ports: x}\n",
    ];
    let list = resource_list("", &documents);
    let run = overrides(&[], list.as_bytes());
    assert_eq!((run.code, run.stdout, run.stderr.as_str()), (Some(0), list, ""));
}

// ---------------------------------------------------------------- versions and header names

#[test]
fn a_version_that_is_no_label_value_is_refused_with_its_field() {
    let long = "v".repeat(64);
    let versions = [long.as_str(), "'v1/beta'", "'-v1'", "v1-", "'v 1'", "vé", "'v1,v2'", "'v1:2'", "' '", "\"v1\\n\""];
    for version in versions {
        let second = deployment("second", &format!("{{app: reviews, version: {version}}}"));
        let documents = [SERVICE, &deployment("first", "{app: reviews, version: v1}"), &second];
        objects_are_refused(&documents, "OV022", "Deployment second", "spec.template.metadata.labels.version");
    }
}

#[test]
fn a_version_that_yaml_reads_as_something_else_is_refused_with_its_field() {
    for version in ["1", "1.0", "0x10", "0777", "1e3", "1_000", "true", "on", "n", ".5", "-1", ".inf"] {
        let document = deployment("first", &format!("{{app: reviews, version: {version}}}"));
        let field = "spec.template.metadata.labels.version";
        objects_are_refused(&[SERVICE, &document], "OV023", "Deployment first", field);
    }
}

#[test]
fn a_header_name_that_is_no_token_is_refused_with_its_field() {
    for header in ["''", "'x override'", "'x:override'", "':path'", "'x,y'", "'x\\ny'", "é", "3", "'baggage'", "Host"]
    {
        let policy = format!("functionConfig:\n  {POLICY}\n  spec: {{header: {header}}}\n");
        list_is_refused(&resource_list(&policy, &[SERVICE]), "OV010", "Overrides mesh", "spec.header");
        let map = format!("functionConfig: {{apiVersion: v1, kind: ConfigMap, data: {{header: {header}}}}}\n");
        list_is_refused(&resource_list(&map, &[SERVICE]), "OV010", "ConfigMap", "data.header");
    }
}

// ---------------------------------------------------------------- the policy

const POLICY: &str = "apiVersion: overrides.dev/v1alpha1\n  kind: Overrides\n  metadata: {name: mesh}";

#[test]
fn a_mistake_in_the_policy_names_the_field_and_the_nearest_right_spelling() {
    let cases = [
        ("{heder: x}", "OV010", "spec.heder", "`header`"),
        ("{Header: x}", "OV010", "spec.Header", "`header`"),
        ("{versionLabel: [x]}", "OV010", "spec.versionLabel", "`versionLabels`"),
        ("{default_version: v1}", "OV010", "spec.default_version", "`defaultVersion`"),
        ("{existing: skp}", "OV010", "spec.existing", "`skip`"),
        ("{existing: 3}", "OV010", "spec.existing", ""),
        ("{unversioned: lable}", "OV010", "spec.unversioned", "`label`"),
        ("{unversioned: Warn}", "OV010", "spec.unversioned", "`warn`"),
        ("{singleVersion: pinn}", "OV010", "spec.singleVersion", "`pin`"),
        ("{baggage: 'yes'}", "OV010", "spec.baggage", "`true` or `false`"),
        ("{tracestate: [true]}", "OV010", "spec.tracestate", "`true` or `false`"),
        ("{versionLabels: version}", "OV010", "spec.versionLabels", "a list"),
        ("{versionLabels: []}", "OV010", "spec.versionLabels", "at least one"),
        ("{versionLabels: ['a b']}", "OV010", "spec.versionLabels[0]", "label key"),
        ("{versionLabels: [version, Example.com/v]}", "OV010", "spec.versionLabels[1]", "label key"),
        ("{defaultVersion: 1.0}", "OV010", "spec.defaultVersion", "quotes"),
        ("{rootNamespace: [a]}", "OV010", "spec.rootNamespace", "text"),
        ("{select: {matchLabel: {}}}", "OV010", "spec.select.matchLabel", "`matchLabels`"),
        (
            "{select: {matchExpressions: [{key: a, operator: in}]}}",
            "OV010",
            "spec.select.matchExpressions[0].operator",
            "`In`",
        ),
        ("{select: {matchExpressions: [{operator: In}]}}", "OV010", "spec.select.matchExpressions[0]", "key"),
        ("{services: reviews}", "OV010", "spec.services", "a list"),
        ("{services: [reviews]}", "OV010", "spec.services[0]", "a mapping"),
        ("{services: [{}]}", "OV010", "spec.services[0]", "name"),
        ("{services: [{nme: reviews}]}", "OV010", "spec.services[0].nme", "`name`"),
        ("{services: [{name: reviews, defaultVersion: 2}]}", "OV010", "spec.services[0].defaultVersion", "quotes"),
        ("{services: [{name: reviews, ignore: 'true'}]}", "OV010", "spec.services[0].ignore", "`true` or `false`"),
        ("{services: [{name: reviws}]}", "OV011", "spec.services[0].name", "`reviews`"),
        ("{services: [{name: reviews, namespace: shop}]}", "OV011", "spec.services[0].name", "reviews"),
        ("{services: [{name: reviews}, {name: reviews}]}", "OV012", "spec.services[1].name", "spec.services[0]"),
        ("3", "OV010", "spec", "a mapping"),
    ];
    for (spec, code, field, named) in cases {
        let policy = format!("functionConfig:\n  {POLICY}\n  spec: {spec}\n");
        let list = resource_list(&policy, &[SERVICE, &deployment("first", "{app: reviews, version: v1}")]);
        list_is_refused(&list, code, "Overrides mesh", field);
        let run = overrides(&[], list.as_bytes());
        assert!(run.stderr.contains(named), "{spec}: {named}: {}", run.stderr);

        let policy = format!("{}\nspec: {spec}\n", POLICY.replace("\n  ", "\n"));
        let run = overrides(&["render", "-"], stream(&[SERVICE, &policy]).as_bytes());
        assert_eq!((run.code, run.stdout.as_str()), (Some(1), ""), "{spec}: {}", run.stderr);
        says(&run, code, field);
        assert!(run.stderr.contains(" --> standard input:"), "{}", run.stderr);

        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("mesh.yaml");
        fs::write(&file, policy).unwrap();
        let run = overrides(&["render", "-", "--config", file.to_str().unwrap()], SERVICE.as_bytes());
        assert_eq!((run.code, run.stdout.as_str()), (Some(1), ""), "{spec}: {}", run.stderr);
        says(&run, code, field);
        assert!(run.stderr.contains("mesh.yaml"), "the file is named: {}", run.stderr);
    }
}

#[test]
fn no_sentence_speaks_of_the_types_of_the_program() {
    let specs = ["{singleVersion: true}", "{existing: }", "{unversioned: [a]}", "{existing: 3}"];
    for spec in specs {
        let policy = format!("functionConfig:\n  {POLICY}\n  spec: {spec}\n");
        let run = overrides(&[], resource_list(&policy, &[SERVICE]).as_bytes());
        assert_eq!(run.code, Some(1), "{spec}");
        for jargon in ["enum", "struct", "Existing", "SingleVersion", "Unversioned", "invalid length", "variant"] {
            assert!(!run.stderr.replace("singleVersion", "").contains(jargon), "{spec}: {jargon}: {}", run.stderr);
        }
    }
}

#[test]
fn a_mistake_in_a_config_map_names_the_setting_and_the_nearest_right_spelling() {
    let cases = [
        ("{heder: x}", "data.heder", "`header`"),
        ("{existing: skp}", "data.existing", "`skip`"),
        ("{baggage: 'yes'}", "data.baggage", "`true`, `false`"),
        ("{baggage: true}", "data.baggage", "quotes"),
        ("{versionLabels: ' , '}", "data.versionLabels", "names"),
        ("{versionLabels: 'version,a b'}", "data.versionLabels", "label key"),
        ("{services: reviews}", "data.services", "no field `services`"),
        ("[a]", "data", "a mapping"),
        ("3", "data", "a mapping"),
    ];
    for (data, field, named) in cases {
        let config = format!("functionConfig: {{apiVersion: v1, kind: ConfigMap, data: {data}}}\n");
        let list = resource_list(&config, &[SERVICE]);
        let run = overrides(&[], list.as_bytes());
        assert!(run.stderr.contains(named), "{data}: {named}: {}", run.stderr);
        assert!(run.stdout.starts_with(&list), "{}", run.stdout);
        assert_eq!(run.code, Some(1));
        says(&run, "OV010", field);
    }
}

#[test]
fn a_policy_of_another_kind_or_twice_is_refused() {
    for config in ["{}", "[a]", "a", "{kind: Overrides}", "{apiVersion: overrides.dev/v2, kind: Overrides}"] {
        let list = resource_list(&format!("functionConfig: {config}\n"), &[SERVICE]);
        let run = overrides(&[], list.as_bytes());
        assert_eq!(run.code, Some(1), "{config}");
        says(&run, "OV010", "Overrides");
    }
    let policy = POLICY.replace("\n  ", "\n") + "\n";
    let run = overrides(&["render", "-"], stream(&[&policy, SERVICE, &policy]).as_bytes());
    is_refused_unread(&run, "OV014", "Overrides mesh");
}

#[test]
fn single_settings_are_checked_like_the_rest() {
    for (setting, named) in [("heder=x", "`header`"), ("existing=skp", "`skip`"), ("header", "key=value"), ("", "=")] {
        let run = overrides(&["render", "-", "--set", setting], SERVICE.as_bytes());
        assert_eq!((run.code, run.stdout.as_str()), (Some(1), ""), "{setting}");
        says(&run, "OV010", named);
    }
}

// ---------------------------------------------------------------- twice the same

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

// ---------------------------------------------------------------- bombs

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

// ---------------------------------------------------------------- usage, and the other end of the pipe

#[test]
fn wrong_usage_exits_with_2_and_writes_nothing() {
    let cases: [&[&str]; 9] = [
        &["frobnicate"],
        &["--frobnicate"],
        &["reviews.yaml"],
        &["render"],
        &["render", "-", "--frobnicate"],
        &["render", "-", "--config"],
        &["render", "-", "--set"],
        &["render", "-", "--only-generated", "--output-dir", "x"],
        &["completions", "tcsh"],
    ];
    for arguments in cases {
        let run = overrides(arguments, SERVICE.as_bytes());
        assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{arguments:?}");
        assert!(run.stderr.starts_with("error: "), "{}", run.stderr);
    }
}

#[test]
fn help_and_version_are_no_errors() {
    for arguments in [&["--help"][..], &["-h"], &["--version"], &["-V"], &["render", "--help"]] {
        let run = overrides(arguments, b"");
        assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""), "{arguments:?}");
        assert!(!run.stdout.is_empty());
    }
}

#[test]
fn a_reader_that_leaves_early_is_a_quiet_success() {
    // Several times what a pipe holds, so that the command is still writing when its reader leaves.
    let documents: Vec<String> = (0..500)
        .flat_map(|number| {
            let service = SERVICE.replace("reviews", &format!("reviews-{number}"));
            [service, deployment("first", &format!("{{app: reviews-{number}, version: v1}}"))]
        })
        .collect();
    let list = resource_list("", &documents);
    let rendered = stream(&documents);
    let cases: [(&[&str], &str); 4] =
        [(&[], &list), (&["render", "-"], &rendered), (&["completions", "bash"], ""), (&["--help"], "")];
    for (arguments, input) in cases {
        let mut child = Command::new(BINARY)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdout = child.stdout.take().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let input = input.to_owned();
        // What reads nothing may be gone before everything is written.
        let writer = thread::spawn(move || drop(stdin.write_all(input.as_bytes())));
        let mut first = [0; 10];
        stdout.read_exact(&mut first).unwrap();
        drop(stdout);
        let output = child.wait_with_output().unwrap();
        writer.join().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), stderr.as_str()), (Some(0), ""), "{arguments:?}");
    }
}

#[test]
fn a_full_disk_is_a_failure_and_not_a_success() {
    let Ok(full) = fs::OpenOptions::new().write(true).open("/dev/full") else { return };
    let mut child = Command::new(BINARY).stdin(Stdio::piped()).stdout(full).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(resource_list("", &[SERVICE]).as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stderr).unwrap().contains("standard output"));
}

#[test]
fn a_failed_run_leaves_the_output_folder_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let path = out.to_str().unwrap();
    let good = stream(&[SERVICE, &deployment("first", "{app: reviews, version: v1}")]);
    assert_eq!(overrides(&["render", "-", "--output-dir", path], good.as_bytes()).code, Some(0));
    let files = |folder: &std::path::Path| {
        let mut files: Vec<_> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .map(|path| (path.clone(), fs::read_to_string(path).unwrap()))
            .collect();
        files.sort();
        files
    };
    let before = files(&out);
    assert_eq!(before.len(), 2);
    let bad = stream(&[SERVICE, SERVICE]);
    assert_eq!(overrides(&["render", "-", "--output-dir", path], bad.as_bytes()).code, Some(1));
    assert_eq!(files(&out), before);

    let run = overrides(&["render", "-", "--output-dir", before[0].0.to_str().unwrap()], good.as_bytes());
    assert_eq!((run.code, run.stdout.as_str()), (Some(1), ""));
}

// ---------------------------------------------------------------- damage of every kind

/// A list with every kind of thing that is read or written.
fn everything() -> String {
    let documents = [
        SERVICE,
        &deployment("first", "{app: reviews, version: v1}"),
        &deployment("second", "{app: reviews}"),
        "apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata:\n  name: gone-overrides\n  annotations: \
         {overrides.dev/generated-for: gone}\nspec: {host: gone, subsets: []}\n",
        "# a comment\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata:\n  text: |\n    a\n\n    b\n",
    ];
    let config = "functionConfig: {apiVersion: v1, kind: ConfigMap, data: {unversioned: label}}\n";
    resource_list(config, &documents) + "results:\n- {message: earlier, severity: info}\n"
}

/// Whatever the input is: no panic, and what comes out is nothing, or the input and results, or a list that a second
/// run does not change.
#[track_caller]
fn is_handled(input: &str, what: &str) {
    let outcome = function(input);
    if outcome.output.is_empty() {
        assert!(outcome.failed(), "{what}: no output and no error");
        return;
    }
    let again = function(&outcome.output);
    assert!(!again.output.is_empty(), "{what}: the output cannot be read: {:?}\n{}", again.findings, outcome.output);
    assert_eq!(again.output, outcome.output, "{what}: a second run changes something");
}

#[test]
fn a_list_that_is_cut_off_anywhere_is_handled() {
    let list = everything();
    assert!(!function(&list).failed());
    for end in 0..list.len() {
        is_handled(&list[..end], &format!("the first {end} bytes"));
    }
}

#[test]
fn a_list_with_any_byte_replaced_is_handled() {
    let list = everything();
    for position in 0..list.len() {
        for replacement in ["", "\n", ":", "\"", "{", "#", "&", "|"] {
            let damaged = format!("{}{replacement}{}", &list[..position], &list[position + 1..]);
            is_handled(&damaged, &format!("byte {position} as {replacement:?}"));
        }
    }
}

#[test]
fn a_list_without_any_one_line_is_handled() {
    let list = everything();
    let lines: Vec<&str> = list.split_inclusive('\n').collect();
    for missing in 0..lines.len() {
        let damaged: String =
            lines.iter().enumerate().filter(|(number, _)| *number != missing).map(|(_, line)| *line).collect();
        is_handled(&damaged, &format!("without line {missing}"));
    }
}
