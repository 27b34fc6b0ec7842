//! Findings: what the user should know, with a code, a severity, a place and a cure.
//!
//! A finding is data. How it is shown is up to whoever shows it: [`Finding::line`] for one line on a terminal, [`groups`]
//! for many of them, [`Finding::result`] for the `results` of a ResourceList, [`Report`] for programs; `cli` prints source
//! snippets.

mod code;
mod github;
mod group;
mod input;
mod json;
mod page;
mod report;
mod sarif;
mod show;

use std::ops::Range;

use crate::krm::{ItemId, Items, Location, field_path};

pub use crate::krm::ObjectReference;
pub use code::Code;
pub use group::{Counts, Group, NAMED, groups};
pub use page::{Page, pages};
pub use report::Report;
pub use show::{harmless, readable};

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

    /// The same object, at a key that the user chose: a label, an annotation.
    #[must_use]
    pub fn entry(&self, path: &str, key: &str) -> Self {
        self.field(field_path(path, key))
    }

    /// The bytes that the place is about, where it is one of these items: the source's number, and a range of its text.
    #[must_use]
    pub fn range(&self, items: &Items<'_>) -> Option<(usize, Range<usize>)> {
        items.range_of(self.item?, self.shown_field())
    }

    /// The same place by line and column, for whoever reads of it after the items are gone.
    #[must_use]
    pub fn detached(&self, items: &Items<'_>) -> Self {
        let position = self.item.and_then(|id| items.position_of(id, self.shown_field()));
        Self { item: None, position, ..self.clone() }
    }

    fn shown_field(&self) -> &str {
        self.field.as_deref().unwrap_or("metadata.name")
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

/// Whether any of the findings stops a run.
#[must_use]
pub fn has_errors(findings: &[Finding]) -> bool {
    findings.iter().any(|finding| finding.severity == Severity::Error)
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

    /// The same finding without files: of an object of a live cluster its name says where it is.
    #[must_use]
    pub fn without_files(mut self) -> Self {
        let places = std::iter::once(&mut self.place).chain(self.related.as_mut().map(|(place, _)| place));
        places.for_each(|place| (place.location, place.position) = (None, None));
        self
    }

    /// The same finding with a second place.
    #[must_use]
    pub fn with_related(self, place: Place, what: impl Into<String>) -> Self {
        Self { related: Some((place, what.into())), ..self }
    }
}
