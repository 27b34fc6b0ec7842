//! Where the parts of the mesh are.

use std::env;
use std::path::{Path, PathBuf};

/// A command that `make test` installs.
pub fn tool(name: &str) -> PathBuf {
    find(&bin().join(name))
}

/// A file that comes with a tool.
pub fn shared(name: &str) -> PathBuf {
    find(&bin().with_file_name("share").join(name))
}

/// The files that come with a tool and whose names begin like this, sorted.
pub fn shared_files(prefix: &str) -> Vec<PathBuf> {
    let folder = bin().with_file_name("share");
    let entries = std::fs::read_dir(&folder).expect("`scripts/tools install mesh` makes it").flatten();
    let begins = |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(prefix));
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(begins).collect();
    files.sort();
    files
}

fn bin() -> PathBuf {
    let folder = env::var_os("OVERRIDES_TOOLS_BIN");
    let folder = folder.expect("OVERRIDES_TOOLS_BIN is not set. `make test` installs the mesh's parts, and sets it.");
    Path::new(&folder).to_owned()
}

fn find(path: &Path) -> PathBuf {
    assert!(path.is_file(), "{} is missing. `scripts/tools install mesh` installs it.", path.display());
    path.to_owned()
}
