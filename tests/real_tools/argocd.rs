//! The plugin in Argo CD's own plugin server, asked as Argo CD's repo-server asks it.

use std::env;
use std::fs;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::quoting::read_back;
use crate::readme::{ROOT, example};
use crate::tools::{Sandbox, follow, path, tool};

/// A running plugin server. It ends with the test.
struct PluginServer {
    process: Child,
    sandbox: Sandbox,
}

impl PluginServer {
    /// Starts one with the plugin's configuration, and with its command on PATH, as the sidecar's image has it.
    fn start() -> Self {
        let sandbox = Sandbox::with_examples();
        let plugin = fs::read_to_string(Path::new(ROOT).join("function-config/argocd-plugin.yaml")).unwrap();
        sandbox.write("config/plugin.yaml", &plugin);
        let commands = [sandbox.path("examples/argocd/sidecar")];
        let commands = env::join_paths(commands.into_iter().chain(env::split_paths(&path()))).unwrap();
        let log = fs::File::create(sandbox.path("log")).unwrap();
        let process = Command::new(tool("argocd-cmp-server"))
            .arg("--config-dir-path")
            .arg(sandbox.path("config"))
            .env("ARGOCD_PLUGINSOCKFILEPATH", sandbox.path(""))
            .env("TMPDIR", sandbox.path(""))
            .env("PATH", commands)
            .current_dir(sandbox.path(""))
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        let server = Self { process, sandbox };
        server.wait();
        server
    }

    fn socket(&self) -> PathBuf {
        self.sandbox.path("overrides.sock")
    }

    /// Until it listens: there is a moment in which its socket is there and refuses.
    fn wait(&self) {
        let deadline = Instant::now() + Duration::from_secs(20);
        while UnixStream::connect(self.socket()).is_err() {
            let log = || fs::read_to_string(self.sandbox.path("log")).unwrap();
            assert!(Instant::now() < deadline, "the plugin server does not listen: {}", log());
            sleep(Duration::from_millis(20));
        }
    }

    /// The folder of the example's Application, a copy.
    fn app(&self) -> PathBuf {
        self.sandbox.path("examples/argocd/app")
    }

    fn generate(&self, environment: &[&str]) -> Output {
        let mut client = Command::new(tool("argocd-cmp-client"));
        client.arg(self.socket()).arg(self.app());
        for pair in environment {
            client.args(["--env", pair]);
        }
        client.output().unwrap()
    }

    fn objects(&self, environment: &[&str]) -> Vec<Value> {
        let output = self.generate(environment);
        let (stdout, stderr) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{stderr}");
        stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    fn error(&self, environment: &[&str]) -> String {
        let output = self.generate(environment);
        assert!(!output.status.success(), "Argo CD was given {}", String::from_utf8_lossy(&output.stdout));
        assert!(output.stdout.is_empty());
        String::from_utf8(output.stderr).unwrap()
    }
}

impl Drop for PluginServer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The objects of a file of the example, as Argo CD reads YAML.
fn expected(name: &str) -> Vec<Value> {
    let text = fs::read_to_string(example("argocd").join(name)).unwrap();
    read_back(&text)["sigs-yaml"].clone()
}

#[test]
fn the_argocd_example_does_what_its_readme_says() {
    follow("argocd");
}

#[test]
fn argocd_gets_the_application_with_its_overrides() {
    assert_eq!(PluginServer::start().objects(&[]), expected("expected.yaml"));
}

#[test]
fn settings_of_the_application_reach_the_policy() {
    let server = PluginServer::start();
    let setting = "ARGOCD_ENV_OVERRIDES_DEFAULT_VERSION=v2";
    assert_eq!(server.objects(&[setting]), expected("expected-v2.yaml"));

    let several = ["ARGOCD_ENV_OVERRIDES_HEADER=x-preview", "ARGOCD_ENV_OVERRIDES_BAGGAGE=false"];
    let matches = &server.objects(&several)[4]["spec"]["http"][0]["match"];
    assert_eq!(matches.as_array().unwrap().len(), 1);
    assert!(matches[0]["headers"]["x-preview"].is_object(), "{matches}");
}

#[test]
fn every_setting_of_the_policy_can_be_set_from_an_application() {
    let server = PluginServer::start();
    let readme = fs::read_to_string(example("argocd/README.md")).unwrap();
    let text = fs::read_to_string(Path::new(ROOT).join("function-config/configmap.yaml")).unwrap();
    // It offers `defaultVersion` as a comment.
    let text = text.replace("# defaultVersion:", "defaultVersion:");
    let policy = &read_back(&text)["sigs-yaml"][0];
    for (setting, value) in policy["data"].as_object().unwrap() {
        let words =
            setting.chars().map(|c| if c.is_uppercase() { format!("_{c}") } else { c.to_uppercase().to_string() });
        let name: String = words.collect();
        let value = value.as_str().unwrap();
        assert_eq!(
            server.objects(&[&format!("ARGOCD_ENV_OVERRIDES_{name}={value}")]),
            expected("expected.yaml"),
            "{setting}"
        );
        assert!(readme.contains(&format!("| `OVERRIDES_{name}` | `{setting}`")), "{setting} in the README");
    }
}

#[test]
fn a_policy_in_the_applications_folder_counts() {
    let server = PluginServer::start();
    let policy = "apiVersion: overrides.dev/v1alpha1\nkind: Overrides\nspec: {defaultVersion: v2}\n";
    fs::write(server.app().join("overrides.yaml"), policy).unwrap();
    assert_eq!(server.objects(&[]), expected("expected-v2.yaml"));
}

#[test]
fn an_error_of_the_function_fails_the_sync_with_its_sentence() {
    let error = PluginServer::start().error(&["ARGOCD_ENV_OVERRIDES_EXISTING=replace"]);
    assert!(error.contains("error[OV010]: existing: `replace` is not one of the possible values"), "{error}");
}

#[test]
fn a_setting_that_does_not_exist_fails_the_sync_with_the_nearest_right_name() {
    let error = PluginServer::start().error(&["ARGOCD_ENV_OVERRIDES_DEFALT_VERSION=v2"]);
    assert!(error.contains("Did you mean `ARGOCD_ENV_OVERRIDES_DEFAULT_VERSION`?"), "{error}");
}

#[test]
fn a_kustomization_that_does_not_build_fails_the_sync() {
    let server = PluginServer::start();
    fs::remove_file(server.app().join("cart.yaml")).unwrap();
    let error = server.error(&[]);
    assert!(error.contains("cart.yaml: no such file or directory"), "{error}");
}

#[test]
fn a_build_without_objects_is_refused() {
    let server = PluginServer::start();
    let local = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: local\n  annotations:\n    \
                 config.kubernetes.io/local-config: \"true\"\n";
    fs::write(server.app().join("cart.yaml"), local).unwrap();
    let error = server.error(&[]);
    assert!(error.contains("error[OV001]: there is nothing to render"), "{error}");
}
