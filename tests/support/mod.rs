//! What the tests share: running the command, and Kubernetes objects in a few words.
#![allow(dead_code, reason = "each test binary includes this module and uses its own part of it")]
#![allow(clippy::needless_pass_by_value, reason = "sentences read better without ampersands")]

pub mod given;
pub mod golden;
pub mod matching;

use std::env;
use std::io::{self, Write};
use std::time::Duration;

/// Far longer than any of the runs takes, and far shorter than anybody waits.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// What a run of the command left.
#[derive(Debug)]
pub struct Run {
    /// The exit code; none when a signal ended it, which a panic, a full memory or lost patience does.
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

/// Runs the built command, as a user does.
pub fn overrides(arguments: &[&str], input: &[u8]) -> Run {
    finish(assert_cmd::Command::new(env!("CARGO_BIN_EXE_overrides")).args(arguments), input, PATIENCE)
}

/// Runs the built command in an address space of so many kilobytes.
pub fn overrides_within(kilobytes: usize, arguments: &[&str], input: &[u8], patience: Duration) -> Run {
    let script = format!("ulimit -v {kilobytes} && exec \"$0\" \"$@\"");
    let mut shell = assert_cmd::Command::new("sh");
    shell.args(["-c", &script, env!("CARGO_BIN_EXE_overrides")]).args(arguments);
    finish(&mut shell, input, patience)
}

fn finish(command: &mut assert_cmd::Command, input: &[u8], patience: Duration) -> Run {
    let output = command.write_stdin(input).timeout(patience).output().expect("the command starts");
    let text = |bytes| String::from_utf8(bytes).expect("the command writes UTF-8");
    let run = Run { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) };
    assert!(!run.stderr.contains("panicked"), "a panic: {}", run.stderr);
    run
}

/// Whether a tool that nobody can install from a package registry is on PATH. In CI it has to be.
pub fn optional(name: &str) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    if env::split_paths(&path).any(|folder| folder.join(name).is_file()) {
        return true;
    }
    let ci = env::var("CI").is_ok_and(|value| value == "true");
    assert!(!ci, "{name} is not on PATH, and CI is set; `make test` says where to get it.");
    // Not `eprintln!`, which the test harness keeps to itself when the test passes. In one piece, since tests run side
    // by side.
    let _ = io::stderr().write_all(format!("{name} is not on PATH: a test that needs it did not run\n").as_bytes());
    false
}

/// Documents as the items of a ResourceList, with more top-level fields in front of the items.
pub fn resource_list(head: &str, documents: &[impl AsRef<str>]) -> String {
    let mut list = format!("apiVersion: config.kubernetes.io/v1\nkind: ResourceList\n{head}items:\n");
    if documents.is_empty() {
        return list.replace("items:\n", "items: []\n");
    }
    for document in documents {
        for (number, line) in document.as_ref().lines().enumerate() {
            let margin = match (number, line.is_empty()) {
                (0, _) => "- ",
                (_, true) => "",
                (_, false) => "  ",
            };
            list.push_str(margin);
            list.push_str(line);
            list.push('\n');
        }
    }
    list
}

/// Documents as a stream.
pub fn stream(documents: &[impl AsRef<str>]) -> String {
    documents.iter().flat_map(|document| ["---\n", document.as_ref()]).collect()
}
