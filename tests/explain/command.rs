//! `overrides explain` as people run it.

use std::fs;

use crate::asking::{config, generated, reviews, rule};
use crate::support::given::{Given, service, version};
use crate::support::{Run, overrides};

fn explain(input: &str, arguments: &[&str]) -> Run {
    overrides(&[&["explain", "-"], arguments].concat(), input.as_bytes())
}

#[track_caller]
fn answered(input: &str, arguments: &[&str]) -> String {
    let run = explain(input, arguments);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    run.stdout
}

fn three() -> String {
    let all = ["s1", "s2", "s3"].iter().fold(Given::default(), |all, name| {
        let in_shop = |value: &str| version(name, value).namespace("shop");
        all.and(service(name).namespace("shop")).and(in_shop("v1")).and(in_shop("v2"))
    });
    all.run().rendered
}

#[test]
fn the_answer_is_a_table_with_remarks_below_what_they_are_about() {
    insta::assert_snapshot!(answered(&three(), &["-H", "x-override: s2:v2, s3:v9, ratings:v2"]));
}

#[test]
fn a_chain_is_one_line() {
    let text = three();
    assert_eq!(answered(&text, &["-H", "X-Override: s2:v2", "--chain", "s1,s2,s3"]), "s1:v1 s2:v2 s3:v1\n");
    assert_eq!(
        answered(&text, &["-H", "x-override: s3:v2", "-H", "x-override: s1:v2", "--chain", "s1,shop/s2,s3.shop"]),
        "s1:v2 s2:v1 s3:v2\n"
    );
    let unknown = answered(&text, &["-H", "x-override: s2:v9", "--chain", "s1,s2,s3"]);
    insta::assert_snapshot!(unknown, @r"
    s1:v1 s2:v1 s3:v1
    ! shop/s2: the request asks for version v9 of s2, which no rule knows: it takes v1 [EX07]
    ");
}

#[test]
fn a_chain_says_briefly_what_is_no_version() {
    let route =
        |name: &str, spec: &str| rule("VirtualService", name, "", &format!("{{hosts: [{name}], http: [{spec}]}}"));
    let services = ["split", "reply", "lost", "gone", "moved", "secret"];
    let all = services
        .iter()
        .fold(Given::default(), |all, name| all.and(service(name)).and(version(name, "v1")).and(version(name, "v2")));
    let claim = "{match: [{headers: {'@request.auth.claims.a': {exact: b}}}], directResponse: {status: 200}}";
    let all = all
        .and(route("reply", "{directResponse: {status: 418}}"))
        .and(route("lost", "{match: [{uri: {exact: /x}}], directResponse: {status: 200}}"))
        .and(route("gone", "{route: [{destination: {host: gone, subset: v1}}]}"))
        .and(route("moved", "{redirect: {uri: /there}}"))
        .and(route("secret", claim))
        .and(rule("VirtualService", "a", "", "{hosts: [split], http: [{route: [{destination: {host: split}}]}]}"));
    let input = all.list();
    let items = input.split_once("items:\n").unwrap().1;
    let stream = items.replace("\n- ", "\n---\n  ").replacen("- ", "  ", 1);
    let line = answered(&stream, &["--chain", &services.join(",")]);
    assert_eq!(line.lines().next(), Some("split:v1|v2 reply:418 lost:- gone:- moved:redirect secret:?"));
}

#[test]
fn ports_with_different_answers_have_rows_of_their_own() {
    let text = Given::default()
        .and(
            service("reviews")
                .port("name: http, port: 80")
                .port("name: http-b, port: 81")
                .port("name: tcp, port: 9000"),
        )
        .and(version("reviews", "v1"))
        .and(version("reviews", "v2"))
        .run()
        .rendered;
    insta::assert_snapshot!(answered(&text, &["-H", "x-override: reviews:v2"]));
    let one = answered(&text, &["--port", "9000"]);
    assert!(one.contains("\nreviews  v1        route tcp[0] of VirtualService reviews-overrides"), "{one}");
}

#[test]
fn rules_of_the_users_own_are_explained_too() {
    let routes = "{hosts: [reviews], http: [{name: canary, match: [{uri: {prefix: /api}}], route: [{destination: {host: reviews, subset: v1}, weight: 80}, \
                  {destination: {host: reviews, subset: v3}, weight: 20}]}, {route: [{destination: {host: reviews}}]}]}";
    let subsets = "{host: reviews, subsets: [{name: v1, labels: {version: v1}}, {name: v3, labels: {version: v3}}]}";
    let text = config(&[
        &reviews(&["v1", "v2"]),
        &rule("DestinationRule", "mine", "", subsets),
        &rule("VirtualService", "mine", "", routes),
        &rule("VirtualService", "zweites", "", &routes.replace("canary", "other")),
        &rule("VirtualService", "edge", "", "{hosts: [example.com], gateways: [edge], http: []}"),
    ]);
    insta::assert_snapshot!(answered(&text, &["--path", "/api"]));
}

#[test]
fn machines_get_json() {
    let text = generated(&[("s1", &["v1", "v2"])]).run().rendered;
    insta::assert_snapshot!(answered(&text, &["--json", "-H", "x-override: s1:v9, s1:v2, x:v1"]));
}

#[test]
fn the_readme_shows_what_is_printed() {
    let root = env!("CARGO_MANIFEST_DIR");
    let rendered = overrides(&["render", &format!("{root}/examples/chain")], b"").stdout;
    let readme = fs::read_to_string(format!("{root}/README.md")).unwrap();
    let command = "$ overrides render examples/chain | overrides explain - -H 'x-override: s2:v2, s3:v9'\n";
    assert!(readme.contains(&format!("{command}{}```", answered(&rendered, &["-H", "x-override: s2:v2, s3:v9"]))));
}

#[test]
fn help_has_an_example() {
    let help = answered("", &["--help"]);
    assert!(help.contains("-H 'x-override: s2:v2' --chain s1,s2,s3"), "{help}");
    assert!(overrides(&["--help"], b"").stdout.contains("explain"));
}

#[test]
fn the_policy_among_the_manifests_or_in_a_file_says_how_overrides_are_carried() {
    let policy =
        "apiVersion: overrides.dev/v1alpha1\nkind: Overrides\nmetadata: {name: mesh}\nspec: {header: x-version}\n";
    let text = generated(&[("s1", &["v1", "v2"])]).policy("header: x-version").run().rendered;
    let among = format!("{text}---\n{policy}");
    let unknown = "version v9 of s1, which no rule knows";
    assert!(answered(&among, &["-H", "x-version: s1:v9"]).contains(unknown));
    assert!(!answered(&text, &["-H", "x-version: s1:v9"]).contains(unknown));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("policy.yaml");
    fs::write(&file, policy).unwrap();
    let file = file.display().to_string();
    assert!(answered(&text, &["--config", &file, "-H", "x-version: s1:v9"]).contains(unknown));
    fs::write(&file, "spec: {}").unwrap();
    let refused = explain(&text, &["--config", &file]);
    assert_eq!((refused.code, refused.stdout.as_str()), (Some(1), ""));
    assert!(refused.stderr.starts_with("error[OV"), "{}", refused.stderr);
}

#[test]
fn files_and_folders_are_read_as_by_render() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.yaml"), three()).unwrap();
    let path = folder.path().display().to_string();
    let run = overrides(&["explain", &path, "--chain", "s1,s2", "-n", "shop"], b"");
    assert_eq!((run.code, run.stdout.as_str()), (Some(0), "s1:v1 s2:v1\n"), "{}", run.stderr);
    fs::write(folder.path().join("kustomization.yaml"), "resources: [a.yaml]\n").unwrap();
    let run = overrides(&["explain", &path, "--chain", "s1,s2"], b"");
    assert_eq!(run.code, Some(0));
    assert!(run.stderr.contains("| overrides explain -`"), "{}", run.stderr);
}

// ---------------------------------------------------------------- bad input

#[test]
fn a_malformed_header_is_wrong_usage_and_an_example_is_shown() {
    for (header, sentence) in [
        ("x-override", "there is no colon in it"),
        (": v2", "`` cannot be a header's name"),
        ("x override: v2", "`x override` cannot be a header's name"),
        ("x-override: a\nb", "there is a control character in its value"),
    ] {
        let run = explain(&three(), &["-H", header]);
        assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{header}");
        assert!(run.stderr.contains(sentence), "{}", run.stderr);
        assert!(run.stderr.contains("like 'x-override: reviews:v2'"), "{}", run.stderr);
    }
}

#[test]
fn other_wrong_usage_is_said_too() {
    for arguments in [["--path", "api"], ["--method", "G T"], ["--port", "x"], ["--label", "x"], ["--label", "=x"]] {
        let run = explain(&three(), &arguments);
        assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{arguments:?}");
    }
    assert_eq!(overrides(&["explain"], b"").code, Some(2));
}

#[test]
fn without_a_service_there_is_nothing_to_explain() {
    for input in ["", "# nothing\n", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"] {
        let run = explain(input, &[]);
        assert_eq!((run.code, run.stdout.as_str()), (Some(1), ""), "{input}");
        assert!(run.stderr.contains("there is no Service in what was read"), "{}", run.stderr);
    }
}

#[test]
fn input_that_cannot_be_read_is_refused_as_by_render() {
    for (input, code, place) in [
        ("a: [", "OV001", "standard input:1:"),
        ("kind: A\nkind: B\n", "OV003", "standard input:2:1"),
        ("just text\n", "OV002", "standard input:1:1"),
    ] {
        let run = explain(input, &[]);
        assert_eq!((run.code, run.stdout.as_str()), (Some(1), ""), "{input}");
        assert!(run.stderr.starts_with(&format!("error[{code}]: ")), "{}", run.stderr);
        assert!(run.stderr.contains(place), "{}", run.stderr);
    }
    let run = overrides(&["explain", "/nowhere/at/all.yaml"], b"");
    assert_eq!(run.code, Some(1));
    assert!(run.stderr.contains("cannot read /nowhere/at/all.yaml"), "{}", run.stderr);
}

#[test]
fn a_field_of_the_wrong_type_is_shown_where_it_stands() {
    for (spec, field) in [
        ("{hosts: reviews}", "spec.hosts"),
        ("{hosts: [reviews], http: {}}", "spec.http"),
        ("{hosts: [reviews], http: [{match: [{headers: {x: {exact: 1}}}]}]}", "spec.http[0].match[0].headers.x.exact"),
        ("{hosts: [reviews], http: [{route: [{destination: {host: 1}}]}]}", "spec.http[0].route[0].destination.host"),
        ("{hosts: [reviews], http: [{name: 1}]}", "spec.http[0].name"),
        ("{hosts: [reviews], tcp: [{match: [{port: http}]}]}", "spec.tcp[0].match[0].port"),
    ] {
        let run = explain(&config(&[&reviews(&["v1"]), &rule("VirtualService", "r", "", spec)]), &[]);
        assert_eq!((run.code, run.stdout.as_str()), (Some(1), ""), "{spec}: {}", run.stdout);
        assert!(run.stderr.starts_with("error[OV006]: VirtualService r, "), "{}", run.stderr);
        assert!(run.stderr.contains(&format!("VirtualService r, {field}: ")), "{}", run.stderr);
    }
    let doubtful = explain(&config(&[&service("reviews").namespace("on")]), &[]);
    assert!(doubtful.stderr.starts_with("error[OV006]: Service reviews, metadata.namespace: "), "{}", doubtful.stderr);
    let nameless = rule("VirtualService", "''", "", "{}");
    assert!(explain(&nameless, &[]).stderr.starts_with("error[OV005]"));
}

#[test]
fn a_name_that_is_no_service_or_several_is_said() {
    let run = explain(&three(), &["--chain", "s1,reviews"]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(1), ""));
    assert!(run.stderr.contains("there is no Service `reviews`"), "{}", run.stderr);
    let twice =
        config(&[&service("a").namespace("one"), &service("a").namespace("two"), &service("b").namespace("two")]);
    let run = explain(&twice, &["--chain", "a"]);
    assert!(run.stderr.contains("`a` may be any of one/a, two/a: say which"), "{}", run.stderr);
    assert_eq!(explain(&twice, &["--chain", "b,a"]).code, Some(0), "the one that is near");
    assert_eq!(explain(&twice, &["--chain", "a", "-n", "one"]).code, Some(0));
    let run = explain(&three(), &["--port", "81"]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(1), ""));
    assert!(run.stderr.contains("no Service has the port 81"), "{}", run.stderr);
}
