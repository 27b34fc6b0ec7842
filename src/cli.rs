//! The command line: the only place with standard input and output, files and exit codes.

#[cfg(feature = "cluster")]
mod crd;
mod diff;
mod explain;
mod files;
mod function;
#[cfg(feature = "cluster")]
mod generate;
mod kustomization;
mod nothing;
mod only;
#[cfg(feature = "cluster")]
mod operator;
mod output;
mod output_dir;
mod pages;
mod render;
mod report;
mod usage;

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use anyhow::Result;
use clap::{CommandFactory, Parser, Subcommand};
use output::write_output;
use overrides::finding::harmless;
use usage::Usage;

const ABOUT: &str = "Per-request version overrides for Istio, written for you";

const LONG_ABOUT: &str = "\
Per-request version overrides for Istio, written for you.

A request with `x-override: reviews:v2` takes version v2 of `reviews` and the default of everything else. This \
command reads Services and workloads and adds the DestinationRules and VirtualServices that make it so. Everything \
else comes back byte for byte.

Without arguments it is a KRM function: a ResourceList on standard input, a ResourceList on standard output, as \
kustomize and kpt call it.";

const EXAMPLES: &str = "\
Examples:
  Add overrides to what kustomize builds:
    set -o pipefail; kustomize build . | overrides render - | kubectl apply --server-side -f -

  Look at what would be added to a folder of manifests, with a policy:
    overrides render --config mesh.yaml --only-generated manifests/

  Ask where a request would go:
    overrides render manifests/ | overrides explain - -H 'x-override: reviews:v2'

  Read about a finding:
    overrides findings OV020

Exit status: 0 done, 1 a finding of severity error or a failure (a file that cannot be read is one), 2 wrong usage \
(arguments that are wrong whatever the files say).";

/// The arguments.
#[derive(Parser)]
#[command(name = "overrides", version, about = ABOUT, long_about = LONG_ABOUT, after_help = EXAMPLES)]
struct Arguments {
    /// Show every finding, also those of severity info
    #[arg(short, long, global = true)]
    verbose: bool,

    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Read plain manifests, print them with what is generated
    Render(render::Arguments),
    /// Say which version of each Service a request would get, and which rule decides
    Explain(explain::Arguments),
    /// Read a live cluster, print what would be generated for it
    #[cfg(feature = "cluster")]
    Generate(generate::Arguments),
    /// Keep a cluster's rules right while Services and versions come and go
    #[cfg(feature = "cluster")]
    Operator(operator::Arguments),
    /// Print the CustomResourceDefinitions that the operator brings along, for `kubectl apply -f -`
    #[cfg(feature = "cluster")]
    Crd,
    /// List the codes of findings, or print the page of one: what it means, where it comes from, what to do
    Findings(pages::Arguments),
    /// Print completions for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

/// Parses the arguments, does what they say, and says what went wrong.
pub fn run() -> ExitCode {
    run_command().unwrap_or_else(|error| failure(&error))
}

fn run_command() -> Result<ExitCode> {
    // As kustomize and kpt call it, in every build: without arguments there is nothing to parse, which takes its time too.
    if std::env::args_os().len() <= 1 && !io::stdin().is_terminal() {
        return function::run(false);
    }
    let arguments =
        Arguments::try_parse().unwrap_or_else(|error| usage::explained(error, &mut Arguments::command()).exit());
    match arguments.command {
        Some(Command::Render(render)) => render::run(&render, arguments.verbose),
        Some(Command::Explain(explain)) => explain::run(&explain, arguments.verbose),
        #[cfg(feature = "cluster")]
        Some(Command::Generate(generate)) => generate::run(&generate, arguments.verbose),
        #[cfg(feature = "cluster")]
        Some(Command::Operator(operator)) => operator::run(&operator),
        #[cfg(feature = "cluster")]
        Some(Command::Crd) => crd::run(),
        Some(Command::Findings(findings)) => pages::run(&findings),
        Some(Command::Completions { shell }) => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Arguments::command(), "overrides", &mut script);
            write_output(&script)?;
            Ok(ExitCode::SUCCESS)
        }
        None if io::stdin().is_terminal() => {
            write_output(Arguments::command().render_long_help().to_string().as_bytes())?;
            Ok(ExitCode::SUCCESS)
        }
        None => function::run(arguments.verbose),
    }
}

/// Tells of a failure, or of wrong usage that only showed once something was read, and gives the exit code for it.
fn failure(error: &anyhow::Error) -> ExitCode {
    // A file's name must not give orders to the terminal.
    let shown = |character| if character == '\n' { character } else { harmless(character) };
    let sentence: String = format!("{error:#}").chars().map(shown).collect();
    // Nobody is left to tell when standard error is gone.
    let _ = writeln!(io::stderr(), "error: {sentence}");
    if error.is::<Usage>() { ExitCode::from(usage::EXIT_CODE) } else { ExitCode::FAILURE }
}

fn exit_code(failed: bool) -> ExitCode {
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
