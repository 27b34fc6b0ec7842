//! Findings where they are read: on standard error or in a file, for people or for programs.

mod excerpt;
mod text;

use std::fs;
use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;

use anyhow::{Context, Result};
use overrides::finding::{Finding, Report, Severity, readable};
use overrides::krm::Items;

use super::files::File;
use excerpt::LineStarts;

pub(super) use excerpt::Sources;

/// The arguments about findings.
#[derive(clap::Args)]
pub(super) struct Reporting {
    /// How findings are written on standard error: for people, as JSON, for code scanning, as annotations of GitHub Actions
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = Format::Text)]
    format: Format,

    /// Write the findings to this file, in the format that `--format` names; standard error then has the text for people
    #[arg(long, value_name = "FILE", requires = "format")]
    report: Option<PathBuf>,

    /// The least severity that fails the run: exit code 1, and nothing else is written
    #[arg(long, value_name = "SEVERITY", value_enum, default_value_t = FailOn::Error)]
    fail_on: FailOn,
}

/// How findings are written.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For people: grouped by code, with the lines that they are about
    Text,
    /// For scripts: docs/findings.schema.json
    Json,
    /// For code scanning: SARIF 2.1.0
    Sarif,
    /// For GitHub Actions: an annotation for each finding
    Github,
}

/// What fails a run.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum FailOn {
    /// Errors alone
    Error,
    /// Errors and warnings
    Warning,
}

impl Reporting {
    /// Whether a run with these findings fails.
    pub(super) fn fails(&self, findings: &[Finding]) -> bool {
        let least = match self.fail_on {
            FailOn::Error => Severity::Error,
            FailOn::Warning => Severity::Warning,
        };
        findings.iter().any(|finding| finding.severity <= least)
    }

    /// Writes findings and notes where they were asked for.
    pub(super) fn show(
        &self,
        findings: &[Finding],
        notes: &[String],
        failed: bool,
        sources: Sources<'_>,
        verbose: bool,
    ) -> Result<()> {
        match (&self.report, self.format) {
            (None, Format::Text) => show(findings, notes, sources, verbose),
            (None, format) => print(&written(format, findings, notes, failed, sources, verbose)?),
            (Some(path), format) => {
                show(findings, notes, sources, verbose);
                let report = written(format, findings, notes, failed, sources, verbose)?;
                fs::write(path, report).with_context(|| format!("cannot write the report to {}", path.display()))?;
            }
        }
        Ok(())
    }
}

/// Findings and notes in a format.
fn written(
    format: Format,
    findings: &[Finding],
    notes: &[String],
    failed: bool,
    sources: Sources<'_>,
    verbose: bool,
) -> Result<String> {
    if format == Format::Text {
        return Ok(text_for(findings, notes, sources, verbose, false));
    }
    let mut lines = LineStarts::default();
    let findings: Vec<Finding> = findings.iter().map(|finding| lines.detached(finding, sources)).collect();
    let report = Report { findings: &findings, notes, failed };
    Ok(match format {
        Format::Json => report.json()?,
        Format::Sarif => report.sarif(),
        Format::Text | Format::Github => report.github(verbose),
    })
}

/// Findings and notes as people read them, with the counts at the end.
fn text_for(findings: &[Finding], notes: &[String], sources: Sources<'_>, verbose: bool, colours: bool) -> String {
    let mut output = text::text(findings, sources, verbose, colours);
    for note in notes {
        output.extend(["note: ", &readable(note), "\n"]);
    }
    output.extend(text::last_line(findings, verbose).iter().flat_map(|line| [line.as_str(), "\n"]));
    output
}

fn show(findings: &[Finding], notes: &[String], sources: Sources<'_>, verbose: bool) {
    let colours = io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    print(&text_for(findings, notes, sources, verbose, colours));
}

/// One line per code, as a function does: kpt and kustomize pass standard error on.
pub(super) fn lines(findings: &[Finding], verbose: bool) {
    let mut output = text::lines(findings, verbose);
    // One line needs no count.
    if output.lines().count() > 1 {
        output.extend(text::last_line(findings, verbose).iter().flat_map(|line| [line.as_str(), "\n"]));
    }
    print(&output);
}

/// Findings for people, with the source lines that they are about.
pub(super) fn snippets(findings: &[Finding], items: Option<&Items<'_>>, files: &[File], verbose: bool) {
    show(findings, &[], Sources { items, files }, verbose);
}

/// Nobody is left to tell when standard error is gone.
fn print(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}
