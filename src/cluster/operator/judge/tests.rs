//! What the operator makes of a namespace, without an API server.
#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "a test that panics has failed")]

mod conflicts;
mod defaults;
