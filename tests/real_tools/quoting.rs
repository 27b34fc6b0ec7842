//! Strings that YAML readers disagree on: each is read back as what it was, by every reader on the way to a cluster.
//!
//! kustomize and kpt read with go-yaml v3; kubectl, Argo CD and the API server's clients with sigs.k8s.io/yaml, which
//! is YAML 1.1 underneath; PyYAML is YAML 1.1 to the letter.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use overrides::config::{HeaderName, Policy, is_label_value};
use overrides::krm::{Manifests, block};
use overrides::transform::render;
use serde::Serialize;
use serde_json::{Value, json};

use crate::readme::ROOT;
use crate::tools::tool;

/// The strings. What go-yaml makes of each is in the file for people to compare.
fn strings() -> Vec<String> {
    let text = std::fs::read_to_string(Path::new(ROOT).join("tests/data/quoting.jsonl")).unwrap();
    let value = |line: &str| serde_json::from_str::<Value>(line).unwrap()["value"].as_str().unwrap().to_owned();
    let strings: Vec<String> = text.lines().map(value).collect();
    assert_eq!(strings.len(), 163);
    strings
}

/// What each reader takes a stream for.
pub fn read_back(yaml: &str) -> BTreeMap<String, Vec<Value>> {
    let mut read = BTreeMap::new();
    for reader in ["yaml-readback", "python-yaml"] {
        let mut child = Command::new(tool(reader))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        // Both read everything before they write anything.
        child.stdin.take().unwrap().write_all(yaml.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        for line in String::from_utf8(output.stdout).unwrap().lines() {
            let line: Value = serde_json::from_str(line).unwrap();
            let name = line["reader"].as_str().unwrap().to_owned();
            let documents = line["documents"].as_array().unwrap_or_else(|| panic!("{name}: {}", line["error"]));
            read.insert(name, documents.clone());
        }
        assert!(output.status.success(), "{reader}");
    }
    assert_eq!(read.keys().collect::<Vec<_>>(), ["go-yaml-v3", "pyyaml", "sigs-yaml"]);
    read
}

/// The places that a string can be in, in an object like those that are emitted.
#[derive(Serialize)]
struct Sample<'a> {
    host: &'a str,
    hosts: [&'a str; 2],
    labels: BTreeMap<&'static str, &'a str>,
    headers: BTreeMap<&'a str, BTreeMap<&'static str, &'a str>>,
}

#[test]
fn every_string_is_itself_as_a_value_an_element_and_a_key() {
    let strings = strings();
    let samples = strings.iter().map(|text| Sample {
        host: text,
        hosts: [text, "other"],
        labels: BTreeMap::from([("version", text.as_str())]),
        headers: BTreeMap::from([(text.as_str(), BTreeMap::from([("regex", text.as_str())]))]),
    });
    let documents: Vec<String> = samples.map(|sample| block(&sample, 0).unwrap()).collect();
    for (reader, read) in read_back(&documents.join("---\n")) {
        assert_eq!(read.len(), strings.len(), "{reader} found another number of documents");
        for ((text, document), yaml) in strings.iter().zip(&read).zip(&documents) {
            let mut headers = serde_json::Map::new();
            headers.insert(text.clone(), json!({"regex": text}));
            let expected =
                json!({"host": text, "hosts": [text, "other"], "labels": {"version": text}, "headers": headers});
            assert_eq!(*document, expected, "{reader} reads {text:?} otherwise, written as\n{yaml}");
        }
    }
}

#[test]
fn an_indented_string_is_itself_too() {
    let strings = strings();
    let sample =
        |text: &String| format!("outer:\n    inner:\n      {}", block(&BTreeMap::from([(text, text)]), 6).unwrap());
    let yaml: Vec<String> = strings.iter().map(sample).collect();
    for (reader, read) in read_back(&yaml.join("---\n")) {
        for (text, document) in strings.iter().zip(&read) {
            assert_eq!(document["outer"]["inner"][text], json!(text), "{reader} reads {text:?} otherwise");
        }
    }
}

/// Renders manifests with the whole program, and returns the generated objects as every reader sees them.
fn rendered(manifests: &str, policy: &Policy) -> Vec<(String, Vec<Value>)> {
    let manifests = Manifests::parse([("input".to_owned(), manifests)]).unwrap();
    let rendered = render(&manifests, policy).unwrap();
    assert!(
        !rendered.failed(),
        "{:?}",
        rendered.findings.iter().map(overrides::finding::Finding::line).collect::<Vec<_>>()
    );
    let generated = |object: &Value| object["metadata"]["annotations"]["overrides.dev/generated-for"].is_string();
    let read = read_back(&rendered.output).into_iter();
    read.map(|(reader, objects)| (reader, objects.into_iter().filter(generated).collect())).collect()
}

/// A Service with a Pod per version. JSON is YAML that no reader disagrees on.
fn service(name: &str, versions: &[&str]) -> String {
    let service = json!({
        "apiVersion": "v1", "kind": "Service",
        "metadata": {"name": name, "annotations": {"overrides.dev/default-version": versions[0]}},
        "spec": {"selector": {"app": name}, "ports": [{"name": "http", "port": 80}]},
    });
    let pods = versions.iter().enumerate().map(|(number, version)| {
        let labels = json!({"app": name, "version": version});
        json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": format!("{name}-{number}"), "labels": labels}})
    });
    let documents: Vec<String> = [service].into_iter().chain(pods).map(|object| format!("{object}\n---\n")).collect();
    documents.concat()
}

#[test]
fn every_legal_label_value_comes_through_as_a_version() {
    let strings = strings();
    let versions: Vec<&String> = strings.iter().filter(|text| !text.is_empty() && is_label_value(text)).collect();
    assert!(versions.len() > 50);
    let manifests: Vec<String> = versions
        .iter()
        .enumerate()
        .map(|(number, version)| service(&format!("s{number}"), &["other", version]))
        .collect();
    for (reader, objects) in rendered(&manifests.concat(), &Policy::default()) {
        assert_eq!(objects.len(), 2 * versions.len());
        for (number, version) in versions.iter().enumerate() {
            let name = format!("s{number}-overrides");
            let of_kind = |kind: &str| {
                let mut found =
                    objects.iter().filter(|object| object["kind"] == kind && object["metadata"]["name"] == *name);
                &found.next().unwrap()["spec"]
            };
            let subsets = of_kind("DestinationRule")["subsets"].as_array().unwrap();
            let subset = subsets.iter().find(|subset| subset["labels"]["version"] == **version);
            let subset = subset.unwrap_or_else(|| panic!("{reader} reads {version:?} otherwise: {subsets:?}"));
            assert!(subset["name"].is_string(), "{reader} reads {subset} otherwise");
            let route = &of_kind("VirtualService")["http"][0];
            assert_eq!(route["route"][0]["destination"]["subset"], subset["name"], "{reader}, {version:?}");
            let regex = route["match"][0]["headers"]["x-override"]["regex"].as_str().unwrap();
            assert!(regex.contains(&format!("s{number}:{}", version.replace('.', "\\."))), "{reader}: {regex}");
        }
    }
}

#[test]
fn every_legal_service_name_comes_through_as_a_host() {
    let is_name = |text: &&String| {
        let legal = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        !text.is_empty() && text.len() < 50 && text.bytes().all(legal) && !text.starts_with('-') && !text.ends_with('-')
    };
    let strings = strings();
    let names: BTreeSet<&String> = strings.iter().filter(is_name).collect();
    assert!(names.len() > 15, "{names:?}");
    let manifests: String = names.iter().map(|name| service(name, &["v1", "v2"])).collect();
    for (reader, objects) in rendered(&manifests, &Policy::default()) {
        // As JSON: a number is not the string with its digits.
        let hosts = |kind: &str, pointer: &str| -> BTreeSet<String> {
            let of_kind = objects.iter().filter(|object| object["kind"] == kind);
            of_kind.map(|object| object.pointer(pointer).unwrap().to_string()).collect()
        };
        let expected: BTreeSet<String> = names.iter().map(|name| json!(name).to_string()).collect();
        assert_eq!(hosts("DestinationRule", "/spec/host"), expected, "{reader}");
        assert_eq!(hosts("VirtualService", "/spec/hosts/0"), expected, "{reader}");
        assert_eq!(hosts("VirtualService", "/spec/http/0/route/0/destination/host"), expected, "{reader}");
        assert_eq!(hosts("VirtualService", "/metadata/annotations/overrides.dev~1generated-for"), expected, "{reader}");
    }
}

#[test]
fn every_legal_header_name_comes_through_as_a_header() {
    let manifests = service("cart", &["v1", "v2"]);
    let mut tried = 0;
    for text in strings() {
        let Ok(header) = HeaderName::try_from(text) else { continue };
        tried += 1;
        let name = header.as_str().to_owned();
        let policy = Policy { header, baggage: false, ..Policy::default() };
        for (reader, objects) in rendered(&manifests, &policy) {
            let route = objects.iter().find(|object| object["kind"] == "VirtualService").unwrap();
            let headers = route["spec"]["http"][0]["match"][0]["headers"].as_object().unwrap();
            assert_eq!(headers.keys().collect::<Vec<_>>(), [&name], "{reader}");
        }
    }
    assert!(tried > 60, "{tried}");
}
