//! `--kustomization`: a kustomization that lists what `--output-dir` wrote, so that another can name the folder.

use std::fs;
use std::path::Path;

use anyhow::{Result, bail};
use overrides::krm::{Items, Manifests, text_of};

use super::files::KUSTOMIZATION_NAMES;

/// The name of the file.
pub(super) const NAME: &str = "kustomization.yaml";

/// The annotation by which a run knows the kustomization of an earlier one. kustomize adds it to nothing; without it one
/// that lists no files would be refused as empty.
const MARK: &str = "overrides.dev/written-by";

/// Refuses to write beside, or over, a kustomization of the user's: kustomize takes one to a folder.
pub(super) fn check(folder: &Path) -> Result<()> {
    for name in KUSTOMIZATION_NAMES {
        let path = folder.join(name);
        if path.exists() && !(name == NAME && is_ours(&path)) {
            bail!(
                "{} is there already and was not written by `--kustomization`: list the generated files in it, or name a \
                 folder of their own with `--output-dir`",
                path.display()
            );
        }
    }
    Ok(())
}

/// The kustomization of these files.
pub(super) fn text<'n>(names: impl Iterator<Item = &'n String>) -> String {
    let mut text = format!(
        "# Written by `overrides render --kustomization`, which replaces it when it runs again.\n\
         apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nmetadata:\n  name: overrides\n  annotations:\n    \
         {MARK}: render\nresources:"
    );
    let names: Vec<&String> = names.collect();
    text.push_str(if names.is_empty() { " []\n" } else { "\n" });
    for name in names {
        text.extend(["- ", &scalar(name), "\n"]);
    }
    text
}

/// A file's name as a scalar of YAML: in quotes where it is anything but a word.
fn scalar(name: &str) -> String {
    let is_word = name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
    if is_word { name.to_owned() } else { format!("'{}'", name.replace('\'', "''")) }
}

/// The files that the kustomization of an earlier run lists; none where there is no such kustomization.
pub(super) fn listed(folder: &Path) -> Vec<String> {
    let path = folder.join(NAME);
    let Some(content) = fs::read(&path).ok().filter(|_| is_ours(&path)) else { return Vec::new() };
    let manifests = text_of(NAME, &content).and_then(|text| Manifests::parse([(NAME.to_owned(), text)]));
    let Ok(manifests) = manifests else { return Vec::new() };
    let resources = manifests.items().iter().next().and_then(|item| item.node.get("resources"));
    resources.and_then(|resources| resources.read().ok()).unwrap_or_default()
}

/// Whether a kustomization was written by an earlier run.
pub(super) fn is_ours(path: &Path) -> bool {
    let Ok(content) = fs::read(path) else { return false };
    let name = path.display().to_string();
    let manifests = text_of(&name, &content).and_then(|text| Manifests::parse([(name.clone(), text)]));
    manifests.is_ok_and(|manifests| is_marked(manifests.items()))
}

fn is_marked(items: &Items<'_>) -> bool {
    let mut items = items.iter();
    items.next().is_some_and(|item| item.annotation(MARK).is_some()) && items.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_listed_as_it_is() {
        let names = ["a_b-c.1.yaml", "it's #1: x.yaml", "1.yaml", "- a.yaml", "é.yaml"].map(ToOwned::to_owned);
        let text = text(names.iter());
        let manifests = Manifests::parse([(NAME.to_owned(), text.as_str())]).expect("YAML");
        let item = manifests.items().iter().next().expect("a kustomization");
        let listed: Vec<String> = item.node.get("resources").expect("a list").read().expect("texts");
        assert_eq!(listed, names);
        assert!(text.contains("\n- a_b-c.1.yaml\n"), "{text}");
    }

    #[test]
    fn it_knows_its_own_and_no_other() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(NAME);
        let own = text([&"a.yaml".to_owned()].into_iter());
        for (content, ours) in [
            (own.as_str(), true),
            (&text(std::iter::empty()), true),
            (&own.replace(MARK, "example.com/mine"), false),
            (&own.replace("metadata:", "metadata2:"), false),
            ("resources: [a.yaml]\n", false),
            ("", false),
            ("a: [", false),
        ] {
            fs::write(&path, content).expect("a file");
            assert_eq!((is_ours(&path), check(folder.path()).is_ok()), (ours, ours), "{content}");
        }
        fs::write(&path, own).expect("a file");
        fs::write(folder.path().join("Kustomization"), "").expect("a file");
        assert!(check(folder.path()).is_err(), "kustomize takes one to a folder");
    }
}
