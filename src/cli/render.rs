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
use super::only::Only;
use super::output::write_output;
use super::report::{Reporting, Sources};
use super::{diff, exit_code, failure, files, nothing, output_dir, usage};

/// The exit code of `--diff --exit-code` where nothing could be compared: kubectl diff's and diff's own, which keeps 1 for
/// a difference.
const CANNOT_COMPARE: u8 = 2;

/// The arguments of `render`.
#[derive(clap::Args)]
#[command(after_help = "\
Exit status: 0 done; 1 a finding that fails the run, or a failure; 2 wrong usage. With --diff --exit-code, as of kubectl \
diff: 0 nothing would change, 1 something would, 2 all else.")]
#[allow(clippy::struct_excessive_bools, reason = "flags of a command line")]
pub(super) struct Arguments {
    #[command(flatten)]
    paths: files::Paths,

    /// The policy: a file with an `Overrides` object or a ConfigMap
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,

    /// One setting of the policy, in the words of the ConfigMap form; may be repeated
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = usage::setting)]
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

    /// With --diff: exit with 0 if nothing would change, with 1 if something would, and with 2 if that cannot be told
    #[arg(long, requires = "diff")]
    exit_code: bool,

    /// Write a file per generated or edited object into this folder, remove those of an earlier run that are stale, and
    /// print nothing
    #[arg(long, value_name = "DIR", conflicts_with = "only_generated")]
    output_dir: Option<PathBuf>,

    /// Write a kustomization.yaml into that folder as well, which lists these files
    #[arg(long, requires = "output_dir")]
    kustomization: bool,

    #[command(flatten)]
    reporting: Reporting,
}

/// Reads, renders, writes, reports.
pub(super) fn run(arguments: &Arguments, verbose: bool) -> Result<ExitCode> {
    match render(arguments, verbose) {
        Err(error) if arguments.exit_code => {
            failure(&error);
            Ok(ExitCode::from(CANNOT_COMPARE))
        }
        result => result,
    }
}

fn render(arguments: &Arguments, verbose: bool) -> Result<ExitCode> {
    let paths = arguments.paths.all();
    let (files, notes) = files::collect(&paths, "render")?;
    let run = Run { arguments, paths: &paths, files: &files, verbose };
    let manifests = match parse(&files, transform::wanted, transform::mattering) {
        Ok(manifests) => manifests,
        Err(error) => return run.end(&[Finding::from(&error)], None, || Ok(Done::default())),
    };
    let all = |mut findings: Vec<Finding>| {
        findings.extend(notes);
        findings.sort_by_key(|finding| finding.severity);
        findings
    };
    match policy(arguments, &manifests)? {
        Err(finding) => run.end(&all(vec![*finding]), Some(&manifests), || Ok(Done::default())),
        Ok(policy) if arguments.diff => {
            let Difference { files, added, findings } = transform::difference(&manifests, &policy)?;
            run.end(&all(findings), Some(&manifests), || write_difference(&files, &added))
        }
        Ok(policy) => {
            let Transformed { output, findings, edited } = transform::render(&manifests, &policy)?;
            let findings = all(findings);
            run.end(&findings, Some(&manifests), || run.write(&manifests, &output, &edited, &findings))
        }
    }
}

/// A run and what it read.
struct Run<'a> {
    arguments: &'a Arguments,
    paths: &'a [PathBuf],
    files: &'a [File],
    verbose: bool,
}

/// What came of it, besides findings.
#[derive(Default)]
struct Done {
    notes: Vec<String>,
    differs: bool,
}

impl Run<'_> {
    /// Writes unless the findings forbid it, and then tells of them: at the end of a terminal they are seen.
    fn end(
        &self,
        findings: &[Finding],
        manifests: Option<&Manifests<'_>>,
        write: impl FnOnce() -> Result<Done>,
    ) -> Result<ExitCode> {
        let reporting = &self.arguments.reporting;
        let fails = reporting.fails(findings);
        let done = if fails { Ok(Done::default()) } else { write() };
        let mut notes = done.as_ref().map(|done| done.notes.clone()).unwrap_or_default();
        if fails && !has_errors(findings) {
            notes.push("the run failed, because `--fail-on warning` is set; nothing was written".to_owned());
        }
        let sources = Sources { items: manifests.map(Manifests::items), files: self.files };
        reporting.show(findings, &notes, fails || done.is_err(), sources, self.verbose)?;
        let differs = done?.differs;
        Ok(match self.arguments.exit_code {
            true if fails => ExitCode::from(CANNOT_COMPARE),
            true => exit_code(differs),
            false => exit_code(fails),
        })
    }

    /// Writes what was rendered, to standard output or to the folder.
    fn write(
        &self,
        manifests: &Manifests<'_>,
        output: &str,
        edited: &[ObjectReference],
        findings: &[Finding],
    ) -> Result<Done> {
        let mut notes = Vec::new();
        let mut nothing_of_it = None;
        if let Some(folder) = &self.arguments.output_dir {
            let inputs = output_dir::Inputs { paths: self.paths, manifests };
            let copies = output_dir::earlier_copies(folder, &inputs);
            let objects = transform::changed_objects(output, &[edited, &copies].concat())?;
            let done = output_dir::write(folder, &objects, &inputs, self.arguments.kustomization)?;
            notes.extend(done.notes(folder, self.verbose));
        } else if self.arguments.only_generated || self.arguments.only.is_some() {
            let objects = transform::changed_objects(output, edited)?;
            let only = self.arguments.only;
            let wanted = objects.iter().filter(|(object, _)| only.is_none_or(|part| part.has(object)));
            let documents: Vec<&str> = wanted.map(|(_, text)| text.as_str()).collect();
            write_output(documents.join("---\n").as_bytes())?;
            nothing_of_it = only.filter(|_| documents.is_empty()).map(|part| part.nothing().to_owned());
        } else {
            write_output(output.as_bytes())?;
        }
        let nothing_at_all = || nothing::note(output, edited, manifests.items(), findings, self.verbose);
        notes.extend(nothing_of_it.or_else(nothing_at_all));
        Ok(Done { notes, ..Done::default() })
    }
}

fn write_difference(files: &[(String, String, String)], added: &[String]) -> Result<Done> {
    let text = diff::unified(files, added);
    write_output(text.as_bytes())?;
    Ok(Done { differs: !text.is_empty(), ..Done::default() })
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
