//! What can go wrong with a cluster, in sentences for whoever has to mend it.

use std::error::Error;
use std::path::PathBuf;

use kube::config::KubeconfigError;

/// A failure between this program and an API server.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// The file that was named is not there.
    #[error("there is no kubeconfig at {}, which --kubeconfig names", path.display())]
    NoSuchKubeconfig {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// There is nothing that says where a cluster is.
    #[error(
        "there is no kubeconfig at {}, and this is no Pod of a cluster. Name one with --kubeconfig or in KUBECONFIG",
        path.display()
    )]
    NoKubeconfig {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// A kubeconfig without the context that was asked for.
    #[error("the kubeconfig has no context `{context}`. {}", known(contexts))]
    NoContext {
        /// The context.
        context: String,
        /// Those that it has.
        contexts: Vec<String>,
    },
    /// A kubeconfig that says nothing of use.
    #[error("the kubeconfig cannot be used: {}", first_line(.0.as_ref()))]
    Kubeconfig(Box<KubeconfigError>),
    /// Nobody answers.
    #[error(
        "the API server does not answer when asked for {what}: {}. Is it up, and is the address right?",
        reasons(cause)
    )]
    Unreachable {
        /// What was asked for.
        what: String,
        /// Why not.
        cause: Box<kube::Error>,
    },
    /// The server does not know the user.
    #[error(
        "the API server does not accept these credentials (401, asked for {what}). Log in again, or name another user"
    )]
    Unauthorized {
        /// What was asked for.
        what: String,
    },
    /// The user may not do this.
    #[error(
        "this user may not {verb} {resource} {place}: the API server says {message:?}. Grant the verb `{verb}` on \
         `{resource}`, for example with the ClusterRole `view` and one for Istio's kinds"
    )]
    Forbidden {
        /// What was tried.
        verb: &'static str,
        /// The resource, with its group: `destinationrules.networking.istio.io`.
        resource: String,
        /// Where: `in the namespace shop`, `in all namespaces`.
        place: String,
        /// The server's own words.
        message: String,
    },
    /// A cluster without Istio.
    #[error(
        "the cluster has no {kind} of networking.istio.io: Istio's resource definitions are not installed, so nothing \
         could be applied"
    )]
    NoIstio {
        /// What is missing.
        kind: &'static str,
    },
    /// The server answered something else.
    #[error("the API server refuses to answer for {what}: {}", reasons(cause))]
    Refused {
        /// What was asked for.
        what: String,
        /// Its answer.
        cause: Box<kube::Error>,
    },
}

impl ClusterError {
    /// What an error means, of a request for something.
    pub(super) fn asking(what: &str, error: kube::Error) -> Self {
        let what = what.to_owned();
        match &error {
            kube::Error::Api(status) if status.code == 401 => Self::Unauthorized { what },
            kube::Error::HyperError(_) | kube::Error::Service(_) | kube::Error::Auth(_) => {
                Self::Unreachable { what, cause: Box::new(error) }
            }
            _ => Self::Refused { what, cause: Box::new(error) },
        }
    }

    /// Whether the user may not do what was tried.
    pub(super) fn is_forbidden(error: &kube::Error) -> bool {
        matches!(error, kube::Error::Api(status) if status.code == 403)
    }
}

fn known(contexts: &[String]) -> String {
    if contexts.is_empty() {
        return "It has none".to_owned();
    }
    let names: Vec<String> = contexts.iter().map(|context| format!("`{context}`")).collect();
    format!("It has {}", names.join(", "))
}

/// The last causes of an error say what happened; the first ones which library noticed.
fn reasons(error: &kube::Error) -> String {
    if let kube::Error::Api(status) = error {
        return format!("{} ({})", status.message, status.code);
    }
    let mut last: &dyn Error = error;
    while let Some(source) = last.source() {
        last = source;
    }
    first_line(last)
}

/// What follows are excerpts of files, which make no sentence.
fn first_line(error: &dyn Error) -> String {
    error.to_string().lines().next().unwrap_or_default().to_owned()
}
