//! `overrides generate`: a live cluster in, what would be generated for it out.

use std::cell::Cell;
use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use overrides::cluster::{self, Connection, Manifest, Scope};
use overrides::finding::Finding;
use overrides::krm::Manifests;
use overrides::transform;

use super::{exit_code, render, report, write_output};

/// The arguments of `generate`.
#[derive(clap::Args)]
pub(super) struct Arguments {
    /// The namespace whose Services are looked at; by default that of the kubeconfig's context
    #[arg(short, long, value_name = "NAMESPACE", conflicts_with = "all_namespaces")]
    namespace: Option<String>,

    /// Look at the Services of all namespaces
    #[arg(short = 'A', long)]
    all_namespaces: bool,

    /// The context of the kubeconfig
    #[arg(long, value_name = "CONTEXT")]
    context: Option<String>,

    /// The kubeconfig; by default as kubectl finds it
    #[arg(long, value_name = "FILE")]
    kubeconfig: Option<PathBuf>,

    /// The policy: a file with an `Overrides` object or a ConfigMap; by default the `Overrides` object of the namespace
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,

    /// One setting of the policy, in the words of the ConfigMap form; may be repeated
    #[arg(long = "set", value_name = "KEY=VALUE")]
    settings: Vec<String>,
}

/// Reads the cluster, plans, reports, prints.
pub(super) fn run(arguments: &Arguments, verbose: bool) -> Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let manifest = runtime.context("cannot start")?.block_on(read(arguments))?;
    for note in &manifest.notes {
        report::note(note);
    }
    if manifest.documents.is_empty() {
        report::note("there is nothing that matters here: no Services and no workloads");
        return Ok(ExitCode::SUCCESS);
    }
    let texts = manifest.documents.iter().map(|text| (String::new(), text.as_str()));
    let manifests = Manifests::parse(texts)?;
    let policy = render::policy_of(arguments.config.as_deref(), &manifests)?;
    let outcome = match policy.and_then(|policy| render::with_settings(policy, &arguments.settings)) {
        Ok(policy) => transform::render(&manifests, &policy)?,
        Err(finding) => transform::Transformed::refused(*finding),
    };
    let findings: Vec<Finding> = outcome.findings.iter().cloned().map(Finding::without_files).collect();
    report::lines(&findings, verbose);
    if !outcome.failed() {
        write_output(render::only_generated(&outcome)?.as_bytes())?;
    }
    Ok(exit_code(outcome.failed()))
}

async fn read(arguments: &Arguments) -> Result<Manifest> {
    let connection = cluster::connect(arguments.kubeconfig.as_deref(), arguments.context.as_deref()).await?;
    let Connection { client, namespace } = connection;
    let scope = match &arguments.namespace {
        _ if arguments.all_namespaces => Scope::All,
        Some(namespace) => Scope::Namespace(namespace.clone()),
        None => Scope::Namespace(namespace),
    };
    let progress = Progress::default();
    let manifest = cluster::read(&client, &scope, |what, count| progress.show(what, count)).await;
    progress.clear();
    Ok(manifest?)
}

/// One line on a terminal that says how far the reading is; nothing elsewhere.
#[derive(Default)]
struct Progress {
    width: Cell<usize>,
}

impl Progress {
    fn show(&self, what: &str, count: usize) {
        self.write(&format!("reading {what}: {count}"));
    }

    fn clear(&self) {
        if self.width.get() > 0 {
            self.write("");
            self.write("");
        }
    }

    /// Nobody is left to tell when standard error is gone.
    fn write(&self, text: &str) {
        let mut stderr = io::stderr().lock();
        if stderr.is_terminal() {
            let _ = write!(stderr, "\r{text:width$}", width = self.width.get());
            let _ = if text.is_empty() { write!(stderr, "\r") } else { Ok(()) };
            let _ = stderr.flush();
            self.width.set(text.len());
        }
    }
}
