//! Where the real tools are, and a copy of the examples to run them in.

use std::env;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

use crate::readme::{self, Block, Outcome, ROOT, assert_is_file, assert_is_folder, tree};
use crate::support::optional;

/// The image's name in the examples, and where `make image` puts it unless told otherwise.
const IMAGE_IN_EXAMPLES: &str = "localhost/overrides:test";

fn required(variable: &str) -> String {
    env::var(variable).unwrap_or_else(|_| {
        panic!("{variable} is not set. `make test` installs the real tools, sets it, and runs these tests.")
    })
}

/// A tool that `make test` installs.
pub fn tool(name: &str) -> PathBuf {
    let path = Path::new(&required("OVERRIDES_TOOLS_BIN")).join(name);
    assert!(path.is_file(), "{} is missing. `make test` installs it.", path.display());
    path
}

/// The container runtime under the name that kustomize calls.
pub fn docker() -> PathBuf {
    let path = Path::new(&required("OVERRIDES_CONTAINERS_BIN")).join("docker");
    assert!(path.is_file(), "{} is missing. `make test` installs it.", path.display());
    path
}

/// The function's image.
pub fn image() -> String {
    required("OVERRIDES_IMAGE")
}

/// PATH with this program, and the tools, in front.
pub fn path() -> std::ffi::OsString {
    let program = Path::new(env!("CARGO_BIN_EXE_overrides")).parent().unwrap().to_owned();
    let tools = [program, tool("kustomize").parent().unwrap().to_owned(), docker().parent().unwrap().to_owned()];
    let rest = env::var_os("PATH").unwrap_or_default();
    env::join_paths(tools.into_iter().chain(env::split_paths(&rest))).unwrap()
}

/// A copy of what the examples are made of, to be changed at will.
pub struct Sandbox {
    folder: TempDir,
}

impl Sandbox {
    /// An empty one.
    pub fn empty() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// One with the examples and the configuration files that belong to them.
    pub fn with_examples() -> Self {
        let sandbox = Self::empty();
        for part in ["examples", "function-config"] {
            readme::copy(&Path::new(ROOT).join(part), &sandbox.path(part));
        }
        let image = image();
        if image != IMAGE_IN_EXAMPLES {
            let policy = sandbox.path("examples/kustomize-container/overrides.yaml");
            fs::write(&policy, fs::read_to_string(&policy).unwrap().replace(IMAGE_IN_EXAMPLES, &image)).unwrap();
        }
        sandbox
    }

    /// A path in it.
    pub fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    /// Writes a file, with the folders that it needs.
    pub fn write(&self, path: &str, content: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    /// Runs commands in one of its folders, as they would be pasted into a shell.
    pub fn run(&self, folder: &str, commands: &str) -> Output {
        self.run_with(folder, commands, &[])
    }

    /// The same, with something on standard input.
    pub fn run_with(&self, folder: &str, commands: &str, stdin: &[u8]) -> Output {
        let mut child = Command::new("bash")
            .args(["-ec", commands])
            .current_dir(self.path(folder))
            .env("PATH", path())
            .env("KPT_FN_RUNTIME", "podman")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut input = child.stdin.take().unwrap();
        let stdin = stdin.to_owned();
        // A child that does not read its input, or not all of it, is in its right.
        let writer = std::thread::spawn(move || drop(input.write_all(&stdin)));
        let output = child.wait_with_output().unwrap();
        writer.join().unwrap();
        output
    }

    /// The same, and it has to succeed. Returns standard output.
    pub fn succeed(&self, folder: &str, commands: &str) -> String {
        let output = self.run(folder, commands);
        assert!(output.status.success(), "{commands}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }
}

/// Runs every block of an example's README, each on a fresh copy.
pub fn follow(name: &str) {
    for block in readme::blocks(name) {
        let optional_tools = ["kpt", "kubectl"].into_iter().filter(|tool| calls(&block.commands, tool));
        if optional_tools.into_iter().all(optional) {
            check(name, &block);
        }
    }
}

fn calls(commands: &str, tool: &str) -> bool {
    commands.split_whitespace().any(|word| word == tool)
}

fn check(name: &str, block: &Block) {
    let Block { place, commands, outcome } = block;
    let folder = format!("examples/{name}");
    let sandbox = Sandbox::with_examples();
    let before = tree(&sandbox.path(&folder));
    let output = sandbox.run(&folder, commands);
    let stderr = String::from_utf8_lossy(&output.stderr);
    match outcome {
        Outcome::Prints(file) => {
            assert!(output.status.success(), "{place}: {stderr}");
            assert_is_file(&output.stdout, file, place);
        }
        Outcome::Turns { folder: package, into } => {
            assert!(output.status.success(), "{place}: {stderr}");
            let package = sandbox.path(&format!("{folder}/{package}"));
            assert_is_folder(&package, into, place);
            let again = sandbox.run(&folder, commands);
            assert!(again.status.success(), "{place}, the second time: {}", String::from_utf8_lossy(&again.stderr));
            assert_is_folder(&package, into, &format!("{place}, the second time"));
        }
        Outcome::FailsWith(text) => {
            assert!(!output.status.success(), "{place} should have failed");
            assert!(stderr.contains(text.as_str()), "{place}: {text:?} is not in {stderr}");
            assert!(output.stdout.is_empty(), "{place}: {}", String::from_utf8_lossy(&output.stdout));
            assert!(before == tree(&sandbox.path(&folder)), "{place}: a failed run changed files");
        }
    }
}
