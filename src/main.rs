//! The `overrides` command: a KRM function, and the same work on plain manifests.

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::run()
}
