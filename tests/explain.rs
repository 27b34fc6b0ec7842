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
#[path = "explain/carriers.rs"]
mod carriers;
#[path = "explain/command.rs"]
mod command;
#[path = "explain/expecting.rs"]
mod expecting;
#[path = "explain/overrides.rs"]
mod overrides_in_requests;
#[path = "explain/ports.rs"]
mod ports;
#[path = "explain/remark_codes.rs"]
mod remark_codes;
#[path = "explain/routes.rs"]
mod routes;
#[path = "explain/rules.rs"]
mod rules;
#[path = "explain/workloads.rs"]
mod workloads;
