//! `overrides generate`, sentence by sentence.

mod errors;
mod forgetful;
mod merging;
mod output;
mod policies;
mod rights;

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
        self.generate_as("admin", namespace, &[]).printed()
    }
}

impl Run {
    /// What was printed, by a run that succeeded.
    #[track_caller]
    fn printed(self) -> String {
        assert_eq!(self.code, Some(0), "{}", self.stderr);
        self.stdout
    }

    /// The one sentence of a run that failed and printed nothing.
    #[track_caller]
    fn refused(&self) -> &str {
        assert_eq!((self.code, self.stdout.as_str()), (Some(1), ""), "{}", self.stderr);
        assert_eq!(self.stderr.lines().count(), 1, "{}", self.stderr);
        self.stderr.strip_prefix("error: ").expect("an error says that it is one").trim_end()
    }
}

/// What `render --only-generated` prints for the same objects.
#[track_caller]
fn rendered(documents: &str) -> String {
    overrides(&["render", "--only-generated", "-"], documents.as_bytes()).printed()
}
