//! The READMEs of the examples, taken at their word.
//!
//! A block `sh` is followed by what comes of it:
//!
//! - "prints [text](FILE)": standard output is that file, byte for byte, and the exit code is 0.
//! - "turns `FOLDER` into [text](OTHER)": afterwards the one folder is the other, byte for byte.
//! - "fails with:" and a block `text`: another exit code, and standard error holds that text.
//!
//! A block that is followed by something else is an error here, so that no command line stays unchecked. With
//! `UPDATE_EXPECTED=1` in the environment what is expected is overwritten by what came.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The repository.
pub const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Commands, and what comes of them.
pub struct Block {
    /// Where it is, for messages.
    pub place: String,
    /// The commands, as they would be pasted into a shell.
    pub commands: String,
    /// What the README promises.
    pub outcome: Outcome,
}

/// What a README promises.
pub enum Outcome {
    /// Standard output is this file.
    Prints(PathBuf),
    /// This folder becomes that one.
    Turns { folder: String, into: PathBuf },
    /// Standard error holds this.
    FailsWith(String),
}

/// The folder of an example.
pub fn example(name: &str) -> PathBuf {
    Path::new(ROOT).join("examples").join(name)
}

/// The blocks of an example's README.
pub fn blocks(name: &str) -> Vec<Block> {
    let path = example(name).join("README.md");
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let lines: Vec<&str> = text.lines().collect();
    let mut blocks = Vec::new();
    let mut position = 0;
    while let Some(line) = lines.get(position) {
        position += 1;
        if *line != "```sh" {
            continue;
        }
        let place = format!("examples/{name}/README.md, line {position}");
        let commands = fenced(&lines, &mut position);
        let promise = paragraph(&lines, &mut position);
        let outcome = outcome(&promise, name, || {
            skip_empty(&lines, &mut position);
            assert_eq!(lines.get(position), Some(&"```text"), "{place}: a block `text` says how it fails");
            position += 1;
            fenced(&lines, &mut position)
        });
        let outcome = outcome.unwrap_or_else(|| panic!("{place}: nothing says what comes of this: {promise:?}"));
        blocks.push(Block { place, commands, outcome });
    }
    assert!(!blocks.is_empty(), "the README of {name} has no command line");
    blocks
}

fn outcome(promise: &str, name: &str, text: impl FnOnce() -> String) -> Option<Outcome> {
    let link = |text: &str| Some(example(name).join(text.split_once("](")?.1.split_once(')')?.0));
    if promise.starts_with("prints [") {
        return link(promise).map(Outcome::Prints);
    }
    if let Some(rest) = promise.strip_prefix("turns `") {
        let (folder, rest) = rest.split_once("` into [")?;
        return Some(Outcome::Turns { folder: folder.to_owned(), into: link(&format!("[{rest}"))? });
    }
    (promise == "fails with:").then(|| Outcome::FailsWith(text().trim_end().to_owned()))
}

fn fenced(lines: &[&str], position: &mut usize) -> String {
    let inside: Vec<&str> = lines[*position..].iter().copied().take_while(|line| *line != "```").collect();
    *position += inside.len() + 1;
    inside.join("\n") + "\n"
}

fn paragraph(lines: &[&str], position: &mut usize) -> String {
    skip_empty(lines, position);
    let inside: Vec<&str> = lines[*position..].iter().copied().take_while(|line| !line.is_empty()).collect();
    *position += inside.len();
    inside.join(" ")
}

fn skip_empty(lines: &[&str], position: &mut usize) {
    while lines.get(*position).is_some_and(|line| line.is_empty()) {
        *position += 1;
    }
}

/// Compares what came with a file.
pub fn assert_is_file(came: &[u8], file: &Path, place: &str) {
    if updating() {
        fs::write(file, came).unwrap();
    }
    let expected = fs::read(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    assert_same(came, &expected, &format!("{place}: {}", file.display()));
}

/// Compares what came with what was expected, and shows the first line that differs.
pub fn assert_same(came: &[u8], expected: &[u8], what: &str) {
    if came == expected {
        return;
    }
    let (came, expected) = (String::from_utf8_lossy(came), String::from_utf8_lossy(expected));
    let lines = |text: &str| text.split_inclusive('\n').map(ToOwned::to_owned).collect::<Vec<_>>();
    let (came, expected) = (lines(&came), lines(&expected));
    let same = came.iter().zip(&expected).take_while(|(came, expected)| came == expected).count();
    panic!(
        "{what}: line {} came as\n  {:?}\nand should be\n  {:?}\n(UPDATE_EXPECTED=1 accepts what came)",
        same + 1,
        came.get(same),
        expected.get(same)
    );
}

/// All files below a folder, by their paths in it.
pub fn tree(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let files = walkdir::WalkDir::new(folder).into_iter().map(Result::unwrap);
    files
        .filter(|entry| entry.file_type().is_file())
        .map(|entry| (entry.path().strip_prefix(folder).unwrap().to_owned(), fs::read(entry.path()).unwrap()))
        .collect()
}

/// Compares two folders.
pub fn assert_is_folder(came: &Path, expected: &Path, place: &str) {
    if updating() && expected.starts_with(ROOT) {
        let _ = fs::remove_dir_all(expected);
        copy(came, expected);
    }
    let (came, expected) = (tree(came), tree(expected));
    let names = |tree: &BTreeMap<PathBuf, Vec<u8>>| tree.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&came), names(&expected), "{place}: the files that came, and the ones that should be there");
    for (path, content) in &came {
        assert_same(content, &expected[path], &format!("{place}: {}", path.display()));
    }
}

fn updating() -> bool {
    std::env::var("UPDATE_EXPECTED").is_ok_and(|value| value == "1")
}

/// Copies a folder with everything in it.
pub fn copy(from: &Path, to: &Path) {
    for entry in walkdir::WalkDir::new(from).into_iter().map(Result::unwrap) {
        let target = to.join(entry.path().strip_prefix(from).unwrap());
        if entry.file_type().is_dir() {
            fs::create_dir_all(&target).unwrap();
        } else {
            // The mode comes along: some of the files are scripts.
            fs::copy(entry.path(), &target).unwrap();
        }
    }
}
