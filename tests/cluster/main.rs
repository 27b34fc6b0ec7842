//! `overrides generate` and `overrides operator` against a real API server. `make test` installs it and runs this;
//! `cargo test --features api-server --test cluster` does so with `OVERRIDES_TOOLS_BIN` set.

// All of this may panic, which fails a test; clippy allows it by itself only in functions marked `#[test]`.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

mod admission;
mod generate;
mod operator;
mod parts;
#[path = "../support/mod.rs"]
mod support;
