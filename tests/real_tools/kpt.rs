//! `kpt fn render` and `kpt fn eval`. Each case runs twice with one expectation, as kpt's own tests do.

use crate::readme::tree;
use crate::support::optional;
use crate::tools::{Sandbox, follow, image};

const RENDER: &str = "kpt fn render shop --allow-exec";
const EXAMPLE: &str = "examples/kpt";

#[test]
fn the_kpt_example_does_what_its_readme_says() {
    follow("kpt");
}

#[test]
fn every_file_that_was_there_is_the_same_after_a_render() {
    if !optional("kpt") {
        return;
    }
    let sandbox = Sandbox::with_examples();
    let before = tree(&sandbox.path("examples/kpt/shop"));
    for _ in 0..2 {
        sandbox.succeed(EXAMPLE, RENDER);
        let after = tree(&sandbox.path("examples/kpt/shop"));
        for (path, content) in &before {
            assert!(after.get(path) == Some(content), "{} changed", path.display());
        }
    }
}

#[test]
fn a_service_that_goes_takes_its_file_with_it() {
    if !optional("kpt") {
        return;
    }
    let sandbox = Sandbox::with_examples();
    sandbox.succeed(EXAMPLE, RENDER);
    assert!(sandbox.path("examples/kpt/shop/overrides_catalog.yaml").exists());
    std::fs::remove_file(sandbox.path("examples/kpt/shop/catalog.yaml")).unwrap();
    for _ in 0..2 {
        sandbox.succeed(EXAMPLE, RENDER);
        assert!(!sandbox.path("examples/kpt/shop/overrides_catalog.yaml").exists());
        assert!(sandbox.path("examples/kpt/shop/cart/overrides_cart.yaml").exists());
    }
}

#[test]
fn a_version_that_appears_is_added_to_the_same_file() {
    if !optional("kpt") {
        return;
    }
    let sandbox = Sandbox::with_examples();
    sandbox.succeed(EXAMPLE, RENDER);
    let cart = std::fs::read_to_string(sandbox.path("examples/kpt/shop/cart/cart.yaml")).unwrap();
    let v2 = cart.split("---\n").nth(2).unwrap();
    sandbox.write("examples/kpt/shop/cart/v3.yaml", &v2.replace("v2", "v3"));
    for _ in 0..2 {
        sandbox.succeed(EXAMPLE, RENDER);
        let rules = std::fs::read_to_string(sandbox.path("examples/kpt/shop/cart/overrides_cart.yaml")).unwrap();
        assert_eq!(rules.matches("subset: v3").count(), 1, "{rules}");
        assert_eq!(rules.matches("kind: VirtualService").count(), 1, "{rules}");
    }
}

#[test]
fn an_error_is_in_the_results_and_the_package_is_left_alone() {
    if !optional("kpt") {
        return;
    }
    let sandbox = Sandbox::with_examples();
    let cart = sandbox.path("examples/kpt/shop/cart/cart.yaml");
    let broken = std::fs::read_to_string(&cart).unwrap().replace("        version: v2", "        version: 2");
    std::fs::write(&cart, broken).unwrap();
    let before = tree(&sandbox.path("examples/kpt/shop"));
    for _ in 0..2 {
        let output = sandbox.run(EXAMPLE, &format!("{RENDER} --results-dir results"));
        assert_eq!(output.status.code(), Some(1));
        let results = std::fs::read_to_string(sandbox.path("examples/kpt/results/results.yaml")).unwrap();
        for part in [
            "exitCode: 1",
            "severity: error",
            "name: cart-v2",
            "path: spec.template.metadata.labels.version",
            "path: cart/cart.yaml",
            "index: 2",
            "OV023",
        ] {
            assert!(results.contains(part), "{part:?} is not in {results}");
        }
        assert!(before == tree(&sandbox.path("examples/kpt/shop")), "a failed render changed files");
    }
}

#[test]
fn a_clean_render_says_nothing_of_its_own() {
    if !optional("kpt") {
        return;
    }
    let sandbox = Sandbox::with_examples();
    let output = sandbox.run(EXAMPLE, RENDER);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.contains("[PASS]") && !stderr.contains("Stderr") && !stderr.contains("Results"), "{stderr}");
}

#[test]
fn the_image_gives_what_the_command_gives() {
    if !optional("kpt") {
        return;
    }
    let sandbox = Sandbox::with_examples();
    let eval =
        format!("kpt fn eval shop --image {} --image-pull-policy Never -- header=x-preview baggage=false", image());
    for _ in 0..2 {
        sandbox.succeed(EXAMPLE, &eval);
        let (came, expected) = (sandbox.path("examples/kpt/shop"), sandbox.path("examples/kpt/expected-eval"));
        assert!(tree(&came) == tree(&expected), "{:?}", tree(&came).keys());
    }
}
