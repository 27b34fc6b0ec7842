//! Findings as JSON, for scripts. `docs/findings.schema.json` is the schema.

use serde::Serialize;

use super::{Counts, Finding, ObjectReference, Place, Report, readable};
use crate::krm::STANDARD_INPUT;

/// The number of the format. It changes where a script would have to.
const FORMAT: u32 = 1;

#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    failed: bool,
    counts: JsonCounts,
    findings: Vec<JsonFinding<'a>>,
    notes: &'a [String],
}

#[derive(Serialize)]
struct JsonCounts {
    error: usize,
    warning: usize,
    info: usize,
}

#[derive(Serialize)]
struct JsonFinding<'a> {
    code: &'static str,
    severity: &'static str,
    title: &'static str,
    message: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    help: String,
    #[serde(flatten)]
    place: JsonPlace<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    related: Option<JsonRelated<'a>>,
}

#[derive(Serialize)]
struct JsonRelated<'a> {
    message: String,
    #[serde(flatten)]
    place: JsonPlace<'a>,
}

/// A place, as much of it as is known.
#[derive(Serialize)]
struct JsonPlace<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    object: Option<&'a ObjectReference>,
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    document: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<usize>,
}

impl<'a> JsonPlace<'a> {
    fn of(place: &'a Place) -> Self {
        Self {
            object: place.object.as_ref(),
            field: place.field.as_deref(),
            file: place.location.as_ref().map(|location| location.path.as_str()).filter(|path| *path != STANDARD_INPUT),
            document: place.location.as_ref().map(|location| location.index + 1),
            line: place.position.map(|(line, _)| line),
            column: place.position.map(|(_, column)| column),
        }
    }
}

impl<'a> JsonFinding<'a> {
    fn of(finding: &'a Finding) -> Self {
        Self {
            code: finding.code.id(),
            severity: finding.severity.word(),
            title: finding.code.title(),
            message: readable(&finding.message).into_owned(),
            help: readable(&finding.cure).into_owned(),
            place: JsonPlace::of(&finding.place),
            related: finding
                .related
                .as_ref()
                .map(|(place, what)| JsonRelated { message: readable(what).into_owned(), place: JsonPlace::of(place) }),
        }
    }
}

impl Report<'_> {
    /// The report as JSON: all findings, of every severity, in the order of the severities.
    ///
    /// # Errors
    /// None, in practice: everything in it can be written as JSON.
    pub fn json(&self) -> serde_json::Result<String> {
        let Counts { errors, warnings, infos } = Counts::of(self.findings);
        let document = Document {
            version: FORMAT,
            failed: self.failed,
            counts: JsonCounts { error: errors, warning: warnings, info: infos },
            findings: self.findings.iter().map(JsonFinding::of).collect(),
            notes: self.notes,
        };
        Ok(super::report::without_orders(&serde_json::to_string_pretty(&document)?))
    }
}
