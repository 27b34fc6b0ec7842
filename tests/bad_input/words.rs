//! Versions and header names.

use super::*;

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

#[test]
fn nothing_that_is_quoted_moves_the_cursor_or_turns_the_text_around() {
    // An escape sequence, a carriage return, and the marks that reverse what is displayed.
    let evil = "\\e[2J\\r\\u202Eevil\\u2066";
    let raw = "\u{202e}evil\u{2066}";
    let service = SERVICE.replace("{name: reviews}", &format!("{{name: \"{evil}\"}} # {raw}"));
    let broken = deployment("first", &format!("{{app: reviews, version: \"{evil}\"}} # {raw}"));
    let documents = [SERVICE, &service, &broken];
    for (arguments, input) in
        [(&[][..], resource_list("", &documents)), (&["render", "-", "--only-generated"], stream(&documents))]
    {
        let run = overrides(arguments, input.as_bytes());
        assert_eq!(run.code, Some(1));
        assert!(run.stderr.contains("evil"), "{}", run.stderr);
        let acts = |c: char| c != '\n' && (c.is_control() || "\u{202e}\u{2066}".contains(c));
        assert!(!run.stderr.contains(acts), "{:?}", run.stderr);
    }
}
