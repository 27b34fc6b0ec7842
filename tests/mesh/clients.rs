//! Clients that speak something other than HTTP/1.1.

use std::io::{self, BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::process::{Command, Stdio};

use serde_json::json;

use crate::parts::http;
use crate::parts::tools::tool;

/// One line of text over TCP, and the line that comes back.
pub fn say(address: SocketAddr, line: &str) -> String {
    let talk = || {
        let mut stream = http::connect(address)?;
        stream.write_all(format!("{line}\n").as_bytes())?;
        let mut answer = String::new();
        BufReader::new(stream).read_line(&mut answer)?;
        io::Result::Ok(answer)
    };
    match talk() {
        Ok(answer) if answer.is_empty() => "closed".to_owned(),
        Ok(answer) => answer.trim_end().to_owned(),
        Err(error) => format!("no answer: {error}"),
    }
}

/// Asks an HTTPS server who it is.
pub fn over_tls(address: SocketAddr, server_name: &str) -> String {
    let mut command = Command::new(tool("openssl"));
    command.args(["s_client", "-quiet", "-connect", &address.to_string(), "-servername", server_name]);
    let answer = feed(&mut command, "GET /who HTTP/1.0\r\n\r\n");
    answer.lines().last().unwrap_or("closed").to_owned()
}

/// Real gRPC calls on one connection, each with its metadata. Returns what each came to.
pub fn over_grpc(address: SocketAddr, authority: &str, calls: &[&[(&str, &str)]]) -> Vec<String> {
    let mut command = Command::new(tool("grpc-ask"));
    command.args([&address.to_string(), authority]);
    let lines: String = calls.iter().map(|metadata| format!("{}\n", json!(metadata))).collect();
    feed(&mut command, &lines).lines().map(str::to_owned).collect()
}

fn feed(command: &mut Command, input: &str) -> String {
    let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().expect("it starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    // One that ends early is seen by what it says.
    let _ = stdin.write_all(input.as_bytes());
    drop(stdin);
    let output = child.wait_with_output().expect("it ends");
    String::from_utf8_lossy(&output.stdout).into_owned()
}
