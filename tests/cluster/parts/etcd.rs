//! etcd, where the API server keeps everything.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use super::process::{Process, listens};
use super::server::free_port;
use super::tools::tool;

/// A running etcd.
pub struct Etcd {
    address: String,
    process: Process,
}

impl Etcd {
    pub fn start(folder: &Path) -> Self {
        let address = format!("127.0.0.1:{}", free_port());
        let (client, peer) = (format!("http://{address}"), format!("http://127.0.0.1:{}", free_port()));
        let mut command = Command::new(tool("etcd"));
        command.arg("--data-dir").arg(folder.join("etcd"));
        command.args(["--listen-client-urls", &client, "--advertise-client-urls", &client]);
        command.args(["--listen-peer-urls", &peer, "--initial-advertise-peer-urls", &peer]);
        command.args(["--initial-cluster", &format!("default={peer}")]);
        // Nothing here outlives the run.
        command.arg("--unsafe-no-fsync");
        let process = Process::start_guarded("etcd", &command, folder);
        process.wait_until("listening", || listens(&address));
        Self { address, process }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Forgets everything but the present: whoever wants to go on from an earlier moment has to begin anew.
    pub fn compact(&self) {
        let now = self.ask("/v3/kv/range", &json!({"key": "AA=="}));
        let revision = now["header"]["revision"].as_str().expect("etcd says its revision");
        self.ask("/v3/kv/compaction", &json!({"revision": revision, "physical": true}));
    }

    fn ask(&self, path: &str, body: &Value) -> Value {
        let body = body.to_string();
        let mut connection = TcpStream::connect(&self.address).expect("etcd listens");
        write!(
            connection,
            "POST {path} HTTP/1.0\r\nHost: etcd\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
        .expect("etcd reads");
        let mut answer = String::new();
        connection.read_to_string(&mut answer).expect("etcd answers");
        assert!(answer.starts_with("HTTP/1.0 200"), "{path}: {answer}");
        let (_, body) = answer.split_once("\r\n\r\n").expect("an answer has a body");
        serde_json::from_str(body).expect("etcd answers in JSON")
    }
}

impl Drop for Etcd {
    fn drop(&mut self) {
        self.process.stop();
    }
}
