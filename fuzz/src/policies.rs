//! Policies of any kind, over a small mesh that has something for every field to be about.

use overrides::finding::Finding;
use overrides::krm::{Manifests, STANDARD_INPUT};
use overrides::transform::{policy_in_file, render};

/// Services in two namespaces, versions with and without labels, and rules that are there already.
const MESH: &str = include_str!("mesh.yaml");

pub(crate) fn any(data: &[u8]) {
    match policy_in_file("policy.yaml", data) {
        Err(finding) => {
            assert!(finding.place.to_string().contains("policy.yaml"), "no place: {finding:?}");
            is_a_sentence(&finding);
        }
        Ok(policy) => {
            let run = |text: &str| {
                let manifests = Manifests::parse([(STANDARD_INPUT.to_owned(), text)]).expect("it is YAML");
                render(&manifests, &policy).expect("what is generated can be written")
            };
            let first = run(MESH);
            first.findings.iter().for_each(is_a_sentence);
            if first.failed() {
                assert_eq!(first.output, "", "nothing is printed when a run fails");
            } else {
                let second = run(&first.output);
                assert_eq!(second.output, first.output, "a second run changes something");
            }
        }
    }
}

/// One line without control characters, that says where and is not empty.
fn is_a_sentence(finding: &Finding) {
    assert!(!finding.message.is_empty(), "{finding:?}");
    let line = finding.line();
    assert!(!line.chars().any(char::is_control), "{line:?}");
    assert!(!finding.place.to_string().is_empty(), "no place: {line}");
}
