//! The live cluster: its objects read as the manifests that they were made from, and handed to the same core.
//!
//! ```text
//! API server ── connect, catalogue, list ──► objects ── snapshot, document ──► manifests ──► transform
//! ```
//!
//! An object of a cluster becomes a document without what the server put there. From then on nothing is different
//! from a file, so what is generated cannot be either.

mod catalogue;
mod connect;
pub mod crd;
mod document;
mod error;
mod list;
mod mention;
pub mod operator;
mod snapshot;

pub use catalogue::{Catalogue, KINDS, ListedKind};
pub use connect::{Connection, connect};
pub use document::{Detail, document};
pub use error::ClusterError;
pub use list::{Listed, Reach, list};
pub use snapshot::{Part, Snapshot, read};

/// What is read of a cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// The Services and workloads of one namespace, and the rules of all that may be about them.
    Namespace(String),
    /// Everything.
    All,
}
