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

/// What is generated stands beside the manifests, and a commit adds a version without rendering again.
#[test]
fn what_a_commit_means_for_what_is_generated_is_shown() {
    let folder = folder();
    fs::remove_file(folder.path().join("edge.yaml")).unwrap();
    let path = folder.path().to_str().unwrap();
    let generated = format!("{path}/generated");
    let render = || assert_eq!(overrides(&["render", "--output-dir", &generated, path], b"").code, Some(0));
    let diff = || overrides(&["render", "--diff", path], b"").stdout.replace(path, "shop");
    render();
    assert_eq!(diff(), "");
    fs::write(folder.path().join("reviews-v3.yaml"), version("reviews", "v3").document()).unwrap();
    let shown = diff();
    insta::assert_snapshot!(shown);
    let page = include_str!("../docs/gitops.md");
    let block = page.split("```diff\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    assert_eq!(block, shown, "the page shows what comes");
    render();
    assert_eq!(diff(), "", "rendered again, nothing is left to say");
    fs::remove_file(folder.path().join("reviews-v3.yaml")).unwrap();
    let back = diff();
    assert!(back.lines().all(|line| !line.starts_with('+') || line.starts_with("+++")), "it only takes away: {back}");
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
