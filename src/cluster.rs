//! The live cluster: its objects read as the manifests that they were made from, and handed to the same core.
//!
//! ```text
//! API server ── connect, catalogue, list ──► objects ── document ──► manifests ──► transform
//! ```
//!
//! An object of a cluster becomes a document without what the server put there. From then on nothing is different
//! from a file, so what is generated cannot be either.

mod catalogue;
mod connect;
mod document;
mod error;
mod list;
pub mod operator;

pub use catalogue::{Catalogue, KINDS, ListedKind};
pub use connect::{Connection, connect};
pub use document::{Detail, document};
pub use error::ClusterError;
pub use list::{Listed, Reach, list};

use kube::Client;

/// What is read of a cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// The Services and workloads of one namespace, and the rules of all that may be about them.
    Namespace(String),
    /// Everything.
    All,
}

/// A cluster's objects as one stream of documents each, and what could not be read.
#[derive(Debug, Default)]
pub struct Manifest {
    /// A document per object, in an order that depends on nothing but the objects.
    pub documents: Vec<String>,
    /// What the user should know of what was not read.
    pub notes: Vec<String>,
}

/// Reads what matters to routing. `progress` hears the kind that is read, and how many of it there are so far.
///
/// # Errors
/// [`ClusterError`] when the server cannot be asked, when the user may not read what is needed, or when Istio is not
/// installed.
pub async fn read(client: &Client, scope: &Scope, progress: impl Fn(&str, usize)) -> Result<Manifest, ClusterError> {
    let catalogue = Catalogue::read(client).await?;
    catalogue.require_istio()?;
    let mut manifest = Manifest::default();
    for kind in catalogue.kinds() {
        let reach = Reach::of(scope, kind);
        let report = |count| progress(&kind.resource.plural, count);
        let Listed { mut objects, note } = list(client, kind, &reach, report).await?;
        manifest.notes.extend(note);
        objects.sort_by(|one, other| document::key(one).cmp(&document::key(other)));
        let documents = objects.iter().filter_map(|object| document(object, Detail::Whole));
        manifest.documents.extend(documents);
    }
    Ok(manifest)
}
