//! YAML as the tools around a cluster read it: what go-yaml, kubectl and kustomize take is taken here as well, means the
//! same, and comes back byte for byte; what nobody can read stops a run only where it matters.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that panics has failed"
)]

mod continued;
mod ends;
mod no_kind;
#[path = "../support/mod.rs"]
mod support;
mod tags;
mod unreadable;

use overrides::config::Policy;
use overrides::finding::{Finding, Severity};
use overrides::krm::Manifests;
use overrides::transform::{self, Transformed};
use support::{Run, overrides, resource_list};

/// A Service of two versions.
const CART: &str = "\
apiVersion: v1
kind: Service
metadata:
  name: cart
spec:
  selector: {app: cart}
  ports:
  - {name: http, port: 80}
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: cart-v1
spec:
  template:
    metadata:
      labels: {app: cart, version: v1}
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: cart-v2
spec:
  template:
    metadata:
      labels: {app: cart, version: v2}
";

/// The objects of `CART`, one by one.
fn cart() -> Vec<String> {
    CART.split("---\n").map(str::to_owned).collect()
}

/// What `render` makes of a stream, as the command does, within this process.
#[track_caller]
fn rendered(input: &str) -> Run {
    let run = render(input);
    assert_eq!(run.code, Some(0), "{}\nof\n{input}", run.stderr);
    assert_eq!(render(&run.stdout).stdout, run.stdout, "a second run changes something");
    run
}

fn render(input: &str) -> Run {
    let outcome = match Manifests::parse_around([("-".to_owned(), input)], transform::wanted, transform::mattering) {
        Ok(manifests) => transform::render(&manifests, &Policy::default()).unwrap(),
        Err(error) => Transformed::refused(Finding::from(&error)),
    };
    let stderr = outcome.findings.iter().filter(|finding| finding.severity != Severity::Info);
    let stderr = stderr.map(|finding| finding.line() + "\n").collect();
    Run { code: Some(i32::from(outcome.failed())), stdout: outcome.output, stderr }
}

/// What `render` adds to a stream that it says nothing about and that comes back as it was.
#[track_caller]
fn added_to(input: &str) -> String {
    let run = rendered(input);
    assert_eq!(run.stderr, "", "of\n{input}");
    let added = run.stdout.strip_prefix(input).unwrap_or_else(|| panic!("not the input:\n{}", run.stdout));
    added.to_owned()
}

/// What the function adds to a list of documents that it says nothing about.
#[track_caller]
fn added_to_list(documents: &[String]) -> String {
    let list = resource_list("", documents);
    let run = overrides(&[], list.as_bytes());
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""), "of\n{list}");
    let again = overrides(&[], run.stdout.as_bytes());
    assert_eq!(again.stdout, run.stdout, "a second run changes something");
    run.stdout.strip_prefix(list.as_str()).unwrap_or_else(|| panic!("not the list:\n{}", run.stdout)).to_owned()
}
