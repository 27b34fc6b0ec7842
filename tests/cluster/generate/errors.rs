//! What is said when there is no answer: one sentence, and nothing on standard output.

use std::net::TcpListener;
use std::path::PathBuf;

use crate::parts::cluster::{Cluster, cluster, eventually};
use crate::parts::objects::two_versions;
use crate::parts::users::write_kubeconfig;
use crate::support::{Run, overrides};

fn run(kubeconfig: &str, arguments: &[&str]) -> Run {
    overrides(&[&["generate", "--kubeconfig", kubeconfig], arguments].concat(), b"")
}

/// A kubeconfig for a server without a certificate that anybody knows.
fn kubeconfig_for(folder: &tempfile::TempDir, server: &str) -> PathBuf {
    let path = folder.path().join("kubeconfig");
    write_kubeconfig(&path, server, None, "token", "shop");
    path
}

#[test]
fn no_kubeconfig() {
    let run = run("/nowhere/kubeconfig", &[]);
    assert_eq!(run.refused(), "there is no kubeconfig at /nowhere/kubeconfig, which --kubeconfig names");
}

#[test]
fn no_kubeconfig_and_no_pod_either() {
    let mut command = assert_cmd::Command::new(env!("CARGO_BIN_EXE_overrides"));
    command.arg("generate").env("KUBECONFIG", "/nowhere/kubeconfig").env_remove("KUBERNETES_SERVICE_HOST");
    let output = command.output().expect("the command starts");
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(1), b"".as_slice()));
    let expected = "error: there is no kubeconfig at /nowhere/kubeconfig, and this is no Pod of a cluster. Name one \
                    with --kubeconfig or in KUBECONFIG\n";
    assert_eq!(String::from_utf8_lossy(&output.stderr), expected);
}

#[test]
fn a_file_that_is_no_kubeconfig() {
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), "clusters: 7\n").expect("it can be written");
    let run = run(&file.path().to_string_lossy(), &[]);
    assert!(run.refused().starts_with("the kubeconfig cannot be used: "), "{}", run.stderr);
}

#[test]
fn no_such_context() {
    let run = cluster().generate_as("admin", "default", &["--context", "prod"]);
    assert_eq!(run.refused(), "the kubeconfig has no context `prod`. It has `here`, `elsewhere`");
}

#[test]
fn nobody_listens() {
    let folder = tempfile::tempdir().expect("a folder");
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address");
    drop(listener);
    let run = run(&kubeconfig_for(&folder, &format!("https://{address}")).to_string_lossy(), &[]);
    assert_eq!(
        run.refused(),
        "the API server does not answer when asked for the API groups: Connection refused (os error 111). Is it up, \
         and is the address right?"
    );
}

#[test]
fn somebody_accepts_and_never_answers() {
    for scheme in ["https", "http"] {
        let folder = tempfile::tempdir().expect("a folder");
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let kubeconfig = kubeconfig_for(&folder, &format!("{scheme}://{address}"));
        let run = run(&kubeconfig.to_string_lossy(), &["--request-timeout", "300ms"]);
        let refused = run.refused();
        assert!(refused.starts_with("the API server does not answer when asked for the API groups: "), "{refused}");
        assert!(refused.contains("timed out") || refused.contains("deadline"), "{refused}");
    }
}

#[test]
fn a_time_that_is_none_is_wrong_usage() {
    let run = run("/nowhere", &["--request-timeout", "soon"]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""));
    assert!(run.stderr.contains("write it as `30s`, `2m` or `500ms`"), "{}", run.stderr);
}

#[test]
fn a_token_that_nobody_knows() {
    let run = cluster().generate_as("nobody-of-this-name", "default", &[]);
    assert_eq!(
        run.refused(),
        "the API server does not accept these credentials (401, asked for the API groups). Log in again, or name \
         another user"
    );
}

#[test]
fn a_certificate_that_nobody_knows() {
    let cluster = cluster();
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("kubeconfig");
    let other = Cluster::start_empty();
    write_kubeconfig(&path, &cluster.server.url(), Some(&other.server.certificate()), "admin", "default");
    let run = run(&path.to_string_lossy(), &[]);
    assert!(run.refused().contains("certificate"), "{}", run.stderr);
    let without_istio = other.generate_as("admin", "default", &[]);
    assert_eq!(
        without_istio.refused(),
        "the cluster has no DestinationRule of networking.istio.io: Istio's resource definitions are not installed, so \
         nothing could be applied"
    );
}

#[test]
fn a_server_that_went_away_is_found_again_where_it_was() {
    let cluster = Cluster::start();
    cluster.namespace("back");
    cluster.apply(&two_versions("back", "reviews"));
    let before = cluster.generated("back");
    cluster.server.stop();
    let refused = cluster.generate_as("admin", "back", &[]);
    assert!(refused.refused().contains("Connection refused"), "{}", refused.stderr);
    cluster.server.start();
    cluster.wait_until_ready();
    // What the server may answer with right after it came back is its own affair.
    let look = || cluster.generate_as("admin", "back", &[]);
    let after = eventually("it answers again", look, |run| run.code == Some(0));
    assert_eq!(after.printed(), before);
    cluster.etcd.compact();
    assert_eq!(cluster.generated("back"), before, "history does not matter");
}
