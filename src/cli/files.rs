//! Reading files, folders and standard input.

use std::ffi::OsStr;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use overrides::finding::{Code, Finding, Place};
use overrides::krm::{Location, STANDARD_INPUT};
use smol_str::ToSmolStr as _;
use walkdir::WalkDir;

use super::{Usage, kustomization};

/// The names under which kustomize looks for a kustomization.
pub(super) const KUSTOMIZATION_NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];
const MANIFEST_EXTENSIONS: [&str; 3] = ["yaml", "yml", "json"];

/// Room for most lists, in bytes: what grows is copied, and what stays empty is never given any memory by Linux.
const MOST_LISTS: usize = 1 << 20;

/// What is read, as it is named on the command line.
#[derive(clap::Args)]
pub(super) struct Paths {
    /// Files, folders, or `-` for standard input
    #[arg(required_unless_present = "filenames", value_name = "PATH")]
    paths: Vec<PathBuf>,

    /// The same, as kubectl takes it; may be repeated
    #[arg(short = 'f', long = "filename", value_name = "PATH")]
    filenames: Vec<PathBuf>,
}

impl Paths {
    /// All of them.
    pub(super) fn all(&self) -> Vec<PathBuf> {
        self.paths.iter().chain(&self.filenames).cloned().collect()
    }
}

/// A file that was read.
pub(super) struct File {
    /// Its path as the user would write it, `-` for standard input.
    pub(super) name: String,
    /// Its bytes.
    pub(super) content: Vec<u8>,
}

/// Everything on standard input.
pub(super) fn read_stdin() -> Result<Vec<u8>> {
    let mut input = Vec::with_capacity(MOST_LISTS);
    io::stdin().lock().read_to_end(&mut input).context("cannot read standard input")?;
    Ok(input)
}

/// One file.
pub(super) fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}

/// The manifests under the paths: files as they are named, folders walked in the order of names, without what is
/// hidden. A folder with a kustomization is read file by file, and a finding says so, and what to pipe into `command`.
pub(super) fn collect(paths: &[PathBuf], command: &str) -> Result<(Vec<File>, Vec<Finding>)> {
    let mut files = Vec::new();
    let mut findings = Vec::new();
    let mut stdin_read = false;
    for path in paths {
        if path.as_os_str() == STANDARD_INPUT {
            if stdin_read {
                return Err(Usage::error("standard input (`-`) can be read only once: name it once"));
            }
            stdin_read = true;
            files.push(File { name: STANDARD_INPUT.to_owned(), content: read_stdin()? });
        } else if path.is_dir() {
            let before = files.len() + findings.len();
            walk(path, command, &mut files, &mut findings)?;
            if files.len() + findings.len() == before {
                bail!("there are no manifests (*.yaml, *.yml, *.json) in {}", path.display());
            }
        } else {
            files.push(File { name: path.display().to_string(), content: read(path)? });
        }
    }
    Ok((files, findings))
}

fn walk(folder: &Path, command: &str, files: &mut Vec<File>, findings: &mut Vec<Finding>) -> Result<()> {
    let entries = WalkDir::new(folder).follow_links(true).sort_by_file_name().into_iter();
    for entry in entries.filter_entry(|entry| entry.depth() == 0 || !is_hidden(entry.file_name())) {
        let entry = entry.with_context(|| format!("cannot read the folder {}", folder.display()))?;
        if !entry.file_type().is_file() {
            continue;
        }
        if KUSTOMIZATION_NAMES.iter().any(|name| entry.file_name() == *name) {
            // One that `--kustomization` wrote lists what stands beside it, which is read.
            if kustomization::is_ours(entry.path()) {
                continue;
            }
            findings.push(kustomization_found(entry.path(), command));
        } else if is_manifest(entry.path()) {
            files.push(File { name: entry.path().display().to_string(), content: read(entry.path())? });
        }
    }
    Ok(())
}

/// Whether a file or folder of this name is passed over where it is found in a folder.
pub(super) fn is_hidden(name: &OsStr) -> bool {
    name.to_str().is_some_and(|name| name.starts_with('.'))
}

fn is_manifest(path: &Path) -> bool {
    path.extension().and_then(|extension| extension.to_str()).is_some_and(|e| MANIFEST_EXTENSIONS.contains(&e))
}

fn kustomization_found(path: &Path, command: &str) -> Finding {
    let location = Location { path: path.display().to_smolstr(), index: 0 };
    let place = Place { location: Some(location), ..Place::default() };
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.display().to_string(),
        _ => ".".to_owned(),
    };
    let message = "this kustomization is passed over: its folder was read file by file";
    let cure = format!("Pipe what it builds instead: `kustomize build {folder} | overrides {command} -`");
    Finding::new(Code::KustomizationPassedOver, place, message, cure)
}
