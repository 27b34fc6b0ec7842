//! The `overrides` command: a KRM function, and the same work on plain manifests.

mod cli;

use std::io::Write;
use std::process::ExitCode;

use overrides::finding::harmless;

fn main() -> ExitCode {
    match cli::run() {
        Ok(code) => code,
        Err(error) => {
            // A file's name must not give orders to the terminal.
            let shown = |character| if character == '\n' { character } else { harmless(character) };
            let sentence: String = format!("{error:#}").chars().map(shown).collect();
            // Nobody is left to tell when standard error is gone.
            let _ = writeln!(std::io::stderr(), "error: {sentence}");
            ExitCode::FAILURE
        }
    }
}
