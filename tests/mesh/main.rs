//! The function's output on a mesh of real parts: API server, istiod, and an Envoy per Pod. `make test` installs them
//! and runs this; `cargo test --features mesh --test mesh -- WORD` plays the scenarios with a word in their name.

// All of this may panic, which fails a scenario; clippy allows it by itself only in functions marked `#[test]`.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

mod apps;
mod clients;
mod mesh;
mod parts;
mod scenarios;
mod sentence;
#[path = "../support/mod.rs"]
mod support;
mod table;

use std::process::ExitCode;

use parts::isolation;
use parts::tools::tool;

fn main() -> ExitCode {
    if !isolation::entered() {
        eprintln!("{}", isolation::enter(&tool("ip").to_string_lossy(), None));
        return ExitCode::FAILURE;
    }
    let words: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    table::play(scenarios::all(), &words)
}
