//! `kustomize build`, with the function as a command.

use std::io::Write;
use std::process::{Command, Stdio};

use crate::readme::assert_same;
use crate::tools::{Sandbox, follow};

const BUILD: &str = "kustomize build --enable-alpha-plugins --enable-exec .";

/// A policy that kustomize runs as the command given.
fn function(name: &str, command: &str) -> String {
    format!(
        "apiVersion: overrides.dev/v1alpha1\nkind: Overrides\nmetadata:\n  name: {name}\n  annotations:\n    \
         config.kubernetes.io/function: |\n      exec:\n        path: {command}\n"
    )
}

/// A kustomization with these resources, once with the function and once without.
fn sandbox(resources: &str) -> Sandbox {
    let sandbox = Sandbox::empty();
    sandbox.write("with/resources.yaml", resources);
    sandbox.write("without/resources.yaml", resources);
    sandbox.write("without/kustomization.yaml", "resources:\n- resources.yaml\n");
    sandbox.write("with/kustomization.yaml", "resources:\n- resources.yaml\ntransformers:\n- overrides.yaml\n");
    sandbox.write("with/overrides.yaml", &function("mesh", "overrides"));
    sandbox
}

/// A Service and two versions of it, in the namespaces given.
fn cart(service_namespace: &str, workload_namespace: &str) -> String {
    let namespaced = |namespace: &str| match namespace {
        "" => String::new(),
        namespace => format!(", namespace: {namespace}"),
    };
    let service = format!(
        "apiVersion: v1\nkind: Service\nmetadata: {{name: cart{}}}\nspec:\n  selector: {{app: cart}}\n  ports: [{{name: \
         http, port: 80}}]\n",
        namespaced(service_namespace)
    );
    let workload = |version: &str| {
        format!(
            "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: cart-{version}{}}}\nspec:\n  template:\n    \
             metadata: {{labels: {{app: cart, version: {version}}}}}\n",
            namespaced(workload_namespace)
        )
    };
    [service, workload("v1"), workload("v2")].concat()
}

#[test]
fn the_kustomize_exec_example_does_what_its_readme_says() {
    follow("kustomize-exec");
}

#[test]
fn the_kustomize_overlay_example_does_what_its_readme_says() {
    follow("kustomize-overlay");
}

#[test]
fn the_kustomize_component_example_does_what_its_readme_says() {
    follow("kustomize-component");
}

const COMPONENT: &str = "examples/kustomize-component/overlays";

#[test]
fn an_overlay_that_did_not_opt_in_has_nothing_of_ours() {
    let sandbox = Sandbox::with_examples();
    let build = sandbox.succeed(&format!("{COMPONENT}/production"), BUILD);
    assert!(build.contains("name: cart-v2\n"), "{build}");
    for ours in ["overrides", "networking.istio.io", "argocd.argoproj.io", "staging"] {
        assert!(!build.contains(ours), "{ours} is in {build}");
    }
}

#[test]
fn building_an_overlay_again_gives_the_same_bytes() {
    let (one, other) = (Sandbox::with_examples(), Sandbox::with_examples());
    let staging = format!("{COMPONENT}/staging");
    let first = one.succeed(&staging, BUILD);
    assert!(first.contains("name: staging-cart-overrides\n"), "{first}");
    assert_same(one.succeed(&staging, BUILD).as_bytes(), first.as_bytes(), "the same checkout");
    assert_same(other.succeed(&staging, BUILD).as_bytes(), first.as_bytes(), "another checkout");
}

#[test]
fn without_a_version_its_rules_are_gone_from_the_build_and_nothing_else() {
    let sandbox = Sandbox::with_examples();
    let staging = format!("{COMPONENT}/staging");
    let before = sandbox.succeed(&staging, BUILD);
    let base = "examples/kustomize-component/base/cart.yaml";
    let text = std::fs::read_to_string(sandbox.path(base)).unwrap();
    let without: Vec<&str> = text.split("---\n").filter(|document| !document.contains("name: cart-v2\n")).collect();
    sandbox.write(base, &without.join("---\n"));
    let after = sandbox.succeed(&staging, BUILD);
    assert!(!after.contains("v2"), "{after}");
    let mut rest = before.lines();
    for line in after.lines() {
        assert!(rest.any(|before| before == line), "`{line}` is new in\n{after}");
    }
}

#[test]
fn without_services_the_build_is_the_same_as_without_the_function() {
    // All that a function can spoil: hash suffixes, name references, local-config, odd scalars, hooks by annotation.
    let kustomization = "namePrefix: p-\nnamespace: shop\nresources: [resources.yaml]\nconfigMapGenerator:\n- name: \
                         settings\n  literals: [answer=042, yes=no]\n";
    let resources = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: worker}
spec:
  template:
    metadata: {labels: {app: worker, version: \"1.0\"}}
    spec:
      containers: [{name: main, envFrom: [{configMapRef: {name: settings}}]}]
      volumes: [{name: v, secret: {secretName: s, defaultMode: 0644}}]
---
apiVersion: v1
kind: ConfigMap
metadata: {name: odd, annotations: {a: \"yes\"}}
data: {a: \"0777\", b: \"1e3\", c: \"two\\nlines \\n\"}
---
apiVersion: example.com/v1
kind: Hidden
metadata: {name: h, annotations: {config.kubernetes.io/local-config: \"true\"}}
";
    let sandbox = sandbox(resources);
    sandbox.write("without/kustomization.yaml", kustomization);
    sandbox.write("with/kustomization.yaml", &format!("{kustomization}transformers: [overrides.yaml]\n"));
    let (with, without) = (sandbox.succeed("with", BUILD), sandbox.succeed("without", BUILD));
    assert!(without.contains("name: p-settings-"), "{without}");
    assert_same(with.as_bytes(), without.as_bytes(), "the build with the function");
}

#[test]
fn a_second_function_in_the_chain_changes_nothing() {
    let sandbox = sandbox(&cart("shop", "shop"));
    let once = sandbox.succeed("with", BUILD);
    assert!(once.contains("overrides.dev/generated-for: cart"));
    // Another function before and after, and this one twice: kustomize rewrites what it gets in between.
    let all = "transformers: [first.yaml, overrides.yaml, between.yaml, again.yaml, last.yaml]\n";
    sandbox.write("with/kustomization.yaml", &format!("resources: [resources.yaml]\n{all}"));
    for (name, command) in [("first", "cat"), ("between", "cat"), ("again", "overrides"), ("last", "cat")] {
        sandbox.write(&format!("with/{name}.yaml"), &function(name, command));
    }
    assert_same(sandbox.succeed("with", BUILD).as_bytes(), once.as_bytes(), "a chain of functions");
}

#[test]
fn a_build_that_is_built_on_again_is_the_same() {
    let sandbox = sandbox(&cart("shop", "shop"));
    let once = sandbox.succeed("with", BUILD);
    sandbox.write("with/resources.yaml", &once);
    assert_same(sandbox.succeed("with", BUILD).as_bytes(), once.as_bytes(), "the second build");
}

#[test]
fn an_overlay_that_runs_the_function_again_gives_its_own_names() {
    let sandbox = Sandbox::with_examples();
    let overlay = "examples/kustomize-overlay";
    let policy = sandbox.path(&format!("{overlay}/overlay/overrides.yaml"));
    std::fs::copy(policy, sandbox.path(&format!("{overlay}/variant/overlay/overrides.yaml"))).unwrap();
    let kustomization =
        "namespace: staging\nnamePrefix: staging-\nresources: [../base]\ntransformers: [overrides.yaml]\n";
    sandbox.write(&format!("{overlay}/variant/overlay/kustomization.yaml"), kustomization);
    let once = sandbox.succeed(&format!("{overlay}/overlay"), BUILD);
    let twice = sandbox.succeed(&format!("{overlay}/variant/overlay"), BUILD);
    // Only whom the objects were first generated for is remembered in the old words.
    let annotation = "overrides.dev/generated-for: ";
    let twice = twice.replace(&format!("{annotation}cart"), &format!("{annotation}staging-cart"));
    assert_same(twice.as_bytes(), once.as_bytes(), "the function in the base and in the overlay");
}

/// What is left of a build when nothing is to be merged any more.
fn without_what_was_merged(build: &str) -> Vec<u8> {
    let mut render = Command::new(env!("CARGO_BIN_EXE_overrides"));
    let mut child = render
        .args(["render", "--set", "existing=skip", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(build.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    output.stdout
}

/// What a pipe of plain kustomize and `render` gives, in the style in which kustomize writes.
fn piped(sandbox: &Sandbox) -> String {
    let piped = sandbox.succeed("without", "set -o pipefail; kustomize build . | overrides render -");
    sandbox.write("piped/resources.yaml", &piped);
    sandbox.write("piped/kustomization.yaml", "resources:\n- resources.yaml\n");
    sandbox.succeed("piped", "kustomize build .")
}

#[test]
fn a_pipe_gives_the_objects_that_the_transformer_gives() {
    // A Service that is new, one with rules of the user's to merge into, and one that nobody serves.
    let users = "---\napiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: mine, namespace: \
                 shop}\nspec:\n  hosts: [cart]\n  http:\n  - route:\n    - destination: {host: cart}\n";
    let services = cart("shop", "shop") + "---\n" + &cart("shop", "shop").replace("cart", "ledger") + users;
    let alone = "---\napiVersion: v1\nkind: Service\nmetadata: {name: alone}\nspec:\n  selector: {app: alone}\n";
    for resources in [cart("", ""), services.clone(), services + alone] {
        let sandbox = sandbox(&resources);
        let transformed = sandbox.succeed("with", BUILD);
        assert!(transformed.contains("overrides.dev/generated-for: "), "{transformed}");
        // To a function kustomize gives annotations on every object, so there it is not the function that adds the field.
        let piped = piped(&sandbox).replace(r#""fields":["annotations"],"#, "");
        assert_same(piped.as_bytes(), transformed.as_bytes(), "the pipe");
    }
}

#[test]
fn a_users_virtual_service_in_an_older_version_is_merged_into_and_out_again() {
    let users = "---\napiVersion: networking.istio.io/v1beta1\nkind: VirtualService\nmetadata: {name: mine, namespace: \
                 shop}\nspec:\n  hosts: [cart]\n  http:\n  - route:\n    - destination: {host: cart}\n";
    let sandbox = sandbox(&(cart("shop", "shop") + users));
    let (build, without) = (sandbox.succeed("with", BUILD), sandbox.succeed("without", BUILD));
    let mine = build.split("---\n").find(|document| document.contains("name: mine\n")).unwrap();
    assert!(mine.starts_with("apiVersion: networking.istio.io/v1beta1\n"), "{mine}");
    assert!(mine.contains("name: override-cart-v2\n") && mine.contains("overrides.dev/added: "), "{mine}");
    assert!(!build.contains("name: cart-overrides\n  namespace: shop\nspec:\n  hosts:"), "the user's own is in charge");
    // kustomize wrote it anew, with its keys sorted.
    assert_same(&without_what_was_merged(&build), without.as_bytes(), "what was merged comes out again");
}

#[test]
fn no_namespace_and_the_default_one_are_the_same() {
    for (service, workload) in [("", ""), ("default", ""), ("", "default"), ("default", "default")] {
        let build = sandbox(&cart(service, workload)).succeed("with", BUILD);
        assert!(build.contains("subset: v2"), "Service in {service:?}, workloads in {workload:?}: {build}");
        // What is generated is where the Service is, as the Service says it.
        let generated = build.split("---\n").filter(|document| document.contains("generated-for"));
        for document in generated {
            assert_eq!(document.contains("namespace: default"), service == "default", "{document}");
        }
    }
}

#[test]
fn a_users_rule_without_a_namespace_is_about_the_default_one() {
    let users =
        "---\napiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {name: mine}\nspec: {host: cart}\n";
    let sandbox = sandbox(&(cart("default", "default") + users));
    let (build, without) = (sandbox.succeed("with", BUILD), sandbox.succeed("without", BUILD));
    let rules: Vec<&str> =
        build.split("---\n").filter(|document| document.contains("kind: DestinationRule\n")).collect();
    assert!(rules.len() == 1 && rules[0].contains("name: mine\n") && rules[0].contains("- labels:"), "{rules:?}");
    assert_same(&without_what_was_merged(&build), without.as_bytes(), "what was merged comes out again");
}

/// Also when it lists nothing: kustomize refuses a kustomization that says nothing at all.
#[test]
fn the_folder_that_a_run_wrote_is_built_with_what_it_is_about() {
    let sandbox = Sandbox::empty();
    let services = cart("", "");
    sandbox.write("shop.yaml", &services);
    sandbox.write("kustomization.yaml", "resources: [shop.yaml, generated]\n");
    let render = "overrides render --output-dir generated --kustomization shop.yaml";
    sandbox.succeed(".", render);
    let build = sandbox.succeed(".", "kustomize build .");
    for rule in ["kind: DestinationRule\n", "kind: VirtualService\n"] {
        assert_eq!(build.matches(rule).count(), 1, "{build}");
    }
    let piped = sandbox.succeed(".", "kustomize build . | overrides render --diff --exit-code -");
    assert_eq!(piped, "", "what is built is what would be rendered");
    sandbox.write("shop.yaml", &services.replace("selector:", "clusterIP: None\n  selector:"));
    sandbox.succeed(".", render);
    let build = sandbox.succeed(".", "kustomize build .");
    assert!(build.contains("kind: Service\n") && !build.contains("networking.istio.io"), "{build}");
    assert_eq!(sandbox.succeed("generated", "kustomize build ."), "");
}

#[test]
fn an_error_of_the_function_stops_the_build_with_its_sentence() {
    let sandbox = sandbox(&cart("shop", "shop").replace("version: v2}", "version: 2}"));
    let output = sandbox.run("with", BUILD);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && output.stdout.is_empty());
    assert!(stderr.contains("error[OV023]") && stderr.contains("cart-v2"), "{stderr}");
}

#[test]
fn a_hand_written_rule_is_renamed_with_its_service_when_the_name_references_are_there() {
    let users = "---\napiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: mine}\nspec:\n  hosts: \
                 [cart]\n  tcp:\n  - route:\n    - destination: {host: cart}\n  tls:\n  - match: [{sniHosts: \
                 [cart]}]\n    route:\n    - destination: {host: cart}\n  http:\n  - mirror: {host: cart}\n    \
                 mirrors:\n    - destination: {host: cart}\n    route:\n    - destination: {host: cart}\n---\napiVersion: networking.istio.io/v1beta1\nkind: DestinationRule\nmetadata: {name: \
                 mine}\nspec: {host: cart}\n";
    let delegates = "---\napiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: root}\nspec:\n  hosts: \
                     [other]\n  http:\n  - delegate: {name: leaf}\n---\napiVersion: networking.istio.io/v1\nkind: \
                     VirtualService\nmetadata: {name: leaf}\nspec:\n  http:\n  - route: [{destination: {host: \
                     elsewhere.example.com}}]\n";
    let sandbox = sandbox(&(cart("", "") + users + delegates));
    let kustomization = "namePrefix: p-\nresources: [resources.yaml]\nconfigurations: [istio-name-references.yaml]\n";
    sandbox.write("without/kustomization.yaml", kustomization);
    let references = std::path::Path::new(crate::readme::ROOT).join("function-config/istio-name-references.yaml");
    std::fs::copy(references, sandbox.path("without/istio-name-references.yaml")).unwrap();
    let build = sandbox.succeed("without", BUILD);
    assert_eq!(build.matches("host: p-cart").count(), 6, "{build}");
    assert!(build.contains("hosts:\n  - p-cart\n"), "{build}");
    assert!(build.contains("delegate:\n      name: p-leaf\n"), "{build}");
}

#[test]
fn a_workload_in_a_base_splits_the_service_of_its_overlay() {
    let workload = |annotations: &str| {
        format!(
            "---\napiVersion: labs.ishankhare.dev/v1alpha1\nkind: Workload\nmetadata: {{name: split{annotations}}}\nspec:\n  \
             host: cart\n  targets:\n  - {{namespace: default, trafficSplit: {{subsetName: v1, subsetLabels: {{version: \
             v1}}, weight: 80}}}}\n  - {{namespace: default, trafficSplit: {{subsetName: v2, subsetLabels: {{version: v2}}, \
             weight: 20}}}}\n"
        )
    };
    for annotations in ["", ", annotations: {config.kubernetes.io/local-config: \"true\"}"] {
        let sandbox = Sandbox::empty();
        sandbox.write("base/resources.yaml", &(cart("", "") + &workload(annotations)));
        sandbox.write("base/kustomization.yaml", "resources:\n- resources.yaml\n");
        sandbox.write(
            "overlay/kustomization.yaml",
            "namePrefix: dev-\nnamespace: shop\nresources:\n- ../base\ntransformers:\n- overrides.yaml\n",
        );
        sandbox.write("overlay/overrides.yaml", &function("mesh", "overrides"));
        let build = sandbox.succeed("overlay", BUILD);
        let split = "    - destination:\n        host: dev-cart\n        subset: v1\n      weight: 80\n    - destination:\n        \
                     host: dev-cart\n        subset: v2\n      weight: 20\n";
        assert!(build.contains(split), "{build}");
        assert_eq!(build.contains("kind: Workload"), annotations.is_empty(), "{build}");
    }
}
