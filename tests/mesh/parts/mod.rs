//! The parts of the mesh, one to a file.

pub mod api;
pub mod app;
pub mod cluster;
pub mod control_plane;
pub mod envoy;
pub mod http;
pub mod isolation;
pub mod network;
#[allow(dead_code, reason = "shared with the tests of a cluster, which use another part of it")]
pub mod process;
pub mod servers;
pub mod tools;
