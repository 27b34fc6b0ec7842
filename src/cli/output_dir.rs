//! `--output-dir`: a file per object, each replaced whole, and those of objects that are gone removed.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result, bail};
use overrides::finding::ObjectReference;
use overrides::krm::{Item, Manifests, text_of};
use overrides::transform::is_generated;
use tempfile::NamedTempFile;

/// Writes every object to a file of its own, beside its place first and then renamed, so that nobody ever reads half
/// of one. Files of an earlier run whose objects are gone are removed: a version that went takes its rules with it.
pub(super) fn write(folder: &Path, objects: &[(ObjectReference, String)]) -> Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("cannot make the folder {}", folder.display()))?;
    for (object, _) in objects {
        let path = folder.join(file_name(object));
        if path.exists() && !is_ours(&path, object) {
            bail!("{} is there already and holds something else: move it, or name another folder", path.display());
        }
    }
    let mut written = BTreeSet::new();
    for (object, text) in objects {
        let name = file_name(object);
        let path = folder.join(&name);
        let failed = || format!("cannot write {}", path.display());
        let mut file = NamedTempFile::new_in(folder).with_context(failed)?;
        file.write_all(text.as_bytes()).with_context(failed)?;
        share(&file).with_context(failed)?;
        file.persist(&path).with_context(failed)?;
        written.insert(OsString::from(name));
    }
    remove_stale(folder, &written)
}

/// A temporary file is its owner's only; a manifest is for whoever may read the folder.
#[cfg(unix)]
fn share(file: &NamedTempFile) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.as_file().set_permissions(fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn share(_file: &NamedTempFile) -> std::io::Result<()> {
    Ok(())
}

/// `shop_destinationrule_reviews-overrides.yaml`
fn file_name(object: &ObjectReference) -> String {
    let namespace = object.namespace.as_ref().map(|namespace| format!("{namespace}_")).unwrap_or_default();
    let name = format!("{namespace}{}_{}.yaml", object.kind.to_lowercase(), object.name);
    // A name with a slash is no Kubernetes name, and must not lead out of the folder.
    name.replace(['/', '\\'], "_")
}

fn remove_stale(folder: &Path, written: &BTreeSet<OsString>) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| format!("cannot read the folder {}", folder.display()))? {
        let entry = entry.with_context(|| format!("cannot read the folder {}", folder.display()))?;
        let is_file = entry.file_type().is_ok_and(|file_type| file_type.is_file());
        let is_yaml = is_file && entry.path().extension().is_some_and(|extension| extension == "yaml");
        if is_yaml && !written.contains(&entry.file_name()) && holds_generated_only(&entry.path()) {
            fs::remove_file(entry.path()).with_context(|| format!("cannot remove {}", entry.path().display()))?;
        }
    }
    Ok(())
}

/// Whether a file holds generated objects and nothing else.
fn holds_generated_only(path: &Path) -> bool {
    holds_only(path, is_generated)
}

/// Whether a file may be replaced by one that holds this object.
fn is_ours(path: &Path, object: &ObjectReference) -> bool {
    holds_only(path, |item| is_generated(item) || item.reference() == *object)
}

/// Whether a file holds objects of which this is true, and nothing else. What cannot be read is somebody else's.
fn holds_only(path: &Path, holds: impl Fn(Item<'_>) -> bool) -> bool {
    let Ok(content) = fs::read(path) else { return false };
    let name = path.display().to_string();
    let Ok(manifests) = text_of(&name, &content).and_then(|text| Manifests::parse([(name.clone(), text)])) else {
        return false;
    };
    !manifests.is_empty() && manifests.items().iter().all(holds)
}
