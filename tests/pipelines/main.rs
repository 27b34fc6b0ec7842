//! What a run says, to people and to pipelines: findings in every format, exit codes, files that are written.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that panics has failed"
)]
#![allow(clippy::needless_pass_by_value, reason = "sentences read better without ampersands")]

mod exit_codes;
mod folder;
mod formats;
mod pages;
mod schema;
#[path = "../support/mod.rs"]
mod support;
mod text;

use std::fs;

use support::given::{Document, deployment, service, version};
use support::{Run, overrides, stream};

/// A folder with one file.
struct Shop {
    folder: tempfile::TempDir,
}

impl Shop {
    fn new(documents: &[String]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("shop.yaml"), stream(documents)).unwrap();
        Self { folder }
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    /// Runs `render` over the file, with the folder's name taken out of what it says.
    fn render(&self, arguments: &[&str]) -> Run {
        let file = self.path("shop.yaml");
        let mut run = overrides(&[&["render", &file], arguments].concat(), b"");
        let folder = format!("{}/", self.folder.path().display());
        for text in [&mut run.stdout, &mut run.stderr] {
            *text = text.replace(&folder, "");
        }
        run
    }
}

/// A Service with a workload that has no version.
fn unversioned(name: &str) -> [String; 2] {
    [service(name).document(), deployment(name).of(name).document()]
}

/// A Service with the versions `v1` and `v2`.
fn versioned(name: &str) -> [String; 3] {
    [service(name).document(), version(name, "v1").document(), version(name, "v2").document()]
}

/// A Service that is headless, which is said with `-v` only.
fn headless(name: &str) -> [String; 2] {
    [service(name).spec("clusterIP: None").document(), version(name, "v1").document()]
}

/// Five Services without versions, a policy for one that there is not, and a Service twice.
fn troubled() -> Vec<String> {
    let policy = "apiVersion: overrides.dev/v1alpha1\nkind: Overrides\nmetadata: {name: mesh}\nspec:\n  services: [{name: \
                  zebra}]\n";
    let services = ["ads", "cart", "checkout", "email", "payment"].into_iter().flat_map(unversioned);
    services.chain([policy.to_owned()]).chain(headless("db")).collect()
}
