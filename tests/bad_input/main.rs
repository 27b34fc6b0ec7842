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

mod bombs;
mod damage;
mod limits;
mod nameless;
mod policies;
#[path = "../support/mod.rs"]
mod support;
mod twice;
mod unreadable;
mod usage;
mod words;
mod wrong_document;
mod wrong_types;

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

/// One error, behind the warnings if there are any: a line, or in `render` a snippet, that names the code and the place.
#[track_caller]
fn says(run: &Run, code: &str, place: &str) {
    let error = run.stderr.lines().find(|line| line.starts_with("error[")).unwrap_or_default();
    assert!(error.starts_with(&format!("error[{code}]: ")), "not {code}: {}", run.stderr);
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

const POLICY: &str = "apiVersion: overrides.dev/v1alpha1\n  kind: Overrides\n  metadata: {name: mesh}";
