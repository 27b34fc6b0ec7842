//! kube-apiserver, with RBAC and without what needs a controller manager.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

use super::process::{Process, listens};
use super::tools::tool;
use super::users::{OPERATORS_ACCOUNT, write_tokens};

/// A port that nobody has now.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("this machine has a free port");
    listener.local_addr().expect("it listens somewhere").port()
}

/// Where it writes down what the operator does.
const AUDIT_LOG: &str = "audit.log";

fn audit_policy() -> String {
    format!(
        "apiVersion: audit.k8s.io/v1\nkind: Policy\nomitStages: [RequestReceived]\nrules:\n- level: Metadata\n  \
         users: [\"{OPERATORS_ACCOUNT}\"]\n- level: None\n"
    )
}

/// An API server that can be stopped, and started again where it was.
pub struct ApiServer {
    address: String,
    folder: PathBuf,
    etcd: String,
    process: Mutex<Option<Process>>,
}

impl ApiServer {
    pub fn start_in(folder: &Path, etcd: String) -> Self {
        let key = folder.join("service-accounts.key");
        let mut openssl = Command::new(tool("openssl"));
        openssl.args(["ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out"]).arg(&key);
        let output = openssl.output().expect("openssl starts");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        write_tokens(folder);
        fs::write(folder.join("audit.yaml"), audit_policy()).expect("a new file");
        let address = format!("127.0.0.1:{}", free_port());
        let server = Self { address, folder: folder.to_owned(), etcd, process: Mutex::new(None) };
        server.start();
        server
    }

    /// Starts it, and waits until it listens. Whether it is ready is a question to be asked as its user.
    pub fn start(&self) {
        let (_, port) = self.address.split_once(':').expect("an address has a port");
        let path = |name: &str| self.folder.join(name).to_string_lossy().into_owned();
        let key = path("service-accounts.key");
        let mut command = Command::new(tool("kube-apiserver"));
        command.args([
            &format!("--etcd-servers={}", self.etcd),
            "--bind-address=127.0.0.1",
            &format!("--secure-port={port}"),
            "--advertise-address=127.0.0.1",
            &format!("--cert-dir={}", path("certificates")),
            "--service-account-issuer=https://kubernetes.default.svc",
            &format!("--service-account-key-file={key}"),
            &format!("--service-account-signing-key-file={key}"),
            &format!("--token-auth-file={}", path("tokens.csv")),
            "--authorization-mode=RBAC",
            &format!("--audit-policy-file={}", path("audit.yaml")),
            &format!("--audit-log-path={}", path(AUDIT_LOG)),
            "--service-cluster-ip-range=10.96.0.0/16",
            "--endpoint-reconciler-type=none",
            "--disable-admission-plugins=ServiceAccount",
        ]);
        let process = Process::start_guarded("kube-apiserver", &command, &self.folder);
        process.wait_until("listening", || listens(&self.address));
        *self.process.lock().expect("no panic") = Some(process);
    }

    pub fn stop(&self) {
        if let Some(process) = self.process.lock().expect("no panic").take() {
            process.stop();
        }
    }

    #[track_caller]
    pub fn wait_until(&self, what: &str, condition: impl FnMut() -> bool) {
        self.process.lock().expect("no panic").as_ref().expect("it was started").wait_until(what, condition);
    }

    pub fn url(&self) -> String {
        format!("https://{}", self.address)
    }

    /// What the operator asked for, a line of JSON each.
    pub fn audit_log(&self) -> PathBuf {
        self.folder.join(AUDIT_LOG)
    }

    /// The certificate by which clients know it.
    pub fn certificate(&self) -> PathBuf {
        self.folder.join("certificates/apiserver.crt")
    }
}

impl Drop for ApiServer {
    fn drop(&mut self) {
        self.stop();
    }
}
