//! Runs that end in the middle: killed, out of disk, refused. What they leave behind is what was there or what was to be
//! there, file by file, and nothing in between.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that panics has failed"
)]

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use support::given::{Document, deployment, service, version, workload};
use support::{PATIENCE, overrides, stream};

const BINARY: &str = env!("CARGO_BIN_EXE_overrides");
/// How many Services there are, with two files each.
const SERVICES: usize = 60;

/// A configuration, and a policy in it that decides what is in all files.
fn configuration(header: &str, first: usize) -> String {
    let policy = format!(
        "apiVersion: overrides.dev/v1alpha1\nkind: Overrides\nmetadata: {{name: mesh}}\nspec: {{header: {header}}}\n"
    );
    let mut documents = vec![policy];
    for number in first..first + SERVICES {
        let name = format!("service-{number:03}");
        documents.extend([service(&name).document(), version(&name, "v1").document(), version(&name, "v2").document()]);
    }
    stream(&documents)
}

/// The files of a folder by name, whatever they are called; folders in it as `name/`. What goes away meanwhile is gone.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let read = |path: std::path::PathBuf| {
        let name = path.file_name()?.to_str()?.to_owned();
        if path.is_dir() { Some((format!("{name}/"), Vec::new())) } else { Some((name, fs::read(path).ok()?)) }
    };
    entries.filter_map(read).collect()
}

/// How many files wait to be put in their places.
fn staged(folder: &Path) -> usize {
    let hidden = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    hidden.filter_map(|path| fs::read_dir(path).ok()).map(Iterator::count).sum()
}

/// What a run leaves that nobody stops.
fn undisturbed(input: &str) -> BTreeMap<String, Vec<u8>> {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), input);
    files(folder.path())
}

#[track_caller]
fn write(folder: &Path, input: &str) {
    let run = overrides(&["render", "-", "--output-dir", folder.to_str().unwrap()], input.as_bytes());
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    // It says what it did with files, and nothing else.
    assert!(run.stderr.lines().all(|line| line.starts_with("note: ")), "{}", run.stderr);
}

fn start(folder: &Path, input: &Path) -> Child {
    let mut command = Command::new(BINARY);
    command.arg("render").arg(input).arg("--output-dir").arg(folder);
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// Kills a run as soon as something holds for its folder, and says whether it was still running.
fn kill_when(mut child: Child, holds: impl Fn() -> bool) -> bool {
    let start = Instant::now();
    while child.try_wait().unwrap().is_none() && !holds() {
        assert!(start.elapsed() < PATIENCE, "the run neither ends nor gets there");
    }
    child.kill().unwrap();
    child.wait().unwrap().code().is_none()
}

#[test]
fn a_run_that_is_killed_at_any_moment_leaves_no_half_file_and_nothing_that_is_read_as_one() {
    let scratch = tempfile::tempdir().unwrap();
    let input = scratch.path().join("input.yaml");
    fs::write(&input, configuration("x-new", 1)).unwrap();
    // The last Service of the one is gone in the other, so that files are added, replaced and removed.
    let (old, new) = (undisturbed(&configuration("x-old", 0)), undisturbed(&configuration("x-new", 1)));
    assert_eq!(old.len(), 2 * SERVICES);
    let mut killed = 0;
    let mut torn = 0;
    for moment in 0..24 {
        let folder = scratch.path().join(format!("out-{moment}"));
        fs::create_dir(&folder).unwrap();
        for (name, content) in &old {
            fs::write(folder.join(name), content).unwrap();
        }
        // From the first file that it sets aside to the last that it puts in its place.
        let replaced = || files(&folder).iter().filter(|(name, content)| new.get(*name) == Some(content)).count();
        let is_there = || if moment % 2 == 0 { staged(&folder) >= 5 * moment } else { replaced() >= 5 * moment };
        killed += usize::from(kill_when(start(&folder, &input), is_there));
        let left = files(&folder);
        torn += usize::from(left.iter().any(|(name, content)| new.get(name) == Some(content)) && left != new);
        for (name, content) in &left {
            let is_whole = [&old, &new].into_iter().any(|files| files.get(name) == Some(content));
            let is_litter = name.starts_with(".overrides-") && name.ends_with('/');
            assert!(is_whole || is_litter, "moment {moment}: {name} is neither the old file nor the new one");
        }
        for name in old.keys().filter(|name| new.contains_key(*name)) {
            assert!(left.contains_key(name), "moment {moment}: {name} is gone");
        }
        // The next run takes no leftovers for input, and ends with what was to be there.
        write(&folder, &configuration("x-new", 1));
        let after: BTreeMap<_, _> = files(&folder).into_iter().filter(|(name, _)| !name.starts_with('.')).collect();
        assert_eq!(after, new, "moment {moment}");
        let read = overrides(&["render", folder.to_str().unwrap(), input.to_str().unwrap()], b"");
        assert_eq!(read.code, Some(0), "{}", read.stderr);
        assert_eq!(read.stdout.matches("kind: VirtualService").count(), SERVICES, "moment {moment}");
    }
    assert!(killed >= 10, "only {killed} runs of 24 were killed before they were done");
    assert!(torn >= 3, "only {torn} runs were killed between two files, so the test shows little");
}

#[test]
fn a_disk_that_is_full_before_the_last_file_leaves_every_file_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &configuration("x-old", 0));
    let before = files(folder.path());
    // Everything changes, and the last file of all needs more room than there is.
    let large: String =
        (0..400).flat_map(|number| ["---\n".to_owned(), version("zoo", &format!("v{number}")).document()]).collect();
    let input = format!("{}---\n{}{large}", configuration("x-new", 0), service("zoo").document());
    // Past this size a write fails as on a full disk; ignored, the signal that says so does not end the run instead.
    let script = "trap '' XFSZ && ulimit -f 64 && exec \"$0\" render - --output-dir \"$1\"";
    let mut command = Command::new("bash");
    command.args(["-c", script, BINARY]).arg(folder.path());
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.starts_with("error: cannot write ") && stderr.contains("zoo-overrides.yaml"), "{stderr}");
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
    assert_eq!(files(folder.path()), before, "nothing was touched, and nothing was left behind");
}

#[test]
fn two_objects_that_would_share_a_file_are_refused_and_neither_is_lost() {
    // Of two groups, with a kind of one name, and both get a label.
    let set = |api_version| workload(api_version, "StatefulSet", "web").of("web").document();
    let policy = "apiVersion: overrides.dev/v1alpha1\nkind: Overrides\nmetadata: {name: mesh}\nspec:\n  unversioned: label\n  \
                  services: [{name: web, defaultVersion: v1}]\n";
    let documents = [policy.to_owned(), service("web").document(), set("apps/v1"), set("apps.kruise.io/v1beta1")];
    let folder = tempfile::tempdir().unwrap();
    let run =
        overrides(&["render", "-", "--output-dir", folder.path().to_str().unwrap()], stream(&documents).as_bytes());
    assert_eq!(run.code, Some(1), "{}", run.stderr);
    let sentence = run.stderr.lines().last().unwrap();
    assert!(sentence.starts_with("error: ") && sentence.contains("statefulset_web.yaml"), "{sentence}");
    assert!(files(folder.path()).is_empty());
}

#[test]
fn a_folder_that_may_not_be_written_to_is_one_sentence() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let below = file.path().join("out");
    let input = stream(&[service("web").document(), deployment("web").of("web").version("v1").document()]);
    let run = overrides(&["render", "-", "--output-dir", below.to_str().unwrap()], input.as_bytes());
    assert_eq!(run.code, Some(1));
    assert!(
        run.stderr.starts_with("error: cannot make the folder ") && run.stderr.lines().count() == 1,
        "{}",
        run.stderr
    );
}
