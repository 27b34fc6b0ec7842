//! `overrides generate`, sentence by sentence.

mod output;

use crate::parts::cluster::Cluster;
use crate::support::{Run, overrides};

impl Cluster {
    /// Runs `generate` as a user whose context is in the namespace.
    fn generate_as(&self, user: &str, namespace: &str, arguments: &[&str]) -> Run {
        let kubeconfig = self.kubeconfig(user, namespace);
        overrides(&[&["generate", "--kubeconfig", &kubeconfig], arguments].concat(), b"")
    }

    /// What `generate` prints for a namespace, as the admin.
    #[track_caller]
    fn generated(&self, namespace: &str) -> String {
        let run = self.generate_as("admin", namespace, &[]);
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        run.stdout
    }
}

/// What `render --only-generated` prints for the same objects.
#[track_caller]
fn rendered(documents: &str) -> String {
    let run = overrides(&["render", "--only-generated", "-"], documents.as_bytes());
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    run.stdout
}
