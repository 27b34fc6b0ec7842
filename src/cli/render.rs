//! `overrides render`: plain manifests in, manifests out.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Result;
use overrides::config::{self, Policy};
use overrides::finding::{Finding, ObjectReference, has_errors};
use overrides::krm::{InputError, Interest, Manifests, text_of};
use overrides::transform::{self, Difference, Transformed};

use super::files::File;
use super::output::write_output;
use super::{diff, exit_code, files, output_dir, report};

/// The arguments of `render`.
#[derive(clap::Args)]
pub(super) struct Arguments {
    /// Files, folders, or `-` for standard input
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,

    /// The policy: a file with an `Overrides` object or a ConfigMap
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,

    /// One setting of the policy, in the words of the ConfigMap form; may be repeated
    #[arg(long = "set", value_name = "KEY=VALUE")]
    settings: Vec<String>,

    /// Take settings from the environment: with the prefix `OVERRIDES_`, the variable `OVERRIDES_DEFAULT_VERSION` sets
    /// `defaultVersion`. A variable that begins so and names no setting is an error. `--set` beats it
    #[arg(long, value_name = "PREFIX", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    set_from_env: Option<String>,

    /// Print the generated and edited objects only
    #[arg(long)]
    only_generated: bool,

    /// Print only the workloads that were given a version label, or only the generated and edited rules
    #[arg(long, value_enum, value_name = "PART", conflicts_with_all = ["diff", "output_dir"])]
    only: Option<Only>,

    /// Print what would change, as a unified diff against the input
    #[arg(long, conflicts_with_all = ["only_generated", "output_dir"])]
    diff: bool,

    /// Write a file per generated or edited object into this folder, remove those of an earlier run that are stale, and
    /// print nothing
    #[arg(long, value_name = "DIR", conflicts_with = "only_generated")]
    output_dir: Option<PathBuf>,
}

/// A part of what is generated and edited. What `unversioned: label` leads to needs two roll-outs, one for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Only {
    /// Workloads that were given a version label
    Labels,
    /// Generated rules, and rules of yours with what is merged into them
    Rules,
}

impl Only {
    /// What is to be said when there is nothing of it.
    fn nothing(self) -> &'static str {
        match self {
            Self::Labels => {
                "no workload is labelled, so nothing is printed. With `--set unversioned=label`, workloads are \
                             labelled where no workload of a Service has a version"
            }
            Self::Rules => "no rule is generated or edited, so nothing is printed",
        }
    }
}

/// Reads, renders, reports, writes.
pub(super) fn run(arguments: &Arguments, verbose: bool) -> Result<ExitCode> {
    let (files, notes) = files::collect(&arguments.paths, "render")?;
    let manifests = match parse(&files, transform::wanted, transform::mattering) {
        Ok(manifests) => manifests,
        Err(error) => {
            let outcome = Transformed::refused(Finding::from(&error));
            report::snippets(&outcome.findings, None, &files, verbose);
            return Ok(exit_code(true));
        }
    };
    let policy = policy(arguments, &manifests)?;
    if let (true, Ok(policy)) = (arguments.diff, &policy) {
        return show_difference(transform::difference(&manifests, policy)?, notes, &manifests, &files, verbose);
    }
    let mut outcome = match policy {
        Ok(policy) => transform::render(&manifests, &policy)?,
        Err(finding) => Transformed::refused(*finding),
    };
    outcome.findings.extend(notes);
    outcome.findings.sort_by_key(|finding| finding.severity);
    report::snippets(&outcome.findings, Some(manifests.items()), &files, verbose);
    if !outcome.failed() {
        write(arguments, &manifests, &outcome)?;
    }
    Ok(exit_code(outcome.failed()))
}

/// The files as one list of manifests.
fn show_difference(
    mut difference: Difference,
    notes: Vec<Finding>,
    manifests: &Manifests<'_>,
    files: &[File],
    verbose: bool,
) -> Result<ExitCode> {
    difference.findings.extend(notes);
    difference.findings.sort_by_key(|finding| finding.severity);
    report::snippets(&difference.findings, Some(manifests.items()), files, verbose);
    let failed = has_errors(&difference.findings);
    if !failed {
        write_output(diff::unified(&difference).as_bytes())?;
    }
    Ok(exit_code(failed))
}

/// The files as manifests, of which so much is wanted. Documents that cannot be read stop nothing where they do not matter.
pub(super) fn parse(files: &[File], interest: Interest, mattering: Interest) -> Result<Manifests<'_>, InputError> {
    let texts = files.iter().map(|file| Ok((file.name.clone(), text_of(&file.name, &file.content)?)));
    Manifests::parse_around(texts.collect::<Result<Vec<_>, InputError>>()?, interest, mattering)
}

/// The policy of `--config`, else the one among the manifests, else the default.
pub(super) fn policy_of(config: Option<&Path>, manifests: &Manifests<'_>) -> Result<Result<Policy, Box<Finding>>> {
    Ok(match config {
        Some(path) => transform::policy_in_file(&path.display().to_string(), &files::read(path)?),
        None => transform::policy_among(manifests.items()).map(Option::unwrap_or_default),
    })
}

/// The policy with the single settings on top.
fn policy(arguments: &Arguments, manifests: &Manifests<'_>) -> Result<Result<Policy, Box<Finding>>> {
    let policy = policy_of(arguments.config.as_deref(), manifests)?;
    let policy = policy.and_then(|policy| with_environment(policy, arguments.set_from_env.as_deref()));
    Ok(policy.and_then(|policy| with_settings(policy, &arguments.settings)))
}

/// A policy with the settings on top that the environment has under a prefix.
fn with_environment(mut policy: Policy, prefix: Option<&str>) -> Result<Policy, Box<Finding>> {
    if let Some(prefix) = prefix {
        let text = |text: OsString| text.to_string_lossy().into_owned();
        let variables = std::env::vars_os().map(|(name, value)| (text(name), text(value)));
        config::from_environment(&mut policy, prefix, variables)?;
    }
    Ok(policy)
}

/// A policy with single settings on top.
pub(super) fn with_settings(mut policy: Policy, settings: &[String]) -> Result<Policy, Box<Finding>> {
    settings.iter().try_for_each(|setting| config::set(&mut policy, setting))?;
    Ok(policy)
}

/// The generated and edited objects of a run or one part of them, and nothing else.
fn only(outcome: &Transformed, part: Option<Only>) -> Result<String> {
    let objects = transform::changed_objects(&outcome.output, &outcome.edited)?;
    let is_wanted =
        |object: &ObjectReference| part.is_none_or(|part| transform::is_rule(object) == (part == Only::Rules));
    let wanted = objects.iter().filter(|(object, _)| is_wanted(object));
    let documents: Vec<&str> = wanted.map(|(_, text)| text.as_str()).collect();
    if let Some(part) = part.filter(|_| documents.is_empty()) {
        report::note(part.nothing());
    }
    Ok(documents.join("---\n"))
}

fn write(arguments: &Arguments, manifests: &Manifests<'_>, outcome: &Transformed) -> Result<()> {
    if !arguments.only_generated && arguments.only.is_none() && arguments.output_dir.is_none() {
        return write_output(outcome.output.as_bytes());
    }
    match &arguments.output_dir {
        Some(folder) => {
            let objects = transform::changed_objects(&outcome.output, &outcome.edited)?;
            let inputs = output_dir::Inputs { paths: &arguments.paths, manifests };
            output_dir::write(folder, &objects, &inputs)
        }
        None => write_output(only(outcome, arguments.only)?.as_bytes()),
    }
}
