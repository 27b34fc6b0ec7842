//! `explain`: what becomes of a request, by the rules that are in force, whoever wrote them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that panics has failed"
)]
#![allow(clippy::needless_pass_by_value, reason = "sentences read better without ampersands")]

mod support;

#[path = "explain/asking.rs"]
mod asking;
#[path = "explain/command.rs"]
mod command;
#[path = "explain/overrides.rs"]
mod overrides_in_requests;
#[path = "explain/routes.rs"]
mod routes;
#[path = "explain/rules.rs"]
mod rules;
