//! `overrides render --diff`: what a review sees.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that panics has failed"
)]

mod support;

use std::fs;

use support::given::{Document, service, version};
use support::{overrides, stream};

const EDGE: &str = "# The way in.
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: edge}
spec:
  gateways: [ingress]
  hosts: [shop.example.com]
  http:
  - route:
    - destination: {host: reviews}
";

/// A folder with a Service in two versions, and a route at a gateway in a file of its own.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let documents =
        [service("reviews").document(), version("reviews", "v1").document(), version("reviews", "v2").document()];
    fs::write(folder.path().join("reviews.yaml"), stream(&documents)).unwrap();
    fs::write(folder.path().join("edge.yaml"), EDGE).unwrap();
    folder
}

#[test]
fn what_would_change_is_shown_file_by_file() {
    let folder = folder();
    let path = folder.path().to_str().unwrap();
    let run = overrides(&["render", "--diff", path], b"");
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    insta::assert_snapshot!(run.stdout.replace(path, "FOLDER"));
    assert_eq!(fs::read_to_string(folder.path().join("edge.yaml")).unwrap(), EDGE, "nothing is written");
}

#[test]
fn nothing_to_change_is_an_empty_diff() {
    let folder = folder();
    let path = folder.path().to_str().unwrap();
    let rendered = overrides(&["render", path], b"").stdout;
    let run = overrides(&["render", "--diff", "-"], rendered.as_bytes());
    assert_eq!((run.code, run.stdout.as_str(), run.stderr.as_str()), (Some(0), "", ""));
}

#[test]
fn a_run_that_would_fail_fails() {
    let text = stream(&[service("reviews").document(), "kind: Deployment\napiVersion: apps/v1\n".to_owned()]);
    let run = overrides(&["render", "--diff", "-"], text.as_bytes());
    assert_eq!((run.code, run.stdout.as_str()), (Some(1), ""));
    assert!(run.stderr.starts_with("error[OV005]"), "{}", run.stderr);
    assert_eq!(overrides(&["render", "--diff", "--only-generated", "-"], b"").code, Some(2));
}
