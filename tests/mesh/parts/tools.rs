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

fn bin() -> PathBuf {
    let folder = env::var_os("OVERRIDES_TOOLS_BIN");
    let folder = folder.expect("OVERRIDES_TOOLS_BIN is not set. `make test` installs the mesh's parts, and sets it.");
    Path::new(&folder).to_owned()
}

fn find(path: &Path) -> PathBuf {
    assert!(path.is_file(), "{} is missing. `scripts/tools install mesh` installs it.", path.display());
    path.to_owned()
}
