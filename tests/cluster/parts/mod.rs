//! An API server to ask, one part to a file.
#![allow(dead_code, reason = "each test uses its own part of it")]

pub mod client;
pub mod cluster;
pub mod etcd;
pub mod objects;
pub mod operator;
#[path = "../../mesh/parts/process.rs"]
pub mod process;
pub mod server;
#[path = "../../mesh/parts/tools.rs"]
pub mod tools;
pub mod users;
