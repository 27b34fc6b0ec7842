//! Findings as SARIF 2.1.0, which code scanning reads.
//! <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::page::pages;
use super::{Code, Finding, Place, Report, Severity, readable};
use crate::krm::STANDARD_INPUT;

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// What standard input is called where a file is needed: GitHub takes no result without one.
const STDIN: &str = "stdin";

impl Report<'_> {
    /// The report as a SARIF log with one run: all findings, of every severity, and the pages of their codes.
    #[must_use]
    pub fn sarif(&self) -> String {
        let mut codes: Vec<Code> = self.findings.iter().map(|finding| finding.code).collect();
        codes.sort_unstable();
        codes.dedup();
        let notifications: Vec<Value> =
            self.notes.iter().map(|note| json!({"message": {"text": readable(note)}, "level": "note"})).collect();
        let log = json!({
            "$schema": SCHEMA,
            "version": "2.1.0",
            "runs": [{
                "tool": {"driver": {
                    "name": "overrides",
                    "semanticVersion": env!("CARGO_PKG_VERSION"),
                    "rules": codes.iter().map(|code| rule(*code)).collect::<Vec<_>>(),
                }},
                "columnKind": "unicodeCodePoints",
                "invocations": [{
                    "executionSuccessful": !self.failed,
                    "toolExecutionNotifications": notifications,
                }],
                "results": self.findings.iter().map(|finding| result(finding, &codes)).collect::<Vec<_>>(),
            }],
        });
        super::report::without_orders(&format!("{log:#}"))
    }
}

fn rule(code: Code) -> Value {
    let page = pages().find(|page| page.id == code.id());
    let (plain, markdown) = page.map(|page| (page.plain(), page.text)).unwrap_or_default();
    json!({
        "id": code.id(),
        "shortDescription": {"text": code.title()},
        "help": {"text": plain, "markdown": markdown},
        "defaultConfiguration": {"level": level(code.severity())},
    })
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    }
}

fn result(finding: &Finding, codes: &[Code]) -> Value {
    let subject = Place { location: None, position: None, ..finding.place.clone() }.to_string();
    let colon = if subject.is_empty() { "" } else { ": " };
    let text = format!("{}{colon}{}", readable(&subject), finding.sentences());
    let mut result = json!({
        "ruleId": finding.code.id(),
        "level": level(finding.severity),
        "message": {"text": text},
        "locations": [location(&finding.place)],
    });
    let Some(fields) = result.as_object_mut() else { return result };
    if let Some(index) = codes.iter().position(|code| *code == finding.code) {
        fields.insert("ruleIndex".to_owned(), index.into());
    }
    if let Some((place, what)) = &finding.related {
        let mut related = location(place);
        if let Some(related) = related.as_object_mut() {
            related.insert("message".to_owned(), json!({"text": readable(what)}));
        }
        fields.insert("relatedLocations".to_owned(), json!([related]));
    }
    result
}

/// A place by file, line and column, and by the object and its field.
fn location(place: &Place) -> Value {
    let mut location = serde_json::Map::new();
    if let Some(file) = &place.location {
        let uri = if file.path == STANDARD_INPUT { STDIN.to_owned() } else { uri(&file.path) };
        let mut physical = json!({"artifactLocation": {"uri": uri}});
        if let (Some((line, column)), Some(physical)) = (place.position, physical.as_object_mut()) {
            physical.insert("region".to_owned(), json!({"startLine": line, "startColumn": column}));
        }
        location.insert("physicalLocation".to_owned(), physical);
    }
    if let Some(object) = &place.object {
        let field = place.field.as_ref().map(|field| format!(", {field}")).unwrap_or_default();
        let name = format!("{object}{field}");
        let logical = json!([{"fullyQualifiedName": readable(&name), "kind": "object"}]);
        location.insert("logicalLocations".to_owned(), logical);
    }
    Value::Object(location)
}

/// A path as a reference that a URI may be (RFC 3986): relative to the root of the repository where it is relative.
fn uri(path: &str) -> String {
    let relative = path.strip_prefix("./").unwrap_or(path);
    let mut uri = String::from(if relative.starts_with('/') { "file://" } else { "" });
    for byte in relative.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => uri.push(char::from(byte)),
            _ => {
                let _ = write!(uri, "%{byte:02X}");
            }
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::uri;

    #[test]
    fn a_path_becomes_a_reference_whatever_is_in_it() {
        assert_eq!(uri("./shop/a b.yaml"), "shop/a%20b.yaml");
        assert_eq!(uri("a:b?c#d%é.yaml"), "a%3Ab%3Fc%23d%25%C3%A9.yaml");
        assert_eq!(uri("/tmp/x.yaml"), "file:///tmp/x.yaml");
        assert_eq!(uri("../x.yaml"), "../x.yaml");
    }
}
