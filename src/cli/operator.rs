//! `overrides operator`: keeps a live cluster's rules right.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use overrides::cluster::operator::{self, Options};
use overrides::cluster::{self, Connection};
use overrides::config::Policy;
use overrides::transform;
use tokio::signal::unix::{SignalKind, signal};
use tracing::info;

use super::files;

/// The arguments of `operator`.
#[derive(clap::Args)]
pub(super) struct Arguments {
    /// A namespace to keep; may be repeated. All of them where none is named
    #[arg(short, long = "namespace", value_name = "NAMESPACE")]
    namespaces: Vec<String>,

    /// The policy of namespaces without an `Overrides` object: a file with one, or with a ConfigMap
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,

    /// The context of the kubeconfig
    #[arg(long, value_name = "CONTEXT")]
    context: Option<String>,

    /// The kubeconfig; by default that of the Pod, or as kubectl finds it
    #[arg(long, value_name = "FILE")]
    kubeconfig: Option<PathBuf>,

    /// How many seconds proxies get to hear of a subset before routes lead to it, and of routes before their subsets go
    #[arg(long, value_name = "SECONDS", default_value = "2", value_parser = seconds)]
    settle: Duration,

    /// Where /healthz, /readyz and /metrics are served
    #[arg(long, value_name = "ADDRESS", default_value = "0.0.0.0:8080")]
    address: SocketAddr,

    /// The name of the lease by which replicas agree on which of them writes
    #[arg(long, value_name = "NAME", default_value = "overrides-operator")]
    lease: String,

    /// The namespace of the lease; by default that of the Pod or of the kubeconfig's context
    #[arg(long, value_name = "NAMESPACE", env = "POD_NAMESPACE")]
    lease_namespace: Option<String>,

    /// What this replica is called among the others; by default the name of the machine
    #[arg(long, value_name = "NAME", env = "POD_NAME")]
    replica: Option<String>,
}

/// How long a watch may say nothing: a server ends each after some five minutes. Writes are given up much earlier.
const SILENCE: Duration = Duration::from_secs(330);

/// Runs until it is told to stop.
pub(super) fn run(arguments: &Arguments) -> Result<ExitCode> {
    tracing_subscriber::fmt().json().flatten_event(true).with_writer(std::io::stderr).init();
    let policy = policy(arguments)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("cannot start")?;
    runtime.block_on(async {
        let connection =
            cluster::connect(arguments.kubeconfig.as_deref(), arguments.context.as_deref(), SILENCE).await?;
        let Connection { client, namespace } = connection;
        let options = Options {
            namespaces: arguments.namespaces.clone(),
            policy,
            settle: arguments.settle,
            address: arguments.address,
            lease: (arguments.lease_namespace.clone().unwrap_or(namespace), arguments.lease.clone()),
            replica: arguments.replica.clone().map_or_else(own_name, Ok)?,
        };
        info!(namespaces = ?options.namespaces, address = %options.address, replica = options.replica, "starting");
        let mut terminated = signal(SignalKind::terminate()).context("cannot listen for signals")?;
        let stop = async move {
            tokio::select! {
                _ = terminated.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
            }
        };
        operator::run(client, options, stop).await?;
        Ok(ExitCode::SUCCESS)
    })
}

fn policy(arguments: &Arguments) -> Result<Policy> {
    let Some(path) = &arguments.config else { return Ok(Policy::default()) };
    let policy = transform::policy_in_file(&path.display().to_string(), &files::read(path)?);
    policy.map_err(|finding| anyhow!("{}", finding.line()))
}

/// A time in seconds.
fn seconds(text: &str) -> Result<Duration, &'static str> {
    let seconds = text.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    seconds.ok_or("it takes seconds, 0 or more, like 2 or 0.5")
}

/// A process id tells replicas on one machine apart.
fn own_name() -> Result<String> {
    let host = std::env::var("HOSTNAME").or_else(|_| std::fs::read_to_string("/etc/hostname"));
    let host = host.context("this machine has no name: say one with --replica")?;
    Ok(format!("{}-{}", host.trim(), std::process::id()))
}
