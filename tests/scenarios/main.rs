//! Whole configurations, told in sentences. Every `run` also checks what holds always: a second run changes nothing,
//! nothing that was not touched differs by a byte, and `render` generates what the function generates.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that panics has failed"
)]
#![allow(clippy::needless_pass_by_value, reason = "sentences read better without ampersands")]

mod again;
mod carriers;
mod default_marks;
mod default_versions;
mod emitted;
mod existing_rules;
mod exposing;
mod guard;
mod launchpad;
mod overlaps;
mod owners;
mod packages;
mod passed_over;
mod policies;
mod ports;
mod selection;
mod splits;
mod stated_defaults;
mod styles;
#[path = "../support/mod.rs"]
mod support;
mod unselected;
mod unversioned;
mod version_labels;

use overrides::finding::{Code, Finding, Severity};
use overrides::krm::{Item, ResourceList};
use support::given::{
    Document, Given, Outcome, Workload, deployment, function, given, pod, service, version, workload,
};
use support::golden::{self, two_versions};
use support::{overrides, resource_list, stream};

/// `reviews` in `v1` and `v2`, in the namespace `shop`.
fn in_shop() -> Given {
    given(service("reviews").namespace("shop"))
        .and(version("reviews", "v1").namespace("shop"))
        .and(version("reviews", "v2").namespace("shop"))
}

/// What the two versions lead to on a Service with one HTTP port.
const TWO_ROUTES: [&str; 2] = ["override-reviews-v2 by x-override, baggage -> v2", "default-reviews -> v1"];

/// A rule of the user's.
fn rule(kind: &str, name: &str, namespace: &str, spec: &str) -> String {
    let namespace = if namespace.is_empty() { String::new() } else { format!("  namespace: {namespace}\n") };
    format!("apiVersion: networking.istio.io/v1\nkind: {kind}\nmetadata:\n  name: {name}\n{namespace}spec: {spec}\n")
}

/// The configuration with the objects of an earlier run behind it.
fn again(given: Given, earlier: &Outcome) -> Given {
    earlier.generated.iter().fold(given, |given, object| given.and(object.as_str()))
}
