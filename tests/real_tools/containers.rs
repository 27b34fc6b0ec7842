//! The image, as kustomize and kpt run it.

use std::collections::BTreeSet;

use crate::readme::{ROOT, assert_same};
use crate::tools::{Sandbox, docker, follow, image};

/// How kustomize starts a function, without its environment variables.
const RUN: &str = "docker run --rm -i --network none --user nobody --security-opt=no-new-privileges";

/// The size that `make image` allows.
const LARGEST: u64 = 8_000_000;

#[test]
fn the_kustomize_container_example_does_what_its_readme_says() {
    follow("kustomize-container");
}

#[test]
fn as_nobody_and_without_a_network_the_image_does_what_the_command_does() {
    let sandbox = Sandbox::empty();
    let list = "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n- apiVersion: v1\n  kind: Service\n  \
                metadata: {name: cart}\n  spec: {selector: {app: cart}, ports: [{name: http, port: 80}]} # kept\n- \
                apiVersion: v1\n  kind: Pod\n  metadata: {name: cart-v1, labels: {app: cart, version: v1}}\n";
    let image = sandbox.run_with("", &format!("{RUN} {}", image()), list.as_bytes());
    let command = sandbox.run_with("", "overrides", list.as_bytes());
    assert!(command.status.success() && image.status.success(), "{}", String::from_utf8_lossy(&image.stderr));
    assert!(String::from_utf8_lossy(&command.stdout).contains("generated-for: cart"));
    assert_same(&image.stdout, &command.stdout, "what the image prints");
}

#[test]
fn an_error_in_the_image_is_an_exit_code_and_a_sentence() {
    let output = Sandbox::empty().run_with("", &format!("{RUN} {}", image()), b"kind: Pod\n");
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty());
    assert!(String::from_utf8_lossy(&output.stderr).contains("error[OV002]"));
}

#[test]
fn the_image_explains_itself() {
    // `kpt fn doc` calls this.
    let help = Sandbox::empty().succeed("", &format!("{RUN} {} --help", image()));
    assert!(help.contains("Usage: overrides"), "{help}");
}

#[test]
fn the_image_is_small() {
    let docker = docker();
    let size = Sandbox::empty()
        .succeed("", &format!("{} image inspect --format '{{{{.Size}}}}' {}", docker.display(), image()));
    let size: u64 = size.trim().parse().unwrap();
    assert!(size <= LARGEST, "the image has {size} bytes");
}

#[test]
fn the_image_holds_the_program_its_user_and_its_bill_of_materials_and_nothing_else() {
    let (docker, image) = (docker().display().to_string(), image());
    let export = format!("id=$({docker} create {image}); {docker} export $id -o image.tar; {docker} rm $id >/dev/null");
    let sandbox = Sandbox::empty();
    sandbox.succeed("", &export);
    let files = sandbox.succeed("", "tar tf image.tar | LC_ALL=C sort");
    assert_eq!(files.lines().collect::<Vec<_>>(), ["etc/", "etc/passwd", "overrides", "sbom.cdx.json"]);

    // Held against cargo's own answer to the same question.
    let bill: serde_json::Value =
        serde_json::from_str(&sandbox.succeed("", "tar xOf image.tar sbom.cdx.json")).unwrap();
    let name = |component: &serde_json::Value| component["name"].as_str().unwrap().to_owned();
    let listed: BTreeSet<String> = bill["components"].as_array().unwrap().iter().map(name).collect();
    let tree = format!(
        "cargo tree --locked --manifest-path {ROOT}/Cargo.toml --edges normal --prefix none --format '{{p}}' \
         --target $(uname -m)-unknown-linux-gnu | cut -d ' ' -f 1"
    );
    let compiled: BTreeSet<String> = sandbox.succeed("", &tree).lines().map(ToOwned::to_owned).collect();
    assert!(compiled.contains("granit-parser"), "{compiled:?}");
    let missing: Vec<&String> = compiled.difference(&listed).filter(|name| *name != "overrides").collect();
    assert!(missing.is_empty(), "not in the bill of materials: {missing:?}");
    assert!(!listed.contains("kube"), "the operator's crates are not in the function's image");
}
