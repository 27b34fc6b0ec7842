//! What the rules cost at run time, for `make mesh-bench`: requests through a client's Envoy, and a large mesh's
//! configuration. Every part fails when it does not measure what it says.

mod ground;
mod large;
mod load;
mod probe;
mod proxy;
mod requests;
mod shapes;
mod tables;

use std::process::ExitCode;

/// The argument with which the mesh is measured, followed by one of the parts.
pub const BENCH: &str = "--bench";
/// Less of everything: for a look at whether it still works, not for figures.
pub const QUICK: &str = "--quick";

/// Measures one part, and prints its tables.
pub fn run(part: &[String], quick: bool) -> ExitCode {
    match part.first().map(String::as_str) {
        Some("requests") => requests::measure(quick),
        Some("large") => large::measure(quick),
        Some("shapes") => shapes::measure(quick),
        _ => {
            eprintln!("What is to be measured? `{BENCH} requests`, `{BENCH} large` or `{BENCH} shapes`.");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}
