//! `overrides generate`: a live cluster in, what would be generated for it out.

mod gathered;

use std::cell::Cell;
use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};
use overrides::cluster::{self, Connection, Part, Scope, Snapshot};
use overrides::finding::{Finding, Severity};
use overrides::krm::Manifests;
use overrides::transform::{self, Transformed};

use super::output::write_output;
use super::report::{Reporting, Sources};
use super::{exit_code, nothing, render, usage};
use gathered::{Gathered, decides};

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

    /// How long the API server may say nothing before it is given up
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = duration)]
    request_timeout: Duration,

    /// The policy: a file with an `Overrides` object or a ConfigMap; by default
    /// the `Overrides` object of each namespace
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,

    /// One setting of the policy, in the words of the ConfigMap form; may be repeated
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = usage::setting)]
    settings: Vec<String>,

    #[command(flatten)]
    reporting: Reporting,
}

/// Reads the cluster, plans, prints, reports.
pub(super) fn run(arguments: &Arguments, verbose: bool) -> Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let (scope, snapshot) = runtime.context("cannot start")?.block_on(read(arguments))?;
    let mut notes = snapshot.notes.clone();
    let mut gathered = Gathered::default();
    let mut findings = Vec::new();
    let mut services = 0;
    let mut is_empty = true;
    for part in snapshot.parts(&scope, arguments.config.is_some()) {
        if snapshot.has_services(&part) || part.has_rules() {
            is_empty = false;
            services += run_part(arguments, &part, &mut gathered, &mut findings)?;
        }
    }
    if is_empty {
        notes.push(match &scope {
            Scope::Namespace(name) => {
                format!("there is nothing to generate for in the namespace `{name}`: no Services")
            }
            Scope::All => "there is nothing to generate for in any namespace: no Services".to_owned(),
        });
    }
    findings.sort_by_key(|finding: &Finding| finding.severity);
    let fails = arguments.reporting.fails(&findings);
    let written = if fails { Ok(()) } else { print(&gathered, services, &findings, &mut notes, verbose) };
    arguments.reporting.show(&findings, &notes, fails || written.is_err(), Sources::NONE, verbose)?;
    written.map(|()| exit_code(fails))
}

/// Prints what is to be applied, and notes what is to be deleted, or that there is nothing to do.
fn print(
    gathered: &Gathered,
    services: usize,
    findings: &[Finding],
    notes: &mut Vec<String>,
    verbose: bool,
) -> Result<()> {
    notes.extend(gathered.notes());
    let stream = gathered.stream()?;
    if stream.is_empty() && notes.is_empty() {
        let why = nothing::why(services, findings, verbose);
        notes.push(format!("there is nothing to apply: nothing has to be added to your existing rules, and {why}"));
    }
    write_output(stream.as_bytes())
}

/// Plans for the Services of a part. Returns how many there are.
fn run_part(
    arguments: &Arguments,
    part: &Part<'_>,
    gathered: &mut Gathered,
    findings: &mut Vec<Finding>,
) -> Result<usize> {
    let texts = part.documents.iter().map(|text| (String::new(), text.as_str()));
    let manifests = Manifests::parse(texts)?;
    let policy = render::policy_of(arguments.config.as_deref(), &manifests)?;
    let outcome = match policy.and_then(|policy| render::with_settings(policy, &arguments.settings)) {
        // Nothing but what an earlier run left: all of it has to go, which rendering takes for a mishap.
        Ok(_) if manifests.items().iter().all(|item| transform::is_generated(item)) => Transformed::default(),
        Ok(policy) => transform::render(&manifests, &policy)?,
        Err(finding) => Transformed::refused(*finding),
    };
    if !outcome.failed() {
        gathered.add(part, &manifests, &outcome)?;
    }
    // What is said of Services of other namespaces is said where they are asked about, but for what stops everything.
    let matters = |finding: &Finding| {
        let object = finding.place.object.as_ref();
        finding.severity == Severity::Error || object.is_none_or(|object| decides(part, object))
    };
    let services =
        manifests.items().iter().filter(|item| nothing::is_service(*item) && decides(part, &item.reference()));
    let services = services.count();
    findings.extend(outcome.findings.into_iter().filter(matters).map(Finding::without_files));
    Ok(services)
}

async fn read(arguments: &Arguments) -> Result<(Scope, Snapshot)> {
    let (file, context) = (arguments.kubeconfig.as_deref(), arguments.context.as_deref());
    let Connection { client, namespace } = cluster::connect(file, context, arguments.request_timeout).await?;
    let scope = match &arguments.namespace {
        _ if arguments.all_namespaces => Scope::All,
        Some(namespace) => Scope::Namespace(namespace.clone()),
        None => Scope::Namespace(namespace),
    };
    let progress = Progress::default();
    let snapshot = cluster::read(&client, &scope, |what, count| progress.show(what, count)).await;
    progress.clear();
    Ok((scope, snapshot?))
}

/// A time as kubectl takes it: `30s`, `2m`, `500ms`, or a number of seconds.
fn duration(text: &str) -> Result<Duration, String> {
    let split = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let unit = match unit {
        "ms" => 1,
        "" | "s" => 1_000,
        "m" => 60_000,
        _ => 0,
    };
    match number.parse::<u64>().ok().and_then(|number| number.checked_mul(unit)) {
        None | Some(0) => Err("write it as `30s`, `2m` or `500ms`, and more than nothing".to_owned()),
        Some(milliseconds) => Ok(Duration::from_millis(milliseconds)),
    }
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
