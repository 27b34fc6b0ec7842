//! `overrides explain`: where a request would go.

mod expect;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, bail};
use expect::{Compared, Expectation};
use overrides::config::Policy;
use overrides::explain::{self, Answer, Caller, Header, Hop, Mesh, Remark, Request, Settings};
use overrides::finding::Finding;
use overrides::krm::{Manifests, everything};
use overrides::transform;
use serde::Serialize;

use super::output::write_output;
use super::{exit_code, files, render, report};

const EXAMPLES: &str = "\
Examples:
  Where a request goes that asks for two versions:
    overrides render manifests/ | overrides explain - -H 'x-override: s2:v2, s3:v9'

  The same along a chain of calls, as one line:
    overrides explain rendered.yaml -H 'x-override: s2:v2' --chain s1,s2,s3

  What a request with a path and a user gets from your existing rules, for a script:
    overrides explain mesh/ --path /api?page=2 -H 'x-user: me' --json

  As a test in a pipeline, which fails when a request gets anything else:
    overrides explain rendered.yaml -H 'x-override: cart:pr-123' --expect cart=pr-123 --expect payment=v1

It reads what would be applied: the output of `render`, or manifests with your own DestinationRules and \
VirtualServices. It follows the rules as Istio's sidecars do, and says so where it cannot tell. Remarks have codes; \
docs/remarks.md tells about each.

Exit status: 0 answered, with remarks too, and as expected; 1 not as expected, or input that cannot be read, or no \
such Service, port or version; 2 wrong usage.";

/// The arguments of `explain`.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    #[command(flatten)]
    paths: files::Paths,

    /// A header of the request, as for curl; may be repeated
    #[arg(short = 'H', long = "header", value_name = "NAME: VALUE")]
    headers: Vec<Header>,

    /// The path of the request, with its query
    #[arg(long, default_value = "/", value_parser = path)]
    path: String,

    /// The method of the request
    #[arg(long, default_value = "GET", value_parser = method)]
    method: String,

    /// The port that is called; all ports of each Service where none is named
    #[arg(long, value_name = "NUMBER")]
    port: Option<u16>,

    /// Services that call each other, in order, with `:PORT` where one is called at another port than `--port`: print
    /// the versions along the way
    #[arg(long, value_name = "SERVICE,…", value_delimiter = ',')]
    chain: Vec<Hop>,

    /// The version that a Service should get, such as cart=pr-123; may be repeated. Exit with 1 where one gets another
    #[arg(long, value_name = "SERVICE=VERSION")]
    expect: Vec<Expectation>,

    /// The namespace of the caller; without it, that of each Service
    #[arg(short, long)]
    namespace: Option<String>,

    /// A label of the caller's Pod, for rules with `sourceLabels`; may be repeated
    #[arg(short, long = "label", value_name = "KEY=VALUE", value_parser = label)]
    labels: Vec<(String, String)>,

    /// The policy that says how overrides are carried: a file with an `Overrides` object or a ConfigMap
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Reads, asks, prints.
pub(super) fn run(arguments: &Arguments, verbose: bool) -> Result<ExitCode> {
    let (files, notes) = files::collect(&arguments.paths.all(), "explain")?;
    let manifests = match render::parse(&files, everything, transform::mattering) {
        Ok(manifests) => manifests,
        Err(error) => {
            report::snippets(&[Finding::from(&error)], None, &files, verbose);
            return Ok(exit_code(true));
        }
    };
    let (mesh, mut findings) = match settings(arguments, &manifests)? {
        Ok(settings) => Mesh::read(manifests.items(), settings),
        Err(finding) => {
            report::snippets(&[*finding], Some(manifests.items()), &files, verbose);
            return Ok(exit_code(true));
        }
    };
    let failed = !findings.is_empty();
    findings.extend(notes);
    findings.extend(manifests.asides().iter().filter(|aside| aside.is_unreadable()).map(Finding::from));
    report::snippets(&findings, Some(manifests.items()), &files, verbose);
    if failed {
        return Ok(exit_code(true));
    }
    if mesh.is_empty() {
        bail!("there is no Service in what was read, so nothing to explain; name files that have Services in them too");
    }
    let request = arguments.request();
    let (answers, remarks) = if arguments.chain.is_empty() {
        (all(&mesh, &request)?, mesh.remarks(&request))
    } else {
        mesh.along(&request, &arguments.chain)?
    };
    let compare = |each: &Expectation| {
        if arguments.chain.is_empty() {
            each.of_service(&mesh, &request)
        } else {
            each.in_chain(&mesh, &request, &answers)
        }
    };
    let compared: Vec<Compared> = arguments.expect.iter().map(compare).collect::<Result<_, _>>()?;
    write_output(shown(arguments, &answers, &remarks, &compared)?.as_bytes())?;
    Ok(exit_code(!told_unmet(&compared) || arguments.chain_lacks_a_port(&answers)))
}

/// Says on standard error what is not as expected; whether everything is.
fn told_unmet(compared: &[Compared]) -> bool {
    let unmet: Vec<&Compared> = compared.iter().filter(|each| !each.met).collect();
    for each in &unmet {
        eprintln!("error: {each}");
    }
    unmet.is_empty()
}

impl Arguments {
    /// Whether a Service of the chain has not the port at which it is called.
    fn chain_lacks_a_port(&self, answers: &[Answer]) -> bool {
        let lacks = |(hop, answer): (&Hop, &Answer)| hop.port.or(self.port).is_some() && answer.port.is_none();
        self.chain.iter().zip(answers).any(lacks)
    }

    fn request(&self) -> Request {
        Request {
            headers: self.headers.clone(),
            path: self.path.clone(),
            method: self.method.clone(),
            port: self.port,
            from: Caller {
                namespace: self.namespace.clone(),
                labels: (!self.labels.is_empty()).then(|| self.labels.iter().cloned().collect()),
            },
        }
    }
}

/// What the policy says of it.
fn settings(arguments: &Arguments, manifests: &Manifests<'_>) -> Result<Result<Settings, Box<Finding>>> {
    let policy = render::policy_of(arguments.config.as_deref(), manifests)?;
    Ok(policy.map(|policy: Policy| Settings {
        header: policy.header.as_str().to_owned(),
        baggage: policy.baggage,
        tracestate: policy.tracestate,
        version_labels: policy.version_labels.iter().map(|key| key.as_str().to_owned()).collect(),
        root_namespace: policy.root_namespace,
    }))
}

fn all(mesh: &Mesh, request: &Request) -> Result<Vec<Answer>> {
    let answers = mesh.explain(request);
    match request.port {
        Some(port) if answers.is_empty() => {
            bail!("no Service has the port {port}; leave `--port` out to see all ports")
        }
        _ => Ok(answers),
    }
}

/// What `--json` prints.
#[derive(Serialize)]
struct JsonReport<'a> {
    answers: Vec<JsonAnswer<'a>>,
    remarks: &'a [Remark],
    /// What `--expect` asks for, against what is.
    #[serde(skip_serializing_if = "<[Compared]>::is_empty")]
    expectations: &'a [Compared],
}

/// An answer, and the version that scripts ask for most.
#[derive(Serialize)]
struct JsonAnswer<'a> {
    #[serde(flatten)]
    answer: &'a Answer,
    version: Option<&'a str>,
}

fn shown(arguments: &Arguments, answers: &[Answer], remarks: &[Remark], expectations: &[Compared]) -> Result<String> {
    if arguments.json {
        let answers = answers.iter().map(|answer| JsonAnswer { version: answer.version(), answer }).collect();
        let report = JsonReport { answers, remarks, expectations };
        return Ok(format!("{}\n", serde_json::to_string_pretty(&report)?));
    }
    Ok(if arguments.chain.is_empty() { explain::table(answers, remarks) } else { explain::chain(answers, remarks) })
}

fn path(text: &str) -> Result<String, &'static str> {
    if text.starts_with('/') { Ok(text.to_owned()) } else { Err("a path starts with a slash, like /reviews?page=2") }
}

fn method(text: &str) -> Result<String, &'static str> {
    let is_token = !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    if is_token { Ok(text.to_owned()) } else { Err("a method is one word, like GET") }
}

fn label(text: &str) -> Result<(String, String), &'static str> {
    let (key, value) = text.split_once('=').ok_or("there is no `=` in it; write it like app=web")?;
    if key.is_empty() {
        Err("there is no key before the `=`; write it like app=web")
    } else {
        Ok((key.to_owned(), value.to_owned()))
    }
}
