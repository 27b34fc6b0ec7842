//! `overrides crd`: the kinds that the operator brings along.

use std::process::ExitCode;

use anyhow::Result;
use overrides::cluster::crd;

use super::output::write_output;

/// Prints them.
pub(super) fn run() -> Result<ExitCode> {
    write_output(crd::yaml()?.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}
