//! The examples that need nothing but this program, and the configuration files that are offered for copying.

// All of this may panic, which fails a test; clippy allows it by itself only in functions marked `#[test]`.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

#[path = "real_tools/readme.rs"]
#[allow(dead_code, reason = "the real tools need more of it")]
mod readme;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use overrides::config::Policy;
use overrides::finding::Place;
use overrides::krm::{Kind, Manifests, NodeRef};
use overrides::transform::policy_in_file;
use serde_json::Value;

use readme::{Block, Outcome, ROOT, assert_is_file, assert_same, blocks, example, tree};

/// The examples whose command lines are run here; those of the others are in `real_tools.rs`.
const HERE: [&str; 4] = ["bookinfo", "chain", "existing-istio", "launchpad"];

fn overrides(arguments: &[&str], folder: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_overrides")).args(arguments).current_dir(folder).output().unwrap()
}

/// Runs what a README says, without a shell: nothing in these needs one.
fn follow(name: &str) {
    for Block { place, commands, outcome } in blocks(name) {
        let words: Vec<&str> = commands.split_whitespace().collect();
        assert_eq!((words[0], commands.lines().count()), ("overrides", 1), "{place}: one call of `overrides`");
        let output = overrides(&words[1..], &example(name));
        let Outcome::Prints(file) = outcome else { panic!("{place}: only output is compared here") };
        assert_is_file(&output.stdout, &file, &place);
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{place}: a clean run is silent");
        assert!(output.status.success(), "{place}");
    }
}

fn readme() -> String {
    fs::read_to_string(Path::new(ROOT).join("README.md")).unwrap()
}

#[test]
fn the_chain_example_prints_what_its_readme_says() {
    follow("chain");
}

#[test]
fn the_bookinfo_example_prints_what_its_readme_says() {
    follow("bookinfo");
}

#[test]
fn the_example_of_a_gateway_prints_what_its_readme_says() {
    follow("gateway");
}

#[test]
fn the_examples_of_merging_and_of_a_canary_print_what_their_readmes_say() {
    follow("existing-istio");
    follow("canary");
}

#[test]
fn the_launchpad_example_prints_what_its_readme_says() {
    follow("launchpad");
    let readme = fs::read_to_string(example("launchpad/README.md")).unwrap();
    let route = readme.split("```yaml\n").nth(1).and_then(|block| block.split("```").next()).unwrap();
    let expected = fs::read_to_string(example("launchpad/expected.out")).unwrap();
    assert!(expected.ends_with(route), "{route}");
}

#[test]
fn the_workload_of_the_launchpad_example_need_not_be_printed() {
    let folder = tempfile::tempdir().unwrap();
    let readme = fs::read_to_string(example("launchpad/README.md")).unwrap();
    let annotated = readme.split("```yaml\n").nth(2).and_then(|block| block.split("```").next()).unwrap();
    for name in ["helloworld.yaml", "workload.yaml"] {
        let text = fs::read_to_string(example("launchpad").join(name)).unwrap();
        let text = text.replace("kind: Workload\nmetadata:\n", &format!("kind: Workload\n{annotated}"));
        fs::write(folder.path().join(name), text).unwrap();
    }
    let output = overrides(&["render", "."], folder.path());
    let expected = fs::read_to_string(example("launchpad/expected.out")).unwrap();
    let workload = fs::read_to_string(example("launchpad/workload.yaml")).unwrap();
    assert_same(&output.stdout, expected.replace(&format!("---\n{workload}"), "").as_bytes(), "launchpad");
}

#[test]
fn what_was_merged_comes_out_of_the_example_again() {
    let output = overrides(&["render", "--set", "existing=skip", "expected.out"], &example("existing-istio"));
    let files =
        ["istio.yaml", "reviews.yaml"].map(|name| fs::read_to_string(example("existing-istio").join(name)).unwrap());
    assert_same(&output.stdout, files.join("---\n").as_bytes(), "existing-istio");
}

#[test]
fn the_first_command_of_the_readme_works() {
    let readme = readme();
    let prefix = "cargo run --release -- ";
    let line = readme.lines().find_map(|line| line.strip_prefix(prefix)).expect("the README has the command");
    let words: Vec<&str> = line.split_whitespace().collect();
    let output = overrides(&words, Path::new(ROOT));
    assert!(output.status.success());
    assert_is_file(&output.stdout, &example("bookinfo/reviews-only.out"), "README.md");
}

#[test]
fn what_the_readme_shows_is_what_comes() {
    let readme = readme();
    let mut blocks = readme.split("```yaml\n").skip(1).map(|block| block.split("```").next().unwrap());
    let (before, after) = (blocks.next().unwrap(), blocks.next().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let pod = |version: &str| {
        let labels = format!("{{app: reviews, version: {version}}}");
        format!("---\napiVersion: v1\nkind: Pod\nmetadata: {{name: {version}, namespace: shop, labels: {labels}}}\n")
    };
    // The README shows the Deployments in a line each.
    fs::write(folder.path().join("before.yaml"), [before, &pod("v1"), &pod("v2")].concat()).unwrap();
    let output = overrides(&["render", "--only-generated", "."], folder.path());
    let came: Vec<Value> = documents(&String::from_utf8(output.stdout).unwrap());
    let mut shown = documents(after);
    // It shows the metadata once.
    shown[1]["metadata"] = shown[0]["metadata"].clone();
    assert_eq!(came, shown);
}

/// The objects of a stream.
fn documents(yaml: &str) -> Vec<Value> {
    let manifests = Manifests::parse([("yaml".to_owned(), yaml)]).unwrap();
    manifests.items().iter().map(|item| value(item.node)).collect()
}

fn value(node: NodeRef<'_>) -> Value {
    match node.kind() {
        // `Text("80")` is not `Number("80")`.
        Kind::Scalar => format!("{:?}", node.scalar().unwrap()).into(),
        Kind::Sequence => node.elements().map(value).collect(),
        Kind::Mapping => node.entries().map(|(key, entry)| (key.as_text().unwrap().to_owned(), value(entry))).collect(),
    }
}

#[test]
fn rendering_what_was_rendered_changes_nothing() {
    for name in HERE {
        let expected = example(name).join("expected.out");
        let stdin = fs::File::open(&expected).unwrap();
        let again = Command::new(env!("CARGO_BIN_EXE_overrides")).args(["render", "-"]).stdin(stdin).output().unwrap();
        assert_same(&again.stdout, &fs::read(&expected).unwrap(), name);
    }
}

#[test]
fn the_input_comes_back_byte_for_byte_but_for_what_is_merged() {
    for name in HERE {
        let output = fs::read_to_string(example(name).join("expected.out")).unwrap();
        let mut rest = output.as_str();
        for (path, content) in tree(&example(name)).iter().filter(|(path, _)| path.extension() == Some("yaml".as_ref()))
        {
            let content = String::from_utf8_lossy(content).into_owned();
            // What is merged into stands there line by line.
            let pieces: Vec<&str> =
                if rest.contains(&content) { vec![content.as_str()] } else { content.split_inclusive('\n').collect() };
            assert!(
                pieces.len() == 1 || path.ends_with("gateway.yaml") || path.ends_with("istio.yaml"),
                "{} is not in the output",
                path.display()
            );
            for piece in pieces {
                let position = rest.find(piece).unwrap_or_else(|| panic!("{}: {piece:?} is gone", path.display()));
                rest = &rest[position + piece.len()..];
            }
        }
    }
}

#[test]
fn every_example_has_a_readme_and_is_listed() {
    let list = fs::read_to_string(example("README.md")).unwrap();
    for entry in fs::read_dir(example("")).unwrap().map(Result::unwrap) {
        let name = entry.file_name().into_string().unwrap();
        if entry.file_type().unwrap().is_dir() {
            assert!(example(&name).join("README.md").is_file(), "examples/{name} has no README");
            assert!(list.contains(&format!("| [{name}]({name}) |")), "examples/README.md does not list {name}");
        }
    }
}

fn function_config(name: &str) -> PathBuf {
    Path::new(ROOT).join("function-config").join(name)
}

fn policy(name: &str) -> Policy {
    let content = fs::read(function_config(name)).unwrap();
    let policy = policy_in_file(name, &content).unwrap_or_else(|finding| panic!("{name}: {}", finding.line()));
    Policy { place: Place::default(), ..policy }
}

#[test]
fn the_offered_policies_say_the_defaults() {
    assert_eq!(policy("overrides.yaml"), Policy::default());
    assert_eq!(policy("configmap.yaml"), Policy::default());
}

#[test]
fn the_offered_policies_have_every_field() {
    // A misspelt field makes the function list the right ones.
    let listed = |arguments: &[&str]| {
        let output = overrides(arguments, &example("bookinfo"));
        let message = String::from_utf8(output.stderr).unwrap();
        let list = message.split_once("The fields here are ").unwrap_or_else(|| panic!("no list in {message}")).1;
        list.split('`').skip(1).step_by(2).map(ToOwned::to_owned).collect::<BTreeSet<_>>()
    };
    let written = |name: &str, field: &str| {
        // To state the default is more than to leave it out, so it is offered as a comment.
        let text = fs::read_to_string(function_config(name)).unwrap().replace("# defaultVersion:", "defaultVersion:");
        assert!(text.contains("\n  defaultVersion: v1"), "{name}");
        documents(&text)[0][field].as_object().unwrap().keys().cloned().collect::<BTreeSet<_>>()
    };
    assert_eq!(written("configmap.yaml", "data"), listed(&["render", "--set", "misspelt=1", "."]));

    let folder = tempfile::tempdir().unwrap();
    let misspelt = folder.path().join("policy.yaml");
    fs::write(&misspelt, "apiVersion: overrides.dev/v1alpha1\nkind: Overrides\nspec: {misspelt: 1}\n").unwrap();
    let listed = listed(&["render", "--config", misspelt.to_str().unwrap(), "."]);
    assert_eq!(written("overrides.yaml", "spec"), listed);
    let readme = readme();
    for field in listed {
        assert!(readme.contains(&format!("\n| `{field}` | ")), "the README's table lacks {field}");
    }
}

#[test]
fn the_entries_in_the_offered_policy_can_be_uncommented() {
    let text = fs::read_to_string(function_config("overrides.yaml")).unwrap();
    let uncommented =
        text.replace("  services: []\n", "  services:\n").replace("  # - ", "  - ").replace("  #   ", "    ");
    let policy = policy_in_file("overrides.yaml", uncommented.as_bytes());
    let policy = policy.unwrap_or_else(|finding| panic!("{}", finding.line()));
    assert_eq!(policy.services.len(), 2);
}

#[test]
fn the_copies_of_the_name_references_are_copies() {
    let original = fs::read(function_config("istio-name-references.yaml")).unwrap();
    for copy in ["kustomize-overlay/variant/overlay", "kustomize-component/components/overrides"] {
        let copy = example(copy).join("istio-name-references.yaml");
        assert_same(&fs::read(&copy).unwrap(), &original, &copy.display().to_string());
    }
}
