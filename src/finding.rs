//! Findings: what the user should know, with a code, a severity, a place and a cure.
//!
//! A finding is data. How it is shown is up to whoever shows it: [`Finding::line`] for one line on a terminal,
//! [`Finding::result`] for the `results` of a ResourceList; `cli` prints source snippets.

mod code;
mod show;

use crate::krm::{ItemId, Location};

pub use code::Code;
pub use show::readable;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Nothing is written and the run fails.
    Error,
    /// The run goes on; what was left out or will surprise is said.
    Warning,
    /// Worth knowing, shown when asked for.
    Info,
}

impl Severity {
    /// The word that the KRM contract has for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Info => "info",
        }
    }
}

/// An object that a finding is about, in its own words.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ObjectReference {
    /// `apiVersion` as it is written.
    pub api_version: String,
    /// `kind`.
    pub kind: String,
    /// `metadata.namespace` as it is written, if it is.
    pub namespace: Option<String>,
    /// `metadata.name`, empty where there is none.
    pub name: String,
}

/// Where a finding is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Place {
    /// The item of the input, for whoever can show its bytes.
    pub item: Option<ItemId>,
    /// The object.
    pub object: Option<ObjectReference>,
    /// The field, as Kubernetes writes paths: `spec.ports[1].port`.
    pub field: Option<String>,
    /// The file, and the document in it.
    pub location: Option<Location>,
    /// Line and column from one, where a text could not be read as far as objects.
    pub position: Option<(usize, usize)>,
}

impl Place {
    /// The same object, at one of its fields.
    #[must_use]
    pub fn field(&self, path: impl Into<String>) -> Self {
        Self { field: Some(path.into()), ..self.clone() }
    }
}

/// Something the user should know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Which one it is; `docs/findings.md` has a section for it.
    pub code: Code,
    /// How bad it is.
    pub severity: Severity,
    /// What is the case, as a sentence without its full stop.
    pub message: String,
    /// What to do about it, as a sentence without its full stop. May be empty.
    pub cure: String,
    /// Where it is.
    pub place: Place,
    /// Another place that has to do with it, and what it is: "the first one is here".
    pub related: Option<(Place, String)>,
}

impl Finding {
    /// A finding of the code's usual severity.
    #[must_use]
    pub fn new(code: Code, place: Place, message: impl Into<String>, cure: impl Into<String>) -> Self {
        let (message, cure) = (message.into(), cure.into());
        Self { code, severity: code.severity(), message, cure, place, related: None }
    }

    /// The same finding with another severity.
    #[must_use]
    pub fn with_severity(self, severity: Severity) -> Self {
        Self { severity, ..self }
    }

    /// The same finding with a second place.
    #[must_use]
    pub fn with_related(self, place: Place, what: impl Into<String>) -> Self {
        Self { related: Some((place, what.into())), ..self }
    }
}
