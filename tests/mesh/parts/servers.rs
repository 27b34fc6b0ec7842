//! Which program serves which port of a Pod: this one for HTTP and plain text, real ones for gRPC and TLS.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use serde_json::Value;

use super::app::{App, locate};
use super::cluster::{target_of, text};
use super::network::Place;
use super::process::{HOME, Process};
use super::tools::tool;

/// Serves the ports of a Pod's Services. A client that calls nobody's Services has none.
pub fn start(app: &Arc<App>, place: &Place, pod: &str, ports: &[&Value]) -> Vec<(Process, u16)> {
    let mut served = BTreeSet::new();
    let mut processes = Vec::new();
    for port in ports {
        let target = target_of(port);
        if !served.insert(target) {
            continue;
        }
        let name = format!("app-{pod}-{target}");
        let mut command = match protocol(port) {
            "grpc" => grpc(&app.identity, target),
            "tls" | "https" => tls(&app.identity, &name, target),
            _ if app.traced => opentelemetry(app, target),
            _ => {
                place.inside(|| app.serve(target));
                continue;
            }
        };
        processes.push((place.inside(|| Process::start(&name, &mut command, None)), target));
    }
    processes
}

fn protocol(port: &Value) -> &str {
    match text(&port["appProtocol"]) {
        "" => text(&port["name"]).split('-').next().unwrap_or_default(),
        protocol => protocol,
    }
}

fn grpc(identity: &str, port: u16) -> Command {
    let mut command = Command::new(tool("grpc-echo"));
    command.args([&port.to_string(), identity]);
    command
}

fn opentelemetry(app: &App, port: u16) -> Command {
    let next = app.next.as_deref().expect("an app with OpenTelemetry calls another");
    let (address, authority) = locate(&app.names, &app.home, next).expect("the next Service has an address");
    let mut command = Command::new(tool("otel-app"));
    command.args([&port.to_string(), &app.identity, &address.to_string(), &authority]);
    command
}

/// `openssl` as an HTTPS server of one file, `/who`.
fn tls(identity: &str, name: &str, port: u16) -> Command {
    let folder = Path::new(HOME).join(name);
    fs::create_dir_all(&folder).expect("/run is ours");
    fs::write(folder.join("who"), format!("{identity}\n")).expect("a new file");
    let (certificate, key) = certificate();
    let mut command = Command::new(tool("openssl"));
    command.args(["s_server", "-quiet", "-WWW", "-accept", &port.to_string()]).current_dir(folder);
    command.arg("-cert").arg(certificate).arg("-key").arg(key);
    command
}

fn certificate() -> (PathBuf, PathBuf) {
    let (certificate, key) = (Path::new(HOME).join("tls.crt"), Path::new(HOME).join("tls.key"));
    if !certificate.exists() {
        let mut command = Command::new(tool("openssl"));
        command.args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]);
        command.args(["-subj", "/CN=mesh", "-keyout"]).arg(&key).arg("-out").arg(&certificate);
        let output = command.output().expect("openssl starts");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    (certificate, key)
}
