//! The KRM function.

use std::process::ExitCode;

use anyhow::Result;
use overrides::transform::{self, InPieces};

use super::{exit_code, files, report, write_pieces};

/// Reads a ResourceList, prints it with what is generated, and mirrors the findings on standard error: kustomize shows
/// nobody the results.
pub(super) fn run(verbose: bool) -> Result<ExitCode> {
    let input = files::read_stdin()?;
    let InPieces { output, outcome, leftovers } = transform::function_in_pieces(&input)?;
    // To free a large inventory piece by piece takes longer than to end.
    std::mem::forget(leftovers);
    report::lines(&outcome.findings, verbose);
    write_pieces(output.iter().map(str::as_bytes))?;
    Ok(exit_code(outcome.failed()))
}
