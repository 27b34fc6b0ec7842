//! The KRM function.

use std::process::ExitCode;

use anyhow::Result;
use overrides::transform;

use super::output::write_pieces;
use super::{exit_code, files, report};

/// Reads a ResourceList, prints it with what is generated, and mirrors the findings on standard error: kustomize shows
/// nobody the results.
pub(super) fn run(verbose: bool) -> Result<ExitCode> {
    let input = files::read_stdin()?;
    let done = transform::function_in_pieces(&input)?;
    let failed = done.outcome.failed();
    report::lines(&done.outcome.findings, verbose);
    write_pieces(done.output.iter().map(str::as_bytes))?;
    std::mem::forget(done);
    Ok(exit_code(failed))
}
