//! `overrides operator`, as a process beside the test.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::cluster::{Cluster, eventually};
use super::server::free_port;

/// How long proxies get in these tests, where there are none.
pub const SETTLE: &str = "0.3";

/// A running operator. It is killed when it goes out of sight.
pub struct Operator {
    child: Child,
    port: u16,
    log: PathBuf,
}

impl Operator {
    /// An operator for one namespace, with a lease of that namespace, as the admin.
    pub fn of(cluster: &Cluster, namespace: &str) -> Self {
        Self::start(cluster, "admin", namespace, &["--namespace", namespace])
    }

    /// An operator as a user, whose lease is in a namespace.
    pub fn start(cluster: &Cluster, user: &str, lease_namespace: &str, arguments: &[&str]) -> Self {
        let port = free_port();
        let log = cluster.folder().join(format!("operator-{port}.log"));
        let file = File::create(&log).expect("a new file");
        let kubeconfig = cluster.kubeconfig(user, lease_namespace);
        let mut command = Command::new(env!("CARGO_BIN_EXE_overrides"));
        command.args(["operator", "--kubeconfig", &kubeconfig, "--address", &format!("127.0.0.1:{port}")]);
        command.args(["--lease-namespace", lease_namespace, "--settle", SETTLE]).args(arguments);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(file);
        let child = command.spawn().expect("it was built");
        let operator = Self { child, port, log };
        eventually("the operator listens", || operator.ask("/healthz").is_some(), |listens| *listens);
        operator
    }

    /// What it answers at a path, with its status in front.
    pub fn ask(&self, path: &str) -> Option<String> {
        let mut connection = TcpStream::connect(("127.0.0.1", self.port)).ok()?;
        connection.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
        write!(connection, "GET {path} HTTP/1.0\r\nHost: operator\r\n\r\n").ok()?;
        let mut answer = String::new();
        connection.read_to_string(&mut answer).ok()?;
        Some(answer)
    }

    /// A whole number among its metrics, summed over labels.
    pub fn metric(&self, name: &str) -> u64 {
        let text = self.ask("/metrics").unwrap_or_default();
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        let values = lines.filter_map(|line| {
            let (key, value) = line.rsplit_once(' ')?;
            (key.split('{').next() == Some(name)).then(|| value.parse::<u64>().ok()).flatten()
        });
        values.sum()
    }

    pub fn leads(&self) -> bool {
        self.metric("overrides_operator_is_leader") > 0
    }

    #[track_caller]
    pub fn until_it_leads(self) -> Self {
        eventually("the operator leads", || self.leads(), |leads| *leads);
        self
    }

    /// Ends it without a word.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    fn signal(&self, signal: &str) {
        let sent = Command::new("kill").args([signal, &self.child.id().to_string()]).status();
        assert!(sent.expect("kill starts").success());
    }

    /// Stops its time.
    pub fn freeze(&self) {
        self.signal("-STOP");
    }

    /// Lets its time go on.
    pub fn thaw(&self) {
        self.signal("-CONT");
    }

    /// Asks it to stop, and waits until it has.
    #[track_caller]
    pub fn stop(&mut self) {
        self.signal("-TERM");
        let status = self.child.wait().expect("it is our child");
        assert!(status.success(), "{status}: {}", self.log());
    }

    /// What it said.
    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Memory that it holds, in kB.
    pub fn resident(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
        line.trim().trim_end_matches(" kB").parse().unwrap_or_default()
    }
}

impl Drop for Operator {
    fn drop(&mut self) {
        self.kill();
        if std::thread::panicking() {
            let log = self.log();
            let lines: Vec<&str> = log.lines().collect();
            eprintln!("--- the end of the operator's log ---\n{}", lines[lines.len().saturating_sub(30)..].join("\n"));
        }
    }
}
