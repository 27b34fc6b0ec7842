//! The function in the hands of the real tools: kustomize, kpt, Argo CD's plugin server, containers, and the YAML readers
//! that stand between a configuration and a cluster. `make test` installs them and runs this.

// All of this may panic, which fails a test; clippy allows it by itself only in functions marked `#[test]`.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

#[path = "real_tools/argocd.rs"]
mod argocd;
#[path = "real_tools/containers.rs"]
mod containers;
#[path = "real_tools/injection.rs"]
mod injection;
#[path = "real_tools/injection_attempts.rs"]
mod injection_attempts;
#[path = "real_tools/kpt.rs"]
mod kpt;
#[path = "real_tools/kustomize.rs"]
mod kustomize;
#[path = "real_tools/quoting.rs"]
mod quoting;
#[path = "real_tools/re2.rs"]
mod re2;
#[path = "real_tools/readme.rs"]
mod readme;
#[cfg(target_os = "linux")]
#[path = "real_tools/sandbox.rs"]
mod sandbox;
#[path = "support/mod.rs"]
mod support;
#[path = "real_tools/tools.rs"]
mod tools;
