//! `--output-dir`: a file per object, each replaced whole, and those of objects that are gone removed. What was done is
//! told; files that are as they should be are not touched and not mentioned.

use std::cell::OnceCell;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs;
use std::path::{Component, Path, PathBuf};

use anyhow::{Context, Result, bail};
use overrides::finding::ObjectReference;
use overrides::inventory::ADDED_ANNOTATION;
use overrides::krm::{Item, Manifests, STANDARD_INPUT, text_of};
use overrides::transform::{is_generated, is_rule};

use super::files::is_hidden;
use super::kustomization;

/// Objects by the names of the files that they go to.
type Files<'a> = BTreeMap<String, &'a ObjectReference>;

/// What was read.
pub(super) struct Inputs<'a> {
    /// Files and folders, as they were named.
    pub(super) paths: &'a [PathBuf],
    /// The objects.
    pub(super) manifests: &'a Manifests<'a>,
}

impl Inputs<'_> {
    /// The names of the files that objects are from.
    fn sources(&self) -> HashMap<ObjectReference, &str> {
        let items = self.manifests.items();
        let source = |item: Item<'_>| Some((item.reference(), items.source_of(item.id)?.1.name.as_str()));
        items.iter().filter_map(source).collect()
    }

    /// What the files would be called that hold the objects.
    fn file_names(&self) -> HashSet<String> {
        self.manifests.items().iter().map(|item| file_name(&item.reference())).collect()
    }
}

/// What was done to the folder, by the names of the files.
#[derive(Debug, Default)]
pub(super) struct Done {
    written: Vec<String>,
    replaced: Vec<String>,
    removed: Vec<String>,
}

/// How many files are named, unless all are asked for.
const NAMED: usize = 3;

impl Done {
    /// What was done, in a sentence for each kind of it. Removed files are all named: they cannot be looked at any more.
    pub(super) fn notes(&self, folder: &Path, verbose: bool) -> Vec<String> {
        let note = |(did, names, most): (&str, &Vec<String>, usize)| {
            let count = names.len();
            let files = if count == 1 { "file" } else { "files" };
            let named: Vec<&str> = names.iter().take(most).map(String::as_str).collect();
            let more = count - named.len();
            let more = if more == 0 { String::new() } else { format!(" and {more} more") };
            (count > 0).then(|| format!("{did} {count} {files} in {}: {}{more}", folder.display(), named.join(", ")))
        };
        let most = if verbose { usize::MAX } else { NAMED };
        [("wrote", &self.written, most), ("replaced", &self.replaced, most), ("removed", &self.removed, usize::MAX)]
            .into_iter()
            .filter_map(note)
            .collect()
    }
}

/// What the hidden folder is called in which files are written before they are put in their places.
const STAGING_PREFIX: &str = ".overrides-";

/// Writes every object to a file of its own: all of them aside first, then each renamed into its place. A disk that is
/// full is known before anything is touched, and a run that is killed leaves whole files, old ones and new ones. Files of
/// an earlier run whose objects are gone are removed: a version that went takes its rules with it.
///
/// `inputs` are what the objects were made from, and must not come to hold a rule of the user's twice.
pub(super) fn write(
    folder: &Path,
    objects: &[(ObjectReference, String)],
    inputs: &Inputs<'_>,
    with_kustomization: bool,
) -> Result<Done> {
    let files = by_file_name(objects)?;
    refuse_copies(folder, objects, inputs)?;
    fs::create_dir_all(folder).with_context(|| format!("cannot make the folder {}", folder.display()))?;
    for (name, object) in &files {
        let path = folder.join(name);
        if path.exists() && !is_ours(&path, object) {
            bail!("{} is there already and holds something else: move it, or name another folder", path.display());
        }
    }
    let listed = kustomization::listed(folder);
    // A DestinationRule before the VirtualService that needs it, as they are printed, and what lists them last.
    let mut texts: Vec<(String, String)> =
        objects.iter().map(|(object, text)| (file_name(object), text.clone())).collect();
    if with_kustomization {
        kustomization::check(folder)?;
        texts.push((kustomization::NAME.to_owned(), kustomization::text(files.keys())));
    }
    let mut done = put(folder, &texts)?;
    let names = OnceCell::new();
    let is_in_input = |name: &str| names.get_or_init(|| inputs.file_names()).contains(name);
    let is_needless = |name: &str, path: &Path| {
        listed.iter().any(|each| each == name)
            || holds_generated_only(path)
            || (is_earlier_copy(name, path) && !is_in_input(name))
    };
    remove_stale(folder, &files, is_needless, with_kustomization, &mut done)?;
    Ok(done)
}

/// The user's objects of which an earlier run wrote a changed copy into the folder, and which are not of that folder. Where
/// nothing is changed in one any more, its copy has to become what the original is: it may be applied in its stead.
pub(super) fn earlier_copies(folder: &Path, inputs: &Inputs<'_>) -> Vec<ObjectReference> {
    if !folder.is_dir() {
        return Vec::new();
    }
    let items = inputs.manifests.items();
    let source = |item: Item<'_>| items.source_of(item.id).map(|(_, source)| Path::new(&source.name));
    let is_copied = |item: &Item<'_>| {
        let object = item.reference();
        let path = folder.join(file_name(&object));
        path.is_file()
            && source(*item).is_none_or(|source| !is_in(folder, source))
            && holds_only(&path, |copy| !is_generated(copy) && copy.reference() == object)
    };
    items.iter().filter(|item| !is_generated(*item)).filter(is_copied).map(Item::reference).collect()
}

/// Writes what differs from what is there: all of it aside, then each file into its place.
fn put(folder: &Path, texts: &[(String, String)]) -> Result<Done> {
    let mut done = Done::default();
    let is_there = |name: &str, text: &str| fs::read(folder.join(name)).is_ok_and(|there| there == text.as_bytes());
    let changed: Vec<&(String, String)> = texts.iter().filter(|(name, text)| !is_there(name, text)).collect();
    if changed.is_empty() {
        return Ok(done);
    }
    let staging = tempfile::Builder::new().prefix(STAGING_PREFIX).tempdir_in(folder);
    let staging = staging.with_context(|| format!("cannot write to the folder {}", folder.display()))?;
    // Numbers, and not names that end like a manifest's: what a killed run leaves here is no input for anybody.
    let staged = |number: usize| staging.path().join(number.to_string());
    let failed = |name: &str| format!("cannot write {}", folder.join(name).display());
    for (number, (name, text)) in changed.iter().enumerate() {
        fs::write(staged(number), text).with_context(|| failed(name))?;
    }
    for (number, (name, _)) in changed.iter().enumerate() {
        let path = folder.join(name);
        let kind = if path.exists() { &mut done.replaced } else { &mut done.written };
        kind.push(name.clone());
        fs::rename(staged(number), path).with_context(|| failed(name))?;
    }
    staging.close().with_context(|| format!("cannot clean up in the folder {}", folder.display()))?;
    Ok(done)
}

/// Whether a file in the folder is read where this path is, as `files::collect` does it.
fn is_read_with(folder: &Path, path: &Path) -> bool {
    let (Some(folder), true) = (canonical(folder), path.is_dir()) else { return false };
    let Some(within) = canonical(path).and_then(|path| folder.strip_prefix(path).ok().map(Path::to_owned)) else {
        return false;
    };
    let mut names = within.components().filter(|part| matches!(part, Component::Normal(_)));
    !names.any(|name| is_hidden(name.as_os_str()))
}

/// Whether a file stands in the folder itself.
fn is_in(folder: &Path, file: &Path) -> bool {
    let parent = std::path::absolute(file).ok().filter(|_| file.is_file()).and_then(|file| canonical(file.parent()?));
    parent.is_some() && parent == canonical(folder)
}

/// A path without links, of which the end need not be there yet.
fn canonical(path: &Path) -> Option<PathBuf> {
    let path = std::path::absolute(path).ok()?;
    let there = path.ancestors().find_map(|part| Some((part, fs::canonicalize(part).ok()?)));
    there.and_then(|(part, canonical)| Some(canonical.join(path.strip_prefix(part).ok()?)))
}

/// The next run would find the user's rule and its copy, and whoever applies the folder would apply both.
fn refuse_copies(folder: &Path, objects: &[(ObjectReference, String)], inputs: &Inputs<'_>) -> Result<()> {
    let mut copies = Vec::new();
    for (object, text) in objects {
        let generated = Manifests::parse([(String::new(), text.as_str())])?.items().iter().all(is_generated);
        if !generated && !folder.join(file_name(object)).exists() {
            copies.push(object);
        }
    }
    if copies.is_empty() {
        return Ok(());
    }
    let sources = inputs.sources();
    let is_read = inputs.paths.iter().any(|path| is_read_with(folder, path));
    for object in copies {
        let source = sources.get(object).copied().unwrap_or_default();
        if is_read || is_in(folder, Path::new(source)) {
            let source = if source == STANDARD_INPUT { "standard input" } else { source };
            bail!(
                "{object} is yours and is changed, so that a copy of it in {} would be read, or applied, beside the one \
                 in {source}: name a folder outside of what is read, or print the result without `--output-dir`",
                folder.display(),
            );
        }
    }
    Ok(())
}

/// The objects by the names of their files, of which no two may be the same.
fn by_file_name(objects: &[(ObjectReference, String)]) -> Result<Files<'_>> {
    let mut files = Files::new();
    for (object, _) in objects {
        let name = file_name(object);
        if let Some(other) = files.insert(name.clone(), object) {
            bail!(
                "two objects would be written to {name}, {other} of {} and {object} of {}: print them without \
                 `--output-dir`, or rename one",
                other.api_version,
                object.api_version
            );
        }
    }
    Ok(files)
}

/// `shop_destinationrule_reviews-overrides.yaml`
fn file_name(object: &ObjectReference) -> String {
    let namespace = object.namespace.as_ref().map(|namespace| format!("{namespace}_")).unwrap_or_default();
    let name = format!("{namespace}{}_{}.yaml", object.kind.to_lowercase(), object.name);
    // A name with a slash is no Kubernetes name, and must not lead out of the folder.
    name.replace(['/', '\\'], "_")
}

/// Removes what an earlier run wrote and nobody needs any more, in the order of names. `is_needless` says so of a file that
/// was not written now: it is one that the kustomization of an earlier run lists, it holds generated objects only, or it
/// is a changed copy of a rule that is gone.
fn remove_stale(
    folder: &Path,
    written: &Files<'_>,
    is_needless: impl Fn(&str, &Path) -> bool,
    with_kustomization: bool,
    done: &mut Done,
) -> Result<()> {
    let mut stale = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("cannot read the folder {}", folder.display()))? {
        let entry = entry.with_context(|| format!("cannot read the folder {}", folder.display()))?;
        let is_file = entry.file_type().is_ok_and(|file_type| file_type.is_file());
        let is_yaml = is_file && entry.path().extension().is_some_and(|extension| extension == "yaml");
        let Some(name) = entry.file_name().to_str().filter(|_| is_yaml).map(ToOwned::to_owned) else { continue };
        let is_stale = if name == kustomization::NAME {
            !with_kustomization && kustomization::is_ours(&entry.path())
        } else {
            !written.contains_key(&name) && is_needless(&name, &entry.path())
        };
        if is_stale {
            stale.push(name);
        }
    }
    stale.sort_unstable();
    for name in stale {
        let path = folder.join(&name);
        fs::remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))?;
        done.removed.push(name);
    }
    Ok(())
}

/// Whether a file holds generated objects and nothing else.
fn holds_generated_only(path: &Path) -> bool {
    holds_only(path, is_generated)
}

/// Whether an earlier run wrote a file as the changed copy of an existing rule: it holds one object, has the name that such
/// a copy gets, and the object has the note of what was added.
fn is_earlier_copy(name: &str, path: &Path) -> bool {
    let is_copy = |item: Item<'_>| {
        let object = item.reference();
        is_rule(&object) && item.annotation(ADDED_ANNOTATION).is_some() && file_name(&object) == name
    };
    // Two objects in one file cannot both have its name, unless they are the same one twice.
    holds_only(path, is_copy)
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
