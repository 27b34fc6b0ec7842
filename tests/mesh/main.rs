//! The function's output on a mesh of real parts: API server, istiod, and an Envoy per Pod. `make test` installs them
//! and runs this; `cargo test --features mesh --test mesh -- WORD` plays the scenarios with a word in their name.

// All of this may panic, which fails a scenario; clippy allows it by itself only in functions marked `#[test]`.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]
#![allow(clippy::format_collect, clippy::format_push_string, reason = "an allocation costs nothing beside a request")]

mod analysis;
mod apps;
mod bench;
mod clients;
mod example;
mod explained;
mod kept;
mod mesh;
mod parts;
mod scenarios;
mod sentence;
mod stage;
#[path = "../support/mod.rs"]
mod support;
mod table;

use std::process::ExitCode;

use parts::isolation;
use parts::tools::tool;

/// The argument with which the mesh stays up, for `make mesh`.
const STAY: &str = "--stay";

fn main() -> ExitCode {
    let (flags, words): (Vec<_>, Vec<_>) = std::env::args().skip(1).partition(|argument| argument.starts_with('-'));
    if flags.iter().any(|flag| flag == "--list") {
        return table::list(&scenarios::all());
    }
    let stay = flags.iter().any(|flag| flag == STAY);
    if !isolation::entered() {
        let stdin = stay.then(|| example::open_port().expect("this machine has a free port"));
        eprintln!("{}", isolation::enter(&tool("ip").to_string_lossy(), stdin));
        return ExitCode::FAILURE;
    }
    if flags.iter().any(|flag| flag == bench::BENCH) {
        return bench::run(&words, flags.iter().any(|flag| flag == bench::QUICK));
    }
    if stay { example::stay() } else { table::play(scenarios::all(), &words) }
}
